"""The exact distribution of a t statistic under a working model of normal errors.

With b a coefficient and V the sum of squares of adjusted scores s_g, `|b| / sqrt(V)` exceeds t
where b^2 - t^2 sum_g s_g^2 is positive. (b, s_1, ..., s_G) is jointly normal under the working
model, so that this is a weighted sum of independent chi-squares, whose sign Imhof (1961,
Biometrika 48(3/4)) gives by one integral. Satterthwaite's t replaces V by one scaled chi-square:
where one cluster decides and many small ones add a little each, V is hardly ever as near zero as
that says, and the test rejects far too seldom.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from scipy import optimize

from kuntakokeilu.estimation.clustered import t_inference, t_quantile
from kuntakokeilu.estimation.remember import remembered

LEVEL = 0.05
_STEP = 0.1  # in the logarithm the integrand is so smooth that the sum is exact to 1e-9
_GRID = np.exp(np.arange(-22.0, 25.0, _STEP))
_RANK = 1e-12


def two_sided_tail(joint: np.ndarray) -> Callable[[float], float]:
    """Return t -> the chance that `|b| / sqrt(sum of s_g^2)` exceeds t.

    Parameters
    ----------
    joint : ndarray, shape (1 + G, 1 + G)
        Covariance of b and the scores, to a common factor.
    """
    values, vectors = np.linalg.eigh(joint)
    kept = values > _RANK * values[-1]
    root = vectors[:, kept] * np.sqrt(values[kept])
    own, others = np.outer(root[0], root[0]), root[1:].T @ root[1:]

    def tail(t: float) -> float:
        mu = np.linalg.eigvalsh(own - t**2 * others)
        u = np.outer(_GRID, mu / np.abs(mu).max())
        angle = np.arctan(u).sum(axis=1) / 2
        decay = np.exp(-np.log1p(u**2).sum(axis=1) / 4)
        return float(0.5 + (np.sin(angle) * decay).sum() * _STEP / np.pi)

    return tail


def critical_value(tail: Callable[[float], float], level: float = LEVEL) -> float:
    """Find the t that is exceeded with the chance `level`; missing if there is none below 1e6."""
    high = 2.0
    while tail(high) > level:
        high *= 2
        if high > 1e6:
            return np.nan
    return float(optimize.brentq(lambda t: tail(t) - level, high / 4, high, xtol=1e-10))


def same_degrees(critical: float, most: float) -> float:
    """Find the degrees of freedom, `most` at most, of Student's t with this 97.5 % point.

    Examples
    --------
    >>> round(same_degrees(2.571, most=20), 2)
    5.0
    """

    def above(degrees: float) -> float:
        return t_quantile(degrees, 1 - LEVEL / 2) - critical

    if above(most) >= 0:
        return most
    return float(optimize.brentq(above, 0.1, most)) if above(0.1) > 0 else np.nan


def exact_inference(
    estimate: float, std_error: float, joint: np.ndarray, most: float
) -> dict[str, float]:
    """Interval, p-value and minimum detectable effect from the exact distribution.

    Parameters
    ----------
    estimate, std_error : float
        The coefficient and its bias-reduced standard error.
    joint : ndarray, shape (1 + G, 1 + G)
        As in `two_sided_tail`.
    most : float
        Degrees of freedom that are not exceeded, clusters - 1.

    Returns
    -------
    dict
        Columns of ESTIMATES; none without a critical value. Degrees of freedom are those of the
        Student's t whose interval is as wide.
    """
    tail, degrees = _distribution(joint, most)
    if not degrees > 0:
        return {}
    exact = tail(abs(estimate) / std_error) if std_error > 0 else np.nan
    return t_inference(estimate, std_error, degrees) | {"p_value": exact}


@remembered
def _distribution(joint: np.ndarray, most: float) -> tuple[Callable[[float], float], float]:
    """Give the tail, and the degrees of freedom of the Student's t with its 97.5 % point."""
    tail = two_sided_tail(joint)
    return tail, same_degrees(critical_value(tail), most)
