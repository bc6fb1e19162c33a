"""Numbers of the site as readers see them, and as files hold them."""

from __future__ import annotations

import csv
import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from io import StringIO
from typing import Any

import numpy as np

from kuntakokeilu.report.words.language import DASH, LANGUAGES, Language
from kuntakokeilu.site.load import Portal
from kuntakokeilu.site.places import Followed
from kuntakokeilu.site.series import (
    HOLE,
    SUPPRESSED,
    WEIGHTED,
    MonthlySeries,
    follow,
    holes,
    newest,
)

HIDDEN = ".."  # as Statistics Finland marks a suppressed number


@dataclass(frozen=True)
class Numbers:
    """The series of all places.

    Attributes
    ----------
    portal : Portal
        What they are made of.
    """

    portal: Portal
    _known: dict[tuple[str, str], MonthlySeries] = field(default_factory=dict)

    @property
    def months(self) -> list[str]:
        """The months, YYYY-MM."""
        return self.portal.observed.months

    @property
    def indicators(self) -> list[str]:
        """The names of the indicators, in reading order."""
        return list(self.portal.settings.indicators)

    @cached_property
    def places(self) -> dict[str, Followed]:
        """The places by name."""
        return {place.name: place for place in self.portal.places}

    def of_kind(self, kind: str) -> list[Followed]:
        """List the places of a kind."""
        return [place for place in self.portal.places if place.kind == kind]

    def series(self, place: str, indicator: str) -> MonthlySeries:
        """Give an indicator of a place."""
        if (place, indicator) not in self._known:
            declared = self.portal.settings.indicators[indicator]
            found = follow(self.portal.observed, self.places[place], declared)
            self._known[place, indicator] = found
        return self._known[place, indicator]

    def decimals(self, indicator: str) -> int:
        """Tell with how many decimals an indicator is shown."""
        return 1 if self.portal.settings.indicators[indicator].per else 0

    def text(self, place: str, indicator: str, k: int | None, language: Language) -> str:
        """Write the number of a month: a dash for a hole, two dots for a suppressed one."""
        if k is None:
            return DASH
        one, decimals = self.series(place, indicator), self.decimals(indicator)
        state = one.state[k]
        if state in (HOLE, SUPPRESSED):
            return DASH if state == HOLE else HIDDEN
        low, high = (language.number(float(end[k]), decimals) for end in (one.low, one.high))
        return low + ("" if low == high else DASH + high) + ("*" if state == WEIGHTED else "")

    def newest(self, place: str, indicator: str) -> int | None:
        """Give the newest month of an indicator, by its place."""
        return newest(self.series(place, indicator))

    def gaps(self, place: str, indicator: str, language: Language) -> list[str]:
        """Name the spans without data within a series."""
        spans = holes(self.series(place, indicator))
        return [self.span(first, last, language) for first, last in spans]

    def span(self, first: int, last: int, language: Language) -> str:
        """Write a span of months."""
        ends = [language.period(self.months[k]) for k in (first, last)]
        return ends[0] if first == last else (" to " if language.code == "en" else DASH).join(ends)

    def with_data(self, place: str) -> np.ndarray:
        """Give the months in which any indicator of a place is there, by their place."""
        there = [self.series(place, name).state != HOLE for name in self.indicators]
        return np.flatnonzero(np.any(there, axis=0))


def plain(value: float, decimals: int) -> str:
    """Write a number for a file: shares with three decimals, counts with as many as they need."""
    return f"{value:.{3 if decimals else 1}f}".rstrip("0").rstrip(".")


def file_cells(one: MonthlySeries, k: int, decimals: int) -> tuple[str, str, str]:
    """Write value, low and high of a month for a file."""
    if one.state[k] == HOLE:
        return "", "", ""
    if one.state[k] == SUPPRESSED:
        return HIDDEN, "", ""
    low, high = (plain(float(end[k]), decimals) for end in (one.low, one.high))
    return (low, "", "") if low == high else ("", low, high)


def place_csv(numbers: Numbers, place: str) -> str:
    """Write the file of a place: months in rows, the oldest first; columns are those of all."""
    columns: list[tuple[str, list[str]]] = []
    rows = numbers.with_data(place)
    for name in numbers.indicators:
        one, decimals = numbers.series(place, name), numbers.decimals(name)
        cells = [file_cells(one, k, decimals) for k in rows]
        value, low, high = ([cell[part] for cell in cells] for part in range(3))
        columns += [(name, value), (f"{name}_low", low), (f"{name}_high", high)]
    header = ["month", *(name for name, _ in columns)]
    months = [numbers.months[k] for k in rows]
    return _csv(header, zip(months, *(cells for _, cells in columns), strict=True))


def places_csv(numbers: Numbers) -> str:
    """List the places: name of their files and columns, kind, names, codes of municipalities."""
    header = ["place", "kind", *(f"name_{code}" for code in LANGUAGES), "municipalities"]
    lines = (
        [one.name, one.kind, *(one.names[code] for code in LANGUAGES), " ".join(one.units)]
        for one in numbers.portal.places
    )
    return _csv(header, lines)


def indicator_csv(numbers: Numbers, indicator: str) -> str:
    """Write the file of an indicator: months in rows, places in columns; `a/b` is a range."""
    decimals = numbers.decimals(indicator)
    found = {place.name: numbers.series(place.name, indicator) for place in numbers.portal.places}
    there = np.flatnonzero(np.any([one.state != HOLE for one in found.values()], axis=0))

    def cell(one: MonthlySeries, k: int) -> str:
        value, low, high = file_cells(one, k, decimals)
        return value or (f"{low}/{high}" if low else "")

    lines = (
        [numbers.months[k], *(cell(one, k) for one in found.values())] for k in map(int, there)
    )
    return _csv(["month", *found], lines)


def _csv(header: Sequence[str], lines: Iterable[Sequence[str]]) -> str:
    text = StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(header)
    writer.writerows(lines)
    return text.getvalue()


def place_data(numbers: Numbers, place: str) -> str:
    """Write the numbers of a place for the reader's browser.

    Each indicator is a list over all months: a number, null for a hole, "s" for a suppressed one,
    two numbers for a range.
    """
    content = {name: _coded(numbers, place, name) for name in numbers.indicators}
    return _call("place", place, content)


def map_data(numbers: Numbers, indicator: str) -> str:
    """Write an indicator of all municipalities for the map, for the months that have any."""
    units = {place.units[0]: place.name for place in numbers.of_kind("municipality")}
    coded = {unit: _coded(numbers, place, indicator) for unit, place in units.items()}
    there = months_of_map(numbers, indicator)
    values = {unit: [cells[k] for k in there] for unit, cells in coded.items()}
    months = [numbers.months[k] for k in there]
    return _call("map", indicator, {"months": months, "values": values})


def months_of_map(numbers: Numbers, indicator: str) -> list[int]:
    """List the months in which at least half of the municipalities are there."""
    there = [
        numbers.series(place.name, indicator).state != HOLE
        for place in numbers.of_kind("municipality")
    ]
    return [int(k) for k in np.flatnonzero(np.mean(there, axis=0) >= 0.5)]


def _coded(numbers: Numbers, place: str, indicator: str) -> list[Any]:
    """Write numbers with the decimals that tables show, so that charts in a browser equal them."""
    one, decimals = numbers.series(place, indicator), numbers.decimals(indicator)
    if not len(one.there()):
        return []
    found: list[Any] = []
    for low, high, state in zip(one.low, one.high, one.state, strict=True):
        if state in (HOLE, SUPPRESSED):
            found.append(None if state == HOLE else "s")
        else:
            ends = [_number(f"{end:.{decimals}f}") for end in (low, high)]
            found.append(ends[0] if ends[0] == ends[1] else ends)
    return found


def _number(text: str) -> float | int:
    return float(text) if "." in text else int(text)


def _call(kind: str, name: str, content: Mapping[str, Any]) -> str:
    """Write data as a script: a page opened from a folder may load no other kind of file."""
    text = json.dumps(content, separators=(",", ":"))
    return f"portal.put({json.dumps(kind)},{json.dumps(name)},{text});\n"
