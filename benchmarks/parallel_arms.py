"""Whether the arms of the twin move in parallel when no violation is on, by size of the twin.

    python benchmarks/parallel_arms.py [--scales 0.005 0.05] [--seeds 150 20]

In the world without the trial every difference-in-differences is an error, and its mean over twins
a bias. Takes states only, no register files: the target group of two stocks, two years apart, as
the demonstration follows it. Prints the mean over seeds and its Monte Carlo error.
"""

from __future__ import annotations

import argparse
from itertools import product
from pathlib import Path

import numpy as np
import pandas as pd

from kuntakokeilu.twin import Paths, TwinSettings, World, make_world, simulate
from kuntakokeilu.twin.states import IN_SERVICE, OFFICIAL_UNEMPLOYED, REGISTERED, State

STOCKS, FOLLOW_UP = ("2019-02", "2021-02"), 24
ADULTS = (18 * 12, 65 * 12)
OUTCOMES = {
    "unemployed": OFFICIAL_UNEMPLOYED,
    "in_service": IN_SERVICE,
    "open_market_work": np.arange(13) == State.WORK,
}
ALAND = "21"


def main() -> None:
    """Simulate, take differences, average."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--scales", type=float, nargs="+", default=[0.005, 0.05])
    parser.add_argument("--seeds", type=int, nargs="+", default=[150, 20])
    options = parser.parse_args()
    for scale, seeds in zip(options.scales, options.seeds, strict=True):
        errors = pd.concat([errors_of(scale, seed) for seed in range(1, 1 + seeds)])
        by = errors.groupby(["outcome", "stocks"], sort=False)
        table = pd.concat([by.mean(), by.sem().add_suffix(", error")], axis=1)
        print(f"1:{round(1 / scale)}, {seeds} twins\n{table.round(3).to_string()}\n", flush=True)


def errors_of(scale: float, seed: int) -> pd.DataFrame:
    """Differences-in-differences of one twin: by outcome, and with or without those in both stocks.

    Returns
    -------
    DataFrame
        `persons` and `main`: municipalities weighted by the later stock, or equally, without those
        that have nobody in a stock, as the estimator has it. `arms`: the difference between plain
        means of all persons of each arm.
    """
    world = make_world(TwinSettings(scale=scale, seed=seed), Path("config"))
    paths = simulate(world, trial=False)
    months = [world.clock.month(text) for text in STOCKS]
    members = [target_group(world, paths, t) for t in months]
    both = members[0] & members[1]
    rows = []
    for (name, lookup), apart in product(OUTCOMES.items(), (False, True)):
        stocks = [each & ~both if apart else each for each in members]
        cells = [
            by_municipality(world, paths, t, who, lookup)
            for t, who in zip(months, stocks, strict=True)
        ]
        what = "without persons of both" if apart else "as they are"
        rows.append({"outcome": name, "stocks": what} | differences(world, *cells))
    return pd.DataFrame(rows)


def target_group(world: World, paths: Paths, at: int) -> np.ndarray:
    """Mark the adult job seekers of the target group at the end of a month."""
    since, before = paths.registered_before.copy(), paths.state_before
    for t in range(at + 1):
        since[~REGISTERED[before] & REGISTERED[paths.state[t]]] = t
        before = paths.state[t]
    age = world.population.age_months(at)
    adult = (age >= ADULTS[0]) & (age < ADULTS[1])
    return REGISTERED[before] & adult & world.target_group(at, paths.right[at], at - since)


def by_municipality(
    world: World, paths: Paths, at: int, members: np.ndarray, lookup: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    """Persons of a stock by municipality, and the sum of their outcome, per cent of the months."""
    who = np.flatnonzero(members)
    home, n = world.population.residence(at)[who], len(world.places.code)
    after = paths.state[at + 1 : at + 1 + FOLLOW_UP][:, who]
    value = 100 * lookup[after].mean(axis=0)
    return np.bincount(home, minlength=n).astype(float), np.bincount(home, value, minlength=n)


def differences(
    world: World,
    earlier: tuple[np.ndarray, np.ndarray],
    later: tuple[np.ndarray, np.ndarray],
) -> dict[str, float]:
    """Change of the trial's arm less that of the other, by three ways of weighting."""
    (n0, y0), (n1, y1) = earlier, later
    mainland = np.array([region != ALAND for region in world.places.region])
    arms = [mainland & (world.places.area >= 0), mainland & (world.places.area < 0)]
    change = y1 / np.maximum(n1, 1) - y0 / np.maximum(n0, 1)
    used = [arm & (n0 > 0) & (n1 > 0) for arm in arms]
    one, other = [float(np.average(change[u], weights=n1[u])) for u in used]
    plain = [float(change[u].mean()) for u in used]
    pooled = [y1[arm].sum() / n1[arm].sum() - y0[arm].sum() / n0[arm].sum() for arm in arms]
    return {
        "persons": one - other,
        "main": plain[0] - plain[1],
        "arms": float(pooled[0] - pooled[1]),
        "municipalities": float(sum(u.sum() for u in used)),
    }


if __name__ == "__main__":
    main()
