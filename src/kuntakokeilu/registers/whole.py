"""Signs that a table is not whole: files far shorter than others, no open spell, empty months."""

from __future__ import annotations

from statistics import median_low

import duckdb

from kuntakokeilu.duck import one
from kuntakokeilu.registers.contract import DELIVERY_YEAR, END, IS_OPEN, START, Table
from kuntakokeilu.registers.findings import Finding, finding

# ASSUME: below this many rows, a year may have half the rows of its neighbours by chance, and no
# spell may be open.
COMPARED_ROWS = 1_000
# ASSUME: no register's sum of amounts changes tenfold in a year; cents instead of euros are 100.
OUT_OF_LINE = 10.0
# ASSUME: a month with less than this share of the fullest month's rows has a few stray dates only.
STRAY = 0.01


def halved(name: str, rows: dict[int | None, int]) -> list[Finding]:
    """Find files with less than half the rows of each year beside them."""
    found = []
    for year, count in rows.items():
        if year is None:
            continue
        beside = [rows[other] for other in (year - 1, year + 1) if other in rows]
        if beside and min(beside) >= COMPARED_ROWS and count < min(beside) / 2:
            found.append(finding(name, "rows_halved", 1, 1, year=year))
    return found


def out_of_line(name: str, sums: dict[str, dict[int | None, float]]) -> list[Finding]:
    """Find years in which a column's sum is of another order than in the year in the middle."""
    found = []
    for column, by_year in sums.items():
        known = {year: amount for year, amount in by_year.items() if amount > 0}
        usual = median_low(known.values()) if known else 0.0
        found += [
            finding(name, "sum_out_of_line", 1, 1, year=year, column=column)
            for year, amount in known.items()
            if amount >= OUT_OF_LINE * usual or amount * OUT_OF_LINE <= usual
        ]
    return found


def signs(con: duckdb.DuckDBPyConnection, table: Table, rows: str, kept: int) -> list[Finding]:
    """Count what a typed table shows of its own wholeness; changes nothing.

    Parameters
    ----------
    con : DuckDBPyConnection
        An open connection.
    table : Table
        The contract.
    rows : str
        What to scan for the typed rows.
    kept : int
        Its rows.

    Returns
    -------
    list of Finding
        Open spells that a later delivery should have repeated, spells of which none is open, and
        months of the last year that are all but empty.
    """
    found = _empty_months(con, table, rows)
    if table.is_spells and DELIVERY_YEAR in table.output():
        found += _open_spells(con, table, rows, kept)
    return found


def _open_spells(
    con: duckdb.DuckDBPyConnection, table: Table, rows: str, kept: int
) -> list[Finding]:
    count, still = one(
        con,
        f"SELECT count_if({IS_OPEN} AND {DELIVERY_YEAR} < "
        f"(SELECT max({DELIVERY_YEAR}) FROM {rows})), count_if({END} IS NULL) "
        f"FROM {rows}",
    )
    found = [finding(table.name, "open_in_an_earlier_delivery", count, kept)] if count else []
    if not still and kept >= COMPARED_ROWS:
        column = table.columns[END].column
        found.append(finding(table.name, "no_open_spell", kept, kept, column=column))
    return found


def _empty_months(con: duckdb.DuckDBPyConnection, table: Table, rows: str) -> list[Finding]:
    """Find the months at the end of the last year that are all but empty."""
    if {"year", "month"} <= set(table.columns):
        year, month = "year", "month"
    elif START in table.columns:
        year, month = f"year({START})", f"month({START})"
    else:
        return []
    last = DELIVERY_YEAR if START in table.columns and DELIVERY_YEAR in table.output() else year
    months = con.execute(
        f"SELECT {year}, {month}, count(*) FROM {rows} "
        f"WHERE {year} = (SELECT max({last}) FROM {rows}) GROUP BY ALL"
    ).fetchall()
    least = int(STRAY * max((number for *_, number in months), default=0))
    empty = 12 - max((at for _, at, number in months if number >= least), default=12)
    if not least or not empty:
        return []
    return [finding(table.name, "months_without_rows", empty, 12, year=months[0][0])]
