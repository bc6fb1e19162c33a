"""Each thing that would make a run fail is said, with what to do; what is well is passed."""

from __future__ import annotations

import hashlib
import os
import re
import shutil
import subprocess
import sys
import time
from pathlib import Path

import pytest

from kuntakokeilu import doctor
from kuntakokeilu.doctor import FAILS, NOTE, OK, Interpreter

ROOT = Path(__file__).resolve().parents[1]
NEEDED = {"pandas": ">=2.3", "snakemake": ">=9.20,<10", "jupyter": ">=1.1"}
LOCKED = {"pandas": {"3.1.1"}, "snakemake": {"9.27.1"}, "jupyter": {"1.1.1"}}
WELL = {"pandas": "3.1.1", "snakemake": "9.27.1", "jupyter": "1.1.1"}


def packages(broken=None, **changed):
    have = {name: v for name, v in (WELL | changed).items() if v}
    return doctor.of_packages(Interpreter((3, 12, 1), 64, have, broken or {}), NEEDED, LOCKED)


@pytest.mark.parametrize(
    ("version", "bits", "verdict", "said"),
    [
        ((3, 10, 12), 64, FAILS, "3.10.12"),
        ((3, 12, 0), 32, FAILS, "32-bit"),
        ((3, 14, 0), 64, NOTE, "3.14.0"),
        ((3, 11, 0), 64, OK, "3.11.0"),
    ],
)
def test_python(version, bits, verdict, said):
    line = doctor.of_python(version, bits)
    assert line.verdict == verdict and said in line.said and bool(line.do) == (verdict != OK)


@pytest.mark.parametrize(
    ("lines", "verdict", "said"),
    [
        (packages(), OK, "3 that are used"),
        (packages(pandas=None), FAILS, "missing: pandas"),
        (packages(snakemake="10.0"), FAILS, "snakemake 10.0 (>=9.20,<10)"),
        (packages(pandas="2.2.3"), FAILS, "pandas 2.2.3 (>=2.3)"),
        (packages({"pandas": "ImportError"}), FAILS, "pandas (ImportError)"),
        (packages(pandas="2.3.3"), NOTE, "other versions than locked: pandas"),
    ],
)
def test_packages(lines, verdict, said):
    (line,) = lines
    assert line.verdict == verdict and said in line.said


def test_a_missing_package_is_not_said_to_be_broken_too():
    (line,) = packages({"pandas": "ModuleNotFoundError"}, pandas=None)
    assert line.said == "missing: pandas"


def test_before_the_environment_exists_it_is_said_how_it_comes(monkeypatch):
    (line,) = doctor.of_packages(None, NEEDED, LOCKED)
    assert line.verdict == NOTE and "KUNTAKOKEILU_PYTHON" in line.do
    monkeypatch.setattr(doctor.importlib.util, "find_spec", lambda name: name != "ensurepip")
    (line,) = doctor.of_packages(None, NEEDED, LOCKED)
    assert line.verdict == FAILS and "ensurepip" in line.do and "venv and" not in line.do


def test_the_project_states_limits_and_versions_that_are_read():
    needed = doctor.needed_packages((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    locked = doctor.locked_versions((ROOT / "requirements.lock").read_text(encoding="utf-8"))
    assert needed["snakemake"] == ">=9.20,<10" and "pandera" in needed and len(needed) == 23
    assert set(needed) <= set(locked) and len(locked["numpy"]) == 2
    assert all(doctor.allowed(one, needed[name]) for name in needed for one in locked[name])


@pytest.mark.parametrize(
    ("line", "verdict"),
    [
        (doctor.of_memory(16e9, 0.5e9), FAILS),
        (doctor.of_memory(4e9, 3e9), NOTE),
        (doctor.of_memory(16e9, 9e9), OK),
        (doctor.of_memory(None, None), NOTE),
        (doctor.of_disk(0.4e9, installed=True), FAILS),
        (doctor.of_disk(1.5e9, installed=False), FAILS),
        (doctor.of_disk(1.5e9, installed=True), NOTE),
        (doctor.of_disk(50e9, installed=False), OK),
        (doctor.of_folder(r"\\server\share\project", windows=True), FAILS),
        (doctor.of_folder("D:\\" + 90 * "x", windows=True), NOTE),
        (doctor.of_folder("/home/" + 90 * "x", windows=False), OK),
        (doctor.of_clock(0.0, 1.7e9), FAILS),
        (doctor.of_clock(1.7e9, 1.7e9), OK),
        (doctor.of_time_zone(), OK),
        (doctor.of_language("ascii", "ascii", "/home/Mäki"), FAILS),
        (doctor.of_language("utf-8", "cp850", "/home/Mäki"), NOTE),
        (doctor.of_language("utf-8", None, "/home/Mäki"), OK),
    ],
)
def test_the_machine(line, verdict):
    assert line.verdict == verdict and bool(line.do) == (verdict != OK)


def test_memory_is_that_of_the_machine():
    total, free = doctor.memory()
    if Path("/proc/meminfo").exists():
        assert 0 < free < total
    else:
        assert (total is None) == (free is None)


def test_a_folder_that_cannot_be_written_fails(tmp_path, monkeypatch):
    assert doctor.of_writing("results", tmp_path / "not" / "there").verdict == OK
    (tmp_path / "results").write_text("a file", encoding="utf-8")
    assert doctor.of_writing("results", tmp_path / "results").verdict == FAILS
    assert list(tmp_path.iterdir()) == [tmp_path / "results"]


def test_a_folder_of_data_that_is_not_there(tmp_path):
    gone = str(tmp_path / "gone")
    assert doctor.of_data(gone, tmp_path).verdict == FAILS
    assert doctor.of_data(None, tmp_path / "gone").verdict == NOTE
    assert doctor.of_data(None, tmp_path).verdict == OK
    assert doctor.of_data(str(tmp_path), tmp_path / "gone").verdict == OK
    assert doctor.of_registers(gone).verdict == FAILS
    assert doctor.of_registers(None).verdict == doctor.of_registers(str(tmp_path)).verdict == OK


def test_variables_that_mean_nothing():
    (line,) = doctor.of_variables({"KUNTAKOKEILU_DATEN": "x", "HOME": "y"})
    assert line.verdict == NOTE and "KUNTAKOKEILU_DATA is meant" in line.do
    (line,) = doctor.of_variables({"SOURCE_DATE_EPOCH": "today"})
    assert line.verdict == FAILS
    assert not list(doctor.of_variables(dict.fromkeys(doctor.VARIABLES, "1")))


def test_every_variable_of_the_project_is_known():
    found = set()
    for path in (ROOT / "src").rglob("*.py"):
        found |= set(re.findall(r'"(KUNTAKOKEILU_[A-Z]+)"', path.read_text(encoding="utf-8")))
    assert found <= set(doctor.VARIABLES) and doctor.DATA in found


@pytest.mark.skipif(os.name == "nt", reason="rights of POSIX")
def test_a_folder_of_persons_that_others_can_enter_fails(tmp_path):
    folder = tmp_path / "results" / "demo_2021" / "restricted"
    folder.mkdir(parents=True)
    folder.chmod(0o750)
    (line,) = doctor.of_restricted(tmp_path / "results", windows=False)
    assert line.verdict == FAILS and "chmod 700 results/demo_2021/restricted" in line.do
    folder.chmod(0o700)
    assert not list(doctor.of_restricted(tmp_path / "results", windows=False))


def test_on_windows_rights_are_said_to_be_left_to_the_folder(tmp_path):
    (line,) = doctor.of_restricted(tmp_path, windows=True)
    assert line.verdict == NOTE


def test_the_lock_of_a_killed_run_is_said(tmp_path):
    assert not list(doctor.of_lock(tmp_path))
    (tmp_path / ".snakemake" / "locks").mkdir(parents=True)
    (tmp_path / ".snakemake" / "locks" / "0.input.lock").touch()
    (line,) = doctor.of_lock(tmp_path)
    assert line.verdict == NOTE and "--unlock" in line.do


def test_an_interpreter_that_does_not_answer_fails(tmp_path):
    assert doctor.ask(tmp_path / "no_python", []) is None
    lines = doctor.examine(ROOT, tmp_path / "no_python", {})
    (line,) = [line for line in lines if line.what == "packages"]
    assert line.verdict == FAILS and doctor.code(lines) == 1


def test_an_interpreter_says_what_it_has():
    found = doctor.ask(Path(sys.executable), ["json", "no_such_module_here"])
    assert tuple(found.version) == sys.version_info[:3] and "pandas" in found.packages
    assert found.broken == {"no_such_module_here": "ModuleNotFoundError"}


def bare_project(folder):
    """What doctor needs of the project, with no package in reach."""
    (folder / "src" / "kuntakokeilu").mkdir(parents=True)
    for name in ("run.py", "pyproject.toml", "requirements.lock", "src/kuntakokeilu/doctor.py"):
        shutil.copy2(ROOT / name, folder / name)
    return folder


def run_doctor(folder, **variables):
    kept = {name: v for name, v in os.environ.items() if not name.startswith("KUNTAKOKEILU")}
    return subprocess.run(
        [sys.executable, "-I", "-S", folder / "run.py", "doctor"],  # -S: no packages
        env=kept | variables,
        capture_output=True,
        encoding="utf-8",
        check=False,
    )


def test_the_page_comes_without_any_package(tmp_path):
    done = run_doctor(bare_project(tmp_path / "project"))
    assert done.returncode == 0, done.stdout + done.stderr
    assert "; would make a run fail: 0\n" in done.stdout
    assert "not installed yet" in done.stdout and len(done.stdout.splitlines()) < 50


def test_what_fails_comes_first_and_is_the_exit_code(tmp_path):
    folder = bare_project(tmp_path / "project")
    done = run_doctor(folder, KUNTAKOKEILU_DATA=str(tmp_path / "gone"))
    assert done.returncode == 1
    assert done.stdout.splitlines()[2].startswith("FAILS  open data")
    old = time.time() + 10 * doctor.DAY
    os.utime(folder / "requirements.lock", (old, old))
    done = run_doctor(folder, KUNTAKOKEILU_PYTHON=str(tmp_path / "no_python"))
    failing = [line.split()[1] for line in done.stdout.splitlines() if line.startswith("FAILS")]
    assert done.returncode == 1 and failing == ["packages", "clock"]


def test_a_kit_is_held_against_its_lock(tmp_path):
    kit = tmp_path / "offline"
    assert list(doctor.of_kit(kit)) == []
    (kit / "wheels").mkdir(parents=True)
    wheel = kit / "wheels" / "a-1-py3-none-any.whl"
    wheel.write_bytes(b"x")
    digest = hashlib.sha256(b"x").hexdigest()
    (kit / "requirements.lock").write_text(f"a==1 \\\n    --hash=sha256:{digest}\n")
    (line,) = doctor.of_kit(kit)
    assert line.verdict == OK and line.said == "all wheels are whole: 1"
    wheel.write_bytes(b"y")
    (line,) = doctor.of_kit(kit)
    assert line.verdict == FAILS and line.said.endswith(": 1")
    (told,) = doctor.of_packages(None, NEEDED, LOCKED, kit=True)
    assert "python run.py install" in told.do


def test_without_what_draws_its_charts_the_portal_cannot_be_built():
    def with_packages(packages):
        return doctor.of_portal(Interpreter((3, 12, 1), 64, packages, {}))

    assert with_packages(WELL).verdict == NOTE
    assert "vl-convert-python is missing" in with_packages(WELL).said
    assert with_packages(WELL | {"vl-convert-python": "1.9.0"}).verdict == OK
