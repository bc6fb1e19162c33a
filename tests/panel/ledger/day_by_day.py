"""The law once more, day by day, in plain Python: no rule and no line is shared with the package.

Written from the words of the law. Labour market subsidy: the share follows from the days paid on
the basis of unemployment before the payment period; half from 300 days on, seven tenths from 1000;
days in services apart; anew after an allowance that was granted later is used up (Unemployment
Security Act, chapters 7 and 14, as Kela describes them). Basic allowance: the state and the
Employment Fund (Act 555/1998, 8 and 23 §). Earnings-related allowance (4 §): an unemployment fund
has 5.5 % of the ordinary allowance, the state what the basic allowance would be, of an adjusted one
in proportion, and nothing of days of lay-off; the Employment Fund has the rest. From April to
December 2020 the funds have 3.5 % and the state 2 % more (Act 724/2020), and the basic part of days
of lay-off too (HE 95/2020). Rules of 2025: a tenth from day 101, up to half from day 701, of the
basic allowance or that part of the earnings-related one (VATT on HE 207/2022, Act 388/2023);
increases for services and children are gone by then.
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, field
from fractions import Fraction
from itertools import groupby

# Cents a day from each month on: the basic allowance and the increase for services.
BASIC = {
    (2017, 1): (3240, 474),
    (2020, 1): (3366, 479),
    (2021, 1): (3378, 480),
    (2022, 1): (3450, 491),
    (2022, 8): (3572, 508),
    (2023, 1): (3721, 529),
}
SHARES_2025 = ((700, 5), (400, 4), (300, 3), (200, 2), (100, 1))  # tenths
PANDEMIC = ((2020, 4), (2020, 12))
AVERAGE_FULL = 6500  # of whom no full day is known
Month = tuple[int, int]


@dataclass(frozen=True)
class Day:
    """A paid weekday.

    month: year and month, period: of it; benefit: FM, FP or AP; ground: 1 unemployed, 2 part-time
    work, 3 in a service, 4 mobility allowance, None unknown; cents; without: what the day would
    have brought in unemployment; begins, ends: the first and the last day of the maximum of an
    allowance that was granted after work.
    """

    month: Month
    benefit: str
    ground: str | None
    cents: int
    without: int
    period: int = 1
    begins: bool = False
    ends: bool = False


@dataclass(frozen=True)
class Posting:
    """Days that are paid in a month, or taken back."""

    paid_in: Month
    days: tuple[Day, ...]
    back: bool = False

    @property
    def key(self):
        day = self.days[0]
        return day.month, day.period, day.benefit, day.ground


@dataclass
class History:
    """What happened to a person, and in which months the register tells its counters."""

    days: list[Day]
    postings: list[Posting]
    told: set[Month]
    laid_off: set[Month]
    subsidy_before: int
    allowance_before: int


@dataclass
class Bills:
    """Cents by (year, month) and payer, and the counters before each month or period."""

    due: dict = field(default_factory=lambda: defaultdict(lambda: defaultdict(int)))
    subsidy: dict = field(default_factory=dict)
    allowance: dict = field(default_factory=dict)


def bill(history: History) -> Bills:
    """Walk the days, then send the bills of each month."""
    bills = Bills()
    share, tenths = _walk(history, bills)
    full = next((d.cents for d in history.days if (d.benefit, d.ground) == ("AP", "1")), None)
    left: dict = defaultdict(list)
    billed: dict = defaultdict(int)
    # A month of payment is billed at its end: what is owed by then, less what has been billed.
    in_order = sorted(history.postings, key=lambda posting: posting.paid_in)
    for paid_in, postings in groupby(in_order, key=lambda posting: posting.paid_in):
        touched = set()
        for posting in postings:
            for day in posting.days:
                left[posting.key].remove(day) if posting.back else left[posting.key].append(day)
            if posting.key[2] == "FM" and posting.key[3] in ("1", "2"):
                touched.add(posting.key)
        for key in touched:
            owed = _cents(share[key[:2]] * sum(day.cents for day in left[key]))
            bills.due[paid_in]["posted"] += owed - billed[key]
            billed[key] = owed
    for (month, period, benefit, ground), days in left.items():
        due = bills.due[month]
        if benefit == "AP":
            laid_off = month in history.laid_off and ground != "3"
            basic = _earnings_related(due, days, ground, full, laid_off)
            basic = 0 if laid_off else basic
        elif benefit == "FP":
            cents = sum(day.cents for day in days)
            fund = _cents(Fraction(8 if month[0] == 2018 else 5, 10) * cents)
            due["employment_fund"] += fund
            due["state"] += cents - fund
            basic = sum(min(day.cents, rates(month)[0]) for day in days)
        else:
            _subsidy(due, days, ground, share[month, period])
            basic = sum(min(day.cents, rates(month)[0]) for day in days)
        due["rules_2025"] += _cents(Fraction(tenths[month, period], 10) * basic)
    return bills


def _walk(history: History, bills: Bills) -> tuple[dict, dict]:
    """Give the municipal share of each period, by the rules then and, in tenths, of 2025."""
    of_subsidy = [day.month for day in history.days if day.benefit == "FM"]
    told_first = of_subsidy and of_subsidy[0] in history.told
    subsidy = history.subsidy_before if told_first else 0
    allowance, used_up = history.allowance_before, False
    share: dict = {}
    for day in history.days:
        if day.begins:
            allowance = 0
        if day.benefit == "FM":
            if used_up:
                subsidy, used_up = 0, False
            if (day.month, day.period) not in share:  # the payment period begins
                bills.subsidy[day.month, day.period] = subsidy
                share[day.month, day.period] = Fraction(
                    7 if subsidy >= 1000 else 5 if subsidy >= 300 else 0, 10
                )
            subsidy += day.ground in ("1", "2")
        else:
            bills.allowance.setdefault(day.month, allowance)
            allowance += 1
            used_up = used_up or day.ends
    return share, _walk_2025(history, bills)


def _walk_2025(history: History, bills: Bills) -> dict:
    """Count each paid day, anew in the month in which the register tells a new maximum."""
    tenths: dict = {}
    counted: int | None = None
    begun = set()
    for day in history.days:
        if day.month not in begun:
            begun.add(day.month)
            told = day.month in history.told
            if told and bills.allowance.get(day.month) == 0:
                counted = 0
            elif counted is None:
                both = bills.subsidy.get((day.month, 1), 0), bills.allowance.get(day.month, 0)
                counted = max(both) if told else 0
        if (day.month, day.period) not in tenths:
            tenths[day.month, day.period] = next(
                (share for limit, share in SHARES_2025 if counted >= limit), 0
            )
        counted += 1
    return tenths


def _subsidy(due, days: list[Day], ground: str | None, share: Fraction) -> None:
    cents = sum(day.cents for day in days)
    municipal = _cents(share * cents) if ground in ("1", "2") else 0
    due["municipalities"] += municipal
    due["state"] += cents - municipal
    if ground == "3":
        due["shifted"] += _cents(share * sum(day.without for day in days))


def _earnings_related(due, days, ground: str | None, full: int | None, laid_off: bool) -> int:
    """Send the bills of an allowance and give its basic part."""
    if not days:
        return 0
    month = days[0].month
    cents, daily = sum(day.cents for day in days), rates(month)[0]
    full = full or AVERAGE_FULL
    ordinary = min(cents, full * len(days)) if ground == "3" else cents
    pandemic = PANDEMIC[0] <= month <= PANDEMIC[1]
    funds = _cents(Fraction(35 if pandemic else 55, 1000) * ordinary)
    more = _cents(Fraction(2, 100) * ordinary) if pandemic else 0
    basic = _cents(Fraction(daily, full) * cents) if ground == "2" else daily * len(days)
    basic = min(basic, cents)
    state = more + (0 if laid_off and not pandemic else min(basic, cents - funds - more))
    due["unemployment_funds"] += funds
    due["state"] += state
    due["employment_fund"] += cents - funds - state
    return basic


def rates(month: Month) -> tuple[int, int]:
    """Give the basic allowance of a day and the increase for services, in cents."""
    return BASIC[max(start for start in BASIC if start <= month)]


def _cents(amount: Fraction) -> int:
    """Round half a cent up."""
    return int((2 * amount + 1) // 2)
