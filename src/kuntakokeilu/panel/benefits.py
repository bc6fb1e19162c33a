"""Unemployment benefits by person and month of entitlement."""

from __future__ import annotations

import duckdb

# Code of the register and the column of the person-months.
BENEFITS = {
    "FM": "labour_market_subsidy_cents",
    "FP": "basic_allowance_cents",
    "AP": "earnings_related_cents",
}


def benefit_months(con: duckdb.DuckDBPyConnection) -> None:
    """Fill `benefit_months` with the unemployment benefits of job seekers.

    Parameters
    ----------
    con : DuckDBPyConnection
        With `benefit_payments`, `persons` and the empty table `benefit_months(person, month,
        benefit_cents, one column per benefit, benefit_days)`.

    Notes
    -----
    The month is the one of the days for which is paid, not of the payment. Recoveries are negative
    and thus deducted; a month can be below zero where a recovery exceeds what is in the extract.
    Days are rounded to hundredths, so that their sum does not depend on the order of rows.
    """
    sums = ", ".join(
        f"CAST(coalesce(sum(amount_cents) FILTER (benefit = '{code}'), 0) AS BIGINT)"
        for code in BENEFITS
    )
    con.execute(f"""
        INSERT INTO benefit_months
        SELECT p.person, CAST(b.year * 12 + b.month - 1 AS INTEGER),
            CAST(sum(amount_cents) AS BIGINT), {sums}, round(sum(days), 2)
        FROM benefit_payments b JOIN persons p ON p.id = b.person
        GROUP BY ALL""")
