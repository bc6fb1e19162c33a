"""Residence and slow traits, frozen at 31 December: table `frozen`, one row per person and year."""

from __future__ import annotations

import duckdb
import pandas as pd

from kuntakokeilu.duck import one
from kuntakokeilu.errors import InputError, counted
from kuntakokeilu.facts import Classification
from kuntakokeilu.panel.database import keep
from kuntakokeilu.panel.spells import month_number
from kuntakokeilu.study import PanelSettings


def frozen_year(settings: PanelSettings, month: int) -> int:
    """Return the year of the last freeze date before a month; the settings see that there is one.

    A freeze date in the month itself does not come before it.
    """
    return max(day.year for day in settings.frozen_on if day.year * 12 + 11 < month)


def freeze_calendar(settings: PanelSettings) -> pd.DataFrame:
    """List the months of the study and the year in which each is frozen: month, frozen."""
    first, last = month_number(settings.first_month), month_number(settings.last_month)
    months = range(first, last + 1)
    return pd.DataFrame(
        {"month": months, "frozen": [frozen_year(settings, month) for month in months]},
        dtype="int32",
    )


def unit_of_code(classification: Classification) -> pd.DataFrame:
    """List the codes of all years that lead to a unit of the classification: code, unit."""
    codes = pd.Series(sorted(set(classification.municipalities["code"])), dtype=str)
    units = codes.replace(classification.successors())
    known = units.isin(set(classification.members()["code"]))
    return pd.DataFrame({"code": codes[known], "unit": units[known]}).reset_index(drop=True)


def freeze(
    con: duckdb.DuckDBPyConnection, settings: PanelSettings, classification: Classification
) -> None:
    """Make the table `frozen`: person, year, unit, language, foreign, education.

    Parameters
    ----------
    con : DuckDBPyConnection
        With the table `years`.
    settings : PanelSettings
        Names the freeze dates.
    classification : Classification
        The study's municipalities, of which `unit` is one; null without a municipality.

    Raises
    ------
    InputError
        A municipality code leads to none of the classification. Only rows are counted.
    """
    keep(con, "unit_of_code", unit_of_code(classification))
    years = ", ".join(str(day.year) for day in settings.frozen_on)
    for column in ("municipality", "municipality_next_year"):
        _check_codes(con, column, years, classification.year)
    con.execute(
        f"""
        CREATE OR REPLACE TABLE frozen AS
        SELECT
            years.person,
            years.year,
            unit_of_code.unit,
            CASE years.language WHEN '1' THEN 'finnish' WHEN '2' THEN 'swedish'
                WHEN '3' THEN 'other' ELSE 'unknown' END AS language,
            -- ASSUME: an unknown language or citizenship is no ground of eligibility.
            coalesce(years.language = '3', false) OR coalesce(years.citizenship = '2', false)
                AS "foreign",
            CASE WHEN degree.level = '2' THEN 'basic' WHEN degree.level IN ('3', '4')
                THEN 'secondary' WHEN degree.level IN ('5', '6', '7', '8') THEN 'tertiary'
                ELSE 'unknown' END AS education
        FROM years
        LEFT JOIN unit_of_code
            ON unit_of_code.code = coalesce(years.municipality, years.municipality_next_year)
        ASOF LEFT JOIN (
            -- The last years have no degrees yet; the year before is then the latest known.
            SELECT person, year, education AS level FROM years WHERE education IS NOT NULL
        ) AS degree ON degree.person = years.person AND degree.year <= years.year
        WHERE years.year IN ({years})
        """
    )


def _check_codes(con: duckdb.DuckDBPyConnection, column: str, years: str, year: int) -> None:
    (count,) = one(
        con,
        f"""
        SELECT count(*) FROM years ANTI JOIN unit_of_code ON unit_of_code.code = years.{column}
        WHERE {column} IS NOT NULL AND year IN ({years})
        """,
    )
    if count:
        raise InputError(
            f"persons_yearly, column {column}: {counted(count, 'row has', 'rows have')} a code "
            f"that is no municipality in {year}, nor part of one by a merger in "
            "config/municipality_mergers.csv"
        )
