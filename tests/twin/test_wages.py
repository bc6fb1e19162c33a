"""One row per earner and payer, by a second way."""

from __future__ import annotations

import numpy as np
import pandas as pd

from kuntakokeilu.twin.wages import _one_per_payer


def grouped(cents, payer):
    """Put the jobs below each other and add up by earner and payer, in order of appearance."""
    parts = []
    for number, (amount, by) in enumerate(zip(cents, payer, strict=True)):
        at = np.flatnonzero(amount >= 1)
        frame = pd.DataFrame({"person": at, "payer": by[at], "cents": np.round(amount[at])})
        parts.append(frame.assign(last_week=number == 1))
    groups = pd.concat(parts).groupby(["person", "payer"], as_index=False, sort=False)
    return groups.agg({"cents": "sum", "last_week": "max"})


def test_jobs_with_one_payer_are_one_row():
    rng = np.random.default_rng(1)
    cents = tuple(rng.uniform(0, 4, 500) * rng.integers(0, 2, 500) for _ in range(3))
    payer = tuple(rng.integers(0, 3, 500).astype(np.int32) for _ in range(3))
    found, expected = _one_per_payer(cents, payer), grouped(cents, payer)
    assert len(found) < sum(int((each >= 1).sum()) for each in cents)
    pd.testing.assert_frame_equal(found, expected, check_dtype=False)
