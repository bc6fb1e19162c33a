"""Benefit rates and the price index against the parameters of Statistics Finland's SISU model."""

from __future__ import annotations

import csv
from pathlib import Path

import pandas as pd
import pytest

from kuntakokeilu.facts import read_ledger_rules
from kuntakokeilu.facts.ledger import RATES
from kuntakokeilu.study import read_price_index

CONFIG = Path(__file__).resolve().parents[2] / "config"
MONTHS = pd.period_range("2008-01", "2024-12", freq="M")
# Our parameter, the table of SISU and its column, in euros.
SISU = {
    "daily_allowance": ("ptturva", "TTPerus"),
    "increase_supplement": ("ptturva", "KorotusOsa"),
    "expense_compensation": ("ptturva", "YPitok"),
    "exempt_amount": ("ptturva", "SovSuoja"),
    "social_assistance_basic": ("ptoimtuki", "YksinKR1"),
}
# Where another source is right: supplementary budgets of 2021 prolonged the higher exempt amount.
LATER = {
    "exempt_amount": dict.fromkeys(pd.period_range("2021-07", "2021-11", freq="M"), 50_000),
}


def rows() -> list[dict]:
    with (CONFIG / "benefit_rates.csv").open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def typed(parameter: str) -> dict[pd.Period, int]:
    months = {}
    for row in rows():
        if row["parameter"] == parameter:
            span = pd.period_range(row["valid_from"], row["valid_to"], freq="M")
            assert not months.keys() & set(span), (parameter, row["valid_from"])
            months |= dict.fromkeys(span, int(row["cents"]))
    return months


def read_sisu(folder: Path, table: str, column: str) -> dict[pd.Period, int]:
    """Carry each row of a table on to the next one; cents by month."""
    frame = pd.read_csv(folder / "sisu" / f"{table}.csv").sort_values(["Vuosi", "Kuuk"])
    starts = [
        pd.Period(year=int(year), month=int(month), freq="M")
        for year, month in zip(frame["Vuosi"], frame["Kuuk"], strict=True)
    ]
    levels = pd.Series((frame[column] * 100).round().astype(int).to_list(), index=starts)
    return levels[~levels.index.duplicated(keep="last")].reindex(MONTHS, method="ffill").to_dict()


@pytest.mark.real_data
@pytest.mark.parametrize("parameter", SISU)
def test_every_rate_is_that_of_sisu(data_folder, parameter):
    expected = read_sisu(data_folder, *SISU[parameter]) | LATER.get(parameter, {})
    assert typed(parameter) == expected
    assert len(set(expected.values())) > 1


@pytest.mark.real_data
def test_the_price_index_is_that_of_sisu(data_folder):
    frame = pd.read_csv(data_folder / "sisu" / "pindeksi_vuosi.csv").set_index("Vuosi")["ind51"]
    index = read_price_index(CONFIG / "price_index.csv")
    assert index == {year: frame[float(year)] for year in range(2017, 2025)}


def test_there_is_no_rate_that_is_not_held_against_sisu():
    found = {row["parameter"] for row in rows()}
    assert found == set(SISU) >= set(RATES)
    assert {row["mark"] for row in rows()} == {"verified"}


def test_the_ledger_reads_what_stands_there():
    rates = read_ledger_rules(CONFIG).rates.set_index("month")
    for parameter in RATES:
        by_number = {m.year * 12 + m.month - 1: cents for m, cents in typed(parameter).items()}
        assert rates[parameter].to_dict() == {m: by_number[m] for m in rates.index}
