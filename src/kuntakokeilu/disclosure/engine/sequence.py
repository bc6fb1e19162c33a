"""What earlier releases showed and hid, in a file that stays inside.

Each line is a release and holds the hash of the line before, so that a line that was changed, put
in or taken out is noticed. Who keeps the last hash elsewhere notices a file cut short as well.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np

from kuntakokeilu.disclosure.engine.system import Arrays, Label, System
from kuntakokeilu.errors import InputError

_FIRST = "0" * 64
SAME = 1e-6  # numbers that differ by less are one


@dataclass(frozen=True)
class EarlierRelease:
    """What one release told of each number.

    Attributes
    ----------
    name : str
        Of the release.
    true : dict of Label to float
        Each number that it showed or hid.
    shown : dict of Label to float
        Those that it showed, as it showed them.
    beside : mapping of str to Any
        What else the next release must know, as JSON can hold it; the engine does not look at it.
    """

    name: str
    true: Mapping[Label, float]
    shown: Mapping[Label, float]
    beside: Mapping[str, Any] = field(default_factory=dict)


def append(path: Path, release: EarlierRelease) -> str:
    """Write a release behind those before.

    Returns
    -------
    str
        The hash of its line.

    Raises
    ------
    InputError
        The file was edited.
    """
    before = _lines(path)
    last = before[-1]["hash"] if before else _FIRST
    cells = [
        [label[0], _plain(label[1]), label[2], value, release.shown.get(label)]
        for label, value in sorted(release.true.items(), key=repr)
    ]
    body = {"release": release.name, "cells": cells, "before": last}
    if release.beside:
        body["beside"] = release.beside
    body["hash"] = _hash(body)
    with path.open("a", encoding="utf-8", newline="\n") as file:
        file.write(json.dumps(body, ensure_ascii=False) + "\n")
    return str(body["hash"])


def read_earlier(path: Path, last: str | None = None) -> list[EarlierRelease]:
    """Read all earlier releases; none if there is no file.

    Parameters
    ----------
    path : Path
        The file.
    last : str, optional
        Hash of the last line, if it was kept elsewhere.

    Raises
    ------
    InputError
        The file was edited or cut short.
    """
    lines = _lines(path)
    if last is not None and (not lines or lines[-1]["hash"] != last):
        raise InputError(
            f"{path.name}: expected to end with the last release; it was cut or edited"
        )
    return [_release(line) for line in lines]


def changes_of_few(system: System, arrays: Arrays, earlier: Sequence[EarlierRelease]) -> np.ndarray:
    """Say how wide a range must be so that nobody learns that few came or went.

    Parameters
    ----------
    system : System
        Variables and equations as they are now.
    arrays : Arrays
        The same in order.
    earlier : sequence of EarlierRelease
        What was shown before.

    Returns
    -------
    ndarray, shape (n,)
        The limit, of each number that an earlier release told, itself or as the only unknown of an
        equation, and that has moved since then by fewer persons; 0 of all others.
    """
    width = np.zeros(len(arrays.labels))
    for release in earlier:
        old = {label: release.true[label] for label in release.shown}
        for terms in system.equations:
            new = [label for label in terms if label not in old]
            if len(new) == 1 and new[0] not in release.true:
                rest = sum(c * old[label] for label, c in terms.items() if label != new[0])
                old[new[0]] = -rest / terms[new[0]]
        for at, label in enumerate(arrays.labels):
            if label[2] != "sum" and label in old:
                moved = abs(arrays.values[at] - old[label])
                if SAME < moved < arrays.persons[at]:
                    width[at] = arrays.persons[at]
    return width


def _release(line: Mapping[str, Any]) -> EarlierRelease:
    true: dict[Label, float] = {}
    shown: dict[Label, float] = {}
    for table, key, measure, value, told in line["cells"]:
        label = (table, tuple(key), measure)
        true[label] = value
        if told is not None:
            shown[label] = told
    return EarlierRelease(line["release"], true, shown, line.get("beside", {}))


def _lines(path: Path) -> list[dict[str, Any]]:
    if not path.exists():
        return []
    found: list[dict[str, Any]] = []
    last = _FIRST
    for number, text in enumerate(path.read_text(encoding="utf-8").splitlines(), start=1):
        try:
            line = json.loads(text)
            told = line.pop("hash")
        except (ValueError, KeyError, AttributeError, TypeError):
            raise InputError(f"{path.name}, line {number}: expected a release; edited") from None
        if _hash(line) != told or line.get("before") != last:
            raise InputError(
                f"{path.name}, line {number}: its hash does not fit; the list of earlier releases "
                "was edited, and nothing can be released beside it"
            )
        last = told
        found.append(line | {"hash": told})
    return found


def _hash(body: Mapping[str, Any]) -> str:
    text = json.dumps(body, ensure_ascii=False, sort_keys=True)
    return hashlib.sha256(text.encode()).hexdigest()


def _plain(key: Any) -> Sequence[Any]:
    parts = key if isinstance(key, tuple) else (key,)
    return [p if p is None or isinstance(p, (str, int, float, bool)) else str(p) for p in parts]
