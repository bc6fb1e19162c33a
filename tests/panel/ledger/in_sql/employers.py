"""Wages by kind of employer: what a wage subsidy covers, and what public employers pay themselves.

A subsidised job with a public employer is a programme: its cost is the wage and the employer's
contributions, less the subsidy, which the state pays. Another job with a public employer is no
programme cost: it produces the services for which its employer would hire anyone. Registers do not
tell it from a job with a firm, either.
"""

from __future__ import annotations

import duckdb

from kuntakokeilu.facts import LedgerRules
from kuntakokeilu.facts.ledger import COUNTIES_FROM
from kuntakokeilu.facts.taxes import INSURANCE
from kuntakokeilu.panel.spells import closed

from .rules import HUNDREDTHS

START_UP_GRANTS = ("61", "62")
# Kinds of placement (`sijkds`) that name the employer, then sectors (`staskd`), which tell it of
# other kinds and tell counties from municipalities.
MUNICIPAL_KINDS, STATE_KINDS, PRIVATE_KINDS = ("5T", "5V"), ("40", "41"), ("6T", "6V")
STATE_SECTOR, MUNICIPAL_SECTORS, COUNTY_SECTOR = "1", ("2", "6"), "7"
# What each public employer pays, less the subsidy.
PUBLIC = {
    "municipal_employer_cents": "municipalities",
    "county_employer_cents": "counties",
    "state_employer_cents": "state",
}
_COST = " + ".join(("wages", *INSURANCE))


def wages_by_employer(
    con: duckdb.DuckDBPyConnection, rules: LedgerRules, present: set[str]
) -> None:
    """Make `ledger_employers`: person, month, employer, wages, pension, health, unemployment.

    Also the subsidy; all in cents, the contributions those of the employer. Several rows for a
    person and month are possible.

    ASSUME: the wages of a month are shared over its days in placements and its other days, all
    employers together; all wages outside placements are of private employers. Where placements
    overlap, wages are shared between them by days. A start-up grant is no wage.
    """
    con.execute(
        "CREATE OR REPLACE TABLE ledger_placements (person INTEGER, month INTEGER, "
        "employer VARCHAR, wages BIGINT, share BIGINT, on_cost BOOLEAN, ceiling BIGINT)"
    )
    if "subsidised_placements" in present:
        con.execute(f"INSERT INTO ledger_placements {_placements(rules)}")
    rates = ", ".join(f"part_of(wages, r.{name}) AS {name}" for name in INSURANCE)
    con.execute(f"""
        CREATE OR REPLACE TABLE ledger_employers AS
        WITH parts AS (
            FROM ledger_placements
            UNION ALL
            SELECT person, month, 'private', wage_cents - coalesce(placed, 0), 0, false, 0
            FROM wage_months LEFT JOIN (
                SELECT person, month, sum(wages)::BIGINT AS placed
                FROM ledger_placements GROUP BY person, month
            ) USING (person, month)
        ), costs AS (
            SELECT p.*, {rates} FROM parts p JOIN ledger_employer_rates r USING (month, employer)
            WHERE wages <> 0
        )
        SELECT person, month, employer, wages, {", ".join(INSURANCE)},
            (sign(wages) * least(ceiling, part_of(
                abs(CASE WHEN on_cost THEN {_COST} ELSE wages END), share)))::BIGINT AS subsidy
        FROM costs""")


def _placements(rules: LedgerRules) -> str:
    """SQL of the wages in placements, each by the rules of the month in which it began.

    A subsidy goes on by the rules by which it was granted (Act 371/2023, entry into force).
    """
    until = closed(rules.last)
    counties = int(COUNTIES_FROM[:4]) * 12 + int(COUNTIES_FROM[5:]) - 1
    return f"""
        WITH placed AS (
            SELECT p.person, start_date, {until} AS end_date,
                least(greatest(month_index(start_date), {rules.first}), {rules.last}) AS granted,
                -- least() passes over what is missing.
                CASE WHEN subsidy_share IS NOT NULL
                    THEN greatest(0, least(subsidy_share, 100)) * {HUNDREDTHS} END AS told,
                CASE WHEN kind IN {STATE_KINDS} THEN 'state'
                    WHEN kind IN {MUNICIPAL_KINDS} THEN
                        CASE WHEN sector = '{COUNTY_SECTOR}' THEN 'counties'
                        ELSE 'municipalities' END
                    WHEN kind IN {PRIVATE_KINDS} THEN 'private'
                    WHEN sector = '{STATE_SECTOR}' THEN 'state'
                    WHEN sector IN {MUNICIPAL_SECTORS} THEN 'municipalities'
                    WHEN sector = '{COUNTY_SECTOR}' THEN 'counties'
                    ELSE 'private' END AS employer
            FROM subsidised_placements s JOIN persons p ON p.id = s.person
            WHERE kind IS NULL OR kind NOT IN {START_UP_GRANTS}
        ), ruled AS (
            SELECT placed.*, base = 'cost' AS on_cost, ceiling_cents,
                coalesce(told, unknown_share)::BIGINT AS share
            FROM placed JOIN ledger_wage_subsidies w
                ON w.month = granted AND coalesce(told, unknown_share) >= share_from
                    AND coalesce(told, unknown_share) < share_until
                    AND w.employer = CASE WHEN placed.employer = 'state' THEN 'state' ELSE 'any' END
        ), months AS (
            SELECT *, least(end_date, month_end(month)) - greatest(start_date, first_day(month)) + 1
                AS days, day(month_end(month)) AS month_days
            FROM (
                SELECT *, unnest(range(greatest(month_index(start_date), {rules.first}),
                    least(month_index(end_date), {rules.last}) + 1))::INTEGER AS month FROM ruled
            )
        ), shared AS (
            SELECT *, greatest(month_days, sum(days) OVER (PARTITION BY person, month)) AS whole
            FROM months
        )
        SELECT person, month,
            CASE WHEN employer = 'counties' AND month < {counties} THEN 'municipalities'
                ELSE employer END,
            floor_of(2 * wage_cents * days + whole, 2 * whole), share, on_cost,
            floor_of(ceiling_cents * days, whole)
        FROM shared JOIN wage_months USING (person, month)"""


def public_employers() -> str:
    """SQL of what public employers pay of subsidised jobs: person, month, columns of PUBLIC."""
    sums = ", ".join(
        f"coalesce(sum({_COST} - subsidy) FILTER (employer = '{who}'), 0)::BIGINT AS {name}"
        for name, who in PUBLIC.items()
    )
    return f"SELECT person, month, {sums} FROM ledger_employers GROUP BY person, month"


def subsidies() -> str:
    """SQL of the wage subsidies of the state: person, month, cents."""
    return (
        "SELECT person, month, sum(subsidy)::BIGINT AS state_services_cents "
        "FROM ledger_employers WHERE subsidy <> 0 GROUP BY person, month"
    )
