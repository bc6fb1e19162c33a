"""Random registers priced in arrays and, a second time, in SQL alone: every row is the same."""

from __future__ import annotations

from datetime import date, timedelta

import numpy as np
import pandas as pd

from kuntakokeilu.contracts import LEDGER
from kuntakokeilu.panel import database
from kuntakokeilu.panel.ledger import cost_months, costs, ledger_totals
from kuntakokeilu.panel.outcomes import FACTS
from kuntakokeilu.panel.wages import wage_months
from kuntakokeilu.panel.wellbeing import FLAGS
from kuntakokeilu.registers.contract import read_contract

from .in_sql.costs import cost_months as in_sql
from .payments import CONFIG, RULES

CONTRACT = read_contract(CONFIG)
PERSONS = 300


class Registers:
    """Rows of each register, drawn without regard to what is lawful."""

    def __init__(self, seed: int) -> None:
        self.rng = np.random.default_rng(seed)

    def ids(self, rows: int) -> list[str]:
        """Draw persons, a few of whom never look for work; months of one person are many."""
        return [f"p{n:04}" for n in self.rng.integers(0, PERSONS + 20, rows)]

    def days(self, rows: int) -> list[date]:
        return [date(2016, 7, 1) + timedelta(int(n)) for n in self.rng.integers(0, 3_050, rows)]

    def spells(self, rows: int, longest: int) -> dict[str, list]:
        starts = self.days(rows)
        lengths = self.rng.integers(0, longest, rows)
        ends = [
            None if self.rng.random() < 0.1 else start + timedelta(int(length))
            for start, length in zip(starts, lengths, strict=True)
        ]
        return {
            "person": self.ids(rows),
            "start_date": starts,
            "end_date": ends,
            "delivery_year": list(self.rng.integers(2017, 2025, rows)),
        }

    def some(self, values: list, rows: int) -> list:
        return [values[n] for n in self.rng.integers(0, len(values), rows)]

    def cents(self, rows: int, most: int, back: float = 0.1) -> np.ndarray:
        signs = np.where(self.rng.random(rows) < back, -1, 1)
        return signs * self.rng.integers(0, most, rows)

    def tables(self) -> dict[str, dict[str, list]]:
        """Draw all registers of the ledger."""
        rng, n = self.rng, 12_000
        months = {"year": rng.integers(2015, 2025, n), "month": rng.integers(1, 13, n)}
        counters = rng.choice([0, 50, 299.5, 300, 301, 600, 999, 1000, 1300], n)
        back = rng.random(n) < 0.1
        payments = {
            "person": self.ids(n),
            **months,
            "payment_date": [None if rng.random() < 0.2 else day for day in self.days(n)],
            "benefit": self.some(["FM", "FM", "FM", "FP", "AP", "AP"], n),
            "ground": self.some(["1", "1", "2", "3", "4", None], n),
            "days": np.where(back, -1, 1) * rng.integers(0, 46, n) / 2,
            "amount_cents": np.where(back ^ (rng.random(n) < 0.02), -1, 1)
            * rng.integers(0, 200_000, n),
            "days_counter": [c if rng.random() < 0.5 else None for c in counters],
        }
        wages = {
            "person": self.ids(n),
            "year": rng.integers(2016, 2026, n),
            "month": months["month"],
            "payer": self.some(["f", "g", None], n),
            "wage_cents": self.cents(n, 600_000) * rng.choice([1, 1, 1, 10**7], n),
        }
        statuses = self.spells(2_000, 200)
        sickness = self.spells(600, 90)
        return {
            "benefit_payments": payments,
            "wages": wages,
            "status_spells": statuses | {"status": self.some(list("2347890"), 2_000)},
            "work_trials": self.spells(300, 120),
            "training": self.spells(600, 120)
            | {"course": self.some(list("12345"), 600), "started": self.some([True, False], 600)},
            "training_courses": {
                "course": list("1234"),
                "kind": ["14", "15", "14", "15"],
                "cancelled": [None, None, "P", None],
            },
            "subsidised_placements": self.spells(900, 300)
            | {
                "kind": self.some(["5T", "40", "6T", "61", "99", None], 900),
                "sector": self.some(["1", "2", "7", "9", None], 900),
                "subsidy_share": self.some([30, 50, 100, 120, None], 900),
            },
            "social_assistance": {
                "person": self.ids(900),
                "year": rng.integers(2016, 2025, 900),
                **{flag: rng.random(900) < 0.2 for flag in FLAGS},
                **{
                    f"{kind}_cents": self.cents(900, 900_000)
                    for kind in ("basic", "supplementary", "preventive")
                },
            },
            "sickness_allowance": sickness | {"amount_cents": self.cents(600, 300_000)},
            "medicine_purchases": {
                "person": self.ids(900),
                "start_date": self.days(900),
                "reimbursed_cents": self.cents(900, 9_000),
            },
            "primary_care_visits": {
                "person": self.ids(2_000),
                "start_date": self.days(2_000),
                "profession": self.some(["2211", "2221", "3221", "9", None], 2_000),
            },
        }


def opened(work, seed: int):
    """Make a database of random registers, with wages by month."""
    con = database.connect(work)
    tables = Registers(seed).tables()
    for name, rows in tables.items():
        frame = pd.DataFrame(rows)  # noqa: F841  (DuckDB finds the variable)
        types = CONTRACT[name].output()
        columns = ", ".join(
            f'CAST({column if column in rows else "NULL"} AS {kind}) AS "{column}"'
            for column, kind in types.items()
        )
        con.execute(f'CREATE TABLE "{name}" AS SELECT {columns} FROM frame')
    con.execute("CREATE TABLE persons (person INTEGER, id VARCHAR)")
    con.execute(
        f"INSERT INTO persons SELECT 1 + range, 'p' || lpad(range::VARCHAR, 4, '0') "
        f"FROM range({PERSONS})"
    )
    for name in ("wage_months", "cost_months"):
        con.execute(f"CREATE TABLE {name} (person INTEGER, month INTEGER, {FACTS[name]})")
    con.execute("CREATE TABLE payers (payer INTEGER, name VARCHAR)")
    wage_months(con)
    return con, set(tables)


def test_both_ways_make_the_same_rows(tmp_path, monkeypatch):
    con, present = opened(tmp_path, 2021)
    monkeypatch.setattr(costs, "PERSONS_AT_A_TIME", 70)
    cost_months(con, RULES, present, "2017-01", "2024-12")
    for name, before, after, left_out in ledger_totals(con):
        assert before == after + left_out, name
    con.execute("ALTER TABLE cost_months RENAME TO in_arrays")
    con.execute("CREATE TABLE cost_months AS FROM in_arrays LIMIT 0")
    in_sql(con, RULES, present, "2017-01", "2024-12")
    for first, second in (("cost_months", "in_arrays"), ("in_arrays", "cost_months")):
        assert con.execute(f"FROM {first} EXCEPT ALL FROM {second} LIMIT 3").fetchall() == []
    counts = ", ".join(f"count_if({name} <> 0) AS {name}" for name in LEDGER)
    filled = con.execute(f"SELECT {counts} FROM in_arrays").df().iloc[0]
    assert filled.min() > 10, filled.to_dict()
    (ours,) = [row[1:] for row in ledger_totals(con) if "against the law" in row[0]]
    told, impossible = con.execute("SELECT told, impossible FROM ledger_told").fetchone()
    assert ours == (told, told - impossible, impossible)
    con.close()
