"""Fake trials on real unemployment rates: bias, spread and size of every estimator and inference.

    python benchmarks/fake_trials.py [--draws 100] [--keep FILE]

Municipalities of the mainland and their rates before any of the trials of 2012 and later are real
(table 12r5); which areas are treated, and when, is drawn. Nothing happens to them, so that every
estimate is an error and every rejection false. Areas are drawn at random, the larger the likelier,
or the higher their rate the likelier; 25, 10, 5 or 1 of them. Run by `python run.py simulate`; rows
are kept in a file, so that a run that was stopped goes on where it was; writes docs/validation.md.

A balanced panel with one start is as good as two means of each municipality, before and after:
estimates and CR2 are those of all months (CR1's factor differs in the fourth digit).
"""

from __future__ import annotations

import argparse
import os
import warnings
from collections.abc import Callable, Iterator
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from functools import lru_cache
from itertools import product
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from kuntakokeilu.cells import build_units, source_files
from kuntakokeilu.estimation import Sample, Sampler, design_of, fit, influence, permutation_p_value
from kuntakokeilu.estimation.assignment import redrawn_p_value, whole_areas, within_size_bands
from kuntakokeilu.estimation.few_clusters import inference_by_area
from kuntakokeilu.estimation.few_treated import changes_of, conley_taber, ferman_pinto
from kuntakokeilu.estimation.studentised import studentised
from kuntakokeilu.estimation.synthetic import (
    OutcomeMatrix,
    SyntheticFit,
    interactive_effects,
    placebo_estimates,
    placebo_inference,
    synthetic_control,
    synthetic_did,
)
from kuntakokeilu.facts import read_classification
from kuntakokeilu.io import data_file, read_csv, write_text
from kuntakokeilu.study import Estimand, left_out, read_study

STUDY = "open_2021"
RATES = "statfin/12r5_unemployment_rate_2007_2025.csv"
MAIN = "unemployment_rate.main"
FIRST, LAST = "2007-01", "2012-08"  # the trial of 2012 began in September
BEFORE, AFTER = 24, 24  # months
ALAND = "21"
NUMBERS = (25, 10, 5, 1)
LAWS: dict[str, Callable[[pd.DataFrame], pd.Series]] = {
    "at random": lambda areas: pd.Series(1.0, areas.index),
    "large": lambda areas: areas["size"],
    "high rate": lambda areas: np.exp((areas["rate"] - areas["rate"].mean()) / 2),
}
WEIGHTS = ("municipality", "area", "persons_frozen")
DESIGNS = {"two-way": [], "size × month": ["log_size"]}
METHODS = {
    "synthetic DiD": synthetic_did,
    "synthetic control": synthetic_control,
    "interactive effects": interactive_effects,
}
BY_AREA = ("cr2_area", "cr2_exact_area", "wild_bootstrap_area")
PLACEBOS = 99
PERMUTATIONS = 499
KINDS = {
    "leading": "leading row",
    "cluster_area": "CR1",
    "cr2_area": "CR2",
    "wild_bootstrap_area": "wild bootstrap",
    "permutation_area": "permuted estimate",
    "permutation_t_area": "permuted t",
    "assignment_size_bands": "t within size bands",
    "conley_taber": "Conley–Taber",
    "ferman_pinto": "Ferman–Pinto",
    "placebo": "placebo areas",
}
REPORT = Path("docs/validation.md")
BEGIN, END = "<!-- fake_trials: begin -->", "<!-- fake_trials: end -->"


def main() -> None:
    """Draw the fake trials that are not there yet, count, write the table."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--draws", type=int, default=100)
    parser.add_argument("--workers", type=int, default=os.cpu_count())
    parser.add_argument("--keep", type=Path, default=Path("results/coverage/fake_trials.csv"))
    options = parser.parse_args()
    keep = options.keep
    keep.parent.mkdir(parents=True, exist_ok=True)
    done = set(pd.read_csv(keep)["draw"]) if keep.exists() else set()
    asked = [draw for draw in range(options.draws) if draw not in done]
    with ProcessPoolExecutor(options.workers) as pool:
        for rows in pool.map(one_draw, asked):
            rows.to_csv(keep, mode="a", index=False, header=not keep.exists())
    rows = pd.read_csv(keep)
    text = page(rows[rows["draw"] < options.draws])
    before, _, rest = REPORT.read_text(encoding="utf-8").partition(BEGIN)
    _, _, after = rest.partition(END)
    write_text(f"{before}{BEGIN}\n{text}\n{END}{after}", REPORT)
    print(text)


@lru_cache
def real() -> tuple[pd.DataFrame, pd.DataFrame, Estimand]:
    """Read units of the mainland, their rates (months x units), and the estimand that leads."""
    study = read_study(Path("config"), STUDY)
    settings = study.settings
    names = source_files(settings, None).items()
    raw = {name: read_csv(data_file(name), columns) for name, columns in names}
    classification = read_classification(Path("config"), int(settings.classification or 0))
    units, _ = build_units(settings, raw, study.areas, classification)
    estimand = next(each for each in study.estimands if each.estimand == MAIN)
    units = units[~left_out(estimand.comparison_rule, units)].reset_index(drop=True)
    rates = read_csv(data_file(RATES), ("kunta", "month", "unemployment_rate_pct"))
    rates = rates[rates["month"].between(FIRST, LAST)]
    wide = rates.pivot(index="month", columns="kunta", values="unemployment_rate_pct")
    wide = wide[units["unit"]].astype(float)
    assert wide.notna().all(axis=None)
    return units.assign(x_log_size=np.log(units["weight_frozen"].astype(float))), wide, estimand


def one_draw(draw: int) -> pd.DataFrame:
    """Estimate every fake trial of one draw in every way."""
    warnings.simplefilter("ignore")
    units, wide, estimand = real()
    rng = np.random.default_rng([draw, 20])
    start = int(rng.integers(BEFORE, len(wide) - AFTER + 1))
    window = wide.iloc[start - BEFORE : start + AFTER]
    level = window.iloc[:BEFORE].mean().to_numpy()
    clusters = units["sub_region"].astype(str)
    size = units["weight_frozen"].astype(float)
    areas = pd.DataFrame(
        {
            "size": size.groupby(clusters).sum(),
            "rate": (size * level).groupby(clusters).sum() / size.groupby(clusters).sum(),
        }
    )
    rows: list[dict[str, Any]] = []
    for (law, pull), number in product(LAWS.items(), NUMBERS):
        odds = pull(areas)
        treated = rng.choice(areas.index, number, replace=False, p=odds / odds.sum())
        fake = fake_units(units, clusters, clusters.isin(treated), window.index[BEFORE])
        facts = {"draw": draw, "law": law, "number": number}
        found = (*of_regressions(fake, window, estimand), *of_methods(fake, window, draw))
        rows += [facts | each for each in found]
    return pd.DataFrame(rows)


def fake_units(
    units: pd.DataFrame, clusters: pd.Series, trial: pd.Series, start: str
) -> pd.DataFrame:
    """Treat some sub-regions from a month on, in place of the areas of the trial."""
    never = pd.Series(pd.NaT, units.index, dtype="period[M]")
    return units.assign(
        arm=np.where(trial, "trial", "control"),
        area=clusters.where(trial),
        cluster=clusters,
        first_treated=never.mask(trial, pd.Period(start, "M")),
    )


def of_regressions(
    units: pd.DataFrame, window: pd.DataFrame, estimand: Estimand
) -> Iterator[dict[str, Any]]:
    """Give each p-value of two-way effects, with and without the size of a municipality."""
    drawn = samples(units, window, estimand)
    for design, covariates in DESIGNS.items():
        for weights, sample in drawn.items():
            asked = sample.estimand.model_copy(update={"covariates": covariates})
            found = tested(sample.frame, asked)
            for inference, p_value in found.p_values.items():
                yield {
                    "design": design,
                    "weights": weights,
                    "inference": inference,
                    "estimate": found.estimate,
                    "p_value": p_value,
                }


def samples(units: pd.DataFrame, window: pd.DataFrame, estimand: Estimand) -> dict[str, Sample]:
    """Draw the two means of each municipality under each weighting, as `estimate_one` does."""
    start = pd.Period(window.index[BEFORE], "M")
    means = (window.iloc[:BEFORE].mean(), window.iloc[BEFORE:].mean())
    cells = pd.concat(
        [cells_of(units, mean, start + at) for at, mean in zip((-1, 0), means, strict=True)],
        ignore_index=True,
    )
    sampler, found = Sampler(cells, units), {}
    span = {"first_period": str(start - 1), "last_period": str(start), "start": None}
    for weights in WEIGHTS:
        asked = span | {"covariates": ["log_size"], "weights": weights}
        found[weights] = sampler.draw(estimand.model_copy(update=asked))
    return found


@dataclass(frozen=True)
class Tested:
    """An estimate, and the p-value of each kind of inference that it has."""

    estimate: float
    p_values: dict[str, float]


def tested(frame: pd.DataFrame, estimand: Estimand) -> Tested:
    """Estimate one fake trial in one way and test it in every way that is counted.

    What `estimate_one` computes besides (other clusters, spatial errors, the match of each area)
    takes two thirds of its time.
    """
    design = design_of(Sample(frame, estimand))
    fitted = fit(frame, design)
    assert fitted is not None
    estimate, seed = float(fitted.params[0]), estimand.seed
    sums = influence(fitted, frame["cluster"])
    if min(frame.groupby("trial")["cluster"].nunique()) < 2:
        sums = sums.iloc[:0]
    by_area = inference_by_area(frame, design, BY_AREA, sums, fitted.params, seed)
    numbers: dict[str, dict[str, float]] = {k: rows[0] for k, rows in by_area.numbers.items()}
    numbers["leading"] = numbers[by_area.leading]
    changes = changes_of(frame, design, fitted)
    if not isinstance(changes, str):
        numbers["conley_taber"] = conley_taber(changes, PERMUTATIONS, seed)
        numbers["ferman_pinto"] = ferman_pinto(changes, PERMUTATIONS, seed)
    p_values = {kind: row.get("p_value", np.nan) for kind, row in numbers.items()}
    p_values["permutation_area"] = permutation_p_value(
        frame, design, estimate, frame["cluster"], PERMUTATIONS, seed
    )
    statistic = studentised(frame, design, frame["cluster"], frame["cluster"])
    assert statistic is not None
    plans = {
        "permutation_t_area": whole_areas(frame),
        "assignment_size_bands": within_size_bands(frame, estimand.assignment.size_bands),
    }
    for kind, plan in plans.items():
        dealt = plan.reason == "ok"
        p_values[kind] = redrawn_p_value(statistic, plan, PERMUTATIONS, seed) if dealt else np.nan
    return Tested(estimate, {kind: p for kind, p in p_values.items() if kind in KINDS})


def cells_of(units: pd.DataFrame, mean: pd.Series, when: pd.Period) -> pd.DataFrame:
    """Make the cells of one period, as contract CELLS has them of published means."""
    return pd.DataFrame(
        {
            "unit": units["unit"],
            "period": when,
            "outcome": MAIN.partition(".")[0],
            "population": "all",
            "stratification": "none",
            "stratum": "all",
            "elapsed": pd.NA,
            "n": pd.NA,
            "n_fewest": pd.NA,
            "n_most": pd.NA,
            "mean": mean.to_numpy(),
            "sum_sq": np.nan,
            "weight": np.nan,
            "sources": "12r5",
        }
    )


def of_methods(units: pd.DataFrame, window: pd.DataFrame, seed: int) -> Iterator[dict[str, Any]]:
    """Give the estimates of methods on the matrix of outcomes, and a test by placebo areas."""
    clusters = units["cluster"].to_numpy(str)
    size = units["weight_frozen"].to_numpy(float)
    for name, weights in product(METHODS, ("municipality", "persons_frozen")):
        w = np.ones(len(units)) if weights == "municipality" else size
        treated = units["arm"].eq("trial").to_numpy()
        matrix = OutcomeMatrix(window.to_numpy().T, treated, BEFORE, w, clusters)
        fit: SyntheticFit = METHODS[name](matrix)
        quick = name == "synthetic DiD"  # the others serve for bias and spread alone
        placebos = placebo_estimates(matrix, METHODS[name], PLACEBOS, seed) if quick else None
        yield {
            "design": name,
            "weights": weights,
            "inference": "placebo",
            "estimate": fit.estimate,
            "p_value": placebo_inference(fit.estimate, placebos).p_value,
        }


def page(rows: pd.DataFrame) -> str:
    """Write errors of estimates and sizes of tests."""
    draws = rows["draw"].nunique()
    noise = 100 * np.sqrt(0.05 * 0.95 / draws)
    head = (
        f"{draws} draws of each kind of fake trial on real unemployment rates of the mainland's "
        f"municipalities, {FIRST} to {LAST}: {BEFORE} months before a start that is drawn, {AFTER} "
        f"after, sub-regions as areas. The truth is zero. Percentage points; tests at 5 %, with a "
        f"standard error of {noise:.1f} points where that is the truth."
    )
    return "\n\n".join([head, errors_table(rows), *(size_table(rows, law) for law in LAWS)])


def errors_table(rows: pd.DataFrame) -> str:
    """Write mean and root mean square of the estimates."""
    each = rows.drop_duplicates(["draw", "law", "number", "design", "weights"])
    heads = [f"{law}, {number}" for law, number in product(LAWS, NUMBERS)]
    lines = ["| bias, RMSE | " + " | ".join(heads) + " |", "|---|" + "---|" * len(heads)]
    for design, weights in each[["design", "weights"]].drop_duplicates().itertuples(index=False):
        mine = each[each["design"].eq(design) & each["weights"].eq(weights)]
        found = mine.groupby(["law", "number"])["estimate"]
        bias, rmse = found.mean(), found.agg(lambda e: float(np.sqrt((e**2).mean())))
        texts = [f"{bias[key]:+.2f}, {rmse[key]:.2f}" for key in product(LAWS, NUMBERS)]
        lines.append(f"| {design}, `{weights}` | " + " | ".join(texts) + " |")
    return "\n".join(lines)


def size_table(rows: pd.DataFrame, law: str) -> str:
    """Write how often each test rejects, among the draws in which it exists."""
    mine = rows[rows["law"].eq(law)]
    columns = list(product(NUMBERS, mine[["design", "weights"]].drop_duplicates().to_numpy()))
    lines = [f"Areas drawn: {law}.", ""]
    lines += ["| design, weights, areas | " + " | ".join(KINDS.values()) + " |"]
    lines.append("|---|" + "---|" * len(KINDS))
    for number, (design, weights) in columns:
        part = mine[mine["number"].eq(number)]
        part = part[part["design"].eq(design) & part["weights"].eq(weights)]
        if part["p_value"].notna().any():
            texts = [_share(part.loc[part["inference"].eq(kind), "p_value"]) for kind in KINDS]
            lines.append(f"| {design}, `{weights}`, {number} | " + " | ".join(texts) + " |")
    return "\n".join(lines)


def _share(p_values: pd.Series) -> str:
    known = p_values.dropna()
    if known.empty:
        return "–"
    few = f" ({len(known)})" if len(known) < len(p_values) else ""
    return f"{100 * (known < 0.05).mean():.0f} %{few}"


if __name__ == "__main__":
    main()
