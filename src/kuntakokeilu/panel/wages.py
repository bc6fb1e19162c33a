"""Wages by person and month, and who paid them."""

from __future__ import annotations

import duckdb

# Ids of firms, of others and of households are kept apart: equal texts are not the same payer.
_PAYER = "coalesce('b' || payer, 'o' || payer_other, 'p' || payer_person)"


def wage_months(con: duckdb.DuckDBPyConnection) -> None:
    """Fill `wage_months` with the wages of job seekers.

    Parameters
    ----------
    con : DuckDBPyConnection
        With `wages`, `persons` and the empty tables `wage_months(person, month, wage_cents,
        wage_payers)` and `payers(payer, name)`.

    Notes
    -----
    Payers are numbered from 1 within this run, `payers` has their names. Rows without any id of a
    payer are given to payer 0, who counts as one: for disclosure, too few payers err on the safe
    side. Several rows of one payer in a month are summed; who paid nothing on balance is no payer.
    Source: the Incomes
    Register, summed wages (TAX_SUMINCOMES, `t101`).
    """
    con.execute(f"""
        INSERT INTO payers
        SELECT row_number() OVER (ORDER BY name), name
        FROM (SELECT DISTINCT {_PAYER} AS name FROM wages WHERE name IS NOT NULL)""")
    con.execute(f"""
        CREATE OR REPLACE TEMP TABLE wage_rows AS
        SELECT p.person, CAST(w.year * 12 + w.month - 1 AS INTEGER) AS month,
            coalesce(payers.payer, 0) AS payer, w.wage_cents AS cents
        FROM (SELECT *, {_PAYER} AS name FROM wages WHERE wage_cents <> 0) w
        JOIN persons p ON p.id = w.person LEFT JOIN payers USING (name)""")
    # Lists are not spilled to disk; so only the few months with several rows collect one.
    con.execute("""
        INSERT INTO wage_months
        WITH months AS MATERIALIZED (
            SELECT person, month, sum(cents)::BIGINT AS cents, min(payer) AS payer, count(*) AS rows
            FROM wage_rows GROUP BY person, month
        ), paid AS (
            SELECT person, month, payer, sum(cents)::BIGINT AS cents
            FROM wage_rows SEMI JOIN (FROM months WHERE rows > 1) USING (person, month)
            GROUP BY person, month, payer HAVING sum(cents) <> 0
        )
        SELECT person, month, cents, [{'payer': payer, 'cents': cents}] FROM months WHERE rows = 1
        UNION ALL
        SELECT person, month, sum(cents)::BIGINT,
            list_sort(list({'payer': payer, 'cents': cents}))
        FROM paid GROUP BY person, month""")
    con.execute("DROP TABLE wage_rows")
