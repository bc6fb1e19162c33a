"""Days counted before a payment period, on which the municipal share depends.

ASSUME: a payment period is a calendar month, since the register tells days by month.
"""

from __future__ import annotations

import duckdb

from kuntakokeilu.panel.ledger.rules import HUNDREDTHS
from kuntakokeilu.study import LedgerRules

# Grounds whose days are paid on the basis of unemployment: full and adjusted. Days in a service,
# with mobility allowance or of employment money neither count nor are shared.
UNEMPLOYMENT = ("1", "2")


def subsidy_counter(con: duckdb.DuckDBPyConnection, rules: LedgerRules) -> None:
    """Make `ledger_counters`: person, month, counted; of each month with labour market subsidy.

    Counted are hundredths of days of subsidy ever paid on the basis of unemployment, before the
    month: what the register says, else counted on from the last month of which it does, else from
    nothing at the first payment.

    Source: kela.fi, financing of labour market subsidy. The count begins anew when an allowance
    that was granted after the subsidy is used up. ASSUME how this is seen where the register tells
    no counter: since the month of the last subsidy, days of an allowance were paid for at least
    the shortest maximum; with fewer, the person has only paused. ASSUME: adjusted days count as
    the register has them, and days paid late in the month for which they are paid.
    """
    chosen = rules.assumptions
    counted = "" if chosen.recovered_days_leave else "AND NOT recovery"
    own = "" if chosen.share_follows_from == "period_start" else "+ days"
    con.execute(f"""
        CREATE OR REPLACE TABLE ledger_counters AS
        WITH months AS (
            SELECT person, month, bool_or(benefit = 'FM') AS subsidised,
                min(counter) FILTER (benefit = 'FM') AS known,
                coalesce(sum(hundredths) FILTER (
                    benefit = 'FM' AND ground IN {UNEMPLOYMENT} {counted}), 0) AS days,
                coalesce(sum(hundredths) FILTER (benefit <> 'FM' AND NOT recovery), 0) AS allowance
            FROM ledger_payments GROUP BY person, month
        ), stretches AS (
            SELECT *, coalesce(count_if(subsidised) OVER (PARTITION BY person ORDER BY month
                ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING), 0) AS number
            FROM months
        ), paid AS (
            SELECT person, number, max(month) AS month, max(known) AS known, sum(days) AS days,
                sum(allowance) >= {chosen.least_allowance_days * HUNDREDTHS} AS used_up
            FROM stretches GROUP BY person, number HAVING bool_or(subsidised)
        ), based AS (
            SELECT *, CASE WHEN known IS NOT NULL THEN known
                WHEN number = 0 OR used_up THEN 0 END AS base
            FROM paid
        ), runs AS (
            SELECT *, count(base) OVER (PARTITION BY person ORDER BY number) AS run FROM based
        )
        SELECT person, month, greatest(0, max(base) OVER (PARTITION BY person, run)
            + coalesce(sum(days) OVER (PARTITION BY person, run ORDER BY number
                ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING), 0) {own})::BIGINT AS counted
        FROM runs""")


def counter_of_2025(con: duckdb.DuckDBPyConnection) -> None:
    """Make `ledger_counters_2025`: person, month, counted, by the rules of 2025.

    Every paid day of all three benefits counts, in services too, and as a whole day. ASSUME: the
    count begins with the register's counter of the first month, and anew where the running
    maximum of an allowance does.
    """
    con.execute(f"""
        CREATE OR REPLACE TABLE ledger_counters_2025 AS
        WITH months AS (
            SELECT person, month, max(counter) AS known,
                min(counter) FILTER (benefit <> 'FM') AS used,
                coalesce(sum(CAST(ceil(hundredths / {HUNDREDTHS}) AS BIGINT) * {HUNDREDTHS})
                    FILTER (NOT recovery), 0) AS days
            FROM ledger_payments GROUP BY person, month
        ), based AS (
            SELECT *, CASE WHEN used = 0 THEN 0
                WHEN row_number() OVER (PARTITION BY person ORDER BY month) = 1
                THEN coalesce(known, 0) END AS base
            FROM months
        ), runs AS (
            SELECT *, count(base) OVER (PARTITION BY person ORDER BY month) AS run FROM based
        )
        SELECT person, month, (max(base) OVER (PARTITION BY person, run)
            + coalesce(sum(days) OVER (PARTITION BY person, run ORDER BY month
                ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING), 0))::BIGINT AS counted
        FROM runs""")
