"""Variances of textbooks, which take every observation for independent of all others.

They stand beside those by cluster so that published standard errors can be told again, and lead
nothing: a treatment that is given to whole clusters moves all observations of one together.

A regression on cells whose columns are the same for all persons of a cell has the coefficients of
the regression on persons. It has the variance too, once what persons differ in within cells is
added to the residuals: from n, mean and sum of squares of each cell, the sum of squared residuals
of persons is that within cells plus n times the squared residual of the cell's mean.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

from kuntakokeilu.estimation.absorb import rank_of_effects
from kuntakokeilu.estimation.clustered import t_inference
from kuntakokeilu.estimation.designs import Design
from kuntakokeilu.estimation.fit import Fit
from kuntakokeilu.study import Estimand


@dataclass(frozen=True)
class _Observations:
    """What each row stands for.

    Attributes
    ----------
    number : int
        Observations behind all rows.
    squares : ndarray, shape (rows,)
        Weight x squared residual, summed over the observations of a row.
    robust : ndarray, shape (rows,) or None
        Squared weight x squared residual, summed over them; None if that is not known.
    """

    number: int
    squares: np.ndarray
    robust: np.ndarray | None


def independent_inference(
    frame: pd.DataFrame, design: Design, fitted: Fit, estimand: Estimand
) -> dict[str, list[dict[str, float]]]:
    """Inference on each term from the variances that an estimand asks for.

    Parameters
    ----------
    frame : DataFrame
        A sample.
    design : Design
        Its design.
    fitted : Fit
        The fitted design.
    estimand : Estimand
        Its column `variances` names them.

    Returns
    -------
    dict of lists
        For iid and hc1, columns of ESTIMATES for each term, from t with N - K degrees of freedom.
        N are persons where rows are means of persons, weighted by them, and the sums of squares are
        known; otherwise rows. K counts every parameter, effects of units too. iid: sum of squared
        residuals / (N - K) times the bread. hc1: White's (1980, Econometrica 48(4)) times
        N / (N - K) (MacKinnon & White 1985, Journal of Econometrics 29(3)). Empty where N is no
        larger than K, and for hc1 of persons who count unequally.
    """
    observed = _observations(frame, fitted, estimand)
    degrees = observed.number - _n_params(design)
    found: dict[str, list[dict[str, float]]] = {}
    for kind in estimand.variances:
        variance = None
        if kind == "iid" and degrees > 0:
            variance = np.diag(fitted.bread) * observed.squares.sum() / degrees
        elif kind == "hc1" and degrees > 0 and observed.robust is not None:
            variance = _sandwich(fitted, observed.robust) * observed.number / degrees
        found[kind] = [
            {}
            if variance is None
            else t_inference(float(fitted.params[i]), float(np.sqrt(variance[i])), degrees)
            for i in range(len(design.terms))
        ]
    return found


def _observations(frame: pd.DataFrame, fitted: Fit, estimand: Estimand) -> _Observations:
    w, residuals = fitted.weights, fitted.residuals
    between = w * residuals**2
    known = [name in frame and frame[name].notna().all() for name in ("n", "sum_sq")]
    if not all(known) or estimand.weights != "persons_current" or estimand.transform != "none":
        return _Observations(len(frame), between, w * between)
    within = (frame["sum_sq"] - w * frame["y"] ** 2).clip(lower=0.0).to_numpy(float)
    persons = frame["n"].to_numpy(float)
    alike = np.allclose(persons, w)
    squares = within + between
    return _Observations(int(persons.sum()), squares, squares if alike else None)


def _n_params(design: Design) -> int:
    absorbed = 0 if design.effects is None else rank_of_effects(design.effects)
    return design.regressors.shape[1] + absorbed


def _sandwich(fitted: Fit, meat: np.ndarray) -> np.ndarray:
    """Return the diagonal of bread x (sum of meat x x') x bread."""
    return np.asarray(meat @ fitted.pull() ** 2)
