"""In which range each hidden number is known to lie, by linear programming."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from scipy import sparse
from scipy.optimize import linprog
from scipy.sparse.csgraph import connected_components

from kuntakokeilu.disclosure.engine.system import Arrays
from kuntakokeilu.errors import InputError

SLACK = 1e-6


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


def too_narrow(
    arrays: Arrays, known: Knowledge, hidden: np.ndarray, width: np.ndarray
) -> list[Cut]:
    """Find the numbers that can be worked out too well.

    Parameters
    ----------
    arrays : Arrays
        Variables and equations.
    known : Knowledge
        What is known of shown and of hidden numbers.
    hidden : ndarray of bool, shape (n,)
        Which are hidden; those that no table shows always are.
    width : ndarray, shape (n,)
        How wide each number's range must be; 0 where nobody minds.

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
    A range's ends are values of linear programmes. Their duals say by how much the ends may move
    if a shown number is hidden, whatever else is (Fischetti and Salazar-González, Management
    Science 2001). Any solution is a witness that other numbers may have its values too, which
    spares most programmes.
    """
    limits = known.limits(hidden)
    cuts = []
    for part in _parts(arrays, limits, width > 0):
        cuts += part.cuts(arrays, known, hidden, width)
    return cuts


@dataclass
class _Part:
    """Unknown numbers that hang together, with the equations between them."""

    free: np.ndarray
    lines: np.ndarray
    limits: np.ndarray

    def cuts(
        self, arrays: Arrays, known: Knowledge, hidden: np.ndarray, width: np.ndarray
    ) -> Iterator[Cut]:
        """Look at each number of the part whose range counts."""
        matrix = arrays.matrix[self.lines]
        fixed = np.ones(len(arrays.values), dtype=bool)
        fixed[self.free] = False
        inside = matrix[:, self.free].toarray()
        right = -(matrix[:, fixed] @ self.limits[0, fixed])
        least = np.full(len(self.free), np.inf)
        most = np.full(len(self.free), -np.inf)
        bounds = self.limits[:, self.free].T
        below, above = known.room(arrays.public)
        for at, goal in enumerate(self.free):
            if width[goal] <= 0 or most[at] - least[at] >= width[goal] - SLACK:
                continue
            ends, weights = [], np.zeros(len(arrays.values))
            for sign in (1.0, -1.0):
                aim = np.zeros(len(self.free))
                aim[at] = sign
                found, duals = _solve(aim, inside, right, bounds)
                if found is None:
                    ends.append(np.inf)
                    continue
                least, most = np.minimum(least, found), np.maximum(most, found)
                ends.append(-sign * found[at])
                prices = -(matrix.T @ duals)
                prices[goal] += sign
                weights += np.maximum(prices, 0) * below + np.maximum(-prices, 0) * above
            lacks = width[goal] - sum(ends)
            if lacks > SLACK:
                shown = arrays.public & ~hidden
                weights = np.where(shown & (weights > SLACK), np.minimum(weights, lacks), 0.0)
                yield Cut(weights, lacks, int(goal))


def _parts(arrays: Arrays, limits: np.ndarray, wanted: np.ndarray) -> Iterator[_Part]:
    """Part the unknown numbers into those that hang together; leave out parts nobody minds."""
    free = np.flatnonzero(limits[1] - limits[0] > SLACK)
    inside = arrays.matrix[:, free]
    lines, columns = inside.shape
    blocks = sparse.bmat([[None, inside], [inside.T, None]]) if lines and columns else None
    if blocks is None:
        labels = np.arange(lines + columns)
    else:
        labels = connected_components(blocks, directed=False)[1]
    fixed = np.flatnonzero(wanted & (limits[1] - limits[0] <= SLACK))
    for at in fixed:  # known outright: a part of its own, without equations
        yield _Part(np.array([at]), np.array([], dtype=int), limits)
    for label in np.unique(labels[lines:][wanted[free]]) if columns else ():
        yield _Part(
            free[labels[lines:] == label], np.flatnonzero(labels[:lines] == label), limits
        )


def _solve(
    aim: np.ndarray, matrix: np.ndarray, right: np.ndarray, bounds: np.ndarray
) -> tuple[np.ndarray | None, np.ndarray]:
    """Minimise; None if there is no least value."""
    equations = {"A_eq": matrix, "b_eq": right} if len(matrix) else {}
    found = linprog(aim, **equations, bounds=bounds, method="highs")
    if found.status == 3:
        return None, np.zeros(len(matrix))
    if found.status != 0:
        raise InputError(
            "disclosure: the solver could not tell whether hidden numbers can be worked out; "
            "nothing is released"
        )
    return found.x, found.eqlin.marginals if len(matrix) else np.zeros(0)
