"""Standard errors that let municipalities near each other err together.

Conley (1999, Journal of Econometrics 92(1)): products of the scores of two units count by how near
they are, whatever the periods, so that each unit may also depend on its own past.
"""

from __future__ import annotations

import numpy as np
import pandas as pd

from kuntakokeilu.contracts import CENTRES
from kuntakokeilu.estimation.clustered import t_inference
from kuntakokeilu.estimation.fit import Fit


def spatial_inference(fitted: Fit, frame: pd.DataFrame, reach: float) -> dict[str, float] | str:
    """Test the first coefficient of a regression, errors being alike within a distance.

    Parameters
    ----------
    fitted : Fit
        A fitted regression.
    frame : DataFrame
        What it is of: unit, trial, and east and north in kilometres.
    reach : float
        Kilometres from which on two units are independent.

    Returns
    -------
    dict or str
        What `t_inference` gives, with units less one as degrees of freedom. Or why there is none:
        `no_map`, a centre is not known; `one_cluster`, an arm has one unit; `not_positive`.
    """
    if not set(CENTRES) <= set(frame) or frame[list(CENTRES)].isna().any(axis=None):
        return "no_map"
    arms = [frame.loc[side, "unit"].nunique() for side in (frame["trial"], ~frame["trial"])]
    if min(arms) < 2:
        return "one_cluster"
    codes, units = pd.factorize(frame["unit"])
    own = fitted.scores @ fitted.bread[:, 0]
    scores = np.bincount(codes, own, len(units))
    places = frame[list(CENTRES)].to_numpy(float)[~frame["unit"].duplicated().to_numpy()]
    n, rows = len(units), len(frame)
    factor = n / (n - 1) * (rows - 1) / (rows - fitted.n_params)
    variance = factor * scores @ nearness(places, reach) @ scores
    if not variance > 0:
        return "not_positive"
    return t_inference(float(fitted.params[0]), float(np.sqrt(variance)), n - 1)


def nearness(places: np.ndarray, reach: float) -> np.ndarray:
    """Give by how much the errors of two places go together.

    Parameters
    ----------
    places : ndarray, shape (n, 2)
        Coordinates, in one unit.
    reach : float
        Distance, in their unit, from which on nothing is left.

    Returns
    -------
    ndarray, shape (n, n)
        1 at no distance, falling in a line to 0 (Bartlett's kernel).
    """
    # ASSUME: Bartlett's kernel, which nearly always gives a positive variance; a uniform one often
    # does not.
    apart = np.sqrt(((places[:, None] - places[None]) ** 2).sum(axis=2))
    return np.maximum(1 - apart / reach, 0.0)
