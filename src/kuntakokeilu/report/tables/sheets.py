"""The result tables as readers see them: which columns, in which order, with which notes."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import pandas as pd

from kuntakokeilu.report.tables.columns import Column, text
from kuntakokeilu.report.tables.record import ResultTable
from kuntakokeilu.report.tables.registry import TABLES
from kuntakokeilu.report.tables.sheet_cells import (
    decimals_of,
    even_places,
    heading,
    number_format,
    say,
)
from kuntakokeilu.report.words.kept import kept, records
from kuntakokeilu.report.words.kinds import Row
from kuntakokeilu.report.words.language import Language
from kuntakokeilu.report.words.release import Release


@dataclass(frozen=True)
class Sheet:
    """One table for readers.

    Attributes
    ----------
    name : str
        Name of the table in `TABLES`.
    title : str
        Its title.
    columns : tuple of Column
        Its columns, as the table's record has them.
    table : DataFrame
        Headings as columns, objects as values: text, numbers, or None.
    formats : list of list of str
        Number format of each cell, row by row; empty for text.
    marked : list of bool
        Rows that a reader must not overlook.
    notes : list of str
        What stands below the table, or in its place if it has no row.
    n_printed : int
        How many of the columns are printed, counted from the left.
    """

    name: str
    title: str
    columns: tuple[Column, ...]
    table: pd.DataFrame
    formats: list[list[str]]
    marked: list[bool]
    notes: list[str]
    n_printed: int

    @property
    def names(self) -> list[str]:
        """Names of the columns in the result table."""
        return [column.name for column in self.columns]


def sheet(name: str, release: Release, language: Language) -> Sheet:
    """Turn one result table into what readers see.

    Parameters
    ----------
    name : str
        Name of the table in `TABLES`.
    release : Release
        A released study.
    language : Language
        Of the reader.

    Returns
    -------
    Sheet
        The same rows; failed checks come first, then those that need care.
    """
    study, record = release.study, TABLES[name]
    rows = record.order(result_table(release, name))
    columns = _columns(record, rows)
    lines = records(rows)
    cells = [[_cell(column, row, release, language) for column in columns] for row in lines]
    decimals = [decimals_of(row, study) for row in lines]
    alike = _alike(record, rows)
    return Sheet(
        name=name,
        title=say(f"workbook.{name}.title", study, language),
        columns=columns,
        table=pd.DataFrame(
            cells,
            columns=[heading(column.head or column.name, study, language) for column in columns],
            dtype=object,
        ),
        formats=[
            [
                number_format(column.kind, value, even if column.kind == "alike" else own, language)
                for column, value in zip(columns, line, strict=True)
            ]
            for line, own, even in zip(cells, decimals, alike, strict=True)
        ],
        marked=[_is_marked(row) for row in lines],
        notes=_notes(record, lines, columns, release, language),
        n_printed=sum(column in record.printed for column in columns),
    )


@kept
def result_table(release: Release, name: str) -> pd.DataFrame:
    """Make one result table in codes and full numbers."""
    return TABLES[name].make(release)


def _alike(record: ResultTable, rows: pd.DataFrame) -> list[int]:
    """Give each row the decimals that it shares with the others that hold numbers of its sort."""
    names = [column.name for column in record.every if column.kind == "alike"]
    if not names or rows.empty:
        return [0] * len(rows)
    of_sort = {
        sort: even_places(mine[names].to_numpy().ravel())
        for sort, mine in rows.groupby(record.alike)
    }
    return [of_sort[sort] for sort in rows[record.alike]]


def _is_marked(row: dict[str, Any]) -> bool:
    """Tell whether a reader must not overlook a row: it has a number that may not be used."""
    states = [row[name] for name in row if name.partition("_")[0] == "status"]
    known = [state for state in states if isinstance(state, str)]
    return any(state != "ok" for state in known) or row.get("verdict") == "fail"


def _columns(record: ResultTable, rows: pd.DataFrame) -> tuple[Column, ...]:
    """Leave out columns in which all rows say the same, and those without a value in any row."""
    same = {name for name in record.if_several if rows[name].nunique() < 2}
    return tuple(
        column
        for column in record.every
        if column.name not in same and not (column.if_any and rows[column.name].isna().all())
    )


def _cell(column: Column, row: Row, release: Release, language: Language) -> Any:
    """Give a number as a plain Python number, a missing one as None, all else as text."""
    if not column.kind:
        return text(column, row, release, language) or None
    value = row[column.name]
    if pd.isna(value):
        return None
    return int(value) if column.kind in ("count", "order") else float(value)


def _notes(
    record: ResultTable,
    rows: list[dict[str, Any]],
    columns: tuple[Column, ...],
    release: Release,
    language: Language,
) -> list[str]:
    study, name, shown = release.study, record.name, {column.name for column in columns}
    if not rows:
        key = f"workbook.{name}.empty"
        return [say(key if language.has(key) else "workbook.empty", study, language)]
    same = [column for column in record.every if column.name in record.if_several]
    labels = {
        column.name: next(filter(None, (text(column, row, release, language) for row in rows)), "")
        for column in same
        if column.name not in shown
        # others have one population only
        and (column.name != "population" or study.get("populations"))
    }
    said = [language.say(f"workbook.same.{c}", label=label) for c, label in labels.items() if label]
    number = 1
    while language.has(f"workbook.{name}.note_{number}"):
        said.append(say(f"workbook.{name}.note_{number}", study, language))
        number += 1
    for column in columns:
        left_out_if_same = column.if_any or column.name in record.if_several
        if left_out_if_same and language.has(f"workbook.note.{column.name}"):
            said.append(say(f"workbook.note.{column.name}", study, language))
    if "estimand" in shown:
        said.append(language.say("workbook.note.identifier"))
    return [*record.first(release, language), *said, *record.last(release, language)]
