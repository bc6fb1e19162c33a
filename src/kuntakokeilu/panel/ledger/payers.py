"""Each benefit of a month split over those who pay it, to the cent."""

from __future__ import annotations

import duckdb

from kuntakokeilu.panel.ledger.rules import HUNDREDTHS
from kuntakokeilu.study.ledger import PAYERS

# Days at the level of the basic allowance, half a cent up, never more than the amount.
_DAYS = "((abs(hundredths) * {daily} + " + f"{HUNDREDTHS // 2}) // {HUNDREDTHS})"
_BASIC = (
    "CASE WHEN {of} >= 0 AND hundredths >= 0 THEN least({of}, " + _DAYS + ") "
    "WHEN {of} <= 0 AND hundredths <= 0 THEN -least(-{of}, " + _DAYS + ") ELSE 0 END"
)


def split(con: duckdb.DuckDBPyConnection) -> None:
    """Make `ledger_shares`: `ledger_amounts` with the municipal share and a column per payer.

    Rounded is once per person, month, benefit and ground: shares of a cent go up, and the last
    payer takes what is left. The basic part of an allowance leaves the payer who has it for the
    one who finances it.
    """
    rounded = ", ".join(f"part_of(cents, f.{p}) AS {p}" for p in PAYERS)
    left = "cents - " + " - ".join(PAYERS)
    whole = ", ".join(f"{p} + CASE WHEN rest = '{p}' THEN {left} ELSE 0 END AS {p}" for p in PAYERS)
    source = " ".join(f"WHEN '{p}' THEN {p}" for p in PAYERS)
    basic = _BASIC.format(of="source", daily="daily")
    final = ", ".join(
        f"{p} + CASE WHEN basic_by = '{p}' THEN basic WHEN basic_from = '{p}' THEN -basic "
        f"ELSE 0 END AS {p}"
        for p in PAYERS
    )
    con.execute(f"""
        CREATE OR REPLACE TABLE ledger_shares AS
        WITH rounded AS (
            SELECT a.*, f.municipalities AS share, f.rest, f.basic_from, f.basic_by,
                d.cents AS daily, {rounded.replace("(cents", "(a.cents")}
            FROM (
                SELECT amounts.*, coalesce(counted, 0) AS counted
                FROM ledger_amounts AS amounts LEFT JOIN ledger_counters AS c
                    ON c.person = amounts.person AND c.month = amounts.month
                        AND amounts.benefit = 'FM'
            ) a
            JOIN ledger_financing f
                ON f.benefit = a.benefit AND f.ground = a.ground AND f.month = a.month
                    AND a.counted >= f.days_from AND a.counted < f.days_until
            JOIN ledger_daily d ON d.month = a.month
        ), whole AS (
            SELECT * EXCLUDE ({", ".join(PAYERS)}), {whole} FROM rounded
        ), sources AS (
            SELECT *, CASE basic_from {source} END AS source FROM whole
        ), parts AS (
            SELECT *, CASE WHEN basic_by IS NULL THEN 0 ELSE {basic} END AS basic FROM sources
        )
        SELECT person, month, benefit, ground, cents, hundredths, counted, share, {final}
        FROM parts""")


def posted_shares() -> str:
    """SQL of the municipal share of the subsidy by month of payment: person, month, cents.

    The share of each payment is what the rounded share of all so far is more than before, so that
    payments add up to the share of the month for which they are.
    """
    return """
        SELECT person, posted AS month, sum(part_of(so_far, share)
            - part_of(so_far - cents, share))::BIGINT AS municipal_posted_cents
        FROM (
            SELECT paid.person, posted, share, paid.cents, sum(paid.cents) OVER (
                PARTITION BY paid.person, paid.month, ground ORDER BY posted)::BIGINT AS so_far
            FROM (
                SELECT person, month, ground, posted, sum(cents)::BIGINT AS cents
                FROM ledger_payments WHERE benefit = 'FM' GROUP BY ALL
            ) paid
            JOIN (FROM ledger_shares WHERE benefit = 'FM' AND share > 0) AS priced
                USING (person, month, ground)
        )
        GROUP BY person, posted"""


def shifted() -> str:
    """SQL of the subsidy on service days times the share that unemployment would have: cents."""
    return """
        SELECT s.person, s.month,
            part_of(s.cents, f.municipalities) AS shifted_cents
        FROM ledger_shares s JOIN ledger_financing f
            ON f.benefit = 'FM' AND f.ground = '1' AND f.month = s.month
                AND s.counted >= f.days_from AND s.counted < f.days_until
        WHERE s.benefit = 'FM' AND s.ground = '3' AND f.municipalities > 0"""


def municipal_2025() -> str:
    """SQL of what municipalities would pay by the rules of 2025: person, month, cents.

    Of the earnings-related allowance they share the basic part.
    """
    basic = _BASIC.format(of="s.cents", daily="d.cents").replace("hundredths", "s.hundredths")
    return f"""
        SELECT person, s.month, sum(part_of(
            CASE WHEN r.base = 'basic_part' THEN {basic} ELSE s.cents END, r.share
        ))::BIGINT AS municipal_2025_cents
        FROM ledger_shares s
        JOIN ledger_counters_2025 c USING (person, month)
        JOIN ledger_2025 r ON r.benefit = s.benefit
            AND c.counted >= r.days_from AND c.counted < r.days_until
        JOIN ledger_daily d ON d.month = s.month
        WHERE r.share > 0 GROUP BY person, s.month"""
