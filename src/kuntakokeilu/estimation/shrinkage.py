"""Random effects: a mean of estimates that differ, and each of them drawn towards it.

The estimates of areas share the controls they are compared with. What they share moves all of them
alike: it is no difference between areas, so it stays out of the weights and comes back as variance
of the mean and of each shrunken estimate.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd
from scipy import stats
from scipy.optimize import minimize_scalar

_FEWEST = 5  # of areas: with k of them, the shrinkage itself is known to 2 / (k - 3)


@dataclass(frozen=True)
class RandomEffects:
    """A regression of estimates on regressors, true values scattered around it.

    Attributes
    ----------
    params : ndarray, shape (p,)
        Coefficients.
    covariance : ndarray, shape (p, p)
        Their covariance from the weights, without what all estimates share.
    fitted : ndarray, shape (k,)
        The regression at each estimate.
    weights : ndarray, shape (k,)
        1 / (variance + tau squared).
    tau_squared : float
        Variance of the true values around the regression.
    scale : float
        Knapp and Hartung's factor on the covariance, at least 1.
    q, i_squared : float
        Cochran's Q of true values on the regression, and the share of it that is more than
        sampling error, 1 - (k - p) / Q, not below zero.
    """

    params: np.ndarray
    covariance: np.ndarray
    fitted: np.ndarray
    weights: np.ndarray
    tau_squared: float
    scale: float
    q: float
    i_squared: float


def random_effects(
    estimates: np.ndarray, variances: np.ndarray, regressors: np.ndarray
) -> RandomEffects:
    """Fit a random-effects regression by restricted maximum likelihood.

    Parameters
    ----------
    estimates, variances : ndarray, shape (k,)
        Estimates, and their sampling variances taken as known.
    regressors : ndarray, shape (k, p)
        With a constant, of full rank, p < k.

    Returns
    -------
    RandomEffects

    Notes
    -----
    Tau squared maximises the restricted likelihood (Viechtbauer 2005, Journal of Educational and
    Behavioral Statistics 30(3)). The factor on the covariance is the weighted mean square of the
    residuals (Knapp & Hartung 2003, Statistics in Medicine 22(17)), not below 1 (Röver, Knapp &
    Friede 2015, BMC Medical Research Methodology 15:99): sampling errors alone give that much.
    I squared: Higgins & Thompson (2002, Statistics in Medicine 21(11)).

    Examples
    --------
    >>> estimates = np.array([0.1, 0.5, 0.9, 0.3])
    >>> fitted = random_effects(estimates, np.full(4, 0.04), np.ones((4, 1)))
    >>> round(float(fitted.params[0]), 3), round(fitted.tau_squared, 4), round(fitted.i_squared, 3)
    (0.45, 0.0767, 0.657)
    """
    y, v, x = (np.asarray(part, float) for part in (estimates, variances, regressors))
    degrees = len(y) - x.shape[1]
    tau_squared = _restricted_maximum(y, v, x)
    weights, params, residuals = _weighted_fit(y, v + tau_squared, x)
    fixed, _, apart = _weighted_fit(y, v, x)
    q = float(fixed @ apart**2)
    return RandomEffects(
        params=params,
        covariance=np.linalg.inv((x.T * weights) @ x),
        fitted=y - residuals,
        weights=weights,
        tau_squared=tau_squared,
        scale=max(1.0, float(weights @ residuals**2) / degrees),
        q=q,
        i_squared=max(0.0, 1 - degrees / q) if q > 0 else 0.0,
    )


def homogeneity_p_value(q: float, numerator: float, denominator: float) -> float:
    """P-value of no differences between true values, from F with these degrees of freedom.

    The sampling variances were estimated on the control clusters, with `denominator` degrees of
    freedom; Q over its own is then a ratio of two mean squares, for which the usual chi-squared
    test, of variances that are known, is too sure.
    """
    return float(stats.f.sf(q / numerator, numerator, denominator))


def shrink(rows: pd.DataFrame) -> pd.DataFrame:
    """Draw each area's effect towards the mean of all (empirical Bayes).

    Parameters
    ----------
    rows : DataFrame
        Rows of AREA_EFFECTS of one estimand, with estimate, std_error, own_std_error and
        degrees_of_freedom.

    Returns
    -------
    DataFrame
        The same with the shrunk columns; missing with fewer than five areas, and if no control
        varies.

    Notes
    -----
    Morris (1983, Journal of the American Statistical Association 78(381)): with k areas, the share
    taken off the distance to the mean is (k - 3)/(k - 1) V/(V + tau squared); the variance adds to
    what is left of V the uncertainty of the mean and of tau squared. Here the mean's own
    uncertainty holds what all areas share through the controls.
    """
    columns = ["shrunk", "shrunk_std_error", "shrunk_ci_low", "shrunk_ci_high"]
    rows = rows.assign(**dict.fromkeys(columns, np.nan))
    used = known_effects(rows)
    k = len(used)
    if k < _FEWEST:
        return rows
    y, v = used["estimate"].to_numpy(float), used["own_std_error"].to_numpy(float) ** 2
    fitted = random_effects(y, v, np.ones((k, 1)))
    taken = (k - 3) / (k - 1) * v * fitted.weights
    mean_variance = v @ fitted.weights / fitted.weights.sum()
    unsure = 2 / (k - 3) * taken**2 * (mean_variance + fitted.tau_squared) * fitted.weights
    variance = v * (1 - taken) + taken**2 * fitted.covariance[0, 0]
    variance += unsure * (y - fitted.fitted) ** 2
    variance += used["std_error"].to_numpy(float) ** 2 - v
    shrunk, std_error = y - taken * (y - fitted.fitted), np.sqrt(variance)
    reach = stats.t.ppf(0.975, used["degrees_of_freedom"].to_numpy(float)) * std_error
    found = [shrunk, std_error, shrunk - reach, shrunk + reach]
    rows.loc[used.index, columns] = np.column_stack(found)
    return rows


def known_effects(rows: pd.DataFrame) -> pd.DataFrame:
    """Select the areas with an effect and a standard error."""
    return rows[rows["identified"].eq("ok") & (rows["own_std_error"].astype(float) > 0)]


def shared_variance(rows: pd.DataFrame) -> float:
    """Variance of what all areas share through the controls; their loadings are alike."""
    shared = rows["std_error"].astype(float) ** 2 - rows["own_std_error"].astype(float) ** 2
    return float(np.mean(np.sqrt(shared.clip(lower=0.0))) ** 2)


def _weighted_fit(
    y: np.ndarray, variances: np.ndarray, x: np.ndarray
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    weights = 1 / variances
    params = np.linalg.solve((x.T * weights) @ x, (x.T * weights) @ y)
    return weights, params, y - x @ params


def _restricted_maximum(y: np.ndarray, v: np.ndarray, x: np.ndarray) -> float:
    """Find tau squared: zero, or the best in a net fine enough to hold the highest peak."""

    def deviance(tau_squared: float) -> float:
        weights, _, residuals = _weighted_fit(y, v + tau_squared, x)
        spread = np.linalg.slogdet((x.T * weights) @ x)[1]
        return float(weights @ residuals**2 - np.log(weights).sum() + spread)

    _, _, apart = _weighted_fit(y, np.ones_like(v), x)
    highest = 2 * float(apart @ apart) / (len(y) - x.shape[1]) + float(v.max())
    net = np.r_[0.0, np.geomspace(1e-6 * highest, 10 * highest, 120)]
    best = int(np.argmin([deviance(point) for point in net]))
    bounds = (net[max(best - 1, 0)], net[min(best + 1, len(net) - 1)])
    found = minimize_scalar(deviance, bounds=bounds, method="bounded", options={"xatol": 1e-14})
    return float(found.x) if deviance(found.x) < deviance(0.0) else 0.0
