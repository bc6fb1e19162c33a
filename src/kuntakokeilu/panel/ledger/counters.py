"""Days counted before a payment period, on which the municipal share depends.

ASSUME: a payment period is a calendar month, or that of each counter which the register tells for
a month, since it tells days by month.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from kuntakokeilu.facts import LedgerRules
from kuntakokeilu.facts.ledger import GROUNDS
from kuntakokeilu.panel.ledger.payments import SUBSIDY, Payments
from kuntakokeilu.panel.ledger.rows import (
    HIGH,
    changed,
    order_of,
    person_of,
    run_any,
    run_least,
    run_most,
    run_sums,
    to_rows,
)
from kuntakokeilu.panel.ledger.rules import HUNDREDTHS
from kuntakokeilu.panel.ledger.whole import Flags, Whole

# Grounds whose days are paid on the basis of unemployment: full and adjusted. Days in a service,
# with mobility allowance or of employment money neither count nor are shared.
UNEMPLOYMENT = [GROUNDS.index("1"), GROUNDS.index("2")]
# Days of the longest maximum of an allowance, Act 1290/2002, 6:7: whoever has had them has none
# left.
LONGEST_ALLOWANCE = 500


@dataclass(frozen=True)
class Parts:
    """Periods of subsidy and, of each month, all allowances as one part; in order of payments.

    Attributes
    ----------
    starts : array
        The first payment of each.
    at, period : array
        Person and month, and payment period.
    subsidised : array of bool
        Whether it is a period of subsidy.
    """

    starts: Whole
    at: Whole
    period: Whole
    subsidised: Flags


@dataclass(frozen=True)
class Stretches:
    """Each period of subsidy with the allowance between it and the one before.

    Attributes
    ----------
    part : array
        Which of `Parts` the period is.
    person : array
        Its person; in order.
    first : array of bool
        Whether it is the person's first.
    known : array
        The register's counter; HIGH if it tells none.
    days : array
        What it adds to the counter.
    allowance, used : array
        Days of allowance, and the most of its maximum that was used as the register says.
    """

    part: Whole
    person: Whole
    first: Flags
    known: Whole
    days: Whole
    allowance: Whole
    used: Whole


def parts_of(paid: Payments) -> Parts:
    """Find the periods of subsidy and the months of allowances."""
    subsidised = paid.benefit == SUBSIDY
    starts = np.flatnonzero(changed(paid.at, np.where(subsidised, paid.period, 0)))
    return Parts(starts, paid.at[starts], paid.period[starts], subsidised[starts])


def subsidy_counter(found: Stretches, parts: Parts, paid: Payments, rules: LedgerRules) -> Whole:
    """Count the days before each payment's period of subsidy; 0 for other benefits.

    Counted are hundredths of days of subsidy ever paid on the basis of unemployment, before the
    period: what the register says, else counted on from the last period of which it does, else
    from nothing at the first payment.

    Source: kela.fi, financing of labour market subsidy. The count begins anew when an allowance
    that was granted after the subsidy is used up. ASSUME how this is seen where the register tells
    no counter: since the last period of subsidy, days of an allowance were paid for at least
    the shortest maximum; with fewer, the person has only paused. ASSUME: adjusted days count as
    the register has them, and days paid late in the month for which they are paid.
    """
    chosen = rules.assumptions
    anew = found.first | (found.allowance >= chosen.least_allowance_days * HUNDREDTHS)
    base = np.where(found.known < HIGH, found.known, np.where(anew, 0, -HIGH))
    counted = _counted_on(base, found.days)
    if chosen.share_follows_from != "period_start":
        counted += found.days
    of_parts = np.zeros(len(parts.starts), np.int64)
    of_parts[found.part] = np.maximum(counted, 0)
    return to_rows(of_parts, parts.starts, len(paid.at))


def _counted_on(base: Whole, days: Whole) -> Whole:
    """Count days on from the last row that has a base; the first of each person has one."""
    last = np.maximum.accumulate(np.where(base > -HIGH, np.arange(len(base)), 0))
    before = np.cumsum(days) - days
    return base[last] + before - before[last]


def stretches(parts: Parts, paid: Payments, rules: LedgerRules) -> Stretches:
    """Give each period of subsidy the allowance between it and the last one of the person.

    An allowance in a month of subsidy came before the subsidy, and was used up, unless it began
    there: its own counter is 0, or is not told and the person's next month with a payment has an
    allowance, while the one before has none.
    """
    subsidy = paid.benefit == SUBSIDY
    other = ~subsidy & ~paid.recovery
    counts = subsidy & np.isin(paid.ground, UNEMPLOYMENT)
    if not rules.assumptions.recovered_days_leave:
        counts &= ~paid.recovery
    days = run_sums(np.where(counts, paid.hundredths, 0), parts.starts)
    allowance = run_sums(np.where(other, paid.hundredths, 0), parts.starts)
    known = run_least(paid.counter, paid.told, parts.starts)
    used = run_most(paid.counter, other & paid.told, parts.starts)
    used = np.where(used > -HIGH, used + allowance, -HIGH)
    late = _begin(parts, paid, other)
    place = np.where(parts.subsidised, parts.period, np.where(late, HIGH >> 40, 0))
    order = order_of(parts.at, place)
    subsidised, person = parts.subsidised[order], person_of(parts.at[order])
    fresh = changed(person)
    begins = fresh.copy()
    begins[1:] |= subsidised[:-1]
    starts = np.flatnonzero(begins)
    last = np.append(starts[1:], len(order)) - 1
    kept = subsidised[last]
    part = order[last[kept]]
    return Stretches(
        part,
        person[last[kept]],
        fresh[starts[kept]],
        known[part],
        days[part],
        run_sums(allowance[order], starts)[kept],
        np.maximum.reduceat(used[order], starts)[kept],
    )


def _begin(parts: Parts, paid: Payments, other: Flags) -> Flags:
    """Tell of which parts the month has an allowance that began beside the subsidy."""
    months = np.flatnonzero(changed(paid.at))
    subsidy = run_any(paid.benefit == SUBSIDY, months)
    allowance = run_any(other, months)
    used = run_least(paid.counter, other & paid.told, months)
    person = person_of(paid.at[months])
    same = person[1:] == person[:-1]
    follows, precedes = np.zeros_like(allowance), np.zeros_like(allowance)
    follows[:-1] = same & allowance[1:]
    precedes[1:] = same & allowance[:-1]
    begins = subsidy & allowance & np.where(used < HIGH, used == 0, follows & ~precedes)
    return begins[np.cumsum(changed(parts.at)) - 1]


def against_the_law(found: Stretches, rules: LedgerRules) -> tuple[int, int]:
    """Count the counters of the subsidy that the register tells, and the impossible ones.

    A lifetime counter cannot fall but to 0, unless an allowance may have been used up since; and it
    is 0 where one certainly has: after the last day of the longest maximum. The register's counter
    is followed all the same, since it is what municipalities were billed by.
    """
    told = found.known < HIGH
    known, person = found.known[told], found.person[told]
    so_far = np.cumsum(found.allowance)[told]
    fell = np.zeros(len(known), bool)
    fell[1:] = (
        (person[1:] == person[:-1])
        & (known[1:] < known[:-1])
        & (np.diff(so_far) < rules.assumptions.least_allowance_days * HUNDREDTHS)
    )
    spent = np.maximum(found.allowance, found.used)[told] >= LONGEST_ALLOWANCE * HUNDREDTHS
    return len(known), int(np.count_nonzero((known > 0) & (fell | spent)))


def counter_of_2025(parts: Parts, paid: Payments) -> Whole:
    """Count the days before each payment's period by the rules of 2025.

    Every paid day of all three benefits counts, in services too, and as a whole day. ASSUME: the
    count begins with the register's counter of the first period, and anew where the running
    maximum of an allowance does.
    """
    whole = -(-paid.hundredths // HUNDREDTHS) * HUNDREDTHS
    days = run_sums(np.where(paid.recovery, 0, whole), parts.starts)
    known = run_most(paid.counter, paid.told, parts.starts)
    used = run_least(paid.counter, paid.told & (paid.benefit != SUBSIDY), parts.starts)
    # Allowances are of the first period, as the first subsidy of their month is.
    order = order_of(parts.at, parts.period)
    at = parts.at[order]
    starts = np.flatnonzero(changed(at, parts.period[order]))
    days, known = run_sums(days[order], starts), np.maximum.reduceat(known[order], starts)
    used = np.minimum.reduceat(used[order], starts)
    first = np.where(known > -HIGH, known, 0)
    anew = np.where(changed(person_of(at[starts])), first, -HIGH)
    counted = _counted_on(np.where(used == 0, 0, anew), days)
    of_parts = np.empty(len(order), np.int64)
    of_parts[order] = to_rows(counted, starts, len(order))
    return to_rows(of_parts, parts.starts, len(paid.at))
