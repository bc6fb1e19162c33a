"""What was paid to a person for a month: unemployment benefits and all others of the ledger."""

from __future__ import annotations

import duckdb

from kuntakokeilu.errors import InputError, some
from kuntakokeilu.panel.ledger.rules import HUNDREDTHS
from kuntakokeilu.panel.wellbeing import FLAGS
from kuntakokeilu.study import LedgerRules

ASSISTANCE = ("basic", "supplementary", "preventive")


def benefit_rows(con: duckdb.DuckDBPyConnection, rules: LedgerRules) -> None:
    """Make `ledger_payments`: the payments and recoveries of unemployment benefits, one by one.

    Columns person, month (of entitlement), posted (month of payment), benefit, ground, hundredths
    (of days), cents, counter (hundredths of days, null if the register has none) and recovery.

    Raises
    ------
    InputError
        A benefit and ground without a rule, or payments after the last month of the rules.
    """
    # ASSUME: a payment without a day was made in the month after its days, as Kela does.
    con.execute(f"""
        CREATE OR REPLACE TABLE ledger_payments AS
        SELECT p.person, CAST(b.year * 12 + b.month - 1 AS INTEGER) AS month,
            coalesce(month_index(payment_date), b.year * 12 + b.month)::INTEGER AS posted,
            benefit, coalesce(ground, 'unknown') AS ground,
            CAST(round(coalesce(days, 0) * {HUNDREDTHS}) AS BIGINT) AS hundredths,
            coalesce(amount_cents, 0)::BIGINT AS cents,
            CAST(round(days_counter * {HUNDREDTHS}) AS BIGINT) AS counter,
            coalesce(amount_cents, 0) < 0 OR coalesce(days, 0) < 0 AS recovery
        FROM benefit_payments b JOIN persons p ON p.id = b.person""")
    _refuse_unknown(con)
    months, rows = con.execute(
        "SELECT count(DISTINCT month), count(*) FROM ledger_payments WHERE month > ?", [rules.last]
    ).fetchone()
    if rows:
        raise InputError(
            f"config/ledger: {rows} benefit payments are for {months} months after the last one "
            f"of the rules, {_text(rules.last)}; expected rules for them"
        )


def _refuse_unknown(con: duckdb.DuckDBPyConnection) -> None:
    found = con.execute("""
        SELECT benefit, ground, count(*) FROM ledger_payments
        ANTI JOIN ledger_financing USING (benefit, ground)
        GROUP BY ALL ORDER BY ALL""").fetchall()
    if found:
        named = some(f"{benefit} of ground {ground} ({n} payments)" for benefit, ground, n in found)
        raise InputError(
            f"table benefit_payments: {named} without a payer; expected a rule in "
            "config/ledger/financing.csv"
        )


def _text(month: int) -> str:
    return f"{month // 12}-{month % 12 + 1:02d}"


def amounts(con: duckdb.DuckDBPyConnection, present: set[str]) -> None:
    """Make `ledger_amounts`: person, month, benefit, ground, cents, hundredths (of days).

    One row per person, month, benefit and ground, recoveries deducted; of the register tables that
    are there.
    """
    parts = {
        "benefit_payments": "SELECT person, month, benefit, ground, cents, hundredths "
        "FROM ledger_payments",
        "social_assistance": _assistance(),
        "sickness_allowance": _sickness(),
        "medicine_purchases": """
            SELECT p.person, month_index(start_date), 'medicines', 'unknown',
                coalesce(reimbursed_cents, 0), 0
            FROM medicine_purchases m JOIN persons p ON p.id = m.person""",
    }
    kept = [query for table, query in parts.items() if table in present]
    con.execute(
        "CREATE OR REPLACE TABLE ledger_amounts (person INTEGER, month INTEGER, benefit VARCHAR, "
        "ground VARCHAR, cents BIGINT, hundredths BIGINT)"
    )
    for query in kept:
        con.execute(f"""
            INSERT INTO ledger_amounts
            SELECT person, month, benefit, ground, sum(cents)::BIGINT, sum(hundredths)::BIGINT
            FROM ({query}) AS paid(person, month, benefit, ground, cents, hundredths)
            GROUP BY ALL""")


def _assistance() -> str:
    """Spread the euros of a year over its months on social assistance, to the cent.

    ASSUME: evenly; over all months of the year if none is flagged.
    """
    flags = ", ".join(f"coalesce({flag}, false)" for flag in FLAGS)
    kinds = " UNION ALL ".join(
        f"SELECT *, '{kind}_assistance' AS benefit, coalesce({kind}_cents, 0) AS cents FROM years"
        for kind in ASSISTANCE
    )
    return f"""
        WITH years AS (
            SELECT p.person, a.*, CASE WHEN list_contains(flags, true)
                THEN list_filter(range(12), lambda m: flags[m + 1]) ELSE range(12) END AS months
            FROM (SELECT *, [{flags}] AS flags FROM social_assistance) a
            JOIN persons p ON p.id = a.person
        ), spread AS (
            SELECT *, unnest(range(1, len(months) + 1)) AS k
            FROM ({kinds}) WHERE cents <> 0
        )
        SELECT person, CAST(year * 12 + months[k] AS INTEGER), benefit, 'unknown',
            floor_of(cents * k, len(months)) - floor_of(cents * (k - 1), len(months)), 0
        FROM spread"""


def _sickness() -> str:
    """Spread the euros of a spell over its months by calendar days, to the cent.

    ASSUME: a spell without a last day is paid for its first.
    """
    return """
        WITH spells AS (
            SELECT p.person, start_date AS a, greatest(start_date, coalesce(end_date, start_date))
                AS b, coalesce(amount_cents, 0) AS cents
            FROM sickness_allowance s JOIN persons p ON p.id = s.person
        ), spread AS (
            SELECT *, unnest(range(month_index(a), month_index(b) + 1))::INTEGER AS month
            FROM spells WHERE cents <> 0
        )
        SELECT person, month, 'sickness_allowance', 'unknown',
            floor_of(cents * (least(b, month_end(month)) - a + 1), b - a + 1)
            - floor_of(cents * (greatest(a, first_day(month)) - a), b - a + 1), 0
        FROM spread"""
