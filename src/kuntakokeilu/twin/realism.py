"""Whether a twin behaves like the real series: bands with their sources.

Bands on levels, cycle, spike and serial correlation come from Statistics Finland's table 12r5
(2017-01 to 2023-10). Those on hazards and durations have no public series behind them here.
"""

from __future__ import annotations

import numpy as np
import pandas as pd

from kuntakokeilu.twin.clock import MONTHS
from kuntakokeilu.twin.dynamics import Paths
from kuntakokeilu.twin.states import OFFICIAL_UNEMPLOYED, REGISTERED, State
from kuntakokeilu.twin.world import World

# check: low, high, source.
BANDS: dict[str, tuple[float, float, str]] = {
    "mean_absolute_error": (0.0, 0.05, "12r5: relative to the real national stock"),
    "correlation_of_cycle": (0.94, 1.0, "12r5: monthly changes of the log national stock"),
    "spring_2020": (1.6, 1.9, "12r5: stock of 2020-04 over 2020-02, real 1.74"),
    "summer": (1.05, 1.30, "12r5: stock of July over May, 2017-2019, real 1.13 to 1.19"),
    "correlation_of_levels": (0.95, 1.0, "12r5: log mean stock by cluster, 2017-2019"),
    "serial_correlation": (0.60, 0.99, "12r5: areas above 1,500, median 0.87; sampling lowers it"),
    "exit_from_unemployment": (0.10, 0.22, "ASSUME: a month, all destinations"),
    "work_0_to_2": (0.09, 0.20, "ASSUME: to work, a month, search of 0 to 2 months"),
    "work_3_to_11": (0.05, 0.12, "ASSUME: to work, a month, search of 3 to 11 months"),
    "work_12_on": (0.02, 0.06, "ASSUME: to work, a month, search of a year or more"),
    "work_stays_work": (0.93, 0.985, "ASSUME: month to month"),
    "long_term": (0.20, 0.48, "12r5: Kangasala 22 % to 41 %, the country 41 % in 2026-06"),
    "services": (0.20, 0.55, "12r5: Kangasala, services and subsidised work per unemployed"),
    "moves_per_year": (0.03, 0.08, "ASSUME: moves between municipalities per person"),
}


def check_realism(world: World, paths: Paths) -> pd.DataFrame:
    """Compare a twin of 2017-24 with the bands.

    Returns
    -------
    DataFrame
        check, value, low, high, source, ok.
    """
    values = _national(world, paths) | _local(world, paths) | _persons(world, paths)
    rows = [
        (name, values[name], low, high, source, bool(low <= values[name] <= high))
        for name, (low, high, source) in BANDS.items()
    ]
    return pd.DataFrame(rows, columns=["check", "value", "low", "high", "source", "ok"])


def national_series(world: World, paths: Paths) -> pd.DataFrame:
    """Stock of unemployed of the twin beside the real one, in persons, by month."""
    months = pd.period_range(str(world.clock.origin), periods=MONTHS, freq="M")
    scale = world.settings.scale
    return pd.DataFrame(
        {
            "month": months,
            "twin": OFFICIAL_UNEMPLOYED[paths.state].sum(axis=1) / scale,
            "real": world.targets.unemployed,
            "twin_laid_off": (paths.state == State.LAID_OFF).sum(axis=1) / scale,
            "real_laid_off": world.targets.laid_off,
        }
    )


def _national(world: World, paths: Paths) -> dict[str, float]:
    series = national_series(world, paths)
    twin, real = series["twin"].to_numpy(), series["real"].to_numpy()
    changes = np.corrcoef(np.diff(np.log(twin)), np.diff(np.log(real)))
    summers = [twin[12 * year + 6] / twin[12 * year + 4] for year in range(3)]
    february, april = (world.clock.month(text) for text in ("2020-02", "2020-04"))
    return {
        "mean_absolute_error": float(np.abs(twin / real - 1).mean()),
        "correlation_of_cycle": float(changes[0, 1]),
        "spring_2020": float(twin[april] / twin[february]),
        "summer": float(np.mean(summers)),
    }


def _local(world: World, paths: Paths) -> dict[str, float]:
    """Levels and serial correlation of the stock by trial area or sub-region."""
    clusters = int(world.places.cluster.max()) + 1
    stock = np.zeros((MONTHS, clusters))
    for t in range(MONTHS):
        at = OFFICIAL_UNEMPLOYED[paths.state[t]]
        stock[t] = np.bincount(world.cluster_of(t)[at], minlength=clusters)
    real = np.bincount(world.places.cluster, world.places.size)
    large = real * world.settings.scale >= 8
    log = np.log(np.maximum(stock[:, large], 0.5))
    levels = np.corrcoef(log[:36].mean(axis=0), np.log(real[large]))[0, 1]
    # Off the national path and the level of the area: what is left is the area's own.
    own = log - log.mean(axis=1, keepdims=True)
    own = own - own.mean(axis=0)
    lagged = (own[1:] * own[:-1]).sum(axis=0) / (own**2).sum(axis=0)
    return {
        "correlation_of_levels": float(levels),
        "serial_correlation": float(np.median(lagged)),
    }


def _persons(world: World, paths: Paths) -> dict[str, float]:
    """Hazards and durations, pooled over all months."""
    bins = {"work_0_to_2": (0, 3), "work_3_to_11": (3, 12), "work_12_on": (12, 999)}
    at_risk, to_work = dict.fromkeys(bins, 0), dict.fromkeys(bins, 0)
    exits = unemployed = stays = worked = long_term = moved = placed = 0
    since = paths.registered_before.copy()
    before = paths.state_before
    for t in range(MONTHS):
        now = paths.state[t]
        was = before == State.UNEMPLOYED
        elapsed = t - since
        for name, (low, high) in bins.items():
            here = was & (elapsed >= low) & (elapsed < high)
            at_risk[name] += int(here.sum())
            to_work[name] += int((here & (now == State.WORK)).sum())
        exits += int((was & (now != State.UNEMPLOYED)).sum())
        unemployed += int(was.sum())
        worked += int((before == State.WORK).sum())
        stays += int(((before == State.WORK) & (now == State.WORK)).sum())
        since[~REGISTERED[before] & REGISTERED[now]] = t
        stock = OFFICIAL_UNEMPLOYED[now]
        long_term += int((stock & (t - since >= 12)).sum())
        placed += int((REGISTERED[now] & ~stock & (now != State.PART_TIME)).sum())
        people = world.population
        moved += int((people.residence(t) != people.residence(t - 1)).sum())
        before = now
    total = max(int(OFFICIAL_UNEMPLOYED[paths.state].sum()), 1)
    rates = {name: to_work[name] / max(at_risk[name], 1) for name in bins}
    return rates | {
        "exit_from_unemployment": exits / max(unemployed, 1),
        "work_stays_work": stays / max(worked, 1),
        "long_term": long_term / total,
        "services": placed / total,
        "moves_per_year": moved / world.streams.persons / (MONTHS / 12),
    }
