"""Time the joint test of 300 specifications on 999 deals, on a panel of 309 units by 84 months.

Run by `python run.py bench --only curve`; prints a Markdown table. Units and areas are of the size
of the open studies: 25 treated areas among 82, weights and region by month among the choices.
"""

from __future__ import annotations

import time
from itertools import product

import numpy as np
import pandas as pd
from threadpoolctl import threadpool_limits

from kuntakokeilu.contracts import CELLS, UNITS, conform
from kuntakokeilu.estimation import forget, specification_curve_test
from kuntakokeilu.study import Comparison, Estimand

N_UNITS, N_AREAS, N_TRIAL, N_REGIONS, N_PERIODS = 309, 82, 25, 18, 84
DEALS, SEED = 999, 1
START = "2021-03"


def main() -> None:
    """Time the test for one processor and print."""
    threadpool_limits(1)
    cells, units = panel(np.random.default_rng(SEED))
    grid = specifications()
    forget()
    began = time.process_time()
    found = specification_curve_test(cells, units, grid)
    seconds = time.process_time() - began
    kept = int(found["n_specifications"].iloc[0])
    print(f"{N_UNITS} units x {N_PERIODS} months, {N_AREAS} areas, {N_TRIAL} treated\n")
    print("| specifications | deals | seconds of the processor |\n|---|---|---|")
    print(f"| {kept} of {len(grid)} | {DEALS} | {seconds:.1f} |")


def panel(rng: np.random.Generator) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Make CELLS and UNITS of a trial without an effect."""
    area = np.sort(np.r_[np.arange(N_AREAS), rng.integers(0, N_AREAS, N_UNITS - N_AREAS)])
    names = [f"{k:03}" for k in range(N_UNITS)]
    trial = area < N_TRIAL
    units = pd.DataFrame({"unit": names, "cluster": [f"a{k:02}" for k in area]})
    units = units.assign(
        **{f"name_{code}": names for code in ("fi", "sv", "en")},
        arm=np.where(trial, "trial", "control"),
        area=units["cluster"].where(trial, None),
        first_treated=pd.PeriodIndex(np.where(trial, START, None), freq="M"),
        region=[f"{k % N_REGIONS:02}" for k in range(N_UNITS)],
        sub_region="1",
        ely=[f"{k % 9}" for k in range(N_UNITS)],
        weight_frozen=np.exp(rng.normal(8, 1.2, N_UNITS)),
        x_age=rng.normal(size=N_UNITS),
    )
    periods = pd.period_range("2018-01", periods=N_PERIODS, freq="M")
    y = 10 + rng.normal(size=(N_UNITS, 1)) + rng.normal(0, 0.5, (N_UNITS, N_PERIODS))
    y += rng.normal(0, 0.05, (N_AREAS, N_PERIODS)).cumsum(axis=1)[area]
    cells = pd.DataFrame(
        {
            "unit": np.repeat(names, N_PERIODS),
            "period": pd.PeriodIndex(np.tile(periods, N_UNITS)),
            "mean": y.ravel(),
        }
    ).assign(
        population="all", stratification="none", stratum="all", cohort=None,
        elapsed=pd.array([pd.NA] * y.size, dtype="Int64"), outcome="y", n=pd.NA, weight=1.0,
        value_kind="published_mean", sum=np.nan, sum_sq=np.nan, sources="simulated",
    )  # fmt: skip
    return conform(cells, CELLS), conform(units, UNITS)


def specifications() -> list[Estimand]:
    """Declare a grid: weights, effects by period, covariate, units left out, span."""
    weights = ("municipality", "area", "persons_frozen")
    effects = (None, "region", "ely")
    covariates = ([], ["age"])
    spans = [(f"{year}-{month}", last) for year in (2018, 2019) for month in ("01", "07")
             for last in ("2024-12", "2023-12")]  # fmt: skip
    rules = [Comparison(), Comparison(exclude_units=["000", "308"])]
    every = list(product(weights, effects, covariates, spans, rules))
    extra = list(product(weights, (None,), ([],), [("2018-04", "2024-06")], rules))
    # 288 of the whole grid and 6 with another span, twice for the two estimators of the first
    chosen = [*every, *extra]
    made = [
        Estimand(
            estimand=f"y.s{k:03}", outcome="y", comparison="all", estimator=estimator, role=role,
            study="bench", frequency="M", first_period=span[0], last_period=span[1], unit="%",
            domain="other", comparison_rule=rule, windows={}, seed=SEED, permutations=DEALS,
            weights=weight, effects_by_period=effect, covariates=covariate,
        )
        for k, ((weight, effect, covariate, span, rule), estimator, role) in enumerate(
            [(one, "two_way_fixed_effects", "robustness") for one in chosen]
            + [(one, "two_by_two", "robustness") for one in extra]
        )
    ]  # fmt: skip
    return made[:300]


if __name__ == "__main__":
    main()
