"""Ratios of two estimates, such as euros per additional month of employment.

A standard error of a ratio misleads where the denominator may be zero. Fieller (1954, Journal of
the Royal Statistical Society B 16(2)) turns the question round: the interval holds every r for
which the difference of numerator and r times denominator is not significantly different from
zero. Its size is exact whatever the denominator, and the price is that the interval can be all
values outside a range, or all values there are.
"""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np
import pandas as pd
from scipy import stats

from kuntakokeilu.contracts import RATIOS, conform
from kuntakokeilu.estimation.joint import joint
from kuntakokeilu.study import Ratio

LEVEL = 0.95


def estimate_ratios(
    estimates: pd.DataFrame, influence: pd.DataFrame, ratios: Iterable[Ratio]
) -> pd.DataFrame:
    """Estimate ratios of two estimates.

    Parameters
    ----------
    estimates : DataFrame
        Contract ESTIMATES, with the estimands of all ratios.
    influence : DataFrame
        Contract INFLUENCE, with the same.
    ratios : iterable of Ratio
        What is divided by what.

    Returns
    -------
    DataFrame
        Contract RATIOS. A ratio is as identified as its estimands; without a known variance of
        both it has no interval, and with an effect of exactly zero below the line no estimate.
    """
    return conform(pd.DataFrame([_row(estimates, influence, ratio) for ratio in ratios]), RATIOS)


def _row(estimates: pd.DataFrame, influence: pd.DataFrame, ratio: Ratio) -> dict[str, object]:
    pair = joint(estimates, influence, (ratio.numerator, ratio.denominator))
    params, covariance = _scaled(pair.params, pair.covariance, ratio.factor)
    row = ratio.model_dump(include={"ratio", "numerator", "denominator", "role", "unit"})
    row |= {"degrees_of_freedom": pair.degrees, **pair.facts}
    row |= {"estimate": params[0] / params[1] if params[1] else np.nan}
    low, high, kind = np.nan, np.nan, None
    if pair.degrees:
        low, high, kind = fieller(params, covariance, pair.degrees)
    return row | {"ci_low": low, "ci_high": high, "interval": kind}


def _scaled(
    params: np.ndarray, covariance: np.ndarray, factor: float
) -> tuple[np.ndarray, np.ndarray]:
    """Multiply the numerator by the factor that makes both estimates amounts per person-month."""
    scale = np.array([factor, 1.0])
    return params * scale, covariance * np.outer(scale, scale)


def fieller(
    params: np.ndarray, covariance: np.ndarray, degrees: float, level: float = LEVEL
) -> tuple[float, float, str]:
    """Give Fieller's confidence set of the ratio of two estimates.

    Parameters
    ----------
    params : ndarray, shape (2,)
        Numerator and denominator.
    covariance : ndarray, shape (2, 2)
        Their covariance.
    degrees : float
        Degrees of freedom of Student's t.
    level : float
        Confidence.

    Returns
    -------
    low, high : float
        Ends; missing for the whole line.
    kind : str
        `bounded`: from low to high. `two_rays`: up to low and from high, when the denominator is
        not significantly different from zero but the ratio's sign or size is still limited.
        `whole_line`: nothing is ruled out. A denominator at the very edge of significance has
        one ray only, which nothing here can show; it is called the whole line too.

    Examples
    --------
    An effect on cost of 900 euros over one of 0.3 months; the latter may as well be 0.05.

    >>> covariance = np.diag([250.0**2, 0.05**2])
    >>> low, high, kind = fieller(np.array([900.0, 0.3]), covariance, degrees=30)
    >>> kind, round(low), round(high)
    ('bounded', 1246, 5540)
    >>> fieller(np.array([900.0, 0.05]), covariance, degrees=30)[2]
    'two_rays'
    >>> fieller(np.array([200.0, 0.05]), covariance, degrees=30)[2]
    'whole_line'
    """
    t = stats.t(degrees).ppf((1 + level) / 2)
    # (a - r b)^2 <= t^2 (Vaa - 2 r Vab + r^2 Vbb), as square x r^2 - 2 cross x r + constant <= 0
    outer = np.outer(params, params) - t**2 * covariance
    square, cross, constant = outer[1, 1], outer[0, 1], outer[0, 0]
    discriminant = cross**2 - square * constant
    if square > 0:  # the estimate itself is inside: below zero by rounding only
        discriminant = max(discriminant, 0.0)
    elif square == 0 or discriminant <= 0:
        return np.nan, np.nan, "whole_line"
    # The larger root in size first: the other follows without a difference of near equals.
    larger = cross + np.copysign(np.sqrt(discriminant), cross)
    roots = [larger / square, constant / larger if larger else 0.0]
    return min(roots), max(roots), "bounded" if square > 0 else "two_rays"
