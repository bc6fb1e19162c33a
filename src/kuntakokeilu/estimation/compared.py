"""Whom, when and what an estimand compares: units, periods and values, before any weight."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pandas as pd

from kuntakokeilu.contracts import CENTRES
from kuntakokeilu.errors import InputError, some
from kuntakokeilu.estimation.cohorts import (
    axis_offset,
    cohort_values,
    has_cohorts,
    reach,
    reaches_into_trial,
)
from kuntakokeilu.estimation.overlap import beyond_reach
from kuntakokeilu.facts import period
from kuntakokeilu.study import Estimand, left_out, require_known


def each_population(estimand: Estimand) -> list[Estimand]:
    """Ask an estimand of its population and of its contrast, each alone; of one without a contrast.

    A unit seen in one of the populations only counts in the difference of that one.
    """
    if estimand.contrast is None:
        return [estimand]
    alone = {"contrast": None, "spillover_share": None}
    names = (estimand.population, estimand.contrast)
    return [estimand.model_copy(update=alone | {"population": name}) for name in names]


def bins(estimand: Estimand) -> list[str]:
    """Name the column that tells bins of months since entry apart, if there are any."""
    return ["elapsed"] if estimand.method.followed else []


def strata(estimand: Estimand) -> list[str]:
    """Name the column that tells strata apart, if there are any."""
    return ["stratum"] if estimand.strata is not None else []


def cells_by_population(cells: pd.DataFrame) -> Callable[[Estimand], pd.DataFrame]:
    """Return estimand -> the cells of its populations, all together and by its strata.

    So that each reads no others' over again: cells by strata can be many times as many.
    """
    parts = dict(list(cells.groupby(["population", "stratification"], observed=True)))

    def mine(estimand: Estimand) -> pd.DataFrame:
        schemes = ["none", *([estimand.strata] if estimand.strata else [])]
        names = [
            (one.population, scheme) for one in each_population(estimand) for scheme in schemes
        ]
        found = [parts[name] for name in names if name in parts]
        return found[0] if len(found) == 1 else pd.concat([cells.iloc[:0], *found])

    return mine


def values_over_time(cells: pd.DataFrame, estimand: Estimand) -> pd.DataFrame:
    """Select the values of an estimand's outcome, population and strata, one per place in time.

    Parameters
    ----------
    cells : DataFrame
        Contract CELLS.
    estimand : Estimand
        Whose values they are; its span and comparison do not matter here.

    Returns
    -------
    DataFrame
        unit, period, mean (missing if unknown; before any transform), weight, n, n_fewest,
        sources, and elapsed and stratum as in `draw_sample`.
    """
    mine = (cells["outcome"] == estimand.outcome) & (cells["population"] == estimand.population)
    mine &= cells["stratification"] == (estimand.strata or "none")
    if has_cohorts(estimand):  # what is taken of few columns takes little time
        names = ["unit", "cohort", "elapsed", "n", "weight", "sum", "mean", "sources"]
        return cohort_values(cells.loc[mine, names + strata(estimand)], estimand)
    names = ["unit", "period", "mean", "weight", "n", "sum_sq", "sources"]
    names += [f"c_{name}" for name in estimand.controls]
    values = cells.loc[mine, names + (["stratum"] if estimand.strata else [])]
    return values.assign(n_fewest=values["n"])


def compared_cells(cells: pd.DataFrame, units: pd.DataFrame, estimand: Estimand) -> pd.DataFrame:
    """Select the compared units' values, some missing, and join what is known of the units."""
    values = transformed(values_over_time(cells, estimand), estimand)
    values = values[compared_periods(values["period"] - axis_offset(estimand), estimand)]
    frame = values.rename(columns={"mean": "y", "weight": "weight_current"})
    frame = frame.merge(compared_units(units, estimand), on="unit", validate="many_to_one")
    if has_cohorts(estimand):
        frame = frame[~reaches_into_trial(frame, estimand)]
    last = frame.loc[frame["y"].notna(), "period"].max()
    return frame if pd.isna(last) else _not_yet_treated(frame, last)


def transformed(cells: pd.DataFrame, estimand: Estimand) -> pd.DataFrame:
    """Apply the estimand's transform to the means of cells.

    A logarithm of zero does not exist; such cells become missing, and the check
    `cells_left_out` counts them.
    """
    if estimand.transform == "log":
        return cells.assign(mean=np.log(cells["mean"].where(cells["mean"] > 0)))
    if estimand.transform == "minus_base_year":
        calendar = cells["period"].dt
        season = calendar.month if estimand.frequency == "M" else calendar.quarter
        also = [name for name in ("elapsed", "stratum") if name in cells]
        keys = cells[["unit", *also]].assign(season=season)
        base = cells.loc[calendar.year == estimand.base_year, "mean"]
        at_base = keys.loc[base.index].assign(base=base)
        return cells.assign(
            mean=cells["mean"] - keys.merge(at_base, how="left").set_axis(cells.index)["base"]
        )
    return cells


def compared_periods(periods: pd.Series, estimand: Estimand) -> pd.Series:
    """Tell which periods, or months of cohorts, an estimand compares."""
    inside = _within(periods, estimand.first_period, estimand.last_period, estimand)
    if estimand.skip_first is None or estimand.skip_last is None:
        return inside
    return inside & ~_within(periods, estimand.skip_first, estimand.skip_last, estimand)


def _within(periods: pd.Series, first: str, last: str, estimand: Estimand) -> pd.Series:
    ends = [period(text, estimand.frequency) for text in (first, last)]
    return (periods >= ends[0]) & (periods <= ends[1])


def compared_units(units: pd.DataFrame, estimand: Estimand) -> pd.DataFrame:
    """Select the rows of UNITS in both arms of an estimand's comparison, with `trial` (bool)."""
    rule = estimand.comparison_rule
    require_known(rule, units, f"comparison {estimand.comparison}")
    kept = units[~left_out(rule, units)].copy()
    kept["trial"] = kept["arm"] == "trial"
    always = treated_before(kept, estimand)
    if estimand.comparison_rule.already_treated == "left_out" and not always[kept["trial"]].all():
        kept = kept[~always].copy()  # if all are, there is no period before the start
    kept = kept[~other_groups(kept, estimand)].copy()
    if estimand.start is not None:  # a placebo start, or another definition of the start
        start = period(estimand.start, estimand.frequency)
        kept["first_treated"] = kept["first_treated"].mask(kept["trial"], start)
    else:
        last = period(estimand.last_period, estimand.frequency) + axis_offset(estimand)
        kept = _not_yet_treated(kept, last + reach(estimand))
    overlap = estimand.comparison_rule.overlap
    if overlap is not None:  # who starts after the last period is a control like others
        where = f"comparison {estimand.comparison}"
        kept = kept[beyond_reach(kept, overlap, where).eq("")]
    names = ["unit", "trial", "first_treated", "cluster", "region", "sub_region", "ely"]
    names += [name for name in CENTRES if name in kept]
    covariates = [column for column in kept.columns if str(column).startswith("x_")]
    return kept[[*names, "weight_frozen", *covariates]]


def _not_yet_treated(frame: pd.DataFrame, last: pd.Period) -> pd.DataFrame:
    """Make controls of units that start after the last period: within the span nothing treats them.

    Where all start after it there is no trial arm, and nothing is changed.
    """
    late = frame["trial"] & (frame["first_treated"] > last)
    if not late.any() or late[frame["trial"]].all():
        return frame
    return frame.assign(
        trial=frame["trial"] & ~late, first_treated=frame["first_treated"].mask(late)
    )


def other_groups(units: pd.DataFrame, estimand: Estimand) -> pd.Series:
    """Find trial units that start at another time than the group that an estimand is about.

    With units never treated as the only controls, an event study of one group has the group-time
    effects of Callaway & Sant'Anna (2021, Journal of Econometrics 225(2)), each against the period
    before the group's start.
    """
    trial = units["arm"].eq("trial")
    if estimand.group is None:
        return ~trial & trial
    other = trial & (units["first_treated"] != period(estimand.group, estimand.frequency))
    if other[trial].all():
        starts = sorted(units.loc[trial, "first_treated"].astype(str).unique())
        raise InputError(
            f"estimand {estimand.estimand}, column group: no unit that is compared starts in "
            f"{estimand.group}; starts are {some(starts, 12)}"
        )
    return other


def treated_before(units: pd.DataFrame, estimand: Estimand) -> pd.Series:
    """Find units treated before the span compared: nothing shows them untreated.

    A placebo, follow-up included, ends before any real start, since it shows what happens without
    treatment.
    """
    first, offset = units["first_treated"], axis_offset(estimand)
    if estimand.role == "placebo":
        last = period(estimand.last_period, estimand.frequency) + offset + reach(estimand)
        if (first <= last).any():
            raise InputError(
                f"estimand {estimand.estimand}, column last_period: a placebo must end before the "
                f"first real start, {first.min()}"
            )
    return units["arm"].eq("trial") & (
        first <= period(estimand.first_period, estimand.frequency) + offset
    )
