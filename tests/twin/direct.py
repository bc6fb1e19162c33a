"""Cells straight from the states of the twin: a second, short way from persons to cells.

It shares no code with `registers`, `panel` and the collapse, and knows what they must find out:
who lived where, who was eligible. Tests of the designs use it at sizes for which writing and
reading register files would take too long, and one test holds the long way against it.
"""

from __future__ import annotations

import numpy as np
import pandas as pd

from kuntakokeilu.contracts import CELLS, conform
from kuntakokeilu.registers.synthetic.clock import month
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
}
FROZEN = {"2018-02": "2017-12", "2019-02": "2018-12", "2021-02": "2020-12"}
AGES = (18, 64)


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
        target = eligible(world, paths, frozen)
        populations = {
            "stock": member,
            "eligible_stock": member & target,
            "other_stock": member & ~target,
        }
        for elapsed in range(follow_up + 1):
            at = t + elapsed
            last_december = 12 * (at // 12) - 1
            present = paths.state[last_december] < State.ABROAD
            for name, who in populations.items():
                chosen = np.flatnonzero(who & present)
                parts += _cells(
                    world, name, residence[chosen], paths.state[at, chosen], at, stock, elapsed
                )
    return _conform(parts)


def month_cells(world, paths, months) -> pd.DataFrame:
    """Make the cells of those registered at the end of each month, at their residence then."""
    parts = []
    for t in months:
        chosen = np.flatnonzero(REGISTERED[paths.state[t]])
        residence = world.population.residence(t)[chosen]
        parts += _cells(world, "job_seekers", residence, paths.state[t, chosen], t, None, pd.NA)
    return _conform(parts)


def _cells(world, population, residence, state, t, cohort, elapsed) -> list[pd.DataFrame]:
    size = len(world.places.code)
    n = np.bincount(residence, minlength=size)
    at = np.flatnonzero(n)
    frames = []
    for outcome, lookup in OUTCOMES.items():
        ones = np.bincount(residence, weights=lookup[state], minlength=size)[at]
        frames.append(
            pd.DataFrame(
                {
                    "population": population,
                    "cohort": cohort,
                    "elapsed": elapsed,
                    "unit": world.places.code[at],
                    "t": t,
                    "outcome": outcome,
                    "n": n[at],
                    "sum": 100.0 * ones,
                    "sum_sq": 100.0**2 * ones,
                }
            )
        )
    return frames


def _conform(parts: list[pd.DataFrame]) -> pd.DataFrame:
    frame = pd.concat(parts, ignore_index=True)
    frame["period"] = pd.PeriodIndex(
        [pd.Period("2017-01", "M") + int(t) for t in frame["t"]], freq="M"
    )
    frame = frame.drop(columns="t").assign(
        stratification="none",
        stratum="all",
        weight=frame["n"].astype(float),
        value_kind="sum",
        mean=frame["sum"] / frame["n"],
        sources="keha",
        elapsed=frame["elapsed"].astype("Int64"),
    )
    return conform(frame, CELLS)
