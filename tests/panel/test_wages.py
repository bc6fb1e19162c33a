"""Wages of a month and their payers."""

from __future__ import annotations

from .facts_tables import facts_of, month, rows

COLUMNS = "person year month payer payer_other payer_person wage_cents"


def wage_months(work, *values):
    return facts_of(work, {"wages": rows(COLUMNS, *values)}, "wage_months")


def paid(*pairs):
    return [{"payer": payer, "cents": cents} for payer, cents in pairs]


def test_payers_of_a_month_are_summed_and_listed(tmp_path):
    found = wage_months(
        tmp_path,
        ("a", 2019, 3, "f2", None, None, 200),
        ("a", 2019, 3, "f1", None, None, 100),
        ("a", 2019, 3, "f2", "o9", None, 5),  # the firm again, under two ids
        ("a", 2019, 4, "f1", None, None, 7),
        ("b", 2019, 3, "f1", None, None, 11),
    )
    assert found == [
        (0, month("2019-03"), 305, paid((1, 100), (2, 205))),
        (0, month("2019-04"), 7, paid((1, 7))),
        (1, month("2019-03"), 11, paid((1, 11))),
    ]


def test_equal_ids_of_different_kinds_are_different_payers(tmp_path):
    found = wage_months(
        tmp_path,
        ("a", 2019, 1, "x", None, None, 1),
        ("a", 2019, 1, None, "x", None, 2),
        ("a", 2019, 1, None, None, "x", 4),
    )
    assert found == [(0, month("2019-01"), 7, paid((1, 1), (2, 2), (3, 4)))]


def test_rows_without_a_payer_are_those_of_payer_0(tmp_path):
    found = wage_months(
        tmp_path,
        ("a", 2019, 12, None, None, None, 1),
        ("a", 2019, 12, None, None, None, 2),
        ("a", 2019, 12, "f", None, None, 4),
        ("b", 2019, 12, None, None, None, 8),
    )
    assert found == [
        (0, month("2019-12"), 7, paid((0, 3), (1, 4))),
        (1, month("2019-12"), 8, paid((0, 8))),
    ]


def test_who_paid_nothing_is_no_payer(tmp_path):
    found = wage_months(
        tmp_path,
        ("a", 2019, 1, "f", None, None, 0),
        ("a", 2019, 2, "f", None, None, 0),
        ("a", 2019, 2, "g", None, None, 5),
        ("a", 2019, 3, "f", None, None, 9),
        ("a", 2019, 3, "f", "o", None, -9),
        ("a", 2019, 3, "g", None, None, 1),
    )
    assert found == [
        (0, month("2019-02"), 5, paid((2, 5))),
        (0, month("2019-03"), 1, paid((2, 1))),
    ]


def test_only_job_seekers_count(tmp_path):
    assert wage_months(tmp_path, ("never a job seeker", 2019, 1, "f", None, None, 1)) == []


def test_wages_beyond_32_bits_stay_exact(tmp_path):
    found = wage_months(
        tmp_path,
        ("a", 2019, 1, "f", None, None, 3_000_000_001),
        ("a", 2019, 1, "g", None, None, 3_000_000_001),
    )
    assert found[0][2] == 6_000_000_002
