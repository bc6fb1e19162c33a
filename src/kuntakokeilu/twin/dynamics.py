"""The month loop: states of all persons, with and without the trial."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from kuntakokeilu.twin import hazards as hz
from kuntakokeilu.twin.clock import BURN_IN, MONTHS
from kuntakokeilu.twin.counters import Counters
from kuntakokeilu.twin.states import IN_SERVICE, REGISTERED, State
from kuntakokeilu.twin.world import World


@dataclass(frozen=True)
class Paths:
    """States of one world, all arrays of shape (MONTHS, persons) unless said.

    Attributes
    ----------
    trial : bool
        Whether the trial took place.
    state : ndarray of int8
        State at the end of each month.
    state_before : ndarray of int8, shape (persons,)
        State at the end of the year before.
    since_before, registered_before : ndarray of int16, shape (persons,)
        Months (negative) in which that state and, where registered, the job search began.
    right : ndarray of int8
        Allowance that the person has or would have if unemployed (counters.NONE, BASIC, EARNINGS).
    client : ndarray of bool
        Client of a trial area at the end of the month.
    counters_before : Counters
        Day counters at the end of the year before; copy before advancing.
    entry_rates : ndarray of float, shape (BURN_IN + MONTHS, 2)
        Rates of registering as unemployed and of being laid off per unit of entry weight, as
        calibrated in the world without the trial and shared by both.
    """

    trial: bool
    state: np.ndarray
    state_before: np.ndarray
    since_before: np.ndarray
    registered_before: np.ndarray
    counters_before: Counters
    right: np.ndarray
    client: np.ndarray
    entry_rates: np.ndarray


# Who may leave a state, their next states, and how many are expected unemployed and laid off.
_Left = tuple[np.ndarray, np.ndarray, np.ndarray]


@dataclass
class _Now:
    """What the loop carries from month to month, one element per person."""

    state: np.ndarray
    since: np.ndarray
    registered_since: np.ndarray
    client_area: np.ndarray  # trial area whose client the person is, -1 for none
    counters: Counters

    def copy(self) -> _Now:
        """Return what can be kept while these move on."""
        return _Now(
            state=self.state.copy(),
            since=self.since.copy(),
            registered_since=self.registered_since.copy(),
            client_area=self.client_area.copy(),
            counters=self.counters.copy(),
        )


def simulate(world: World, trial: bool, entry_rates: np.ndarray | None = None) -> Paths:
    """Run one world.

    Parameters
    ----------
    world : World
        What both worlds share.
    trial : bool
        Whether the trial takes place.
    entry_rates : ndarray, optional
        Those of the world without the trial; found by running it if absent.

    Returns
    -------
    Paths
    """
    if trial and entry_rates is None:
        return simulate_pair(world)[1]
    record = _Record.of(world, trial, entry_rates)
    now = _begin(world)
    _run(world, record, now, range(-BURN_IN, 0), calibrate=entry_rates is None)
    began = now.copy()
    _run(world, record, now, range(MONTHS), calibrate=entry_rates is None)
    return record.paths(began)


def simulate_pair(world: World) -> tuple[Paths, Paths]:
    """Run the worlds without and with the trial, in that order.

    Up to the first month that the trial can touch they are one, which is run once.
    """
    apart = world.apart
    without, now = _Record.of(world, trial=False), _begin(world)
    _run(world, without, now, range(-BURN_IN, 0), calibrate=True)
    began = now.copy()
    _run(world, without, now, range(apart), calibrate=True)
    then = now.copy()
    _run(world, without, now, range(apart, MONTHS), calibrate=True)
    treated = without.up_to(apart, trial=True)
    _run(world, treated, then, range(apart, MONTHS), calibrate=False)
    return without.paths(began), treated.paths(began)


@dataclass(frozen=True)
class _Record:
    """What is kept of the months of one world, arrays as in `Paths`."""

    trial: bool
    state: np.ndarray
    right: np.ndarray
    client: np.ndarray
    rates: np.ndarray

    @classmethod
    def of(cls, world: World, trial: bool, rates: np.ndarray | None = None) -> _Record:
        """Make an empty one."""
        shape = (MONTHS, world.streams.persons)
        empty = np.zeros((BURN_IN + MONTHS, 2)) if rates is None else rates
        state, right = np.empty(shape, np.int8), np.empty(shape, np.int8)
        return cls(trial, state, right, np.zeros(shape, bool), empty)

    def up_to(self, t: int, trial: bool) -> _Record:
        """Return one of another world that shares the months before t, and all rates."""
        other = replace(self, trial=trial, **{n: np.empty_like(a) for n, a in self._months()})
        for name, months in self._months():
            getattr(other, name)[:t] = months[:t]
        return other

    def _months(self) -> list[tuple[str, np.ndarray]]:
        return [("state", self.state), ("right", self.right), ("client", self.client)]

    def paths(self, began: _Now) -> Paths:
        """Put the months beside what the world was when they began."""
        return Paths(
            trial=self.trial,
            state=self.state,
            state_before=began.state,
            since_before=began.since,
            registered_before=began.registered_since,
            counters_before=began.counters,
            right=self.right,
            client=self.client,
            entry_rates=self.rates,
        )


def _run(world: World, record: _Record, now: _Now, months: range, calibrate: bool) -> None:
    """Move everyone through some months; those of the burn-in are not kept."""
    for t in months:
        _step(world, now, t, record.trial, record.rates[t + BURN_IN], calibrate)
        if t >= 0:
            record.state[t], record.right[t] = now.state, now.counters.right()
            record.client[t] = now.client_area >= 0


def _begin(world: World) -> _Now:
    """Draw states at the start of the burn-in."""
    u, people = world.streams.uniform, world.population
    n = world.streams.persons
    stock = world.targets.unemployed[0] * world.settings.scale / n
    draw, t = u("first_state"), -BURN_IN
    edges = np.cumsum([stock, 0.2 * stock, 0.25])
    state = np.select(
        [draw < edge for edge in edges],
        [State.UNEMPLOYED, State.STUDY, State.OUTSIDE],
        State.WORK,
    ).astype(np.int8)
    age = people.age_months(t)
    state[(age < hz.YOUNGEST) | (age >= hz.OLDEST)] = State.OUTSIDE
    elapsed = np.floor(-np.log1p(-u("first_elapsed")) * 12)
    since = (t - 1 - np.minimum(elapsed, 120)).astype(np.int16)
    return _Now(state, since, since.copy(), np.full(n, -1, np.int16), Counters(people, state))


def _step(world: World, now: _Now, t: int, trial: bool, rates: np.ndarray, calibrate: bool) -> None:
    """Move everyone by one month; fill `rates` if they are to be calibrated."""
    streams, people = world.streams, world.population
    before, area, age = now.state, world.area_of(t), people.age_months(t)
    u = streams.uniform("transition", t)
    eligible = world.target_group(t, now.counters.right(), t - now.registered_since)
    if trial and t >= world.start:
        _serve(now, people.complier & eligible, area)
    shift = world.job_shift(t, area, eligible, trial)
    new, expected = before.copy(), np.zeros(2)
    for leave in (_leave_unemployment, _leave_lay_off, _leave_part_time, _leave_service):
        at, moved, stay = leave(world, now, t, u, shift, trial)
        new[at] = moved
        expected += stay
    _enter(world, now, t, u, age, new, expected, rates, calibrate)
    new[(age >= hz.OLDEST) & (new < State.ABROAD)] = State.OUTSIDE
    new[t >= people.emigration] = State.ABROAD
    new[t >= people.death] = State.DEAD
    day = streams.day("day", t, int(world.clock.days_in(t)))
    weekdays = world.clock.weekdays_from(t)
    now.counters.advance(t, before, new, day, streams.uniform("sanction", t), weekdays)
    changed = new != before
    now.since[changed] = t
    now.registered_since[REGISTERED[new] & ~REGISTERED[before]] = t
    now.client_area[~REGISTERED[new]] = -1
    now.state = new


def _serve(now: _Now, wanted: np.ndarray, area: np.ndarray) -> None:
    """Make eligible job seekers of trial areas clients; they stay so until search or area ends."""
    stays = now.client_area == area
    now.client_area = np.where(
        REGISTERED[now.state] & (area >= 0) & (wanted | stays), area, -1
    ).astype(np.int16)


def _leave_unemployment(
    world: World, now: _Now, t: int, u: np.ndarray, shift: np.ndarray, trial: bool
) -> _Left:
    at = np.flatnonzero(now.state == State.UNEMPLOYED)
    people, elapsed = world.population, t - now.registered_since[at]
    effect = world.effects_on(("job_finding", "services"), now.client_area, at, t, elapsed, trial)
    pace = np.exp(shift[at]) * world.cycle[t + BURN_IN]
    work = hz.by_elapsed(hz.JOB_FINDING, elapsed) * people.job_factor[at] * pace
    work = np.minimum(work * np.exp(effect["job_finding"]), 0.6)
    service = hz.by_elapsed(hz.SERVICE_START, elapsed) * np.exp(effect["services"])
    share = hz.KIND_SHARE[(elapsed >= 12).astype(int)]
    # The kinds cut the interval of services; above it leaving, then part-time work.
    chances = {State.WORK: work}
    chances |= {kind: service * share[:, k] for k, kind in enumerate(hz.KINDS)}
    leave = np.where(people.age_months(t)[at] >= 61 * 12, 2.5, 1.0) * hz.LEAVE_LABOUR_FORCE
    chances |= {State.OUTSIDE: leave, State.PART_TIME: np.full(len(at), hz.PART_TIME_START)}
    stay = 1 - work - service - leave - hz.PART_TIME_START
    return at, hz.next_state(now.state[at], u[at], chances), np.array([stay.sum(), 0.0])


def _leave_lay_off(
    world: World, now: _Now, t: int, u: np.ndarray, shift: np.ndarray, trial: bool
) -> _Left:
    at = np.flatnonzero(now.state == State.LAID_OFF)
    back = np.full(len(at), min(hz.LAID_OFF_RECALL * world.recall_cycle[t + BURN_IN], 0.8))
    lost = np.full(len(at), hz.LAID_OFF_LOST_JOB)
    new = hz.next_state(now.state[at], u[at], {State.WORK: back, State.UNEMPLOYED: lost})
    return at, new, np.array([lost.sum(), (1 - back - lost).sum()])


def _leave_part_time(
    world: World, now: _Now, t: int, u: np.ndarray, shift: np.ndarray, trial: bool
) -> _Left:
    at = np.flatnonzero(now.state == State.PART_TIME)
    work = hz.PART_TIME_TO_WORK * world.population.job_factor[at] * np.exp(shift[at])
    lost = np.full(len(at), hz.PART_TIME_LOST)
    new = hz.next_state(now.state[at], u[at], {State.WORK: work, State.UNEMPLOYED: lost})
    return at, new, np.array([lost.sum(), 0.0])


def _leave_service(
    world: World, now: _Now, t: int, u: np.ndarray, shift: np.ndarray, trial: bool
) -> _Left:
    at = np.flatnonzero(IN_SERVICE[now.state] | (now.state == State.SUBSIDISED))
    kind, people = now.state[at], world.population
    end, elapsed = hz.END_OF_KIND[kind], t - now.registered_since[at]
    effect = world.effects_on(("job_finding",), now.client_area, at, t, elapsed, trial)
    factor = people.job_factor[at] * np.exp(shift[at] + effect["job_finding"])
    work = end * np.minimum(hz.WORK_AFTER_KIND[kind] * factor, 0.9)
    outside = end * hz.OUTSIDE_AFTER_KIND
    back = np.maximum(end - work - outside, 0)
    chances = {State.WORK: work, State.OUTSIDE: outside, State.UNEMPLOYED: back}
    return at, hz.next_state(kind, u[at], chances), np.array([back.sum(), 0.0])


def _enter(
    world: World,
    now: _Now,
    t: int,
    u: np.ndarray,
    age: np.ndarray,
    new: np.ndarray,
    expected: np.ndarray,
    rates: np.ndarray,
    calibrate: bool,
) -> None:
    """Let people in work or outside the labour force register, and move between the two."""
    people = world.population
    at = np.flatnonzero(now.state <= State.OUTSIDE)
    state, months = now.state[at], t - now.since[at]
    weight = hz.entry_weight(state, months, age[at], people.entry_factor[at])
    weight = weight * np.exp(-world.shocks[world.cluster_of(t)[at], t + BURN_IN])
    lay_off_weight = weight * (state == State.WORK)
    if calibrate:
        need = world.target(t) - expected
        totals = np.maximum([weight.sum(), lay_off_weight.sum()], 1e-9)
        # A trickle remains even where the stock should fall faster than people leave.
        rates[:] = np.maximum(need, [0.004 * len(at), 0.0005 * len(at)]) / totals
    unemployed = np.minimum(rates[0] * weight, hz.ENTRY_CAP)
    laid_off = np.minimum(rates[1] * lay_off_weight, hz.ENTRY_CAP)
    working_age = (age[at] >= hz.YOUNGEST) & (age[at] < hz.OLDEST)
    working = state == State.WORK
    chances = {
        State.UNEMPLOYED: unemployed,
        State.LAID_OFF: laid_off,
        State.OUTSIDE: np.where(working, hz.WORK_TO_OUTSIDE, 0.0),
        State.WORK: np.where(working, 0.0, hz.OUTSIDE_TO_WORK * working_age),
    }
    # The other end of the interval than for leaving, so that one uniform does not tie them.
    new[at] = hz.next_state(state, 1 - u[at], chances)
