"""Who might belong to each sample, and what decides whether they stay.

A candidate is a person with a cohort (or, among all job seekers, a search spell and a freeze date).
`day` is the day as of which age and right are told, `eve` the last day of which anything else may
be known: both the freeze date for a stock, the day of entry and the day before it elsewhere.
"""

from __future__ import annotations

from collections.abc import Sequence

import duckdb
import pandas as pd

from kuntakokeilu.panel.database import keep
from kuntakokeilu.panel.frozen import freeze_calendar
from kuntakokeilu.panel.spells import month_number
from kuntakokeilu.panel.survey import survey_months
from kuntakokeilu.study import PanelSettings

FREEZE_DAY = "make_date(frozen::BIGINT, 12::BIGINT, 31::BIGINT)"


def find_candidates(
    con: duckdb.DuckDBPyConnection, settings: PanelSettings, samples: Sequence[str]
) -> None:
    """Make `candidates_<sample>`: person, cohort, day, eve, frozen; before anyone is left out.

    Also `seeker_months` (person, month, day, frozen) for all job seekers: the months at whose
    end each search spell goes on; and `survey_months` alike for a survey.

    Parameters
    ----------
    con : DuckDBPyConnection
        With `status_months`, `registrations` and, for the inflow, `entries`.
    settings : PanelSettings
        Months, stocks, freeze dates.
    samples : sequence of str
        Which of stock, inflow, job_seekers and survey are wanted.
    """
    keep(con, "calendar", freeze_calendar(settings))
    stocks = [month_number(stock) for stock in settings.stocks]
    keep(con, "stocks", pd.DataFrame({"month": stocks}, dtype="int32"))
    for sample in samples:
        if sample == "job_seekers":
            _find_seeker_months(con)
        if sample == "survey":
            survey_months(con)
        con.execute(
            f"CREATE OR REPLACE TABLE candidates_{sample} AS "
            f"SELECT person, cohort, day, (CASE WHEN {str(sample == 'stock').upper()} THEN day "
            f"ELSE day - 1 END)::DATE AS eve, frozen FROM ({_CANDIDATES[sample]})"
        )


# Samples without cohorts, and the months in which their members are looked at.
MONTHS = {"job_seekers": "seeker_months", "survey": "survey_months"}
_CANDIDATES = {
    "stock": f"""
        SELECT person, month AS cohort, {FREEZE_DAY} AS day, frozen
        FROM status_months JOIN stocks USING (month) JOIN calendar USING (month)
    """,
    "inflow": """
        SELECT person, month AS cohort, start_date AS day, frozen
        FROM entries JOIN calendar USING (month)
    """,
    "job_seekers": """
        SELECT DISTINCT person, NULL::INTEGER AS cohort, day, frozen FROM seeker_months
    """,
    "survey": "SELECT person, NULL::INTEGER AS cohort, day, frozen FROM survey_months",
}


def _find_seeker_months(con: duckdb.DuckDBPyConnection) -> None:
    con.execute(
        """
        CREATE OR REPLACE TABLE seeker_months AS
        SELECT registered.person, registered.month, spell.start_date AS day, registered.frozen
        FROM (SELECT *, month_end(month) AS ends FROM status_months JOIN calendar USING (month))
            AS registered
        ASOF JOIN registrations AS spell
            ON spell.person = registered.person AND spell.start_date <= registered.ends
        """
    )


def judge_candidates(
    con: duckdb.DuckDBPyConnection, settings: PanelSettings, samples: Sequence[str]
) -> None:
    """Make `judged_<sample>`: the candidates with what decides whether they stay.

    Columns beside those of the candidates: listed (in the yearly population register at all),
    resident (at the freeze date), unit, age, aged (within the limits of age).
    """
    lowest, highest = settings.ages
    for sample in samples:
        # ASSUME: age is the difference of years, since the registers give the year of birth only.
        con.execute(
            f"""
            CREATE OR REPLACE TABLE judged_{sample} AS
            SELECT
                candidate.*,
                people.person IS NOT NULL AS listed,
                frozen.person IS NOT NULL AS resident,
                frozen.unit,
                (year(candidate.day) - people.birth_year)::INTEGER AS age,
                coalesce(age BETWEEN {lowest} AND {highest}, false) AS aged
            FROM candidates_{sample} AS candidate
            LEFT JOIN people ON people.person = candidate.person
            LEFT JOIN frozen
                ON frozen.person = candidate.person AND frozen.year = candidate.frozen
            """
        )


def refer(con: duckdb.DuckDBPyConnection, samples: Sequence[str]) -> None:
    """Make `reference`: the distinct (person, day, eve) for which traits are to be told."""
    parts = " UNION ".join(
        f"SELECT DISTINCT person, day, eve FROM judged_{sample} WHERE unit IS NOT NULL AND aged"
        for sample in samples
    )
    con.execute(f"CREATE OR REPLACE TABLE reference AS {parts}")
