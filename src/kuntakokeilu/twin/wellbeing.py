"""Social assistance, sickness allowance, medicine purchases, primary care.

ASSUME throughout: rates and prices are round numbers. Sickness does not change the labour market
state: a spell of allowance runs beside it.
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import pandas as pd

from kuntakokeilu.study.twin_effects import Outcome
from kuntakokeilu.twin.clock import MONTHS
from kuntakokeilu.twin.dynamics import Paths
from kuntakokeilu.twin.states import OFFICIAL_UNEMPLOYED, State
from kuntakokeilu.twin.walk import Month, Months, walk
from kuntakokeilu.twin.world import World

# ATC code, defined daily doses in a package, price in cents, share of purchases.
PSYCHOTROPIC = (
    ("N06AB10", 100.0, 1450, 0.28),
    ("N06AX11", 50.0, 1600, 0.20),
    ("N06AB06", 100.0, 1500, 0.17),
    ("N05CF01", 30.0, 900, 0.15),
    ("N05AH04", 25.0, 3800, 0.12),
    ("N05BA04", 50.0, 1000, 0.08),
)
OTHER = (
    ("C09AA05", 100.0, 1200, 0.35),
    ("A02BC02", 50.0, 1300, 0.25),
    ("M01AE01", 30.0, 800, 0.25),
    ("R06AE07", 100.0, 1100, 0.15),
)
USERS, USER_RATE, NEW_RATE, OTHER_RATE = 0.15, 0.33, 0.004, 0.10
REIMBURSED = 0.4
VISITS = 0.20  # per month, at a care factor of 1 in work
FEWER_VISITS = ("2020-03", "2021-11")
SICKNESS, SICKNESS_DAYS, SICKNESS_LONGEST = 0.005, 30.0, 300
PROFESSIONS, PROFESSION_EDGES = np.array(["nurse", "physician", "other"]), (0.5, 0.85)


def social_assistance(
    world: World, paths: Paths, rates: dict[str, np.ndarray], months: Months | None = None
) -> Iterator[pd.DataFrame]:
    """Yield months on social assistance (table `social_assistance`)."""
    u, people = world.streams.uniform, world.population
    # Who needs help once needs it again: a frailty of the household.
    need = world.streams.generator("household").gamma(0.8, 1 / 0.8, world.streams.persons)
    need = need.astype(np.float32)
    for now in walk(world, paths, months):
        out_of_work = (now.after != State.WORK) & (now.after < State.ABROAD)
        base = np.where(OFFICIAL_UNEMPLOYED[now.after], 0.16, 0.05 * out_of_work)
        base = base * np.where(paths.right[now.t] == 2, 0.3, 1.0)
        base = base + 0.004 * (now.after == State.WORK)
        chance = base * need * np.exp(_effect(world, paths, now, "social_assistance"))
        adult = people.age_months(now.t) >= 18 * 12
        at = np.flatnonzero(adult & (u("assistance", now.t) < np.minimum(chance, 0.9)))
        basic = rates["social_assistance_basic"][now.t]
        amount = np.round(basic * (0.4 + 0.9 * u("assistance_cents", now.t)[at])).astype(np.int64)
        extra = u("assistance_kind", now.t)[at]
        yield pd.DataFrame(
            {
                "person": at.astype(np.int32),
                "municipality": world.places.code[people.residence(now.t)[at]],
                "basic_cents": amount,
                "supplementary_cents": np.where(extra < 0.12, amount // 4, 0),
                "preventive_cents": np.where(extra > 0.97, amount // 3, 0),
                "year": np.int16(world.clock.year(now.t)),
                "month": np.int8(now.t % 12 + 1),
            }
        )


def sickness_spells(world: World, paths: Paths) -> pd.DataFrame:
    """Spells of sickness allowance (table `sickness`), never overlapping for one person."""
    u, people = world.streams.uniform, world.population
    free = np.full(world.streams.persons, np.datetime64("1900-01-01"))
    parts = []
    for now in walk(world, paths):
        risk = SICKNESS * people.care_factor * (1 + (people.limited_from <= now.t))
        start = world.clock.dates(now.t, world.streams.day("sickness_day", now.t, now.length))
        able = (now.after < State.ABROAD) & (people.age_months(now.t) >= 16 * 12)
        at = np.flatnonzero(able & (u("sickness", now.t) < risk) & (start > free))
        length = -np.log1p(-u("sickness_length", now.t)[at].astype(float)) * SICKNESS_DAYS
        length = np.minimum(10 + np.floor(length), SICKNESS_LONGEST).astype("timedelta64[D]")
        # A death ends the spell before its first day.
        death = np.where(people.death < MONTHS, people.death, MONTHS + 400)[at]
        last = np.minimum(start[at] + length, world.clock.dates(death, np.ones(len(at), int)) - 1)
        whole = last >= start[at]
        at, first, last = at[whole], start[at][whole], last[whole]
        free[at] = last
        days = np.busday_count(first, last + 1)
        daily = np.clip(people.wage[at] // 31, 2900, 11000)
        parts.append(
            pd.DataFrame(
                {
                    "person": at.astype(np.int32),
                    "start_date": first,
                    "end_date": last,
                    "days": days.astype(np.int16),
                    "cents": days * daily.astype(np.int64),
                }
            )
        )
    return pd.concat(parts, ignore_index=True)


def medicines(world: World, paths: Paths, months: Months | None = None) -> Iterator[pd.DataFrame]:
    """Yield medicine purchases month by month (table `medicines`)."""
    u, people = world.streams.uniform, world.population
    user = u("user") < USERS * np.minimum(people.care_factor + 0.3, 3)
    for now in walk(world, paths, months):
        effect = np.exp(_effect(world, paths, now, "care"))
        alive = now.after < State.ABROAD
        idle = np.where(OFFICIAL_UNEMPLOYED[now.after], 1.15, 1.0)
        mind = alive * np.where(user, USER_RATE, NEW_RATE * people.care_factor) * idle * effect
        body = alive * OTHER_RATE * np.minimum(people.care_factor, 4)
        parts = [
            _purchases(world, now, "psychotropic", PSYCHOTROPIC, mind),
            _purchases(world, now, "other_medicine", OTHER, body),
        ]
        yield pd.concat(parts, ignore_index=True)


def _purchases(
    world: World,
    now: Month,
    purpose: str,
    list_: tuple[tuple[str, float, int, float], ...],
    chance: np.ndarray,
) -> pd.DataFrame:
    u = world.streams.uniform
    at = np.flatnonzero(u(purpose, now.t) < chance)
    atc, doses, cents, share = (np.array(column) for column in zip(*list_, strict=True))
    # A person keeps to a medicine: the code hangs on the person, not on the month.
    edges = np.cumsum(share)[:-1]
    item = np.searchsorted(edges, u(purpose + "_item")[at])
    packages = np.where(u(purpose + "_packages", now.t)[at] < 0.2, 2, 1)
    cost = (cents[item] * packages).astype(np.int64)
    return pd.DataFrame(
        {
            "person": at.astype(np.int32),
            "date": _any_day(world, purpose + "_day", now, at),
            "atc": atc[item],
            "packages": packages.astype(np.int8),
            "doses": (doses[item] * packages).astype(np.float32),
            "cost_cents": cost,
            "reimbursed_cents": np.floor(REIMBURSED * cost).astype(np.int64),
        }
    )


def visits(world: World, paths: Paths, months: Months | None = None) -> Iterator[pd.DataFrame]:
    """Yield primary-care visits month by month (table `visits`): at most two, Poisson."""
    u, people = world.streams.uniform, world.population
    first, last = (world.clock.month(text) for text in FEWER_VISITS)
    for now in walk(world, paths, months):
        remote = 0.75 if first <= now.t <= last else 1.0
        idle = np.where(OFFICIAL_UNEMPLOYED[now.after], 1.3, 1.0)
        rate = VISITS * remote * people.care_factor * idle * (now.after < State.ABROAD)
        rate = rate * np.exp(_effect(world, paths, now, "care"))
        draw, parts = u("visits", now.t), []
        none = np.exp(-rate)
        for k, tail in enumerate((1 - none, 1 - none - none * rate)):
            at = np.flatnonzero(draw < tail)
            which = np.searchsorted(PROFESSION_EDGES, u(f"profession_{k}", now.t)[at])
            kind = u(f"visit_kind_{k}", now.t)[at]
            parts.append(
                pd.DataFrame(
                    {
                        "person": at.astype(np.int32),
                        "date": _any_day(world, f"visit_day_{k}", now, at),
                        "profession": PROFESSIONS[which],
                        "in_person": kind < 0.65 * remote,
                        "nature": np.where(kind > 0.93, "TH", "SH"),
                    }
                )
            )
        yield pd.concat(parts, ignore_index=True)


def _any_day(world: World, purpose: str, now: Month, at: np.ndarray) -> np.ndarray:
    return world.clock.dates(now.t, world.streams.day(purpose, now.t, now.length)[at])


def _effect(world: World, paths: Paths, now: Month, outcome: Outcome) -> np.ndarray:
    everyone = np.arange(world.streams.persons)
    return world.effects_on((outcome,), now.client_area, everyone, now.t, now.elapsed, paths.trial)[
        outcome
    ]
