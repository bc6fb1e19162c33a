"""Wages by month and payer."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np
import pandas as pd

from kuntakokeilu.twin.dynamics import Paths
from kuntakokeilu.twin.spells import municipal_placement
from kuntakokeilu.twin.states import State
from kuntakokeilu.twin.walk import Month, Months, walk
from kuntakokeilu.twin.world import World

PART_TIME_SHARE = 0.4  # of the full-time wage
# ASSUME: the rates below.
SUBSIDISED_SHARE = 0.75
JOB_CHANGE, SIDE_JOB, STUDENT_JOB = 0.012, 0.04, 0.10
PAYERS = 150_000
HOLIDAY_BONUS = 1.25  # in June
GROWTH = 1.02

_SHARE = np.zeros(13)
_SHARE[State.WORK], _SHARE[State.PART_TIME] = 1.0, PART_TIME_SHARE
_SHARE[State.SUBSIDISED] = SUBSIDISED_SHARE


def wage_payments(
    world: World, paths: Paths, months: Months | None = None
) -> Iterator[pd.DataFrame]:
    """Yield the wages month by month (table `wages`).

    A payer is a number; those from `payers(world)` on are municipalities. Wages are paid in the
    month of work, by the share of days.
    """
    payer = _draw_payer(world, -1)
    for now in walk(world, paths, months):
        fresh = _draw_payer(world, now.t)
        old = payer.copy()
        started = (now.after != now.before) & (_SHARE[now.after] > 0)
        started &= now.before != State.LAID_OFF  # back to the same employer
        moves = (now.after == State.WORK) & (now.before == State.WORK)
        moves &= world.streams.uniform("job_change", now.t) < JOB_CHANGE
        payer = np.where(started | moves, fresh, payer)
        placed = started & (now.after == State.SUBSIDISED)
        placed &= municipal_placement(world.streams, now.t)
        town = payers(world) + world.population.residence(now.t).astype(np.int32)
        payer = np.where(placed, town, payer)
        yield _rows(world, now, old, payer)


def payers(world: World) -> int:
    """Number of payers that are not municipalities."""
    return max(500, round(PAYERS * world.settings.scale))


def _draw_payer(world: World, t: int) -> np.ndarray:
    """Draw an employer; large ones are few."""
    return (payers(world) * world.streams.uniform("payer", t) ** 3).astype(np.int32)


def _rows(world: World, now: Month, old: np.ndarray, payer: np.ndarray) -> pd.DataFrame:
    changed = now.before != now.after
    first = np.where(changed, (now.day - 1) / now.length, 0.0)  # share of the state before
    u = world.streams.uniform
    growth = GROWTH ** (world.clock.year(now.t) - 2021)
    noise = np.exp(0.1 * (u("wage_noise", now.t) - 0.5)) * growth
    bonus = HOLIDAY_BONUS if now.t % 12 == 5 else 1.0
    monthly = world.population.wage * noise * bonus
    student = (now.after == State.OUTSIDE) & (world.population.age_months(now.t) < 360)
    student &= u("student_job", now.t) < STUDENT_JOB
    side = (now.after == State.WORK) & (u("side_job", now.t) < SIDE_JOB)
    other = _draw_payer(world, 1000 + now.t)
    cents = (
        monthly * first * _SHARE[now.before],
        monthly * (1 - first) * _SHARE[now.after],
        monthly * 0.15 * (student | side),
    )
    rows = _one_per_payer(cents, (old, payer, other))
    return rows.assign(year=np.int16(world.clock.year(now.t)), month=np.int8(now.t % 12 + 1))


def _one_per_payer(cents: tuple[np.ndarray, ...], payer: tuple[np.ndarray, ...]) -> pd.DataFrame:
    """Put the jobs of everyone below each other, one row per earner and payer as in the register.

    Parameters
    ----------
    cents : tuple of ndarray of float, shape (persons,)
        Pay of the job before, the job after and the job beside; below 1 there is none. Only the
        second reaches the last week of the month.
    payer : tuple of ndarray of int32, shape (persons,)
        Their payers.
    """
    paid = [each >= 1 for each in cents]
    whole = [np.where(p, np.round(c), 0).astype(np.int64) for p, c in zip(paid, cents, strict=True)]
    last_week = [np.zeros(len(paid[0]), bool), np.ones(len(paid[0]), bool), np.zeros_like(paid[0])]
    for later, earlier in ((1, 0), (2, 0), (2, 1)):
        same = np.flatnonzero(paid[later] & paid[earlier])
        same = same[payer[later][same] == payer[earlier][same]]
        whole[earlier][same] += whole[later][same]
        last_week[earlier][same] |= last_week[later][same]
        paid[later][same] = False
    at = [np.flatnonzero(each) for each in paid]

    def stacked(arrays: Sequence[np.ndarray]) -> np.ndarray:
        return np.concatenate([each[who] for each, who in zip(arrays, at, strict=True)])

    return pd.DataFrame(
        {
            "person": np.concatenate(at).astype(np.int32),
            "payer": stacked(payer),
            "cents": stacked(whole),
            "last_week": stacked(last_week),
        }
    )
