"""The dated rules as arrays by month, and the macros of the SQL that reads registers."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

import duckdb
import numpy as np
import pandas as pd

from kuntakokeilu.facts import LedgerRules
from kuntakokeilu.facts.ledger import BENEFITS, GROUNDS, PAYERS
from kuntakokeilu.facts.taxes import EMPLOYERS, INSURANCE
from kuntakokeilu.panel.ledger.whole import Codes, Whole

# Counters are whole hundredths of a day, so that sums do not depend on the order of rows.
HUNDREDTHS = 100
_SPAN = 1 << 40  # more hundredths of days than anyone has


@dataclass(frozen=True)
class Classes:
    """Rules by class of days, to be found by what is known of an amount.

    Attributes
    ----------
    keys : array
        Rule and the day from which it holds, as one number; in order.
    """

    keys: Whole

    def find(self, rule: Whole, counted: Whole) -> Whole:
        """Give the row of the class in which the days lie; -1 where there is none."""
        row = np.searchsorted(self.keys, rule * _SPAN + counted, side="right") - 1
        return np.where((row >= 0) & (self.keys[row] // _SPAN == rule), row, -1)


@dataclass(frozen=True)
class Financing:
    """Who finances a benefit: a row per benefit, ground, month and class of days.

    Attributes
    ----------
    classes : Classes
        By `rule`.
    shares : array
        Rows x payers, in parts of ten thousand.
    rest, basic_from, basic_by : array
        The payer, its place in `PAYERS`, of what increases add and rounding leaves; who has the
        basic part in its share, and who finances it (-1: nobody does).
    first, months : int
        First month of the rules, and how many.
    """

    classes: Classes
    shares: Whole
    rest: Whole
    basic_from: Whole
    basic_by: Whole
    first: int
    months: int

    def find(self, benefit: Codes, ground: Codes, month: Whole, counted: Whole) -> Whole:
        """Give the row for amounts of months of the rules; -1 where there is none."""
        kind = benefit.astype(np.int64) * len(GROUNDS) + ground
        return self.classes.find(kind * self.months + month - self.first, counted)


@dataclass(frozen=True)
class Ruled:
    """The rules, and arrays of them that are made once.

    Attributes
    ----------
    rules : LedgerRules
        As they are read.
    financed : Financing
        Who finances a benefit.
    classes, municipal : Classes, array
        The municipal shares of 2025 by benefit, in parts of ten thousand.
    rates, housing : dict of str to array
        Of each month, what is paid a day and the parameters of the housing allowance.
    employer, employee : dict
        Of each month, the rates of contributions on wages by insurance; the employer's by kind of
        employer and month.
    """

    rules: LedgerRules
    financed: Financing
    classes: Classes
    municipal: Whole
    rates: dict[str, Whole]
    housing: dict[str, Whole]
    employer: dict[str, Whole]
    employee: dict[str, Whole]


@lru_cache(maxsize=4)
def table_of(rules: LedgerRules) -> Ruled:
    """Make the arrays of the rules, once for all shards of a process; nobody changes them."""
    employer = {
        name: np.array([_contribution(rules, "employer", name, each) for each in EMPLOYERS])
        for name in INSURANCE
    }
    employee = {name: _contribution(rules, "employee", name, "any") for name in INSURANCE}
    classes, municipal = _classes_of_2025(rules)
    return Ruled(
        rules,
        _financing(rules),
        classes,
        municipal,
        _monthly(rules.rates, rules),
        _monthly(rules.housing_allowance, rules),
        employer,
        employee,
    )


def _monthly(table: pd.DataFrame, rules: LedgerRules) -> dict[str, Whole]:
    return {name: by_month(table, name, rules) for name in table.columns if name != "month"}


def _financing(rules: LedgerRules) -> Financing:
    """Make the rows of the rules one for all payers."""
    rows = rules.financing.assign(
        benefit=rules.financing["benefit"].map(BENEFITS.index),
        ground=rules.financing["ground"].map(GROUNDS.index),
        payer=rules.financing["payer"].map(PAYERS.index),
    )
    keys = ["benefit", "ground", "month", "days_from"]
    wide = rows.pivot_table(index=keys, columns="payer", values="share", fill_value=0)
    wide = wide.reindex(columns=range(len(PAYERS)), fill_value=0).astype("int64").sort_index()
    basic = rows.dropna(subset=["basic_part_by"]).set_index(keys)
    basic_from = basic["payer"].reindex(wide.index)
    basic_by = basic["basic_part_by"].map(PAYERS.index).reindex(wide.index)
    # What increases add and rounding leaves is for who has the earnings part, else the last payer.
    rest = basic_from.fillna(rows.groupby(keys)["payer"].max())
    benefit, ground, month, days = (wide.index.get_level_values(key).to_numpy() for key in keys)
    months = rules.last - rules.first + 1
    rule = (benefit * len(GROUNDS) + ground) * months + month - rules.first
    return Financing(
        Classes(rule * _SPAN + days * HUNDREDTHS),
        np.ascontiguousarray(wide.to_numpy()),
        rest.to_numpy().astype(np.int64),
        basic_from.fillna(-1).to_numpy().astype(np.int64),
        basic_by.fillna(-1).to_numpy().astype(np.int64),
        rules.first,
        months,
    )


def _classes_of_2025(rules: LedgerRules) -> tuple[Classes, Whole]:
    """Give the municipal shares of 2025 by benefit and class of days."""
    rows = rules.counterfactual.query("rules == '2025'")
    benefit = rows["benefit"].map(BENEFITS.index).to_numpy().astype(np.int64)
    keys = benefit * _SPAN + rows["days_from"].to_numpy() * HUNDREDTHS
    order = np.argsort(keys)
    return Classes(keys[order]), rows["share"].to_numpy()[order]


def by_month(rows: pd.DataFrame, column: str, rules: LedgerRules) -> Whole:
    """Give a column of rules, one row per month, as an array over the months of the rules."""
    found = rows.set_index("month")[column].loc[rules.first : rules.last]
    return found.to_numpy().astype(np.int64)


def _contribution(rules: LedgerRules, side: str, recipient: str, employer: str) -> Whole:
    rows = rules.contributions
    own = rows[
        (rows["side"] == side) & (rows["recipient"] == recipient) & (rows["employer"] == employer)
    ]
    rates = own.set_index("month")["rate"].reindex(range(rules.first, rules.last + 1))
    return rates.fillna(0).to_numpy().astype(np.int64)


def load_macros(con: duckdb.DuckDBPyConnection) -> None:
    """Make the macro `floor_of(cents, n)`, whole division that goes down below zero too."""
    con.execute(
        "CREATE OR REPLACE MACRO floor_of(cents, n) AS "
        "((cents - ((cents % n) + n) % n) // n)::BIGINT"
    )
