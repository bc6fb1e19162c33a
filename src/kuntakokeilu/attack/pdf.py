"""A PDF as an attacker reads it: its words, the places of what is drawn, and what is put aside.

Written from the standard (ISO 32000-1:2008) and for this search alone: objects, their streams,
the matrix of each drawing, and fonts that name their letters by numbers of their own.
"""

from __future__ import annotations

import re
import zlib
from collections.abc import Iterator
from dataclasses import dataclass, field

import numpy as np

_OBJECT = re.compile(rb"(\d+)\s+\d+\s+obj\b(.*?)\bendobj\b", re.DOTALL)
_STREAM = re.compile(rb"stream\r?\n(.*?)\r?\n?endstream", re.DOTALL)
_CONTENTS = re.compile(rb"/Contents\s*(\d+\s+\d+\s+R|\[[^\]]*\])")
_REFERENCE = re.compile(rb"(\d+)\s+\d+\s+R")
_FORM = re.compile(rb"/Subtype\s*/Form\b|/PatternType\s+1\b|/BBox\b")
_FONTS = re.compile(rb"/Font\s*<<(.*?)>>", re.DOTALL)
_NAMED = re.compile(rb"/([^\s/<>\[\]()]+)\s+(\d+)\s+\d+\s+R")
_UNICODE = re.compile(rb"/ToUnicode\s+(\d+)\s+\d+\s+R")
_MAPPED = re.compile(r"<([0-9A-Fa-f]+)>\s*<([0-9A-Fa-f]+)>")
_SPREAD = re.compile(r"<([0-9A-Fa-f]+)>\s*<([0-9A-Fa-f]+)>\s*<([0-9A-Fa-f]+)>")
_ASIDE = (b"/EmbeddedFile", b"/Filespec", b"/FreeText", b"/Popup")
_TOKEN = re.compile(
    rb"\((?:[^()\\]|\\.)*\)|<<|>>|<[0-9A-Fa-f\s]*>|\[|\]|/[^\s/<>\[\]()]*|[^\s/<>\[\]()]+",
    re.DOTALL,
)
_ESCAPE = re.compile(rb"\\([0-7]{1,3}|.)", re.DOTALL)
_PLAIN = {b"n": b"\n", b"r": b"\r", b"t": b"\t", b"b": b"\b", b"f": b"\f"}
_POINTS = {b"m": 1, b"l": 1, b"c": 3, b"v": 2, b"y": 2}  # how many points each takes
_PAINTED = frozenset([b"S", b"s", b"f", b"F", b"f*", b"B", b"B*", b"b", b"b*"])


@dataclass(frozen=True)
class Shape:
    """What is drawn in one stroke: the box that it fills.

    Attributes
    ----------
    left, right, low, high : float
        Its ends, in the unit of the drawing.
    round : bool
        Is it a dot, and no line or bar?
    """

    left: float
    right: float
    low: float
    high: float
    round: bool = False


@dataclass(frozen=True)
class Sheets:
    """What a PDF holds.

    Attributes
    ----------
    words : list of str
        Each piece of text, in the order in which it is set.
    shapes : list of Shape
        What is drawn, in points of the page.
    aside : bool
        Has it files or notes that no page shows?
    """

    words: list[str] = field(default_factory=list)
    shapes: list[Shape] = field(default_factory=list)
    aside: bool = False


def read_pdf(content: bytes) -> Sheets:
    """Read words, drawings and what is put aside.

    Raises
    ------
    ValueError
        It is no PDF, or encrypted.
    """
    if not content.startswith(b"%PDF") or b"/Encrypt" in content:
        raise ValueError
    objects = _objects(content)
    fonts = _fonts(objects)
    found = Sheets(aside=any(mark in body for body in objects.values() for mark in _ASIDE))
    for number in sorted(_drawn(objects)):
        stream = _unpacked(objects.get(number, b""))
        if stream is not None:
            _follow(stream, fonts, found)
    return found


def _drawn(objects: dict[int, bytes]) -> set[int]:
    """Name the objects that say what is drawn: what pages hold, forms and patterns.

    Other streams are fonts, colours and pictures, whose bytes mean nothing here.
    """
    found = {
        int(number)
        for body in objects.values()
        for held in _CONTENTS.findall(body)
        for number in _REFERENCE.findall(held)
    }
    heads = {number: _STREAM.split(body, maxsplit=1)[0] for number, body in objects.items()}
    return found | {number for number, head in heads.items() if _FORM.search(head)}


def _objects(content: bytes) -> dict[int, bytes]:
    """Give the objects by their numbers, those packed in streams too."""
    found = {int(each[1]): each[2] for each in _OBJECT.finditer(content)}
    for body in list(found.values()):
        if b"/ObjStm" not in body:
            continue
        packed, first = _unpacked(body), re.search(rb"/First\s+(\d+)", body)
        if packed is None or first is None:
            raise ValueError
        start = int(first[1])
        numbers = [int(text) for text in packed[:start].split()]
        ends = [*numbers[3::2], len(packed) - start]
        for number, at, end in zip(numbers[::2], numbers[1::2], ends, strict=True):
            found[number] = packed[start + at : start + end]
    return found


def _unpacked(body: bytes) -> bytes | None:
    stream = _STREAM.search(body)
    if stream is None:
        return None
    if b"/FlateDecode" not in body[: stream.start()]:
        return stream[1]
    return zlib.decompressobj().decompress(stream[1])


def _fonts(objects: dict[int, bytes]) -> dict[bytes, dict[int, str]]:
    """Give the letters of each font, by the name that pages call it."""
    found: dict[bytes, dict[int, str]] = {}
    for body in objects.values():
        for fonts in _FONTS.finditer(body):
            for name, number in _NAMED.findall(fonts[1]):
                table = _UNICODE.search(objects.get(int(number), b""))
                stream = _unpacked(objects.get(int(table[1]), b"")) if table else None
                found[name] = _letters(stream.decode("latin-1")) if stream else {}
    return found


def _letters(table: str) -> dict[int, str]:
    found: dict[int, str] = {}
    for block in re.findall(r"beginbfchar(.*?)endbfchar", table, re.DOTALL):
        found |= {int(code, 16): _text_of(to) for code, to in _MAPPED.findall(block)}
    for block in re.findall(r"beginbfrange(.*?)endbfrange", table, re.DOTALL):
        for first, last, to in _SPREAD.findall(block):
            codes = range(int(first, 16), int(last, 16) + 1)
            found |= {code: chr(int(to, 16) + at) for at, code in enumerate(codes)}
    return found


def _text_of(digits: str) -> str:
    return bytes.fromhex(digits.zfill(4)).decode("utf-16-be", "replace")


def _follow(stream: bytes, fonts: dict[bytes, dict[int, str]], found: Sheets) -> None:
    """Carry out what a page says, as far as it sets words or draws shapes."""
    matrix, kept = np.eye(3), list[np.ndarray]()
    path, curved = list[tuple[float, float]](), False
    letters: dict[int, str] = {}
    given: list[bytes] = []
    for token in _TOKEN.findall(stream):
        if not _is_operator(token):
            given.append(token)
            continue
        if token == b"q":
            kept.append(matrix)
        elif token == b"Q" and kept:
            matrix = kept.pop()
        elif token == b"cm":
            a, b, c, d, e, f = _numbers(given, 6)
            matrix = np.array([[a, b, 0], [c, d, 0], [e, f, 1]]) @ matrix
        elif token in _POINTS:
            path += _placed(_numbers(given, 2 * _POINTS[token]), matrix)
            curved |= token == b"c"
        elif token == b"re":
            x, y, width, height = _numbers(given, 4)
            path += _placed([x, y, x + width, y + height], matrix)
        elif token in _PAINTED or token == b"n":
            if path and token != b"n":
                found.shapes.append(_shape(path, curved))
            path, curved = [], False
        elif token == b"Tf" and len(given) > 1:
            letters = fonts.get(given[-2].lstrip(b"/"), {})
        elif token in (b"Tj", b"TJ", b"'", b'"'):
            texts = (_string(each) for each in given if each[:1] in b"(<")
            found.words.append("".join(_read(text, letters) for text in texts))
        given = []


def _is_operator(token: bytes) -> bool:
    return (token[:1].isalpha() or token in (b"'", b'"')) and token not in (
        b"true",
        b"false",
        b"null",
    )


def _numbers(given: list[bytes], count: int) -> list[float]:
    if len(given) < count:
        raise ValueError
    return [float(text) for text in given[-count:]]


def _placed(flat: list[float], matrix: np.ndarray) -> Iterator[tuple[float, float]]:
    for x, y in zip(flat[::2], flat[1::2], strict=True):
        at = np.array([x, y, 1.0]) @ matrix
        yield float(at[0]), float(at[1])


def _shape(path: list[tuple[float, float]], curved: bool) -> Shape:
    across, up = zip(*path, strict=True)
    left, right, low, high = min(across), max(across), min(up), max(up)
    even = curved and abs((right - left) - (high - low)) < 0.05 * (right - left)
    return Shape(left, right, low, high, even)


def _string(token: bytes) -> bytes:
    if token[:1] == b"(":
        return _ESCAPE.sub(_unescaped, token[1:-1])
    digits = re.sub(rb"\s", b"", token[1:-1]).decode("ascii")
    return bytes.fromhex(digits + "0" * (len(digits) % 2))


def _unescaped(found: re.Match[bytes]) -> bytes:
    said = found[1]
    return bytes([int(said, 8) % 256]) if said[:1].isdigit() else _PLAIN.get(said, said)


def _read(text: bytes, letters: dict[int, str]) -> str:
    """Read a string by a font's letters, whose codes have one byte or, beyond 255, two."""
    if not letters:
        return text.decode("latin-1")
    pairs = max(letters) > 255 or text[::2].count(0) == (len(text) + 1) // 2
    codes = zip(text[::2], text[1::2], strict=False) if pairs else ((0, byte) for byte in text)
    return "".join(letters.get(256 * high + low, "") for high, low in codes)
