"""Contributions of a month, by who receives them."""

from __future__ import annotations

import numpy as np

from kuntakokeilu.facts.taxes import EMPLOYERS, INSURANCE
from kuntakokeilu.panel.ledger.employers import Employed
from kuntakokeilu.panel.ledger.rows import Grid
from kuntakokeilu.panel.ledger.rules import Ruled
from kuntakokeilu.panel.ledger.whole import Whole, part_of


def add_contributions(grid: Grid, wages: Whole, employed: Employed, ruled: Ruled) -> None:
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
    ruled : Ruled
        The rates.
    """
    private = EMPLOYERS.index("private")
    for name in INSURANCE:
        column = grid.column(f"{name}_contributions_cents")
        sides = (wages, ruled.employee[name]), (employed.others, ruled.employer[name][private])
        for cents, rates in sides:
            if rates.any():
                column += part_of(grid.by_person(cents), rates).ravel()
        np.add.at(column, employed.cell, employed.contributions[name])
