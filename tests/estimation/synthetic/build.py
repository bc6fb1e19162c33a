"""Simulated panels for the tests of synthetic controls."""

import numpy as np

from kuntakokeilu.estimation.synthetic import OutcomeMatrix


def panel(
    seed=0, treated=6, controls=24, t=30, before=20, per_area=2, factors=2, effect=0.0, noise=0.2
):
    """Outcomes with common factors, and a constant effect on the treated."""
    rng = np.random.default_rng(seed)
    n = treated + controls
    loadings = rng.normal(size=(n, factors))
    y = loadings @ rng.normal(size=(factors, t)).cumsum(axis=1)
    y += rng.normal(size=(n, 1)) + rng.normal(size=(1, t)) + noise * rng.normal(size=(n, t))
    first = np.arange(n) < treated
    y[first, before:] += effect
    areas = np.array(
        [f"{'t' if one else 'c'}{place // per_area:02d}" for place, one in enumerate(first)]
    )
    return OutcomeMatrix(y, first, before, rng.uniform(1, 3, n), areas)
