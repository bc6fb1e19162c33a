"""What a user does with open statistics in a copy of the project: fetch them, make results."""

from __future__ import annotations

import contextlib
import os
import subprocess
import sys
from pathlib import Path

import pandas as pd

from kuntakokeilu.cells import source_files
from kuntakokeilu.facts import only
from kuntakokeilu.io import data_file
from kuntakokeilu.statfin import answer_files, statfin_tables
from kuntakokeilu.study import DataSettings, OutcomeData, Study, read_study

from .conftest import run_script, snakemake
from .live_tables import LIVE


def run(project: Path, *arguments: str, timeout: int = 1_200):
    """Call run.py in a copy of the project."""
    environment = dict(os.environ, KUNTAKOKEILU_DATA=str(project / "no_data_here"))
    return subprocess.run(
        [sys.executable, "run.py", *arguments],
        cwd=project,
        env=environment,
        capture_output=True,
        encoding="utf-8",
        check=False,
        timeout=timeout,
    )


def fetch(project: Path, server, study: str = LIVE):
    return run(project, "fetch", "--study", study, "--url", server.address)


def fetch_script(project: Path, server):
    """Run the job of `fetch` in this process; the workflow around it stays the same."""
    study = read_study(project / "config", LIVE)
    downloads = study.settings.source.downloads.items()
    spec = {
        "study": LIVE,
        "downloads": {name: download.model_dump(mode="json") for name, download in downloads},
        "url": server.address,
    }
    return run_script(project, "fetch.py", f"results/{LIVE}/logs/fetch.log", spec=spec)


def answers(project: Path, study: str = LIVE) -> list[Path]:
    return sorted(path for path in (project / "data" / "downloads" / study).rglob("*.json"))


def error_of(done) -> str:
    """The one line that a user sees of a run that failed."""
    assert done.returncode != 0
    (line,) = done.stderr.splitlines()
    assert line.startswith("kuntakokeilu: error: ")
    return line


def make(project: Path, study: str, target: str, data: Path | None = None):
    """Let Snakemake make one file of a study."""
    done = snakemake(project, f"results/{study}/{target}", "--config", f"study={study}", data=data)
    assert done.returncode == 0, done.stderr[-3000:]
    return done


def tables_of(read: Study) -> dict[str, dict]:
    """Describe the tables of PxWeb that a study reads, as the workflow does."""
    files = [source_files(read.settings, each) for each in (None, *read.outcomes.values())]
    return statfin_tables(read.settings, files, read.name)


def make_cells(project: Path, study: str, name: str) -> None:
    """Make the cells of an outcome by the scripts of the rules, in this process."""
    read = read_study(project / "config", study)
    settings, outcome = read.settings, read.outcomes[name]
    folder = f"results/{study}/restricted"
    (project / folder / "cells").mkdir(parents=True, exist_ok=True)
    tables, paths = tables_of(read), {}
    with contextlib.chdir(project):
        given = {
            table: [str(data_file(file)) for file in answer_files(spec)]
            for table, spec in tables.items()
        }
    for table, spec in tables.items():
        paths[table] = f"{folder}/{spec['key']}.csv"
        output = {"table": paths[table], "changes": f"{folder}/{spec['key']}_changes.csv"}
        log = f"results/{study}/logs/statfin.log"
        done = run_script(
            project,
            "statfin_table.py",
            log,
            input={"answers": given[table]},
            output=output,
            spec=spec,
        )
        assert done.returncode == 0, done.stderr

    def sources(outcome):
        return [paths.get(file, file) for file in source_files(settings, outcome)]

    data = only(settings, DataSettings)
    units = {"units": f"{folder}/units.parquet"}
    done = run_script(
        project,
        "units.py",
        f"results/{study}/logs/units.log",
        input={"sources": sources(None), "covariates": [], "outlines": []},
        output={
            **units,
            "treated": f"{folder}/units_as_treated.parquet",
            "counts": f"{folder}/counts.parquet",
        },
        spec={
            "settings": data,
            "covariates": [],
            "areas": read.areas.to_dict("list"),
            "dealt": None,
        },
    )
    assert done.returncode == 0, done.stderr
    span = list(read.span_of(name))
    done = run_script(
        project,
        "cells.py",
        f"results/{study}/logs/cells_{name}.log",
        input={"sources": sources(outcome), **units},
        output={"cells": f"{folder}/cells/{name}.parquet"},
        spec={"settings": data, "outcome": only(outcome, OutcomeData), "span": span},
    )
    assert done.returncode == 0, done.stderr


def cells(project: Path, outcome: str = "unemployment_rate", study: str = LIVE) -> pd.DataFrame:
    return pd.read_parquet(
        project / "results" / study / "restricted" / "cells" / f"{outcome}.parquet"
    )


def value(frame: pd.DataFrame, unit: str, month: str) -> float:
    (found,) = frame.loc[(frame["unit"] == unit) & (frame["period"].astype(str) == month), "mean"]
    return found
