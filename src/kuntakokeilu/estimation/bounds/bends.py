"""Bounds on smoothness: drift after the start goes on, but for bends of at most M.

The slope of the drift changes by at most M from one period to the next (Rambachan & Roth 2023,
Review of Economic Studies 90(5), section 2.4.2). The interval is the shortest of fixed length
around an estimate that is linear in the coefficients (Armstrong & Kolesar 2018, Econometrica 86(2);
2020, Quantitative Economics 11(1)).

An estimate takes off the mean effect what coefficients before the start say of the drift. Write its
weights by what each bend adds to its bias, u_0, u_1, ... from the start backwards: a drift along a
line is taken off whole if and only if u_0 is the mean time since the start, and the largest bias is
M times the sum of abs(u) and of what bends after the start add. Bias is then an absolute sum and
variance a square: the estimates worth having are the path of one lasso, the same for every M,
followed from corner to corner.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from scipy import optimize, special

from kuntakokeilu.estimation.bounds.magnitudes import LEVEL, EventSeries, breakdown

_TINY = 1e-12


@dataclass(frozen=True)
class _Path:
    """Estimates of least variance for each bias, by the price of bias.

    Attributes
    ----------
    prices : ndarray, shape (corners,)
        From the highest, where bias is least, to 0, where variance is.
    corners : ndarray, shape (corners, n_before - 1)
        u_1, u_2, ... there; linear in between.
    first : float
        u_0.
    least : float
        Bias for M = 1 that no estimate can avoid.
    """

    prices: np.ndarray
    corners: np.ndarray
    first: float
    least: float

    def at(self, price: float) -> np.ndarray:
        """Give u_0, u_1, ... at a price, shape (n_before,)."""
        rest = [np.interp(-price, -self.prices, column) for column in self.corners.T]
        return np.array([self.first, *rest])


def smoothness(series: EventSeries, bounds: Sequence[float], level: float = LEVEL) -> np.ndarray:
    """Intervals for the mean effect if the slope of the drift bends by at most so much.

    Parameters
    ----------
    series : EventSeries
        With at least one coefficient before the reference.
    bounds : sequence of float, shape (k,)
        Values of M, in the outcome's unit: 0 is a drift along a line.
    level : float
        One less the coverage.

    Returns
    -------
    ndarray, shape (k, 2)
        Lower and upper ends.

    Raises
    ------
    ValueError
        No coefficient before the reference.
    """
    path = _path(series)
    return np.array([_interval(series, path, float(bound), level) for bound in bounds]).reshape(
        -1, 2
    )


def breakdown_smoothness(series: EventSeries, level: float = LEVEL) -> float:
    """Largest M, in the outcome's unit, at which the interval still leaves out zero.

    Returns
    -------
    float
        Zero if even a drift along a line undoes the sign.
    """
    path = _path(series)

    def holds(bound: float) -> bool:
        low, high = _interval(series, path, bound, level)
        return low > 0 or high < 0

    # any estimate is undone by a bias as large as itself and its standard errors together
    scale = np.abs(series.estimates).max() + 10 * np.sqrt(series.covariance.diagonal().max())
    times = 10 * len(series.estimates) / max(path.least, _TINY)
    return breakdown(holds, float(scale * times))


def unavoidable_bias(series: EventSeries) -> float:
    """Largest bias for M = 1 that is left whatever coefficients before the start take off.

    In units of M: it is what bends from the reference period on may add to the mean effect. A bound
    M of so many standard errors over it lets the drift move the estimate by as many.
    """
    return _path(series).least


def folded_quantile(mean: float, level: float = LEVEL) -> float:
    """Value that the absolute value of N(mean, 1) exceeds with a chance of `level`.

    Examples
    --------
    >>> round(folded_quantile(0.0), 3), round(folded_quantile(5.0), 3)
    (1.96, 6.645)
    """
    one, two = (float(special.ndtri(1 - share)) for share in (level, level / 2))

    def lacking(value: float) -> float:
        return float(special.ndtr(mean - value) + special.ndtr(-mean - value) - level)

    return float(optimize.brentq(lacking, mean + one - 1e-9, mean + two + 1e-9, xtol=1e-12))


def _interval(series: EventSeries, path: _Path, bound: float, level: float) -> tuple[float, float]:
    def half(price: float) -> float:
        bends = path.at(price)
        std_error = _std_error(series, bends)
        bias = bound * (path.least + np.abs(bends[1:]).sum())
        return std_error * folded_quantile(bias / std_error, level)

    prices = [0.0]
    if bound > 0 and path.prices[0] > 0:
        # convex in bias, which falls with the price: the best one lies by the best corner
        at_corners = [half(price) for price in path.prices]
        best = int(np.argmin(at_corners))
        ends = path.prices[min(best + 1, len(path.prices) - 1)], path.prices[max(best - 1, 0)]
        found = optimize.minimize_scalar(
            half, bounds=ends, method="bounded", options={"xatol": 1e-6 * path.prices[0]}
        )
        prices = [float(found.x), float(path.prices[best])]
    price = min(prices, key=half)
    centre = float(_weights(series, path.at(price)) @ series.estimates)
    reach = half(price)
    return centre - reach, centre + reach


def _weights(series: EventSeries, bends: np.ndarray) -> np.ndarray:
    """Weights of all coefficients in an estimate that takes off the drift, shape (q,)."""
    padded = np.concatenate([bends, [0.0, 0.0]])
    nearest_first = padded[:-2] - 2 * padded[1:-1] + padded[2:]
    return np.concatenate([nearest_first[::-1], series.weights])


def _std_error(series: EventSeries, bends: np.ndarray) -> float:
    weights = _weights(series, bends)
    return float(np.sqrt(weights @ series.covariance @ weights))


def _path(series: EventSeries) -> _Path:
    """Follow the lasso 1/2 u'Qu + r'u + price abs(u) from the price where u is zero down to 0."""
    p, after = series.n_before, len(series.weights)
    if p < 1:
        raise ValueError("smoothness: no period before the reference")
    since = np.arange(1, after + 1)
    first = float(series.weights @ since)
    later = [series.weights @ np.maximum(since - bend, 0) for bend in range(1, after)]
    least = abs(first) + float(np.abs(later).sum())
    none = _weights(series, np.concatenate([[first], np.zeros(p - 1)]))
    columns = np.array([_weights(series, row) for row in np.eye(p)[1:]])
    columns = columns.reshape(p - 1, len(series.estimates))
    columns[:, p:] = 0.0  # what bends before the start add, coefficients after it aside
    quadratic = columns @ series.covariance @ columns.T
    linear = columns @ series.covariance @ none
    return _Path(*lasso_path(quadratic, linear), first, least)


def lasso_path(quadratic: np.ndarray, linear: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Corners of the solutions of min 1/2 u'Qu + r'u + price * sum abs(u) over all prices.

    Parameters
    ----------
    quadratic : ndarray, shape (k, k)
        Q, positive definite.
    linear : ndarray, shape (k,)
        r.

    Returns
    -------
    prices : ndarray, shape (corners,)
        From the one from which on u is zero down to 0.
    corners : ndarray, shape (corners, k)
        Solutions there; in between they are linear in the price (Osborne, Presnell & Turlach 2000,
        IMA Journal of Numerical Analysis 20(3)).
    """
    k = len(linear)
    price = float(np.abs(linear).max(initial=0.0))
    prices, corners = [price], [np.zeros(k)]
    if price == 0.0:
        return np.array(prices), np.array(corners)
    signs, place = np.zeros(k), int(np.abs(linear).argmax())
    signs[place] = -np.sign(linear[place])
    while price > 0 and len(prices) < 50 * (k + 1):
        on = signs != 0
        fixed, moving = np.zeros(k), np.zeros(k)
        fixed[on] = -np.linalg.solve(quadratic[np.ix_(on, on)], linear[on])
        moving[on] = -np.linalg.solve(quadratic[np.ix_(on, on)], signs[on])
        events = _events(quadratic, linear, fixed, moving, on, price)
        if on[place]:  # it has just left zero, in a direction that does not lead back
            events[place] = 0.0
        place = int(events.argmax())
        price = float(events[place])
        prices.append(price)
        corners.append(fixed + price * moving)
        gradient = quadratic @ corners[-1] + linear
        signs[place] = 0.0 if on[place] else -np.sign(gradient[place])
    return np.array(prices), np.array(corners)


def _events(
    quadratic: np.ndarray,
    linear: np.ndarray,
    fixed: np.ndarray,
    moving: np.ndarray,
    on: np.ndarray,
    price: float,
) -> np.ndarray:
    """Give the next price at which each coordinate leaves zero, or is back at it, shape (k,)."""
    base, slope = quadratic @ fixed + linear, quadratic @ moving
    with np.errstate(divide="ignore", invalid="ignore"):
        found = np.array([base / (1 - slope), -base / (1 + slope), -fixed / moving])
    # the first two are of coordinates at zero, the third of those that are not
    found[:2, on], found[2, ~on] = 0.0, 0.0
    found[~((found > 0) & (found < price * (1 - 1e-9)))] = 0.0
    return np.asarray(found.max(axis=0))
