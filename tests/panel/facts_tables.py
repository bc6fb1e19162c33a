"""Typed register tables of a few rows, and the database of facts made of them."""

from __future__ import annotations

import datetime
from collections.abc import Iterable
from pathlib import Path

import duckdb

from kuntakokeilu import duck
from kuntakokeilu.contracts import PERSON_MONTHS, TRAITS
from kuntakokeilu.facts import read_ledger_rules
from kuntakokeilu.panel import database, outcomes, spells
from kuntakokeilu.panel.register_reach import reach_of
from kuntakokeilu.registers.contract import read_contract
from kuntakokeilu.study import PanelSettings

CONFIG = Path(__file__).resolve().parents[2] / "config"
CONTRACT = read_contract(CONFIG)
RULES = read_ledger_rules(CONFIG)
SETTINGS = PanelSettings(
    frozen_on=[datetime.date(2018, 12, 31)],
    stocks=["2019-02"],
    first_month="2019-01",
    last_month="2020-12",
)


def month(text: str) -> int:
    """Number a month as the panel does."""
    return spells.month_number(text)


def day(text: str) -> datetime.date:
    """Read a day."""
    return datetime.date.fromisoformat(text)


def rows(columns: str, *values: tuple) -> list[dict]:
    """Name the values of some rows: the columns, separated by spaces, then the rows."""
    names = columns.split()
    return [
        {n: day(v) if n.endswith("_date") and v else v for n, v in zip(names, row, strict=True)}
        for row in values
    ]


def open_tables(work: Path, tables: dict[str, list[dict]]) -> tuple[duckdb.DuckDBPyConnection, set]:
    """Make a database with register tables and with everyone in them as a person, a to z."""
    con = database.with_months(duck.connect(work / "spill"))
    for name, content in tables.items():
        types = CONTRACT[name].output()
        columns = ", ".join(f'"{column}" {kind}' for column, kind in types.items())
        con.execute(f'CREATE TABLE "{name}" ({columns})')
        assert not {c for row in content for c in row} - set(types), f"{name} has no such column"
        if content:
            places = ", ".join([f"({', '.join('?' * len(types))})"] * len(content))
            values = [row.get(column) for row in content for column in types]
            con.execute(f'INSERT INTO "{name}" VALUES {places}', values)
    con.execute("CREATE TABLE persons (person INTEGER, id VARCHAR)")
    con.execute("INSERT INTO persons SELECT range, chr((97 + range)::INTEGER) FROM range(26)")
    return con, set(tables)


def make_facts(con, settings, present, rules) -> None:
    """Make all facts, and what registers reach."""
    outcomes.prepare_facts(con, settings, present, rules)
    database.keep(con, "reach", reach_of(con, present))


def facts_of(work: Path, tables: dict[str, list[dict]], name: str) -> list[tuple]:
    """Make all facts but the ledger, and give one table of them, in the order of its columns."""
    con, present = open_tables(work, tables)
    make_facts(con, SETTINGS, present, None)
    found = con.execute(f"FROM {name} ORDER BY ALL").fetchall()
    con.close()
    return found


def person_months(
    work: Path,
    tables: dict[str, list[dict]],
    people: Iterable[int] = (0,),
    settings: PanelSettings = SETTINGS,
    cohort: str | None = "2019-02",
    counted_from: int | None = None,
    months: tuple[str, str] = ("2018-01", "2021-12"),
) -> tuple[dict[tuple[int, str], dict], dict[str, str]]:
    """Write the person-months of some persons in some months and read them back.

    Gives a row by person and month, and the types of the file.
    """
    con, present = open_tables(work, tables)
    spells.status_months(con, settings)
    spells.entries(con, settings)
    make_facts(con, settings, present, RULES)
    traits = ", ".join(f'NULL::{PERSON_MONTHS[name].type} AS "{name}"' for name in TRAITS)
    first, last = map(month, months)
    entry = f"{month(cohort)}" if cohort else "NULL::INTEGER"
    con.execute(
        f"CREATE TABLE skeleton AS SELECT person, {entry} AS cohort, "
        f"(month - {entry})::SMALLINT AS elapsed, month::INTEGER AS month, "
        f"'091' AS unit, {traits} FROM (SELECT unnest({list(people)}) AS person), "
        f"(SELECT unnest(range({first}, {last + 1})) AS month)"
    )
    out = work / "made" / "stock.parquet"
    outcomes.add_outcomes(con, settings, "skeleton", out, counted_from)
    found = con.execute(f"FROM '{out.as_posix()}' ORDER BY person, period")
    names = [each[0] for each in found.description]
    written = found.fetchall()
    made = {(row[0], f"{row[3]:%Y-%m}"): dict(zip(names, row, strict=True)) for row in written}
    assert len(made) == len(written)  # each person and month once
    types = con.execute(f"DESCRIBE FROM '{out.as_posix()}'").fetchall()
    con.close()
    return made, {name: kind for name, kind, *_ in types}
