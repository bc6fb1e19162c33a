"""Movement before the start: fired by a drift, silent without, and equal to a second way."""

import numpy as np
import pytest
from scipy import stats

from kuntakokeilu.diagnostics import diagnose
from kuntakokeilu.diagnostics.pretrends import (
    as_event_study,
    clustered_pre_trend_test,
    joint_test,
    permuted_pre_trend_test,
    pre_trend_slope,
)
from kuntakokeilu.estimation import draw_sample, estimate, estimate_one

from ..estimation import plain
from ..estimation.build import panel, spec, tables
from .conftest import QUIET

COMMON = [2004] * 8 + [None] * 10


def pre_trend_p_values(simulate, seed, trend):
    cells, units, _ = simulate(seed, selection_trend=trend)
    estimand = simulate.estimand()
    slope = pre_trend_slope(draw_sample(cells, units, estimand))
    return permuted_pre_trend_test(
        draw_sample(cells, units, as_event_study(estimand))
    ), slope.p_value


@pytest.mark.simulate
def test_planted_drift_fires_and_none_stays_silent(simulate):
    with_drift = np.array([pre_trend_p_values(simulate, seed, 1.5) for seed in range(8)])
    without = np.array([pre_trend_p_values(simulate, seed, 0.0) for seed in range(8)])
    assert (with_drift.min(axis=1) < 0.05).all()
    assert (without < 0.05).sum(axis=0).max() <= 2  # of 8 at 5 %: more than 2 in 1 of 170
    assert np.median(without) > 0.2


def test_drift_is_measured_in_units_a_year(simulate):
    cells, units, _ = simulate(1, selection_trend=2.0, effect=5.0, **QUIET)
    slope = pre_trend_slope(draw_sample(cells, units, simulate.estimand()))
    assert slope.per_year == pytest.approx(2.0, abs=1e-9)


@pytest.mark.parametrize("weights", ["municipality", "persons_current"])
def test_slope_and_the_bias_of_a_drift_by_hand(weights):
    rows, first, clusters = panel(COMMON, per_cluster=2, seed=4)
    if weights == "persons_current":
        rows["weight"] = rows.groupby("unit")["weight"].transform("first")
    cells, units, counts = tables(rows, first, clusters)
    estimand = spec(weights=weights)
    slope = pre_trend_slope(draw_sample(cells, units, estimand))
    trial = rows["unit"].isin(first)
    before = rows[rows["period"] < 2004]
    w = None if weights == "municipality" else before["weight"]
    ols = plain.least_squares(
        before["period"] * trial[before.index] - 2000 * trial[before.index],
        before["unit"],
        before["period"],
        before["y"],
        w,
        before["unit"].map(clusters),
    )
    std_error = np.sqrt(ols.covariance[0, 0])
    t = stats.t(9 - 1)
    assert slope.per_year == pytest.approx(ols.coefficients[0], abs=1e-9)
    p_value = 2 * t.sf(abs(slope.per_year) / std_error)
    assert slope.p_value == pytest.approx(p_value, abs=1e-9)
    half = t.ppf(0.975) * std_error
    assert (slope.low, slope.high) == pytest.approx(
        (slope.per_year - half, slope.per_year + half), abs=1e-9
    )
    assert slope.bias == pytest.approx(2005.5 - 2001.5, abs=1e-9)
    # and that is what a drift of one a year does to the estimate
    rows["y"] += rows["period"] * trial
    drifted, _ = estimate_one(*tables(rows, first, clusters), estimand)
    estimates, _ = estimate_one(cells, units, counts, estimand)
    moved = drifted["estimate"].iloc[0] - estimates["estimate"].iloc[0]
    assert moved == pytest.approx(slope.bias, abs=1e-9)


def test_slope_keeps_the_effects_of_the_estimand():
    rows, first, clusters = panel(COMMON, seed=2)
    region = {unit: f"{i % 3:02}" for i, unit in enumerate(clusters)}
    steps = rows["unit"].map(region).astype(int) * (rows["period"] - 2000)
    trial = [*range(3), 3, 6, 9]  # four of six in region 00, one of six in the others
    first = {f"u{i:02}": "2004" for i in trial}
    estimand = spec(effects_by_period="region")
    values = [
        pre_trend_slope(
            draw_sample(*tables(frame, first, clusters, region=region)[:2], estimand)
        ).per_year
        for frame in (rows, rows.assign(y=rows["y"] + steps))
    ]
    assert values[0] == pytest.approx(values[1], abs=1e-9)
    plainly = pre_trend_slope(
        draw_sample(*tables(rows.assign(y=steps), first, clusters)[:2], spec())
    )
    assert abs(plainly.per_year) > 0.1


def test_joint_test_is_hotelling():
    rng = np.random.default_rng(1)
    draws = rng.normal(0.4, 1.0, (12, 3))
    mean = draws.mean(axis=0)
    centred = (draws - mean) / np.sqrt(12 * 11)  # squares to the covariance of the mean
    found = joint_test(mean, centred)
    expected = plain.hotelling_p_value(mean, np.cov(draws.T) / 12, 12)
    assert found.p_value == pytest.approx(expected, abs=1e-12)
    assert (found.coefficients, found.clusters) == (3, 12)
    single = joint_test(mean[:1], centred[:, :1])  # with one coefficient, Student's t
    assert single.p_value == pytest.approx(stats.ttest_1samp(draws[:, 0], 0).pvalue, abs=1e-12)
    assert joint_test(np.ones(11), rng.normal(size=(12, 11))) is None


@pytest.mark.parametrize("missing", [0.0, 0.2])
def test_clustered_test_is_hotelling_on_full_dummies(missing):
    rows, first, clusters = panel(COMMON, seed=6, per_cluster=1, missing=missing)
    start = rows["unit"].map(first).astype(float)
    bins, columns = plain.event_dummies(rows["period"], start)
    ols = plain.least_squares(
        columns, rows["unit"], rows["period"], rows["y"], None, rows["unit"].map(clusters)
    )
    pre = [i for i, b in enumerate(bins) if b < -1]
    expected = plain.hotelling_p_value(
        ols.coefficients[pre], ols.covariance[np.ix_(pre, pre)], ols.clusters
    )
    found = clustered_pre_trend_test(
        draw_sample(*tables(rows, first, clusters)[:2], as_event_study(spec()))
    )
    assert found.p_value == pytest.approx(expected, abs=1e-8)
    assert found.coefficients == len(pre) == 3


@pytest.mark.parametrize("weights", ["municipality", "persons_current"])
def test_permuted_test_against_all_assignments(weights):
    starts = [2004] * 4 + [None] * 4
    rows, first, clusters = panel(starts, seed=3, years=range(2000, 2006))
    rows.loc[rows["unit"].isin(first) & (rows["period"] == 2001), "y"] += 1.0
    rows["weight"] = rows.groupby("unit")["weight"].transform("first")
    names = sorted(clusters)
    w = rows["weight"] if weights == "persons_current" else None

    def statistic(deal):
        start = rows["unit"].map(dict(zip(names, deal, strict=True))).astype(float)
        bins, columns = plain.event_dummies(rows["period"], start)
        ols = plain.least_squares(columns, rows["unit"], rows["period"], rows["y"], w)
        return sum(c**2 for c, b in zip(ols.coefficients, bins, strict=True) if b < -1)

    exact = plain.exact_p_value(starts, statistic)
    cells, units, _ = tables(rows, first, clusters)
    estimand = spec(weights=weights, permutations=9999)
    found = permuted_pre_trend_test(draw_sample(cells, units, as_event_study(estimand)))
    assert 0.02 < exact < 0.95
    assert found == pytest.approx(exact, abs=0.015)


def test_a_difference_of_one_cluster_alone_is_not_tested():
    """Only the unit that starts last has an eighth year before its start."""
    rows, first, clusters = panel([2004] * 8 + [2008] + [None] * 8, seed=5, years=range(2000, 2010))
    last = rows["unit"].eq("u08")
    alone = last & rows["period"].between(2000, 2003)
    joints = [
        clustered_pre_trend_test(
            draw_sample(*tables(frame, first, clusters)[:2], as_event_study(spec()))
        )
        for frame in (rows, rows.assign(y=rows["y"] + 5.0 * (alone & (rows["period"] == 2001))))
    ]
    assert [(joint.coefficients, joint.alone) for joint in joints] == [(3, 4)] * 2
    assert joints[0].p_value == pytest.approx(joints[1].p_value, abs=1e-9)
    built = tables(rows, first, clusters)
    study = spec("event_study")
    estimates, influences = estimate(*built, [study])
    checks = diagnose(*built, estimates, influences, [study]).set_index("check")
    said = checks.loc["pre_trend_clustered", "statistic"]
    assert "all 3 differences" in said and "4 that rest on one cluster left out" in said


def test_no_test_where_there_is_none():
    rows, first, clusters = panel([2003] * 3 + [2005] * 3 + [None] * 6)
    cells, units, _ = tables(rows, first, clusters)
    assert (
        permuted_pre_trend_test(draw_sample(cells, units, as_event_study(spec()))) is None
    )  # starts differ
    rows, first, clusters = panel(COMMON)
    cells, units, _ = tables(rows, first, clusters)
    short = spec(first_period="2003")
    assert permuted_pre_trend_test(draw_sample(cells, units, as_event_study(short))) is None
    assert clustered_pre_trend_test(draw_sample(cells, units, as_event_study(short))) is None
    assert pre_trend_slope(draw_sample(cells, units, spec(first_period="2002"))) is None
    single = units.assign(cluster=units["cluster"].where(units["arm"] == "control", "one"))
    assert clustered_pre_trend_test(draw_sample(cells, single, as_event_study(spec()))) is None
    assert pre_trend_slope(draw_sample(cells, single, spec())) is None
