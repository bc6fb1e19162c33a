"""What is added up since entry, and the change of income from month to month."""

from __future__ import annotations

import random

import pytest

from kuntakokeilu.contracts import PERSON_MONTHS
from kuntakokeilu.panel.since_entry import OUTCOMES
from kuntakokeilu.panel.wellbeing import FLAGS

from .facts_tables import month, person_months, rows

SPELL = "person start_date end_date delivery_year"
NAMES = (
    "months_worked",
    "earnings_since_entry_cents",
    "unemployed_days_since_entry",
    "assistance_months_since_entry",
)
TABLES = {
    "search_spells": rows(SPELL, ("a", "2019-02-10", None, 2020)),
    "status_spells": rows(
        f"{SPELL} status",
        ("a", "2019-02-10", "2019-04-15", 2020, "2"),
        ("a", "2019-06-29", None, 2020, "3"),
    ),
    "wages": rows(
        "person year month payer wage_cents",
        ("a", 2019, 1, "f", 70_000),
        ("a", 2019, 2, "f", 60_000),
        ("a", 2019, 4, "f", 40_000),
        ("a", 2019, 5, "f", 90_000),
        ("b", 2020, 12, "f", 1),
    ),
    "social_assistance": [
        {"person": "a", "year": 2019, "february": True, "may": True},
        {"person": "b", "year": 2020, "december": True},
    ],
}


def since(work, counted_from, at, **changes):
    made, _ = person_months(work, TABLES, counted_from=counted_from, **changes)
    return {text: tuple(made[0, text][name] for name in NAMES) for text in at}


def test_entrants_are_counted_from_the_month_of_entry(tmp_path):
    found = since(tmp_path, 0, ("2019-01", "2019-02", "2019-04", "2019-05", "2019-07"))
    assert found == {
        "2019-01": (None,) * 4,
        "2019-02": (1, 60_000, 19, 1),
        "2019-04": (1, 100_000, 19 + 31 + 15, 1),
        "2019-05": (2, 190_000, 65, 2),
        "2019-07": (2, 190_000, 65 + 2 + 31, 2),
    }


def test_a_stock_is_counted_from_the_month_after(tmp_path):
    found = since(tmp_path, 1, ("2019-02", "2019-03", "2019-05"))
    assert found == {
        "2019-02": (None,) * 4,
        "2019-03": (0, 0, 31, 0),
        "2019-05": (1, 130_000, 46, 1),
    }


def test_without_cohorts_nothing_is_counted(tmp_path):
    assert since(tmp_path, None, ("2019-05",)) == {"2019-05": (None,) * 4}
    assert since(tmp_path / "b", None, ("2019-05",), cohort=None) == {"2019-05": (None,) * 4}


def test_missing_unless_the_register_reaches_all_months_of_the_count(tmp_path):
    """A cohort of 2018 has wages and assistance from 2019 on only; none reaches beyond 2020."""
    at = ("2019-02", "2020-12", "2021-01")
    assert since(tmp_path, 0, at, cohort="2018-12") == dict.fromkeys(at, (None,) * 4)
    # The month after December 2018 is the first that is known.
    found = since(tmp_path / "next", 1, at, cohort="2018-12")
    assert found["2019-02"] == (2, 130_000, 19, 1)
    assert found["2020-12"][:2] == (3, 260_000) and found["2021-01"] == (None,) * 4


def test_as_sums_over_random_months(tmp_path):
    """Wages, assistance and days of many persons, added up month by month in Python."""
    rng = random.Random(5)
    people = [chr(97 + n) for n in range(12)]
    paid = [
        (p, y, m, "f", rng.choice([50_000, 80_000]))
        for p in people
        for y in (2019, 2020)
        for m in range(1, 13)
        if rng.random() < 0.5
    ]
    flags = [
        {"person": p, "year": y} | {flag: rng.random() < 0.3 for flag in FLAGS}
        for p in people
        for y in (2019, 2020)
    ]
    search = [(p, f"2019-0{rng.randint(1, 9)}-{rng.randint(1, 28):02}", None, 2020) for p in people]
    tables = {
        "search_spells": rows(SPELL, *search),
        "status_spells": rows(f"{SPELL} status", *[(*each, rng.choice("23")) for each in search]),
        "wages": rows("person year month payer wage_cents", *paid, ("a", 2020, 12, "g", 1)),
        "social_assistance": flags,
    }
    made, _ = person_months(tmp_path, tables, range(12), cohort="2019-04", counted_from=1)
    total = dict.fromkeys(range(12), (0, 0, 0.0, 0))
    first, last = month("2019-05"), month("2020-12")
    for (person, at), row in made.items():
        if not first <= month(at) <= last:
            assert [row[name] for name in NAMES] == [None] * 4
            continue
        now = (row["employed"], row["wage_cents"], row["unemployed_days"], row["social_assistance"])
        total[person] = tuple(a + b for a, b in zip(total[person], now, strict=True))
        assert tuple(row[name] for name in NAMES) == total[person]
    assert all(value > 0 for totals in total.values() for value in totals)


@pytest.mark.parametrize(
    ("at", "change"),
    [("2019-01", None), ("2019-02", 9_000), ("2019-03", 60_000), ("2019-04", 39_500)],
)
def test_change_of_income_is_without_sign(tmp_path, at, change):
    benefits = rows(
        "person year month benefit days amount_cents",
        ("a", 2019, 1, "FM", 1.0, -1_000),
        ("a", 2019, 4, "AP", 1.0, -500),
        ("b", 2020, 12, "FM", 1.0, 5),
    )
    made, _ = person_months(tmp_path, TABLES | {"benefit_payments": benefits})
    assert made[0, at]["income_change_cents"] == change


def test_change_of_income_needs_wages_and_benefits(tmp_path):
    made, _ = person_months(tmp_path, TABLES)
    assert {row["income_change_cents"] for row in made.values()} == {None}


def test_what_adds_up_since_entry_is_said_by_its_column():
    assert {n for n, column in PERSON_MONTHS.items() if column.since_entry} == set(OUTCOMES)
