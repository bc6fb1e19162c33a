"""Cells straight from the states of the twin: a second, short way from persons to cells.

It shares no code with `registers`, `panel` and the collapse, and knows what they must find out:
who lived where, who was eligible. Tests of the designs use it at sizes for which writing and
reading register files would take too long, and one test holds the long way against it.
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pandas as pd

from kuntakokeilu.contracts import CELLS, conform
from kuntakokeilu.registers.synthetic.clock import START, month
from kuntakokeilu.registers.synthetic.counters import EARNINGS
from kuntakokeilu.registers.synthetic.states import (
    IN_SERVICE,
    OFFICIAL_UNEMPLOYED,
    REGISTERED,
    State,
)

WORKING = np.isin(np.arange(13), (State.WORK, State.PART_TIME))
OUTCOMES = {
    "registered": REGISTERED,
    "unemployed": OFFICIAL_UNEMPLOYED,
    "in_service": IN_SERVICE,
    "unemployed_or_in_service": OFFICIAL_UNEMPLOYED | IN_SERVICE,
    "working": WORKING,
    "open_market_work": np.arange(13) == State.WORK,
}
FROZEN = {"2018-02": "2017-12", "2019-02": "2018-12", "2021-02": "2020-12"}
AGES = (18, 64)
_ORIGIN = pd.Period("2017-01", "M").ordinal


def _age_in_years(world, t: int) -> np.ndarray:
    """Age as registers tell it: by the year of birth alone."""
    people = world.population
    born_in_month = t - people.age_months(t)  # months since 2017-01, negative
    return (2017 + t // 12) - (2017 + np.floor_divide(born_in_month, 12))


def eligible(world, paths, t: int) -> np.ndarray:
    """Tell who has a ground of eligibility at the end of a month."""
    people = world.population
    young = people.age_months(t) < 360
    return young | people.foreign | (paths.right[t] != EARNINGS)


def stock_cells(world, paths, stocks=("2019-02", "2021-02"), follow_up: int = 24) -> pd.DataFrame:
    """Make the cells of everyone registered at the end of some months, and of their two parts."""
    parts = []
    for stock in stocks:
        t, frozen = month(stock), month(FROZEN[stock])
        residence = world.population.residence(frozen)
        there = paths.state[frozen] < State.ABROAD
        age = _age_in_years(world, frozen)
        member = there & REGISTERED[paths.state[t]] & (age >= AGES[0]) & (age <= AGES[1])
        populations = _parts("stock", member, eligible(world, paths, frozen))
        for elapsed in range(follow_up + 1):
            at = t + elapsed
            last_december = 12 * (at // 12) - 1
            present = paths.state[last_december] < State.ABROAD
            for name, who in populations.items():
                chosen = np.flatnonzero(who & present)
                facts = {"population": name, "cohort": stock, "elapsed": elapsed, "t": at}
                parts.append(_cells(world, facts, residence[chosen], paths.state[at, chosen]))
    return _conform(parts)


def month_cells(world, paths, months) -> pd.DataFrame:
    """Make the cells of those registered at the end of each month, at their residence then."""
    parts = []
    for t in months:
        chosen = np.flatnonzero(REGISTERED[paths.state[t]])
        residence = world.population.residence(t)[chosen]
        facts = {"population": "job_seekers", "cohort": None, "elapsed": pd.NA, "t": t}
        parts.append(_cells(world, facts, residence, paths.state[t, chosen]))
    return _conform(parts)


def flow_cells(world, paths, months) -> pd.DataFrame:
    """Make the cells of those registered at the end of the month before, and of their two parts.

    Each month stands alone, so that what happens in a month shows in that month: `working` is the
    share that has found work by its end.
    """
    parts = []
    for t in months:
        seeking = REGISTERED[paths.state[t - 1]]
        residence = world.population.residence(t)
        for name, who in _parts("seekers", seeking, eligible(world, paths, t - 1)).items():
            chosen = np.flatnonzero(who)
            facts = {"population": name, "cohort": None, "elapsed": pd.NA, "t": t}
            parts.append(_cells(world, facts, residence[chosen], paths.state[t, chosen]))
    return _conform(parts)


def recorded(world, paths):
    """Return the states as the register has them under the switch `recording`.

    Unemployment that begins while a trial area serves the person stands there, in a share of
    spells, as a service.
    """
    state, share = paths.state.copy(), world.settings.switches.recording
    wrong = np.zeros(state.shape[1], bool)
    for t in range(START, len(state)):
        now, before = (paths.state[at] == State.UNEMPLOYED for at in (t, t - 1))
        drawn = paths.client[t] & (world.streams.uniform("recording", t) < share)
        wrong = now & np.where(before, wrong, drawn)
        state[t, wrong] = State.WORK_TRIAL
    return replace(paths, state=state)


def _parts(name: str, member: np.ndarray, target: np.ndarray) -> dict[str, np.ndarray]:
    return {name: member, f"eligible_{name}": member & target, f"other_{name}": member & ~target}


def _cells(world, facts: dict, residence, state) -> pd.DataFrame:
    """Count persons and each outcome's persons by municipality: one row for each, outcomes wide."""
    size = len(world.places.code)
    n = np.bincount(residence, minlength=size)
    at = np.flatnonzero(n)
    ones = {
        outcome: 100.0 * np.bincount(residence, weights=lookup[state], minlength=size)[at]
        for outcome, lookup in OUTCOMES.items()
    }
    return pd.DataFrame(facts | {"unit": world.places.code[at], "n": n[at]} | ones)


def _conform(parts: list[pd.DataFrame]) -> pd.DataFrame:
    wide = pd.concat(parts, ignore_index=True)
    keys = ["population", "cohort", "elapsed", "t", "unit", "n"]
    frame = wide.melt(keys, list(OUTCOMES), "outcome", "sum")
    frame["period"] = pd.PeriodIndex.from_ordinals(_ORIGIN + frame.pop("t").to_numpy(), freq="M")
    frame = frame.assign(
        stratification="none",
        stratum="all",
        weight=frame["n"].astype(float),
        value_kind="sum",
        mean=frame["sum"] / frame["n"],
        sum_sq=100.0 * frame["sum"],
        sources="keha",
        elapsed=frame["elapsed"].astype("Int64"),
    )
    return conform(frame, CELLS)
