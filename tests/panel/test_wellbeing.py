"""Social assistance, sickness, medicines and visits of a month."""

from __future__ import annotations

import datetime

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from kuntakokeilu.panel.wellbeing import FLAGS

from .facts_tables import day, facts_of, month, person_months, rows


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
    max_examples=3, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
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


SEEKER = {
    "search_spells": rows(
        "person start_date end_date delivery_year", ("z", "2019-01-01", None, 2020)
    ),
    "status_spells": [],
}


def purchases(*values):
    return SEEKER | {"medicine_purchases": rows("person start_date atc doses", *values)}


def test_doses_of_a_quarter(tmp_path):
    tables = purchases(
        ("a", "2019-01-31", "N05BA04", 50.0),
        ("a", "2019-02-01", "n06ab10", 0.1),
        ("a", "2019-02-28", "N06AB10", 0.2),
        ("a", "2019-02-28", "N06AB10", None),
        ("a", "2019-02-28", "C09AA05", 100.0),
        ("a", "2019-12-31", "N05BA04", 7.0),
    )
    made, _ = person_months(tmp_path, tables, (0, 1))
    told = {at: row["psychotropic_doses"] for (person, at), row in made.items() if not person}
    known = {at: doses for at, doses in told.items() if doses is not None}
    # The two months before must be known too.
    assert known == {f"2019-{number:02}": 0.0 for number in range(3, 13)} | {
        "2019-03": 50.3,
        "2019-04": 0.3,
        "2019-12": 7.0,
    }
    assert made[1, "2019-04"]["psychotropic_doses"] == 0.0
    assert made[0, "2019-02"]["psychotropic_purchase"] is True


def test_an_extract_without_doses_has_purchases_alone(tmp_path):
    made, _ = person_months(tmp_path, purchases(("a", "2019-01-31", "N05BA04", None)))
    assert made[0, "2019-01"]["psychotropic_purchase"] is True
    assert {row["psychotropic_doses"] for row in made.values()} == {None}


def test_a_disability_pension_begins_once(tmp_path):
    tables = {
        "pensions": rows(
            "person kind start_date delivery_year",
            ("a", "2", "2019-03-01", 2019),
            ("a", "2", "2019-03-01", 2020),  # the same in the next delivery
            ("a", "2", "2021-06-01", 2021),  # in payment at the end of the year before
            ("a", "2", "2023-01-01", 2023),  # not so
            ("b", "1", "2019-05-01", 2020),
            ("c", "2", "2018-12-31", 2018),
            ("c", "2", "2020-01-01", 2020),
            ("c", "2", "2020-09-01", 2020),
        )
    }
    assert facts_of(tmp_path, tables, "pension_months") == [
        (0, month("2019-03")),
        (0, month("2023-01")),
        (2, month("2018-12")),
        (2, month("2020-01")),
    ]


def test_pensions_are_known_from_the_first_delivery(tmp_path):
    """A pension of 1999 that is still paid does not tell who got one in 2018 and lost it."""
    tables = SEEKER | {
        "pensions": rows(
            "person kind start_date delivery_year",
            ("z", "2", "1999-03-01", 2019),
            ("z", "2", "2019-01-01", 2020),
            ("a", "2", "2019-05-01", 2020),
            ("z", "2", "2020-12-01", 2020),
        )
    }
    made, _ = person_months(tmp_path, tables)
    told = {at: row["disability_pension_start"] for (_, at), row in made.items()}
    assert [at for at, value in told.items() if value] == ["2019-05"]
    known = [at for at, value in told.items() if value is not None]
    assert (known[0], known[-1], len(known)) == ("2019-01", "2020-12", 24)
