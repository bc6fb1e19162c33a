"""Payments of many persons priced at once: from a frame to euros by payer."""

from __future__ import annotations

from pathlib import Path

import duckdb
import pandas as pd

from kuntakokeilu.contracts import LEDGER
from kuntakokeilu.facts import LedgerRules, read_ledger_rules
from kuntakokeilu.panel import database
from kuntakokeilu.panel.ledger import cost_months, ledger_totals

CONFIG = Path(__file__).resolve().parents[3] / "config"
RULES = read_ledger_rules(CONFIG)
TYPES = {
    "person": "VARCHAR",
    "year": "INTEGER",
    "month": "INTEGER",
    "payment_date": "DATE",
    "benefit": "VARCHAR",
    "ground": "VARCHAR",
    "days": "DOUBLE",
    "amount_cents": "BIGINT",
    "days_counter": "DOUBLE",
}


def number(month: str) -> int:
    """Number the month YYYY-MM."""
    return int(month[:4]) * 12 + int(month[5:]) - 1


def text(month: int) -> str:
    """Write a month as YYYY-MM."""
    return f"{month // 12}-{month % 12 + 1:02d}"


def open_ledger(work: Path) -> duckdb.DuckDBPyConnection:
    """Make a database with empty tables of facts."""
    con = database.connect(work)
    con.execute("CREATE TABLE wage_months (person INTEGER, month INTEGER, wage_cents BIGINT)")
    columns = ", ".join(f"{name} BIGINT" for name in LEDGER)
    con.execute(f"CREATE TABLE cost_months (person INTEGER, month INTEGER, {columns})")
    return con


def price(
    con: duckdb.DuckDBPyConnection,
    payments: pd.DataFrame,
    rules: LedgerRules = RULES,
    statuses: pd.DataFrame | None = None,
) -> pd.DataFrame:
    """Price payments; gives a row of cents per person (id) and month with anything in it.

    `statuses` are spells of the register: person, start_date, end_date, status. Nothing may get
    lost on the way.
    """
    present = {"benefit_payments"}
    if statuses is not None:
        present.add("status_spells")
        con.execute("""
            CREATE OR REPLACE TABLE status_spells AS
            SELECT person, start_date::DATE AS start_date, end_date::DATE AS end_date,
                NULL::INTEGER AS delivery_year, status FROM statuses""")
    columns = ", ".join(f"CAST({name} AS {kind}) AS {name}" for name, kind in TYPES.items())
    con.execute(f"CREATE OR REPLACE TABLE benefit_payments AS SELECT {columns} FROM payments")
    con.execute("""
        CREATE OR REPLACE TABLE persons AS
        SELECT row_number() OVER (ORDER BY person)::INTEGER AS person, person AS id
        FROM (SELECT DISTINCT person FROM benefit_payments)""")
    con.execute("DELETE FROM cost_months")
    cost_months(con, rules, present, "2017-01", "2024-12")
    for name, before, after, left_out in ledger_totals(con):
        assert before == after + left_out, name
    return con.execute("""
        SELECT id AS case, c.* EXCLUDE (person) FROM cost_months c JOIN persons USING (person)
        ORDER BY ALL""").df()
