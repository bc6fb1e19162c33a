"""Power of tests: from the noncentral t, and on estimates of starts at which nothing happened."""

from __future__ import annotations

import numpy as np
from scipy import special

LEVEL, POWER = 0.05, 0.80
_STEPS = 2000


def noncentral_power(
    effects: np.ndarray, std_errors: np.ndarray, degrees: np.ndarray
) -> np.ndarray:
    """Probability that a two-sided 5 % t test rejects no effect, by the noncentral t.

    Parameters
    ----------
    effects : ndarray, shape (k,)
        True effects.
    std_errors, degrees : ndarray, shape (m,)
        Standard errors and degrees of freedom of m estimates.

    Returns
    -------
    ndarray, shape (k,)
        Mean over the estimates (J. Cohen 1988, Statistical Power Analysis for the Behavioral
        Sciences, 2nd ed., ch. 2).
    """
    critical = special.stdtrit(degrees, 1 - LEVEL / 2)
    shift = np.abs(effects)[:, None] / std_errors
    # far out, where either share is nothing, the distribution function of scipy is missing
    short = np.nan_to_num(special.nctdtr(degrees, shift, critical), nan=0.0)
    wrong = np.nan_to_num(special.nctdtr(degrees, shift, -critical), nan=0.0)
    return (1 - short + wrong).mean(axis=1)


def power_on_history(
    effects: np.ndarray, estimates: np.ndarray, std_errors: np.ndarray, degrees: np.ndarray
) -> np.ndarray:
    """Share of false starts at which an effect, added to what was estimated there, is found.

    Parameters
    ----------
    effects : ndarray, shape (k,)
        True effects.
    estimates, std_errors, degrees : ndarray, shape (m,)
        Of m false starts.

    Returns
    -------
    ndarray, shape (k,)
        Mean of the shares of the effect and of minus the effect. At zero it is the size of the
        test. What moved the arms apart in other years is part of it.
    """
    critical = special.stdtrit(degrees, 1 - LEVEL / 2) * std_errors
    up = np.abs(estimates + effects[:, None]) > critical
    down = np.abs(estimates - effects[:, None]) > critical
    return (up.mean(axis=1) + down.mean(axis=1)) / 2


def detectable_on_history(
    estimates: np.ndarray, std_errors: np.ndarray, degrees: np.ndarray
) -> float:
    """Smallest effect from which on a test finds it at 80 % of the false starts.

    Parameters
    ----------
    estimates, std_errors, degrees : ndarray, shape (m,)
        Of m false starts.

    Returns
    -------
    float
        To a two-thousandth of an effect that is found at all of them.
    """
    critical = special.stdtrit(degrees, 1 - LEVEL / 2) * std_errors
    most = float((np.abs(estimates) + critical).max()) * (1 + 1e-9)
    effects = np.linspace(0, most, _STEPS + 1)
    lacking = power_on_history(effects, estimates, std_errors, degrees) < POWER
    return float(effects[lacking.nonzero()[0].max() + 1]) if lacking.any() else 0.0
