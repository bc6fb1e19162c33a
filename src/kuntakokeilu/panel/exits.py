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


def looks(threshold: int) -> dict[str, str]:
    """Say in SQL the tables about leaving and staying, unique in person and month.

    `exits` has where each of those at risk is at the end of the month: unemployed, service, work or
    out; `unemployed_year` who was unemployed at the ends of this and the eleven months before.

    Parameters
    ----------
    threshold : int
        Wage of a month, in cents, above which one is employed.
    """
    return {
        "exits": f"""
            SELECT person, month,
                CASE WHEN status IN {UNEMPLOYED} THEN 'unemployed'
                    WHEN status IN {ACTIVE} THEN 'service'
                    WHEN status IN {AT_WORK} OR paid.person IS NOT NULL THEN 'work'
                    ELSE 'out' END AS destination
            FROM (
                SELECT person, month + 1 AS month
                FROM status_months WHERE {{persons}} AND status IN {UNEMPLOYED}
            ) AS at_risk
            LEFT JOIN (FROM status_months WHERE {{persons}}) AS now USING (person, month)
            LEFT JOIN (
                SELECT DISTINCT person, month - ahead AS month
                FROM wage_months, range(2) AS months(ahead)
                WHERE {{persons}} AND wage_cents > {threshold}
            ) AS paid USING (person, month)""",
        "unemployed_year": f"""
            SELECT person, month FROM status_months WHERE {{persons}} AND status IN {UNEMPLOYED}
            QUALIFY lag(month, 11) OVER (PARTITION BY person ORDER BY month) = month - 11""",
    }


def exit_to(destination: str) -> str:
    """Say in SQL whether one of those at risk left to a destination; null for all others."""
    return f"exits.destination = '{destination}'"


# The official activation rate: active in services over these and the unemployed (Statistics
# Finland, aktivointiaste). ASSUME: the statuses of services are those of its numerator; job
# alternation leave is in no register here.
ACTIVATED = f"""
    CASE WHEN status_months.status IN {UNEMPLOYED + ACTIVE}
        THEN status_months.status IN {ACTIVE} END"""
