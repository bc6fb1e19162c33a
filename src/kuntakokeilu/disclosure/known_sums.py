"""Means over known units are known sums: which of them, subtracted, tell of few.

A mean times its number of units is a sum over them. Two such sums that are over almost the same
units give back those few in which they differ; two of the same units, from releases a month apart,
give back those few who came between.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np

from kuntakokeilu.disclosure.balance import FEWEST_UNITS

# More small parts than these are not looked through set by set.
_MOST_SMALL = 14
_SAME = 1e-9  # relative: values that differ by less are one


@dataclass(frozen=True)
class UnitPart:
    """What one unit brings to a mean.

    Attributes
    ----------
    n : int
        Its persons.
    value : float
        Its value; the same in two means if nothing has changed in it.
    """

    n: int
    value: float


UnitParts = Mapping[str, UnitPart]  # by unit, population and time


@dataclass
class KnownSums:
    """Sums that anybody can make of shown means, in the order in which they were shown.

    Attributes
    ----------
    least : int
        Fewest persons of whom a sum may be told.
    shown : list of mapping of str to UnitPart
        What each is over.
    """

    least: int
    shown: list[UnitParts] = field(default_factory=list)

    def show(self, parts: UnitParts) -> None:
        """Take note that the mean over these units is shown."""
        if not any(_same(parts, other) for other in self.shown):
            self.shown.append(parts)

    def tells(self, parts: UnitParts) -> bool:
        """Tell whether the mean over these units, with those shown before, tells of few.

        Notes
        -----
        A unit whose value has changed since is what it was, and what has changed: of as many
        persons as its number has moved by, and of one at least.

        Examples
        --------
        >>> sums = KnownSums(10)
        >>> town, hamlets = UnitPart(500, 31.0), {c: UnitPart(1, 20.0) for c in "bc"}
        >>> sums.show({"a": town, "d": town, "e": town, **hamlets})
        >>> sums.tells({"a": town, "d": town, "e": town})  # the hamlets' two persons
        True
        >>> sums.tells({"a": town, "d": town, "e": UnitPart(501, 31.2), **hamlets})  # who came
        True
        """
        if any(_same(parts, other) for other in self.shown):
            return False
        near = _reached(parts, self.shown)
        return bool(near) and _few_follow([*near, parts], self.least)


def _reached(parts: UnitParts, shown: Sequence[UnitParts]) -> list[UnitParts]:
    """Select the sums that share a unit with these parts, or with a sum that does."""
    names, found = set(parts), [False] * len(shown)
    while True:
        more = [at for at, row in enumerate(shown) if not found[at] and not names.isdisjoint(row)]
        if not more:
            return [row for row, near in zip(shown, found, strict=True) if near]
        for at in more:
            found[at] = True
            names |= shown[at].keys()


def _same(one: UnitParts, other: UnitParts) -> bool:
    return one.keys() == other.keys() and all(_alike(one[c], other[c]) for c in one)


def _alike(one: UnitPart, other: UnitPart) -> bool:
    if np.isnan(one.value) or np.isnan(other.value):
        return one.n == other.n
    return abs(one.value - other.value) <= _SAME * max(1.0, abs(one.value), abs(other.value))


def _few_follow(rows: list[UnitParts], least: int) -> bool:
    """Tell whether a combination of sums, other than one of them alone, rests on few."""
    layers: dict[tuple[str, int], int] = {}
    made = [_layered(row, versions) for versions in [_versions(rows)] for row in rows]
    for row in made:
        layers |= row
    columns = {layer: at for at, layer in enumerate(layers)}
    sums = np.zeros((len(made), len(columns)), dtype=bool)
    for line, row in enumerate(made):
        sums[line, [columns[layer] for layer in row]] = True
    units = [unit for unit, _ in columns]
    return combination_of_few(sums, np.array(list(layers.values())), units, least)


def _versions(rows: Iterable[UnitParts]) -> dict[str, list[UnitPart]]:
    """List the different parts that each unit had, in the order of the sums."""
    found: dict[str, list[UnitPart]] = {}
    for row in rows:
        for unit, part in row.items():
            mine = found.setdefault(unit, [])
            if not any(_alike(part, other) for other in mine):
                mine.append(part)
    return found


def _layered(row: UnitParts, versions: Mapping[str, list[UnitPart]]) -> dict[tuple[str, int], int]:
    """Write a sum as what each unit was at first, and what has changed since; with persons."""
    made = {}
    for unit, part in row.items():
        mine = versions[unit]
        last = next(at for at, other in enumerate(mine) if _alike(part, other))
        made[unit, 0] = mine[0].n
        for at in range(1, last + 1):
            made[unit, at] = max(1, abs(mine[at].n - mine[at - 1].n))
    return made


def combination_of_few(sums: np.ndarray, persons: np.ndarray, units: list[str], least: int) -> bool:
    """Tell whether sums over sets of parts give away one over too few that none of them is.

    Parameters
    ----------
    sums : ndarray of bool, shape (r, n)
        Which parts each known sum is over.
    persons : ndarray of int, shape (n,)
        Persons of each part.
    units : list of str, n of them
        The unit of each part.
    least : int
        Fewest persons.

    Returns
    -------
    bool
        Is there a combination that rests on fewer persons, or on fewer than `FEWEST_UNITS` units,
        beside the sums that do so themselves, which are shown for what they are?

    Notes
    -----
    As `balance.tells`: parts that stand in the same sums can only be told together. Combinations
    within a set of parts have as many dimensions as the sums lose in rank without it.
    """
    atoms, which = np.unique(np.unique(sums, axis=0), axis=1, return_inverse=True)
    people = np.bincount(which.ravel(), persons, minlength=atoms.shape[1])
    of = [{units[k] for k in np.flatnonzero(which.ravel() == at)} for at in range(len(people))]
    matrix = atoms.astype(float)
    whole = _rank(matrix)
    for part in _small_unions(of, people, least):
        others = np.delete(matrix, part, axis=1)
        alone = matrix[~others.any(axis=1)]
        if whole - _rank(others) > _rank(alone):
            return True
    return False


def _rank(matrix: np.ndarray) -> int:
    return int(np.linalg.matrix_rank(matrix)) if matrix.size else 0


def _small_unions(of: Sequence[set[str]], people: np.ndarray, least: int) -> Iterator[list[int]]:
    """Go through the sets of atoms that together are too few persons or units.

    Where there are very many, those of all that are few are one set, which can only tell more.
    """

    def few(part: list[int]) -> bool:
        units = set().union(*(of[k] for k in part))
        return len(units) < FEWEST_UNITS or bool(people[part].sum() < least)

    small = [k for k in range(len(of)) if few([k])]
    if len(small) > _MOST_SMALL:
        yield small
        return
    grown = [[k] for k in small]
    while grown:
        part = grown.pop()
        yield part
        more = [[*part, k] for k in small if k > part[-1]]
        grown += [each for each in more if few(each)]
