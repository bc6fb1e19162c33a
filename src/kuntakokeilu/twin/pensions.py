"""Disability pensions of persons outside the labour force, and the old-age pensions of all.

ASSUME throughout: the rate is a round number; a pension lasts while its person stays outside the
labour force, old-age pensions begin at one age, and there are no others.
"""

from __future__ import annotations

import numpy as np
import pandas as pd

from kuntakokeilu.twin.clock import MONTHS
from kuntakokeilu.twin.dynamics import Paths
from kuntakokeilu.twin.hazards import OLDEST
from kuntakokeilu.twin.population import NEVER
from kuntakokeilu.twin.states import State
from kuntakokeilu.twin.world import World

# Monthly, of adults whose limitation is on record, after so many months outside the labour force.
START_RATE, WAIT = 0.02, 6
YOUNGEST = 18 * 12
OLD_AGE, DISABILITY = "1", "2"  # elakelaji


def pensions(world: World, paths: Paths) -> pd.DataFrame:
    """Spells of one kind of pension (table `pensions`); months are whole."""
    people = world.population
    disability = _disability(world, paths)
    retired = (people.birth + OLDEST + 1).astype(np.int64)
    gone = np.minimum(people.death, people.emigration).astype(np.int64)
    at = np.flatnonzero(retired < np.minimum(gone, MONTHS))
    # FOLK gives the first day of all pensions without a break between them.
    until = disability[disability["last"].to_numpy() == retired[disability["person"]]]
    since = until.set_index("person")["first"].reindex(at).to_numpy()
    old_age = pd.DataFrame(
        {
            "person": at,
            "kind": OLD_AGE,
            "first": retired[at],
            "last": gone[at],
            "since": np.where(np.isnan(since), retired[at], since).astype(np.int64),
        }
    )
    spells = pd.concat([disability, old_age], ignore_index=True)
    first, last, since = (
        world.clock.dates(spells[name].to_numpy(), 1) for name in ("first", "last", "since")
    )
    still = spells["last"].to_numpy() >= MONTHS
    return pd.DataFrame(
        {
            "person": spells["person"].astype(np.int32),
            "kind": spells["kind"],
            "start_date": first,
            "end_date": np.where(still, np.datetime64("NaT", "D"), last - 1),
            "since_date": since,
        }
    ).sort_values(["person", "start_date"], ignore_index=True)


def _disability(world: World, paths: Paths) -> pd.DataFrame:
    """Find the first month of each disability pension and the first one without it."""
    people = world.population
    before = paths.state_before == State.OUTSIDE
    outside_since = np.where(before, paths.since_before, NEVER).astype(np.int16)
    start = _already(world, outside_since)
    parts = []
    for t in range(MONTHS):
        outside, age = paths.state[t] == State.OUTSIDE, people.age_months(t)
        lasts = outside & (age <= OLDEST)
        over = np.flatnonzero((start < NEVER) & ~lasts)
        parts.append(_runs(over, start[over], t))
        start[over] = NEVER
        able = lasts & (age >= YOUNGEST) & (age < OLDEST) & (people.limited_from <= t)
        new = able & (start == NEVER) & (t - outside_since >= WAIT)
        start[new & (world.streams.uniform("pension", t) < START_RATE)] = t
        outside_since[outside & (outside_since == NEVER)] = t
        outside_since[~outside] = NEVER
    still = np.flatnonzero(start < NEVER)
    return pd.concat([*parts, _runs(still, start[still], MONTHS)], ignore_index=True)


def _already(world: World, outside_since: np.ndarray) -> np.ndarray:
    """Draw the first months of pensions that run when the twin begins; NEVER for all others."""
    people, u = world.population, world.streams.uniform
    since = np.maximum(outside_since, people.limited_from).astype(np.int64)
    months = np.clip(np.minimum(-since - WAIT, people.age_months(-1) - YOUNGEST), 0, None)
    has = u("pension_before") < 1 - (1 - START_RATE) ** months
    first = -1 - np.floor(u("pension_since") * months)
    return np.where(has, first, NEVER).astype(np.int16)


def _runs(person: np.ndarray, first: np.ndarray, last: int) -> pd.DataFrame:
    first = first.astype(np.int64)
    return pd.DataFrame(
        {"person": person, "kind": DISABILITY, "first": first, "last": last, "since": first}
    )
