"""Spells of search and status become one clean status per person and month."""

from __future__ import annotations

import duckdb

from kuntakokeilu.study import PanelSettings

MONTHS_BEFORE = 24  # before the first freeze date: what traits look back on
UNKNOWN = "z"
UNEMPLOYED = ("2", "3")  # laid off is the second
# The order of overlapping spells and the status in one number, so that a plain maximum, which
# spills to disk, decides: days since 1850, delivery year, code from the end. A registration itself
# is the least of them and says unknown.
_RANK = (
    "(date_diff('day', DATE '1850-01-01', start_date) * 4096 + coalesce(delivery_year, 0))"
    " * 256 + 255 - ascii(status)"
)


def month_number(text: str) -> int:
    """Number the month YYYY-MM: year * 12 + month - 1; `month_index` of SQL does so for days."""
    year, month = text.split("-")
    return int(year) * 12 + int(month) - 1


def window(settings: PanelSettings) -> tuple[int, int]:
    """First and last month of which the status is told."""
    first = settings.frozen_on[0]
    return month_number(f"{first:%Y-%m}") - MONTHS_BEFORE, month_number(settings.last_month)


def status_months(con: duckdb.DuckDBPyConnection, settings: PanelSettings) -> None:
    """Make the tables of statuses at month ends and of days unemployed.

    Parameters
    ----------
    con : DuckDBPyConnection
        With `search_spells`, `status_spells` and `persons`.
    settings : PanelSettings
        Dates of freezing and the last month.

    Notes
    -----
    Makes `status_months(person INTEGER, month INTEGER, status VARCHAR)`: one row per person and
    month on whose last day a search spell covers the person, from 24 months before the first
    freeze date to the last month. The status is the one of that day; of several the one that began
    last, then the one of the latest delivery, then the lower code; z if there is none. Statuses
    outside a registration are left out.

    Also `unemployed_months(person INTEGER, month INTEGER, days BIGINT)`: days of the month on which
    the person was registered and, by the same order of spells, unemployed or laid off.
    """
    first, last = window(settings)
    _make_registrations(con, last)
    con.execute(f"""
        CREATE OR REPLACE TABLE status_months AS
        SELECT person, month, chr(CAST(255 - max(rank) % 256 AS INTEGER)) AS status
        FROM (
            SELECT person, unnest({_month_ends("start_date", "end_date", first, last)}) AS month,
                CAST(255 - ascii('{UNKNOWN}') AS BIGINT) AS rank, true AS registered
            FROM registrations
            UNION ALL
            SELECT p.person, unnest({_month_ends("start_date", closed(last), first, last)}),
                {_RANK}, false
            FROM status_spells s JOIN persons p ON p.id = s.person
        )
        GROUP BY person, month HAVING bool_or(registered)""")
    _count_unemployed_days(con, first, last)


def _count_unemployed_days(con: duckdb.DuckDBPyConnection, first: int, last: int) -> None:
    """Make `unemployed_months`; spells that overlap others, which are few, day by day."""
    con.execute(f"""
        CREATE OR REPLACE TABLE unemployed_months AS
        WITH spells AS (
            SELECT p.person, start_date, {closed(last)} AS end_date, {_RANK} AS rank,
                status IN {UNEMPLOYED} AS unemployed
            FROM status_spells s JOIN persons p ON p.id = s.person
        ), parts AS (
            SELECT s.person, rank, unemployed,
                greatest(s.start_date, r.start_date, first_day({first})) AS start_date,
                least(s.end_date, r.end_date, month_end({last})) AS end_date
            FROM spells s JOIN registrations r ON r.person = s.person
                AND r.start_date <= s.end_date AND r.end_date >= s.start_date
        ), told AS (
            SELECT *, coalesce(start_date > max(end_date) OVER (
                    PARTITION BY person ORDER BY start_date, end_date
                    ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING), true)
                AND coalesce(end_date < lead(start_date) OVER (
                    PARTITION BY person ORDER BY start_date, end_date), true) AS alone
            FROM parts WHERE start_date <= end_date
        )
        SELECT person, month, sum(days)::BIGINT AS days
        FROM (
            SELECT person, month, 1 + least(end_date, month_end(month))
                - greatest(start_date, first_day(month)) AS days
            FROM (
                SELECT *, unnest(range(month_index(start_date), month_index(end_date) + 1)) AS month
                FROM told WHERE alone AND unemployed
            )
            UNION ALL
            SELECT person, month_index(day), 1
            FROM (
                SELECT person, rank,
                    unnest(generate_series(start_date, end_date, INTERVAL 1 DAY))::DATE AS day
                FROM told WHERE NOT alone
            )
            GROUP BY person, day
            HAVING chr(CAST(255 - max(rank) % 256 AS INTEGER)) IN {UNEMPLOYED}
        )
        GROUP BY person, month""")


def entries(con: duckdb.DuckDBPyConnection, settings: PanelSettings) -> None:
    """Make the table of persons who became job seekers in a month.

    Makes `entries(person INTEGER, month INTEGER, start_date DATE)`: starts of registrations with no
    day of registration among the `entry_gap_days` days before; the first of a person in a month.
    Months as in `status_months`.
    """
    first, last = window(settings)
    _make_registrations(con, last)
    con.execute(f"""
        CREATE OR REPLACE TABLE entries AS
        SELECT person, month_index(start_date) AS month, min(start_date) AS start_date
        FROM (
            SELECT *, lag(end_date) OVER (PARTITION BY person ORDER BY start_date) AS left_on
            FROM registrations
        )
        WHERE (left_on IS NULL OR start_date - left_on > {settings.entry_gap_days})
            AND month_index(start_date) BETWEEN {first} AND {last}
        GROUP BY ALL""")


def merged(spells: str) -> str:
    """SQL that merges a person's overlapping or touching spells: person, start_date, end_date."""
    before = "PARTITION BY person ORDER BY start_date, end_date ROWS BETWEEN UNBOUNDED PRECEDING"
    return f"""(
        SELECT person, min(start_date) AS start_date, max(end_date) AS end_date
        FROM (
            SELECT *, count_if(fresh) OVER ({before} AND CURRENT ROW) AS number
            FROM (
                SELECT person, start_date, end_date, coalesce(
                    start_date > 1 + max(end_date) OVER ({before} AND 1 PRECEDING), true) AS fresh
                FROM {spells}
            )
        )
        GROUP BY person, number)"""


def _make_registrations(con: duckdb.DuckDBPyConnection, last: int) -> None:
    spells = f"""(
        SELECT p.person, s.start_date, {closed(last)} AS end_date
        FROM search_spells s JOIN persons p ON p.id = s.person)"""
    con.execute(f"CREATE OR REPLACE TEMP TABLE registrations AS SELECT * FROM {merged(spells)}")


def closed(last: int) -> str:
    """SQL of the last day of a spell, given the last month; no later than it is known to last.

    ASSUME: an open spell is known up to the end of the year of its delivery; where a later
    delivery no longer has it (`open_in_an_earlier_delivery`), it ended there. A blank last day
    counts as open, and one pooled file as known to the last month.
    """
    known = f"coalesce(make_date(delivery_year::BIGINT, 12, 31), month_end({last}))"
    return f"greatest(start_date, coalesce(end_date, {known}))"


def _month_ends(start: str, end: str, first: int, last: int) -> str:
    """SQL of the list of months whose last day lies in a spell."""
    until = f"month_index({end} + 1)"  # the month that the spell no longer covers to its end
    return f"range(greatest(month_index({start}), {first}), least({until}, {last + 1}))"
