"""Random lawful histories of paid days around the thresholds, with late payments and recoveries."""

from __future__ import annotations

import calendar
import random
from collections import defaultdict
from dataclasses import dataclass, replace

from .day_by_day import Day, History, Month, Posting, rates

MONTHS = [(year, month) for year in range(2017, 2025) for month in range(1, 13)]
WEEKDAYS = {
    (year, month): sum(
        calendar.weekday(year, month, day) < 5
        for day in range(1, calendar.monthrange(year, month)[1] + 1)
    )
    for year, month in MONTHS
}
GROUNDS = ("1", "1", "1", "1", "2", "2", "3", "3", "4", None)
MAXIMA = (300, 400, 500)
WORK_DAYS = 130  # 26 weeks


@dataclass(frozen=True)
class Levels:
    """What a person is paid for a day: a full earnings-related allowance, increases on it."""

    full: int
    increase: int
    child: int
    reduced: int | None  # the subsidy after the parents' income

    def day(self, month: Month, benefit: str, ground: str | None, adjusted: int) -> tuple[int, int]:
        """Give the cents of a day, and what it would have brought in unemployment."""
        basic, supplement = rates(month)
        usual = self.full if benefit == "AP" else basic + self.child
        if benefit == "FM" and self.reduced:
            return (adjusted if ground == "2" else self.reduced), self.reduced
        more = self.increase if benefit == "AP" else supplement
        if ground == "2":
            return adjusted, usual
        return usual + (more if ground == "3" else 0), usual


def random_history(rng: random.Random) -> History:
    """Draw the paid days of a person, month by month on the calendar's weekdays."""
    first = rng.randrange(0, 60)
    long = rng.random() < 0.25
    dates = [
        month
        for month in MONTHS[first : first + (48 if long else rng.randint(2, 10))]
        for _ in range(WEEKDAYS[month])
    ]
    levels = Levels(
        full=rng.randint(4_000, 9_000),
        increase=rng.choice((0, rng.randint(100, 1_500))),
        child=rng.choice((0, 0, rng.randint(500, 1_100))),
        reduced=rng.choice((None, None, None, rng.randint(1_500, 3_000))),
    )
    days: list[Day] = []
    at, allowance_before = 0, 0
    before = rng.choice((rng.randint(0, 1200), rng.randint(270, 310), rng.randint(970, 1010)))
    if rng.random() < 0.3:  # the rest of an old allowance, after which the subsidy begins anew
        rest, before = rng.randint(5, 60), 0
        allowance_before = rng.choice(MAXIMA) - rest
        at = _pay(rng, levels, days, dates, 0, rng.choice(("FP", "AP")), rest, ends=True)
    while at < len(dates):
        at = _pay(rng, levels, days, dates, at, "FM", rng.randint(5, 60))
        if long and rng.random() < 0.5:
            at = _new_allowance(rng, levels, days, dates, at)
        elif rng.random() < 0.2:
            at += rng.randint(1, 60)
    months = sorted({day.month for day in days})
    told = rng.choice(
        (set(months), set(months[:1]), set(), {m for m in months if rng.random() < 0.5})
    )
    days = _periods(rng, days, told)
    others = {day.month for day in days if day.benefit != "AP"}
    laid_off = {m for m in months if m not in others and rng.random() < 0.3}
    return History(days, _postings(rng, days), told, laid_off, before, allowance_before)


def _new_allowance(rng, levels, days, dates, at) -> int:
    """Grant an allowance after work, beside the subsidy or without it, and use it up in parts."""
    if rng.random() < 0.5:  # the work was part-time, with an adjusted subsidy
        at = _pay(rng, levels, days, dates, at, "FM", 50, ground="2")
    else:
        at += WORK_DAYS
    kind, left = rng.choice(("FP", "AP")), rng.choice(MAXIMA)
    begins = True
    while left and at < len(dates):
        part = left if rng.random() < 0.6 else min(left, rng.randint(60, 200))
        at = _pay(rng, levels, days, dates, at, kind, part, begins, ends=part == left)
        left, begins = left - part, False
        if left:
            at += rng.randint(1, 60)
    return at


def _pay(
    rng, levels, days, dates, at, benefit, number, begins=False, ends=False, ground=None
) -> int:
    """Pay so many days from one on, on changing grounds; gives the day after the last."""
    paid, kept = 0, ground
    while paid < number and at < len(dates):
        ground = kept or rng.choice(GROUNDS[:8] if benefit != "FM" else GROUNDS)
        adjusted = rng.randint(100, 1_400)
        for _ in range(rng.randint(3, 40)):
            if paid == number or at == len(dates):
                break
            paid += 1
            cents, without = levels.day(dates[at], benefit, ground, adjusted)
            marks = dict(begins=begins and paid == 1, ends=ends and paid == number)
            days.append(Day(dates[at], benefit, ground, cents, without, **marks))
            at += 1
    return at


def _periods(rng, days: list[Day], told: set[Month]) -> list[Day]:
    """Cut some months in two payment periods, which the register tells by their counters.

    Only where the second has more days counted before it, without which it is told by nothing.
    """
    by_month = defaultdict(list)
    for number, day in enumerate(days):
        by_month[day.month].append(number)
    days = list(days)
    for month, own in by_month.items():
        if month not in told or any(days[n].benefit != "FM" for n in own) or rng.random() < 0.7:
            continue
        cut = rng.randint(1, len(own))
        if any(days[n].ground in ("1", "2") for n in own[:cut]):
            for n in own[cut:]:
                days[n] = replace(days[n], period=2)
    return days


def _postings(rng: random.Random, days: list[Day]) -> list[Posting]:
    """Pay each month, benefit and ground in one or two parts; take some of it back later."""
    groups: dict = defaultdict(list)
    for day in days:
        groups[day.month, day.period, day.benefit, day.ground].append(day)
    postings = []
    for (month, *_), paid in groups.items():
        cut = rng.randint(0, len(paid)) if rng.random() < 0.1 else len(paid)
        for part in (paid[:cut], paid[cut:]):
            if part:
                late = rng.randint(1, 6) if rng.random() < 0.1 else 1
                postings.append(Posting(_later(month, late), tuple(part)))
        if rng.random() < 0.05:
            back = paid[: rng.randint(1, len(paid))]
            wait = _later(month, rng.randint(7, 20))
            postings.append(Posting(wait, tuple(back), back=True))
    return postings


def _later(month: Month, months: int) -> Month:
    number = month[0] * 12 + month[1] - 1 + months
    return number // 12, number % 12 + 1
