"""The samples: who belongs to each, with which frozen traits, in which months."""

from __future__ import annotations

from collections.abc import Sequence

import duckdb
import pandas as pd

from kuntakokeilu.duck import one
from kuntakokeilu.errors import InputError, counted
from kuntakokeilu.facts import Classification
from kuntakokeilu.panel import spells
from kuntakokeilu.panel.candidates import find_candidates, judge_candidates, refer
from kuntakokeilu.panel.database import keep
from kuntakokeilu.panel.eligibility import tell_rights
from kuntakokeilu.panel.frozen import freeze
from kuntakokeilu.panel.persons import know_persons
from kuntakokeilu.panel.spells import month_number
from kuntakokeilu.panel.stays import make_stays, resident_spells
from kuntakokeilu.panel.traits import tell_limited, tell_long_term
from kuntakokeilu.study import PanelSettings


def make_samples(
    con: duckdb.DuckDBPyConnection,
    settings: PanelSettings,
    classification: Classification,
    samples: Sequence[str],
    present: set[str],
) -> None:
    """Make `skeleton_<sample>` for each sample, and all tables on the way to it.

    Parameters
    ----------
    con : DuckDBPyConnection
        With `persons`, the register tables and the facts about them.
    settings : PanelSettings
        Dates, samples, definitions.
    classification : Classification
        The study's municipalities.
    samples : sequence of str
        Which of stock, inflow, job_seekers and survey are wanted.
    present : set of str
        Register tables that are there.

    Raises
    ------
    InputError
        A municipality is not known, or a member is there twice.
    """
    know_persons(con, present)
    freeze(con, settings, classification)
    spells.status_months(con, settings)
    if "inflow" in samples:
        spells.entries(con, settings)
    find_candidates(con, settings, samples)
    judge_candidates(con, settings, samples)
    refer(con, samples)
    tell_rights(con, present)
    tell_long_term(con)
    tell_limited(con, present)
    admit_members(con, settings, samples)
    follow_members(con, settings, samples)


def admit_members(
    con: duckdb.DuckDBPyConnection, settings: PanelSettings, samples: Sequence[str]
) -> None:
    """Make `members_<sample>`: the candidates who stay, numbered, with unit and traits.

    Reads `rights`, `long_term_at`, `limited_at`, `frozen` and `people`.

    Raises
    ------
    InputError
        A member occurs twice: the tables of facts do not have one row per person and month.
    """
    for sample in samples:
        con.execute(
            f"""
            CREATE OR REPLACE TABLE members_{sample} AS
            SELECT
                (row_number() OVER ())::INTEGER AS member,
                judged.person, judged.cohort, judged.day, judged.frozen, judged.unit,
                people.sex,
                CASE WHEN age < 25 THEN 'under_25' WHEN age < 30 THEN '25_29'
                    WHEN age < 50 THEN '30_49' ELSE '50_plus' END AS age_group,
                frozen.education,
                frozen.language,
                age < 30 AS under_30,
                frozen."foreign",
                NOT rights.{settings.eligibility} AS no_earnings_right,
                under_30 OR frozen."foreign" OR no_earnings_right AS eligible,
                long_term_at.person IS NOT NULL AS long_term,
                limited_at.limited
            FROM judged_{sample} AS judged
            JOIN people ON people.person = judged.person
            JOIN frozen ON frozen.person = judged.person AND frozen.year = judged.frozen
            JOIN rights
                ON rights.person = judged.person AND rights.day = judged.day
                AND rights.eve = judged.eve
            LEFT JOIN long_term_at
                ON long_term_at.person = judged.person AND long_term_at.eve = judged.eve
            JOIN limited_at
                ON limited_at.person = judged.person AND limited_at.eve = judged.eve
            WHERE judged.unit IS NOT NULL AND judged.aged
            """
        )
        (twice,) = one(
            con,
            f"SELECT count(*) FROM (SELECT 1 FROM members_{sample} "
            "GROUP BY person, cohort, frozen, CASE WHEN cohort IS NULL THEN day END "
            "HAVING count(*) > 1)",
        )
        if twice:
            raise InputError(
                f"sample {sample}: {counted(twice, 'person is', 'persons are')} in a cohort twice"
            )


def follow_members(
    con: duckdb.DuckDBPyConnection, settings: PanelSettings, samples: Sequence[str]
) -> None:
    """Make `stays_<sample>` and `skeleton_<sample>`, and `slots_<sample>` of cohorts."""
    resident_spells(con)
    for sample in samples:
        keep(con, f"slots_{sample}", slots(settings, sample))
        make_stays(con, settings, sample)


def slots(settings: PanelSettings, sample: str) -> pd.DataFrame:
    """List the months in which each cohort is looked at: cohort, elapsed, month."""
    first, last = month_number(settings.first_month), month_number(settings.last_month)
    if sample == "stock":
        cohorts = [month_number(stock) for stock in settings.stocks]
        elapsed = list(range(settings.follow_up + 1))
    elif sample == "inflow":
        cohorts, elapsed = list(range(first, last + 1)), settings.horizons
    else:
        cohorts, elapsed = [], []
    rows = [(c, k, c + k) for c in cohorts for k in elapsed if c + k <= last]
    return pd.DataFrame(rows, columns=["cohort", "elapsed", "month"], dtype="int32")
