"""How large a drift a test before the start would have found, and what it would have done.

A test that finds no difference before the start has perhaps only too little power. Roth (2022,
American Economic Review: Insights 4(3)) asks which slope of a linear drift it finds half of the
time, or four times in five, and what such a drift, had it gone on, would add to the estimate.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import lru_cache

import numpy as np
from scipy import optimize, special, stats

LEVEL = 0.05
_POINTS = 2**13
_MOST = 2.0**40


def power_of_any(drift: np.ndarray, covariance: np.ndarray, critical: float) -> float:
    """Chance that any coefficient before the start differs from zero by itself.

    Parameters
    ----------
    drift : ndarray, shape (q,)
        What the coefficients estimate.
    covariance : ndarray, shape (q, q)
        Their covariance, positive definite.
    critical : float
        The `|t|` from which one differs, such as 1.96.

    Returns
    -------
    float
        Of normal coefficients, by the separation of variables of Genz (1992, Journal of
        Computational and Graphical Statistics 1(2)) over a fixed lattice; exact to about 1e-4.
    """
    std_errors = np.sqrt(covariance.diagonal())
    root = np.linalg.cholesky(covariance / np.outer(std_errors, std_errors))
    centre = drift / std_errors
    points = _lattice(len(drift))
    normal = np.zeros((_POINTS, len(drift)))
    inside = np.ones(_POINTS)
    for place, own in enumerate(root):
        shift = centre[place] + normal[:, :place] @ own[:place]
        low, high = (special.ndtr((end - shift) / own[place]) for end in (-critical, critical))
        inside *= high - low
        between = low + points[:, place] * (high - low)
        normal[:, place] = special.ndtri(np.clip(between, 1e-300, 1 - 1e-16))
    return float(1 - inside.mean())


def power_of_joint(drift: np.ndarray, covariance: np.ndarray, n_clusters: int) -> float:
    """Chance that the joint test of all coefficients before the start finds them different.

    Parameters
    ----------
    drift : ndarray, shape (q,)
        What the coefficients estimate.
    covariance : ndarray, shape (q, q)
        Their covariance, from clusters.
    n_clusters : int
        How many, more than q + 1.

    Returns
    -------
    float
        Of Hotelling's T-squared at 5 %, whose F is noncentral by drift' inv(covariance) drift.
    """
    q = len(drift)
    critical = stats.f.isf(LEVEL, q, n_clusters - q)
    moved = float(drift @ np.linalg.solve(covariance, drift))
    return float(special.ncfdtr(q, n_clusters - q, moved, critical) * -1 + 1)


def slope_for_power(power: Callable[[float], float], target: float) -> float:
    """Find the slope that a test finds with some power.

    Parameters
    ----------
    power : callable
        Power against a slope; it grows with the slope.
    target : float
        Between the size of the test and 1.

    Returns
    -------
    float
        A slope of 0 or more, missing if none is found so often.

    Examples
    --------
    One coefficient a year before the reference, with a standard error of one:

    >>> alone = lambda slope: power_of_any(np.array([-slope]), np.eye(1), 1.96)
    >>> round(slope_for_power(alone, 0.8), 1)  # 1.96 + 0.84
    2.8
    """
    if power(0.0) >= target:
        return 0.0
    high = 2.0**-40
    while power(high) < target:
        high *= 4
        if high > _MOST:
            return np.nan
    return float(optimize.brentq(lambda slope: power(slope) - target, 0.0, high, rtol=1e-8))


@lru_cache(maxsize=16)
def _lattice(q: int) -> np.ndarray:
    """Spread points evenly over the unit cube, shape (points, q), the same ones always."""
    primes = [n for n in range(2, 400) if all(n % d for d in range(2, int(n**0.5) + 1))]
    steps = np.sqrt(np.array(primes[:q], dtype=float))
    at = (np.arange(1, _POINTS + 1)[:, None] * steps) % 1.0
    return np.asarray(np.abs(2 * at - 1))  # folded, so that the integrand is periodic
