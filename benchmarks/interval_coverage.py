"""How often the intervals of the main estimands cover their truth, on many synthetic twins.

    python benchmarks/interval_coverage.py [--way states] [--seeds 100] [--scale 0.1] [--keep FILE]

Each seed draws its own persons and shocks of areas and months, in a world with the trial and one
without; the truth is their difference. Straight from states, which `tests/validation` holds against
registers to the cent, a twin of 1:10 takes a minute, but the ledger is not reckoned; the way
through registers has every payer, and takes as long for 1:200. Run by `python run.py simulate`;
writes docs/interval_coverage.md. Rows are kept in a file beside, so that a run that was stopped
goes on where it was.
"""

from __future__ import annotations

import argparse
import os
import sys
import tempfile
import time
import warnings
from collections.abc import Callable
from concurrent.futures import ProcessPoolExecutor
from dataclasses import replace
from functools import partial
from pathlib import Path

import numpy as np
import pandas as pd
from scipy.stats import binom

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))  # for what tests and this share

from tests.validation import direct, direct_costs, promised
from tests.validation.violated import NO_COUNTS

from kuntakokeilu import panel
from kuntakokeilu.cells import cells_of_sums, opened_sums, register_units
from kuntakokeilu.diagnostics import true_effects
from kuntakokeilu.estimation import estimate
from kuntakokeilu.facts import read_classification, read_ledger_rules
from kuntakokeilu.io import write_text
from kuntakokeilu.registers import open_extract, read_adapter, read_contract, read_table
from kuntakokeilu.study import Estimand, Split, Study, read_study
from kuntakokeilu.twin import Paths, World, make_world, simulate_pair, write_extract
from kuntakokeilu.twin.states import State

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
STOCKS = ("2018-02", "2019-02", "2021-02")
PERMUTATIONS = 199
LEAST, MEAN = 0.91, 0.94  # what is asked for
SEVERAL = 3  # Monte Carlo errors
FEW = 100  # twins below which a row of its own says little
LEADS, CR1, CR2, PERMUTED = "leads", "cluster_area", "cr2_area", "permutation_area"
CAUTION = "With so few twins only averages say something, a row of its own next to nothing."
PAGE = """# How often intervals cover the truth

Written by `python benchmarks/interval_coverage.py`, a part of `make simulate`: {seeds} synthetic
twins of 1:{size} with every violation switched off, each with persons and shocks of its own, cells
{way}; {minutes:.0f} minutes of one processor. Covered: the 95 % interval holds the true
effect of the same twin, its difference from the world without the trial. CR1 is clustered by area,
with a t of clusters − 1 degrees of freedom, CR2 has Satterthwaite's; what leads is what words and
stars follow. In the world without the trial the truth is zero: there permuting the treatment over
areas ({permutations} times, t as it is) should reject one time in twenty. The Monte Carlo standard
error of a share is at most {error:.1f} percentage points. {caution}

{summary}

{short}

{biased}

{moved}

| number | leads covers | CR1 | CR2 | no trial: leads | CR1 | CR2 | permuted | error ratio |
|---|---|---|---|---|---|---|---|---|
{by_specification}

`persons` weighs municipalities by their people, so that few large areas decide. (Error) ratio: the
mean standard error of CR1 over the standard deviation of the estimation error; above 1 the
intervals are too wide, below 1 too narrow. Noise is the Monte Carlo error of the bias, width that
of the interval that leads; permuted is how often permuting keeps zero without the trial. Controls
is the part of the bias that the trial makes by what it does to persons counted in control areas:
the estimate with the trial less that without it, less the truth, on average over twins. Persons and
shocks are the same in both worlds, so that it is far more certain than the bias is.

| estimand | twins | leads covers | CR1 | CR2 | permuted | bias | noise | controls | width | ratio |
|---|---|---|---|---|---|---|---|---|---|---|
{table}
"""
Worlds = tuple[pd.DataFrame, pd.DataFrame]


def main() -> None:
    """Run the seeds that are missing, then write the page."""
    options = arguments()
    study = read_study(CONFIG, STUDY)
    keep = options.keep or Path(f"results/coverage/{options.way}.csv")
    keep.parent.mkdir(parents=True, exist_ok=True)
    done = set(pd.read_csv(keep)["seed"]) if keep.exists() else set()
    missing = [seed for seed in range(1, options.seeds + 1) if seed not in done]
    work = partial(one_twin, study=study, scale=options.scale, way=options.way)
    with ProcessPoolExecutor(options.workers, max_tasks_per_child=1) as pool:
        for number, rows in enumerate(pool.map(work, missing), start=1):
            rows.to_csv(keep, mode="a", index=False, header=not keep.exists())
            if number % 10 == 0:
                print(f"{number} of {len(missing)} twins", flush=True)
    rows = pd.read_csv(keep)
    text = page(rows[rows["seed"] <= options.seeds], options)
    write_text(text, Path("docs/interval_coverage.md"))
    print(text)


def arguments() -> argparse.Namespace:
    """Read the command line."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--way", choices=WAYS, default="states")
    parser.add_argument("--seeds", type=int, default=100)
    parser.add_argument("--scale", type=float, default=0.1, help="persons per person in Finland")
    parser.add_argument("--workers", type=int, default=os.cpu_count())
    parser.add_argument("--keep", type=Path, default=None)
    return parser.parse_args()


def one_twin(seed: int, study: Study, scale: float, way: str) -> pd.DataFrame:
    """Make one twin and estimate: a row per estimand and inference, beside the truth."""
    warnings.simplefilter("ignore")
    began = time.process_time()
    settings = study.settings
    twin = settings.source.twin.model_copy(update={"seed": seed, "scale": scale})
    world = make_world(twin, CONFIG)
    untreated, observed = simulate_pair(world)
    cells, without = WAYS[way](study, world, observed, untreated)
    classification = read_classification(CONFIG, settings.classification)
    units = register_units(settings, cells, {}, study.areas, classification)
    by_outcome = [dict(list(each.groupby("outcome"))) for each in (cells, without)]
    rows = [
        of_outcome(name, *(each[name] for each in by_outcome), units, study)
        for name in OUTCOMES
        if name in by_outcome[0]
    ]
    seconds = time.process_time() - began
    return pd.concat(rows, ignore_index=True).assign(seed=seed, seconds=seconds)


def of_outcome(
    outcome: str,
    observed: pd.DataFrame,
    untreated: pd.DataFrame,
    units: pd.DataFrame,
    study: Study,
) -> pd.DataFrame:
    """Estimate what is asked of one outcome in both worlds, and the truth."""
    rows = asked(study, outcome)
    truth = true_effects(observed, untreated, units, rows).set_index("estimand")["truth"]
    found, zero = (inferences(cells, units, rows) for cells in (observed, untreated))
    table = found.join(zero.add_prefix("zero_"), how="left")
    table = table.join(truth, on="estimand").reset_index()
    # What the permutation says of no effect is of use in the world without the trial alone.
    return table.drop(columns=["p_value", "zero_estimate", "zero_std_error"])


def inferences(cells: pd.DataFrame, units: pd.DataFrame, rows: list[Estimand]) -> pd.DataFrame:
    """Give estimate, error, interval and p-value by estimand and inference, `leads` among them."""
    estimates, _ = estimate(cells, units, NO_COUNTS, rows)
    numbers = ["estimate", "std_error", "ci_low", "ci_high", "p_value"]
    leading = estimates[estimates["leading"]].assign(inference=LEADS)
    kept = estimates[estimates["inference"].isin([CR1, CR2, PERMUTED])]
    both = pd.concat([leading, kept], ignore_index=True)
    return both.set_index(["estimand", "inference"])[numbers].astype(float)


def asked(study: Study, outcome: str) -> list[Estimand]:
    """Select the estimands of an outcome whose coverage is asked for."""
    names = {f"{outcome}.{specification}" for specification in SPECIFICATIONS}
    # What leads does not hang on the role; main numbers would be dealt anew in many more ways.
    return [
        each.model_copy(update={"permutations": PERMUTATIONS, "role": "robustness"})
        for each in study.estimands_of(outcome)
        if each.estimand in names
    ]


def from_states(study: Study, world: World, observed: Paths, untreated: Paths) -> Worlds:
    """Make cells of both worlds straight from states, without what needs the ledger."""
    one, zero = (
        direct.stock_cells(world, paths, STOCKS, more=outcomes(world, paths))
        for paths in (observed, untreated)
    )
    return one, zero


def outcomes(world: World, paths: Paths) -> dict[str, np.ndarray]:
    """Tell each outcome of every month and person, by its name in the study."""
    state = paths.state
    told = {
        name: 100.0 * direct.OUTCOMES[name][state]
        for name in ("unemployed", "in_service", "unemployed_or_in_service")
    }
    cents = np.zeros(state.shape, np.int64)
    for t, wages in enumerate(promised.wage_payments(world, paths)):
        np.add.at(cents[t], wages["person"], wages["cents"])
    employed = cents > direct.EMPLOYED_ABOVE
    care = direct_costs.costs_and_care(world, paths, CONFIG, CARE)
    return (
        told
        | {"employed": 100.0 * employed, "earnings": cents / 100}
        | {"open_market_work": 100.0 * (employed & (state != State.SUBSIDISED))}
        | care
        | promised.subsidies(world, paths)
        | promised.sickness(world, paths)
    )


def from_registers(study: Study, world: World, observed: Paths, untreated: Paths) -> Worlds:
    """Make cells of both worlds the whole way, through register files and the ledger."""
    source = study.settings.source
    whole = read_adapter(Path(source.adapter), read_contract(CONFIG))
    tables = {name: files for name, files in whole.tables.items() if name not in UNUSED}
    adapter = whole.model_copy(update={"tables": tables})
    cells = []
    for paths in (observed, untreated):
        with tempfile.TemporaryDirectory(prefix="coverage-") as folder:
            place = Path(folder)
            write_extract(world, paths, CONFIG, adapter, place / "extract")
            opened = replace(
                open_extract(CONFIG, Path(source.adapter), place / "extract"), adapter=adapter
            )
            for table in (table for table in panel.TABLES if table in tables):
                read_table(opened, table, place / "tables" / f"{table}.parquet")
            cells.append(cells_of_tables(study, place))
    return cells[0], cells[1]


def cells_of_tables(study: Study, place: Path) -> pd.DataFrame:
    """Add up the person-months of one world and collapse the populations that are asked for."""
    source = study.settings.source
    estimands = [each for name in OUTCOMES for each in asked(study, name)]
    used = {each.population for each in estimands} | {each.contrast for each in estimands}
    populations = {n: p for n, p in source.populations.items() if n in used}
    columns = {name: str(study.outcomes[name].column) for name in OUTCOMES}
    splits: dict[str, list[Split]] = {}
    for name, each in populations.items():
        whole = Split(name, "none", each.members, (), tuple(columns.values()), ())
        splits.setdefault(each.sample, []).append(whole)
    panel.prepare(
        tables=place / "tables",
        settings=source.panel,
        classification=read_classification(CONFIG, study.settings.classification),
        areas=study.areas,
        start=study.settings.start,
        out=place / "panel",
        samples=list(splits),
        trial_offices=frozenset(study.trial_offices()),
        rules=read_ledger_rules(CONFIG),
        splits=splits,
    )
    parts = []
    for name, each in populations.items():
        with opened_sums([place / "panel" / each.sample]) as con:
            parts.append(cells_of_sums(con, name, columns, {"none": list(columns)}))
    return pd.concat(parts, ignore_index=True)


WAYS: dict[str, Callable[[Study, World, Paths, Paths], Worlds]] = {
    "states": from_states,
    "registers": from_registers,
}
CARE = ("social_assistance", "psychotropic_purchase", "primary_care_visits")


def page(rows: pd.DataFrame, options: argparse.Namespace) -> str:
    """Write the page: a summary, what falls short or is off, and a row per estimand."""
    measured = by_estimand(rows)
    seeds = rows["seed"].nunique()
    means = measured.mean()
    summary = (
        f"Over the {len(measured)} estimands the interval that leads covers "
        f"{percent(means[LEADS])} on average ({100 * MEAN:.0f} % asked for), CR1 "
        f"{percent(means[CR1])}, CR2 {percent(means[CR2])}; without the trial they cover zero "
        f"{percent(means['zero_' + LEADS])}, {percent(means['zero_' + CR1])} and "
        f"{percent(means['zero_' + CR2])} of the time, permuted t {percent(means[PERMUTED])}."
    )
    kinds = [LEADS, CR1, CR2]
    lines = [
        f"| `{name}` | {row['twins']:.0f} | {shares(row, [*kinds, PERMUTED])} | {row['bias']:+.3f} "
        f"| {row['noise']:.3f} | {row['controls']:+.3f} | {row['width']:.2f} "
        f"| {row['ratio']:.2f} |"
        for name, row in measured.iterrows()
    ]
    return PAGE.format(
        seeds=seeds,
        size=round(1 / options.scale),
        way={"states": "straight from states", "registers": "through register files"}[options.way],
        minutes=rows.groupby("seed")["seconds"].first().sum() / 60,
        permutations=PERMUTATIONS,
        error=100 * np.sqrt(0.05 * 0.95 / seeds),
        caution=CAUTION if seeds < FEW else "",
        summary=summary,
        short=shortfalls(measured, seeds),
        biased=biased(measured),
        moved=moved(measured),
        by_specification="\n".join(by_specification(measured)),
        table="\n".join(lines),
    )


def percent(share: float) -> str:
    """Write a share in per cent."""
    return "–" if np.isnan(share) else f"{100 * share:.1f} %"


def shares(row: pd.Series, names: list[str]) -> str:
    """Write shares as cells of a table."""
    return " | ".join(percent(row[name]) for name in names)


def shortfalls(measured: pd.DataFrame, seeds: int) -> str:
    """Name the estimands that cover less often than is asked, beside what chance alone gives."""
    short = measured[measured[LEADS] < LEAST]
    chance = binom.cdf(np.ceil(LEAST * seeds) - 1, seeds, 0.95) * len(measured)
    text = (
        f"Below {100 * LEAST:.0f} % lie {len(short)} estimands by what leads, "
        f"{(measured[CR1] < LEAST).sum()} with CR1 and {(measured[CR2] < LEAST).sum()} with CR2; "
        f"if every interval covered 95 % of the time, chance alone would put {chance:.1f} there."
    )
    named = "; ".join(f"`{name}` {percent(row[LEADS])}" for name, row in short.iterrows())
    return text if short.empty else f"{text} By what leads they are {named}."


def biased(measured: pd.DataFrame) -> str:
    """Name the estimands whose errors do not average to zero."""
    away = measured[measured["bias"].abs() > SEVERAL * measured["noise"]]
    if away.empty:
        return "No average error lies further from zero than three Monte Carlo errors."
    named = "; ".join(
        f"`{name}` {row['bias']:+.2f} ({abs(row['bias'] / row['deviation']):.2f} deviations; "
        f"{row['controls']:+.2f} by what reached the controls)"
        for name, row in away.iterrows()
    )
    return (
        "Further from zero than three Monte Carlo errors lie the average errors of "
        f"{named}; in brackets in standard deviations of the error."
    )


def moved(measured: pd.DataFrame) -> str:
    """Say how much of the truth an estimate finds, since some controls move under the trial.

    Of a truth that is not clearly different from zero over the twins a share says nothing.
    """
    clear = measured[measured["truth"].abs() > SEVERAL * measured["truth_noise"]]
    found = 1 + clear["controls"] / clear["truth"]
    rest = measured["bias"] - measured["controls"]
    away = (rest.abs() > SEVERAL * measured["noise"]).sum()
    return (
        "Everyone is counted where they lived before the start, also those who move: some of the "
        "controls' persons come under the trial, and some of the trial's leave it. The truth holds "
        "the latter; the former take off the estimate what the trial does to them. So estimates "
        f"find {100 * found.quantile(0.25):.0f} to {100 * found.quantile(0.75):.0f} % of the truth "
        f"(middle half of the {len(clear)} estimands with a clear truth; no other violation is "
        f"on). Without this part {away} of {len(measured)} average errors lie further from zero "
        "than three Monte Carlo errors."
    )


def by_specification(measured: pd.DataFrame) -> list[str]:
    """Average over the outcomes, a row per specification."""
    names = measured.index.str.split(".").str[1]
    means = measured.groupby(names, sort=False).mean()
    kinds = [LEADS, CR1, CR2]
    asked_for = [*kinds, *(f"zero_{kind}" for kind in kinds), PERMUTED]
    return [
        f"| `{name}` | {shares(row, asked_for)} | {row['ratio']:.2f} |"
        for name, row in means.iterrows()
    ]


def by_estimand(rows: pd.DataFrame) -> pd.DataFrame:
    """Shares covered, bias, width, and error over the deviation of the error, by estimand."""
    rows = rows.assign(
        error=rows["estimate"] - rows["truth"],
        width=rows["ci_high"] - rows["ci_low"],
        covers=rows["truth"].between(rows["ci_low"], rows["ci_high"]),
        zero=(rows["zero_ci_low"] <= 0) & (rows["zero_ci_high"] >= 0),
        accepts=rows["zero_p_value"] > 0.05,
    )
    # The interval without the trial lies evenly around its estimate.
    without = (rows["zero_ci_low"] + rows["zero_ci_high"]) / 2
    rows = rows.assign(controls=rows["error"] - without)
    of = {kind: mine.groupby("estimand", sort=False) for kind, mine in rows.groupby("inference")}
    found = {kind: of[kind]["covers"].mean() for kind in (LEADS, CR1, CR2)}
    found |= {f"zero_{kind}": of[kind]["zero"].mean() for kind in (LEADS, CR1, CR2)}
    found[PERMUTED] = of[PERMUTED]["accepts"].mean() if PERMUTED in of else np.nan
    cr1 = of[CR1]
    deviation, twins = cr1["error"].std(), cr1.size()
    return pd.DataFrame(
        found
        | {
            "twins": twins,
            "bias": cr1["error"].mean(),
            "deviation": deviation,
            "noise": deviation / np.sqrt(twins),
            "controls": of[LEADS]["controls"].mean(),
            "truth": cr1["truth"].mean(),
            "truth_noise": cr1["truth"].std() / np.sqrt(twins),
            "width": of[LEADS]["width"].mean(),
            "ratio": cr1["std_error"].mean() / deviation,
        }
    ).loc[list(dict.fromkeys(rows["estimand"]))]


if __name__ == "__main__":
    main()
