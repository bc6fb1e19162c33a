"""Weekdays of services and lay-offs, told by spells."""

from __future__ import annotations

import duckdb

from kuntakokeilu.facts import LedgerRules
from kuntakokeilu.panel.spells import closed, merged

# Statuses in which unemployment benefit is paid outside of services: unemployed, laid off, on a
# short working week (which is a lay-off too), in part-time work.
LAID_OFF = ("3", "4")
UNEMPLOYED = ("2", *LAID_OFF, "9")


def statuses(rules: LedgerRules) -> str:
    """SQL of status spells as they were: an earlier one gives way to the next."""
    return f"""
        SELECT person, start_date, least({closed(rules.last)}, coalesce(lead(start_date) OVER (
            PARTITION BY person ORDER BY start_date) - 1, DATE '9999-12-31')) AS end_date, status
        FROM status_spells"""


def weekdays(spells: str, rules: LedgerRules) -> str:
    """SQL of the weekdays that spells cover, each once, in the months of the rules.

    Columns person, month, days; the spells have the person's id.
    """
    of_persons = f"""(
        SELECT p.person, greatest(start_date, first_day({rules.first})) AS start_date, end_date
        FROM ({spells}) s JOIN persons p ON p.id = s.person
        WHERE end_date >= greatest(start_date, first_day({rules.first})))"""
    return f"""
        SELECT person, month, sum(
            weekdays_before(least(end_date, month_end(month)) + 1)
            - weekdays_before(greatest(start_date, first_day(month)))) AS days
        FROM (
            SELECT *, unnest(range(month_index(start_date), month_index(end_date) + 1))::INTEGER
                AS month
            FROM {merged(of_persons)}
        )
        WHERE month <= {rules.last} GROUP BY person, month"""


def laid_off(con: duckdb.DuckDBPyConnection, rules: LedgerRules, present: set[str]) -> None:
    """Make `ledger_laid_off`: person, month, laid_off, unemployed; weekdays, of whom there is one.

    Without the register of statuses nobody is known to be laid off.
    """
    con.execute(
        "CREATE OR REPLACE TABLE ledger_laid_off (person INTEGER, month INTEGER, laid_off BIGINT, "
        "unemployed BIGINT)"
    )
    if "status_spells" not in present:
        return
    of = "SELECT * FROM ({}) WHERE status IN {}"
    laid_off_days = weekdays(of.format(statuses(rules), LAID_OFF), rules)
    unemployed_days = weekdays(of.format(statuses(rules), UNEMPLOYED), rules)
    con.execute(f"""
        INSERT INTO ledger_laid_off
        SELECT person, month, part.days, whole.days
        FROM ({laid_off_days}) AS part JOIN ({unemployed_days}) AS whole USING (person, month)
        WHERE part.days > 0""")
