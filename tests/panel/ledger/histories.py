"""Random histories of paid days around the thresholds, with late payments and recoveries."""

from __future__ import annotations

import calendar
import random
from collections import defaultdict
from decimal import Decimal

from .day_by_day import Day, History, Posting

MONTHS = [(year, month) for year in range(2017, 2025) for month in range(1, 13)]
WEEKDAYS = {
    (year, month): sum(
        calendar.weekday(year, month, day) < 5
        for day in range(1, calendar.monthrange(year, month)[1] + 1)
    )
    for year, month in MONTHS
}
GROUNDS = ("1", "1", "1", "1", "2", "2", "3", "3", "4", None)
WORK_DAYS = 130  # 26 weeks


def random_history(rng: random.Random) -> History:
    """Draw the paid days of a person, month by month on the calendar's weekdays."""
    first = rng.randrange(0, 60)
    long = rng.random() < 0.2
    dates = [
        month
        for month in MONTHS[first : first + (42 if long else rng.randint(2, 10))]
        for _ in range(WEEKDAYS[month])
    ]
    days: list[Day] = []
    at = 0
    if rng.random() < 0.3:  # the rest of an old allowance
        at = _pay(rng, days, dates, 0, rng.choice(("FP", "AP")), rng.randint(5, 60))
    while at < len(dates):
        at = _pay(rng, days, dates, at, "FM", rng.randint(5, 60))
        if long and rng.random() < 0.5:
            at += WORK_DAYS
            whole = rng.choice((300, 400))
            paid = whole if rng.random() < 0.6 else rng.randint(10, 280)
            kind = rng.choice(("FP", "AP"))
            at = _pay(rng, days, dates, at, kind, paid, begins=True, ends=paid == whole)
        elif rng.random() < 0.2:
            at += rng.randint(1, 60)
    months = sorted({day.month for day in days})
    told = rng.choice(
        (set(months), set(months[:1]), set(), {m for m in months if rng.random() < 0.5})
    )
    before = rng.choice((rng.randint(0, 1200), rng.randint(270, 310), rng.randint(970, 1010)))
    return History(days, _postings(rng, days), told, before, rng.randint(1, 300))


def _pay(rng, days, dates, at, benefit, number, begins=False, ends=False) -> int:
    """Pay so many days from one on, on changing grounds; gives the day after the last."""
    paid = 0
    while paid < number and at < len(dates):
        ground = rng.choice(GROUNDS[:8] if benefit != "FM" else GROUNDS)
        cents = rng.randint(3_000, 4_200) if benefit != "AP" else rng.randint(2_500, 9_000)
        for _ in range(rng.randint(3, 40)):
            if paid == number or at == len(dates):
                break
            amount = rng.randint(100, 3_000) if ground == "2" else cents
            paid += 1
            days.append(
                Day(
                    dates[at],
                    benefit,
                    ground,
                    Decimal(1),
                    amount,
                    begins=begins and paid == 1,
                    ends=ends and paid == number,
                )
            )
            at += 1
    return at


def _postings(rng: random.Random, days: list[Day]) -> list[Posting]:
    """Pay each month, benefit and ground in one or two parts; take some of it back later."""
    groups: dict = defaultdict(list)
    for day in days:
        groups[day.month, day.benefit, day.ground].append(day)
    postings = []
    for (month, benefit, ground), paid in groups.items():
        cut = rng.randint(0, len(paid)) if rng.random() < 0.1 else len(paid)
        for part in (paid[:cut], paid[cut:]):
            if part:
                late = rng.randint(1, 6) if rng.random() < 0.1 else 1
                total = sum(day.cents for day in part)
                postings.append(
                    Posting(_later(month, late), month, benefit, ground, Decimal(len(part)), total)
                )
        if rng.random() < 0.05:
            back = paid[: rng.randint(1, len(paid))]
            total = sum(day.cents for day in back)
            wait = _later(month, rng.randint(7, 20))
            postings.append(Posting(wait, month, benefit, ground, -Decimal(len(back)), -total))
    return postings


def _later(month: tuple[int, int], months: int) -> tuple[int, int]:
    number = month[0] * 12 + month[1] - 1 + months
    return number // 12, number % 12 + 1
