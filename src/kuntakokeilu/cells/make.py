"""From a study's source to UNITS, COUNTS and CELLS, whatever the source."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pandas as pd

from kuntakokeilu.cells.covariates import add_covariates
from kuntakokeilu.cells.reader import Reader, counts_of, municipality_units, no_cells
from kuntakokeilu.cells.simulate import SimulatedReader
from kuntakokeilu.cells.statfin import StatfinReader
from kuntakokeilu.cells.unit_panel import UnitPanelReader
from kuntakokeilu.errors import InputError, UnitPeriodError
from kuntakokeilu.facts import Classification
from kuntakokeilu.io import read_csv
from kuntakokeilu.study import CovariateData, DataSettings, DataSource, OutcomeData
from kuntakokeilu.tabular import read_table_file

# By the reader that a source names; persons of registers become cells in `collapse`.
READERS: Mapping[str, type[Reader[Any]]] = {
    "statfin_long": StatfinReader,
    "unit_panel": UnitPanelReader,
    "simulated": SimulatedReader,
}


def _reader(settings: DataSettings, classification: Classification | None) -> Reader[Any]:
    return READERS[settings.source.reader](settings.source, settings, classification)


def source_files(settings: DataSettings, outcome: OutcomeData | None) -> dict[str, list[str]]:
    """Name the files a study reads, and the columns it needs in each.

    Parameters
    ----------
    settings : DataSettings
        The data part of study.yaml.
    outcome : OutcomeData or None
        The outcome whose cells are made, or None for what UNITS needs.

    Returns
    -------
    dict of str to list of str
        Path as written in the study, to columns.
    """
    if outcome is not None and outcome.data == "none":
        return {}
    return settings.source.files(outcome)


def read_source(source: DataSource, path: Path, columns: Iterable[str], name: str) -> pd.DataFrame:
    """Read one file of `source_files` as text, with the columns needed in it.

    Messages call it by its `name` in the study, as those about its content do.
    """
    if source.written is None:
        return read_csv(path, columns, name=name)
    return read_table_file(path, columns, source.written, name)


def source_notes(
    settings: DataSettings, raw: Mapping[str, pd.DataFrame], labelled: Iterable[str]
) -> list[str]:
    """Say what was read in a way that may surprise.

    Parameters
    ----------
    settings : DataSettings
        The data part of study.yaml.
    raw : mapping of str to DataFrame
        The files of `source_files(settings, None)`, as text.
    labelled : iterable of str
        Columns whose values have labels in their file.

    Returns
    -------
    list of str
        Sentences without names of persons; of units, the first few.
    """
    return _reader(settings, None).notes(raw, labelled)


@contextmanager
def with_rows(settings: DataSettings, raw: Mapping[str, pd.DataFrame]) -> Iterator[None]:
    """Tell a fault of a unit in a period with its place in the files of the source."""
    try:
        yield
    except UnitPeriodError as error:
        when = _reader(settings, None).in_files(raw, error.unit, error.period)
        raise InputError(error.told(when)) from None


def build_units(
    settings: DataSettings,
    raw: Mapping[str, pd.DataFrame],
    areas: pd.DataFrame | None,
    classification: Classification | None,
    covariates: Iterable[CovariateData] = (),
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Make UNITS and COUNTS of a study.

    Parameters
    ----------
    settings : DataSettings
        The data part of study.yaml.
    raw : mapping of str to DataFrame
        The files of `source_files(settings, None)` and of `covariate_files`, as text.
    areas : DataFrame or None
        Trial areas with columns arm, area, unit.
    classification : Classification or None
        The municipalities, for a study of municipalities.
    covariates : iterable of CovariateData
        What is known of municipalities before the start.

    Returns
    -------
    units : DataFrame
        Contract UNITS.
    counts : DataFrame
        Contract COUNTS.
    """
    known = None
    if not settings.source.own_units:
        assert areas is not None and classification is not None  # read_study has seen to it
        known = municipality_units(settings, areas, classification)
        known = add_covariates(known, covariates, raw, classification)
    units, persons = _reader(settings, classification).units(raw, known)
    return units, counts_of(units, persons)


def build_cells(
    settings: DataSettings,
    outcome: OutcomeData,
    span: tuple[str, str],
    raw: Mapping[str, pd.DataFrame],
    units: pd.DataFrame,
    classification: Classification | None,
) -> pd.DataFrame:
    """Make the CELLS of one outcome.

    Parameters
    ----------
    settings : DataSettings
        The data part of study.yaml.
    outcome : OutcomeData
        The outcome.
    span : tuple of str
        First and last period needed by any estimand.
    raw : mapping of str to DataFrame
        The files of `source_files(settings, outcome)`, as text.
    units : DataFrame
        UNITS of the study.
    classification : Classification or None
        The municipalities, for a study of municipalities.

    Returns
    -------
    DataFrame
        Contract CELLS, one row per unit and period.
    """
    if outcome.data == "none":
        return no_cells(settings.frequency)
    periods = pd.period_range(*span, freq=settings.frequency)
    return _reader(settings, classification).cells(raw, outcome, periods, units)
