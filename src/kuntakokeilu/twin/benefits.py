"""Unemployment benefits in euros: days from the counters, daily rates, recoveries, posting."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import pandas as pd

from kuntakokeilu.twin.counters import EARNINGS, Paid
from kuntakokeilu.twin.dynamics import Paths
from kuntakokeilu.twin.wages import PART_TIME_SHARE
from kuntakokeilu.twin.walk import Months, walk
from kuntakokeilu.twin.world import World

DAYS_PER_MONTH = 21.5
# ASSUME: shares of payments that come late and that are recovered in part.
LATE, RECOVERED, RECOVERED_PART = 0.03, 0.004, 0.4
CODES = ("FP", "AP")  # basic, earnings-related; labour market subsidy is FM


def benefit_payments(
    world: World, paths: Paths, rates: dict[str, np.ndarray], months: Months | None = None
) -> Iterator[pd.DataFrame]:
    """Yield the payments month by month (table `benefits`)."""
    counters = paths.counters_before.copy()
    for now in walk(world, paths, months):
        sanction = world.streams.uniform("sanction", now.t)
        paid = counters.advance(
            now.t, now.before, now.after, now.day, sanction, world.clock.weekdays_from(now.t)
        )
        rows = _rows(world, now.t, paid, rates)
        yield _post(world, now.t, rows)


def earnings_daily(wage: np.ndarray, basic: int, increased: bool = False) -> np.ndarray:
    """Earnings-related daily allowance before income, in cents; in a service it is increased.

    Act 1290/2002, 6:2 (SISU TTPros1, TTPros2, TTTaite, ProsKor1, ProsKor2 of 2017-24): 45 % of the
    daily wage above the basic part, 20 % of what exceeds 95 times the basic part in a month; in a
    service 55 and 25 %. ASSUME: in all of a service, not 200 days of it, and so before 2017 too.
    """
    daily = wage / DAYS_PER_MONTH
    knee = 95 * basic / DAYS_PER_MONTH
    low, high = np.minimum(daily, knee) - basic, np.maximum(daily - knee, 0)
    shares = (0.55, 0.25) if increased else (0.45, 0.20)
    earned = shares[0] * np.maximum(low, 0) + shares[1] * high
    return basic + np.round(earned).astype(np.int64)


def _rows(world: World, t: int, paid: Paid, rates: dict[str, np.ndarray]) -> pd.DataFrame:
    """Turn days into one row per person, benefit and ground."""
    basic = int(rates["daily_allowance"][t])
    wage = world.population.wage[paid.person].astype(np.int64)
    more = basic + int(rates["increase_supplement"][t])
    with_earnings = paid.kind == EARNINGS
    allowance = np.where(with_earnings, earnings_daily(wage, basic), basic)
    in_service = np.where(with_earnings, earnings_daily(wage, basic, increased=True), more)
    part_time = PART_TIME_SHARE * wage
    parts = []
    flat, flat_more = np.full(len(wage), basic), np.full(len(wage), more)
    for days, counter, benefit, usual, increased in (
        (paid.allowance, paid.allowance_counter, None, allowance, in_service),
        (paid.subsidy, paid.subsidy_counter, "FM", flat, flat_more),
    ):
        for ground in (1, 2, 3):
            at = np.flatnonzero(days[:, ground - 1])
            number = days[at, ground - 1].astype(np.int64)
            cents = number * (increased if ground == 3 else usual)[at]
            if ground == 2:
                excess = np.maximum(part_time[at] - rates["exempt_amount"][t], 0)
                off = np.round(0.5 * excess * number / DAYS_PER_MONTH).astype(np.int64)
                cents = np.maximum(cents - off, 0)
            kind = np.array(CODES)[np.maximum(paid.kind[at], 1) - 1]
            parts.append(
                pd.DataFrame(
                    {
                        "person": paid.person[at].astype(np.int32),
                        "benefit": kind if benefit is None else benefit,
                        "ground": np.int8(ground),
                        "days": number.astype(np.int16),
                        "cents": cents,
                        "counter": counter[at],
                    }
                )
            )
    return pd.concat(parts, ignore_index=True)


def _post(world: World, t: int, rows: pd.DataFrame) -> pd.DataFrame:
    """Add days of payment, and rows of recovery with negative days and cents."""
    person = rows["person"].to_numpy()
    u = world.streams.uniform
    late, lag, recovery = u("late", t)[person], u("lag", t)[person], u("recovery", t)[person]
    months = np.where(late < LATE, 1 + np.floor(lag * 5), 0).astype(np.int64)
    day = world.streams.day("posting", t, 24)[person]
    rows = rows.assign(payment_date=world.clock.dates(t + 1 + months, day), recovery=False)
    back = rows[recovery < RECOVERED]
    part = np.ceil(RECOVERED_PART * back["days"].to_numpy()).astype(np.int64)
    wait = 1 + months[recovery < RECOVERED] + 1 + np.floor(lag[recovery < RECOVERED] * 6)
    back = back.assign(
        cents=-(back["cents"].to_numpy() * part // back["days"].to_numpy()),
        days=(-part).astype(np.int16),
        payment_date=world.clock.dates(t + wait.astype(np.int64), day[recovery < RECOVERED]),
        recovery=True,
    )
    rows = pd.concat([rows, back[back["cents"] < 0]], ignore_index=True)
    rows["benefit"] = rows["benefit"].astype(str)
    return rows.assign(year=np.int16(world.clock.year(t)), month=np.int8(t % 12 + 1))
