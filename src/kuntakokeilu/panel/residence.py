"""Who lives where the trial runs: everyone is counted where they lived before it, movers too."""

from __future__ import annotations

import duckdb
import pandas as pd

from kuntakokeilu.panel.database import keep
from kuntakokeilu.panel.spells import month_number

# The months of a person in a trial municipality, as far as the trial runs.
LOOKS = {
    "under_trial": """
        SELECT person, unnest(range("first", "last" + 1))::INTEGER AS month
        FROM trial_years WHERE {persons}"""
}


def no_trial_years(con: duckdb.DuckDBPyConnection) -> None:
    """Make `trial_years` without a row: where there is no trial nobody lives under it."""
    con.execute(
        'CREATE OR REPLACE TABLE trial_years (person INTEGER, "first" INTEGER, "last" INTEGER)'
    )


def trial_years(
    con: duckdb.DuckDBPyConnection, areas: pd.DataFrame | None, start: str | None
) -> None:
    """Fill `trial_years` (person, first, last): months of a year lived where the trial runs.

    Parameters
    ----------
    con : DuckDBPyConnection
        With `years` and `unit_of_code`.
    areas : DataFrame or None
        The trial's areas (arm, unit); None without a trial.
    start : str or None
        Its first month, YYYY-MM.

    Notes
    -----
    ASSUME: whoever lived there on 31 December lives there all the next year, as for who is
    eligible; the day of a move is in no table. A code that is no municipality of any year is none
    of the trial's.
    """
    no_trial_years(con)
    if areas is None or start is None:
        return
    keep(con, "trial_units", areas.loc[areas["arm"] == "trial", ["unit"]].drop_duplicates())
    begins = month_number(start)
    con.execute(
        f"""
        INSERT INTO trial_years
        SELECT DISTINCT person, greatest((year + 1) * 12, {begins}), (year + 1) * 12 + 11
        FROM years
        JOIN unit_of_code ON unit_of_code.code = coalesce(municipality, municipality_next_year)
        SEMI JOIN trial_units ON trial_units.unit = unit_of_code.unit
        WHERE (year + 1) * 12 + 11 >= {begins}"""
    )
