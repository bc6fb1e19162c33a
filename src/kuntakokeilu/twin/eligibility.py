"""Who belongs to the target group at the end of a month."""

from __future__ import annotations

import numpy as np
import pandas as pd

from kuntakokeilu.twin.counters import EARNINGS
from kuntakokeilu.twin.dynamics import Paths
from kuntakokeilu.twin.states import REGISTERED, State
from kuntakokeilu.twin.world import World


def eligibility(world: World, paths: Paths, t: int) -> pd.DataFrame:
    """Grounds of eligibility of everyone alive and in the country (table `eligibility`)."""
    people, state = world.population, paths.state[t]
    at = np.flatnonzero(state < State.ABROAD)
    flags = {
        "under_30": people.age_months(t)[at] < 360,
        "foreign": people.foreign[at],
        "no_earnings_right": paths.right[t, at] != EARNINGS,
    }
    return pd.DataFrame(
        {
            "person": at.astype(np.int32),
            "as_of": world.clock.dates(np.full(len(at), t), int(world.clock.days_in(t))),
            "municipality": world.places.code[people.residence(t)[at]],
            "registered": REGISTERED[state[at]],
            **flags,
            "eligible": np.logical_or.reduce(list(flags.values())),
        }
    )
