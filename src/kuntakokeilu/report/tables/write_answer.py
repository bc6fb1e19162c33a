"""Writing the first sheet so that it prints on one page, at nine points or more."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import Any

import pandas as pd
from openpyxl.worksheet.worksheet import Worksheet

from kuntakokeilu.report.tables import spreadsheet as xl
from kuntakokeilu.report.tables.answer import AnswerPage
from kuntakokeilu.report.tables.lines import SheetLine
from kuntakokeilu.report.tables.sheet_cells import number_format
from kuntakokeilu.report.words.language import Language

# Together what an upright page of A4 holds at nine points; the last is not printed.
_WIDTHS = (30.0, 9.5, 9.5, 9.5, 17.0, 34.0, 30.0)
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
    keys = ("sheet.column.what", *(f"workbook.column.{name}" for name in (
        "estimate", "ci_low", "ci_high", "unit", "status", "estimand")))  # fmt: skip
    headings = [language.say(key) for key in keys]
    xl.put_header(page, headings, _WIDTHS, [bool(kind) for kind in _KINDS])
    page.print_title_rows = None  # of a sheet of one page
    xl.set_height(page, row, _WIDTHS)  # without room for buttons
    for line in content.answers:
        row += 1
        values = [line.what, line.estimate, line.ci_low, line.ci_high, line.unit,
                  line.care, line.name]  # fmt: skip
        _put(page, row, values, line, language, anchors, traces)
    if content.answers:
        xl.define_table(page, "answer", len(_WIDTHS), row)
    row = _paragraph(page, row + 1, "", content.warned)
    for question, text in content.meaning:
        row = _paragraph(page, row, "", [question, text])
    if content.payers:
        row = _payers(page, row + 1, content.payers, language)
        row = _paragraph(page, row, "", [language.say("answer.payers.note")])
    for heading, said in content.parts:
        row = _paragraph(page, row, heading, said)
    columns = {"status": headings[5], "name": headings[6]}
    read_on = language.say("answer.read_on", **columns)
    row = _paragraph(page, row + 1, "", [*content.last, read_on, source])
    page.page_setup.fitToHeight = 1
    xl.print_to(page, _PRINTED, row)


def _payers(page: Worksheet, row: int, payers: Sequence[SheetLine], language: Language) -> int:
    """Write who pays as a table of its own, and return the row below it."""
    unit = payers[0].unit
    _text(page, row, language.say("answer.payers", unit=unit), xl.HEADING)
    names = ("brief.payers.payer", "workbook.column.estimate", "", "", "answer.payers.whole",
             "workbook.column.status")  # fmt: skip
    row += 1
    for column, key in enumerate(names, start=1):
        text = language.say(key) if key else ""
        xl.put_heading(page, row, column, text, numeric=column in (2, 5))
    for line in payers:
        row += 1
        values: list[Any] = [line.what, line.estimate, None, None, line.total, line.care]
        shown = [_or_none(value) for value in values]
        formats = ["", number_format("signed", line.estimate, line.decimals, language), "", "",
                   number_format("millions", line.total, 0, language), ""]  # fmt: skip
        xl.put_row(page, row, shown, _WIDTHS[:_PRINTED], formats=formats, marked=line.marked)
    return row


def _put(
    page: Worksheet,
    row: int,
    values: Sequence[Any],
    line: SheetLine,
    language: Language,
    anchors: Collection[str],
    traces: str,
) -> None:
    shown = [_or_none(value) for value in values]
    formats = [number_format(kind, value, line.decimals, language)
               for kind, value in zip(_KINDS, shown, strict=True)]  # fmt: skip
    xl.put_row(page, row, shown, _WIDTHS, formats=formats, marked=line.marked, anchors=anchors,
               page_of_anchors=traces)  # fmt: skip


def _or_none(value: Any) -> Any:
    """Leave a cell empty of which nothing is known."""
    return None if value is None or value == "" or pd.isna(value) else value


def _paragraph(page: Worksheet, row: int, heading: str, said: Sequence[str]) -> int:
    """Write a heading, if there is one, and sentences in a paragraph; return its row."""
    if heading and said:
        _text(page, row + 1, heading, xl.HEADING)
        row += 1
    if said:
        row += 1
        _text(page, row, " ".join(said), xl.PLAIN)
    return row


def _text(page: Worksheet, row: int, text: str, font: Any) -> None:
    xl.put_text(page, row, text, _WIDTHS[:_PRINTED], font)
