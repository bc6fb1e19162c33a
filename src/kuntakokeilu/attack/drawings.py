"""Coordinates of drawings turned back into the numbers that were drawn.

An axis tells at which place which number lies. A line or a marker is then a number with as many
digits as its coordinates have, whatever a table beside it was rounded to.
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from xml.etree import ElementTree

import numpy as np

from kuntakokeilu.attack.numbers import BLANK, as_number, half_step
from kuntakokeilu.attack.read import Rows

# So many numbers of a table stand by chance next to lines of a drawing once in a million.
_BY_CHANCE = 1e-6
_MOST_OF = 0.8
_FEWEST = 4
_FITS = 0.01  # of the unit of a drawing: how far a tick may lie from where its number says
_HREF = "{http://www.w3.org/1999/xlink}href"
_NUMBER = re.compile(r"-?\d+(?:\.\d+)?(?:e[-+]?\d+)?")
_TITLE = re.compile(r"<title\b[^>]*>([^<]*)</title>")


@dataclass(frozen=True)
class Marks:
    """What one axis of a drawing tells.

    Attributes
    ----------
    values : ndarray, shape (n,)
        Numbers of all lines and shapes along the axis.
    markers : ndarray, shape (m,)
        Those of markers alone.
    exact : float
        To within how much a coordinate tells its number.
    """

    values: np.ndarray
    markers: np.ndarray
    exact: float


@dataclass(frozen=True)
class _Scale:
    """How places on an axis become numbers, and to within how much."""

    start: float
    slope: float
    logs: bool
    exact: float

    def numbers(self, places: np.ndarray) -> np.ndarray:
        even = self.start + self.slope * places
        made: np.ndarray = 10**even if self.logs else even
        return made


def title_of(drawing: str) -> str:
    """Give the title of a drawing, by which its copies in pages are known."""
    found = _TITLE.search(drawing)
    return found[1].strip() if found else ""


def finer_than_table(drawing: str, rows: Rows) -> list[str]:
    """Find columns of a table that a drawing tells more exactly than they are printed.

    Parameters
    ----------
    drawing : str
        An SVG file as matplotlib writes it: axes with ticks and, as text or comment, their labels.
    rows : list of dict
        The numbers that it shows, as they leave.

    Returns
    -------
    list of str
        A column whose numbers lie next to lines of the drawing, more of them than by chance, where
        most lines are near and not at the printed number; `a mark without a number`, if most
        markers stand for a printed number and one for none.

    Raises
    ------
    ValueError
        It is no XML.
    """
    columns, axes = _columns(rows), axes_of(drawing)
    found = [name for name, pairs in columns.items() if _told_better(axes, np.array(pairs))]
    if axes and columns and _one_more(axes, np.concatenate([*map(np.array, columns.values())])):
        found.append("a mark without a number")
    return sorted(found)


def axes_of(drawing: str) -> list[Marks]:
    """Read the numbers off every axis of a drawing that has numbers at its ticks.

    Raises
    ------
    ValueError
        It is no XML.
    """
    parser = ElementTree.XMLParser(target=ElementTree.TreeBuilder(insert_comments=True))
    try:
        root = ElementTree.fromstring(drawing, parser)
    except ElementTree.ParseError:
        raise ValueError from None
    found = []
    for group in root.iter():
        if _id(group).startswith("axes_"):
            lines, markers = _drawn(group)
            for place in (0, 1):
                scale = _scale(_ticks(group, place))
                if scale is not None and len(lines):
                    drawn = np.unique(scale.numbers(lines[:, place]))
                    found.append(Marks(drawn, scale.numbers(markers[:, place]), scale.exact))
    return found


def _columns(rows: Rows) -> dict[str, list[tuple[float, float]]]:
    """Give the numbers of each column, and half of what their last digit is worth."""
    found: dict[str, list[tuple[float, float]]] = {}
    for name in rows[0] if rows else ():
        texts = {row[name] for row in rows if row.get(name, "") not in BLANK}
        pairs = [(v, half_step(t)) for t in texts if (v := as_number(t)) is not None]
        if pairs:
            found[name] = pairs
    return found


def _told_better(axes: list[Marks], pairs: np.ndarray) -> bool:
    """Tell whether lines are near the numbers of a column, and most of them not at them."""
    values, halves = pairs.T
    near, at = np.zeros((2, len(values)), dtype=bool)
    far = np.ones(len(values))  # how likely it is that no line is near by chance
    for marks in axes:
        apart = np.abs(marks.values[None, :] - values[:, None]).min(axis=1)
        rounded = halves > 10 * marks.exact
        near |= rounded & (apart <= halves)
        at |= rounded & (apart <= marks.exact)
        reach = 2 * halves * len(marks.values) / max(float(np.ptp(marks.values)), 1e-300)
        far *= 1 - np.where(rounded, np.clip(reach, 0, 1), 0)
    if near.sum() < _FEWEST or at.sum() > near.sum() / 2:
        return False
    from scipy.stats import binom

    return bool(binom.sf(near.sum() - 1, len(values), 1 - far.mean()) < _BY_CHANCE)


def _one_more(axes: list[Marks], pairs: np.ndarray) -> bool:
    """Tell whether most markers are printed numbers, and some are not."""
    told = pairs[:, 0]
    at = [
        np.abs(marks.markers[:, None] - told[None, :]).min(axis=1) <= marks.exact for marks in axes
    ]
    numbers = np.concatenate(at)
    return bool(len(numbers) >= _FEWEST and _MOST_OF <= numbers.mean() < 1)


def _id(element: ElementTree.Element) -> str:
    return element.get("id", "") if isinstance(element.tag, str) else ""


def _drawn(axes: ElementTree.Element) -> tuple[np.ndarray, np.ndarray]:
    """Gather the coordinates of lines and of markers, without ticks, words and frames."""
    lines: list[tuple[float, float]] = []
    markers: list[tuple[float, float]] = []
    for group in axes:
        if _id(group).startswith(("matplotlib.axis", "text_", "legend_")):
            continue
        for element in _visible(group):
            if element.get("x") and element.get(_HREF):
                markers.append((float(element.get("x", 0)), float(element.get("y", 0))))
            elif element.get("d") and element.get("clip-path"):
                numbers = [float(text) for text in _NUMBER.findall(element.get("d", ""))]
                lines += zip(numbers[::2], numbers[1::2], strict=False)
    return np.array(lines + markers).reshape(-1, 2), np.array(markers).reshape(-1, 2)


def _visible(group: ElementTree.Element) -> Iterator[ElementTree.Element]:
    """Walk through a group, but for shapes that are only defined there."""
    for element in group:
        if isinstance(element.tag, str) and not element.tag.endswith("defs"):
            yield element
            yield from _visible(element)


def _ticks(axes: ElementTree.Element, place: int) -> dict[float, float]:
    """Give the number at each place of an axis that has one."""
    found: dict[float, float] = {}
    for tick in axes.iter():
        if _id(tick).startswith(("xtick_", "ytick_")[place]):
            at = [float(e.get("xy"[place], 0)) for e in tick.iter() if e.get("x") and e.get(_HREF)]
            number = _label(tick)
            if at and number is not None:
                found[at[0]] = number
    return found


def _label(tick: ElementTree.Element) -> float | None:
    """Read the number at a tick: letters that are paths are named in a comment."""
    for element in tick.iter():
        named = not isinstance(element.tag, str) or element.tag.endswith("text")
        if named and (words := (element.text or "").split("\n")[0].strip()):
            return as_number(words.replace("\u202f", "").replace(" ", "").replace(",", "."))
    return None


def _scale(ticks: Mapping[float, float]) -> _Scale | None:
    """Find how places become numbers, evenly or by powers of ten; None if neither fits."""
    if len(set(ticks.values())) < 2:
        return None
    places, numbers = np.array(list(ticks)), np.array(list(ticks.values()))
    digits = max(len(repr(float(place)).partition(".")[2]) for place in places)
    for logs in (False, True):
        if logs and (len(places) < 3 or (numbers <= 0).any()):
            continue
        aims = np.log10(numbers) if logs else numbers
        slope, start = (float(x) for x in np.polyfit(places, aims, 1))
        if slope and np.abs(start + slope * places - aims).max() <= _FITS * abs(slope):
            largest = math.log(10) * float(numbers.max()) if logs else 1.0
            return _Scale(start, slope, logs, 20 * 10.0**-digits * abs(slope) * largest)
    return None
