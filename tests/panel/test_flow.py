"""The exclusion flow, and that members × months = rows + rows left out, for any persons."""

from __future__ import annotations

import datetime
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from hypothesis import given
from hypothesis import settings as limits
from hypothesis import strategies as st

from kuntakokeilu import duck
from kuntakokeilu.contracts import FLOW_STEPS, REGISTER_SAMPLES
from kuntakokeilu.errors import InputError
from kuntakokeilu.panel.database import load, with_months
from kuntakokeilu.panel.flow import conserve, flow
from kuntakokeilu.panel.frozen import frozen_year
from kuntakokeilu.panel.spells import month_number

from .tiny import joined, make, registered, resident, spell, write_tables

YEARS = range(2017, 2023)
DAY = datetime.timedelta(days=1)


@pytest.fixture
def made(opened, settings, classification):
    return partial(make, opened, settings, classification)


def test_each_step_leaves_out_its_own(made):
    searches = {
        "aged": "2018-11-01",
        "blank": "2018-11-01",
        "early": "2016-01-01",
        "gone": "2018-11-01",
        "in": "2018-11-01",
        "late": "2019-01-01",
        "unlisted": "2018-11-01",
    }
    ends = {"early": "2016-02-01", "late": "2019-02-15"}
    blank = {"municipality": None, "municipality_next_year": None}
    rows = [
        resident("aged", YEARS, birth_year=1940),
        resident("blank", YEARS, **blank),
        resident("early", YEARS),
        resident("gone", range(2019, 2023)),  # came to the country in 2019
        resident("in", range(2017, 2020)),  # left it in 2020
        resident("late", YEARS),
        resident("never", YEARS),  # no search at all
    ]
    con = made(
        {"persons_yearly": [row for each in rows for row in each]},
        *(
            registered(name, start, ends.get(name, "2019-12-31"))
            for name, start in searches.items()
        ),
    )
    found = flow(con, REGISTER_SAMPLES)
    stock = found[(found["sample"] == "stock") & (found["cohort"] == "2019-02")]
    assert tuple(stock["step"]) == FLOW_STEPS
    assert list(stock["position"]) == list(range(1, 8))
    # In the register: all but "unlisted"; searched: not "never"; in the stock: not early, not late.
    assert list(stock["n_persons"]) == [7, 6, 4, 3, 2, 1, 1]
    # Months 2019-02 to 2021-02 are 25; who left in 2020 is there until December 2020.
    assert stock["n_person_months"].isna().sum() == 5
    assert list(stock["n_person_months"])[-2:] == [25, 23]
    seekers = found[found["sample"] == "job_seekers"]
    assert seekers["cohort"].isna().all()
    assert list(seekers["n_persons"]) == [7, 6, 5, 4, 3, 2, 2]
    assert list(seekers["n_person_months"])[-2:] == [13, 13]
    empty = found[(found["sample"] == "stock") & (found["cohort"] == "2021-02")]
    assert list(empty["n_persons"])[2:] == [0, 0, 0, 0, 0]


def test_what_was_corrected_and_who_was_never_listed_is_counted(made):
    con = made(
        {
            "persons_yearly": resident("a", range(2017, 2019), birth_year=1979)
            + resident("a", range(2019, 2023), birth_year=1980)
        },
        registered("a", "2018-11-01"),
        registered("b", "2018-11-01"),
    )
    found = conserve(con, REGISTER_SAMPLES).set_index("check")
    assert tuple(found.loc["birth_year of a person: the one known last"]) == (2, 1, 1)
    assert tuple(found.loc["persons with a job search: in persons_yearly"]) == (2, 1, 1)


@pytest.mark.parametrize(
    "spoil",
    [
        "INSERT INTO stays_stock FROM stays_stock LIMIT 1",
        "DELETE FROM stays_inflow WHERE first = cohort",
        "INSERT INTO resident_years VALUES (1, 2030)",
        "DELETE FROM seeker_months WHERE month % 12 = 0",
    ],
)
def test_a_row_lost_or_doubled_stops(made, spoil):
    con = made({"persons_yearly": resident("a", YEARS)}, registered("a", "2019-02-01"))
    conserve(con, REGISTER_SAMPLES)
    con.execute(spoil)
    if "2030" in spoil:  # a year beyond the months changes nothing
        conserve(con, REGISTER_SAMPLES)
    else:
        with pytest.raises(InputError, match=r"person-months of \w+: .* went in, but"):
            conserve(con, REGISTER_SAMPLES)


_DATES = st.dates(datetime.date(2017, 6, 1), datetime.date(2022, 12, 31))
_PERSON = st.fixed_dictionaries(
    {
        "spells": st.lists(st.tuples(_DATES, st.integers(0, 400)), min_size=1, max_size=4),
        "years": st.sets(st.sampled_from(list(YEARS)), max_size=6),
        "municipality": st.sampled_from(["091", "837", "099", None]),
        "birth_year": st.sampled_from([1953, 1954, 1955, 1980, 2000, 2001, 2003, None]),
        "death_year": st.sampled_from([None, None, None, 2019, 2021]),
    }
)


def _tables(persons: list[dict]) -> dict:
    parts = [{"persons_yearly": resident("z", YEARS)}, registered("z", "2015-01-01", "2015-01-02")]
    for number, person in enumerate(persons):
        name = f"p{number}"
        searches = {
            start: spell(name, str(start), str(start + days * DAY))
            for start, days in person["spells"]
        }
        rows = [
            row
            for year in person["years"]
            for row in resident(
                name,
                range(year, year + 1),
                municipality=person["municipality"],
                municipality_next_year=None,
                birth_year=person["birth_year"],
                death_year=person["death_year"],
            )
        ]
        parts.append({"persons_yearly": rows, "search_spells": list(searches.values())})
    return joined(*parts)


def _expected(person: dict, settings) -> tuple[dict[str, set], dict[str, int]]:
    """By plain days and sets: the months in each sample, and how many are left out."""
    days = set()
    for start, end in dict(person["spells"]).items():
        days |= {start + n * DAY for n in range(end + 1)}

    def day_after(month: int) -> datetime.date:
        return datetime.date((month + 1) // 12, (month + 1) % 12 + 1, 1)

    def stays(frozen: int, at_year: int) -> bool:
        known = person["municipality"] is not None and person["birth_year"] is not None
        return frozen in person["years"] and known and 18 <= at_year - person["birth_year"] <= 64

    def there(month: int) -> bool:
        before = month // 12 - 1
        died = person["death_year"]
        return before in person["years"] and (died is None or died > before)

    first, last = month_number(settings.first_month), month_number(settings.last_month)
    asked: dict[str, set] = {sample: set() for sample in REGISTER_SAMPLES}
    for month in range(first, last + 1):
        frozen = frozen_year(settings, month)
        end = day_after(month) - DAY
        if end not in days:
            registered_since = None
        else:
            registered_since = end
            while registered_since - DAY in days:
                registered_since -= DAY
        if registered_since and stays(frozen, registered_since.year):
            asked["job_seekers"].add((None, month))
        is_stock = month in [month_number(stock) for stock in settings.stocks]
        if is_stock and registered_since and stays(frozen, frozen):
            asked["stock"] |= {(month, month + k) for k in range(25) if month + k <= last}
        starts = [
            day
            for day in days
            if (day.year, day.month) == (end.year, end.month)
            and not any(day - n * DAY in days for n in range(1, settings.entry_gap_days + 1))
        ]
        if starts and stays(frozen, min(starts).year):
            asked["inflow"] |= {(month, month + k) for k in (0, 3, 12) if month + k <= last}
    rows = {sample: {each for each in keys if there(each[1])} for sample, keys in asked.items()}
    return rows, {sample: len(asked[sample]) - len(rows[sample]) for sample in REGISTER_SAMPLES}


@limits(max_examples=3, deadline=None)
@given(persons=st.lists(_PERSON, min_size=5, max_size=25))
def test_rows_and_rows_left_out_are_those_of_plain_counting(
    contract, classification, settings, persons
):
    with TemporaryDirectory(ignore_cleanup_errors=True) as folder:
        connections = []

        def opened(tables):
            connections.append(with_months(duck.connect(Path(folder) / "work")))
            written = write_tables(tables, Path(folder) / "tables", contract)
            return connections[0], load(connections[0], [written])

        try:
            con = make(opened, settings, classification, _tables(persons))
            found = conserve(con, REGISTER_SAMPLES).set_index("check")
            people = dict(con.execute("SELECT id, person FROM persons").fetchall())
            expected = [_expected(person, settings) for person in persons]
            for sample in REGISTER_SAMPLES:
                rows = con.execute(
                    f"SELECT person, cohort, month FROM skeleton_{sample}"
                ).fetchall()
                assert len(rows) == len(set(rows))
                assert set(rows) == {
                    (people[f"p{number}"], *key)
                    for number, (months, _) in enumerate(expected)
                    for key in months[sample]
                }
                counts = found.loc[f"person-months of {sample}: alive and resident"]
                assert counts["left_out"] == sum(left[sample] for _, left in expected)
                assert counts["before"] == counts["after"] + counts["left_out"]
        finally:
            for con in connections:
                con.close()
