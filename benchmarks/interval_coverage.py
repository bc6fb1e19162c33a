"""How often the intervals of the main estimands cover their truth, on many synthetic twins.

    python benchmarks/interval_coverage.py [--seeds 200] [--scale 0.005] [--keep FILE]

Each seed draws its own persons and shocks of areas and months, in a world with the trial and one
without; both go the whole way through register files, person-months and cells, and the truth is
their difference. Run by `python run.py simulate`; writes docs/interval_coverage.md. Rows are kept
in a file beside, so that a run that was stopped goes on where it was.
"""

from __future__ import annotations

import argparse
import os
import shutil
import tempfile
import time
import warnings
from concurrent.futures import ProcessPoolExecutor
from dataclasses import replace
from functools import partial
from pathlib import Path

import numpy as np
import pandas as pd
from scipy.stats import binom

from kuntakokeilu import panel
from kuntakokeilu.cells import collapse, outcome_cells, register_units
from kuntakokeilu.estimation import (
    Sample,
    cells_by_population,
    draw_sample,
    fit,
    influence,
    not_identified,
)
from kuntakokeilu.estimation.clustered import t_inference
from kuntakokeilu.estimation.contrast import design_of
from kuntakokeilu.estimation.cross_products import cross_products
from kuntakokeilu.estimation.small_sample import small_sample_of
from kuntakokeilu.facts import read_classification, read_ledger_rules
from kuntakokeilu.io import write_text
from kuntakokeilu.registers import open_extract, read_adapter, read_contract, read_table
from kuntakokeilu.study import Estimand, Study, read_study
from kuntakokeilu.twin import make_world, simulate_pair, write_extract

CONFIG = Path("config")
STUDY = "evaluation_2021"
# Outcomes whose main numbers are asked for: employment, cost by each financier, wellbeing.
OUTCOMES = (
    *("employed", "open_market_work", "earnings", "unemployed", "in_service"),
    *("unemployed_or_in_service", "municipal_subsidy", "municipal_services", "county"),
    *("state_benefits", "state_services", "state_transfers", "employment_fund"),
    *("unemployment_funds", "social_insurance", "net_public_core", "shifted", "social_assistance"),
    *("sickness_days", "psychotropic_purchase", "primary_care_visits"),
)
# Tables that tell nothing of these outcomes are neither written nor read.
UNUSED = (
    *("jobseeker_residence", "jobseeker_office", "jobseeker_diagnosis", "plans", "ura_plans"),
    *("ura_contacts", "ura_job_offers", "pensions", "survey"),
)
SPECIFICATIONS = ("main", "persons", "total", "others", "relative")
LEAST, MEAN = 0.91, 0.94  # what is asked for
FEW = 100  # twins below which a row of its own says little
CAUTION = " With so few twins only the average says something, a row of its own next to nothing."
PAGE = """# How often intervals cover the truth

Written by `python benchmarks/interval_coverage.py`, a part of `make simulate`. {seeds}
synthetic twins of 1:{size} with every violation switched off, each with persons and shocks of its
own; {minutes:.0f} minutes on {cores} cores. Covered: the 95 % interval holds the true effect
of the same twin. CR1 is clustered by area with a t of clusters − 1 degrees of freedom, and
what words and stars follow where CR2 has 20 or more; CR2 has Satterthwaite's degrees of freedom.
The Monte Carlo standard error of a share is at most
{error:.1f} percentage points at {seeds} twins.

{summary}{caution}

{short}

{biased}

| number | CR1 covers | CR2 covers | CR1 without the trial | error over deviation |
|---|---|---|---|---|
{by_specification}

`persons` weighs municipalities by their people, so that few large areas decide: there CR1 is
least good, and CR2 with its few degrees of freedom covers somewhat more often than it says.
Without the trial: the same numbers in the world without it, where the truth is zero,
so that no difference of effects between areas can widen the interval. Error over deviation: the
mean standard error over the standard deviation of the estimation error; above 1 the intervals are
too wide, below 1 too narrow.

{table}
"""


def main() -> None:
    """Run the seeds that are missing, then write the page."""
    options = arguments()
    study = read_study(CONFIG, STUDY)
    began = time.monotonic()
    options.keep.parent.mkdir(parents=True, exist_ok=True)
    done = set(pd.read_csv(options.keep)["seed"]) if options.keep.exists() else set()
    missing = [seed for seed in range(1, options.seeds + 1) if seed not in done]
    work = partial(one_twin, study=study, scale=options.scale)
    with ProcessPoolExecutor(options.workers) as pool:
        for number, rows in enumerate(pool.map(work, missing), start=1):
            rows.to_csv(options.keep, mode="a", index=False, header=not options.keep.exists())
            if number % 10 == 0:
                print(f"{number} of {len(missing)} twins", flush=True)
    rows = pd.read_csv(options.keep)
    seconds = float(rows.groupby("seed")["seconds"].first().sum()) / options.workers
    text = page(rows, options, max(seconds, time.monotonic() - began))
    write_text(text, Path("docs/interval_coverage.md"))
    print(text)


def arguments() -> argparse.Namespace:
    """Read the command line."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--seeds", type=int, default=200)
    parser.add_argument("--scale", type=float, default=0.005, help="persons per person in Finland")
    parser.add_argument("--workers", type=int, default=os.cpu_count())
    parser.add_argument("--keep", type=Path, default=Path("results/coverage/rows.csv"))
    return parser.parse_args()


def one_twin(seed: int, study: Study, scale: float) -> pd.DataFrame:
    """Make one twin and estimate: a row per estimand with the errors of CR1 and CR2."""
    warnings.simplefilter("ignore")
    began = time.perf_counter()
    folder = Path(tempfile.mkdtemp(prefix="coverage-"))
    try:
        worlds = make_cells(seed, study, scale, folder)
    finally:
        shutil.rmtree(folder, ignore_errors=True)
    settings = study.settings
    classification = read_classification(CONFIG, settings.classification)
    units = register_units(settings, worlds[0], {}, study.areas, classification)
    rows = [
        row
        for name in OUTCOMES
        for row in of_outcome(*(outcome_cells(cells, name) for cells in worlds), units, study, name)
    ]
    return pd.DataFrame(rows).assign(seed=seed, seconds=time.perf_counter() - began)


def of_outcome(
    observed: pd.DataFrame, untreated: pd.DataFrame, units: pd.DataFrame, study: Study, name: str
) -> list[dict[str, float]]:
    """Estimate what is asked of one outcome, each beside its truth."""
    truths: dict[str, float] = {}
    rows = []
    with_trial, without_trial = cells_by_population(observed), cells_by_population(untreated)
    for estimand in asked(study, name):
        sample = draw_sample(with_trial(estimand), units, estimand)
        without = draw_sample(without_trial(estimand), units, estimand)
        specification = estimand.estimand.split(".")[1]
        if estimand.contrast is None:
            truths[specification] = truth_of(sample.frame, without.frame)
        else:  # nothing of the others' difference is taken for a spillover
            truths[specification] = truths["main"] - truths["others"]
        found = estimated(sample)
        if found:
            about = {"estimand": estimand.estimand, "truth": truths[specification]}
            zero = {f"zero_{name}": value for name, value in by_cr1(without).items()}
            rows.append(about | found | zero)
    return rows


def truth_of(one: pd.DataFrame, zero: pd.DataFrame) -> float:
    """Average what the trial changed in the trial arm's cells, as `diagnostics.true_effects`."""
    both = one.merge(zero[["unit", "period", "y"]], on=["unit", "period"], suffixes=("", "_zero"))
    treated = both[both["treated"]]
    if treated.empty:
        return np.nan
    return float(np.average(treated["y"] - treated["y_zero"], weights=treated["w"]))


def asked(study: Study, outcome: str) -> list[Estimand]:
    """Select the estimands of an outcome whose coverage is asked for."""
    names = {f"{outcome}.{specification}" for specification in SPECIFICATIONS}
    return [each for each in study.estimands_of(outcome) if each.estimand in names]


def make_cells(seed: int, study: Study, scale: float, folder: Path) -> list[pd.DataFrame]:
    """Simulate a twin; cells of the world with the trial, and of the one without."""
    source = study.settings.source
    twin = source.twin.model_copy(update={"seed": seed, "scale": scale})
    world = make_world(twin, CONFIG)
    untreated, observed = simulate_pair(world)
    whole = read_adapter(Path(source.adapter), read_contract(CONFIG))
    tables = {name: files for name, files in whole.tables.items() if name not in UNUSED}
    adapter = whole.model_copy(update={"tables": tables})
    cells = []
    for name, paths in (("observed", observed), ("untreated", untreated)):
        place = folder / name
        write_extract(world, paths, CONFIG, adapter, place / "extract")
        opened = replace(
            open_extract(CONFIG, Path(source.adapter), place / "extract"), adapter=adapter
        )
        for table in (table for table in panel.TABLES if table in tables):
            read_table(opened, table, place / "tables" / f"{table}.parquet")
        cells.append(cells_of(study, place))
        shutil.rmtree(place)
    return cells


def cells_of(study: Study, place: Path) -> pd.DataFrame:
    """Prepare person-months of one world and collapse the populations that are asked for."""
    source = study.settings.source
    estimands = [each for name in OUTCOMES for each in asked(study, name)]
    used = {each.population for each in estimands} | {each.contrast for each in estimands}
    populations = {n: p for n, p in source.populations.items() if n in used}
    outcomes = {name: study.outcomes[name].column for name in OUTCOMES}
    panel.prepare(
        tables=place / "tables",
        settings=source.panel,
        classification=read_classification(CONFIG, study.settings.classification),
        areas=study.areas,
        start=study.settings.start,
        out=place / "panel",
        samples=sorted({population.sample for population in populations.values()}),
        trial_offices=frozenset(study.trial_offices()),
        rules=read_ledger_rules(CONFIG),
        columns=outcomes.values(),
    )
    parts = [
        collapse(place / "panel" / f"{p.sample}.parquet", name, p.members, {}, outcomes)[0]
        for name, p in populations.items()
    ]
    return pd.concat(parts, ignore_index=True)


def estimated(sample: Sample) -> dict[str, float]:
    """Estimate one number with its intervals by CR1 and CR2; nothing if it is not identified."""
    row = by_cr1(sample)
    if not row:
        return {}
    design = design_of(sample)
    products = cross_products(sample.frame, design, sample.frame["cluster"])
    if products is not None:
        small = small_sample_of(products, [design.terms[0].column]).iloc[0]
        degrees = small["cr2_degrees_of_freedom"]
        row |= intervals("cr2", row["estimate"], small["cr2_std_error"], degrees)
    return row


def by_cr1(sample: Sample) -> dict[str, float]:
    """Estimate one number with its interval by CR1; nothing if it is not identified."""
    if not_identified(sample) is not None:
        return {}
    fitted = fit(sample.frame, design_of(sample))
    if fitted is None:
        return {}
    estimate = float(fitted.params[0])
    sums = influence(fitted, sample.frame["cluster"])
    std_error = float(np.sqrt((sums[0] ** 2).sum()))
    return {"estimate": estimate} | intervals("cr1", estimate, std_error, len(sums) - 1)


def intervals(kind: str, estimate: float, std_error: float, degrees: float) -> dict[str, float]:
    """Name an interval by its kind."""
    numbers = t_inference(estimate, std_error, degrees)
    return {f"{kind}_{name}": numbers[name] for name in ("std_error", "ci_low", "ci_high")}


def page(rows: pd.DataFrame, options: argparse.Namespace, seconds: float) -> str:
    """Write the page: a summary, what falls short or is off, and a row per estimand."""
    rows = rows[rows["seed"] <= options.seeds]
    measured = by_estimand(rows)
    seeds = rows["seed"].nunique()
    summary = (
        f"Over the {len(measured)} estimands CR1 covers {percent(measured['cr1'].mean())} on "
        f"average ({100 * MEAN:.0f} % asked for) and CR2 {percent(measured['cr2'].mean())}; "
        f"without the trial CR1 covers zero {percent(measured['zero'].mean())} of the time."
    )
    lines = [
        "| estimand | twins | CR1 covers | CR2 covers | CR1 without the trial | bias "
        "| its Monte Carlo error | error over deviation |",
        "|---|---|---|---|---|---|---|---|",
    ]
    for name, row in measured.iterrows():
        shares = " | ".join(percent(row[kind]) for kind in ("cr1", "cr2", "zero"))
        lines.append(
            f"| `{name}` | {row['twins']:.0f} | {shares} "
            f"| {row['bias']:+.3f} | {row['noise']:.3f} | {row['ratio']:.2f} |"
        )
    return PAGE.format(
        seeds=seeds,
        size=round(1 / options.scale),
        minutes=seconds / 60,
        cores=options.workers,
        error=100 * np.sqrt(0.05 * 0.95 / seeds),
        summary=summary,
        caution=CAUTION if seeds < FEW else "",
        short=shortfalls(measured, seeds),
        biased=biased(measured),
        by_specification="\n".join(by_specification(measured)),
        table="\n".join(lines),
    )


def percent(share: float) -> str:
    """Write a share in per cent."""
    return f"{100 * share:.1f} %"


def shortfalls(measured: pd.DataFrame, seeds: int) -> str:
    """Name the estimands that cover less often than is asked, beside what chance alone gives."""
    short = measured[measured["cr1"] < LEAST]
    chance = binom.cdf(np.ceil(LEAST * seeds) - 1, seeds, 0.95) * len(measured)
    text = (
        f"Below {100 * LEAST:.0f} % lie {len(short)} estimands with CR1 and "
        f"{(measured['cr2'] < LEAST).sum()} with CR2; if every interval covered 95 % of the time, "
        f"chance alone would put {chance:.1f} there."
    )
    if short.empty:
        return text
    named = "; ".join(
        f"`{name}` {percent(row['cr1'])} (CR2 {percent(row['cr2'])})"
        for name, row in short.iterrows()
    )
    return f"{text} With CR1 they are {named}: a matter for inference with few clusters."


def biased(measured: pd.DataFrame) -> str:
    """Name the estimands whose errors do not average to zero."""
    away = measured[measured["bias"].abs() > 3 * measured["noise"]]
    if away.empty:
        return "No average error lies further from zero than three Monte Carlo errors."
    named = "; ".join(
        f"`{name}` {row['bias']:+.2f} ({row['bias_without']:+.2f})" for name, row in away.iterrows()
    )
    size = (away["bias"].abs() / away["noise"] / np.sqrt(away["twins"])).max()
    return (
        "Further from zero than three Monte Carlo errors lie the average errors of "
        f"{named}, at most {size:.2f} standard deviations of the error; in brackets what the "
        "world without the trial gives. It is no drift of the arms: municipalities of a few "
        "persons keep the long-term unemployed of the earlier stock in the later one, and drop out "
        "when they have nobody in one of the two. Larger twins do not show it (docs/twin.md)."
    )


def by_specification(measured: pd.DataFrame) -> list[str]:
    """Average over the outcomes, a row per specification."""
    names = measured.index.str.split(".").str[1]
    means = measured.groupby(names, sort=False)[["cr1", "cr2", "zero", "ratio"]].mean()
    return [
        f"| `{name}` | {percent(row['cr1'])} | {percent(row['cr2'])} | {percent(row['zero'])} "
        f"| {row['ratio']:.2f} |"
        for name, row in means.iterrows()
    ]


def by_estimand(rows: pd.DataFrame) -> pd.DataFrame:
    """Shares covered, bias, and standard error over the deviation of the error, by estimand."""
    error = rows["estimate"] - rows["truth"]
    inside = {
        kind: rows["truth"].between(rows[f"{kind}_ci_low"], rows[f"{kind}_ci_high"])
        for kind in ("cr1", "cr2")
    }
    inside["zero"] = (rows["zero_cr1_ci_low"] <= 0) & (rows["zero_cr1_ci_high"] >= 0)
    groups = rows.assign(error=error, **inside).groupby("estimand", sort=False)
    deviation = groups["error"].std()
    twins = groups.size()
    return pd.DataFrame(
        {
            "twins": twins,
            "cr1": groups["cr1"].mean(),
            "cr2": groups["cr2"].mean(),
            "zero": groups["zero"].mean(),
            "bias": groups["error"].mean(),
            "bias_without": groups["zero_estimate"].mean(),
            "noise": deviation / np.sqrt(twins),
            "ratio": groups["cr1_std_error"].mean() / deviation,
        }
    )


if __name__ == "__main__":
    main()
