"""Cells straight from the states of the twin: a second, short way from persons to cells.

It shares no code with `registers`, `panel` and the collapse, and knows what they must find out:
who lived where, who was eligible. Tests of the designs use it at sizes for which writing and
reading register files would take too long, and one test holds the long way against it.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd

from kuntakokeilu.contracts import CELLS, conform
from kuntakokeilu.twin.clock import MONTHS, START, month
from kuntakokeilu.twin.counters import EARNINGS
from kuntakokeilu.twin.states import (
    IN_SERVICE,
    OFFICIAL_UNEMPLOYED,
    REGISTERED,
    State,
)
from kuntakokeilu.twin.wages import wage_payments
from kuntakokeilu.twin.walk import walk

from .direct_costs import COSTS, PER_PERSON, SHARES, costs_and_care

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
WAGES = month("2019-01")  # the first month that the Incomes Register has
EMPLOYED_ABOVE = 50_000  # cents
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


def stock_cells(
    world, paths, stocks=("2019-02", "2021-02"), follow_up: int = 24, more=None
) -> pd.DataFrame:
    """Make the cells of everyone registered at the end of some months, and of their two parts.

    `more` has other outcomes instead of those by state, as `direct_costs` makes them.
    """
    parts = []
    for stock, elapsed, at, there, residence in _followed(world, paths, stocks, follow_up):
        target = eligible(world, paths, month(FROZEN[stock]))
        for name, who in _parts("stock", there, target).items():
            chosen = np.flatnonzero(who)
            facts = {"population": name, "cohort": stock, "elapsed": elapsed, "t": at}
            parts.append(_cells(world, facts, residence[chosen], paths.state, chosen, more))
    return _conform(parts)


def _followed(world, paths, stocks, follow_up: int) -> Iterator[tuple]:
    """Yield each stock's months: stock, elapsed, month, who is there, residence when frozen."""
    for stock in stocks:
        t, frozen = month(stock), month(FROZEN[stock])
        residence = world.population.residence(frozen)
        there = paths.state[frozen] < State.ABROAD
        age = _age_in_years(world, frozen)
        member = there & REGISTERED[paths.state[t]] & (age >= AGES[0]) & (age <= AGES[1])
        for elapsed in range(follow_up + 1):
            at = t + elapsed
            last_december = 12 * (at // 12) - 1
            yield (
                stock,
                elapsed,
                at,
                member & (paths.state[last_december] < State.ABROAD),
                residence,
            )


def history_cells(world, paths, config: Path, stocks, follow_up: int = 24) -> pd.DataFrame:
    """Add up what needs several months of a person, by cell of a stock: n and sum.

    Columns: cohort, elapsed, unit, period, outcome, n, sum; in the units of CELLS.
    """
    facts, parts = _facts(world, paths, config), []
    for stock, elapsed, at, there, residence in _followed(world, paths, stocks, follow_up):
        for outcome, (value, known) in _histories(paths, facts, month(stock), at).items():
            chosen = np.flatnonzero(there & known)
            size = len(world.places.code)
            n = np.bincount(residence[chosen], minlength=size)
            total = np.bincount(residence[chosen], value[chosen], minlength=size)
            cell = {"cohort": stock, "elapsed": elapsed, "outcome": outcome}
            cell["period"] = pd.Period(ordinal=_ORIGIN + at, freq="M")
            here = n > 0
            cell |= {"unit": world.places.code[here], "n": n[here], "sum": total[here]}
            parts.append(pd.DataFrame(cell))
    return pd.concat(parts, ignore_index=True)


def _facts(world, paths, config: Path) -> dict[str, np.ndarray]:
    """Make arrays of month and person: wages in cents, days unemployed, benefits and care."""
    shape = paths.state.shape
    facts = {name: np.zeros(shape, np.int64) for name in ("cents", "days")}
    for now in walk(world, paths):
        ended = np.where(now.before == now.after, 0, now.day - 1)
        days = OFFICIAL_UNEMPLOYED[now.before] * ended
        facts["days"][now.t] = days + OFFICIAL_UNEMPLOYED[now.after] * (now.length - ended)
    for t, wages in enumerate(wage_payments(world, paths)):
        np.add.at(facts["cents"][t], wages["person"], wages["cents"])
    return facts | costs_and_care(world, paths, config)


def _histories(paths, facts, t: int, at: int) -> dict[str, tuple[np.ndarray, np.ndarray]]:
    """Give each outcome of a stock of month t in a month: value, and of whom it is known."""
    everyone = np.ones(paths.state.shape[1], bool)
    known = {"since": everyone & (at > t), "wages": everyone & (at > t >= WAGES - 1)}
    since, employed = slice(t + 1, at + 1), facts["cents"] > EMPLOYED_ABOVE
    before, now = paths.state[at - 1], paths.state[at]
    service = IN_SERVICE[now] | (now == State.SUBSIDISED)
    unemployed = OFFICIAL_UNEMPLOYED[now]
    at_work = (now == State.PART_TIME) | employed[at : at + 2].any(axis=0)
    risk = OFFICIAL_UNEMPLOYED[before]
    told = risk & (WAGES <= at < MONTHS - 1)
    year = OFFICIAL_UNEMPLOYED[paths.state[max(at - 11, 0) : at + 1]].all(axis=0)
    monthly = {name: (in_cells(name, facts[name][at]), everyone) for name in PER_PERSON}
    return monthly | {
        "unemployed_days": (facts["days"][at], everyone),
        "unemployed_days_since_entry": (facts["days"][since].sum(axis=0), known["since"]),
        "assistance_months_since_entry": (
            facts["social_assistance"][since].sum(axis=0),
            known["since"],
        ),
        "months_worked": (employed[since].sum(axis=0), known["wages"]),
        "earnings_since_entry_cents": (facts["cents"][since].sum(axis=0) / 100, known["wages"]),
        "long_term_unemployed": (100.0 * year, everyone),
        "activated": (100.0 * service, service | unemployed),
        "exit_to_service": (100.0 * service, risk),
        "exit_to_work": (100.0 * (at_work & ~service & ~unemployed), told),
        "exit_from_labour_force": (100.0 * ~(at_work | service | unemployed), told),
    }


def month_cells(world, paths, months) -> pd.DataFrame:
    """Make the cells of those registered at the end of each month, at their residence then."""
    parts = []
    for t in months:
        chosen = np.flatnonzero(REGISTERED[paths.state[t]])
        residence = world.population.residence(t)[chosen]
        facts = {"population": "job_seekers", "cohort": None, "elapsed": pd.NA, "t": t}
        parts.append(_cells(world, facts, residence, paths.state, chosen))
    return _conform(parts)


def flow_cells(world, paths, months, more=None) -> pd.DataFrame:
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
            parts.append(_cells(world, facts, residence[chosen], paths.state, chosen, more))
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


def _cells(world, facts: dict, residence, states, chosen, more=None) -> pd.DataFrame:
    """Count persons, and each outcome's persons or euros, by municipality: outcomes wide."""
    size, state = len(world.places.code), states[facts["t"], chosen]
    n = np.bincount(residence, minlength=size)
    at = np.flatnonzero(n)
    if more is None:
        values = {outcome: 100.0 * lookup[state] for outcome, lookup in OUTCOMES.items()}
    else:
        values = {name: in_cells(name, of[facts["t"], chosen]) for name, of in more.items()}
    sums = {
        outcome: np.bincount(residence, weights=value, minlength=size)[at]
        for outcome, value in values.items()
    }
    return pd.DataFrame(facts | {"unit": world.places.code[at], "n": n[at]} | sums)


def in_cells(name: str, value: np.ndarray) -> np.ndarray:
    """Turn cents into euros and flags into per cent."""
    value = value.astype(float)
    return value / 100 if name in COSTS else 100 * value if name in SHARES else value


def _conform(parts: list[pd.DataFrame]) -> pd.DataFrame:
    wide = pd.concat(parts, ignore_index=True)
    keys = ["population", "cohort", "elapsed", "t", "unit", "n"]
    frame = wide.melt(keys, var_name="outcome", value_name="sum")
    frame["period"] = pd.PeriodIndex.from_ordinals(_ORIGIN + frame.pop("t").to_numpy(), freq="M")
    frame = frame.assign(
        stratification="none",
        stratum="all",
        weight=frame["n"].astype(float),
        value_kind="sum",
        mean=frame["sum"] / frame["n"],
        sum_sq=np.where(frame["outcome"].isin(OUTCOMES), 100.0 * frame["sum"], np.nan),
        sources="keha",
        elapsed=frame["elapsed"].astype("Int64"),
    )
    return conform(frame, CELLS)
