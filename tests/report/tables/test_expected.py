"""What a study promised of its twin: each kind comes true, or does not, on made-up rows."""

from __future__ import annotations

import pandas as pd
import pytest

from kuntakokeilu.contracts import TRUTH, conform
from kuntakokeilu.report.tables import expected, validation

KEY = ["estimand", "term", "event_time", "window"]


def number(truth, low, high, detectable=1.0, status="ok"):
    return {
        "truth": truth,
        "estimate": (low + high) / 2,
        "ci_low": low,
        "ci_high": high,
        "minimum_detectable_effect": detectable,
        "status": status,
    }


@pytest.mark.parametrize(
    ("row", "kept"),
    [
        (number(2.0, 1.0, 3.0), True),
        (number(2.0, -0.1, 3.0), False),  # not found
        (number(0.5, 0.1, 0.9), False),  # found by luck: smaller than the detectable one
        (number(2.0, -3.0, -1.0), False),  # found with the wrong sign
        (number(2.0, 1.0, 3.0, status="failed_diagnostic"), False),
    ],
)
def test_an_effect_is_found(row, kept):
    assert expected.came_true("found", row, None, None) is kept


@pytest.mark.parametrize(
    ("row", "kept"),
    [
        (number(0.0, -1.0, 1.0), True),
        (number(0.0, 0.2, 1.0), False),  # a false alarm
        (number(0.3, -1.0, 1.0), False),  # small, and yet an effect
    ],
)
def test_no_effect_is_claimed_where_there_is_none(row, kept):
    assert expected.came_true("zero", row, None, None) is kept


@pytest.mark.parametrize(
    ("row", "net", "kept"),
    [
        (number(5.0, 4.0, 6.0), number(3.0, -8.0, 9.0, 12.0), True),
        (number(5.0, -1.0, 6.0), number(3.0, -8.0, 9.0, 12.0), False),  # the shift is not found
        (number(5.0, 4.0, 6.0), number(-3.0, -8.0, 9.0, 12.0), False),  # a saving in truth
        (number(5.0, 4.0, 6.0), number(3.0, -8.0, -1.0, 12.0), False),  # a saving is claimed
    ],
)
def test_cost_is_shifted_without_a_saving(row, net, kept):
    assert expected.came_true("shifted", row, net, None) is kept


@pytest.mark.parametrize(
    ("row", "check", "kept"),
    [
        (number(-0.5, -2.0, 1.0), {"verdict": "warn"}, True),
        (number(-0.5, -2.0, 1.0), {"verdict": "fail"}, True),
        (number(-0.5, -2.0, 1.0), {"verdict": "pass"}, False),  # broken, and nobody said so
        (number(-0.5, -2.0, 1.0), None, False),
        (number(-6.0, -7.0, -4.0), {"verdict": "warn"}, False),  # nothing is broken
    ],
)
def test_a_broken_design_is_caught(row, check, kept):
    assert expected.came_true("caught", row, number(-6.0, -7.0, -5.0), check) is kept


PROMISED = [
    {"estimand": "jobs.main", "expected": "found", "beside": None, "check": None},
    {"estimand": "jobs.none", "expected": "zero", "beside": None, "check": None},
    {"estimand": "jobs.moved", "expected": "shifted", "beside": "jobs.net", "check": None},
    {"estimand": "jobs.odd", "expected": "caught", "beside": "jobs.main", "check": "pre_trend"},
]
TRUE = {"jobs.main": 2.0, "jobs.none": 0.0, "jobs.moved": 1.5, "jobs.net": 0.4, "jobs.odd": 0.1}


@pytest.fixture(scope="module")
def promised(make):
    """Return a release with a row of each kind, and its rows beside the truth."""
    rows = [
        *make.number("main", 2.1, 0.5),
        *make.number("none", 0.1, 0.5),
        *make.number("moved", 1.4, 0.5),
        *make.number("net", 0.3, 2.0),
        *make.number("odd", 0.0, 0.5, design="eligible_relative", role="robustness"),
    ]
    checks = [make.check("jobs.odd", "fail"), make.check("jobs.main")]
    release = make.build(rows, checks, expected=PROMISED)
    numbers = release.estimates.drop_duplicates(KEY)[KEY]
    truth = conform(numbers.assign(truth=numbers["estimand"].map(TRUE)), TRUTH)
    return release, validation.against_truth(release, truth)


def test_the_table_says_of_each_promise_whether_it_came_true(promised, english):
    release, compared = promised
    table = expected.expected_table(release, compared, english)
    assert table["Came true"].tolist() == ["yes"] * 4
    assert table["What was promised"].is_unique
    became = table["What became of it"]
    assert became[2] == "found; net cost: truth +0.40, estimate +0.30 (−1.70 to +2.30)"
    assert became[3] == "Movement before the start, permutation test by area: fails"
    assert table["Truth"][3] == "+2.00"  # what the design should tell, not what it tells of
    said = expected.expected_sentence(release, compared, english)
    assert "4 of 4 came true" in said


def test_a_promise_that_is_not_kept_is_told(promised, english):
    release, compared = promised
    away = compared.assign(truth=compared["truth"].where(compared["estimand"] != "jobs.none", 0.3))
    table = expected.expected_table(release, away, english)
    assert table["Came true"].tolist() == ["yes", "no", "yes", "yes"]
    assert "3 of 4" in expected.expected_sentence(release, away, english)


def test_a_study_that_promises_nothing_has_no_table(make, english):
    release = make.build(make.number())
    compared = validation.against_truth(
        release, conform(release.estimates.drop_duplicates(KEY)[KEY].assign(truth=0.2), TRUTH)
    )
    assert expected.expected_table(release, compared, english).empty
    assert expected.expected_sentence(release, compared, english) == ""


def test_every_language_names_every_kind(promised, finnish, swedish):
    release, compared = promised
    tables = [expected.expected_table(release, compared, each) for each in (finnish, swedish)]
    assert not any(pd.isna(table).any(axis=None) for table in tables)
    assert all(table.iloc[:, 0].is_unique for table in tables)
