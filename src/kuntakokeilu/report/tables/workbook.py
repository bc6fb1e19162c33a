"""A study's results as an Excel workbook: sheets of numbers and pages of text, ready to print."""

from __future__ import annotations

from collections.abc import Collection

import pandas as pd
from openpyxl.utils import get_column_letter
from openpyxl.worksheet.worksheet import Worksheet

from kuntakokeilu.report.tables import spreadsheet as xl
from kuntakokeilu.report.tables.columns import Column
from kuntakokeilu.report.tables.front_pages import (
    Page,
    definitions_page,
    glossary_page,
    methods_page,
    summary_page,
)
from kuntakokeilu.report.tables.registry import TABLES
from kuntakokeilu.report.tables.sheets import Sheet, sheet
from kuntakokeilu.report.words.attribution import below_line, made_on
from kuntakokeilu.report.words.captions import caption
from kuntakokeilu.report.words.language import Language
from kuntakokeilu.report.words.release import Release
from kuntakokeilu.report.words.trace import trace_file
from kuntakokeilu.report.words.who_is_compared import notes

_LOCALES = {"fi": "fi-FI", "sv": "sv-FI", "en": "en-GB"}
_NUMBER_WIDTH = 9.0
_LARGE = 1000  # numbers from here on may need a wider column
_FEW = 14  # a table of so few columns leaves room for long texts
_TERM_WIDTH = 26


def workbook(release: Release, language: Language) -> bytes:
    """Build the workbook of a study in one language.

    Parameters
    ----------
    release : Release
        A released study.
    language : Language
        Of the reader.

    Returns
    -------
    bytes
        A file in the format of Excel (ECMA-376). The same release gives the same bytes.
    """
    title = language.pick(release.study["title"])
    below = caption(release.study, title, language)
    source = below_line(release, language)
    footer = (xl.footer_text(title), language.say("workbook.page", page="&P", pages="&N"))
    book = xl.new_book()

    def add(name: str, *, landscape: bool = False) -> Worksheet:
        return xl.new_page(
            book, language.say(f"workbook.sheet.{name}"), footer, landscape=landscape
        )

    said, traces = notes(release.study, language), trace_file(language)
    _fill_page(add("summary"), summary_page(release, language), said, source)
    for name, record in TABLES.items():
        content = sheet(name, release, language)
        filled = not content.table.empty
        if filled or record.if_empty:
            page = add(name, landscape=filled)
            _fill_table(page, content, below, source, release.study["estimands"], traces)
    _fill_page(add("definitions"), definitions_page(release, language), below, source)
    _fill_page(add("methods"), methods_page(release, language), below, source)
    _fill_page(add("glossary"), glossary_page(release, language), below, source)
    facts = book.properties
    facts.title = xl.clean(language.say("workbook.title", study=title))
    facts.subject = xl.clean(language.say("workbook.subject"))
    authors = ", ".join(release.study["authors"])
    facts.creator = facts.lastModifiedBy = xl.clean(authors) or "kuntakokeilu"
    facts.language = _LOCALES[language.code]
    return xl.to_bytes(book, made_on(release))


def _fill_table(
    page: Worksheet,
    content: Sheet,
    below: str,
    source: str,
    estimands: Collection[str],
    traces: str,
) -> None:
    """Fill a sheet with one table: title, study, header, rows, notes, sources.

    The name of an estimand leads to the page that says where it comes from.
    """
    headings, row = list(content.table.columns), xl.HEADER_ROW
    xl.put_title(page, content.title, below)
    widths: list[float] = [xl.PAGE_WIDTH]
    if len(content.table):
        named = zip(content.columns, headings, strict=True)
        widths = [_width(column, content.table[head], len(headings)) for column, head in named]
        xl.put_header(page, headings, widths, [bool(column.kind) for column in content.columns])
        lines = zip(content.table.to_numpy().tolist(), content.formats, content.marked, strict=True)
        for row, (values, formats, marked) in enumerate(lines, start=xl.HEADER_ROW + 1):
            xl.put_row(
                page,
                row,
                values,
                widths,
                formats=formats,
                marked=marked,
                anchors=estimands,
                page_of_anchors=traces,
            )
        xl.define_table(page, content.name, len(headings), row)
        page.freeze_panes = page.cell(xl.HEADER_ROW + 1, 3).coordinate
        row += 1
        widths = widths[: content.n_printed]
    else:
        page.column_dimensions["A"].width = xl.PAGE_WIDTH
    for note in [*content.notes, source]:
        row += 1
        xl.put_text(page, row, note, widths, xl.PLAIN)
    page.print_area = f"A1:{get_column_letter(len(widths))}{row}"


def _fill_page(page: Worksheet, content: Page, below: str, source: str) -> None:
    """Fill a sheet with text: topics or terms beside their text, or headings above paragraphs."""
    xl.put_title(page, content.title, below)
    row = xl.HEADER_ROW
    if content.headings:
        widths = [_TERM_WIDTH, xl.PAGE_WIDTH - _TERM_WIDTH]
        xl.put_header(page, content.headings, widths, [False, False])
        for row, (topic, said) in enumerate(content.parts, start=xl.HEADER_ROW + 1):
            xl.put_row(page, row, [topic, " ".join(said)], widths, fonts=[xl.BOLD, xl.PLAIN])
        xl.define_table(page, content.name, len(widths), row)
        page.freeze_panes = page.cell(xl.HEADER_ROW + 1, 1).coordinate
    else:
        widths = [xl.PAGE_WIDTH]
        page.column_dimensions["A"].width = xl.PAGE_WIDTH
        for topic, said in content.parts:
            for text, font in ((topic, xl.HEADING), *((text, xl.PLAIN) for text in said)):
                xl.put_text(page, row, text, widths, font)
                row += 1
            row += 1
    row += 1
    xl.put_text(page, row, source, widths, xl.PLAIN)
    if content.name == "methods":
        page.page_setup.fitToHeight = 1
    page.print_area = f"A1:{get_column_letter(len(widths))}{row}"


def _width(column: Column, cells: pd.Series, n_columns: int) -> float:
    """Give a column room for the longest word of its heading, and for its texts up to a limit."""
    heading = xl.word_width(str(cells.name))
    if column.kind:
        large = [f"{cell:+,.2f}" for cell in cells.dropna() if abs(cell) >= _LARGE]
        return max(_NUMBER_WIDTH, heading, *(len(text) + 1 for text in large))
    longest = max((len(str(cell)) for cell in cells.dropna()), default=0)
    limit = column.width * (1.5 if n_columns <= _FEW else 1)
    return max(min(longest + 3, limit), heading)
