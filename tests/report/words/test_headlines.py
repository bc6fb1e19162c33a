"""One estimate of each domain leads, as the study declares; the others follow, none hidden."""

import re
from dataclasses import replace

import pandas as pd
import pytest

from kuntakokeilu.report.tables import sheets
from kuntakokeilu.report.words import findings, headlines
from kuntakokeilu.report.words.rows import lead_rows

from ..conftest import build, describe, frame, number
from ..whole import outcome, whole

MANY = 12
HEADLINES = ("b.heavy", "f.main", "j.main")
DOMAINS = ("employment", "cost", "wellbeing")


@pytest.fixture(scope="module")
def many():
    """Outcomes a to l, four of each domain; the second leads, the third has most estimands."""
    names = [chr(ord("a") + k) for k in range(MANY)]
    domains = {name: DOMAINS[k // 4] for k, name in enumerate(names)}
    rows = []
    for k, name in enumerate(names):
        extra = ("heavy", "other", "more") if k % 4 == 2 else ("heavy",)
        for spec in ("main", *extra):
            how = {"weights": "persons_frozen"} if spec == "heavy" else {}
            how |= {"role": "robustness"} if spec in ("other", "more") else {}
            value = -1.0 if spec == "heavy" and name == "b" else 1.0
            made = number(spec, value, outcome=name, domain=domains[name], half=0.5, **how)
            rows += [{**row, "estimand": f"{name}.{spec}"} for row in made]
    entries = {name: outcome(name, domain=domain) for name, domain in domains.items()}
    release = build(rows, outcomes=entries)
    for name, about in release.study["estimands"].items():
        about["headline"] = "yes" if name in HEADLINES else "no"
    return release


@pytest.fixture(params=["finnish", "swedish", "english"])
def language(request):
    return request.getfixturevalue(request.param)


def test_the_declared_estimate_of_each_domain_leads_and_not_the_one_with_most_rows(many, english):
    assert list(headlines.told(many)["estimand"]) == list(HEADLINES)
    heads = re.findall("### (.*)", findings.answer(many, english))
    assert heads == ["Employment: B", "Costs: F", "Wellbeing: J"]
    assert f"(outcomes in all: {MANY})" in findings.answer(many, english)
    page = findings.summary(many, english)
    assert [heading for heading, _ in page[:4]] == ["What was found", *heads]
    for name, (_, said) in zip(HEADLINES, page[1:4], strict=True):
        assert f"[{name}]" in said[0]
    numbers = [line for _, lines in page[:4] for line in lines if "95\u00a0% interval" in line]
    assert len(numbers) == len(HEADLINES)  # one number each, no other beside it


def test_a_row_of_robustness_moves_no_headline(many, english):
    rows = number("spare", outcome="d", domain="employment", role="robustness")
    more = [{**row, "estimand": f"d.spare_{k}"} for k in range(9) for row in rows]
    estimates = pd.concat([many.estimates, frame(more)])
    entries = {**many.study["estimands"], **describe(more)}
    wider = replace(many, estimates=estimates, study={**many.study, "estimands": entries})
    assert findings.summary(wider, english)[:4] == findings.summary(many, english)[:4]


def test_every_leading_number_is_told_or_in_the_table_with_its_estimand(many, english):
    said = findings.answer(many, english)
    told = set(re.findall(r"`([a-z.]+)`", said))
    view = headlines.others_view(many, english)
    listed = {name for names in view["Identifiers"] for name in names.split(", ")}
    assert told | listed == set(lead_rows(many)["estimand"])
    assert not told & listed
    row = view[view["Outcome"] == "B"].iloc[0].tolist()
    assert row[0] == "Employment"
    assert row[3] == "+1.00 percentage points (+0.50 to +1.50)"
    assert row[5:] == ["sign depends on the weights, 2 of 2 differ from zero", "b.main"]


def test_the_first_page_has_a_line_for_each_other_outcome(many, language):
    parts = dict(findings.summary(many, language))
    lines = parts[language.say("summary.others")]
    assert lines[0] == language.say("others.about")
    named = [line[line.index("[") :] for line in lines[1:]]
    assert named == [f"[{name}.main]" for name in "acdeghikl"]


def test_a_study_of_one_estimate_has_no_others(english):
    release = build(number("main"))
    assert headlines.others_view(release, english).empty
    assert headlines.chosen_sentence(release, english) == ""
    assert headlines.others_lines(release, english) == []


def test_a_hidden_number_is_no_number_in_the_table(english):
    rows = number("main", status="suppressed", blank=("estimate", "ci_low", "ci_high"))
    release = build(rows)
    row = release.estimates.iloc[0]
    assert headlines.effect_text(row, release.study, english) == "suppressed"
    assert headlines.weights_text(release.estimates, english) == ""
    failed = build(number("main", status="failed_diagnostic"))
    text = headlines.effect_text(failed.estimates.iloc[0], failed.study, english)
    assert text == "−0.14 percentage points (−0.47 to +0.19); failed diagnostic"


def test_many_outcomes_are_counted_where_a_list_would_be_unreadable(many, english):
    studied = dict(findings.summary(many, english))["What was studied"]
    assert "Outcomes: 12, of them employment 4, costs 4 and wellbeing 4." in studied


def test_main_effects_of_several_populations_can_be_told_apart(english, finnish):
    release = whole()
    content = sheets.sheet("main_effects", release, english)
    assert "population" not in content.columns  # all are of one
    assert "Population: Target group." in content.notes
    rows = number("main", population="eligible") + number("all", population="stock")
    names = {"eligible": {"fi": "kohde", "sv": "mål", "en": "target"}, "stock": None}
    both = sheets.sheet("main_effects", build(rows, populations=names), finnish)
    assert both.table["Väestöryhmä"].tolist() == ["Kohde", "Stock"]


def test_tables_of_effects_name_the_same_checks_as_the_main_effects(english):
    release = whole()
    first = release.estimates["estimand"].eq("working.main")
    assert first.any()
    checks = release.diagnostics.iloc[:0].copy()
    checks.loc[0] = ["working.main", "cells_left_out", None, "share of cells", 0.02, 0.01, "warn"]
    release = replace(release, diagnostics=checks)
    for name in ("main_effects", "populations"):
        content = sheets.sheet(name, release, english)
        table = content.table
        mine = table[table["Identifier"] == "working.main"]
        assert mine["Status"].tolist() == ["With care: Cells without a value."], name
