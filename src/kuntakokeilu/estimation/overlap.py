"""Trial units that no control is like: for them nothing shows what would have happened."""

from __future__ import annotations

import numpy as np
import pandas as pd

from kuntakokeilu.errors import InputError, some
from kuntakokeilu.estimation.entropy_balance import mahalanobis_scale
from kuntakokeilu.study import Overlap

# ASSUME: no control is comparable beyond the distance that 95 % of the controls do not exceed to
# their own nearest control. What is far in so many dimensions only the data can tell, and by this
# rule a trial unit is held to no more than most controls achieve among themselves.
_REACH = 0.95


def beyond_reach(units: pd.DataFrame, rule: Overlap, where: str) -> pd.Series:
    """Find the trial units beyond the reach of every control, by what was known before the start.

    Trimming a sample to where both arms are changes the estimand for one that the data identify
    (Crump, Hotz, Imbens & Mitnik 2009, Biometrika 96(1)).

    Parameters
    ----------
    units : DataFrame
        One row per unit of both arms: unit, trial (bool), weight_frozen and covariates x_*.
    rule : Overlap
        What is looked at.
    where : str
        Names the comparison in an error.

    Returns
    -------
    Series of str
        `larger` or `smaller` than every control, `far` from every control in the covariates, or
        empty: within reach, or a control. Index of `units`.

    Raises
    ------
    InputError
        Persons before the start are not known for a unit.
    """
    found = pd.Series("", index=units.index)
    trial = units["trial"].to_numpy(bool)
    if trial.all() or not trial.any():
        return found
    if rule.covariates:
        found[_far(units, trial, [f"x_{name}" for name in rule.covariates])] = "far"
    if rule.size:
        size = units["weight_frozen"]
        if size.isna().any():
            raise InputError(
                f"{where}: overlap by size needs the persons before the start of unit "
                f"{some(units.loc[size.isna(), 'unit'])}"
            )
        found[trial & (size > size[~trial].max())] = "larger"
        found[trial & (size < size[~trial].min())] = "smaller"
    return found


def _far(units: pd.DataFrame, trial: np.ndarray, columns: list[str]) -> np.ndarray:
    """Tell which trial units have no control within reach; what is not known is not far."""
    known = units[columns].notna().all(axis=1).to_numpy()
    far = np.zeros(len(units), dtype=bool)
    if (known & trial).any() and (known & ~trial).sum() > 1:
        x = units[columns].to_numpy(float)
        distance, caliper = nearest_controls(x[known], trial[known])
        far[np.flatnonzero(known & trial)] = distance > caliper
    return far


def nearest_controls(x: np.ndarray, trial: np.ndarray) -> tuple[np.ndarray, float]:
    """Measure how far each trial unit is from its nearest control.

    Parameters
    ----------
    x : ndarray, shape (n, k)
        Covariates of the units of both arms.
    trial : ndarray of bool, shape (n,)
        The arm.

    Returns
    -------
    distance : ndarray, shape (trial units,)
        Mahalanobis distance, pooled (Stuart 2010, Statistical Science 25(1)).
    caliper : float
        What 95 % of the controls do not exceed to their own nearest control.
    """
    from sklearn.neighbors import NearestNeighbors  # slow to import

    scale = mahalanobis_scale(x[trial], x[~trial])
    search = NearestNeighbors(n_neighbors=1).fit(x[~trial] @ scale)
    distance: np.ndarray = search.kneighbors(x[trial] @ scale)[0][:, 0]
    return distance, float(np.quantile(search.kneighbors()[0][:, 0], _REACH))  # of each to another
