"""What would have been: the same persons and months with and without the trial.

The true effect of any estimand is the difference of its cells between the two worlds, each put
through the whole pipeline. The frame here is the shortest such pipeline, for tests.
"""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np
import pandas as pd

from kuntakokeilu.twin.dynamics import Paths
from kuntakokeilu.twin.states import (
    IN_SERVICE,
    OFFICIAL_UNEMPLOYED,
    REGISTERED,
    State,
)

_ALL = np.arange(13)
OUTCOMES = {
    "open_market_work": _ALL == State.WORK,
    "subsidised": _ALL == State.SUBSIDISED,
    "unemployed": OFFICIAL_UNEMPLOYED,
    "in_service": IN_SERVICE,
    "unemployed_or_in_service": OFFICIAL_UNEMPLOYED | IN_SERVICE,
    "registered": REGISTERED,
}


def potential_outcomes(without: Paths, with_trial: Paths, months: Iterable[int]) -> pd.DataFrame:
    """Outcomes of all persons at the end of some months in both worlds.

    Returns
    -------
    DataFrame
        person, t, and for each outcome <name>_0 (without the trial) and <name>_1, bool.
    """
    if without.trial or not with_trial.trial:
        raise ValueError("expected the world without the trial first, then the one with it")
    parts = []
    for t in months:
        zero, one = without.state[t], with_trial.state[t]
        frame = {"person": np.arange(len(zero), dtype=np.int32), "t": np.int16(t)}
        for name, lookup in OUTCOMES.items():
            frame |= {f"{name}_0": lookup[zero], f"{name}_1": lookup[one]}
        parts.append(pd.DataFrame(frame))
    return pd.concat(parts, ignore_index=True)
