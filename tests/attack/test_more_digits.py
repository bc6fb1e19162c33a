"""Rounded numbers that follow with more digits from others beside them."""

from __future__ import annotations

import pytest

from kuntakokeilu.attack.errors import ends_of_more_digits, finer_multiples, finer_totals

from .test_attack import clean, kinds, listed, written  # noqa: F401


def intervals(low):
    rows = []
    for name in ("main", "other", "third"):
        same = {"estimand": name, "term": "att", "event_time": "", "window": ""}
        rows += [
            same | {"std_error": "1.64", "ci_low": "0.38", "ci_high": "6.93"},
            same | {"std_error": "1.71", "ci_low": "0.2", "ci_high": "7.1"},
            same | {"std_error": "", "ci_low": low, "ci_high": "6.9"},
            same | {"std_error": "", "ci_low": "", "ci_high": ""},
        ]
    return rows


@pytest.mark.parametrize(("low", "found"), [("0.02", False), ("0.0", False), ("0.01786", True)])
def test_an_end_without_an_error_has_no_more_digits(low, found):
    assert bool(ends_of_more_digits(intervals(low))) == found


def area(total, **more):
    """Two thousand person-months, and an effect that was rounded to a half."""
    told = {"estimate": "-89.5", "n_person_months": "2000", "total": total, "status": "ok"}
    return told | more


@pytest.mark.parametrize(
    ("total", "found"),
    [
        ("-179000.0", []),
        ("-178500.0", ["total"]),  # -89.25
        ("-179200.0", ["total"]),
        ("-150000.0", []),  # of something else
        ("", []),
    ],
)
def test_a_total_is_of_the_effect_that_is_shown(total, found):
    assert finer_totals([area(total)]) == found


@pytest.mark.parametrize(
    ("estimate", "multiplier", "found"),
    [("-192.0", "24", []), ("-192.1", "24", ["estimate"]), ("-2017000.0", "252000", ["estimate"]),
     ("-2016000.0", "252000", []), ("-3000.0", "24", [])],
)  # fmt: skip
def test_a_total_of_the_study_is_of_the_estimate_that_is_shown(estimate, multiplier, found):
    totals = [{"estimand": "cost", "multiplier": multiplier, "programme_euros": "",
               "estimate": estimate}]  # fmt: skip
    shown = [{"estimand": "cost", "term": "att", "estimate": "-8.0"}]
    assert finer_multiples(totals, shown) == found


def test_all_are_planted_in_a_release(clean):  # noqa: F811
    written(clean, "more.csv", intervals("0.01786"))
    written(clean, "areas.csv", [area("-178500.0")])
    listed(clean)
    found = {file for kind, file in kinds(clean) if kind == "errors"}
    assert found == {"release/more.csv", "release/areas.csv"}
