"""Days counted before a payment period, on which the municipal share depends.

ASSUME: a payment period is a calendar month, or that of each counter which the register tells for
a month, since it tells days by month.
"""

from __future__ import annotations

import duckdb

from kuntakokeilu.facts import LedgerRules

from .rules import HUNDREDTHS

# Grounds whose days are paid on the basis of unemployment: full and adjusted. Days in a service,
# with mobility allowance or of employment money neither count nor are shared.
UNEMPLOYMENT = ("1", "2")
# Days of the longest maximum of an allowance, Act 1290/2002, 6:7: whoever has had them has none
# left.
LONGEST_ALLOWANCE = 500


def subsidy_counter(con: duckdb.DuckDBPyConnection, rules: LedgerRules) -> None:
    """Make `ledger_counters`: person, month, period, counted; of each period of the subsidy.

    And `ledger_told`, how many counters of the register the law cannot have.

    Counted are hundredths of days of subsidy ever paid on the basis of unemployment, before the
    period: what the register says, else counted on from the last period of which it does, else
    from nothing at the first payment.

    Source: kela.fi, financing of labour market subsidy. The count begins anew when an allowance
    that was granted after the subsidy is used up. ASSUME how this is seen where the register tells
    no counter: since the last period of subsidy, days of an allowance were paid for at least
    the shortest maximum; with fewer, the person has only paused. ASSUME: adjusted days count as
    the register has them, and days paid late in the month for which they are paid.
    """
    chosen = rules.assumptions
    own = "" if chosen.share_follows_from == "period_start" else "+ days"
    _stretches(con, "" if chosen.recovered_days_leave else "AND NOT recovery")
    con.execute(f"""
        CREATE OR REPLACE TABLE ledger_counters AS
        WITH based AS (
            SELECT *, CASE WHEN known IS NOT NULL THEN known
                WHEN number = 0 OR allowance >= {chosen.least_allowance_days * HUNDREDTHS}
                THEN 0 END AS base
            FROM ledger_stretches
        ), runs AS (
            SELECT *, count(base) OVER (PARTITION BY person ORDER BY number) AS run FROM based
        )
        SELECT person, month, period, greatest(0, max(base) OVER (PARTITION BY person, run)
            + coalesce(sum(days) OVER (PARTITION BY person, run ORDER BY number
                ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING), 0) {own})::BIGINT AS counted
        FROM runs""")
    _against_the_law(con, rules)


def _stretches(con: duckdb.DuckDBPyConnection, counted: str) -> None:
    """Make `ledger_stretches`: each period of subsidy with the allowance between it and the last.

    Columns person, number, month, period; known, the register's counter; days, that count;
    allowance, days of it; used, the most of its maximum that was used as the register says.

    An allowance in a month of subsidy came before the subsidy, and was used up, unless it began
    there: its own counter is 0, or is not told and the person's next month with a payment has an
    allowance, while the one before has none.
    """
    con.execute(f"""
        CREATE OR REPLACE TABLE ledger_stretches AS
        WITH months AS (
            SELECT person, month, bool_or(benefit = 'FM') AS subsidy,
                coalesce(bool_or(benefit <> 'FM') FILTER (NOT recovery), false) AS allowance,
                min(counter) FILTER (benefit <> 'FM' AND NOT recovery) AS used
            FROM ledger_payments GROUP BY person, month
        ), placed AS (
            SELECT person, month, subsidy AND allowance AND coalesce(used = 0,
                coalesce(lead(allowance) OVER own, false)
                AND NOT coalesce(lag(allowance) OVER own, false)) AS begins
            FROM months WINDOW own AS (PARTITION BY person ORDER BY month)
        ), parts AS (
            SELECT person, month, benefit = 'FM' AS subsidised,
                CASE WHEN benefit = 'FM' THEN period WHEN begins THEN {10**9} ELSE 0 END AS place,
                min(counter) FILTER (benefit = 'FM') AS known,
                coalesce(sum(hundredths) FILTER (
                    benefit = 'FM' AND ground IN {UNEMPLOYMENT} {counted}), 0) AS days,
                coalesce(sum(hundredths) FILTER (benefit <> 'FM' AND NOT recovery), 0) AS allowance,
                max(counter) FILTER (benefit <> 'FM' AND NOT recovery) AS used
            FROM ledger_payments JOIN placed USING (person, month) GROUP BY ALL
        ), stretches AS (
            SELECT *, coalesce(count_if(subsidised) OVER (PARTITION BY person ORDER BY month, place
                ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING), 0) AS number
            FROM parts
        )
        SELECT person, number, max(month) AS month, max(place) FILTER (subsidised) AS period,
            max(known) AS known, sum(days)::BIGINT AS days, sum(allowance)::BIGINT AS allowance,
            max(used + allowance)::BIGINT AS used
        FROM stretches GROUP BY person, number HAVING bool_or(subsidised)""")


def _against_the_law(con: duckdb.DuckDBPyConnection, rules: LedgerRules) -> None:
    """Make `ledger_told`: told, impossible; counters of the subsidy that the register tells.

    A lifetime counter cannot fall but to 0, unless an allowance may have been used up since; and it
    is 0 where one certainly has: after the last day of the longest maximum. The register's counter
    is followed all the same, since it is what municipalities were billed by.
    """
    least, longest = (
        days * HUNDREDTHS for days in (rules.assumptions.least_allowance_days, LONGEST_ALLOWANCE)
    )
    con.execute(f"""
        CREATE OR REPLACE TABLE ledger_told AS
        SELECT count(*) AS told, coalesce(count_if(known > 0 AND (
            coalesce(known < known_before AND so_far - so_far_before < {least}, false)
            OR greatest(allowance, coalesce(used, 0)) >= {longest})), 0) AS impossible
        FROM (
            SELECT *, lag(known) OVER own AS known_before, lag(so_far) OVER own AS so_far_before
            FROM (
                SELECT *, sum(allowance) OVER (PARTITION BY person ORDER BY number) AS so_far
                FROM ledger_stretches
            )
            WHERE known IS NOT NULL WINDOW own AS (PARTITION BY person ORDER BY number)
        )""")


def counter_of_2025(con: duckdb.DuckDBPyConnection) -> None:
    """Make `ledger_counters_2025`: person, month, period, counted, by the rules of 2025.

    Every paid day of all three benefits counts, in services too, and as a whole day. ASSUME: the
    count begins with the register's counter of the first period, and anew where the running
    maximum of an allowance does.
    """
    con.execute(f"""
        CREATE OR REPLACE TABLE ledger_counters_2025 AS
        WITH periods AS (
            SELECT person, month, period, max(counter) AS known,
                min(counter) FILTER (benefit <> 'FM') AS used,
                coalesce(sum(CAST(ceil(hundredths / {HUNDREDTHS}) AS BIGINT) * {HUNDREDTHS})
                    FILTER (NOT recovery), 0) AS days
            FROM ledger_payments GROUP BY person, month, period
        ), based AS (
            SELECT *, CASE WHEN used = 0 THEN 0
                WHEN row_number() OVER (PARTITION BY person ORDER BY month, period) = 1
                THEN coalesce(known, 0) END AS base
            FROM periods
        ), runs AS (
            SELECT *, count(base) OVER (PARTITION BY person ORDER BY month, period) AS run
            FROM based
        )
        SELECT person, month, period, (max(base) OVER (PARTITION BY person, run)
            + coalesce(sum(days) OVER (PARTITION BY person, run ORDER BY month, period
                ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING), 0))::BIGINT AS counted
        FROM runs""")
