"""A temporary copy of the project, and Snakemake run in it as a user would."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

PARTS = ("Snakefile", "workflow", "config", "src", "profiles")

Run = Callable[..., subprocess.CompletedProcess]


def copy_project(root: Path, target: Path) -> Path:
    """Copy what the workflow needs, and nothing that it makes."""
    target.mkdir(parents=True)
    leave = shutil.ignore_patterns("__pycache__", ".ipynb_checkpoints")
    for part in PARTS:
        source = root / part
        if source.is_dir():
            shutil.copytree(source, target / part, ignore=leave)
        else:
            shutil.copy2(source, target / part)
    return target


def snakemake(folder: Path, *arguments: str, data: Path | None = None):
    """Run Snakemake in a copy of the project; its own `src` comes first."""
    environment = dict(os.environ, PYTHONPATH=str(folder / "src"), PYTHONUTF8="1")
    environment["PATH"] = os.pathsep.join([str(Path(sys.executable).parent), os.environ["PATH"]])
    environment["KUNTAKOKEILU_DATA"] = str(data or folder / "no_data_here")
    return subprocess.run(
        [sys.executable, "-m", "snakemake", "--cores", "2", "--nocolor", *arguments],
        cwd=folder,
        env=environment,
        capture_output=True,
        encoding="utf-8",
        errors="replace",
        check=False,
        timeout=600,
    )


@pytest.fixture
def project(root: Path, tmp_path: Path) -> Path:
    """A fresh copy of the project in an empty folder."""
    return copy_project(root, tmp_path / "project")
