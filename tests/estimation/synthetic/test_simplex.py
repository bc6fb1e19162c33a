"""Weights on a simplex, held against conditions of optimality and a general optimiser."""

import numpy as np
import pytest
from scipy.optimize import minimize

from kuntakokeilu.estimation.synthetic import frank_wolfe_weights, simplex_weights


def objective(donors, target, ridge, intercept):
    def value(w):
        missed = donors @ w - target
        if intercept:
            missed = missed - missed.mean()
        return missed @ missed + ridge * w @ w

    return value


@pytest.mark.parametrize("seed", range(30))
@pytest.mark.parametrize("intercept", [False, True])
def test_the_gradient_is_the_same_in_all_weights_and_larger_elsewhere(seed, intercept):
    """Conditions of Karush, Kuhn and Tucker, which only the solution fulfils."""
    rng = np.random.default_rng(seed)
    m, n = rng.integers(2, 15), rng.integers(2, 40)
    donors, target = rng.normal(size=(m, n)), 2 * rng.normal(size=m)
    ridge = 10.0 ** rng.uniform(-3, 2)
    w = simplex_weights(donors, target, ridge=ridge, intercept=intercept)
    missed = donors @ w - target
    if intercept:
        missed = missed - missed.mean()
    slope = donors.T @ missed + ridge * w
    inside = w > 1e-10
    assert w.sum() == pytest.approx(1.0, abs=1e-12)
    assert w.min() >= 0
    size = np.abs(slope).max()
    assert np.ptp(slope[inside]) <= 1e-8 * size
    assert slope.min() >= slope[inside].min() - 1e-8 * size


@pytest.mark.parametrize("seed", range(5))
@pytest.mark.parametrize("ridge", [0.0, 0.5])
def test_same_objective_as_a_general_optimiser(seed, ridge):
    rng = np.random.default_rng(seed)
    donors, target = rng.normal(size=(8, 6)), rng.normal(size=8)
    value = objective(donors, target, ridge, False)
    found = minimize(
        value,
        np.full(6, 1 / 6),
        method="SLSQP",
        bounds=[(0, 1)] * 6,
        constraints={"type": "eq", "fun": lambda w: w.sum() - 1},
        options={"ftol": 1e-14, "maxiter": 500},
    )
    w = simplex_weights(donors, target, ridge=ridge)
    assert value(w) <= found.fun + 1e-9
    np.testing.assert_allclose(w, found.x, atol=1e-5)


def test_a_target_among_the_donors_is_found():
    donors = np.random.default_rng(1).normal(size=(6, 5))
    np.testing.assert_allclose(simplex_weights(donors, donors[:, 2]), np.eye(5)[2], atol=1e-9)


def test_donors_alike_share_the_weight_under_a_penalty():
    donors = np.ones((4, 5))
    np.testing.assert_allclose(simplex_weights(donors, np.zeros(4), ridge=1.0), 0.2)


def test_all_distances_zero():
    w = simplex_weights(np.ones((4, 3)), np.ones(4))
    assert w.sum() == pytest.approx(1.0)
    assert w.min() >= 0


def test_steps_come_near_the_solution_if_they_do_not_stop():
    rng = np.random.default_rng(3)
    donors, target = rng.normal(size=(10, 6)), rng.normal(size=10)
    exact = simplex_weights(donors, target, ridge=1.0)
    steps = frank_wolfe_weights(donors, target, ridge=1.0, gain=1e-9, sparsify=False)
    np.testing.assert_allclose(steps, exact, atol=1e-3)
