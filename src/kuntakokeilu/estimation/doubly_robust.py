"""One change of two groups, given covariates: doubly robust, by weighting or by regression.

With D the treated, dY the change of a unit, w its weight, p(X) the chance of treatment (logit) and
m(X) the change expected of controls (least squares, on controls alone), the effect on the treated
is

    mean of dY - m(X) over the treated  -  mean of dY - m(X) over controls, weighted by p / (1 - p)

(Sant'Anna & Zhao 2020, Journal of Econometrics 219(1)). It is right if p or m is. Weighting alone
has m = 0 (Abadie 2005, Review of Economic Studies 72(1), weights that add to one), regression alone
no second mean (Heckman, Ichimura & Todd 1997, Review of Economic Studies 64(4)).

Where units are known in one of the periods alone, these are two cross-sections. With regressions m
of each group in each period, and M(.) the mean over all treated rows of both, the effect is

    M(change of m of the treated) - M(change of m of controls)
        - change of the mean of Y - m(X) over controls, weighted by p / (1 - p) ,

the locally efficient one of the same paper. Weighting and regression take for m of the treated the
mean of each period. Who is seen may not depend on the period, given the group.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np

Adjustment = Literal["doubly_robust", "weighting", "regression"]

_STEPS, _STEP = 100, 1e-10  # of Newton's method for the logit; where it has arrived
_CERTAIN = 1e-6  # a control whose chance of treatment is that near to one stands for too many
_RANK, _FAR = 1e-10, 700.0

# Odds of treatment of each row, shape (n,), and what each adds to the error of the coefficients
# of the logit behind them, shape (n, k).
_Chances = tuple[np.ndarray, np.ndarray]


@dataclass(frozen=True)
class TwoPeriods:
    """An effect of one change.

    Attributes
    ----------
    estimate : float
        The effect on the treated; missing where covariates tell the groups apart, or where those
        of controls are collinear.
    weights : ndarray, shape (n,)
        How often each change counts, or of cross-sections each outcome, given covariates; adds to
        zero.
    influence : ndarray, shape (n,)
        What each row adds to the error of the estimate, chances and regression being estimated.
    """

    estimate: float
    weights: np.ndarray
    influence: np.ndarray

    def plus(self, sign: float, other: TwoPeriods) -> TwoPeriods:
        """Add another estimate, or take it off."""
        return TwoPeriods(
            self.estimate + sign * other.estimate,
            self.weights + sign * other.weights,
            self.influence + sign * other.influence,
        )

    @classmethod
    def alike(cls, value: float, n: int) -> TwoPeriods:
        """Give an estimate that no row moves: nothing, or a missing one."""
        return cls(value, np.full(n, value), np.full(n, value))


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
    by_regression, by_chance = _ways(x, adjustment)
    chances = odds_of_treatment(d, w, x) if by_chance else None
    line = _Line.of(change, controls, x if by_regression else x[:, :0])
    if line is None or (by_chance and chances is None):
        return TwoPeriods.alike(np.nan, len(d))
    found = line.mean_left(own)
    return found.plus(-1.0, line.mean_left_by(chances, x)) if chances else found


def two_cross_sections(
    y: np.ndarray,
    later: np.ndarray,
    treated: np.ndarray,
    w: np.ndarray,
    x: np.ndarray,
    adjustment: Adjustment = "doubly_robust",
) -> TwoPeriods:
    """Estimate the effect of a treatment between two periods, each of which has rows of its own.

    Parameters
    ----------
    y : ndarray, shape (n,)
        Outcome.
    later : ndarray of bool, shape (n,)
        Which rows are of the second period.
    treated : ndarray of bool, shape (n,)
        Rows of those who are treated in between; all others are untreated in both periods.
    w : ndarray, shape (n,)
        Weights above zero.
    x : ndarray, shape (n, k)
        Covariates that the treatment does not move, the first column a constant.
    adjustment : {"doubly_robust", "weighting", "regression"}
        How groups are made alike.

    Returns
    -------
    TwoPeriods
        Missing too where a group has no row in a period. A unit in both periods has two rows; its
        influence is their sum.

    Examples
    --------
    >>> y, later = np.array([1.0, 4.0, 2.0, 3.0, 1.0]), np.array([0, 1, 0, 1, 1], dtype=bool)
    >>> treated = np.array([True, True, False, False, False])
    >>> round(two_cross_sections(y, later, treated, np.ones(5), np.ones((5, 1))).estimate, 9)
    3.0
    """
    by_regression, by_chance = _ways(x, adjustment)
    of_controls = x if by_regression else x[:, :0]
    of_treated = x if by_regression and by_chance else x[:, :1]
    chances = odds_of_treatment(treated.astype(float), w, x) if by_chance else None
    if by_chance and chances is None:
        return TwoPeriods.alike(np.nan, len(y))
    found = TwoPeriods.alike(0.0, len(y))
    for period, sign in ((True, 1.0), (False, -1.0)):
        now = w * (later == period)
        own = _Line.of(y, now * treated, of_treated)
        other = _Line.of(y, now * ~treated, of_controls)
        if own is None or other is None:
            return TwoPeriods.alike(np.nan, len(y))
        found = found.plus(sign, own.mean_expected(w * treated))
        found = found.plus(-sign, other.mean_expected(w * treated))
        if chances:
            found = found.plus(-sign, other.mean_left_by(chances, x))
    return found


def _ways(x: np.ndarray, adjustment: Adjustment) -> tuple[bool, bool]:
    """Tell whether groups are made alike by a regression, and by chances of treatment."""
    alike = x.shape[1] == 1  # a constant tells nobody apart
    return alike or adjustment != "weighting", not alike and adjustment != "regression"


@dataclass(frozen=True)
class _Line:
    """A regression on some rows, which means over others rest on.

    Attributes
    ----------
    rows : ndarray, shape (n,)
        Weights in the regression, zero of rows that are not in it.
    z : ndarray, shape (n, k)
        Regressors; without any, nothing is expected.
    inverse : ndarray, shape (k, k)
        Of their weighted cross product.
    expected, left : ndarrays, shape (n,)
        What the regression says of an outcome, and what it leaves.
    """

    rows: np.ndarray
    z: np.ndarray
    inverse: np.ndarray
    expected: np.ndarray
    left: np.ndarray

    @classmethod
    def of(cls, y: np.ndarray, rows: np.ndarray, z: np.ndarray) -> _Line | None:
        """Fit it; None without rows, or if regressors are collinear there."""
        square = (rows[:, None] * z).T @ z
        if not rows.any() or (z.shape[1] and _deficient(square)):
            return None
        inverse = np.linalg.inv(square)
        expected = z @ (inverse @ ((rows[:, None] * z).T @ y))
        return cls(rows, z, inverse, expected, y - expected)

    def mean_left(self, over: np.ndarray) -> TwoPeriods:
        """Average what is left, each row as often as `over` says."""
        share = over / over.sum()
        mean, moved = share @ self.left, self._moved(share)
        influence = share * (self.left - mean) - self.left * moved
        return TwoPeriods(float(mean), share - moved, influence)

    def mean_left_by(self, chances: _Chances, x: np.ndarray) -> TwoPeriods:
        """Average what is left of its rows by odds, which are estimated given `x`."""
        odds, score = chances
        found = self.mean_left(self.rows * odds)
        share = self.rows * odds / (self.rows @ odds)
        moved = score @ ((share * (self.left - found.estimate)) @ x)
        return TwoPeriods(found.estimate, found.weights, found.influence + moved)

    def mean_expected(self, over: np.ndarray) -> TwoPeriods:
        """Average what is expected, each row as often as `over` says."""
        share = over / over.sum()
        mean, moved = share @ self.expected, self._moved(share)
        influence = share * (self.expected - mean) + self.left * moved
        return TwoPeriods(float(mean), moved, influence)

    def _moved(self, share: np.ndarray) -> np.ndarray:
        """Tell how far each outcome moves the mean of what is expected."""
        return np.asarray(self.rows * (self.z @ (share @ self.z @ self.inverse)))


def _deficient(square: np.ndarray) -> bool:
    """Tell whether a matrix of cross products has collinear columns."""
    size = np.sqrt(np.maximum(np.diag(square), np.finfo(float).tiny))
    values = np.linalg.eigvalsh(square / np.outer(size, size))
    return bool(values[0] <= _RANK * values[-1])


def odds_of_treatment(d: np.ndarray, w: np.ndarray, x: np.ndarray) -> _Chances | None:
    """Fit a logit of treatment.

    Parameters
    ----------
    d, w : ndarray, shape (n,)
        One of the treated, zero of others; weights.
    x : ndarray, shape (n, k)
        Covariates.

    Returns
    -------
    odds : ndarray, shape (n,)
        Of treatment.
    score : ndarray, shape (n, k)
        What each row adds to the error of the coefficients.

    None where covariates tell the groups apart, or are collinear.
    """
    size = np.abs(x).max(axis=0)
    if not (size > 0).all():
        return None
    z = x / size
    if _deficient((z * w[:, None]).T @ z):
        return None
    beta, step = np.zeros(z.shape[1]), np.full(z.shape[1], np.inf)
    for _ in range(_STEPS):
        p = 1.0 / (1.0 + np.exp(-np.clip(z @ beta, -_FAR, _FAR)))
        hessian = (z * (w * p * (1.0 - p))[:, None]).T @ z
        if not np.abs(step).max() >= _STEP:
            break
        try:
            step = np.linalg.solve(hessian, z.T @ (w * (d - p)))
        except np.linalg.LinAlgError:  # chances have gone to zero and one
            return None
        beta = beta + step
    if np.abs(step).max() >= _STEP or p[d == 0].max(initial=0.0) > 1 - _CERTAIN:
        return None
    score = (w * (d - p))[:, None] * np.linalg.solve(hessian, z.T).T / size
    return p / (1.0 - p), score
