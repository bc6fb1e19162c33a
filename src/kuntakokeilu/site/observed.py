"""Open statistics as tables of month by municipality, one for each content."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from kuntakokeilu.errors import InputError, counted, some
from kuntakokeilu.facts import Classification
from kuntakokeilu.statfin.codes import area_code, month_text, published

COUNTRY = "SSS"  # Statistics Finland's code of the whole country
KEYS = ["kunta", "month"]


@dataclass(frozen=True)
class Observed:
    """What the statistics give.

    Attributes
    ----------
    months : list of str
        YYYY-MM, without a gap.
    columns : mapping of str to int
        Municipality, or `SSS` for the whole country, to its column.
    values : mapping of str to ndarray
        Content to values, months × municipalities; NaN where a value is suppressed, and where
        there is none.
    hidden : mapping of str to ndarray of bool, same shape
        Where a value is suppressed. Where neither, the statistics in hand have none: a hole.
    """

    months: list[str]
    columns: Mapping[str, int]
    values: Mapping[str, np.ndarray]
    hidden: Mapping[str, np.ndarray]

    def of(self, units: Iterable[str]) -> list[int]:
        """Give the columns of units."""
        return [self.columns[unit] for unit in units]


def long_table(
    frame: pd.DataFrame, area: str, month: str, columns: Mapping[str, str], where: str
) -> pd.DataFrame:
    """Bring a file of open statistics to plain codes.

    Parameters
    ----------
    frame : DataFrame of str
        Areas and months in rows.
    area, month : str
        Their columns.
    columns : mapping of str to str
        Column to content.
    where : str
        File, for messages.

    Returns
    -------
    DataFrame
        kunta (`005`; other areas as published), month (`2021-03`) and the contents as text.

    Raises
    ------
    InputError
        A month that is none, or an area and month that stand there twice.
    """
    codes = {code: area_code(code) for code in frame[area].unique()}
    months = {code: month_text(code, where) for code in frame[month].unique()}
    keys = {"kunta": frame[area].map(codes), "month": frame[month].map(months)}
    table = pd.DataFrame({**keys, **{to: published(frame[name]) for name, to in columns.items()}})
    twice = table.duplicated(KEYS)
    if twice.any():
        row = table[twice].iloc[0]
        raise InputError(
            f"{where}, row {table.index[twice][0] + 2}: area {row['kunta']} in {row['month']} "
            "stands there twice"
        )
    return table


def municipal(
    table: pd.DataFrame,
    classification: Classification,
    shares: Sequence[str],
    left_out: Iterable[str],
    where: str,
) -> pd.DataFrame:
    """Express a table in the municipalities of one year.

    Parameters
    ----------
    table : DataFrame
        As of `long_table`.
    classification : Classification
        Municipalities of the year, and mergers.
    shares : sequence of str
        Contents that cannot be added up.
    left_out : iterable of str
        Codes of three digits that are no municipality.
    where : str
        File, for messages.

    Returns
    -------
    DataFrame
        Index unit and month; for each content its number, and `<content>?` whether it is
        suppressed. A sum over merged municipalities of which one is suppressed is suppressed.

    Raises
    ------
    InputError
        A municipality of no year, a value that is no number, or a published share of
        municipalities that have merged since.
    """
    own = table["kunta"].eq(COUNTRY) | table["kunta"].str.fullmatch(r"\d{3}")
    mine = table[own & ~table["kunta"].isin(set(left_out))]
    is_place = mine["kunta"] != COUNTRY
    unit = mine["kunta"].where(~is_place, None)
    unit = unit.fillna(classification.translate(mine.loc[is_place, "kunta"], f"{where}, area"))
    contents = [name for name in mine if name not in KEYS]
    numbers = mine[contents].apply(lambda column: _numbers(column, where))
    hidden = (mine[contents] == "").add_suffix("?")
    keyed = pd.concat([unit.rename("unit"), mine["month"], numbers, hidden], axis=1)
    groups = keyed.groupby(["unit", "month"])
    merged = groups.size().loc[lambda sizes: sizes > 1]
    stuck = [name for name in contents if name in shares]
    if len(merged) and stuck:
        code, month = merged.index[0]
        raise InputError(
            f"{where}: {stuck[0]} of {code} in {month} is published for parts that have merged "
            "since, and shares cannot be added up; expected municipalities of "
            f"{classification.year}"
        )
    if merged.empty:
        return keyed.set_index(["unit", "month"])
    flags = list(hidden.columns)
    return pd.concat([groups[contents].sum(min_count=1), groups[flags].any()], axis=1)


def _numbers(column: pd.Series, where: str) -> pd.Series:
    found = pd.to_numeric(column.replace("", None), errors="coerce")
    wrong = found.isna() & column.ne("") | np.isinf(found)
    if wrong.any():
        row = column.index[wrong][0]
        raise InputError(
            f"{where}, row {row + 2}, column {column.name}: expected a number, found "
            f"{str(column[row])[:30]!r}"
        )
    return found.astype(float)


def observe(
    tables: Sequence[pd.DataFrame], units: Sequence[str], first: str, contents: Sequence[str]
) -> Observed:
    """Put tables together; where several have a cell, the last one counts.

    Parameters
    ----------
    tables : sequence of DataFrame
        As of `municipal`, the oldest first.
    units : sequence of str
        Municipalities.
    first : str
        First month, YYYY-MM.
    contents : sequence of str
        Contents to keep.

    Returns
    -------
    Observed
        Every month from the first to the last of any table, every unit and `SSS`.
    """
    last = max((table.index.get_level_values("month").max() for table in tables), default=first)
    months = [str(month) for month in pd.period_range(first, last, freq="M")]
    columns = [*units, COUNTRY]
    values, hidden = {}, {}
    for name in contents:
        value = pd.DataFrame(np.nan, index=months, columns=columns)
        dark = pd.DataFrame(False, index=months, columns=columns)
        for table in (one for one in tables if name in one):
            number = table[name].unstack("unit").reindex(index=months, columns=columns)
            flag = table[f"{name}?"].astype(float).unstack("unit").reindex_like(number)
            there = flag.notna()
            value = value.mask(there, number)
            dark = dark.mask(there, flag.eq(1))
        values[name], hidden[name] = value.to_numpy(), dark.to_numpy(dtype=bool)
    return Observed(months, {unit: k for k, unit in enumerate(columns)}, values, hidden)


def refuse_partial_month(observed: Observed, units: Sequence[str], content: str) -> None:
    """Stop if the newest month lacks municipalities that the month before has.

    # ASSUME: of those published in the month before, at most one in twenty is suppressed anew.

    Raises
    ------
    InputError
        Naming the month and how many municipalities have no value.
    """
    there = ~np.isnan(observed.values[content][:, observed.of(units)])
    filled = np.flatnonzero(there.any(axis=1))
    if len(filled) < 2:
        return
    last, before = there[filled[-1]], there[filled[-2]]
    lost = [unit for unit, gone in zip(units, before & ~last, strict=True) if gone]
    if len(lost) > 0.05 * before.sum():
        of = counted(int(before.sum()), "municipality", "municipalities")
        raise InputError(
            f"{observed.months[filled[-1]]}: {content} has no value for {len(lost)} of {of} "
            f"({some(lost)}); the month is not whole yet, try again later"
        )
