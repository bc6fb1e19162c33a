"""One record per result table; sheets, workbooks, CSV files and their place in a run follow."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TypeAlias

import pandas as pd

from kuntakokeilu.report.tables.columns import COLUMNS, Column
from kuntakokeilu.report.words.declaration import Declaration
from kuntakokeilu.report.words.language import Language
from kuntakokeilu.report.words.release import Release

Notes: TypeAlias = Callable[[Release, Language], list[str]]


def _nothing(release: Release, language: Language) -> list[str]:
    return []


@dataclass(frozen=True)
class ResultTable:
    """One result table.

    Attributes
    ----------
    name : str
        Of its files. config/labels has its title `workbook.<name>.title`, notes
        `workbook.<name>.note_1` and so on, and what a table without rows says,
        `workbook.<name>.empty`.
    make : callable
        Makes it of a release: one row per number or check, codes and full numbers.
    columns : tuple of str or Column
        What readers get, from left to right: names of `COLUMNS`, or columns of its own. Numbers
        of a row have the decimals of its outcome.
    on_screen : tuple of str or Column
        To the right of them; a page of A4 has no room for them.
    when : callable
        Does a study have it?
    if_empty : bool
        Does it have a sheet that says so if there are no rows?
    if_several : tuple of str
        Columns left out where all rows say the same, which `workbook.same.<column>` then says.
    alike : str
        Column whose rows of one value hold numbers of one sort: columns of kind `alike` show them
        with as many decimals.
    order : callable
        Orders the rows for readers.
    first, last : callable
        What depends on the release and is said before the notes, and after them.
    """

    name: str
    make: Callable[[Release], pd.DataFrame]
    columns: tuple[str | Column, ...]
    on_screen: tuple[str | Column, ...] = ()
    when: Callable[[Declaration], bool] = lambda declared: True
    if_empty: bool = False
    if_several: tuple[str, ...] = ()
    alike: str = ""
    order: Callable[[pd.DataFrame], pd.DataFrame] = lambda rows: rows
    first: Notes = _nothing
    last: Notes = _nothing

    @property
    def printed(self) -> tuple[Column, ...]:
        """Columns that find room on paper."""
        return tuple(map(_column, self.columns))

    @property
    def every(self) -> tuple[Column, ...]:
        """All columns that readers get."""
        return (*self.printed, *map(_column, self.on_screen))


def _column(column: str | Column) -> Column:
    return COLUMNS[column] if isinstance(column, str) else column


def as_released(name: str) -> Callable[[Release], pd.DataFrame]:
    """Take a table as it was released."""
    return lambda release: getattr(release, name).copy()


def where_released(name: str) -> Callable[[Declaration], bool]:
    """Ask for a table of the release that not every study has."""
    return lambda declared: name in declared.released
