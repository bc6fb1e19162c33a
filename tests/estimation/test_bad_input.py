"""Every estimator on data that cannot bear it: a named reason, and never a number from nowhere."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from kuntakokeilu.contracts import ESTIMATES, INFLUENCE, conform
from kuntakokeilu.estimation import estimate, few_clusters
from kuntakokeilu.facts.estimators import ESTIMATORS

from .build import panel, spec, tables

TRIAL = 8
ONE_START = [2005] * TRIAL + [None] * 8
STARTS = [2004] * 4 + [2006] * 4 + [None] * 8
WINDOWS = {"early": {"first": "2004", "last": "2006"}, "late": {"first": "2007", "last": "2010"}}
NUMBERS = ["estimate", "std_error", "ci_low", "ci_high", "p_value", "minimum_detectable_effect"]
# Of each family one average and one series; what is left out shares their code.
FAMILIES = [
    "two_by_two",
    "two_way_fixed_effects",
    "first_differences",
    "event_study",
    "window_effects",
    "group_time_average",
    "group_time_event_study",
    "imputation_average",
    "imputation_event_study",
    "callaway_santanna_average",
    "callaway_santanna_event_study",
    "sun_abraham_average",
    "sun_abraham_event_study",
    "stacked_average",
    "stacked_event_study",
]
TAKE_COVARIATES = [
    name
    for name in FAMILIES
    if ESTIMATORS[name].unit_effects and "covariates" not in ESTIMATORS[name].refuses
]


@pytest.fixture(scope="module")
def sound():
    """Tables of a panel that bears every estimator, with one start and with two."""
    made = {}
    for name, starts in (("one", ONE_START), ("several", STARTS)):
        rows, first, clusters = panel(starts, years=range(2000, 2010), seed=3)
        made[name] = tables(rows, first, clusters, weight_frozen={u: 1.0 for u in clusters})
    return made


@pytest.fixture
def of(sound, monkeypatch):
    """Estimate one estimator on cells and units that a case has changed."""
    monkeypatch.setattr(few_clusters, "DRAWS", 99)

    def run(estimator, change, **asked):
        starts = "one" if estimator in ("two_by_two", "event_study") else "several"
        cells, units, counts = sound[starts]
        cells, units = change(cells, units)
        how = {"role": "robustness", "windows": WINDOWS} | asked
        rows, sums = estimate(cells, units, counts, [spec(estimator, **how)])
        return check(conform(rows, ESTIMATES), conform(sums, INFLUENCE))

    return run


def check(rows, sums):
    """What holds whatever is wrong: reasons have no numbers, numbers are numbers."""
    known = rows["identified"].eq("ok")
    assert rows.loc[~known, NUMBERS].isna().all(axis=None)
    numbers = rows.loc[known, NUMBERS].to_numpy(float)
    assert rows.loc[known, "estimate"].notna().all() and not np.isinf(numbers).any()
    nothing = rows["estimate"].abs().lt(1e-9) & rows["std_error"].lt(1e-9)
    assert not nothing.any(), "a zero without error is no finding"
    shown = rows.loc[known & rows["leading"], ["term", "event_time", "window"]].astype(str)
    told = sums[["term", "event_time", "window"]].astype(str).drop_duplicates()
    assert len(told.merge(shown)) == len(told), "a covariance of what has no number"
    return rows


def year(cells):
    return cells["period"].dt.year


def is_trial(frame):
    return frame["unit"] < f"u{TRIAL:02}"


def without(cells_gone):
    return lambda cells, units: (cells[~cells_gone(cells)].reset_index(drop=True), units)


def standing(cells_still):
    return lambda cells, units: (cells.assign(mean=cells["mean"].mask(cells_still(cells), 5.0)),
                                 units)  # fmt: skip


def everybody_treated(cells, units):
    starts = pd.PeriodIndex(["2005"] * len(units), freq="Y")
    return cells, units.assign(first_treated=starts, arm="trial", area=units["cluster"])


NAMED = {
    "no_control": everybody_treated,
    "no_data": lambda cells, units: (cells.assign(mean=np.nan), units),
    "no_pre_period": without(lambda c: year(c) < 2006),
    "no_post_period": without(lambda c: ~is_trial(c) & (year(c) >= 2004)),
    "no_variation": standing(lambda c: year(c) > 0),
}


@pytest.mark.parametrize("estimator", FAMILIES)
@pytest.mark.parametrize("reason", NAMED)
def test_what_lacks_is_named(reason, estimator, of):
    assert set(of(estimator, NAMED[reason])["identified"]) == {reason}


@pytest.mark.parametrize("estimator", TAKE_COVARIATES)
@pytest.mark.parametrize(
    ("names", "reason"),
    [
        (["flat"], "collinear_covariates"),
        (["size", "twice"], "collinear_covariates"),
        (["arm"], None),
    ],
)
def test_covariates_that_follow_from_each_other(names, reason, estimator, of):
    def known(cells, units):
        size = np.arange(len(units)) % 7.0
        arm = is_trial(units).astype(float)
        return cells, units.assign(x_flat=3.1, x_size=size, x_twice=2 * size + 1, x_arm=arm)

    found = set(of(estimator, known, covariates=names)["identified"])
    # with two starts the later ones tell effect and arm apart, but for comparisons by start
    apart = {"no_variation", "no_overlap"} | (
        {"ok"} if estimator in ("two_way_fixed_effects", "first_differences") else set()
    )
    assert found == {reason} if reason else found <= apart and len(found) == 1


@pytest.mark.parametrize("estimator", FAMILIES)
@pytest.mark.parametrize("arm", [True, False])
def test_one_cluster_in_an_arm_has_no_uncertainty_by_area(arm, estimator, of):
    def joined(cells, units):
        mine = is_trial(units) == arm
        return cells, units.assign(cluster=units["cluster"].mask(mine, "single"))

    rows = of(estimator, joined)
    by_area = rows["inference"].isin(["cluster_area", "cr2_area", "cr3_area", "simultaneous_area"])
    assert set(rows["identified"]) == {"ok"} and by_area.any()
    assert rows.loc[by_area, NUMBERS[1:]].isna().all(axis=None)
    arms = rows.loc[by_area, "n_trial_clusters" if arm else "n_control_clusters"]
    assert set(arms) == {1}


@pytest.mark.parametrize("estimator", FAMILIES)
@pytest.mark.parametrize(
    "change",
    [
        standing(lambda c: year(c) >= 2004),
        standing(lambda c: year(c) >= 2003),
        standing(lambda c: year(c).between(2003, 2005)),
        without(lambda c: year(c) == 2004),
        without(lambda c: is_trial(c) & (year(c) == 2003)),
        without(lambda c: (c["unit"].str[1:].astype(int) % 2 == 0) == (year(c) >= 2004)),
        without(lambda c: np.random.default_rng(1).random(len(c)) < 0.7),
    ],
    ids=["still from 2004", "still from 2003", "still for three years", "a year without values",
         "a year of one arm", "nobody on both sides", "most cells missing"],
)  # fmt: skip
def test_gaps_and_outcomes_that_stand_still(change, estimator, of):
    """Which of them bear an estimate differs; that no number is made of nothing does not."""
    assert len(of(estimator, change))


def test_terms_of_a_window_in_which_nothing_moves_say_so(of):
    rows = of("event_study", standing(lambda c: year(c) >= 2004))
    reasons = rows.groupby("event_time")["identified"].unique().map(list)
    assert all(reasons[since] == ["no_variation"] for since in range(5))
    assert all(reasons[since] == ["ok"] for since in (-5, -4, -3, -2))
