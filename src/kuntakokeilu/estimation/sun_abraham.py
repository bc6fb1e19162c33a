"""Sun and Abraham: effects by start and period in one regression, averaged by shares of starts.

An event study with two-way effects mixes effects of one period into those of others where effects
differ by start. Here each start and period since it has a coefficient of its own, given unit and
period effects, and the effect of a period is their mean over starts by the weight of their units
then (Sun & Abraham 2021, Journal of Econometrics 225(2)). Only units never treated in the span are
controls. Coefficients are those of least squares; the error of the shares is added to theirs.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd

from kuntakokeilu.estimation.designs import Design, Term, reference_bin
from kuntakokeilu.estimation.grid import NEVER, UnitGrid, two_way
from kuntakokeilu.estimation.weighted_sums import design_of_sums, no_sums
from kuntakokeilu.study import Estimand

_RANK = 1e-10


def sun_abraham_average(frame: pd.DataFrame, estimand: Estimand) -> Design:
    """One effect: the mean over starts and periods after them, by the weight of their units."""
    return _design(frame, estimand, series=False)


def sun_abraham_event_study(frame: pd.DataFrame, estimand: Estimand) -> Design:
    """One effect for each period before and after the start, relative to the one before it."""
    return _design(frame, estimand, series=True)


def _design(frame: pd.DataFrame, estimand: Estimand, *, series: bool) -> Design:
    grid, base = UnitGrid.of(frame), reference_bin(frame, estimand)
    if base is None:
        return no_sums(frame, "no_pre_period")
    since = grid.since[(grid.w > 0) & (grid.first < NEVER)[:, None]]
    times = [int(e) for e in np.unique(since) if e != base]
    keys: Sequence[int | None] = times if series else [None]
    found = interaction_weighted(grid, base, keys)
    if found is None:
        return no_sums(frame, "collinear")
    _, weights, influence = found
    terms = [Term(f"event_{e}", "event_time", event_time=e) for e in times]

    def one(first: np.ndarray, there: np.ndarray) -> np.ndarray:
        w = np.where(there[:, None], grid.w, 0.0)
        other = UnitGrid(grid.y, w, first, grid.periods, grid.unit, grid.period, grid.starts)
        again = interaction_weighted(other, base, keys)
        return np.full(len(keys), np.nan) if again is None else again[0]

    return design_of_sums(
        frame,
        terms if series else [Term("att", "att")],
        grid.rows(weights),
        grid.rows(influence),
        lambda deals: np.array([one(*each) for each in zip(*grid.dealt(deals), strict=True)]),
    )


def interaction_weighted(
    grid: UnitGrid, base: int, keys: Sequence[int | None]
) -> tuple[np.ndarray, np.ndarray, np.ndarray] | None:
    """Average the coefficients of starts and periods.

    Parameters
    ----------
    grid : UnitGrid
        Units by periods.
    base : int
        Periods since the start that others are compared with.
    keys : list of m int or None
        Periods since the start; None: all from the start on.

    Returns
    -------
    estimates : ndarray, shape (m,)
        Missing without a unit in such a period.
    weights : ndarray, shape (N, T, m)
        How often each outcome counts.
    influence : ndarray, shape (N, T, m)
        What each cell adds to the error.
        All three None where some start and period cannot be told from the others.
    """
    known = (grid.w > 0) & (grid.first < NEVER)[:, None] & (grid.since != base)
    starts = grid.first[np.nonzero(known)[0]]
    cells = np.unique(np.column_stack([starts, grid.since[known]]), axis=0)
    dummies = np.array(
        [known & (grid.first == start)[:, None] & (grid.since == e) for start, e in cells], float
    ).reshape(len(cells), *grid.w.shape)
    y = grid.y[None]
    columns = np.concatenate([dummies, y])
    unit, period = two_way(grid.w[None], (grid.w * columns).sum(2), (grid.w * columns).sum(1))
    left = columns - unit[:, :, None] - period[:, None, :]
    weighted = (grid.w * left[:-1]).reshape(len(cells), -1)
    square = weighted @ left[:-1].reshape(len(cells), -1).T
    sizes = (grid.w * dummies).sum(axis=(1, 2))
    if np.linalg.matrix_rank(square / np.sqrt(np.outer(sizes, sizes)), _RANK) < len(cells):
        return None
    pull = np.linalg.solve(square, weighted).reshape(dummies.shape)
    effects = np.einsum("knt,nt->k", pull, grid.y)
    residuals = left[-1] - np.einsum("k,knt->nt", effects, left[:-1])
    estimates, weights, influence = [], [], []
    for key in keys:
        mine = np.flatnonzero(cells[:, 1] >= 0 if key is None else cells[:, 1] == key)
        total = sizes[mine].sum()
        if not total > 0:
            estimates.append(np.nan)
            weights.append(np.full_like(grid.w, np.nan))
            influence.append(weights[-1])
            continue
        shares = sizes[mine] / total
        estimate = float(shares @ effects[mine])
        of_shares = np.einsum("k,knt->nt", effects[mine] - estimate, dummies[mine]) / total
        weights.append(np.einsum("k,knt->nt", shares, pull[mine]))
        influence.append(weights[-1] * residuals + grid.w * of_shares)
        estimates.append(estimate)
    return np.array(estimates), np.stack(weights, -1), np.stack(influence, -1)
