"""Beside a main number: areas re-drawn among those of like size, and how often each test errs."""

from __future__ import annotations

import re
from dataclasses import replace
from pathlib import Path

import pandas as pd
import pytest

from kuntakokeilu.contracts import ASSIGNMENT_RELEASED, conform
from kuntakokeilu.report.words import findings
from kuntakokeilu.report.words.rows import area_rows
from kuntakokeilu.report.words.size_bands import size_bands_sentence

KIND = "assignment_size_bands"
PAGE = Path("docs/validation.md")


def release(make, weights, reason="ok", status="ok"):
    rows = make.number("main", weights=weights)
    mine = {"p_value": 0.42, "status": status}
    made = make.build([{**row, **mine} if row["inference"] == KIND else row for row in rows])
    about = {
        "study": "tiny", "estimand": rows[0]["estimand"], "inference": KIND, "estimate": 1.0,
        "draws": 999, "n_dealt": 41, "n_treated": 20, "n_bands": 4, "assignments": 1e6,
        "n_fixed": 36, "fixed": None, "reason": reason,
    }  # fmt: skip
    table = conform(pd.DataFrame([about]), ASSIGNMENT_RELEASED)
    return replace(made, assignment=table), area_rows(made).iloc[0]


@pytest.mark.parametrize("weights", ["municipality", "persons_frozen"])
def test_it_stands_beside_the_number_with_who_was_redrawn(make, english, weights):
    made, row = release(make, weights)
    said = size_bands_sentence(made, row, english)
    assert "41 of 77 areas" in said and "p\u00a0=\u00a00.420" in said
    assert any(said in lines for _, lines in findings.summary(made, english))


def test_who_keeps_treatment_and_the_estimate_without_them_stand_beside_it(make, english):
    made, row = release(make, "municipality")
    table = made.assignment
    matched = table.assign(inference="assignment_size_bands_matched", estimate=-0.161)
    found = replace(made, assignment=pd.concat([table.assign(fixed="North; South"), matched]))
    rows = found.estimates
    mine = rows["inference"].eq("assignment_size_bands_matched")
    assert mine.any()
    found = replace(found, estimates=rows.assign(p_value=rows["p_value"].mask(mine, 0.31)))
    said = size_bands_sentence(found, row, english).replace("\u00a0", " ")
    assert "in every assignment: North, South." in said
    assert "have a match the estimate is −0.16 percentage points (p = 0.310)" in said
    assert "1,000,000 assignments" in said
    many = replace(made, assignment=made.assignment.assign(assignments=1e9))
    assert "over a million assignments" in size_bands_sentence(many, row, english)


def test_without_a_redrawing_the_leading_test_is_what_is_told(make, english):
    for weights, share in (("municipality", "31"), ("area", "22"), ("persons_frozen", "12")):
        made, row = release(make, weights)
        bare = replace(made, assignment=made.assignment.iloc[:0])
        said = size_bands_sentence(bare, row, english)
        assert f"there in {share}\u00a0%" in said
        assert "p\u00a0=" not in said and "this one" not in said
        assert any(said in lines for _, lines in findings.summary(bare, english))


def test_a_number_that_is_not_there_has_no_test_that_errs(make, english):
    made, row = release(make, "municipality")
    bare = replace(made, assignment=made.assignment.iloc[:0])
    hidden = row.to_dict() | {"status": "not_identified"}
    assert size_bands_sentence(bare, hidden, english) == ""


def test_starts_that_differ_have_numbers_of_their_own(make, english):
    made, row = release(make, "unit")
    bare = replace(made, assignment=made.assignment.iloc[:0])
    imputed = row.to_dict() | {"estimator": "imputation_average"}
    several = size_bands_sentence(bare, imputed, english)
    assert "starts that differ" in several
    assert several == english.say("leading_test.error.several_starts.unit")


@pytest.mark.parametrize(
    ("changes", "about"),
    [
        ({"weights": "persons_current"}, {}),
        ({"estimator": "first_differences"}, {}),
        ({}, {"units": "other"}),
        ({}, {"start": None}),
    ],
)
def test_what_was_not_simulated_has_no_error(make, english, changes, about):
    made, row = release(make, "municipality")
    made = replace(made, study=made.study | about)
    row = row.to_dict() | changes
    assert "simulated" not in size_bands_sentence(made, row, english)
    bare = replace(made, assignment=made.assignment.iloc[:0])
    assert size_bands_sentence(bare, row, english) == ""


@pytest.mark.parametrize("code", ["finnish", "swedish", "english"])
@pytest.mark.parametrize(
    ("weights", "words"),
    [
        ("municipality", "municipalities alike"),
        ("area", "areas alike"),
        ("persons_frozen", "persons"),
    ],
)
@pytest.mark.parametrize("areas", [25, 5])
def test_how_often_tests_err_is_as_measured(make, code, weights, words, areas, request):
    """The numbers in the texts are those of large areas that move together, in the page."""
    page = PAGE.read_text(encoding="utf-8").partition("<!-- assignment: begin -->")[2]
    table = page.partition("<!-- assignment: end -->")[0]
    lines = [line.split("|") for line in table.splitlines() if line.startswith("|")]
    (head,) = (line for line in lines if f"; {areas} areas" in line[2])
    (column,) = (
        place
        for place, text in enumerate(head)
        if text.strip().startswith(f"{words};")
        and "in proportion" in text
        and "large areas move together" in text
    )
    first = lines.index(head)
    mine = {line[1].strip(" `"): line[column].strip() for line in lines[first : first + 15]}
    led = int(mine["of these, with the leading row"].replace(",", ""))
    leading, bands = (float(mine[name].strip(" %")) for name in ("the leading row", KIND))
    error = (leading * (100 - leading) / led) ** 0.5
    rounded = [f"{each:.0f}" for each in (leading, error, bands)]
    made, row = release(make, weights)
    row = row.to_dict() | {"n_trial_clusters": areas}
    said = size_bands_sentence(made, row, request.getfixturevalue(code)).replace("95", "")
    numbers = re.findall(r"\d+", said.rpartition(". ")[2])
    assert sorted(numbers) == sorted([str(areas), *rounded])
    bare = replace(made, assignment=made.assignment.iloc[:0])
    said = size_bands_sentence(bare, row, request.getfixturevalue(code))
    assert sorted(re.findall(r"\d+", said)) == sorted([str(areas), *rounded[:2]])


@pytest.mark.parametrize("code", ["finnish", "swedish", "english"])
@pytest.mark.parametrize(
    ("weights", "words"), [("unit", "municipalities alike"), ("persons_frozen", "persons")]
)
def test_how_often_tests_err_where_starts_differ_is_as_measured(code, weights, words, request):
    page = PAGE.read_text(encoding="utf-8").partition("<!-- staggered: begin -->")[2]
    table = page.partition("large ones, which move together, no effect.")[2]
    lines = (line.split("|") for line in table.splitlines() if line.startswith("|"))
    measured = {line[1].strip(): line[-2] for line in lines}[f"imputation, {words}"]
    said = request.getfixturevalue(code).say(f"leading_test.error.several_starts.{weights}")
    assert re.findall(r"\d+", said) == re.findall(r"\d+", measured)


@pytest.mark.parametrize(
    ("areas", "told"), [(3, False), (5, True), (8, False), (19, False), (23, True), (30, True)]
)
def test_simulations_are_told_of_trials_with_as_many_areas(make, english, areas, told):
    made, row = release(make, "municipality")
    said = size_bands_sentence(made, {**row, "n_trial_clusters": areas}, english)
    assert ("simulat" in said) is told
    assert "41 of 77 areas" in said
