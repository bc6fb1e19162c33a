"""A package of an open study: made, verified and computed again, with the network cut."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from .conftest import copy_project
from .live_tables import ROOT
from .offline import alone, asked, cut_off, variables

STUDY = "benchmark_card_krueger"
pytestmark = [pytest.mark.slow, pytest.mark.simulate, pytest.mark.real_data]


def run(project: Path, data: Path, *arguments: str):
    given = {"KUNTAKOKEILU_PYTHON": sys.executable, "KUNTAKOKEILU_DATA": str(data)}
    return subprocess.run(
        [*alone(), sys.executable, "run.py", *arguments],
        cwd=project,
        env={**os.environ, **variables(project), **given},
        capture_output=True,
        encoding="utf-8",
        check=False,
        timeout=1_200,
    )


def test_a_package_is_made_and_its_numbers_are_computed_again(tmp_path, data_folder):
    project = copy_project(ROOT, tmp_path / "project")
    shutil.copy(ROOT / "run.py", project)
    cut_off(project)
    finished = run(project, data_folder, "results", "--study", STUDY)
    assert finished.returncode == 0, finished.stderr[-3000:]
    made = run(project, data_folder, "release", STUDY)
    assert made.returncode == 0, made.stderr
    (package,) = (project / "results" / STUDY / "package").iterdir()
    assert made.stdout.splitlines()[-1] == package.relative_to(project).as_posix()
    assert [p.name for p in (project / "results" / STUDY / "restricted").rglob(".*")] == []
    before = sorted(path for path in project.rglob("*") if ".snakemake" not in path.parts)
    done = run(project, data_folder, "verify", str(package))
    assert done.returncode == 0, done.stderr + done.stdout
    assert done.stdout.splitlines()[-1].endswith("none differs by more than 1e-06 of its value")
    after = sorted(path for path in project.rglob("*") if ".snakemake" not in path.parts)
    assert after == before and not asked(project).exists()
