"""What is known of municipalities before the start: from long files by year, or their own cells."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

import numpy as np
import pandas as pd

from kuntakokeilu.cells.parse import (
    NOT_MUNICIPALITIES,
    first_row,
    municipality_codes,
    numbers,
    periods,
    require_once,
)
from kuntakokeilu.errors import InputError, some
from kuntakokeilu.facts import Classification
from kuntakokeilu.study import CovariateData

_MISSING = ("", ".", "..", "...", "-", "NA")


def covariate_files(covariates: Iterable[CovariateData]) -> dict[str, list[str]]:
    """Name the files that covariates are read from, and the columns needed in each."""
    files: dict[str, list[str]] = {}
    for row in covariates:
        if row.file is None:
            continue
        columns = files.setdefault(row.file, [])
        wanted = (row.unit_column, row.period_column, row.column)
        columns += [column for column in wanted if column and column not in columns]
    return files


def add_covariates(
    units: pd.DataFrame,
    covariates: Iterable[CovariateData],
    raw: Mapping[str, pd.DataFrame],
    classification: Classification,
    cells: pd.DataFrame | None = None,
) -> pd.DataFrame:
    """Add a column x_<covariate> to UNITS for each covariate.

    Parameters
    ----------
    units : DataFrame
        Contract UNITS.
    covariates : iterable of CovariateData
        What to read, and how to put the years together.
    raw : mapping of str to DataFrame
        The files of `covariate_files`, as text.
    classification : Classification
        The study's municipalities.
    cells : DataFrame, optional
        Contract CELLS, for covariates that are an outcome before the start.

    Returns
    -------
    DataFrame
        UNITS with the new columns; missing for a unit unless every year is known. A covariate
        made of cells has persons_<covariate> beside it, for `disclosure`.

    Raises
    ------
    InputError
        Unknown code, a year twice, text in the number column, a year that the file does not
        have, or the logarithm of a number that is not positive.
    """
    columns = {}
    for row in covariates:
        where = f"{row.file}, column {row.column}"
        if row.file is None:
            where = f"covariate {row.covariate}, outcome {row.outcome} of {row.population}"
            years = _years_of_cells(row, cells, where)
            assert cells is not None  # else the years could not be read
            persons = units["unit"].map(_inside(row, cells).groupby("unit")["n"].min())
            columns[f"persons_{row.covariate}"] = persons.astype("Int64")
        else:
            years = _by_year(row, raw[row.file], classification)
        columns[f"x_{row.covariate}"] = units["unit"].map(_combined(row, years, where))
    return units.assign(**columns)


def _combined(row: CovariateData, years: pd.DataFrame, where: str) -> pd.Series:
    """Put the years of one covariate together as a number for each unit."""
    whole = years[years.notna().all(axis=1)]
    if whole.empty:
        raise InputError(
            f"{where}: no municipality has a value in every year "
            f"{row.first_year} to {row.last_year}"
        )
    if row.kind == "level":
        return whole.mean(axis=1)
    time = whole.columns.to_numpy(float) - np.mean(whole.columns)
    return whole @ (time / (time @ time))


def _years_of_cells(row: CovariateData, cells: pd.DataFrame | None, where: str) -> pd.DataFrame:
    """Average an outcome's months, or the persons behind them, for each unit and year."""
    if cells is None:
        raise InputError(f"{where}: the study's source has no cells of its own before the start")
    inside = _inside(row, cells)
    if inside["cohort"].notna().any():
        raise InputError(f"{where}: expected a population without cohorts")
    year = inside["period"].dt.year.rename("period")
    values = inside[row.column].astype(float).groupby([inside["unit"], year])
    # A unit without anybody in some month has no cell there; the year is then not known in full.
    months = inside["period"].drop_duplicates().dt.year.value_counts()
    known = values.mean().where(values.count() == months.reindex(values.count().index, level=1))
    years = known.unstack("period").reindex(columns=range(row.first_year, row.last_year + 1))
    return years.where(years > 0).apply(np.log) if row.transform == "log" else years


def _inside(row: CovariateData, cells: pd.DataFrame) -> pd.DataFrame:
    """Select the cells that a covariate is made of."""
    mine = (cells["outcome"] == row.outcome) & (cells["population"] == row.population)
    mine &= cells["stratification"] == "none"
    return cells[mine & cells["period"].dt.year.between(row.first_year, row.last_year)]


def _by_year(row: CovariateData, raw: pd.DataFrame, classification: Classification) -> pd.DataFrame:
    """Read the values of one covariate, units of the classification by year."""
    file = str(row.file)
    where = f"{file}, column {row.column}"
    data = raw[~raw[row.unit_column].str.strip().str.match(NOT_MUNICIPALITIES)]
    year = periods(data[row.period_column], "Y", f"{row.file}, column {row.period_column}")
    data = data[year.dt.year.between(row.first_year, row.last_year)]
    frame = pd.DataFrame(
        {
            "unit": municipality_codes(data[row.unit_column]),
            "period": year[data.index].dt.year,
            "value": numbers(data[row.column], _MISSING, where),
        }
    )
    require_once(frame, file)
    wanted = range(row.first_year, row.last_year + 1)
    lacking = sorted(set(wanted) - set(frame["period"]))
    if lacking:
        raise InputError(f"{row.file}, column {row.period_column}: no rows of {some(lacking)}")
    bad = frame["value"] <= 0
    if row.transform == "log" and bad.any():
        raise InputError(f"{where}, row {first_row(bad)}: expected a positive number for its log")
    codes = classification.translate(frame["unit"], f"{row.file}, column {row.unit_column}")
    groups = frame.assign(unit=codes).groupby(["unit", "period"])["value"]
    # ASSUME: a rate of a merged municipality is the plain mean of its parts' rates. What would
    # weight them differs by rate (labour force, population, persons of working age).
    values = groups.sum() if row.merge == "sum" else groups.mean()
    values = values.where(groups.count() == groups.size())
    return (np.log(values) if row.transform == "log" else values).unstack("period")
