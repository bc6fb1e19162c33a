"""From a study's source to UNITS, COUNTS and CELLS, whatever the source."""

from __future__ import annotations

import zlib
from collections.abc import Iterable, Mapping
from pathlib import Path

import numpy as np
import pandas as pd

from kuntakokeilu.cells.covariates import add_covariates
from kuntakokeilu.cells.parse import first_row, numbers
from kuntakokeilu.cells.simulate import simulate_panel, simulate_persons
from kuntakokeilu.cells.statfin import read_statfin
from kuntakokeilu.cells.unit_panel import panel_units, read_panel
from kuntakokeilu.contracts import CELLS
from kuntakokeilu.errors import InputError
from kuntakokeilu.facts import Classification, period
from kuntakokeilu.io import read_csv
from kuntakokeilu.study import (
    CovariateData,
    DataSettings,
    OutcomeData,
    SimulatedSource,
    StatfinSource,
    UnitPanelSource,
)
from kuntakokeilu.study.sources import Source
from kuntakokeilu.tabular import read_table_file


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


def read_source(source: Source, path: Path, columns: Iterable[str]) -> pd.DataFrame:
    """Read one file of `source_files` as text, with the columns needed in it."""
    if isinstance(source, UnitPanelSource):
        return read_table_file(path, columns, source.written)
    return read_csv(path, columns)


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
    source = settings.source
    if isinstance(source, UnitPanelSource):
        units = panel_units(raw[source.path], source, settings)
        return units, _counts(units, None)
    assert areas is not None and classification is not None  # read_study has seen to it
    units = municipality_units(settings, areas, classification)
    units = add_covariates(units, covariates, raw, classification)
    if isinstance(source, SimulatedSource):
        persons = simulate_persons(units, source, settings.seed)
        return units.assign(weight_frozen=persons.astype(float)), _counts(units, persons)
    units["weight_frozen"] = _frozen_weight(settings, raw, units, classification)
    return units, _counts(units, None)


def municipality_units(
    settings: DataSettings, areas: pd.DataFrame, classification: Classification
) -> pd.DataFrame:
    """Describe the municipalities of the study's classification.

    The cluster is the trial area in the trial arm and the sub-region elsewhere, since areas,
    not municipalities, were given the treatment (Abadie, Athey, Imbens & Wooldridge 2023,
    Quarterly Journal of Economics 138(1), on clustering at the level of assignment).
    """
    units = classification.members().rename(columns={"code": "unit"})
    units = units.sort_values("unit", ignore_index=True)
    listed = areas.drop_duplicates("unit").set_index("unit")
    units["arm"] = units["unit"].map(listed["arm"]).fillna("control")
    trial = units["arm"] == "trial"
    units["area"] = units["unit"].map(listed["area"]).where(trial)
    units["cluster"] = units["area"].where(trial, units["sub_region"])
    start = period(str(settings.start), settings.frequency)
    never = pd.Series(pd.NaT, index=units.index, dtype=f"period[{settings.frequency}]")
    units["first_treated"] = never.mask(trial, start)
    units["weight_frozen"] = np.nan
    names = ["name_fi", "name_sv", "name_en", "arm", "area", "cluster", "first_treated"]
    return units[["unit", *names, "region", "sub_region", "ely", "weight_frozen"]]


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
    source = settings.source
    months = pd.period_range(*span, freq=settings.frequency)
    if outcome.data == "none":
        return no_cells(settings.frequency)
    if isinstance(source, SimulatedSource):
        stream = zlib.crc32(outcome.outcome.encode())
        process = source.outcomes[outcome.outcome]
        cells = simulate_panel(units, months, process, settings.seed, stream)
        return _complete(cells, outcome.outcome, "sum", "simulated")
    ((file, text),) = raw.items()
    require_range(text, outcome, source.missing, file)
    if isinstance(source, UnitPanelSource):
        cells = read_panel(text, str(outcome.column), source, settings.frequency, months)
        kind = "published_mean" if source.layout == "panel" else "sum"
        return _complete(cells, outcome.outcome, kind, "public")
    assert classification is not None  # a study of municipalities has one
    values = read_statfin(
        text,
        str(outcome.column),
        source,
        outcome.merge,
        months,
        classification,
        file,
        outcome.suppressed_as,
    )
    cells = values.rename(columns={"value": "mean"})
    cells["weight"] = cells["unit"].map(units.set_index("unit")["weight_frozen"])
    cells["sum"] = cells["mean"] * cells["weight"]
    return _complete(cells, outcome.outcome, "published_mean", "public")


def require_range(raw: pd.DataFrame, outcome: OutcomeData, missing: list[str], file: str) -> None:
    """Stop if a value lies outside the range that the outcome declares."""
    if outcome.minimum is None and outcome.maximum is None:
        return
    where = f"{file}, column {outcome.column}"
    values = numbers(raw[str(outcome.column)], missing, where)
    low = outcome.minimum if outcome.minimum is not None else -np.inf
    high = outcome.maximum if outcome.maximum is not None else np.inf
    bad = values.lt(low) | values.gt(high)
    if bad.any():
        raise InputError(
            f"{where}, row {first_row(bad)}: expected a value from {low:g} to {high:g} "
            f"({int(bad.sum())} rows outside)"
        )


def no_cells(frequency: str) -> pd.DataFrame:
    """Make CELLS without rows, for an outcome that is declared before anybody has its data."""
    empty = pd.DataFrame({name: pd.Series(dtype=object) for name in CELLS.columns})
    return empty.astype({"period": f"period[{frequency}]", "n": "Int64", "elapsed": "Int64"})


def _frozen_weight(
    settings: DataSettings,
    raw: Mapping[str, pd.DataFrame],
    units: pd.DataFrame,
    classification: Classification,
) -> pd.Series:
    source = settings.source
    assert isinstance(source, StatfinSource)
    frozen = source.frozen_weight
    if frozen is None:
        return pd.Series(np.nan, index=units.index)
    last_before = period(str(settings.start), settings.frequency) - 1
    at = period(frozen.period, settings.frequency) if frozen.period else last_before
    values = read_statfin(
        raw[frozen.path],
        frozen.column,
        source,
        "sum",
        pd.PeriodIndex([at]),
        classification,
        frozen.path,
    )
    return units["unit"].map(values.set_index("unit")["value"])


def _counts(units: pd.DataFrame, persons: pd.Series | None) -> pd.DataFrame:
    known = pd.array([pd.NA] * len(units), dtype="Int64") if persons is None else persons
    return pd.DataFrame({"unit": units["unit"], "n_persons": known}).assign(
        population="all", stratification="none", stratum="all"
    )


def _complete(cells: pd.DataFrame, outcome: str, kind: str, sources: str) -> pd.DataFrame:
    """Add the columns that are the same for every row of a source without strata."""
    defaults = {"n": pd.NA, "sum_sq": np.nan}
    missing = {name: value for name, value in defaults.items() if name not in cells}
    return cells.assign(
        **missing,
        population="all",
        stratification="none",
        stratum="all",
        cohort=None,
        elapsed=pd.array([pd.NA] * len(cells), dtype="Int64"),
        outcome=outcome,
        value_kind=kind,
        sources=sources,
    )
