"""Traits that change, as known at a reference day: long unemployment and limited work ability."""

from __future__ import annotations

import duckdb

LONG_TERM_MONTHS = 12
UNEMPLOYED = "2"


def tell_long_term(con: duckdb.DuckDBPyConnection) -> None:
    """Make `long_term_at` (person, eve): unemployed at the ends of the twelve months up to eve.

    Reads `reference` and `status_months`. Lay-off is not unemployment here, as in the statistics
    of long-term unemployment the spell must be unbroken.
    """
    con.execute(
        f"""
        CREATE OR REPLACE TABLE unemployed_runs AS
        SELECT person, min(month) AS first, max(month) AS last
        FROM (
            SELECT person, month,
                month - row_number() OVER (PARTITION BY person ORDER BY month) AS run
            FROM status_months WHERE status = '{UNEMPLOYED}'
        )
        GROUP BY person, run HAVING count(*) >= {LONG_TERM_MONTHS}
        """
    )
    con.execute(
        f"""
        CREATE OR REPLACE TABLE long_term_at AS
        SELECT DISTINCT ended.person, ended.eve
        FROM (
            -- The last month that has ended by eve.
            SELECT DISTINCT person, eve, month_index(eve + INTERVAL 1 DAY) - 1 AS month
            FROM reference
        ) AS ended
        JOIN unemployed_runs AS run
            ON run.person = ended.person AND run.last >= ended.month
            AND run.first <= ended.month - {LONG_TERM_MONTHS - 1}
        """
    )


def tell_limited(con: duckdb.DuckDBPyConnection, present: set[str]) -> None:
    """Make `limited_at` (person, eve, limited): does a recorded illness or disability cover eve.

    Null, not false, if the extract lacks the records.
    """
    if "jobseeker_diagnosis" not in present:
        con.execute(
            "CREATE OR REPLACE TABLE limited_at AS "
            "SELECT DISTINCT person, eve, NULL::BOOLEAN AS limited FROM reference"
        )
        return
    # ASSUME: a record without a last day still holds.
    con.execute(
        """
        CREATE OR REPLACE TABLE limited_at AS
        SELECT reference.person, reference.eve, count(record.person) > 0 AS limited
        FROM reference LEFT JOIN (
            SELECT numbered.person, start_date, end_date
            FROM jobseeker_diagnosis AS record JOIN persons AS numbered ON record.person = id
            WHERE diagnosed
        ) AS record
            ON record.person = reference.person AND record.start_date <= reference.eve
            AND (record.end_date IS NULL OR record.end_date >= reference.eve)
        GROUP BY ALL
        """
    )
