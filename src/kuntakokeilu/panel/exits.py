"""Who left unemployment in a month, and where to; the rates of those at risk.

Whoever is unemployed at the end of the month before is, at the end of this one, in exactly one of:
still unemployed or laid off; in a service or subsidised work; in work; out of the labour force.
In work is whom the register has as employed (in the open market, part-time, on a short week), or
who is in none of the former and has a wage above the study's threshold. ASSUME: a first wage is
paid by the end of the next month. All others, among them whose status is unknown, are out.
"""

from __future__ import annotations

from kuntakokeilu.panel.spells import UNEMPLOYED

ACTIVE = ("0", "7", "8")  # subsidised, in a service, in education as a service
AT_WORK = ("1", "4", "9")
# Tables that look at another month, unique in person and month.
LOOKS = {
    "status_before": "SELECT person, month + 1 AS month, status FROM status_months WHERE {persons}",
    "wage_after": "SELECT person, month - 1 AS month, wage_cents FROM wage_months WHERE {persons}",
    "unemployed_year": f"""
        SELECT person, month FROM status_months WHERE {{persons}} AND status IN {UNEMPLOYED}
        QUALIFY lag(month, 11) OVER (PARTITION BY person ORDER BY month) = month - 11""",
}


def exit_to(destination: str, threshold: int) -> str:
    """Say in SQL whether one of those at risk left to a destination; null for all others.

    Parameters
    ----------
    destination : str
        service, work or out.
    threshold : int
        Wage of a month, in cents, above which one is employed.
    """
    wages = ("wage_months", "wage_after")
    paid = " OR ".join(f"coalesce({name}.wage_cents, 0) > {threshold}" for name in wages)
    return f"""
        CASE WHEN status_before.status IN {UNEMPLOYED} THEN '{destination}' = CASE
            WHEN status_months.status IN {UNEMPLOYED} THEN 'unemployed'
            WHEN status_months.status IN {ACTIVE} THEN 'service'
            WHEN status_months.status IN {AT_WORK} OR {paid} THEN 'work'
            ELSE 'out' END END"""


# The official activation rate: active in services over these and the unemployed (Statistics
# Finland, aktivointiaste). ASSUME: the statuses of services are those of its numerator; job
# alternation leave is in no register here.
ACTIVATED = f"""
    CASE WHEN status_months.status IN {UNEMPLOYED + ACTIVE}
        THEN status_months.status IN {ACTIVE} END"""
