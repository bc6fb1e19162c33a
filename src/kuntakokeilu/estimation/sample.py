"""From cells to the rows that one estimand compares."""

from __future__ import annotations

import numpy as np
import pandas as pd

from kuntakokeilu.errors import InputError, some
from kuntakokeilu.estimation.balance import balanced_weights
from kuntakokeilu.study import Estimand, left_out, period


def draw_sample(cells: pd.DataFrame, units: pd.DataFrame, estimand: Estimand) -> pd.DataFrame:
    """Select the units, periods and weights of an estimand.

    Parameters
    ----------
    cells : DataFrame
        Contract CELLS.
    units : DataFrame
        Contract UNITS.
    estimand : Estimand
        What is compared, when, and how units are weighted.

    Returns
    -------
    DataFrame
        One row per unit and period with a known outcome, without units treated in all of the
        span, and in a balanced comparison without units that lack a covariate it is balanced on,
        and controls that nobody is matched to: unit, period, y, w (weight), n,
        trial, treated (bool), event_time (bins since the start; missing for units never
        treated), first_treated, cluster, region, sub_region, ely, covariates x_*, sources.

    Raises
    ------
    InputError
        The weights or a covariate asked for do not exist for a compared unit.
    """
    frame = _known_cells(cells, units, estimand)
    balance = estimand.comparison_rule.balance
    if balance is not None:
        known = frame[[f"x_{name}" for name in balance.covariates]].notna().all(axis=1)
        frame = frame[known].reset_index(drop=True)
    frame["w"] = _weights(frame, estimand)
    if balance is not None and frame["trial"].nunique() == 2:
        by_unit = frame.drop_duplicates("unit").set_index("unit")
        frame["w"] = frame["unit"].map(balanced_weights(by_unit, balance))
        frame = frame[frame["w"] != 0].reset_index(drop=True)
    _require_covariates(frame, estimand)
    frame["treated"] = frame["trial"] & (frame["period"] >= frame["first_treated"])
    frame["event_time"] = _event_time(frame, estimand.periods_per_bin)
    return frame


def _known_cells(cells: pd.DataFrame, units: pd.DataFrame, estimand: Estimand) -> pd.DataFrame:
    """Select the compared units' cells with a value, and join what is known of the units."""
    compared = compared_units(units, estimand)
    mine = (cells["outcome"] == estimand.outcome) & (cells["population"] == estimand.population)
    values = transformed(cells[mine], estimand)
    chosen = values[_compared_periods(values["period"], estimand) & values["mean"].notna()]
    columns = ["unit", "period", "mean", "weight", "n", "sources"]
    frame = chosen[columns].rename(columns={"mean": "y", "weight": "weight_current"})
    frame = frame.merge(compared, on="unit", validate="many_to_one")
    return frame.sort_values(["unit", "period"], ignore_index=True)


def not_identified(frame: pd.DataFrame) -> str | None:
    """Say why a difference-in-differences does not exist in a sample, or None if it does."""
    trial, control = frame[frame["trial"]], frame[~frame["trial"]]
    after = control["period"] >= trial["first_treated"].min()
    reasons = {
        "no_data": frame.empty,
        "no_trial": trial.empty,
        "no_control": control.empty,
        "no_balance": control["w"].isna().any(),
        "no_pre_period": trial["treated"].all() or after.all(),
        "no_post_period": not trial["treated"].any() or not after.any(),
    }
    return next((reason for reason, applies in reasons.items() if applies), None)


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
        keys = pd.DataFrame({"unit": cells["unit"], "season": season}, index=cells.index)
        base = cells.loc[calendar.year == estimand.base_year, "mean"]
        at_base = keys.loc[base.index].assign(base=base)
        return cells.assign(
            mean=cells["mean"] - keys.merge(at_base, how="left").set_axis(cells.index)["base"]
        )
    return cells


def cells_left_out(cells: pd.DataFrame, units: pd.DataFrame, estimand: Estimand) -> float:
    """Share of the compared unit-periods that have no value."""
    frame = _known_cells(cells, units, estimand)
    mine = (cells["outcome"] == estimand.outcome) & (cells["population"] == estimand.population)
    wanted = cells[mine & cells["unit"].isin(compared_units(units, estimand)["unit"])]
    total = int(_compared_periods(wanted["period"], estimand).sum())
    return 1 - len(frame) / total if total else 1.0


def _compared_periods(periods: pd.Series, estimand: Estimand) -> pd.Series:
    inside = periods.between(
        period(estimand.first_period, estimand.frequency),
        period(estimand.last_period, estimand.frequency),
    )
    if estimand.skip_first is None or estimand.skip_last is None:
        return inside
    return inside & ~periods.between(
        period(estimand.skip_first, estimand.frequency),
        period(estimand.skip_last, estimand.frequency),
    )


def compared_units(units: pd.DataFrame, estimand: Estimand) -> pd.DataFrame:
    """Select the rows of UNITS in both arms of an estimand's comparison, with `trial` (bool)."""
    rule = estimand.comparison_rule
    absent = set(rule.exclude_units) - set(units["unit"])
    if absent:
        raise InputError(
            f"comparison {estimand.comparison}: exclude_units names {some(sorted(absent))}, "
            "which the study does not have"
        )
    kept = units[~left_out(rule, units)].copy()
    kept["trial"] = kept["arm"] == "trial"
    always = _always_treated(kept, estimand)
    if not always[kept["trial"]].all():  # if all are, there is no period before the start
        kept = kept[~always].copy()
    if estimand.start is not None:  # a placebo start, or another definition of the start
        start = period(estimand.start, estimand.frequency)
        kept["first_treated"] = kept["first_treated"].mask(kept["trial"], start)
    names = ["unit", "trial", "first_treated", "cluster", "region", "sub_region", "ely"]
    covariates = [column for column in kept if column.startswith("x_")]
    return kept[[*names, "weight_frozen", *covariates]]


def _always_treated(units: pd.DataFrame, estimand: Estimand) -> pd.Series:
    """Find units treated before the span compared: nothing shows them untreated.

    A placebo ends before any real start, since it shows what happens without treatment.
    """
    first = units["first_treated"]
    if estimand.role == "placebo":
        early = first <= period(estimand.last_period, estimand.frequency)
        if early.any():
            raise InputError(
                f"estimand {estimand.estimand}, column last_period: a placebo must end before the "
                f"first real start, {first.min()}"
            )
    return units["trial"] & (first <= period(estimand.first_period, estimand.frequency))


def _weights(frame: pd.DataFrame, estimand: Estimand) -> pd.Series:
    if estimand.weights == "municipality":
        return pd.Series(1.0, index=frame.index)
    if estimand.weights == "area":
        return 1.0 / frame.groupby("cluster")["unit"].transform("nunique")
    column = "weight_frozen" if estimand.weights == "persons_frozen" else "weight_current"
    weights = frame[column]
    bad = ~(weights > 0)
    if bad.any():
        raise InputError(
            f"estimand {estimand.estimand}, weights {estimand.weights}: no positive number of "
            f"persons for unit {some(frame.loc[bad, 'unit'].unique())}"
        )
    return weights


def _require_covariates(frame: pd.DataFrame, estimand: Estimand) -> None:
    for name in estimand.covariates:
        bad = frame[f"x_{name}"].isna()
        if bad.any():
            raise InputError(
                f"estimand {estimand.estimand}, covariate {name}: not known before the start "
                f"for unit {some(frame.loc[bad, 'unit'].unique())}"
            )


def _event_time(frame: pd.DataFrame, periods_per_bin: int) -> pd.Series:
    """Count bins since the start: the start opens bin 0, bin -1 ends just before it."""
    ever = frame["first_treated"].notna()
    since = frame.loc[ever, "period"].astype("int64") - frame.loc[ever, "first_treated"].astype(
        "int64"
    )
    return (since // periods_per_bin).astype("Int64").reindex(frame.index)
