"""Bounds of a study's estimates: what they are made of, and why there are none."""

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from scipy import stats

from kuntakokeilu.diagnostics import bound, equivalence_table
from kuntakokeilu.estimation import estimate
from kuntakokeilu.estimation.bounds import EventSeries, relative_magnitudes, smoothness
from kuntakokeilu.study import BoundsAsked

from ..estimation.build import panel, spec, tables

STARTS = [2004] * 9 + [None] * 9  # in an arm more clusters than the seven bins
ASKED = BoundsAsked()


def bounds_of(made, estimand, asked=ASKED):
    estimates, influences = estimate(*made, [estimand])
    cells, units, _ = made
    return estimates, influences, bound(cells, units, estimates, [estimand], asked)


def two_by_two(**changes):
    return spec(estimator="two_way_fixed_effects", **changes)


@pytest.fixture
def made():
    rows, starts, clusters = panel(STARTS, seed=3, effect=3.0)
    return tables(rows, starts, clusters)


def test_bounds_are_on_the_mean_of_the_event_study(made):
    """By hand from the study's own event study; CR1 leads, whose covariance INFLUENCE holds.

    The estimate is that of the study, relative to the mean of the four years before the start.
    """
    asked = BoundsAsked(relative_magnitudes=[0.5, 1.0], smoothness=[0.0, 0.1],
                        smoothness_unit="outcome")  # fmt: skip
    estimates, _, found = bounds_of(made, two_by_two(), asked)
    series = spec("event_study", estimand="y.series")
    rows, sums = estimate(*made, [series])
    lead = estimates[estimates["leading"]].iloc[0]
    kind = lead["inference"]
    shown = rows[rows["inference"].eq("cluster_area")].set_index("event_time")
    wide = sums.pivot(index="cluster", columns="event_time", values="value")
    order = [time for time in range(-4, 4) if time != -1]
    weights = np.full(4, 0.25)
    b = shown.loc[order, "estimate"].to_numpy(float)
    means = weights @ b[3:], b[:3].sum() / 4
    assert found.bounds["estimate"].to_numpy() == pytest.approx(means[0] - means[1])
    assert found.bounds["estimate"].to_numpy() == pytest.approx(lead["estimate"], abs=1e-9)
    assert found.bounds["last_bin"].to_numpy() == pytest.approx(means[0])
    assert found.bounds["std_error"].iloc[0] == pytest.approx(lead["std_error"], rel=0.05)
    assert set(found.bounds["inference"]) == {kind}
    table = found.bounds.set_index(["restriction", "declared"])
    assert (table["n_before"] == 3).all() and (table["n_after"] == 4).all()
    assert set(rows.loc[rows["leading"], "inference"]) == {kind}
    scale = (lead["ci_high"] - lead["ci_low"]) / 2 / lead["std_error"] / 1.959963985
    covariance = (wide[order].T @ wide[order]).to_numpy(float) * scale**2
    event = EventSeries(b, covariance, 3, weights, np.full(3, 0.25))
    # a line leaves two of three weights to choose, which take as many degrees of freedom
    reduced = estimates[estimates["inference"].eq("cr2_area")].iloc[0]
    degrees = min(lead["degrees_of_freedom"], reduced["degrees_of_freedom"])
    wider = stats.t.ppf(0.975, degrees - 2) / 1.959963985 / scale
    line = replace(event, covariance=covariance * wider**2 * degrees / (degrees - 2))
    for name, make, series in (
        ("relative_magnitudes", relative_magnitudes, event),
        ("smoothness", smoothness, line),
    ):
        mine = table.loc[name]
        expected = make(series, list(mine["bound"]))
        assert mine[["ci_low", "ci_high"]].to_numpy() == pytest.approx(expected, rel=1e-4, abs=1e-6)


def test_bends_are_measured_by_the_largest_one_before_the_start(made):
    _, _, found = bounds_of(made, two_by_two())
    rows = found.bounds[found.bounds["restriction"] == "smoothness"]
    shown, _ = estimate(*made, [spec("event_study", estimand="y.series")])
    shown = shown[shown["leading"]].set_index("event_time")["estimate"]
    before = [*shown.loc[[-4, -3, -2]], 0.0]
    largest = max(abs(before[k] - 2 * before[k + 1] + before[k + 2]) for k in (0, 1))
    assert rows["seen"].to_numpy() == pytest.approx(largest)
    assert rows["bound"].tolist() == pytest.approx([0.0, 0.5 * largest, largest])


def test_a_line_through_the_time_before_is_taken_off_where_no_bend_is_allowed(made):
    """The middle of the interval of no bends: the line of least variance, by hand."""
    _, _, found = bounds_of(made, two_by_two())
    rows = found.bounds.set_index(["restriction", "declared"])
    _, sums = estimate(*made, [spec("event_study", estimand="y.series")])
    shown, _ = estimate(*made, [spec("event_study", estimand="y.series")])
    order = [-4, -3, -2, 0, 1, 2, 3]
    wide = sums.pivot(index="cluster", columns="event_time", values="value")[order]
    covariance = (wide.T @ wide).to_numpy(float)
    b = shown[shown["leading"]].set_index("event_time").loc[order, "estimate"].to_numpy(float)
    # weights of the years before: least variance, a drift of one a year taken off whole
    years = np.array([-3.0, -2.0, -1.0])
    after = np.full(4, 0.25)
    inside, across = covariance[:3, :3], covariance[:3, 3:] @ after
    system = np.block([[inside, years[:, None]], [years[None], np.zeros((1, 1))]])
    wanted = np.append(-across, -(after @ np.array([1.0, 2.0, 3.0, 4.0])))
    v = np.linalg.solve(system, wanted)[:3]
    line = rows.loc[("smoothness", 0.0)]
    assert line["without_drift"] == pytest.approx(after @ b[3:] + v @ b[:3], abs=1e-8)
    assert rows.loc["relative_magnitudes", "without_drift"].isna().all()


def test_few_areas_bear_no_line_through_many_bins():
    """Five treated areas, nine years before the start: eight weights from four dimensions."""
    few = tables(*panel([2008] * 5 + [None] * 30, years=range(1999, 2011), seed=4))
    rows = bounds_of(few, two_by_two())[2].bounds.set_index("restriction")
    assert set(rows.loc["smoothness", "identified"]) == {"too_many_bins"}
    assert rows.loc["smoothness", ["ci_low", "ci_high", "bound", "breakdown"]].isna().all(axis=None)
    assert set(rows.loc["relative_magnitudes", "identified"]) == {"ok"}
    shorter = BoundsAsked(periods_per_bin=3)  # two bins before the reference
    assert set(bounds_of(few, two_by_two(), shorter)[2].bounds["identified"]) == {"ok"}
    more = tables(*panel([2008] * 15 + [None] * 30, years=range(2000, 2011), seed=4))
    assert set(bounds_of(more, two_by_two())[2].bounds["identified"]) == {"ok"}


def test_bends_may_be_measured_by_what_they_may_do_to_the_estimate(made):
    asked = BoundsAsked(smoothness_unit="std_error")
    _, _, found = bounds_of(made, two_by_two(), asked)
    rows = found.bounds[found.bounds["restriction"] == "smoothness"]
    assert rows["declared"].tolist() == [0.0, 0.5, 1.0]
    # the mean of four years: a bend at the reference adds 2.5, later ones 1.5, 0.75 and 0.25
    assert rows["bound"].to_numpy() == pytest.approx(
        rows["declared"] * rows["std_error"] / (2.5 + 1.5 + 0.75 + 0.25)
    )


def test_the_largest_change_and_bend_before_the_start_by_hand(made):
    _, _, found = bounds_of(made, two_by_two())
    rows, _ = estimate(*made, [spec("event_study", estimand="y.series")])
    shown = rows[rows["inference"].eq("cluster_area")].set_index("event_time")["estimate"]
    a, b, c = (float(shown[time]) for time in (-4, -3, -2))  # and zero in the last bin before
    seen = found.bounds.groupby("restriction")["seen"].first()
    change = max(abs(b - a), abs(c - b), abs(0 - c))
    bend = max(abs((c - b) - (b - a)), abs((0 - c) - (c - b)))
    assert seen["relative_magnitudes"] == pytest.approx(change, rel=1e-9)
    assert seen["smoothness"] == pytest.approx(bend, rel=1e-9)


def test_wider_bounds_give_wider_intervals_and_the_breakdown_lies_between(made):
    asked = BoundsAsked(relative_magnitudes=[0.0, 0.2, 0.5, 1.0, 3.0], smoothness=[])
    _, _, found = bounds_of(made, two_by_two(), asked)
    rows = found.bounds
    assert rows["ci_high"].is_monotonic_increasing and (-rows["ci_low"]).is_monotonic_increasing
    breakdown = rows["breakdown"].iloc[0]
    outside = (rows["ci_low"] > 0) | (rows["ci_high"] < 0)
    assert (outside == (rows["declared"] < breakdown)).all()


def test_drift_before_the_start_undoes_what_none_would_not():
    rows, starts, clusters = panel(STARTS, seed=3, effect=3.0)
    calm = bounds_of(tables(rows, starts, clusters), two_by_two())[2].bounds
    trial = rows["unit"].isin(starts)
    waves = rows["y"] + 4.0 * trial * rows["period"].mod(2)  # up and down, the mean unmoved
    rough = bounds_of(tables(rows.assign(y=waves), starts, clusters), two_by_two())[2].bounds
    assert rough["breakdown"].iloc[0] < 0.5 * calm["breakdown"].iloc[0]


@pytest.mark.parametrize(
    ("starts", "years", "changes", "reason"),
    [
        ([2001] * 6 + [None] * 6, range(2000, 2008), {}, "no_pre_period"),
        ([2002] * 6 + [None] * 6, range(2000, 2008), {}, "too_few_pre_periods"),
        ([2000] * 6 + [None] * 6, range(2000, 2008), {}, "no_data"),
        ([2004] * 6, range(2000, 2008), {}, "no_control"),
        ([2004] + [None] * 8, range(2000, 2008), {}, "no_inference"),
        ([2005] * 4 + [None] * 4, range(2000, 2010), {}, "too_few_clusters"),
        (
            STARTS,
            range(2000, 2008),
            {"skip_first": "2002", "skip_last": "2002"},
            "no_pre_period",
        ),
    ],
)
def test_an_estimate_without_bounds_says_why(starts, years, changes, reason):
    rows, firsts, clusters = panel(starts, years=years, seed=1)
    estimates, _, found = bounds_of(tables(rows, firsts, clusters), two_by_two(**changes))
    told = set(found.bounds["identified"])
    if reason == "no_data":  # nothing but treated rows: the reason of the estimate itself
        assert told == set(estimates["identified"]) and told != {"ok"}
    else:
        assert told == {reason}
    assert found.bounds[["ci_low", "ci_high", "bound", "breakdown"]].isna().all(axis=None)
    assert len(found.bounds) == 6 and len(found.pre_trend_power) == 4
    assert found.pre_trend_power["slope"].isna().all()


def test_an_all_missing_year_ends_the_series_there():
    rows, starts, clusters = panel([2005] * 8 + [None] * 8, years=range(2000, 2009), seed=1)
    rows.loc[rows["period"] == 2001, "y"] = np.nan
    _, _, found = bounds_of(tables(rows, starts, clusters), two_by_two())
    assert set(found.bounds["identified"]) == {"ok"}
    assert set(found.bounds["n_before"]) == {2}  # 2002 and 2003, beside the reference 2004


@pytest.mark.parametrize("until", [2002, 2004, 2100])
def test_an_outcome_that_stands_still_has_no_bounds_and_no_traceback(made, until):
    cells, units, counts = made
    still = cells["period"].dt.year < until
    flat = cells.assign(mean=cells["mean"].mask(still, 1.0), sum=cells["sum"].mask(still, 1.0))
    _, _, found = bounds_of((flat, units, counts), two_by_two())
    assert set(found.bounds["identified"]) == {"no_variation"}
    assert found.bounds["ci_low"].isna().all()


def test_the_slope_that_is_found_adds_the_bias_of_the_estimate(made):
    _, _, found = bounds_of(made, two_by_two())
    rows = found.pre_trend_power
    # four years before and four after: a drift of one a year is four between their means
    assert rows["bias"].to_numpy() == pytest.approx(4.0 * rows["slope"].to_numpy())
    wide = rows.pivot(index="test", columns="power", values="slope")
    assert (wide[0.8] > wide[0.5]).all()


def test_bins_may_be_longer():
    rows, starts, clusters = panel([2006] * 8 + [None] * 8, years=range(2000, 2010), seed=2)
    asked = BoundsAsked(periods_per_bin=2)
    _, _, found = bounds_of(tables(rows, starts, clusters), two_by_two(), asked)
    assert set(found.bounds["periods_per_bin"]) == {2}
    assert set(found.bounds["n_before"]) == {2} and set(found.bounds["n_after"]) == {2}


def test_equivalence_is_asked_of_outcomes_with_a_margin(made):
    estimates, _ = estimate(*made, [two_by_two()])
    assert equivalence_table(estimates, {}).empty
    wide, narrow = (equivalence_table(estimates, {"y": m}).iloc[0] for m in (50.0, 1e-6))
    assert bool(wide["equivalent"]) and not narrow["equivalent"]
    lead = estimates[estimates["leading"]].iloc[0]
    assert wide["ci_low"] > lead["ci_low"] and wide["ci_high"] < lead["ci_high"]
    none = estimates.assign(identified="no_control", estimate=np.nan, std_error=np.nan)
    row = equivalence_table(none, {"y": 1.0}).iloc[0]
    assert row["identified"] == "no_control" and pd.isna(row["equivalent"])


@pytest.mark.parametrize("values", [[1.0, 0.5], [0.5, 0.5]])
def test_bounds_are_declared_in_rising_order(values):
    with pytest.raises(ValueError, match="rising order"):
        BoundsAsked(relative_magnitudes=values)
