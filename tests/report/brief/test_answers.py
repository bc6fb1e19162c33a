"""What a brief answers: declared questions, headlines in natural units, no word of 'no effect'."""

from __future__ import annotations

import re
from dataclasses import replace

import pandas as pd
import pytest

from kuntakokeilu.errors import InputError
from kuntakokeilu.report.brief.make import make_brief
from kuntakokeilu.report.brief.payers import payer_table
from kuntakokeilu.report.tables.subtotals import payer_subtotals
from kuntakokeilu.report.words import labels as lb
from kuntakokeilu.report.words.answers import _found

from ..conftest import MISSING, RULES, STUDY, UNITS, build, check, describe, number, question
from ..whole import totals, whole
from .test_grades import CLEAR

PER_1000 = {
    "fi": "työllistä tuhatta kohti",
    "sv": "sysselsatta per 1 000",
    "en": "employed per 1,000",
}
COUNTED = question("employment", said_as="count", times=10, decimals=0, measure=PER_1000)


@pytest.fixture(params=["finnish", "swedish", "english"])
def language(request):
    return request.getfixturevalue(request.param)


def asked(*questions, limits=()):
    return {"questions": list(questions), "limits": list(limits)}


def answer(rows, language, of=COUNTED, checks=(), **study):
    release = build(rows, list(checks), brief=asked(of), **study)
    return make_brief(release, RULES, language).answers[0]


def test_percentage_points_become_a_number_for_every_thousand(english):
    found = answer(number("main", estimate=3.51, half=2.6, p=0.001), english)
    assert found.sentence.startswith("35 more employed per 1,000 than without the trial.")
    assert "Level in the trial areas before the trial: 600." in found.sentence
    assert found.interval == "+9 to +61" and found.found == "The estimate is a rise"
    assert found.span == pytest.approx((35.1, 9.1, 61.1))
    assert found.estimand == "jobs.main"


def test_what_would_be_misread_alone_is_told_beside_in_the_same_units(language):
    said = {"fi": "Muut työnhakijat", "sv": "Övriga", "en": "Others"}
    note = {"fi": "Työllinen saa palkkaa.", "sv": "Med lön.", "en": "Employed: with wages."}
    beside = {"estimand": "jobs.others", "said": said}
    of = question("employment", said_as="count", times=10, decimals=0, measure=PER_1000,
                  beside=beside, note=note)  # fmt: skip
    rows = [*number("main", estimate=3.51, half=2.6, p=0.001),
            *number("others", estimate=5.3, half=5.2, p=0.04)]  # fmt: skip
    found = answer(rows, language, of=of).sentence
    assert found.endswith(note[language.code])
    told = f"{said[language.code]}: {language.number(53, 0, sign=True)}"
    told = f"{told} ({language.interval(1, 105, 0)})."
    assert f"{told} {language.say('brief.beside.alike')}" in found
    apart = [*rows[: -len(number("others"))], *number("others", estimate=-1.0, half=5.2, p=0.7)]
    assert language.say("brief.beside.alike") not in answer(apart, language, of=of).sentence
    alike = [dict(row, weights="area") if row["estimand"] == "jobs.others" else row for row in rows]
    weights = lb.weights_label("area", STUDY, language)
    weighted = answer(alike, language, of=of).sentence
    assert f"({language.interval(1, 105, 0)}; {weights})." in weighted
    failed = [dict(row, status="failed_diagnostic") if row["estimand"] == "jobs.others" else row
              for row in rows]  # fmt: skip
    caveat = language.texts["brief.beside.failed"].rpartition("),")[2]
    assert caveat in answer(failed, language, of=of).sentence
    alone = answer(number("main", estimate=3.51, half=2.6, p=0.001), language, of=of).sentence
    assert said[language.code] not in alone


def test_what_persons_as_weights_give_is_told_with_an_answer_of_equal_units(language):
    rows = [*number("main", estimate=0.5, half=0.4, p=0.001),
            *number("persons", estimate=1.0, half=0.8, weights="persons_frozen")]  # fmt: skip
    said = answer(rows, language).sentence
    told = f"{language.number(10, 0, sign=True)} ({language.interval(2, 18, 0)})"
    assert told in said
    alone = [*number("main", estimate=0.5, half=0.4, p=0.001)]
    assert told not in answer(alone, language).sentence


def test_rules_are_not_said_to_be_older_than_results_without_a_lock(language):
    release = build(CLEAR, [], brief=asked(COUNTED))
    last = make_brief(release, RULES, language).sure[-1]
    assert last.endswith(language.say("brief.sure.not_locked"))
    manifest = {**release.manifest, "plan": {"locked": "2026-01-01"}}
    last = make_brief(replace(release, manifest=manifest), RULES, language).sure[-1]
    assert last.endswith(language.say("brief.sure.locked"))


def test_a_fall_is_said_without_a_sign(english):
    found = answer(number("main", estimate=-3.51, half=2.6, p=0.001), english)
    assert found.sentence.startswith("35 fewer employed per 1,000 than without the trial.")
    assert found.found == "The estimate is a fall"


@pytest.mark.parametrize("level", [1, 2, 3, 4])
def test_a_direction_is_never_told_without_little_confidence_in_it(language, level):
    told = _found("higher", level, language)
    grade = language.say(f"brief.grade.{level}")
    assert (grade in told) == (level <= 2)
    assert _found("unclear", level, language) == language.say("brief.found.unclear")


def test_an_interval_that_holds_zero_leaves_the_direction_open(language):
    found = answer(number("main", estimate=-0.9, half=1.5), language)
    assert found.found == language.say("brief.found.unclear")
    assert language.number(21.3, 0) in found.sentence  # the smallest effect that would be found
    for text in (found.sentence, found.found):
        assert not re.search(r"no effect|ei vaikut|ingen effekt|not significant", text.lower())


@pytest.mark.parametrize(
    ("estimate", "half"), [(0.02, 0.3), (-0.04, 2.5), (0.003, 0.3), (0.02, 0.01)]
)
def test_what_rounds_to_zero_has_no_direction_and_its_interval_is_said(language, estimate, half):
    found = answer(number("main", estimate=estimate, half=half, p=0.5), language)
    for word in ("enemmän", "vähemmän", "fler", "färre", "more", "fewer", "nousi,", "is a rise"):
        assert word not in f"{found.found} {found.sentence}".replace("nousiko", "")
    per_1000 = language.number(10 * estimate, 1, sign=True)
    assert f"{per_1000} {PER_1000[language.code]}" in found.sentence
    low, high = 10 * (estimate - half), 10 * (estimate + half)
    if low < 0 < high:
        for end in (low, high):
            assert language.number(abs(end), 1) in found.sentence
        assert found.found == language.say("brief.found.unclear")
    else:
        assert found.found == language.say("brief.found.near_zero")


def test_an_interval_as_long_on_both_sides_is_said_once(finnish):
    found = answer(number("main", estimate=0.001, half=0.3), finnish)
    assert "Aineistoon sopii enintään 3,0:n muutos kumpaankin suuntaan." in found.sentence


def test_without_a_rule_of_its_own_a_headline_keeps_its_unit(english):
    found = answer(CLEAR, english, of=question("employment"))
    assert found.sentence.startswith(
        "Employed: 1.00 percentage points more than without the trial."
    )
    assert found.interval == "+0.60 to +1.40 percentage points"


def test_the_mean_before_is_in_the_unit_of_a_level_and_not_on_another_scale(english):
    plain = answer(CLEAR, english, of=question("employment"))
    told = plain.sentence.replace("\u00a0", " ")
    assert "Level in the trial areas before the trial: 60.00 %." in told
    estimands = describe(CLEAR, main={"transform": "log"})
    logs = answer(CLEAR, english, of=question("employment"), estimands=estimands)
    assert "Level in" not in logs.sentence


def test_a_total_is_told_in_place_of_the_estimate(english):
    table = totals()
    table.loc[1, ["quantity", "programme_euros"]] = ["whole_group", None]
    name, row = table.loc[1, "total"], table.loc[1]
    euros = {code: "million euros" for code in ("fi", "sv", "en")}
    of = question("cost", total=name, times=1e-6, decimals=1, unit=euros)
    release = replace(whole(), totals=table)
    release.study["brief"] = asked(question("employment"), of, question("wellbeing"))
    found = make_brief(release, RULES, english).answers[1]
    assert found.span == pytest.approx(
        tuple(1e-6 * row[column] for column in ("estimate", "ci_low", "ci_high"))
    )
    assert english.number(1e-6 * abs(row["estimate"]), 1) + " million euros" in found.sentence
    assert "Level in" not in found.sentence  # a total has no mean before


def test_a_total_that_is_not_released_is_named(english):
    release = whole()
    release.study["brief"] = asked(question("cost", total="gone"))
    with pytest.raises(InputError, match=r"totals\.csv: no row gone"):
        make_brief(release, RULES, english)


def test_questions_come_in_the_order_of_the_study_not_of_results(language):
    release = whole()
    orders = [["wellbeing", "employment", "cost"], ["cost", "wellbeing", "employment"]]
    for order in orders:
        release.study["brief"] = asked(*map(question, order))
        found = [each.question for each in make_brief(release, RULES, language).answers]
        assert found == [language.say(f"brief.ask.{domain}") for domain in order]


def test_a_question_without_a_headline_is_said_to_be_open(language):
    release = build(CLEAR, [], brief=asked(COUNTED, question("cost")))
    found = make_brief(release, RULES, language).answers[1]
    assert found.found == language.say("brief.found.absent")
    assert (found.grade, found.level, found.interval, found.estimand) == ("", 0, "", "")


@pytest.mark.parametrize(
    ("status", "reason", "said"),
    [("suppressed", "ok", "brief.suppressed"), ("not_identified", "no_control", None)],
)
def test_a_number_that_may_not_be_shown_is_none(status, reason, said, language):
    rows = number("main", blank=MISSING, status=status, identified=reason)
    found = answer(rows, language)
    why = language.say(said) if said else language.say("reason.no_control")
    assert found.found == language.say("brief.found.hidden") and why in found.sentence
    assert found.level == 0 and not re.search(r"\d", found.sentence)


def test_a_failed_check_is_named_and_nothing_is_claimed(language):
    rows = number("main", estimate=3.0, half=1.0, p=0.001, status="failed_diagnostic")
    found = answer(rows, language, checks=[check("jobs.main", "fail", "few_clusters")])
    assert found.found == language.say("brief.found.failed") and found.level == 1
    assert language.say("check.few_clusters.caution").lower() in found.sentence.lower()


def test_a_text_that_is_missing_is_named(english):
    lost = {key: text for key, text in english.texts.items() if key != "brief.ask.employment"}
    with pytest.raises(InputError, match=r"no text brief\.ask\.employment"):
        answer(CLEAR, replace(english, texts=lost))


def test_payers_are_those_of_the_release_and_add_up(english):
    release = whole()
    table = payer_table(release, english)
    sums = payer_subtotals(release)
    sums = sums[sums["column"] == "net_public_core_cents"]
    shown = {name: float(cell.replace("−", "-")) for name, cell in table.rows}
    wanted = {
        english.say(f"payers.{p}"): e for p, e in zip(sums["payer"], sums["estimate"], strict=True)
    }
    wanted[english.say("payers.sum")] = wanted.pop(english.say("payers.sum"))
    assert shown == pytest.approx(wanted, abs=0.005)
    *parts, whole_sum = shown.values()
    assert sum(parts) == pytest.approx(whole_sum, abs=0.005 * len(shown))
    assert english.say("costs.standing") in table.notes


def test_payers_without_a_part_are_no_table(english):
    release = whole()
    hidden = release.estimates["estimand"].eq("state_benefits.main")
    lost = release.estimates.assign(
        status=release.estimates["status"].mask(hidden, "suppressed"),
        estimate=release.estimates["estimate"].mask(hidden),
    )
    assert payer_table(replace(release, estimates=lost), english) is None
    brief = make_brief(replace(release, estimates=lost), RULES, english)
    assert english.say("brief.payers.hidden") in " ".join(each.sentence for each in brief.answers)
    whole_brief = make_brief(release, RULES, english)
    assert "cannot be shown" not in " ".join(each.sentence for each in whole_brief.answers)
    assert payer_table(build(CLEAR, []), english) is None


def test_what_cannot_be_told_is_about_this_study(language):
    told = {"fi": "Terveyttä.", "sv": "Hälsan.", "en": "Health."}
    checks = [check("jobs.main", "warn", "pre_trend_untested")]
    release = build(CLEAR, checks, brief=asked(COUNTED, limits=[told]))
    heading, *limits = make_brief(release, RULES, language).limits
    assert heading == language.say("brief.limits")
    assert limits[0] == language.say("brief.limit.coverage", listed=95, total=118)
    assert told[language.code] in limits
    domain = language.say("domain.employment").lower()
    assert language.say("brief.limit.untested", names=domain) in limits
    whole_trial = {"areas": 2, "areas_total": 2, "listed": 2, "total": 2, "units": 2, "neither": 0}
    plain = build(CLEAR, [], brief=asked(COUNTED), coverage=whole_trial)
    assert len(make_brief(plain, RULES, language).limits) == 2  # the heading and averages


def test_units_out_of_reach_are_named(english):
    release = build(CLEAR, [], brief=asked(COUNTED))
    beyond = pd.DataFrame(
        [["overlap", "091", "North", "larger"]], columns=["comparison", "unit", "area", "reason"]
    )
    said = make_brief(replace(release, beyond_reach=beyond), RULES, english).limits
    name = UNITS.set_index("unit").loc["091", "name_en"]
    assert english.say("brief.limit.beyond", names=name) in said


def test_hidden_effects_are_not_told(language):
    release = whole()
    release.study["blinded"] = True
    found = make_brief(release, RULES, language)
    assert found.notices[0] == language.say("study.blinded") and found.payers is None
    for each in found.answers:
        assert each.found == language.say("brief.found.blinded")
        assert (each.level, each.interval) == (0, "") and not re.search(r"\d", each.sentence)


def test_simulated_data_are_said_first(language):
    found = make_brief(build(CLEAR, [], brief=asked(COUNTED), simulated=True), RULES, language)
    assert found.notices[0] == language.say("study.simulated")
    assert make_brief(build(CLEAR, [], brief=asked(COUNTED)), RULES, language).notices == ()


def test_units_of_another_kind_are_no_municipalities(english):
    release = build(CLEAR, [], brief=asked(COUNTED), units="other", coverage=None)
    found = make_brief(release, RULES, english.about(release.study))
    assert found.where is None and "without the reform" in found.answers[0].sentence


@pytest.mark.parametrize(
    ("estimate", "told"), [(0.08, "0.8"), (-0.09, "0.9"), (0.13, "1.3"), (0.16, "2"), (3.51, "35")]
)
def test_few_of_a_thousand_are_never_told_as_none_or_one(english, estimate, told):
    found = answer(number("main", estimate=estimate, half=0.3), english)
    assert f"{told} {'more' if estimate > 0 else 'fewer'} employed" in found.sentence
