"""Regressions of changes, held against the two-way regressions that they stand for."""

import numpy as np
import pandas as pd
import pytest

from kuntakokeilu.estimation import estimate_one
from kuntakokeilu.estimation.long_differences import (
    alike_weights,
    change_regression,
    changes,
    cross_fitted_scores,
    doubly_robust_changes,
)
from kuntakokeilu.estimation.synthetic import outcome_matrix
from kuntakokeilu.study import Balance, Comparison

from .build import panel, spec, tables

STARTS = [2004] * 8 + [None] * 16


@pytest.fixture(scope="module")
def built():
    rows, starts, clusters = panel(STARTS, seed=3, effect=1.0, per_cluster=2)
    rng = np.random.default_rng(1)
    units = sorted(rows["unit"].unique())
    x = {name: dict(zip(units, rng.normal(size=len(units)), strict=True)) for name in ("a", "b")}
    made = tables(rows, starts, clusters, x_a=x["a"], x_b=x["b"])
    y = rows.merge(made[1][["unit", "arm", "cluster"]], on="unit")
    frame = pd.DataFrame(
        {
            "unit": y["unit"],
            "period": pd.PeriodIndex(y["period"].astype(str), freq="Y"),
            "y": y["y"],
            "w": 1.0,
            "trial": y["arm"].eq("trial"),
            "cluster": y["cluster"],
        }
    )
    matrix, lacks = outcome_matrix(frame, pd.Period("2004", "Y"))
    assert lacks == "ok"
    facts = made[1].set_index("unit")
    return made, matrix, facts.loc[units, ["x_a", "x_b"]].to_numpy(float)


def two_way(made, **changed):
    rows, _ = estimate_one(*made, spec(**changed))
    return rows[rows["inference"] == "cluster_area"].iloc[0]


@pytest.mark.parametrize("covariates", [[], ["a"], ["a", "b"]])
def test_same_estimate_and_standard_error_as_two_way_fixed_effects(built, covariates):
    made, matrix, x = built
    row = two_way(made, covariates=covariates)
    found = change_regression(matrix, x[:, : len(covariates)] if covariates else None)
    assert found.estimate == pytest.approx(row["estimate"], abs=1e-10)
    assert found.std_error == pytest.approx(row["std_error"], rel=1e-9)
    assert found.degrees_of_freedom == row["degrees_of_freedom"]
    assert found.p_value == pytest.approx(row["p_value"], abs=1e-9)
    assert found.interval() == pytest.approx((row["ci_low"], row["ci_high"]), abs=1e-8)


def test_same_estimate_as_an_entropy_balanced_comparison(built):
    made, matrix, x = built
    rule = Comparison(balance=Balance(method="entropy", covariates=["a"]))
    row = two_way(made, comparison_rule=rule)
    found = change_regression(matrix, w=alike_weights(matrix, x[:, :1]))
    assert found.estimate == pytest.approx(row["estimate"], abs=1e-6)
    assert found.std_error == pytest.approx(row["std_error"], rel=1e-5)


def test_no_weights_make_the_arms_alike(built):
    _, matrix, _ = built
    assert alike_weights(matrix, matrix.treated[:, None] * 10.0) is None


def test_a_covariate_that_is_the_arm_leaves_nothing(built):
    _, matrix, _ = built
    assert change_regression(matrix, matrix.treated[:, None].astype(float)) is None


def test_one_treated_cluster_has_no_standard_error(built):
    _, matrix, _ = built
    kept = ~matrix.treated | (matrix.cluster == matrix.cluster[matrix.treated][0])
    found = change_regression(matrix.treating(matrix.treated, kept))
    assert np.isfinite(found.estimate)
    assert np.isnan(found.std_error) and np.isnan(found.p_value)


def test_doubly_robust_by_hand(built):
    """Sant'Anna & Zhao (2020), normalised weights, with a regression of each fold's own."""
    _, matrix, x = built
    scores = cross_fitted_scores(matrix, x)
    assert ((scores > 0) & (scores < 1)).all()
    found = doubly_robust_changes(matrix, x, scores)
    z, d, y = (x - x.mean(0)) / x.std(0), matrix.treated, changes(matrix)
    place = np.empty(len(y), dtype=int)
    for arm in (True, False):
        names = sorted(set(matrix.cluster[d == arm]))
        place[d == arm] = [names.index(c) % 5 for c in matrix.cluster[d == arm]]
    left = np.empty(len(y))
    for fold in range(5):
        known = (place != fold) & ~d
        design = np.column_stack([np.ones(len(y)), z])
        penalty = np.diag([0.0, 1.0, 1.0])
        a = design[known]
        beta = np.linalg.solve(a.T @ a + penalty, a.T @ y[known])
        mine = place == fold
        left[mine] = y[mine] - design[mine] @ beta
    odds = scores / (1 - scores)
    expected = left[d].mean() - np.average(left[~d], weights=odds[~d])
    assert found.estimate == pytest.approx(expected, abs=1e-10)
    psi = np.where(d, (left - left[d].mean()) / d.sum(), 0.0)
    rest = left - np.average(left[~d], weights=odds[~d])
    psi -= np.where(d, 0.0, odds * rest / odds[~d].sum())
    sums = pd.Series(psi).groupby(matrix.cluster).sum()
    g = len(sums)
    assert found.std_error == pytest.approx(np.sqrt((sums**2).sum() * g / (g - 1)), rel=1e-9)


def test_doubly_robust_takes_out_what_a_covariate_explains():
    """Trial units have a larger covariate, on which changes rest; a plain difference is off."""
    rng = np.random.default_rng(5)
    n = 400
    x = rng.normal(size=n)
    trial = rng.random(n) < 1 / (1 + np.exp(-x))
    y = np.column_stack([np.zeros(n), 2 * x + 1.0 * trial + 0.1 * rng.normal(size=n)])
    frame = pd.DataFrame(
        {
            "unit": np.repeat([f"{k:03d}" for k in range(n)], 2),
            "period": np.tile(pd.period_range("2000", periods=2, freq="Y"), n),
            "y": y.ravel(),
            "w": 1.0,
            "trial": np.repeat(trial, 2),
            "cluster": np.repeat([f"{k:03d}" for k in range(n)], 2),
        }
    )
    matrix, _ = outcome_matrix(frame, pd.Period("2001", "Y"))
    scores = cross_fitted_scores(matrix, x[:, None])
    found = doubly_robust_changes(matrix, x[:, None], scores)
    assert found.estimate == pytest.approx(1.0, abs=0.1)
    assert change_regression(matrix).estimate > 2.0
