"""What a brief answers is declared: each headline has a question, a total is of its headline."""

from __future__ import annotations

import pytest

from kuntakokeilu.errors import InputError
from kuntakokeilu.facts.rows import parse
from kuntakokeilu.study import read_study
from kuntakokeilu.study.brief import BriefAsked, asked_questions

WHERE = "config/studies/mine/study.yaml"
LEADS = {"employment": "jobs.main", "cost": "costs.main"}
TOTALS = {"whole": "costs.main", "jobs_whole": "jobs.main"}
OUTCOMES = {"jobs.main": "jobs", "jobs.others": "jobs", "costs.main": "costs"}
MEASURE = {"en": "employed per 1,000"}


def asked(*questions, limits=()):
    content = {"questions": list(questions), "limits": list(limits)}
    return parse(BriefAsked, content, f"{WHERE}, brief")


def resolved(*questions, leads=LEADS):
    return asked_questions(asked(*questions), leads, TOTALS, OUTCOMES, WHERE)


@pytest.mark.parametrize(
    ("leads", "domains"),
    [
        (LEADS, ["employment", "cost", "wellbeing"]),
        ({"wellbeing": "w.main"}, ["employment", "cost", "wellbeing"]),
        ({"other": "visits.main"}, ["other"]),
        ({"employment": "jobs.main", "other": "o.main"},
         ["employment", "cost", "wellbeing", "other"]),
    ],
)  # fmt: skip
def test_what_every_trial_is_asked_is_the_default(leads, domains):
    found = asked_questions(None, leads, {}, {}, WHERE)
    assert [question["domain"] for question in found["questions"]] == domains
    assert found["limits"] == [] and found["questions"][0]["times"] == 1


def test_another_study_is_asked_what_it_has_a_headline_for():
    leads = {"other": "o.main", "cost": "costs.main"}
    found = asked_questions(None, leads, {}, {}, WHERE, of_trial=False)
    assert [question["domain"] for question in found["questions"]] == ["cost", "other"]


def test_what_is_told_beside_a_headline_is_of_its_outcome():
    said = {"fi": "muut", "sv": "andra", "en": "others"}
    found = resolved(
        {"domain": "employment", "beside": {"estimand": "jobs.others", "said": said}},
        {"domain": "cost"},
    )
    assert found["questions"][0]["beside"] == {"estimand": "jobs.others", "said": said}
    for domain, estimand in (("cost", "jobs.others"), ("wellbeing", "jobs.others"),
                             ("employment", "jobs.gone")):  # fmt: skip
        rest = [{"domain": d} for d in ("employment", "cost") if d != domain]
        odd = {"domain": domain, "beside": {"estimand": estimand, "said": said}}
        with pytest.raises(InputError, match=rf"questions\.{domain}\.beside: {estimand} is no row"):
            resolved(odd, *rest)


def test_questions_keep_the_order_in_which_they_are_declared():
    found = resolved({"domain": "cost"}, {"domain": "wellbeing"}, {"domain": "employment"})
    assert [q["domain"] for q in found["questions"]] == ["cost", "wellbeing", "employment"]


def test_a_language_without_a_text_takes_that_of_another():
    of = {"domain": "employment", "said_as": "count", "measure": MEASURE, "times": 10}
    found = resolved(of, {"domain": "cost", "total": "whole"})
    assert found["questions"][0]["measure"]["fi"] == "employed per 1,000"


@pytest.mark.parametrize(
    ("questions", "said"),
    [
        ([{"domain": "employment"}], r"no question for the headline costs\.main"),
        ([{"domain": "cost"}] * 2, "cost is asked twice"),
        ([{"domain": "employment"}, {"domain": "cost", "total": "jobs_whole"}],
         r"brief\.questions\.cost\.total: jobs_whole .* costs\.main; expected whole"),
        ([{"domain": "employment"}, {"domain": "cost"}, {"domain": "wellbeing", "total": "whole"}],
         r"questions\.wellbeing\.total: whole .* there is none of this headline"),
    ],
)  # fmt: skip
def test_a_headline_without_a_rule_is_named(questions, said):
    with pytest.raises(InputError, match=said) as fault:
        resolved(*questions)
    assert str(fault.value).startswith(WHERE)


@pytest.mark.parametrize(
    ("question", "said"),
    [
        ({"domain": "jobs"}, "domain"),
        ({"domain": "cost", "times": 0}, "times"),
        ({"domain": "cost", "times": 10}, "times: needs measure or unit"),
        ({"domain": "cost", "said_as": "count"}, "measure: missing"),
        ({"domain": "cost", "decimals": 9}, "decimals"),
        ({"domain": "cost", "word": "x"}, "word: unknown key"),
        ({"domain": "cost", "ask": {}}, "ask"),
    ],
)
def test_a_question_with_a_fault_is_refused(question, said):
    with pytest.raises(InputError, match=said):
        asked(question)


def test_a_brief_without_a_question_or_with_many_limits_is_refused():
    with pytest.raises(InputError, match="questions"):
        asked()
    with pytest.raises(InputError, match="limits"):
        asked({"domain": "cost"}, limits=[{"en": "x"}] * 5)


def test_a_study_whose_brief_leaves_a_headline_out_is_not_run(own_config):
    path = own_config / "studies" / "mine" / "study.yaml"
    text = path.read_text(encoding="utf-8")
    path.write_text(text + "brief:\n  questions:\n    - domain: other\n", encoding="utf-8")
    with pytest.raises(InputError, match=r"mine/study\.yaml, brief\.questions: no question for"):
        read_study(own_config, "mine")
