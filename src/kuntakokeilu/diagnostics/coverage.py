"""Which cells have a value, and how the plain means of both arms move."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import pandas as pd

from kuntakokeilu.contracts import COVERAGE, COVERED, conform
from kuntakokeilu.diagnostics.pretrends import pooled
from kuntakokeilu.estimation import amounts_by_arm, compared_units, values_over_time
from kuntakokeilu.facts import period
from kuntakokeilu.study import Estimand


def _known_sum(values: pd.Series) -> Any:
    """Add values; one that is not known makes the sum unknown."""
    return values.sum() if values.notna().all() else pd.NA


def coverage(
    cells: pd.DataFrame,
    units: pd.DataFrame,
    estimand: Estimand,
    span: Sequence[str] | None = None,
) -> pd.DataFrame:
    """Count the units with a value in each arm and period of one outcome.

    Parameters
    ----------
    cells : DataFrame
        Contract CELLS of one outcome.
    units : DataFrame
        Contract UNITS.
    estimand : Estimand
        The estimand that leads the outcome: its comparison says which units the arms hold.
    span : sequence of str, optional
        First and last period counted; by default those of the cells, which reach further back
        where there are false starts.

    Returns
    -------
    DataFrame
        Contract COVERAGE, for every period of the span; cohorts stand at their place in time and
        have the mean of the estimand's months since entry, and persons are those of the month
        with fewest. The mean is of published or summed cell means, each unit equal and before
        any transform: it describes the data, it estimates nothing.
    """
    cells = _within(cells, estimand, span)
    arms = _arms(units, estimand)
    rows = _rows(cells, arms, estimand)
    known = rows[rows["mean"].notna()]
    keys = ["outcome", "arm", "period"]
    groups = known.groupby(keys)
    # one unpublished count makes the total unknown
    persons = groups["n_fewest"].agg(_known_sum)
    table = pd.DataFrame(
        {
            "n_units": rows.groupby(keys)["arm"].first().map(arms.value_counts()),
            "n_known": groups["unit"].nunique(),
            "n_persons": persons,
            "mean": groups["mean"].mean(),
        }
    )
    of_arms = known.assign(trial=known["arm"].eq("trial"))
    shares = amounts_by_arm(cells, of_arms, pooled(estimand))
    if shares is not None:
        places = [(arm == "trial", period) for _, arm, period in table.index]
        table[shares.columns] = shares.reindex(places).to_numpy()
    table = table.reset_index()
    table["n_known"] = table["n_known"].fillna(0)
    return conform(table.astype({"n_persons": "Int64"}), COVERAGE)


def covered(
    cells: pd.DataFrame,
    units: pd.DataFrame,
    estimand: Estimand,
    span: Sequence[str] | None = None,
) -> pd.DataFrame:
    """Name the units that each mean of `coverage` is over, with their persons and values.

    Parameters
    ----------
    cells, units, estimand, span
        As `coverage` takes them.

    Returns
    -------
    DataFrame
        Contract COVERED.
    """
    rows = _rows(_within(cells, estimand, span), _arms(units, estimand), estimand)
    known = rows[rows["mean"].notna()].assign(
        population=estimand.population,
        period=lambda frame: frame["period"].astype(str),
        n_persons=lambda frame: frame["n_fewest"].astype("Int64"),
    )
    return conform(known[list(COVERED.columns)], COVERED)


def _within(cells: pd.DataFrame, estimand: Estimand, span: Sequence[str] | None) -> pd.DataFrame:
    if span is None:
        return cells
    first, last = (period(text, estimand.frequency) for text in span)
    return cells[(cells["period"] >= first) & (cells["period"] <= last)]


def _arms(units: pd.DataFrame, estimand: Estimand) -> pd.Series:
    compared = compared_units(units, estimand).set_index("unit")
    return compared["trial"].map({True: "trial", False: "control"})


def _rows(cells: pd.DataFrame, arms: pd.Series, estimand: Estimand) -> pd.DataFrame:
    """Select the values of an estimand's units, one per unit and period."""
    values = values_over_time(cells, pooled(estimand).model_copy(update={"strata": None}))
    rows = values.assign(arm=values["unit"].map(arms), outcome=estimand.outcome)
    return rows[rows["arm"].notna()]
