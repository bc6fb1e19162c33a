"""Time an event study on cells beside the same one on persons, from the same file of persons.

    python benchmarks/collapse_speed.py --millions 1 3 10 25 --pyfixest PYTHON

Every run is a process of its own, so that its peak memory is its own; one that needs more than
`--memory` or `--timeout` is reported as such. pyfixest runs under the interpreter given by
`--pyfixest` or KUNTAKOKEILU_PYFIXEST, else under this one if it is installed. Writes
docs/collapse.md and docs/collapse_speed.svg. Needs Linux or macOS, for the limit of memory.
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from importlib.metadata import version
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

UNITS, CLUSTERS, TRIAL_CLUSTERS = 292, 82, 25
MONTHS, START, BIN = 96, 50, 3
PERSON_MONTHS_EACH = 24.5  # on average, between 1 and 48
OUTCOME = "employed"
INTERPRETER = "KUNTAKOKEILU_PYFIXEST"

PANEL = """
COPY (
    WITH persons AS (
        SELECT i::INTEGER AS person,
            (pow(hash(i, 1) % 1000000 / 1e6, 2) * {units})::INTEGER % {units} AS place,
            (hash(i, 2) % {months})::INTEGER AS entry,
            1 + (hash(i, 3) % 48)::INTEGER AS stay,
            hash(i, 4) % 1000 / 1e3 AS level
        FROM range({persons}) AS t(i)
    ),
    months AS (
        SELECT *, (entry + k) % {months} AS month, hash(person, k) % 1000 / 1e3 AS luck,
            hash(place % {clusters}, entry + k) % 1000 / 1e4 AS shock
        FROM persons, range(48) AS r(k) WHERE k < stay
    )
    SELECT person, NULL::DATE AS cohort, NULL::SMALLINT AS elapsed,
        (DATE '2017-01-01' + to_months(month))::DATE AS period,
        lpad(place::VARCHAR, 3, '0') AS unit,
        level + luck + shock + CASE WHEN place % {clusters} < {trial} AND month >= {start}
            THEN 0.03 ELSE 0 END > 1.2 AS employed
    FROM months
) TO '{path}' (FORMAT parquet)
"""

PAGE = """# An event study on cells and on persons

Written by `python benchmarks/collapse_speed.py`. The same parquet file of person-months, the same
event study: effects by quarter in trial units, beside effects of {units} units and {months} months,
clustered by area. `cells` collapses the file and runs this project's regression; the others read
the columns they need and run on persons. Each run is a process of its own; seconds include reading
the file and no imports. A run is stopped above {memory} GB or {timeout} s.

{table}

![Time and memory over person-months](collapse_speed.svg)

Differences are the largest over all coefficients, in standard errors, with no small-sample factor
on either side. They are the tolerances of iteration: run to the end, the numbers are the same
(`docs/methods.md`). A line that ends early in the figure is a program that did not finish.

{machine}. {versions}.
"""


def main() -> None:
    """Run every program at every size, then write the table and the figure."""
    options = arguments()
    if options.way:
        print(json.dumps(measured(options.way, options.file, options.memory)))
        return
    rows = []
    with tempfile.TemporaryDirectory(dir=options.work) as folder:
        for millions in options.millions:
            path = Path(folder) / f"{millions}.parquet"
            persons = simulate(path, round(millions * 1e6 / PERSON_MONTHS_EACH))
            for way in WAYS:
                found = run(way, path, options)
                rows.append({"millions": millions, "persons": persons, "way": way} | found)
                print(json.dumps(rows[-1] | {"params": None, "std_errors": None}), flush=True)
            path.unlink()
    write(pd.DataFrame(rows), options)


def arguments() -> argparse.Namespace:
    """Read the command line."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--millions", type=float, nargs="+", default=[1, 3, 10, 25])
    parser.add_argument("--pyfixest", default=os.environ.get(INTERPRETER, sys.executable))
    parser.add_argument("--memory", type=float, default=17, help="gigabytes that a run may take")
    parser.add_argument("--timeout", type=float, default=300, help="seconds that a run may take")
    parser.add_argument("--docs", type=Path, default=Path("docs"), help="where to write")
    parser.add_argument("--work", type=Path, help="folder for the panels; default: the system's")
    parser.add_argument("--way", choices=WAYS, help=argparse.SUPPRESS)
    parser.add_argument("--file", type=Path, help=argparse.SUPPRESS)
    return parser.parse_args()


def simulate(path: Path, persons: int) -> int:
    """Write an unbalanced panel with shocks common to areas and an effect; returns its persons."""
    import duckdb

    sizes = {"units": UNITS, "months": MONTHS, "clusters": CLUSTERS, "trial": TRIAL_CLUSTERS}
    with duckdb.connect(config={"memory_limit": "4GB"}) as con:
        con.execute(PANEL.format(**sizes, start=START, persons=persons, path=path.as_posix()))
    return persons


def run(way: str, path: Path, options: argparse.Namespace) -> dict[str, Any]:
    """Run one program in a process of its own; a failure is a result too."""
    python = options.pyfixest if way == "pyfixest" else sys.executable
    command = [python, __file__, "--way", way, "--file", str(path)]
    command += ["--memory", str(options.memory)]
    try:
        done = subprocess.run(
            command, check=False, capture_output=True, text=True, timeout=options.timeout
        )
    except subprocess.TimeoutExpired:
        return {"failed": f"over {options.timeout:g} s"}
    if done.returncode == 0:
        return json.loads(done.stdout.splitlines()[-1])
    if "No module named 'pyfixest'" in done.stderr:
        return {"failed": "not installed"}
    if "MemoryError" in done.stderr or "alloc" in done.stderr or done.returncode < 0:
        return {"failed": f"over {options.memory:g} GB"}
    print(done.stderr[-2000:], file=sys.stderr)
    return {"failed": f"exit code {done.returncode}"}


def measured(way: str, path: Path, memory: float) -> dict[str, Any]:
    """Run one program here, under a limit of memory; imports are not timed."""
    import resource

    resource.setrlimit(resource.RLIMIT_AS, (int(memory * 1e9),) * 2)
    work = WAYS[way]()
    began = time.perf_counter()
    params, std_errors, note = work(path)
    seconds = time.perf_counter() - began
    unit = 1e9 if sys.platform == "darwin" else 1e6  # bytes there, kilobytes on Linux
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / unit
    numbers = {"params": list(map(float, params)), "std_errors": list(map(float, std_errors))}
    return {"seconds": seconds, "gigabytes": peak, "version": note} | numbers


def terms(since: pd.Series, trial: pd.Series) -> pd.DataFrame:
    """One column for each bin of months since the start in trial units, but the last before."""
    bins = range(-START // BIN, (MONTHS - 1 - START) // BIN + 1)
    event_time = (since // BIN).where(trial)
    return pd.DataFrame({f"event_{b}": (event_time == b).astype(float) for b in bins if b != -1})


def on_cells() -> Callable[[Path], tuple]:
    """The collapse and the estimation of this project."""
    from kuntakokeilu.cells import collapse
    from kuntakokeilu.estimation import Design, Term, fit

    def work(path: Path) -> tuple:
        cells, _ = collapse(path, "all", {}, {}, {OUTCOME: OUTCOME})
        place = cells["unit"].astype(int)
        month = cells["period"].astype("int64") - pd.Period("2017-01", "M").ordinal
        x = terms(month - START, place % CLUSTERS < TRIAL_CLUSTERS)
        effects = pd.DataFrame({"unit": cells["unit"], "period": cells["period"].astype(str)})
        frame = cells.rename(columns={"mean": "y", "weight": "w"})
        made = fit(frame, Design(x, [Term(name, "event_time") for name in x], effects))
        sums = pd.DataFrame(made.scores).groupby(place % CLUSTERS).sum().to_numpy() @ made.bread
        return made.params, np.sqrt((sums**2).sum(axis=0)), f"duckdb {version('duckdb')}"

    return work


def persons(path: Path) -> pd.DataFrame:
    """Read what a regression on persons needs, in small types."""
    frame = pd.read_parquet(path, columns=["unit", "period", OUTCOME])
    period = pd.to_datetime(frame["period"])
    month = (period.dt.year * 12 + period.dt.month - 2017 * 12 - 1).astype("int16")
    place = frame["unit"].astype("int16")
    y = frame[OUTCOME].astype(float) * 100
    return pd.DataFrame({"y": y, "unit": place, "month": month, "cluster": place % CLUSTERS})


def with_pyfixest() -> Callable[[Path], tuple]:
    """pyfixest on the person-months, with what it keeps cut down to the least."""
    import pyfixest as pf

    def work(path: Path) -> tuple:
        frame = persons(path)
        event_time = (frame["month"] - START) // BIN
        frame["event_time"] = event_time.where(frame["cluster"] < TRIAL_CLUSTERS, -1)
        made = pf.feols(
            "y ~ i(event_time, ref=-1) | unit + month",
            frame,
            vcov={"CRV1": "cluster"},
            ssc=pf.ssc(k_adj=False, G_adj=False),
            copy_data=False,
            store_data=False,
            lean=True,
        )
        return made.coef(), made.se(), f"pyfixest {version('pyfixest')}"

    return work


def with_linearmodels() -> Callable[[Path], tuple]:
    """linearmodels on the person-months."""
    from linearmodels.iv.absorbing import AbsorbingLS

    def work(path: Path) -> tuple:
        frame = persons(path)
        x = terms(frame["month"] - START, frame["cluster"] < TRIAL_CLUSTERS)
        absorb = frame[["unit", "month"]].astype("category")
        made = AbsorbingLS(frame["y"], x, absorb=absorb).fit(
            cov_type="clustered", clusters=frame["cluster"], debiased=False
        )
        return made.params, made.std_errors, f"linearmodels {version('linearmodels')}"

    return work


WAYS = {"cells": on_cells, "pyfixest": with_pyfixest, "linearmodels": with_linearmodels}


def write(rows: pd.DataFrame, options: argparse.Namespace) -> None:
    """Write the page and its figure."""
    options.docs.mkdir(parents=True, exist_ok=True)
    names = rows.get("version", pd.Series(dtype=str)).dropna().unique()
    facts = {
        "table": table(rows),
        "machine": f"{platform.system()}, {os.cpu_count()} cores",
        "versions": ", ".join([f"Python {platform.python_version()}", *names]),
        "memory": f"{options.memory:g}",
        "timeout": f"{options.timeout:g}",
        "units": UNITS,
        "months": MONTHS,
    }
    page = PAGE.format(**facts)
    (options.docs / "collapse.md").write_bytes(page.encode("utf-8"))
    draw(rows, options.docs / "collapse_speed.svg")


def table(rows: pd.DataFrame) -> str:
    """Write seconds, peak gigabytes, and how far apart the numbers are, as Markdown."""
    lines = [
        "| million person-months | persons | program | seconds | peak GB | coefficients apart "
        "| standard errors apart |",
        "|---|---|---|---|---|---|---|",
    ]
    for millions, group in rows.groupby("millions"):
        ours = group[group["way"] == "cells"].iloc[0]
        for _, row in group.iterrows():
            head = f"| {millions:g} | {row['persons']:,} | {row['way']} |"
            if isinstance(row.get("failed"), str):
                lines.append(f"{head} {row['failed']} | – | – | – |")
                continue
            apart = " | ".join(distance(row, ours, name) for name in ("params", "std_errors"))
            measures = f"{row['seconds']:.2f} | {row['gigabytes']:.2f}"
            lines.append(f"{head} {measures} | {apart} |")
    return "\n".join(lines)


def distance(row: pd.Series, ours: pd.Series, name: str) -> str:
    """Write the largest difference from ours, in our standard errors."""
    if row["way"] == "cells" or not isinstance(ours["params"], list):
        return "–"
    apart = np.abs(np.array(row[name]) - np.array(ours[name])) / np.array(ours["std_errors"])
    return f"{apart.max():.0e}"


def draw(rows: pd.DataFrame, path: Path) -> None:
    """Draw time and memory over person-months; a cross where a program did not finish."""
    import matplotlib as mpl

    mpl.use("svg")
    import matplotlib.pyplot as plt

    with plt.rc_context({"svg.hashsalt": "collapse", "svg.fonttype": "none", "font.size": 9}):
        figure, axes = plt.subplots(1, 2, figsize=(7.5, 3.0), layout="constrained")
        for axis, column, title in zip(
            axes, ["seconds", "gigabytes"], ["seconds", "peak memory, GB"], strict=True
        ):
            for (way, group), style in zip(rows.groupby("way"), ["o-", "s--", "^:"], strict=False):
                if group[column].notna().any():
                    axis.plot(group["millions"], group[column], style, label=way)
            axis.set(xscale="log", yscale="log", xlabel="million person-months", title=title)
            sizes = sorted(rows["millions"].unique())
            axis.set_xticks(sizes, [f"{size:g}" for size in sizes])
            axis.minorticks_off()
            axis.spines[["top", "right"]].set_visible(False)
        axes[0].legend(frameon=False)
        figure.savefig(path, metadata={"Date": None})
        plt.close(figure)


if __name__ == "__main__":
    main()
