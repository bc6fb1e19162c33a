"""Outcome columns: what happened, what did not, and what no register can tell."""

from __future__ import annotations

import datetime
import re

import pytest

from kuntakokeilu.contracts import OUTCOMES, PERSON_MONTHS
from kuntakokeilu.panel import outcomes
from kuntakokeilu.panel.register_reach import REGISTERS

from . import facts_tables
from .facts_tables import rows

SPELL = "person start_date end_date delivery_year"
WAGES = "person year month payer wage_cents"
# a: unemployed, in a service, laid off, in subsidised work, then in part-time work; b never.
STATUS = {
    "search_spells": rows(SPELL, ("a", "2019-01-01", None, 2020)),
    "status_spells": rows(
        f"{SPELL} status",
        ("a", "2019-01-01", "2019-01-31", 2020, "2"),
        ("a", "2019-02-01", "2019-02-28", 2020, "7"),
        ("a", "2019-03-01", "2019-03-31", 2020, "3"),
        ("a", "2019-04-01", "2019-04-30", 2020, "0"),
        ("a", "2019-05-01", "2019-05-31", 2020, "9"),
        ("a", "2019-06-01", None, 2020, "8"),
    ),
}


def person_months(work, tables, people=(0,)):
    """Person-months of persons who are there with their statuses, by person and month; types."""
    return facts_tables.person_months(work, STATUS | tables, people)


def test_columns_and_types_are_those_of_the_contract(tmp_path):
    made, types = person_months(tmp_path, {}, people=(0, 1))
    assert types == {name: column.type for name, column in PERSON_MONTHS.items()}
    assert list(types) == list(PERSON_MONTHS)
    assert len(made) == 2 * 48
    row = made[0, "2019-03"]
    assert row["cohort"] == datetime.date(2019, 2, 1)
    assert (row["period"], row["elapsed"]) == (datetime.date(2019, 3, 1), 1)
    assert sorted(path.name for path in (tmp_path / "made").iterdir()) == ["stock.parquet"]


def test_every_outcome_of_a_register_is_made():
    everywhere = {name: (0, 30_000) for name in REGISTERS}
    made = outcomes._outcomes(facts_tables.SETTINGS, everywhere, 0)
    missing = {name for name in OUTCOMES if name not in made}
    assert {PERSON_MONTHS[name].sources for name in missing} <= {("survey",)}
    # Each is told from one table of facts, which is what its sums rest on (panel/sums.py).
    tables = outcomes.looks(facts_tables.SETTINGS, 0)
    for name, told in made.items():
        if not PERSON_MONTHS[name].since_entry:
            used = {table for table in tables if re.search(rf"\b{table}\.", told.sql)}
            assert used == {told.source}, name


@pytest.fixture(scope="module")
def by_status(tmp_path_factory):
    return person_months(tmp_path_factory.mktemp("statuses"), {})[0]


@pytest.mark.parametrize(
    ("at", "true"),
    [
        ("2019-01", {"unemployed", "unemployed_or_in_service"}),
        ("2019-02", {"in_service", "unemployed_or_in_service"}),
        ("2019-03", {"unemployed", "laid_off", "unemployed_or_in_service"}),
        ("2019-04", {"subsidised"}),
        ("2019-05", set()),
        ("2020-12", {"in_service", "unemployed_or_in_service"}),
    ],
)
def test_statuses(by_status, at, true):
    row = by_status[0, at]
    names = ("unemployed", "laid_off", "in_service", "unemployed_or_in_service", "subsidised")
    assert row["registered"] is True
    assert {name: row[name] for name in names} == {name: name in true for name in names}


def test_who_is_no_job_seeker_is_nothing_of_it(tmp_path):
    row = person_months(tmp_path, {}, people=(1,))[0][1, "2019-03"]
    assert [row[name] for name in OUTCOMES[:6]] == [False] * 6


def test_employment_is_a_wage_above_the_threshold(tmp_path):
    wages = rows(
        WAGES,
        ("a", 2019, 4, "f", 90_000),
        ("a", 2019, 5, "f", 50_000),
        ("a", 2019, 6, "f", 30_000),
        ("a", 2019, 6, "g", 20_001),
        ("a", 2019, 12, "f", 1),
    )
    made, _ = person_months(tmp_path, {"wages": wages})
    found = {
        at: (made[0, at]["employed"], made[0, at]["open_market_work"], made[0, at]["wage_cents"])
        for at in ("2019-04", "2019-05", "2019-06", "2019-07", "2018-12", "2020-01")
    }
    assert found == {
        "2019-04": (True, False, 90_000),  # subsidised
        "2019-05": (False, False, 50_000),  # not above
        "2019-06": (True, True, 50_001),
        "2019-07": (False, False, 0),
        "2018-12": (None, None, None),
        "2020-01": (None, None, None),
    }
    assert made[0, "2019-06"]["wage_payers"] == [
        {"payer": 1, "cents": 30_000},
        {"payer": 2, "cents": 20_001},
    ]
    assert made[0, "2019-07"]["wage_payers"] == []
    assert made[0, "2018-12"]["wage_payers"] is None


def test_another_threshold_leaves_small_part_time_work_out(tmp_path):
    """Wages bunch at 500 euros while so much was exempt beside benefits (2020-06 to 2021-11)."""
    wages = rows(
        WAGES,
        ("a", 2019, 4, "f", 50_100),
        ("a", 2019, 5, "f", 100_000),
        ("a", 2019, 6, "f", 60_000),
        ("a", 2019, 6, "g", 40_001),
        ("a", 2019, 12, "f", 1),
    )
    made, _ = person_months(tmp_path, {"wages": wages})
    found = {at: made[0, at]["employed_above_1000"] for at in ("2019-04", "2019-05", "2019-06")}
    assert found == {"2019-04": False, "2019-05": False, "2019-06": True}
    assert made[0, "2020-01"]["employed_above_1000"] is None


def test_open_market_work_is_unknown_where_the_status_is(tmp_path):
    # The wages of 2021 are known, the statuses end with the delivery of 2020.
    wages = rows(WAGES, ("a", 2019, 1, "f", 1), ("a", 2021, 3, "f", 90_000))
    made, _ = person_months(tmp_path, {"wages": wages})
    employed = [made[0, at]["employed"] for at in ("2021-03", "2021-04")]
    assert employed == [True, False]
    for at in ("2021-03", "2021-04"):
        assert [made[0, at][name] for name in ("open_market_work", "registered")] == [None, None]


def test_every_register_reaches_from_its_first_to_its_last_year(tmp_path):
    tables = {
        "benefit_payments": rows(
            "person year month benefit days amount_cents", ("b", 2019, 5, "FM", 20.0, 64_800)
        ),
        "ura_contacts": rows("person start_date kind", ("b", "2019-05-02", "01")),
        "plans": rows("person start_date delivery_year", ("b", "2019-05-02", 2020)),
        "social_assistance": [{"person": "b", "year": 2019, "may": True}],
        "sickness_allowance": rows(
            "person start_date end_date amount_cents", ("b", "2019-05-30", "2019-06-01", 1)
        ),
        "medicine_purchases": rows("person start_date atc", ("b", "2019-05-02", "N06AB10")),
        "primary_care_visits": rows("person start_date", ("b", "2019-05-02")),
    }
    made, _ = person_months(tmp_path, tables, people=(1,))
    happened = {
        "contacts": 1.0,
        "plan_made": True,
        "benefit_cents": 64_800,
        "labour_market_subsidy_cents": 64_800,
        "benefit_days": 20.0,
        "social_assistance": True,
        "sickness_days": 2.0,
        "psychotropic_purchase": True,
        "primary_care_visits": 1.0,
    }
    assert {name: made[1, "2019-05"][name] for name in happened} == happened
    for at in ("2019-01", "2019-12"):
        assert not any(made[1, at][name] for name in happened)
        assert None not in [made[1, at][name] for name in happened]
    for at in ("2018-12", "2021-01"):
        assert [made[1, at][name] for name in happened] == [None] * len(happened)
    # The delivery of 2020 says that nothing was planned in that year.
    assert made[1, "2020-06"]["plan_made"] is False
    assert made[1, "2020-06"]["contacts"] is None


def test_an_outcome_of_two_registers_reaches_where_both_do(tmp_path):
    plans = rows("person start_date delivery_year", ("b", "2018-05-02", 2020))
    tasks = rows("person start_date delivery_year", ("b", "2019-05-02", 2021))
    made, _ = person_months(tmp_path, {"plans": plans, "ura_plans": tasks}, people=(1,))
    found = {at: made[1, at]["plan_made"] for at in ("2018-05", "2019-05", "2020-12", "2021-01")}
    assert found == {"2018-05": None, "2019-05": True, "2020-12": False, "2021-01": None}


def test_what_the_extract_lacks_is_missing(tmp_path):
    made, _ = person_months(tmp_path, {})
    row = made[0, "2019-05"]
    told = {"registered", "unemployed", "laid_off", "in_service", "unemployed_or_in_service"}
    told |= {"subsidised", "service_start", "unemployed_days"}
    assert {name for name in OUTCOMES if row[name] is not None} == told


def test_a_service_begins_in_the_month_of_its_status(tmp_path):
    made, _ = person_months(tmp_path, {})
    begun = [at for (_, at), row in made.items() if row["service_start"]]
    assert begun == ["2019-02", "2019-06"]


def test_a_few_stray_dates_do_not_extend_a_register(tmp_path):
    visits = [("a", "2019-05-02")] * 101 + [("a", "2021-05-02")]
    tables = {"primary_care_visits": rows("person start_date", *visits)}
    made, _ = person_months(tmp_path, tables)
    assert made[0, "2019-05"]["primary_care_visits"] == 101
    assert made[0, "2020-05"]["primary_care_visits"] is None


def test_persons_taken_in_parts_come_out_the_same(tmp_path, monkeypatch):
    wages = rows(WAGES, *[(chr(97 + n), 2019, 1 + n % 12, "f", n + 1) for n in range(20)])
    whole, _ = person_months(tmp_path / "whole", {"wages": wages}, people=range(3, 20))
    monkeypatch.setattr(outcomes, "PERSONS_AT_A_TIME", 4)
    parts, _ = person_months(tmp_path / "parts", {"wages": wages}, people=range(3, 20))
    assert parts == whole
    assert sum(row["wage_cents"] or 0 for row in parts.values()) == sum(range(4, 21))


def test_a_sample_without_anyone(tmp_path):
    made, types = person_months(tmp_path, {}, people=())
    assert made == {}
    assert list(types) == list(PERSON_MONTHS)
