"""The last sheet: which sheet of the workbook holds what, and which file the rest is in."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from kuntakokeilu.report.tables.registry import TABLES
from kuntakokeilu.report.tables.sheet_cells import say
from kuntakokeilu.report.tables.sheets import result_table
from kuntakokeilu.report.words.language import Language
from kuntakokeilu.report.words.release import Release

FOLDER = "tables"  # of the annexes, beside the workbook
_EXCEL = {"fi": "_excel_fi", "sv": "_excel_sv"}


@dataclass(frozen=True)
class Place:
    """A sheet of the workbook or an annex.

    Attributes
    ----------
    name : str
        What it is called.
    holds : str
        What it holds.
    rows : int or None
        Rows of an annex.
    file, location : str
        Where a link leads: to a file beside the workbook, or to a cell of the workbook.
    """

    name: str
    holds: str
    rows: int | None = None
    file: str = ""
    location: str = ""


def contents(release: Release, sheets: Mapping[str, str], language: Language) -> list[Place]:
    """List the sheets that there are, then every result table that has rows, as a CSV file.

    Parameters
    ----------
    release : Release
        A released study.
    sheets : mapping of str to str
        Names of the sheets before this one, to their titles.
    language : Language
        Of the reader; the files are those of its spreadsheets, where it has any.
    """
    found = [Place(name, title, location=f"'{name}'!A1") for name, title in sheets.items()]
    for name in TABLES:
        rows = len(result_table(release, name))
        if rows:
            title = say(f"workbook.{name}.title", release.study, language)
            file = f"{FOLDER}/{name}{_EXCEL.get(language.code, '')}.csv"
            found.append(Place(language.say("sheet.annex", name=name), title, rows, file=file))
    return found
