"""What is known of municipalities before the start, from long files of municipality and year."""

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
from kuntakokeilu.study import Classification, CovariateData

_MISSING = ("", ".", "..", "...", "-", "NA")


def covariate_files(covariates: Iterable[CovariateData]) -> dict[str, list[str]]:
    """Name the files that covariates are read from, and the columns needed in each."""
    files: dict[str, list[str]] = {}
    for row in covariates:
        columns = files.setdefault(row.file, [])
        wanted = (row.unit_column, row.period_column, row.column)
        columns += [column for column in wanted if column not in columns]
    return files


def add_covariates(
    units: pd.DataFrame,
    covariates: Iterable[CovariateData],
    raw: Mapping[str, pd.DataFrame],
    classification: Classification,
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

    Returns
    -------
    DataFrame
        UNITS with the new columns; missing for a unit unless every year is known.

    Raises
    ------
    InputError
        Unknown code, a year twice, text in the number column, a year that the file does not
        have, or the logarithm of a number that is not positive.
    """
    columns = {
        f"x_{row.covariate}": units["unit"].map(_values(row, raw[row.file], classification))
        for row in covariates
    }
    return units.assign(**columns)


def _values(row: CovariateData, raw: pd.DataFrame, classification: Classification) -> pd.Series:
    """Read one covariate as a number for each unit."""
    years = _by_year(row, raw, classification)
    whole = years[years.notna().all(axis=1)]
    if whole.empty:
        raise InputError(
            f"{row.file}, column {row.column}: no municipality has a value in every year "
            f"{row.first_year} to {row.last_year}"
        )
    if row.kind == "level":
        return whole.mean(axis=1)
    time = whole.columns.to_numpy(float) - np.mean(whole.columns)
    return whole @ (time / (time @ time))


def _by_year(row: CovariateData, raw: pd.DataFrame, classification: Classification) -> pd.DataFrame:
    """Read the values of one covariate, units of the classification by year."""
    where = f"{row.file}, column {row.column}"
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
    require_once(frame, row.file)
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
