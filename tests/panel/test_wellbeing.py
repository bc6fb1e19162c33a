"""Social assistance, sickness, medicines and visits of a month."""

from __future__ import annotations

import datetime

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from kuntakokeilu.panel.wellbeing import FLAGS

from .facts_tables import day, facts_of, month, rows


def test_assistance_comes_from_twelve_flags(tmp_path):
    first = {"person": "a", "year": 2019, **dict.fromkeys(FLAGS, False), "january": True}
    last = {"person": "b", "year": 2020, "december": True}
    assert facts_of(tmp_path, {"social_assistance": [first, last]}, "assistance_months") == [
        (0, month("2019-01")),
        (1, month("2020-12")),
    ]


def test_every_flag_is_its_own_month(tmp_path):
    content = [{"person": "a", "year": 2019, flag: True} for flag in FLAGS[1::2]]
    found = facts_of(tmp_path, {"social_assistance": content}, "assistance_months")
    assert [each[1] for each in found] == [month("2019-01") + m for m in range(1, 12, 2)]


def sickness(work, *values):
    content = rows("person start_date end_date amount_cents", *values)
    return facts_of(work, {"sickness_allowance": content}, "sickness_months")


def test_sickness_is_days_inside_each_month(tmp_path):
    found = sickness(
        tmp_path,
        ("a", "2020-01-31", "2020-03-01", 5),
        ("a", "2020-03-01", "2020-03-03", 5),  # one day twice
        ("a", "2020-03-05", "2020-03-05", 0),
        ("a", "2020-04-01", "2020-04-30", -5),  # a recovery
        ("b", "2020-05-31", None, 5),
    )
    assert found == [
        (0, month("2020-01"), 1),
        (0, month("2020-02"), 29),
        (0, month("2020-03"), 4),
        (1, month("2020-05"), 1),
    ]


SPELLS = st.lists(st.tuples(st.integers(0, 200), st.integers(0, 80)), max_size=6)


@settings(
    max_examples=20, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(SPELLS)
def test_sickness_as_a_set_of_days(tmp_path_factory, drawn):
    first, one = day("2019-05-01"), datetime.timedelta(days=1)
    spans = [(first + start * one, first + (start + length) * one) for start, length in drawn]
    values = [("a", str(start), str(end), 1) for start, end in spans]
    days = {start + n * one for start, end in spans for n in range((end - start).days + 1)}
    expected: dict[int, int] = {}
    for at in sorted(days):
        number = at.year * 12 + at.month - 1
        expected[number] = expected.get(number, 0) + 1
    found = sickness(tmp_path_factory.mktemp("days"), *values)
    assert found == [(0, *each) for each in expected.items()]


def test_psychotropic_medicines_are_n05_and_n06(tmp_path):
    tables = {
        "medicine_purchases": rows(
            "person start_date atc",
            ("a", "2019-01-01", "N05BA04"),
            ("a", "2019-01-09", "N05BA04"),
            ("a", "2019-02-01", "n06ab10"),
            ("a", "2019-03-01", "N04BA02"),
            ("a", "2019-04-01", None),
            ("a", "2019-05-01", "C09N05"),
        )
    }
    found = facts_of(tmp_path, tables, "medicine_months")
    assert found == [(0, month("2019-01")), (0, month("2019-02"))]


def test_visits_are_counted(tmp_path):
    content = rows(
        "person start_date", ("a", "2019-01-31"), ("a", "2019-01-31"), ("b", "2020-02-29")
    )
    found = facts_of(tmp_path, {"primary_care_visits": content}, "visit_months")
    assert found == [(0, month("2019-01"), 2), (1, month("2020-02"), 1)]
