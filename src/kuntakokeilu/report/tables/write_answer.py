"""Writing the first sheet so that it prints on one page, at nine points or more."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import Any

import pandas as pd
from openpyxl.worksheet.worksheet import Worksheet

from kuntakokeilu.report.tables import spreadsheet as xl
from kuntakokeilu.report.tables.answer import AnswerPage
from kuntakokeilu.report.tables.lines import Line
from kuntakokeilu.report.tables.sheet_cells import number_format
from kuntakokeilu.report.words.language import Language

# Together what an upright page of A4 holds at nine points; the last is not printed.
_WIDTHS = (34.0, 11.0, 11.0, 11.0, 17.0, 24.0, 30.0)
_PRINTED = 6
_KINDS = ("", "signed", "signed", "signed", "", "", "")


def fill_answer(
    page: Worksheet,
    title: str,
    below: str,
    content: AnswerPage,
    source: str,
    language: Language,
    anchors: Collection[str],
    traces: str,
) -> None:
    """Fill the first sheet.

    Parameters
    ----------
    page : Worksheet
        An empty sheet.
    title, below, source : str
        Its title, the line under it, and the sources at its end.
    content : AnswerPage
        What stands on it.
    language : Language
        Of the headings.
    anchors : collection of str
        Names of numbers that can be traced.
    traces : str
        The page where they are.
    """
    xl.put_title(page, title, below)
    row = xl.HEADER_ROW
    keys = ("answer.column.question", *(f"workbook.column.{name}" for name in (
        "estimate", "ci_low", "ci_high", "unit", "status", "estimand")))  # fmt: skip
    headings = [language.say(key) for key in keys]
    xl.put_header(page, headings, _WIDTHS, [bool(kind) for kind in _KINDS])
    page.print_title_rows = None  # of a sheet of one page
    for line in content.answers:
        row += 1
        values = [f"{line.part} {line.what}", line.estimate, line.ci_low, line.ci_high, line.unit,
                  line.care, line.name]  # fmt: skip
        _put(page, row, values, line, language, anchors, traces)
    if content.answers:
        xl.define_table(page, "answer", len(_WIDTHS), row)
    row = _paragraphs(page, row + 1, "", content.warned)
    row = _paragraphs(page, row, language.say("answer.meaning"), content.meaning)
    if content.payers:
        row = _payers(page, row + 1, content.payers, language)
    for heading, said in content.parts:
        row = _paragraphs(page, row, heading, said)
    row = _paragraphs(page, row, "", [language.say("answer.read_on"), source])
    page.page_setup.fitToHeight = 1
    xl.print_to(page, _PRINTED, row)


def _payers(page: Worksheet, row: int, payers: Sequence[Line], language: Language) -> int:
    """Write who pays as a table of its own, and return the row below it."""
    _text(page, row, language.say("answer.payers"), xl.HEADING)
    names = ("answer.column.payer", "workbook.column.estimate", "answer.column.group",
             "workbook.column.unit", "workbook.column.status")  # fmt: skip
    row += 1
    for column, key in zip((1, 2, 3, 5, 6), names, strict=True):
        xl.put_heading(page, row, column, language.say(key), numeric=column in (2, 3))
    for line in payers:
        row += 1
        values = [line.what, line.estimate, line.total, None, line.unit, line.care, line.name]
        _put(page, row, values, line, language)
        if pd.notna(line.total):
            page.cell(row, 3).number_format = number_format("whole", line.total, 0, language)
    return row + 1


def _put(
    page: Worksheet,
    row: int,
    values: Sequence[Any],
    line: Line,
    language: Language,
    anchors: Collection[str] = (),
    traces: str = "",
) -> None:
    shown = [None if value is None or pd.isna(value) else value or None for value in values]
    formats = [number_format(kind, value, line.decimals, language)
               for kind, value in zip(_KINDS, shown, strict=True)]  # fmt: skip
    xl.put_row(page, row, shown, _WIDTHS, formats=formats, marked=line.marked, anchors=anchors,
               page_of_anchors=traces)  # fmt: skip


def _paragraphs(page: Worksheet, row: int, heading: str, said: Sequence[str]) -> int:
    """Write a heading, if there is one, and sentences, and return the row below them."""
    if heading and said:
        _text(page, row + 1, heading, xl.HEADING)
        row += 1
    for text in said:
        row += 1
        _text(page, row, text, xl.PLAIN)
    return row


def _text(page: Worksheet, row: int, text: str, font: Any) -> None:
    xl.put_text(page, row, text, _WIDTHS[:_PRINTED], font)
