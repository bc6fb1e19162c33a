"""Numbers that are hidden in one place and stand in another."""

from __future__ import annotations

import re

from kuntakokeilu.attack.numbers import BLANK, PUBLIC, as_number
from kuntakokeilu.attack.read import Rows

# What may be said of a row whose numbers are hidden: how it is called, and what was chosen.
_SAID = frozenset(
    [
        "event_time",
        "declared",
        "bound",
        "periods_per_bin",
        "programme_euros",
        "n_family",
        "draws",
        "power",
        "most_rejected",
        "start",
        "first_start",
        "last_start",
        "year",
        "cohort",
        "caliper",
        "n_family",
        "elapsed",
        "position",
        "assignments",
        "multiplier",
    ]
)
# Columns that are the same in every row of an arm, shown or hidden, by what tells those rows apart.
_SHARED = {"definition": frozenset(["n_persons", "n_clients"])}
# What tables for readers say of a hidden number, in each language.
_HIDDEN = frozenset(["suppressed", "salattu", "sekretessbelagd", "sekretessbelagt"])
_SIGNED = re.compile(r"[+\u2212-]\d[\d\s\u00a0\u202f]*(?:[.,]\d+)?|\d+[.,]\d+")
_NUMBERS = ("estimate", "std_error", "ci_low", "ci_high", "p_value", "shrunk", "total", "share")
# Of what a number is, and when; with another of these it is another number. The whole time, which
# is blank, needs no column.
_OF = ("estimand", "area", "stratum", "feature", "method", "event_time", "window")
_TELLING = frozenset(["term", "area", "stratum", "feature"])
Key = tuple[tuple[str, str], ...]


def on_hidden_rows(rows: Rows) -> list[str]:
    """Name the columns that have a number in rows that are said to be hidden."""
    found: set[str] = set()
    for row in rows:
        if row.get("status") == "suppressed":
            found |= {c for c, text in row.items() if text not in BLANK and _of_persons(c, text)}
    shared = {c for name, columns in _SHARED.items() if rows and name in rows[0] for c in columns}
    return sorted(found - shared)


def beside_hidden_words(rows: Rows) -> list[str]:
    """Name the columns of a table for readers that have a number of what the row says is hidden.

    Returns
    -------
    list of str
        Columns with a signed or broken number, in rows of which a cell says that it is hidden; not
        those that say how the number is called or what was chosen.
    """
    found: set[str] = set()
    for row in rows:
        if any(text.strip().casefold() in _HIDDEN for text in row.values()):
            found |= {column for column, text in row.items() if _SIGNED.fullmatch(text.strip())}
    return sorted(found - _SAID - PUBLIC)


def hidden_keys(rows: Rows) -> set[Key]:
    """Say which estimates are hidden under every error: of what they are, and when.

    A table that tells of an estimand alone has numbers of another kind, such as a power or a
    bound, and no estimate.
    """
    if not rows or not {"status", "estimand"} <= rows[0].keys() or not _TELLING & rows[0].keys():
        return set()
    seen = {_key(row) for row in rows if row["status"] != "suppressed"}
    return {_key(row) for row in rows} - seen


def standing_elsewhere(rows: Rows, hidden: set[Key]) -> list[str]:
    """Name the columns in which another table has a number of a hidden estimate."""
    if not rows or "estimand" not in rows[0]:
        return []
    found: set[str] = set()
    for row in rows:
        if _key(row) in hidden:
            found |= {
                c for c in _NUMBERS if row.get(c, "") not in BLANK and as_number(row[c]) is not None
            }
    return sorted(found)


def _key(row: dict[str, str]) -> Key:
    """Tell an estimate from others; what is blank tells nothing, but for a feature (all areas)."""
    names = [name for name in _OF if row.get(name) or (name == "feature" and name in row)]
    return tuple((name, _plain(row[name])) for name in names)


def _plain(text: str) -> str:
    value = as_number(text)
    return text if value is None else f"{value:g}"


def _of_persons(column: str, text: str) -> bool:
    return as_number(text) is not None and column not in PUBLIC and column not in _SAID
