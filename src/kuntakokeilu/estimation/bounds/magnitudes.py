"""Bounds on relative magnitudes: drift after the start, measured by that before it.

The arms would have drifted apart, had nothing been done, by delta_t since the reference period.
From one period to the next after it, abs(delta_{t+1} - delta_t) is at most Mbar times the largest
such change before it (Rambachan & Roth 2023, Review of Economic Studies 90(5), section 2.4.1). The
interval is theirs: the union, over which change before the start was the largest and its sign,
of conditional tests inverted, with a least favourable first stage (Andrews, Roth & Pakes 2023,
Review of Economic Studies 90(6)).

What makes it fast. Their test statistic is a linear program: the smallest eta for which some
effects with the mean asked about leave no inequality violated by more than eta standard errors.
In changes x_t from period to period after the reference, it reads

    abs(x_t) <= Mbar u + eta sd_t for every t,   sum of w_t x_t = c,

with u the largest change before, w_t what a change adds to the mean and c what is left of the
estimate. Where the estimate compares with the mean of the time before instead of its last period,
so does the first change: x_1 leads from that mean to the first period after the reference, and the
bounds are on the estimate itself; without drift they are its own interval. A box and one equation:
eta is the largest of one number for each period, that its side is not empty, and of two, that the
sum reaches c from above and from below. These are all vertices of the dual program, each linear in
the estimates, so that no program is ever solved. As in their
package `HonestDiD`, inequalities between changes before the reference alone are not tested.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from scipy import optimize, special

LEVEL = 0.05
FIRST_STAGE = 10  # share of the level that the least favourable first stage takes: a tenth
MOST_BREAKDOWN = 10.0  # ASSUME: ten times the drift before the start is as good as any drift
_DIRECTIONS = 4000
_POINTS = 251  # about as dense as the grid of `HonestDiD`; the ends are found between them
_FINER = 40
_TINY = 1e-12
_ALIKE = 1e-8
_EVERYWHERE = (-np.inf, np.inf)


@dataclass(frozen=True)
class EventSeries:
    """Effects by period relative to one before the start, with their covariance.

    Attributes
    ----------
    estimates : ndarray, shape (q,)
        Coefficients in the order of time, one for each period but the reference.
    covariance : ndarray, shape (q, q)
        Their covariance.
    n_before : int
        How many lie before the reference; the periods are neighbours without a gap.
    weights : ndarray, shape (q - n_before,)
        What is asked about is the sum of the later effects times these, such as their mean.
    base : ndarray, shape (n_before,), optional
        Share of each period before the reference in the time that later effects are compared with;
        the reference has the rest. Without it the reference is all of it.
    """

    estimates: np.ndarray
    covariance: np.ndarray
    n_before: int
    weights: np.ndarray
    base: np.ndarray | None = None

    def __post_init__(self) -> None:
        q = len(self.estimates)
        if self.covariance.shape != (q, q) or len(self.weights) != q - self.n_before:
            raise ValueError("covariance and weights: expected as many as there are estimates")
        if len(self.shares) != self.n_before:
            raise ValueError("base: expected a share of each period before the reference")

    @property
    def shares(self) -> np.ndarray:
        """Shares of the periods before the reference in what is compared with, zero without any."""
        return np.zeros(self.n_before) if self.base is None else self.base

    @property
    def target(self) -> np.ndarray:
        """Weights of all coefficients in the number asked about, shape (q,)."""
        return np.concatenate([-self.weights.sum() * self.shares, self.weights])

    @property
    def estimate(self) -> float:
        """The number asked about, if the arms had gone on alike."""
        return float(self.target @ self.estimates)

    @property
    def std_error(self) -> float:
        """Its standard error."""
        return float(np.sqrt(self.target @ self.covariance @ self.target))


@dataclass(frozen=True)
class _Changes:
    """Changes from period to period, the reference among them.

    Attributes
    ----------
    values : ndarray, shape (q,)
        Estimated changes in the order of time.
    covariance, root : ndarray, shape (q, q)
        Their covariance, and a root of it.
    n_before : int
        How many end at the reference or before.
    adds : ndarray, shape (q - n_before,)
        What each later change adds to the number asked about.
    estimate, std_error : float
        Of that number.
    """

    values: np.ndarray
    covariance: np.ndarray
    root: np.ndarray
    n_before: int
    adds: np.ndarray
    estimate: float
    std_error: float


@dataclass(frozen=True)
class _Piece:
    """One piece of the restriction: which change before was the largest, and its sign.

    Attributes
    ----------
    values : ndarray, shape (J,)
        Each vertex of the dual program at the estimates, for an effect of zero.
    slopes : ndarray, shape (J,)
        What an effect of one adds to them; zero but for the last two.
    covariance : ndarray, shape (J, J)
        Of the vertices.
    limit : float
        Least favourable critical value of the largest vertex.
    half : float
        How far from the estimate the interval is looked for at first.
    """

    values: np.ndarray
    slopes: np.ndarray
    covariance: np.ndarray
    limit: float
    half: float


def relative_magnitudes(
    series: EventSeries, bounds: Sequence[float], level: float = LEVEL
) -> np.ndarray:
    """Intervals for the mean effect if drift after the start is at most so large.

    Parameters
    ----------
    series : EventSeries
        With at least one coefficient before the reference.
    bounds : sequence of float, shape (k,)
        Values of Mbar: how many times as large as the largest change from period to period
        before the reference one after it may be.
    level : float
        One less the coverage.

    Returns
    -------
    ndarray, shape (k, 2)
        Lower and upper ends; they agree with `HonestDiD` up to the grid of the latter.

    Raises
    ------
    ValueError
        No coefficient before the reference.
    """
    changes = _changes(series)
    return np.array([_union(changes, float(bound), level) for bound in bounds]).reshape(-1, 2)


def breakdown_relative_magnitudes(series: EventSeries, level: float = LEVEL) -> float:
    """Largest Mbar at which the interval still leaves out zero.

    Returns
    -------
    float
        Zero if even without drift it holds zero; `MOST_BREAKDOWN` if it leaves zero out there.
    """
    changes = _changes(series)

    def holds(bound: float) -> bool:
        low, high = _union(changes, bound, level)
        return low > 0 or high < 0

    return breakdown(holds, MOST_BREAKDOWN)


def breakdown(holds: Callable[[float], bool], most: float, digits: float = 1e-3) -> float:
    """Find where a conclusion that holds under small bounds ceases to hold.

    Parameters
    ----------
    holds : callable
        Tells whether it holds under a bound.
    most : float
        Beyond which nobody asks.
    digits : float
        Relative precision.

    Returns
    -------
    float
        From 0 to `most`.
    """
    if not holds(0.0):
        return 0.0
    low, high = 0.0, most / 64
    while holds(high):
        if high >= most:
            return most
        low, high = high, 2 * high
    while high - low > digits * high and high > _TINY * most:
        middle = (low + high) / 2
        low, high = (middle, high) if holds(middle) else (low, middle)
    return low


def _changes(series: EventSeries) -> _Changes:
    if series.n_before < 1:
        raise ValueError("relative magnitudes: no period before the reference")
    q = len(series.estimates)
    rows = np.diff(np.insert(np.eye(q), series.n_before, 0.0, axis=0), axis=0)
    rows[series.n_before, : series.n_before] = -series.shares  # from the mean of the time before
    covariance = rows @ series.covariance @ rows.T
    values, vectors = np.linalg.eigh(covariance)
    return _Changes(
        values=rows @ series.estimates,
        covariance=covariance,
        root=vectors * np.sqrt(np.maximum(values, 0.0)),
        n_before=series.n_before,
        adds=np.cumsum(series.weights[::-1])[::-1],
        estimate=series.estimate,
        std_error=series.std_error,
    )


def _union(changes: _Changes, bound: float, level: float) -> tuple[float, float]:
    """Join the intervals of all pieces: the set that holds the drift is one of them."""
    low, high = np.inf, -np.inf
    with np.errstate(divide="ignore", invalid="ignore"):
        for place in range(changes.n_before):
            for sign in (1.0, -1.0):
                piece = _piece(changes, bound, place, sign, level)
                low, high = _widened(piece, changes.estimate, level, (low, high))
    return (low, high) if low <= high else (np.nan, np.nan)


def _piece(changes: _Changes, bound: float, place: int, sign: float, level: float) -> _Piece:
    """Write down the vertices for the largest change before being that at `place`."""
    covariance, p, adds = changes.covariance, changes.n_before, changes.adds
    # standard errors of a later change, and of its negative, less what is allowed
    variances = covariance.diagonal()[p:] + bound**2 * covariance[place, place]
    shared = 2 * bound * sign * covariance[p:, place]
    ups, downs = (np.sqrt(np.maximum(variances + each, _TINY)) for each in (-shared, shared))
    size = np.abs(adds)
    over = float(size @ np.where(adds > 0, ups, downs))
    under = float(size @ np.where(adds > 0, downs, ups))
    rows = np.zeros((len(adds) + 2, len(covariance)))
    rows[:-2, place] = -2 * bound * sign / (ups + downs)
    rows[-2, p:], rows[-1, p:] = adds / over, -adds / under
    rows[-2:, place] = -size.sum() * bound * sign / np.array([over, under])
    slopes = np.zeros(len(rows))
    slopes[-2:] = -1 / over, 1 / under
    largest = abs(changes.values[place]) + 6 * np.sqrt(covariance[place, place])
    return _Piece(
        values=rows @ changes.values,
        slopes=slopes,
        covariance=rows @ covariance @ rows.T,
        limit=_least_favourable(rows @ changes.root, level / FIRST_STAGE),
        half=float(size.sum() * bound * largest + 6 * changes.std_error),
    )


@lru_cache(maxsize=32)
def _directions(rank: int) -> np.ndarray:
    """Spread directions evenly, each with its opposite, the same ones always.

    Returns
    -------
    ndarray, shape (rank, about 4,000)
        Right angles between neighbours leave less to chance than single draws.
    """
    sets = -(-_DIRECTIONS // (2 * rank))
    draws = np.random.default_rng(0).standard_normal((sets, rank, rank))
    axes = np.linalg.qr(draws)[0].transpose(1, 0, 2).reshape(rank, -1)
    return np.concatenate([axes, -axes], axis=1)


@lru_cache(maxsize=32)
def _distances(rank: int) -> tuple[np.ndarray, np.ndarray]:
    """Tabulate how far normal draws lie from their centre: distances, chances to lie beyond."""
    farthest = np.sqrt(special.chdtri(rank, 1e-12))
    distances = np.linspace(0.0, farthest, 4001)
    return distances, special.chdtrc(rank, distances**2)


def _least_favourable(rows: np.ndarray, share: float) -> float:
    """Find the value that the largest vertex exceeds so often if every inequality binds.

    Along a direction the largest vertex grows with the distance.
    """
    rank = rows.shape[1]
    distances, beyond = _distances(rank)
    directions = _directions(rank)
    reach = (rows @ directions).max(axis=0)
    nearness = 1 / reach[reach > 0]
    if not nearness.size:
        return 0.0

    def lacking(value: float) -> float:
        chances = np.interp(value * nearness, distances, beyond)
        return float(chances.sum()) / directions.shape[1] - share

    top = float(np.interp(-share, -beyond, distances) / nearness.min()) * (1 + 1e-6)
    return float(optimize.brentq(lacking, 0.0, top, xtol=1e-3 * top))


def _widened(
    piece: _Piece, centre: float, level: float, found: tuple[float, float]
) -> tuple[float, float]:
    """Widen an interval by what a piece does not reject, its outermost points looked up closely."""
    low, high = found
    if piece.values[:-2].max() > piece.limit:  # whatever the effect
        return low, high
    half = piece.half
    for _ in range(4):
        grid = centre + np.linspace(-half, half, _POINTS)
        kept = np.flatnonzero(~_rejects(piece, grid, level))
        if not kept.size:
            return low, high
        if kept[0] > 0 and kept[-1] < _POINTS - 1:
            step = float(grid[1] - grid[0])
            first, last = float(grid[kept[0]]), float(grid[kept[-1]])
            if first - step < low:
                low = min(low, _end(piece, first, -step, level))
            if last + step > high:
                high = max(high, _end(piece, last, step, level))
            return low, high
        half *= 3
    return _EVERYWHERE


def _end(piece: _Piece, inside: float, step: float, level: float) -> float:
    """Narrow down where points cease to be accepted between one inside and the next."""
    for _ in range(2):
        grid = inside + np.linspace(0.0, step, _FINER + 1)
        kept = np.flatnonzero(~_rejects(piece, grid, level))
        inside, step = float(grid[kept[-1]]), step / _FINER
    return inside


def _rejects(piece: _Piece, effects: np.ndarray, level: float) -> np.ndarray:
    """Tell which effects the hybrid test rejects, shape (points,).

    The largest vertex is compared with the normal distribution cut off to the range in which it
    stays the largest, given what is independent of it.
    """
    share = level / FIRST_STAGE
    second = (level - share) / (1 - share)
    values = piece.values + np.outer(effects, piece.slopes)
    largest = values.argmax(axis=1)
    rejected = values[np.arange(len(effects)), largest] > piece.limit
    for vertex in np.unique(largest[~rejected]):
        mine = (largest == vertex) & (values[:, vertex] > 0) & ~rejected
        rejected[mine] = _rejects_given(piece, values[mine], int(vertex), second)
    return rejected


def _rejects_given(piece: _Piece, values: np.ndarray, vertex: int, level: float) -> np.ndarray:
    """Second stage of positive statistics, given which vertex is the largest."""
    own, variance = values[:, vertex], piece.covariance[vertex, vertex]
    if variance < _TINY**2:  # no chance in it
        return np.ones(len(own), dtype=bool)
    ratio = piece.covariance[vertex] / variance
    ends = (values - ratio * own[:, None]) / (1 - ratio)
    low = np.max(ends[:, ratio < 1 - _ALIKE], axis=1, initial=-np.inf)
    high = np.min(ends[:, ratio > 1 + _ALIKE], axis=1, initial=piece.limit)
    return _tail_between(np.array([low, own, high]) / np.sqrt(variance)) < level


def _tail_between(ends: np.ndarray) -> np.ndarray:
    """Chance that a standard normal between the first and the third exceeds the second.

    By logarithms, since all may lie far out.
    """
    whole, mine, beyond = special.log_ndtr(-ends)
    chance = np.exp(mine - whole) * np.expm1(beyond - mine) / np.expm1(beyond - whole)
    return np.where(ends[1] < ends[2], chance, 0.0)
