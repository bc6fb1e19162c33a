"""Seconds that bounds on drift take, by the number of bins.

    python benchmarks/bounds_speed.py

Event studies of noise, half of the bins before the reference, 20 values of each bound. Seconds of
one processor, best of three.
"""

from __future__ import annotations

import time
from collections.abc import Callable

import numpy as np

from kuntakokeilu.estimation.bounds import (
    EventSeries,
    breakdown_relative_magnitudes,
    breakdown_smoothness,
    relative_magnitudes,
    smoothness,
)

BINS = (6, 12, 24)
VALUES = np.linspace(0.1, 2.0, 20)
RUNS = 3


def main() -> None:
    """Print a row for each number of bins."""
    print(f"{len(VALUES)} values of each bound, seconds of one processor, best of {RUNS}")
    print(f"{'bins':>5}{'relative':>10}{'smooth':>10}{'breakdown M̄':>13}{'breakdown M':>13}")
    for bins in BINS:
        event = noise(bins)
        seconds = [
            best(lambda event=event: relative_magnitudes(event, VALUES)),
            best(lambda event=event: smoothness(event, VALUES / 100)),
            best(lambda event=event: breakdown_relative_magnitudes(event)),
            best(lambda event=event: breakdown_smoothness(event)),
        ]
        cells = (f"{s:>{w}.3f}" for s, w in zip(seconds, (10, 10, 13, 13), strict=True))
        print(f"{bins:>5}{''.join(cells)}")


def noise(bins: int) -> EventSeries:
    """An event study with as many bins before the reference as after it."""
    rng, half = np.random.default_rng(1), bins // 2
    walks = rng.standard_normal((80, bins)).cumsum(axis=1) / 80
    estimates = rng.normal(0.0, 0.1, bins) + np.repeat([0.0, 1.0], half)
    return EventSeries(estimates, walks.T @ walks / 4, half, np.full(half, 1 / half))


def best(run: Callable[[], object]) -> float:
    """Time a call, once it has run."""
    run()
    taken = []
    for _ in range(RUNS):
        start = time.process_time()
        run()
        taken.append(time.process_time() - start)
    return min(taken)


if __name__ == "__main__":
    main()
