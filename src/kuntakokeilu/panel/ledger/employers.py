"""Wages by kind of employer: what a wage subsidy covers, and what public employers pay themselves.

A subsidised job with a public employer is a programme: its cost is the wage and the employer's
contributions, less the subsidy, which the state pays. Another job with a public employer is no
programme cost: it produces the services for which its employer would hire anyone. Registers do not
tell it from a job with a firm, either.
"""

from __future__ import annotations

from dataclasses import dataclass

import duckdb
import numpy as np

from kuntakokeilu.facts import LedgerRules
from kuntakokeilu.facts.ledger import COUNTIES_FROM
from kuntakokeilu.facts.taxes import EMPLOYERS
from kuntakokeilu.panel.database import keep
from kuntakokeilu.panel.ledger.rows import Grid, read
from kuntakokeilu.panel.ledger.rules import HUNDREDTHS, Ruled
from kuntakokeilu.panel.ledger.whole import Whole, nearest, part_of
from kuntakokeilu.panel.spells import closed

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


@dataclass(frozen=True)
class Employed:
    """Wages by employer, in cents; of those in placements contributions and subsidy too.

    Attributes
    ----------
    cell : array
        Person and month on the grid; some may stand several times.
    employer : array
        Its place in `EMPLOYERS`.
    wages, subsidy : array
        Cents.
    contributions : dict of str to array
        By insurance, of `INSURANCE`.
    others : array
        Wages outside placements, which are of private employers, by cell of the grid.
    """

    cell: Whole
    employer: Whole
    wages: Whole
    subsidy: Whole
    contributions: dict[str, Whole]
    others: Whole

    @property
    def cost(self) -> Whole:
        """What the employer pays before the subsidy."""
        return self.wages + sum(self.contributions.values())


def placements(con: duckdb.DuckDBPyConnection, rules: LedgerRules, present: set[str]) -> None:
    """Make `ledger_placements`: months of placements with the rules of their subsidy.

    Columns person, month, employer (its place in `EMPLOYERS`), days in the month, whole (days over
    which the month's wages are shared), share, on_cost, ceiling_cents. A subsidy goes on by the
    rules by which it was granted (Act 371/2023, entry into force).
    """
    con.execute(
        "CREATE OR REPLACE TABLE ledger_placements (person INTEGER, month INTEGER, "
        "employer BIGINT, days BIGINT, whole BIGINT, share BIGINT, on_cost BOOLEAN, "
        "ceiling_cents BIGINT)"
    )
    if "subsidised_placements" in present:
        keep(con, "ledger_wage_subsidies", rules.wage_subsidies)
        con.execute(f"INSERT INTO ledger_placements {_placements(rules)}")


def _placements(rules: LedgerRules) -> str:
    until = closed(rules.last)
    counties = int(COUNTIES_FROM[:4]) * 12 + int(COUNTIES_FROM[5:]) - 1
    places = " ".join(f"WHEN '{name}' THEN {place}" for place, name in enumerate(EMPLOYERS))
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
        SELECT person, month, CASE CASE WHEN employer = 'counties' AND month < {counties}
                THEN 'municipalities' ELSE employer END {places} END,
            days, whole, share, on_cost, ceiling_cents
        FROM shared"""


def by_employer(
    con: duckdb.DuckDBPyConnection, first: int, last: int, wages: Whole, grid: Grid, ruled: Ruled
) -> Employed:
    """Share the wages of the persons from `first` to `last` over their employers.

    ASSUME: the wages of a month are shared over its days in placements and its other days, all
    employers together; all wages outside placements are of private employers. Where placements
    overlap, wages are shared between them by days. A start-up grant is no wage.

    Parameters
    ----------
    con : DuckDBPyConnection
        With `ledger_placements`.
    first, last : int
        Persons.
    wages : array
        Cents by cell of the grid.
    grid : Grid
        Of these persons.
    ruled : Ruled
        Rates of contributions.
    """
    names = "employer, days, whole, share, on_cost, ceiling_cents"
    placed = read(con, "ledger_placements", first, last, names)
    cell, employer = grid.cell(placed["at"]), placed["employer"]
    paid = nearest(wages[cell], placed["days"], placed["whole"])
    month = grid.month(cell)
    contributions = {
        name: part_of(paid, rates[employer, month]) for name, rates in ruled.employer.items()
    }
    cost = paid + sum(contributions.values())
    base = np.where(placed["on_cost"], cost, paid)
    ceiling = placed["ceiling_cents"] * placed["days"] // placed["whole"]
    subsidy = np.sign(paid) * np.minimum(ceiling, part_of(np.abs(base), placed["share"]))
    others = wages - grid.total(cell, paid)
    return Employed(cell, employer, paid, subsidy, contributions, others)


def add_employers(grid: Grid, employed: Employed) -> None:
    """Add what public employers pay of subsidised jobs, and the subsidies of the state."""
    for column, who in PUBLIC.items():
        own = np.flatnonzero(employed.employer == EMPLOYERS.index(who))
        grid.add(column, employed.cell[own], (employed.cost - employed.subsidy)[own])
    grid.add("state_services_cents", employed.cell, employed.subsidy)
