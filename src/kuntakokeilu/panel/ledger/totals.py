"""What of the ledger must add up: euros of the registers, of payers and of the person-months."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping

import duckdb

from kuntakokeilu.contracts import COSTS, NET_LAYERS, RECEIPTS
from kuntakokeilu.duck import one

# Register table, its cents, and the benefits that it becomes.
_REGISTERS = {
    "benefit_payments": ("amount_cents", ("FM", "FP", "AP", "AP_laid_off")),
    "social_assistance": (
        "coalesce(basic_cents, 0) + coalesce(supplementary_cents, 0) "
        "+ coalesce(preventive_cents, 0)",
        ("basic_assistance", "supplementary_assistance", "preventive_assistance"),
    ),
    "sickness_allowance": ("amount_cents", ("sickness_allowance",)),
    "medicine_purchases": ("reimbursed_cents", ("medicines",)),
}
Row = tuple[str, int, int, int]


def ledger_totals(con: duckdb.DuckDBPyConnection) -> list[Row]:
    """Count what went into the ledger, what came out and what was left out, in cents.

    Parameters
    ----------
    con : DuckDBPyConnection
        With the register tables, `ledger_sums` and, where that does not tell what the columns add
        up to, `cost_months`.

    Returns
    -------
    list of tuple
        Name, before, after, left out: euros of each register against the sum over its payers, left
        out who is never a job seeker and what lies outside the months of the rules; all costs of
        payers against each net and what is taken off; wages by employer against all wages; taxes of
        months against those of years, left out who has no income on balance; the municipal share of
        the subsidy by entitlement against that by payment, left out what is paid after the months
        of the rules. And the recoveries, beside the payments, and the counters of the register that
        the law cannot have, beside the others.
    """
    found = con.execute("SELECT table_name FROM duckdb_columns()").fetchall()
    present = {name for (name,) in found}
    sums = Counter(dict(con.execute("FROM ledger_sums").fetchall()))
    rows = [_register(con, table, sums) for table in _REGISTERS if table in present]
    names = [*COSTS, *RECEIPTS, *NET_LAYERS, "municipal_posted_cents"]
    counted = {name: sums[f"made: {name}"] for name in names if f"made: {name}" in sums}
    made = counted or _of_months(con, names)
    costs = sum(made[name] for name in COSTS)
    rows.append(("cents of costs by payer", sums["costs"], costs, 0))
    for net, less in NET_LAYERS.items():
        name = f"cents of costs: {net.removesuffix('_cents')} and what is taken off"
        rows.append((name, costs, made[net], sum(made[each] for each in less)))
    rows += [_wages(con, sums), _taxes(sums)]
    if "ledger_payments" in present:
        rows += _of_payments(sums, made)
    return rows


def _register(con: duckdb.DuckDBPyConnection, table: str, sums: Mapping[str, int]) -> Row:
    cents, benefits = _REGISTERS[table]
    before, never = one(
        con,
        f"""
        SELECT coalesce(sum({cents}), 0)::HUGEINT,
            coalesce(sum({cents}) FILTER (p.id IS NULL), 0)::HUGEINT
        FROM {table} r LEFT JOIN persons p ON p.id = r.person""",
    )
    after, outside = (
        sum(sums[f"{what}: {benefit}"] for benefit in benefits) for what in ("paid", "outside")
    )
    name = f"cents of {table} by payer: outside the ledger left out"
    return name, before, after, never + outside


def _wages(con: duckdb.DuckDBPyConnection, sums: Mapping[str, int]) -> Row:
    before, outside = one(
        con,
        """
        SELECT coalesce(sum(wage_cents), 0)::HUGEINT,
            coalesce(sum(wage_cents) FILTER (month NOT IN (SELECT month FROM ledger_daily)), 0)
                ::HUGEINT
        FROM wage_months""",
    )
    return "cents of wages by employer: outside the ledger left out", before, sums["wages"], outside


def _taxes(sums: Mapping[str, int]) -> Row:
    name = "cents of taxes of a year by month: years without income left out"
    return name, sums["taxes of years"], sums["taxes of months"], sums["taxes without income"]


def _of_payments(sums: Mapping[str, int], made: Mapping[str, int]) -> list[Row]:
    """Compare by month of payment, and count apart recoveries and counters against the law."""
    posted = made["municipal_subsidy_cents"], made["municipal_posted_cents"]
    told, impossible = sums["counters told"], sums["counters against the law"]
    payments, recoveries = sums["payments"], sums["recoveries"]
    return [
        (
            "cents of the municipal share by month of payment: outside the ledger left out",
            *posted,
            sums["posted outside"],
        ),
        (
            "benefit payments: recoveries counted apart",
            payments,
            payments - recoveries,
            recoveries,
        ),
        (
            "subsidy counters of the register: against the law counted apart",
            told,
            told - impossible,
            impossible,
        ),
    ]


def _of_months(con: duckdb.DuckDBPyConnection, names: list[str]) -> dict[str, int]:
    """Add up columns of `cost_months`."""
    totals = ", ".join(f"coalesce(sum({name}), 0)::HUGEINT AS {name}" for name in names)
    return dict(zip(names, one(con, f"SELECT {totals} FROM cost_months"), strict=True))
