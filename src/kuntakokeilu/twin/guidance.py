"""What offices do with job seekers: contacts, plans, job offers."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import pandas as pd

from kuntakokeilu.study.twin_effects import Outcome
from kuntakokeilu.twin.clock import MONTHS
from kuntakokeilu.twin.dynamics import Paths
from kuntakokeilu.twin.states import IN_SERVICE, REGISTERED, State
from kuntakokeilu.twin.walk import Month, Months, walk
from kuntakokeilu.twin.world import World

NORDIC_MODEL, COVID = "2022-05", ("2020-03", "2021-12")
# ASSUME: rates per month and mean delays in days, before the Nordic model and since.
FIRST_CONTACT_DAYS = (17.0, 6.0)
CONTACTS, CONTACTS_EARLY, CONTACTS_IN_SERVICE = (0.45, 0.55), (0.6, 1.9), 0.15
FIRST_PLAN, RENEWAL, RENEWAL_AFTER = (0.40, 0.60), 0.22, 4
OFFERS = 0.12
WAYS = np.array(["01", "35", "20", "97", "05", "31"])
WAY_EDGES = {False: (0.45, 0.75, 0.78, 0.88, 0.95), True: (0.72, 0.76, 0.83, 0.92, 0.97)}
RESULTS = np.array(["01", "04", "05", "06", "02", "09"])
RESULT_EDGES = (0.08, 0.38, 0.52, 0.66, 0.78)
TASKS = np.array(["001", "005", "012", "023", "034", "051"])


def contacts(world: World, paths: Paths, months: Months | None = None) -> Iterator[pd.DataFrame]:
    """Yield contacts between office and client month by month (table `contacts`)."""
    for now in walk(world, paths, months):
        effect = np.exp(_effect(world, paths, now, "contacts"))
        parts = [_first_contacts(world, paths, now, effect), _later_contacts(world, now, effect)]
        rows = pd.concat(parts, ignore_index=True)
        yield rows.assign(recorded=_recorded(world, paths, now, rows["person"].to_numpy()))


def plans(world: World, paths: Paths, months: Months | None = None) -> Iterator[pd.DataFrame]:
    """Yield plans month by month (table `plans`)."""
    last = np.full(world.streams.persons, -1000, np.int16)
    for now in walk(world, paths, months):
        last[now.new] = -1000  # a new search needs a new plan
        rate = np.exp(_effect(world, paths, now, "plans"))
        first = FIRST_PLAN[_nordic(world, now)]
        none, due = last == -1000, now.t - last >= RENEWAL_AFTER
        chance = np.where(none, first, np.where(due, RENEWAL, 0.0)) * rate
        made = (now.registered | now.new) & (world.streams.uniform("plan", now.t) < chance)
        last[made] = now.t
        at = np.flatnonzero(made)
        yield _plan_rows(world, paths, now, at)


def offers(world: World, paths: Paths, months: Months | None = None) -> Iterator[pd.DataFrame]:
    """Yield job offers month by month (table `offers`)."""
    u = world.streams.uniform
    for now in walk(world, paths, months):
        wanted = (now.before == State.UNEMPLOYED) & (now.after == State.UNEMPLOYED)
        at = np.flatnonzero(wanted & (u("offer", now.t) < OFFERS))
        yield pd.DataFrame(
            {
                "person": at.astype(np.int32),
                "date": _any_day(world, "offer_day", now, at),
                "result": RESULTS[np.searchsorted(RESULT_EDGES, u("offer_result", now.t)[at])],
            }
        )


def _nordic(world: World, now: Month) -> int:
    """1 since the Nordic model, 0 before it: position in the rates above."""
    return int(now.t >= world.clock.month(NORDIC_MODEL))


def _effect(world: World, paths: Paths, now: Month, outcome: Outcome) -> np.ndarray:
    everyone = np.arange(world.streams.persons)
    return world.effects_on((outcome,), now.client_area, everyone, now.t, now.elapsed, paths.trial)[
        outcome
    ]


def _any_day(world: World, purpose: str, now: Month, at: np.ndarray) -> np.ndarray:
    return world.clock.dates(now.t, world.streams.day(purpose, now.t, now.length)[at])


def _first_contacts(world: World, paths: Paths, now: Month, effect: np.ndarray) -> pd.DataFrame:
    """First contact of a new search, if it lasts until then."""
    at = np.flatnonzero(now.new)
    mean = FIRST_CONTACT_DAYS[_nordic(world, now)] / effect[at]
    lag = np.floor(-np.log1p(-world.streams.uniform("first_contact", now.t)[at]) * mean)
    date = world.clock.dates(now.t, now.day[at]) + np.minimum(lag, 120).astype("timedelta64[D]")
    ahead = (date.astype("datetime64[M]") - world.clock.origin).astype(np.int64)
    still = ahead < MONTHS
    at, date, ahead = at[still], date[still], ahead[still]
    for step in range(5):  # registered at the end of every month up to the contact
        later = np.minimum(now.t + step, ahead)
        still = REGISTERED[paths.state[later, at]]
        at, date, ahead = at[still], date[still], ahead[still]
    return _contact_rows(world, now, at, date, "first_way")


def _later_contacts(world: World, now: Month, effect: np.ndarray) -> pd.DataFrame:
    """Contacts of those registered throughout the month: at most three, of a Poisson number."""
    nordic = _nordic(world, now)
    rate = np.where(now.elapsed < 3, CONTACTS_EARLY[nordic], CONTACTS[nordic])
    placed = IN_SERVICE[now.after] | (now.after == State.SUBSIDISED)
    rate = np.where(placed, CONTACTS_IN_SERVICE, rate) * effect
    u, tail, term = world.streams.uniform("contacts", now.t), np.ones(len(rate)), np.exp(-rate)
    parts = []
    for k in range(3):
        tail = tail - term  # chance of more than k
        term = term * rate / (k + 1)
        at = np.flatnonzero(now.registered & (u < tail))
        date = _any_day(world, f"contact_day_{k}", now, at)
        parts.append(_contact_rows(world, now, at, date, f"way_{k}"))
    return pd.concat(parts, ignore_index=True)


def _contact_rows(
    world: World, now: Month, at: np.ndarray, date: np.ndarray, purpose: str
) -> pd.DataFrame:
    first, last = (world.clock.month(text) for text in COVID)
    edges = WAY_EDGES[first <= now.t <= last]
    way = WAYS[np.searchsorted(edges, world.streams.uniform(purpose, now.t)[at])]
    return pd.DataFrame({"person": at.astype(np.int32), "date": date, "way": way})


def _plan_rows(world: World, paths: Paths, now: Month, at: np.ndarray) -> pd.DataFrame:
    u, when = (world.streams.uniform(name, now.t)[at] for name in ("plan_kind", "plan_day"))
    first = np.where(now.new[at], now.day[at], 1)  # not before the search itself
    date = world.clock.dates(now.t, first + np.floor(when * (now.length + 1 - first)))
    right, foreign = paths.right[now.t, at], world.population.foreign[at]
    long_term = now.elapsed[at] >= 12
    kind = np.select(
        [
            foreign & (u < 0.3),
            long_term & bool(_nordic(world, now)) & (u > 0.9),
            long_term & (right == 0) & (u < 0.4),
        ],
        ["01", "07", "02"],
        "00",
    )
    task = TASKS[np.minimum((world.streams.uniform("task", now.t)[at] * 6).astype(int), 5)]
    return pd.DataFrame(
        {
            "person": at.astype(np.int32),
            "date": date,
            "kind": kind,
            "task": task,
            "due_date": date + np.timedelta64(30, "D"),
            "review_date": date + np.timedelta64(90, "D"),
            "done": world.streams.uniform("done", now.t)[at] < 0.6,
            "recorded": _recorded(world, paths, now, at),
        }
    )


def _recorded(world: World, paths: Paths, now: Month, person: np.ndarray) -> np.ndarray:
    """False for what the switch `recording` keeps out of the register."""
    share = world.settings.switches.recording
    if not share or not paths.trial or now.t < world.start:
        return np.ones(len(person), bool)
    lost = world.streams.uniform("recording_work", now.t)[person] < share
    return ~(lost & (now.client_area[person] >= 0))
