"""Group-time effects given covariates, and their averages.

Group g are the units that start in g, b the last period before it (before `anticipation` more). The
effect in period t, ATT(g, t), is that of `doubly_robust` on the change from b to t, against units
never treated or not treated yet (Callaway & Sant'Anna 2021, Journal of Econometrics 225(2)). With
s_g the sum of weights of group g, averages over cells (g, t) are

    sum of s_g ATT(g, t) / sum of s_g ,

whose influence is that of each ATT(g, t) and, since s_g would be others in another sample, for a
unit of group g with weight w the sum over its cells of w (ATT - average) / sum of s_g (their
theorem 3). Without covariates this is `group_time`, where averages are coefficients of one
regression.

Changes are of units known in both periods. Cross-sections compare means of both periods instead,
over all units known in either, whose influence is summed over periods; a row of a repeated
cross-section is a unit known in one period.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Literal

import numpy as np
import pandas as pd

from kuntakokeilu.estimation.designs import Design, Term
from kuntakokeilu.estimation.doubly_robust import Adjustment, two_cross_sections, two_periods
from kuntakokeilu.estimation.grid import NEVER, UnitGrid
from kuntakokeilu.estimation.weighted_sums import design_of_sums, no_sums
from kuntakokeilu.study import Estimand

Base = Literal["universal", "varying"]
Compares = Literal["changes", "cross_sections"]


@dataclass(frozen=True)
class Options:
    """How group-time effects are estimated.

    Attributes
    ----------
    adjustment : {"doubly_robust", "weighting", "regression"}
        How a group and its controls are made alike.
    not_yet : bool
        Are units that start later controls until then?
    anticipation : int
        Periods before the start in which units may already react.
    base : {"universal", "varying"}
        What periods before the start are compared with: the same as those after it, or each with
        the one before it, as R's `did` does unless told otherwise.
    after : bool
        Are effects from the start on all that is asked for?
    compares : {"changes", "cross_sections"}
        Whether changes of units known in both periods are compared, or means of both periods, over
        all units known in either.
    """

    adjustment: Adjustment = "doubly_robust"
    not_yet: bool = False
    anticipation: int = 0
    base: Base = "universal"
    after: bool = False
    compares: Compares = "changes"


@dataclass(frozen=True)
class GroupTimes:
    """Effects by group and period, K of them.

    Attributes
    ----------
    cells : DataFrame, K rows
        group and period (ordinals), base (its place among periods), at (that of the period), since
        (periods since the start) and estimate; missing where covariates leave none.
    earlier, later : ndarrays, shape (N, K)
        How often each unit's outcome counts in the base, and in the period.
    influence : ndarray, shape (N, K)
        What each unit adds to the error.
    sizes : ndarray, shape (N, K)
        Weight of the units of a cell's group, zero of others.
    """

    cells: pd.DataFrame
    earlier: np.ndarray
    later: np.ndarray
    influence: np.ndarray
    sizes: np.ndarray

    def average(self, chosen: Iterable[int]) -> tuple[float, np.ndarray, np.ndarray]:
        """Average cells by the sizes of their groups.

        Parameters
        ----------
        chosen : iterable of int
            Places of cells.

        Returns
        -------
        estimate : float
            The average.
        influence : ndarray, shape (N,)
            With the error of the shares.
        shares : ndarray, shape (K,)
            Weight of each cell; zero of those not chosen.
        """
        places = np.fromiter(chosen, dtype=int)
        sizes = self.sizes[:, places]
        estimates = self.cells["estimate"].to_numpy(float)[places]
        shares = np.zeros(len(self.cells))
        shares[places] = sizes.sum(axis=0) / sizes.sum()
        estimate = float(shares[places] @ estimates)
        influence = self.influence[:, places] @ shares[places]
        return estimate, influence + sizes @ (estimates - estimate) / sizes.sum(), shares


def group_times(grid: UnitGrid, x: np.ndarray, options: Options) -> GroupTimes:
    """Estimate the effects of each group in each period.

    Parameters
    ----------
    grid : UnitGrid
        Units by periods.
    x : ndarray, shape (N, k)
        Covariates of before the start, the first column a constant.
    options : Options
        How.

    Returns
    -------
    GroupTimes
        Groups without a period before their start, and cells without a unit of the group or without
        a control that is known in both periods (of cross-sections, in each), are not among them.
    """
    cells, columns = [], []
    for group in grid.starts:
        places = np.flatnonzero(grid.periods + options.anticipation < group)
        for at, period in enumerate(grid.periods) if len(places) else ():
            if options.after and period < group:
                continue
            base = _base(int(places[-1]), at, options)
            if base is None or base == at:
                continue
            found = _cell(grid, x, int(group), base, at, options)
            if found is None:
                continue
            since = int(period - group)
            cells.append((int(group), int(period), base, at, since, found[0]))
            columns.append(found[1])
    names = ["group", "period", "base", "at", "since", "estimate"]
    stacked = np.array(columns).reshape(len(cells), 4, len(grid.w))
    return GroupTimes(
        pd.DataFrame(cells, columns=names), *np.moveaxis(stacked, 1, 0).swapaxes(1, 2)
    )


def _base(last: int, at: int, options: Options) -> int | None:
    """Find the period that one is compared with; None for the first one, if it has no neighbour."""
    if options.base == "universal" or at > last:
        return last
    return at - 1 if at else None


def _cell(
    grid: UnitGrid, x: np.ndarray, group: int, base: int, at: int, options: Options
) -> tuple[float, np.ndarray] | None:
    """Estimate one cell; weights before and after, influence and sizes of units, shape (4, N)."""
    own = grid.first == group
    free = grid.first == NEVER
    if options.not_yet:
        until = grid.periods[max(base, at)] + options.anticipation
        free = free | ((grid.first > until) & ~own)
    known = [(grid.w[:, each] > 0) & (own | free) for each in (base, at)]
    if options.compares == "changes":
        known = [known[0] & known[1]] * 2
    if not all(own[each].any() and free[each].any() for each in known):
        return None
    how, columns = options.adjustment, np.zeros((4, len(grid.w)))
    if options.compares == "cross_sections":
        rows = np.concatenate([np.flatnonzero(each) for each in known])
        later = np.arange(len(rows)) >= known[0].sum()
        period = np.where(later, at, base)
        y, w = grid.y[rows, period], grid.w[rows, period]
        found = two_cross_sections(y, later, own[rows], w, x[rows], how)
        columns[later.astype(int), rows] = found.weights
        np.add.at(columns[2], rows, found.influence)
        times = np.maximum((grid.w > 0).sum(axis=1), 1)
        columns[3] = np.where(own, grid.w.sum(axis=1) / times, 0.0)
        return found.estimate, columns
    rows = np.flatnonzero(known[0])
    change = grid.y[rows, at] - grid.y[rows, base]
    found = two_periods(change, own[rows], grid.w[rows, base], x[rows], how)
    columns[0, rows], columns[1, rows] = -found.weights, found.weights
    columns[2, rows] = found.influence
    columns[3] = np.where(own, grid.w[:, base], 0.0)
    return found.estimate, columns


Kind = Literal["simple", "group", "calendar", "dynamic"]
_KEYS = {"group": "group", "calendar": "period", "dynamic": "since"}


def aggregate(found: GroupTimes, kind: Kind) -> tuple[pd.DataFrame, np.ndarray, np.ndarray]:
    """Average group-time effects.

    Parameters
    ----------
    found : GroupTimes
        The effects.
    kind : {"simple", "group", "calendar", "dynamic"}
        Over all cells after the start; by group, each its mean over periods; by calendar period; by
        periods since the start, those before it too.

    Returns
    -------
    table : DataFrame
        `key` (missing: overall, the first row) and estimate. Overall is the mean over groups by
        their size, or of all calendar periods, or of all periods since the start, alike.
    influence : ndarray, shape (N, rows)
        What each unit adds to the error of each.
    shares : ndarray, shape (K, rows)
        Weights of the cells.
    """
    after = np.flatnonzero(found.cells["since"] >= 0)
    if kind == "simple":
        estimate, influence, shares = found.average(after)
        table = pd.DataFrame({"key": [pd.NA], "estimate": [estimate]})
        return table, influence[:, None], shares[:, None]
    of = found.cells[_KEYS[kind]].to_numpy()
    places = np.arange(len(of)) if kind == "dynamic" else after
    keys = np.unique(of[places])
    each = [found.average(places[of[places] == key]) for key in keys]
    estimates = np.array([estimate for estimate, *_ in each])
    influence = np.column_stack([one for _, one, _ in each])
    shares = np.column_stack([one for *_, one in each])
    counted = keys >= 0 if kind == "dynamic" else np.ones(len(keys), bool)
    alike = counted / counted.sum()
    errors = np.zeros(len(influence))
    if kind == "group":  # by sizes, which are of the sample too
        sizes = np.column_stack([found.sizes[:, np.flatnonzero(of == key)[0]] for key in keys])
        alike = sizes.sum(axis=0) / sizes.sum()
        errors = sizes @ (estimates - alike @ estimates) / sizes.sum()
    table = pd.DataFrame({"key": [pd.NA, *keys], "estimate": [alike @ estimates, *estimates]})
    influence = np.column_stack([influence @ alike + errors, influence])
    return table, influence, np.column_stack([shares @ alike, shares])


def callaway_santanna_average(frame: pd.DataFrame, estimand: Estimand) -> Design:
    """One effect: the mean over groups and periods after the start, groups by their size."""
    return _design(frame, estimand, "simple")


def callaway_santanna_group(frame: pd.DataFrame, estimand: Estimand) -> Design:
    """One effect: the mean over groups, by their size, of each one's mean over its periods."""
    return _design(frame, estimand, "group")


def callaway_santanna_calendar(frame: pd.DataFrame, estimand: Estimand) -> Design:
    """One effect: the mean over calendar periods of the mean over the groups treated by then."""
    return _design(frame, estimand, "calendar")


def callaway_santanna_event_study(frame: pd.DataFrame, estimand: Estimand) -> Design:
    """One effect for each period since the start: the mean over groups seen then, by their size."""
    return _design(frame, estimand, "dynamic")


def _design(frame: pd.DataFrame, estimand: Estimand, kind: Kind) -> Design:
    """Write an aggregation, or for `dynamic` all of a series, as a design."""
    grid = UnitGrid.of(frame)
    names = [f"x_{name}" for name in estimand.covariates]
    values = frame.drop_duplicates("unit")[names].to_numpy(float)
    x = np.column_stack([np.ones(len(grid.w)), values])
    options = Options(
        adjustment=estimand.adjustment,
        not_yet=estimand.control_group == "not_yet_treated",
        anticipation=estimand.anticipation,
        after=kind != "dynamic",
        compares=estimand.compares,
    )
    found = group_times(grid, x, options)
    if not (found.cells["since"] >= 0).any():
        return no_sums(frame, "no_pre_period")
    if found.cells["estimate"].isna().any():
        return no_sums(frame, "no_overlap")
    table, influence, shares = aggregate(found, kind)
    first = 1 if kind == "dynamic" else 0
    keys = table["key"].iloc[first:] if first else table["key"].iloc[:1]
    terms = [_term(key) for key in keys]
    chosen = slice(first, first + len(terms))
    once = np.zeros((*grid.w.shape, len(terms)))
    once[np.arange(len(grid.w)), (grid.w > 0).argmax(axis=1)] = influence[:, chosen]
    weights = _weights(grid, found, shares[:, chosen])
    return design_of_sums(
        frame,
        terms,
        grid.rows(weights),
        grid.rows(once),
        _again(grid, x, options, kind, list(keys)),
    )


def _term(key: object) -> Term:
    if key is pd.NA:
        return Term("att", "att")
    return Term(f"event_{key}", "event_time", event_time=int(str(key)))


def _weights(grid: UnitGrid, found: GroupTimes, shares: np.ndarray) -> np.ndarray:
    """Add up weights of outcomes over cells, shape (N, T, m)."""
    weights = np.zeros((*grid.w.shape, shares.shape[1]))
    for place, (base, at) in enumerate(zip(found.cells["base"], found.cells["at"], strict=True)):
        weights[:, at] += found.later[:, place, None] * shares[place]
        weights[:, base] += found.earlier[:, place, None] * shares[place]
    return weights


def _again(
    grid: UnitGrid, x: np.ndarray, options: Options, kind: Kind, keys: list[object]
) -> Callable[[np.ndarray], np.ndarray]:
    """Return deals -> averages, one deal after the other; missing where a key has no cell."""

    def one(first: np.ndarray, there: np.ndarray) -> list[float]:
        w = np.where(there[:, None], grid.w, 0.0)
        other = UnitGrid(grid.y, w, first, grid.periods, grid.unit, grid.period, grid.starts)
        found = group_times(other, x, options)
        if not (found.cells["since"] >= 0).any():
            return [np.nan] * len(keys)
        table = aggregate(found, kind)[0]
        if kind != "dynamic":
            return [float(table["estimate"].iloc[0])]
        known = dict(zip(table["key"].iloc[1:], table["estimate"].iloc[1:], strict=True))
        return [float(known.get(key, np.nan)) for key in keys]

    def again(deals: np.ndarray) -> np.ndarray:
        return np.array([one(*each) for each in zip(*grid.dealt(deals), strict=True)])

    return again
