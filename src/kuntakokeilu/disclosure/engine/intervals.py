"""In which range each hidden number is known to lie, by linear programming."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from scipy import sparse
from scipy.optimize import linprog
from scipy.sparse.csgraph import connected_components

from kuntakokeilu.disclosure.engine.system import Arrays
from kuntakokeilu.errors import InputError

SLACK = 1e-6
LARGEST = 50_000  # unknowns of one programme


@dataclass(frozen=True)
class Knowledge:
    """What is known of each number where it is shown, and where it is hidden.

    Attributes
    ----------
    shown : ndarray, shape (2, n)
        Least and largest value that is shown so: both alike where no number is rounded.
    hidden : ndarray, shape (2, n)
        Least and largest value that a reader would hold possible beforehand.
    """

    shown: np.ndarray
    hidden: np.ndarray

    def limits(self, hidden: np.ndarray) -> np.ndarray:
        """Give least and largest values if some numbers are hidden."""
        return np.where(hidden, self.hidden, self.shown)

    def room(self, public: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Give how much further down and up each number may be if it is hidden."""
        below, above = np.zeros(len(public)), np.zeros(len(public))
        below[public] = np.maximum(self.shown[0, public] - self.hidden[0, public], 0)
        above[public] = np.maximum(self.hidden[1, public] - self.shown[1, public], 0)
        return below, above


@dataclass(frozen=True)
class Cut:
    """What must be hidden as well, as an inequality that every safe choice fulfils.

    Attributes
    ----------
    weights : ndarray, shape (n,)
        By how much a number's range may widen if each other number is hidden.
    lacks : float
        By how much it must widen.
    goal : int
        Which number's range.
    """

    weights: np.ndarray
    lacks: float
    goal: int


class Ranges:
    """In which ranges numbers are known to lie, asked for one choice of hidden ones after another.

    Parameters
    ----------
    arrays : Arrays
        Variables and equations.
    known : Knowledge
        What is known of shown and of hidden numbers.
    width : ndarray, shape (n,)
        How wide each number's range must be; 0 where nobody minds.

    Notes
    -----
    Every solution of a programme is a table that a reader could hold possible. Those that fit what
    the next choice shows prove ranges wide without a programme.
    """

    def __init__(self, arrays: Arrays, known: Knowledge, width: np.ndarray) -> None:
        """Know of the true numbers as the one possible table."""
        self.arrays, self.known, self.width = arrays, known, width
        self._room = known.room(arrays.public)
        self._possible = arrays.values[None, :]

    def too_narrow(self, hidden: np.ndarray) -> list[Cut]:
        """Find the numbers that can be worked out too well.

        Parameters
        ----------
        hidden : ndarray of bool, shape (n,)
            Which are hidden; those that no table shows always are.

        Returns
        -------
        list of Cut
            One for each number whose range is too narrow.

        Raises
        ------
        InputError
            The solver gives no answer: nothing is proved then.

        Notes
        -----
        A range's ends are values of linear programmes. Their duals say by how much the ends may
        move if a shown number is hidden, whatever else is (Fischetti and Salazar-González,
        Management Science 2001).
        """
        arrays, width = self.arrays, self.width
        limits = self.known.limits(hidden)
        shown = arrays.public & ~hidden
        cuts: list[Cut] = []
        for part in _parts(arrays, limits, ~self._proved(limits)):
            left = part if part.is_small else self._move_many(part, limits)
            for goals in left.batches():
                lowest, highest, tables = part.ends(arrays, limits, goals)
                self._possible = np.vstack([self._possible, tables])
                for at, goal in enumerate(goals):
                    lacks = width[goal] - (highest.values[at] - lowest.values[at])
                    if lacks > SLACK:
                        weights = lowest.weights(at, self._room) + highest.weights(at, self._room)
                        weights = np.where(shown & (weights > SLACK), np.minimum(weights, lacks), 0)
                        cuts.append(Cut(weights, float(lacks), int(goal)))
        return cuts

    def _move_many(self, part: _Part, limits: np.ndarray) -> _Part:
        """Look for tables that have many numbers high, or low, at once, while that proves more."""
        left = part.wanted
        while len(left):
            for way in (-1.0, 1.0):
                lowest, highest = self._reached(limits)
                bounds = limits.copy()  # no further than is asked, so that others move as well
                if way < 0:
                    bounds[1, left] = np.minimum(bounds[1], lowest + self.width)[left]
                else:
                    bounds[0, left] = np.maximum(bounds[0], highest - self.width)[left]
                table = part.moved(self.arrays, bounds, left, way)
                self._possible = np.vstack([self._possible, table])
            unproved = left[~self._proved(limits)[left]]
            if len(unproved) == len(left):
                break
            left = unproved
        return replace(part, wanted=left)

    def _reached(self, limits: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Give the least and largest value of each number in the possible tables that fit."""
        low, high = limits
        tables = self._possible
        fit = ((tables >= low - SLACK) & (tables <= high + SLACK)).all(axis=1)
        return tables[fit].min(axis=0), tables[fit].max(axis=0)

    def _proved(self, limits: np.ndarray) -> np.ndarray:
        """Select the numbers whose range nobody minds, or some possible tables prove wide."""
        lowest, highest = self._reached(limits)
        wide: np.ndarray = highest - lowest >= self.width - SLACK
        return wide

    def plainly_narrow(self, hidden: np.ndarray) -> list[Cut]:
        """Find the numbers that one equation alone tells too well, without a solver.

        In an equation a number's range is no wider than those of all others together. Takes and
        gives what `too_narrow` does.
        """
        width = self.width
        low, high = self.known.limits(hidden)
        spread = np.where(np.isinf(high), np.inf, high - np.where(np.isinf(high), 0.0, low))
        room = np.add(*self._room)
        shown = self.arrays.public & ~hidden
        cuts = []
        for inside, factors in self.arrays.lines:
            if not (width[inside] > 0).any():
                continue
            ranges = factors * spread[inside]
            for at, goal in enumerate(inside):
                if width[goal] <= 0:
                    continue
                others = np.delete(ranges, at).sum() / factors[at]
                lacks = width[goal] - others
                if lacks > SLACK:
                    weights = np.zeros(len(spread))
                    helps = factors / factors[at] * room[inside]
                    weights[inside] = np.where(shown[inside], helps, 0)
                    weights[goal] = 0.0
                    cuts.append(Cut(np.minimum(weights, lacks), lacks, int(goal)))
        return cuts


@dataclass(frozen=True)
class _Ends:
    """One end of the ranges of some numbers.

    Attributes
    ----------
    values : ndarray, shape (g,)
        Least or largest value of each.
    prices : ndarray, shape (g, n)
        By how much the end would move outwards with each other number, per unit, downwards where
        positive and upwards where negative.
    """

    values: np.ndarray
    prices: np.ndarray

    def weights(self, at: int, room: tuple[np.ndarray, np.ndarray]) -> np.ndarray:
        """Give by how much one end may move outwards if each other number is hidden."""
        mine = self.prices[at]
        found: np.ndarray = np.maximum(mine, 0) * room[0] + np.maximum(-mine, 0) * room[1]
        return found


@dataclass(frozen=True)
class _Part:
    """Unknown numbers that hang together, the equations between them, and whose range counts."""

    free: np.ndarray
    lines: np.ndarray
    wanted: np.ndarray

    @property
    def is_small(self) -> bool:
        """Whether one programme finds all ends."""
        return 2 * len(self.wanted) * len(self.free) <= LARGEST

    def batches(self) -> Iterator[np.ndarray]:
        """Give the numbers whose range counts, as many at a time as make one programme."""
        goals = self.wanted
        size = max(1, LARGEST // (2 * len(self.free)))
        for start in range(0, len(goals), size):
            yield goals[start : start + size]

    def moved(
        self, arrays: Arrays, limits: np.ndarray, goals: np.ndarray, way: float
    ) -> np.ndarray:
        """Give a possible table with some numbers together at their least (1) or most (-1)."""
        inside, right = self._equations(arrays, limits)
        aim = np.zeros(len(self.free))
        aim[np.searchsorted(self.free, goals)] = way
        table: np.ndarray = arrays.values.copy()
        table[self.free], _ = _solve(aim, inside, right, limits[:, self.free].T)
        return table

    def _equations(
        self, arrays: Arrays, limits: np.ndarray
    ) -> tuple[sparse.csr_matrix, np.ndarray]:
        """Give the equations of the unknown numbers, and what those known add up to."""
        lines = arrays.matrix[self.lines]
        fixed = np.ones(len(arrays.values), dtype=bool)
        fixed[self.free] = False
        return lines[:, self.free], -(lines[:, fixed] @ limits[0, fixed])

    def ends(
        self, arrays: Arrays, limits: np.ndarray, goals: np.ndarray
    ) -> tuple[_Ends, _Ends, np.ndarray]:
        """Find the least and the largest value of some numbers, all in one linear programme.

        Gives the tables that have them as well, one a row.

        Each end has a copy of the unknown numbers for itself; the copies share nothing, so that
        the sum of all ends is least just where each is.
        """
        inside, right = self._equations(arrays, limits)
        copies = 2 * len(goals)
        aim = np.zeros((copies, len(self.free)))
        place = np.searchsorted(self.free, goals)
        aim[np.arange(len(goals)), place] = 1.0
        aim[len(goals) + np.arange(len(goals)), place] = -1.0
        least, duals = _solve(
            aim.ravel(),
            sparse.kron(sparse.eye(copies), inside, format="csr"),
            np.tile(right, copies),
            np.tile(limits[:, self.free].T, (copies, 1)),
        )
        values = (aim * least.reshape(aim.shape)).sum(axis=1)
        prices = -(duals.reshape(copies, len(self.lines)) @ arrays.matrix[self.lines])
        half = len(goals)
        prices[np.arange(half), goals] += 1.0
        prices[half + np.arange(half), goals] -= 1.0
        tables = np.tile(arrays.values, (copies, 1))
        tables[:, self.free] = least.reshape(aim.shape)
        return _Ends(values[:half], prices[:half]), _Ends(-values[half:], prices[half:]), tables


def _parts(arrays: Arrays, limits: np.ndarray, wanted: np.ndarray) -> Iterator[_Part]:
    """Part the unknown numbers into those that hang together; leave out parts nobody minds."""
    free = np.flatnonzero(limits[1] - limits[0] > SLACK)
    inside = arrays.matrix[:, free]
    lines, columns = inside.shape
    grid: Any = [[None, inside], [inside.T, None]]
    labels: np.ndarray
    blocks = sparse.bmat(grid) if lines and columns else None
    if blocks is None:
        labels = np.arange(lines + columns)
    else:
        labels = connected_components(blocks, directed=False)[1]
    fixed = np.flatnonzero(wanted & (limits[1] - limits[0] <= SLACK))
    for at in fixed:  # known outright: a part of its own, without equations
        yield _Part(np.array([at]), np.array([], dtype=int), np.array([at]))
    for label in np.unique(labels[lines:][wanted[free]]) if columns else ():
        mine = free[labels[lines:] == label]
        yield _Part(mine, np.flatnonzero(labels[:lines] == label), mine[wanted[mine]])


def _solve(
    aim: np.ndarray, matrix: sparse.csr_matrix, right: np.ndarray, bounds: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    """Minimise; give the solution and the duals of the equations."""
    equations: dict[str, Any] = {"A_eq": matrix, "b_eq": right} if len(right) else {}
    limits: Any = bounds
    found = linprog(aim, bounds=limits, method="highs", **equations)
    if found.status != 0 or found.x is None:
        raise InputError(
            "disclosure: the solver could not tell whether hidden numbers can be worked out; "
            "nothing is released"
        )
    return found.x, found.eqlin.marginals if len(right) else np.zeros(0)
