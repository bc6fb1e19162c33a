"""Bars of estimates turned back into numbers: a dot, a span and a mark at zero on one line.

No axis tells their scale. Yet the places of three numbers from zero stand in the same ratios as
these, with as many digits as the drawing has, whatever they were rounded to where they are printed.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from kuntakokeilu.attack.numbers import as_number, half_step
from kuntakokeilu.attack.pdf import Shape
from kuntakokeilu.attack.read import Rows

_COLUMNS = ("estimate", "ci_low", "ci_high")
_BY_CHANCE = 0.01  # how likely rows at random may be to fit a bar
_ON_LINE = 1.0  # units of the drawing


@dataclass(frozen=True)
class Bar:
    """An estimate as it is drawn.

    Attributes
    ----------
    places : ndarray, shape (3,)
        How far from zero estimate and both ends of its interval lie.
    exact : float
        To within how much a place is known.
    """

    places: np.ndarray
    exact: float


def bars_of(shapes: Sequence[Shape], exact: float) -> Iterator[Bar]:
    """Find dots that lie on a span, beside an upright mark at zero.

    Parameters
    ----------
    shapes : sequence of Shape
        What is drawn.
    exact : float
        To within how much a place is known.
    """
    for dot in (shape for shape in shapes if shape.round):
        x, y = (dot.left + dot.right) / 2, (dot.low + dot.high) / 2
        flat = [s for s in shapes if _flat(s) and abs((s.low + s.high) / 2 - y) <= _ON_LINE]
        spans = [s for s in flat if s.left <= x <= s.right]
        upright = [
            s
            for s in shapes
            if s.right - s.left <= _ON_LINE < s.high - s.low and s.low <= y <= s.high
        ]
        inside = [s for s in upright if any(f.left <= s.left <= f.right for f in flat)]
        if len(spans) > 1 and len(inside) == 1:
            span = min(spans, key=lambda each: each.right - each.left)
            zero = (inside[0].left + inside[0].right) / 2
            yield Bar(np.array([x, span.left, span.right]) - zero, exact)


def finer_than_rows(bars: Iterable[Bar], tables: Iterable[Rows]) -> bool:
    """Tell whether a bar fits some printed row, and none as exactly as it is drawn.

    Parameters
    ----------
    bars : iterable of Bar
        What is drawn.
    tables : iterable of list of dict
        What is printed, with estimates and their intervals.

    Notes
    -----
    A bar that is drawn of a printed row fits it to the last digit of the drawing. Whether rows fit
    by chance is reckoned from how wide their last digits leave the ratios.
    """
    texts = {
        tuple(row[name] for name in _COLUMNS)
        for rows in tables
        for row in rows
        if all(as_number(row.get(name) or "") is not None for name in _COLUMNS)
    }
    if not texts:
        return False
    values = np.array([[as_number(text) for text in each] for each in sorted(texts)], dtype=float)
    halves = np.array([[half_step(text) for text in each] for each in sorted(texts)])
    return any(_told_better(bar, values, halves) for bar in bars)


def _told_better(bar: Bar, values: np.ndarray, halves: np.ndarray) -> bool:
    if _fits(values, 1e-9 * np.abs(values), bar.places, bar.exact).any():
        return False
    near = _fits(values, halves, bar.places, bar.exact)
    known = np.abs(bar.places) > 20 * bar.exact
    wide = (halves / np.abs(values).max(axis=1, keepdims=True))[:, known]
    # The scale takes one of the numbers; each of the others lies somewhere along the bar.
    chance = np.sort(np.clip(wide, 0, 1), axis=1)[:, 1:].prod(axis=1).sum()
    return bool(near.any() and known.sum() > 1 and chance < _BY_CHANCE)


def _fits(values: np.ndarray, halves: np.ndarray, places: np.ndarray, exact: float) -> np.ndarray:
    """Tell for which rows one scale takes all places to within half a step of the numbers.

    With a place p and its number v, scale t: v − h <= t p <= v + h. Either sign of t is tried,
    since a saving may be drawn as a gain.
    """
    found = np.zeros(len(values), dtype=bool)
    for sign in (1.0, -1.0):
        low, high = np.zeros(len(values)), np.full(len(values), np.inf)
        for at, place in enumerate(sign * places):
            v, h = values[:, at], halves[:, at]
            if abs(place) <= exact:
                high = np.where(np.abs(v) <= h, high, -np.inf)
                continue
            ends = np.stack(
                [(v + side * h) / (place + off) for side in (-1, 1) for off in (-exact, exact)]
            )
            low, high = np.maximum(low, ends.min(axis=0)), np.minimum(high, ends.max(axis=0))
        found |= (low <= high) & (high > 0)
    return found


def _flat(shape: Shape) -> bool:
    return shape.right - shape.left > shape.high - shape.low and not shape.round
