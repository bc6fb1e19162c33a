"""Who belongs to the trials' target group, as known before the reference day.

Clients are all under 30, all foreign-language speakers and immigrants, and everyone without a
right to earnings-related allowance (Act 1269/2020, section 1). No register says who has the
right; three named definitions tell it from what the registers do say.
"""

from __future__ import annotations

import duckdb
import pandas as pd

from kuntakokeilu.contracts import ELIGIBILITY, conform
from kuntakokeilu.panel.benefits import BENEFITS
from kuntakokeilu.panel.database import keep
from kuntakokeilu.panel.spells import month_number

# Each definition falls back on the others in this order.
DEFINITIONS = ("payments", "fund", "placements")
# ASSUME: a benefit paid for one of so many months up to the reference month still holds.
MONTHS_BACK = 3
# Benefit before a placement: earnings-related allowance, transition security.
EARNINGS_RELATED = ("01", "06")
# ASSUME: clients were handed over to the trial offices within so many months.
CLIENT_MONTHS = 3


def tell_rights(con: duckdb.DuckDBPyConnection, present: set[str]) -> None:
    """Make the table `rights`: person, day, eve and whether there is a right by each definition.

    Parameters
    ----------
    con : DuckDBPyConnection
        With `persons`, `reference`, `benefit_months` and the register tables.
    present : set of str
        Register tables that are there; without one, its definition always falls back.
    """
    _paid(con)
    _funds(con)
    _placed(con, "subsidised_placements" in present)
    # The delivery of year D says what was known on its last day.
    known = "year(reference.eve + INTERVAL 1 DAY) - 1"
    # The last month that has ended: a benefit for the month of entry is paid after it.
    last_month = "(month_index(reference.eve + INTERVAL 1 DAY) - 1)"
    con.execute(
        f"""
        CREATE OR REPLACE TABLE rights AS
        WITH told AS (
            SELECT
                reference.person,
                reference.day,
                reference.eve,
                CASE WHEN {last_month} - paid.month < {MONTHS_BACK}
                    THEN paid.entitled END AS by_payments,
                coalesce(earlier.entitled, later.entitled) AS by_fund,
                placed.entitled AS by_placements
            FROM reference
            ASOF LEFT JOIN paid
                ON paid.person = reference.person AND paid.month <= {last_month}
            ASOF LEFT JOIN funds AS earlier
                ON earlier.person = reference.person AND earlier.delivery <= {known}
            ASOF LEFT JOIN funds AS later
                ON later.person = reference.person AND later.delivery > {known}
            ASOF LEFT JOIN placed
                ON placed.person = reference.person AND placed.start_date < reference.day
        )
        SELECT person, day, eve,
            {", ".join(f"{_first_known(name)} AS {name}" for name in DEFINITIONS)}
        FROM told
        """
    )


def _first_known(definition: str) -> str:
    """Say in SQL: this definition, else the others in their order, else no right."""
    order = [definition, *(name for name in DEFINITIONS if name != definition)]
    # ASSUME: whom no register knows to have been insured has no right.
    return f"coalesce({', '.join(f'by_{name}' for name in order)}, false)"


def _paid(con: duckdb.DuckDBPyConnection) -> None:
    """Make `paid`: person, month of entitlement with a benefit, whether it was earnings-related.

    ASSUME: with two benefits for a month, the earnings-related one decides.
    """
    paid = " OR ".join(f"{cents} > 0" for cents in BENEFITS.values())
    con.execute(
        f"""
        CREATE OR REPLACE TABLE paid AS
        SELECT person, month, {BENEFITS["AP"]} > 0 AS entitled FROM benefit_months WHERE {paid}
        """
    )


def _funds(con: duckdb.DuckDBPyConnection) -> None:
    """Make `funds`: person, year of the delivery, whether a member; one file counts as last."""
    con.execute(
        """
        CREATE OR REPLACE TABLE funds AS
        SELECT numbered.person, coalesce(delivery_year, 9999) AS delivery,
            bool_or(unemployment_fund IS NOT NULL) AS entitled
        FROM jobseekers AS seeker JOIN persons AS numbered ON seeker.person = id
        GROUP BY ALL
        """
    )


def _placed(con: duckdb.DuckDBPyConnection, present: bool) -> None:
    """Make `placed`: person, first day of a placement, whether earnings-related before it."""
    if not present:
        columns = "person INTEGER, start_date DATE, entitled BOOLEAN"
        con.execute(f"CREATE OR REPLACE TABLE placed ({columns})")
        return
    con.execute(
        f"""
        CREATE OR REPLACE TABLE placed AS
        SELECT numbered.person, start_date, bool_or(benefit IN {EARNINGS_RELATED}) AS entitled
        FROM subsidised_placements AS placement JOIN persons AS numbered
            ON placement.person = id
        WHERE benefit IS NOT NULL
        GROUP BY ALL
        """
    )


def overlap(
    con: duckdb.DuckDBPyConnection,
    areas: pd.DataFrame,
    start: str,
    trial_offices: frozenset[str],
    definition: str,
) -> pd.DataFrame:
    """Compare eligibility in the last stock before the start with who became a client.

    Parameters
    ----------
    con : DuckDBPyConnection
        With `members_stock`, `rights`, `persons` and `jobseeker_office`.
    areas : DataFrame
        Trial areas: arm, unit.
    start : str
        First month of the trial, YYYY-MM.
    trial_offices : frozenset of str
        Codes of the trial's offices. Who is at one within three months of the start is a client.
    definition : str
        By which `no_earnings_right` is told, one of `DEFINITIONS`.

    Returns
    -------
    DataFrame
        Contract ELIGIBILITY; no rows if no stock comes before the start.
    """
    trial = areas.loc[areas["arm"] == "trial", ["unit"]].drop_duplicates()
    offices = pd.DataFrame({"office": sorted(trial_offices)}, dtype=str)
    keep(con, "trial_units", trial)
    keep(con, "trial_offices", offices)
    first = month_number(start)
    asked = {name: f'under_30 OR "foreign" OR NOT {name}' for name in DEFINITIONS}
    asked |= {"under_30": "under_30", "foreign": '"foreign"'}
    asked |= {"no_earnings_right": f"NOT {definition}"}
    told = ", ".join(f"({sql}) AS is_{name}" for name, sql in asked.items())
    con.execute(
        f"""
        CREATE OR REPLACE TABLE compared AS
        SELECT
            member.person,
            member.unit IN (SELECT unit FROM trial_units) AS in_trial_area,
            client.person IS NOT NULL AS client,
            {told}
        FROM members_stock AS member
        JOIN rights ON rights.person = member.person AND rights.day = member.day
            AND rights.eve = member.day
        LEFT JOIN (
            SELECT DISTINCT numbered.person
            FROM jobseeker_office AS spell JOIN persons AS numbered ON spell.person = id
            WHERE office IN (SELECT office FROM trial_offices)
                AND start_date < first_day({first + CLIENT_MONTHS})
                AND (end_date IS NULL OR end_date >= first_day({first}))
        ) AS client ON client.person = member.person
        WHERE member.cohort = (SELECT max(cohort) FROM members_stock WHERE cohort < {first})
        """
    )
    counts = " UNION ALL ".join(
        f"SELECT {position} AS position, '{name}' AS definition, in_trial_area, "
        f"count(*) AS n_persons, count_if(is_{name}) AS n_eligible, count_if(client) AS n_clients, "
        f"count_if(is_{name} AND client) AS n_both FROM compared GROUP BY in_trial_area"
        for position, name in enumerate(asked)
    )
    frame = con.execute(f"FROM ({counts}) ORDER BY position, in_trial_area DESC").df()
    return conform(frame.drop(columns="position"), ELIGIBILITY)


def no_overlap() -> pd.DataFrame:
    """Return the contract ELIGIBILITY without rows."""
    return conform(pd.DataFrame(columns=list(ELIGIBILITY.columns)), ELIGIBILITY)
