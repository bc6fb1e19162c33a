"""Weights that balance the arms, against other solvers, and what they do to a sample."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from hypothesis import assume, given
from hypothesis import settings as limits
from hypothesis import strategies as st
from scipy.optimize import brentq, linprog, minimize, root
from scipy.special import softmax

from kuntakokeilu.contracts import ESTIMATES, conform
from kuntakokeilu.estimation import (
    draw_sample,
    estimate_one,
    fit,
    missing_cells,
    two_way_fixed_effects,
)
from kuntakokeilu.estimation.entropy_balance import entropy_weights, matched_weights
from kuntakokeilu.study import Balance, Comparison

from . import plain
from .build import build_study, panel, spec, tables


def controls(seed, n=12, k=2):
    """Covariates of control units, base weights, and targets inside what they span."""
    rng = np.random.default_rng(seed)
    x = rng.normal(size=(n, k)) * 10.0 ** rng.integers(-3, 4, size=k) + rng.normal(size=k)
    base = rng.uniform(0.2, 3.0, size=n)
    return x, rng.dirichlet(np.ones(n)) @ x, base


seeds = st.integers(0, 10_000)


def test_two_controls_have_a_closed_form():
    weights = entropy_weights(np.array([[1.0], [3.0]]), np.array([1.5]), np.array([5.0, 2.0]))
    assert weights == pytest.approx([7 * 0.75, 7 * 0.25], abs=1e-7)


def test_one_binary_covariate_scales_each_group():
    x = np.array([[0.0], [0], [0], [1], [1]])
    base = np.array([1.0, 2, 3, 1, 3])
    weights = entropy_weights(x, np.array([0.7]), base)
    assert weights == pytest.approx([3 / 6, 6 / 6, 9 / 6, 7 / 4, 21 / 4], abs=1e-6)


@limits(deadline=None, max_examples=50)
@given(seeds, st.integers(1, 4))
def test_means_equal_the_targets_and_the_sum_stays(seed, k):
    x, targets, base = controls(seed, k=k)
    weights = entropy_weights(x, targets, base)
    assert (weights > 0).all()
    assert weights.sum() == pytest.approx(base.sum(), rel=1e-12)
    missed = (weights @ x / weights.sum() - targets) / x.std(axis=0)
    assert np.abs(missed).max() <= 1.01e-8


@pytest.mark.parametrize("target", [0.05, 1.0, 8.0, 8.95])
def test_targets_near_the_edge_are_reached(target):
    """One covariate: the multiplier is the root of a monotone function."""
    x, base = np.arange(10.0), np.array([1e-3, 1, 20, 1, 1e-2, 1, 1, 500, 1, 1e-3])

    def gap(b):
        return softmax(np.log(base) + b * x) @ x - target

    expected = softmax(np.log(base) + brentq(gap, -50, 50, xtol=1e-14) * x) * base.sum()
    weights = entropy_weights(x[:, None], np.array([target]), base)
    assert weights == pytest.approx(expected, rel=1e-6, abs=1e-9)


@limits(deadline=None, max_examples=50)
@given(seeds)
def test_units_of_measurement_do_not_matter(seed):
    x, targets, base = controls(seed)
    rng = np.random.default_rng(seed + 1)
    mixing, shift = rng.normal(size=(2, 2)), rng.normal(size=2)
    assume(np.linalg.cond(mixing) < 50)
    weights = entropy_weights(x / x.std(axis=0), targets / x.std(axis=0), base)
    moved = entropy_weights(
        x / x.std(axis=0) @ mixing + shift, targets / x.std(axis=0) @ mixing + shift, base * 7
    )
    assert moved / 7 == pytest.approx(weights, rel=1e-4, abs=1e-7)


def divergence(p, q):
    return float(p @ np.log(p / q))


@pytest.mark.parametrize("seed", range(5))
def test_no_other_weights_are_closer_to_the_base(seed):
    """The primal problem, by sequential quadratic programming."""
    x, targets, base = controls(seed)
    q = base / base.sum()
    z = (x - targets) / x.std(axis=0)
    found = minimize(
        divergence,
        np.full(len(q), 1 / len(q)),
        args=(q,),
        jac=lambda p, q: np.log(p / q) + 1,
        bounds=[(1e-12, 1)] * len(q),
        constraints=[
            {"type": "eq", "fun": lambda p: p @ z, "jac": lambda p: z.T},
            {"type": "eq", "fun": lambda p: p.sum() - 1, "jac": lambda p: np.ones(len(p))},
        ],
        method="SLSQP",
        options={"ftol": 1e-14, "maxiter": 500},
    )
    assert found.success
    assert entropy_weights(x, targets, base) / base.sum() == pytest.approx(found.x, abs=1e-5)


@limits(deadline=None, max_examples=50)
@given(seeds, st.floats(0.0, 4.0))
def test_there_is_no_answer_exactly_where_no_mixture_reaches_the_targets(seed, distance):
    """Linear programming finds the largest smallest weight of a mixture with these means."""
    x, inside, base = controls(seed)
    targets = inside + distance * x.std(axis=0)
    n = len(x)
    equal = np.hstack([np.vstack([(x - targets).T / x.std(axis=0)[:, None], np.ones(n)]),
                       np.zeros((3, 1))])  # fmt: skip
    at_least = np.hstack([-np.eye(n), np.ones((n, 1))])
    best = linprog(
        np.r_[np.zeros(n), -1.0], at_least, np.zeros(n), equal, [0, 0, 1], [(0, None)] * (n + 1)
    )
    reached = best.success and -best.fun > 1e-3
    assume(not best.success or reached)  # on the edge of the hull neither answer is wrong
    assert (entropy_weights(x, targets, base) is not None) == reached


def test_collinear_and_constant_covariates():
    x, targets, base = controls(3)
    twice = np.column_stack([x, x[:, 0] * 2 - 1, np.full(len(x), 4.0)])
    with_them = entropy_weights(twice, np.r_[targets, targets[0] * 2 - 1, 4.0], base)
    assert with_them == pytest.approx(entropy_weights(x, targets, base), rel=1e-5)
    assert entropy_weights(twice, np.r_[targets, targets[0] * 2, 4.0], base) is None
    assert entropy_weights(twice, np.r_[targets, targets[0] * 2 - 1, 5.0], base) is None


@pytest.mark.parametrize("value", [0.1, 123456789.1])
def test_a_covariate_that_only_rounding_moves_changes_nothing(value):
    """The mean of 0.1 sixty times is not 0.1: its spread is not zero."""
    x, targets, base = controls(5, n=60)
    with_it = np.column_stack([x, np.full(60, value)])
    beside = np.average(np.full(7, value), weights=np.linspace(0.3, 2, 7))
    expected = entropy_weights(x, targets, base)
    assert entropy_weights(with_it, np.r_[targets, beside], base) == pytest.approx(expected)
    expected = matched_weights(x[:20], x[20:], base[:20])
    assert matched_weights(with_it[:20], with_it[20:], base[:20]) == pytest.approx(expected)


@limits(deadline=None, max_examples=50)
@given(seeds, st.integers(1, 4))
def test_matching_against_brute_force(seed, k):
    rng = np.random.default_rng(seed)
    x_trial, x_control = rng.normal(size=(6, k)) + 0.5, rng.normal(size=(9, k))
    w = rng.uniform(0.5, 2, size=6)
    pooled = (np.cov(x_trial, rowvar=False) * 5 + np.cov(x_control, rowvar=False) * 8) / 13
    inverse = np.linalg.inv(np.atleast_2d(pooled))
    expected = np.zeros(9)
    for row, weight in zip(x_trial, w, strict=True):
        distances = [(row - other) @ inverse @ (row - other) for other in x_control]
        expected[int(np.argmin(distances))] += weight
    assert matched_weights(x_trial, x_control, w) == pytest.approx(expected, abs=1e-12)
    mixing = rng.normal(size=(k, k)) + 3 * np.eye(k)
    assert matched_weights(x_trial @ mixing, x_control @ mixing, w) == pytest.approx(expected)


def test_controls_at_the_same_distance_share_a_trial_unit():
    x_control = np.array([[0.0], [0.0], [2.0], [5.0]])
    weights = matched_weights(np.array([[0.1], [1.0], [4.9]]), x_control, np.array([2.0, 6.0, 1.0]))
    assert weights == pytest.approx([1 + 2, 1 + 2, 2, 1])


def toy(x, **changes):
    """Two trial units and four controls over four years, with the covariate x by unit."""
    rows, first, clusters = panel([2002, 2002, None, None, None, None], years=range(2000, 2004))
    names = sorted(rows["unit"].unique())
    made = tables(rows, first, clusters, x_size=dict(zip(names, x, strict=True)))
    return made, rows, changes


def rule(method, *covariates):
    return Comparison(balance=Balance(method=method, covariates=list(covariates or ["size"])))


def weights_of(frame):
    return frame.drop_duplicates("unit").set_index("unit")["w"]


def test_a_balanced_sample_has_the_trial_arms_mean():
    (cells, units, counts), rows, _ = toy([4.0, 6.0, 1.0, 2.0, 6.0, 9.0])
    frame = draw_sample(cells, units, spec(comparison_rule=rule("entropy"))).frame
    w = weights_of(frame)
    assert w[:2].tolist() == [1, 1] and w[2:].sum() == pytest.approx(4)
    assert np.average([1, 2, 6, 9], weights=w[2:]) == pytest.approx(5, abs=1e-7)
    row = estimate_one(cells, units, counts, spec(comparison_rule=rule("entropy")))[0].iloc[0]
    wide = rows.pivot(index="unit", columns="period", values="y")
    change = wide[[2002, 2003]].mean(axis=1) - wide[[2000, 2001]].mean(axis=1)
    expected = change[:2].mean() - np.average(change[2:], weights=w[2:])
    assert row["estimate"] == pytest.approx(expected, abs=1e-9)


def test_the_targets_follow_the_estimands_weights():
    (cells, units, _), _, _ = toy([4.0, 6.0, 1.0, 2.0, 6.0, 9.0])
    persons = dict(zip(units["unit"], [300.0, 100, 50, 50, 200, 10], strict=True))
    units = units.assign(weight_frozen=units["unit"].map(persons))
    estimand = spec(comparison_rule=rule("entropy"), weights="persons_frozen")
    w = weights_of(draw_sample(cells, units, estimand).frame)
    assert w[:2].tolist() == [300, 100] and w[2:].sum() == pytest.approx(310)
    assert np.average([1, 2, 6, 9], weights=w[2:]) == pytest.approx(4.5, abs=1e-7)


def test_unmatched_controls_are_left_out():
    (cells, units, counts), _, _ = toy([4.0, 6.0, 1.0, 4.2, 6.1, 9.0])
    estimand = spec(comparison_rule=rule("matching"))
    w = weights_of(draw_sample(cells, units, estimand).frame)
    assert w.to_dict() == {"u00": 1, "u01": 1, "u03": 1, "u04": 1}
    assert missing_cells(cells, units, estimand).share == 0.0
    row = estimate_one(cells, units, counts, estimand)[0].iloc[0]
    assert (row["n_trial"], row["n_control"], row["n_control_clusters"]) == (2, 2, 2)


@pytest.mark.parametrize("method", ["entropy", "matching"])
def test_units_without_the_covariate_are_left_out(method):
    (cells, units, _), _, _ = toy([4.0, np.nan, 1.0, 4.2, np.nan, 9.0])
    frame = draw_sample(cells, units, spec(comparison_rule=rule(method), weights="area")).frame
    assert set(frame["unit"]) <= {"u00", "u02", "u03", "u05"}
    assert frame["w"].notna().all()


def test_no_weights_balance_the_arms():
    (cells, units, counts), _, _ = toy([40.0, 60.0, 1.0, 2.0, 6.0, 9.0])
    estimand = spec(comparison_rule=rule("entropy"))
    rows, influence = estimate_one(cells, units, counts, estimand)
    conform(rows.assign(study="toy"), ESTIMATES)
    assert rows["identified"].eq("no_balance").all() and rows["estimate"].isna().all()
    assert influence.empty
    matched = estimate_one(cells, units, counts, spec(comparison_rule=rule("matching")))[0]
    assert matched["identified"].eq("ok").all()  # a nearest control there always is


def test_an_arm_without_units_is_no_fault_of_the_weights():
    (cells, units, counts), _, _ = toy([4.0, 6.0] + [np.nan] * 4)
    rows, _ = estimate_one(cells, units, counts, spec(comparison_rule=rule("entropy")))
    assert rows["identified"].eq("no_control").all()


def test_no_deal_of_areas_has_these_weights():
    (cells, units, counts), _, _ = toy([4.0, 6.0, 1.0, 2.0, 6.0, 9.0])
    rows, _ = estimate_one(cells, units, counts, spec(comparison_rule=rule("entropy")))
    # the t of re-drawn areas has weights made anew for each deal (test_assignment.py)
    dealt = rows[rows["inference"].isin(["permutation_area", "permutation_municipality"])]
    assert len(dealt) == 2 and dealt["p_value"].isna().all() and dealt["estimate"].notna().all()


def moment_weights(x, targets, base):
    """The same weights from their moment conditions, by a hybrid Powell search."""
    z = (x - targets) / x.std(axis=0, ddof=1)

    def mean(b):
        p = base * np.exp(z @ b)
        return p @ z / p.sum()

    found = root(mean, np.zeros(z.shape[1]), tol=1e-13)
    assert found.success
    return base * np.exp(z @ found.x)


@pytest.mark.real_data
@pytest.mark.parametrize(
    ("study", "specification", "expected"),
    [
        ("open_2012", "entropy_balanced", -0.386497),
        ("open_2012", "entropy_balanced_core", -0.389278),
        ("open_2012", "entropy_balanced_core_area", -0.200574),
        ("open_2012", "matched", -0.487742),
        ("open_2021", "entropy_balanced", -0.019686),
        ("open_2021", "entropy_balanced_core", 0.032145),
        ("open_2021", "entropy_balanced_core_area", 0.271077),
        ("open_2021", "matched", -0.098202),
    ],
)
def test_open_statistics(config, data_folder, study, specification, expected):
    first, start, last = {
        "open_2012": ("2010-09", "2012-09", "2015-12"),
        "open_2021": ("2018-03", "2021-03", "2024-12"),
    }[study]
    built = build_study(config, data_folder, study)
    estimand = built.estimand(f"unemployment_rate.{specification}")
    sample = draw_sample(*built.tables("unemployment_rate")[:2], estimand).frame
    units = built.units.set_index("unit")
    names = [f"x_{name}" for name in estimand.comparison_rule.balance.covariates]
    frame = plain.unemployment(data_folder, config, study, first, last)
    who = frame.drop_duplicates("unit").set_index("unit")
    x, trial = units.loc[who.index, names].to_numpy(float), who["trial"].to_numpy(bool)
    base = np.ones(len(who))
    if estimand.weights == "area":
        base = 1.0 / who.groupby("cluster")["trial"].transform("size").to_numpy(float)
    w = base.copy()
    if specification == "matched":
        pooled = sum((part.sum() - 1) * np.cov(x[part], rowvar=False) for part in (trial, ~trial))
        inverse = np.linalg.inv(pooled)
        gaps = x[trial][:, None, :] - x[~trial][None, :, :]
        nearest = np.einsum("ijk,kl,ijl->ij", gaps, inverse, gaps).argmin(axis=1)
        w[~trial] = np.bincount(nearest, minlength=(~trial).sum())
    else:
        w[~trial] = moment_weights(
            x[~trial], np.average(x[trial], axis=0, weights=base[trial]), base[~trial]
        )
        mine = weights_of(sample)
        arms = [mine[units["arm"][mine.index] == arm] for arm in ("trial", "control")]
        means = [np.average(units.loc[a.index, names], axis=0, weights=a) for a in arms]
        spread = units.loc[arms[0].index, names].std().to_numpy()
        assert np.abs((means[0] - means[1]) / spread).max() <= 1e-8
    wide = frame["unit"].map(pd.Series(w, who.index))
    means = plain.four_means(frame["y"], frame["trial"], frame["month"] >= start, wide)
    (estimate,) = fit(sample, two_way_fixed_effects(sample, estimand)).params
    assert estimate == pytest.approx(means, abs=1e-7)
    assert estimate == pytest.approx(expected, abs=5e-7)


@pytest.mark.real_data
@pytest.mark.parametrize("study", ["open_2012", "open_2021"])
def test_no_mixture_of_controls_is_like_the_trial_arm_by_persons(config, data_folder, study):
    """Linear programming agrees that these means lie outside the hull of the controls."""
    built = build_study(config, data_folder, study)
    estimand = built.estimand("unemployment_rate.entropy_balanced_core_persons")
    rows, _ = estimate_one(*built.tables("unemployment_rate"), estimand)
    assert rows["identified"].eq("no_balance").all()
    names = [f"x_{name}" for name in estimand.comparison_rule.balance.covariates]
    units = built.units[built.units["region"] != "21"].dropna(subset=names)
    trial, control = (units[units["arm"] == arm] for arm in ("trial", "control"))
    targets = np.average(trial[names], axis=0, weights=trial["weight_frozen"])
    gaps = (control[names] - targets) / control[names].std()
    equal = np.vstack([gaps.to_numpy().T, np.ones(len(control))])
    found = linprog(np.zeros(len(control)), A_eq=equal, b_eq=[0.0] * len(names) + [1.0])
    assert found.status == 2  # infeasible
