"""The right to earnings-related allowance by three definitions, and the overlap with clients."""

from __future__ import annotations

from functools import partial

import pandas as pd
import pytest

from kuntakokeilu.panel.database import keep
from kuntakokeilu.panel.eligibility import overlap, tell_rights
from kuntakokeilu.panel.outcomes import prepare_facts
from kuntakokeilu.panel.persons import number_persons

from .tiny import D, joined, registered, spell


def payment(month: str, benefit: str, cents: int = 50_000) -> dict:
    year, number = month.split("-")
    return {
        "person": "a",
        "year": int(year),
        "month": int(number),
        "benefit": benefit,
        "amount_cents": cents,
    }


def recovered(month: str, benefit: str) -> list[dict]:
    return [payment(month, benefit), payment(month, benefit, -50_000)]


def member(fund: str | None, delivery: int | None) -> dict:
    return {"person": "a", "unemployment_fund": fund, "delivery_year": delivery}


def placement(start: str, benefit: str | None) -> dict:
    return spell("a", start, benefit=benefit, kind="5T")


@pytest.fixture
def told(opened, settings):
    return partial(rights_of_one, opened, settings)


def rights_of_one(opened, settings, day="2020-12-31", eve=None, **tables):
    """Rights of person a as of a day: (payments, fund, placements)."""
    con, present = opened(joined(registered("a", "2018-05-01"), tables))
    number_persons(con)
    con.execute(
        f"CREATE TABLE reference AS SELECT 1 AS person, DATE '{day}' AS day, "
        f"DATE '{eve or day}' AS eve"
    )
    prepare_facts(con, settings, present, None)
    tell_rights(con, present)
    return con.execute("SELECT payments, fund, placements FROM rights").fetchone()


@pytest.mark.parametrize(
    ("payments", "right"),
    [
        ([payment("2020-12", "AP")], True),
        ([payment("2020-12", "FM")], False),
        ([payment("2020-11", "FP")], False),
        # The latest of the three months decides.
        ([payment("2020-10", "AP"), payment("2020-11", "FM")], False),
        ([payment("2020-10", "FM"), payment("2020-11", "AP")], True),
        # A month that was recovered in full was not paid.
        ([payment("2020-11", "AP"), *recovered("2020-12", "FM")], True),
        # Of two benefits in a month the earnings-related one counts.
        ([payment("2020-12", "AP", 100), payment("2020-12", "FM")], True),
        # What is paid for later months is not known yet.
        ([payment("2020-10", "FM"), payment("2021-01", "AP")], False),
        ([payment("2020-10", "AP"), payment("2021-01", "FM")], True),
    ],
)
def test_payments_of_three_months(told, payments, right):
    fund = member(None if right else "012", 2020)  # would say the opposite
    assert told(benefit_payments=payments, jobseekers=[fund])[0] is right


@pytest.mark.parametrize(
    ("day", "eve", "right"),
    [
        # Entry in mid-January: benefits for January are paid after it, December has ended.
        ("2021-01-15", "2021-01-14", False),
        # Entry on the last day: January still goes on the day before.
        ("2021-01-31", "2021-01-30", False),
        # The day after: January has ended.
        ("2021-02-01", "2021-01-31", True),
    ],
)
def test_a_benefit_for_the_month_of_entry_does_not_count(told, day, eve, right):
    payments = [payment("2020-12", "FM"), payment("2021-01", "AP")]
    assert told(day, eve, benefit_payments=payments)[0] is right


@pytest.mark.parametrize("fund", ["012", None])
def test_older_payments_fall_back_on_the_fund(told, fund):
    benefit = "FM" if fund else "AP"  # would say the opposite
    found = told(benefit_payments=[payment("2020-09", benefit)], jobseekers=[member(fund, 2020)])
    assert found[0] is (fund is not None)


def test_the_fund_is_that_of_the_last_delivery_before(told):
    seekers = [member("012", 2019), member(None, 2020), member("012", 2021)]
    # At the end of 2020 the delivery of that day is known, in March 2021 still the same one.
    assert told(jobseekers=seekers)[1] is False
    assert told("2021-03-15", "2021-03-14", jobseekers=seekers)[1] is False
    # One who enters on 31 December is known from the delivery of the year before.
    assert told("2020-12-31", "2020-12-30", jobseekers=seekers)[1] is True
    assert told("2022-03-15", "2022-03-14", jobseekers=seekers)[1] is True


def test_without_an_earlier_delivery_the_first_later_one_counts(told):
    assert told(jobseekers=[member(None, 2022), member("012", 2021)])[1] is True
    assert told(jobseekers=[member("012", 2022), member(None, 2021)])[1] is False
    # One pooled file has no year of delivery.
    assert told(jobseekers=[member("012", None)])[1] is True


@pytest.mark.parametrize(
    ("benefit", "right"),
    [("01", True), ("06", True), ("02", False), ("03", False), ("04", False), ("07", False)],
)
def test_benefit_before_the_last_placement(told, benefit, right):
    placements = [
        placement("2019-01-01", "03" if right else "01"),
        placement("2020-03-01", benefit),
        placement("2020-06-01", None),  # says nothing
        placement("2020-12-31", "03" if right else "01"),  # not before the day
    ]
    assert told(subsidised_placements=placements)[2] is right


def test_each_definition_falls_back_on_the_others_in_order(told):
    right, none = {"jobseekers": [member("012", 2020)]}, {"jobseekers": [member(None, 2020)]}
    paid = {"benefit_payments": [payment("2020-12", "AP")]}
    placed = {"subsidised_placements": [placement("2020-03-01", "01")]}
    assert told() == (False, False, False)
    assert told(**right) == (True, True, True)
    assert told(**none, **paid) == (True, False, True)
    assert told(**paid) == (True, True, True)
    assert told(**none, **placed) == (False, False, True)
    assert told(**placed) == (True, True, True)


def office(person: str, code: str, start: str, end: str | None = None) -> dict:
    return spell(person, start, end, office=code)


def test_overlap_counts_the_last_stock_before_the_start(opened):
    offices = [
        office("a", "0230", "2021-03-01"),
        office("b", "0299", "2021-03-01"),  # the state's office
        office("c", "0230", "2021-06-01"),  # after three months
        office("d", "0230", "2021-05-31", "2021-05-31"),
        office("e", "0230", "2020-01-01", "2021-02-28"),  # over before the start
    ]
    con, _ = opened(
        joined(*(registered(p, "2020-05-01") for p in "abcde"), {"jobseeker_office": offices})
    )
    number_persons(con)
    day = D("2020-12-31")
    rows = [  # unit, under_30, foreign, right by payments, fund, placements
        ("091", True, False, True, True, True),
        ("091", False, True, False, True, True),
        ("091", False, False, False, False, True),
        ("837", False, False, True, True, False),
        ("837", False, False, True, True, True),
    ]
    before = 2021 * 12 + 1
    members = pd.DataFrame(
        [
            (person, cohort, day, *row[:3])
            for cohort in (before - 24, before, before + 12)
            for person, row in enumerate(rows, start=1)
            if person < 5 or cohort == before
        ],
        columns=["person", "cohort", "day", "unit", "under_30", "foreign"],
    )
    rights = pd.DataFrame(
        [(person, day, day, *row[3:]) for person, row in enumerate(rows, start=1)],
        columns=["person", "day", "eve", "payments", "fund", "placements"],
    )
    keep(con, "members_stock", members)
    keep(con, "rights", rights)
    areas = pd.DataFrame(
        {"arm": ["trial", "neither"], "area": ["x", ""], "code": "091", "unit": ["091", "837"]}
    )
    found = overlap(con, areas, "2021-03", frozenset({"0230"}), "payments")
    assert found.set_index(["definition", "in_trial_area"]).to_dict("index") == {
        (name, here): dict(zip(found.columns[2:], counts, strict=True))
        for name, here, counts in (
            ("payments", True, (3, 3, 1, 1)),
            ("payments", False, (2, 0, 1, 0)),
            ("fund", True, (3, 3, 1, 1)),
            ("fund", False, (2, 0, 1, 0)),
            ("placements", True, (3, 2, 1, 1)),
            ("placements", False, (2, 1, 1, 1)),
            ("under_30", True, (3, 1, 1, 1)),
            ("under_30", False, (2, 0, 1, 0)),
            ("foreign", True, (3, 1, 1, 0)),
            ("foreign", False, (2, 0, 1, 0)),
            ("no_earnings_right", True, (3, 2, 1, 0)),
            ("no_earnings_right", False, (2, 0, 1, 0)),
        )
    }
