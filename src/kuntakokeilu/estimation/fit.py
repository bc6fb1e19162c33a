"""Weighted least squares on cells, with fixed effects absorbed."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd
import statsmodels.api as sm
from linearmodels.iv.absorbing import AbsorbingLS
from linearmodels.panel.utility import AbsorbingEffectError

from kuntakokeilu.estimation.designs import Design, rank_beside_units

_TOLERANCE = 1e-12  # of the iterations that absorb effects under weights; the default is 1e-8


@dataclass(frozen=True)
class Fit:
    """A fitted regression, with what its inference needs.

    Attributes
    ----------
    params : ndarray, shape (k,)
        Coefficients in the order of the design's regressors.
    scores : ndarray, shape (rows, k)
        Weight x residualised regressor x residual.
    bread : ndarray, shape (k, k)
        Inverse of the weighted cross product of the residualised regressors.
    residualised : ndarray, shape (rows, k)
        Regressors less what the fixed effects explain of them.
    n_params : int
        Parameters that count against the sample: regressors, period effects and a constant.
        Unit effects are nested within clusters and do not count.
    """

    params: np.ndarray
    scores: np.ndarray
    bread: np.ndarray
    residualised: np.ndarray
    n_params: int


def fit(frame: pd.DataFrame, design: Design) -> Fit | None:
    """Regress the outcome of a sample on a design.

    Parameters
    ----------
    frame : DataFrame
        A sample with columns y and w.
    design : Design
        Regressors and fixed effects.

    Returns
    -------
    Fit or None
        None if the effects and other regressors leave no variation in a regressor.

    Notes
    -----
    Regressions with fixed effects run through linearmodels' AbsorbingLS, others through
    statsmodels' WLS. The covariance is ours (see `clustered`): both packages count parameters
    in a way that does not fit effects nested within clusters.
    """
    y, w, x = frame["y"], frame["w"], design.regressors
    if design.effects is None:
        result = sm.WLS(y, x, weights=w).fit()
        x_left, residuals, n_params = x.to_numpy(), result.resid.to_numpy(), x.shape[1]
    else:
        absorb = design.effects.astype("category")
        constant = bool((w == w.iloc[0]).all())
        model = AbsorbingLS(y, x, absorb=absorb, weights=None if constant else w)
        options = None if constant else {"atol": _TOLERANCE, "btol": _TOLERANCE}
        try:
            result = model.fit(cov_type="unadjusted", absorb_options=options)
        except AbsorbingEffectError:
            return None
        root = np.sqrt(model.weights.ndarray)  # absorbed arrays come scaled by root weights
        x_left = model.absorbed_exog.to_numpy() / root
        y_left = model.absorbed_dependent.to_numpy().ravel() / root.ravel()
        residuals = y_left - x_left @ result.params.to_numpy()
        n_params = x.shape[1] + rank_beside_units(design.effects) + 1
    weighted = x_left * w.to_numpy()[:, None]
    cross_product = weighted.T @ x_left
    if np.linalg.matrix_rank(cross_product) < len(cross_product):
        return None
    return Fit(
        params=result.params.to_numpy(),
        scores=weighted * residuals[:, None],
        bread=np.linalg.inv(cross_product),
        residualised=x_left,
        n_params=n_params,
    )
