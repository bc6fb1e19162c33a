"""Facts of some persons as arrays, found by person and month."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import duckdb
import numpy as np
import numpy.typing as npt

from kuntakokeilu.contracts import PERSON_MONTHS, whole_numbers
from kuntakokeilu.duck import arrays
from kuntakokeilu.panel import since_entry
from kuntakokeilu.panel.adding import Whole
from kuntakokeilu.panel.rows import Index, Months, Placed
from kuntakokeilu.panel.told import Told


@dataclass(frozen=True)
class Persons:
    """Some persons, from the first to the last number.

    Attributes
    ----------
    first, last : int
        Their numbers.
    """

    first: int
    last: int

    @property
    def condition(self) -> str:
        """Those persons in SQL."""
        return f"person BETWEEN {self.first} AND {self.last}"

    @property
    def count(self) -> int:
        """How many."""
        return self.last - self.first + 1


@dataclass(frozen=True)
class Facts:
    """Outcomes told from one table of facts.

    Attributes
    ----------
    row : array
        Of each person and month the row of its fact, counted from 1; 0 where there is none.
    values : dict of str to array
        Outcome to whole numbers, one for each fact.
    known : dict of str to array of bool
        Which of them are not missing; an outcome that is never missing is not there.
    """

    row: Index
    values: dict[str, Whole]
    known: dict[str, npt.NDArray[np.bool_]]


def read_facts(
    con: duckdb.DuckDBPyConnection,
    source: str,
    sql: str,
    told: Mapping[str, Told],
    months: Months,
    persons: Persons,
) -> Facts:
    """Read what some persons' facts tell of outcomes.

    Parameters
    ----------
    con : DuckDBPyConnection
        With the facts.
    source, sql : str
        Name of the facts and their query, in which `{persons}` is open.
    told : mapping of str to Told
        Outcomes that are told from them.
    months : Months
        Those of the sample.
    persons : Persons
        Whose.
    """
    values = ", ".join(
        f"{_whole(name, each.value)} AS v{i}" for i, (name, each) in enumerate(told.items())
    )
    found = arrays(
        con,
        f"""
        SELECT {_place(source, months, persons)} AS place, {values}
        FROM ({sql.replace("{persons}", persons.condition)}) AS {source}
        WHERE {_inside(source, months)}""",
    )
    row = np.zeros(persons.count * months.count, np.int32)
    row[found["place"]] = np.arange(1, len(found["place"]) + 1)
    columns = {name: found[f"v{i}"] for i, name in enumerate(told)}
    masks = {name: np.ma.getmaskarray(each) for name, each in columns.items()}
    return Facts(
        row,
        {name: np.ma.filled(each, 0) for name, each in columns.items()},
        {name: ~mask for name, mask in masks.items() if mask.any()},
    )


def priced_facts(
    rows: Mapping[str, npt.NDArray[np.int32] | Whole],
    names: Sequence[str],
    months: Months,
    persons: Persons,
) -> Facts:
    """Take what some persons' rows of the ledger (`ledger.Ledger.rows`) tell of outcomes."""
    month = rows["month"] - months.first
    inside = np.flatnonzero((month >= 0) & (month < months.count))
    place = (rows["person"][inside] - persons.first).astype(np.int64) * months.count
    found = np.zeros(persons.count * months.count, np.int32)
    found[place + month[inside]] = inside + 1
    return Facts(found, {name: rows[name].astype(np.int64, copy=False) for name in names}, {})


@dataclass(frozen=True)
class Totals:
    """What is counted of each person before each month: persons x (months + 1), flat.

    Attributes
    ----------
    months : Months
        Those of the sample.
    before : dict of str to array
        Column of `since_entry.months` to its totals.
    """

    months: Months
    before: dict[str, Whole]

    def since(self, column: str, placed: Placed, counted_from: int) -> Whole:
        """Count from so many months after the cohort's month to that of each row."""
        person = placed.at // self.months.count
        until = placed.at + person + 1
        begin = np.clip(placed.cohort + counted_from - self.months.first, 0, self.months.count)
        counted: Whole = self.before[column][until]
        return counted - self.before[column][person * (self.months.count + 1) + begin]


def read_totals(
    con: duckdb.DuckDBPyConnection, threshold: int, months: Months, persons: Persons
) -> Totals:
    """Add up what is counted of some persons, month by month (`since_entry.months`)."""
    sql = since_entry.months(threshold).replace("{persons}", persons.condition)
    names = [column for column, _ in since_entry.OUTCOMES.values()]
    found = arrays(
        con,
        f"""
        SELECT {_place("counted", months, persons)} AS place, {", ".join(names)}
        FROM ({sql}) AS counted WHERE {_inside("counted", months)}""",
    )
    before = {}
    for name in names:
        table = np.zeros((persons.count, months.count + 1), np.int64)
        table[found["place"] // months.count, found["place"] % months.count + 1] = found[name]
        before[name] = np.cumsum(table, axis=1, out=table).ravel()
    return Totals(months, before)


@dataclass(frozen=True)
class PaidBy:
    """Who paid some persons how much, in the order of person and month.

    Attributes
    ----------
    begins : array
        Of each person and month the first payment; one more at the end.
    payer, paid : array
        Number of the payer, amount without sign in cents.
    """

    begins: Whole
    payer: Whole
    paid: Whole

    def of(self, placed: Placed) -> tuple[Whole, Whole, Whole]:
        """Find the cell, payer and amount of each payment to those placed."""
        begins = self.begins[placed.at]
        counts = self.begins[placed.at + 1] - begins
        offsets = np.cumsum(counts) - counts
        which = np.arange(counts.sum()) + np.repeat(begins - offsets, counts)
        return np.repeat(placed.cell, counts), self.payer[which], self.paid[which]


def read_payments(
    con: duckdb.DuckDBPyConnection,
    source: str,
    sql: str,
    payers: Told,
    months: Months,
    persons: Persons,
) -> PaidBy:
    """Read who paid an outcome of some persons."""
    found = arrays(
        con,
        f"""
        SELECT place, payment.payer::BIGINT AS payer, abs(payment.cents) AS paid
        FROM (
            SELECT {_place(source, months, persons)} AS place, unnest({payers.value}) AS payment
            FROM ({sql.replace("{persons}", persons.condition)}) AS {source}
            WHERE {_inside(source, months)}
        )""",
    )
    order = np.argsort(found["place"], kind="stable")
    counts = np.bincount(found["place"], minlength=persons.count * months.count)
    begins = np.concatenate([[0], np.cumsum(counts)])
    return PaidBy(begins, found["payer"][order], found["paid"][order])


def _whole(column: str, value: str) -> str:
    typed = f"CAST({value} AS {PERSON_MONTHS[column].type})"
    if PERSON_MONTHS[column].kind == "share":
        return f"{typed}::TINYINT"
    return whole_numbers(column, typed)


def _place(source: str, months: Months, persons: Persons) -> str:
    """Number person and month in SQL, as `rows.Rows.at` does."""
    return (
        f"({source}.person - {persons.first})::BIGINT * {months.count} "
        f"+ {source}.month - {months.first}"
    )


def _inside(source: str, months: Months) -> str:
    return f"{source}.month BETWEEN {months.first} AND {months.first + months.count - 1}"
