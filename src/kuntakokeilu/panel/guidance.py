"""What offices did with a job seeker in a month: services begun, plans, contacts."""

from __future__ import annotations

import duckdb

IN_SERVICE = ("7", "8")
CANCELLED = "P"
# ASSUME: attempted calls and bare entries (codes of yhtottotapa) are no contact with the client.
NO_CONTACT = ("02", "96", "99")


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


def contact_months(con: duckdb.DuckDBPyConnection) -> None:
    """Fill `contact_months(person, month, contacts)`: contacts of the month, either way."""
    con.execute(f"""
        INSERT INTO contact_months
        SELECT p.person, month_index(start_date), count(*)
        FROM ura_contacts c JOIN persons p ON p.id = c.person
        WHERE kind IS NULL OR kind NOT IN {NO_CONTACT}
        GROUP BY ALL""")


def _fill(con: duckdb.DuckDBPyConnection, table: str, parts: list[str]) -> None:
    if parts:
        con.execute(f"""
            INSERT INTO {table}
            SELECT DISTINCT p.person, month_index(start_date)
            FROM ({" UNION ALL ".join(parts)}) e JOIN persons p ON p.id = e.person""")
