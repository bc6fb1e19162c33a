"""The law once more, day by day, in plain Python: no rule and no line is shared with the package.

Written from the description of the law: kela.fi on the financing of labour market subsidy (the
share follows from the days paid on the basis of unemployment before the payment period; 300 and
1000 days; services apart; anew after a new allowance is used up), ytkkassa.fi on the financing of
earnings-related allowance, VATT's statement on HE 207/2022 for the rules of 2025.
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, field
from decimal import ROUND_HALF_UP, Decimal
from itertools import groupby

# Euros a day from each month on.
BASIC = {
    (2017, 1): "32.40",
    (2020, 1): "33.66",
    (2021, 1): "33.78",
    (2022, 1): "34.50",
    (2022, 8): "35.72",
    (2023, 1): "37.21",
}
SHARES_2025 = ((700, "0.5"), (400, "0.4"), (300, "0.3"), (200, "0.2"), (100, "0.1"))


@dataclass(frozen=True)
class Day:
    """A paid weekday.

    month: year and month; benefit: FM, FP or AP; ground: 1 unemployed, 2 part-time work, 3 in a
    service, 4 mobility allowance, None unknown; part: of a day; cents; begins, ends: the first
    and the last day of the maximum of an allowance that was granted after work.
    """

    month: tuple[int, int]
    benefit: str
    ground: str | None
    part: Decimal
    cents: int
    begins: bool = False
    ends: bool = False


@dataclass(frozen=True)
class Posting:
    """Cents paid or taken back in a month, for another month, benefit and ground."""

    paid_in: tuple[int, int]
    month: tuple[int, int]
    benefit: str
    ground: str | None
    days: Decimal
    cents: int


@dataclass
class History:
    """What happened to a person, and in which months the register tells its counters."""

    days: list[Day]
    postings: list[Posting]
    told: set[tuple[int, int]]
    subsidy_before: int
    allowance_before: int


@dataclass
class Bills:
    """Cents by (year, month) and payer, and the counters before each month as they were."""

    due: dict = field(default_factory=lambda: defaultdict(lambda: defaultdict(int)))
    subsidy: dict = field(default_factory=dict)
    allowance: dict = field(default_factory=dict)


def bill(history: History) -> Bills:
    """Walk the days, then send the bills of each month."""
    bills = Bills()
    share, share_2025 = _walk(history, bills)
    sums: dict = defaultdict(lambda: [Decimal(0), 0])
    billed: dict = defaultdict(int)
    # A month of payment is billed at its end: what is owed by then, less what has been billed.
    in_order = sorted(history.postings, key=lambda posting: posting.paid_in)
    for paid_in, postings in groupby(in_order, key=lambda posting: posting.paid_in):
        touched = set()
        for posting in postings:
            key = posting.month, posting.benefit, posting.ground
            sums[key][0] += posting.days
            sums[key][1] += posting.cents
            if posting.benefit == "FM" and posting.ground in ("1", "2"):
                touched.add(key)
        for key in touched:
            owed = _cents(sums[key][1] * share[key[0]])
            bills.due[paid_in]["posted"] += owed - billed[key]
            billed[key] = owed
    for (month, benefit, ground), (days, cents) in sums.items():
        _split(bills.due[month], benefit, ground, days, cents, month, share.get(month, Decimal(0)))
        base = cents if benefit != "AP" else _basic(days, cents, month)
        bills.due[month]["rules_2025"] += _cents(base * share_2025[month])
    return bills


def _walk(history: History, bills: Bills) -> tuple[dict, dict]:
    """Give the municipal share of each month, by the rules then and by those of 2025."""
    months_of_subsidy = [day.month for day in history.days if day.benefit == "FM"]
    first = history.days[0].month
    told_first = months_of_subsidy and months_of_subsidy[0] in history.told
    subsidy = Decimal(history.subsidy_before if told_first else 0)
    allowance = history.allowance_before
    used_up = False
    whole_days: int | None = None
    share: dict = {}
    share_2025: dict = {}
    for day in history.days:
        if day.begins:
            allowance = 0
        if day.benefit == "FM":
            if used_up:
                subsidy, used_up = Decimal(0), False
            if day.month not in share:  # the payment period begins
                bills.subsidy[day.month] = subsidy
                share[day.month] = Decimal(
                    "0.7" if subsidy >= 1000 else "0.5" if subsidy >= 300 else 0
                )
            if day.ground in ("1", "2"):
                subsidy += day.part
        else:
            bills.allowance.setdefault(day.month, allowance)
            allowance += 1
            used_up = used_up or day.ends
    for day in history.days:
        if day.month not in share_2025:
            told = day.month in history.told
            if told and bills.allowance.get(day.month) == 0:
                whole_days = 0
            elif whole_days is None:
                counters = [bills.subsidy.get(first, 0), bills.allowance.get(first, 0)]
                whole_days = max(counters) if told else 0
            share_2025[day.month] = _share_2025(whole_days)
        whole_days += 1
    return share, share_2025


def _share_2025(days: Decimal | int) -> Decimal:
    for limit, share in SHARES_2025:
        if days >= limit:
            return Decimal(share)
    return Decimal(0)


def _split(due, benefit, ground, days, cents, month, share) -> None:
    if benefit == "FM":
        municipal = _cents(cents * share) if ground in ("1", "2") else 0
        due["municipalities"] += municipal
        due["state"] += cents - municipal
        if ground == "3":
            due["shifted"] += _cents(cents * share)
    elif benefit == "FP":
        due["state"] += cents
    else:
        funds = _cents(cents * Decimal("0.055"))
        state = _basic(days, cents - funds, month)
        due["unemployment_funds"] += funds
        due["state"] += state
        due["employment_fund"] += cents - funds - state


def _basic(days: Decimal, cents: int, month: tuple[int, int]) -> int:
    """Price the days as basic allowance, but no higher than the amount."""
    rate = Decimal(BASIC[max(start for start in BASIC if start <= month)]) * 100
    return min(cents, _cents(days * rate))


def _cents(amount: Decimal | int) -> int:
    return int(Decimal(amount).quantize(Decimal(1), rounding=ROUND_HALF_UP))
