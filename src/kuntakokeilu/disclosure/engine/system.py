"""Numbers of tables as variables, and what anybody knows of them as linear equations."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from itertools import pairwise
from typing import Any

import numpy as np
import pandas as pd
from scipy import sparse

from kuntakokeilu.disclosure.engine.profile import SourceLimits, SourceProfile
from kuntakokeilu.errors import InputError

COUNTS = ("n", "k")  # persons, and those of them with a trait
SHOWN = (*COUNTS, "sum")  # what leaves of a row, beside what follows of it
BEHIND = ("top1", "top2", "n_payers", "payer_top1")
MEASURES = (*SHOWN, *BEHIND, "sources")
TOLERANCE = 1e-6  # of an equation, relative to the numbers in it

# A number: its table, the row's key, and what it is of the row. Numbers that no table has are
# called by the relation that they come from.
Label = tuple[str, Any, str]


@dataclass
class System:
    """Variables and equations, as they are gathered.

    Attributes
    ----------
    tables : mapping of str to DataFrame
        By table: one row per cell; `n` persons, perhaps `k` with the trait, `sum` of amounts,
        `top1`, `top2`, `n_payers` and `payer_top1` behind it, and `sources` joined by ;. All other
        columns say which cell it is.
    limits : dict of Label to SourceLimits
        Of each variable.
    values : dict of Label to float
        True value of each variable.
    equations : list of dict of Label to float
        Coefficients whose products with the variables add up to zero.
    public : set of Label
        Variables that stand in a table and leave unless they are hidden.
    """

    tables: Mapping[str, pd.DataFrame]
    limits: dict[Label, SourceLimits] = field(default_factory=dict)
    values: dict[Label, float] = field(default_factory=dict)
    equations: list[dict[Label, float]] = field(default_factory=list)
    public: set[Label] = field(default_factory=set)
    _columns: dict[tuple[str, str], list[Any]] = field(default_factory=dict, repr=False)
    _rows: dict[str, list[tuple[Any, ...]]] = field(default_factory=dict, repr=False)

    def column(self, table: str, name: str) -> list[Any]:
        """Give the values of a column, read once."""
        if (table, name) not in self._columns:
            self._columns[table, name] = plain(self.tables[table][name])
        return self._columns[table, name]

    def rows(self, table: str) -> list[tuple[Any, ...]]:
        """Give the key of each row, read once."""
        if table not in self._rows:
            frame = self.tables[table]
            self._rows[table] = self.tuples(table, keys(frame))
        return self._rows[table]

    def tuples(self, table: str, names: Sequence[str]) -> list[tuple[Any, ...]]:
        """Give the values of some columns row by row; empty tuples of no columns."""
        if not names:
            return [()] * len(self.tables[table])
        return list(zip(*(self.column(table, name) for name in names), strict=True))

    def select(self, table: str, where: Mapping[str, Any]) -> list[tuple[Any, ...]]:
        """Give the keys of the rows in which columns have these values."""
        wanted = tuple(where.values())
        found = zip(self.rows(table), self.tuples(table, list(where)), strict=True)
        return [key for key, values in found if values == wanted]

    def add(self, label: Label, value: float, limits: SourceLimits) -> None:
        """Add a variable that no table shows."""
        self.values[label], self.limits[label] = float(value), limits

    def equate(self, terms: Mapping[Any, float], where: str) -> None:
        """Add an equation, after a look at whether it holds.

        Raises
        ------
        InputError
            It does not: a relation is declared that the tables do not follow.
        """
        error = sum(c * self.values[label] for label, c in terms.items())
        size = max(abs(c * self.values[label]) for label, c in terms.items())
        if abs(error) > TOLERANCE * max(1.0, size):
            raise InputError(f"{where}: does not add up")
        self.equations.append(dict(terms))


@dataclass(frozen=True)
class Arrays:
    """A system as arrays.

    Attributes
    ----------
    labels : list of Label, length n
        Variables, in an order that does not depend on that of rows or tables.
    values : ndarray, shape (n,)
        Their true values.
    matrix : csr_matrix, shape (m, n)
        Equations, each zero times the values.
    public : ndarray of bool, shape (n,)
        Which leave unless hidden.
    persons : ndarray, shape (n,)
        Fewest persons by the limits of each.
    """

    labels: list[Label]
    values: np.ndarray
    matrix: sparse.csr_matrix
    public: np.ndarray
    persons: np.ndarray

    @cached_property
    def lines(self) -> list[tuple[np.ndarray, np.ndarray]]:
        """Give the variables of each equation, and the size of their coefficients."""
        starts = self.matrix.indptr
        parts = [slice(a, b) for a, b in pairwise(starts)]
        return [(self.matrix.indices[p], np.abs(self.matrix.data[p])) for p in parts]


def keys(frame: pd.DataFrame) -> list[str]:
    """Name the columns that say which cell a row is."""
    return [str(name) for name in frame.columns if name not in MEASURES]


def rows(frame: pd.DataFrame) -> list[tuple[Any, ...]]:
    """Give the key of each row."""
    names = keys(frame)
    if not names:
        return [() for _ in range(len(frame))]
    return list(zip(*(plain(frame[name]) for name in names), strict=True))


def plain(column: pd.Series) -> list[Any]:
    """Give values that equal themselves, missing ones as None."""
    return [None if pd.isna(value) else value for value in column.tolist()]


def of_tables(tables: Mapping[str, pd.DataFrame], profile: SourceProfile) -> System:
    """Take the numbers of tables as variables, and those with and without a trait as adding up.

    Raises
    ------
    InputError
        A table without `n`, with two rows of one cell, a number that is missing, negative or not
        whole, or a source without limits.
    """
    system = System(tables)
    for name, frame in sorted(tables.items()):
        if "n" not in frame:
            raise InputError(f"table {name}: no column n; expected persons behind each row")
        measures = [measure for measure in SHOWN if measure in frame]
        _refuse_odd(name, frame, measures)
        told = system.column(name, "sources") if "sources" in frame else [""] * len(frame)
        numbers = {measure: system.column(name, measure) for measure in measures}
        for at, key in enumerate(system.rows(name)):
            where = f"table {name}, row {at + 1}"
            limits = profile.limits([s for s in str(told[at] or "").split(";") if s], where)
            for measure in measures:
                system.add((name, key, measure), numbers[measure][at], limits)
                system.public.add((name, key, measure))
            if "k" in measures:
                rest = (name, key, "n - k")
                system.add(rest, numbers["n"][at] - numbers["k"][at], limits)
                terms = {(name, key, "n"): 1.0, (name, key, "k"): -1.0, rest: -1.0}
                system.equate(terms, where)
    return system


def as_arrays(system: System) -> Arrays:
    """Order variables and equations, so that the same tables always give the same arrays."""
    labels = sorted(system.values, key=repr)
    place = {label: at for at, label in enumerate(labels)}
    lines = sorted({tuple(sorted((place[la], c) for la, c in e.items())) for e in system.equations})
    triples = [(at, j, c) for at, line in enumerate(lines) for j, c in line]
    at, columns, numbers = zip(*triples, strict=True) if triples else ((), (), ())
    shape = (len(lines), len(labels))
    return Arrays(
        labels,
        np.array([system.values[label] for label in labels]),
        sparse.csr_matrix((numbers, (at, columns)), shape=shape, dtype=float),
        np.array([label in system.public for label in labels], dtype=bool),
        np.array([system.limits[label].persons for label in labels], dtype=float),
    )


def need_columns(table: str, frame: pd.DataFrame, names: Iterable[str], what: str) -> None:
    """Refuse a relation that names a column which is not there."""
    if missing := [name for name in names if name not in frame]:
        raise InputError(f"{what}: table {table} has no column {missing[0]}")


def _refuse_odd(name: str, frame: pd.DataFrame, measures: Sequence[str]) -> None:
    for measure in (*measures, *(m for m in BEHIND if m in frame)):
        read = pd.to_numeric(frame[measure], errors="coerce")
        numbers = read.to_numpy(dtype=float, na_value=np.nan)
        whole = measure in COUNTS or measure == "n_payers"
        odd = np.isnan(numbers) | (numbers < 0) | (whole & (numbers % 1 != 0))
        if odd.any():
            at = int(np.flatnonzero(odd)[0]) + 1
            kind = "a whole number" if whole else "a number"
            raise InputError(
                f"table {name}, row {at}, {measure}: expected {kind} that is not negative; leave "
                "out rows that nobody knows"
            )
    if "k" in frame and (over := frame["k"].astype(float) > frame["n"].astype(float)).any():
        at = int(np.flatnonzero(over)[0]) + 1
        raise InputError(f"table {name}, row {at}: k is larger than n")
    names = keys(frame)
    twice = frame.duplicated(names) if names else pd.Series(np.arange(len(frame)) > 0)
    if twice.any():
        raise InputError(f"table {name}, row {int(np.flatnonzero(twice)[0]) + 1}: stands twice")
