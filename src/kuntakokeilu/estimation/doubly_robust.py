"""One change of two groups, given covariates: doubly robust, by weighting or by regression.

With D the treated, dY the change of a unit, w its weight, p(X) the chance of treatment (logit) and
m(X) the change expected of controls (least squares, on controls alone), the effect on the treated
is

    mean of dY - m(X) over the treated  -  mean of dY - m(X) over controls, weighted by p / (1 - p)

(Sant'Anna & Zhao 2020, Journal of Econometrics 219(1)). It is right if p or m is. Weighting alone
has m = 0 (Abadie 2005, Review of Economic Studies 72(1), weights that add to one), regression alone
no second mean (Heckman, Ichimura & Todd 1997, Review of Economic Studies 64(4)).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np

Adjustment = Literal["doubly_robust", "weighting", "regression"]

_STEPS, _STEP = 100, 1e-10  # of Newton's method for the logit; where it has arrived
_CERTAIN = 1e-6  # a control whose chance of treatment is that near to one stands for too many
_RANK, _FAR = 1e-10, 700.0


@dataclass(frozen=True)
class TwoPeriods:
    """An effect of one change.

    Attributes
    ----------
    estimate : float
        The effect on the treated; missing where covariates tell the groups apart, or where those
        of controls are collinear.
    weights : ndarray, shape (n,)
        How often each change counts, given covariates; adds to zero.
    influence : ndarray, shape (n,)
        What each unit adds to the error of the estimate, chances and regression being estimated.
    """

    estimate: float
    weights: np.ndarray
    influence: np.ndarray


def two_periods(
    change: np.ndarray,
    treated: np.ndarray,
    w: np.ndarray,
    x: np.ndarray,
    adjustment: Adjustment = "doubly_robust",
) -> TwoPeriods:
    """Estimate the effect of a treatment between two periods.

    Parameters
    ----------
    change : ndarray, shape (n,)
        Change of the outcome.
    treated : ndarray of bool, shape (n,)
        Who is treated in between; all others are untreated in both periods.
    w : ndarray, shape (n,)
        Weights above zero.
    x : ndarray, shape (n, k)
        Covariates of before, the first column a constant.
    adjustment : {"doubly_robust", "weighting", "regression"}
        How groups are made alike.

    Examples
    --------
    >>> change, treated = np.array([3.0, 5.0, 1.0, 2.0]), np.array([True, True, False, False])
    >>> found = two_periods(change, treated, np.ones(4), np.ones((4, 1)))
    >>> round(found.estimate, 9)
    2.5
    """
    d = treated.astype(float)
    own, controls = w * d, w * (1.0 - d)
    alike = x.shape[1] == 1  # a constant tells nobody apart
    by_regression = alike or adjustment != "weighting"
    by_chance = adjustment != "regression"
    by_chance = by_chance and not alike
    odds, score = _odds(d, w, x) if by_chance else (np.zeros_like(d), None)
    square = (controls[:, None] * x).T @ x
    if odds is None or (by_regression and _deficient(square)):
        missing = np.full(len(d), np.nan)
        return TwoPeriods(np.nan, missing, missing)
    inverse = np.linalg.inv(square) if by_regression else 0.0 * square
    beta = inverse @ ((controls[:, None] * x).T @ change)
    left = change - x @ beta
    error = left * controls  # residual of the regression on controls, weighted
    parts = [(own, 1.0)] + ([(controls * odds, -1.0)] if by_chance else [])
    estimate, weights, influence = 0.0, np.zeros_like(d), np.zeros_like(d)
    for each, sign in parts:
        share = each / each.sum()
        mean = share @ left
        moved = share @ x @ inverse
        estimate += sign * mean
        weights += sign * (share - controls * (x @ moved))
        influence += sign * (share * (left - mean) - error * (x @ moved))
    if by_chance and score is not None:
        share = controls * odds / (controls * odds).sum()
        influence -= score @ ((share * (left - share @ left)) @ x)
    return TwoPeriods(float(estimate), weights, influence)


def _deficient(square: np.ndarray) -> bool:
    """Tell whether a matrix of cross products has collinear columns."""
    size = np.sqrt(np.maximum(np.diag(square), np.finfo(float).tiny))
    values = np.linalg.eigvalsh(square / np.outer(size, size))
    return bool(values[0] <= _RANK * values[-1])


def _odds(d: np.ndarray, w: np.ndarray, x: np.ndarray) -> tuple[np.ndarray | None, np.ndarray]:
    """Fit a logit of treatment: odds of each unit, and what it adds to the error of coefficients.

    Odds are None where covariates tell the groups apart, or are collinear.
    """
    none = (None, np.empty(0))
    size = np.abs(x).max(axis=0)
    if not (size > 0).all():
        return none
    z = x / size
    if _deficient((z * w[:, None]).T @ z):
        return none
    beta, step = np.zeros(z.shape[1]), np.full(z.shape[1], np.inf)
    for _ in range(_STEPS):
        p = 1.0 / (1.0 + np.exp(-np.clip(z @ beta, -_FAR, _FAR)))
        hessian = (z * (w * p * (1.0 - p))[:, None]).T @ z
        if not np.abs(step).max() >= _STEP:
            break
        try:
            step = np.linalg.solve(hessian, z.T @ (w * (d - p)))
        except np.linalg.LinAlgError:  # chances have gone to zero and one
            return none
        beta = beta + step
    if np.abs(step).max() >= _STEP or p[d == 0].max(initial=0.0) > 1 - _CERTAIN:
        return none
    score = (w * (d - p))[:, None] * np.linalg.solve(hessian, z.T).T / size
    return p / (1.0 - p), score
