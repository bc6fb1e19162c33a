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


def test_without_a_redrawing_the_leading_test_is_what_is_told(make, english):
    for weights, share in (("municipality", "31"), ("area", "22"), ("persons_frozen", "12")):
        made, row = release(make, weights)
        bare = replace(made, assignment=made.assignment.iloc[:0])
        said = size_bands_sentence(bare, row, english)
        assert f"{share}\u00a0%" in said and "p\u00a0=" not in said and "this one" not in said
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
    ("weights", "column"), [("municipality", 4), ("area", 8), ("persons_frozen", 12)]
)
def test_how_often_tests_err_is_as_measured(code, weights, column, request):
    """The numbers in the texts are those of the last column of each kind of weights in the page."""
    page = PAGE.read_text(encoding="utf-8").partition("<!-- assignment: begin -->")[2]
    table = page.partition("<!-- assignment: end -->")[0]
    lines = [line.split("|") for line in table.splitlines() if line.startswith("|")]
    assert "large areas move together" in lines[0][column + 1]
    measured = {line[1].strip(" `"): line[column + 1] for line in lines}
    asked = [measured["the leading row"], measured[KIND]]
    rounded = [f"{float(text.strip(' %')):.0f}" for text in asked]
    language = request.getfixturevalue(code)
    said = language.say(f"size_bands.error.{weights}")
    assert re.findall(r"\d+", said) == rounded
    said = language.say(f"leading_test.error.one_start.{weights}")
    assert re.findall(r"\d+", said) == rounded[:1]


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


@pytest.mark.parametrize(("areas", "told"), [(5, False), (19, False), (23, True), (30, True)])
def test_simulations_are_told_of_trials_with_as_many_areas(make, english, areas, told):
    made, row = release(make, "municipality")
    said = size_bands_sentence(made, {**row, "n_trial_clusters": areas}, english)
    assert ("simulat" in said) is told
    assert "41 of 77 areas" in said
