"""Control weights that make the arms alike in what was known before the start.

ASSUME: the standard errors take these weights as given, like the covariates they are made of and
unlike the outcomes (Ho, Imai, King & Stuart 2007, Political Analysis 15(3)).
"""

from __future__ import annotations

import numpy as np
import pandas as pd
from scipy.optimize import OptimizeResult, minimize
from scipy.special import logsumexp, softmax

from kuntakokeilu.study import Balance

TOLERANCE = 1e-8
_TIE = 1e-9
_SINGULAR = 1e-10
_NEWTON_STEPS = 5


def balanced_weights(units: pd.DataFrame, balance: Balance) -> pd.Series:
    """Replace the weights of the control units by weights that make the arms alike.

    Parameters
    ----------
    units : DataFrame
        One row per unit of both arms: trial (bool), w (the weight it has), and the covariates
        x_* that the balance names, all known.
    balance : Balance
        The method and the covariates.

    Returns
    -------
    Series
        Weights with the index of `units`. Trial units keep theirs. Control units are missing if
        no weights reproduce the trial arm's means, and zero if no trial unit is matched to them.
    """
    x = units[[f"x_{name}" for name in balance.covariates]].to_numpy(float)
    w, trial = units["w"].to_numpy(float), units["trial"].to_numpy(bool)
    control: np.ndarray | float
    if balance.method == "matching":
        control = matched_weights(x[trial], x[~trial], w[trial])
    else:
        targets = np.average(x[trial], axis=0, weights=w[trial])
        found = entropy_weights(x[~trial], targets, w[~trial])
        control = np.nan if found is None else found
    weights = w.copy()
    weights[~trial] = control
    return pd.Series(weights, index=units.index)


def entropy_weights(
    x: np.ndarray, targets: np.ndarray, base_weights: np.ndarray
) -> np.ndarray | None:
    """Weights closest to the base weights under which the control means equal the targets.

    Closest in Kullback-Leibler divergence: w_i is proportional to q_i exp(z_i'b), where z are the
    distances of x from the targets and b minimises log sum_i q_i exp(z_i'b), the convex dual
    (Hainmueller 2012, Political Analysis 20(1)).

    Parameters
    ----------
    x : ndarray, shape (n, k)
        Covariates of the control units.
    targets : ndarray, shape (k,)
        Means to reproduce.
    base_weights : ndarray, shape (n,)
        Positive weights q.

    Returns
    -------
    ndarray, shape (n,), or None
        Weights with the sum of the base weights, whose means miss the targets by at most 1e-8
        standard deviations of the controls. None if there are none such: no mixture of controls
        has these means.
    """
    z = (x - targets) / _spread(x, x)
    log_q = np.log(base_weights)

    def dual(b: np.ndarray) -> float:
        return float(logsumexp(log_q + z @ b))

    def gradient(b: np.ndarray) -> np.ndarray:
        return softmax(log_q + z @ b) @ z

    def hessian(b: np.ndarray) -> np.ndarray:
        p = softmax(log_q + z @ b)
        return (z.T * p) @ z - np.outer(p @ z, p @ z)

    def stop_if_none(intermediate_result: OptimizeResult) -> None:
        # Were there weights p with these means, the dual would nowhere fall below -KL(p, q), and
        # that is never below the smallest log q.
        if intermediate_result.fun < log_q.min():
            raise StopIteration

    b = minimize(
        dual,
        np.zeros(z.shape[1]),
        jac=gradient,
        hess=hessian,
        method="trust-exact",
        callback=stop_if_none,
    ).x
    for _ in range(_NEWTON_STEPS):  # the dual is flat to its last digit where these still gain
        b = b - np.linalg.lstsq(hessian(b), gradient(b), rcond=_SINGULAR)[0]
    shares = softmax(log_q + z @ b)
    return shares * base_weights.sum() if np.abs(shares @ z).max() <= TOLERANCE else None


def matched_weights(
    x_trial: np.ndarray, x_control: np.ndarray, trial_weights: np.ndarray
) -> np.ndarray:
    """Give each trial unit's weight to the control unit nearest to it, with replacement.

    Nearest by Mahalanobis distance with the pooled covariance of the arms (Stuart 2010,
    Statistical Science 25(1)). Controls at the same distance share the weight. There is no
    caliper: every trial unit keeps a match, so that the estimand is the same as without matching;
    how far a match may be is shown by BALANCE and OVERLAP.

    Parameters
    ----------
    x_trial : ndarray, shape (m, k)
        Covariates of the trial units.
    x_control : ndarray, shape (n, k)
        Covariates of the control units.
    trial_weights : ndarray, shape (m,)
        Weights of the trial units.

    Returns
    -------
    ndarray, shape (n,)
        Weights with the sum of the trial weights; zero for controls never matched.
    """
    from sklearn.neighbors import NearestNeighbors  # slow to import

    scale = mahalanobis_scale(x_trial, x_control)
    search = NearestNeighbors(n_neighbors=len(x_control)).fit(x_control @ scale)
    distances, places = search.kneighbors(x_trial @ scale)
    nearest = distances <= distances[:, :1] * (1 + _TIE) + _TIE
    parts = trial_weights[:, None] * nearest / nearest.sum(axis=1, keepdims=True)
    return np.bincount(places.ravel(), parts.ravel(), minlength=len(x_control))


def mahalanobis_scale(x_trial: np.ndarray, x_control: np.ndarray) -> np.ndarray:
    """Find the matrix after which Euclidean distance is Mahalanobis distance.

    Parameters
    ----------
    x_trial, x_control : ndarray, shapes (m, k) and (n, k)
        Covariates of both arms; their pooled covariance within the arms is the metric.

    Returns
    -------
    ndarray, shape (k, k)
        M with M M' the inverse of the covariance. Directions in which no unit differs from its
        arm's mean do not count.
    """
    within = np.vstack([x - x.mean(axis=0) for x in (x_trial, x_control)])
    scale = _spread(within, np.vstack([x_trial, x_control]))
    freedom = max(len(within) - 2, 1)
    values, vectors = np.linalg.eigh((within / scale).T @ (within / scale) / freedom)
    kept = values > _SINGULAR * max(values.max(), 1.0)
    lengths = np.sqrt(np.where(kept, values, 1.0))
    return (vectors * (kept / lengths)) / scale[:, None]


def _spread(deviations: np.ndarray, x: np.ndarray) -> np.ndarray:
    """Standard deviation of each column, or its size where only rounding tells units apart."""
    spread, size = deviations.std(axis=0), np.abs(x).max(axis=0)
    return np.where(spread > _SINGULAR * size, spread, np.where(size > 0, size, 1.0))
