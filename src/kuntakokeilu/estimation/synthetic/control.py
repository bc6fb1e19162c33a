"""Synthetic control, and its ridge-augmented form."""

from __future__ import annotations

import numpy as np

from kuntakokeilu.estimation.synthetic.fitted import Method, SyntheticFit
from kuntakokeilu.estimation.synthetic.matrix import OutcomeMatrix
from kuntakokeilu.estimation.synthetic.simplex import WeightSolver, simplex_weights

_PENALTIES, _SMALLEST = 20, 1e-8  # number of penalties tried, the smallest over the largest


def synthetic_control(
    matrix: OutcomeMatrix, solve: WeightSolver = simplex_weights, ridge: float = 0.0
) -> SyntheticFit:
    """Compare the treated mean with the mixture of controls that was nearest before the start.

    Abadie, Diamond & Hainmueller (2010, Journal of the American Statistical Association 105(490)),
    with the outcomes of all periods before the start as predictors.

    Parameters
    ----------
    matrix : OutcomeMatrix
        The panel; at least one period before the start.
    solve : callable
        What finds the weights.
    ridge : float
        Penalty on the squared weights.

    Returns
    -------
    SyntheticFit
    """
    before, donors, target = matrix.before, matrix.donors, matrix.target
    weights = solve(donors[:, :before].T, target[:before], ridge=ridge)
    return _compared(matrix, weights)


def augmented_control(matrix: OutcomeMatrix, penalty: float | None = None) -> SyntheticFit:
    """Correct synthetic control for what of the time before the start its mixture misses.

    Ridge-augmented synthetic control (Ben-Michael, Feller & Rothstein 2021, Journal of the
    American Statistical Association 116(536)): a ridge regression of outcomes on those of the time
    before the start, over the controls, is asked for the imbalance that is left. Weights may
    become negative.

    Parameters
    ----------
    matrix : OutcomeMatrix
        The panel; at least two periods before the start unless a penalty is given.
    penalty : float, optional
        Of the ridge regression; by default that of `chosen_penalty`.

    Returns
    -------
    SyntheticFit
    """
    penalty = chosen_penalty(matrix) if penalty is None else penalty
    x, x1 = _centred(matrix)
    base = simplex_weights(x.T, x1)
    return _compared(matrix, base + _correction(x, x1 - base @ x, np.array([penalty]))[0])


def chosen_penalty(matrix: OutcomeMatrix) -> float:
    """Choose the ridge penalty that predicts periods before the start best when they are left out.

    Each period before the start is left out once, weights are made of the others, and their error
    in it is squared. Chosen is the largest of twenty penalties whose mean error is within one
    standard error of the smallest (as the authors' R package augsynth does).

    Parameters
    ----------
    matrix : OutcomeMatrix
        The panel; at least two periods before the start.

    Returns
    -------
    float
        In squared units of the outcome.
    """
    x, x1 = _centred(matrix)
    largest = float(np.linalg.norm(x, 2) ** 2)
    penalties = largest * np.geomspace(1.0, _SMALLEST, _PENALTIES + 1)
    errors = np.array([_error_in(x, x1, period, penalties) for period in range(matrix.before)])
    mean = errors.mean(axis=0)
    spread = errors.std(axis=0, ddof=1) / np.sqrt(len(errors))
    best = int(mean.argmin())
    return float(penalties[mean <= mean[best] + spread[best]].max())


def by_area(matrix: OutcomeMatrix, method: Method) -> tuple[float, dict[str, SyntheticFit]]:
    """Estimate the effect in each treated area, and their mean by the weights of their units.

    Parameters
    ----------
    matrix : OutcomeMatrix
        The panel.
    method : callable
        Is given each treated area with all controls.

    Returns
    -------
    mean : float
    fits : dict of str to SyntheticFit
        By area.
    """
    parts = matrix.areas()
    fits = {name: method(part) for name, part in parts.items()}
    weights = [part.w[part.treated].sum() for part in parts.values()]
    return float(np.average([fit.estimate for fit in fits.values()], weights=weights)), fits


def _compared(matrix: OutcomeMatrix, weights: np.ndarray) -> SyntheticFit:
    gap = matrix.target - weights @ matrix.donors
    return SyntheticFit(float(gap[matrix.before :].mean()), gap, weights)


def _centred(matrix: OutcomeMatrix) -> tuple[np.ndarray, np.ndarray]:
    """Outcomes before the start less the controls' mean: controls (n0, before), treated mean."""
    x = matrix.donors[:, : matrix.before]
    middle = x.mean(axis=0)
    return x - middle, matrix.target[: matrix.before] - middle


def _correction(x: np.ndarray, missed: np.ndarray, penalties: np.ndarray) -> np.ndarray:
    """Ridge weights of the controls for an imbalance, shape (penalties, n0)."""
    left, lengths, right = np.linalg.svd(x, full_matrices=False)
    size = lengths**2 + penalties[:, None]
    shrunk = lengths * (right @ missed) / np.where(size > 0, size, 1.0)  # alike: nothing to correct
    return shrunk @ left.T


def _error_in(x: np.ndarray, x1: np.ndarray, period: int, penalties: np.ndarray) -> np.ndarray:
    """Squared error of each penalty in a period that weights were made without."""
    others = np.arange(x.shape[1]) != period
    rest, rest1 = x[:, others], x1[others]
    base = simplex_weights(rest.T, rest1)
    lengths, vectors = np.linalg.eigh(rest.T @ rest)  # small beside the controls
    size = np.maximum(lengths, 0.0) + penalties[:, None]
    along = (vectors.T @ (rest1 - base @ rest)) * (vectors.T @ (rest.T @ x[:, period]))
    corrected = base @ x[:, period] + (along / np.where(size > 0, size, 1.0)).sum(axis=1)
    return np.asarray((x1[period] - corrected) ** 2)
