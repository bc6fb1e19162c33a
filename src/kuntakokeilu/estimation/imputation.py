"""Imputation: what treated units would have had, from unit and period effects of untreated ones.

Effects a_i and b_t are fitted to untreated cells alone. The effect in a treated cell is what is
left, y_it - a_i - b_t, and every estimate is an average of such effects, cells by their weights
(Borusyak, Jaravel & Spiess 2024, Review of Economic Studies 91(6)). It is efficient among unbiased
ones if errors are independent and of equal variance, and no cell of a unit that is already treated
is a control.

An average is a sum of outcomes with weights v, of which those of untreated cells follow from the
normal equations. With G clusters its conservative variance is the sum of squares of

    sum over the cells of a cluster of  v_it e_it ,

e_it the residual of an untreated cell and, of a treated one, its effect less the mean over the
units of one start in that period, weighted by v^2: what effects differ by beyond that is counted as
error.

The time before the start is told by a regression of untreated cells alone, on unit and period
effects and one dummy for each period before a start but the reference: no effect is mixed in.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
from scipy import sparse

from kuntakokeilu.estimation.designs import Design, Term, reference_bin
from kuntakokeilu.estimation.grid import NEVER, UnitGrid, two_way
from kuntakokeilu.estimation.weighted_sums import design_of_sums, no_sums
from kuntakokeilu.study import Estimand

_CHUNK = 2**22  # cells of all deals that are worked on at once
_RANK = 1e-9


def imputation_average(frame: pd.DataFrame, estimand: Estimand) -> Design:
    """One effect: the mean over all treated cells that can be imputed, by their weights."""
    grid = UnitGrid.of(frame)
    found = impute(grid)
    if not found.known.any():
        return no_sums(frame, "no_pre_period")
    sums = _averages(grid, found, found.known.astype(float)[:, :, None])
    again = _in_parts(grid, lambda firsts, w: _effects(grid, firsts, w, [None]))
    return _design(frame, grid, [Term("att", "att")], sums, again)


def imputation_event_study(frame: pd.DataFrame, estimand: Estimand) -> Design:
    """One effect for each period since the start, and one difference for each before it."""
    grid, base = UnitGrid.of(frame), reference_bin(frame, estimand)
    found = impute(grid)
    if not found.known.any():
        return no_sums(frame, "no_pre_period")
    after = sorted({int(e) for e in grid.since[found.known]})
    before = _identified(grid, sorted({int(e) for e in grid.since[_leads(grid)]} - {base}))
    chosen = np.stack([found.known & (grid.since == e) for e in after], axis=-1)
    parts = [_differences(grid, before), _averages(grid, found, chosen.astype(float))]
    weights, influence = (np.concatenate(each, axis=-1) for each in zip(*parts, strict=True))
    again = _in_parts(
        grid,
        lambda firsts, w: np.hstack(
            [_differences_again(grid, firsts, w, before), _effects(grid, firsts, w, list(after))]
        ),
    )
    terms = [Term(f"event_{e}", "event_time", event_time=e) for e in (*before, *after)]
    return _design(frame, grid, terms, (weights, influence), again)


def _design(
    frame: pd.DataFrame,
    grid: UnitGrid,
    terms: list[Term],
    sums: tuple[np.ndarray, np.ndarray],
    again: Callable[[np.ndarray], np.ndarray],
) -> Design:
    weights, influence = (grid.rows(each) for each in sums)
    return design_of_sums(frame, terms, weights, influence, again)


def _in_parts(
    grid: UnitGrid, estimate: Callable[[np.ndarray, np.ndarray], np.ndarray]
) -> Callable[[np.ndarray], np.ndarray]:
    """Estimate many deals, some at a time; `estimate` takes starts (m, N) and weights (m, N, T)."""
    size = max(_CHUNK // grid.w.size, 1)

    def again(deals: np.ndarray) -> np.ndarray:
        firsts, there = grid.dealt(deals)
        w = [np.where(part[:, :, None], grid.w, 0.0) for part in _split(there, size)]
        return np.concatenate(
            [estimate(*each) for each in zip(_split(firsts, size), w, strict=True)]
        )

    return again


def _split(values: np.ndarray, size: int) -> list[np.ndarray]:
    return [values[i : i + size] for i in range(0, len(values), size)]


@dataclass(frozen=True)
class Imputed:
    """Effects of treated cells one by one.

    Attributes
    ----------
    free : ndarray of bool, shape (N, T)
        Cells with a value that no treatment has reached.
    known : ndarray of bool, shape (N, T)
        Treated cells with a value whose unit and period are connected by untreated cells.
    left : ndarray, shape (N, T)
        The outcome less its imputed value: a residual where `free`, an effect where `known`.
    """

    free: np.ndarray
    known: np.ndarray
    left: np.ndarray


def impute(grid: UnitGrid) -> Imputed:
    """Impute what treated cells would have been.

    Parameters
    ----------
    grid : UnitGrid
        Units by periods. Treatment, once begun, does not end.

    Examples
    --------
    >>> frame = pd.DataFrame({"unit": list("aabb"), "y": [1.0, 4.0, 2.0, 3.0], "w": 1.0})
    >>> frame["period"] = pd.PeriodIndex(["2001", "2002"] * 2, freq="Y")
    >>> frame["first_treated"] = pd.PeriodIndex(["2002", "2002", None, None], freq="Y")
    >>> found = impute(UnitGrid.of(frame))
    >>> [round(float(effect), 9) for effect in found.left[found.known]]
    [2.0]
    """
    there = grid.w > 0
    free = there & (grid.since < 0)
    w = grid.w * free
    unit, period = two_way(w, (w * grid.y).sum(axis=1), (w * grid.y).sum(axis=0))
    known = there & (grid.since >= 0) & _connected(free)
    return Imputed(free, known, grid.y - unit[:, None] - period)


def _connected(free: np.ndarray) -> np.ndarray:
    """Tell which units and periods untreated cells connect, shape (N, T)."""
    n, t = free.shape
    graph = sparse.bmat([[None, sparse.csr_array(free)], [sparse.csr_array((t, n)), None]])
    labels = sparse.csgraph.connected_components(graph, directed=False)[1]
    units, periods = np.asarray(free.any(axis=1)), np.asarray(free.any(axis=0))
    return np.asarray(units[:, None] & periods & (labels[:n, None] == labels[None, n:]))


def _averages(grid: UnitGrid, found: Imputed, chosen: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Weights of outcomes in averages over chosen cells, and influence, each (N, T, m)."""
    a = grid.w[:, :, None] * chosen
    with np.errstate(invalid="ignore"):  # an average over nothing is missing
        a = a / a.sum(axis=(0, 1))
    w = grid.w * found.free
    sums = np.moveaxis(a, -1, 0)
    unit, period = two_way(w[None], sums.sum(axis=2), sums.sum(axis=1))
    weights = a - w[:, :, None] * (unit.T[:, None, :] + period.T[None, :, :])
    return weights, weights * _errors(grid, found)[:, :, None]


def _errors(grid: UnitGrid, found: Imputed) -> np.ndarray:
    """Residuals of untreated cells, and what effects differ by within a start and period."""
    errors = np.where(found.free, found.left, 0.0)
    unit, period = np.nonzero(found.known)
    if not len(unit):
        return errors
    table = pd.DataFrame({"start": grid.first[unit], "period": period})
    table["w"], table["effect"] = grid.w[unit, period] ** 2, found.left[unit, period]
    table["w_effect"] = table["w"] * table["effect"]
    cells = table.groupby(["start", "period"])
    several = cells["w"].transform("size") > 1
    means = cells["w_effect"].transform("sum") / cells["w"].transform("sum")
    # ASSUME: a unit alone in its cell has no mean of others; the mean over all is as conservative.
    overall = float(np.average(table["effect"], weights=table["w"]))
    errors[unit, period] = table["effect"] - means.where(several, overall)
    return errors


def _effects(
    grid: UnitGrid, firsts: np.ndarray, w: np.ndarray, times: Sequence[int | None]
) -> np.ndarray:
    """Average effects, of all treated cells or so long after the start, shape (m, times).

    Missing without such a cell, or where untreated cells do not reach one.
    """
    since = grid.periods - firsts[:, :, None]
    free = np.where(since < 0, w, 0.0)
    unit, period = two_way(free, (free * grid.y).sum(axis=2), (free * grid.y).sum(axis=1))
    reached = (free.sum(axis=2) > 0)[:, :, None] & (free.sum(axis=1) > 0)[:, None, :]
    weights = np.where((since >= 0) & reached, w, 0.0)
    effects = weights * (grid.y - unit[:, :, None] - period[:, None, :])
    found = []
    for time in times:
        chosen = np.ones_like(since, dtype=bool) if time is None else since == time
        with np.errstate(invalid="ignore"):
            found.append((effects * chosen).sum(axis=(1, 2)) / (weights * chosen).sum(axis=(1, 2)))
    return np.stack(found, axis=1)


def _leads(grid: UnitGrid) -> np.ndarray:
    """Untreated cells of units that are treated later, shape (N, T)."""
    return np.asarray((grid.w > 0) & (grid.since < 0) & (grid.first < NEVER)[:, None])


def _identified(grid: UnitGrid, before: list[int]) -> list[int]:
    """Leave out the earliest periods whose differences the others determine."""
    while before:
        w, left = _swept(grid, grid.first[None], grid.w[None], before)
        square = _square(w, left)[0]
        size = np.sqrt(np.diag(square))
        raw = [np.sqrt(grid.w[_leads(grid) & (grid.since == e)].sum()) for e in before]
        if (size > _RANK * np.array(raw)).all():
            scaled = square / np.outer(size, size)
            if np.linalg.matrix_rank(scaled, tol=_RANK, hermitian=True) == len(before):
                break
        before = before[1:]
    return before


def _swept(
    grid: UnitGrid, firsts: np.ndarray, w: np.ndarray, before: list[int]
) -> tuple[np.ndarray, np.ndarray]:
    """Untreated weights (m, N, T), and dummies of periods before the start less two-way effects.

    Dummies are of shape (m, k, N, T).
    """
    since = grid.periods - firsts[:, :, None]
    w = np.where(since < 0, w, 0.0)[:, None]
    later = (firsts < NEVER)[:, None, :, None]
    times = np.array(before, dtype=np.int64)[:, None, None]
    dummies = (since[:, None] == times) & later & (w > 0)
    weighted = w * dummies
    unit, period = two_way(w, weighted.sum(axis=3), weighted.sum(axis=2))
    return w[:, 0], dummies - unit[..., None] - period[..., None, :]


def _square(w: np.ndarray, left: np.ndarray) -> np.ndarray:
    return np.asarray(np.einsum("mant,mnt,mbnt->mab", left, w, left, optimize=True))


def _differences_again(
    grid: UnitGrid, firsts: np.ndarray, w: np.ndarray, before: list[int]
) -> np.ndarray:
    """Estimate the differences before the start, shape (m, k); missing where none is identified."""
    w, left = _swept(grid, firsts, w, before)
    square = _square(w, left)
    sums = np.einsum("mant,mnt,nt->ma", left, w, grid.y, optimize=True)
    found = (np.linalg.pinv(square, hermitian=True) @ sums[:, :, None])[:, :, 0]
    sizes = np.diagonal(square, axis1=1, axis2=2)
    return np.where(sizes > _RANK * grid.w.max(), found, np.nan)


def _differences(grid: UnitGrid, before: list[int]) -> tuple[np.ndarray, np.ndarray]:
    """Weights and influence of the differences before the start, each (N, T, k)."""
    each, swept = _swept(grid, grid.first[None], grid.w[None], before)
    w, left, inverse = each[0], swept[0], np.linalg.pinv(_square(each, swept)[0], hermitian=True)
    weights = np.einsum("nt,ant,ab->ntb", w, left, inverse)
    effects = np.einsum("ntb,nt->b", weights, grid.y)
    unit, period = two_way(w, (w * grid.y).sum(axis=1), (w * grid.y).sum(axis=0))
    residuals = grid.y - unit[:, None] - period - np.einsum("a,ant->nt", effects, left)
    return weights, weights * residuals[:, :, None]
