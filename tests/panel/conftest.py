"""Settings and databases for tests on typed register tables of a few rows."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import duckdb
import pytest

from kuntakokeilu import duck
from kuntakokeilu.facts import Classification, read_classification
from kuntakokeilu.panel.database import load, with_months
from kuntakokeilu.registers import Table, read_contract
from kuntakokeilu.study import PanelSettings

from .tiny import D, Tables, write_tables

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture(scope="session")
def contract() -> dict[str, Table]:
    return read_contract(ROOT / "config")


@pytest.fixture(scope="session")
def classification() -> Classification:
    return read_classification(ROOT / "config", 2025)


@pytest.fixture(scope="session")
def settings() -> PanelSettings:
    return PanelSettings(
        frozen_on=[D("2018-12-31"), D("2020-12-31")],
        stocks=["2019-02", "2021-02"],
        follow_up=24,
        horizons=[0, 3, 12],
        first_month="2019-01",
        last_month="2022-12",
    )


@pytest.fixture
def opened(
    tmp_path: Path, contract: dict[str, Table]
) -> Iterator[Callable[[Tables], tuple[duckdb.DuckDBPyConnection, set[str]]]]:
    """Write tables, load them: gives the connection and the tables.

    The database is in memory, without the file that a run has: a file waits for the disk.
    """
    connections = []

    def open_tables(tables: Tables) -> tuple[duckdb.DuckDBPyConnection, set[str]]:
        number = len(connections)
        folder = write_tables(tables, tmp_path / f"tables{number}", contract)
        con = with_months(duck.connect(tmp_path / f"spill{number}", memory="1GB"))
        connections.append(con)
        present = load(con, [folder])
        return con, present

    yield open_tables
    for con in connections:
        con.close()
