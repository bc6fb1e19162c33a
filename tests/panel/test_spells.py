"""Statuses at month ends, days unemployed and entries, against a walk over single days."""

from __future__ import annotations

import datetime

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from kuntakokeilu.panel import spells

from .facts_tables import SETTINGS, day, month, open_tables, rows

ONE_DAY = datetime.timedelta(days=1)
COLUMNS = "person start_date end_date delivery_year"
LAST_DAY = day("2020-12-31")


def build(work, search, status=(), gap=30):
    """Give status_months and entries of some spells as plain Python."""
    return build_all(work, search, status, gap)[:2]


def build_all(work, search, status=(), gap=30):
    """Give status_months, entries and unemployed_months."""
    con, _ = open_tables(
        work,
        {
            "search_spells": rows(COLUMNS, *search),
            "status_spells": rows(f"{COLUMNS} status", *status),
        },
    )
    chosen = SETTINGS.model_copy(update={"entry_gap_days": gap})
    spells.status_months(con, chosen)
    spells.entries(con, chosen)
    found = con.execute("FROM status_months ORDER BY ALL").fetchall()
    entered = con.execute("FROM entries ORDER BY ALL").fetchall()
    unemployed = con.execute("FROM unemployed_months ORDER BY ALL").fetchall()
    con.close()
    return found, entered, unemployed


def months(person, *statuses):
    return [(person, month(text), status) for text, status in statuses]


def test_month_numbers_and_window():
    assert spells.month_number("2019-01") == 2019 * 12
    assert spells.window(SETTINGS) == (month("2016-12"), month("2020-12"))


def test_a_month_counts_if_its_last_day_is_covered(tmp_path):
    found, _ = build(
        tmp_path,
        [("a", "2019-01-31", "2019-03-30", 2020), ("b", "2019-02-01", "2019-02-28", 2020)],
        [("a", "2019-01-31", "2019-02-27", 2020, "2"), ("a", "2019-02-28", None, 2020, "8")],
    )
    assert found == [
        *months(0, ("2019-01", "2"), ("2019-02", "8")),
        *months(1, ("2019-02", "z")),
    ]


def test_statuses_outside_a_registration_are_left_out(tmp_path):
    found, _ = build(
        tmp_path,
        [("a", "2019-02-01", "2019-02-28", 2020)],
        [("a", "2019-01-01", "2019-12-31", 2020, "2"), ("b", "2019-01-01", None, 2020, "2")],
    )
    assert found == months(0, ("2019-02", "2"))


@pytest.mark.parametrize(
    ("one", "other", "wins"),
    [
        # The later start, whatever the delivery and the code.
        (("2019-01-01", 2020, "2"), ("2019-01-02", 2019, "8"), "8"),
        (("2019-01-02", 2019, "2"), ("2019-01-01", 2020, "1"), "2"),
        # The same start: the later delivery, whatever the code.
        (("2019-01-01", 2020, "8"), ("2019-01-01", 2019, "2"), "8"),
        (("2019-01-01", 2020, "2"), ("2019-01-01", 2019, "8"), "2"),
        (("2019-01-01", 2019, "8"), ("2019-01-01", None, "2"), "8"),
        # The same start and delivery: the lower code; unknown loses to all.
        (("2019-01-01", 2020, "8"), ("2019-01-01", 2020, "2"), "2"),
        (("2019-01-01", 2020, "z"), ("2019-01-01", 2020, "9"), "9"),
        (("2019-01-02", 2020, "z"), ("2019-01-01", 2020, "9"), "z"),
    ],
)
def test_which_of_two_overlapping_statuses_holds(tmp_path, one, other, wins):
    status = [("a", start, "2019-01-31", year, code) for start, year, code in (one, other)]
    found, _ = build(tmp_path, [("a", "2019-01-01", "2019-01-31", 2020)], status)
    assert found == months(0, ("2019-01", wins))


def test_an_open_spell_lasts_to_the_end_of_its_delivery(tmp_path):
    found, _ = build(
        tmp_path,
        [("a", "2019-11-15", None, 2019), ("b", "2020-11-15", None, 2020)],
        [("a", "2019-11-15", None, 2019, "2"), ("b", "2020-11-15", "2020-11-30", 2020, "3")],
    )
    assert found == [
        *months(0, ("2019-11", "2"), ("2019-12", "2")),
        *months(1, ("2020-11", "3"), ("2020-12", "z")),
    ]


def test_one_file_without_a_year_is_known_to_the_last_month(tmp_path):
    found, _ = build(tmp_path, [("a", "2020-10-05", None, None)])
    assert [each[1] for each in found] == [month(f"2020-{m}") for m in (10, 11, 12)]


def test_months_begin_two_years_before_the_first_freeze_date(tmp_path):
    found, entered = build(tmp_path, [("a", "2010-01-01", None, 2020)])
    assert [each[1] for each in found] == list(range(month("2016-12"), month("2020-12") + 1))
    assert entered == []


def test_entries_are_starts_after_a_gap(tmp_path):
    _, entered = build(
        tmp_path,
        [
            ("a", "2019-01-01", "2019-01-31", 2020),
            ("a", "2019-02-01", "2019-02-10", 2020),  # touches
            ("a", "2019-03-12", "2019-03-20", 2020),  # 29 days free: no entry
            ("a", "2019-04-20", "2019-04-30", 2020),  # 30 days free: an entry
            ("b", "2019-05-02", "2019-12-31", 2020),
            ("b", "2019-06-02", "2019-06-10", 2020),  # inside
            ("b", "2020-01-31", "2020-02-02", 2020),  # 30 days free
        ],
    )
    assert entered == [
        (0, month("2019-01"), day("2019-01-01")),
        (0, month("2019-04"), day("2019-04-20")),
        (1, month("2019-05"), day("2019-05-02")),
        (1, month("2020-01"), day("2020-01-31")),
    ]


def test_an_open_spell_that_began_after_its_delivery_is_known_on_that_day(tmp_path):
    found, _ = build(tmp_path, [("a", "2020-01-31", None, 2019)])
    assert found == months(0, ("2020-01", "z"))


def test_touching_registrations_are_one_even_without_a_gap(tmp_path):
    search = [("a", "2019-01-01", "2019-01-31", 2020), ("a", "2019-02-01", "2019-02-10", 2020)]
    _, entered = build(tmp_path, search, gap=0)
    assert entered == [(0, month("2019-01"), day("2019-01-01"))]


def test_one_entry_a_month(tmp_path):
    search = [("a", "2019-01-01", "2019-01-02", 2020), ("a", "2019-01-10", "2019-01-12", 2020)]
    _, entered = build(tmp_path, search, gap=3)
    assert entered == [(0, month("2019-01"), day("2019-01-01"))]


def test_days_unemployed_are_registered_ones_of_the_status_that_holds(tmp_path):
    *_, days = build_all(
        tmp_path,
        [("a", "2019-01-10", "2019-03-15", 2020)],
        [
            ("a", "2019-01-01", "2019-02-20", 2020, "2"),
            ("a", "2019-02-05", "2019-02-09", 2020, "8"),  # within the former, which goes on
            ("a", "2019-02-21", None, 2020, "3"),
        ],
    )
    assert days == [(0, month("2019-01"), 22), (0, month("2019-02"), 23), (0, month("2019-03"), 15)]


DAYS = st.integers(0, 500).map(lambda n: day("2019-05-01") + n * ONE_DAY)
DELIVERY = st.sampled_from([2019, 2020])


@st.composite
def some_spells(draw, status):
    """Spells of two persons, short and open ones too."""
    found = []
    for _ in range(draw(st.integers(0, 8))):
        start = draw(DAYS)
        end = draw(st.none() | st.integers(0, 90).map(lambda n, s=start: s + n * ONE_DAY))
        code = (draw(st.sampled_from("0238z")),) if status else ()
        found.append((draw(st.sampled_from("ab")), start, end, draw(DELIVERY), *code))
    return found


def last_day(spell):
    """Tell how long a spell is known."""
    _, start, end, delivery, *_ = spell
    return end or max(start, datetime.date(delivery, 12, 31))


def covers(spell, person, at):
    return spell[0] == person and spell[1] <= at <= last_day(spell)


def brute_force(search, status, gap):
    """Walk over all days of both persons."""
    found, entered, unemployed = [], [], {}
    for number, person in enumerate("ab"):
        at, free = day("2019-01-01"), 10_000
        while at <= LAST_DAY:
            registered = any(covers(spell, person, at) for spell in search)
            number_of_month = at.year * 12 + at.month - 1
            if registered and free >= gap and free > 0:
                entered.append((number, number_of_month, at))
            free = 0 if registered else free + 1
            here = [spell for spell in status if covers(spell, person, at)]
            here.sort(key=lambda s: s[4])
            here.sort(key=lambda s: (s[1], s[3]), reverse=True)
            holds = here[0][4] if here else "z"
            if registered and (at + ONE_DAY).day == 1:
                found.append((number, number_of_month, holds))
            if registered and holds in "23":
                key = number, number_of_month
                unemployed[key] = unemployed.get(key, 0) + 1
            at += ONE_DAY
    first = {}
    for number, number_of_month, at in entered:
        first.setdefault((number, number_of_month), at)
    days = [(*key, number) for key, number in unemployed.items()]
    return found, [(*key, at) for key, at in first.items()], days


@settings(
    max_examples=10, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(search=some_spells(False), status=some_spells(True), gap=st.sampled_from([0, 1, 30]))
def test_as_a_walk_over_days_has_it(tmp_path_factory, search, status, gap):
    def text(spell):
        return (spell[0], str(spell[1]), spell[2] and str(spell[2]), *spell[3:])

    work = tmp_path_factory.mktemp("walk")
    found = build_all(work, [*map(text, search)], [*map(text, status)], gap)
    assert found == brute_force(search, status, gap)
