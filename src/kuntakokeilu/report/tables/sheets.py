"""The result tables as readers see them: which columns, in which order, with which notes."""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial
from typing import Any

import pandas as pd

from kuntakokeilu.report.tables.payers import cost_notes
from kuntakokeilu.report.tables.result_tables import RESULT_TABLES
from kuntakokeilu.report.tables.service_models import feature_notes
from kuntakokeilu.report.tables.sheet_cells import (
    KINDS,
    decimals_of,
    heading,
    number_format,
    say,
    text,
)
from kuntakokeilu.report.tables.sheet_columns import IF_ANY, IF_SEVERAL, ON_SCREEN, PRINTED
from kuntakokeilu.report.tables.survey import survey_notes
from kuntakokeilu.report.words import labels as lb
from kuntakokeilu.report.words.findings import service_use
from kuntakokeilu.report.words.language import Language
from kuntakokeilu.report.words.made_of import opposite_signs, programme_note
from kuntakokeilu.report.words.release import Release
from kuntakokeilu.report.words.side_by_side import designs_notes


def _of_services(release: Release, language: Language) -> list[str]:
    return [*filter(None, [service_use(release, language)]), *survey_notes(release, language)[:1]]


def _of_shifting(release: Release, language: Language) -> list[str]:
    return list(filter(None, [opposite_signs(release, language)]))


def _of_payers(release: Release, language: Language) -> list[str]:
    return [language.say("costs.standing"), language.say("costs.layers")]


def _of_programme(release: Release, language: Language) -> list[str]:
    return list(filter(None, [programme_note(release, language)]))


# What is said of some tables before all else, since it depends on what they hold.
_FIRST = {"main_effects": _of_services, "designs": designs_notes, "costs": cost_notes}
_FIRST |= {"combinations": _of_shifting, "survey_response": survey_notes}
_FIRST |= {"service_models": feature_notes, "meta_regression": partial(feature_notes, asked=True)}
_FIRST |= {"payers": _of_payers, "programme_costs": _of_programme}
_VERDICTS = ("fail", "warn", "pass")


@dataclass(frozen=True)
class Sheet:
    """One table for readers.

    Attributes
    ----------
    name : str
        Name of the table in RESULT_TABLES.
    title : str
        Its title.
    columns : tuple of str
        Names of its columns in the result table.
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
    columns: tuple[str, ...]
    table: pd.DataFrame
    formats: list[list[str]]
    marked: list[bool]
    notes: list[str]
    n_printed: int


def sheet(name: str, release: Release, language: Language) -> Sheet:
    """Turn one result table into what readers see.

    Parameters
    ----------
    name : str
        Name of the table in RESULT_TABLES.
    release : Release
        A released study.
    language : Language
        Of the reader.

    Returns
    -------
    Sheet
        The same rows; failed checks come first, then those that need care.
    """
    study, rows = release.study, RESULT_TABLES[name](release)
    if name == "checks":
        order = rows["verdict"].map(_VERDICTS.index).sort_values(kind="stable").index
        rows = rows.loc[order].reset_index(drop=True)
    columns = _columns(name, rows)
    records = [row for _, row in rows.iterrows()]
    cells = [[_cell(column, row, release, language) for column in columns] for row in records]
    decimals = [decimals_of(row, study) for row in records]
    return Sheet(
        name=name,
        title=say(f"workbook.{name}.title", study, language),
        columns=columns,
        table=pd.DataFrame(
            cells, columns=[heading(column, study, language) for column in columns], dtype=object
        ),
        formats=[
            [
                number_format(column, value, places, language)
                for column, value in zip(columns, line, strict=True)
            ]
            for line, places in zip(cells, decimals, strict=True)
        ],
        marked=[_is_marked(row) for row in records],
        notes=_notes(name, rows, columns, release, language),
        n_printed=sum(column in PRINTED[name] for column in columns),
    )


def _is_marked(row: pd.Series) -> bool:
    """Tell whether a reader must not overlook a row: it has a number that may not be used."""
    states = [row[name] for name in row.index if name.partition("_")[0] == "status"]
    known = [state for state in states if isinstance(state, str)]
    return any(state != "ok" for state in known) or row.get("verdict") == "fail"


def _columns(name: str, rows: pd.DataFrame) -> tuple[str, ...]:
    same = {column for column in IF_SEVERAL.get(name, ()) if rows[column].nunique() < 2}
    empty = {column for column in IF_ANY if column in rows and rows[column].isna().all()}
    every = (*PRINTED[name], *ON_SCREEN.get(name, ()))
    return tuple(column for column in every if column not in same | empty)


def _cell(column: str, row: pd.Series, release: Release, language: Language) -> Any:
    """Give a number as a plain Python number, a missing one as None, all else as text."""
    if column not in KINDS:
        return text(column, row, release, language) or None
    value = row[column]
    if pd.isna(value):
        return None
    return int(value) if KINDS[column] in ("count", "order") else float(value)


def _notes(
    name: str, rows: pd.DataFrame, columns: tuple[str, ...], release: Release, language: Language
) -> list[str]:
    study = release.study
    if rows.empty:
        key = f"workbook.{name}.empty"
        return [say(key if language.has(key) else "workbook.empty", study, language)]
    same = [column for column in IF_SEVERAL.get(name, ()) if column not in columns]
    said = [
        language.say(f"workbook.same.{c}", label=text(c, rows.iloc[0], release, language))
        for c in same
        if c != "population" or study.get("populations")  # others have one population only
    ]
    number = 1
    while language.has(f"workbook.{name}.note_{number}"):
        said.append(say(f"workbook.{name}.note_{number}", study, language))
        number += 1
    for column in columns:
        if column in IF_ANY and language.has(f"workbook.note.{column}"):
            said.append(say(f"workbook.note.{column}", study, language))
    if "estimand" in columns:
        said.append(language.say("workbook.note.identifier"))
    if name == "checks":
        said += _about_checks(rows, release, language)
    return [*(_FIRST[name](release, language) if name in _FIRST else []), *said]


def _about_checks(rows: pd.DataFrame, release: Release, language: Language) -> list[str]:
    """Say once for each check what it asks."""
    said: dict[str, str] = {}
    for _, row in rows.iterrows():
        asks = lb.check_text(row["check"], language)
        said.setdefault(asks, f"{lb.check_name(row, release.study, language)}: {asks}")
    return [line for asks, line in said.items() if asks]
