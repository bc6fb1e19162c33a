"""Interactive fixed effects: common shocks to which units respond unequally."""

from __future__ import annotations

import numpy as np

from kuntakokeilu.estimation.synthetic.fitted import SyntheticFit
from kuntakokeilu.estimation.synthetic.matrix import OutcomeMatrix

MOST_FACTORS = 5


def interactive_effects(matrix: OutcomeMatrix, factors: int | None = None) -> SyntheticFit:
    """Predict the treated mean from factors of the controls and its own loadings before the start.

    Generalised synthetic control (Xu 2017, Political Analysis 25(1)), without covariates: unit
    and period effects and factors are those of the controls; the level and the loadings of the
    treated mean are fitted over the periods before the start. As both are linear in outcomes,
    those of the weighted mean are the weighted means of those of each unit.

    Parameters
    ----------
    matrix : OutcomeMatrix
        The panel; at least two periods before the start.
    factors : int, optional
        Their number; by default that with which periods before the start, left out one at a
        time, are predicted best (at most five, and two fewer than there are such periods). None
        is difference-in-differences with controls alike.

    Returns
    -------
    SyntheticFit
        `weights` are missing.
    """
    donors, before = matrix.donors, matrix.before
    shocks = donors.mean(axis=0)
    rest = donors - shocks - donors.mean(axis=1, keepdims=True) + donors.mean()
    found = np.linalg.svd(rest, full_matrices=False)[2]
    most = max(min(MOST_FACTORS, before - 2, min(rest.shape) - 1), 0)
    series = matrix.target - shocks
    bases = [_base(found, number) for number in range(most + 1)]
    if factors is None:
        errors = [_error_left_out(base[:before], series[:before]) for base in bases]
        factors = int(np.argmin(errors))
    base = bases[factors]
    loadings = np.linalg.lstsq(base[:before], series[:before], rcond=None)[0]
    gap = series - base @ loadings
    return SyntheticFit(float(gap[before:].mean()), gap, np.full(len(donors), np.nan))


def _base(found: np.ndarray, number: int) -> np.ndarray:
    """A constant and some factors, shape (t, 1 + number)."""
    return np.column_stack([np.ones(found.shape[1]), found[:number].T * np.sqrt(found.shape[1])])


def _error_left_out(x: np.ndarray, y: np.ndarray) -> float:
    """Mean squared error of each row predicted by a regression on the others."""
    if len(x) == 1:
        return np.inf
    q = np.linalg.qr(x)[0]
    leverage = np.minimum((q**2).sum(axis=1), 1 - 1e-12)
    return float(np.mean(((y - q @ (q.T @ y)) / (1 - leverage)) ** 2))
