"""Time doubly robust group-time effects of a million units, 24 periods and 20 starts.

Run by `python run.py bench --only group_time`; prints a Markdown table: seconds of one processor
and the most memory, and how much of it is the data. Where diff-diff is installed both run on a
tenth of the units.
"""

from __future__ import annotations

import resource
import sys
import time
from importlib.util import find_spec

import numpy as np
import pandas as pd
from threadpoolctl import threadpool_limits

from kuntakokeilu.estimation.group_time_large import many_group_times

UNITS, PERIODS, STARTS = 1_000_000, 24, 20
TENTH = UNITS // 10


def main() -> None:
    """Time it; print a line."""
    units = int(sys.argv[1]) if len(sys.argv) > 1 else UNITS
    y, first, x = panel(units)
    before = most_memory()
    began = time.process_time()
    with threadpool_limits(1):
        found = many_group_times(y, first, x)
    took = time.process_time() - began
    simple = found[found["kind"].eq("simple")].iloc[0]
    print("| program | units | seconds | peak GB, data included | of these data | simple | error |")
    print("|---|---|---|---|---|---|---|")
    line = f"{took:.1f} | {most_memory():.2f} | {before:.2f}"
    numbers = f"{simple['estimate']:.6f} | {simple['std_error']:.6f}"
    print(f"| ours | {units:,} | {line} | {numbers} |")
    if find_spec("diff_diff"):
        beside(*panel(TENTH))


def panel(units: int) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Make outcomes, starts and covariates; an effect of one that grows by a tenth a period."""
    rng = np.random.default_rng(24)
    x = np.column_stack([np.ones(units), rng.normal(size=units)])
    starts = rng.integers(2, 2 + STARTS, units)
    never = rng.random(units) < 1 / (1 + np.exp(1.5 + 0.3 * x[:, 1]))
    first = np.where(never, -1, starts)
    y = np.empty((units, PERIODS))
    for t in range(PERIODS):
        y[:, t] = rng.normal(size=units) + 0.1 * t * x[:, 1]
        since = np.where(never, -1, t - first)
        y[:, t] += np.where(since >= 0, 1 + 0.1 * since, 0.0)
    return y, first, x


def most_memory() -> float:
    """Most memory of the process so far, in GB."""
    most = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return most / (1e6 if sys.platform != "darwin" else 1e9)


def beside(y: np.ndarray, first: np.ndarray, x: np.ndarray) -> None:
    """Run diff-diff on a panel and hold its simple average against ours."""
    from diff_diff import CallawaySantAnna

    unit, period = np.divmod(np.arange(y.size), PERIODS)
    rows = pd.DataFrame(
        {
            "unit": unit,
            "period": period,
            "y": y.ravel(),
            "first": np.where(first < 0, 0, first)[unit],
            "x": x[unit, 1],
        }
    )
    began = time.process_time()
    theirs = CallawaySantAnna(estimation_method="dr").fit(
        rows, outcome="y", unit="unit", time="period", first_treat="first", covariates=["x"]
    )
    took = time.process_time() - began
    began = time.process_time()
    ours = many_group_times(y, first, x)
    mine = time.process_time() - began
    simple = ours[ours["kind"].eq("simple")].iloc[0]
    for name, seconds, b in (
        ("ours", mine, simple["estimate"]),
        ("diff-diff", took, theirs.overall_att),
    ):
        print(f"| {name} | {len(y):,} | {seconds:.1f} | – | – | {b:.6f} | – |")


if __name__ == "__main__":
    main()
