"""A panel whose starts stand in a second file: the two joined, as if they were one."""

from __future__ import annotations

from collections.abc import Mapping

import pandas as pd

from kuntakokeilu.cells.parse import first_row, read_period, without_decimals
from kuntakokeilu.errors import InputError, counted, some
from kuntakokeilu.study import UnitPanelSource

START, CLUSTER = "first treated, by source.starts", "cluster, by source.starts"
_DAYS = ("%Y-%m-%d", "%d.%m.%Y")


def with_starts(
    raw: Mapping[str, pd.DataFrame], source: UnitPanelSource, frequency: str
) -> tuple[pd.DataFrame, UnitPanelSource]:
    """Put each unit's start, and cluster, beside its rows.

    Parameters
    ----------
    raw : mapping of str to DataFrame of str
        The files of the source, as text.
    source : UnitPanelSource
        The mapping of columns.
    frequency : {"M", "Q", "Y"}
        The study's frequency.

    Returns
    -------
    text : DataFrame of str
        Rows of units that the file of starts lists and does not leave out, without periods that
        were treated in part if these are left out. The index is that of the file.
    source : UnitPanelSource
        The mapping of the columns of `text`; the one given if all stands in one file.

    Raises
    ------
    InputError
        A unit listed twice, a day that is none, or no unit of the panel listed.
    """
    starts, text = source.starts, raw[source.path]
    if starts is None:
        return text, source
    table = raw[starts.path]
    listed = _named(table, starts.unit)
    twice = listed.duplicated()
    if twice.any():
        raise InputError(
            f"{starts.path}, row {first_row(twice)}: unit {listed[twice].iloc[0]} a second time"
        )
    days = _days(table[starts.date], source.never, f"{starts.path}, column {starts.date}")
    began = days.dt.to_period(frequency)
    in_part = days.notna() & (days > began.dt.start_time)
    if starts.partly_treated == "treated":
        in_part &= False
    first = began.where(~in_part, began + 1)
    facts = pd.DataFrame(
        {
            START: first.astype(str).where(first.notna(), source.never[0]),
            CLUSTER: table[starts.cluster] if starts.cluster else "",
            "began": began.where(in_part),
        }
    ).set_index(listed)
    out = pd.Series(False, index=table.index)
    for column, values in starts.left_out.items():
        out |= table[column].str.strip().isin(values)
    facts = facts[~out.to_numpy()]
    unit = _named(text, source.unit)
    inside = unit.isin(facts.index)
    if not inside.any():
        raise InputError(
            f"{starts.path}: none of its units, such as {some(listed, 3)}, is in {source.path}, "
            f"which has {some(unit.unique(), 3)}"
        )
    mine = facts.reindex(unit[inside])
    found = text[inside].assign(**{name: mine[name].to_numpy() for name in (START, CLUSTER)})
    period = [read_period(value, frequency) for value in found[source.period]]
    began_then = pd.Series(mine["began"].to_numpy(), index=found.index)
    whole = pd.Series(period, index=found.index, dtype=object).ne(began_then.astype(object))
    changes = {"starts": None, "first_treated": START}
    changes |= {"cluster": CLUSTER} if starts.cluster else {}
    return found[whole | began_then.isna()], source.model_copy(update=changes)


def starts_notes(raw: Mapping[str, pd.DataFrame], source: UnitPanelSource) -> list[str]:
    """Say which units are left out since nobody knows their start, the first few by name."""
    starts = source.starts
    if starts is None:
        return []
    table = raw[starts.path]
    listed, units = _named(table, starts.unit), _named(raw[source.path], source.unit)
    gone = units[~units.isin(listed)].unique()
    notes = []
    if len(gone):
        notes.append(
            f"{counted(len(gone), 'unit is', 'units are')} not listed in {starts.path} and left "
            f"out: {some(gone, 3)}"
        )
    for column, values in starts.left_out.items():
        out = listed[table[column].str.strip().isin(values)]
        if len(out):
            notes.append(
                f"{counted(len(out), 'unit is', 'units are')} left out by column {column} of "
                f"{starts.path}: {some(out, 3)}"
            )
    return notes


def _named(table: pd.DataFrame, columns: list[str]) -> pd.Series:
    parts = [without_decimals(table[column]) for column in columns]
    return parts[0].str.cat(parts[1:], sep="-")  # type: ignore[arg-type]  # not in the stubs


def _days(values: pd.Series, never: list[str], where: str) -> pd.Series:
    """Read days; missing where a unit is never treated."""
    texts = values.str.strip()
    ever = ~texts.isin(never)
    days = pd.Series(pd.NaT, index=values.index, dtype="datetime64[ns]")
    for form in _DAYS:
        days = days.fillna(pd.to_datetime(texts.where(ever), format=form, errors="coerce"))
    bad = ever & days.isna()
    if bad.any():
        raise InputError(
            f"{where}, row {first_row(bad)}: expected a day such as 2016-04-01 or 1.4.2016, or a "
            f"value of source.never; found {texts[bad].iloc[0][:20]!r}"
        )
    return days
