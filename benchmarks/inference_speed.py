"""Time few-cluster inference on a simulated panel of 292 municipalities by 82 months.

Run by `python benchmarks/inference_speed.py`; prints a table.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from importlib.util import find_spec

import numpy as np
import pandas as pd

from kuntakokeilu.estimation import Design, Term, bootstrap_weights, fit, influence
from kuntakokeilu.estimation.bootstrap import wild_test
from kuntakokeilu.estimation.cross_products import cross_products
from kuntakokeilu.estimation.small_sample import (
    cluster_leverages,
    cr2,
    cr3,
    small_sample_table,
)

UNITS, CLUSTERS, LARGEST, TRIAL_CLUSTERS, REGIONS = 292, 82, 22, 25, 18
PERIODS = pd.period_range("2018-01", periods=82, freq="M")
START = pd.Period("2021-03", "M")
DRAWS, SEED, REPEATS = 9999, 20210301, 3
TERM = "att"


def main() -> None:
    """Time each step under two weightings and three designs, print the table."""
    frame = simulate(np.random.default_rng(SEED))
    cases = {
        "unit + month": (frame.assign(w=1.0), design(frame)),
        "unit + month, weighted": (frame, design(frame)),
        "unit + region x month, weighted": (frame, design(frame, by_region=True)),
        "event study, 28 terms, weighted": (frame, event_study(frame)),
    }
    table = pd.DataFrame({name: time_case(*case) for name, case in cases.items()})
    print(f"{UNITS} municipalities x {len(PERIODS)} months, {CLUSTERS} clusters")
    print(f"largest cluster {LARGEST} municipalities; seconds, best of {REPEATS}\n")
    print(table.to_string(float_format=lambda seconds: f"{seconds:.3f}", na_rep="-"))
    print("\n" + pyfixest_time(frame.assign(w=1.0)))


def simulate(rng: np.random.Generator) -> pd.DataFrame:
    """Return a sample with level, month and drifting cluster shocks, and no effect."""
    rest = rng.multinomial(UNITS - LARGEST - CLUSTERS + 1, np.full(CLUSTERS - 1, 1 / CLUSTERS))
    sizes = np.r_[LARGEST, rest[: CLUSTERS - 1] + 1]
    sizes[-1] += UNITS - sizes.sum()
    cluster = np.repeat(np.arange(CLUSTERS), sizes)
    unit = np.repeat(np.arange(UNITS), len(PERIODS))
    period = np.tile(np.arange(len(PERIODS)), UNITS)
    drift = rng.normal(size=(CLUSTERS, len(PERIODS))).cumsum(axis=1) / 5
    y = rng.normal(size=UNITS)[unit] + drift[cluster[unit], period] + rng.normal(size=len(unit))
    trial = np.isin(cluster, rng.choice(CLUSTERS, TRIAL_CLUSTERS, replace=False))[unit]
    frame = pd.DataFrame({"y": y, "w": rng.lognormal(8, 1.3, UNITS)[unit], "trial": trial})
    frame["unit"] = pd.Series(unit).map("{:03}".format)
    frame["period"] = PERIODS[period]
    frame["cluster"] = pd.Series(cluster[unit]).map("c{:02}".format)
    frame["region"] = pd.Series(cluster[unit] % REGIONS).map("r{:02}".format)
    return frame


def design(frame: pd.DataFrame, by_region: bool = False) -> Design:
    """One effect after the start, given unit and month (by region) effects."""
    treated = (frame["trial"] & (frame["period"] >= START)).astype(float)
    month = frame["period"].astype(str)
    month = frame["region"] + "|" + month if by_region else month
    effects = pd.DataFrame({"unit": frame["unit"], "period": month})
    return Design(pd.DataFrame({TERM: treated}), [Term(TERM, "att")], effects)


def event_study(frame: pd.DataFrame) -> Design:
    """One effect per quarter before and after the start, but the last before."""
    bins = (frame["period"].astype("int64") - START.ordinal) // 3
    columns = {
        f"event_{b}": (frame["trial"] & (bins == b)).astype(float)
        for b in sorted(bins.unique())
        if b != -1
    }
    terms = [Term(column, "event_time") for column in columns]
    return Design(pd.DataFrame(columns), terms, design(frame).effects)


def time_case(frame: pd.DataFrame, case: Design) -> dict[str, float]:
    """Return the seconds of each step."""
    clusters, first = frame["cluster"], case.terms[0].column
    fitted = fit(frame, case)
    products = cross_products(frame, case, clusters)
    assert fitted is not None and products is not None
    places = np.array([products.place(term.column) for term in case.terms])
    leverages = cluster_leverages(products)

    def bootstrap() -> None:
        weights = bootstrap_weights(CLUSTERS, DRAWS, SEED)
        wild_test(products, first, 0.0, 0.95, weights)

    return {
        "fit": seconds(lambda: fit(frame, case)),
        "CR1, after the fit": seconds(lambda: influence(fitted, clusters)),
        "cross products": seconds(lambda: cross_products(frame, case, clusters)),
        "leverages": seconds(lambda: cluster_leverages(products)),
        "CR2, after these": seconds(lambda: cr2(products, leverages, places)),
        "CR3, after these": seconds(lambda: cr3(products, leverages, places)),
        "CR2 and CR3, everything": seconds(lambda: small_sample_table(frame, case, clusters)),
        f"{DRAWS} draws, one term, p and interval": seconds(bootstrap),
    }


def pyfixest_time(frame: pd.DataFrame) -> str:
    """Time the bootstrap of pyfixest on the unweighted panel, if it is installed."""
    if find_spec("pyfixest") is None or find_spec("wildboottest") is None:
        return "pyfixest with wildboottest: not installed"
    import pyfixest

    data = frame.assign(
        att=design(frame).regressors[TERM], month=frame["period"].astype(str).astype("category")
    )
    fitted = pyfixest.feols("y ~ att | unit + month", data, vcov={"CRV1": "cluster"})
    taken = seconds(lambda: fitted.wildboottest(param=TERM, reps=DRAWS, seed=SEED))
    return f"pyfixest wildboottest, unit + month, after the fit: {taken:.3f} s"


def seconds(work: Callable[[], object]) -> float:
    """Time the fastest of a few runs."""
    times = []
    for _ in range(REPEATS):
        began = time.perf_counter()
        work()
        times.append(time.perf_counter() - began)
    return min(times)


if __name__ == "__main__":
    main()
