"""A study's results as an Excel workbook of at most nine sheets, in the order they are read.

The answer on one page; employment, costs, wellbeing, areas and checks, where a study has them;
method with definitions and plan; glossary; contents. What they leave out is in CSV files.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence

import pandas as pd
from openpyxl.worksheet.worksheet import Worksheet

from kuntakokeilu.report.tables import spreadsheet as xl
from kuntakokeilu.report.tables.answer import answer_page
from kuntakokeilu.report.tables.contents import Place, contents
from kuntakokeilu.report.tables.front_pages import Page, glossary_page, method_page
from kuntakokeilu.report.tables.lines import SheetLine
from kuntakokeilu.report.tables.parts import subjects
from kuntakokeilu.report.tables.sheet_cells import number_format
from kuntakokeilu.report.tables.write_answer import fill_answer
from kuntakokeilu.report.words.attribution import below_line, made_on
from kuntakokeilu.report.words.captions import caption
from kuntakokeilu.report.words.grades import GradeRule
from kuntakokeilu.report.words.language import Language
from kuntakokeilu.report.words.release import Release
from kuntakokeilu.report.words.trace import trace_file, traced
from kuntakokeilu.report.words.who_is_compared import notes

MOST_SHEETS = 9
_LOCALES = {"fi": "fi-FI", "sv": "sv-FI", "en": "en-GB"}
# Name of the heading in config/labels, kind of number or none of text, and width, together at most
# what a page of A4 on its side holds at nine points; what comes last is not printed.
GRID = (
    ("sheet.column.part", "", 16),
    ("sheet.column.what", "", 28),
    ("sheet.column.how", "", 34),
    ("workbook.column.estimate", "signed", 11),
    ("workbook.column.ci_low", "signed", 11),
    ("workbook.column.ci_high", "signed", 11),
    ("workbook.column.unit", "", 17),
    ("workbook.column.status", "", 34),
    ("workbook.column.p_value", "p", 11),
    ("workbook.column.estimand", "", 34),
)
_PRINTED = 8
_TERM_WIDTH = 26
_GROUP_WIDTH = 20


def workbook(release: Release, rules: Mapping[str, GradeRule], language: Language) -> bytes:
    """Build the workbook of a study in one language.

    Parameters
    ----------
    release : Release
        A released study.
    rules : mapping of str to GradeRule
        How sure answers are, as `grades.read_grades` gives them.
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
    book, anchors, traces = xl.new_book(), set(traced(release)), trace_file(language)

    def add(name: str, *, landscape: bool = False) -> Worksheet:
        return xl.new_page(book, language.say(f"sheet.{name}"), footer, landscape=landscape)

    said = notes(release.study, language)
    first = add("answer")
    heading = language.say("workbook.title", study=title)
    fill_answer(first, heading, said, answer_page(release, rules, language), source, language,
                anchors, traces)  # fmt: skip
    for subject in subjects(release):
        lines = subject.make(release, language)
        if lines:
            page = add(subject.name, landscape=True)
            xl.put_title(page, language.say(f"sheet.{subject.name}.title"), below)
            below_it = [language.say("sheet.note.grid"), *subject.say(release, language), source]
            _fill_lines(page, subject.name, lines, below_it, language, anchors, traces)
    _fill_page(add("method"), method_page(release, language), below, source)
    _fill_page(add("glossary"), glossary_page(release, language), below, source)
    there = {page.title: str(page["A1"].value) for page in book.worksheets}
    _fill_contents(add("contents"), contents(release, there, language), below, source, language)
    facts = book.properties
    facts.title = xl.clean(heading)
    facts.subject = xl.clean(language.say("workbook.subject"))
    authors = ", ".join(release.study["authors"])
    facts.creator = facts.lastModifiedBy = xl.clean(authors) or "kuntakokeilu"
    facts.language = _LOCALES[language.code]
    return xl.to_bytes(book, made_on(release))


def _fill_lines(
    page: Worksheet,
    name: str,
    lines: Sequence[SheetLine],
    below: Sequence[str],
    language: Language,
    anchors: Collection[str],
    traces: str,
) -> None:
    """Fill a sheet with lines in the grid, and sentences below them.

    The name of a number leads to the page that says where it comes from.
    """
    widths = [float(width) for _, _, width in GRID]
    kinds = [kind for _, kind, _ in GRID]
    headings = [language.say(key) for key, _, _ in GRID]
    xl.put_header(page, headings, widths, [bool(kind) for kind in kinds])
    for row, line in enumerate(lines, start=xl.HEADER_ROW + 1):
        values = cells(line)
        formats = [number_format(kind, value, line.decimals, language)
                   for kind, value in zip(kinds, values, strict=True)]  # fmt: skip
        xl.put_row(page, row, values, widths, formats=formats, marked=line.marked,
                   anchors=anchors, page_of_anchors=traces)  # fmt: skip
    row = xl.HEADER_ROW + len(lines)
    xl.define_table(page, name, len(headings), row)
    page.freeze_panes = page.cell(xl.HEADER_ROW + 1, 3).coordinate
    row += 1
    for text in below:
        row += 1
        xl.put_text(page, row, text, widths[:_PRINTED], xl.PLAIN)
    xl.print_to(page, _PRINTED, row)


def cells(line: SheetLine) -> list[str | float | None]:
    """Give what stands in the columns of the grid; what is missing is empty, never zero."""
    numbers = [_or_none(value) for value in (line.estimate, line.ci_low, line.ci_high)]
    words = [text or None for text in (line.part, line.what, line.how)]
    return [*words, *numbers, line.unit or None, line.care or None, _or_none(line.p_value),
            line.name or None]  # fmt: skip


def _or_none(value: float) -> float | None:
    return None if pd.isna(value) else value


def _fill_page(page: Worksheet, content: Page, below: str, source: str) -> None:
    """Fill a sheet with topics or terms beside their text, after what they belong to if said."""
    xl.put_title(page, content.title, below)
    widths = [_TERM_WIDTH, xl.PAGE_WIDTH - _TERM_WIDTH]
    if content.groups:
        widths = [_GROUP_WIDTH, _TERM_WIDTH, xl.PAGE_WIDTH - _GROUP_WIDTH - _TERM_WIDTH]
    fonts = [*([xl.PLAIN] if content.groups else []), xl.BOLD, xl.PLAIN]
    xl.put_header(page, content.headings, widths, [False] * len(widths))
    groups = content.groups or [""] * len(content.parts)
    listed = zip(groups, content.parts, strict=True)
    for row, (group, (topic, said)) in enumerate(listed, start=xl.HEADER_ROW + 1):
        values = [*([group] if content.groups else []), topic, " ".join(said)]
        xl.put_row(page, row, values, widths, fonts=fonts)
    row = xl.HEADER_ROW + len(content.parts)
    xl.define_table(page, content.name, len(widths), row)
    page.freeze_panes = page.cell(xl.HEADER_ROW + 1, 1).coordinate
    xl.put_text(page, row + 2, source, widths, xl.PLAIN)
    xl.print_to(page, len(widths), row + 2)


def _fill_contents(
    page: Worksheet, places: Sequence[Place], below: str, source: str, language: Language
) -> None:
    """Fill the last sheet: where what is, each place a link to it."""
    xl.put_title(page, language.say("sheet.contents.title"), below)
    widths, kinds = [34.0, 50.0, 11.0], ["", "", "count"]
    names = ("place", "holds", "rows")
    headings = [language.say(f"sheet.column.{name}") for name in names]
    xl.put_header(page, headings, widths, [bool(kind) for kind in kinds])
    for row, place in enumerate(places, start=xl.HEADER_ROW + 1):
        values = [place.name, place.holds, place.rows]
        formats = [number_format(kind, value, 0, language)
                   for kind, value in zip(kinds, values, strict=True)]  # fmt: skip
        xl.put_row(page, row, values, widths, formats=formats)
        xl.link(page.cell(row, 1), target=place.file, location=place.location)
    row = xl.HEADER_ROW + len(places)
    xl.define_table(page, "contents", len(headings), row)
    page.freeze_panes = page.cell(xl.HEADER_ROW + 1, 1).coordinate
    xl.put_text(page, row + 2, source, widths, xl.PLAIN)
    xl.print_to(page, len(widths), row + 2)
