"""A run that is killed, has no room, or is not alone: after it goes on, the release is the same.

Proofs for `make simulate`: each kill takes a step and all after it away from a finished run, kills
the run that makes it again at a random moment, lets it go on, and compares every byte of the
release.
KUNTAKOKEILU_KILLS says how many (50), KUNTAKOKEILU_SEEDS from which seed.
"""

from __future__ import annotations

import json
import os
import random
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from .conftest import ROOT, copy_project
from .test_workflow import STUDY, shrink

KILLS = int(os.environ.get("KUNTAKOKEILU_KILLS", "50"))
SEED = int(os.environ.get("KUNTAKOKEILU_SEEDS", "1").split()[0])
# Each made of the one before. A folder in the middle is only made again if all after it are gone.
CHAIN = ("restricted/twin", "restricted/registers", "restricted/panel", "restricted/cells",
         "restricted/estimates", "release")  # fmt: skip
LATER = """
import time
_now = time.time
time.time = lambda: _now() + 400 * 86400
"""
IN_A_SMALL_ROOM = 'mount -t tmpfs -o size={size} tmpfs "{room}" && exec "$0" "$@"'

pytestmark = [pytest.mark.simulate, pytest.mark.xdist_group("faults")]


@pytest.fixture(scope="module")
def finished(tmp_path_factory) -> Path:
    """The project after a run of the default study, made smaller, as far as its release."""
    project = copy_project(ROOT, tmp_path_factory.mktemp("faults") / "project")
    shutil.copy(ROOT / "run.py", project)
    shrink(project)
    done = run(project)
    assert done.returncode == 0, done.stderr[-3000:]
    return project


@pytest.fixture(scope="module")
def expected(finished) -> dict[str, bytes]:
    return release_of(finished)


def run(project: Path, *more: str, before: tuple[str, ...] = (), **variables: str):
    """Run as far as the release, as a user does."""
    return subprocess.run(
        [*before, *command(*more)], cwd=project, env=environment(project) | variables,
        capture_output=True, encoding="utf-8", check=False, timeout=3_600,
    )  # fmt: skip


def command(*more: str) -> list[str]:
    return [sys.executable, "run.py", "results", "--study", STUDY, "--only", "release", *more]


def environment(project: Path) -> dict[str, str]:
    given = {"KUNTAKOKEILU_PYTHON": sys.executable, "PYTHONPATH": str(project / "src")}
    return {**os.environ, **given, "KUNTAKOKEILU_DATA": str(project / "no_data_here")}


def release_of(project: Path) -> dict[str, bytes]:
    folder = project / "results" / STUDY / "release"
    return {path.name: path.read_bytes() for path in sorted(folder.iterdir())}


def begun(project: Path) -> subprocess.Popen:
    return subprocess.Popen(
        command(), cwd=project, env=environment(project), start_new_session=True,
        stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
    )  # fmt: skip


def kill_after(project: Path, seconds: float) -> bool:
    """Kill a run and all its processes; tell whether it was still running."""
    process = begun(project)
    try:
        process.wait(seconds)
    except subprocess.TimeoutExpired:
        os.killpg(process.pid, signal.SIGKILL)
        process.wait()
        return True
    return False


def goes_on(project: Path) -> float:
    """Let a run go on until it is over, as the message of the first says; give its seconds."""
    started = time.monotonic()
    done = run(project)
    if done.returncode:
        assert "--unlock" in done.stderr, done.stderr[-2000:]
        assert run(project, "--unlock").returncode == 0
        done = run(project)
    assert done.returncode == 0, done.stderr[-3000:]
    return time.monotonic() - started


def undo(project: Path, first: str) -> None:
    """Take away what a step and all after it have made, so that a run makes it again."""
    for name in CHAIN[CHAIN.index(first) :]:
        shutil.rmtree(project / "results" / STUDY / name, ignore_errors=True)


def test_a_run_killed_at_any_moment_goes_on_to_the_same_release(finished, expected):
    chance, long, killed = random.Random(SEED), 30.0, 0
    for turn in range(KILLS):
        step, moment = chance.choice(CHAIN), chance.uniform(0.2, long)
        undo(finished, step)
        killed += kill_after(finished, moment)
        long = max(10.0, 0.5 * long + 0.5 * goes_on(finished))
        assert release_of(finished) == expected, (turn, step, moment)
        print(f"kill {turn + 1}: {step} after {moment:.1f} s; the same", flush=True)
    print(f"{killed} of {KILLS} were still running")
    assert killed >= KILLS / 4


def test_a_second_run_beside_the_first_is_told_so_in_one_line(finished, expected):
    undo(finished, "restricted/panel")  # so that the first takes a while
    first = begun(finished)
    locks = finished / ".snakemake" / "locks"
    while first.poll() is None and not (locks.is_dir() and any(locks.iterdir())):
        time.sleep(0.2)
    second = run(finished)
    assert first.wait(3_600) == 0
    assert second.returncode != 0
    told = [line for line in second.stderr.splitlines() if line.strip()]
    assert len(told) == 1 and "--unlock" in told[0]
    assert release_of(finished) == expected


def test_another_clock_and_time_zone_make_the_same_release(finished, expected, tmp_path):
    shutil.rmtree(finished / "results" / STUDY / "release")
    (tmp_path / "sitecustomize.py").write_text(LATER)
    path = os.pathsep.join([str(tmp_path), str(finished / "src")])
    done = run(finished, PYTHONPATH=path, TZ="Pacific/Auckland")
    assert done.returncode == 0, done.stderr[-2000:]
    made = release_of(finished)
    told, known = (json.loads(each.pop("manifest.json")) for each in (made, dict(expected)))
    assert told.pop("date") != known.pop("date")  # the day of the run is said, and nothing else
    assert made == {name: text for name, text in expected.items() if name != "manifest.json"}
    assert told == known


@pytest.mark.parametrize(
    ("room", "size", "made_of_it"),
    [("restricted/registers", "200k", "restricted/panel"),
     ("restricted/panel", "100k", "restricted/cells"),
     ("restricted/cells", "100k", "restricted/estimates"),
     ("restricted/estimates", "16k", "release"), ("release", "16k", "release")],
)  # fmt: skip
def test_a_full_disk_ends_with_one_line_and_the_same_release_later(
    finished, expected, room, size, made_of_it
):
    undo(finished, made_of_it)  # else the room is not asked for
    folder = finished / "results" / STUDY / room
    folder.mkdir(exist_ok=True)
    small = ["unshare", "-rm", "sh", "-c", IN_A_SMALL_ROOM.format(size=size, room=folder)]
    if (
        shutil.which("unshare") is None
        or subprocess.run([*small, "true"], check=False, capture_output=True).returncode
    ):
        pytest.skip("no small file system can be mounted here (unshare -rm, tmpfs)")
    done = run(finished, before=tuple(small))
    assert done.returncode != 0
    assert "Traceback" not in done.stderr and "space" in done.stderr.lower(), done.stderr[-2000:]
    goes_on(finished)
    assert release_of(finished) == expected
