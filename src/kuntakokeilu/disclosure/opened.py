"""Any file opened down to its texts, whatever it is called: what a reader of it could get out.

Files are known by how they begin, not by their names. Pictures within pages, sheets within
workbooks and files within archives are opened in turn. What cannot be looked into is said, since
nobody can vouch for it.
"""

from __future__ import annotations

import base64
import binascii
import gzip
import io
import json
import re
import struct
import zlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from html import unescape
from typing import Any
from zipfile import BadZipFile, ZipFile

import openpyxl
from openpyxl.utils.exceptions import InvalidFileException

from kuntakokeilu.disclosure.microdata import Table, tables_in
from kuntakokeilu.disclosure.pdf_text import ClosedError, pdf_texts

DEEPEST = 6  # files within files
LARGEST = 1_000_000_000  # bytes of one file, unpacked
_EMBEDDED = re.compile(
    r"data:[\w/+.-]*(?:;[\w.=-]+)*;base64,((?:[A-Za-z0-9+/=\s]++|%2[BbFf]|%3[Dd])++)"
)
# The lines of a drawing, which are most of its text: coordinates and nothing else.
_LINES = re.compile(r'\bd="[\sMmLlHhVvCcSsQqTtAaZz0-9.,eE+-]*"')
_LUMP = re.compile(r"[A-Za-z0-9+/]{60,}={0,2}\s*")
# Cells are parted by tabs and rows by line ends, whatever the page's own; other tags part nothing.
_CELL = re.compile(r"\s*<(?:td|th|c|cell)\b[^>]*>\s*", re.IGNORECASE)
_END = re.compile(r"[^\S\t]*</(?:td|th|c|cell)\s*>[^\S\t]*", re.IGNORECASE)
_BLOCK = re.compile(
    r"[^\S\t]*</?(?:tr|table|thead|tbody|row|si|text|p|div|li|ul|ol|br|h[1-6]|section|article|title|desc"
    r"|g|path|pre|script|style)\b[^>]*>[^\S\t]*",
    re.IGNORECASE,
)
_TAG = re.compile(r"<[^>]*>")
_UNKNOWN = b"\0"


@dataclass(frozen=True)
class Part:
    """A piece of a file.

    Attributes
    ----------
    place : str
        What follows the name of the file, such as its sheet.
    texts : list of str
        The same words in each form in which they can be read.
    tables : list of Table
        Rows of texts.
    fault : str or None
        Why a checker would send it back whatever is in it: `unreadable`, `hidden_sheet`.
    """

    place: str
    texts: list[str] = field(default_factory=list)
    tables: list[Table] = field(default_factory=list)
    fault: str | None = None


@dataclass(frozen=True)
class Inside:
    """A file within a file.

    Attributes
    ----------
    name : str
        What it is called there.
    content : bytes
        The file.
    """

    name: str
    content: bytes


def pieces(content: bytes, depth: int = 0) -> Iterator[Part | Inside]:
    """Open a file, and give what lies in it.

    Parameters
    ----------
    content : bytes
        The file.
    depth : int
        How many files it lies in.

    Yields
    ------
    Part or Inside
        Each piece, and each file within, still closed. A part has the fault `unreadable` for what
        is encrypted, broken, of an unknown binary form, unpacks to more than `LARGEST` bytes, or
        lies in more than `DEEPEST` files.
    """
    try:
        if depth > DEEPEST:
            raise ClosedError
        reader = next((read for magic, read in _READERS if content.startswith(magic)), _of_text)
        yield from reader(content)
    except (
        *(ClosedError, BadZipFile, InvalidFileException, zlib.error, struct.error, EOFError),
        *(OSError, ValueError, KeyError, IndexError, RuntimeError, NotImplementedError),
    ):
        yield Part("", fault="unreadable")


# --- Text and what is written as text ---


def _of_text(content: bytes) -> Iterator[Part | Inside]:
    text = decoded(content)
    inside: list[bytes] = []

    def taken(found: re.Match[str]) -> str:
        written = re.sub(r"%([0-9A-Fa-f]{2})", lambda c: chr(int(c[1], 16)), found[1])
        inside.append(_from_base64(written))
        return " "

    text = _LINES.sub(" ", _EMBEDDED.sub(taken, text))
    parsed = _parsed(text)
    if parsed is not None:
        strings = list(_strings(parsed))
        files = [one for string in strings if (one := _file_in(string))]
        inside += files
        words = "\n".join(string for string in strings if not _file_in(string))
        words = _EMBEDDED.sub(taken, words)
        yield Part("", [words, *_of_markup(words)], list(_records_in(parsed)))
    else:
        shown = [text, *_of_markup(text)]
        yield Part("", shown, list(tables_in(shown[-1])))
    for number, one in enumerate(inside, start=1):
        yield Inside(f"inside {number}", one)


def decoded(content: bytes) -> str:
    """Read bytes as text; raise `ClosedError` if they are none."""
    for mark, codec in (
        (b"\xef\xbb\xbf", "utf-8-sig"),
        (b"\xff\xfe", "utf-16"),
        (b"\xfe\xff", "utf-16"),
    ):
        if content.startswith(mark):
            return content.decode(codec)
    if _UNKNOWN in content:
        raise ClosedError
    try:
        return content.decode("utf-8")
    except UnicodeDecodeError:
        if len(re.findall(rb"[\x01-\x08\x0e-\x1f]", content[:10_000])) > 10:
            raise ClosedError from None
        return content.decode("latin-1")


def _of_markup(text: str) -> list[str]:
    """Write a page as the words that a reader sees; nothing if a text is no page."""
    if "<" not in text or ">" not in text:
        return [unescape(text)] if "&" in text else []
    text = text.replace("<!--", " ").replace("-->", " ")
    text = _END.sub("", _CELL.sub("\t", text))
    text = _TAG.sub("", _BLOCK.sub("\n", text))
    return [unescape(re.sub(r"\n{2,}", "\n", text))]


def _parsed(text: str) -> Any:
    if not text.lstrip().startswith(("{", "[")):
        return None
    try:
        return json.loads(text)
    except (ValueError, RecursionError):
        return None


def _strings(node: Any) -> Iterator[str]:
    """Give keys and values of JSON, lines that a notebook keeps in a list joined again."""
    if isinstance(node, dict):
        for key, value in node.items():
            yield key
            yield from _strings(value)
    elif isinstance(node, list):
        if node and all(isinstance(each, str) for each in node) and node[0].endswith("\n"):
            yield "".join(node)
        else:
            for each in node:
                yield from _strings(each)
    elif node is not None:
        yield str(node)


def _records_in(node: Any) -> Iterator[Table]:
    """Find lists of records, lists of rows, and columns side by side."""
    if isinstance(node, list) and node:
        if all(isinstance(each, dict) for each in node):
            header = list(dict.fromkeys(key for each in node for key in each))
            yield [header, *([str(each.get(key, "")) for key in header] for each in node)]
        elif all(isinstance(each, list) for each in node):
            yield [[str(value) for value in each] for each in node]
    children = node.values() if isinstance(node, dict) else node if isinstance(node, list) else ()
    columns = [each for each in children if isinstance(each, list)]
    if isinstance(node, dict) and len(columns) == len(node) > 1:
        rows = zip(*columns, strict=False)
        yield [list(node), *([str(value) for value in row] for row in rows)]
    for each in children:
        if isinstance(each, (dict, list)):
            yield from _records_in(each)
        elif isinstance(each, str) and "\n" in each:
            for text in [each, *_of_markup(each)]:
                yield from tables_in(text)


def _file_in(string: str) -> bytes | None:
    """Give the file that a string holds in base 64, as notebooks keep pictures."""
    head = "".join(string[:100].split())
    if len(string) < 60 or not _LUMP.fullmatch(string[:60] if len(head) > 60 else string[:100]):
        return None
    try:
        content = _from_base64(string)
    except (binascii.Error, ValueError):
        return None
    return content if any(content.startswith(magic) for magic, _ in _READERS) else None


def _from_base64(text: str) -> bytes:
    return base64.b64decode("".join(text.split()) + "==", validate=False)


# --- Archives and workbooks ---


def _of_zip(content: bytes) -> Iterator[Part | Inside]:
    with ZipFile(io.BytesIO(content)) as archive:
        listed = archive.infolist()
        if sum(info.file_size for info in listed) > LARGEST:
            raise ClosedError
        names = "\n".join(info.filename for info in listed)
        told = [archive.comment, *(info.comment for info in listed)]
        yield Part("", [names, "\n".join(one.decode("utf-8", "replace") for one in told)])
        if "xl/workbook.xml" in archive.namelist():
            yield from _of_workbook(content)
        for info in listed:
            if not info.is_dir():
                # RuntimeError if it is encrypted.
                yield Inside(info.filename, archive.read(info))


def _of_workbook(content: bytes) -> Iterator[Part]:
    """Read the sheets of a workbook as tables, hidden ones, rows and columns among them."""
    book = openpyxl.load_workbook(io.BytesIO(content), data_only=True)
    for sheet in book.worksheets:
        rows = [
            ["" if value is None else str(value) for value in row]
            for row in sheet.iter_rows(values_only=True)
        ]
        where = f": sheet {book.worksheets.index(sheet) + 1}"
        text = "\n".join("\t".join(row) for row in rows)
        fault = None if sheet.sheet_state == "visible" else "hidden_sheet"
        yield Part(where, [text], list(tables_in(text)), fault)


def _of_gzip(content: bytes) -> Iterator[Inside]:
    with gzip.open(io.BytesIO(content)) as file:
        inner = file.read(LARGEST + 1)
    if len(inner) > LARGEST:
        raise ClosedError
    yield Inside("inside", inner)


# --- Pictures and documents ---

_PNG = b"\x89PNG\r\n\x1a\n"


def _of_png(content: bytes) -> Iterator[Part | Inside]:
    """Read the words of a picture: all that is not its image."""
    texts, at = [], len(_PNG)
    while at < len(content):
        (size,) = struct.unpack(">I", content[at : at + 4])
        kind, data = content[at + 4 : at + 8], content[at + 8 : at + 8 + size]
        if len(data) < size:
            raise ClosedError
        if kind not in (b"IDAT", b"IHDR", b"PLTE"):
            texts.append(_of_chunk(kind, data))
        at += size + 12
        if kind == b"IEND":
            break
    yield Part("", texts)
    if content[at:].strip(b"\0"):  # what is hung on behind the picture
        yield Inside("inside", content[at:])


def _of_chunk(kind: bytes, data: bytes) -> str:
    """Give the text of a chunk (PNG specification, 11.3.3: tEXt, zTXt, iTXt)."""
    name, _, rest = data.partition(b"\0")
    if kind == b"zTXt":
        rest = _inflated(rest[1:])
    elif kind == b"iTXt":
        compressed, words = rest[:1] == b"\1", rest[2:].split(b"\0", 2)[-1]
        rest = _inflated(words) if compressed else words
        return f"{name.decode('latin-1')} {rest.decode('utf-8', 'replace')}"
    return f"{name.decode('latin-1')} {rest.decode('latin-1')}"


def _inflated(data: bytes) -> bytes:
    inflater = zlib.decompressobj()
    content = inflater.decompress(data, LARGEST)
    if inflater.unconsumed_tail:
        raise ClosedError
    return content


def _of_jpeg(content: bytes) -> Iterator[Part]:
    """Read the segments of a picture before its image, where metadata lie."""
    head, texts, at = content, [], 2
    while at + 4 <= len(head) and head[at] == 0xFF and head[at + 1] != 0xDA:
        (size,) = struct.unpack(">H", head[at + 2 : at + 4])
        if head[at + 1] >= 0xE0:
            texts.append(head[at + 4 : at + 2 + size].decode("latin-1"))
        at += 2 + size
    yield Part("", texts)


def _of_pdf(content: bytes) -> Iterator[Part]:
    yield Part("", list(pdf_texts(content)))


_READERS: list[tuple[bytes, Callable[[bytes], Iterator[Part | Inside]]]] = [
    (b"PK\x03\x04", _of_zip),
    (b"PK\x05\x06", _of_zip),
    (b"\x1f\x8b", _of_gzip),
    (_PNG, _of_png),
    (b"\xff\xd8\xff", _of_jpeg),
    (b"%PDF-", _of_pdf),
]
