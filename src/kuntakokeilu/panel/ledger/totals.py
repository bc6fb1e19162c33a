"""What of the ledger must add up: euros of the registers, of payers and of the person-months."""

from __future__ import annotations

import duckdb

from kuntakokeilu.contracts import COSTS, RECEIPTS
from kuntakokeilu.panel.ledger.payers import posted_shares
from kuntakokeilu.study.ledger import PAYERS

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
        and what lies outside the months of the rules; all costs of payers and receipts against the
        net; the municipal share of the subsidy by entitlement against that by payment, left out
        what is paid after the months of the rules. And the recoveries, beside the payments.
    """
    found = con.execute("SELECT table_name FROM duckdb_columns()").fetchall()
    present = {name for (name,) in found}
    rows = [_register(con, table) for table in _REGISTERS if table in present]
    parts = "(SELECT coalesce(sum({}), 0) FROM {})"
    before = parts.format(" + ".join(PAYERS), "ledger_shares")
    before += " + " + parts.format("cents + transfer", "ledger_service_costs")
    if "ledger_subsidies" in present:
        before += " + " + parts.format("cents", "ledger_subsidies")
    costs = _one(con, " + ".join(COSTS))
    rows.append(("cents of costs by payer", _number(con, f"SELECT {before}"), costs, 0))
    receipts = _one(con, " + ".join(RECEIPTS))
    rows.append(
        ("cents of costs: net and receipts", costs, _one(con, "net_public_cents"), receipts)
    )
    if "ledger_payments" in present:
        rows += [_posted(con), _recoveries(con)]
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


def _posted(con: duckdb.DuckDBPyConnection) -> Row:
    before, after = _one(con, "municipal_subsidy_cents"), _one(con, "municipal_posted_cents")
    outside = f"SELECT sum(municipal_posted_cents) FROM ({posted_shares()}) WHERE {_OUTSIDE}"
    name = "cents of the municipal share by month of payment: outside the ledger left out"
    return name, before, after, _number(con, outside)


def _recoveries(con: duckdb.DuckDBPyConnection) -> Row:
    row = con.execute(
        "SELECT count(*), count_if(NOT recovery), count_if(recovery) FROM ledger_payments"
    ).fetchone()
    return "benefit payments: recoveries counted apart", *row


def _one(con: duckdb.DuckDBPyConnection, cents: str) -> int:
    return _number(con, f"SELECT sum({cents}) FROM cost_months")


def _number(con: duckdb.DuckDBPyConnection, query: str) -> int:
    return con.execute(f"SELECT coalesce(({query}), 0)::HUGEINT").fetchone()[0]
