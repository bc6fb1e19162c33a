"""Time synthetic difference-in-differences with placebos on 309 municipalities by 72 months.

Run by `python benchmarks/synthetic_speed.py`; prints a Markdown table, processor seconds of one
core, best of three. Where diff-diff is installed it runs on the same panel, with the same number of
placebos.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from functools import partial
from importlib.util import find_spec

import numpy as np
import pandas as pd
from threadpoolctl import threadpool_limits

from kuntakokeilu.estimation.synthetic import (
    OutcomeMatrix,
    augmented_control,
    by_area,
    frank_wolfe_weights,
    interactive_effects,
    noise_level,
    placebo_estimates,
    synthetic_control,
    synthetic_did,
)

UNITS, PERIODS, BEFORE, DRAWS, SEED, REPEATS = 309, 72, 36, 100, 20210301, 3


def main() -> None:
    """Time each method for many and for few treated units."""
    threadpool_limits(1)
    print("| treated units | what | seconds | estimate |\n|---|---|---|---|")
    for treated in (118, 25):
        panel = simulate(treated)
        for name, (seconds, estimate) in timed(panel).items():
            print(f"| {treated} | {name} | {seconds:.3f} | {estimate:.6f} |")


def simulate(treated: int) -> OutcomeMatrix:
    """Random walks, of which some are treated, in areas of a handful of units."""
    rng = np.random.default_rng(SEED)
    first = np.arange(UNITS) < treated
    areas = np.where(first, np.arange(UNITS) % 25, 100 + np.arange(UNITS) % 57).astype(str)
    y = rng.normal(size=(UNITS, PERIODS)).cumsum(axis=1)
    return OutcomeMatrix(y, first, BEFORE, np.ones(UNITS), areas)


def timed(panel: OutcomeMatrix) -> dict[str, tuple[float, float]]:
    """Give seconds and estimate by name."""
    published = partial(synthetic_did, solve=partial(frank_wolfe_weights, gain=_gain(panel)))
    found = {
        f"synthetic did, exact weights, {DRAWS} placebo area sets": best(
            lambda: (placebo_estimates(panel, synthetic_did, DRAWS, SEED), synthetic_did(panel))[1]
        ),
        "synthetic did, stopping rule of synthdid": best(lambda: published(panel)),
        "synthetic control, 25 areas": best(lambda: by_area(panel, synthetic_control)[1]["0"]),
        "augmented synthetic control, pooled": best(lambda: augmented_control(panel)),
        "interactive fixed effects": best(lambda: interactive_effects(panel)),
    }
    times = {name: (seconds, fit.estimate) for name, (seconds, fit) in found.items()}
    return times | (diff_diff(panel) if find_spec("diff_diff") else {})


def _gain(panel: OutcomeMatrix) -> float:
    return 1e-5 * noise_level(panel)


def diff_diff(panel: OutcomeMatrix) -> dict[str, tuple[float, float]]:
    """Run diff-diff on the same panel."""
    from diff_diff import SyntheticDiD

    n, t = panel.y.shape
    frame = pd.DataFrame(
        {
            "unit": np.repeat(np.arange(n), t),
            "time": np.tile(np.arange(t), n),
            "y": panel.y.ravel(),
            "treated": np.repeat(panel.treated, t).astype(int),
        }
    )

    def run():
        model = SyntheticDiD(variance_method="placebo", n_bootstrap=DRAWS, seed=SEED)
        after = list(range(panel.before, t))
        names = {"outcome": "y", "treatment": "treated", "unit": "unit", "time": "time"}
        return model.fit(frame, post_periods=after, **names)

    seconds, fit = best(run)
    return {f"diff-diff, {DRAWS} placebos": (seconds, float(fit.att))}


def best(call: Callable[[], object]) -> tuple[float, object]:
    """Run a few times; return the least processor seconds and the result."""
    times = []
    for _ in range(REPEATS):
        start = time.process_time()
        result = call()
        times.append(time.process_time() - start)
    return min(times), result


if __name__ == "__main__":
    main()
