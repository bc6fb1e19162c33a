"""Ten thousand random histories, priced at once in SQL and each day by day, to the cent."""

from __future__ import annotations

import random
from collections import Counter

import pandas as pd
import pytest

from .day_by_day import History, bill
from .histories import random_history
from .payments import open_ledger, price

PERSONS = 10_000
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
    """Write postings as the register has them; a recovery tells no counter."""
    rows = []
    for posting in history.postings:
        counter = None
        if posting.month in history.told and posting.cents >= 0:
            counters = bills.subsidy if posting.benefit == "FM" else bills.allowance
            counter = float(counters[posting.month])
        day = "{}-{:02d}-15".format(*posting.paid_in)
        kind = (*posting.month, day, posting.benefit, posting.ground)
        rows.append((person, *kind, float(posting.days), posting.cents, counter))
    return rows


@pytest.fixture(scope="module")
def both(tmp_path_factory):
    rng = random.Random(20210301)
    histories = {f"p{n:05d}": random_history(rng) for n in range(PERSONS)}
    billed = {person: bill(history) for person, history in histories.items()}
    rows = [
        row
        for person, history in histories.items()
        for row in register_rows(person, history, billed[person])
    ]
    columns = "person year month payment_date benefit ground days amount_cents days_counter"
    payments = pd.DataFrame(rows, columns=columns.split())
    with open_ledger(tmp_path_factory.mktemp("days")) as con:
        found = price(con, payments)
    return histories, billed, found


def test_both_ways_agree_to_the_cent(both):
    _, billed, found = both
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
    assert len(expected) > 50_000


def test_the_histories_reach_what_they_are_to_test(both):
    histories, billed, _ = both
    counters = [c for bills in billed.values() for c in bills.subsidy.values()]
    assert sum(295 <= c <= 305 for c in counters) > 100
    assert sum(995 <= c <= 1005 for c in counters) > 100
    seen = Counter()
    for history in histories.values():
        seen["used up"] += any(day.ends for day in history.days)
        seen["recovered"] += any(posting.cents < 0 for posting in history.postings)
        seen["not told"] += not history.told
    assert min(seen.values()) > 100, seen
