"""Any panel: a table with a unit, a period and outcomes, mapped by configuration."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Any

import numpy as np
import pandas as pd

from kuntakokeilu.cells.panel_starts import starts_notes, with_starts
from kuntakokeilu.cells.panel_treatment import (
    as_in_file,
    ended_marks,
    first_treated,
    marks,
    read_periods,
    treatment_columns,
)
from kuntakokeilu.cells.parse import (
    first_row,
    numbers,
    require_complete,
    require_once,
    without_decimals,
)
from kuntakokeilu.cells.reader import Reader, complete, require_range
from kuntakokeilu.errors import InputError, counted, some
from kuntakokeilu.facts import period as to_period
from kuntakokeilu.study import DataSettings, OutcomeData, UnitPanelSource
from kuntakokeilu.study.panel_source import MISSING


class UnitPanelReader(Reader[UnitPanelSource]):
    """Reads units, periods and outcomes from one file."""

    def units(
        self, raw: Mapping[str, pd.DataFrame], known: pd.DataFrame | None
    ) -> tuple[pd.DataFrame, pd.Series | None]:
        """Read the units of the file; nobody says how many persons they have."""
        return panel_units(*self._whole(raw), self.settings), None

    def cells(
        self,
        raw: Mapping[str, pd.DataFrame],
        outcome: OutcomeData,
        span: pd.PeriodIndex,
        units: pd.DataFrame,
    ) -> pd.DataFrame:
        """Read the outcome of a panel, or collapse a cross-section's."""
        text, source = self._whole(raw)
        require_range(text, outcome, source.missing, source.path)
        cells = read_panel(text, outcome, source, self.settings.frequency, span)
        kind = "published_mean" if source.layout == "panel" else "sum"
        return complete(cells, outcome.outcome, kind, "public")

    def in_files(self, raw: Mapping[str, pd.DataFrame], unit: str, period: pd.Period) -> str:
        """Write a period as the one file does, and name its row."""
        text = raw[self.source.path]
        keys = panel_keys(text, self.source, self.settings.frequency)
        here = (keys["unit"] == unit) & (keys["period"] == period)
        place = f" ({self.source.path}, row {first_row(here)})" if here.any() else ""
        return as_in_file(self.source)(period) + place

    def notes(self, raw: Mapping[str, pd.DataFrame], labelled: Iterable[str]) -> list[str]:
        """Say whose treatment, and which values, are read in a way that may surprise."""
        told = panel_notes(*self._whole(raw), self.settings, labelled)
        return starts_notes(raw, self.source) + told

    def _whole(self, raw: Mapping[str, pd.DataFrame]) -> tuple[pd.DataFrame, UnitPanelSource]:
        """Put what a second file says of starts beside the rows of the panel."""
        return with_starts(raw, self.source, self.settings.frequency)


def panel_keys(raw: pd.DataFrame, source: UnitPanelSource, frequency: str) -> pd.DataFrame:
    """Read the unit and period of every row.

    Parameters
    ----------
    raw : DataFrame of str
        The file as text.
    source : UnitPanelSource
        The mapping of columns.
    frequency : str
        The study's frequency.

    Returns
    -------
    DataFrame
        unit, period; same index as `raw`.
    """
    file = source.path
    parts = [without_decimals(raw[column]) for column in source.unit]
    for column, part in zip(source.unit, parts, strict=True):
        _require_filled(part, f"{file}, column {column}")
    unit = parts[0].str.cat(parts[1:], sep="-")  # type: ignore[arg-type]  # not in the stubs
    where = f"{file}, column {source.period}"
    period = read_periods(raw[source.period], source, frequency, where)
    return pd.DataFrame({"unit": unit, "period": period})


def read_panel(
    raw: pd.DataFrame,
    outcome: OutcomeData,
    source: UnitPanelSource,
    frequency: str,
    span: pd.PeriodIndex,
) -> pd.DataFrame:
    """Collapse one outcome of a panel or repeated cross-section into unit x period values.

    Returns
    -------
    DataFrame
        unit, period, n (rows of a cross-section, or the count of a mean), weight, sum, sum_sq and
        mean. A missing outcome leaves a panel cell with a missing mean and drops out of a
        cross-section cell.

    Raises
    ------
    InputError
        Text in a number column, a duplicated unit-period in a panel, or a missing one in a
        balanced panel.
    """
    data = panel_keys(raw, source, frequency)
    column = str(outcome.column)
    data["y"] = numbers(raw[column], source.missing, f"{source.path}, column {column}")
    data["w"] = _weights(raw, source)
    data["spread"] = _spread(raw, outcome.std_dev, source)
    for name in source.controls:
        data[f"c_{name}"] = numbers(raw[name], source.missing, f"{source.path}, column {name}")
    units = data["unit"].unique()
    said = as_in_file(source)
    _require_reach(data["period"], span, f"{source.path}, column {source.period}", said)
    data = data[data["period"].isin(span)]
    if source.layout != "repeated_cross_section":
        require_once(data, source.path, said)
    waves = [to_period(text, frequency) for text in source.waves.values()]
    expected = pd.PeriodIndex([p for p in span if not waves or p in waves], freq=frequency)
    if source.balanced:
        otherwise = ", or balanced: false in source"
        require_complete(data, units, expected, source.path, otherwise, said)
    controls = _control_means(data, [f"c_{name}" for name in source.controls])
    return _collapse(data, source.layout).merge(controls, on=["unit", "period"])


def panel_units(raw: pd.DataFrame, source: UnitPanelSource, settings: DataSettings) -> pd.DataFrame:
    """Describe the units of a panel: arm, first treatment, cluster, weight, covariates.

    Returns
    -------
    DataFrame
        Follows the contract UNITS.

    Raises
    ------
    InputError
        A unit's treatment start or cluster changes over its rows, its treatment ends again, or it
        starts at another time than study.yaml says.
    """
    frequency = settings.frequency
    data = panel_keys(raw, source, frequency)
    data["first_treated"] = first_treated(data, raw, source, settings)
    data["cluster"] = data["unit"]
    if source.cluster:
        data["cluster"] = raw[source.cluster].str.strip()
        _require_filled(data["cluster"], f"{source.path}, column {source.cluster}")
    has_weights = source.weight or source.count
    data["weight_frozen"] = _weights(raw, source) if has_weights else np.nan
    data["region"] = None
    if source.region:
        data["region"] = raw[source.region].str.strip()
        _require_filled(data["region"], f"{source.path}, column {source.region}")
        _require_constant(data, "region", f"{source.path}, column {source.region}")
    for name in source.covariates:
        where = f"{source.path}, column {name}"
        data[f"x_{name}"] = numbers(raw[name], source.missing, where)
    treatment = treatment_columns(source)
    said = as_in_file(source)
    _require_constant(data, "first_treated", f"{source.path}, column {treatment}", said)
    _require_constant(data, "cluster", f"{source.path}, column {source.cluster}")
    if data["first_treated"].isna().all():
        raise InputError(f"{source.path}, column {treatment}: no unit is ever treated")
    _require_start(data, settings, f"{source.path}, column {treatment}")
    fixed = data.groupby("unit", sort=True)[["first_treated", "cluster", "region"]].first()
    fixed["first_treated"] = fixed["first_treated"].astype(pd.PeriodDtype(frequency))
    before = data[data["period"] < data["first_treated"].dropna().min()]
    covariates = [name for name in data.columns if name.startswith("x_")]
    weighed = _of_weight_period(before, source, frequency)
    persons = weighed.groupby(["unit", "period"])["weight_frozen"].sum(min_count=1)
    units = fixed.join(before.groupby("unit")[covariates].mean())
    units = units.join(persons.groupby("unit").mean()).reset_index()
    units["arm"] = np.where(units["first_treated"].notna(), "trial", "control")
    for language in ("fi", "sv", "en"):
        units[f"name_{language}"] = units["unit"]
    return units.assign(
        area=units["cluster"].where(units["arm"] == "trial"), sub_region=None, ely=None
    )


def _of_weight_period(
    before: pd.DataFrame, source: UnitPanelSource, frequency: str
) -> pd.DataFrame:
    """Take the rows whose weights are frozen: those of one period, if the study names it."""
    if source.weight_period is None:
        return before
    chosen = before[before["period"] == to_period(str(source.weight_period), frequency)]
    if chosen.empty:
        raise InputError(
            f"{source.path}: source.weight_period {source.weight_period}: no rows of a period "
            "before the first start"
        )
    return chosen


def _weights(raw: pd.DataFrame, source: UnitPanelSource) -> pd.Series:
    if source.count is not None:
        return _counts(raw, source.count, source.path)
    if source.weight is None:
        return pd.Series(1.0, index=raw.index)
    where = f"{source.path}, column {source.weight}"
    none = raw[source.weight].str.strip().isin(source.missing)
    if none.any():
        raise InputError(
            f"{where}, row {first_row(none)}: expected a weight, found none (rows without: "
            f"{int(none.sum())})"
        )
    weights = numbers(raw[source.weight], [], where)
    if (weights < 0).any():
        raise InputError(f"{where}, row {first_row(weights < 0)}: expected a weight of 0 or more")
    return weights


def _counts(raw: pd.DataFrame, column: str, file: str) -> pd.Series:
    counts = numbers(raw[column], [], f"{file}, column {column}")
    bad = counts.lt(1) | counts.mod(1).ne(0)
    if bad.any():
        raise InputError(
            f"{file}, column {column}, row {first_row(bad)}: expected a whole number of 1 or more "
            f"({counted(bad.sum(), 'such row')})"
        )
    return counts


def _spread(raw: pd.DataFrame, column: str | None, source: UnitPanelSource) -> pd.Series:
    """Read standard deviations within cells; missing where nobody gives them."""
    if column is None:
        return pd.Series(np.nan, index=raw.index)
    where = f"{source.path}, column {column}"
    spread = numbers(raw[column], source.missing, where)
    if (spread < 0).any():
        raise InputError(f"{where}, row {first_row(spread < 0)}: expected 0 or more")
    return spread


def _counted(data: pd.DataFrame) -> pd.DataFrame:
    """Make cells of means: n and the spread around a mean give the sum of squares."""
    n, mean = data["w"], data["y"]
    within = ((n - 1) * data["spread"] ** 2).mask(n == 1, 0.0)  # one alone has no spread
    cells = data[["unit", "period"]].assign(
        n=n.astype("Int64"), weight=n, sum=n * mean, sum_sq=within + n * mean**2, mean=mean
    )
    return cells.sort_values(["unit", "period"], ignore_index=True)


def _collapse(data: pd.DataFrame, layout: str) -> pd.DataFrame:
    if layout == "cell_means":
        return _counted(data)
    known = data if layout == "panel" else data.dropna(subset=["y"])
    products = known.assign(wy=known["w"] * known["y"], wyy=known["w"] * known["y"] ** 2)
    cells = (
        products.groupby(["unit", "period"], sort=True)
        .agg(
            n=("y", "size"),
            weight=("w", "sum"),
            sum=("wy", lambda s: s.sum(skipna=False)),
            sum_sq=("wyy", lambda s: s.sum(skipna=False)),
        )
        .reset_index()
    )
    cells["mean"] = cells["sum"] / cells["weight"]
    if layout == "panel":  # a row is a unit, not a person
        cells["mean"] = known.sort_values(["unit", "period"])["y"].to_numpy()
        cells["n"] = pd.array([pd.NA] * len(cells), dtype="Int64")
    return cells


def _control_means(data: pd.DataFrame, names: list[str]) -> pd.DataFrame:
    """Take the weighted mean of each control in each cell, over the rows with a value."""
    keys = ["unit", "period"]
    means = data[keys].drop_duplicates()
    for name in names:
        known = data.dropna(subset=["y", name])
        alone = ~known.duplicated(keys, keep=False)  # its own mean, whatever it weighs
        w = known["w"].mask(alone, 1.0)
        sums = known[keys].assign(w=w, wc=w * known[name]).groupby(keys).sum()
        means = means.merge((sums["wc"] / sums["w"]).rename(name), on=keys, how="left")
    return means


def _require_start(data: pd.DataFrame, settings: DataSettings, where: str) -> None:
    """Stop if the data have another start than the study says."""
    if settings.start is None:
        return
    start = to_period(settings.start, settings.frequency)
    other = data.loc[data["first_treated"].notna() & (data["first_treated"] != start)]
    if len(other):
        raise InputError(
            f"{where}: {counted(other['unit'].nunique(), 'unit starts', 'units start')} at "
            f"another time than the start {settings.start} in study.yaml, first "
            f"{some(other['unit'].unique(), 3)}; leave the key start out where units start at "
            "different times"
        )


def _require_reach(
    found: pd.Series, span: pd.PeriodIndex, where: str, said: Callable[[pd.Period], str]
) -> None:
    """Stop if the periods compared begin before, or end after, those of the file."""
    ends = (found.min(), found.max(), span[0], span[-1])
    if ends[2] < ends[0] or ends[3] > ends[1]:
        first, last, begin, end = map(said, ends)
        raise InputError(
            f"{where}: the file has {first} to {last}; the study compares {begin} to {end}"
        )


def _require_filled(values: pd.Series, where: str) -> None:
    empty = values == ""
    if empty.any():
        raise InputError(f"{where}, row {first_row(empty)}: the field is empty")


def _require_constant(
    data: pd.DataFrame, column: str, where: str, said: Callable[[Any], str] = str
) -> None:
    """Stop at the first row whose value is not that of the first row of its unit."""
    first = data.drop_duplicates("unit").set_index("unit")[column]
    usual = data["unit"].map(first)
    other = data[column].ne(usual) & ~(data[column].isna() & usual.isna())
    if other.any():
        row = data[other].iloc[0]
        here, there = (
            "none" if pd.isna(value) else said(value) for value in (row[column], first[row["unit"]])
        )
        units = data.loc[other, "unit"].nunique()
        raise InputError(
            f"{where}, row {first_row(other)}: changes within unit {row['unit']}, {here} here and "
            f"{there} in row {first_row(data['unit'] == row['unit'])} "
            f"({counted(units, 'such unit')}); expected one value for each unit"
        )


def panel_notes(
    raw: pd.DataFrame, source: UnitPanelSource, settings: DataSettings, labelled: Iterable[str]
) -> list[str]:
    """Say what was read in a way that may surprise.

    Parameters
    ----------
    raw : DataFrame of str
        The file as text.
    source : UnitPanelSource
        The mapping of columns.
    settings : DataSettings
        The study's frequency and start.
    labelled : iterable of str
        Columns whose values have labels in the file.

    Returns
    -------
    list of str
        Sentences without names of persons; of units, the first few.
    """
    notes, data = [], panel_keys(raw, source, settings.frequency)
    if source.first_treated is not None:
        text = without_decimals(raw[source.first_treated])
        empty = text.isin(MISSING) & text.isin(source.never)
        if empty.any():
            units = data.loc[empty, "unit"].unique()
            notes.append(
                f"{counted(len(units), 'unit has', 'units have')} no start in column "
                f"{source.first_treated}, read as never treated: {some(units, 3)}"
            )
    elif source.treatment_ends == "ignored":
        on = marks(raw, source)
        units = data.loc[ended_marks(data, on), "unit"].unique()
        if len(units):
            notes.append(
                f"{counted(len(units), 'unit is', 'units are')} marked as treated and later not, "
                f"and counted as treated from then on: {some(units, 3)}"
            )
    named = list(labelled)
    if named:
        other = "codes" if source.labelled_values == "labels" else "labels"
        notes.append(
            f"{source.labelled_values} are read of column {some(named)}, whose values have labels; "
            f"source.labelled_values: {other} reads the others"
        )
    return notes
