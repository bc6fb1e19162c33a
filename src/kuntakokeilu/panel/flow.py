"""From the extract to the samples: who is left after each step, and that nobody is lost."""

from __future__ import annotations

from collections.abc import Sequence

import duckdb
import pandas as pd

from kuntakokeilu.contracts import CONSERVATION, FLOW, FLOW_STEPS, conform
from kuntakokeilu.duck import one
from kuntakokeilu.errors import InputError
from kuntakokeilu.panel.candidates import MONTHS
from kuntakokeilu.panel.persons import revised
from kuntakokeilu.panel.survey import survey_left_out

# What holds after the steps of FLOW_STEPS that are decided of each candidate.
CONDITIONS = {
    "in_sample_at_date": "listed",
    "resident_when_frozen": "resident",
    "municipality_known": "unit IS NOT NULL",
    "age_within": "aged",
}


# Of everyone, even where only those asked in a survey are numbered.
_SEEKERS = """
    SELECT count(*) FROM (SELECT DISTINCT person FROM search_spells) AS seeker
    SEMI JOIN persons_yearly ON persons_yearly.person = seeker.person"""


def flow(con: duckdb.DuckDBPyConnection, samples: Sequence[str]) -> pd.DataFrame:
    """Count persons after each step from the extract to the person-months.

    Parameters
    ----------
    con : DuckDBPyConnection
        With `people`, `judged_<sample>`, `members_<sample>`, `skeleton_<sample>`.
    samples : sequence of str
        The samples that were made.

    Returns
    -------
    DataFrame
        Contract FLOW: for a stock by its month, for the others over all months. Person-months
        are members × months at `age_within`; `in_sample` takes those after death or emigration
        away.
    """
    (listed,) = one(con, "SELECT count(DISTINCT person) FROM persons_yearly")
    (seekers,) = one(con, _SEEKERS)
    rows = [
        row
        for sample in samples
        for cohort in _cohorts(con, sample)
        for row in _steps(con, sample, cohort, listed, seekers)
    ]
    return conform(pd.DataFrame(rows, columns=list(FLOW.columns)), FLOW)


def _cohorts(con: duckdb.DuckDBPyConnection, sample: str) -> list[int | None]:
    if sample != "stock":
        return [None]
    return [month for (month,) in con.execute("FROM stocks ORDER BY month").fetchall()]


def _steps(
    con: duckdb.DuckDBPyConnection, sample: str, cohort: int | None, listed: int, seekers: int
) -> list[tuple[str, str | None, int, str, int, int | None]]:
    conditions = list(CONDITIONS.values())
    held = [" AND ".join(conditions[: n + 1]) for n in range(len(conditions))]
    counts = ", ".join(f"count(DISTINCT CASE WHEN {each} THEN person END)" for each in held)
    only = "" if cohort is None else f"WHERE cohort = {cohort}"
    persons = one(con, f"SELECT {counts} FROM judged_{sample} {only}")
    kept, rows = one(con, f"SELECT count(DISTINCT person), count(*) FROM skeleton_{sample} {only}")
    months = {"age_within": _expected(con, sample, only), "in_sample": rows}
    label = None if cohort is None else f"{cohort // 12}-{cohort % 12 + 1:02d}"
    return [
        (sample, label, position, step, n, months.get(step))
        for position, (step, n) in enumerate(
            zip(FLOW_STEPS, (listed, seekers, *persons, kept), strict=True), start=1
        )
    ]


def _expected(con: duckdb.DuckDBPyConnection, sample: str, only: str = "") -> int:
    """Count members × months, before anyone dies or leaves the country."""
    if sample in MONTHS:
        query = f"{MONTHS[sample]} SEMI JOIN members_{sample} USING (person, day, frozen)"
        return one(con, f"SELECT count(*) FROM {query}")[0]
    return one(
        con,
        f"""
        SELECT coalesce(sum(persons * months), 0)::BIGINT
        FROM (SELECT cohort, count(*) AS persons FROM members_{sample} {only} GROUP BY cohort)
        JOIN (SELECT cohort, count(*) AS months FROM slots_{sample} GROUP BY cohort)
            USING (cohort)
        """,
    )[0]


def _left_out(con: duckdb.DuckDBPyConnection, sample: str) -> int:
    """Count person-months of members in years at whose beginning they were not there."""
    if sample in MONTHS:
        years = f"""
            SELECT person, month // 12 AS year, count(*) AS months
            FROM {MONTHS[sample]} SEMI JOIN members_{sample} USING (person, day, frozen)
            GROUP BY ALL
        """
    else:
        years = f"""
            SELECT person, year, months FROM members_{sample} JOIN (
                SELECT cohort, month // 12 AS year, count(*) AS months FROM slots_{sample}
                GROUP BY ALL
            ) USING (cohort)
        """
    return one(
        con,
        f"SELECT coalesce(sum(months), 0)::BIGINT FROM ({years}) "
        "ANTI JOIN resident_years USING (person, year)",
    )[0]


def _listed(con: duckdb.DuckDBPyConnection) -> tuple[int, int, int]:
    """Count persons with a job search, those with a row in persons_yearly, and those without."""
    return one(
        con,
        "SELECT (SELECT count(*) FROM persons), (SELECT count(*) FROM people), "
        "(SELECT count(*) FROM persons ANTI JOIN years USING (person))",
    )


def conserve(con: duckdb.DuckDBPyConnection, samples: Sequence[str]) -> pd.DataFrame:
    """See that members × months = rows + rows left out, exactly, and that no row occurs twice.

    Rows cannot occur twice if members, months of a cohort and years of a person do not: the first
    is seen when members are admitted, the others would show here as rows too many.

    Returns
    -------
    DataFrame
        Contract CONSERVATION.

    Raises
    ------
    InputError
        Something does not add up; counts only.
    """
    rows = [("persons with a job search: in persons_yearly", *_listed(con))]
    for column in ("birth_year", "death_year"):
        given, persons = revised(con, column)
        rows.append((f"{column} of a person: the one known last", given, persons, given - persons))
    if "survey" in samples:
        rows.append(survey_left_out(con))
    for sample in samples:
        (kept,) = one(con, f"SELECT count(*) FROM skeleton_{sample}")
        name = f"person-months of {sample}: alive and resident"
        rows.append((name, _expected(con, sample), kept, _left_out(con, sample)))
    for check, before, after, left_out in rows:
        if before != after + left_out:
            raise InputError(
                f"{check}: {before} went in, but {after} came out and {left_out} were left out"
            )
    return conform(pd.DataFrame(rows, columns=list(CONSERVATION.columns)), CONSERVATION)
