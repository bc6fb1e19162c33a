"""Time few-cluster inference on a simulated panel of 292 municipalities by 82 months.

Run by `python run.py bench`; prints Markdown tables, for docs/inference.md. With the extra `bench`
installed, pyfixest runs on the same panel and both programs' numbers are compared.
"""

from __future__ import annotations

import platform
import time
from collections.abc import Callable
from importlib.metadata import version
from importlib.util import find_spec
from typing import Any

import numpy as np
import pandas as pd
from threadpoolctl import threadpool_limits

from kuntakokeilu.estimation import (
    Design,
    Term,
    bootstrap_weights,
    fit,
    influence,
    permutation_p_value,
)
from kuntakokeilu.estimation.assignment import redrawn_p_value, whole_areas
from kuntakokeilu.estimation.bias_reduced import cr2
from kuntakokeilu.estimation.bootstrap import wild_test
from kuntakokeilu.estimation.cross_products import CrossProducts, cross_products
from kuntakokeilu.estimation.few_clusters import KINDS, inference_by_area
from kuntakokeilu.estimation.remember import forget
from kuntakokeilu.estimation.simultaneous import simultaneous_inference
from kuntakokeilu.estimation.small_sample import cluster_leverages, cr3, small_sample_of
from kuntakokeilu.estimation.studentised import studentised

UNITS, CLUSTERS, LARGEST, TRIAL_CLUSTERS, REGIONS = 292, 82, 22, 25, 18
PERIODS = pd.period_range("2018-01", periods=82, freq="M")
START = pd.Period("2021-03", "M")
DRAWS, SEED, REPEATS = 9999, 20210301, 5
TERM = "att"
EFFECT = 0.5  # in the comparison, so that the p-value is not near one


def main() -> None:
    """Time each step under two weightings and three designs, then both programs; print."""
    threadpool_limits(1)  # as Snakemake gives each job; processor time is then elapsed time
    frame = simulate(np.random.default_rng(SEED))
    cases = {
        "unit + month": (frame.assign(w=1.0), design(frame)),
        "unit + month, weighted": (frame, design(frame)),
        "unit + region x month, weighted": (frame, design(frame, by_region=True)),
        "event study, 28 terms, weighted": (frame, event_study(frame)),
    }
    print(f"{UNITS} municipalities x {len(PERIODS)} months, {CLUSTERS} clusters, the largest of")
    print(f"{LARGEST} municipalities. Seconds of one processor, best of {REPEATS}. {versions()}.\n")
    print(markdown({name: time_case(*case) for name, case in cases.items()}))
    if find_spec("pyfixest") is None or find_spec("wildboottest") is None:
        print("\npyfixest or wildboottest is not installed (extra `bench`): no comparison.")
        return
    print()
    print(markdown({name: compare(f) for name, f in peers(frame).items()}))


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
    frame["first_treated"] = pd.Series(START, frame.index).where(frame["trial"])
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


def time_case(frame: pd.DataFrame, case: Design) -> dict[str, str]:
    """Return the seconds of each step."""
    clusters = frame["cluster"]
    fitted, products = fit(frame, case), cross_products(frame, case, clusters)
    assert fitted is not None and products is not None
    sums = influence(fitted, clusters).to_numpy()
    places = np.array([products.place(term.column) for term in case.terms])
    steps: dict[str, Callable[[], object]] = {
        "fit": lambda: fit(frame, case),
        "CR1, after the fit": lambda: influence(fitted, clusters),
        "cross products by cluster": lambda: cross_products(frame, case, clusters),
        "CR2 and Satterthwaite, after these": lambda: cr2(products, places),
        "CR3, after these": lambda: cr3(products, cluster_leverages(products), places),
        f"{DRAWS:,} bootstrap draws, after these": lambda: bootstrap(products, case),
    }
    if len(case.terms) > 1:
        steps["simultaneous band, after the fit"] = lambda: simultaneous_inference(
            fitted.params, sums, SEED
        )
    else:
        steps[f"{DRAWS:,} permutations of areas, refitted"] = lambda: permutation_p_value(
            frame, case, float(fitted.params[0]), clusters, DRAWS, SEED
        )
        steps[f"{DRAWS:,} permutations of areas by t, all of it"] = lambda: permuted_t(frame, case)
    found = {name: f"{seconds(step):.3f}" for name, step in steps.items()}
    found["all of it, an outcome alone"] = f"{seconds(lambda: everything(frame, case)):.3f}"
    again = seconds(lambda: everything(frame, case), keep=True)
    return found | {"all of it, each further outcome of the sample": f"{again:.3f}"}


def permuted_t(frame: pd.DataFrame, case: Design) -> float:
    """p-value of areas re-drawn with t as statistic, from the sample on."""
    plan = whole_areas(frame)
    statistic = studentised(frame, case, frame["cluster"], plan.groups)
    assert statistic is not None
    return redrawn_p_value(statistic, plan, DRAWS, SEED)


def everything(frame: pd.DataFrame, case: Design) -> None:
    """Fit one outcome, with every kind of inference by area."""
    fitted = fit(frame, case)
    assert fitted is not None
    sums, term = influence(fitted, frame["cluster"]), case.terms[0].term
    inference_by_area(frame, case, KINDS[term], sums, fitted.params, SEED)
    if len(case.terms) == 1:
        permutation_p_value(frame, case, float(fitted.params[0]), frame["cluster"], DRAWS, SEED)


def bootstrap(products: CrossProducts | None, case: Design) -> float:
    """p-value and interval of the first term, the draws included."""
    assert products is not None
    weights = bootstrap_weights(len(products.clusters), DRAWS, SEED)
    return wild_test(products, case.terms[0].column, 0.0, 0.95, weights).p_value


def peers(frame: pd.DataFrame) -> dict[str, pd.DataFrame]:
    """Panels on which both programs run, with an effect."""
    y = frame["y"] + EFFECT * design(frame).regressors[TERM]
    return {"unit + month": frame.assign(y=y, w=1.0), "unit + month, weighted": frame.assign(y=y)}


def compare(frame: pd.DataFrame) -> dict[str, str]:
    """Run pyfixest beside ours; every number of both, and how far apart they are."""
    import pyfixest as pf

    case = design(frame)
    fitted, products = fit(frame, case), cross_products(frame, case, frame["cluster"])
    assert fitted is not None and products is not None
    weighted = frame["w"].nunique() > 1
    codes = {n: pd.factorize(frame[n])[0] for n in ("unit", "period", "cluster")}
    data = pd.DataFrame({"y": frame["y"], "w": frame["w"], TERM: case.regressors[TERM]} | codes)

    def feols(kind: str, **ssc: Any) -> Any:
        return pf.feols(
            f"y ~ {TERM} | unit + period",
            data,
            weights="w" if weighted else None,
            vcov={kind: "cluster"},
            ssc=pf.ssc(**ssc),
        )

    theirs = feols("CRV1")
    std_error = float(np.sqrt((influence(fitted, frame["cluster"])[0] ** 2).sum()))
    table = small_sample_of(products, [TERM]).loc[TERM]
    # pyfixest's CV3 without its factors is the sum of squared changes; ours takes (G-1)/G of it.
    jackknife = float(feols("CRV3", k_adj=False, G_adj=False).se()[TERM])
    jackknife *= np.sqrt((CLUSTERS - 1) / CLUSTERS)
    rows = {
        "estimate": apart(fitted.params[0], float(theirs.coef()[TERM])),
        "CR1 standard error": apart(std_error, float(theirs.se()[TERM])),
        "CR3 standard error": apart(table["cr3_std_error"], jackknife),
        "fit with CR1, seconds": beside(
            seconds(lambda: influence(fit(frame, case), frame["cluster"])),
            seconds(lambda: feols("CRV1")),
        ),
        "CR3 after the fit, seconds": beside(
            seconds(lambda: small_sample_cr3(frame, case)),
            seconds(lambda: theirs.vcov({"CRV3": "cluster"}), 1),
        ),
    }
    return rows | (bootstrap_beside(frame, case, feols("CRV1")) if not weighted else {})


def small_sample_cr3(frame: pd.DataFrame, case: Design) -> np.ndarray:
    """CR3 from the sample on: cross products, leverages, jackknife."""
    products = cross_products(frame, case, frame["cluster"])
    assert products is not None
    return cr3(products, cluster_leverages(products), np.array([products.place(TERM)]))


def bootstrap_beside(frame: pd.DataFrame, case: Design, theirs: Any) -> dict[str, str]:
    """Compare the bootstraps; pyfixest refuses weights."""
    products = cross_products(frame, case, frame["cluster"])
    assert products is not None
    ours = wild_test(products, TERM, 0.0, 0.95, bootstrap_weights(CLUSTERS, DRAWS, SEED))
    found = theirs.wildboottest(param=TERM, reps=DRAWS, seed=SEED)
    # Theirs counts the nested unit effects among the parameters, which cancels in the p-value.
    t = float(found["t value"]) * np.sqrt(float(found["ssc"]) / products.cr1)
    p, q = ours.p_value, float(found["Pr(>|t|)"])
    spread = np.sqrt(2 * p * (1 - p) / DRAWS)
    return {
        "bootstrap t": apart(ours.t_statistic, t),
        "bootstrap p": f"{p:.4f}, {q:.4f} ({abs(p - q) / spread:.1f} simulation errors apart)",
        f"{DRAWS:,} draws after the fit, seconds": beside(
            seconds(lambda: bootstrap(cross_products(frame, case, frame["cluster"]), case)),
            seconds(lambda: theirs.wildboottest(param=TERM, reps=DRAWS, seed=SEED), 3),
        ),
    }


def apart(ours: float, theirs: float) -> str:
    """Write two numbers and their relative distance."""
    return f"{ours:.6f}, {theirs:.6f} ({abs(ours / theirs - 1):.0e} apart)"


def beside(ours: float, theirs: float) -> str:
    """Write two durations."""
    return f"{ours:.3f}, {theirs:.3f}"


def markdown(columns: dict[str, dict[str, str]]) -> str:
    """Write a table of texts, one column for each case."""
    table = pd.DataFrame(columns).fillna("–")
    lines = ["| | " + " | ".join(table.columns) + " |", "|---|" + "---|" * table.shape[1]]
    lines += [f"| {name} | " + " | ".join(row) + " |" for name, row in table.iterrows()]
    return "\n".join(lines)


def versions() -> str:
    """Name the interpreter and the packages that the numbers depend on."""
    names = ["numpy", "scipy", "pandas", "pyfixest", "wildboottest"]
    found = [f"{name} {version(name)}" for name in names if find_spec(name)]
    return ", ".join([f"Python {platform.python_version()}", *found])


def seconds(work: Callable[[], object], repeats: int = REPEATS, keep: bool = False) -> float:
    """Processor time of the fastest of a few runs; each works all out unless told to keep it."""
    times = []
    for _ in range(repeats):
        if not keep:
            forget()
        began = time.process_time()
        work()
        times.append(time.process_time() - began)
    return min(times)


if __name__ == "__main__":
    main()
