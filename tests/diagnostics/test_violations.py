"""Each broken assumption is found where it was built in, and nowhere else."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from scipy import stats

from kuntakokeilu.diagnostics.pairs import difference
from kuntakokeilu.diagnostics.shocks import shared_shocks
from kuntakokeilu.estimation import draw_sample, estimate
from kuntakokeilu.study import Comparison

from ..estimation.build import panel, spec, tables
from ..estimation.followed import STOCKS, asked, collapsed, followed
from ..estimation.plain import least_squares

YEARS = range(2000, 2008)
TRIAL, CONTROL = 12, 16
STARTS = [2004] * TRIAL + [None] * CONTROL
ALL = Comparison()
FURTHER = Comparison(
    exclude_units=[f"u{i:02}" for i in range(TRIAL, TRIAL + 4)], exclude_groups=["neighbours"]
)


def made(seed=0, per_cluster=1, **changes):
    return panel(STARTS, seed=seed, years=YEARS, per_cluster=per_cluster, **changes)


def treated(rows):
    return rows["unit"].lt(f"u{TRIAL:02}") & (rows["period"] >= 2004)


def neighbour(rows):
    return rows["unit"].isin(FURTHER.exclude_units)


@pytest.fixture
def without_neighbours(checks):
    def run(shift):
        rows, first, clusters = made(seed=1)
        rows["y"] += shift * (neighbour(rows) & (rows["period"] >= 2004))
        estimands = [
            spec(comparison_rule=ALL),
            spec(estimand="y.far", comparison="far", comparison_rule=FURTHER, role="robustness"),
        ]
        return checks(*tables(rows, first, clusters), estimands), rows, first, clusters, estimands

    return run


def test_neighbours_that_move_are_found(without_neighbours):
    found, *_ = without_neighbours(4.0)
    row = found.loc[("y.main", "neighbours_differ")]
    assert (row["verdict"], row["threshold"]) == ("warn", 0.05)
    assert "neighbours_differ" not in found.loc["y.far"].index


def test_neighbours_like_others_pass(without_neighbours):
    found, *_ = without_neighbours(0.0)
    assert found.loc[("y.main", "neighbours_differ"), "verdict"] == "pass"


def test_the_difference_has_the_variance_of_two_stacked_regressions(without_neighbours):
    """Against one regression on both samples, stacked, clusters shared."""
    _, rows, first, clusters, estimands = without_neighbours(1.0)
    tabled = tables(rows, first, clusters)
    estimates, influences = estimate(*tabled, estimands)
    found = difference(estimates, influences, *estimands)
    parts = []
    for estimand in estimands:
        frame = draw_sample(*tabled[:2], estimand).frame
        ols = least_squares(
            frame["treated"], frame["unit"], frame["period"], frame["y"], None, frame["cluster"]
        )
        x = frame["treated"].astype(float)
        mean = frame.assign(x=x)
        within = (
            x
            - mean.groupby("unit")["x"].transform("mean")
            - mean.groupby("period")["x"].transform("mean")
            + x.mean()
        )
        n, g = len(frame), frame["cluster"].nunique()
        scale = np.sqrt(g / (g - 1) * (n - 1) / (n - ols.n_params))
        score = within * ols.residuals / (within**2).sum() * scale
        parts.append((ols.coefficients[0], score.groupby(frame["cluster"]).sum()))
    gap = parts[0][0] - parts[1][0]
    std_error = np.sqrt((parts[0][1].sub(parts[1][1], fill_value=0) ** 2).sum())
    assert found["estimate"] == pytest.approx(gap, abs=1e-10)
    assert found["std_error"] == pytest.approx(std_error, abs=1e-10)
    assert found["degrees_of_freedom"] == len(STARTS) - 1


def test_a_comparison_without_another_group_is_not_asked(checks):
    rows, first, clusters = made(seed=1)
    rows["y"] += 4.0 * (neighbour(rows) & (rows["period"] >= 2004))
    rule = FURTHER.model_copy(update={"exclude_groups": ["large"]})
    other = spec(estimand="y.far", comparison="far", comparison_rule=rule, role="robustness")
    found = checks(*tables(rows, first, clusters), [spec(), other])
    assert "neighbours_differ" not in found.loc["y.main"].index


@pytest.mark.parametrize(("moved", "verdict"), [(3.0, "warn"), (0.0, "pass")])
def test_others_in_trial_areas_that_move_are_found(checks, moved, verdict):
    rows, first, clusters = made(seed=2)
    cells, units, counts = tables(rows, first, clusters)
    shift = moved * treated(rows).to_numpy()
    others = cells.assign(population="others", mean=cells["mean"] + shift)
    both = pd.concat([cells.assign(population="target"), others], ignore_index=True)
    target = spec(population="target", design="targeted")
    rest = spec(estimand="y.others", population="others", design="spillover", role="robustness")
    equal = rest.model_copy(update={"estimand": "y.area", "weights": "area"})
    found = checks(both, units, counts, [target, equal, rest])
    row = found.loc[("y.main", "non_eligible_moves")]
    assert row["verdict"] == verdict
    assert "y.others" in row["statistic"]
    p = estimate(both, units, counts, [rest])[0]
    assert row["value"] == p.loc[p["leading"], "p_value"].iloc[0]
    assert "non_eligible_moves" not in found.loc["y.others"].index
    total = target.model_copy(update={"design": "total"})
    assert "non_eligible_moves" not in checks(both, units, counts, [total, rest]).index.levels[1]


def test_others_without_a_number_tell_nothing(checks):
    cells, units, counts = tables(*made(seed=2))
    target = spec(population="target", design="targeted")
    rest = spec(estimand="y.others", population="others", design="spillover", role="robustness")
    found = checks(cells.assign(population="target"), units, counts, [target, rest])
    assert "non_eligible_moves" not in found.loc["y.main"].index


@pytest.mark.parametrize(("early", "verdict"), [(4.0, "warn"), (0.0, "pass")])
def test_change_just_before_the_start_is_found(checks, early, verdict):
    rows, first, clusters = made(seed=3)
    rows["y"] += early * (rows["unit"].isin(first) & (rows["period"] == 2003))
    estimands = [spec(), spec("event_study", estimand="y.series", role="robustness")]
    found = checks(*tables(rows, first, clusters), estimands)
    before = rows[rows["period"] < 2004]
    x = before["unit"].isin(first) & (before["period"] == 2003)
    ols = least_squares(
        x, before["unit"], before["period"], before["y"], None, before["unit"].map(clusters)
    )
    t = ols.coefficients[0] / np.sqrt(ols.covariance[0, 0])
    for name in ("y.main", "y.series"):
        row = found.loc[(name, "anticipation")]
        assert row["verdict"] == verdict
        assert row["value"] == pytest.approx(2 * stats.t(ols.clusters - 1).sf(abs(t)), abs=1e-10)


def test_last_months_that_are_left_out_tell_nothing(checks):
    rows, first, clusters = made(seed=3)
    skipped = spec(skip_first="2003", skip_last="2003")
    found = checks(*tables(rows, first, clusters), [skipped])
    assert "anticipation" not in found.loc["y.main"].index
    one = checks(*tables(rows, first, clusters), [spec(first_period="2003")])
    assert "anticipation" not in one.loc["y.main"].index


@pytest.mark.parametrize(("gap", "verdict"), [(3.0, "warn"), (-3.0, "warn"), (0.0, "pass")])
def test_level_before_the_start(checks, gap, verdict):
    rows, first, clusters = made(seed=6, per_cluster=2)
    before = rows[rows["period"] < 2004]
    levels = before.groupby("unit")["y"].mean()
    ends = levels.groupby(levels.index.isin(first)).mean()
    rows["y"] += rows["unit"].isin(first) * (gap + ends[False] - ends[True])
    row = checks(*tables(rows, first, clusters), [spec()]).loc[("y.main", "level_differs")]
    levels = rows[rows["period"] < 2004].groupby("unit")["y"].mean()
    areas = levels.groupby(pd.Series(clusters)).mean()
    trial = areas.index.isin([clusters[u] for u in first])
    spread = np.sqrt((areas[trial].var() + areas[~trial].var()) / 2)
    expected = (areas[trial].mean() - areas[~trial].mean()) / spread
    assert row["value"] == pytest.approx(expected, abs=1e-10)
    assert row["verdict"] == verdict
    error = np.sqrt(areas[trial].var() / trial.sum() + areas[~trial].var() / (~trial).sum())
    chance = stats.t(len(areas) - 2).ppf(0.975) * error / spread
    assert row["threshold"] == pytest.approx(max(0.25, chance), abs=1e-10)
    based = spec(
        estimand="y.based", transform="minus_base_year", base_year=2000, first_period="2001"
    )
    with_log = checks(*tables(rows, first, clusters), [spec(), based])
    assert len(with_log.xs("level_differs", level="check")) == 1


def with_shocks(size, seed=7):
    """Rows of units four to an area, the areas' levels moved from 2004 on."""
    rng = np.random.default_rng(seed)
    rows, first, clusters = panel([2004] * 24 + [None] * 32, seed=seed, per_cluster=4)
    rows["y"] = rng.normal(size=len(rows))
    common = {c: rng.normal() for c in sorted(set(clusters.values()))}
    rows["y"] += size * rows["unit"].map(clusters).map(common) * (rows["period"] >= 2004)
    return tables(rows, first, clusters)


@pytest.mark.parametrize(("size", "verdict"), [(1.0, "warn"), (0.0, "pass")])
def test_shocks_common_to_areas(checks, size, verdict):
    made = with_shocks(size)
    found = checks(*made, [spec()]).loc[("y.main", "area_shocks")]
    errors = estimate(*made, [spec()])[0].set_index("inference")["std_error"]
    ratio = errors["cluster_area"] / errors["cluster_municipality"]
    few = np.sqrt((14 / 13) / (56 / 55))  # the factors for few clusters differ, all else is equal
    assert found["value"] == pytest.approx(ratio / few, abs=1e-10)
    assert found["verdict"] == verdict


@pytest.mark.simulate
def test_what_chance_does_to_clustering_by_area():
    """Against units drawn anew: one in twenty ratios is above what the signs say."""
    above = []
    for seed in range(200):
        cells, units, _ = with_shocks(0.0, seed)
        found = shared_shocks(draw_sample(cells, units, spec()))
        above.append(found.ratio > found.by_chance)
    assert 0.01 <= np.mean(above) <= 0.10


def test_areas_of_one_unit_share_nothing(checks):
    rows, first, clusters = made(seed=1)
    found = checks(*tables(rows, first, clusters), [spec()])
    assert "area_shocks" not in found.loc["y.main"].index


def test_two_stocks_have_no_test_before_the_start(checks):
    people = followed(STOCKS, (0, 1, 2, 3, 4, 5, 6), n_units=24)
    estimands = [
        asked(1, 6, design="targeted"),
        asked(1, 6, estimator="elapsed_effects", estimand="y.months", role="robustness"),
    ]
    found = checks(*collapsed(people), estimands)
    for name in ("y.main", "y.months"):
        row = found.loc[(name, "pre_trend_untested")]
        assert (row["value"], row["verdict"]) == (1, "warn")
        assert "cannot be tested" in row["statistic"]
        others = {"pre_trend", "pre_trend_clustered", "pre_trend_slope", "anticipation"}
        assert not others & set(found.loc[name].index)
    assert {"level_differs", "cells_left_out"} <= set(found.loc["y.main"].index)
    assert "inference_agrees" not in found.loc["y.months"].index


MONTHS = tuple(map(str, pd.period_range("2018-06", "2021-12", freq="M")))


@pytest.fixture(scope="module")
def inflow():
    return followed(MONTHS, (0, 3, 6), sample="inflow", seed=9, n_units=24)


def test_an_inflow_is_tested_on_the_cohorts_before(checks, inflow):
    estimands = [
        asked(0, 6, "inflow"),
        asked(0, 6, "inflow", estimator="elapsed_effects", periods_per_bin=7, estimand="y.months"),
        asked(0, 6, "inflow", strata="by_age", estimand="y.strata", role="robustness"),
    ]
    found = checks(*collapsed(inflow), estimands)
    tests = {"pre_trend", "pre_trend_clustered", "pre_trend_slope", "anticipation"}
    for estimand in estimands:
        mine = found.loc[estimand.estimand]
        assert tests <= set(mine.index)
        assert "pre_trend_untested" not in mine.index
        assert set(mine.loc[sorted(tests), "verdict"]) == {"pass"}
    # months since entry that are one bin are the same sample
    same = sorted(tests)
    pd.testing.assert_series_equal(
        found.loc["y.main"].loc[same, "value"], found.loc["y.months"].loc[same, "value"]
    )


def test_cohorts_that_drift_apart_before_the_start_fail(checks, inflow):
    drifting = inflow.copy()
    ages = drifting["time"].map(lambda p: p.ordinal) - pd.Period("2018-06", "M").ordinal
    drifting["y"] += 0.3 * ages * drifting["trial"]
    found = checks(*collapsed(drifting), [asked(0, 6, "inflow")]).loc["y.main"]
    assert found.loc["pre_trend", "verdict"] == "fail"
    assert found.loc["pre_trend_slope", "verdict"] == "warn"


def test_placebos_of_cohorts_may_be_followed_for_less_time(checks):
    people = followed(("2018-02", "2019-02", "2021-02"), tuple(range(25)), seed=5, n_units=20)
    main = asked(1, 24, first_period="2019-02")
    placebo = asked(
        1, 12, estimand="y.placebo_2019", role="placebo", start="2019-03", last_period="2019-02"
    )
    found = checks(*collapsed(people), [main, placebo])
    assert found.loc[("y.main", "placebo_2019"), "verdict"] == "pass"
