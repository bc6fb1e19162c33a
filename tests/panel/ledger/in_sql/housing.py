"""The general housing allowance of a single person, which falls with income.

ASSUME: no register of the project tells it. It is reckoned for persons with an income of their own
or social assistance in the month, as if each lived alone and paid at least the rent that is
accepted, and counted for the share of them of which this is assumed (`housing_allowance_share`).
Nobody has wealth, other income or others in the household; the income of a month decides on the
allowance of the month, though Kela decides for a year at a time.
"""

from __future__ import annotations

import duckdb

from kuntakokeilu.facts import LedgerRules
from kuntakokeilu.facts.dated import WHOLE

_ASSISTANCE = ("basic_assistance", "supplementary_assistance", "preventive_assistance")


def housing_allowances(con: duckdb.DuckDBPyConnection, rules: LedgerRules) -> None:
    """Make `ledger_housing_allowances`: person, month, cents.

    Source: Act 938/2014; Statistics Finland, SISU, ASUMTUKIlakimakrot (macros 12, 13, 16).
    """
    taken_up = int(rules.assumptions.housing_allowance_share * WHOLE)
    con.execute(f"""
        CREATE OR REPLACE TABLE ledger_housing_allowances AS
        WITH incomes AS (
            SELECT person, month, sum(wages)::BIGINT AS wages, sum(benefits)::BIGINT AS benefits
            FROM (
                FROM ledger_taxed
                UNION ALL
                SELECT DISTINCT person, month, 0, 0 FROM ledger_amounts
                WHERE benefit IN {_ASSISTANCE} AND cents > 0
            )
            GROUP BY person, month
        ), own AS (
            SELECT person, month, accepted_rent, allowance_share, smallest, own_ignored_below,
                greatest(wages, 0) AS earned,
                floor_of(greatest(wages + benefits, 0) - least(earned, earnings_deduction) + 50,
                    100) * 100 AS income,
                part_of(greatest(income - own_constant - own_per_adult, 0), own_share) AS share
            FROM incomes JOIN ledger_housing USING (month)
        ), allowances AS (
            SELECT person, month, smallest, part_of(greatest(accepted_rent
                - CASE WHEN share < own_ignored_below THEN 0 ELSE share END, 0), allowance_share)
                AS allowance
            FROM own
        )
        SELECT person, month, part_of(allowance, {taken_up}) AS cents
        FROM allowances WHERE allowance >= smallest""")
