"""Simultaneous bands: intervals that hold all effects of a series at once with 95 %.

Every interval is the estimate plus and minus one critical value times its standard error: the
95 % point of the largest `|t|` among the effects (the sup-t band of Montiel Olea & Plagborg-Møller
2019, Journal of Applied Econometrics 34(1); for event studies Callaway & Sant'Anna 2021, Journal
of Econometrics 225(2)).
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from scipy import optimize, special, stats

LEVEL = 0.95
DIRECTIONS = 20_000
_ALIKE = 20  # directions of nearly equal reach that one average stands for
_RANK = 1e-9


def simultaneous_inference(
    estimates: np.ndarray, influences: np.ndarray, seed: int, degrees: float | None = None
) -> list[dict[str, float]]:
    """Band and adjusted p-values of several effects.

    Parameters
    ----------
    estimates : ndarray, shape (m,)
        Coefficients.
    influences : ndarray, shape (G, m)
        INFLUENCE values, so that `influences.T @ influences` is their covariance.
    seed : int
        Of the directions over which is averaged.
    degrees : float, optional
        Degrees of freedom; by default clusters - 1.

    Returns
    -------
    list of m dict
        Columns of ESTIMATES. The p-value is the chance of a `|t|` as large anywhere in the
        series, had none of the effects existed (single-step adjustment; Hothorn, Bretz &
        Westfall 2008, Biometrical Journal 50(3)).
    """
    degrees = len(influences) - 1 if degrees is None else degrees
    std_errors = np.sqrt((influences**2).sum(axis=0))
    known = std_errors > 0
    if not known.any():
        return [{} for _ in estimates]
    tail = largest_t_tail(influences[:, known] / std_errors[known], degrees, seed)
    single, bonferroni = stats.t(degrees).isf((1 - LEVEL) / 2 / np.array([1, known.sum()]))
    critical = optimize.brentq(lambda t: tail(t) - (1 - LEVEL), single / 2, 2 * bonferroni)
    return [
        {
            "std_error": float(std_error),
            "ci_low": estimate - critical * std_error,
            "ci_high": estimate + critical * std_error,
            "p_value": tail(abs(estimate) / std_error) if std_error > 0 else np.nan,
            "degrees_of_freedom": degrees,
        }
        for estimate, std_error in zip(estimates, std_errors, strict=True)
    ]


def largest_t_tail(scaled: np.ndarray, degrees: float, seed: int) -> Callable[[float], float]:
    """Return t -> the chance that the largest `|t|` of a series reaches t.

    Parameters
    ----------
    scaled : ndarray, shape (G, m)
        Influence values over standard errors: `scaled.T @ scaled` is a correlation matrix.
    degrees : float
        Degrees of freedom.
    seed : int
        The same seed gives the same directions.

    Returns
    -------
    callable
        Averages over random directions; along each, the squared distance over the rank of the
        correlation matrix has an F distribution, so that a single t is exact.
    """
    # ASSUME the t of the effects are jointly normal over one common scale: the multivariate t
    # whose margins are those of the leading rows; where these have degrees of freedom of their own,
    # all have the fewest.
    values, vectors = np.linalg.eigh(scaled.T @ scaled)
    kept = values > _RANK * values[-1]
    root = vectors[:, kept] * np.sqrt(values[kept])
    rank = root.shape[1]
    normal = np.random.default_rng(seed).standard_normal((DIRECTIONS, rank))
    reach = np.abs(normal @ root.T).max(axis=1) / np.linalg.norm(normal, axis=1)
    reach = np.sort(reach).reshape(-1, _ALIKE).mean(axis=1)
    return lambda t: float(special.fdtrc(rank, degrees, t**2 / (rank * reach**2)).mean())
