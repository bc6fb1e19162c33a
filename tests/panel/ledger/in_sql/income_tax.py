"""Income tax and health contributions of a year's income, by the schedule of the year.

The tax of a single person who lives in an average municipality on the mainland, has no other
income, pays no church tax and has no deductions but those that everyone has. Each deduction and
each tax is rounded to the cent, half up.
"""

from __future__ import annotations

import duckdb

from kuntakokeilu.facts import LedgerRules

# ASSUME: taxed are unemployment benefits and sickness allowance, not social assistance.
TAXED = ("FM", "FP", "AP", "sickness_allowance")
_OF_A_YEAR = ("municipal_tax", "state_tax", "health")


def income_taxes(con: duckdb.DuckDBPyConnection, rules: LedgerRules) -> None:
    """Make `ledger_taxed`, `ledger_tax_years` and `ledger_taxes`.

    `ledger_taxed` (person, month, wages, benefits) is the income of a month; `ledger_tax_years`
    (person, year, income, municipal_tax, state_tax, health) what is due on that of a year, and
    `ledger_taxes` (person, month and the same three) its part of a month, in proportion to income
    and to the cent. All in cents. `state_tax` has the tax for public broadcasting in it; `health`
    is what an employee or a recipient of benefits pays.

    ASSUME: income is of the month for which it is paid; nobody has other income, is of an age with
    other rates, or lives on Åland. The higher health contribution on benefits is of their part of
    the taxable income (vero.fi: of income on which no daily allowance contribution is paid); SISU
    takes it of what taxable income is above wages, which moves at most some euros of a year
    between municipalities and the insurance.

    Source: Statistics Finland, SISU, VEROlakimakrot (macros 5-10, 13-20, 23, 38, 50), which follow
    the Income Tax Act (1535/1992) and the Health Insurance Act (1224/2004).
    """
    con.execute(f"""
        CREATE OR REPLACE TABLE ledger_taxed AS
        SELECT person, month, sum(wages)::BIGINT AS wages, sum(benefits)::BIGINT AS benefits
        FROM (
            SELECT person, month, wage_cents AS wages, 0 AS benefits FROM wage_months
            UNION ALL
            SELECT person, month, 0, cents FROM ledger_amounts WHERE benefit IN {TAXED}
        )
        WHERE month BETWEEN {rules.first} AND {rules.last}
        GROUP BY person, month""")
    con.execute(f"CREATE OR REPLACE TABLE ledger_tax_years AS {_SCHEDULE}")
    # What is due by the end of each month, less what was due before it: at the end of the year
    # that is all of it, and a month begins where the one before ends, so no cent is lost.
    spread = ", ".join(
        f"(round({name} * part_upto) - round({name} * part_before))::BIGINT AS {name}"
        for name in _OF_A_YEAR
    )
    con.execute(f"""
        CREATE OR REPLACE TABLE ledger_taxes AS
        SELECT person, month, {spread}
        FROM (
            SELECT person, month, {", ".join(_OF_A_YEAR)}, upto::DOUBLE / income AS part_upto,
                (upto - wages - benefits)::DOUBLE / income AS part_before
            FROM (
                SELECT *, month // 12 AS year, sum(wages + benefits) OVER (
                    PARTITION BY person, month // 12 ORDER BY month)::BIGINT AS upto
                FROM ledger_taxed
            )
            JOIN (FROM ledger_tax_years WHERE income > 0) USING (person, year)
        )""")


def _above(income: str, limit: str, rate: str) -> str:
    return f"part_of(greatest({income} - {limit}, 0), {rate})"


# Each line may use those above it.
_SCHEDULE = f"""
    WITH years AS (
        SELECT person, month // 12 AS year, sum(wages + benefits)::BIGINT AS income,
            greatest(sum(wages), 0)::BIGINT AS wages,
            greatest(sum(benefits), 0)::BIGINT AS benefits
        FROM ledger_taxed GROUP BY person, month // 12
    ), taxable AS (
        SELECT person, year, income, wages, benefits, t.* EXCLUDE (year),
            wages - least(costs_of_earning, wages) + benefits AS net,
            CASE WHEN wages >= daily_allowance_from THEN part_of(wages, daily_allowance_rate)
                ELSE 0 END AS daily_allowance,
            part_of(wages, pension_rate) + part_of(wages, unemployment_rate) + daily_allowance
                AS premiums,
            least(earned_most,
                part_of(least(greatest(wages - earned_from, 0), earned_second_from - earned_from),
                    earned_first_rate)
                + {_above("wages", "earned_second_from", "earned_second_rate")}) AS full_earned,
            least(net, greatest(0, full_earned
                - {_above("net", "earned_lowered_from", "earned_lowered_rate")})) AS earned,
            greatest(net - premiums - earned, 0) AS before_basic,
            least(before_basic, greatest(0, basic_most
                - {_above("before_basic", "basic_most", "basic_lowered_rate")})) AS basic,
            before_basic - basic AS of_municipality,
            CASE WHEN state_after_deductions = 1 THEN of_municipality
                ELSE greatest(net - premiums, 0) END AS of_state
        FROM years JOIN ledger_income_tax t USING (year)
    ), before_credit AS (
        SELECT x.*,
            tax_at_limit + part_of(of_state - income_from, rate) AS state,
            part_of(of_municipality, municipal_rate) AS municipal,
            -- Of taxable income, benefits have their part of all income.
            CASE WHEN wages + benefits > 0 THEN floor_of(2 * of_municipality::HUGEINT * benefits
                + wages + benefits, 2 * (wages + benefits)) ELSE 0 END AS of_benefits,
            part_of(of_municipality, care_rate) + part_of(of_benefits, care_addition) AS care,
            least({_above("wages", "credit_from", "credit_rate")}, credit_most) AS full_credit,
            greatest(0, full_credit
                - {_above("least(net, credit_second_from)", "credit_lowered_from",
                          "credit_lowered_rate")}
                - {_above("net", "credit_second_from", "credit_second_rate")}) AS credit,
            {_above("net", "broadcasting_from", "broadcasting_rate")} AS broadcasting
        FROM taxable x JOIN ledger_brackets b
            ON b.year = x.year AND of_state >= income_from AND of_state < income_until
    ), credited AS (
        -- The credit is taken from the state's tax first, then from the others in proportion.
        SELECT *, least(credit, state) AS from_state,
            least(credit - from_state, municipal + care) AS others,
            CASE WHEN others > 0 THEN floor_of(2 * others * municipal + municipal + care,
                2 * (municipal + care)) ELSE 0 END AS from_municipal
        FROM before_credit
    )
    SELECT person, year, income,
        municipal - from_municipal AS municipal_tax,
        state - from_state + CASE WHEN broadcasting < broadcasting_least THEN 0
            ELSE least(broadcasting, broadcasting_most) END AS state_tax,
        care - (others - from_municipal) + daily_allowance AS health
    FROM credited"""  # fmt: skip
