"""What of a run leaves in one package, and what goes together in it."""

from __future__ import annotations

import base64
import csv
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from io import StringIO
from pathlib import Path, PurePosixPath
from posixpath import dirname, normpath
from posixpath import join as path_join

from kuntakokeilu.errors import InputError, some, system_faults
from kuntakokeilu.handover.archive import MOST_FILES
from kuntakokeilu.handover.workbooks import without_dead_links
from kuntakokeilu.report.pages.joined import joined_pages, led_within

PAGES = "report/pages.html"
# Files that are written about the others: three forms, log, persons, dictionary, manifest, ...
WRITTEN = 9
_PICTURES = {".svg": "svg+xml", ".png": "png"}
_SOURCE = re.compile(r'(?<=\bsrc=")((?!data:|[a-z]+:)[^"]+)(?=")')
_ADDRESS = re.compile(r'<(?:a|img|link|script)\b[^>]*?\b(?:href|src)="([^"]*)"')
_MARK = re.compile(r'\bid="([^"]*)"')
_ELSEWHERE = re.compile(r"[a-z][a-z0-9+.-]*:", re.IGNORECASE)
_BRIEFS, _TRACES = "brief_", "trace_"
# Why a file is left out; what each says is in config/labels/handover.csv.
NO_ROWS, JOINED, REPEATS, TOO_MANY = "no_rows", "joined", "repeats", "too_many"


@dataclass(frozen=True)
class Contents:
    """Files of a package, and what of the run is not in it.

    Attributes
    ----------
    files : dict of str to bytes
        By name in the package.
    left_out : dict of str to str
        File of the run, or a pattern for several, to the name of the reason why it is left out.
    pages : tuple of int
        How many pages were joined, and how many figures they show.
    """

    files: dict[str, bytes]
    left_out: dict[str, str]
    pages: tuple[int, int]


def package_contents(
    folder: Path, released: Iterable[str], made: Iterable[str], title: str
) -> Contents:
    """Gather the files of a package but for those that are written about them.

    Parameters
    ----------
    folder : Path
        The study's results.
    released, made : iterable of str
        What the study released and what was made of it, seen from there. No other file leaves.
    title : str
        Of the file that holds the pages.

    Returns
    -------
    Contents
        Released tables that have a row; all pages joined in `PAGES`, with their figures; then, as
        long as there are no more files than a checker takes, workbooks, briefs as PDF, and the
        pages that lead numbers back. What shows the same rows again is left out, and no archive
        lies within the package.

    Raises
    ------
    InputError
        A file is not there, or the release has one that no step of the study writes.
    """
    released, made = list(released), list(made)
    _refuse_strangers(folder, released)
    read = {name: _read(folder, name) for name in released}
    left_out = {name: NO_ROWS for name, content in read.items() if is_empty(name, content)}
    found = {name: content for name, content in read.items() if name not in left_out}
    pages = {n: with_pictures(_text(folder, n), n, folder, made) for n in made if _is_page(n)}
    room = MOST_FILES - WRITTEN - len(found) - bool(pages)
    beside: dict[str, bytes] = {}
    for kind in (_books(made), _briefs(made), _traces(made)):
        fits = len(kind) <= room
        room -= len(kind) if fits else 0
        beside |= {name: _read(folder, name) for name in kind if fits}
        left_out |= {name: TOO_MANY for name in kind if not fits}
    if pages:
        left_out |= _patterns(pages, JOINED)
        found[PAGES] = _joined(pages, beside, title).encode("utf-8")
        beside |= {
            name: _relinked(name, content, pages, beside).encode("utf-8")
            for name, content in beside.items()
            if name.endswith(".html")
        }
    names = {*found, *beside}
    beside = {
        name: without_dead_links(content, name, names) if name.endswith(".xlsx") else content
        for name, content in beside.items()
    }
    rest = [name for name in made if name not in pages and name not in beside]
    left_out = _patterns([name for name in rest if name not in left_out], REPEATS) | left_out
    figures = sum(text.count("<img") for text in pages.values())
    return Contents({**found, **beside}, left_out, (len(pages), figures))


def with_pictures(text: str, name: str, folder: Path, made: Iterable[str]) -> str:
    """Put pictures that lie beside a page into it, since they leave with it.

    Parameters
    ----------
    text, name : str
        The page and its file, seen from the folder.
    folder : Path
        The study's results.
    made : iterable of str
        Files that the study makes; no other is taken.
    """
    known = set(made)

    def within(found: re.Match[str]) -> str:
        path = normpath(path_join(dirname(name), found[1]))
        kind = _PICTURES.get(PurePosixPath(path).suffix)
        if path not in known or kind is None:
            return found[0]
        packed = base64.b64encode(_read(folder, path)).decode("ascii")
        return f"data:image/{kind};base64,{packed}"

    return _SOURCE.sub(within, text)


def dead_references(contents: Mapping[str, bytes]) -> list[str]:
    """List what pages and workbooks of a package show or lead to that is not in it.

    Returns
    -------
    list of str
        File and address of each; an address of the web is none.
    """
    found = []
    for name, content in contents.items():
        if name.endswith(".html"):
            text = content.decode("utf-8")
            marks = set(_MARK.findall(text))
            for address in dict.fromkeys(_ADDRESS.findall(text)):
                path, _, mark = address.partition("#")
                target = normpath(path_join(dirname(name), path)) if path else name
                lost = target not in contents or (target == name and mark and mark not in marks)
                if not _ELSEWHERE.match(address) and lost:
                    found.append(f"{name}: {address}")
        elif name.endswith(".xlsx") and content != without_dead_links(content, name, contents):
            found.append(f"{name}: a link")
    return found


def is_empty(name: str, content: bytes) -> bool:
    r"""Tell whether a file is a table without a row.

    Examples
    --------
    >>> is_empty("a.csv", b"x,y\n"), is_empty("a.csv", b"x\n1\n"), is_empty("a.json", b"")
    (True, False, False)
    """
    if not name.endswith(".csv"):
        return False
    rows = csv.reader(StringIO(content.decode("utf-8-sig")))
    return sum(1 for _ in zip(rows, range(2), strict=False)) < 2


def _is_page(name: str) -> bool:
    file = PurePosixPath(name).name
    return name.endswith(".html") and not file.startswith((_BRIEFS, _TRACES))


def _books(made: Iterable[str]) -> list[str]:
    return [name for name in made if name.endswith(".xlsx")]


def _briefs(made: Iterable[str]) -> list[str]:
    return [name for name in made if name.endswith(".pdf")]


def _traces(made: Iterable[str]) -> list[str]:
    return [name for name in made if PurePosixPath(name).name.startswith(_TRACES)]


def _joined(pages: Mapping[str, str], beside: Iterable[str], title: str) -> str:
    seen = {_seen_from_report(name): text for name, text in pages.items()}
    return joined_pages(seen, _seen_from_report(PAGES), _all_seen(beside), title)


def _relinked(name: str, content: bytes, pages: Iterable[str], beside: Iterable[str]) -> str:
    text, seen = content.decode("utf-8"), _all_seen(pages)
    return led_within(
        text, _seen_from_report(name), seen, _seen_from_report(PAGES), _all_seen(beside)
    )


def _all_seen(names: Iterable[str]) -> list[str]:
    return [_seen_from_report(name) for name in names]


def _seen_from_report(name: str) -> str:
    return str(PurePosixPath(name).relative_to(PurePosixPath(PAGES).parent))


def _patterns(names: Iterable[str], why: str) -> dict[str, str]:
    """Name files by folder and form, since there are hundreds."""
    found: dict[str, list[str]] = {}
    for name in names:
        path = PurePosixPath(name)
        alone = path.name.startswith(_BRIEFS)
        found.setdefault(name if alone else f"{path.parent}/*{path.suffix}", []).append(name)
    return {of[0] if len(of) == 1 else pattern: why for pattern, of in found.items()}


def _refuse_strangers(folder: Path, released: Iterable[str]) -> None:
    known = {folder / name for name in released}
    strange = [path for path in sorted((folder / "release").rglob("*")) if path not in known]
    if strange:
        names = (path.relative_to(folder).as_posix() for path in strange)
        raise InputError(
            f"{some(names)}: no step of the study writes it; remove it, since release/ holds only "
            "what was checked"
        )


def _text(folder: Path, name: str) -> str:
    content = _read(folder, name)
    try:
        return content.decode("utf-8")
    except UnicodeDecodeError:
        raise InputError(f"{name}: expected a page in UTF-8") from None


def _read(folder: Path, name: str) -> bytes:
    path = folder / name
    if path.is_symlink() or not path.resolve().is_relative_to(folder.resolve()):
        raise InputError(f"{name}: a link; expected a file of the run")
    if not path.is_file():
        raise InputError(f"{name}: no such file; run the study first: python run.py results")
    with system_faults(name):
        return path.read_bytes()
