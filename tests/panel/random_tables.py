"""Register tables of a few persons drawn at random, with whatever registers can have."""

from __future__ import annotations

import datetime

import numpy as np

from .tiny import Rows, Tables, resident

FIRST = datetime.date(2017, 6, 1)
DAYS = 2000
STATUSES = "0123456789z"
MUNICIPALITIES = ("091", "837", "049")
_FLAGS = ("january", "april", "july", "december")


def random_tables(seed: int, persons: int = 25) -> Tables:
    """Draw tables: persons who die or leave, spells that overlap, recoveries, payers in common."""
    rng = np.random.default_rng(seed)
    names = [f"p{number:02}" for number in range(persons)]
    return {
        "persons_yearly": [row for name in names for row in _years(rng, name)],
        "jobseekers": [
            {"person": n, "birth_year": 1985, "delivery_year": 2020, "unemployment_fund": fund}
            for n, fund in zip(names, rng.choice(["1", None], persons), strict=True)
        ],
        "search_spells": _spells(rng, names, 3, 300),
        "status_spells": _spells(rng, names, 6, 200, status=STATUSES),
        "training": _spells(rng, names, 1, 60),
        "plans": _days(rng, names, 2),
        "ura_plans": _days(rng, names, 1, review_date=_day(rng)),
        "ura_contacts": _days(rng, names, 8, kind="01"),
        "wages": _wages(rng, names),
        "benefit_payments": _benefits(rng, names),
        "social_assistance": [
            {"person": name, "year": int(year), "basic_cents": 40_000, flag: True}
            for name in names
            for year in (2017, 2019, 2021, 2022)
            for flag in rng.choice(_FLAGS, 1)
        ],
        "sickness_allowance": _spells(rng, names, 1, 50, amount_cents=[5_000, -100]),
        "medicine_purchases": _days(rng, names, 5, atc="N05A", doses=30.25, reimbursed_cents=700),
        "primary_care_visits": _days(rng, names, 6),
        "pensions": [row | {"delivery_year": 2022} for row in _days(rng, names[:5], 1, kind="2")],
    }


def _day(rng: np.random.Generator) -> datetime.date:
    return FIRST + datetime.timedelta(days=int(rng.integers(DAYS)))


def _years(rng: np.random.Generator, name: str) -> Rows:
    """Years in the country, of which one may be missing and the last may be the year of death."""
    end = int(rng.choice([2020, 2022], p=[0.2, 0.8]))
    rows = resident(
        name,
        range(2015, end + 1),
        municipality=str(rng.choice(MUNICIPALITIES)),
        birth_year=int(rng.integers(1958, 2001)),
        language=str(rng.choice(["1", "3"])),
        education=str(rng.choice(["3", "6"])),
        sex=str(rng.choice(["1", "2"])),
        death_year=int(rng.choice([2021])) if end == 2020 else None,
    )
    gone = int(rng.integers(2017, 2030))
    return [row for row in rows if row["year"] != gone]


def _spells(rng: np.random.Generator, names: list[str], each: int, longest: int, **values) -> Rows:
    rows = []
    for name in names:
        for _ in range(int(rng.integers(1, each + 1))):
            start = _day(rng)
            end = start + datetime.timedelta(days=int(rng.integers(longest)))
            drawn = {column: rng.choice([*choices]).item() for column, choices in values.items()}
            rows.append({"person": name, "start_date": start, "end_date": end} | drawn)
    return rows


def _days(rng: np.random.Generator, names: list[str], each: int, **values) -> Rows:
    return [
        {"person": name, "start_date": _day(rng)} | values
        for name in names
        for _ in range(int(rng.integers(1, each + 1)))
    ]


def _wages(rng: np.random.Generator, names: list[str]) -> Rows:
    return [
        {
            "person": name,
            "year": int(year),
            "month": int(rng.integers(1, 13)),
            "payer": rng.choice(["f", "g", "h", None]),
            "wage_cents": int(rng.choice([-20_000, 0, 40_000, 90_000, 250_000, 3_200_000_000])),
        }
        for name in names
        for year in range(2017, 2023)
        for _ in range(int(rng.integers(0, 8)))
    ]


def _benefits(rng: np.random.Generator, names: list[str]) -> Rows:
    return [
        {
            "person": name,
            "year": int(year),
            "month": int(rng.integers(1, 13)),
            "benefit": str(rng.choice(["FM", "FP", "AP"])),
            "ground": "1",
            "days": float(rng.choice([21.5, -2.0, 7.25])),
            "amount_cents": int(rng.choice([80_000, -9_000, 123_45])),
        }
        for name in names
        for year in range(2017, 2023)
        for _ in range(int(rng.integers(0, 6)))
    ]
