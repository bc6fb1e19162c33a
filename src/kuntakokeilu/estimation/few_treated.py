"""Tests for few treated areas among many: what areas without treatment go through by chance.

An estimate is the sum over areas of how much each counts, times its change after the start beyond
what the effects explain. Conley & Taber (2011, Review of Economics and Statistics 93(1)) take the
changes of untreated areas as what treated ones could have had by chance; Ferman & Pinto (2019,
Review of Economics and Statistics 101(3)) also let small areas vary more than large ones.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd
from scipy.optimize import nnls

from kuntakokeilu.estimation.assignment import share_as_extreme
from kuntakokeilu.estimation.designs import Design
from kuntakokeilu.estimation.fit import Fit
from kuntakokeilu.estimation.permutation import treated_from

FEWEST_CONTROLS = 10  # ASSUME: with fewer untreated areas their changes say little of the tails
_NONE = 1e-12


@dataclass(frozen=True)
class Changes:
    """An estimate as a sum over areas.

    Attributes
    ----------
    estimate : float
        The coefficient: the sum of share x change.
    share : ndarray, shape (G,)
        By how much the estimate moves with the change of an area; those of treated ones add to 1.
    change : ndarray, shape (G,)
        Change of each area after the start beyond what the effects explain, no effect imposed.
    residual : ndarray, shape (G,)
        The same less the estimated effect.
    treated : ndarray of bool, shape (G,)
        Which areas are treated.
    size : ndarray, shape (G,)
        Persons before the start; units where these are unknown.
    """

    estimate: float
    share: np.ndarray
    change: np.ndarray
    residual: np.ndarray
    treated: np.ndarray
    size: np.ndarray


def changes_of(frame: pd.DataFrame, design: Design, fitted: Fit) -> Changes | str:
    """Split a fitted single effect into the changes of areas.

    Parameters
    ----------
    frame : DataFrame
        What the design regresses of a sample.
    design : Design
        Its design, `att` the first regressor.
    fitted : Fit
        The fitted regression.

    Returns
    -------
    Changes or str
        Or why there is no such sum: `averages`, of designs with weights by group and period;
        `several_starts`; `few_controls`, fewer than 10 untreated areas; `no_weight`, an area on
        which the estimate does not rest.
    """
    if design.again is not None:
        return "averages"
    starts = frame["first_treated"].dropna().unique()
    if len(starts) != 1:
        return "several_starts"
    codes, names = pd.factorize(frame["cluster"].astype(str))
    size = len(names)
    treated = np.zeros(size, dtype=bool)
    treated[codes] = frame["trial"].to_numpy(bool)
    if (~treated).sum() < FEWEST_CONTROLS:
        return "few_controls"
    # the coefficient is the sum of weight x pull x outcome
    pull = fitted.weights * fitted.pull()[:, 0]
    regressor = fitted.pull()[:, 0] / fitted.bread[0, 0]
    own = ~frame["other"].to_numpy(bool) if "other" in frame else np.ones(len(frame), dtype=bool)
    share = np.bincount(codes, pull * own * treated_from(frame, starts[0]), size)
    if (np.abs(share) <= _NONE).any():
        return "no_weight"
    estimate = float(fitted.params[0])
    residual = np.bincount(codes, pull * fitted.residuals, size)
    whole = residual + estimate * np.bincount(codes, pull * regressor, size)
    return Changes(estimate, share, whole / share, residual / share, treated, _sizes(frame, codes))


def conley_taber(changes: Changes, draws: int, seed: int) -> dict[str, float]:
    """Test an effect by changes of untreated areas, drawn for each of the treated ones.

    Parameters
    ----------
    changes : Changes
        Of the estimate.
    draws, seed : int
        Number of draws, and their seed.

    Returns
    -------
    dict
        p_value, two-sided, and the ends of the 95 % interval. Areas are taken to vary alike, and
        untreated ones to be many: what the comparison itself does not know is left out.
    """
    rng = np.random.default_rng([seed, 12])
    pool = changes.residual[~changes.treated]
    share = changes.share[changes.treated]
    found = pool[rng.integers(len(pool), size=(draws, len(share)))] @ share
    low, high = np.quantile(found, [0.025, 0.975])
    return {
        "p_value": share_as_extreme(found, changes.estimate),
        "ci_low": changes.estimate - float(high),
        "ci_high": changes.estimate - float(low),
    }


def ferman_pinto(changes: Changes, draws: int, seed: int) -> dict[str, float]:
    """Test an effect by changes of all areas, each scaled to the size of the one it stands for.

    Parameters
    ----------
    changes : Changes
        Of the estimate.
    draws, seed : int
        Number of draws, and their seed.

    Returns
    -------
    dict
        p_value, two-sided: changes under no effect are divided by their standard deviation, drawn
        for every area, and multiplied by that area's. The variance is a constant and a part in
        inverse proportion to size, neither negative, by least squares on squared changes.
    """
    rng = np.random.default_rng([seed, 13])
    deviation = np.sqrt(variance_of_changes(changes.change, changes.size))
    pool = changes.change / deviation
    picked = pool[rng.integers(len(pool), size=(draws, len(pool)))]
    found = picked @ (deviation * changes.share)
    return {"p_value": share_as_extreme(found, changes.estimate)}


def variance_of_changes(change: np.ndarray, size: np.ndarray) -> np.ndarray:
    """Fit the variance of changes as a + b / size, a and b not negative, shape (G,)."""
    inverse = size.mean() / size
    columns = np.column_stack([np.ones(len(size)), inverse])
    scale = float(np.mean(change**2)) or 1.0
    return np.asarray(columns @ nnls(columns, change**2 / scale)[0] * scale)


def _sizes(frame: pd.DataFrame, codes: np.ndarray) -> np.ndarray:
    units = ~frame["unit"].duplicated().to_numpy()
    persons = frame.get("weight_frozen", pd.Series(np.nan, frame.index))[units].to_numpy(float)
    known = bool((persons > 0).all())
    return np.bincount(codes[units], persons if known else np.ones(units.sum()))
