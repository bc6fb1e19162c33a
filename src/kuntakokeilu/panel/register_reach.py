"""Which months each register reaches: outside them a fact is missing, inside them its lack is no.

An extract is taken by years, so a register reaches from the first to the last year that has rows.
Where a month is then all but empty, the extract begins or ends within the year, or lacks a part.
This is told from the rows of all persons, also where persons are added up in shards.
"""

from __future__ import annotations

import tempfile
from collections.abc import Iterable
from itertools import pairwise
from pathlib import Path

import duckdb
import pandas as pd

from kuntakokeilu.contracts import REACH, conform
from kuntakokeilu.duck import one
from kuntakokeilu.errors import InputError, counted, some
from kuntakokeilu.panel.database import load, workplace
from kuntakokeilu.panel.frozen import freeze_calendar
from kuntakokeilu.panel.guidance import IN_SERVICE, NO_CONTACT
from kuntakokeilu.panel.persons import check_years
from kuntakokeilu.panel.spells import month_number
from kuntakokeilu.panel.wellbeing import DISABILITY, FLAGS, PSYCHOTROPIC
from kuntakokeilu.study import PanelSettings

# ASSUME: a year or month with less than this share of the fullest one's rows is a few stray dates.
STRAY = 0.01
# ASSUME: of so many search spells some are open, and of so many rows some have a value.
MANY = 1_000
# Columns that facts are made of: without any value, the lack of a fact would say nothing.
MEASURES = {
    "wages": ("wage_cents",),
    "benefit_payments": ("amount_cents", "days", "ground", "payment_date"),
    "social_assistance": FLAGS,
    "medicine_purchases": ("atc",),
}
# Registers with a row for each year that a spell lasts: what was over before the first is in none.
WHILE_IT_LASTS = ("pensions",)

_OF_YEAR = "SELECT (year * 12 + month - 1)::INTEGER AS month FROM"
_BEGAN = "SELECT month_index(start_date) AS month FROM"
_BOUGHT = f"{_BEGAN} medicine_purchases WHERE left(upper(atc), 3) IN {PSYCHOTROPIC}"
# What facts are made of, by register: the months of the rows that can become one.
_MONTHS = {
    "wage_months": {"wages": f"{_OF_YEAR} wages WHERE wage_cents <> 0"},
    "benefit_months": {"benefit_payments": f"{_OF_YEAR} benefit_payments"},
    "service_months": {
        "status_spells": f"{_BEGAN} status_spells WHERE status IN {IN_SERVICE}",
        "work_trials": f"{_BEGAN} work_trials",
        "training": f"{_BEGAN} training WHERE started IS DISTINCT FROM false",
    },
    "plan_months": {name: f"{_BEGAN} {name}" for name in ("plans", "ura_plans")},
    "contact_months": {
        "ura_contacts": f"{_BEGAN} ura_contacts WHERE kind IS NULL OR kind NOT IN {NO_CONTACT}"
    },
    "assistance_months": {
        "social_assistance": f"""
            SELECT year * 12 + number AS month
            FROM (
                SELECT year, unnest([{", ".join(FLAGS)}]) AS received, unnest(range(12)) AS number
                FROM social_assistance
            )
            WHERE received"""
    },
    "sickness_months": {
        "sickness_allowance": """
            SELECT unnest(range(
                month_index(start_date), month_index(coalesce(end_date, start_date)) + 1
            )) AS month FROM sickness_allowance WHERE amount_cents >= 0"""
    },
    "medicine_months": {"medicine_purchases": _BOUGHT},
    "dose_months": {"medicine_purchases": f"{_BOUGHT} AND doses IS NOT NULL"},
    "visit_months": {"primary_care_visits": f"{_BEGAN} primary_care_visits"},
    "pension_months": {
        "pensions": f"""{_BEGAN} (
            SELECT DISTINCT person, start_date FROM pensions WHERE kind = '{DISABILITY}')"""
    },
}
# Registers of which one outcome is made; what covers an outcome is what all of those present cover.
REGISTERS = {
    "registered": ("search_spells",),
    "residence": ("persons_yearly",),
    "status": ("search_spells", "status_spells"),
    **{name: tuple(tables) for name, tables in _MONTHS.items()},
    **{name: (name,) for name in ("work_trials", "training", "subsidised_placements")},
}


def reach_of_registers(
    folders: Iterable[Path], settings: PanelSettings, near: Path
) -> pd.DataFrame:
    """Say what the registers reach, from all shards together.

    Parameters
    ----------
    folders : iterable of Path
        Folders of typed register tables, `<table>.parquet`: one for each shard.
    settings : PanelSettings
        Dates.
    near : Path
        Folder of the work, which is removed at the end.

    Returns
    -------
    DataFrame
        Contract REACH.

    Raises
    ------
    InputError
        As `find_reach`.
    """
    with (
        tempfile.TemporaryDirectory(dir=near, prefix=".reach-") as folder,
        workplace(Path(folder)) as con,
    ):
        return find_reach(con, settings, load(con, folders))


def find_reach(
    con: duckdb.DuckDBPyConnection, settings: PanelSettings, present: set[str]
) -> pd.DataFrame:
    """Say between which months the registers of each fact reach.

    Parameters
    ----------
    con : DuckDBPyConnection
        With the register tables of everyone.
    settings : PanelSettings
        Freeze dates and the last month.
    present : set of str
        Register tables that are there.

    Returns
    -------
    DataFrame
        Contract REACH: of the names of `REGISTERS` those that are known at all.

    Raises
    ------
    InputError
        A column has no value at all, months in the middle have all but no rows, a year of
        persons_yearly is missing, or search spells end before the study does.
    """
    for table in sorted(present & set(MEASURES)):
        _check_measures(con, table)
    check_search(con, settings)
    calendar = freeze_calendar(settings)
    check_years(con, {*calendar["frozen"], *(calendar["month"] // 12 - 1)})
    return reach_of(con, present)


def reach_of(con: duckdb.DuckDBPyConnection, present: set[str]) -> pd.DataFrame:
    """Tell the reach as `find_reach` does, of registers that a study may lack."""
    asked = {table for tables in REGISTERS.values() for table in tables} & present
    spans = {table: _span(con, table) for table in asked}
    found = {name: _reach(con, name, tables, spans) for name, tables in REGISTERS.items()}
    rows = [(name, *span) for name, span in found.items() if span is not None]
    return conform(pd.DataFrame(rows, columns=list(REACH.columns)), REACH)


def _reach(
    con: duckdb.DuckDBPyConnection,
    name: str,
    tables: tuple[str, ...],
    spans: dict[str, tuple[int, int] | None],
) -> tuple[int, int] | None:
    of_tables = [spans[table] for table in tables if table in spans]
    known = [span for span in of_tables if span is not None]
    if not known or len(known) < len(of_tables):
        return None
    first, last = max(span[0] for span in known) * 12, min(span[1] for span in known) * 12 + 11
    if name not in _MONTHS:
        return first, last
    rows = " UNION ALL ".join(sql for table, sql in _MONTHS[name].items() if table in spans)
    # Doses are a column that an extract may lack.
    if name == "dose_months" and not one(con, f"SELECT EXISTS ({rows})")[0]:
        return None
    # The extract may begin or end within a year.
    return _filled(con, " and ".join(tables), rows, first, last)


def check_search(con: duckdb.DuckDBPyConnection, settings: PanelSettings) -> None:
    """Stop if search spells end before the study does, or if none is open.

    An open spell is taken to go on to the end of its delivery's year, so a delivery made within a
    year would lengthen it.

    Raises
    ------
    InputError
        Nobody becomes a job seeker in the last months of the last delivery's year, and the study
        goes on; or none of many spells is open.
    """
    rows, still = one(con, "SELECT count(*), count_if(end_date IS NULL) FROM search_spells")
    if rows >= MANY and not still:
        raise InputError(
            f"table search_spells, column end_date: none of {counted(rows, 'spell')} is open; "
            "expected some. Does the adapter name the date of open spells under sentinels?"
        )
    span = _span(con, "search_spells")
    if span is None:
        return
    first, last = span[1] * 12, span[1] * 12 + 11
    starts = "SELECT month_index(start_date) AS month FROM search_spells"
    _, ends = _filled(con, "search_spells", starts, first, last)
    if ends < min(last, month_number(settings.last_month)):
        raise InputError(
            f"table search_spells: all but no spell begins after {_text(ends)}, though the last "
            f"delivery is of {span[1]}; expected last_month no later than {_text(ends)}"
        )


def _filled(
    con: duckdb.DuckDBPyConnection, tables: str, rows: str, first: int, last: int
) -> tuple[int, int]:
    """Narrow a span to its first and last month with rows; few rows in all narrow nothing."""
    within = f"FROM ({rows}) WHERE month BETWEEN {first} AND {last}"
    counts = dict(con.execute(f"SELECT month, count(*) {within} GROUP BY month").fetchall())
    least = int(STRAY * max(counts.values(), default=0))
    months = [month for month in range(first, last + 1) if counts.get(month, 0) >= least]
    if not months:
        return first, last
    gaps = [month for a, b in pairwise(months) for month in range(a + 1, b)]
    if gaps:
        raise InputError(
            f"table {tables}: all but no rows for {counted(len(gaps), 'month')} "
            f"({some(map(_text, gaps), 3)}) between its first and its last; a part is missing"
        )
    return months[0], months[-1]


def _check_measures(con: duckdb.DuckDBPyConnection, table: str) -> None:
    counts = ", ".join(f"count({column})" for column in MEASURES[table])
    rows, *values = one(con, f"SELECT count(*), {counts} FROM {table}")
    empty = [c for c, number in zip(MEASURES[table], values, strict=True) if not number]
    if rows >= MANY and empty:
        raise InputError(
            f"table {table}, column {some(empty)}: no value in {counted(rows, 'row')}; expected "
            "some, or the table under absent in the adapter"
        )


def _span(con: duckdb.DuckDBPyConnection, table: str) -> tuple[int, int] | None:
    """First and last year of a register table: of its years, its spells' ends, its deliveries."""
    columns = {name for name, *_ in con.execute(f"DESCRIBE {table}").fetchall()}
    if "year" in columns:
        first = last = _years(con, table, "year")
    else:
        last = _years(con, table, "year(start_date)")
        # What ended before the first file is not in it, but what began long before may be.
        first = (_years(con, table, "year(end_date)") if "end_date" in columns else None) or last
        if "delivery_year" in columns:
            last = _years(con, table, "delivery_year") or last
        if table in WHILE_IT_LASTS:
            first = last = _years(con, table, "delivery_year")
    return (first[0], last[-1]) if first and last else None


def _years(con: duckdb.DuckDBPyConnection, table: str, year: str) -> list[int]:
    rows = con.execute(
        f"SELECT {year} AS y, count(*) FROM {table} WHERE y IS NOT NULL GROUP BY y ORDER BY y"
    ).fetchall()
    least = STRAY * max((number for _, number in rows), default=0)
    return [found for found, number in rows if number >= least]


def _text(month: int) -> str:
    return f"{month // 12}-{month % 12 + 1:02d}"
