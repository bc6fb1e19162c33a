"""UNITS, COUNTS and the cells of one outcome, for a study whose cells were collapsed from persons.

The collapse itself, the last step that sees persons, is in `collapse`.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

import pandas as pd

from kuntakokeilu.cells.covariates import add_covariates
from kuntakokeilu.cells.reader import municipality_units, no_cells
from kuntakokeilu.facts import Classification, period
from kuntakokeilu.study import CovariateData, DataSettings


def register_units(
    settings: DataSettings,
    cells: pd.DataFrame,
    raw: Mapping[str, pd.DataFrame],
    areas: pd.DataFrame,
    classification: Classification,
    covariates: Iterable[CovariateData] = (),
) -> pd.DataFrame:
    """Make UNITS of a study of registers; the weights are persons before the start.

    Parameters
    ----------
    settings : DataSettings
        The data part of study.yaml, with a RegisterSource.
    cells : DataFrame
        Contract CELLS, all outcomes of the population that weights come from, and the outcomes that
        are covariates.
    raw : mapping of str to DataFrame
        The files of `covariate_files`, as text.
    areas : DataFrame
        Trial areas with columns arm, area, unit.
    classification : Classification
        The municipalities.
    covariates : iterable of CovariateData
        What is known of municipalities before the start.

    Returns
    -------
    DataFrame
        Contract UNITS.
    """
    source = settings.source.registers
    assert source is not None
    units = municipality_units(settings, areas, classification)
    units = add_covariates(units, covariates, raw, classification, cells)
    start = period(str(settings.start), settings.frequency)
    persons = persons_before(cells, source.weights_from, start)
    return units.assign(weight_frozen=units["unit"].map(persons).fillna(0.0))


def persons_before(cells: pd.DataFrame, population: str, start: pd.Period) -> pd.Series:
    """Count the persons of a population in each unit at its last date before the start.

    For a population with cohorts these are the members of the last cohort, at its first month;
    for one without, those of the last month. Outcomes may be unknown for some of them, so the
    outcome with most persons counts.

    Returns
    -------
    Series of float
        Persons by unit; units without any are not there.
    """
    mine = cells[(cells["population"] == population) & (cells["stratification"] == "none")]
    if mine["cohort"].notna().any():
        mine = mine[mine["cohort"] < str(start)]
        mine = mine[mine["cohort"] == mine["cohort"].max()]
        mine = mine[mine["elapsed"] == mine["elapsed"].min()]
    else:
        mine = mine[mine["period"] < start]
        mine = mine[mine["period"] == mine["period"].max()]
    return mine.groupby("unit")["n"].max().astype(float)


def outcome_cells(cells: pd.DataFrame, outcome: str) -> pd.DataFrame:
    """Select the cells of one outcome from those of all: contract CELLS.

    There are none of an outcome that is declared before anybody has its data.
    """
    mine = cells[cells["outcome"] == outcome]
    return mine if len(mine) else no_cells("M")


def join_cells(parts: Sequence[pd.DataFrame], outcome: str) -> pd.DataFrame:
    """Put the cells of one outcome together from those of several populations: contract CELLS."""
    return outcome_cells(pd.concat(parts, ignore_index=True), outcome) if parts else no_cells("M")
