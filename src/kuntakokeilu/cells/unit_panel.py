"""Any published panel: a CSV with a unit, a period and outcomes, mapped by configuration."""

from __future__ import annotations

import numpy as np
import pandas as pd

from kuntakokeilu.cells.parse import (
    first_row,
    numbers,
    periods,
    require_complete,
    require_once,
    without_decimals,
)
from kuntakokeilu.errors import InputError, some
from kuntakokeilu.study import DataSettings, UnitPanelSource
from kuntakokeilu.study import period as to_period


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
    unit = parts[0].str.cat(parts[1:], sep="-")
    calendar = without_decimals(raw[source.period])
    where = f"{file}, column {source.period}"
    if source.waves:
        unknown = ~calendar.isin(list(source.waves))
        if unknown.any():
            raise InputError(
                f"{where}, row {first_row(unknown)}: expected one of {some(source.waves)}"
            )
        calendar = calendar.map(source.waves)
    return pd.DataFrame({"unit": unit, "period": periods(calendar, frequency, where)})


def read_panel(
    raw: pd.DataFrame, column: str, source: UnitPanelSource, frequency: str, span: pd.PeriodIndex
) -> pd.DataFrame:
    """Collapse one outcome of a panel or repeated cross-section into unit x period values.

    Returns
    -------
    DataFrame
        unit, period, n (rows, for a cross-section), weight, sum, sum_sq, mean. A missing
        outcome leaves a panel cell with a missing mean and drops out of a cross-section cell.

    Raises
    ------
    InputError
        Text in a number column, a duplicated unit-period in a panel, or a missing one in a
        balanced panel.
    """
    data = panel_keys(raw, source, frequency)
    data["y"] = numbers(raw[column], source.missing, f"{source.path}, column {column}")
    data["w"] = _weights(raw, source)
    units = data["unit"].unique()
    data = data[data["period"].isin(span)]
    if source.layout == "panel":
        require_once(data, source.path)
    waves = [to_period(text, frequency) for text in source.waves.values()]
    expected = pd.PeriodIndex([p for p in span if not waves or p in waves], freq=frequency)
    if source.balanced:
        require_complete(data, units, expected, source.path)
    return _collapse(data, source.layout)


def panel_units(raw: pd.DataFrame, source: UnitPanelSource, settings: DataSettings) -> pd.DataFrame:
    """Describe the units of a panel: arm, first treatment, cluster, weight, covariates.

    Returns
    -------
    DataFrame
        Follows the contract UNITS.

    Raises
    ------
    InputError
        A unit's treatment start or cluster changes over its rows.
    """
    frequency = settings.frequency
    data = panel_keys(raw, source, frequency)
    data["first_treated"] = _first_treated(raw, source, settings)
    data["cluster"] = data["unit"]
    if source.cluster:
        data["cluster"] = raw[source.cluster].str.strip()
        _require_filled(data["cluster"], f"{source.path}, column {source.cluster}")
    data["weight_frozen"] = _weights(raw, source) if source.weight else np.nan
    for name in source.covariates:
        where = f"{source.path}, column {name}"
        data[f"x_{name}"] = numbers(raw[name], source.missing, where)
    treatment = source.first_treated or next(iter(source.treated_when))
    _require_constant(data, "first_treated", f"{source.path}, column {treatment}")
    _require_constant(data, "cluster", f"{source.path}, column {source.cluster}")
    if data["first_treated"].isna().all():
        raise InputError(f"{source.path}, column {treatment}: no unit is ever treated")
    fixed = data.groupby("unit", sort=True)[["first_treated", "cluster"]].first()
    fixed["first_treated"] = fixed["first_treated"].astype(f"period[{frequency}]")
    before = data[data["period"] < data["first_treated"].dropna().min()]
    covariates = [column for column in data if column.startswith("x_")]
    persons = before.groupby(["unit", "period"])["weight_frozen"].sum(min_count=1)
    units = fixed.join(before.groupby("unit")[covariates].mean())
    units = units.join(persons.groupby("unit").mean()).reset_index()
    units["arm"] = np.where(units["first_treated"].notna(), "trial", "control")
    for language in ("fi", "sv", "en"):
        units[f"name_{language}"] = units["unit"]
    return units.assign(
        area=units["cluster"].where(units["arm"] == "trial"), region=None, sub_region=None, ely=None
    )


def _weights(raw: pd.DataFrame, source: UnitPanelSource) -> pd.Series:
    if source.weight is None:
        return pd.Series(1.0, index=raw.index)
    where = f"{source.path}, column {source.weight}"
    weights = numbers(raw[source.weight], [], where)
    if (weights < 0).any():
        raise InputError(f"{where}, row {first_row(weights < 0)}: expected a weight of 0 or more")
    return weights


def _collapse(data: pd.DataFrame, layout: str) -> pd.DataFrame:
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


def _first_treated(raw: pd.DataFrame, source: UnitPanelSource, settings: DataSettings) -> pd.Series:
    if source.treated_when:
        trial = pd.Series(True, index=raw.index)
        for column, values in source.treated_when.items():
            trial &= without_decimals(raw[column]).isin(values)
        start = to_period(str(settings.start), settings.frequency)
        return pd.Series(pd.NaT, index=raw.index, dtype=f"period[{settings.frequency}]").mask(
            trial, start
        )
    column = str(source.first_treated)
    text = without_decimals(raw[column])
    ever = ~text.isin(source.never)  # a missing start is not taken for "never treated"
    where = f"{source.path}, column {column}"
    parsed = periods(text[ever], settings.frequency, where, ", or a value of source.never")
    return parsed.reindex(raw.index)


def _require_filled(values: pd.Series, where: str) -> None:
    empty = values == ""
    if empty.any():
        raise InputError(f"{where}, row {first_row(empty)}: the field is empty")


def _require_constant(data: pd.DataFrame, column: str, where: str) -> None:
    changing = data.groupby("unit")[column].nunique(dropna=False).gt(1)
    if changing.any():
        raise InputError(
            f"{where}: changes within unit {some(changing[changing].index)}; "
            "expected one value for each unit"
        )
