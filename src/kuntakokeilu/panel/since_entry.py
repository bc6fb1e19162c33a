"""Outcomes added up since a cohort's month, over all months and not only those with a row.

A stock is counted from the month after its day, an inflow from the month of entry, of which all
wages and assistance count, those of the days before entry too.
"""

from __future__ import annotations

# Months since the cohort's month at which the count begins.
COUNTED_FROM = {"stock": 1, "inflow": 0}
# Outcome: its column of the running totals, and the register that must reach all months.
OUTCOMES = {
    "months_worked": ("worked", "wage_months"),
    "earnings_since_entry_cents": ("wage_cents", "wage_months"),
    "unemployed_days_since_entry": ("days", "status"),
    "assistance_months_since_entry": ("assisted", "assistance_months"),
}


def running_totals(threshold: int) -> str:
    """Say in SQL: totals of each person up to each month with a fact; `{persons}` is to be filled.

    Parameters
    ----------
    threshold : int
        Wage of a month, in cents, above which one is employed.
    """
    columns = [column for column, _ in OUTCOMES.values()]
    totals = ", ".join(f"sum({c}) OVER running::BIGINT AS {c}" for c in columns)
    months = ", ".join(f"coalesce(sum({c}), 0) AS {c}" for c in columns)
    return f"""
        SELECT person, month, {totals}
        FROM (
            SELECT person, month, {months}
            FROM (
                SELECT person, month, wage_cents, (wage_cents > {threshold})::INTEGER AS worked
                FROM wage_months WHERE {{persons}}
                UNION ALL BY NAME
                SELECT person, month, days FROM unemployed_months WHERE {{persons}}
                UNION ALL BY NAME
                SELECT person, month, 1 AS assisted FROM assistance_months WHERE {{persons}}
            )
            GROUP BY person, month
        )
        WINDOW running AS (PARTITION BY person ORDER BY month)"""


def joins(counted_from: int) -> str:
    """Say in SQL: the totals up to the row's month and up to the month before the count."""
    return f"""
        ASOF LEFT JOIN totals AS until ON until.person = s.person AND until.month <= s.month
        ASOF LEFT JOIN totals AS earlier
            ON earlier.person = s.person AND earlier.month < s.cohort + {counted_from}"""


def outcomes(counted_from: int | None, known: dict[str, tuple[int, int]]) -> dict[str, str]:
    """Say each outcome in SQL, missing unless its register reaches all months of the count."""
    if counted_from is None:
        return dict.fromkeys(OUTCOMES, "NULL")
    first = f"s.cohort + {counted_from}"
    found = {}
    for name, (column, register) in OUTCOMES.items():
        since = f"coalesce(until.{column}, 0) - coalesce(earlier.{column}, 0)"
        begin, end = known.get(register, (1, 0))
        found[name] = (
            f"CASE WHEN s.month BETWEEN {first} AND {end} AND {first} >= {begin} THEN {since} END"
        )
    return found
