"""What every kind of source does to become UNITS, COUNTS and CELLS, and what it shares."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Generic, TypeVar

import numpy as np
import pandas as pd

from kuntakokeilu.cells.parse import first_row, numbers
from kuntakokeilu.contracts import CELLS
from kuntakokeilu.errors import InputError, counted
from kuntakokeilu.facts import Classification, period
from kuntakokeilu.study import DataSettings, DataSource, OutcomeData

S = TypeVar("S", bound=DataSource)


@dataclass(frozen=True)
class Reader(ABC, Generic[S]):
    """How one kind of source becomes units and cells.

    Attributes
    ----------
    source : DataSource
        Of the kind that the reader reads.
    settings : DataSettings
        The data part of study.yaml.
    classification : Classification or None
        The municipalities, for a study of municipalities.
    """

    source: S
    settings: DataSettings
    classification: Classification | None

    @property
    def municipalities(self) -> Classification:
        """The classification, which `read_study` has asked for where units are municipalities."""
        assert self.classification is not None
        return self.classification

    @abstractmethod
    def units(
        self, raw: Mapping[str, pd.DataFrame], known: pd.DataFrame | None
    ) -> tuple[pd.DataFrame, pd.Series | None]:
        """Make UNITS, and count the persons of each unit if they are known.

        Parameters
        ----------
        raw : mapping of str to DataFrame
            The files of the source, as text.
        known : DataFrame or None
            The municipalities without weights, unless the units are those of the file.
        """

    @abstractmethod
    def cells(
        self,
        raw: Mapping[str, pd.DataFrame],
        outcome: OutcomeData,
        span: pd.PeriodIndex,
        units: pd.DataFrame,
    ) -> pd.DataFrame:
        """Make the CELLS of one outcome over a span."""

    def in_files(self, raw: Mapping[str, pd.DataFrame], unit: str, period: pd.Period) -> str:
        """Write the period of a unit as the files do, with its place if it has one."""
        return str(period)

    def notes(self, raw: Mapping[str, pd.DataFrame], labelled: Iterable[str]) -> list[str]:
        """Say what is read in a way that may surprise."""
        return []


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
    never = pd.Series(pd.NaT, index=units.index, dtype=pd.PeriodDtype(settings.frequency))
    units["first_treated"] = never.mask(trial, start)
    units["weight_frozen"] = np.nan
    names = ["name_fi", "name_sv", "name_en", "arm", "area", "cluster", "first_treated"]
    return units[["unit", *names, "region", "sub_region", "ely", "weight_frozen"]]


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
            f"({counted(bad.sum(), 'row')} outside)"
        )


def no_cells(frequency: str) -> pd.DataFrame:
    """Make CELLS without rows, for an outcome that is declared before anybody has its data."""
    names = [name for name, column in CELLS.columns.items() if not column.regex]
    empty = pd.DataFrame({name: pd.Series(dtype=object) for name in names})
    return empty.astype({"period": f"period[{frequency}]", "n": "Int64", "elapsed": "Int64"})


def counts_of(units: pd.DataFrame, persons: pd.Series | None) -> pd.DataFrame:
    """Make COUNTS of a source without strata."""
    known = pd.array([pd.NA] * len(units), dtype="Int64") if persons is None else persons
    return pd.DataFrame({"unit": units["unit"], "n_persons": known}).assign(
        population="all", stratification="none", stratum="all"
    )


def complete(cells: pd.DataFrame, outcome: str, kind: str, sources: str) -> pd.DataFrame:
    """Add the columns that are the same for every row of a source without strata."""
    defaults: dict[str, Any] = {"n": pd.NA, "sum_sq": np.nan}
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
