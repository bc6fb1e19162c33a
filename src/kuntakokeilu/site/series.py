"""Indicators of a place by month: published, added up, or between bounds."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from kuntakokeilu.site.observed import Observed
from kuntakokeilu.site.places import Followed
from kuntakokeilu.site.settings import Indicator

LEAST, MOST = 1, 4  # what a suppressed count may be: Statistics Finland withholds 1 to 4
HOLE, SUPPRESSED, PUBLISHED, SUM, RANGE, WEIGHTED = STATES = (
    *("hole", "suppressed", "published", "sum", "range", "weighted"),
)


@dataclass(frozen=True)
class MonthlySeries:
    """An indicator of a place by month; every array has one entry a month.

    Attributes
    ----------
    low, high : ndarray of float
        The value; two ends where some cell of a sum is suppressed. NaN where there is none.
    state : ndarray of str
        - published: as published for the place itself;
        - sum: added up from published cells, or a share of such sums;
        - range: some cell of the sum is suppressed, and may be 1 to 4;
        - weighted: a mean of published shares, weighted by the newest denominators known;
        - suppressed: nothing of it is published; hole: the statistics in hand do not have it.
    """

    low: np.ndarray
    high: np.ndarray
    state: np.ndarray

    @property
    def value(self) -> np.ndarray:
        """The value, and the middle of a range."""
        return (self.low + self.high) / 2

    def there(self) -> np.ndarray:
        """Give the places of the months that the statistics have."""
        return np.flatnonzero(self.state != HOLE)

    def filled(self, other: MonthlySeries) -> MonthlySeries:
        """Take another series where this one has a hole."""
        gap = self.state == HOLE
        pick = [np.where(gap, b, a) for a, b in zip(_parts(self), _parts(other), strict=True)]
        return MonthlySeries(*pick)


def _parts(series: MonthlySeries) -> tuple[np.ndarray, ...]:
    return series.low, series.high, series.state


@dataclass(frozen=True)
class _Total:
    """A sum over cells by month.

    `low` and `high` fill suppressed cells with the least and the most that they may be; `known`
    says whether no cell is missing, `any` whether at least one is published.
    """

    low: np.ndarray
    high: np.ndarray
    known: np.ndarray
    any: np.ndarray


def follow(observed: Observed, place: Followed, indicator: Indicator) -> MonthlySeries:
    """Follow an indicator of a place by month.

    Parameters
    ----------
    observed : Observed
        Open statistics.
    place : Followed
        The place.
    indicator : Indicator
        A count, or a share in per cent.

    Returns
    -------
    MonthlySeries
        What is published for the place itself; where nothing is, what its municipalities give.
    """
    ways = [(place.published,), place.units] if place.published else [place.units]
    exact = [PUBLISHED, SUM] if place.published else [SUM]
    if not indicator.per:
        found = [
            _series(_total(observed, indicator.of, units), state)
            for units, state in zip(ways, exact, strict=True)
        ]
    else:
        found = [_share(observed, units, indicator) for units in ways]
        if indicator.published:
            found.append(_weighted(observed, place.units, indicator, indicator.published))
            if place.published:
                own = _total(observed, [indicator.published], (place.published,))
                found.insert(0, _series(_Total(own.low, own.low, own.known, own.any), PUBLISHED))
    first, *rest = found
    for other in rest:
        first = first.filled(other)
    return first


def _series(total: _Total, exact: str) -> MonthlySeries:
    """Turn a sum into values with their states."""
    cases = [~total.known, ~total.any, total.high > total.low]
    state = np.select(cases, [HOLE, SUPPRESSED, RANGE], default=exact)
    shown = np.isin(state, [exact, RANGE])
    low, high = (np.where(shown, each, np.nan) for each in (total.low, total.high))
    return MonthlySeries(low, high, state)


def _total(observed: Observed, contents: Sequence[str], units: Sequence[str]) -> _Total:
    columns = observed.of(units)
    value = np.stack([observed.values[name][:, columns] for name in contents])
    dark = np.stack([observed.hidden[name][:, columns] for name in contents])
    there = ~np.isnan(value)
    known, shown = (there | dark).all(axis=(0, 2)), there.any(axis=(0, 2))
    total, hidden = np.nansum(value, axis=(0, 2)), dark.sum(axis=(0, 2))
    return _Total(total + LEAST * hidden, total + MOST * hidden, known, shown)


def _share(observed: Observed, units: Sequence[str], indicator: Indicator) -> MonthlySeries:
    """Divide sums; what is part of both moves both, so that bounds are as narrow as they can be."""
    rest = [name for name in indicator.per if name not in indicator.of]
    inside = len(rest) < len(indicator.per)
    top, other = (_total(observed, names, units) for names in (indicator.of, rest))
    low = _per_cent(top.low, other.high + (top.low if inside else 0))
    high = _per_cent(top.high, other.low + (top.high if inside else 0))
    known = top.known & other.known & np.isfinite(low) & np.isfinite(high)
    return _series(_Total(low, high, known, top.any & other.any), SUM)


def _per_cent(part: np.ndarray, whole: np.ndarray) -> np.ndarray:
    return 100 * np.divide(part, whole, out=np.full(len(part), np.nan), where=whole > 0)


def _weighted(
    observed: Observed, units: Sequence[str], indicator: Indicator, published: str
) -> MonthlySeries:
    """Weight published shares of municipalities by the newest denominator known by each month.

    Municipalities whose share is suppressed are left out with their weight. # ASSUME: they are so
    small that the mean hardly moves.
    """
    columns = observed.of(units)
    share, dark = (each[published][:, columns] for each in (observed.values, observed.hidden))
    there = ~np.isnan(share)
    whole = sum(_carried(observed.values[name][:, columns]) for name in indicator.per)
    weight = np.where(there, whole, np.nan)
    known = (there | dark).all(axis=1) & ~(there & np.isnan(weight)).any(axis=1)
    total, product = np.nansum(weight, axis=1), np.nansum(weight * share, axis=1)
    mean = np.divide(product, total, out=np.full(len(total), np.nan), where=total > 0)
    shown = there.any(axis=1)
    return _series(_Total(mean, mean, known & (np.isfinite(mean) | ~shown), shown), WEIGHTED)


def _carried(values: np.ndarray) -> np.ndarray:
    """Carry the last known value of each column on."""
    rows = np.arange(len(values))[:, None]
    last = np.maximum.accumulate(np.where(np.isnan(values), 0, rows), axis=0)
    return np.take_along_axis(values, last, axis=0)


def holes(series: MonthlySeries) -> list[tuple[int, int]]:
    """List the spans without data between the first and the last month that has some.

    Returns
    -------
    list of (int, int)
        First and last month of each, by their place.
    """
    there = series.there()
    edges = np.flatnonzero(np.diff(there) > 1)
    return [(int(there[k]) + 1, int(there[k + 1]) - 1) for k in edges]


def newest(series: MonthlySeries) -> int | None:
    """Give the place of the newest month that the statistics have; None if there is none."""
    there = series.there()
    return int(there[-1]) if len(there) else None


def differences(observed: Observed, place: Followed, indicator: Indicator) -> np.ndarray:
    """Compare the weighted mean of published shares with the ratio of sums, month by month.

    Returns
    -------
    ndarray of shape (months,)
        Absolute difference in percentage points; NaN where one of the two is missing.
    """
    assert indicator.published
    mean = _weighted(observed, place.units, indicator, indicator.published)
    return np.abs(mean.value - _share(observed, place.units, indicator).value)
