"""Residence and slow traits at a freeze date, and who is there at all."""

from __future__ import annotations

import pytest

from kuntakokeilu.errors import InputError
from kuntakokeilu.panel.frozen import freeze, freeze_calendar, frozen_year
from kuntakokeilu.panel.persons import check_years, know_persons, number_persons, revised
from kuntakokeilu.panel.spells import month_number

from .tiny import joined, registered, resident


def frozen(opened, settings, classification, *parts):
    con, present = opened(joined(*parts))
    number_persons(con)
    know_persons(con, present)
    freeze(con, settings, classification)
    return con


def one(con, columns, year=2018, table="frozen"):
    return con.execute(f"SELECT {columns} FROM {table} WHERE year = {year}").fetchone()


def yearly(*rows):
    return {"persons_yearly": [row for each in rows for row in each]}


SEEKER = registered("a", "2018-05-01")


def test_each_month_uses_the_last_freeze_date_before_it(settings):
    assert frozen_year(settings, month_number("2019-01")) == 2018
    # 31 December 2020 lies in the month, not before it.
    assert frozen_year(settings, month_number("2020-12")) == 2018
    assert frozen_year(settings, month_number("2021-01")) == 2020
    calendar = freeze_calendar(settings)
    assert len(calendar) == 48
    assert calendar["frozen"].value_counts().to_dict() == {2018: 24, 2020: 24}


def test_someone_who_moves_has_the_residence_of_each_freeze_date(opened, settings, classification):
    moved = yearly(
        resident("a", range(2017, 2020)), resident("a", range(2020, 2023), municipality="837")
    )
    con = frozen(opened, settings, classification, SEEKER, moved)
    rows = con.execute("SELECT year, unit FROM frozen ORDER BY year").fetchall()
    assert rows == [(2018, "091"), (2020, "837")]


@pytest.mark.parametrize(
    ("own", "next_year", "unit"),
    [("099", "099", "214"), (None, "837", "837"), (None, None, None), ("091", "837", "091")],
)
def test_a_code_is_translated_and_a_blank_filled(
    opened, settings, classification, own, next_year, unit
):
    rows = resident("a", range(2018, 2021), municipality=own, municipality_next_year=next_year)
    con = frozen(opened, settings, classification, SEEKER, yearly(rows))
    assert one(con, "unit") == (unit,)


@pytest.mark.parametrize("column", ["municipality", "municipality_next_year"])
def test_a_code_that_leads_nowhere_is_named_by_column_and_count(
    opened, settings, classification, column
):
    rows = resident("a", range(2017, 2021), **{column: "999"})
    with pytest.raises(InputError, match=f"persons_yearly, column {column}: 2 rows") as raised:
        frozen(opened, settings, classification, SEEKER, yearly(rows))
    assert "999" not in str(raised.value)


def test_education_is_the_latest_known_up_to_the_freeze_date(opened, settings, classification):
    rows = yearly(
        resident("a", range(2017, 2018), education="3"),
        resident("a", range(2018, 2019), education=None),
        resident("a", range(2019, 2020), education="7"),
        resident("a", range(2020, 2022), education=None),
    )
    con = frozen(opened, settings, classification, SEEKER, rows)
    assert one(con, "education") == ("secondary",)
    assert one(con, "education", 2020) == ("tertiary",)


@pytest.mark.parametrize(
    ("code", "level"),
    [("2", "basic"), ("4", "secondary"), ("5", "tertiary"), ("9", "unknown"), (None, "unknown")],
)
def test_levels_of_education(opened, settings, classification, code, level):
    rows = yearly(resident("a", range(2018, 2021), education=code))
    assert one(frozen(opened, settings, classification, SEEKER, rows), "education") == (level,)


@pytest.mark.parametrize(
    ("language", "citizenship", "expected"),
    [
        ("1", "1", ("finnish", False)),
        ("2", None, ("swedish", False)),
        ("3", "1", ("other", True)),
        ("1", "2", ("finnish", True)),
        (None, "2", ("unknown", True)),
        (None, None, ("unknown", False)),
    ],
)
def test_foreign_by_language_or_citizenship(
    opened, settings, classification, language, citizenship, expected
):
    rows = yearly(resident("a", range(2018, 2021), language=language, citizenship=citizenship))
    con = frozen(opened, settings, classification, SEEKER, rows)
    assert one(con, 'language, "foreign"') == expected


def test_the_value_known_last_counts_and_the_others_are_counted(opened, settings, classification):
    rows = yearly(
        resident("a", range(2017, 2019), birth_year=1979, sex="1"),
        resident("a", range(2019, 2021), birth_year=1980, sex="1"),
        resident("a", range(2021, 2022), birth_year=None),
        resident("b", range(2018, 2021), birth_year=None, sex="1"),
    )
    parts = {
        "persons_sex": [{"person": "b", "sex": "2"}],
        "jobseekers": [
            {"person": person, "birth_year": year, "delivery_year": delivery}
            for person, year, delivery in (("a", 1950, 2022), ("b", 1991, 2019), ("b", 1990, 2018))
        ],
    }
    other = registered("b", "2018-05-01")
    con = frozen(opened, settings, classification, SEEKER, other, parts, rows)
    people = con.execute("SELECT birth_year, sex FROM people ORDER BY person").fetchall()
    assert people == [(1980, "male"), (1991, "female")]
    assert revised(con, "birth_year") == (2, 1)
    assert revised(con, "death_year") == (0, 0)


def test_who_died_or_left_is_there_to_the_end_of_that_year(opened, settings, classification):
    rows = yearly(
        resident("a", range(2018, 2021), death_year=2021),
        resident("b", range(2018, 2020)),  # emigrated in 2020
        resident("c", range(2018, 2021), death_year=2019),  # rows after the death are wrong
    )
    con = frozen(
        opened,
        settings,
        classification,
        *(registered(person, "2018-05-01") for person in "abc"),
        rows,
    )
    there = con.execute("SELECT person, list(year ORDER BY year) FROM resident_years GROUP BY 1")
    assert dict(there.fetchall()) == {1: [2019, 2020, 2021], 2: [2019, 2020], 3: [2019]}


def test_only_persons_with_a_job_search_are_numbered_in_order_of_id(opened):
    con, _ = opened(
        joined(
            registered("b", "2018-05-01"),
            registered("a", "2018-06-01"),
            registered("b", "2019-05-01"),
            yearly(resident("c", range(2018, 2021))),
        )
    )
    number_persons(con)
    assert con.execute("FROM persons ORDER BY person").fetchall() == [(1, "a"), (2, "b")]


def test_a_missing_year_is_named(opened, settings, classification):
    rows = yearly(resident("a", range(2018, 2020)))
    con = frozen(opened, settings, classification, SEEKER, rows)
    check_years(con, {2018, 2019})
    with pytest.raises(InputError, match="no rows for 2020, 2021"):
        check_years(con, range(2018, 2022))


def test_tables_without_which_nothing_works_are_named(opened):
    with pytest.raises(InputError, match="jobseekers, status_spells is missing"):
        opened({"persons_yearly": [], "search_spells": []})
