"""Reading held against a second one, in plain Python and pandas, of small files full of dirt."""

from __future__ import annotations

import datetime
from collections import Counter

import numpy as np
import pandas as pd
import pytest

from .conftest import LINK, known

D = datetime.date
YEARS = (2021, 2022)
FOREVER = 1_000_000
PERSONS = ["0011", " 0012", "0013", "0014 ", "", None, "1.2E11", "3e+7"]
STARTS = ["2019-05-01", "2021-06-01", "2022-05-01", "2021-02-30", "", "2222-11-11", "2030-01-01"]
ENDS = [
    "2222-11-11",
    "9999-12-31",
    "2022-09-30",
    "2007-02-01",
    "",
    "soon",
    "2018-01-01",
    "2040-01-01",
]
STATUS = ["2", "7", "9", "z", "x", "02", " ", None]
REASONS = ["03", "14", "", "NN", None]
PAYERS = ["0007", "0008", "", "1E+15"]
AMOUNTS = ["2500.55", "0.1", "-3", "", "about 90", "99999999.99"]


def draw(rng: np.random.Generator, columns: dict[str, list], rows: int) -> pd.DataFrame:
    """Rows of values drawn at random, the clean ones at the front of each list more often."""

    def one(values: list) -> list:
        odds = np.array([8.0] * 2 + [1.0] * (len(values) - 2))
        return [values[i] for i in rng.choice(len(values), size=rows, p=odds / odds.sum())]

    return pd.DataFrame({name: one(values) for name, values in columns.items()})


def text(cell: str | None) -> str | None:
    """A cell without blanks around it; none if nothing is left."""
    return cell.strip() or None if isinstance(cell, str) else None


def day(cell: str | None) -> tuple[bool, D | None]:
    """Whether a cell is a day, or one of those that stand for none; and the day."""
    try:
        year, month, number = map(int, (text(cell) or "").split("-"))
        found = D(year, month, number)
    except ValueError:
        return text(cell) is None, None
    if found == D(2222, 11, 11) or found.year == 9999:
        return True, None
    return 1850 <= found.year <= 2150, found if 1850 <= found.year <= 2150 else None


def scientific(cell: str | None) -> bool:
    """Whether digits of an id were lost; the ids drawn here are enough to tell so."""
    return "e" in (text(cell) or "").lower()


def spell(row: pd.Series, year: int, codes: set[str]) -> tuple[str, dict]:
    """The rule that a row of statuses breaks first, and its typed values."""
    person, status = text(row.hid_e), text(row.tyok1)
    (start_fits, start), (end_fits, end) = day(row.tappvh), day(row.tppvm)
    rules = {
        "id_in_scientific_notation": scientific(row.hid_e),
        "value_missing": person is None,
        "not_a_date": not start_fits,
        "value_missing 2": start is None,
        "not_a_date 2": not end_fits,
        "value_missing 3": status is None,
        "before_period": end is not None and end < D(2008, 1, 1),
        "unknown_code": status not in codes,
        "out_of_range": start is not None and start > D(year + 1, 12, 31),
        "end_before_start": None not in (start, end) and end < start,
    }
    values = {
        "person": person,
        "start_date": start,
        "end_date": end,
        "status": status,
        "end_reason": text(row.tymsyy),
        "is_open": end is None and text(row.tppvm) is not None,
        "delivery_year": year,
    }
    return next((rule.split()[0] for rule, broken in rules.items() if broken), ""), values


def wage(row: pd.Series, year: int, link: dict[str, str]) -> tuple[str, dict]:
    """The rule that a row of wages breaks first, and its typed values."""
    source, amount = text(row.incomeEarnerShnro), text(row.t101)
    number = amount is None or amount.lstrip("-").replace(".", "").isdigit()
    rules = {
        "id_in_scientific_notation": scientific(source),
        "value_missing": source is None,
        "id_in_scientific_notation 2": scientific(row.payerIdCode_s),
        "not_a_number": not number,
        "id_not_in_link": source not in link,
    }
    broken = next((rule.split()[0] for rule, found in rules.items() if found), "")
    if broken:
        return broken, {}
    return "", {
        "person": link[str(source)],
        "year": int(row.vuosi),
        "month": int(row.kuukausi),
        "payer": text(row.payerIdCode_s),
        "payer_other": None,
        "payer_person": None,
        "wage_cents": round(float(amount or 0) * 100),
        "last_week": text(row.KuunViimeinenViikko) == "1",
        "delivery_year": year,
    }


def second_reading(frames, typed, key: list[str]) -> tuple[pd.DataFrame, Counter]:
    """Rows kept and rows by the rule for which they are left out, one row at a time."""
    counts: Counter = Counter()
    usable = []
    for year, frame in frames.items():
        for row in frame.itertuples():
            rule, values = typed(row, year)
            counts[rule] += bool(rule)
            usable += [] if rule else [values]
    rows = pd.DataFrame(usable).astype(object).where(lambda x: x.notna(), None)
    distinct = rows.drop_duplicates()
    once = distinct.drop_duplicates([*key, "delivery_year"])
    last = once.sort_values("delivery_year").drop_duplicates(key, keep="last")
    counts["duplicate_row"] = len(rows) - len(distinct)
    counts["duplicate_key"] = len(distinct) - len(once)
    counts["repeated_in_later_delivery"] = len(once) - len(last)
    return distinct, +counts


def hold(made, table: str, frames, typed, key: list[str]) -> None:
    """Read, and compare with the second reading: counts by rule, and rows by key."""
    extract = made(tables={table: frames})
    extract.adapter["tables"][table]["allow"] = {
        rule: FOREVER
        for rule in ["id_in_scientific_notation", "not_a_number", "not_a_date", "unknown_code",
                     "leading_zeros_lost", "out_of_range", "end_before_start", "duplicate_key",
                     "too_many_ids_not_in_link"]
    }  # fmt: skip
    rows, findings = extract.read(table)
    left = findings[findings["consequence"] == "left_out"].groupby("rule")["count"].sum().to_dict()
    expected, counts = second_reading(frames, typed, key)
    assert left == dict(counts)
    found = rows.astype(object).where(rows.notna(), None)
    assert len(found) == len(found.drop_duplicates(key))
    latest = expected.groupby(key, dropna=False)["delivery_year"].transform("max")
    allowed = {tuple(row) for row in expected[expected["delivery_year"] == latest].to_numpy()}
    assert {tuple(row) for row in found.to_numpy()} <= allowed
    assert len(found) == len(expected.drop_duplicates(key))


@pytest.mark.parametrize("seed", range(3))
def test_dirty_spells(made, config, seed):
    rng = np.random.default_rng(seed)
    codes = {code.code for code in known(config)[0]["status_spells"].codes["status"]}
    columns = {
        "hid_e": PERSONS,
        "tappvh": STARTS,
        "tppvm": ENDS,
        "tyok1": STATUS,
        "tymsyy": REASONS,
    }
    frames = {year: draw(rng, columns, 300) for year in YEARS}

    def typed(row, year):
        return spell(row, year, codes)

    hold(made, "status_spells", frames, typed, ["person", "start_date", "status"])


@pytest.mark.parametrize("seed", range(3))
def test_dirty_wages(made, seed):
    rng = np.random.default_rng(seed)
    columns = {
        "vuosi": ["2020", "2021"],
        "kuukausi": ["1", "2", "12"],
        "payerIdCode_s": PAYERS,
        "payerOtherIdCode_s": ["", None],
        "payerShnro": ["", None],
        "incomeEarnerShnro": ["s01", " s02", "s99", "", None, "1.2E11"],
        "t101": AMOUNTS,
        "KuunViimeinenViikko": ["1", "0", ""],
    }
    frames = {year: draw(rng, columns, 300) for year in YEARS}
    link = LINK.set_index("shnro")["hid_e"].to_dict()

    def typed(row, year):
        return wage(row, year, link)

    key = ["person", "year", "month", "payer", "payer_other", "payer_person"]
    hold(made, "wages", frames, typed, key)
