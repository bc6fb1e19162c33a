"""In which months each member of a sample is looked at, as stretches of months without a gap.

A stretch says in a few rows what person-months say in very many; these are views of it.
"""

from __future__ import annotations

import duckdb

from kuntakokeilu.contracts import TRAITS
from kuntakokeilu.duck import one
from kuntakokeilu.errors import InputError, counted
from kuntakokeilu.panel.candidates import MONTHS
from kuntakokeilu.panel.spells import month_number
from kuntakokeilu.study import PanelSettings


def resident_spells(con: duckdb.DuckDBPyConnection) -> None:
    """Make `resident_spells` (person, first, last): months of the years without a gap."""
    con.execute("""
        CREATE OR REPLACE TABLE resident_spells AS
        SELECT person, min(year) * 12 AS "first", max(year) * 12 + 11 AS "last"
        FROM (
            SELECT person, year, year - dense_rank() OVER (PARTITION BY person ORDER BY year) AS run
            FROM resident_years
        )
        GROUP BY person, run""")


def make_stays(con: duckdb.DuckDBPyConnection, settings: PanelSettings, sample: str) -> None:
    """Make `stays_<sample>` and the view `skeleton_<sample>` of its months.

    Parameters
    ----------
    con : DuckDBPyConnection
        With `members_<sample>` and `resident_spells`; of samples without cohorts their months.
    settings : PanelSettings
        How long a stock is followed, the horizons of an inflow, the last month.
    sample : str
        Name of the sample.

    Notes
    -----
    `stays_<sample>` has member, person, cohort, first, last, fresh: a stock is followed in every
    month up to `follow_up`, an inflow at the `horizons`, all job seekers in the months in which
    they are registered, those asked in a survey in its waves; no further than `last_month`, and in
    years at whose beginning the person was alive and resident. From the month `fresh` on no earlier
    stretch has the same person's month. `skeleton_<sample>` has person, cohort, elapsed, month,
    unit and traits.
    """
    con.execute(f"""
        CREATE OR REPLACE TABLE stays_{sample} AS
        SELECT member, person, cohort, "first", "last", {_fresh(settings, sample)} AS fresh
        FROM ({_stretches(con, settings, sample)})""")
    traits = ", ".join(f'"{trait}"' for trait in TRAITS)
    # Whoever is asked in a survey has a weight, and there are few of them.
    kind = "TABLE" if sample == "survey" else "VIEW"
    con.execute(f"""
        CREATE OR REPLACE {kind} skeleton_{sample} AS
        SELECT stay.person, stay.cohort, (month - stay.cohort)::SMALLINT AS elapsed, month, unit,
            {traits}
        FROM (SELECT *, unnest(range("first", "last" + 1))::INTEGER AS month FROM stays_{sample})
            AS stay
        JOIN members_{sample} USING (member)""")


def _stretches(con: duckdb.DuckDBPyConnection, settings: PanelSettings, sample: str) -> str:
    """SQL of the stretches: months that are looked at, as far as the person is resident."""
    end = month_number(settings.last_month)
    if sample in MONTHS:
        looked = _registered(con, sample)
    else:
        looked = f"""SELECT member, person, cohort, cohort AS begins,
            least(cohort + {settings.follow_up}, {end}) AS ends FROM members_{sample}"""
    whole = f"""
        SELECT member, looked.person, cohort, greatest(begins, "first")::INTEGER AS "first",
            least(ends, "last")::INTEGER AS "last"
        FROM ({looked}) AS looked JOIN resident_spells AS resident
            ON resident.person = looked.person AND "first" <= ends AND "last" >= begins"""
    if sample != "inflow":
        return whole
    # Single months: those of the horizons.
    return f"""
        SELECT member, person, cohort, month AS "first", month AS "last"
        FROM (SELECT *, unnest({settings.horizons}) + cohort AS month FROM ({whole}))
        WHERE month BETWEEN "first" AND "last" """


def _registered(con: duckdb.DuckDBPyConnection, sample: str) -> str:
    """SQL of the months of members without a cohort, which follow each other in a registration."""
    con.execute(f"""
        CREATE OR REPLACE TEMP TABLE looked AS
        SELECT member, person, NULL::INTEGER AS cohort, min(month) AS begins, max(month) AS ends,
            count(*) AS months
        FROM {MONTHS[sample]} JOIN members_{sample} USING (person, day, frozen) GROUP BY ALL""")
    (gaps,) = one(con, "SELECT count(*) FROM looked WHERE months <> ends - begins + 1")
    if gaps:
        raise InputError(
            f"sample {sample}: {counted(gaps, 'member has', 'members have')} gaps or months twice"
        )
    return "FROM looked"


def _fresh(settings: PanelSettings, sample: str) -> str:
    """SQL of the first month that no earlier stretch of the person has."""
    if sample == "stock":
        return f"""greatest("first", 1 + {settings.follow_up} + coalesce(max(cohort) OVER (
            PARTITION BY person ORDER BY cohort RANGE BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING),
            -{10**6}))"""
    if sample == "inflow":
        return """ "first" + (row_number() OVER (
            PARTITION BY person, "first" ORDER BY cohort) > 1)::INTEGER"""
    return '"first"'
