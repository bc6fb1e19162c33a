"""Rows of some persons as arrays: read, sorted, taken in runs, placed on the grid of months.

A person and month are one number, `at`: the person's number among those at hand, and the month in
the last 16 bits.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import duckdb
import numpy as np
import numpy.typing as npt

from kuntakokeilu.panel.ledger.whole import Flags, Whole

_BITS = 16
HIGH = 1 << 62  # above every number of a register
Columns = dict[str, npt.NDArray[Any]]


def person_of(at: Whole) -> Whole:
    """Give the number of the person."""
    return at >> _BITS


def month_of(at: Whole) -> Whole:
    """Give the month."""
    return at & ((1 << _BITS) - 1)


def with_month(at: Whole, month: Whole) -> Whole:
    """Give the same persons in other months."""
    return (at >> _BITS << _BITS) + month


def read(
    con: duckdb.DuckDBPyConnection, table: str, first: int, last: int, columns: str
) -> Columns:
    """Read rows of the persons from `first` to `last`: `at` and columns without missing values."""
    rows = con.execute(
        f"SELECT (person - {first})::BIGINT * {1 << _BITS} + month AS at, {columns} "
        f"FROM {table} WHERE person BETWEEN {first} AND {last}"
    )
    return {name: np.ascontiguousarray(column) for name, column in rows.fetchnumpy().items()}


def order_of(*keys: npt.NDArray[Any]) -> Whole:
    """Sort rows by whole numbers, the first of which weighs most; gives their order."""
    packed, size = np.zeros(len(keys[0]), np.int64), 1
    for key in keys:
        low, high = int(key.min(initial=0)), int(key.max(initial=0))
        size *= high - low + 1
        if size >= HIGH:
            return np.lexsort(keys[::-1])
        packed = packed * (high - low + 1) + (key - low)
    return np.argsort(packed)


def changed(*keys: npt.NDArray[Any]) -> Flags:
    """Tell where any of the keys differs from the row before; the first row does."""
    found = np.ones(len(keys[0]), bool)
    found[1:] = False
    for key in keys:
        found[1:] |= key[1:] != key[:-1]
    return found


def run_sums(values: npt.NDArray[Any], starts: Whole) -> Whole:
    """Add up runs."""
    found: Whole = np.add.reduceat(values, starts, dtype=np.int64)
    return found


def run_least(values: Whole, which: Flags, starts: Whole) -> Whole:
    """Find the least number of each run among some of its rows; HIGH where there is none."""
    found: Whole = np.minimum.reduceat(np.where(which, values, HIGH), starts)
    return found


def run_most(values: Whole, which: Flags, starts: Whole) -> Whole:
    """Find the largest number of each run among some of its rows; -HIGH where there is none."""
    found: Whole = np.maximum.reduceat(np.where(which, values, -HIGH), starts)
    return found


def run_any(values: Flags, starts: Whole) -> Flags:
    """Tell whether any row of a run is true."""
    found: Flags = np.logical_or.reduceat(values, starts)
    return found


def to_rows(values: npt.NDArray[Any], starts: Whole, rows: int) -> npt.NDArray[Any]:
    """Give each row what its run has."""
    return np.repeat(values, np.diff(starts, append=rows))


@dataclass
class Grid:
    """Some persons times the months of the rules: a row of cents for each column of the ledger.

    Attributes
    ----------
    persons : int
        How many persons.
    first, months : int
        First month, and how many.
    columns : dict of str to array
        Cents by column, of persons x months cells; a column that nothing was added to is missing.
    filled : array of bool
        Cells of which a register says anything, be it 0.
    """

    persons: int
    first: int
    months: int
    columns: dict[str, Whole] = field(default_factory=dict)
    filled: Flags = field(init=False)

    def __post_init__(self) -> None:
        self.filled = np.zeros(self.size, bool)

    @property
    def size(self) -> int:
        """How many cells."""
        return self.persons * self.months

    def has(self, at: Whole) -> Flags:
        """Tell which rows lie in the months of the rules."""
        month = month_of(at)
        return (month >= self.first) & (month < self.first + self.months)

    def cell(self, at: Whole) -> Whole:
        """Number the cells of rows in the months of the rules."""
        return person_of(at) * self.months + (month_of(at) - self.first)

    def month(self, cell: Whole) -> Whole:
        """Number the months of cells from 0."""
        return cell % self.months

    def column(self, name: str) -> Whole:
        """Give a column, which is 0 until something is added."""
        if name not in self.columns:
            self.columns[name] = np.zeros(self.size, np.int64)
        return self.columns[name]

    def by_person(self, cents: Whole) -> Whole:
        """Give an array of cells as persons x months."""
        return cents.reshape(self.persons, self.months)

    def add(self, name: str, cell: Whole, cents: Whole) -> None:
        """Add cents to cells, of which some may stand several times."""
        np.add.at(self.column(name), cell, cents)

    def total(self, cell: Whole, values: npt.NDArray[Any]) -> Whole:
        """Add up values by cell, outside of the columns."""
        found = np.zeros(self.size, np.int64)
        np.add.at(found, cell, values)
        return found
