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
from kuntakokeilu.facts import period as to_period
from kuntakokeilu.study import DataSettings, UnitPanelSource


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
            row = first_row(unknown)
            raise InputError(
                f"{where}, row {row}: expected one of source.waves, {some(source.waves)}; found "
                f"{calendar.loc[row - 2][:20]!r}"
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
    _require_reach(data["period"], span, f"{source.path}, column {source.period}")
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
        A unit's treatment start or cluster changes over its rows, its treatment ends again, or it
        starts at another time than study.yaml says.
    """
    frequency = settings.frequency
    data = panel_keys(raw, source, frequency)
    if source.treated_when:
        data["first_treated"] = _marked(data, raw, source, settings)
    else:
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
    _require_start(data, settings, f"{source.path}, column {treatment}")
    fixed = data.groupby("unit", sort=True)[["first_treated", "cluster"]].first()
    fixed["first_treated"] = fixed["first_treated"].astype(f"period[{frequency}]")
    before = data[data["period"] < data["first_treated"].dropna().min()]
    covariates = [column for column in data if column.startswith("x_")]
    weighed = _of_weight_period(before, source, frequency)
    persons = weighed.groupby(["unit", "period"])["weight_frozen"].sum(min_count=1)
    units = fixed.join(before.groupby("unit")[covariates].mean())
    units = units.join(persons.groupby("unit").mean()).reset_index()
    units["arm"] = np.where(units["first_treated"].notna(), "trial", "control")
    for language in ("fi", "sv", "en"):
        units[f"name_{language}"] = units["unit"]
    return units.assign(
        area=units["cluster"].where(units["arm"] == "trial"), region=None, sub_region=None, ely=None
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


def _marked(
    data: pd.DataFrame, raw: pd.DataFrame, source: UnitPanelSource, settings: DataSettings
) -> pd.Series:
    """Read marks of trial units: the same in all rows of a unit, or on from its start.

    Marks that are constant say who is treated, from the study's start; marks that change within
    a unit say when, and may not end again.
    """
    on = pd.Series(True, index=raw.index)
    for column, values in source.treated_when.items():
        on &= without_decimals(raw[column]).isin(values)
    where = f"{source.path}, column {some(source.treated_when)}"
    never = pd.Series(pd.NaT, index=raw.index, dtype=f"period[{settings.frequency}]")
    if on.groupby(data["unit"]).nunique().le(1).all():
        if settings.start is None:
            raise InputError(
                f"{where}: the marks of a unit never change, so they do not say when treatment "
                "starts; expected the key start in study.yaml"
            )
        return never.mask(on, to_period(settings.start, settings.frequency))
    both = on.groupby([data["unit"], data["period"]]).transform("nunique") > 1
    if both.any():
        row = data[both].iloc[0]
        raise InputError(
            f"{where}, row {first_row(both)}: unit {row['unit']} is both marked and not in "
            f"{row['period']}; expected one mark for each unit and period"
        )
    starts = data["period"].where(on).groupby(data["unit"]).min()
    start = data["unit"].map(starts).astype(never.dtype)
    ended = ~on & (data["period"] > start)
    if ended.any():
        row = data[ended].iloc[0]
        raise InputError(
            f"{where}, row {first_row(ended)}: unit {row['unit']}, treated from "
            f"{start[ended].iloc[0]} on, is not marked in {row['period']} "
            f"({data.loc[ended, 'unit'].nunique()} such units); treatment that ends is not "
            "estimated; leave out these units or periods"
        )
    return start


def _first_treated(raw: pd.DataFrame, source: UnitPanelSource, settings: DataSettings) -> pd.Series:
    column = str(source.first_treated)
    text = without_decimals(raw[column])
    ever = ~text.isin(source.never)  # a missing start is not taken for "never treated"
    where = f"{source.path}, column {column}"
    other = f", {'a wave of source.waves, ' if source.waves else ''}or a value of source.never"
    named = text[ever].map(lambda value: source.waves.get(value, value))
    return periods(named, settings.frequency, where, other).reindex(raw.index)


def _require_start(data: pd.DataFrame, settings: DataSettings, where: str) -> None:
    """Stop if the data have another start than the study says."""
    if settings.start is None:
        return
    start = to_period(settings.start, settings.frequency)
    other = data.loc[data["first_treated"].notna() & (data["first_treated"] != start)]
    if len(other):
        raise InputError(
            f"{where}: {other['unit'].nunique()} units start at another time than the start "
            f"{settings.start} in study.yaml, first {some(other['unit'].unique(), 3)}; leave the "
            "key start out where units start at different times"
        )


def _require_reach(found: pd.Series, span: pd.PeriodIndex, where: str) -> None:
    """Stop if the periods compared begin before, or end after, those of the file."""
    if span[0] < found.min() or span[-1] > found.max():
        raise InputError(
            f"{where}: the file has {found.min()} to {found.max()}; the study compares {span[0]} "
            f"to {span[-1]}"
        )


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
