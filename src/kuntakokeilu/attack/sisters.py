"""Numbers that are hidden in one place and stand in another."""

from __future__ import annotations

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
_NUMBERS = ("estimate", "std_error", "ci_low", "ci_high", "p_value", "shrunk", "total", "share")
_KEYS = ("estimand", "term", "event_time", "window", "inference", "area", "stratum", "method")


def on_hidden_rows(rows: Rows) -> list[str]:
    """Name the columns that have a number in rows that are said to be hidden."""
    found: set[str] = set()
    for row in rows:
        if row.get("status") == "suppressed":
            found |= {c for c, text in row.items() if text not in BLANK and _of_persons(c, text)}
    return sorted(found)


def hidden_keys(rows: Rows) -> set[tuple[str, ...]]:
    """Say which estimates are hidden, by all that tells them apart."""
    if not rows or "status" not in rows[0] or "estimand" not in rows[0]:
        return set()
    return {_key(row) for row in rows if row["status"] == "suppressed"}


def standing_elsewhere(rows: Rows, hidden: set[tuple[str, ...]]) -> list[str]:
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


def _key(row: dict[str, str]) -> tuple[str, ...]:
    return tuple(_plain(row.get(name, "")) for name in _KEYS)


def _plain(text: str) -> str:
    value = as_number(text)
    return text if value is None else f"{value:g}"


def _of_persons(column: str, text: str) -> bool:
    return as_number(text) is not None and column not in PUBLIC and column not in _SAID
