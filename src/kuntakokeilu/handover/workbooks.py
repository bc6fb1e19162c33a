"""Workbooks in a package: what leads to files that are not in it becomes plain text."""

from __future__ import annotations

import re
from collections.abc import Collection
from html import unescape
from io import BytesIO
from posixpath import dirname, normpath
from posixpath import join as path_join
from zipfile import ZipFile, is_zipfile

_RELATIONS = re.compile(r"xl/worksheets/_rels/(\w+)\.xml\.rels")
_RELATION = re.compile(r"<Relationship\b[^>]*/>")
_VALUE = re.compile(r'\b(\w+)="([^"]*)"')
_LINK = re.compile(r"<hyperlink\b[^>]*/>")
_OF_LINK = re.compile(r'\br:id="([^"]*)"|\bid="([^"]*)"')
_WEB = re.compile(r"[a-z][a-z0-9+.-]*:", re.IGNORECASE)


def without_dead_links(content: bytes, name: str, there: Collection[str]) -> bytes:
    """Take away the links of a workbook that would lead nowhere; their text stays.

    Parameters
    ----------
    content, name : bytes, str
        The workbook, and its file in the package.
    there : collection of str
        Files of the package.

    Returns
    -------
    bytes
        The same workbook if all its links lead somewhere; else one that differs in these alone.
    """
    if not is_zipfile(BytesIO(content)):  # the attack and the search for leaks refuse it
        return content
    with ZipFile(BytesIO(content)) as book:
        parts = {info: book.read(info) for info in book.infolist()}
    texts = {info.filename: part for info, part in parts.items()}
    changed: dict[str, bytes] = {}
    for file, part in texts.items():
        if found := _RELATIONS.fullmatch(file):
            relations = part.decode("utf-8")
            dead = _dead(relations, dirname(name), there)
            if dead:
                sheet = f"xl/worksheets/{found[1]}.xml"
                changed[file] = _unrelated(relations, dead).encode()
                changed[sheet] = _unlinked(texts[sheet].decode("utf-8"), dead).encode()
    if not changed:
        return content
    made = BytesIO()
    with ZipFile(made, "w") as book:
        for info, part in parts.items():
            book.writestr(info, changed.get(info.filename, part))
    return made.getvalue()


def links_of(content: bytes) -> list[str]:
    """List the files and addresses that a workbook leads to."""
    with ZipFile(BytesIO(content)) as book:
        names = [each for each in book.namelist() if _RELATIONS.fullmatch(each)]
        texts = [book.read(each).decode("utf-8") for each in names]
    return [target for text in texts for target in _targets(text).values()]


def _targets(relations: str) -> dict[str, str]:
    """Give the addresses outside of the workbook by their numbers."""
    found = {}
    for each in _RELATION.findall(relations):
        told = dict(_VALUE.findall(each))
        if told.get("TargetMode") == "External":
            found[told["Id"]] = unescape(told["Target"])
    return found


def _dead(relations: str, folder: str, there: Collection[str]) -> set[str]:
    return {
        number
        for number, target in _targets(relations).items()
        if not _WEB.match(target)
        and normpath(path_join(folder, target.partition("#")[0])) not in there
    }


def _unrelated(relations: str, dead: set[str]) -> str:
    def kept(found: re.Match[str]) -> str:
        return "" if dict(_VALUE.findall(found[0])).get("Id") in dead else found[0]

    return _RELATION.sub(kept, relations)


def _unlinked(sheet: str, dead: set[str]) -> str:
    def kept(found: re.Match[str]) -> str:
        number = _OF_LINK.search(found[0])
        return "" if number and (number[1] or number[2]) in dead else found[0]

    return _LINK.sub(kept, sheet).replace("<hyperlinks></hyperlinks>", "")
