"""Cohorts: persons who entered in a month, or were there on a day, followed for some months.

What is compared over time are cohorts: each has one value for a unit, the mean of the months of
follow-up that the estimand asks for. An inflow stands at its month of entry. A stock of the last
day of a month stands at the month after it, the first month in which the trial can reach it.
"""

from __future__ import annotations

import numpy as np
import pandas as pd

from kuntakokeilu.facts import period
from kuntakokeilu.study import Estimand


def has_cohorts(estimand: Estimand) -> bool:
    """Tell whether an estimand is about cohorts that are followed."""
    return estimand.elapsed_first is not None


def axis_offset(estimand: Estimand) -> int:
    """Months from a cohort's own month to its place in time."""
    return 1 if estimand.sample == "stock" else 0


def reach(estimand: Estimand) -> int:
    """Months from a cohort's place in time to the last month of its follow-up."""
    return max((estimand.elapsed_last or 0) - axis_offset(estimand), 0)


def cohort_values(cells: pd.DataFrame, estimand: Estimand) -> pd.DataFrame:
    """Average the months of follow-up of each unit and cohort.

    Parameters
    ----------
    cells : DataFrame
        Cells of one outcome, population and stratification.
    estimand : Estimand
        Says which months since entry are taken, both ends included. With the estimator
        `elapsed_effects` each bin of them is kept apart.

    Returns
    -------
    DataFrame
        One row per unit and period, for `elapsed_effects` and bin (`elapsed`, 0 is the first),
        and for an estimand with strata and `stratum`. mean is the sum of the months' sums over
        the sum of their weights; it is missing if a month is known only in part, or if the cohort
        was not followed through all months. weight and n are summed over months; n_fewest and
        n_most are the numbers of persons in the months with fewest and with most.
    """
    first, last = estimand.elapsed_first, estimand.elapsed_last
    assert first is not None and last is not None  # see `has_cohorts`
    inside = cells[cells["elapsed"].between(first, last)]
    apart = estimand.method.followed
    width = estimand.periods_per_bin if apart else 1 + last
    rows = inside.assign(
        months=inside["elapsed"],
        elapsed=((inside["elapsed"] - first) // width).astype("int64"),
        unknown=inside["mean"].isna(),
    )
    keys = ["unit", "cohort", "elapsed", *(["stratum"] if estimand.strata else [])]
    groups = rows.groupby(keys, observed=True)  # one aggregation at a time: `agg` takes longer
    values = (
        groups[["sum", "weight", "n"]]
        .sum()
        .assign(
            n_fewest=groups["n"].min(),
            n_most=groups["n"].max(),
            counted=groups["n"].count(),
            months=groups.size(),
            unknown=groups["unknown"].any(),
        )
    )
    values = values.reset_index()
    whole = rows.groupby("elapsed")["months"].nunique()
    followed = rows.groupby("cohort")["months"].nunique()
    short = values["cohort"].map(followed) < rows["months"].nunique()
    # a unit whose persons have all left in some month had nobody there
    nobody = values["months"] < values["elapsed"].map(whole)
    values["n_fewest"] = values["n_fewest"].mask(nobody, 0)
    unpublished = values["counted"] < values["months"]
    for name in ("n", "n_fewest", "n_most"):
        values[name] = values[name].mask(unpublished)
    values["mean"] = (values["sum"] / values["weight"]).mask(values["unknown"] | short)
    values["period"] = places_of(values["cohort"], estimand)
    values["sources"] = _all_sources(inside)
    names = ["unit", "period", "mean", "weight", "n", "n_fewest", "n_most", "sources"]
    return values[names + (["elapsed"] if apart else []) + keys[3:]]


def places_of(cohorts: pd.Series, estimand: Estimand) -> pd.Series:
    """Give the place in time of each cohort, by its month of entry."""
    months = {name: period(name, estimand.frequency) for name in cohorts.unique()}
    places = pd.PeriodIndex([months[name] for name in cohorts], freq=estimand.frequency)
    return pd.Series(places + axis_offset(estimand), index=cohorts.index)


def _all_sources(cells: pd.DataFrame) -> str:
    return ";".join(sorted({one for text in cells["sources"].unique() for one in text.split(";")}))


def reaches_into_trial(frame: pd.DataFrame, estimand: Estimand) -> pd.Series:
    """Tell which rows are of cohorts from before a start whose follow-up reaches into the trial.

    They are neither treated nor untreated. A trial unit's own start counts; a unit never treated
    loses the cohorts that no trial unit has, those that reach into the trial for every start, so
    that both arms keep the same cohorts where all starts are one.

    Parameters
    ----------
    frame : DataFrame
        Rows with period and first_treated.
    estimand : Estimand
        An estimand about cohorts.

    Returns
    -------
    Series of bool
    """
    last = frame["period"] + reach(estimand)
    starts = frame["first_treated"].dropna().unique()
    each = [(frame["period"] < start) & (last >= start) for start in starts]
    everywhere = np.logical_and.reduce(each) if each else False
    own = (frame["period"] < frame["first_treated"]) & (last >= frame["first_treated"])
    return own | everywhere


def count_back(since: pd.Series, estimand: Estimand) -> pd.Series:
    """Number the cohorts before the start back from the last one compared, which is -1.

    The cohorts between it and the start reach into the trial and are left out, so that there is
    a gap in time but none in numbers. Without cohorts nothing changes.

    Parameters
    ----------
    since : Series of int
        Periods since the start, negative before it.
    estimand : Estimand
        Tells whether there are cohorts.
    """
    before = since < 0
    if not has_cohorts(estimand) or not before.any():
        return since
    return since.where(~before, since - since[before].max() - 1)
