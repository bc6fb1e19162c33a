"""Estimators for starts that differ, on panels whose truth is known: bias, spread, coverage, size.

    python benchmarks/staggered_size.py [--panels 200] [--keep FILE]

Municipalities, population, organisations and starts are those of `open_nurse_copayment`; which
organisation starts when is dealt anew for each panel, and outcomes are made here: a random walk of
each organisation, one that all large ones share, and noise that is smaller in large municipalities.
Rows are kept in a file, so that a run that was stopped goes on. Run by `python run.py simulate`;
writes docs/validation.md.
"""

from __future__ import annotations

import argparse
import os
import warnings
from concurrent.futures import ProcessPoolExecutor
from functools import lru_cache
from itertools import product
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import pandas as pd

from kuntakokeilu.cells import build_units, source_files
from kuntakokeilu.estimation import Sampler, design_of, fit, influence
from kuntakokeilu.estimation.few_clusters import inference_by_area, kinds_of
from kuntakokeilu.io import data_file, read_csv, write_text
from kuntakokeilu.study import Estimand, left_out, read_study

STUDY, MAIN = "open_nurse_copayment", "nurse_visits.main"
WEIGHTS = {"municipality": "municipalities alike", "persons_frozen": "persons"}
ESTIMATORS = {
    "imputation_average": "imputation",
    "callaway_santanna_average": "Callaway–Sant'Anna",
    "sun_abraham_average": "Sun–Abraham",
    "stacked_average": "stacked",
    "two_way_fixed_effects": "two-way effects",
}
# Each is estimated anew without each organisation, which takes most of the time: one panel in ten.
SLOW, EVERY = {"callaway_santanna_average", "sun_abraham_average"}, 10
AREA, UNIT, CITY = 0.3, 0.6, 0.15  # sd of a year's step of organisations, noise, slope in log size
GROWTH = 0.2  # effect in the first year, and what each further year adds


class World(NamedTuple):
    """Who starts, whether large organisations move together, and whether there is an effect."""

    large: bool
    together: bool
    effect: bool


WORLDS = {
    "at random, no effect": World(large=False, together=False, effect=False),
    "at random, an effect that grows": World(large=False, together=False, effect=True),
    "large ones, which move together, no effect": World(large=True, together=True, effect=False),
}
REPORT = Path("docs/validation.md")
BEGIN, END = "<!-- staggered: begin -->", "<!-- staggered: end -->"


def main() -> None:
    """Make the panels that are not there yet, count, write the table."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--panels", type=int, default=200)
    parser.add_argument("--workers", type=int, default=os.cpu_count())
    parser.add_argument("--keep", type=Path, default=Path("results/coverage/staggered_size.csv"))
    options = parser.parse_args()
    keep = options.keep
    keep.parent.mkdir(parents=True, exist_ok=True)
    done = set(pd.read_csv(keep)["panel"]) if keep.exists() else set()
    asked = [panel for panel in range(options.panels) if panel not in done]
    with ProcessPoolExecutor(options.workers) as pool:
        for rows in pool.map(one_panel, asked):
            rows.to_csv(keep, mode="a", index=False, header=not keep.exists())
    rows = pd.read_csv(keep)
    text = page(rows[rows["panel"] < options.panels])
    before, _, rest = REPORT.read_text(encoding="utf-8").partition(BEGIN)
    _, _, after = rest.partition(END)
    write_text(f"{before}{BEGIN}\n{text}\n{END}{after}", REPORT)
    print(text)


@lru_cache
def real() -> tuple[pd.DataFrame, Estimand]:
    """Read the compared units of the study, and the estimand that leads."""
    study = read_study(Path("config"), STUDY)
    names = source_files(study.settings, None).items()
    raw = {name: read_csv(data_file(name), columns) for name, columns in names}
    units, _ = build_units(study.settings, raw, None, None)
    estimand = next(each for each in study.estimands if each.estimand == MAIN)
    kept = ~left_out(estimand.comparison_rule, units) & units["weight_frozen"].gt(0)
    units = units[kept & units["arm"].isin(["trial", "control"])].reset_index(drop=True)
    return units, estimand


def one_panel(panel: int) -> pd.DataFrame:
    """Estimate one panel of each world in every way."""
    warnings.simplefilter("ignore")
    units, estimand = real()
    rows: list[dict[str, Any]] = []
    for number, (name, world) in enumerate(WORLDS.items()):
        rng = np.random.default_rng([panel, number, 31])
        dealt = dealt_units(units, world, rng)
        cells, effects = made_cells(dealt, estimand, world, rng)
        sampler = Sampler(cells, dealt)
        asked_of = [each for each in ESTIMATORS if each not in SLOW or panel % EVERY == 0]
        for estimator, weights in product(asked_of, WEIGHTS):
            asked = estimand.model_copy(update={"estimator": estimator, "weights": weights})
            if estimator in ("callaway_santanna_average", "stacked_average"):
                asked = asked.model_copy(update={"control_group": "not_yet_treated"})
            found = estimated(sampler, asked)
            truth = truth_of(effects, dealt, weights)
            rows.append({"panel": panel, "world": name, "estimator": estimator, "weights": weights}
                        | {"truth": truth} | found)  # fmt: skip
    return pd.DataFrame(rows)


def dealt_units(units: pd.DataFrame, world: World, rng: np.random.Generator) -> pd.DataFrame:
    """Deal the starts of organisations anew: to any, or the likelier the more people they serve."""
    by_cluster = units.groupby("cluster").agg(
        start=("first_treated", "min"), size=("weight_frozen", "sum")
    )
    starts = by_cluster["start"].dropna().to_numpy()
    odds = by_cluster["size"] if world.large else pd.Series(1.0, by_cluster.index)
    order = rng.choice(by_cluster.index, len(starts), replace=False, p=odds / odds.sum())
    first = units["cluster"].map(dict(zip(order, rng.permutation(starts), strict=True)))
    first = pd.Series(pd.PeriodIndex(first, freq="Y"), units.index)
    arm = np.where(first.notna(), "trial", "control")
    return units.assign(first_treated=first, arm=arm, area=units["cluster"].where(first.notna()))


def made_cells(
    units: pd.DataFrame, estimand: Estimand, world: World, rng: np.random.Generator
) -> tuple[pd.DataFrame, np.ndarray]:
    """Make outcomes, as contract CELLS has them, and the effects in them, units x periods."""
    periods = pd.period_range(estimand.first_period, estimand.last_period, freq="Y")
    codes, names = pd.factorize(units["cluster"])
    persons = units["weight_frozen"].to_numpy(float)
    log_size = np.log(np.bincount(codes, persons))
    z = (log_size - log_size.mean()) / log_size.std()
    walk = AREA * rng.normal(size=(len(names), len(periods))).cumsum(axis=1)
    if world.together:
        walk = walk + CITY * np.outer(z, rng.normal(size=len(periods)).cumsum())
    noise = UNIT * rng.normal(size=(len(units), len(periods)))
    y = walk[codes] + noise * np.sqrt(np.median(persons) / persons)[:, None]
    since = np.array([[(each - first).n if pd.notna(first) else -1 for each in periods]
                      for first in units["first_treated"]])  # fmt: skip
    effects = np.where(since >= 0, GROWTH * (since + 1.0) * world.effect, 0.0)
    cells = pd.DataFrame(
        {
            "unit": np.repeat(units["unit"].to_numpy(), len(periods)),
            "period": np.tile(periods, len(units)),
            "mean": (y + effects).ravel(),
            "outcome": estimand.outcome,
            "population": "all",
            "stratification": "none",
            "stratum": "all",
            "elapsed": pd.NA,
            "n": pd.NA,
            "n_fewest": pd.NA,
            "n_most": pd.NA,
            "sum_sq": np.nan,
            "weight": np.nan,
            "sources": "made",
        }
    )
    return cells, np.where(since >= 0, effects, np.nan)


def truth_of(effects: np.ndarray, units: pd.DataFrame, weights: str) -> float:
    """Average the effects over treated cells by the weight of their units."""
    w = np.ones(len(units)) if weights == "municipality" else units["weight_frozen"]
    each = np.broadcast_to(np.asarray(w, float)[:, None], effects.shape)
    treated = ~np.isnan(effects)
    return float((effects[treated] * each[treated]).sum() / each[treated].sum())


def estimated(sampler: Sampler, estimand: Estimand) -> dict[str, float]:
    """Give an estimate with the standard error, interval and p-value that lead."""
    sample = sampler.draw(estimand)
    design = design_of(sample)
    frame = design.regressed(sample.frame)
    fitted = fit(frame, design)
    assert fitted is not None
    sums = influence(fitted, frame["cluster"])
    kinds = tuple(kind for kind in kinds_of(estimand.method) if "bootstrap" not in kind)
    found = inference_by_area(frame, design, kinds, sums, fitted.params, estimand.seed)
    lead = found.numbers[found.leading][0]
    names = ("std_error", "ci_low", "ci_high", "p_value")
    return {"estimate": float(fitted.params[0])} | {name: lead[name] for name in names}


def page(rows: pd.DataFrame) -> str:
    """Write what was found, a table for each world."""
    panels = rows["panel"].nunique()
    noise = 100 * np.sqrt(0.05 * 0.95 / panels)
    head = (
        f"{panels} panels of each kind, six years, tests at 5 % by the row that leads; a share "
        f"that is 5 % in truth has a standard error of {noise:.1f} points. One panel in {EVERY} "
        "was estimated by Callaway–Sant'Anna and Sun–Abraham. *Error*: mean standard error over "
        "the spread of the estimates."
    )
    return "\n\n".join([head, *(world_table(rows[rows["world"].eq(name)], name)
                                for name in WORLDS)])  # fmt: skip


def world_table(rows: pd.DataFrame, name: str) -> str:
    """Write bias, root mean squared error, coverage and size of each estimator."""
    lines = [f"Starts dealt: {name}.", ""]
    heads = ["estimator, weights", "panels", "truth", "bias (its error)", "RMSE", "error"]
    heads += ["intervals that hold the truth", "called an effect"]
    lines += ["| " + " | ".join(heads) + " |", "|---" * len(heads) + "|"]
    for (estimator, label), (weights, words) in product(ESTIMATORS.items(), WEIGHTS.items()):
        mine = rows[rows["estimator"].eq(estimator) & rows["weights"].eq(weights)]
        off = mine["estimate"] - mine["truth"]
        covered = (mine["ci_low"] <= mine["truth"]) & (mine["truth"] <= mine["ci_high"])
        cells = [
            f"{len(mine)}",
            f"{mine['truth'].mean():.2f}",
            f"{off.mean():+.3f} ({off.std() / np.sqrt(len(off)):.3f})",
            f"{np.sqrt((off**2).mean()):.3f}",
            f"{mine['std_error'].mean() / off.std():.2f}",
            f"{100 * covered.mean():.0f} %",
            f"{100 * (mine['p_value'] < 0.05).mean():.0f} %",
        ]
        lines.append(f"| {label}, {words} | " + " | ".join(cells) + " |")
    return "\n".join(lines)


if __name__ == "__main__":
    main()
