"""Why a difference-in-differences does not exist in the data."""

from __future__ import annotations

import numpy as np
import pandas as pd

from kuntakokeilu.estimation.cohorts import axis_offset, has_cohorts, reach
from kuntakokeilu.estimation.compared import (
    compared_cells,
    compared_periods,
    compared_units,
    each_population,
)
from kuntakokeilu.estimation.sample import Sample
from kuntakokeilu.facts import period
from kuntakokeilu.study import Estimand

_ROUNDING = 1e-12  # share of a covariate's size that is none


def not_identified(sample: Sample) -> str | None:
    """Say why a difference-in-differences does not exist in a sample, or None if it does.

    With a contrast there are two, and both must exist.
    """
    return next(filter(None, map(_lacking, sample.populations)), None)


def _lacking(sample: Sample) -> str | None:
    frame = sample.frame
    trial, control = frame[frame["trial"]], frame[~frame["trial"]]
    # of units seen before their start: one treated throughout tells of no start
    start = trial.loc[~trial["treated"], "first_treated"].min()
    after = control["period"] >= start
    reasons = {
        "no_data": frame.empty,
        "no_trial": trial.empty,
        "no_control": control.empty,
        "no_balance": control["w"].isna().any(),
        "no_pre_period": trial["treated"].all() or after.all(),
        "no_post_period": not trial["treated"].any() or not after.any(),
    }
    return next((reason for reason, applies in reasons.items() if applies), None)


def collinear_covariates(sample: Sample) -> bool:
    """Tell whether a covariate is the same for all units, or a sum of multiples of the others.

    Parameters
    ----------
    sample : Sample
        With a contrast, either population is enough.
    """
    return any(_collinear(part.frame, part.estimand.covariates) for part in sample.populations)


def _collinear(frame: pd.DataFrame, names: list[str]) -> bool:
    if not names:
        return False
    x = frame.drop_duplicates("unit")[[f"x_{name}" for name in names]].to_numpy(float)
    whole = np.abs(x).max(axis=0)
    x = x - x.mean(axis=0)
    sizes = np.abs(x).max(axis=0)
    if (sizes <= _ROUNDING * whole).any():
        return True
    return bool(np.linalg.matrix_rank(x / sizes, tol=_ROUNDING * len(x)) < len(names))


def reason_of_cohorts(
    cells: pd.DataFrame, units: pd.DataFrame, estimand: Estimand, reason: str
) -> str:
    """Say whether it is the follow-up asked for that leaves a side of the start without cohorts.

    Parameters
    ----------
    cells, units : DataFrame
        Contracts CELLS and UNITS.
    estimand : Estimand
        An estimand that is not identified.
    reason : str
        What its sample lacks.

    Returns
    -------
    str
        no_cohort_before: no cohort ends so long a follow-up before the start; no_cohort_after:
        none from after the start ends it by the end of the data; not_covered: there are such
        cohorts, but the outcome is not known in all months of their follow-up. Otherwise, and
        without cohorts, the reason as it was.
    """
    sides = {"no_data": ("before", "after"), "no_pre_period": ("before",)}
    sides["no_post_period"] = ("after",)
    if not has_cohorts(estimand) or reason not in sides:
        return reason
    for each in each_population(estimand):
        told = _lacking_cohorts(cells, units, each, sides[reason])
        if told is not None:
            return told
    return reason


def _lacking_cohorts(
    cells: pd.DataFrame, units: pd.DataFrame, estimand: Estimand, sides: tuple[str, ...]
) -> str | None:
    mine = cells[
        (cells["outcome"] == estimand.outcome) & (cells["population"] == estimand.population)
    ]
    start = compared_units(units, estimand)["first_treated"].min()
    if not mine["mean"].notna().any() or pd.isna(start):
        return None
    found, compared = _places(mine, estimand), compared_cells(cells, units, estimand)
    known = compared.loc[compared["y"].notna(), "period"]
    for side in sides:
        inside = found + reach(estimand) < start if side == "before" else found >= start
        if not inside.any():
            return f"no_cohort_{side}"
        if not known.lt(start).eq(side == "before").any():
            return "not_covered"
    return None


def _places(cells: pd.DataFrame, estimand: Estimand) -> pd.Series:
    """Places in time of the cohorts that an estimand may compare, known for so long or not.

    A month without any known outcome has no cell; people enter in every month.
    """
    first, last = (
        period(text, estimand.frequency) for text in (estimand.first_period, estimand.last_period)
    )
    months = {period(name, estimand.frequency) for name in cells["cohort"].unique()}
    if estimand.sample == "inflow":
        months |= set(pd.period_range(first, last))
    cohorts = pd.Series(sorted(months), dtype=f"period[{estimand.frequency}]")
    compared = cohorts[compared_periods(cohorts, estimand)]
    places = pd.PeriodIndex(compared) + axis_offset(estimand)
    return pd.Series(places, index=compared.index)
