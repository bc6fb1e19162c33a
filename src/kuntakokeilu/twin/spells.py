"""Dated spells out of the states at month ends: status, search, services, placements, offices."""

from __future__ import annotations

import numpy as np
import pandas as pd

from kuntakokeilu.twin.clock import MONTHS
from kuntakokeilu.twin.dynamics import Paths
from kuntakokeilu.twin.population import NEVER
from kuntakokeilu.twin.states import IN_SERVICE, REGISTERED, State
from kuntakokeilu.twin.streams import Streams
from kuntakokeilu.twin.world import World

NOBODY = -1
BLOCK = 100_000  # persons at a time, for the matrices that exist only here
MUNICIPAL_PLACEMENT = 0.4  # ASSUME
COUNTY_PLACEMENT = 0.04  # ASSUME: of these, from 2023 on with a wellbeing services county
STATE_PLACEMENT = 0.03  # ASSUME: more, with a state office, which gets its whole cost
COUNTIES_FROM = np.datetime64("2023-01-01")


def municipal_placement(streams: Streams, t: int) -> np.ndarray:
    """Whether a subsidised placement that begins in month t is with a municipality."""
    return streams.uniform("placement", t) < MUNICIPAL_PLACEMENT


def runs(values: np.ndarray) -> pd.DataFrame:
    """Cut a month x person matrix into runs of one value.

    Parameters
    ----------
    values : ndarray, shape (1 + MONTHS, persons)
        Values at month ends from the end of the year before on.

    Returns
    -------
    DataFrame
        person, value, first (month; -1: before month 0), last (exclusive; MONTHS while it runs
        on), by person.
    """
    start = np.ones(values.shape, bool)
    start[1:] = values[1:] != values[:-1]
    person, first = np.nonzero(start.T)
    last = np.append(first[1:], 0)
    ends = np.append(person[1:] != person[:-1], True)
    last[ends] = MONTHS + 1
    value = values[first, person]
    return pd.DataFrame({"person": person, "value": value, "first": first - 1, "last": last - 1})


def date_spells(world: World, spells: pd.DataFrame, since: np.ndarray) -> pd.DataFrame:
    """Replace months by dates: a state begins on the person's day of that month.

    Parameters
    ----------
    world : World
        Whose days.
    spells : DataFrame
        person, first, last.
    since : ndarray of int16, shape (persons,)
        Month (negative) in which the first run began.

    Returns
    -------
    DataFrame
        start_date and end_date (last day; missing while open) in place of first and last.
    """
    person = spells["person"].to_numpy()
    first = spells["first"].to_numpy().astype(np.int64)
    first = np.where(first == -1, since[person], first)
    last = spells["last"].to_numpy().astype(np.int64)
    start, end = days_of(world, first, person), days_of(world, last, person)
    end = np.where(last == MONTHS, np.datetime64("NaT", "D"), end - np.timedelta64(1, "D"))
    return spells.drop(columns=["first", "last"]).assign(start_date=start, end_date=end)


def days_of(world: World, months: np.ndarray, person: np.ndarray) -> np.ndarray:
    """Return the date on which something happened to each person in a month."""
    day = np.ones(len(months), np.int64)
    order = np.argsort(months, kind="stable")
    values, begins = np.unique(months[order], return_index=True)
    for t, at in zip(values, np.split(order, begins[1:]), strict=True):
        # A month is a month: those before the burn-in share the stream of its first day.
        length = int(world.clock.days_in(t))
        day[at] = world.streams.day("day", max(int(t), -900), length)[person[at]]
    return world.clock.dates(months, day)


def statuses(world: World, paths: Paths) -> pd.DataFrame:
    """Spells of one state (table `statuses`), everyone and all states."""
    spells = runs(np.vstack([paths.state_before, paths.state]))
    spells["state"] = spells.pop("value").astype(np.int8)
    person, first = spells["person"].to_numpy(), spells["first"].to_numpy()
    spells["next_state"] = np.where(
        spells["last"] == MONTHS, NOBODY, spells["state"].shift(-1, fill_value=NOBODY)
    ).astype(np.int8)
    dated = date_spells(world, spells, paths.since_before)
    return dated.assign(miscoded=_miscoded(world, paths, person, first, spells["state"]))


def _miscoded(
    world: World, paths: Paths, person: np.ndarray, first: np.ndarray, state: pd.Series
) -> np.ndarray:
    """Unemployment of trial clients that the switch `recording` has recorded as something else."""
    wrong = np.zeros(len(person), bool)
    share = world.settings.switches.recording
    if share and paths.trial:
        at = (state.to_numpy() == State.UNEMPLOYED) & (first >= world.start)
        at &= paths.client[first, person]
        for t in range(world.start, MONTHS):
            here = np.flatnonzero(at & (first == t))
            wrong[here] = world.streams.uniform("recording", t)[person[here]] < share
    return wrong


def registrations(world: World, paths: Paths) -> pd.DataFrame:
    """Spells of job search (table `registrations`) with the states around them."""
    states = np.vstack([paths.state_before, paths.state])
    spells = runs(REGISTERED[states])
    spells = spells[spells["value"].to_numpy(bool)].drop(columns="value")
    person, first = spells["person"].to_numpy(), spells["first"].to_numpy()
    last = spells["last"].to_numpy()
    earlier = np.where(first < 0, NOBODY, states[np.maximum(first, 0), person])
    later = np.where(last == MONTHS, NOBODY, states[np.minimum(last + 1, MONTHS), person])
    spells = spells.assign(before=earlier.astype(np.int8), after=later.astype(np.int8))
    dated = date_spells(world, spells, paths.registered_before)
    return dated.reset_index(drop=True)


def services(world: World, spells: pd.DataFrame) -> pd.DataFrame:
    """Employment services (table `services`) out of the statuses."""
    chosen = spells[IN_SERVICE[spells["state"]]]
    days = (chosen["end_date"] - chosen["start_date"]).dt.days
    # ASSUME: who leaves for work within a month has broken off.
    broken = (chosen["next_state"] == State.WORK) & (days < 30)
    return (
        chosen[["person", "state", "start_date", "end_date"]]
        .assign(completed=~broken.to_numpy())
        .reset_index(drop=True)
    )


def placements(world: World, paths: Paths, spells: pd.DataFrame) -> pd.DataFrame:
    """Subsidised placements (table `placements`) with employer and benefit before."""
    chosen = spells[spells["state"] == State.SUBSIDISED].reset_index(drop=True)
    person = chosen["person"].to_numpy()
    month = chosen["start_date"].to_numpy().astype("datetime64[M]")
    t = (month - world.clock.origin).astype(np.int64)
    drawn = np.zeros(len(chosen))
    disabled = world.population.limited_from[person] <= t
    for value in np.unique(t):
        at = t == value
        drawn[at] = world.streams.uniform("placement", int(value))[person[at]]
    municipal = drawn < MUNICIPAL_PLACEMENT
    county = (drawn < COUNTY_PLACEMENT) & (chosen["start_date"].to_numpy() >= COUNTIES_FROM)
    state = ~municipal & (drawn < MUNICIPAL_PLACEMENT + STATE_PLACEMENT)
    right = paths.right[np.maximum(t - 1, 0), person]
    benefit = np.select([right == 2, right == 1], ["01", "02"], "03")
    kind = np.where(municipal, "5", "6").astype(object) + np.where(disabled, "V", "T")
    kind = np.where(state, "40", kind.astype(str))
    return chosen[["person", "start_date", "end_date", "next_state"]].assign(
        kind=kind,
        sector=np.select([county, municipal, state], ["7", "2", "1"], "4"),
        benefit_before=benefit,
        subsidy_share=np.select([state, municipal | disabled], [100, 50], 30).astype(np.int8),
    )


def birth_dates(world: World) -> np.ndarray:
    """Day of birth of each person."""
    return world.clock.dates(world.population.birth, world.streams.day("birth_day", 0, 28))


def residences(world: World) -> pd.DataFrame:
    """Spells of residence (table `residences`), from birth, to death or emigration."""
    people, code = world.population, world.places.code
    n = len(people.birth)
    moves = [
        (people.birth, people.moved, people.home),
        (people.moved, people.moved_again, people.home_after),
        (people.moved_again, np.full(n, NEVER), people.home_last),
    ]
    gone = np.minimum(people.death, people.emigration)
    parts = []
    for first, last, home in moves:
        at = np.flatnonzero((first < gone) & (first < NEVER))
        parts.append(
            pd.DataFrame(
                {
                    "person": at,
                    "municipality": code[home[at]],
                    "first": first[at].astype(np.int64),
                    "last": np.minimum(last, gone)[at].astype(np.int64),
                }
            )
        )
    spells = pd.concat(parts, ignore_index=True).sort_values(["person", "first"], ignore_index=True)
    person = spells["person"].to_numpy()
    start, end = (days_of(world, spells[c].to_numpy(), person) for c in ("first", "last"))
    born = spells["first"].to_numpy() == people.birth[person]
    start = np.where(born, birth_dates(world)[person], start)
    end = np.where(spells["last"] == NEVER, np.datetime64("NaT", "D"), end - 1)
    return spells.drop(columns=["first", "last"]).assign(start_date=start, end_date=end)


def offices(world: World, paths: Paths) -> pd.DataFrame:
    """Spells at an office (table `offices`): trial office of clients, else the state office.

    The state office follows a move two months late, so that office and residence differ.
    """
    n, parts = world.streams.persons, []
    codes = np.concatenate([world.places.office, world.places.trial_office])
    number = np.unique(codes, return_inverse=True)[1].astype(np.int16)
    state_office, trial_office = np.split(number, 2)
    for begin in range(0, n, BLOCK):
        part = slice(begin, min(begin + BLOCK, n))
        people = world.population.part(part)
        office = np.full((1 + MONTHS, part.stop - begin), NOBODY, np.int16)
        for t in range(-1, MONTHS):
            now, late = people.residence(t), people.residence(t - 2)
            client = paths.client[t, part] if t >= 0 else False
            state = paths.state[t, part] if t >= 0 else paths.state_before[part]
            served = np.where(client, trial_office[now], state_office[late])
            office[t + 1] = np.where(REGISTERED[state], served, NOBODY)
        spells = runs(office)
        spells["person"] += begin
        parts.append(spells[spells["value"] >= 0])
    spells = pd.concat(parts, ignore_index=True)
    spells["office"] = np.unique(codes)[spells.pop("value").to_numpy()]
    return date_spells(world, spells, paths.registered_before)
