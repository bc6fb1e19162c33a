"""The truth against numbers worked out by hand on a few cells."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from kuntakokeilu.contracts import TRUTH, conform
from kuntakokeilu.diagnostics import true_effects
from kuntakokeilu.study.comparisons import Window

from ..estimation.build import spec, tables
from ..estimation.followed import asked, collapsed, followed

STARTS = {"a": "2002", "b": "2002"}
CLUSTERS = {"a": "t1", "b": "t2", "c": "k1", "d": "k2"}
# What the trial changes in each unit by year; d is a control that the trial spills over to.
CHANGES = {
    ("a", 2002): 1.0,
    ("a", 2003): 3.0,
    ("b", 2002): 5.0,
    ("b", 2003): 7.0,
    ("d", 2003): 100.0,
}
PERSONS = {"a": 30.0, "b": 10.0, "c": 5.0, "d": 5.0}


def worlds(changes=CHANGES):
    """CELLS with and without the trial, and UNITS."""
    rng = np.random.default_rng(1)
    rows = pd.DataFrame([(u, t) for u in "abcd" for t in range(2000, 2004)], columns=["unit", "t"])
    rows = rows.assign(period=rows["t"], y=rng.normal(size=len(rows)), weight=1.0)
    moved = [changes.get(key, 0.0) for key in zip(rows["unit"], rows["t"], strict=True)]
    untreated, units, _ = tables(rows, STARTS, CLUSTERS, weight_frozen=PERSONS)
    observed, *_ = tables(rows.assign(y=rows["y"] + moved), STARTS, CLUSTERS)
    return observed, untreated, units


def truth(*estimands, changes=CHANGES):
    found = true_effects(*worlds(changes), estimands)
    return conform(found, TRUTH).set_index(["estimand", "event_time", "window"])["truth"]


def test_one_effect_averages_the_trial_arms_cells_after_the_start():
    assert list(truth(spec())) == pytest.approx([(1 + 3 + 5 + 7) / 4])


def test_weights_are_those_of_the_estimand():
    by_persons = truth(spec(weights="persons_frozen"))
    assert list(by_persons) == pytest.approx([(30 * (1 + 3) + 10 * (5 + 7)) / 80])
    assert list(truth(spec(weights="area"))) == pytest.approx([4.0])


def test_an_event_study_has_a_truth_for_each_bin():
    found = truth(spec("event_study")).droplevel("window")
    assert found.loc["y.main"].to_dict() == pytest.approx({-2: 0.0, 0: 3.0, 1: 5.0})


def test_windows_have_a_truth_each():
    windows = {
        "early": Window(first="2002", last="2002"),
        "late": Window(first="2003", last="2003"),
    }
    found = truth(spec("window_effects", windows=windows)).droplevel("event_time")
    assert found.loc["y.main"].to_dict() == pytest.approx({"early": 3.0, "late": 5.0})


def test_a_placebo_is_zero_unless_something_changed_before_the_start():
    placebo = spec(role="placebo", start="2001", last_period="2001")
    assert list(truth(placebo)) == [0.0]
    early = CHANGES | {("a", 2001): 2.0}
    assert list(truth(placebo, changes=early)) == pytest.approx([1.0])
    assert list(truth(spec(), changes=early)) == pytest.approx([4.0])


def test_a_spillover_to_controls_is_not_in_the_truth_and_one_in_the_trial_arm_is():
    without = {key: value for key, value in CHANGES.items() if key[0] != "d"}
    pd.testing.assert_series_equal(truth(spec()), truth(spec(), changes=without))
    inside = CHANGES | {("b", 2003): 7.0 + 8.0}
    assert list(truth(spec(), changes=inside)) == pytest.approx([(1 + 3 + 5 + 15) / 4])


def test_a_log_has_the_truth_of_its_logs():
    observed, untreated, units = worlds()
    both = [cells.assign(mean=np.exp(cells["mean"])) for cells in (observed, untreated)]
    found = true_effects(*both, units, [spec(transform="log")])
    assert found["truth"].iloc[0] == pytest.approx(4.0)


@pytest.mark.parametrize(("share", "expected"), [(0.0, 1.0), (0.25, 1.375), (1.0, 2.5)])
@pytest.mark.parametrize("months", [False, True])
def test_of_the_others_change_the_part_that_is_taken_off_counts(share, expected, months):
    """The trial changes the eligible by 2.5 on average and the others by 1.5."""
    parts = []
    for seed, population, gain in ((1, "eligible", 1.0), (2, "others", 0.6)):
        people = followed(("2019-02", "2021-02"), tuple(range(5)), seed=seed, attrition=0.0)
        gains = people.assign(y=people["y"] + gain * people["elapsed"] * people["treated"])
        parts.append([collapsed(each, population) for each in (gains, people)])
    (one, zero), (more_one, more_zero) = parts
    observed, untreated = (
        pd.concat([own[0], other[0]]) for own, other in ((one, more_one), (zero, more_zero))
    )
    how = {"design": "eligible_relative", "contrast": "others", "spillover_share": share}
    how |= {"estimator": "elapsed_effects", "periods_per_bin": 2} if months else {}
    estimand = asked(1, 4, **how, population="eligible")
    found = true_effects(observed, untreated, one[1], [estimand])["truth"]
    each = [0.6, 1.4] if months else [1.0]  # months 1-2 and 3-4 have 1.5 and 3.5 of 2.5
    assert found.tolist() == pytest.approx([expected * part for part in each])


def test_effects_by_months_since_entry():
    """Each person after the start gains as many points as months have gone by."""
    people = followed(("2019-02", "2021-02"), tuple(range(5)), attrition=0.0)
    gains = people.assign(y=people["y"] + people["elapsed"] * people["treated"])
    (observed, units, _), (untreated, *_) = (collapsed(each) for each in (gains, people))
    estimands = [
        asked(1, 4),
        asked(1, 4, estimator="elapsed_effects", periods_per_bin=2, estimand="y.by_elapsed"),
    ]
    found = true_effects(observed, untreated, units, estimands)
    assert found["truth"].tolist() == pytest.approx([2.5, 1.5, 3.5])
