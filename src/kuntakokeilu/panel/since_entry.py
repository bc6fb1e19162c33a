"""Outcomes added up since a cohort's month, over all months and not only those with a row.

A stock is counted from the month after its day, an inflow from the month of entry, of which all
wages and assistance count, those of the days before entry too.
"""

from __future__ import annotations

from kuntakokeilu.panel.told import Told, ToldSince

# Months since the cohort's month at which the count begins.
COUNTED_FROM = {"stock": 1, "inflow": 0}
# Outcome: its column of the running totals, and the register that must reach all months.
OUTCOMES = {
    "months_worked": ("worked", "wage_months"),
    "earnings_since_entry_cents": ("wage_cents", "wage_months"),
    "unemployed_days_since_entry": ("days", "status"),
    "assistance_months_since_entry": ("assisted", "assistance_months"),
}
SOURCE = "since_entry"


def months(threshold: int) -> str:
    """Say in SQL: what is counted of each person and month; `{persons}` is to be filled.

    Parameters
    ----------
    threshold : int
        Wage of a month, in cents, above which one is employed.
    """
    columns = ", ".join(f"coalesce(sum({c}), 0)::BIGINT AS {c}" for c, _ in OUTCOMES.values())
    return f"""
        SELECT person, month, {columns}
        FROM (
            SELECT person, month, wage_cents, (wage_cents > {threshold})::INTEGER AS worked
            FROM wage_months WHERE {{persons}}
            UNION ALL BY NAME
            SELECT person, month, days FROM unemployed_months WHERE {{persons}}
            UNION ALL BY NAME
            SELECT person, month, 1 AS assisted FROM assistance_months WHERE {{persons}}
        )
        GROUP BY person, month"""


def running_totals(threshold: int) -> str:
    """Say in SQL: totals of each person up to each month with a fact, of `months`."""
    totals = ", ".join(f"sum({c}) OVER running::BIGINT AS {c}" for c, _ in OUTCOMES.values())
    return f"""
        SELECT person, month, {totals} FROM ({months(threshold)})
        WINDOW running AS (PARTITION BY person ORDER BY month)"""


def joins(counted_from: int) -> str:
    """Say in SQL: the totals up to the row's month and up to the month before the count."""
    return f"""
        ASOF LEFT JOIN totals AS until ON until.person = s.person AND until.month <= s.month
        ASOF LEFT JOIN totals AS earlier
            ON earlier.person = s.person AND earlier.month < s.cohort + {counted_from}"""


def outcomes(counted_from: int | None, known: dict[str, tuple[int, int]]) -> dict[str, Told]:
    """Say each outcome, known where its register reaches all months of the count."""
    if counted_from is None:
        return {}
    first = f"s.cohort + {counted_from}"
    found: dict[str, Told] = {}
    for name, (column, register) in OUTCOMES.items():
        if register in known:
            begin, end = known[register]
            within = f"s.month BETWEEN {first} AND {end} AND {first} >= {begin}"
            found[name] = ToldSince(SOURCE, column, "0", within)
    return found
