"""The text of a PDF as far as a search needs it: everything that may be read, in no order.

No layout and no objects: streams are unpacked, strings of all of them are taken as they are, and
once more through every table of characters (ToUnicode) in the file, since a font may name its
letters by numbers of its own (ISO 32000-1:2008, 7.3.4, 9.4.3 and 9.10.3). Where the file says
itself what is read (ActualText, 14.9.4), that is taken.
"""

from __future__ import annotations

import re
import zlib
from collections.abc import Iterator

LARGEST = 200_000_000  # bytes of a stream, unpacked
_STREAM = re.compile(rb"stream\r?\n(.*?)\r?\n?endstream", re.DOTALL)
_SHOWN = re.compile(rb"\((?:[^()\\]|\\.|\((?:[^()\\]|\\.)*\))*\)|<[0-9A-Fa-f\s]*>", re.DOTALL)
# Between two strings of one array stand numbers alone, which move letters together.
_ARRAY = re.compile(
    rb"\[((?:\s*(?:\((?:[^()\\]|\\.)*\)|<[0-9A-Fa-f\s]*>|[-+.\d]+))*)\s*\]", re.DOTALL
)
_BLOCK = re.compile(rb"\bBT\b(.*?)\bET\b", re.DOTALL)  # of text, in which strings follow each other
# A piece of which the file says what is read there, whatever its letters are.
_ACTUAL = re.compile(
    rb"/ActualText\s*(\((?:[^()\\]|\\.)*\)|<[0-9A-Fa-f\s]*>)\s*>>\s*BDC.*?\bEMC\b", re.DOTALL
)
_ONE = re.compile(r"<([0-9A-Fa-f]+)>\s*<([0-9A-Fa-f]+)>")
_RANGE = re.compile(r"<([0-9A-Fa-f]+)>\s*<([0-9A-Fa-f]+)>\s*<([0-9A-Fa-f]+)>")
_LISTED = re.compile(r"<([0-9A-Fa-f]+)>\s*<[0-9A-Fa-f]+>\s*\[([^\]]*)\]")
_ESCAPED = {b"n": b"\n", b"r": b"\r", b"t": b"\t", b"b": b"\b", b"f": b"\f"}
_ESCAPE = re.compile(rb"\\([0-7]{1,3}|\r?\n|.)", re.DOTALL)


class ClosedError(Exception):
    """A file that cannot be looked into."""


def pdf_texts(content: bytes) -> Iterator[str]:
    """Give all that can be read in a PDF.

    Parameters
    ----------
    content : bytes
        The file.

    Yields
    ------
    str
        The objects with their metadata, and the strings of each stream in each reading.

    Raises
    ------
    ClosedError
        The file is encrypted, or a stream is larger than `LARGEST`.
    """
    if re.search(rb"/Encrypt\b", content):
        raise ClosedError
    streams = [unpacked(found[1]) for found in _STREAM.finditer(content)]
    maps = [letters for stream in streams if (letters := _letters(stream))]
    for stream in (_STREAM.sub(b"", content), *streams):
        if _printable(stream):
            yield stream.decode("latin-1")
        runs = [_run(array[1]) for array in _ARRAY.finditer(stream)]
        runs += [_run(stream)] if not runs else []
        raw = [shown for run in runs for shown in ("\0".join(run), "".join(run))]
        yield "\n".join(raw)
        for letters in maps:
            yield "\n".join("".join(_through(text, letters) for text in run) for run in runs)
            yield "\n".join(_as_read(block[1], letters) for block in _BLOCK.finditer(stream))


def unpacked(stream: bytes) -> bytes:
    """Unpack a stream if it is deflated; give it as it is otherwise."""
    inflater = zlib.decompressobj()
    try:
        content = inflater.decompress(stream, LARGEST)
    except zlib.error:
        return stream
    if inflater.unconsumed_tail:
        raise ClosedError
    return content


def _as_read(block: bytes, letters: dict[int, str]) -> str:
    """Read a block of text in its order, with what the file says is read in place of letters."""
    said, at = [], 0
    for actual in _ACTUAL.finditer(block):
        said += [_through(text, letters) for text in _run(block[at : actual.start()])]
        said.append(_text(actual[1]))
        at = actual.end()
    return "".join([*said, *(_through(text, letters) for text in _run(block[at:]))])


def _printable(stream: bytes) -> bool:
    return b"\0" not in stream[:10_000]


def _run(content: bytes) -> list[str]:
    """Take the strings of a piece of a stream, as text of one byte a letter or of UTF-16."""
    return [_text(found[0]) for found in _SHOWN.finditer(content)]


def _text(shown: bytes) -> str:
    if shown[:1] == b"(":
        plain = _ESCAPE.sub(_unescaped, shown[1:-1])
    else:
        digits = re.sub(rb"\s", b"", shown[1:-1])
        plain = bytes.fromhex((digits + b"0" * (len(digits) % 2)).decode("ascii"))
    if plain[:2] == b"\xfe\xff":
        return plain[2:].decode("utf-16-be", "replace")
    return plain.decode("latin-1")


def _unescaped(found: re.Match[bytes]) -> bytes:
    said = found[1]
    if said[:1].isdigit():
        return bytes([int(said, 8) % 256])
    return b"" if said.endswith(b"\n") else _ESCAPED.get(said, said)


def _letters(stream: bytes) -> dict[int, str]:
    """Read a table of characters; none if the stream is not one."""
    if b"beginbf" not in stream:
        return {}
    text = stream.decode("latin-1")
    found: dict[int, str] = {}
    for block in re.findall(r"beginbfchar(.*?)endbfchar", text, re.DOTALL):
        found |= {int(code, 16): _unicode(to) for code, to in _ONE.findall(block)}
    for block in re.findall(r"beginbfrange(.*?)endbfrange", text, re.DOTALL):
        for first, last, to in _RANGE.findall(block):
            start, end = int(first, 16), min(int(last, 16), int(first, 16) + 65_535)
            begin = int(to, 16)
            found |= {n: chr(begin + n - start) for n in range(start, end + 1) if begin < 0xD800}
        for first, listed in _LISTED.findall(block):
            each = enumerate(re.findall(r"<([0-9A-Fa-f]+)>", listed), start=int(first, 16))
            found |= {number: _unicode(to) for number, to in each}
    return found


def _unicode(digits: str) -> str:
    return bytes.fromhex(digits.zfill(4)).decode("utf-16-be", "replace")


def _through(text: str, letters: dict[int, str]) -> str:
    """Read a string by a table of characters, whose codes have one byte or two."""
    codes = text.encode("latin-1", "replace")
    if max(letters) > 255 or (len(codes) % 2 == 0 and codes[::2].count(0) == len(codes) // 2):
        pairs = zip(codes[::2], codes[1::2], strict=False)
        return "".join(letters.get(256 * high + low, "") for high, low in pairs)
    return "".join(letters.get(code, "") for code in codes)
