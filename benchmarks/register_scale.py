"""Time and memory from raw register files to cells, from 1:100 to the size of Finland.

Run by `python run.py bench`; prints Markdown tables, for docs/scale.md. Each step runs in a process
of its own, so that its peak memory is its own; persons are added up in shards, two at a time, as
the workflow does on two cores. Making the synthetic extract is not counted: with
real registers the files are there. Needs some 20 GB of disk at 1:1.

    python benchmarks/register_scale.py [--scales 0.01 0.1 1] [--shards 4] [--folder FOLDER]
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
from concurrent.futures import ProcessPoolExecutor
from contextlib import ExitStack
from functools import cache
from pathlib import Path

import duckdb
import numpy as np
import pandas as pd

from kuntakokeilu import panel
from kuntakokeilu.cells import cells_of_sums, collapse, counts_of_sums, opened_sums
from kuntakokeilu.contracts import FLOW_STEPS, REGISTER_SAMPLES, shard_names
from kuntakokeilu.facts import read_classification, read_ledger_rules
from kuntakokeilu.plan.register_files import find_register_files
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
    Study,
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
SHARDS = 4
AT_ONCE = 2  # shards
STEPS = ("extract", "scan", "tables", "reach", "sums", "survey", "collapse")
COUNTED = STEPS[2:]


def extract(folder: Path, scale: float, _: int) -> dict[str, float]:
    """Write the register files of the world with the trial."""
    world = make_world(TwinSettings(seed=SEED, scale=scale), CONFIG)
    adapter = read_adapter(Path(source().adapter), read_contract(CONFIG))
    _, observed = simulate_pair(world)
    files = write_extract(world, observed, CONFIG, adapter, folder / "extract")
    return {"megabytes": sum(path.stat().st_size for path in files) / 1e6}


def scan(folder: Path, _: float, __: int) -> dict[str, float]:
    """Run the plainest query that touches every value of the raw files, to compare with.

    The filter lets all rows pass; without one DuckDB takes extremes from the metadata of parquet.
    """
    opened, names = opened_extract(folder)
    with duckdb.connect() as con:
        for path in extract_files(opened.adapter, opened.root, names).values():
            file = f"read_parquet('{path.as_posix()}')"
            query = f"SELECT max(COLUMNS(*)) FROM {file} WHERE random() >= 0"
            con.execute(query).fetchall()
    return {}


def tables(folder: Path, _: float, shards: int) -> dict[str, float]:
    """Read every table that the panel needs."""
    opened, names = opened_extract(folder)
    for name in names:
        read_table(opened, name, *(part / f"{name}.parquet" for part in of(folder, shards)))
    return {"wage rows": sum(rows_of(part / "wages.parquet") for part in of(folder, shards))}


def opened_extract(folder: Path) -> tuple[Extract, list[str]]:
    """Open the extract; also its tables that the panel needs."""
    opened = open_extract(CONFIG, Path(source().adapter), folder / "extract")
    return opened, [name for name in panel.TABLES if name in opened.adapter.tables]


def reach(folder: Path, _: float, shards: int) -> dict[str, float]:
    """Find the months that registers reach, of all shards together."""
    found = panel.reach_of_registers(of(folder, shards), source().panel, folder)
    found.to_parquet(folder / "reach.parquet", index=False)
    return {}


def sums(folder: Path, _: float, shards: int) -> dict[str, float]:
    """Add up the person-months of the samples of registers, some shards at a time."""
    months: dict[str, float] = {}
    with ProcessPoolExecutor(AT_ONCE, max_tasks_per_child=1) as pool:
        for found in pool.map(add_up, [folder] * shards, of(folder, shards)):
            for sample, number in found.items():
                months[sample] = months.get(sample, 0.0) + number
    return {f"person-months of {name}": number for name, number in months.items()}


def add_up(folder: Path, shard: Path) -> dict[str, float]:
    """Add up one shard; gives its person-months by sample."""
    samples = [name for name in samples_used() if name in REGISTER_SAMPLES]
    flow = prepare([shard], samples, folder / "panel" / shard.name, folder)
    last = flow[flow["step"] == FLOW_STEPS[-1]]
    return last.groupby("sample")["n_person_months"].sum().astype(float).to_dict()


def survey(folder: Path, _: float, shards: int) -> dict[str, float]:
    """Write the person-months of those asked in a survey."""
    samples = [name for name in samples_used() if name not in REGISTER_SAMPLES]
    if samples:
        prepare(of(folder, shards), samples, folder / "panel", folder)
    return {}


def prepare(tables: list[Path], samples: list[str], out: Path, folder: Path) -> pd.DataFrame:
    """Prepare some samples as the workflow does; gives the flow."""
    study = plan()
    return panel.prepare(
        tables=tables,
        settings=source().panel,
        classification=read_classification(CONFIG, study.settings.classification),
        rules=read_ledger_rules(CONFIG),
        areas=study.areas,
        start=study.settings.start,
        trial_offices=frozenset(study.trial_offices()),
        samples=samples,
        columns=survey_columns(study),
        splits=splits_of(study),
        reach=pd.read_parquet(folder / "reach.parquet"),
        out=out,
    ).flow


def survey_columns(study: Study) -> list[str]:
    """List the outcomes of person-months that are written."""
    found = find_register_files(study, CONFIG)
    assert found is not None
    return found.columns


def samples_used() -> list[str]:
    """List the samples of which cells are made."""
    wanted = wanted_cells(plan())
    return sorted({source().populations[name].sample for name in wanted})


def collapsed(folder: Path, _: float, shards: int) -> dict[str, float]:
    """Make the cells of each population."""
    study = plan()
    columns = {name: str(outcome.column) for name, outcome in study.outcomes.items()}
    cells = 0
    with ExitStack() as stack:
        sums = {}
        for sample in REGISTER_SAMPLES:
            parts = [folder / "panel" / each / sample for each in shard_names(shards)]
            if parts[0].is_dir():
                sums[sample] = stack.enter_context(opened_sums(parts))
        for name, wanted in wanted_cells(study).items():
            population = source().populations[name]
            schemes = {each: source().stratifications[each] for each in wanted if each != "none"}
            outcomes = {outcome: columns[outcome] for outcome in wanted["none"]}
            if population.sample in sums:
                mine = sums[population.sample]
                # An outcome at a time, as the workflow does: all would not fit into memory.
                for outcome, column in outcomes.items():
                    cells += len(cells_of_sums(mine, name, {outcome: column}, wanted))
                counts_of_sums(mine, name, outcomes, list(wanted))
            else:
                path = folder / "panel" / f"{population.sample}.parquet"
                found, _ = collapse(path, name, population.members, schemes, outcomes, wanted)
                cells += len(found)
    return {"cells": float(cells)}


def of(folder: Path, shards: int) -> list[Path]:
    """Name the folders of typed tables."""
    return [folder / "tables" / name for name in shard_names(shards)]


WORK: dict[str, Callable[[Path, float, int], dict[str, float]]] = {
    "extract": extract,
    "scan": scan,
    "tables": tables,
    "reach": reach,
    "sums": sums,
    "survey": survey,
    "collapse": collapsed,
}


@cache
def plan() -> Study:
    """Read the study: the same populations and outcomes as users run."""
    return read_study(CONFIG, STUDY)


def source() -> RegisterSource:
    """Return the source of the study."""
    return plan().settings.source


def rows_of(path: Path) -> float:
    """Count the rows of a parquet file."""
    query = f"SELECT count(*) FROM read_parquet('{path.as_posix()}')"
    return float(duckdb.connect().execute(query).fetchall()[0][0])


def run_step(step: str, folder: Path, scale: float, shards: int) -> dict[str, float]:
    """Run one step in a process of its own; seconds, peak memory and what it reports."""
    command = [sys.executable, __file__, "--step", step, "--folder", str(folder)]
    done = subprocess.run(
        [*command, "--scales", str(scale), "--shards", str(shards)],
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode != 0:
        raise SystemExit(f"{step} at {scale}: {done.stderr[-2000:]}")
    return json.loads(done.stdout.splitlines()[-1])


def child(step: str, folder: Path, scale: float, shards: int) -> None:
    """Do one step and print its numbers; of shards, the peak is that of the largest process."""
    began = time.perf_counter()
    found = WORK[step](folder, scale, shards)
    used = [resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)]
    processor = sum(each.ru_utime + each.ru_stime for each in used)
    seconds = {"seconds": time.perf_counter() - began, "processor": processor}
    peak = max(each.ru_maxrss for each in used) / 1e3
    print(json.dumps({**seconds, "peak": peak, **found}))


def measure(scales: list[float], folder: Path, shards: int) -> pd.DataFrame:
    """Run all steps at all scales: one row per scale and step."""
    rows = []
    for scale in scales:
        with tempfile.TemporaryDirectory(dir=folder) as place:
            for step in STEPS:
                row = {"scale": scale, "step": step, **run_step(step, Path(place), scale, shards)}
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
    seconds["from files to cells"] = counted.groupby("scale")["seconds"].sum()
    seconds["of the processor"] = counted.groupby("scale")["processor"].sum()
    peak = counted.groupby("scale")["peak"].max() / 1e3
    seconds["peak memory, GB"] = peak
    rest = found.drop(columns=["step", "seconds", "processor", "peak"]).groupby("scale").max().T
    bare = found[found["step"] == "scan"].set_index("scale")["processor"]
    seconds["processor by that of a bare scan"] = seconds["of the processor"] / bare
    total = seconds["from files to cells"]
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
    parser.add_argument("--shards", type=int, default=SHARDS)
    parser.add_argument("--folder", type=Path, default=Path(tempfile.gettempdir()))
    parser.add_argument("--step", choices=STEPS)
    options = parser.parse_args()
    if options.step:
        child(options.step, options.folder, options.scales[0], options.shards)
    else:
        print(say(measure(options.scales, options.folder, options.shards)))


if __name__ == "__main__":
    main()
