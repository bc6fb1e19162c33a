"""A temporary copy of the project, and Snakemake run in it as a user would."""

from __future__ import annotations

import contextlib
import io
import os
import runpy
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace

import pytest

from kuntakokeilu import warm

from ..statfin.pxweb_server import running
from .live_tables import LIVE, ROOT, tables

SNAKEMAKE = runpy.run_path(str(ROOT / "run.py"))["SNAKEMAKE"]
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
    """Run Snakemake in a copy of the project; its own `src` comes first.

    In a module that uses `warm_jobs` it is a fork of the tests' own code, and so are its jobs.
    """
    environment = dict(os.environ, PYTHONPATH=str(folder / "src"), PYTHONUTF8="1")
    environment["PATH"] = os.pathsep.join([str(Path(sys.executable).parent), os.environ["PATH"]])
    environment["KUNTAKOKEILU_DATA"] = str(data or folder / "no_data_here")
    python = warm.command(sys.executable) if warm.SOCKET in os.environ else [sys.executable]
    return subprocess.run(
        [*python, "-c", SNAKEMAKE, "--cores", "2", "--nocolor", *arguments],
        cwd=folder,
        env=environment,
        capture_output=True,
        encoding="utf-8",
        errors="replace",
        check=False,
        timeout=1_200,
    )


def run_script(folder: Path, name: str, log: str, *, input=None, output=None, spec=None):
    """Run the script of a rule in this process, in a copy of the project.

    Snakemake would give it the same `snakemake`, in a process of its own; what Snakemake adds,
    such as removing the files of a failed job, is not there.
    """
    script = folder / "workflow" / "scripts" / name
    given = SimpleNamespace(
        input=SimpleNamespace(**input or {}),
        output=SimpleNamespace(**output or {}),
        log=[log],
        params=SimpleNamespace(spec=spec),
    )
    out, err, code = io.StringIO(), io.StringIO(), 0
    with (
        contextlib.chdir(folder),
        contextlib.redirect_stdout(out),
        contextlib.redirect_stderr(err),
    ):
        try:
            runpy.run_path(str(script), init_globals={"snakemake": given})
        except SystemExit as end:
            code = end.code
    return subprocess.CompletedProcess([name], code, out.getvalue(), err.getvalue())


@pytest.fixture(scope="module")
def environment():
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("no_proxy", "127.0.0.1")
        patch.setenv("KUNTAKOKEILU_PYTHON", sys.executable)
        yield


@pytest.fixture(scope="module")
def server(environment):
    with running(tables()) as server:
        server.config = {"maxValues": 30_000, "maxCells": 30_000, "maxCalls": 40, "timeWindow": 60}
        yield server


@pytest.fixture(scope="module")
def project(tmp_path_factory) -> Path:
    folder = copy_project(ROOT, tmp_path_factory.mktemp("download") / "project")
    shutil.copy(ROOT / "run.py", folder)
    with (folder / "config" / "studies" / LIVE / "study.yaml").open("a", encoding="utf-8") as file:
        file.write("permutations: 99\n")  # no test here looks at them
    return folder


@pytest.fixture
def healthy(server, project):
    """The server as it is when nothing is wrong, and nothing downloaded yet."""
    shutil.rmtree(project / "data" / "downloads", ignore_errors=True)
    server.tables = tables()
    for past in (server.script, server.calls, server.queries):
        past.clear()
    return server
