"""The ledger of some persons: from rows of registers to cents by cell of the grid."""

from __future__ import annotations

from collections import Counter

import duckdb
import numpy as np

from kuntakokeilu.facts.ledger import BENEFITS, PAYERS
from kuntakokeilu.facts.taxes import EMPLOYERS
from kuntakokeilu.panel.ledger import payers
from kuntakokeilu.panel.ledger.counters import (
    against_the_law,
    counter_of_2025,
    parts_of,
    stretches,
    subsidy_counter,
)
from kuntakokeilu.panel.ledger.days import read_days
from kuntakokeilu.panel.ledger.employers import add_employers, by_employer
from kuntakokeilu.panel.ledger.housing import housing_allowances
from kuntakokeilu.panel.ledger.income_tax import TAXED, month_taxes
from kuntakokeilu.panel.ledger.payments import (
    LAID_OFF,
    Amounts,
    Payments,
    joined,
    read_others,
    read_payments,
    unemployment,
)
from kuntakokeilu.panel.ledger.receipts import add_contributions
from kuntakokeilu.panel.ledger.rows import Grid, read
from kuntakokeilu.panel.ledger.rules import Ruled
from kuntakokeilu.panel.ledger.services import add_services, used
from kuntakokeilu.panel.ledger.whole import Flags, Whole

Sums = Counter[str]
_UNEMPLOYMENT = [BENEFITS.index(name) for name in ("FM", "FP", "AP", "AP_laid_off")]
_ASSISTANCE = [
    BENEFITS.index(f"{kind}_assistance") for kind in ("basic", "supplementary", "preventive")
]
_SUBSIDY, _SERVICES = "municipal_subsidy_cents", "municipal_services_cents"
# What each payer's part of a benefit is called; that of municipalities goes by the benefit.
_PAID_BY = {
    "counties": "county_cents",
    "state": "state_benefits_cents",
    "employment_fund": "employment_fund_cents",
    "unemployment_funds": "unemployment_funds_cents",
    "social_insurance": "social_insurance_cents",
}


def price(
    con: duckdb.DuckDBPyConnection, grid: Grid, first: int, last: int, ruled: Ruled, paid: bool
) -> Sums:
    """Fill the grid of the persons from `first` to `last`.

    Parameters
    ----------
    con : DuckDBPyConnection
        With `wage_months` and the tables of numbered rows that `cost_months` makes.
    grid : Grid
        Of these persons, still empty.
    first, last : int
        The persons.
    ruled : Ruled
        Who pays what.
    paid : bool
        Whether the register of unemployment benefits is there.

    Returns
    -------
    Counter of str
        What `ledger_totals` compares, by name: counts and cents.
    """
    sums: Sums = Counter()
    days = read_days(con, first, last, grid)
    amounts = [read_others(con, first, last)]
    _add_shares(grid, amounts[0], ruled, sums)
    if paid:
        payments = read_payments(con, first, last)
        if len(payments.at):
            amounts.append(_add_unemployment(grid, payments, days, ruled, sums))
    income = _Income(grid, joined(amounts))
    sums["costs"] += add_services(grid, used(con, first, last, days, grid), ruled)
    _add_wages(con, first, last, grid, income, ruled, sums)
    _add_taxes(grid, income, ruled, sums)
    _add_housing(grid, income, ruled, sums)
    return sums


class _Income:
    """Wages and taxed benefits by cell, and which cells have an income or social assistance."""

    def __init__(self, grid: Grid, amounts: Amounts) -> None:
        own = amounts.chosen(grid.has(amounts.at))
        cell = grid.cell(own.at)
        taxed = np.isin(own.benefit, [*TAXED, LAID_OFF])
        self.benefits = grid.total(cell[taxed], own.cents[taxed])
        self.known: Flags = np.zeros(grid.size, bool)
        self.known[cell[taxed | (np.isin(own.benefit, _ASSISTANCE) & (own.cents > 0))]] = True
        self.wages: Whole = np.zeros(grid.size, np.int64)


def _add_unemployment(
    grid: Grid, payments: Payments, days: dict[str, Whole], ruled: Ruled, sums: Sums
) -> Amounts:
    """Add unemployment benefits, with what depends on the days counted; gives the amounts."""
    rules = ruled.rules
    parts = parts_of(payments)
    found = stretches(parts, payments, rules)
    sums["counters told"], sums["counters against the law"] = against_the_law(found, rules)
    sums["payments"] = len(payments.at)
    sums["recoveries"] = int(np.count_nonzero(payments.recovery))
    inside = grid.has(payments.at)
    cell = np.where(inside, grid.cell(payments.at), 0)
    off, unemployed = (np.where(inside, days[kind][cell], 0) for kind in ("laid_off", "unemployed"))
    counted = subsidy_counter(found, parts, payments, rules)
    amounts, of_payment = unemployment(
        payments, counted, counter_of_2025(parts, payments), off, unemployed
    )
    shares = _add_shares(grid, amounts, ruled, sums, payers.full_allowances(payments))
    own = grid.cell(shares.amounts.at)
    rows, cents = payers.shifted(shares, ruled.financed)
    grid.add("shifted_cents", own[rows], cents)
    rows, cents = payers.municipal_2025(shares, ruled.classes, ruled.municipal)
    grid.add("municipal_2025_cents", own[rows], cents)
    municipal = np.zeros(len(amounts.at), np.int64)
    municipal[grid.has(amounts.at)] = shares.municipal
    posted, cents = payers.posted_shares(payments, of_payment, municipal)
    inside = grid.has(posted)
    sums["posted outside"] = int(cents[~inside].sum())
    grid.add("municipal_posted_cents", grid.cell(posted[inside]), cents[inside])
    grid.filled[grid.cell(posted[inside])] = True
    return amounts


def _add_shares(
    grid: Grid,
    amounts: Amounts,
    ruled: Ruled,
    sums: Sums,
    full: payers.Full = payers.NO_FULL,
) -> payers.Shares:
    """Add who pays amounts in the months of the rules; the others are only counted."""
    inside = grid.has(amounts.at)
    own = amounts.chosen(inside)
    shares = payers.split(own, full, ruled)
    cell = grid.cell(own.at)
    grid.filled[cell] = True
    unemployed = np.isin(own.benefit, _UNEMPLOYMENT)
    municipal = shares.payers[payers.MUNICIPALITIES]
    for name, which in ((_SUBSIDY, unemployed), (_SERVICES, ~unemployed)):
        rows = np.flatnonzero(which & (municipal != 0))
        grid.add(name, cell[rows], municipal[rows])
    for payer, name in _PAID_BY.items():
        cents = shares.payers[PAYERS.index(payer)]
        rows = np.flatnonzero(cents)
        grid.add(name, cell[rows], cents[rows])
    whole = shares.payers.sum(axis=0)
    sums["costs"] += int(whole.sum())
    for benefit, name in enumerate(BENEFITS):
        sums[f"paid: {name}"] += int(whole[own.benefit == benefit].sum())
        left_out = ~inside & (amounts.benefit == benefit)
        sums[f"outside: {name}"] += int(amounts.cents[left_out].sum())
    return shares


def _add_wages(
    con: duckdb.DuckDBPyConnection,
    first: int,
    last: int,
    grid: Grid,
    income: _Income,
    ruled: Ruled,
    sums: Sums,
) -> None:
    rows = read(con, "wage_months", first, last, "wage_cents")
    inside = grid.has(rows["at"])
    cell = grid.cell(rows["at"][inside])
    income.wages[cell] = rows["wage_cents"][inside]
    income.known[cell] = grid.filled[cell] = True
    employed = by_employer(con, first, last, income.wages, grid, ruled)
    add_employers(grid, employed)
    add_contributions(grid, income.wages, employed, ruled)
    public = employed.employer != EMPLOYERS.index("private")
    sums["wages"] = int(employed.wages.sum() + employed.others.sum())
    sums["costs"] += int(employed.subsidy.sum())
    sums["costs"] += int((employed.cost - employed.subsidy)[public].sum())


def _add_taxes(grid: Grid, income: _Income, ruled: Ruled, sums: Sums) -> None:
    wages, benefits = grid.by_person(income.wages), grid.by_person(income.benefits)
    names = ("municipal_tax_cents", "state_tax_cents", "health_contributions_cents")
    columns = [grid.by_person(grid.column(name)) for name in names]
    years = (grid.first + np.arange(grid.months)) // 12
    for year in np.unique(years).tolist():
        own = slice(*np.searchsorted(years, (year, year + 1)))
        by_month, due, nothing = month_taxes(wages[:, own], benefits[:, own], year, ruled)
        for column, tax in zip(columns, vars(by_month).values(), strict=True):
            column[:, own] += tax
        sums["taxes of years"] += due.total()
        sums["taxes of months"] += by_month.total()
        sums["taxes without income"] += nothing


def _add_housing(grid: Grid, income: _Income, ruled: Ruled, sums: Sums) -> None:
    cents = housing_allowances(grid.by_person(income.wages), grid.by_person(income.benefits), ruled)
    column = grid.column("housing_allowance_cents")
    column += np.where(income.known, cents.ravel(), 0)
    sums["costs"] += int(column.sum())
