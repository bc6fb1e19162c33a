"""Person-months of some members as arrays, and in which cell of a split each lies."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import duckdb
import numpy as np
import numpy.typing as npt
import pandas as pd

from kuntakokeilu.contracts import stratum
from kuntakokeilu.duck import arrays
from kuntakokeilu.panel.adding import Whole, run_starts

Index = npt.NDArray[np.int32]


@dataclass(frozen=True)
class Months:
    """The months of a sample, numbered from 0, and those that its cells have.

    Attributes
    ----------
    first, count : int
        First month, and how many there are.
    elapsed : tuple of int or None
        Months since the cohort's month at which members are looked at; without cohorts all months.
    """

    first: int
    count: int
    elapsed: tuple[int, ...] | None

    @property
    def slots(self) -> int:
        """How many cells a group has."""
        return self.count if self.elapsed is None else len(self.elapsed)

    def slot(self, month: Whole, cohort: Whole) -> Whole:
        """Number the months within a group, 0 to `slots` - 1."""
        if self.elapsed is None:
            return month - self.first
        number = np.full(max(self.elapsed) + 1, -1, np.int64)
        number[list(self.elapsed)] = np.arange(len(self.elapsed))
        return number[month - cohort]

    def month(self, slot: Whole, cohort: Whole) -> Whole:
        """Say the month of a slot."""
        return slot + self.first if self.elapsed is None else np.array(self.elapsed)[slot] + cohort


@dataclass(frozen=True)
class Groups:
    """The groups of a population by cohort, municipality and stratum.

    Attributes
    ----------
    frame : DataFrame
        g (its row), cohort (0 without), unit, stratum.
    of_member : array
        Member's number to g; -1 of those who do not belong.
    """

    frame: pd.DataFrame
    of_member: Index


@dataclass(frozen=True)
class Rows:
    """Person-months of some persons.

    Attributes
    ----------
    member : array
        Number of the member.
    at : array
        Number of the person among these persons x months of all samples + month.
    cohort, slot : array
        The cohort's month (0 without), and the month within the group.
    fresh : array of bool
        No earlier row has the person's month.
    """

    member: Index
    at: Whole
    cohort: Whole
    slot: Whole
    fresh: npt.NDArray[np.bool_]


@dataclass(frozen=True)
class Placed:
    """The rows of a split in order of their cells.

    Attributes
    ----------
    cell : array
        The cell of each row: g x slots + slot, ascending.
    at, cohort : array
        As of `Rows`.
    """

    cell: Whole
    at: Whole
    cohort: Whole

    def runs(self) -> tuple[Whole, Whole]:
        """Find the cells and where each begins."""
        starts = run_starts(self.cell)
        return self.cell[starts], starts


def find_groups(
    con: duckdb.DuckDBPyConnection,
    sample: str,
    members: Mapping[str, bool | str],
    traits: Sequence[str],
) -> Groups:
    """Group the members of a sample who belong to a population."""
    condition = " AND ".join(f'"{trait}" = ?' for trait in members) or "true"
    con.execute(
        f"""
        CREATE OR REPLACE TEMP TABLE grouped AS
        SELECT member, (dense_rank() OVER (ORDER BY cohort, unit, stratum) - 1)::INTEGER AS g,
            coalesce(cohort, 0)::BIGINT AS cohort, unit, stratum
        FROM (
            SELECT member, cohort, unit, {stratum(traits)} AS stratum
            FROM members_{sample} WHERE {condition}
        )""",
        list(members.values()),
    )
    frame = con.execute("SELECT DISTINCT g, cohort, unit, stratum FROM grouped ORDER BY g").df()
    belong = arrays(con, "SELECT member, g FROM grouped")
    (last,) = con.execute(f"SELECT coalesce(max(member), 0) FROM members_{sample}").fetchall()[0]
    of_member = np.full(last + 1, -1, np.int32)
    of_member[belong["member"]] = belong["g"]
    return Groups(frame, of_member)


def read_rows(
    con: duckdb.DuckDBPyConnection,
    sample: str,
    months: Months,
    every: Months,
    first: int,
    last: int,
) -> Rows:
    """Spread the stretches of the persons from `first` to `last` into months.

    `every` are the months of all samples, by which facts are found; `months` those of the cells.
    """
    stays = arrays(
        con,
        f"""
        SELECT member, person, coalesce(cohort, 0)::BIGINT AS cohort, "first", "last", fresh
        FROM stays_{sample} WHERE person BETWEEN {first} AND {last}""",
    )
    lengths = stays["last"].astype(np.int64) - stays["first"] + 1
    which = np.repeat(np.arange(len(lengths)), lengths)
    begins = np.cumsum(lengths) - lengths
    month = np.arange(len(which)) - np.repeat(begins - stays["first"], lengths)
    cohort = stays["cohort"][which]
    person = stays["person"].astype(np.int64)[which] - first
    return Rows(
        stays["member"][which],
        person * every.count + (month - every.first),
        cohort,
        months.slot(month, cohort),
        month >= stays["fresh"][which],
    )


def place(rows: Rows, groups: Groups, slots: int) -> Placed:
    """Sort the rows of those who belong by their cells."""
    group = groups.of_member[rows.member]
    mine = np.flatnonzero(group >= 0)
    cell = group[mine].astype(np.int64) * slots + rows.slot[mine]
    order = np.argsort(cell, kind="stable")
    mine = mine[order]
    return Placed(cell[order], rows.at[mine], rows.cohort[mine])
