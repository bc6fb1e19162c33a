"""What was paid to a person for a month: unemployment benefits and all others of the ledger."""

from __future__ import annotations

import duckdb

from kuntakokeilu.duck import one
from kuntakokeilu.errors import InputError, counted, some
from kuntakokeilu.facts import LedgerRules
from kuntakokeilu.panel.wellbeing import FLAGS

from .rules import HUNDREDTHS

ASSISTANCE = ("basic", "supplementary", "preventive")


def benefit_rows(con: duckdb.DuckDBPyConnection, rules: LedgerRules) -> None:
    """Make `ledger_payments`: the payments and recoveries of unemployment benefits, one by one.

    And `ledger_full`: person, month, cents, hundredths (of days) of earnings-related allowance in
    full, without recoveries.

    Columns person, month (of entitlement), period, posted (month of payment), benefit, ground,
    hundredths (of days), cents, counter (hundredths of days, null if the register has none) and
    recovery. A month of subsidy is one payment period, or as many as the register tells counters
    for it, in their order; what has no counter, as recoveries, is of the first.

    Raises
    ------
    InputError
        A benefit and ground without a rule, or payments after the last month of the rules.
    """
    # ASSUME: a payment without a day was made in the month after its days, as Kela does.
    con.execute(f"""
        CREATE OR REPLACE TABLE ledger_payments AS
        WITH paid AS (
        SELECT p.person, CAST(b.year * 12 + b.month - 1 AS INTEGER) AS month,
            coalesce(month_index(payment_date), b.year * 12 + b.month)::INTEGER AS posted,
            benefit, coalesce(ground, 'unknown') AS ground,
            CAST(round(coalesce(days, 0) * {HUNDREDTHS}) AS BIGINT) AS hundredths,
            coalesce(amount_cents, 0)::BIGINT AS cents,
            CAST(round(days_counter * {HUNDREDTHS}) AS BIGINT) AS counter,
            coalesce(amount_cents, 0) < 0 OR coalesce(days, 0) < 0 AS recovery
        FROM benefit_payments b JOIN persons p ON p.id = b.person
        ), told AS (
            SELECT *, coalesce(counter, min(counter) OVER (
                PARTITION BY person, month, benefit)) AS from_day
            FROM paid
        )
        SELECT * EXCLUDE (from_day), CASE WHEN benefit = 'FM' THEN dense_rank() OVER (
            PARTITION BY person, month, benefit ORDER BY from_day) ELSE 1 END AS period
        FROM told""")
    con.execute("""
        CREATE OR REPLACE TABLE ledger_full AS
        SELECT person, month, sum(cents)::BIGINT AS cents, sum(hundredths)::BIGINT AS hundredths
        FROM ledger_payments WHERE benefit = 'AP' AND ground = '1' AND NOT recovery
        GROUP BY person, month HAVING sum(cents) > 0 AND sum(hundredths) > 0""")
    _refuse_unknown(con)
    months, rows = one(
        con,
        "SELECT count(DISTINCT month), count(*) FROM ledger_payments WHERE month > ?",
        [rules.last],
    )
    if rows:
        raise InputError(
            f"config/ledger: {counted(rows, 'benefit payment is', 'benefit payments are')} for "
            f"{counted(months, 'month')} after the last one of the rules, {_text(rules.last)}; "
            "expected rules for them"
        )


def _refuse_unknown(con: duckdb.DuckDBPyConnection) -> None:
    found = con.execute("""
        SELECT benefit, ground, count(*) FROM ledger_payments
        ANTI JOIN ledger_financing USING (benefit, ground)
        GROUP BY ALL ORDER BY ALL""").fetchall()
    if found:
        named = some(
            f"{benefit} of ground {ground} ({counted(n, 'payment')})"
            for benefit, ground, n in found
        )
        raise InputError(
            f"table benefit_payments: {named} without a payer; expected a rule in "
            "config/ledger/financing.csv"
        )


def _text(month: int) -> str:
    return f"{month // 12}-{month % 12 + 1:02d}"


def amounts(con: duckdb.DuckDBPyConnection, present: set[str]) -> None:
    """Make `ledger_amounts`: one row per person, month, benefit, financed_as, ground and period.

    With cents and hundredths (of days), recoveries deducted; of the register tables that are
    there. `financed_as` is the benefit of the rules: `AP_laid_off` for days of lay-off.
    """
    parts = {
        "benefit_payments": _unemployment(),
        "social_assistance": _other(_assistance()),
        "sickness_allowance": _other(_sickness()),
        "medicine_purchases": _other("""
            SELECT p.person, month_index(start_date), 'medicines', coalesce(reimbursed_cents, 0)
            FROM medicine_purchases m JOIN persons p ON p.id = m.person"""),
    }
    kept = [query for table, query in parts.items() if table in present]
    con.execute(
        "CREATE OR REPLACE TABLE ledger_amounts (person INTEGER, month INTEGER, benefit VARCHAR, "
        "financed_as VARCHAR, ground VARCHAR, period BIGINT, cents BIGINT, hundredths BIGINT)"
    )
    for query in kept:
        con.execute(f"""
            INSERT INTO ledger_amounts
            SELECT person, month, benefit, financed_as, ground, period, sum(cents)::BIGINT,
                sum(hundredths)::BIGINT
            FROM ({query}) GROUP BY ALL""")


def _other(query: str) -> str:
    """SQL of a benefit without days and grounds."""
    return f"""
        SELECT person, month, benefit, benefit AS financed_as, 'unknown' AS ground, 1 AS period,
            cents, 0 AS hundredths
        FROM ({query}) AS paid(person, month, benefit, cents)"""


def _unemployment() -> str:
    """SQL of unemployment benefits, the earnings-related allowance of the laid-off apart.

    ASSUME: of a month's days of unemployment, so many are days of lay-off as of its weekdays in
    statuses of unemployment, since a payment does not tell its days.
    """
    return """
        WITH paid AS (
            SELECT person, month, benefit, ground, period, sum(cents)::BIGINT AS cents,
                sum(hundredths)::BIGINT AS hundredths
            FROM ledger_payments GROUP BY ALL
        ), laid_off AS (
            SELECT paid.* REPLACE (portion(cents, laid_off, unemployed) AS cents,
                portion(hundredths, laid_off, unemployed) AS hundredths)
            FROM paid JOIN ledger_laid_off USING (person, month)
            WHERE benefit = 'AP' AND ground NOT IN ('3', '4')
        )
        SELECT person, month, benefit, benefit AS financed_as, ground, period, cents, hundredths
        FROM paid
        UNION ALL
        SELECT person, month, benefit, benefit, ground, period, -cents, -hundredths FROM laid_off
        UNION ALL
        SELECT person, month, benefit, 'AP_laid_off', ground, period, cents, hundredths
        FROM laid_off"""


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
        SELECT person, CAST(year * 12 + months[k] AS INTEGER), benefit,
            floor_of(cents * k, len(months)) - floor_of(cents * (k - 1), len(months))
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
        SELECT person, month, 'sickness_allowance',
            floor_of(cents * (least(b, month_end(month)) - a + 1), b - a + 1)
            - floor_of(cents * (greatest(a, first_day(month)) - a), b - a + 1)
        FROM spread"""
