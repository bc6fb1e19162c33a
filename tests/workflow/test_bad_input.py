"""Bad data through the workflow: one message, a failure code, and nothing half-written."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from kuntakokeilu.facts import only
from kuntakokeilu.study import DataSettings, OutcomeData, read_study

from .conftest import copy_project, run_script, snakemake

pytestmark = [pytest.mark.slow, pytest.mark.usefixtures("warm_jobs")]

STUDY = """\
title: {fi: Koe, sv: Prov, en: Test}
units: other
frequency: Y
first_period: 2001
last_period: 2003
source:
  reader: unit_panel
  path: ./data/panel.csv
  unit: [state]
  period: year
  first_treated: since
comparisons:
  all: {}
disclosure: public
permutations: 99
seed: 1
"""
OUTCOMES = """\
outcome,column,unit,domain,label_fi,label_sv,label_en
rate,y,%,employment,Osuus,Andel,Rate
"""
ESTIMANDS = """\
estimand,outcome,comparison,estimator,role
rate.main,rate,all,two_way_fixed_effects,main
"""
CELLS = "results/tiny/restricted/cells/rate.parquet"
HEADER = "state,year,since,y\n"
DATA = HEADER + "".join(
    f"{state},{year},{since},{year - 2000}.5\n"
    for state, since in (("Ähtäri", "2002"), ("B", ""), ("C", ""))
    for year in (2001, 2002, 2003)
)

# case: the file, and what the message must hold
BAD_DATA = {
    "wrong delimiter": (DATA.replace(",", "#").encode(), "column state, year, since is missing"),
    "latin-1": (DATA.encode("latin-1"), "panel.csv: not UTF-8"),
    "cut in a row": (DATA[:-6].encode(), "panel.csv, row 10: expected 4 fields"),
    "cut at a row": (DATA[: DATA.index("C,2003")].encode(), "1 unit-period is missing: 2003"),
    "text": (DATA.replace("3.5", "many", 1).encode(), "column y, row 4: expected a number"),
}


@pytest.fixture(scope="module")
def tiny(tmp_path_factory) -> Path:
    """A copy of the project with one small study of three units."""
    root = Path(__file__).resolve().parents[2]
    project = copy_project(root, tmp_path_factory.mktemp("bad_input") / "project")
    folder = project / "config" / "studies" / "tiny"
    folder.mkdir()
    for name, text in (
        ("study.yaml", STUDY),
        ("outcomes.csv", OUTCOMES),
        ("estimands.csv", ESTIMANDS),
    ):
        (folder / name).write_text(text, encoding="utf-8")
    (project / "data").mkdir()
    return project


def run(project: Path, data: bytes | None, study: str = "tiny"):
    """Make the cells of a study from a data file, starting from nothing."""
    shutil.rmtree(project / "results", ignore_errors=True)
    path = project / "data" / "panel.csv"
    path.unlink(missing_ok=True)
    if data is not None:
        path.write_bytes(data)
    return snakemake(project, CELLS, "--config", f"study={study}")


def run_scripts(project: Path, data: bytes):
    """Make the cells by the scripts of the rules, in this process; stop at the first that fails."""
    shutil.rmtree(project / "results", ignore_errors=True)
    (project / "data" / "panel.csv").write_bytes(data)
    study = read_study(project / "config", "tiny")
    outcome = study.outcomes["rate"]
    settings = only(study.settings, DataSettings)
    folder, logs = "results/tiny/restricted", "results/tiny/logs"
    (project / folder / "cells").mkdir(parents=True)
    sources = {"sources": ["data/panel.csv"]}
    units = {"units": f"{folder}/units.parquet"}
    done = run_script(
        project,
        "units.py",
        f"{logs}/units.log",
        input={**sources, "covariates": [], "outlines": []},
        output={
            **units,
            "treated": f"{folder}/units_as_treated.parquet",
            "counts": f"{folder}/counts.parquet",
        },
        spec={"settings": settings, "covariates": [], "areas": None, "dealt": None},
    )
    if done.returncode != 0:
        return done
    span = list(study.span_of("rate"))
    return run_script(
        project,
        "cells.py",
        f"{logs}/cells_rate.log",
        input={**sources, **units},
        output={"cells": CELLS},
        spec={"settings": settings, "outcome": only(outcome, OutcomeData), "span": span},
    )


def errors(done) -> list[str]:
    """The lines that a user sees as the error."""
    lines = (done.stdout + done.stderr).splitlines()
    return [line for line in lines if "kuntakokeilu: error: " in line]


def test_good_data_become_cells(tiny):
    done = run(tiny, DATA.encode())
    assert done.returncode == 0, done.stderr[-2000:]
    assert (tiny / CELLS).is_file()
    assert errors(done) == []
    by_workflow = (tiny / CELLS).read_bytes()
    assert run_scripts(tiny, DATA.encode()).returncode == 0
    assert (tiny / CELLS).read_bytes() == by_workflow


BY_SNAKEMAKE = ["text"]  # the other cases run the scripts of the same jobs


@pytest.mark.parametrize("case", BAD_DATA)
def test_bad_data_give_one_message_and_no_half_written_file(tiny, case):
    data, expected = BAD_DATA[case]
    done = (run if case in BY_SNAKEMAKE else run_scripts)(tiny, data)
    assert done.returncode != 0
    (line,) = errors(done)
    assert expected in line
    assert "Traceback" not in done.stderr
    made = {path for path in (tiny / "results").rglob("*") if path.is_file()}
    assert not (tiny / CELLS).exists()
    assert {path.suffix for path in made} <= {".log", ".parquet"}
    assert [path.name for path in made if path.name.endswith(".part")] == []
    log = "".join(p.read_text(encoding="utf-8") for p in made if p.suffix == ".log")
    assert log.count(expected) == 1


@pytest.mark.parametrize(
    ("study", "expected"),
    [
        ("tiny", "data/panel.csv: no such file, seen from the project folder"),
        ("open_2021", "KUNTAKOKEILU_DATA nor ../shared/data"),
        ("none", "no study named none in config/studies; there are"),
    ],
)
def test_what_is_missing_is_told_before_any_step(tiny, study, expected):
    done = run(tiny, None, study)
    assert done.returncode != 0
    (line,) = errors(done)
    assert expected in line
    assert "Traceback" not in done.stderr
    assert not (tiny / "results").exists()
