"""Trial units that no control is like: for them nothing shows what would have happened."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

from kuntakokeilu.errors import InputError, some
from kuntakokeilu.estimation.entropy_balance import mahalanobis_scale
from kuntakokeilu.study import Overlap

# ASSUME: no control is comparable beyond the distance that 95 % of the controls do not exceed to
# their own nearest control. What is far in so many dimensions only the data can tell, and by this
# rule a trial unit is held to no more than most controls achieve among themselves.
_REACH = 0.95


@dataclass(frozen=True)
class Reach:
    """How far the trial units of a comparison are from its controls.

    Attributes
    ----------
    reason : Series of str
        `larger` or `smaller` than every control, `far` from every control in the covariates, or
        empty: within reach, or a control. Index of the units.
    distance : Series of float
        To the nearest control in the covariates of the rule; missing of controls, and where a
        covariate is not known or the rule has none.
    caliper : float
        Distance beyond which no control is comparable; missing if the rule has no covariates.
    """

    reason: pd.Series
    distance: pd.Series
    caliper: float


def beyond_reach(units: pd.DataFrame, rule: Overlap, where: str) -> pd.Series:
    """Find the trial units beyond the reach of every control; see `find_reach`, its `reason`."""
    return find_reach(units, rule, where).reason


def find_reach(units: pd.DataFrame, rule: Overlap, where: str) -> Reach:
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
    Reach
        With nobody in one arm nobody is beyond reach. A covariate that is not known makes no
        unit far, and with one control there is no distance among controls to hold a unit to.

    Raises
    ------
    InputError
        Persons before the start are not known for a unit.
    """
    reason = pd.Series("", index=units.index)
    distance = pd.Series(np.nan, index=units.index)
    caliper = np.nan
    trial = units["trial"].to_numpy(bool)
    if trial.all() or not trial.any():
        return Reach(reason, distance, caliper)
    columns = [f"x_{name}" for name in rule.covariates]
    known = units[columns].notna().all(axis=1).to_numpy()
    if columns and (known & trial).any() and (known & ~trial).sum() > 1:
        x = units.loc[known, columns].to_numpy(float)
        distance[known & trial], caliper = nearest_controls(x, trial[known])
        reason[distance > caliper] = "far"
    if rule.size:
        size = units["weight_frozen"]
        if size.isna().any():
            raise InputError(
                f"{where}: overlap by size needs the persons before the start of unit "
                f"{some(units.loc[size.isna(), 'unit'])}"
            )
        reason[trial & (size > size[~trial].max())] = "larger"
        reason[trial & (size < size[~trial].min())] = "smaller"
    return Reach(reason, distance, caliper)


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
