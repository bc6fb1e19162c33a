"""What moved between two builds: new, revised and withdrawn numbers, a log and a feed."""

from __future__ import annotations

import json
import uuid
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any
from xml.sax.saxutils import escape

import numpy as np
import pandas as pd

from kuntakokeilu.errors import InputError
from kuntakokeilu.io import read_csv

NEW, REVISED, WITHDRAWN = "new", "revised", "withdrawn"
COLUMNS = ["indicator", "place", "month", "kind", "before", "after", "difference"]
LOG = "changes/log.json"


@dataclass(frozen=True)
class Entry:
    """What one build changed.

    Attributes
    ----------
    date : str
        Day of the build, YYYY-MM-DD.
    newest : str
        Newest month of the whole country, YYYY-MM.
    new, revised, withdrawn : int
        Numbers that came, moved, and went.
    largest : mapping or None
        The revision that moved most relative to the number before; None if there is none.
    file : str
        Where all of them are, below the site; empty of a first build.
    first : bool
        Whether there was no site before.
    """

    date: str
    newest: str
    new: int = 0
    revised: int = 0
    withdrawn: int = 0
    largest: Mapping[str, Any] | None = None
    file: str = ""
    first: bool = False


def compare_tables(before: pd.DataFrame, after: pd.DataFrame, indicator: str) -> pd.DataFrame:
    """List the numbers of an indicator that are not what they were.

    Parameters
    ----------
    before, after : DataFrame of str
        Files of the indicator: month and places; empty where there is no number, `a/b` a range.
    indicator : str
        Its name.

    Returns
    -------
    DataFrame of str
        COLUMNS; difference is empty unless both are single numbers. Sorted by month and place.
    """
    old, new = (_stacked(frame) for frame in (before, after))
    both = pd.concat([old.rename("before"), new.rename("after")], axis=1).fillna("")
    moved = both[both["before"] != both["after"]].reset_index()
    kind = np.select([moved["before"] == "", moved["after"] == ""], [NEW, WITHDRAWN], REVISED)
    numbers = [pd.to_numeric(moved[name], errors="coerce") for name in ("before", "after")]
    difference = (numbers[1] - numbers[0]).round(3)
    moved = moved.assign(indicator=indicator, kind=kind)
    moved["difference"] = difference.map(lambda value: "" if pd.isna(value) else f"{value:+g}")
    return moved.sort_values(["month", "place"], kind="stable", ignore_index=True)[COLUMNS]


def _stacked(frame: pd.DataFrame) -> pd.Series:
    if frame.empty:
        index = pd.MultiIndex.from_arrays([[], []], names=["month", "place"])
        return pd.Series([], index=index, dtype=object)
    long = frame.melt("month", var_name="place")
    return long[long["value"] != ""].set_index(["month", "place"])["value"]


def compare_sites(old: Path, new: Path, indicators: Sequence[str]) -> pd.DataFrame:
    """List the numbers that moved between two sites, by the files of their indicators."""
    found = []
    for name in indicators:
        tables = [_table(folder / "data" / f"indicator-{name}.csv") for folder in (old, new)]
        found.append(compare_tables(tables[0], tables[1], name))
    return (
        pd.concat(found, ignore_index=True) if found else pd.DataFrame(columns=COLUMNS, dtype=str)
    )


def _table(path: Path) -> pd.DataFrame:
    if not path.is_file() or path.read_text(encoding="utf-8").count("\n") < 2:
        return pd.DataFrame({"month": []}, dtype=str)
    return read_csv(path, ["month"])


def entry_of(moved: pd.DataFrame, date: str, newest: str, file: str) -> Entry:
    """Sum up what moved."""
    counts = moved["kind"].value_counts()
    revised = moved[(moved["kind"] == REVISED) & (moved["difference"] != "")]
    largest = None
    if len(revised):
        before, step = (pd.to_numeric(revised[name]).abs() for name in ("before", "difference"))
        row = revised.iloc[int((step / before.clip(lower=1)).to_numpy().argmax())]
        largest = {
            name: str(row[name]) for name in ("indicator", "place", "month", "before", "after")
        }
    new, again, gone = (int(counts.get(kind, 0)) for kind in (NEW, REVISED, WITHDRAWN))
    return Entry(date, newest, new, again, gone, largest=largest, file=file)


def read_log(site: Path) -> list[Entry]:
    """Read what earlier builds changed, the newest first; nothing before the first.

    Raises
    ------
    InputError
        The log is not what a build wrote.
    """
    path = site / LOG
    if not path.is_file():
        return []
    try:
        return [Entry(**row) for row in json.loads(path.read_text(encoding="utf-8"))]
    except (ValueError, TypeError):
        raise InputError(
            f"{path.as_posix()}: not the log of a build; move the folder {site.as_posix()} away "
            "and build the site anew"
        ) from None


def log_text(log: Sequence[Entry]) -> str:
    """Write the log."""
    return json.dumps([asdict(entry) for entry in log], indent=1, ensure_ascii=False) + "\n"


def changes_text(log: Sequence[Entry], sentences: Callable[[Entry], Sequence[str]]) -> str:
    """Write CHANGES: what each build moved, the newest first."""
    parts = []
    for entry in log:
        lines = [entry.date, *(f"  {sentence}" for sentence in sentences(entry))]
        parts.append("\n".join([*lines, *([f"  {entry.file}"] if entry.file else [])]))
    return "\n\n".join(parts) + "\n"


def atom(
    log: Sequence[Entry],
    sentences: Callable[[Entry], Sequence[str]],
    *,
    title: str,
    author: str,
    language: str,
    address: str | None,
) -> str:
    """Write the feed of changes (Atom, RFC 4287).

    Parameters
    ----------
    log : sequence of Entry
        The newest first.
    sentences : callable
        What an entry says.
    title, author : str
        Of the feed.
    language : str
        fi, sv or en.
    address : str or None
        Where the site is published; without it the feed has no links, and ids that are names.
    """
    space = uuid.uuid5(uuid.NAMESPACE_URL, address or "https://kuntakokeilu.invalid/")

    def one(place: int, entry: Entry) -> str:
        said = " ".join(sentences(entry))
        name = uuid.uuid5(space, f"{language} {len(log) - place} {entry.date}")
        link = f'<link href="{escape(address)}{language}/changes.html"/>' if address else ""
        return (
            f"<entry><id>urn:uuid:{name}</id><title>{escape(title)} {entry.newest}</title>"
            f"<updated>{entry.date}T00:00:00Z</updated>{link}"
            f'<content type="text">{escape(said)}</content></entry>'
        )

    entries = "\n".join(one(place, entry) for place, entry in enumerate(log))
    own = f'<link rel="self" href="{escape(address)}feed_{language}.xml"/>' if address else ""
    updated = log[0].date if log else "1970-01-01"
    return (
        '<?xml version="1.0" encoding="utf-8"?>\n'
        f'<feed xmlns="http://www.w3.org/2005/Atom" xml:lang="{language}">\n'
        f"<id>urn:uuid:{uuid.uuid5(space, language)}</id><title>{escape(title)}</title>\n"
        f"<updated>{updated}T00:00:00Z</updated><author><name>{escape(author)}</name></author>{own}\n"
        f"{entries}\n</feed>\n"
    )
