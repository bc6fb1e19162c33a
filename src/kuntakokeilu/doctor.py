"""What of this machine would make a run fail, and what to do: one page, before any time is spent.

Only the standard library is used, and no module of the package, so that the page can be had before
anything is installed; packages are asked of the interpreter that has them.
"""

from __future__ import annotations

import contextlib
import hashlib
import importlib.util
import json
import locale
import os
import re
import shutil
import subprocess
import sys
import tempfile
import time
import tomllib
import zoneinfo
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from difflib import get_close_matches
from pathlib import Path

OK, NOTE, FAILS = "ok", "note", "FAILS"
MINIMUM_PYTHON, BELOW_PYTHON = (3, 11), (3, 14)  # as in pyproject.toml and environment.yml
GIGA = 1e9
LEAST_MEMORY, ENOUGH_MEMORY = 1 * GIGA, 8 * GIGA
# ASSUME: results of a study of open data; of synthetic registers (demo_2021 takes 0.6 GB); .venv.
LEAST_DISK, ENOUGH_DISK, ENVIRONMENT = 0.5 * GIGA, 10 * GIGA, 1.3 * GIGA
DATA, REGISTERS = "KUNTAKOKEILU_DATA", "KUNTAKOKEILU_REGISTERS"
VARIABLES = (
    *(DATA, REGISTERS, "KUNTAKOKEILU_PYTHON", "KUNTAKOKEILU_SEEDS", "KUNTAKOKEILU_STRICT"),
    *("KUNTAKOKEILU_WARM", "KUNTAKOKEILU_FOLDER", "KUNTAKOKEILU_NOTEBOOK"),
)
KIT = "offline"  # folder of an offline kit, as run.py has it
DAY = 86_400
LONGEST_ON_WINDOWS = 80  # letters of the project's folder: 180 are left for results below it
# Packages whose modules are called otherwise; None: nothing to import.
MODULES = {"pyyaml": "yaml", "scikit-learn": "sklearn", "jupyter": None}
ASK = """
import importlib, json, struct, sys
from importlib.metadata import distributions
packages = {}
for each in distributions():
    packages.setdefault((each.metadata["Name"] or "").lower().replace("_", "-"), each.version)
broken = {}
for name in json.loads(sys.argv[1]):
    try:
        importlib.import_module(name)
    except Exception as error:
        broken[name] = type(error).__name__
found = {"version": sys.version_info[:3], "bits": 8 * struct.calcsize("P")}
print(json.dumps(found | {"packages": packages, "broken": broken}))
"""


@dataclass(frozen=True)
class Line:
    """What was looked at.

    Attributes
    ----------
    what : str
        The thing.
    verdict : str
        `OK`; `NOTE`, something to know; `FAILS`, something would fail.
    said : str
        What was found.
    do : str
        What to do about it.
    """

    what: str
    verdict: str
    said: str
    do: str = ""


@dataclass(frozen=True)
class Interpreter:
    """What an interpreter says of itself.

    Attributes
    ----------
    version : tuple of int
        Of Python.
    bits : int
        Of an address.
    packages : dict of str to str
        Versions by name, small letters with hyphens.
    broken : dict of str to str
        Modules that are there or should be and cannot be imported, to the kind of error.
    """

    version: tuple[int, ...]
    bits: int
    packages: dict[str, str]
    broken: dict[str, str]


# --- Python and packages ---


def of_python(version: tuple[int, ...], bits: int) -> Line:
    """Look at the version of Python, and at the size of its addresses."""
    said = f"{'.'.join(map(str, version[:3]))}, {bits}-bit"
    oldest, tested = (".".join(map(str, each)) for each in (MINIMUM_PYTHON, BELOW_PYTHON))
    if version[:2] < MINIMUM_PYTHON:
        return Line("Python", FAILS, said, f"use Python {oldest} or newer")
    if bits < 64:
        return Line("Python", FAILS, said, "use a Python of 64 bits: packages have no other")
    if version[:2] >= BELOW_PYTHON:
        do = f"packages are locked for Python below {tested}; use one of these if anything fails"
        return Line("Python", NOTE, said, do)
    return Line("Python", OK, said)


def of_packages(
    found: Interpreter | None,
    needed: Mapping[str, str],
    locked: Mapping[str, set[str]],
    *,
    kit: bool = False,
) -> list[Line]:
    """Hold the packages of an interpreter against what the project needs and what it locks.

    Parameters
    ----------
    found : Interpreter or None
        None: no environment was made yet.
    needed : mapping of str to str
        Versions that pyproject.toml allows, such as `>=9.20,<10`, by package.
    locked : mapping of str to set of str
        Versions in requirements.lock, by package; several where Pythons differ.
    kit : bool
        Whether this is an offline kit, which brings its packages.
    """
    if found is None:
        said = "not installed yet"
        do = (
            "the first command installs them into .venv (about 1.1 GB, from the network); without "
            "a network take an offline kit (python run.py bundle), or name a prepared interpreter "
            "in KUNTAKOKEILU_PYTHON"
        )
        if kit:
            do = "install those of this kit into .venv (about 1.1 GB): python run.py install"
        missing = [name for name in ("venv", "ensurepip") if not importlib.util.find_spec(name)]
        if missing:
            do = f"this Python has no {' and no '.join(missing)}: install them (python3-venv); {do}"
            return [Line("packages", FAILS, said, do)]
        return [Line("packages", NOTE, said, do)]
    have = found.packages
    absent = [name for name in needed if name not in have]
    outside = [
        f"{n} {have[n]} ({needed[n]})" for n in needed if not allowed(have.get(n), needed[n])
    ]
    broken = [f"{name} ({error})" for name, error in found.broken.items()]
    other = [n for n in needed if n in have and have[n] not in locked.get(n, {have[n]})]
    install = "install requirements.lock into that environment, or delete .venv and run again"
    lines = [
        Line("packages", FAILS, f"{said}: {_some(names)}", install)
        for said, names in (
            ("missing", absent),
            ("of a version that was not tried", outside),
            ("there, but cannot be imported", [b for b in broken if b.split()[0] not in absent]),
        )
        if names
    ]
    if lines:
        return lines
    if other:
        do = "results may differ in their last digits; requirements.lock has what was tested"
        return [Line("packages", NOTE, f"other versions than locked: {_some(other)}", do)]
    return [Line("packages", OK, f"{len(needed)} that are used, as locked")]


def of_kit(folder: Path) -> Iterator[Line]:
    """Look whether an offline kit has every wheel of its lock, unchanged."""
    if not folder.is_dir():
        return
    lock = (folder / "requirements.lock").read_text(encoding="utf-8")
    expected = set(re.findall(r"--hash=sha256:([0-9a-f]{64})", lock))
    found = {
        hashlib.sha256(path.read_bytes()).hexdigest() for path in (folder / "wheels").glob("*.whl")
    }
    if gone := len(expected - found):
        do = "unpack the kit again; compare its SHA-256 with the one that `bundle` showed"
        yield Line("offline kit", FAILS, f"wheels that are missing or were changed: {gone}", do)
    else:
        yield Line("offline kit", OK, f"all wheels are whole: {len(expected)}")


def of_portal(found: Interpreter | None) -> Line:
    """Say whether the open portal can be built, which no study needs."""
    if found is None or "vl-convert-python" in found.packages:
        return Line("open portal", OK, "site and update can draw its charts")
    do = "install the extra `site` of pyproject.toml; studies run without it"
    return Line("open portal", NOTE, "vl-convert-python is missing: no site, no update", do)


def allowed(version: str | None, limits: str) -> bool:
    """Tell whether a version lies within limits such as `>=9.20,<10`; an absent one does.

    Examples
    --------
    >>> allowed("9.27.1", ">=9.20,<10"), allowed("10.0", ">=9.20,<10"), allowed("2.0", ">=2.0.30")
    (True, False, False)
    """
    if version is None:
        return True
    for sign, limit in re.findall(r"(>=|<)\s*([\d.]+)", limits):
        one, other = _numbers(version), _numbers(limit)
        if (one < other) if sign == ">=" else (one >= other):
            return False
    return True


def needed_packages(pyproject: str) -> dict[str, str]:
    """Read from pyproject.toml which packages a run uses, and their limits."""
    listed = tomllib.loads(pyproject)["project"]["dependencies"]
    parts = (re.match(r"([\w.-]+)(?:\[[^\]]*\])?\s*(.*)", each) for each in listed)
    return {part[1].lower().replace("_", "-"): part[2] for part in parts if part}


def locked_versions(lock: str) -> dict[str, set[str]]:
    """Read the versions of a lock file by package."""
    found: dict[str, set[str]] = {}
    for name, version in re.findall(r"^([\w.-]+)==(\S+)", lock, re.MULTILINE):
        found.setdefault(name.lower(), set()).add(version)
    return found


def ask(python: Path, modules: Iterable[str]) -> Interpreter | None:
    """Ask an interpreter for its packages; None if it does not answer."""
    command = [str(python), "-c", ASK, json.dumps(list(modules))]
    try:
        done = subprocess.run(command, capture_output=True, timeout=300, check=True)
        return Interpreter(**json.loads(done.stdout.decode("utf-8").splitlines()[-1]))
    except (OSError, subprocess.SubprocessError, ValueError, TypeError, IndexError):
        return None


# --- The machine ---


def of_memory(total: float | None, free: float | None) -> Line:
    """Look at memory, in bytes; None where the system does not say."""
    if total is None or free is None:
        return Line("memory", NOTE, "this system does not say", "8 GB carry every study")
    said = f"{total / GIGA:.1f} GB, {free / GIGA:.1f} GB of them free"
    if free < LEAST_MEMORY:
        return Line("memory", FAILS, said, "end other programs: the smallest study needs 1 GB")
    if total < ENOUGH_MEMORY:
        do = "whole registers want 8 GB: give the study `shards`, and run with --cores 1"
        return Line("memory", NOTE, said, do)
    return Line("memory", OK, said)


def memory() -> tuple[float | None, float | None]:
    """Tell the bytes of memory, all and free, within the limit of a container."""
    if os.name == "nt":
        return _memory_of_windows()
    try:
        text = Path("/proc/meminfo").read_text(encoding="ascii")
        found = {k: 1024.0 * int(v) for k, v in re.findall(r"^(\w+):\s+(\d+) kB", text, re.M)}
        total, free = found["MemTotal"], found["MemAvailable"]
    except (OSError, KeyError, ValueError):
        return None, None
    for file in ("memory.max", "memory/memory.limit_in_bytes"):
        with contextlib.suppress(OSError, ValueError):  # `max` where there is no limit
            limit = float((Path("/sys/fs/cgroup") / file).read_text(encoding="ascii"))
            total, free = min(total, limit), min(free, limit)
    return total, free


def _memory_of_windows() -> tuple[float | None, float | None]:
    import ctypes

    class Status(ctypes.Structure):
        _fields_ = [
            ("length", ctypes.c_ulong),
            ("load", ctypes.c_ulong),
            *[(name, ctypes.c_ulonglong) for name in ("total", "free", "a", "b", "c", "d", "e")],
        ]

    status = Status()
    status.length = ctypes.sizeof(Status)
    if not ctypes.windll.kernel32.GlobalMemoryStatusEx(ctypes.byref(status)):  # type: ignore[attr-defined]
        return None, None
    return float(status.total), float(status.free)


def of_disk(free: float, *, installed: bool) -> Line:
    """Look at the free bytes of the project's disk; packages take their share until installed."""
    least = LEAST_DISK + (0 if installed else ENVIRONMENT)
    said = f"{free / GIGA:.1f} GB free"
    if free < least:
        return Line("disk", FAILS, said, f"make room: {least / GIGA:.1f} GB are needed")
    if free < ENOUGH_DISK:
        return Line("disk", NOTE, said, "whole registers want 10 GB and more (docs/scale.md)")
    return Line("disk", OK, said)


def of_writing(name: str, folder: Path) -> Line:
    """Try to write into a folder, or into the nearest above it that is there."""
    there = next(each for each in (folder, *folder.parents) if each.exists())
    what = f"writing, {name}"
    try:
        with tempfile.TemporaryDirectory(dir=there) as made:
            (Path(made) / "file").write_bytes(b"x")
    except OSError as error:
        do = "give this user the right to write there, or move the project"
        return Line(what, FAILS, f"{there}: {error.strerror}", do)
    return Line(what, OK, str(there))


def of_folder(root: str, *, windows: bool) -> Line:
    """Look at the name of the project's folder."""
    if windows and root.startswith("\\\\"):
        do = "give the share a drive letter: programs do not start below such a name"
        return Line("project folder", FAILS, root, do)
    if windows and len(root) > LONGEST_ON_WINDOWS:
        do = "Windows refuses paths of more than 260 letters: move the project nearer to the drive"
        return Line("project folder", NOTE, f"letters of its name: {len(root)}", do)
    return Line("project folder", OK, root)


# --- Time and language ---


def of_clock(now: float, newest: float) -> Line:
    """Look at the clock, in seconds since 1970, beside the time stamps of the project."""
    said = time.strftime("%Y-%m-%d %H:%M", time.localtime(now))
    if now < newest - DAY:
        do = "set the clock: files of the project are newer than now, so nothing would be rerun"
        return Line("clock", FAILS, said, do)
    return Line("clock", OK, said)


def of_time_zone() -> Line:
    """Look at the time zone; days are those of Finland in any."""
    said = time.strftime("%Z (%z)")
    try:
        zoneinfo.ZoneInfo("Europe/Helsinki")
    except (zoneinfo.ZoneInfoNotFoundError, OSError):
        said += ", and no table of time zones; DuckDB brings its own"
    return Line("time zone", OK, f"{said}; days of time stamps are read as of Helsinki")


def of_language(files: str, console: str | None, root: str) -> Line:
    """Look at the encodings of file names and of the console, and at the place of the project."""
    said = f"{locale.setlocale(locale.LC_CTYPE)}, file names {files}, console {console or 'none'}"
    if files.lower().replace("-", "") != "utf8" and not root.isascii():
        do = "set LANG=C.UTF-8, or move the project to a folder of plain letters"
        return Line("language", FAILS, said, do)
    if (console or "utf-8").lower().replace("-", "") != "utf8":
        do = "the console may show ? for å, ä and ö; files are UTF-8 in any case"
        return Line("language", NOTE, said, do)
    return Line("language", OK, said)


# --- What is configured ---


def of_data(given: str | None, default: Path) -> Line:
    """Look for the folder of open data."""
    folder = Path(given) if given else default
    if _readable(folder):
        return Line("open data", OK, str(folder))
    if given:
        do = f"let {DATA} name the folder with the files that data/README.md lists"
        return Line("open data", FAILS, f"{DATA}={given}: no folder that can be read", do)
    do = f"studies of open data need it: see data/README.md, then set {DATA}; demo_2021 does not"
    return Line("open data", NOTE, f"neither {DATA} nor {default.as_posix()}", do)


def of_registers(given: str | None) -> Line:
    """Look for the folder of register data."""
    if not given:
        return Line("registers", OK, f"{REGISTERS} is not set; studies of a real extract need it")
    if _readable(Path(given)):
        do = "hold the extract against the contract: python run.py preflight --study STUDY"
        return Line("registers", OK, given, do)
    do = f"let {REGISTERS} name the folder of the extract"
    return Line("registers", FAILS, f"{REGISTERS}={given}: no folder that can be read", do)


def of_variables(environment: Mapping[str, str]) -> Iterator[Line]:
    """Look for variables that mean nothing or cannot be understood."""
    for name in environment:
        if name.startswith("KUNTAKOKEILU") and name not in VARIABLES:
            near = get_close_matches(name, VARIABLES, 1)
            do = f"perhaps {near[0]} is meant" if near else f"known are {', '.join(VARIABLES[:5])}"
            yield Line("variables", NOTE, f"no meaning here: {name}", do)
    day = environment.get("SOURCE_DATE_EPOCH", "")
    if day and not day.isdigit():
        do = "set it to seconds since 1970, or unset it"
        yield Line("variables", FAILS, f"SOURCE_DATE_EPOCH={day}", do)


def of_restricted(results: Path, *, windows: bool) -> Iterator[Line]:
    """Look who may enter the folders of persons, and whether a run was killed."""
    if windows:
        do = "Windows asks the folder's own rights: let in only those who may see persons"
        yield Line("restricted/", NOTE, "rights are not set by this program", do)
        return
    for folder in sorted(results.glob("*/restricted")):
        if folder.stat().st_mode & 0o077:
            name = folder.relative_to(results.parent).as_posix()
            do = f"chmod 700 {name} (the next run does it too)"
            yield Line("restricted/", FAILS, f"{name}: others can enter it", do)


def of_lock(root: Path) -> Iterator[Line]:
    """Look for the lock of a run."""
    locks = root / ".snakemake" / "locks"
    if locks.is_dir() and any(locks.iterdir()):
        do = "if no run is on, one was killed: python run.py results --unlock"
        yield Line("lock", NOTE, "a run is using this folder", do)


# --- All of it ---


def examine(
    root: Path, python: Path | None, environment: Mapping[str, str], *, named: bool = False
) -> list[Line]:
    """Look at everything.

    Parameters
    ----------
    root : Path
        The project's folder.
    python : Path or None
        The interpreter that has the packages; None if no environment was made yet.
    environment : mapping of str to str
        Variables.
    named : bool
        Whether the user named the interpreter (KUNTAKOKEILU_PYTHON).

    Returns
    -------
    list of Line
        In the order of the page.
    """
    needed = needed_packages((root / "pyproject.toml").read_text(encoding="utf-8"))
    locked = locked_versions((root / "requirements.lock").read_text(encoding="utf-8"))
    modules = [m for name in needed if (m := MODULES.get(name, name.replace("-", "_")))]
    found = ask(python, modules) if python else None
    own = Interpreter(sys.version_info[:3], 64 if sys.maxsize > 2**32 else 32, {}, {})
    windows, shown = os.name == "nt", found or own
    if python and found is None:
        do = "name another in KUNTAKOKEILU_PYTHON" if named else "delete .venv, and run again"
        packages = [Line("packages", FAILS, f"{python}: does not run", do)]
    else:
        packages = of_packages(found, needed, locked, kit=(root / KIT).is_dir())
    files = (root / name for name in ("run.py", "pyproject.toml", "requirements.lock"))
    encoding = sys.getfilesystemencoding(), getattr(sys.stdout, "encoding", None)
    return [
        of_python(tuple(shown.version), shown.bits),
        *packages,
        *of_kit(root / KIT),
        of_portal(found),
        of_memory(*memory()),
        of_disk(shutil.disk_usage(root).free, installed=python is not None),
        of_writing("results", root / "results"),
        of_writing("records of runs", root / ".snakemake"),
        of_writing("temporary files", Path(tempfile.gettempdir())),
        of_folder(str(root), windows=windows),
        of_clock(time.time(), max(path.stat().st_mtime for path in files)),
        of_time_zone(),
        of_language(*encoding, str(root)),
        of_data(environment.get(DATA), root / "../shared/data"),
        of_registers(environment.get(REGISTERS)),
        *of_restricted(root / "results", windows=windows),
        *of_variables(environment),
        *of_lock(root),
    ]


def page(lines: Iterable[Line]) -> str:
    """Write what was found on one page, what would fail first."""
    order = {FAILS: 0, NOTE: 1, OK: 2}
    listed = sorted(lines, key=lambda line: order[line.verdict])
    failing = sum(line.verdict == FAILS for line in listed)
    width = max(len(line.what) for line in listed)
    told = [f"things looked at: {len(listed)}; would make a run fail: {failing}", ""]
    for line in listed:
        told.append(f"{line.verdict:<6} {line.what:<{width}}  {line.said}")
        if line.do:
            told.append(f"{'':<{width + 9}}{'' if line.verdict == OK else 'do: '}{line.do}")
    return "\n".join(told)


def code(lines: Iterable[Line]) -> int:
    """Give the exit code: 1 if something would fail."""
    return int(any(line.verdict == FAILS for line in lines))


def _readable(folder: Path) -> bool:
    return folder.is_dir() and os.access(folder, os.R_OK | os.X_OK)


def _numbers(version: str) -> tuple[int, ...]:
    parts = tuple(int(part) for part in re.findall(r"\d+", version.partition("+")[0])[:4])
    return parts + (0,) * (4 - len(parts))


def _some(names: list[str], most: int = 6) -> str:
    more = f" and {len(names) - most} more" if len(names) > most else ""
    return ", ".join(names[:most]) + more
