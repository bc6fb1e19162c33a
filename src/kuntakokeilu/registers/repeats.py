"""Rows of a table that repeat a key: which there are, which of them is kept, and how many are not.

Hashes of keys find the few candidates at eight bytes a row; what repeats is then compared in full.
"""

from __future__ import annotations

import duckdb
import numpy as np
import pandas as pd

from kuntakokeilu.duck import one
from kuntakokeilu.registers.contract import DELIVERY_YEAR, Table
from kuntakokeilu.registers.files import quote
from kuntakokeilu.registers.findings import Finding, finding


def each_key_once(
    con: duckdb.DuckDBPyConnection, table: Table, files: list[str], total: int
) -> tuple[str, list[Finding]]:
    """Leave out the rows that repeat a key.

    Parameters
    ----------
    con : DuckDBPyConnection
        An open connection; tables of it hold what repeats.
    table : Table
        The contract.
    files : list of str
        SQL of the usable rows of each file.
    total : int
        How many they are.

    Returns
    -------
    tuple of str, list of Finding
        SQL of the rows, each key once and of the latest delivery, and what was left out.
    """
    rows = " UNION ALL ".join(files)
    if not table.about.key:
        return rows, []
    key = ", ".join(quote(name) for name in table.about.key)
    candidates = _twice(con, [f"SELECT hash({key}) AS h FROM ({file})" for file in files], total)
    if not len(candidates):
        return rows, []
    con.register("given", pd.DataFrame({"h": candidates}))
    con.execute("CREATE OR REPLACE TEMP TABLE candidates AS FROM given")
    con.unregister("given")
    con.execute(
        "CREATE OR REPLACE TEMP TABLE repeated AS SELECT *, count(*) AS times "
        f"FROM ({rows}) SEMI JOIN candidates ON hash({key}) = h GROUP BY ALL"
    )
    columns = ", ".join(quote(name) for name in table.output())
    latest = f"{DELIVERY_YEAR} DESC NULLS LAST, " if DELIVERY_YEAR in table.output() else ""
    kept = (
        f"SELECT {columns} FROM ({rows}) ANTI JOIN candidates ON hash({key}) = h "
        f"UNION ALL (SELECT {columns} FROM repeated QUALIFY row_number() OVER "
        f"(PARTITION BY {key} ORDER BY {latest}{columns}) = 1)"
    )
    return kept, _counted(con, table, key, total)


def _twice(con: duckdb.DuckDBPyConnection, hashes: list[str], total: int) -> np.ndarray:
    """Give the hashes that stand there more than once: sorted, equal ones are neighbours."""
    found = np.empty(total, dtype=np.uint64)  # one array, since those of all files are long
    filled = 0
    for query in hashes:
        part = con.execute(query).fetchnumpy()["h"]
        found[filled : filled + len(part)] = part
        filled += len(part)
    assert filled == total
    found.sort()
    return np.unique(found[1:][found[1:] == found[:-1]])


def _counted(con: duckdb.DuckDBPyConnection, table: Table, key: str, total: int) -> list[Finding]:
    """Count the rows that repeat a key: in full, in a later delivery, or against each other."""
    delivery = f", {DELIVERY_YEAR}" if DELIVERY_YEAR in table.output() else ""
    rows, distinct, per_delivery, keys = one(
        con,
        "SELECT sum(times), count(*), "
        f"(SELECT count(*) FROM (SELECT DISTINCT {key}{delivery} FROM repeated)), "
        f"(SELECT count(*) FROM (SELECT DISTINCT {key} FROM repeated)) FROM repeated",
    )
    counts = {
        "duplicate_row": int(rows) - distinct,
        "duplicate_key": distinct - per_delivery,
        "repeated_in_later_delivery": per_delivery - keys,
    }
    return [finding(table.name, rule, count, total) for rule, count in counts.items() if count]
