"""Time false starts: 89 windows at once against one by one, on a panel of 309 units x 170 months.

    python benchmarks/false_starts_speed.py [--alone 2]

Prints seconds of the processor, and how far both ways are apart.
"""

from __future__ import annotations

import argparse
import time

import numpy as np
import pandas as pd

from kuntakokeilu.estimation import (
    Sampler,
    as_seen,
    estimate_false_starts,
    estimate_one,
    forget,
    moved_back,
    possible_lags,
    units_moved_back,
)
from kuntakokeilu.study import Comparison, Estimand

UNITS, AREAS, TREATED = 309, 82, 25
MONTHS, START = pd.period_range("2007-01", "2024-12", freq="M"), pd.Period("2021-03", "M")


def simulated(seed: int = 1) -> tuple[pd.DataFrame, pd.DataFrame]:
    """CELLS and UNITS of random walks, with shocks that areas share."""
    rng = np.random.default_rng(seed)
    area = np.sort(rng.integers(0, AREAS, UNITS))
    walks = rng.normal(size=(UNITS, len(MONTHS))).cumsum(axis=1) / 10
    walks += (rng.normal(size=(AREAS, len(MONTHS))).cumsum(axis=1) / 10)[area]
    names = [f"u{i:03}" for i in range(UNITS)]
    units = pd.DataFrame({"unit": names, "cluster": [f"a{a:02}" for a in area]})
    units["arm"] = np.where(area < TREATED, "trial", "control")
    first = [START if each < TREATED else None for each in area]
    units["first_treated"] = pd.PeriodIndex(first, freq="M")
    units["weight_frozen"] = rng.lognormal(8, 1.2, UNITS)
    units = units.assign(area=units["cluster"], region="1", sub_region="1", ely="1")
    cells = pd.DataFrame({"unit": np.repeat(names, len(MONTHS)), "mean": walks.ravel()})
    cells["period"] = pd.PeriodIndex(np.tile(MONTHS, UNITS))
    fixed = {"population": "all", "stratification": "none", "stratum": "all", "outcome": "y"}
    cells = cells.assign(**fixed, weight=1.0, sources="simulated", sum_sq=np.nan)
    return cells.assign(n=pd.array([pd.NA] * len(cells), dtype="Int64")), units


def asked(weights: str) -> Estimand:
    """An estimand on the span of the trial of 2021-24."""
    return Estimand(
        estimand="y.main", outcome="y", comparison="all", weights=weights, role="main",
        estimator="two_way_fixed_effects", study="speed", frequency="M", first_period="2018-03",
        last_period="2024-12", unit="points", domain="other", comparison_rule=Comparison(),
        windows={}, seed=1, permutations=999,
    )  # fmt: skip


def main() -> None:
    """Print the times."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--alone", type=int, default=2, help="windows estimated one by one")
    alone = parser.parse_args().alone
    cells, units = simulated()
    counts = pd.DataFrame(columns=["population", "stratification", "unit", "n_persons"])
    for weights in ("unit", "cluster", "persons_frozen"):
        seen = as_seen(Sampler(cells, units).draw(asked(weights)))
        lags = possible_lags(cells, units, seen, MONTHS[0])
        forget()
        start = time.process_time()
        found = estimate_false_starts(cells, units, seen, lags)
        at_once = time.process_time() - start
        apart, start = 0.0, time.process_time()
        for lag in lags[:alone]:
            moved = moved_back(seen, lag)
            rows, _ = estimate_one(cells, units_moved_back(units, lag), counts, moved)
            both = rows.merge(found[found["lag"] == lag], on="inference", suffixes=("", "_at_once"))
            for name in ("estimate", "std_error", "p_value"):
                gap = both[name].astype(float) - both[f"{name}_at_once"].astype(float)
                apart = max(apart, gap.abs().max())
        each = (time.process_time() - start) / max(alone, 1)
        told = f"{len(lags)} windows at once {at_once:.2f} s; one by one {each:.2f} s each"
        print(f"{weights}: {told}; largest difference {apart:.1e}")


if __name__ == "__main__":
    main()
