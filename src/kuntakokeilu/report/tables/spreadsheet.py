"""How a spreadsheet looks, prints and is written: cells, headers, notes, widths, the file.

Every text is written as text, whatever it begins with, so that a label never becomes a formula.
"""

from __future__ import annotations

import textwrap
from collections.abc import Collection, Sequence
from copy import copy
from datetime import datetime
from functools import lru_cache
from io import BytesIO
from typing import Any, cast
from weakref import WeakKeyDictionary
from zipfile import ZIP_DEFLATED, ZipFile, ZipInfo

from openpyxl import Workbook
from openpyxl.cell.cell import ILLEGAL_CHARACTERS_RE, Cell, MergedCell
from openpyxl.styles import Alignment, Border, Font, PatternFill, Side
from openpyxl.utils import get_column_letter
from openpyxl.worksheet.hyperlink import Hyperlink
from openpyxl.worksheet.page import PageMargins
from openpyxl.worksheet.table import Table, TableStyleInfo
from openpyxl.worksheet.worksheet import Worksheet
from openpyxl.writer.excel import ExcelWriter

FORMULA_SIGNS = ("=", "+", "-", "@", "\t", "\r", "\n")
HEADER_ROW = 4
PAGE_WIDTH = 92  # characters between the margins of an upright page
_A4 = 9
_NAVY = "1F3864"
PLAIN = Font(name="Arial", size=10)
BOLD = Font(name="Arial", size=10, bold=True)
HEADING = Font(name="Arial", size=12, bold=True, color=_NAVY)
_TITLE = Font(name="Arial", size=14, bold=True, color=_NAVY)
_HEAD = Font(name="Arial", size=10, bold=True, color="FFFFFF")
_HEAD_FILL = PatternFill("solid", fgColor=_NAVY)
_MARK_FILL = PatternFill("solid", fgColor="FFF2CC")
_LINE = Border(bottom=Side(style="thin", color="BFBFBF"))
_FLUSH = Alignment(wrap_text=True, vertical="top")
_TEXT = Alignment(wrap_text=True, vertical="top", horizontal="left", indent=1)
_NUMBER = Alignment(wrap_text=True, vertical="top", horizontal="right", indent=1)
# By workbook: the style that openpyxl gave to the first cell of each look.
_LOOKS: WeakKeyDictionary[Workbook, dict[tuple[Any, ...], Any]] = WeakKeyDictionary()
_LINE_HEIGHT = 13.0  # points, of size 10
_LETTERS = 1.15  # of size 10 that find room in one unit of width, on average
_LOST = 2  # of them, to letters wider than the average: few make up for one in a narrow column


def new_book() -> Workbook:
    """Begin a workbook without sheets."""
    book = Workbook()
    for page in book.worksheets:
        book.remove(page)
    # The stubs do not list it, and openpyxl offers no other way.
    book._named_styles["Normal"].font = PLAIN  # type: ignore[attr-defined]  # its digits are the unit of column widths
    return book


def new_page(book: Workbook, name: str, footer: tuple[str, str], *, landscape: bool) -> Worksheet:
    """Add a sheet that prints on A4, as wide as one page, with a footer left and right."""
    page = book.create_sheet(name)
    page.sheet_view.showGridLines = False
    page.page_setup.paperSize = _A4
    page.page_setup.orientation = "landscape" if landscape else "portrait"
    page.page_setup.fitToWidth, page.page_setup.fitToHeight = 1, 0
    page.sheet_properties.pageSetUpPr.fitToPage = True
    page.page_margins = PageMargins(0.5, 0.5, 0.6, 0.7, 0.3, 0.3)
    page.oddFooter.left.text, page.oddFooter.right.text = footer
    return page


def clean(text: str) -> str:
    """Drop the control characters that XML cannot hold."""
    return ILLEGAL_CHARACTERS_RE.sub("", text)


def footer_text(text: str) -> str:
    """Write a text so that no & in it is taken for a code of the footer."""
    return clean(text).replace("&", "&&")


def put(cell: Cell | MergedCell, value: Any, number_format: str = "") -> None:
    """Write a value into a cell: a text as text, a number with its format, None as nothing."""
    if value is None:
        return
    if isinstance(value, str):
        cell.value = clean(value)
        cell.data_type = "s"  # openpyxl takes a text that begins with = for a formula
        cell.quotePrefix = value.startswith(FORMULA_SIGNS)  # so does who edits the cell later
        return
    cell.value = value
    cell.number_format = number_format or "General"


def put_title(page: Worksheet, title: str, subtitle: str) -> None:
    """Write the title of a sheet and the line below it."""
    for name, text, font in (("A1", title, _TITLE), ("A2", subtitle, BOLD)):
        put(page[name], text or None)
        page[name].font = font


def put_header(
    page: Worksheet, headings: Sequence[str], widths: Sequence[float], numeric: Sequence[bool]
) -> None:
    """Write the header row, set the widths, and repeat the row on every printed page."""
    for column, (heading, width) in enumerate(zip(headings, widths, strict=True), start=1):
        put_heading(page, HEADER_ROW, column, heading, numeric=numeric[column - 1])
        page.column_dimensions[get_column_letter(column)].width = width
    set_height(page, HEADER_ROW, widths, more=1)  # room for the button of the filter
    page.print_title_rows = f"{HEADER_ROW}:{HEADER_ROW}"


def put_heading(page: Worksheet, row: int, column: int, heading: str, *, numeric: bool) -> None:
    """Head a column."""
    cell = page.cell(row, column)
    put(cell, heading)
    cell.font, cell.fill = _HEAD, _HEAD_FILL
    cell.alignment = _NUMBER if numeric else _TEXT


def put_row(
    page: Worksheet,
    row: int,
    values: Sequence[Any],
    widths: Sequence[float],
    *,
    formats: Sequence[str] = (),
    fonts: Sequence[Font] = (),
    marked: bool = False,
    anchors: Collection[str] = (),
    page_of_anchors: str = "",
) -> None:
    """Write one row of a table; a marked one is bold and shaded.

    A text that is an anchor of a page beside the workbook becomes a link to it.
    """
    heights = []
    for column, (value, width) in enumerate(zip(values, widths, strict=True), start=1):
        cell = page.cell(row, column)
        font = BOLD if marked else (fonts[column - 1] if fonts else PLAIN)
        _put_dressed(cell, value, formats[column - 1] if formats else "", font, marked=marked)
        if isinstance(value, str) and value in anchors:
            link(cell, target=page_of_anchors, location=value)
        heights.append(_height(cell, width, font, _TEXT if isinstance(value, str) else _NUMBER))
    page.row_dimensions[row].height = max(heights) + 2


def _put_dressed(
    cell: Cell | MergedCell, value: Any, number_format: str, font: Font, *, marked: bool
) -> None:
    """Write a value into a cell of a table, dressed as the first of its look was in the workbook.

    To find the parts of a look among all that a workbook has takes longer than to write the value.
    """
    is_text = isinstance(value, str)
    quoted = is_text and value.startswith(FORMULA_SIGNS)
    looks = _LOOKS.setdefault(cast("Workbook", cell.parent.parent), {})
    look = (None if value is None else number_format, id(font), is_text, quoted, marked)
    if look not in looks:
        put(cell, value, number_format)
        cell.font, cell.border = font, _LINE
        cell.alignment = _TEXT if is_text else _NUMBER
        if marked:
            cell.fill = _MARK_FILL
        looks[look] = copy(cell._style)  # type: ignore[union-attr]  # as of _named_styles
        return
    if value is not None:
        cell.value = clean(value) if is_text else value
    if is_text:
        cell.data_type = "s"
    cell._style = copy(looks[look])  # type: ignore[union-attr]


def put_text(page: Worksheet, row: int, text: str, widths: Sequence[float], font: Font) -> None:
    """Write a text over the whole width."""
    cell = page.cell(row, 1)
    put(cell, text)
    cell.font, cell.alignment = font, _FLUSH
    if len(widths) > 1:
        page.merge_cells(start_row=row, start_column=1, end_row=row, end_column=len(widths))
    set_height(page, row, [sum(widths)])


def set_height(page: Worksheet, row: int, widths: Sequence[float], more: int = 0) -> None:
    """Make a row as high as its longest text: not every spreadsheet does so by itself."""
    cells = [page.cell(row, column) for column in range(1, len(widths) + 1)]
    heights = [
        _height(cell, width, cell.font, cell.alignment)
        for cell, width in zip(cells, widths, strict=True)
    ]
    page.row_dimensions[row].height = max(heights) + more * _LINE_HEIGHT + 2


def define_table(page: Worksheet, name: str, n_columns: int, last_row: int) -> None:
    """Define the cells as a table, whose header row screen readers announce."""
    reference = f"A{HEADER_ROW}:{get_column_letter(n_columns)}{last_row}"
    table = Table(displayName=name, ref=reference)
    table.tableStyleInfo = TableStyleInfo(name=None, showRowStripes=False)
    page.add_table(table)


def link(cell: Cell | MergedCell, *, target: str = "", location: str = "") -> None:
    """Make a cell lead to a file beside the workbook, to a place in it, or to one in the book."""
    cell.hyperlink = Hyperlink(cell.coordinate, target=target or None, location=location or None)


def print_to(page: Worksheet, n_columns: int, row: int) -> None:
    """Print a sheet to a column and a row; what is further to the right is for the screen."""
    page.print_area = f"A1:{get_column_letter(n_columns)}{row}"


def to_bytes(book: Workbook, made: datetime) -> bytes:
    """Write a workbook as made at a given time, without the present time in it."""
    book.properties.created = book.properties.modified = made
    written, dateless = BytesIO(), BytesIO()
    with ZipFile(written, "w", ZIP_DEFLATED) as archive:
        ExcelWriter(book, archive).write_data()
    with ZipFile(written) as source, ZipFile(dateless, "w") as target:
        for name in source.namelist():
            info = ZipInfo(name, (1980, 1, 1, 0, 0, 0))
            info.compress_type = ZIP_DEFLATED
            target.writestr(info, source.read(name))
    return dateless.getvalue()


def _height(cell: Cell | MergedCell, width: float, font: Any, alignment: Any) -> float:
    """Estimate the height of a wrapped text; bold letters and larger ones are wider."""
    size = font.size / 10
    if cell.data_type != "s":
        return _LINE_HEIGHT * size
    letters = (width - 1.5 * alignment.indent) * (1 if font.bold else _LETTERS)
    room = max(int((letters - _LOST) / size), 1)
    return _LINE_HEIGHT * size * _lines(str(cell.value), room)


@lru_cache(maxsize=10_000)
def _lines(text: str, room: int) -> int:
    """Count the lines of a text; most texts of a table come again."""
    return max(len(textwrap.wrap(text, room, break_on_hyphens=False)), 1)
