"""A run of a small study with the network cut: whole, closed to others, and clean."""

from __future__ import annotations

import json
import os
import shutil
import stat
import subprocess
import sys
from pathlib import Path

import pytest

from kuntakokeilu.machine import machine_paths

from .conftest import copy_project
from .live_tables import ROOT

STUDY = "benchmark_card_krueger"
pytestmark = [pytest.mark.slow, pytest.mark.real_data, pytest.mark.xdist_group("offline")]

# In every process of the run but those that only hand a job over: no address but this machine.
CUT = """
import os, socket
_connect, _resolve = socket.socket.connect, socket.getaddrinfo

def _refuse(host):
    with open(os.environ["ASKED_OF_NETWORK"], "a") as file:
        file.write(f"{host}\\n")
    raise OSError("the network is cut")

def connect(self, address):
    if self.family != getattr(socket, "AF_UNIX", None) and address[0] not in ("127.0.0.1", "::1"):
        _refuse(address[0])
    return _connect(self, address)

def resolve(host, *rest, **more):
    if host not in (None, "", "localhost", "127.0.0.1", "::1", socket.gethostname()):
        _refuse(host)
    return _resolve(host, *rest, **more)

socket.socket.connect, socket.getaddrinfo = connect, resolve
"""


# A process with a network of its own, in which there is this machine and nothing else.
ALONE = ["unshare", "-rn", "sh", "-c", 'ip link set lo up && exec "$0" "$@"']


def alone() -> list[str]:
    """Give what comes before a command to cut its network; nothing where the system cannot."""
    if not all(map(shutil.which, ("unshare", "ip"))):
        return []
    done = subprocess.run([*ALONE, "true"], check=False, capture_output=True)
    return ALONE if done.returncode == 0 else []


def run(project: Path, *arguments: str, asked: Path, data: Path):
    inherited = os.environ.get("PYTHONPATH")
    variables = {
        "PYTHONPATH": os.pathsep.join([str(project / "cut"), *([inherited] if inherited else [])]),
        "KUNTAKOKEILU_PYTHON": sys.executable,
        "KUNTAKOKEILU_DATA": str(data),
        "ASKED_OF_NETWORK": str(asked),
    }
    return subprocess.run(
        [*alone(), sys.executable, "run.py", *arguments],
        cwd=project,
        env={**os.environ, **variables},
        capture_output=True,
        encoding="utf-8",
        check=False,
        timeout=1_200,
    )


@pytest.fixture(scope="module")
def finished(tmp_path_factory):
    data = Path(os.environ.get("KUNTAKOKEILU_DATA") or ROOT / "../shared/data").resolve()
    if not data.is_dir():
        pytest.skip("no public data")
    folder = tmp_path_factory.mktemp("offline")
    project = copy_project(ROOT, folder / "project")
    shutil.copy(ROOT / "run.py", project)
    (project / "cut").mkdir()
    (project / "cut" / "sitecustomize.py").write_text(CUT, encoding="utf-8")
    asked = folder / "asked"
    left = project / "results" / STUDY / "restricted" / ".registers-killed"
    left.mkdir(parents=True)  # as a step that was killed leaves it
    done = run(project, "results", "--study", STUDY, asked=asked, data=data)
    assert done.returncode == 0, done.stderr[-3000:] + done.stdout[-1000:]
    return project, asked, data


def test_the_cut_is_one(finished):
    project, asked, _ = finished
    probe = "import socket; socket.create_connection(('192.0.2.1', 80), 2)"
    variables = {"PYTHONPATH": str(project / "cut"), "ASKED_OF_NETWORK": f"{asked}_probe"}
    done = subprocess.run(
        [sys.executable, "-c", probe],
        env={**os.environ, **variables},
        check=False,
        capture_output=True,
    )
    assert done.returncode != 0
    assert Path(f"{asked}_probe").read_text(encoding="utf-8") == "192.0.2.1\n"


def test_a_run_needs_no_network(finished):
    project, asked, _ = finished
    results = project / "results" / STUDY
    assert not asked.exists()
    assert (results / "release" / "manifest.json").is_file()
    assert (results / "report" / "report.zip").is_file()


def test_persons_would_lie_in_closed_folders_without_anything_left(finished):
    results = finished[0] / "results" / STUDY
    if os.name == "posix":
        for name in ("restricted", "logs"):
            assert stat.S_IMODE((results / name).stat().st_mode) == 0o700
    hidden = [path.name for path in (results / "restricted").rglob(".*")]
    assert hidden == []


def test_logs_say_that_they_stay_and_name_no_machine(finished):
    logs = finished[0] / "results" / STUDY / "logs"
    assert "stay inside" in (logs / "README.txt").read_text(encoding="utf-8")
    for path in logs.glob("*.log"):
        assert machine_paths(path.read_text(encoding="utf-8")) == 0, path.name


def test_nothing_was_found_that_must_not_leave(finished):
    found = json.loads(
        (finished[0] / "results" / STUDY / "restricted" / "leaks.json").read_text(encoding="utf-8")
    )
    assert found["ids"] == 0 and found["notes"] == []


@pytest.mark.parametrize("place", ["release/notes.csv", "report/figures/a.svg"])
def test_what_is_put_beside_the_results_fails_the_next_run(finished, place):
    project, asked, data = finished
    planted = project / "results" / STUDY / place
    planted.parent.mkdir(exist_ok=True)
    planted.write_text("<p>131052-308T</p>", encoding="utf-8")
    try:
        done = run(project, "leaks", STUDY, asked=asked, data=data)
    finally:
        planted.unlink()
    assert done.returncode == 2
    assert done.stderr.splitlines()[-1].endswith(
        f"was found in {place} (1 personal identity code); do not hand it on"
    )
    assert "308T" not in done.stdout + done.stderr


def test_a_package_is_made_and_its_numbers_are_computed_again(finished):
    project, asked, data = finished
    made = run(project, "release", STUDY, asked=asked, data=data)
    assert made.returncode == 0, made.stderr
    (package,) = (project / "results" / STUDY / "package").iterdir()
    assert made.stdout.splitlines()[-1] == package.relative_to(project).as_posix()
    assert [p.name for p in (project / "results" / STUDY / "restricted").rglob(".*")] == []
    before = sorted(path for path in project.rglob("*") if ".snakemake" not in path.parts)
    done = run(project, "verify", str(package), asked=asked, data=data)
    assert done.returncode == 0, done.stderr + done.stdout
    assert done.stdout.splitlines()[-1].endswith("none differs by more than 1e-06 of its value")
    after = sorted(path for path in project.rglob("*") if ".snakemake" not in path.parts)
    assert after == before and not asked.exists()
