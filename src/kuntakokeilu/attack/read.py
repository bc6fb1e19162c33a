"""Files as an attacker opens them: tables, texts, and what a reader is not meant to see."""

from __future__ import annotations

import base64
import csv
import hashlib
import io
import json
import re
import zlib
from collections.abc import Iterator
from dataclasses import dataclass, field
from html.parser import HTMLParser
from pathlib import Path
from typing import Any
from zipfile import BadZipFile, ZipFile

import openpyxl
from openpyxl.utils.exceptions import InvalidFileException

from kuntakokeilu.attack.pdf import Shape, read_pdf
from kuntakokeilu.errors import InputError

Rows = list[dict[str, str]]
_DEEPEST = 4


@dataclass(frozen=True)
class Piece:
    """One table or text of a file.

    Attributes
    ----------
    file : str
        The file, and within it the sheet, cell or member.
    rows : list of dict
        A table's rows by column, as they are written; none of a text.
    text : str
        Words outside of tables.
    concealed : bool
        Does it take a trick to see it: a hidden sheet, row or column, a comment, metadata?
    drawing : str
        A drawing (SVG) as it is written, of a file or inside a page.
    shapes : list of Shape
        What a PDF draws, or a bar within a page.
    exact : float
        To within how much places of shapes are known.
    """

    file: str
    rows: Rows = field(default_factory=list)
    text: str = ""
    concealed: bool = False
    drawing: str = ""
    shapes: list[Shape] = field(default_factory=list)
    exact: float = 0.0


def pieces(folders: list[Path]) -> Iterator[Piece]:
    """Read everything below some folders, each content once.

    Raises
    ------
    InputError
        A file cannot be opened: nobody could say that it is safe.
    """
    seen: set[str] = set()
    for folder in folders:
        inside = sorted(folder.rglob("*")) if folder.is_dir() else [folder]
        for path in inside:
            if path.is_file():
                name = path.relative_to(folder.parent).as_posix()
                yield from _opened(name, path.read_bytes(), seen, 0)


def _opened(name: str, content: bytes, seen: set[str], depth: int) -> Iterator[Piece]:
    mark = hashlib.sha256(content).hexdigest()
    if mark in seen:
        return
    seen.add(mark)
    ending = name.rpartition(".")[2].lower()
    reader = _READERS.get(ending)
    if reader is None:
        return
    try:
        if depth > _DEEPEST:
            raise ValueError
        if ending == "zip":
            with ZipFile(io.BytesIO(content)) as archive:
                for info in archive.infolist():
                    if not info.is_dir():
                        inner = archive.read(info)
                        yield from _opened(f"{name}: {info.filename}", inner, seen, depth + 1)
        else:
            yield from reader(name, content)
    except (BadZipFile, InvalidFileException, ValueError, KeyError, csv.Error, zlib.error) as error:
        if isinstance(error, InputError):
            raise
        raise InputError(f"{name}: cannot be opened as .{ending}; expected a whole file") from None


def _of_csv(name: str, content: bytes) -> Iterator[Piece]:
    text = content.decode("utf-8-sig")
    first = text.partition("\n")[0]
    delimiter = max((",", ";", "\t"), key=first.count)
    yield Piece(name, [_row(row) for row in csv.DictReader(io.StringIO(text), delimiter=delimiter)])


def _row(row: dict[Any, Any]) -> dict[str, str]:
    return {str(key): "" if value is None else str(value) for key, value in row.items() if key}


def _of_workbook(name: str, content: bytes) -> Iterator[Piece]:
    book = openpyxl.load_workbook(io.BytesIO(content), data_only=True)
    for sheet in book.worksheets:
        where = f"{name}: {sheet.title}"
        out_of_sight = sheet.sheet_state != "visible"
        grid = [
            ["" if v is None else str(v) for v in row] for row in sheet.iter_rows(values_only=True)
        ]
        yield Piece(where, _headed(grid), concealed=out_of_sight)
        dark_rows = [at for at, how in sheet.row_dimensions.items() if how.hidden]
        dark_columns = [at for at, how in sheet.column_dimensions.items() if how.hidden]
        if dark_rows or dark_columns:
            yield Piece(where, text="hidden rows or columns", concealed=True)
        told = [c.comment.text for row in sheet.iter_rows() for c in row if c.comment]
        if told:
            yield Piece(where, text="\n".join(told), concealed=True)
    about = book.properties
    words = [
        w for w in (about.creator, about.lastModifiedBy, about.description, about.keywords) if w
    ]
    yield Piece(f"{name}: properties", text="\n".join(map(str, words)), concealed=True)


def _headed(grid: list[list[str]]) -> Rows:
    """Take the first row with as many names as the table is wide as the header."""
    widest = max((sum(map(bool, row)) for row in grid), default=0)
    for at, row in enumerate(grid):
        if widest > 1 and sum(map(bool, row)) >= widest - 1:
            return [dict(zip(row, each, strict=False)) for each in grid[at + 1 :]]
    return []


class _Page(HTMLParser):
    """Tables, text and comments of a page."""

    def __init__(self) -> None:
        super().__init__()
        self.tables: list[list[list[str]]] = []
        self.text: list[str] = []
        self.comments: list[str] = []
        self._cell: list[str] | None = None
        self._mute = 0

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag == "table":
            self.tables.append([])
        elif tag == "tr" and self.tables:
            self.tables[-1].append([])
        elif tag in ("td", "th") and self.tables and self.tables[-1]:
            self._cell = []
        elif tag in ("script", "style"):
            self._mute += 1

    def handle_endtag(self, tag: str) -> None:
        if tag in ("td", "th") and self._cell is not None:
            self.tables[-1][-1].append(" ".join("".join(self._cell).split()))
            self._cell = None
        elif tag in ("script", "style"):
            self._mute = max(0, self._mute - 1)

    def handle_data(self, data: str) -> None:
        if self._cell is not None:
            self._cell.append(data)
        elif not self._mute:
            self.text.append(data)

    def handle_comment(self, data: str) -> None:
        self.comments.append(data)


def _of_page(name: str, content: bytes) -> Iterator[Piece]:
    page, text = _Page(), content.decode("utf-8", "replace")
    page.feed(_BASE64.sub("", text))
    for number, grid in enumerate(page.tables, start=1):
        yield Piece(f"{name}: table {number}", _headed(grid))
    yield Piece(name, text="".join(page.text))
    for words in page.comments:
        yield Piece(f"{name}: comment", text=words, concealed=True)
    for found in _DRAWING.finditer(text):
        drawing = base64.b64decode(found[1]).decode("utf-8", "replace")
        yield Piece(f"{name}: a drawing", drawing=drawing)

    for found in _BAR.finditer(text):
        yield Piece(f"{name}: a bar", shapes=_shapes(found[1]), exact=_PAGE_DIGITS)


def _shapes(drawing: str) -> list[Shape]:
    """Read lines and dots of a drawing within a page."""
    found = []
    for tag, said in _DRAWN.findall(drawing):
        at = {name: float(number) for name, number in _PLACE.findall(said)}
        if tag == "circle" and {"cx", "cy"} <= at.keys():
            found.append(Shape(at["cx"], at["cx"], at["cy"], at["cy"], round=True))
        elif tag == "line" and {"x1", "x2", "y1", "y2"} <= at.keys():
            (left, right), (low, high) = sorted((at["x1"], at["x2"])), sorted((at["y1"], at["y2"]))
            found.append(Shape(left, right, low, high))
    return found


_PDF_DIGITS, _PAGE_DIGITS = 2e-4, 0.0051  # points, and per cent, to which places are written
_BAR = re.compile(r'<svg\b[^>]*\bclass="bar"[^>]*>(.*?)</svg>', re.DOTALL)
_DRAWN = re.compile(r"<(line|circle)\b([^>]*)/>")
_PLACE = re.compile(r'\b(x1|x2|y1|y2|cx|cy)="(-?[\d.]+)%?"')
_DRAWING = re.compile(r"data:image/svg\+xml;base64,([A-Za-z0-9+/=]+)")
_BASE64 = re.compile(r"data:[\w/+.;=-]+;base64,[A-Za-z0-9+/=\s]+")


def _of_drawing(name: str, content: bytes) -> Iterator[Piece]:
    text = content.decode("utf-8", "replace")
    words = re.findall(r"<(?:text|title|desc|tspan)\b[^>]*>([^<]+)<", text)
    yield Piece(name, text="\n".join(words), drawing=text)
    if hidden := re.findall(r'\bdata-[\w-]+="([^"]*\d[.,]\d[^"]*)"', text):
        yield Piece(f"{name}: attributes", text="\n".join(hidden), concealed=True)


def _of_notebook(name: str, content: bytes) -> Iterator[Piece]:
    book = json.loads(content.decode("utf-8"))
    for number, cell in enumerate(book.get("cells", []), start=1):
        where = f"{name}: cell {number}"
        if cell.get("metadata"):
            yield Piece(where, text=json.dumps(cell["metadata"]), concealed=True)
        for output in cell.get("outputs", []):
            data = output.get("data", {})
            if page := "".join(data.get("text/html", [])):
                yield from _of_page(where, page.encode())
            yield Piece(where, text="".join(output.get("text", data.get("text/plain", []))))
    told = {key: value for key, value in book.get("metadata", {}).items() if key not in _USUAL}
    if told:
        yield Piece(f"{name}: metadata", text=json.dumps(told), concealed=True)


_USUAL = ("kernelspec", "language_info", "title", "authors")


def _of_pdf(name: str, content: bytes) -> Iterator[Piece]:
    sheets = read_pdf(content)
    yield Piece(name, text="\n".join(sheets.words), shapes=sheets.shapes, exact=_PDF_DIGITS)
    if sheets.aside:
        yield Piece(f"{name}: attached", text="1 file or note beside the pages", concealed=True)


def _of_json(name: str, content: bytes) -> Iterator[Piece]:
    text = content.decode("utf-8")
    yield Piece(name, text=text)
    for number, rows in enumerate(_lists_of_rows(json.loads(text)), start=1):
        yield Piece(f"{name}: table {number}", rows)


def _lists_of_rows(told: Any) -> Iterator[Rows]:
    """Find the tables in JSON, as data packages may carry them: lists of objects without parts."""
    if isinstance(told, dict):
        for inner in told.values():
            yield from _lists_of_rows(inner)
    elif isinstance(told, list):
        flat = [e for e in told if isinstance(e, dict) and not any(map(_has_parts, e.values()))]
        if flat and len(flat) == len(told):
            names = dict.fromkeys(name for each in flat for name in each)
            yield [{name: _cell(each.get(name)) for name in names} for each in flat]
        else:
            for inner in told:
                yield from _lists_of_rows(inner)


def _has_parts(value: Any) -> bool:
    return isinstance(value, (dict, list))


def _cell(value: Any) -> str:
    return "" if value is None else str(value)


def _of_text(name: str, content: bytes) -> Iterator[Piece]:
    yield Piece(name, text=content.decode("utf-8", "replace"))


def _of_zip(name: str, content: bytes) -> Iterator[Piece]:
    yield from ()  # opened member by member


_READERS = {
    "csv": _of_csv,
    "tsv": _of_csv,
    "xlsx": _of_workbook,
    "html": _of_page,
    "svg": _of_drawing,
    "ipynb": _of_notebook,
    "pdf": _of_pdf,
    "json": _of_json,
    "js": _of_text,
    "md": _of_text,
    "txt": _of_text,
    "zip": _of_zip,
}
