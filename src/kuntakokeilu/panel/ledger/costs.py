"""All parts of the ledger put together: one row per person and month."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field

import duckdb
import numpy as np
import pandas as pd

from kuntakokeilu.contracts import COSTS, LEDGER, NET_LAYERS
from kuntakokeilu.duck import one
from kuntakokeilu.errors import InputError, counted
from kuntakokeilu.facts import LedgerRules
from kuntakokeilu.panel.database import keep
from kuntakokeilu.panel.ledger.days import SERVICE_TABLES, spells
from kuntakokeilu.panel.ledger.employers import PUBLIC, placements
from kuntakokeilu.panel.ledger.payments import number_payments, other_benefits
from kuntakokeilu.panel.ledger.persons import price
from kuntakokeilu.panel.ledger.rows import Columns, Grid
from kuntakokeilu.panel.ledger.rules import Ruled, load_macros, table_of
from kuntakokeilu.panel.ledger.services import visits
from kuntakokeilu.panel.spells import month_number

# Names of coverage that must reach a month for a column to be known: an amount of which a part is
# unknown is unknown.
_BENEFITS, _ASSISTANCE, _VISITS = "benefit_months", "assistance_months", "visit_months"
_WAGES, _TAXED = ("wage_months",), ("wage_months", _BENEFITS, "sickness_months")
_SERVICES = ("status", *SERVICE_TABLES[1:])
_PLACED = ("subsidised_placements", *_WAGES)
NEEDS: dict[str, tuple[str, ...]] = {
    "municipal_subsidy_cents": (_BENEFITS,),
    "municipal_services_cents": (*_SERVICES, _ASSISTANCE, _VISITS),
    "county_cents": (*_SERVICES, _ASSISTANCE, _VISITS),
    "state_benefits_cents": (_BENEFITS, "status", _ASSISTANCE),
    "state_services_cents": (*_SERVICES, *_PLACED),
    **dict.fromkeys(PUBLIC, _PLACED),
    "housing_allowance_cents": (*_TAXED, _ASSISTANCE),
    "state_transfers_cents": _SERVICES,
    "employment_fund_cents": (_BENEFITS, "status"),
    "unemployment_funds_cents": (_BENEFITS,),
    "social_insurance_cents": ("sickness_months", "medicine_months"),
    "municipal_tax_cents": _TAXED,
    "state_tax_cents": _TAXED,
    "pension_contributions_cents": _PLACED,
    "health_contributions_cents": _TAXED,
    "unemployment_contributions_cents": _WAGES,
    "shifted_cents": (_BENEFITS,),
    "municipal_posted_cents": (_BENEFITS,),
    "municipal_2025_cents": (_BENEFITS,),
}
NEEDS |= {
    net: tuple(dict.fromkeys(name for column in (*COSTS, *less) for name in NEEDS[column]))
    for net, less in NET_LAYERS.items()
}
# Columns made of the income of the whole calendar year, and what must reach all of that year.
BY_YEAR: dict[str, tuple[str, ...]] = dict.fromkeys(
    ("municipal_tax_cents", "state_tax_cents", "health_contributions_cents", *NET_LAYERS), _TAXED
)
# Small arrays stay near the processor: of so many persons, a column of cents has 8 MB.
PERSONS_AT_A_TIME = 10_000


@dataclass
class Ledger:
    """Who paid what for a person in a month, told of some persons at a time.

    Attributes
    ----------
    con : DuckDBPyConnection
        With `persons`, `wage_months` and the rows of registers that `open_ledger` numbers.
    ruled : Ruled
        Who pays what.
    paid : bool
        Whether the register of unemployment benefits is there.
    sums : Counter of str
        What has been told so far, by name: counts and cents for `ledger_totals`.
    made : Counter of str
        Cents of each column so far.
    """

    con: duckdb.DuckDBPyConnection
    ruled: Ruled
    paid: bool
    sums: Counter[str] = field(default_factory=Counter)
    made: Counter[str] = field(default_factory=Counter)

    def ranges(self) -> Iterator[tuple[int, int]]:
        """First and last number of some persons at a time, until all have had their turn."""
        (persons,) = one(self.con, "SELECT coalesce(max(person), -1) + 1 FROM persons")
        for first in range(0, persons, PERSONS_AT_A_TIME):
            yield first, min(first + PERSONS_AT_A_TIME, persons) - 1

    def rows(self, first: int, last: int) -> Columns:
        """Price the persons from `first` to `last`, each once.

        Returns
        -------
        dict of str to array
            person, month and the columns of `contracts.LEDGER` in cents: a row for each person
            and month of which a register says anything.
        """
        rules = self.ruled.rules
        grid = Grid(last - first + 1, rules.first, rules.last - rules.first + 1)
        self.sums.update(price(self.con, grid, first, last, self.ruled, self.paid))
        made = _rows(grid, first)
        self.made.update({name: int(made[name].sum()) for name in LEDGER})
        return made

    def keep_sums(self, *, made: bool) -> None:
        """Make `ledger_sums` (name, number), for `ledger_totals`; `made` where no table has it."""
        sums = dict(self.sums)
        if made:
            sums |= {f"made: {name}": cents for name, cents in self.made.items()}
        frame = pd.DataFrame({"name": list(sums), "number": list(sums.values())})
        keep(self.con, "ledger_sums", frame.astype({"name": str, "number": "int64"}))


def cost_months(
    con: duckdb.DuckDBPyConnection,
    rules: LedgerRules,
    present: set[str],
    first_month: str,
    last_month: str,
) -> None:
    """Fill `cost_months` with who paid what for a person in a month, of all persons.

    Parameters and errors are those of `open_ledger`; `con` has the empty table `cost_months(person,
    month, the columns of contracts.LEDGER)` as well, all BIGINT cents.

    Notes
    -----
    Unique in person and month. Leaves its working tables for `ledger_totals`.
    """
    ledger = open_ledger(con, rules, present, first_month, last_month)
    for first, last in ledger.ranges():
        rows = ledger.rows(first, last)  # noqa: F841  (DuckDB finds the variable)
        con.execute("INSERT INTO cost_months BY NAME FROM rows")
    ledger.keep_sums(made=False)


def open_ledger(
    con: duckdb.DuckDBPyConnection,
    rules: LedgerRules,
    present: set[str],
    first_month: str,
    last_month: str,
) -> Ledger:
    """Number the rows of registers that the ledger is told from.

    Parameters
    ----------
    con : DuckDBPyConnection
        With `persons`, the register tables and `wage_months`.
    rules : LedgerRules
        Who pays what in which month.
    present : set of str
        Register tables that are there; what another would tell is 0 here and must be taken as
        unknown by `NEEDS`.
    first_month, last_month : str
        Months of the study, YYYY-MM; the rules must cover them.

    Notes
    -----
    Months are those of entitlement and decide the rules; `municipal_posted_cents` goes by the
    month of payment. A recovery is priced like the month to which it belongs. All months of the
    rules, with whatever the registers know of them.

    Raises
    ------
    InputError
        A benefit without a payer, or a month outside the rules.
    """
    _check_months(rules, first_month, last_month)
    load_macros(con)
    keep(con, "ledger_daily", rules.rates)
    if "benefit_payments" in present:
        number_payments(con, rules)
    other_benefits(con, present)
    spells(con, rules, present)
    visits(con, present)
    placements(con, rules, present)
    return Ledger(con, table_of(rules), "benefit_payments" in present)


def _check_months(rules: LedgerRules, first_month: str, last_month: str) -> None:
    first, last = month_number(first_month), month_number(last_month)
    outside = [month for month in range(first, last + 1) if not rules.first <= month <= rules.last]
    if outside:
        span = " to ".join(f"{m // 12}-{m % 12 + 1:02d}" for m in (rules.first, rules.last))
        raise InputError(
            f"config/ledger: {counted(len(outside), 'month')} of the study ({first_month} to "
            f"{last_month}) outside the rules, which cover {span}; expected rules for all of them"
        )


def _rows(grid: Grid, first: int) -> Columns:
    """Make rows of the filled cells of the persons from `first` on."""
    cell = np.flatnonzero(grid.filled)
    made = {name: grid.column(name)[cell] for name in LEDGER if name not in NET_LAYERS}
    costs = np.sum([made[name] for name in COSTS], axis=0)
    for net, less in NET_LAYERS.items():
        made[net] = costs - np.sum([made[name] for name in less], axis=0)
    keys = {
        "person": (first + cell // grid.months).astype(np.int32),
        "month": (grid.first + grid.month(cell)).astype(np.int32),
    }
    return keys | made
