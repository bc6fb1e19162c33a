"""All parts of the ledger put together: one row per person and month."""

from __future__ import annotations

from collections import Counter

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
from kuntakokeilu.panel.ledger.rows import Grid
from kuntakokeilu.panel.ledger.rules import load_macros, table_of
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
# Small arrays stay near the processor: of so many persons, a column of cents has 15 MB.
PERSONS_AT_A_TIME = 20_000


def cost_months(
    con: duckdb.DuckDBPyConnection,
    rules: LedgerRules,
    present: set[str],
    first_month: str,
    last_month: str,
) -> None:
    """Fill `cost_months` with who paid what for a person in a month.

    Parameters
    ----------
    con : DuckDBPyConnection
        With `persons`, the register tables, `wage_months` and the empty table
        `cost_months(person, month, the columns of contracts.LEDGER)`, all BIGINT cents.
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
    month of payment. A recovery is priced like the month to which it belongs. Unique in person and
    month; all months of the rules, with whatever the registers know of them. Leaves
    its working tables for `ledger_totals`.

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
    ruled = table_of(rules)
    sums: Counter[str] = Counter()
    (persons,) = one(con, "SELECT coalesce(max(person), -1) + 1 FROM persons")
    for first in range(0, persons, PERSONS_AT_A_TIME):
        last = min(first + PERSONS_AT_A_TIME, persons) - 1
        grid = Grid(last - first + 1, rules.first, rules.last - rules.first + 1)
        sums.update(price(con, grid, first, last, ruled, "benefit_payments" in present))
        _write(con, grid, first)
    frame = pd.DataFrame({"name": list(sums), "number": list(sums.values())})
    keep(con, "ledger_sums", frame.astype({"name": str, "number": "int64"}))


def _check_months(rules: LedgerRules, first_month: str, last_month: str) -> None:
    first, last = month_number(first_month), month_number(last_month)
    outside = [month for month in range(first, last + 1) if not rules.first <= month <= rules.last]
    if outside:
        span = " to ".join(f"{m // 12}-{m % 12 + 1:02d}" for m in (rules.first, rules.last))
        raise InputError(
            f"config/ledger: {counted(len(outside), 'month')} of the study ({first_month} to "
            f"{last_month}) outside the rules, which cover {span}; expected rules for all of them"
        )


def _write(con: duckdb.DuckDBPyConnection, grid: Grid, first: int) -> None:
    """Append the filled cells of the persons from `first` on."""
    cell = np.flatnonzero(grid.filled)
    made = {name: grid.column(name)[cell] for name in LEDGER if name not in NET_LAYERS}
    costs = np.sum([made[name] for name in COSTS], axis=0)
    for net, less in NET_LAYERS.items():
        made[net] = costs - np.sum([made[name] for name in less], axis=0)
    rows = {  # noqa: F841  (DuckDB finds the variable)
        "person": (first + cell // grid.months).astype(np.int32),
        "month": (grid.first + grid.month(cell)).astype(np.int32),
    } | made
    con.execute("INSERT INTO cost_months BY NAME FROM rows")
