"""What offices did with a job seeker: services begun, plans and their review, contacts."""

from __future__ import annotations

import duckdb

from kuntakokeilu.panel.told import Told

IN_SERVICE = ("7", "8")
CANCELLED = "P"
# ASSUME: attempted calls and bare entries (codes of yhtottotapa) are no contact with the client.
NO_CONTACT = ("02", "96", "99")
# ASSUME: a plan without a day of review is to be reviewed after so many months.
REVIEW_MONTHS = 6
# Tables that look at other months or days, unique in person and month.
LOOKS = {
    # Registered all the time is registered at the ends of four months in a row.
    "contact_quarters": """
        SELECT person, month, coalesce(sum(contacts) OVER (
            PARTITION BY person ORDER BY month RANGE BETWEEN 2 PRECEDING AND CURRENT ROW
        ), 0) AS contacts
        FROM (FROM status_months WHERE {persons})
        LEFT JOIN (FROM contact_months WHERE {persons}) USING (person, month)
        QUALIFY lag(month, 3) OVER (PARTITION BY person ORDER BY month) = month - 3""",
    # Of job seekers: without a plan, or its review should have been by the end of the month.
    "plan_states": """
        SELECT s.person, s.month, coalesce(due < month_end(s.month), true) AS outdated
        FROM (FROM status_months WHERE {persons}) AS s
        ASOF LEFT JOIN (FROM plan_reviews WHERE {persons}) AS p
            ON p.person = s.person AND p.month <= s.month""",
}
# Of entrants: the first contact on the day of entry or later.
FIRST_CONTACTS = """
    SELECT e.person, e.month, e.start_date, c.start_date AS contact_date
    FROM (FROM entries WHERE {persons}) AS e
    ASOF LEFT JOIN (FROM contact_days WHERE {persons}) AS c
        ON c.person = e.person AND c.start_date >= e.start_date"""
# Days after that of entry until which a contact is in time. Five working days are a week, less what
# is left of a weekend. ASSUME: public holidays are working days.
IN_TIME = {
    "contact_in_5_working_days": "CASE isodow({entry}) WHEN 6 THEN 6 WHEN 7 THEN 5 ELSE 7 END",
    "contact_in_14_days": "14",
}


def contacted_in_time(reach: tuple[int, int] | None) -> dict[str, Told]:
    """Say whether entrants were contacted in time, in the month of entry.

    Parameters
    ----------
    reach : tuple of int or None
        First and last month that contacts reach; the days until then must lie between them. None
        if they are unknown, or for others than entrants.
    """
    if reach is None:
        return {}
    entry, found = "first_contacts.start_date", {}
    within = f"s.month = s.cohort AND s.month >= {reach[0]}"
    for name, days in IN_TIME.items():
        last = f"({entry} + {days.format(entry=entry)})"
        in_time = f"coalesce(first_contacts.contact_date <= {last}, false)"
        value = f"CASE WHEN month_index({last}) <= {reach[1]} THEN {in_time} END"
        found[name] = Told("first_contacts", value, "NULL", within)
    return found


def service_months(con: duckdb.DuckDBPyConnection, present: set[str]) -> None:
    """Fill `service_months(person, month)`: a service began in the month.

    A service is labour market training, a work trial or a status outside the labour force in a
    service or in education. Left out are trainings that the person did not begin and courses that
    were cancelled.

    Parameters
    ----------
    con : DuckDBPyConnection
        With `persons` and the register tables.
    present : set of str
        Register tables that are there.
    """
    parts = []
    if "status_spells" in present:
        parts.append(f"SELECT person, start_date FROM status_spells WHERE status IN {IN_SERVICE}")
    if "work_trials" in present:
        parts.append("SELECT person, start_date FROM work_trials")
    if "training" in present:
        held = ""
        if "training_courses" in present:
            held = f"""ANTI JOIN (FROM training_courses WHERE cancelled = '{CANCELLED}') c
                ON c.course = t.course"""
        parts.append(
            f"SELECT person, start_date FROM training t {held} "
            "WHERE t.started IS DISTINCT FROM false"
        )
    _fill(con, "service_months", parts)


def plan_months(con: duckdb.DuckDBPyConnection, present: set[str]) -> None:
    """Fill `plan_months(person, month)`: a plan was made or renewed, in either client system."""
    found = [name for name in ("plans", "ura_plans") if name in present]
    _fill(con, "plan_months", [f"SELECT person, start_date FROM {name}" for name in found])


def plan_reviews(con: duckdb.DuckDBPyConnection, present: set[str]) -> None:
    """Make `plan_reviews(person, month, due)`: when the month's last plan is to be reviewed.

    Of several tasks of a plan the last review counts; the older system has no day of review.
    """
    con.execute("CREATE OR REPLACE TABLE plan_reviews (person INTEGER, month INTEGER, due DATE)")
    reviews = {"plans": "NULL::DATE AS review_date", "ura_plans": "review_date"}
    found = [
        f"SELECT person, start_date, {day} FROM {name}"
        for name, day in reviews.items()
        if name in present
    ]
    if found:
        con.execute(f"""
            INSERT INTO plan_reviews
            SELECT person, month_index(start_date), arg_max(due, start_date)
            FROM (
                SELECT p.person, start_date, coalesce(
                    max(review_date), (start_date + INTERVAL {REVIEW_MONTHS} MONTH)::DATE) AS due
                FROM ({" UNION ALL ".join(found)}) e JOIN persons p ON p.id = e.person
                GROUP BY p.person, start_date
            )
            GROUP BY person, month_index(start_date)""")


def contact_months(con: duckdb.DuckDBPyConnection) -> None:
    """Fill `contact_months(person, month, contacts)`: contacts of the month, either way.

    Also `contact_days(person, start_date)`, with the days of these contacts.
    """
    con.execute(f"""
        INSERT INTO contact_days
        SELECT p.person, start_date
        FROM ura_contacts c JOIN persons p ON p.id = c.person
        WHERE kind IS NULL OR kind NOT IN {NO_CONTACT}""")
    con.execute("""
        INSERT INTO contact_months
        SELECT person, month_index(start_date), count(*) FROM contact_days GROUP BY ALL""")


def _fill(con: duckdb.DuckDBPyConnection, table: str, parts: list[str]) -> None:
    if parts:
        con.execute(f"""
            INSERT INTO {table}
            SELECT DISTINCT p.person, month_index(start_date)
            FROM ({" UNION ALL ".join(parts)}) e JOIN persons p ON p.id = e.person""")
