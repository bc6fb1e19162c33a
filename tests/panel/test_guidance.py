"""Services begun, plans and contacts of a month."""

from __future__ import annotations

from .facts_tables import facts_of, month, rows

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
