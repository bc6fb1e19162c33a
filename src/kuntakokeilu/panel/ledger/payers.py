"""Each benefit of a month split over those who pay it, to the cent."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from kuntakokeilu.facts import LedgerRules
from kuntakokeilu.facts.ledger import GROUNDS, PAYERS
from kuntakokeilu.panel.ledger.payments import EARNINGS, LAID_OFF, SUBSIDY, Amounts, Payments
from kuntakokeilu.panel.ledger.rows import changed, month_of, order_of, person_of, run_sums, to_rows
from kuntakokeilu.panel.ledger.rules import HUNDREDTHS, Classes, Financing, Ruled
from kuntakokeilu.panel.ledger.whole import Flags, Whole, part_of, portion, up_to

FULL, ADJUSTED, SERVICE = (GROUNDS.index(ground) for ground in "123")
MUNICIPALITIES = PAYERS.index("municipalities")


@dataclass(frozen=True)
class Shares:
    """Amounts and who pays them.

    Attributes
    ----------
    amounts : Amounts
        In the months of the rules; each with a rule.
    payers : array
        A row of cents per payer, in the order of `PAYERS`.
    municipal : array
        The share of municipalities, in parts of ten thousand.
    ordinary, basic : array
        As of `value`.
    """

    amounts: Amounts
    payers: Whole
    municipal: Whole
    ordinary: Whole
    basic: Whole


@dataclass(frozen=True)
class Full:
    """Months with days of earnings-related allowance in full: cents and hundredths of days."""

    at: Whole
    cents: Whole
    hundredths: Whole


NO_FULL = Full(*(np.zeros(0, np.int64) for _ in range(3)))


def full_allowances(paid: Payments) -> Full:
    """Find the person-months with earnings-related allowance in full, without recoveries."""
    own = (paid.benefit == EARNINGS) & (paid.ground == FULL) & ~paid.recovery
    at = paid.at[own]
    starts = np.flatnonzero(changed(at))
    cents, days = run_sums(paid.cents[own], starts), run_sums(paid.hundredths[own], starts)
    kept = (cents > 0) & (days > 0)
    return Full(at[starts][kept], cents[kept], days[kept])


def value(amounts: Amounts, full: Full, ruled: Ruled) -> tuple[Whole, Whole]:
    """Tell two parts of each amount.

    The full allowance is that of the nearest month in which the person had days of it in full.
    ASSUME: one stated level where the register tells no such month.

    Returns
    -------
    ordinary : array
        What the same days would have brought in unemployment, without the increase for services.
        Of the subsidy and the basic allowance the days at the daily allowance, and what exceeds
        the increase supplement too: that is an increase for children. Of the earnings-related
        allowance the days at the person's full allowance.
    basic : array
        The part at the level of the basic allowance: the days at the daily allowance, never more
        than the amount; of an adjusted earnings-related allowance the proportion that the daily
        allowance is of the full one (Act 555/1998, 4 §, and 388/2023). 0 if the signs of days and
        amount of an earnings-related allowance differ, and of the others all.
    """
    month = month_of(amounts.at) - ruled.rules.first
    daily = ruled.rates["daily_allowance"][month]
    cents, hundredths = amounts.cents, amounts.hundredths
    at_daily = up_to(cents, portion(hundredths, daily, HUNDREDTHS))
    same = np.sign(cents) == np.sign(hundredths)
    ordinary, basic = cents.copy(), np.where(same, at_daily, cents)
    served = np.flatnonzero((amounts.ground == SERVICE) & same)
    increase = ruled.rates["increase_supplement"][month[served]]
    beyond = np.abs(cents[served]) - portion(np.abs(hundredths[served]), increase, HUNDREDTHS)
    ordinary[served] = np.sign(cents[served]) * np.maximum(np.abs(at_daily[served]), beyond)

    earned = np.flatnonzero(np.isin(amounts.benefit, (EARNINGS, LAID_OFF)))
    own, days = amounts.chosen(earned), hundredths[earned]
    full_cents, full_days = _nearest_full(own.at, full, ruled.rules)
    in_service = (own.ground == SERVICE) & same[earned]
    at_full = up_to(own.cents, portion(days, full_cents, full_days))
    ordinary[earned] = np.where(in_service, at_full, own.cents)
    level = portion(own.cents, daily[earned] * full_days, full_cents * HUNDREDTHS)
    basic[earned] = np.where(own.ground == ADJUSTED, up_to(own.cents, level), at_daily[earned])
    return ordinary, basic


def _nearest_full(at: Whole, full: Full, rules: LedgerRules) -> tuple[Whole, Whole]:
    """Give cents and hundredths of days of the nearest full allowance; the earlier of two."""
    cents = np.append(full.cents, rules.assumptions.full_allowance_cents)
    days = np.append(full.hundredths, HUNDREDTHS)
    if not len(full.at):
        nearest = np.zeros(len(at), np.int64)
        return cents[nearest], days[nearest]
    after = np.searchsorted(full.at, at, side="left")
    before = np.searchsorted(full.at, at, side="right") - 1
    later, earlier = np.minimum(after, len(full.at) - 1), np.maximum(before, 0)
    has_later = (after < len(full.at)) & (person_of(full.at[later]) == person_of(at))
    has_earlier = (before >= 0) & (person_of(full.at[earlier]) == person_of(at))
    nearer = has_later & (~has_earlier | (full.at[later] - at < at - full.at[earlier]))
    nearest = np.where(nearer, later, np.where(has_earlier, earlier, len(full.at)))
    return cents[nearest], days[nearest]


def split(amounts: Amounts, full: Full, ruled: Ruled) -> Shares:
    """Split amounts in the months of the rules over their payers.

    Rounded is once per person, month, period, benefit and ground: shares of a cent go up, and one
    payer takes what is left. The basic part of an allowance leaves the payer who has it for the
    one who finances it.

    Source: Act 555/1998, 4 §. Shares of an earnings-related allowance are shares of the ordinary
    one; what an increase adds is the Employment Fund's.
    """
    financed = ruled.financed
    row = financed.find(amounts.benefit, amounts.ground, month_of(amounts.at), amounts.counted)
    if row.min(initial=0) < 0:
        amounts, row = amounts.chosen(row >= 0), row[row >= 0]
    ordinary, basic = value(amounts, full, ruled)
    earned = np.isin(amounts.benefit, (EARNINGS, LAID_OFF))
    shared = np.where(earned, ordinary, amounts.cents)
    payers = np.zeros((len(PAYERS), len(row)), np.int64)
    for payer in range(len(PAYERS)):
        share = financed.shares[row, payer]
        having = np.flatnonzero(share)
        payers[payer, having] = part_of(shared[having], share[having])
    which = np.arange(len(row))
    payers[financed.rest[row], which] += amounts.cents - payers.sum(axis=0)
    which = np.flatnonzero(financed.basic_by[row] >= 0)
    source, to = financed.basic_from[row[which]], financed.basic_by[row[which]]
    moved = up_to(payers[source, which], basic[which])
    payers[source, which] -= moved
    payers[to, which] += moved
    return Shares(amounts, payers, financed.shares[row, MUNICIPALITIES], ordinary, basic)


def posted_shares(paid: Payments, of_payment: Whole, municipal: Whole) -> tuple[Whole, Whole]:
    """Give the municipal share of the subsidy by month of payment.

    The share of each payment is what the rounded share of all so far is more than before, so that
    payments add up to the share of the period for which they are.

    Parameters
    ----------
    paid : Payments
        Of unemployment benefits.
    of_payment : array
        The period and ground to which each belongs.
    municipal : array
        The share of municipalities in each of these, in parts of ten thousand.

    Returns
    -------
    at, cents : array
        Of each payment of which municipalities have a share: person and month of payment, cents.
    """
    of = np.flatnonzero((paid.benefit == SUBSIDY) & (municipal[of_payment] > 0))
    of = of[order_of(of_payment[of], paid.posted[of])]
    group, cents = of_payment[of], paid.cents[of]
    starts = np.flatnonzero(changed(group))
    before = np.cumsum(cents) - cents
    before -= to_rows(before[starts], starts, len(of))
    share = municipal[group]
    posted = person_of(paid.at[of]) << 16 | paid.posted[of]
    return posted, part_of(before + cents, share) - part_of(before, share)


def shifted(shares: Shares, financed: Financing) -> tuple[Flags | Whole, Whole]:
    """Give what unemployment would have brought on service days times its share.

    Returns
    -------
    rows, cents : array
        Rows of the amounts, and cents.
    """
    own = shares.amounts
    rows = np.flatnonzero((own.benefit == SUBSIDY) & (own.ground == SERVICE))
    ground = np.full(len(rows), FULL, np.int8)
    found = financed.find(own.benefit[rows], ground, month_of(own.at[rows]), own.counted[rows])
    share = np.where(found >= 0, financed.shares[found, MUNICIPALITIES], 0)
    return rows, part_of(shares.ordinary[rows], share)


def municipal_2025(shares: Shares, classes: Classes, municipal: Whole) -> tuple[Whole, Whole]:
    """Give what municipalities would pay by the rules of 2025.

    They share the part at the level of the basic allowance: 2025 knows neither the increase for
    services nor that for children, and of the earnings-related allowance the rest is not shared.
    ASSUME: nothing of the days of lay-off, in which the state, whose part it is, has none.

    Parameters
    ----------
    shares : Shares
        Of unemployment benefits.
    classes : Classes
        Of 2025, by benefit.
    municipal : array
        Their municipal shares, in parts of ten thousand.

    Returns
    -------
    rows, cents : array
        Rows of the amounts, and cents.
    """
    own = shares.amounts
    found = classes.find(own.benefit.astype(np.int64), own.counted_2025)
    rows = np.flatnonzero(found >= 0)
    return rows, part_of(shares.basic[rows], municipal[found[rows]])
