"""What of the ledger must add up: euros of the registers, of payers and of the person-months."""

from __future__ import annotations

import duckdb

from kuntakokeilu.contracts import COSTS, NET_LAYERS
from kuntakokeilu.duck import one
from kuntakokeilu.facts.ledger import PAYERS
from kuntakokeilu.facts.taxes import INSURANCE
from kuntakokeilu.panel.ledger.payers import posted_shares

# Register table, its cents, and the benefits that it becomes.
_REGISTERS = {
    "benefit_payments": ("amount_cents", ("FM", "FP", "AP")),
    "social_assistance": (
        "coalesce(basic_cents, 0) + coalesce(supplementary_cents, 0) "
        "+ coalesce(preventive_cents, 0)",
        ("basic_assistance", "supplementary_assistance", "preventive_assistance"),
    ),
    "sickness_allowance": ("amount_cents", ("sickness_allowance",)),
    "medicine_purchases": ("reimbursed_cents", ("medicines",)),
}
_PUBLIC = f"wages + {' + '.join(INSURANCE)} - subsidy"
_OUTSIDE = "month NOT IN (SELECT month FROM ledger_daily)"
Row = tuple[str, int, int, int]


def ledger_totals(con: duckdb.DuckDBPyConnection) -> list[Row]:
    """Count what went into the ledger, what came out and what was left out, in cents.

    Parameters
    ----------
    con : DuckDBPyConnection
        With what `cost_months` makes, and the register tables.

    Returns
    -------
    list of (name, before, after, left_out)
        Euros of each register against the sum over its payers, left out who is never a job seeker
        and what lies outside the months of the rules; all costs of payers against each net and what
        is taken off; wages by employer against all wages; taxes of months against those of years,
        left out who has no income on balance; the municipal share of the subsidy by entitlement
        against that by payment, left out what is paid after the months of the rules. And the
        recoveries, beside the payments, and the counters of the register that the law cannot have,
        beside the others.
    """
    found = con.execute("SELECT table_name FROM duckdb_columns()").fetchall()
    present = {name for (name,) in found}
    rows = [_register(con, table) for table in _REGISTERS if table in present]
    parts = (
        (" + ".join(PAYERS), "ledger_shares"),
        ("cents + transfer", "ledger_service_costs"),
        ("subsidy", "ledger_employers"),
        (_PUBLIC, "ledger_employers WHERE employer <> 'private'"),
        ("cents", "ledger_housing_allowances"),
    )
    before = " + ".join(f"(SELECT coalesce(sum({sql}), 0) FROM {table})" for sql, table in parts)
    costs = _one(con, " + ".join(COSTS))
    rows.append(("cents of costs by payer", _number(con, f"SELECT {before}"), costs, 0))
    for net, less in NET_LAYERS.items():
        name = f"cents of costs: {net.removesuffix('_cents')} and what is taken off"
        rows.append((name, costs, _one(con, net), _one(con, " + ".join(less))))
    rows += [_wages(con), _taxes(con)]
    if "ledger_payments" in present:
        rows += [_posted(con), _recoveries(con), _against_the_law(con)]
    return rows


def _register(con: duckdb.DuckDBPyConnection, table: str) -> Row:
    cents, benefits = _REGISTERS[table]
    whose = f"benefit IN ({', '.join(repr(each) for each in benefits)})"
    before = _number(con, f"SELECT sum({cents}) FROM {table}")
    after = _number(con, f"SELECT sum({' + '.join(PAYERS)}) FROM ledger_shares WHERE {whose}")
    never = f"SELECT sum({cents}) FROM {table} WHERE person NOT IN (SELECT id FROM persons)"
    outside = f"SELECT sum(cents) FROM ledger_amounts WHERE {whose} AND {_OUTSIDE}"
    left_out = _number(con, never) + _number(con, outside)
    return f"cents of {table} by payer: outside the ledger left out", before, after, left_out


def _wages(con: duckdb.DuckDBPyConnection) -> Row:
    before = _number(con, "SELECT sum(wage_cents) FROM wage_months")
    after = _number(con, "SELECT sum(wages) FROM ledger_employers")
    outside = _number(con, f"SELECT sum(wage_cents) FROM wage_months WHERE {_OUTSIDE}")
    return "cents of wages by employer: outside the ledger left out", before, after, outside


def _taxes(con: duckdb.DuckDBPyConnection) -> Row:
    whole = "SELECT sum(municipal_tax + state_tax + health) FROM {}"
    before, after = (
        _number(con, whole.format(f"ledger_{name}")) for name in ("tax_years", "taxes")
    )
    nothing = _number(con, whole.format("ledger_tax_years WHERE income <= 0"))
    return (
        "cents of taxes of a year by month: years without income left out",
        before,
        after,
        nothing,
    )


def _posted(con: duckdb.DuckDBPyConnection) -> Row:
    before, after = _one(con, "municipal_subsidy_cents"), _one(con, "municipal_posted_cents")
    outside = f"SELECT sum(municipal_posted_cents) FROM ({posted_shares()}) WHERE {_OUTSIDE}"
    name = "cents of the municipal share by month of payment: outside the ledger left out"
    return name, before, after, _number(con, outside)


def _recoveries(con: duckdb.DuckDBPyConnection) -> Row:
    before, after, recoveries = one(
        con,
        "SELECT count(*), count(*) FILTER (NOT recovery), count(*) FILTER (recovery) "
        "FROM ledger_payments",
    )
    return "benefit payments: recoveries counted apart", before, after, recoveries


def _against_the_law(con: duckdb.DuckDBPyConnection) -> Row:
    told, impossible = one(con, "SELECT told, impossible FROM ledger_told")
    name = "subsidy counters of the register: against the law counted apart"
    return name, told, told - impossible, impossible


def _one(con: duckdb.DuckDBPyConnection, cents: str) -> int:
    return _number(con, f"SELECT sum({cents}) FROM cost_months")


def _number(con: duckdb.DuckDBPyConnection, query: str) -> int:
    return one(con, f"SELECT coalesce(({query}), 0)::HUGEINT")[0]
