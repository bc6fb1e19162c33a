"""What anybody knows of tables without seeing the data: each relation writes its equations.

A difference of two nested groups is a group of persons as well. It stands in no table, but whoever
sees both works it out: it is a variable like any other, and protected like any other.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations, permutations
from typing import Any, Protocol

import pandas as pd

from kuntakokeilu.disclosure.engine.profile import SourceLimits
from kuntakokeilu.disclosure.engine.system import (
    SHOWN,
    Label,
    System,
    keys,
    need_columns,
    plain,
)
from kuntakokeilu.errors import InputError

Where = tuple[tuple[str, Any], ...]
_Group = tuple[str, tuple[bool, ...]]  # a population, and which samples its units are in


class Relation(Protocol):
    """What relations have in common."""

    @property
    def tables(self) -> tuple[str, ...]:
        """Name the tables that it is about."""
        ...

    def write(self, system: System) -> None:
        """Add what is known to a system."""
        ...


@dataclass(frozen=True)
class Alone:
    """A table of which nothing is known beside what stands in its rows.

    Attributes
    ----------
    table : str
        The table. To say so is the user's responsibility: without any relation it is refused.
    """

    table: str

    @property
    def tables(self) -> tuple[str, ...]:
        """Name the table."""
        return (self.table,)

    def write(self, system: System) -> None:
        """Know nothing."""


@dataclass(frozen=True)
class AddsUp:
    """Rows of a table add up to another row of it.

    Attributes
    ----------
    table : str
        The table.
    over : str
        Column whose values are added up over.
    total : hashable
        Its value in the row of the sum.
    parts : tuple, optional
        Its values in the rows that are added up; by default all others.
    """

    table: str
    over: str
    total: Any
    parts: tuple[Any, ...] | None = None

    @property
    def tables(self) -> tuple[str, ...]:
        """Name the table."""
        return (self.table,)

    def write(self, system: System) -> None:
        """Equate each total with the sum of its parts."""
        frame = system.tables[self.table]
        need_columns(self.table, frame, [self.over], "AddsUp")
        beside = [name for name in keys(frame) if name != self.over]
        for group in _groups(system, self.table, beside):
            total = [key for key, value in group if value[self.over] == self.total]
            parts = [
                key
                for key, value in group
                if value[self.over] != self.total
                and (self.parts is None or value[self.over] in self.parts)
            ]
            if total and parts:
                where = f"table {self.table}: total over {self.over}"
                for measure in _measures(frame):
                    terms = {(self.table, key, measure): 1.0 for key in parts}
                    terms[self.table, total[0], measure] = -1.0
                    system.equate(terms, where)


@dataclass(frozen=True)
class SumOf:
    """A row of one table is the sum of rows of another.

    Attributes
    ----------
    table : str
        The table of the sum.
    where : tuple of (str, value)
        Its row: columns and their values. Nothing is known without such a row.
    parts : str
        The table of what is added up.
    parts_where : tuple of (str, value)
        Its rows.
    """

    table: str
    where: Where
    parts: str
    parts_where: Where = ()

    @property
    def tables(self) -> tuple[str, ...]:
        """Name the tables."""
        return (self.table, self.parts)

    def write(self, system: System) -> None:
        """Equate the row with the sum."""
        whole = system.select(self.table, dict(self.where))
        parts = system.select(self.parts, dict(self.parts_where))
        if len(whole) == 1 and parts:
            terms = {(self.parts, key, "n"): 1.0 for key in parts}
            terms[self.table, whole[0], "n"] = -1.0
            system.equate(terms, f"tables {self.table} and {self.parts}: sum")


@dataclass(frozen=True)
class Same:
    """Rows of two tables, or of one, are about the same persons where some columns agree.

    Attributes
    ----------
    left, right : str
        The tables.
    on : tuple of str
        Columns that both have. A row of one without a partner in the other is passed over.
    where : tuple of (str, value)
        Only rows with these values, in whichever of the tables has the column.
    """

    left: str
    right: str
    on: tuple[str, ...]
    where: Where = ()

    @property
    def tables(self) -> tuple[str, ...]:
        """Name the tables."""
        return (self.left, self.right)

    def write(self, system: System) -> None:
        """Equate the numbers of partners."""
        for one, other in _partners(system, self.left, self.right, self.on, self.where, "Same"):
            for measure in _shared(system, self.left, self.right):
                terms = {(self.left, one, measure): 1.0, (self.right, other, measure): -1.0}
                system.equate(terms, f"tables {self.left} and {self.right}: same persons")


@dataclass(frozen=True)
class Among:
    """Persons of one table's rows are among those of another's where some columns agree.

    Attributes
    ----------
    inner, outer : str
        The tables.
    on : tuple of str
        Columns that both have.
    where : tuple of (str, value)
        Only rows with these values, in whichever of the tables has the column.
    """

    inner: str
    outer: str
    on: tuple[str, ...]
    where: Where = ()

    @property
    def tables(self) -> tuple[str, ...]:
        """Name the tables."""
        return (self.inner, self.outer)

    def write(self, system: System) -> None:
        """Add those who are in the outer row only."""
        for one, other in _partners(system, self.inner, self.outer, self.on, self.where, "Among"):
            where = f"tables {self.inner} and {self.outer}: part"
            _difference(system, (self.outer, other), (self.inner, one), where)


@dataclass(frozen=True)
class Nested:
    """Each row of a table is about some of the persons of the row before, as in a flow of steps.

    Attributes
    ----------
    table : str
        The table.
    order : str
        Column by whose order rows follow each other; rows alike in all other columns but those of
        `beside` are one chain.
    beside : tuple of str
        Columns that tell nothing of which chain a row is in.
    """

    table: str
    order: str
    beside: tuple[str, ...] = ()

    @property
    def tables(self) -> tuple[str, ...]:
        """Name the table."""
        return (self.table,)

    def write(self, system: System) -> None:
        """Add the persons between any two rows."""
        frame = system.tables[self.table]
        need_columns(self.table, frame, [self.order, *self.beside], "Nested")
        names = [n for n in keys(frame) if n != self.order and n not in self.beside]
        for group in _groups(system, self.table, names):
            ordered = sorted(group, key=lambda row: row[1][self.order])
            for (outer, _), (inner, _) in combinations(ordered, 2):
                where = f"table {self.table}: nested by {self.order}"
                _difference(system, (self.table, outer), (self.table, inner), where)


@dataclass(frozen=True)
class Multiple:
    """A number of one table is a known multiple of another's, such as months of a fixed follow-up.

    Attributes
    ----------
    table, of : str
        The table, and the one that it is a multiple of.
    on : tuple of str
        Columns that both have.
    factor : float
        How many times.
    where : tuple of (str, value)
        Only rows with these values, in whichever of the tables has the column.
    """

    table: str
    of: str
    on: tuple[str, ...]
    factor: float
    where: Where = ()

    @property
    def tables(self) -> tuple[str, ...]:
        """Name the tables."""
        return (self.table, self.of)

    def write(self, system: System) -> None:
        """Equate each number with the multiple."""
        for one, other in _partners(system, self.table, self.of, self.on, self.where, "Multiple"):
            terms = {(self.table, one, "n"): 1.0, (self.of, other, "n"): -float(self.factor)}
            system.equate(terms, f"tables {self.table} and {self.of}: multiple of {self.factor:g}")


@dataclass(frozen=True, eq=False)
class Samples:
    """Rows of a table are about persons of some units each, as samples of estimates are.

    Attributes
    ----------
    table : str
        The table.
    members : DataFrame
        Its columns that say which row, and `unit` and `n`: the row's persons in each unit. With
        `population` a unit's persons are those of one population; with `used` (bool) units that are
        not in the row stand there as well, so that their persons are known.
    units : (str, str), optional
        A table that counts the same persons unit by unit, and its column of units.
    parts : tuple of (str, tuple of str)
        A population, and those that it is the sum of, unit by unit.

    Notes
    -----
    Units in the same rows can only be told together. Those in one row and not in another are the
    difference of both, whichever rows lie between.
    """

    table: str
    members: pd.DataFrame
    units: tuple[str, str] | None = None
    parts: tuple[tuple[str, tuple[str, ...]], ...] = ()

    @property
    def tables(self) -> tuple[str, ...]:
        """Name the tables."""
        return (self.table,) if self.units is None else (self.table, self.units[0])

    def write(self, system: System) -> None:
        """Add groups of units that stand in the same rows, and differences of any two rows."""
        frame = system.tables[self.table]
        names = keys(frame)
        need_columns("members", self.members, [*names, "unit", "n"], f"Samples of {self.table}")
        members = {"population": "", "used": True} | {n: self.members[n] for n in self.members}
        chosen = pd.DataFrame(members, index=self.members.index)
        persons = self._persons(chosen)
        slots: dict[tuple[Any, str], set[Any]] = {}
        for key, population, unit, used in zip(
            _of(chosen, names), *(chosen[n] for n in ("population", "unit", "used")), strict=True
        ):
            if used:
                slots.setdefault((key, population), set()).add(unit)
        units = sorted({unit for _, unit in persons}, key=repr)
        pattern = {unit: tuple(unit in inside for inside in slots.values()) for unit in units}
        groups: dict[_Group, list[Any]] = {}
        for population, unit in sorted(persons, key=repr):
            groups.setdefault((population, pattern[unit]), []).append(unit)
        limits = _strictest(system, [(self.table, key) for key in system.rows(self.table)])
        of_slot = {
            slot: [(slot[1], kind) for at, kind in groups if at == slot[1] and kind[place]]
            for place, slot in enumerate(slots)
        }
        sums = self._sums(groups)
        shown = {group for mine in of_slot.values() for group in mine}
        sums = [terms for terms in sums if not shown.isdisjoint(terms)]
        atoms: dict[_Group, Label] = {}
        for group in sorted(shown.union(*sums)):
            atoms[group] = (f"samples of {self.table}", len(atoms), "n")
            size = sum(persons[group[0], unit] for unit in groups[group])
            system.add(atoms[group], size, limits)
            if group in shown:
                self._tie(system, atoms[group], groups[group])
        for terms in sums:
            system.equate({atoms[group]: c for group, c in terms.items()}, f"parts: {self.parts}")
        sets: dict[Any, set[Label]] = {key: set() for key in system.rows(self.table)}
        for (key, _), mine in of_slot.items():
            if key in sets:
                sets[key] |= {atoms[group] for group in mine}
        where = f"samples of {self.table}"
        for key, inside in sets.items():
            system.equate(dict.fromkeys(inside, 1.0) | {(self.table, key, "n"): -1.0}, where)
        for one, other in permutations(sets, 2):
            apart = sets[one] - sets[other]
            size = sum(system.values[label] for label in apart)
            if len(apart) > 1 and 0 < size < limits.persons:
                between: Label = (f"difference of {self.table}", (one, other), "n")
                system.add(between, size, limits)
                system.equate(dict.fromkeys(apart, 1.0) | {between: -1.0}, where)

    def _sums(self, groups: Mapping[_Group, list[Any]]) -> list[dict[_Group, float]]:
        """Equate groups of units of a population with those of its parts, where all are known."""
        found = []
        for whole, parts in self.parts:
            for population, kind in groups:
                known = [groups.get((name, kind), []) for name in (whole, *parts)]
                if population == whole and all(len(k) == len(known[0]) for k in known):
                    terms = dict.fromkeys(((name, kind) for name in parts), 1.0)
                    found.append(terms | {(whole, kind): -1.0})
        return found

    def _persons(self, chosen: pd.DataFrame) -> dict[tuple[str, Any], float]:
        """Give the persons of each unit of a population, which are the same in every row."""
        per_unit = chosen.groupby(["population", "unit"])["n"].agg(["min", "max"])
        if (per_unit["min"] != per_unit["max"]).any():
            raise InputError(f"Samples of {self.table}: a unit has other persons in other rows")
        return {key: float(n) for key, n in per_unit["min"].items()}  # type: ignore[misc]

    def _tie(self, system: System, atom: Label, inside: list[Any]) -> None:
        """Equate a group of units with the rows that count them one by one."""
        if self.units is None:
            return
        table, column = self.units
        need_columns(table, system.tables[table], [column], f"Samples of {self.table}")
        told = zip(system.rows(table), system.column(table, column), strict=True)
        mine = [key for key, unit in told if unit in inside]
        if len(mine) != len(inside):
            raise InputError(f"Samples of {self.table}: {table} lacks a unit, or has it twice")
        terms = {(table, key, "n"): 1.0 for key in mine}
        system.equate(terms | {atom: -1.0}, f"samples of {self.table}")


def _measures(frame: pd.DataFrame) -> list[str]:
    return [measure for measure in SHOWN if measure in frame]


def _shared(system: System, left: str, right: str) -> list[str]:
    return [m for m in _measures(system.tables[left]) if m in system.tables[right]]


def _partners(
    system: System, left: str, right: str, on: Sequence[str], where: Where, what: str
) -> Iterator[tuple[Any, Any]]:
    """Give the keys of rows of two tables that agree in some columns."""
    frames = {name: system.tables[name] for name in (left, right)}
    if lost := [c for c, _ in where if c not in frames[left] and c not in frames[right]]:
        raise InputError(f"{what}: neither {left} nor {right} has a column {lost[0]}")
    partners: dict[str, list[tuple[Any, Any]]] = {}
    for name, frame in frames.items():
        need_columns(name, frame, on, what)
        mine = {c: value for c, value in where if c in frame}
        shared = zip(system.rows(name), system.tuples(name, on), strict=True)
        kept = set(system.select(name, mine)) if mine else None
        partners[name] = [(k, values) for k, values in shared if kept is None or k in kept]
    there: dict[tuple[Any, ...], list[Any]] = {}
    for key, values in partners[right]:
        there.setdefault(values, []).append(key)
    for key, values in partners[left]:
        for other in there.get(values, ()):
            if (left, key) != (right, other):
                yield key, other


def _groups(
    system: System, table: str, names: Sequence[str]
) -> list[list[tuple[Any, dict[str, Any]]]]:
    """Give the rows that agree in some columns together: key, and value of each key column."""
    columns = keys(system.tables[table])
    found: dict[tuple[Any, ...], list[tuple[Any, dict[str, Any]]]] = {}
    for key, values in zip(system.rows(table), system.tuples(table, names), strict=True):
        found.setdefault(values, []).append((key, dict(zip(columns, key, strict=True))))
    return list(found.values())


def _of(frame: pd.DataFrame, on: Sequence[str]) -> list[tuple[Any, ...]]:
    if not on:
        return [()] * len(frame)
    columns = (plain(frame[name]) for name in on)
    return list(zip(*columns, strict=True))


def _difference(system: System, outer: tuple[str, Any], inner: tuple[str, Any], where: str) -> None:
    """Add the persons of one row that are not in another as variables.

    Those with a trait and those without it each are a group of their own.
    """
    measures = [m for m in _shared(system, outer[0], inner[0]) if m != "sum"]
    limits = _strictest(system, [outer, inner])
    made: dict[str, float] = {}
    for measure in measures:
        size = system.values[*outer, measure] - system.values[*inner, measure]
        if size < 0:
            raise InputError(f"{where}: the part is larger than the whole")
        made[measure] = size
        label = (where, (outer, inner), measure)
        system.add(label, size, limits)
        terms = {(*outer, measure): 1.0, (*inner, measure): -1.0, label: -1.0}
        system.equate(terms, where)
    if "k" in made:
        if made["n"] < made["k"]:
            raise InputError(f"{where}: the part is larger than the whole")
        rest = (where, (outer, inner), "n - k")
        system.add(rest, made["n"] - made["k"], limits)
        both = {m: (where, (outer, inner), m) for m in ("n", "k")}
        system.equate({both["n"]: 1.0, both["k"]: -1.0, rest: -1.0}, where)


def _strictest(system: System, of: Sequence[tuple[str, Any]]) -> SourceLimits:
    found = [system.limits[table, key, "n"] for table, key in of]
    strictest = found[0]
    for limits in found[1:]:
        strictest = strictest.with_(limits)
    return strictest
