"""Who is in which sample, in which months, with which traits: hand-made persons."""

from __future__ import annotations

import datetime
from functools import partial

import pytest

from kuntakokeilu.panel.samples import slots
from kuntakokeilu.panel.spells import month_number

from .tiny import D, joined, make, registered, resident, spell

YEARS = range(2017, 2023)
NAMES = "abcdefghij"
M = month_number


@pytest.fixture
def made(opened, settings, classification):
    return partial(make, opened, settings, classification)


def person(name: str = "a", years: range = YEARS, **values) -> dict:
    return {"persons_yearly": resident(name, years, **values)}


def bystander() -> tuple[dict, dict]:
    """Someone who is in the country in all years, so that none is missing."""
    return person("z"), registered("z", "2015-01-01", "2015-02-01")


def months(con, sample: str, cohort: str | None = None, number: int = 1) -> list[int]:
    """Months in which a person is in a sample, in order."""
    only = "" if cohort is None else f"AND cohort = {M(cohort)}"
    found = con.execute(
        f"SELECT month FROM skeleton_{sample} WHERE person = {number} {only} ORDER BY month"
    )
    return [month for (month,) in found.fetchall()]


def several(cases, make_tables) -> list[dict]:
    """Make the tables of a person for each case, in one database: numbers follow the cases."""
    named = zip(NAMES, cases, strict=False)
    return [part for name, case in named for part in make_tables(name, *case)]


def trait(con, sample: str, columns: str, when: str = "true") -> list[tuple]:
    return con.execute(f"SELECT DISTINCT {columns} FROM skeleton_{sample} WHERE {when}").fetchall()


def test_a_stock_is_followed_for_all_months_whatever_happens(made):
    con = made(person(), registered("a", "2019-02-28", "2019-03-05"))
    assert months(con, "stock", "2019-02") == list(range(M("2019-02"), M("2021-02") + 1))
    elapsed = con.execute("SELECT min(elapsed), max(elapsed), count(*) FROM skeleton_stock")
    assert elapsed.fetchone() == (0, 24, 25)
    (differ,) = con.execute(
        "SELECT count(*) FROM skeleton_stock WHERE month - cohort <> elapsed"
    ).fetchone()
    assert differ == 0


def test_in_the_stock_if_registered_on_the_last_day(made):
    cases = [
        ("2018-06-01", "2019-02-28", True),
        ("2018-06-01", "2019-02-27", False),
        ("2019-02-28", None, True),
        ("2019-03-01", None, False),
    ]
    con = made(*several(cases, lambda name, *dates: (person(name), registered(name, *dates[:2]))))
    for number, (*dates, expected) in enumerate(cases, start=1):
        assert bool(months(con, "stock", "2019-02", number)) is expected, dates


def test_nothing_after_the_last_month(made):
    con = made(person(), registered("a", "2021-02-01"))
    assert months(con, "stock", "2021-02") == list(range(M("2021-02"), M("2022-12") + 1))
    assert months(con, "inflow") == [M("2021-02"), M("2021-05"), M("2022-02")]
    assert months(con, "job_seekers") == list(range(M("2021-02"), M("2022-12") + 1))


@pytest.mark.parametrize(("again", "entries"), [("2019-06-11", 1), ("2019-07-11", 2)])
def test_a_short_gap_begins_no_inflow(made, again, entries):
    """Ten and forty days without registration."""
    con = made(
        person(), registered("a", "2019-04-10", "2019-05-31"), registered("a", again, "2019-12-15")
    )
    (found,) = con.execute("SELECT count(DISTINCT cohort) FROM skeleton_inflow").fetchone()
    assert found == entries
    assert months(con, "inflow", "2019-04") == [M("2019-04"), M("2019-07"), M("2020-04")]


def test_job_seekers_are_there_when_registered(made):
    con = made(
        person(),
        registered("a", "2019-04-10", "2019-06-29"),
        registered("a", "2019-11-30", "2019-12-31"),
    )
    expected = [M("2019-04"), M("2019-05"), M("2019-11"), M("2019-12")]
    assert months(con, "job_seekers") == expected
    assert trait(con, "job_seekers", "cohort, elapsed") == [(None, None)]


def test_each_search_is_referred_to_once_however_many_months_it_lasts(made):
    """All job seekers alone: the same start of search, month after month, over a freeze date."""
    con = made(
        person(),
        registered("a", "2020-06-10", "2021-04-30"),
        registered("a", "2021-08-05"),
        samples=("job_seekers",),
    )
    found = con.execute("SELECT person, day, eve FROM reference ORDER BY ALL").fetchall()
    starts = D("2020-06-10"), D("2021-08-05")
    assert found == [(1, start, start - datetime.timedelta(days=1)) for start in starts]
    members = con.execute("SELECT day, frozen FROM members_job_seekers ORDER BY ALL").fetchall()
    assert members == [(starts[0], 2018), (starts[0], 2020), (starts[1], 2020)]
    rows = con.execute("SELECT count(*), count(DISTINCT month) FROM skeleton_job_seekers")
    assert rows.fetchone() == (11 + 17, 28)


def test_a_mover_belongs_to_the_residence_before_each_cohort_and_month(made):
    moved = joined(person(years=range(2017, 2020)), person(years=range(2020, 2023)))
    for row in moved["persons_yearly"]:
        row["municipality"] = "091" if row["year"] < 2020 else "837"
    con = made(moved, registered("a", "2018-11-01"), registered("b", "2018-11-01"))
    by_cohort = trait(con, "stock", "cohort, unit")
    assert sorted(by_cohort) == [(M("2019-02"), "091"), (M("2021-02"), "837")]
    assert trait(con, "job_seekers", "unit", f"month < {M('2021-01')}") == [("091",)]
    assert trait(con, "job_seekers", "unit", f"month >= {M('2021-01')}") == [("837",)]


def test_months_after_the_year_of_death_are_left_out(made):
    con = made(
        person("a", range(2017, 2019), death_year=2019),
        person("b", range(2017, 2020)),  # left the country in 2020
        registered("a", "2018-11-01", "2019-06-15"),
        registered("b", "2018-11-01", "2019-06-15"),
        *bystander(),
    )
    assert months(con, "stock")[-1] == M("2019-12")
    assert months(con, "stock", number=2)[-1] == M("2020-12")


@pytest.mark.parametrize(
    ("gone", "municipality"), [(True, "091"), (False, None)], ids=["no row", "no municipality"]
)
def test_left_out_without_residence_when_frozen(made, gone, municipality):
    rows = resident("a", range(2017, 2020)) + resident("a", range(2021, 2023))
    if not gone:
        blank = {"municipality": municipality, "municipality_next_year": municipality}
        rows += resident("a", range(2020, 2021), **blank)
    con = made({"persons_yearly": rows}, registered("a", "2018-11-01"), *bystander())
    assert trait(con, "stock", "cohort") == [(M("2019-02"),)]
    assert months(con, "job_seekers") == list(range(M("2019-01"), M("2020-12") + 1))


def born(name: str, birth_year: int | None, *_) -> tuple[dict, dict]:
    return person(name, birth_year=birth_year), registered(name, "2019-02-10")


def test_limits_of_age(made):
    cases = [
        (2001, False, True),  # 17 when frozen, 18 when entering
        (2000, True, True),
        (1955, True, True),
        (1954, True, False),  # 64 when frozen, 65 when entering
        (1953, False, False),
        (None, False, False),
    ]
    con = made(*several(cases, born))
    for number, (birth_year, stock, inflow) in enumerate(cases, start=1):
        assert bool(months(con, "stock", "2019-02", number)) is stock, birth_year
        assert bool(months(con, "inflow", number=number)) is inflow, birth_year
        assert bool(months(con, "job_seekers", number=number)) is inflow, birth_year


def test_age_groups_when_frozen(made):
    cases = [
        (1994, "under_25", True),
        (1993, "25_29", True),
        (1989, "25_29", True),
        (1988, "30_49", False),
        (1969, "30_49", False),
        (1968, "50_plus", False),
    ]
    con = made(*several(cases, born))
    for number, (birth_year, *expected) in enumerate(cases, start=1):
        when = f"cohort = {M('2019-02')} AND person = {number}"
        found = trait(con, "stock", "age_group, under_30", when)
        assert found == [tuple(expected)], birth_year


def test_age_at_entry_is_that_of_the_day_itself(made):
    con = made(person(birth_year=1990), registered("a", "2020-01-01"))
    assert trait(con, "inflow", "under_30") == [(False,)]
    assert trait(con, "job_seekers", "under_30") == [(False,)]


def test_traits_of_a_job_seeker_stay_those_of_the_start_of_the_search(made):
    con = made(
        person(birth_year=1990),  # 29 when the first search starts
        registered("a", "2019-12-01", "2021-12-31"),
        registered("a", "2022-03-01"),
    )
    assert trait(con, "job_seekers", "under_30", f"month < {M('2022-01')}") == [(True,)]
    assert trait(con, "job_seekers", "under_30", f"month > {M('2022-01')}") == [(False,)]


def test_long_term_when_frozen(made):
    cases = [
        ([registered("a", "2018-01-31")], True),
        ([registered("b", "2018-02-01")], False),
        ([registered("c", "2018-01-31", status="3")], False),
        # A month end in a service breaks the year.
        (
            [
                registered("d", "2017-01-01"),
                {"status_spells": [spell("d", "2018-05-20", "2018-06-10", status="8")]},
            ],
            False,
        ),
        # What happens after the freeze date does not count.
        ([registered("e", "2017-06-01", "2018-12-30"), registered("e", "2019-02-01")], False),
    ]
    con = made(*several(cases, lambda name, parts, _: (person(name), *parts)))
    for number, (_, long_term) in enumerate(cases, start=1):
        when = f"cohort = {M('2019-02')} AND person = {number}"
        assert trait(con, "stock", "long_term", when) == [(long_term,)], number


@pytest.mark.parametrize(("since", "long_term"), [("2019-06-30", True), ("2019-07-01", False)])
def test_long_term_at_entry_looks_at_the_month_ends_before(
    opened, settings, classification, since, long_term
):
    settings = settings.model_copy(update={"entry_gap_days": 0})
    searches = registered("a", since, "2020-05-31"), registered("a", "2020-06-02")
    con = make(opened, settings, classification, person(), *searches)
    assert trait(con, "inflow", "long_term", f"cohort = {M('2020-06')}") == [(long_term,)]
    assert trait(con, "job_seekers", "long_term", f"month > {M('2020-06')}") == [(long_term,)]


def test_limited_on_the_last_day_before(made):
    cases = [
        ("2018-12-31", None, True, True),
        ("2019-01-01", None, False, True),
        ("2015-01-01", "2018-12-31", True, False),
        ("2015-01-01", "2018-12-30", False, False),
        ("2019-02-09", "2019-02-09", False, True),
        ("2019-02-10", None, False, False),
    ]

    def diagnosed(name: str, start: str, end: str | None, *_) -> tuple[dict, ...]:
        limited = {"jobseeker_diagnosis": [spell(name, start, end, diagnosed=True)]}
        return person(name), registered(name, "2019-02-10"), limited

    con = made(*several(cases, diagnosed))
    for number, (*dates, stock, inflow) in enumerate(cases, start=1):
        when = f"cohort = {M('2019-02')} AND person = {number}"
        assert trait(con, "stock", "limited", when) == [(stock,)], dates
        assert trait(con, "inflow", "limited", f"person = {number}") == [(inflow,)], dates


def test_limited_is_unknown_without_the_register_and_false_without_a_record(made):
    seeker = person(), registered("a", "2019-02-10")
    assert trait(made(*seeker), "inflow", "limited") == [(None,)]
    no = {"jobseeker_diagnosis": [spell("a", "2010-01-01", diagnosed=False)]}
    assert trait(made(*seeker, no), "inflow", "limited") == [(False,)]


def test_any_of_three_flags_makes_eligible(made):
    cases = [
        ({}, "012", (False, False, False, False)),
        ({}, None, (False, False, True, True)),
        ({"language": "3"}, "012", (False, True, False, True)),
        ({"birth_year": 1995}, "012", (True, False, False, True)),
    ]

    def flagged(name: str, values: dict, fund: str | None, _) -> tuple[dict, ...]:
        member = {"person": name, "unemployment_fund": fund, "delivery_year": 2018}
        return person(name, **values), registered(name, "2019-02-10"), {"jobseekers": [member]}

    con = made(*several(cases, flagged))
    columns = 'under_30, "foreign", no_earnings_right, eligible'
    for number, (*_, flags) in enumerate(cases, start=1):
        for sample in ("stock", "inflow", "job_seekers"):
            assert trait(con, sample, columns, f"person = {number}") == [flags], (sample, number)


def test_the_fund_is_frozen_before_each_cohort(made):
    """One who leaves the fund in 2020 has the right in the stock of 2019, not in that of 2021."""
    members = [
        {"person": "a", "unemployment_fund": fund, "delivery_year": year}
        for fund, year in (("012", 2018), ("012", 2019), (None, 2020), ("012", 2021))
    ]
    con = made(person(), registered("a", "2018-06-01"), {"jobseekers": members})
    found = trait(con, "stock", "cohort, no_earnings_right")
    assert sorted(found) == [(M("2019-02"), False), (M("2021-02"), True)]


def test_the_study_chooses_the_definition(opened, settings, classification):
    parts = (
        person(),
        registered("a", "2018-06-01"),
        {
            "jobseekers": [{"person": "a", "unemployment_fund": None, "delivery_year": 2018}],
            "benefit_payments": [
                {"person": "a", "year": 2018, "month": 11, "benefit": "AP", "amount_cents": 100}
            ],
        },
    )
    for definition, no_right in (("payments", False), ("fund", True), ("placements", False)):
        chosen = settings.model_copy(update={"eligibility": definition})
        con = make(opened, chosen, classification, *parts)
        assert trait(con, "stock", "no_earnings_right", f"cohort = {M('2019-02')}") == [(no_right,)]


def test_slots(settings):
    stock = slots(settings, "stock")
    assert stock.groupby("cohort").size().to_dict() == {M("2019-02"): 25, M("2021-02"): 23}
    inflow = slots(settings, "inflow")
    # 48 months at 0, 45 at 3, 36 at 12.
    assert len(inflow) == 48 + 45 + 36
    assert inflow["month"].max() == M("2022-12")
    assert slots(settings, "job_seekers").empty
