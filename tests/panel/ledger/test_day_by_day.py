"""Four thousand random histories, priced at once in SQL and each day by day, to the cent."""

from __future__ import annotations

import calendar
import random
from collections import Counter

import pandas as pd
import pytest

from kuntakokeilu.panel.ledger import ledger_totals

from .day_by_day import History, bill
from .histories import random_history
from .payments import open_ledger, price

PERSONS = 500
COLUMNS = {
    "municipalities": "municipal_subsidy_cents",
    "state": "state_benefits_cents",
    "employment_fund": "employment_fund_cents",
    "unemployment_funds": "unemployment_funds_cents",
    "shifted": "shifted_cents",
    "posted": "municipal_posted_cents",
    "rules_2025": "municipal_2025_cents",
}
LAST = (2024, 12)


def register_rows(person: str, history: History, bills) -> list[tuple]:
    """Write postings as the register has them.

    A recovery tells no counter, unless its month has two periods, between which it must tell.
    """
    several = {day.month for day in history.days if day.period > 1}
    rows = []
    for posting in history.postings:
        month, period, benefit, ground = posting.key
        counter = None
        if month in history.told and (not posting.back or month in several):
            known = bills.subsidy[month, period] if benefit == "FM" else bills.allowance[month]
            counter = float(known)
        sign = -1 if posting.back else 1
        total = sign * sum(day.cents for day in posting.days)
        day = "{}-{:02d}-15".format(*posting.paid_in)
        kind = (*month, day, benefit, ground)
        rows.append((person, *kind, float(sign * len(posting.days)), total, counter))
    return rows


def status_rows(person: str, history: History) -> list[tuple]:
    """Write a spell of lay-off for each month of it."""
    spells = []
    for year, month in history.laid_off:
        last = calendar.monthrange(year, month)[1]
        spells.append((person, f"{year}-{month:02d}-01", f"{year}-{month:02d}-{last}", "3"))
    return spells


@pytest.fixture(scope="module")
def both(tmp_path_factory):
    rng = random.Random(20210301)
    histories = {f"p{n:05d}": random_history(rng) for n in range(PERSONS)}
    billed = {person: bill(history) for person, history in histories.items()}
    rows, spells = [], []
    for person, history in histories.items():
        rows += register_rows(person, history, billed[person])
        spells += status_rows(person, history)
    columns = "person year month payment_date benefit ground days amount_cents days_counter"
    payments = pd.DataFrame(rows, columns=columns.split())
    statuses = pd.DataFrame(spells, columns=["person", "start_date", "end_date", "status"])
    with open_ledger(tmp_path_factory.mktemp("days")) as con:
        found = price(con, payments, statuses=statuses)
        (told,) = [row for row in ledger_totals(con) if "against the law" in row[0]]
    return histories, billed, found, told


def test_both_ways_agree_to_the_cent(both):
    _, billed, found, _ = both
    expected = {
        (person, *month): tuple(due[name] for name in COLUMNS)
        for person, bills in billed.items()
        for month, due in bills.due.items()
        if any(due.values()) and month <= LAST
    }
    made = {
        (row[0], row[1] // 12, row[1] % 12 + 1): tuple(row[2:])
        for row in found[["case", "month", *COLUMNS.values()]].itertuples(index=False)
        if any(row[2:])
    }
    differing = [key for key in expected.keys() | made.keys() if expected.get(key) != made.get(key)]
    assert not differing, (len(differing), sorted(differing)[:3])
    assert len(expected) > 2_500


def test_the_histories_reach_what_they_are_to_test(both):
    histories, billed, *_ = both
    counters = [c for bills in billed.values() for c in bills.subsidy.values()]
    assert sum(295 <= c <= 305 for c in counters) > 10
    assert sum(995 <= c <= 1005 for c in counters) > 10
    seen = Counter()
    for history in histories.values():
        seen["used up"] += any(day.ends for day in history.days)
        seen["recovered"] += any(posting.back for posting in history.postings)
        seen["not told"] += not history.told
        seen["laid off"] += bool(history.laid_off)
        seen["two periods"] += any(day.period == 2 for day in history.days)
        months = {d.month for d in history.days if d.begins}
        seen["begins beside subsidy"] += any(
            d.month in months for d in history.days if d.benefit == "FM"
        )
    assert min(seen.values()) > 10, seen


def test_a_lawful_register_has_no_counter_against_the_law(both):
    _, _, _, (_, told, lawful, impossible) = both
    assert told == lawful > 1_000
    assert impossible == 0
