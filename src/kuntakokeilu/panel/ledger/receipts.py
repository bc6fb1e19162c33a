"""Taxes and contributions on wages and benefits, by who receives them: average rates."""

from __future__ import annotations

# Recipients of a part of each base, and the column of what they get.
RECEIVED = {
    "wages": {
        "municipal_tax_cents": "municipalities",
        "state_tax_cents": "state",
        "pension_contributions_cents": "pension",
        "health_contributions_cents": "health",
        "unemployment_contributions_cents": "unemployment",
    },
    "benefits": {"municipal_tax_cents": "municipalities", "state_tax_cents": "state"},
}
# ASSUME: taxed are unemployment benefits and sickness allowance, not social assistance.
_SOURCES = {
    "wages": "SELECT person, month, wage_cents AS cents FROM wage_months",
    "benefits": "SELECT person, month, sum(cents)::BIGINT AS cents FROM ledger_amounts "
    "WHERE benefit IN ('FM', 'FP', 'AP', 'sickness_allowance') GROUP BY person, month",
}


def receipts(base: str) -> str:
    """SQL of receipts from wages or benefits: person, month and a column of cents per recipient.

    ASSUME: average rates are the same for all, whatever they earn, so that a change of wages moves
    receipts by the average rate and not by the marginal one. Rounded once per person, month,
    recipient and base.
    """
    columns = ", ".join(
        f"part_of(b.cents, r.{who}) AS {name}" for name, who in RECEIVED[base].items()
    )
    return f"""
        SELECT b.person, b.month, {columns}
        FROM ({_SOURCES[base]}) b
        JOIN (FROM ledger_rates WHERE base = '{base}') r USING (month)"""
