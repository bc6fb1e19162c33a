"""Values of checks tell no count of few persons, and every check has a kind."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kuntakokeilu.disclosure import check_values
from kuntakokeilu.disclosure.check_values import coarse_checks

BASE = 10
KINDS = (check_values.SHARES, check_values.PUBLIC, check_values.P_VALUES)


def coarse_of(check, values, persons, statistic="said"):
    columns = {"estimand": "y.main", "check": check, "statistic": statistic}
    frame = pd.DataFrame({"value": values}).assign(**columns)
    return coarse_checks(frame, pd.Series({"y.main": persons}), BASE)


def coarse(check, value, persons, statistic="said"):
    return coarse_of(check, [value], persons, statistic).iloc[0]


@settings(deadline=None)
@given(
    persons=st.integers(20, 5000),
    others=st.integers(0, 5000),
    without=st.integers(0, 60),
    check=st.sampled_from(sorted(check_values.SHARES)),
)
def test_a_share_of_an_arm_leaves_as_many_counts_as_the_base(persons, others, without, check):
    """The fewest persons of an arm are known to nobody; the whole is as many or more."""
    whole = persons + others
    without = min(without, whole)
    seen = coarse(check, without / whole, float(persons))["value"]
    # a plain search, as an attacker makes it
    shares = np.arange(whole + 1) / whole
    step = max(0.01, 2 * BASE / persons)
    alike = np.flatnonzero(np.abs(shares - seen) <= step / 2 + 1e-9)
    assert alike.max() - alike.min() >= min(BASE - 1, whole - 1)
    assert set(coarse_of(check, shares[alike[1:-1]], float(persons))["value"]) <= {seen}


def test_the_shares_that_gave_two_persons_away_are_nothing_now():
    """Four digits of these fitted one whole number only."""
    for value in (6.892e-05, 0.0002412):
        assert coarse("cells_left_out", value, 800.0)["value"] == 0.0
    assert coarse("missing_differs", -0.0001897, 800.0)["value"] == 0.0


@pytest.mark.parametrize("check", ["pre_trend", "placebo_2019", "ring_moves"])
def test_a_p_value_of_a_check_has_the_digits_of_other_p_values(check):
    assert coarse(check, 0.71234, 5000.0)["value"] == pytest.approx(0.712)
    assert coarse(check, 0.71234, 150.0)["value"] == pytest.approx(0.7)


def test_no_value_has_the_digits_of_a_fraction():
    """An attacker takes 16 digits of a share for a fraction of two counts, of units too."""
    for check in [*sorted(frozenset().union(*KINDS)), "area_shocks"]:
        for value in (2 / 292, 7 / 23, 0.15 + 1e-17, 44 / 293):
            text = repr(coarse(check, value, 400.0)["value"]).removeprefix("np.float64(")
            assert len(text.rstrip(")").removeprefix("0.").lstrip("0")) <= 4, check


def test_numbers_in_words_are_coarse_and_names_and_counts_stay():
    said = coarse("x", 1.23456, 50.0, "3.6543 with 90 units of y.by_2019.main (p = 2.0381e-06)")
    assert said["statistic"] == "3.65 with 90 units of y.by_2019.main (p = 2.04e-06)"
    assert said["value"] == pytest.approx(1.23)


# Differences and ratios of estimates, and distances of means: three digits are enough of them.
OTHERS = {
    "area_shocks",
    "balance",
    "breakdown_slope",
    "comparable",
    "effective_controls",
    "false_starts_aside",
    "inference_agrees",
    "level_differs",
    "negative_weights",
    "one_cluster_left_out",
    "two_way_beside",
    "weights_agree_in_sign",
}
OF_NUMBERS = {"placebo", "sign_fragile", "covers_zero", "apart_alone", "no_interval"}  # no checks


def test_every_check_has_one_kind(root):
    """config/brief_grades.csv has a row for each check; a new one has to be thought about here."""
    checks = set(pd.read_csv(root / "config" / "brief_grades.csv")["finding"]) - OF_NUMBERS
    kinds = (*KINDS, OTHERS)
    assert sorted(name for kind in kinds for name in kind) == sorted(checks)
