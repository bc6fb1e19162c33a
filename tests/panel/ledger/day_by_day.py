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
from functools import cache
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
class Sums:
    """What is paid, and not taken back, of some days; `basic` is no more of each than 2025 pays."""

    days: int = 0
    cents: int = 0
    without: int = 0
    basic: int = 0

    def add(self, days: tuple[Day, ...], sign: int) -> None:
        """Add days, or take them back."""
        for day in days:
            self.days += sign
            self.cents += sign * day.cents
            self.without += sign * day.without
            self.basic += sign * min(day.cents, rates(day.month)[0])


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
    left: dict = defaultdict(Sums)
    billed: dict = defaultdict(int)
    # A month of payment is billed at its end: what is owed by then, less what has been billed.
    in_order = sorted(history.postings, key=lambda posting: posting.paid_in)
    for paid_in, postings in groupby(in_order, key=lambda posting: posting.paid_in):
        touched = set()
        for posting in postings:
            key = posting.key
            left[key].add(posting.days, -1 if posting.back else 1)
            if key[2] == "FM" and key[3] in ("1", "2"):
                touched.add(key)
        for key in touched:
            owed = _part(left[key].cents, share[key[:2]], 10)
            bills.due[paid_in]["posted"] += owed - billed[key]
            billed[key] = owed
    for (month, period, benefit, ground), paid in left.items():
        due, basic = bills.due[month], paid.basic
        if benefit == "AP":
            laid_off = month in history.laid_off and ground != "3"
            basic = _earnings_related(due, paid, month, ground, full or AVERAGE_FULL, laid_off)
        elif benefit == "FP":
            fund = _part(paid.cents, 8 if month[0] == 2018 else 5, 10)
            due["employment_fund"] += fund
            due["state"] += paid.cents - fund
        else:
            _subsidy(due, paid, ground, share[month, period])
        due["rules_2025"] += _part(basic, tenths[month, period], 10)
    return bills


def _walk(history: History, bills: Bills) -> tuple[dict, dict]:
    """Give the municipal share of each period in tenths, by the rules then and of 2025."""
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
                share[day.month, day.period] = 7 if subsidy >= 1000 else 5 if subsidy >= 300 else 0
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


def _subsidy(due, paid: Sums, ground: str | None, tenths: int) -> None:
    municipal = _part(paid.cents, tenths, 10) if ground in ("1", "2") else 0
    due["municipalities"] += municipal
    due["state"] += paid.cents - municipal
    if ground == "3":
        due["shifted"] += _part(paid.without, tenths, 10)


def _earnings_related(
    due, paid: Sums, month: Month, ground: str | None, full: int, laid_off: bool
) -> int:
    """Send the bills of an allowance and give its basic part that is shared in 2025."""
    daily = rates(month)[0]
    ordinary = min(paid.cents, full * paid.days) if ground == "3" else paid.cents
    pandemic = PANDEMIC[0] <= month <= PANDEMIC[1]
    funds = _part(ordinary, 35 if pandemic else 55, 1000)
    more = _part(ordinary, 2, 100) if pandemic else 0
    basic = _part(paid.cents, daily, full) if ground == "2" else daily * paid.days
    basic = min(basic, paid.cents)
    state = 0 if laid_off and not pandemic else min(basic, paid.cents - funds - more)
    due["unemployment_funds"] += funds
    due["state"] += state + more
    due["employment_fund"] += paid.cents - funds - state - more
    return 0 if laid_off else basic


@cache
def rates(month: Month) -> tuple[int, int]:
    """Give the basic allowance of a day and the increase for services, in cents."""
    return BASIC[max(start for start in BASIC if start <= month)]


def _part(cents: int, of: int, whole: int) -> int:
    """Take so many parts of a whole, half a cent up."""
    return (2 * cents * of + whole) // (2 * whole)
