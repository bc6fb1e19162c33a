"""Who the persons are: their numbers, their years in the country, what does not change."""

from __future__ import annotations

from collections.abc import Iterable

import duckdb

from kuntakokeilu.duck import one
from kuntakokeilu.errors import InputError, some


def number_persons(con: duckdb.DuckDBPyConnection, *, only_asked: bool = False) -> None:
    """Number everyone with a job search, in order of id: table `persons` (person, id).

    With `only_asked` those alone who were asked in a survey.
    """
    asked = "SEMI JOIN survey ON survey.person = search_spells.person" if only_asked else ""
    con.execute(
        f"""
        CREATE OR REPLACE TABLE persons AS
        SELECT (row_number() OVER (ORDER BY id))::INTEGER AS person, id
        FROM (SELECT DISTINCT search_spells.person AS id FROM search_spells {asked})
        """
    )


def know_persons(con: duckdb.DuckDBPyConnection, present: set[str]) -> None:
    """Collect what the yearly population register says of the numbered persons.

    Makes three tables: `years`, the rows of persons_yearly; `people`, one row for each person
    with such a row (sex, birth_year, death_year); `resident_years` (person, year), the years at
    whose beginning a person was alive and resident.

    A year of birth or death that differs between years is the one known last, as Statistics
    Finland corrects them.

    Parameters
    ----------
    con : DuckDBPyConnection
        With `persons` and the register tables.
    present : set of str
        Register tables that are there; sex comes from persons_sex before persons_yearly.
    """
    con.execute(
        """
        CREATE OR REPLACE TABLE years AS
        SELECT numbered.person, yearly.* EXCLUDE (person)
        FROM persons_yearly AS yearly JOIN persons AS numbered ON yearly.person = numbered.id
        """
    )
    sex = "SELECT NULL::INTEGER AS person, NULL::VARCHAR AS sex"
    if "persons_sex" in present:
        sex = """
            SELECT numbered.person, max(sex) AS sex
            FROM persons_sex AS latest JOIN persons AS numbered ON latest.person = numbered.id
            GROUP BY ALL
        """
    con.execute(
        f"""
        CREATE OR REPLACE TABLE people AS
        WITH latest AS ({sex}),
        seekers AS (
            SELECT numbered.person, arg_max(birth_year, delivery_year) AS birth_year
            FROM (SELECT * REPLACE (coalesce(delivery_year, 0) AS delivery_year) FROM jobseekers)
                AS seeker JOIN persons AS numbered ON seeker.person = numbered.id
            GROUP BY ALL
        ),
        yearly AS (
            SELECT
                person,
                arg_max(sex, year) AS sex,
                arg_max(birth_year, year) AS birth_year,
                arg_max(death_year, year) AS death_year
            FROM years GROUP BY person
        )
        SELECT
            person,
            CASE coalesce(latest.sex, yearly.sex)
                WHEN '1' THEN 'male' WHEN '2' THEN 'female' ELSE 'unknown' END AS sex,
            coalesce(yearly.birth_year, seekers.birth_year) AS birth_year,
            yearly.death_year
        FROM yearly
        LEFT JOIN latest USING (person)
        LEFT JOIN seekers USING (person)
        """
    )
    # ASSUME: who lived in the country on 31 December and is not known to have died is there all
    # through the next year; the day of death or emigration is in no table.
    con.execute(
        """
        CREATE OR REPLACE TABLE resident_years AS
        SELECT person, (year + 1)::INTEGER AS year
        FROM years JOIN people USING (person)
        WHERE people.death_year IS NULL OR people.death_year > years.year
        """
    )


_YEARS = """
    SELECT DISTINCT year FROM persons_yearly
    SEMI JOIN search_spells ON search_spells.person = persons_yearly.person"""


def check_years(con: duckdb.DuckDBPyConnection, needed: Iterable[int]) -> None:
    """Stop if persons_yearly has no row of a year that is needed, since nobody would be left."""
    found = {year for (year,) in con.execute(_YEARS).fetchall()}
    missing = sorted(set(needed) - found)
    if missing:
        raise InputError(
            f"persons_yearly: no rows for {some(missing)}; residence is frozen in each year of "
            "frozen_on, and who was there is known from the year before each month"
        )


def revised(con: duckdb.DuckDBPyConnection, column: str) -> tuple[int, int]:
    """Count the values of birth_year or death_year in `years`, and the persons who have one."""
    return one(
        con,
        f"""
        SELECT coalesce(sum(given), 0)::BIGINT, count(*) FROM (
            SELECT count(DISTINCT {column}) AS given
            FROM years WHERE {column} IS NOT NULL GROUP BY person
        )
        """,
    )
