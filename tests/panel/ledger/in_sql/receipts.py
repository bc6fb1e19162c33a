"""Taxes and contributions of a month, by who receives them."""

from __future__ import annotations

from kuntakokeilu.facts.taxes import INSURANCE

TAXES = {"municipal_tax_cents": "municipal_tax", "state_tax_cents": "state_tax"}
CONTRIBUTIONS = {f"{name}_contributions_cents": name for name in INSURANCE}


def taxes() -> str:
    """SQL of what is due on the year's income: person, month, columns of TAXES, and of health."""
    named = TAXES | {"health_contributions_cents": "health"}
    columns = ", ".join(f"{value} AS {name}" for name, value in named.items())
    return f"SELECT person, month, {columns} FROM ledger_taxes"


def contributions() -> str:
    """SQL of the contributions on wages: person, month, columns of CONTRIBUTIONS.

    Both sides of pension and unemployment insurance, of health insurance the employer's; rounded
    once per person, month, employer and insurance.
    """
    sums = ", ".join(f"sum({value})::BIGINT AS {name}" for name, value in CONTRIBUTIONS.items())
    employee = ", ".join(f"part_of(wage_cents, r.{name}) AS {name}" for name in INSURANCE)
    return f"""
        SELECT person, month, {sums}
        FROM (
            SELECT person, month, {", ".join(INSURANCE)} FROM ledger_employers
            UNION ALL
            SELECT person, month, {employee}
            FROM wage_months JOIN ledger_employee_rates r USING (month)
        )
        GROUP BY person, month"""
