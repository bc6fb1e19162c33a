"""Tests for few treated areas, two-way and spatial errors, against plain loops."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from scipy import stats

from kuntakokeilu.estimation import draw_sample, fit
from kuntakokeilu.estimation.balanced_deals import (
    balanced_p_value,
    changes_of_units,
    newton_weights,
    statistics_of,
)
from kuntakokeilu.estimation.contrast import design_of
from kuntakokeilu.estimation.entropy_balance import entropy_weights
from kuntakokeilu.estimation.few_treated import (
    changes_of,
    conley_taber,
    ferman_pinto,
    variance_of_changes,
)
from kuntakokeilu.estimation.spatial import nearness, spatial_inference
from kuntakokeilu.estimation.two_way import two_way_inference
from kuntakokeilu.study import Balance, Comparison

from . import plain
from .build import panel, spec, tables

STARTS = [2004] * 6 + [None] * 24
SIZES = {f"u{i:02}": 50.0 + 13 * ((7 * i) % 30) for i in range(30)}


def sample(estimand=None, starts=STARTS, per_cluster=2, years=range(1996, 2010), **options):
    rows, first, clusters = panel(starts, per_cluster=per_cluster, years=years, **options)
    rng = np.random.default_rng(5)
    covariates = {f"u{i:02}": float(rng.normal()) for i in range(30)}
    cells, units, _ = tables(rows, first, clusters, weight_frozen=SIZES, x_size=covariates)
    drawn = draw_sample(cells, units, estimand or spec())
    design = design_of(drawn)
    return drawn, design, fit(design.regressed(drawn.frame), design)


def area_changes(frame):
    """Change of each cluster's mean less that of the untreated, by hand."""
    after = frame["period"] >= frame["first_treated"].dropna().iloc[0]
    means = frame.assign(after=after).groupby(["cluster", "after"])["y"].mean().unstack()
    change = means[True] - means[False]
    trial = frame.groupby("cluster")["trial"].first()
    return change, trial


def test_changes_are_those_of_means_in_a_balanced_panel():
    drawn, design, fitted = sample()
    changes = changes_of(drawn.frame, design, fitted)
    change, trial = area_changes(drawn.frame)
    assert (changes.share * changes.change).sum() == pytest.approx(fitted.params[0], abs=1e-12)
    assert changes.share[changes.treated].sum() == pytest.approx(1.0, abs=1e-12)
    # all areas hold two units: changes beyond the mean of all
    expected = change - change.mean()
    np.testing.assert_allclose(changes.change, expected, atol=1e-10)
    left = change.where(~trial, change - fitted.params[0])
    np.testing.assert_allclose(changes.residual, left - left.mean(), atol=1e-10)
    persons = drawn.frame.drop_duplicates("unit").groupby("cluster")["weight_frozen"].sum()
    np.testing.assert_allclose(changes.size, persons)


def test_changes_add_up_with_gaps_and_weights():
    drawn, design, fitted = sample(spec(weights="persons_current"), missing=0.2)
    changes = changes_of(drawn.frame, design, fitted)
    assert (changes.share * changes.change).sum() == pytest.approx(fitted.params[0], abs=1e-10)
    assert (changes.share * changes.residual).sum() == pytest.approx(0.0, abs=1e-10)


def test_conley_taber_draws_changes_of_untreated_areas():
    drawn, design, fitted = sample()
    changes = changes_of(drawn.frame, design, fitted)
    found = conley_taber(changes, 9999, 1)
    rng = np.random.default_rng(99)
    pool = changes.residual[~changes.treated]
    chance = [np.mean(rng.choice(pool, 3)) for _ in range(20_000)]  # three areas, alike
    p = np.mean(np.abs(chance) >= abs(fitted.params[0]))
    assert found["p_value"] == pytest.approx(p, abs=4 * np.sqrt(p * (1 - p) / 9999) + 1e-3)
    low, high = np.quantile(chance, [0.025, 0.975])
    assert found["ci_low"] == pytest.approx(fitted.params[0] - high, abs=0.03)
    assert found["ci_high"] == pytest.approx(fitted.params[0] - low, abs=0.03)


def test_ferman_pinto_scales_changes_to_size():
    drawn, design, fitted = sample()
    changes = changes_of(drawn.frame, design, fitted)
    found = ferman_pinto(changes, 9999, 1)
    variance = variance_of_changes(changes.change, changes.size)
    rng = np.random.default_rng(98)
    scaled = changes.change / np.sqrt(variance)
    picks = rng.integers(len(scaled), size=(20_000, len(scaled)))
    treated, n = changes.treated, len(scaled)
    drawn_changes = scaled[picks] * np.sqrt(variance)
    effects = drawn_changes[:, treated].mean(axis=1) - drawn_changes[:, ~treated].mean(axis=1)
    p = np.mean(np.abs(effects) >= abs(fitted.params[0]))
    assert n == 15
    assert found["p_value"] == pytest.approx(p, abs=4 * np.sqrt(p * (1 - p) / 9999) + 1e-3)


def test_variance_falls_with_size_and_is_never_negative():
    rng = np.random.default_rng(1)
    size = rng.uniform(10, 1000, 4000)
    change = rng.normal(size=4000) * np.sqrt(2.0 + 300.0 / size)
    found = variance_of_changes(change, size)
    np.testing.assert_allclose(found, 2.0 + 300.0 / size, rtol=0.3)
    rising = variance_of_changes(rng.normal(size=4000) * np.sqrt(size), size)
    assert np.ptp(rising) == pytest.approx(0.0, abs=1e-9)


REASONS = {
    "several_starts": {"starts": [2003] * 3 + [2005] * 3 + [None] * 24, "per_cluster": 1},
    "few_controls": {"starts": [2004] * 6 + [None] * 8},
    "averages": {"estimand": spec("group_time_average")},
}


@pytest.mark.parametrize("reason", REASONS)
def test_why_an_estimate_is_no_sum_of_changes(reason):
    drawn, design, fitted = sample(**REASONS[reason])
    assert changes_of(design.regressed(drawn.frame), design, fitted) == reason


def test_two_way_variance_is_the_sum_less_that_of_both():
    drawn, _, fitted = sample(spec(weights="persons_current"), missing=0.1)
    frame = drawn.frame
    found = two_way_inference(fitted, frame["cluster"], frame["period"])
    own = fitted.scores @ fitted.bread[:, 0]
    n, k = len(frame), fitted.n_params
    both = frame["cluster"] + "|" + frame["period"].astype(str)
    parts = []
    for clusters in (frame["cluster"], frame["period"].astype(str), both):
        names = clusters.unique()
        total = sum(own[(clusters == name).to_numpy()].sum() ** 2 for name in names)
        parts.append(len(names) / (len(names) - 1) * (n - 1) / (n - k) * total)
    error = np.sqrt(parts[0] + parts[1] - parts[2])
    assert found["std_error"] == pytest.approx(error, rel=1e-12)
    degrees = min(frame["cluster"].nunique(), frame["period"].nunique()) - 1
    assert found["degrees_of_freedom"] == degrees
    p = 2 * stats.t(degrees).sf(abs(fitted.params[0]) / error)
    assert found["p_value"] == pytest.approx(p, rel=1e-9)


def test_two_way_errors_need_periods():
    drawn, _, fitted = sample(years=range(2000, 2008))
    assert two_way_inference(fitted, drawn.frame["cluster"], drawn.frame["period"]) == "few_periods"


def test_spatial_variance_pair_by_pair():
    drawn, _, fitted = sample()
    rng = np.random.default_rng(3)
    units = drawn.frame["unit"].unique()
    places = pd.DataFrame(rng.uniform(0, 400, (30, 2)), units, ["east", "north"])
    frame = drawn.frame.join(places, on="unit")
    found = spatial_inference(fitted, frame, 100.0)
    own = fitted.scores @ fitted.bread[:, 0]
    sums = {u: own[(frame["unit"] == u).to_numpy()].sum() for u in units}
    total = 0.0
    for one in units:
        for other in units:
            apart = np.hypot(*(places.loc[one] - places.loc[other]))
            total += max(1 - apart / 100, 0) * sums[one] * sums[other]
    n, k = len(frame), fitted.n_params
    error = np.sqrt(30 / 29 * (n - 1) / (n - k) * total)
    assert found["std_error"] == pytest.approx(error, rel=1e-10)
    assert spatial_inference(fitted, drawn.frame, 100.0) == "no_map"
    np.testing.assert_allclose(nearness(np.zeros((2, 2)), 1.0), 1.0)


def test_newton_finds_the_weights_of_the_slower_way():
    rng = np.random.default_rng(1)
    x = rng.normal(size=(60, 5))
    q = rng.uniform(0.5, 2.0, 60)
    for size in (0.1, 0.3, 0.6, 5.0):
        targets = rng.normal(size=5) * size
        fast, slow = newton_weights(x, targets, q), entropy_weights(x, targets, q)
        assert (fast is None) == (slow is None)
        if fast is not None:
            np.testing.assert_allclose(fast, slow, atol=1e-6)
    assert slow is None  # the last targets lie outside of all controls


@pytest.mark.parametrize("method", ["entropy", "matching"])
def test_balanced_deals_have_the_t_of_a_regression_with_weights_of_their_own(method):
    balance = Balance(method=method, covariates=["size"])
    estimand = spec(comparison_rule=Comparison(balance=balance))
    balanced, _, fitted = sample(estimand)
    plainly, _, _ = sample()
    found = balanced_p_value(plainly, balance, "permutation_t_area", float(fitted.params[0]))
    p_value, deals, plan = found
    assert 0 < p_value <= 1
    assert (deals <= 99) & (plan.n_treated == 3)
    units = changes_of_units(plainly)
    kept = units["unit"].map(balanced.frame.drop_duplicates("unit").set_index("unit")["w"])
    codes = pd.factorize(units["cluster"])[0]
    estimate, t = statistics_of(
        units, codes, np.array([plan.labels]) >= 0, kept.fillna(0.0).to_numpy()[None]
    )
    frame = balanced.frame
    ols = plain.least_squares(
        frame["treated"], frame["unit"], frame["period"], frame["y"], frame["w"], frame["cluster"]
    )
    assert estimate[0] == pytest.approx(ols.coefficients[0], abs=1e-10)
    g, n = ols.clusters, len(frame)
    factor = g / (g - 1) * (n - 1) / (n - ols.n_params)
    error = np.sqrt(ols.covariance[0, 0] / factor)
    assert t[0] == pytest.approx(ols.coefficients[0] / error, rel=1e-9)


def test_balanced_deals_need_a_panel_without_gaps():
    balance = Balance(method="entropy", covariates=["size"])
    gaps, _, _ = sample(missing=0.2)
    assert balanced_p_value(gaps, balance, "permutation_t_area", 0.0) == "unbalanced_panel"
    whole, _, _ = sample()
    assert balanced_p_value(whole, balance, "permutation_t_area", 9.0) == "rounding"
