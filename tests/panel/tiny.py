"""Typed register tables of a few rows."""

from __future__ import annotations

import datetime
from functools import cache
from pathlib import Path

import duckdb
import pyarrow as pa
import pyarrow.parquet as pq

from kuntakokeilu.contracts import REGISTER_SAMPLES
from kuntakokeilu.panel.database import keep
from kuntakokeilu.panel.outcomes import prepare_facts
from kuntakokeilu.panel.persons import number_persons
from kuntakokeilu.panel.register_reach import find_reach
from kuntakokeilu.panel.samples import make_samples
from kuntakokeilu.registers import Table

Rows = list[dict]
Tables = dict[str, Rows]
D = datetime.date.fromisoformat


def write_tables(tables: Tables, folder: Path, contract: dict[str, Table]) -> Path:
    """Write rows as typed parquet; a column that no row names is null."""
    folder.mkdir(parents=True, exist_ok=True)
    for name, rows in tables.items():
        types = contract[name].output()
        unknown = {column for row in rows for column in row} - set(types)
        assert not unknown, f"{name} has no column {unknown}"
        made = pa.table({column: [row.get(column) for row in rows] for column in types})
        typed = ", ".join(f'"{column}"::{kind} AS "{column}"' for column, kind in types.items())
        table = writer().from_arrow(made).project(typed).to_arrow_table()
        pq.write_table(table, folder / f"{name}.parquet")
    return folder


@cache
def writer() -> duckdb.DuckDBPyConnection:
    """One connection for all tables of a process: to open one takes longer than to write them."""
    return duckdb.connect()


def resident(person: str, years: range, **values) -> Rows:
    """Rows of persons_yearly: a Finn of Helsinki with a secondary degree unless said otherwise."""
    usual = {
        "municipality": "091",
        "municipality_next_year": "091",
        "birth_year": 1980,
        "language": "1",
        "citizenship": "1",
        "education": "3",
    }
    return [{"person": person, "year": year} | usual | values for year in years]


def spell(person: str, start: str, end: str | None = None, **values) -> dict:
    """A spell as the register has it, from the last delivery."""
    return {
        "person": person,
        "start_date": D(start),
        "end_date": None if end is None else D(end),
        "is_open": end is None,
        "delivery_year": 2024,
    } | values


def registered(person: str, start: str, end: str | None = None, status: str = "2") -> Tables:
    """A job search with one status throughout."""
    return {
        "search_spells": [spell(person, start, end)],
        "status_spells": [spell(person, start, end, status=status)],
    }


def joined(*parts: Tables) -> Tables:
    """Put tables together; the four without which nothing works are always there."""
    needed = ("persons_yearly", "jobseekers", "search_spells", "status_spells")
    whole: Tables = {name: [] for name in needed}
    for part in parts:
        for name, rows in part.items():
            whole[name] = whole.get(name, []) + rows
    return whole


def make(opened, settings, classification, *parts: Tables, samples=REGISTER_SAMPLES):
    """Make the samples of some tables: gives the connection. Without a ledger, as none is asked."""
    con, present = opened(joined(*parts))
    keep(con, "reach", find_reach(con, settings, present))
    number_persons(con)
    prepare_facts(con, settings, present, None)
    make_samples(con, settings, classification, samples, present)
    return con
