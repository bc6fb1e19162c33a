"""All parts of the ledger put together: one row per person and month."""

from __future__ import annotations

import duckdb

from kuntakokeilu.contracts import COSTS, LEDGER, NET_LAYERS
from kuntakokeilu.duck import one
from kuntakokeilu.errors import InputError, counted
from kuntakokeilu.facts import LedgerRules
from kuntakokeilu.panel.spells import month_number

from .counters import counter_of_2025, subsidy_counter
from .days import laid_off
from .employers import (
    PUBLIC,
    public_employers,
    subsidies,
    wages_by_employer,
)
from .housing import housing_allowances
from .income_tax import income_taxes
from .payers import municipal_2025, posted_shares, shifted, split
from .payments import amounts, benefit_rows
from .receipts import CONTRIBUTIONS, TAXES, contributions, taxes
from .rules import load_rules
from .services import service_costs

PERSONS_AT_A_TIME = 100_000
_UNEMPLOYMENT = ("FM", "FP", "AP")
_SUBSIDY, _SERVICE_COLUMN = "municipal_subsidy_cents", "municipal_services_cents"
# What each payer's part of a benefit is called.
_PAID_BY = {
    _SUBSIDY: f"CASE WHEN benefit IN {_UNEMPLOYMENT} THEN municipalities ELSE 0 END",
    _SERVICE_COLUMN: f"CASE WHEN benefit IN {_UNEMPLOYMENT} THEN 0 ELSE municipalities END",
    "county_cents": "counties",
    "state_benefits_cents": "state",
    "employment_fund_cents": "employment_fund",
    "unemployment_funds_cents": "unemployment_funds",
    "social_insurance_cents": "social_insurance",
}
_HOUSING = "SELECT person, month, cents AS housing_allowance_cents FROM ledger_housing_allowances"
_SERVICE_OF = {
    _SERVICE_COLUMN: "CASE WHEN payer = 'municipalities' THEN cents ELSE 0 END",
    "county_cents": "CASE WHEN payer = 'counties' THEN cents ELSE 0 END",
    "state_services_cents": "CASE WHEN payer = 'state' THEN cents ELSE 0 END",
    "state_transfers_cents": "transfer",
}


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
    load_rules(con, rules)
    con.execute(
        "CREATE OR REPLACE TABLE ledger_counters (person INTEGER, month INTEGER, period BIGINT, "
        "counted BIGINT)"
    )
    con.execute(
        "CREATE OR REPLACE TABLE ledger_full (person INTEGER, month INTEGER, cents BIGINT, "
        "hundredths BIGINT)"
    )
    laid_off(con, rules, present)
    if "benefit_payments" in present:
        benefit_rows(con, rules)
        subsidy_counter(con, rules)
        counter_of_2025(con)
    amounts(con, present)
    split(con, rules)
    service_costs(con, rules, present)
    wages_by_employer(con, rules, present)
    income_taxes(con, rules)
    housing_allowances(con, rules)
    parts = [
        (tuple(_PAID_BY), _summed("ledger_shares", _PAID_BY)),
        (tuple(_SERVICE_OF), _summed("ledger_service_costs", _SERVICE_OF)),
        (tuple(PUBLIC), public_employers()),
        (("state_services_cents",), subsidies()),
        (("housing_allowance_cents",), _HOUSING),
        ((*TAXES, "health_contributions_cents"), taxes()),
        (tuple(CONTRIBUTIONS), contributions()),
    ]
    if "benefit_payments" in present:
        parts += [
            (("municipal_posted_cents",), posted_shares()),
            (("shifted_cents",), shifted()),
            (("municipal_2025_cents",), municipal_2025()),
        ]
    _assemble(con, rules, parts)


def _check_months(rules: LedgerRules, first_month: str, last_month: str) -> None:
    first, last = month_number(first_month), month_number(last_month)
    outside = [month for month in range(first, last + 1) if not rules.first <= month <= rules.last]
    if outside:
        span = " to ".join(f"{m // 12}-{m % 12 + 1:02d}" for m in (rules.first, rules.last))
        raise InputError(
            f"config/ledger: {counted(len(outside), 'month')} of the study ({first_month} to "
            f"{last_month}) outside the rules, which cover {span}; expected rules for all of them"
        )


def _summed(table: str, columns: dict[str, str]) -> str:
    sums = ", ".join(f"sum({value})::BIGINT AS {name}" for name, value in columns.items())
    return f"SELECT person, month, {sums} FROM {table} GROUP BY person, month"


def _assemble(
    con: duckdb.DuckDBPyConnection, rules: LedgerRules, parts: list[tuple[tuple[str, ...], str]]
) -> None:
    """Join parts, each unique in person and month, and add up the columns that several have."""

    def value(name: str) -> str:
        having = [n for n, (columns, _) in enumerate(parts) if name in columns]
        return " + ".join(f"coalesce(part_{n}.{name}, 0)" for n in having) or "0"

    names = [name for name in LEDGER if name not in NET_LAYERS]
    listed = ", ".join(f"({value(name)})::BIGINT AS {name}" for name in names)
    nets = ", ".join(
        f"{' + '.join(COSTS)} - ({' + '.join(less)}) AS {name}" for name, less in NET_LAYERS.items()
    )
    (persons,) = one(con, "SELECT coalesce(max(person), -1) + 1 FROM persons")
    # Some persons at a time: joins in memory are several times faster than spilled.
    for first in range(0, persons, PERSONS_AT_A_TIME):
        of_them = f"WHERE person BETWEEN {first} AND {first + PERSONS_AT_A_TIME - 1}"
        joined = " FULL JOIN ".join(
            f"(SELECT * FROM ({query}) {of_them}) AS part_{n}"
            + (" USING (person, month)" if n else "")
            for n, (_, query) in enumerate(parts)
        )
        con.execute(f"""
            INSERT INTO cost_months BY NAME
            SELECT *, {nets}
            FROM (SELECT person, month, {listed} FROM {joined})
            WHERE month BETWEEN {rules.first} AND {rules.last}""")
