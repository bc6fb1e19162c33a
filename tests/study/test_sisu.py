"""Parameters typed from Statistics Finland's model SISU are what its tables say, row by row.

A row whose source names SISU names the file and the columns there, as `SISU pvero.Raja2, Vakio2`:
as many columns as the row has values, in their order. It must hold in each of its months.
"""

from __future__ import annotations

import re
from decimal import Decimal
from pathlib import Path

import pandas as pd
import pytest

from kuntakokeilu.facts.dated import month_number

pytestmark = pytest.mark.real_data

ROOT = Path(__file__).resolve().parents[2]
TABLES = sorted((ROOT / "config" / "ledger").glob("*.csv"))
TABLES += [ROOT / "config" / name for name in ("benefit_rates.csv", "price_index.csv")]
# What a row says, and what one of it is in the units of SISU (euros, shares).
VALUES = {"value": 1, "rate": 1, "income_from": 1, "tax_at_limit": 1, "cents": Decimal("0.01")}
VALUES |= {"index": 1}
NAMED = re.compile(r"SISU[^.;]*?(p\w+)\.(\w+(?:, \w+\d)*)")
# Columns that SISU gives in per cent.
PER_CENT = {"KeskKunnPros", "TyVa", "TyEl", "KuEl", "VaEl", "SavaYks", "SavaKun", "SavaVal"}


def sisu_rows() -> list[tuple[str, int, pd.Series]]:
    found = []
    for path in TABLES:
        table = pd.read_csv(path, dtype=str, keep_default_na=False)
        said = table[table["source"].str.contains("Statistics Finland, SISU")]
        found += [(path.stem, n + 2, row) for n, row in said.iterrows()]
    return found


def months(row: pd.Series) -> range:
    if "valid_from" in row:
        return range(month_number(row["valid_from"]), month_number(row["valid_to"]) + 1)
    return range(int(row["year"]) * 12, int(row["year"]) * 12 + 12)


@pytest.fixture
def sisu(data_folder):
    """Look up a column in a month: the last row of the table that is not later."""
    tables: dict[str, pd.DataFrame] = {}

    def look(name: str, column: str, month: int) -> Decimal:
        if name not in tables:
            table = pd.read_csv(data_folder / "sisu" / f"{name}.csv")
            month_of_year = table["Kuuk"] - 1 if "Kuuk" in table else 0
            table.index = (table["Vuosi"] * 12 + month_of_year).astype(int)
            tables[name] = table.sort_index()
        table = tables[name]
        value = table.loc[table.index <= month, column].iloc[-1]
        return Decimal(str(value)) / (100 if column in PER_CENT else 1)

    return look


def test_each_row_from_sisu_is_what_sisu_says(sisu):
    wrong, seen = [], 0
    for table, number, row in sisu_rows():
        named = NAMED.search(row["source"])
        if not named or row.get("unit") == "flag":
            continue
        columns = [name for name in row.index if name in VALUES]
        names = named[2].split(", ")
        assert len(names) == len(columns), (table, number, names, columns)
        for column, name in zip(columns, names, strict=True):
            said = Decimal(row[column]) * VALUES[column]
            differing = [m for m in months(row) if sisu(named[1], name, m) != said]
            if differing:
                wrong.append((table, number, name, str(said), len(differing)))
            seen += 1
    assert not wrong, wrong
    assert seen > 350


def test_who_names_sisu_names_its_file_and_column():
    """Else nothing would hold the row against the file: a rule that is no number is told apart."""
    silent = [
        (table, number)
        for table, number, row in sisu_rows()
        if not NAMED.search(row["source"]) and row.get("unit") != "flag"
    ]
    assert not silent, silent


def test_sums_that_readers_know():
    """Contributions as the Social Insurance Institution publishes them, made of two columns each.

    Employees 2021-24: 2.04, 1.71, 1.96, 1.52 %; on benefits 2017-24: 1.45 ... 1.48 %.
    """
    tax = pd.read_csv(ROOT / "config" / "ledger" / "income_tax.csv")
    value = tax.set_index(["parameter", "year"])["value"]

    def added(first: str, second: str, years: range) -> list[float]:
        return [round(100 * (value[first, y] + value[second, y]), 2) for y in years]

    assert added("care_rate", "daily_allowance_rate", range(2021, 2025)) == [2.04, 1.71, 1.96, 1.52]
    assert added("care_rate", "care_addition", range(2017, 2025)) == [
        1.45, 1.53, 1.61, 1.65, 1.65, 1.50, 1.57, 1.48,
    ]  # fmt: skip
