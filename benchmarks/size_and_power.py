"""Size, power and coverage of every kind of inference on simulated panels.

Run by `python run.py simulate`; writes the measured tables into docs/validation.md.
"""

from __future__ import annotations

import os
import time
import warnings
import zlib
from concurrent.futures import ProcessPoolExecutor
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from scipy import stats

from kuntakokeilu.cells import build_units, source_files
from kuntakokeilu.cells.simulate import ar1, simulate_panel, simulate_persons
from kuntakokeilu.diagnostics.pretrends import (
    as_event_study,
    clustered_pre_trend_test,
    permuted_pre_trend_test,
    pre_trend_slope,
)
from kuntakokeilu.estimation import Design, Term, draw_sample, estimate_one, fit, influence
from kuntakokeilu.estimation.few_clusters import inference_by_area
from kuntakokeilu.facts import period, read_classification
from kuntakokeilu.io import read_csv, write_text
from kuntakokeilu.study import Estimand, Study, left_out, read_study

STUDY = "simulated_2021"
REAL = "open_2021"  # whose areas and labour force the panels of the table by weights have
DATA = Path(os.environ.get("KUNTAKOKEILU_DATA", "../shared/data"))
REAL_PANELS = 1000
ESTIMAND = "employment_rate.main"
PANELS = 500
PERMUTATIONS = 999
RANDOM_AREAS = 25
SEEDS = 400
EFFECTS = (0.25, 0.5, 0.75, 1.0)
SPAN = pd.period_range("2018-03", "2024-12", freq="M")
REPORT = Path("docs/validation.md")
BEGIN, END = "<!-- simulate: begin -->", "<!-- simulate: end -->"

LAWS = {
    "random": f"{RANDOM_AREAS} sub-regions drawn anew for each panel",
    "study": "the trial areas as they were",
}
WEIGHTS = ("municipality", "area", "persons_frozen")
SHOCKS = {
    "equal": "areas of equal variance",
    "growing": "variance that grows with the root of an area's labour force",
}
KINDS = {
    "leading": "the leading row",
    "cluster_area": "CR1",
    "cr2_area": "CR2, Satterthwaite's degrees of freedom",
    "cr2_exact_area": "CR2, exact distribution",
    "cr3_area": "CR3",
}
TESTS = {
    "leading": "the leading row, which words and stars follow",
    "cluster_area": "clustered by area",
    "cluster_municipality": "clustered by municipality",
    "permutation_area": "permutation of whole areas",
    "permutation_municipality": "permutation of municipalities",
    "pre_trend": "pre-trends, areas dealt at random",
    "pre_trend_clustered": "pre-trends, joint test clustered by area",
    "pre_trend_slope": "pre-trends, linear drift clustered by area",
}


def main() -> None:
    """Simulate, count rejections, write the tables."""
    began = time.monotonic()
    study = read_study(Path("config"), STUDY)
    settings = study.settings
    year = int(settings.classification or 0)
    units, _ = build_units(settings, {}, study.areas, read_classification(Path("config"), year))
    estimand = next(e for e in study.estimands if e.estimand == ESTIMAND)
    estimand = estimand.model_copy(update={"permutations": PERMUTATIONS})
    results = {law: simulate(study, units, estimand, law) for law in LAWS}
    covered = coverage(study, units)
    parts = [tables(results, time.monotonic() - began), by_weights(study)]
    text = "\n\n".join([*parts, coverage_table(covered)])
    before, _, rest = REPORT.read_text(encoding="utf-8").partition(BEGIN)
    _, _, after = rest.partition(END)
    write_text(f"{before}{BEGIN}\n{text}\n{END}{after}", REPORT)
    print(text)


def simulate(study: Study, units: pd.DataFrame, estimand: Estimand, law: str) -> pd.DataFrame:
    """Return one row per panel: the estimate, its standard error, and all p-values."""
    work = partial(one_panel, study=study, units=units, estimand=estimand, law=law)
    rows = []
    with ProcessPoolExecutor(os.cpu_count()) as pool:
        for number, row in enumerate(pool.map(work, range(PANELS), chunksize=5), start=1):
            rows.append(row)
            if number % 50 == 0:
                print(f"{law}: {number} of {PANELS} panels", flush=True)
    return pd.DataFrame(rows)


def one_panel(
    seed: int, study: Study, units: pd.DataFrame, estimand: Estimand, law: str
) -> dict[str, float]:
    """Simulate one panel without an effect and test for one in every way."""
    warnings.simplefilter("ignore")
    if law == "random":
        units = random_areas(units, estimand.comparison_rule.exclude_regions, seed)
        frequency = study.settings.frequency
        start = period(str(study.settings.start), frequency)
        never = pd.Series(pd.NaT, index=units.index, dtype=f"period[{frequency}]")
        units = units.assign(first_treated=never.mask(units["arm"] == "trial", start))
    process = study.settings.source.outcomes[estimand.outcome].model_copy(update={"effect": 0.0})
    span = pd.period_range(*study.span_of(estimand.outcome), freq=study.settings.frequency)
    cells = simulate_panel(units, span, process, seed, stream=0).assign(
        outcome=estimand.outcome, population="all", stratification="none", sources="simulated"
    )
    counts = pd.DataFrame({"unit": units["unit"], "n_persons": 0, "population": "all"}).assign(
        stratification="none"
    )
    rows, _ = estimate_one(cells, units, counts, estimand)
    leading = rows.loc[rows["leading"], "p_value"].iloc[0]
    rows = rows.set_index("inference")
    joint = clustered_pre_trend_test(draw_sample(cells, units, as_event_study(estimand)))
    slope = pre_trend_slope(draw_sample(cells, units, estimand))
    assert joint is not None and slope is not None
    return {
        "estimate": rows.loc["cluster_area", "estimate"],
        "std_error": rows.loc["cluster_area", "std_error"],
        "degrees_of_freedom": rows.loc["cluster_area", "degrees_of_freedom"],
        **rows["p_value"].to_dict(),
        "leading": leading,
        "pre_trend": permuted_pre_trend_test(draw_sample(cells, units, as_event_study(estimand))),
        "pre_trend_clustered": joint.p_value,
        "pre_trend_slope": slope.p_value,
    }


def by_weights(study: Study, panels: int = REAL_PANELS) -> str:
    """Count false rejections with the real areas and labour force, by weights and shocks."""
    units = real_units()
    process = study.settings.source.outcomes[ESTIMAND.split(".", maxsplit=1)[0]]
    rates = {
        (weights, shocks): rejections(units, process, weights, shocks, panels)
        for weights in WEIGHTS
        for shocks in SHOCKS
    }
    noise = 100 * np.sqrt(0.05 * 0.95 / panels)
    lines = [
        f"With the areas and the labour force of `{REAL}` ({units['cluster'].nunique()} clusters), "
        f"{panels:,} panels without an effect for each column, nominal level 5 %, measured with a "
        f"standard error of {noise:.1f} points:",
        "",
        "| weights, shocks common to areas | degrees of freedom of CR2 | which leads | "
        + " | ".join(KINDS.values())
        + " |",
        "|---|---|---|" + "---|" * len(KINDS),
    ]
    for (weights, shocks), found in rates.items():
        shares = " | ".join(f"{100 * (found[kind] < 0.05).mean():.1f} %" for kind in KINDS)
        lead = found["kind"].mode().iloc[0]
        lines.append(
            f"| `{weights}`, {SHOCKS[shocks]} | {found['degrees'].iloc[0]:.1f} | `{lead}` "
            f"| {shares} |"
        )
    return "\n".join(lines)


def real_units() -> pd.DataFrame:
    """Read the compared units of a study of open data, with their labour force."""
    study = read_study(Path("config"), REAL)
    settings = study.settings
    raw = {n: read_csv(DATA / n, columns) for n, columns in source_files(settings, None).items()}
    classification = read_classification(Path("config"), int(settings.classification or 0))
    units, _ = build_units(settings, raw, study.areas, classification)
    rule = next(e for e in study.estimands if e.role == "main").comparison_rule
    return units[~left_out(rule, units)].reset_index(drop=True)


def rejections(
    units: pd.DataFrame, process: Any, weights: str, shocks: str, panels: int
) -> pd.DataFrame:
    """P-values of every kind of inference by area, one row per panel.

    A balanced panel with one start is as good as one change per unit: estimate, CR2 and CR3 of
    the regression with unit and period effects are those of the regression of the change on the
    arm. CR1's factor differs in the fourth digit.
    """
    work = partial(
        one_change, units=units, process=process, weights=weights, shocks=shocks, span=SPAN
    )
    with ProcessPoolExecutor(os.cpu_count()) as pool:
        return pd.DataFrame(list(pool.map(work, range(panels), chunksize=25)))


def one_change(
    seed: int, units: pd.DataFrame, process: Any, weights: str, shocks: str, span: pd.PeriodIndex
) -> dict[str, Any]:
    """Simulate one panel, take each unit's change, and test it for an effect."""
    warnings.simplefilter("ignore")
    quiet = process.model_copy(update={"effect": 0.0, "area_shock_sd": 0.0, "selection_level": 0.0})
    rows = simulate_panel(units, span, quiet, seed, stream=0)
    wide = rows["mean"].to_numpy().reshape(len(units), len(span))
    clusters, codes = np.unique(units["cluster"].to_numpy(str), return_inverse=True)
    size = np.bincount(codes, units["weight_frozen"])
    scale = np.ones(len(clusters)) if shocks == "equal" else (size / np.median(size)) ** 0.25
    rng = np.random.default_rng([seed, 3])
    common = ar1(rng, len(clusters), len(span), process.persistence) * scale[:, None]
    wide = wide + process.area_shock_sd * common[codes]
    after = span >= units["first_treated"].dropna().iloc[0]
    persons = units["weight_frozen"].to_numpy(float)
    by_area = 1 / units.groupby("cluster")["unit"].transform("size").to_numpy(float)
    w = {"municipality": np.ones(len(units)), "area": by_area, "persons_frozen": persons}
    frame = units[["unit", "cluster"]].assign(
        y=wide[:, after].mean(axis=1) - wide[:, ~after].mean(axis=1), w=w[weights]
    )
    trial = (units["arm"] == "trial").astype(float)
    design = Design(pd.DataFrame({"att": trial, "const": 1.0}), [Term("att", "att")], None)
    fitted = fit(frame, design)
    assert fitted is not None
    sums = influence(fitted, frame["cluster"])
    kinds = ("cr2_area", "cr2_exact_area", "cr3_area")
    found = inference_by_area(frame, design, kinds, sums, fitted.params, seed)
    p_values = {kind: numbers[0]["p_value"] for kind, numbers in found.numbers.items()}
    return p_values | {
        "leading": p_values[found.leading],
        "kind": found.leading,
        "degrees": found.numbers["cr2_area"][0]["degrees_of_freedom"],
    }


def coverage(study: Study, units: pd.DataFrame) -> pd.DataFrame:
    """Run the demonstration under many seeds; return error and standard error of each."""
    work = partial(one_demonstration, study=study, units=units)
    rows = []
    with ProcessPoolExecutor(os.cpu_count()) as pool:
        for number, part in enumerate(pool.map(work, range(1, SEEDS + 1), chunksize=5), start=1):
            rows += part
            if number % 50 == 0:
                print(f"demonstration: {number} of {SEEDS} seeds", flush=True)
    return pd.DataFrame(rows)


def one_demonstration(seed: int, study: Study, units: pd.DataFrame) -> list[dict[str, Any]]:
    """Estimate the main estimands of the demonstration under another seed."""
    warnings.simplefilter("ignore")
    settings = study.settings
    persons = simulate_persons(units, settings.source, seed)
    units = units.assign(weight_frozen=persons.astype(float))
    counts = pd.DataFrame({"unit": units["unit"], "n_persons": 0, "population": "all"}).assign(
        stratification="none"
    )
    rows = []
    for name, process in settings.source.outcomes.items():
        span = pd.period_range(*study.span_of(name), freq=settings.frequency)
        stream = zlib.crc32(name.encode())
        cells = simulate_panel(units, span, process, seed, stream).assign(
            outcome=name, population="all", stratification="none", sources="simulated"
        )
        for estimand in study.estimands_of(name):
            if estimand.role == "main":
                quick = estimand.model_copy(update={"permutations": 99})
                found, _ = estimate_one(cells, units, counts, quick)
                row = found[found["inference"] == "cluster_area"].iloc[0]
                error = row["estimate"] - process.effect
                facts = {"outcome": name, "weights": estimand.weights}
                rows.append(facts | {"errors": error / row["std_error"]})
    return rows


def coverage_table(covered: pd.DataFrame) -> str:
    """Write how often the truth lies within two standard errors."""
    inside = covered["errors"].abs().le(2)
    shares = inside.groupby([covered["outcome"], covered["weights"]], sort=False).mean().unstack()
    shares = shares[list(dict.fromkeys(covered["weights"]))]
    lines = [
        f"The demonstration under the seeds 1 to {SEEDS}: share of estimates within two standard "
        "errors of the truth, clustered by area.",
        "",
        "| outcome | " + " | ".join(f"weights `{name}`" for name in shares) + " |",
        "|---|" + "---|" * shares.shape[1],
    ]
    for name, row in shares.iterrows():
        lines.append(f"| `{name}` | " + " | ".join(f"{100 * share:.1f} %" for share in row) + " |")
    return "\n".join(lines)


def random_areas(units: pd.DataFrame, excluded: list[str], seed: int) -> pd.DataFrame:
    """Give the treatment to sub-regions drawn at random instead of the study's areas."""
    rng = np.random.default_rng([seed, 2])
    eligible = sorted(units.loc[~units["region"].isin(excluded), "sub_region"].unique())
    drawn = rng.choice(eligible, RANDOM_AREAS, replace=False)
    trial = units["sub_region"].isin(drawn)
    return units.assign(
        arm=np.where(trial, "trial", "control"),
        area=units["sub_region"].where(trial),
        cluster=units["sub_region"],
    )


def tables(results: dict[str, pd.DataFrame], seconds: float) -> str:
    """Write the measured rejection rates as Markdown."""
    noise = 100 * np.sqrt(0.05 * 0.95 / PANELS)
    lines = [
        f"{PANELS} panels without an effect for each way of assigning areas, nominal level 5 %; "
        f"a rate that is 5 % in truth is measured with a standard error of {noise:.1f} points. "
        f"Permutation tests with {PERMUTATIONS} draws. Took {seconds / 60:.0f} minutes.",
        "",
        "| test | " + " | ".join(LAWS.values()) + " |",
        "|---|" + "---|" * len(LAWS),
    ]
    for name, label in TESTS.items():
        rates = [f"{100 * (frame[name] < 0.05).mean():.1f} %" for frame in results.values()]
        lines.append(f"| {label} | " + " | ".join(rates) + " |")
    lines += ["", "| of the estimate | " + " | ".join(LAWS.values()) + " |"]
    lines.append("|---|" + "---|" * len(LAWS))
    facts = {
        "mean (truth 0)": lambda f: f"{f['estimate'].mean():+.3f}",
        "standard deviation": lambda f: f"{f['estimate'].std():.3f}",
        "mean standard error, clustered by area": lambda f: f"{f['std_error'].mean():.3f}",
    }
    for label, fact in facts.items():
        lines.append(f"| {label} | " + " | ".join(fact(f) for f in results.values()) + " |")
    lines += [
        "",
        "Power of the test clustered by area, from the same panels: adding an effect moves a "
        "two-way fixed effects estimate by exactly that effect and leaves its standard error.",
        "",
        "| true effect, percentage points | " + " | ".join(LAWS.values()) + " |",
        "|---|" + "---|" * len(LAWS),
    ]
    for effect in EFFECTS:
        shares = [f"{100 * power(frame, effect):.0f} %" for frame in results.values()]
        lines.append(f"| {effect} | " + " | ".join(shares) + " |")
    return "\n".join(lines)


def power(frame: pd.DataFrame, effect: float) -> float:
    """Share of panels in which an added effect would have been found."""
    critical = stats.t(frame["degrees_of_freedom"]).ppf(0.975)
    return float(((frame["estimate"] + effect).abs() / frame["std_error"] > critical).mean())


if __name__ == "__main__":
    main()
