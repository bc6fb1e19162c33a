"""Services begun, plans and their review, contacts, and how soon they came."""

from __future__ import annotations

import numpy as np
import pytest

from .facts_tables import facts_of, month, person_months, rows

SPELL = "person start_date end_date"


def test_a_service_begins_with_a_training_a_trial_or_a_status(tmp_path):
    tables = {
        "status_spells": rows(
            f"{SPELL} status",
            ("a", "2019-01-31", None, "7"),
            ("a", "2019-02-01", None, "2"),
            ("b", "2019-03-01", None, "8"),
        ),
        "work_trials": rows(SPELL, ("a", "2019-04-01", None), ("a", "2019-04-30", None)),
        "training": rows(
            f"{SPELL} course started",
            ("a", "2019-05-01", None, "held", True),
            ("a", "2019-06-01", None, "held", None),
            ("a", "2019-07-01", None, "held", False),
            ("a", "2019-08-01", None, "cancelled", True),
            ("a", "2019-09-01", None, None, True),
        ),
        "training_courses": rows("course cancelled", ("held", None), ("cancelled", "P")),
    }
    assert facts_of(tmp_path, tables, "service_months") == [
        *[(0, month(f"2019-0{m}")) for m in (1, 4, 5, 6, 9)],
        (1, month("2019-03")),
    ]


def test_training_without_the_table_of_courses(tmp_path):
    tables = {
        "status_spells": [],
        "training": rows(f"{SPELL} course started", ("a", "2019-08-01", None, "x", True)),
    }
    assert facts_of(tmp_path, tables, "service_months") == [(0, month("2019-08"))]


def test_plans_of_either_system_count_once_a_month(tmp_path):
    tables = {
        "plans": rows(
            "person start_date kind", ("a", "2019-01-01", "00"), ("a", "2019-01-31", "02")
        ),
        "ura_plans": rows(
            "person start_date task", ("a", "2019-01-05", "001"), ("b", "2019-02-28", "002")
        ),
    }
    assert facts_of(tmp_path, tables, "plan_months") == [
        (0, month("2019-01")),
        (1, month("2019-02")),
    ]


def test_contacts_are_counted_but_neither_attempts_nor_entries(tmp_path):
    tables = {
        "ura_contacts": rows(
            "person start_date kind",
            ("a", "2019-01-01", "01"),
            ("a", "2019-01-01", "01"),
            ("a", "2019-01-31", None),
            ("a", "2019-01-31", "02"),
            ("a", "2019-01-31", "96"),
            ("a", "2019-01-31", "99"),
            ("a", "2019-02-01", "97"),
        )
    }
    assert facts_of(tmp_path, tables, "contact_months") == [
        (0, month("2019-01"), 3),
        (0, month("2019-02"), 1),
    ]


def registered(person: str, start: str, end: str | None = None) -> dict[str, list[dict]]:
    """A registration and nothing else of it; an ended one begins the register in 2019."""
    ended = ("z", "2019-01-01", "2019-01-02", 2020)
    spells = rows(f"{SPELL} delivery_year", (person, start, end, 2020), ended)
    return {"search_spells": spells, "status_spells": []}


def contacts(*days: tuple[str, str]) -> list[dict]:
    """Contacts of persons, and of z at both ends of the register."""
    return rows(
        "person start_date kind",
        *[(person, at, "01") for person, at in (*days, ("z", "2019-01-01"), ("z", "2020-12-31"))],
    )


# 2019-02-04 was a Monday.
@pytest.mark.parametrize("entry", [f"2019-02-{number:02}" for number in range(4, 11)])
def test_five_working_days_and_two_weeks_after_entry(tmp_path, entry):
    begun = np.datetime64(entry)
    last = np.busday_offset(begun, 5, roll="backward")  # numpy's own calendar
    gaps = {"a": last - begun, "b": last - begun + 1, "c": 14, "d": 15, "e": 0, "f": -1}
    gaps = {person: np.timedelta64(gap, "D") for person, gap in gaps.items()}
    tables = registered("a", entry)
    for person in "bcdef":
        tables["search_spells"] += registered(person, entry)["search_spells"]
    made = [(person, str(begun + gap)) for person, gap in gaps.items()]
    tables["ura_contacts"] = contacts(*made) + rows(
        "person start_date kind",
        ("f", entry, "02"),  # an attempt
        ("e", "2019-06-01", "01"),
    )
    found, _ = person_months(tmp_path, tables, range(6), counted_from=0)
    told = [
        tuple(found[number, "2019-02"][name] for number in range(6))
        for name in ("contact_in_5_working_days", "contact_in_14_days")
    ]
    assert told == [
        (True, False, False, False, True, False),
        (True, True, True, False, True, False),
    ]


def test_contacts_after_entry_are_told_in_its_month_where_the_register_reaches(tmp_path):
    tables = registered("a", "2020-12-17")
    tables["search_spells"] += registered("b", "2020-12-18")["search_spells"]
    tables["search_spells"] += registered("c", "2018-12-31")["search_spells"]
    tables["ura_contacts"] = contacts(("b", "2020-12-20"))
    names = ("contact_in_5_working_days", "contact_in_14_days")
    made, _ = person_months(tmp_path, tables, range(2), cohort="2020-12", counted_from=0)
    assert [made[0, "2020-12"][name] for name in names] == [False, False]
    assert [made[1, "2020-12"][name] for name in names] == [True, None]  # until 1 January
    assert {made[0, at][name] for at in ("2020-11", "2021-01") for name in names} == {None}
    made, _ = person_months(tmp_path / "before", tables, range(3), cohort="2018-12", counted_from=0)
    assert {made[2, "2018-12"][name] for name in names} == {None}
    # A stock has no day of entry.
    made, _ = person_months(tmp_path / "stock", tables, cohort="2020-12", counted_from=1)
    assert {row[name] for row in made.values() for name in names} == {None}


def test_no_contact_in_three_months_of_registration(tmp_path):
    tables = registered("a", "2019-03-31", "2020-02-28")
    tables["ura_contacts"] = contacts(("a", "2019-06-30"), ("a", "2019-10-01"), ("a", "2020-03-01"))
    for spell in (("2019-03-01", "2019-05-31"), ("2019-07-01", "2019-10-31")):
        tables["search_spells"] += registered("c", *spell)["search_spells"]
    made, _ = person_months(tmp_path, tables, range(3))
    told = {at: row["no_contact"] for (person, at), row in made.items() if not person}
    assert {at: value for at, value in told.items() if value is not None} == {
        "2019-06": False,  # registered at the ends of March to June
        "2019-07": False,
        "2019-08": False,
        "2019-09": True,
        "2019-10": False,
        "2019-11": False,
        "2019-12": False,
        "2020-01": True,
    }
    assert {row["no_contact"] for (person, _), row in made.items() if person == 1} == {None}
    gone = [at for (person, at), row in made.items() if person == 2 and row["no_contact"]]
    assert gone == ["2019-10"]  # the month without registration breaks the quarter


def test_a_plan_is_outdated_after_its_review_or_half_a_year(tmp_path):
    plan = "person start_date delivery_year"
    tables = registered("a", "2019-01-01", "2020-11-30") | {
        "plans": rows(plan, ("z", "2019-01-01", 2020), ("a", "2019-08-05", 2020)),
        "ura_plans": rows(
            f"{plan} task review_date",
            ("a", "2020-04-10", 2020, "001", "2020-05-31"),
            ("a", "2020-04-10", 2020, "002", "2020-06-30"),  # the last review counts
            ("a", "2020-08-01", 2020, "001", "2020-12-01"),
            ("a", "2020-08-31", 2020, "001", "2020-09-29"),  # the last plan counts
            ("a", "2020-10-01", 2020, "001", None),
            ("z", "2019-01-01", 2020, "001", None),
        ),
    }
    made, _ = person_months(tmp_path, tables)
    told = {at: row["plan_outdated"] for (_, at), row in made.items()}
    assert {at for at, value in told.items() if value is not None} == {
        *[f"2019-{number:02}" for number in range(7, 13)],  # six months after the first known
        *[f"2020-{number:02}" for number in range(1, 12)],
    }
    assert [at for at, value in told.items() if value] == [
        "2019-07",  # no plan at all
        "2020-02",  # due on 5 February
        "2020-03",
        "2020-07",  # due on 30 June, which is in time at the end of June
        "2020-09",
    ]
