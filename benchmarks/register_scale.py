"""Time and memory from raw register files to cells, from 1:100 to the size of Finland.

Run by `python run.py bench`; prints Markdown tables, for docs/scale.md. Each step runs in a process
of its own, so that its peak memory is its own. Making the synthetic extract is not counted: with
real registers the files are there. Needs some 20 GB of disk at 1:1.

    python benchmarks/register_scale.py [--scales 0.01 0.1 1] [--folder FOLDER]
"""

from __future__ import annotations

import argparse
import json
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

import duckdb
import numpy as np
import pandas as pd

from kuntakokeilu import panel
from kuntakokeilu.cells import cells_of_sums, collapse, counts_of_sums, opened_sums
from kuntakokeilu.contracts import FLOW_STEPS, REGISTER_SAMPLES
from kuntakokeilu.facts import read_classification, read_ledger_rules
from kuntakokeilu.registers import (
    Extract,
    extract_files,
    open_extract,
    read_adapter,
    read_contract,
    read_table,
)
from kuntakokeilu.study import (
    RegisterSource,
    TwinSettings,
    read_study,
    splits_of,
    wanted_cells,
)
from kuntakokeilu.twin import make_world, simulate_pair, write_extract

CONFIG = Path("config")
STUDY = "evaluation_2021"  # the whole plan
SCALES = (0.01, 0.03, 0.1, 0.3, 1.0)
SEED = 1
STEPS = ("extract", "tables", "sums", "collapse")
COUNTED = STEPS[1:]


def extract(folder: Path, scale: float) -> dict[str, float]:
    """Write the register files of the world with the trial."""
    world = make_world(TwinSettings(seed=SEED, scale=scale), CONFIG)
    adapter = read_adapter(Path(source().adapter), read_contract(CONFIG))
    _, observed = simulate_pair(world)
    files = write_extract(world, observed, CONFIG, adapter, folder / "extract")
    return {"megabytes": sum(path.stat().st_size for path in files) / 1e6}


def tables(folder: Path, _: float) -> dict[str, float]:
    """Read every table that the panel needs; beside it a bare scan of the same files."""
    opened = open_extract(CONFIG, Path(source().adapter), folder / "extract")
    names = [name for name in panel.TABLES if name in opened.adapter.tables]
    for name in names:
        read_table(opened, name, folder / "tables" / f"{name}.parquet")
    rows = rows_of(folder / "tables" / "wages.parquet")
    return {"wage rows": rows, "bare scan of the raw files, processor": raw_scan(opened, names)}


def raw_scan(opened: Extract, names: list[str]) -> float:
    """Seconds of the processor for the plainest query that touches every value of the raw files.

    The filter lets all rows pass; without one DuckDB takes extremes from the metadata of parquet.
    """
    began = time.process_time()
    for path in extract_files(opened.adapter, opened.root, names).values():
        file = f"read_parquet('{path.as_posix()}')"
        query = f"SELECT max(COLUMNS(*)) FROM {file} WHERE random() >= 0"
        duckdb.connect().execute(query).fetchall()
    return time.process_time() - began


def sums(folder: Path, _: float) -> dict[str, float]:
    """Add up the person-months of all samples."""
    study = read_study(CONFIG, STUDY)
    samples = sorted({source().populations[name].sample for name in wanted_cells(study)})
    made = panel.prepare(
        tables=folder / "tables",
        settings=source().panel,
        classification=read_classification(CONFIG, study.settings.classification),
        rules=read_ledger_rules(CONFIG),
        areas=study.areas,
        start=study.settings.start,
        trial_offices=frozenset(study.trial_offices()),
        samples=samples,
        columns={outcome.column for outcome in study.outcomes.values() if outcome.column},
        splits=splits_of(study),
        out=folder / "panel",
    )
    last = made.flow[made.flow["step"] == FLOW_STEPS[-1]]
    months = last.groupby("sample")["n_person_months"].sum()
    return {f"person-months of {name}": float(months[name]) for name in samples}


def collapsed(folder: Path, _: float) -> dict[str, float]:
    """Make the cells of each population."""
    study = read_study(CONFIG, STUDY)
    columns = {name: str(outcome.column) for name, outcome in study.outcomes.items()}
    cells = 0
    for name, wanted in wanted_cells(study).items():
        population = source().populations[name]
        schemes = {each: source().stratifications[each] for each in wanted if each != "none"}
        outcomes = {outcome: columns[outcome] for outcome in wanted["none"]}
        if population.sample in REGISTER_SAMPLES:
            with opened_sums(folder / "panel" / population.sample) as con:
                found = cells_of_sums(con, name, outcomes, wanted)
                counts_of_sums(con, name, outcomes, list(wanted))
        else:
            path = folder / "panel" / f"{population.sample}.parquet"
            found, _ = collapse(path, name, population.members, schemes, outcomes, wanted)
        cells += len(found)
    return {"cells": float(cells)}


WORK: dict[str, Callable[[Path, float], dict[str, float]]] = {
    "extract": extract,
    "tables": tables,
    "sums": sums,
    "collapse": collapsed,
}


def source() -> RegisterSource:
    """Return the source of the study: the same populations and outcomes as users run."""
    return read_study(CONFIG, STUDY).settings.source


def rows_of(path: Path) -> float:
    """Count the rows of a parquet file."""
    query = f"SELECT count(*) FROM read_parquet('{path.as_posix()}')"
    return float(duckdb.connect().execute(query).fetchall()[0][0])


def run_step(step: str, folder: Path, scale: float) -> dict[str, float]:
    """Run one step in a process of its own; seconds, peak memory and what it reports."""
    command = [sys.executable, __file__, "--step", step, "--folder", str(folder)]
    done = subprocess.run(
        [*command, "--scales", str(scale)], capture_output=True, text=True, check=False
    )
    if done.returncode != 0:
        raise SystemExit(f"{step} at {scale}: {done.stderr[-2000:]}")
    return json.loads(done.stdout.splitlines()[-1])


def child(step: str, folder: Path, scale: float) -> None:
    """Do one step and print its numbers."""
    began = time.perf_counter()
    found = WORK[step](folder, scale)
    seconds = {"seconds": time.perf_counter() - began, "processor": time.process_time()}
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1e3
    print(json.dumps({**seconds, "peak": peak, **found}))


def measure(scales: list[float], folder: Path) -> pd.DataFrame:
    """Run all steps at all scales: one row per scale and step."""
    rows = []
    for scale in scales:
        with tempfile.TemporaryDirectory(dir=folder) as place:
            for step in STEPS:
                row = {"scale": scale, "step": step, **run_step(step, Path(place), scale)}
                rows.append(row)
                print(row, file=sys.stderr, flush=True)
    return pd.DataFrame(rows)


def exponent(totals: pd.Series) -> float:
    """Slope of log seconds on log scale: 1 is linear growth."""
    return float(np.polyfit(np.log(totals.index.to_numpy()), np.log(totals.to_numpy()), 1)[0])


def say(found: pd.DataFrame) -> str:
    """Write the tables of docs/scale.md."""
    counted = found[found["step"].isin(COUNTED)]
    seconds = found.pivot(index="scale", columns="step", values="seconds")[list(STEPS)]
    seconds["all but the extract"] = counted.groupby("scale")["seconds"].sum()
    seconds["of the processor"] = counted.groupby("scale")["processor"].sum()
    peak = counted.groupby("scale")["peak"].max() / 1e3
    seconds["peak memory, GB"] = peak
    rest = found.drop(columns=["step", "seconds", "processor", "peak"]).groupby("scale").max().T
    total = seconds["all but the extract"]
    lines = [markdown(seconds.round(1)), "", markdown(rest.round(2)), ""]
    lines.append(f"Growth of time with size, exponent: {exponent(total):.2f} over all sizes")
    if len(total) > 2:
        lines.append(f"and {exponent(total.iloc[-3:]):.2f} over the three largest.")
    return "\n".join(lines)


def markdown(table: pd.DataFrame) -> str:
    """Write a frame with its index as a Markdown table."""
    head = [str(table.index.name or ""), *map(str, table.columns)]
    lines = ["| " + " | ".join(head) + " |", "|---" * len(head) + "|"]
    for name, row in table.iterrows():
        lines.append(f"| {name} | " + " | ".join(f"{value:,.10g}" for value in row) + " |")
    return "\n".join(lines)


def main() -> None:
    """Measure and print, or do one step of a measurement."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--scales", type=float, nargs="+", default=list(SCALES))
    parser.add_argument("--folder", type=Path, default=Path(tempfile.gettempdir()))
    parser.add_argument("--step", choices=STEPS)
    options = parser.parse_args()
    if options.step:
        child(options.step, options.folder, options.scales[0])
    else:
        print(say(measure(options.scales, options.folder)))


if __name__ == "__main__":
    main()
