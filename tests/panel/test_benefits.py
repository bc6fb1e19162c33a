"""Benefits by month of entitlement, recoveries deducted."""

from __future__ import annotations

from .facts_tables import facts_of, month, rows

COLUMNS = "person year month payment_date benefit ground days amount_cents"


def benefit_months(work, *values):
    return facts_of(work, {"benefit_payments": rows(COLUMNS, *values)}, "benefit_months")


def test_benefits_of_a_month_by_kind(tmp_path):
    found = benefit_months(
        tmp_path,
        ("a", 2019, 3, "2019-04-02", "FM", "1", 10.0, 32_400),
        ("a", 2019, 3, "2019-04-02", "FM", "3", 5.0, 18_500),
        ("a", 2019, 3, "2019-06-02", "FP", "1", 6.5, 21_060),
        ("a", 2019, 4, "2019-05-02", "AP", "2", 21.0, 90_001),
        ("b", 2020, 12, "2021-01-02", "AP", "1", 1.0, 7_000),
        ("never a job seeker", 2019, 3, "2019-04-02", "FM", "1", 1.0, 1),
    )
    assert found == [
        (0, month("2019-03"), 71_960, 50_900, 21_060, 0, 21.5),
        (0, month("2019-04"), 90_001, 0, 0, 90_001, 21.0),
        (1, month("2020-12"), 7_000, 0, 0, 7_000, 1.0),
    ]


def test_a_recovery_is_deducted_from_the_month_it_was_paid_for(tmp_path):
    found = benefit_months(
        tmp_path,
        ("a", 2019, 3, "2019-04-02", "FM", "1", 20.0, 64_800),
        ("a", 2019, 3, "2020-01-20", "FM", "1", -8.0, -25_920),
        ("a", 2019, 5, "2020-01-20", "FP", "1", -1.0, -3_240),
    )
    assert found == [
        (0, month("2019-03"), 38_880, 38_880, 0, 0, 12.0),
        (0, month("2019-05"), -3_240, 0, -3_240, 0, -1.0),
    ]


def test_days_do_not_carry_rounding_noise(tmp_path):
    values = [("a", 2019, 3, None, "FM", "1", 0.1, 1)] * 3
    assert benefit_months(tmp_path, *values)[0][-1] == 0.3
