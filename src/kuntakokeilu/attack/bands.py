"""Bands of persons beside numbers: what they tell together with a share, or of a hidden row."""

from __future__ import annotations

import re
from collections.abc import Iterator

from kuntakokeilu.attack.numbers import BLANK, as_number
from kuntakokeilu.attack.read import Rows

# What tells rows of a table apart, in the order in which bands name them.
_KEYS = {
    "estimates.csv": ("estimand", "term", "event_time", "window", "inference"),
    "area_effects.csv": ("estimand", "area"),
    "heterogeneity.csv": ("estimand", "method", "stratum"),
    "coverage.csv": ("outcome", "arm", "period"),
    "false_starts.csv": ("estimand", "start", "inference"),
    "designs_judged.csv": ("estimand", "candidate"),
    "synthetic_areas.csv": ("estimand", "area", "candidate"),
}
_SHARES = ("mean", "baseline_mean")  # in per cent, or else no shares
_CLOSED = re.compile(r"(\d+)\D+(\d+)")
_OPEN = re.compile(r"(\d+)\D*")


def told_by_bands(bands: Rows, tables: dict[str, Rows], least: int) -> Iterator[str]:
    """Say what bands of persons tell that they should not.

    Parameters
    ----------
    bands : list of dict
        With `file`, `row` and `persons`, a band such as 10–49.
    tables : dict of str to list of dict
        Released tables by file.
    least : int
        Fewest persons that may be told.

    Yields
    ------
    str
        `a hidden row`, if one has a band; `a band`, if it is narrower than the limit or begins
        below it; the column of a share whose count of few follows from the band.
    """
    named = {
        (file.rpartition("/")[2], _name(row, keys)): row
        for file, rows in tables.items()
        if (keys := _KEYS.get(file.rpartition("/")[2]))
        for row in rows
    }
    for each in bands:
        low, high = _ends(each["persons"])
        if low < least or high - low < least - 1:
            yield "a band"
        row = named.get((each["file"].rpartition("/")[2], each["row"]), {})
        if row.get("status") == "suppressed" or row.get("mean", "shown") in BLANK:
            yield "a hidden row"
        for column in _SHARES:
            share = as_number(row.get(column, ""))
            if share is not None and 0 < share < 100:
                for part in (share / 100, 1 - share / 100):
                    if part * low < least and part * (high - low) < least - 1:
                        yield column


def _name(row: dict[str, str], keys: tuple[str, ...]) -> str:
    return " ".join(text for key in keys if (text := row.get(key, "")) not in BLANK)


def _ends(band: str) -> tuple[float, float]:
    if found := _CLOSED.fullmatch(band.strip()):
        return float(found[1]), float(found[2])
    found = _OPEN.match(band.strip())
    return (float(found[1]), float("inf")) if found else (0.0, 0.0)
