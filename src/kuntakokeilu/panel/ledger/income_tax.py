"""Income tax and health contributions of a year's income, by the schedule of the year.

The tax of a single person who lives in an average municipality on the mainland, has no other
income, pays no church tax and has no deductions but those that everyone has. Each deduction and
each tax is rounded to the cent, half up.

ASSUME: income is of the month for which it is paid; nobody has other income, is of an age with
other rates, or lives on Åland. The higher health contribution on benefits is of their part of the
taxable income (vero.fi: of income on which no daily allowance contribution is paid); SISU takes it
of what taxable income is above wages, which moves at most some euros of a year between
municipalities and the insurance.

Source: Statistics Finland, SISU, VEROlakimakrot (macros 5-10, 13-20, 23, 38, 50), which follow the
Income Tax Act (1535/1992) and the Health Insurance Act (1224/2004).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from kuntakokeilu.facts.ledger import BENEFITS
from kuntakokeilu.panel.ledger.rules import Ruled
from kuntakokeilu.panel.ledger.whole import Whole, nearest, part_of, rounded

# ASSUME: taxed are unemployment benefits and sickness allowance, not social assistance.
TAXED = [BENEFITS.index(name) for name in ("FM", "FP", "AP", "sickness_allowance")]


@dataclass(frozen=True)
class Taxes:
    """What is due on income, in cents.

    Attributes
    ----------
    municipal, state : array
        Income taxes; the state's has the tax for public broadcasting in it.
    health : array
        What an employee or a recipient of benefits pays to health insurance.
    """

    municipal: Whole
    state: Whole
    health: Whole

    def total(self) -> int:
        """Add all up."""
        return int(self.municipal.sum() + self.state.sum() + self.health.sum())


def year_taxes(wages: Whole, benefits: Whole, year: int, ruled: Ruled) -> Taxes:
    """Give what is due on the income of a year: each line may use those above it."""
    (row,) = ruled.rules.income_tax[ruled.rules.income_tax["year"] == year].to_dict("records")
    law = {str(name): int(number) for name, number in row.items()}
    january = year * 12 - ruled.rules.first
    wages, benefits = np.maximum(wages, 0), np.maximum(benefits, 0)

    def above(income: Whole, limit: str, rate: str) -> Whole:
        return part_of(np.maximum(income - law[limit], 0), law[rate])

    def premium(name: str) -> Whole:
        return part_of(wages, int(ruled.employee[name][january]))

    net = wages - np.minimum(law["costs_of_earning"], wages) + benefits
    insured = wages >= law["daily_allowance_from"]
    daily_allowance = np.where(insured, part_of(wages, law["daily_allowance_rate"]), 0)
    premiums = premium("pension") + premium("unemployment") + daily_allowance
    step = law["earned_second_from"] - law["earned_from"]
    first_step = np.clip(wages - law["earned_from"], 0, step)
    earned = part_of(first_step, law["earned_first_rate"])
    earned = earned + above(wages, "earned_second_from", "earned_second_rate")
    earned = np.minimum(law["earned_most"], earned)
    lowered = earned - above(net, "earned_lowered_from", "earned_lowered_rate")
    earned = np.minimum(net, np.maximum(lowered, 0))
    before_basic = np.maximum(net - premiums - earned, 0)
    lowered = law["basic_most"] - above(before_basic, "basic_most", "basic_lowered_rate")
    of_municipality = before_basic - np.minimum(before_basic, np.maximum(lowered, 0))
    after_deductions = law["state_after_deductions"] == 1
    of_state = of_municipality if after_deductions else np.maximum(net - premiums, 0)

    state = _by_bracket(of_state, year, ruled)
    municipal = part_of(of_municipality, law["municipal_rate"])
    # Of taxable income, benefits have their part of all income.
    of_benefits = nearest(of_municipality, benefits, np.maximum(wages + benefits, 1))
    care = part_of(of_municipality, law["care_rate"]) + part_of(of_benefits, law["care_addition"])
    credit = np.minimum(above(wages, "credit_from", "credit_rate"), law["credit_most"])
    until_second = np.minimum(net, law["credit_second_from"])
    credit = credit - above(until_second, "credit_lowered_from", "credit_lowered_rate")
    credit = np.maximum(credit - above(net, "credit_second_from", "credit_second_rate"), 0)
    # The credit is taken from the state's tax first, then from the others in proportion.
    from_state = np.minimum(credit, state)
    others = np.minimum(credit - from_state, municipal + care)
    from_municipal = nearest(others, municipal, np.maximum(municipal + care, 1))
    broadcasting = above(net, "broadcasting_from", "broadcasting_rate")
    due = np.minimum(broadcasting, law["broadcasting_most"])
    due = np.where(broadcasting < law["broadcasting_least"], 0, due)
    return Taxes(
        municipal - from_municipal,
        state - from_state + due,
        care - (others - from_municipal) + daily_allowance,
    )


def _by_bracket(income: Whole, year: int, ruled: Ruled) -> Whole:
    """Give the tax of the state's schedule."""
    own = ruled.rules.brackets[ruled.rules.brackets["year"] == year].sort_values("income_from")
    limits, tax, rates = (
        own[name].to_numpy().astype(np.int64) for name in ("income_from", "tax_at_limit", "rate")
    )
    row = np.searchsorted(limits, income, side="right") - 1
    return tax[row] + part_of(income - limits[row], rates[row])


def month_taxes(wages: Whole, benefits: Whole, year: int, ruled: Ruled) -> tuple[Taxes, Taxes, int]:
    """Give what is due on income by month, in proportion to it and to the cent.

    Parameters
    ----------
    wages, benefits : array
        Cents, persons x months of the year.
    year : int
        The year.
    ruled : Ruled
        The schedule.

    Returns
    -------
    of_months, of_year : Taxes
        What is due; of months nothing in a year without income.
    nothing : int
        Cents due on years without income, which no month has.
    """
    income = wages.sum(axis=1) + benefits.sum(axis=1)
    due = year_taxes(wages.sum(axis=1), benefits.sum(axis=1), year, ruled)
    # What is due by the end of each month, less what was due before it: at the end of the year
    # that is all of it, and a month begins where the one before ends, so no cent is lost.
    some = income > 0
    upto = np.cumsum(wages + benefits, axis=1)
    share = upto / np.where(some, income, 1)[:, None]

    def spread(tax: Whole) -> Whole:
        so_far = rounded(np.where(some, tax, 0)[:, None] * share)
        return np.diff(so_far, axis=1, prepend=0)

    of_months = Taxes(*(spread(tax) for tax in vars(due).values()))
    nothing = Taxes(*(np.where(some, 0, tax) for tax in vars(due).values()))
    return of_months, due, nothing.total()
