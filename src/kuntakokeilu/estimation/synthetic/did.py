"""Difference-in-differences, with all controls and periods alike or with synthetic weights."""

from __future__ import annotations

import numpy as np

from kuntakokeilu.estimation.synthetic.fitted import SyntheticFit
from kuntakokeilu.estimation.synthetic.matrix import OutcomeMatrix
from kuntakokeilu.estimation.synthetic.simplex import WeightSolver, simplex_weights

_TIME_PENALTY = 1e-6


def plain_did(matrix: OutcomeMatrix) -> SyntheticFit:
    """Difference-in-differences with the weights of the panel, in both arms."""
    w = matrix.w[~matrix.treated]
    gap = matrix.target - w @ matrix.donors / w.sum()
    before = matrix.before
    return SyntheticFit(float(gap[before:].mean() - gap[:before].mean()), gap, w / w.sum())


def synthetic_did(matrix: OutcomeMatrix, solve: WeightSolver = simplex_weights) -> SyntheticFit:
    """Compare changes of the treated mean with those of controls that moved like it.

    Synthetic difference-in-differences (Arkhangelsky, Athey, Hirshberg, Imbens & Wager 2021,
    American Economic Review 111(12), algorithm 1), with their penalties: weights of controls and
    of periods before the start, each with an intercept. The treated units are averaged by their
    weights; their number in the penalty is the effective one.

    Parameters
    ----------
    matrix : OutcomeMatrix
        The panel; at least two periods before the start.
    solve : callable
        What finds the weights. `frank_wolfe_weights` with `gain` = 1e-5 * `noise_level(matrix)`
        repeats the stopping rule of the authors' R package synthdid.

    Returns
    -------
    SyntheticFit
        The gap is relative to its mean over the weighted periods before the start.
    """
    before, donors, target = matrix.before, matrix.donors, matrix.target
    noise, after = noise_level(matrix), matrix.y.shape[1] - before
    unit_ridge = np.sqrt(matrix.effective_treated * after) * noise**2 * before
    time_ridge = (_TIME_PENALTY * noise) ** 2 * len(donors)
    first, last = donors[:, :before], donors[:, before:].mean(axis=1)
    periods = solve(first, last, ridge=time_ridge, intercept=True)
    weights = solve(first.T, target[:before], ridge=unit_ridge, intercept=True)
    gap = target - weights @ donors
    gap = gap - gap[:before] @ periods
    return SyntheticFit(float(gap[before:].mean()), gap, weights)


def noise_level(matrix: OutcomeMatrix) -> float:
    """Standard deviation of the controls' changes from period to period before the start."""
    changes = np.diff(matrix.donors[:, : matrix.before], axis=1)
    return float(changes.std(ddof=1)) if changes.size > 1 else 0.0
