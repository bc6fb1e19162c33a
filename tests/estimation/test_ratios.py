"""Fieller's interval against an independent search, its coverage, and ratios of real estimates."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from scipy import optimize, stats

from kuntakokeilu.contracts import CELLS, conform
from kuntakokeilu.errors import InputError
from kuntakokeilu.estimation import estimate, estimate_combinations, estimate_ratios, fieller
from kuntakokeilu.study import Combination, Ratio

from .build import panel, spec, tables

LABELS = {"role": "main", "label_fi": "a", "label_sv": "a", "label_en": "a"}
KINDS = {  # numerator, denominator, their standard errors and correlation
    "bounded": [(3.0, 2.0, 1.0, 0.4, 0.3), (-3.0, 2.0, 1.0, 0.4, -0.9), (0.0, -2.0, 1.0, 0.4, 0.0)],
    "two_rays": [(5.0, 0.3, 1.0, 0.4, 0.3), (-5.0, 0.3, 1.0, 0.4, -0.8), (4.0, 0.0, 1.0, 0.4, 0.0)],
    "whole_line": [(1.0, 0.3, 1.0, 0.4, 0.3), (0.0, 0.0, 1.0, 0.4, 0.0)],
}
CASES = [(kind, case) for kind, cases in KINDS.items() for case in cases]
DEGREES = 19
CRITICAL = stats.t(DEGREES).ppf(0.975)


def moments(a, b, se_a, se_b, rho):
    cross = rho * se_a * se_b
    return np.array([a, b]), np.array([[se_a**2, cross], [cross, se_b**2]])


def excess(r, params, covariance):
    """|t| of the hypothesis that the ratio is r, less its critical value."""
    (a, b), v = params, covariance
    t = (a - r * b) / np.sqrt(v[0, 0] - 2 * r * v[0, 1] + r**2 * v[1, 1])
    return abs(t) - CRITICAL


def search(params, covariance):
    """Every r at which the hypothesis is just rejected, found by brentq between grid points."""
    # the tangent reaches far out on both sides
    grid = np.tan(np.linspace(-np.pi / 2, np.pi / 2, 20_001)[1:-1])
    values = excess(grid, params, covariance)
    turns = np.flatnonzero(np.sign(values[1:]) != np.sign(values[:-1]))
    return [
        optimize.brentq(excess, grid[i], grid[i + 1], args=(params, covariance), xtol=1e-13)
        for i in turns
    ]


@pytest.mark.parametrize(("kind", "case"), CASES)
def test_ends_are_where_the_test_of_a_given_ratio_turns(kind, case):
    params, covariance = moments(*case)
    low, high, found = fieller(params, covariance, DEGREES)
    assert found == kind
    roots = search(params, covariance)
    if kind == "whole_line":
        assert roots == [] and np.isnan([low, high]).all()
        return
    np.testing.assert_allclose([low, high], roots, rtol=1e-8, atol=1e-8)
    inside = (low + high) / 2
    assert (excess(inside, params, covariance) < 0) == (kind == "bounded")
    if params[1]:
        estimate_of = params[0] / params[1]
        assert (low <= estimate_of <= high) == (kind == "bounded")


def test_a_sure_denominator_gives_the_ordinary_interval():
    low, high, kind = fieller(np.array([6.0, 2.0]), np.diag([1.0, 0.0]), DEGREES)
    reach = CRITICAL / 2
    assert (low, high, kind) == (pytest.approx(3 - reach), pytest.approx(3 + reach), "bounded")


@pytest.mark.parametrize("above", np.arange(0.1, 3.0, 0.2))
def test_no_uncertainty_at_all_is_a_point(above):
    low, high, kind = fieller(np.array([above, 0.7]), np.zeros((2, 2)), DEGREES)
    assert kind == "bounded"
    assert (low, high) == pytest.approx((above / 0.7, above / 0.7), rel=1e-6)


def test_coverage_is_exact_where_the_denominator_is_small():
    rng = np.random.default_rng(5)
    draws, clusters, truth = 600, 20, np.array([2.0, 0.4])
    root = np.array([[1.0, 0.0], [0.3, 0.5]]) * np.sqrt(clusters) * 0.5
    covered, seen = 0, set()
    for values in truth + rng.standard_normal((draws, clusters, 2)) @ root.T:
        covariance = np.cov(values.T) / clusters
        low, high, kind = fieller(values.mean(axis=0), covariance, clusters - 1)
        ratio = truth[0] / truth[1]
        within = low <= ratio <= high
        covered += kind == "whole_line" or within == (kind == "bounded")
        seen.add(kind)
    error = np.sqrt(0.95 * 0.05 / draws)
    assert seen == set(KINDS)
    assert covered / draws == pytest.approx(0.95, abs=3 * error)


@pytest.fixture(scope="module")
def outcomes():
    """Two outcomes of the same units, with the cells of any mix of them."""
    rows, starts, clusters = panel([2004] * 8 + [None] * 12, seed=4, per_cluster=2, effect=2.0)
    other, _, _ = panel([2004] * 8 + [None] * 12, seed=9, per_cluster=2, effect=3.0)
    rows["weight"] = 1.0
    other = other.assign(y=other["y"] + 0.4 * rows["y"])

    def cells(name, first, second):
        mixed, units, counts = tables(
            rows.assign(y=first * rows["y"] + second * other["y"]), starts, clusters
        )
        return conform(mixed.assign(outcome=name), CELLS), units, counts

    return cells


def found(outcomes, name, first, second):
    return estimate(*outcomes(name, first, second), [spec(estimand=f"{name}.main", outcome=name)])


@pytest.fixture(scope="module")
def both(outcomes):
    parts = [found(outcomes, "y", 1.0, 0.0), found(outcomes, "z", 0.0, 1.0)]
    return [pd.concat(kind, ignore_index=True) for kind in zip(*parts, strict=True)]


def ratio(**changes):
    row = {"ratio": "cost", "numerator": "y.main", "denominator": "z.main"}
    return Ratio(**(row | {"factor": 100.0, "unit": "euros"} | LABELS | changes))


def combination(**changes):
    row = {"combination": "shift", "first": "y.main", "second": "z.main"}
    return Combination(**(row | {"factor": 0.3, "unit": "euros"} | LABELS | changes))


def area_row(estimates):
    return estimates[estimates["leading"]].iloc[0]


def test_at_its_ends_the_outcome_less_the_ratio_times_the_other_is_just_significant(outcomes, both):
    row = estimate_ratios(*both, [ratio()]).iloc[0]
    values = both[0].groupby("estimand")["estimate"].first()
    assert row["estimate"] == pytest.approx(100 * values["y.main"] / values["z.main"])
    assert row["interval"] == "bounded"
    assert row["degrees_of_freedom"] == area_row(both[0])["degrees_of_freedom"] < 9  # CR2 leads
    assert (row["n_trial_clusters"], row["n_control_clusters"]) == (4, 6)
    for end in (row["ci_low"], row["ci_high"]):
        less = area_row(found(outcomes, "w", 1.0, -end / 100)[0])
        assert less["p_value"] == pytest.approx(0.05, abs=1e-9)


def test_a_combination_is_the_estimate_of_the_combined_outcome(outcomes, both):
    row = estimate_combinations(*both, [combination()]).iloc[0]
    direct = area_row(found(outcomes, "w", 1.0, -0.3)[0])
    for name in ("estimate", "std_error", "ci_low", "ci_high", "p_value", "degrees_of_freedom"):
        assert row[name] == pytest.approx(direct[name], rel=1e-9), name
    assert row["factor"] == 0.3


def test_a_baseline_share_is_that_of_the_trial_arm_before_the_start(outcomes, both):
    row = estimate_combinations(*both, [combination(factor="baseline_share")]).iloc[0]
    means = both[0].groupby("estimand")["baseline_mean"].first()
    share = means["y.main"] / means["z.main"]
    assert row["factor"] == pytest.approx(share)
    direct = area_row(found(outcomes, "w", 1.0, -share)[0])
    assert row["std_error"] == pytest.approx(direct["std_error"], rel=1e-9)
    none = both[0].assign(baseline_mean=both[0]["baseline_mean"].mask(both[0]["outcome"] == "z", 0))
    row = estimate_combinations(none, both[1], [combination(factor="baseline_share")]).iloc[0]
    assert row["identified"] == "no_variation" and pd.isna(row["estimate"])


def test_what_is_not_identified_has_no_ratio(both):
    estimates, influence = both
    lost = estimates["estimand"] == "z.main"
    gone = estimates.assign(
        identified=estimates["identified"].mask(lost, "no_data"),
        estimate=estimates["estimate"].mask(lost),
    )
    left = influence[influence["estimand"] != "z.main"]
    for table in (
        estimate_ratios(gone, left, [ratio()]),
        estimate_combinations(gone, left, [combination()]),
    ):
        row = table.iloc[0]
        assert row["identified"] == "no_data"
        assert pd.isna(row[["estimate", "ci_low", "ci_high", "degrees_of_freedom"]]).all()


def test_without_a_variance_there_is_an_estimate_and_no_interval(both):
    row = estimate_ratios(both[0], both[1].iloc[:0], [ratio()]).iloc[0]
    assert row["identified"] == "ok" and pd.notna(row["estimate"])
    assert pd.isna(row[["ci_low", "ci_high", "interval", "degrees_of_freedom"]]).all()


def test_a_cluster_that_one_estimate_lacks_counts_in_neither_degrees_nor_covariance(both):
    estimates, influence = both
    first = influence["cluster"].iloc[0]
    short = influence[~(influence["estimand"].eq("z.main") & influence["cluster"].eq(first))]
    row = estimate_combinations(estimates, short, [combination()]).iloc[0]
    y, z = (
        short[short["estimand"] == name].set_index("cluster")["value"]
        for name in ("y.main", "z.main")
    )
    variance = (y**2).sum() - 0.6 * (y * z).sum() + 0.09 * (z**2).sum()
    assert row["std_error"] == pytest.approx(np.sqrt(variance))
    fewest = estimates.loc[estimates["leading"], "degrees_of_freedom"].min()
    assert row["degrees_of_freedom"] == min(8, fewest)


def test_an_estimand_without_a_row_is_named(both):
    with pytest.raises(InputError, match=r"one leading row of x\.main, found 0"):
        estimate_ratios(*both, [ratio(numerator="x.main")])
