"""Weekdays of services and lay-offs, told by spells."""

from __future__ import annotations

import duckdb
import numpy as np

from kuntakokeilu.facts import LedgerRules
from kuntakokeilu.panel.guidance import CANCELLED
from kuntakokeilu.panel.ledger.rows import Grid, changed, order_of, person_of, read
from kuntakokeilu.panel.ledger.whole import Whole
from kuntakokeilu.panel.spells import closed

COACHING = "14"
# Registers without which the days of a service cannot be told.
SERVICE_TABLES = ("status_spells", "work_trials", "training")
# Sources of spells: statuses of lay-off (a short working week is one too), other statuses in which
# unemployment benefit is paid outside of services (unemployed, in part-time work), and services.
STATUSES = {
    "laid_off": ("3", "4"),
    "unemployed": ("2", "9"),
    "in_service": ("7",),
    "in_education": ("8",),
}
SOURCES = (*STATUSES, "work_trial", "coaching", "training")
# Kinds of days, and the sources whose spells have them.
KINDS = {name: (name,) for name in SOURCES} | {"unemployed": ("laid_off", "unemployed")}
_DAY = 1 << 24  # more days than any spell is away from 1970


def spells(con: duckdb.DuckDBPyConnection, rules: LedgerRules, present: set[str]) -> None:
    """Make `ledger_spells`: person, source (its place in `SOURCES`), month, began, ended.

    Days are numbered from Monday 1970-01-05 on, cut to the months of the rules; the month is that
    of the first. An earlier status gives way to the next. Without the register of statuses nobody
    is known to be laid off; without one of the registers of services nobody to be in one.
    """
    parts = []
    if "status_spells" in present:
        served = set(SERVICE_TABLES) <= present
        parts.append(_of_statuses(rules, [*STATUSES] if served else ["laid_off", "unemployed"]))
        parts += _of_services(rules, present) if served else []
    con.execute(
        "CREATE OR REPLACE TABLE ledger_spells (person INTEGER, month INTEGER, source TINYINT, "
        "began INTEGER, ended INTEGER)"
    )
    first, last = f"first_day({rules.first})", f"month_end({rules.last})"
    for part in parts:
        con.execute(f"""
            INSERT INTO ledger_spells
            SELECT p.person, month_index(a), source, a - DATE '1970-01-05', b - DATE '1970-01-05'
            FROM (
                SELECT person, source, greatest(start_date, {first}) AS a,
                    least(end_date, {last}) AS b FROM ({part})
            ) s JOIN persons p ON p.id = s.person
            WHERE a <= b""")


def _of_statuses(rules: LedgerRules, names: list[str]) -> str:
    cases = " ".join(
        f"WHEN status IN ({', '.join(map(repr, STATUSES[name]))}) THEN {SOURCES.index(name)}"
        for name in names
    )
    return f"""
        SELECT person, start_date, least({closed(rules.last)}, coalesce(lead(start_date) OVER (
                PARTITION BY person ORDER BY start_date) - 1, DATE '9999-12-31')) AS end_date,
            CASE {cases} END AS source
        FROM status_spells QUALIFY source IS NOT NULL"""


def _of_services(rules: LedgerRules, present: set[str]) -> list[str]:
    until = closed(rules.last)
    trial, coaching, training = map(SOURCES.index, ("work_trial", "coaching", "training"))
    course, held, kept = str(training), "", "t.started IS DISTINCT FROM false"
    if "training_courses" in present:
        course = f"CASE WHEN c.kind = '{COACHING}' THEN {coaching} ELSE {training} END"
        held = f"""LEFT JOIN (
            SELECT course, any_value(kind) AS kind, bool_or(cancelled = '{CANCELLED}') AS cancelled
            FROM training_courses GROUP BY course) c ON c.course = t.course"""
        kept += " AND c.cancelled IS DISTINCT FROM true"
    return [
        f"SELECT person, start_date, {until} AS end_date, {trial} AS source FROM work_trials",
        f"""SELECT t.person, t.start_date, {until} AS end_date, {course} AS source
            FROM training t {held} WHERE {kept}""",
    ]


def read_days(
    con: duckdb.DuckDBPyConnection, first: int, last: int, grid: Grid
) -> dict[str, Whole]:
    """Count the weekdays of each kind by cell of the grid, of the persons from `first` to `last`.

    A day counts once, however many spells of its kind have it.
    """
    names = "source, began::BIGINT AS began, ended::BIGINT AS ended"
    rows = read(con, "ledger_spells", first, last, names)
    person = person_of(rows["at"])
    found = {}
    for kind, sources in KINDS.items():
        own = np.isin(rows["source"], [SOURCES.index(source) for source in sources])
        spans = merged(person[own], rows["began"][own], rows["ended"][own])
        found[kind] = _by_month(*spans, grid)
    return found


def merged(person: Whole, began: Whole, ended: Whole) -> tuple[Whole, Whole, Whole]:
    """Make one of a person's overlapping or touching spells: person, first and last day."""
    if not len(person):
        return person, began, ended
    order = order_of(person, began)
    person, began, ended = person[order], began[order], ended[order]
    # The last day so far of the person; all days of a person come after those of the one before.
    so_far = np.maximum.accumulate(person * _DAY + ended)
    fresh = changed(person)
    fresh[1:] |= person[1:] * _DAY + began[1:] > so_far[:-1] + 1
    starts = np.flatnonzero(fresh)
    last = np.append(starts[1:], len(person)) - 1
    return person[starts], began[starts], so_far[last] - person[starts] * _DAY


def _by_month(person: Whole, began: Whole, ended: Whole, grid: Grid) -> Whole:
    bounds = month_bounds(grid.first, grid.months)
    opens = np.searchsorted(bounds, began, side="right") - 1
    closes = np.searchsorted(bounds, ended, side="right") - 1
    lengths = closes - opens + 1
    which = np.repeat(np.arange(len(person)), lengths)
    month = np.arange(len(which)) - np.repeat(np.cumsum(lengths) - lengths - opens, lengths)
    until = np.minimum(ended[which] + 1, bounds[month + 1])
    days = weekdays_before(until) - weekdays_before(np.maximum(began[which], bounds[month]))
    return grid.total(person[which] * grid.months + month, days)


def month_bounds(first: int, months: int) -> Whole:
    """Number the first days of months, and of the one after them, from Monday 1970-01-05 on."""
    starts = np.arange(first, first + months + 1) - 1970 * 12
    days: Whole = starts.astype("datetime64[M]").astype("datetime64[D]").astype(np.int64) - 4
    return days


def weekdays_before(day: Whole) -> Whole:
    """Count the days from Monday to Friday before a day, from Monday 1970-01-05 on."""
    return day // 7 * 5 + np.minimum(day % 7, 5)
