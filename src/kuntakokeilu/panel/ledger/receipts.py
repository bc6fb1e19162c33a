"""Contributions of a month, by who receives them."""

from __future__ import annotations

import numpy as np

from kuntakokeilu.facts import LedgerRules
from kuntakokeilu.facts.taxes import INSURANCE
from kuntakokeilu.panel.ledger.employers import Employed
from kuntakokeilu.panel.ledger.rows import Grid
from kuntakokeilu.panel.ledger.rules import contribution
from kuntakokeilu.panel.ledger.whole import Whole, part_of


def add_contributions(grid: Grid, wages: Whole, employed: Employed, rules: LedgerRules) -> None:
    """Add the contributions on wages.

    Both sides of pension and unemployment insurance, of health insurance the employer's; rounded
    once per person, month, employer and insurance.

    Parameters
    ----------
    grid : Grid
        To which they are added.
    wages : array
        Cents by cell of the grid.
    employed : Employed
        The same wages by employer.
    rules : LedgerRules
        The rates.
    """
    cell = np.flatnonzero(wages)
    month = grid.month(cell)
    for name in INSURANCE:
        column = f"{name}_contributions_cents"
        rates = contribution(rules, "employee", name, "any")
        grid.column(column)[cell] += part_of(wages[cell], rates[month])
        grid.add(column, employed.cell, employed.contributions[name])
