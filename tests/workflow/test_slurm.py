"""The workflow on a cluster: profiles/slurm, on a real Slurm of one node."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pandas as pd
import pytest

from . import slurm_node
from .conftest import SNAKEMAKE, copy_project, snakemake
from .live_tables import ROOT
from .test_shards import Study

STUDY = "simulated_2021"
ESTIMATES = f"results/{STUDY}/restricted/estimates/employment.parquet"
QUICK = (  # what waits a minute for a busy cluster
    "--slurm-no-account",
    "--slurm-status-command=squeue",
    "--slurm-init-seconds-before-status-checks=2",
    "--seconds-between-status-checks=2",
    "--latency-wait=5",
)
why_not = slurm_node.why_not()
pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(why_not is not None, reason=str(why_not)),
]


@pytest.fixture(scope="module")
def slurm(tmp_path_factory):
    with slurm_node.running(tmp_path_factory.mktemp("slurm")) as environment:
        yield environment


@pytest.fixture(scope="module")
def project(tmp_path_factory) -> Path:
    return copy_project(ROOT, tmp_path_factory.mktemp("cluster") / "project")


def submit(project: Path, slurm: dict[str, str], *arguments: str) -> subprocess.CompletedProcess:
    """Run Snakemake with the profile of a cluster, as docs/scale.md says."""
    path = os.pathsep.join([str(Path(sys.executable).parent), slurm["PATH"]])
    found = os.environ.get("PYTHONPATH", "")
    registers = {n: v for n, v in os.environ.items() if n == "KUNTAKOKEILU_REGISTERS"}
    environment = (
        slurm
        | registers
        | {
            "PATH": path,
            "PYTHONPATH": os.pathsep.join(filter(None, [str(project / "src"), found])),
        }
    )
    return subprocess.run(
        [sys.executable, "-c", SNAKEMAKE, "--profile", "profiles/slurm", *QUICK, *arguments],
        cwd=project,
        env=environment,
        capture_output=True,
        encoding="utf-8",
        check=False,
        timeout=600,
    )


def asked_for(slurm: dict[str, str]) -> list[str]:
    """The memory of every job that Slurm has seen."""
    shown = subprocess.run(
        ["scontrol", "--oneliner", "show", "job"],
        env=slurm,
        capture_output=True,
        text=True,
        check=False,
    ).stdout
    words = [word for word in shown.split() if word.startswith("MinMemoryNode=")]
    return [word.removeprefix("MinMemoryNode=") for word in words]


def test_a_cluster_gives_the_numbers_of_one_machine(project, slurm, tmp_path):
    here = copy_project(ROOT, tmp_path / "here")
    local = snakemake(here, ESTIMATES, "--config", f"study={STUDY}")
    assert local.returncode == 0, local.stderr[-2000:]
    done = submit(project, slurm, ESTIMATES, "--config", f"study={STUDY}")
    assert done.returncode == 0, done.stderr[-2000:]
    found, expected = (pd.read_parquet(folder / ESTIMATES) for folder in (project, here))
    pd.testing.assert_frame_equal(found, expected)
    memory = asked_for(slurm)
    assert len(memory) == 3  # units, cells, estimate: each was a job, and said what it needs
    assert "0" not in memory


def test_registers_in_shards_become_the_same_cells_on_a_cluster(slurm, tmp_path):
    before = len(asked_for(slurm))
    local = Study(tmp_path / "here").made(1)
    made = Study(tmp_path / "cluster").made(
        2, by=lambda folder, *more: submit(folder, slurm, *more)
    )
    assert [path.name for path in local if local[path] != made[path]] == []
    memory = asked_for(slurm)[before:]
    # Tables, their reach, two shards, reports and cells: those on registers by the size of files.
    assert len(memory) == 6 and len(set(memory)) > 2
