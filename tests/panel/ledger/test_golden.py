"""Histories worked by hand from the description of the law, to the cent.

In golden/*.csv a row `paid` is a payment, as the register has it, and a row `due` says who pays
for a month, with the arithmetic in words; `laid_off` and `unemployed` give a status, from a month's
or the named day on to the month's end. Blank is nothing; a month without a row is due nothing.
Columns that a file does not have are not looked at. `against_the_law.csv` has histories that the
law does not know, in which a stated rule is followed. Law: kela.fi, financing of labour market
subsidy; Act 555/1998, 4, 8 and 23 §, Act 724/2020 and HE 95/2020 on allowances; rules of 2025:
VATT's statement on HE 207/2022 and Act 388/2023.
"""

from __future__ import annotations

from pathlib import Path

import pandas as pd
import pytest

from kuntakokeilu.contracts import COSTS
from kuntakokeilu.panel.ledger import ledger_totals

from .payments import number, open_ledger, price, text

FILES = sorted((Path(__file__).parent / "golden").glob("*.csv"))
DUE = {
    "municipalities": "municipal_subsidy_cents",
    "state": "state_benefits_cents",
    "employment_fund": "employment_fund_cents",
    "unemployment_funds": "unemployment_funds_cents",
    "shifted": "shifted_cents",
    "posted_share": "municipal_posted_cents",
    "rules_2025": "municipal_2025_cents",
}


def read(path: Path) -> pd.DataFrame:
    return pd.read_csv(path, dtype=str, keep_default_na=False)


def cents(euros: str) -> int:
    whole, _, part = (euros or "0.00").partition(".")
    return (-1 if whole.startswith("-") else 1) * (abs(int(whole)) * 100 + int(part or 0))


def payments(rows: pd.DataFrame) -> pd.DataFrame:
    paid = rows[rows["row"] == "paid"]
    month = paid["month"].map(number)
    return pd.DataFrame(
        {
            "person": paid["case"],
            "year": month // 12,
            "month": month % 12 + 1,
            "payment_date": paid["posted"].map(lambda m: f"{m}-05" if m else None),
            "benefit": paid["benefit"],
            "ground": paid["ground"].replace("", None),
            "days": paid["days"].astype(float),
            "amount_cents": paid["euros"].map(cents),
            "days_counter": pd.to_numeric(paid["counter"]),
        }
    )


def statuses(rows: pd.DataFrame) -> pd.DataFrame:
    told = rows[rows["row"].isin(["laid_off", "unemployed"])]
    start = pd.to_datetime(told["month"], format="mixed")
    return pd.DataFrame(
        {
            "person": told["case"],
            "start_date": start,
            "end_date": start + pd.offsets.MonthEnd(0),
            "status": told["row"].map({"laid_off": "3", "unemployed": "2"}),
        }
    )


@pytest.fixture(scope="module")
def con(tmp_path_factory):
    with open_ledger(tmp_path_factory.mktemp("golden")) as con:
        yield con


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_histories_match_to_the_cent(con, path):
    rows = read(path)
    columns = {DUE[name]: name for name in rows if name in DUE}
    due = rows[rows["row"] == "due"]
    assert (due["words"] != "").all()
    expected = {
        (row["case"], row["month"]): {column: cents(row[name]) for column, name in columns.items()}
        for _, row in due.iterrows()
    }
    found = price(con, payments(rows), statuses=statuses(rows))
    made = {
        (row["case"], text(row["month"])): {column: int(row[column]) for column in columns}
        for _, row in found.iterrows()
    }
    made = {key: row for key, row in made.items() if any(row.values()) or key in expected}
    assert made == expected
    # Said, both ways: a counter that falls, and one above 0 after the longest maximum.
    (told,) = [row for row in ledger_totals(con) if "against the law" in row[0]]
    paid = rows.query("row == 'paid' and benefit == 'FM' and counter != ''")
    assert told[1] == len(paid.drop_duplicates(["case", "month", "counter"]))
    assert told[-1] == (2 if path.stem == "against_the_law" else 0)


def test_what_is_due_adds_up_to_what_is_paid():
    for path in FILES:
        rows = read(path)
        paid = (
            rows[rows["row"] == "paid"].groupby("case")["euros"].agg(lambda e: sum(map(cents, e)))
        )
        due = rows[rows["row"] == "due"]
        payers = [name for name in DUE if DUE[name] in COSTS]
        owed = due[payers].map(cents).sum(axis=1).groupby(due["case"]).sum()
        assert owed.to_dict() == paid.to_dict(), path.stem


def test_there_are_enough_of_them():
    assert sum(read(path)["case"].nunique() for path in FILES) >= 40
