"""The one way in: make the environment once, then run the workflow, the tests or a helper.

Only the standard library is used, so that any Python from 3.11 on can start this file on Linux
and Windows. ``python run.py --help`` lists the commands.

Environment variables
---------------------
KUNTAKOKEILU_PYTHON
    An interpreter that already has the packages (conda, a secure desktop); nothing is installed.
KUNTAKOKEILU_SEEDS
    Seeds of the proofs marked ``simulate``, which run where it is set; ``make simulate`` sets two.
KUNTAKOKEILU_STRICT
    With ``1``, tests on real data fail instead of being skipped when the data are missing.
"""

import argparse
import contextlib
import csv
import hashlib
import importlib.util
import json
import os
import re
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterable, Iterator
from itertools import count
from pathlib import Path
from types import ModuleType
from typing import NoReturn

MINIMUM_PYTHON = (3, 11)


def refuse_old_python(version: tuple) -> None:
    """Exit with one readable line if `version` is older than the project supports.

    Called before anything below is defined: older interpreters would stop at the type hints.
    """
    if tuple(version[:2]) < MINIMUM_PYTHON:
        wanted = ".".join(str(part) for part in MINIMUM_PYTHON)
        found = ".".join(str(part) for part in version[:3])
        message = "kuntakokeilu: error: Python {} or newer is needed, this is {}"
        raise SystemExit(message.format(wanted, found))


refuse_old_python(sys.version_info)

ROOT = Path(__file__).resolve().parent
LOCK = ROOT / "requirements.lock"
TOOLS_LOCK = ROOT / "requirements-dev.lock"
VENV = ROOT / ".venv"
STAMP = VENV / "kuntakokeilu.stamp"
TOOLS_STAMP = VENV / "kuntakokeilu-dev.stamp"
KIT = ROOT / "offline"  # wheels and a lock of them, in a kit made by `bundle`
SELF_TEST = KIT / "self_test.zip"
TOOLS = ("mypy", "pandas-stubs", "pre_commit", "pytest_cov", "sphinx", "myst_parser", "furo")
DEFAULT_STUDY = "demo_2021"
PAGES = ("results", "costs", "service_models", "robustness", "design", "data_quality")
BENCHMARKS = {
    "inference": "benchmarks/inference_speed.py",
    "bounds": "benchmarks/bounds_speed.py",
    "curve": "benchmarks/specification_curve_speed.py",
    "twin": "benchmarks/twin_against_real.py",
    "collapse": "benchmarks/collapse_speed.py",
    "registers": "benchmarks/register_scale.py",
    "false_starts": "benchmarks/false_starts_speed.py",
    "synthetic_control": "benchmarks/synthetic_speed.py",
    "group_time": "benchmarks/group_time_speed.py",
}
# Commands of the package, handed on as they are; `python run.py new-study --help` asks it.
FORWARDED = {
    "new-study": "start a study, from a commented template or from a file of data",
    "compare": "compare the numbers of two runs",
    "trace": "show where a released number comes from",
    "lock": "hash and date the plan of a study, before its data are seen",
    "unblind": "show the effects of a study that hides them, and date that",
    "preflight": "compare register data with their contract",
    "leaks": "look through what a study wrote for ids, paths and names",
    "release": "make the signed package of a finished run, for who checks it",
    "verify": "check a package: signature, hashes, and its numbers from the open data",
    "bundle": "make an offline kit: the project and wheels, for machines without a network",
    "attack": "try to work out of a study's release what it hides",
}
# Its options, which are easily given to `results`.
OF_NEW_STUDY = (
    *("--data", "--unit", "--period", "--outcome", "--treated", "--start", "--weight", "--cluster"),
    *("--treatment-ends", "--missing", "--sheet", "--decimal"),
)

ERROR_PREFIX = "kuntakokeilu: error: "
NOTE_PREFIX = "kuntakokeilu: note: "
LOG_PREFIX = "kuntakokeilu: log: "
# Snakemake's events become lines with these prefixes (src/snakemake_logger_plugin_kuntakokeilu).
TOLD = ("--logger", "kuntakokeilu")
SECONDS_TO_STOP = 30
STAYS = """Nämä lokit jäävät käyttöympäristöön: niitä ei luovuteta tulosten mukana.
Loggarna stannar i driftmiljön: de lämnas inte ut med resultaten.
These logs stay inside the environment: they are not handed on with the results.
"""

# import-linter has no ``python -m`` form, and its script lies elsewhere on each platform.
LINT_IMPORTS = "from importlinter.cli import lint_imports_command; lint_imports_command()"

LINTERS = {
    "ruff check": ["-m", "ruff", "check"],
    "ruff format --check": ["-m", "ruff", "format", "--check"],
    "snakefmt --check": ["-m", "snakefmt", "--check", "Snakefile", "workflow/rules"],
    "lint-imports": ["-c", LINT_IMPORTS],
}
GATES = {"no data": ["tools/no_data.py"], "mypy": ["-m", "mypy"]}
DOCTESTS = {"doctest": ["-m", "pytest", "-q", "--doctest-modules", "src"]}
# In the order of tests/conftest.py: the files that take longest come first.
PYTEST = ["-m", "pytest", "-n", "auto", "--dist", "loadfile", "--no-loadscope-reorder"]

# ``-m snakemake``, except that Snakemake puts sys.executable into a command line without quotes
# (its issue 2645), so that every script fails below a folder with a blank in its name. The bare
# name is found through PATH, where child_environment puts the interpreter's folder first.
# Without rfc3987_syntax jsonschema checks no IRI, and no notebook has one: building that
# package's grammars takes three seconds at every start.
WARM = ("-I", "-S", "src/kuntakokeilu/warm.py")  # what runs a job as a fork, if there is a server
SNAKEMAKE = (
    "import os, sys; sys.executable = os.path.basename(sys.executable) "
    f"+ (' {' '.join(WARM)}' if 'KUNTAKOKEILU_WARM' in os.environ else ''); "
    "sys.modules['rfc3987_syntax'] = None; "
    "from snakemake.cli import main; main()"
)

WORKFLOW = {"snakemake --lint": ["-c", SNAKEMAKE, "--lint", "--config", f"study={DEFAULT_STUDY}"]}

# The check of a study in the process that then runs the workflow, since both import the same; the
# study is its first argument.
CHECKED = "kuntakokeilu: checked"
CHECK = (
    "import sys; from kuntakokeilu.__main__ import main as command; "
    "code = command(['check', sys.argv.pop(1)]); code and sys.exit(code); "
    f"print({CHECKED!r}, flush=True); "
)


class RunError(Exception):
    """A reason to end that the user can act on: one message and an exit code."""

    def __init__(self, message: str, code: int = 1) -> None:
        super().__init__(message)
        self.code = code


# --- The environment -----------------------------------------------------------------------------


def stamp_text(lock: bytes, version: tuple[int, ...]) -> str:
    """Name an installed environment by its lock file and its Python version."""
    python = ".".join(str(part) for part in version[:2])
    return f"requirements.lock sha256 {hashlib.sha256(lock).hexdigest()}\npython {python}\n"


def part(name: str) -> ModuleType:
    """Load a module of the package that needs the standard library alone."""
    path = ROOT / "src" / "kuntakokeilu" / f"{name}.py"
    spec = importlib.util.spec_from_file_location(f"kuntakokeilu_{name}", path)
    module = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = module  # dataclasses look themselves up there
    spec.loader.exec_module(module)
    return module


def is_current(stamp: Path, expected: str) -> bool:
    """Tell whether the stamp exists and names the expected environment."""
    return stamp.is_file() and stamp.read_text(encoding="utf-8") == expected


def venv_python(venv: Path) -> Path:
    """Return the interpreter of a virtual environment, wherever the platform puts it."""
    return venv / ("Scripts/python.exe" if os.name == "nt" else "bin/python")


def ensure_environment() -> Path:
    """Return an interpreter with every package, installing the locked ones if they are missing."""
    chosen = os.environ.get("KUNTAKOKEILU_PYTHON")
    if chosen:
        return check_chosen_python(chosen)
    python = venv_python(VENV)
    expected = stamp_text(LOCK.read_bytes(), sys.version_info)
    if not (python.is_file() and is_current(STAMP, expected)):
        build_environment(python, expected)
    return python


def ensure_tools(python: Path) -> None:
    """Add what only `check`, `docs` and `coverage` need to the environment, once."""
    if os.environ.get("KUNTAKOKEILU_PYTHON"):
        question = f"import sys, importlib.util as u; sys.exit(not all(map(u.find_spec, {TOOLS})))"
        if subprocess.run([python, "-c", question], check=False).returncode != 0:
            raise RunError(f"{python} lacks packages of requirements-dev.lock", code=2)
        return
    expected = stamp_text(TOOLS_LOCK.read_bytes(), sys.version_info)
    if not is_current(TOOLS_STAMP, expected):
        print("Installing the tools of developers into .venv (once; about 150 MB)")
        install(python, TOOLS_LOCK)
        TOOLS_STAMP.write_text(expected, encoding="utf-8")


def check_chosen_python(chosen: str) -> Path:
    """Return the user's own interpreter once it has proved to run and to be new enough."""
    found = shutil.which(chosen)
    if found is None:
        raise RunError(f"KUNTAKOKEILU_PYTHON names no program: {chosen}", code=2)
    question = (
        "import sys, importlib.util; "
        f"old = sys.version_info[:2] < {MINIMUM_PYTHON}; "
        "sys.exit(3 if old else 0 if importlib.util.find_spec('snakemake') else 4)"
    )
    answer = subprocess.run([found, "-c", question], check=False).returncode
    wanted = ".".join(str(part) for part in MINIMUM_PYTHON)
    complaints = {3: f"is older than Python {wanted}", 4: "lacks the packages: no snakemake"}
    if answer != 0:
        complaint = complaints.get(answer, "cannot be used")
        raise RunError(f"KUNTAKOKEILU_PYTHON {complaint}: {chosen}", code=2)
    return Path(found).absolute()  # not resolved: a link into a virtual environment must stay


def build_environment(python: Path, expected: str) -> None:
    """Make `.venv` and install the lock into it.

    The old stamp goes first and the new one comes last, so an interrupted installation is never
    taken for a finished one.
    """
    whence = "of this kit " if KIT.is_dir() else ""
    print(f"Installing the packages {whence}into .venv (once; a few minutes, about 1.1 GB)")
    for stamp in (STAMP, TOOLS_STAMP):
        stamp.unlink(missing_ok=True)
    if Path(sys.prefix).resolve() != VENV.resolve():  # else .venv runs this file: keep it
        must([sys.executable, "-m", "venv", "--clear", VENV], "the folder .venv cannot be made")
    install(python, LOCK)
    add_source_to_path(python)
    STAMP.write_text(expected, encoding="utf-8")


def install(python: Path, lock: Path) -> None:
    """Install exactly what a lock names; in a kit, from its own wheels and no network."""
    pip = [python, "-m", "pip", "install", "--disable-pip-version-check", "--require-hashes"]
    if lock == LOCK and KIT.is_dir():
        own = ["--isolated", "--no-index", "--find-links", KIT / "wheels", "-r", KIT / lock.name]
        must(
            [*pip, *own],
            "the wheels of this kit could not be installed, see above: is it whole, and was it "
            "made for this system and Python?",
        )
        return
    must(
        [*pip, "-r", lock],
        "the packages could not be installed, see above; without a network, "
        "name a prepared interpreter in KUNTAKOKEILU_PYTHON",
    )


def add_source_to_path(python: Path) -> None:
    """Let the environment import `src` by a one-line path file.

    An editable install would have to download a build backend first, which fails offline. The
    path is relative, hence ASCII: Python reads such files in the system's own encoding.
    """
    ask = "import sysconfig; print(sysconfig.get_path('purelib'))"
    answer = subprocess.run([python, "-X", "utf8", "-c", ask], capture_output=True, check=True)
    packages = Path(answer.stdout.decode("utf-8").strip())
    source = Path(os.path.relpath(ROOT / "src", packages)).as_posix()
    (packages / "kuntakokeilu.pth").write_text(source + "\n", encoding="ascii")


def child_environment(python: Path) -> dict[str, str]:
    """Return the variables for child processes: UTF-8 everywhere, the environment's tools first.

    Snakemake starts Python by name, so their folder must lead PATH. Jobs and tests run side by
    side, one a core; linear algebra that took all cores in each of them would make all wait.
    Where nothing compiled may be kept, as images of containers have it, each compiles everything.
    """
    variables = dict(os.environ, PYTHONUTF8="1", PYTHONUNBUFFERED="1")
    variables.pop("PYTHONDONTWRITEBYTECODE", None)
    for name in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"):
        variables.setdefault(name, "1")
    folders = [str(python.parent), str(python.parent / "Scripts"), os.environ.get("PATH", "")]
    variables["PATH"] = os.pathsep.join(folders)
    if os.environ.get("KUNTAKOKEILU_PYTHON"):  # no path file was written there
        inherited = os.environ.get("PYTHONPATH")
        paths = [str(ROOT / "src"), *([inherited] if inherited else [])]
        variables["PYTHONPATH"] = os.pathsep.join(paths)
    return variables


# --- Child processes -----------------------------------------------------------------------------


def must(command: list[str | Path], complaint: str) -> None:
    """Run a command and stop with the complaint if it fails."""
    if subprocess.run(command, cwd=ROOT, check=False).returncode != 0:
        raise RunError(complaint)


def call(python: Path, *arguments: str) -> int:
    """Run the environment's Python in the project folder; return its exit code."""
    command = [python, *arguments]
    return subprocess.run(command, cwd=ROOT, env=child_environment(python), check=False).returncode


def start(python: Path, arguments: Iterable[str]) -> subprocess.Popen:
    """Start the environment's Python with one stream of text for output and errors."""
    return subprocess.Popen(
        [python, *arguments],
        cwd=ROOT,
        env=child_environment(python),
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        encoding="utf-8",
        errors="replace",
    )


@contextlib.contextmanager
def warm(python: Path, kind: str) -> Iterator[None]:
    """Keep a process from which jobs start at once (kuntakokeilu/warm.py); on Linux only.

    Its socket lies in a folder that only this user can enter; it ends with this process. Where
    whoever called has such a process, jobs start from that one.
    """
    # Windows has no fork, and libraries of macOS do not bear one
    if sys.platform != "linux" or os.environ.get("KUNTAKOKEILU_WARM"):
        yield
        return
    with tempfile.TemporaryDirectory() as folder:
        path = str(Path(folder) / "jobs")
        command = [python, "-m", "kuntakokeilu.warm", "--serve", path, kind]
        quiet = {"stdin": subprocess.PIPE, "stdout": subprocess.DEVNULL}
        quiet["stderr"] = subprocess.DEVNULL
        server = subprocess.Popen(command, cwd=ROOT, env=child_environment(python), **quiet)
        os.environ["KUNTAKOKEILU_WARM"] = path
        try:
            yield
        finally:
            del os.environ["KUNTAKOKEILU_WARM"]
            server.terminate()
            server.wait()


def end(process: subprocess.Popen) -> None:
    """Let an interrupted process, which got Ctrl-C too, clean up after itself; else end it."""
    try:
        process.communicate(timeout=SECONDS_TO_STOP)
    except subprocess.TimeoutExpired:
        process.terminate()


# --- What the user sees of Snakemake's output ----------------------------------------------------


def shown(line: str) -> str | None:
    """Return what a line of a run's output tells the user, or None."""
    return line.removeprefix(NOTE_PREFIX) if line.startswith(NOTE_PREFIX) else None


def reason_for_failure(lines: Iterable[str], workflow_log: str) -> str:
    """Return the one message that explains a failed run.

    The message of the job that failed if it left one, else the log to read.
    """
    lines = list(lines)
    errors, logs = (
        list(dict.fromkeys(line.removeprefix(prefix) for line in lines if line.startswith(prefix)))
        for prefix in (ERROR_PREFIX, LOG_PREFIX)
    )
    if errors:
        return "\n".join(errors)
    return f"the run failed; the reason is in {' and '.join(logs or [workflow_log])}"


def new_log(folder: Path, name: str) -> Path:
    """Make the log file of this run; earlier runs, or one that still goes on, keep theirs."""
    logs = ROOT / folder / "logs"
    logs.mkdir(parents=True, exist_ok=True)
    (logs / "README.txt").write_text(STAYS, encoding="utf-8")
    now = time.strftime("%Y-%m-%d_%H%M%S")
    for number in count(1):
        path = logs / (f"{name}_{now}.log" if number == 1 else f"{name}_{now}_{number}.log")
        try:
            path.touch(exist_ok=False)
        except FileExistsError:
            continue
        return path.relative_to(ROOT)


def follow(
    python: Path, arguments: Iterable[str], log: Callable[[], Path], *, checks: bool = False
) -> tuple[int, list[str]]:
    """Run Snakemake: write all output to a log, show the useful lines.

    Parameters
    ----------
    python : Path
        The environment's interpreter.
    arguments : iterable of str
        What it runs.
    log : function
        Makes the log. Not called while a study is checked: one with a fault leaves nothing.
    checks : bool
        Whether a check comes first, all of whose lines are for the user.

    Returns
    -------
    tuple of int and list of str
        The exit code, and every line.
    """
    lines: list[str] = []
    hidden = part("machine").hidden
    with contextlib.ExitStack() as open_files, start(python, arguments) as process:
        file = None
        try:
            for line in process.stdout:
                lines.append(line.rstrip())
                if checks and lines[-1] != CHECKED:
                    if not lines[-1].startswith(ERROR_PREFIX):
                        print(lines[-1], flush=True)
                    continue
                checks = False
                file = file or open_files.enter_context(log().open("w", encoding="utf-8"))
                file.write(hidden(line))
                file.flush()
                text = shown(lines[-1])
                if text:
                    print(text, flush=True)
        except KeyboardInterrupt:
            end(process)
            raise
    return process.returncode, lines


def minutes(seconds: float) -> str:
    """Write a duration for people."""
    whole = round(seconds)
    return f"{whole // 60} min {whole % 60} s" if whole >= 60 else f"{whole} s"


# --- The commands --------------------------------------------------------------------------------


def results(python: Path, options: argparse.Namespace) -> int:
    """Check a study, then make everything it declares, or with --only its numbers alone."""
    config = ("--config", f"study={options.study}")
    if options.unlock:
        return call(python, "-c", SNAKEMAKE, "--unlock", "--cores", "1", *config)
    with warm(python, "numbers" if options.only else "reports"):
        return make(python, options, config)


def design(python: Path, options: argparse.Namespace) -> int:
    """Judge the design of a study from the time before the start, as pages for its plan."""
    with warm(python, "numbers"):
        return make(python, options, ("--config", f"study={options.study}"))


def memory() -> tuple[str, ...]:
    """Say how much memory steps may ask for together, so that large ones wait for each other."""
    try:
        size = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
    except (AttributeError, OSError, ValueError):  # Windows does not say
        return ()
    return ("--resources", f"mem_mb={size * 9 // 10 // 10**6}")


def make(python: Path, options: argparse.Namespace, config: tuple[str, ...]) -> int:
    """Check a study, run the workflow, and say where its results are."""
    began = time.monotonic()
    folder = Path("results") / options.study
    logs: list[Path] = []

    def log() -> Path:
        logs.append(new_log(folder, "workflow"))
        return ROOT / logs[-1]

    target = [options.only] if options.only else []
    how = (*target, "--nocolor", *TOLD, "--cores", str(options.cores), *memory(), *config)
    code, lines = follow(python, ("-c", CHECK + SNAKEMAKE, options.study, *how), log, checks=True)
    if code != 0:
        where = logs[-1].as_posix() if logs else "the lines above"
        raise RunError(reason_for_failure(lines, where), code)
    snakemake = ("-c", SNAKEMAKE, *how)
    if options.only == "design":
        print(f"Done in {minutes(time.monotonic() - began)}. For the plan:")
        print("\n".join(f"  {page.as_posix()}" for page in sorted((folder / "design").glob("*"))))
        return 0
    if options.only:
        look_through(python, folder, ["release"])
        try_to_undo(python, folder, "release")
        print(f"Done in {minutes(time.monotonic() - began)}: {(folder / 'release').as_posix()}")
        estimates, checks = (
            rows_of(ROOT / folder / "release" / f"{name}.csv")
            for name in ("estimates", "diagnostics")
        )
        print("\n".join([*blinded(folder), *numbers(estimates, failures(checks))]))
        return 0
    write_report(python, snakemake, folder)
    look_through(python, folder, ["release", "report", "logs"])
    try_to_undo(python, folder, "report/report.zip")
    print(f"Done in {minutes(time.monotonic() - began)}. The results:")
    for place in places(folder):
        print(f"  {place}")
    for line in last_words(folder):
        print(line)
    return 0


def failures(checks: list[dict[str, str]]) -> dict[str, list[str]]:
    """Name, in English, the checks that each estimate fails."""
    words = {row["key"]: row["en"] for row in rows_of(ROOT / "config" / "labels" / "checks.csv")}
    failed: dict[str, list[str]] = {}
    for row in checks:
        if row["verdict"] == "fail":
            key = f"check.{row['check']}"
            name = row["placebo"] or words.get(f"{key}.caution") or words.get(key, row["check"])
            failed.setdefault(row["estimand"], []).append(name[:1].lower() + name[1:])
    return failed


def numbers(rows: list[dict[str, str]], failed: dict[str, list[str]]) -> list[str]:
    """Write each estimate of one number with its interval and what it fails, as released."""
    lines = []
    for row in rows:
        if row["leading"] != "True" or row["term"] != "att":
            continue
        if not row["estimate"]:
            lines.append(f"{row['estimand']}: {row['status']}")
            continue
        value, error, *ends = (
            f"{float(row[name]):.4f}" if row[name] else "none"
            for name in ("estimate", "std_error", "ci_low", "ci_high")
        )
        bad = "; ".join(failed.get(row["estimand"], []))
        lines.append(
            f"{row['estimand']}: {value}, standard error {error}, interval {' to '.join(ends)} "
            f"({row['inference']})" + (f"; fails: {bad} (diagnostics.csv)" if bad else "")
        )
    return lines


def last_words(folder: Path) -> list[str]:
    """Say what to open first, how many checks failed, and how many numbers are hidden, and why."""
    release = ROOT / folder / "release"
    failed = failures(rows_of(release / "diagnostics.csv"))
    names = [name for each in failed.values() for name in each]
    tables = {path.stem: rows_of(path) for path in sorted(release.glob("*.csv"))}
    suppressed = [
        row for rows in tables.values() for row in rows if row.get("status") == "suppressed"
    ]
    gone = [
        row["identified"]
        for row in tables["estimates"]
        if row["status"] == "not_identified" and row["leading"] == "True"
    ]
    lines = [
        f"{counted(len(names), 'check')} failed",
        f"{counted(len(suppressed), 'row')} suppressed",
    ]
    if names:
        lines[0] += f" of {counted(len(failed), 'estimate')}: {commonest(names)}"
    if suppressed:
        lines[1] += ": too few persons stand behind them, or they would give such a number away"
    if gone:
        words = {row["key"]: row["en"] for row in rows_of(ROOT / "config/labels/terms.csv")}
        why = [words.get(f"reason.{name}", name) for name in gone]
        lines.append(f"{counted(len(gone), 'number')} cannot be estimated: {commonest(why)}")
    first, package = folder / "report" / "brief_fi.pdf", folder / "report" / "report.zip"
    return [
        *blinded(folder),
        *(f"{line}." for line in lines),
        f"Open first: {first.as_posix()} (or _sv, _en): the answers on one page. More is in "
        "results_fi.xlsx beside it: what failed is on its first sheet.",
        f"To hand on: {package.as_posix()}; start.html in it says what to read first.",
        f"Where a number comes from: python run.py trace {folder.name} ESTIMAND",
    ]


def commonest(names: list[str], most: int = 3) -> str:
    """Name what occurs most often, with its count; further names are left out."""
    counts = sorted({name: names.count(name) for name in names}.items(), key=lambda each: -each[1])
    shown = "; ".join(f"{name} ({count})" for name, count in counts[:most])
    return shown + ("; ..." if len(counts) > most else "")


def blinded(folder: Path) -> list[str]:
    """Say that the effects of a study are hidden, if they are."""
    study = json.loads((ROOT / folder / "release" / "study.json").read_text(encoding="utf-8"))
    told = "The effects are hidden: treatment was dealt at random (blinded: true, docs/plan.md)."
    return [told] if study["blinded"] else []


def rows_of(path: Path) -> list[dict[str, str]]:
    """Read a released table as text."""
    with path.open(encoding="utf-8-sig", newline="") as file:
        return list(csv.DictReader(file))


def counted(number: int, what: str) -> str:
    """Write a count of things: 1 check, 2 checks."""
    return f"{number} {what}" if number == 1 else f"{number} {what}s"


def fetch(python: Path, options: argparse.Namespace) -> int:
    """Download the tables a study declares; only this and `update` use the network."""
    config = [f"study={options.study}", *([f"url={options.url}"] if options.url else [])]
    log = new_log(Path("results") / options.study, "fetch")
    how = ("fetch", "--nocolor", *TOLD, "--cores", "1", "--config", *config)
    fork = WARM if "KUNTAKOKEILU_WARM" in os.environ else ()
    code, lines = follow(python, (*fork, "-c", SNAKEMAKE, *how), lambda: ROOT / log)
    if code != 0:
        raise RunError(reason_for_failure(lines, log.as_posix()))
    print(f"Done. Now: python run.py results --study {options.study}")
    return 0


def site(python: Path, _: argparse.Namespace) -> int:
    """Build the open portal in results/site, of open statistics and of studies that were run."""
    return call(python, "-m", "kuntakokeilu", "site")


def update(python: Path, options: argparse.Namespace) -> int:
    """Fetch the new month, run anew what rests on it, renew the portal.

    A step that fails ends the update, and the portal stays as it was.
    """
    with warm(python, "numbers") if options.study else contextlib.nullcontext():
        for study in options.study:
            again = {"study": study, "url": options.url, "only": "release", "unlock": False}
            one = argparse.Namespace(**again, cores=os.cpu_count() or 1)
            fetch(python, one)
            results(python, one)
    url = ("--url", options.url) if options.url else ()
    rebuild = ("--rebuild",) if options.study else ()
    return call(python, "-m", "kuntakokeilu", "update", *url, *rebuild)


def write_report(python: Path, snakemake: tuple[str, ...], folder: Path) -> None:
    """Pack all results of a finished run into one archive that can be handed on."""
    print("Packing the report", flush=True)
    archive = folder / "report" / "report.zip"
    log = new_log(folder, "report")
    (ROOT / archive).unlink(missing_ok=True)  # an old one would pass for this run's
    fork = WARM if "KUNTAKOKEILU_WARM" in os.environ else ()
    packing = (*fork, *snakemake, "--report", archive.as_posix())
    code, lines = follow(python, packing, lambda: ROOT / log)
    if code == 0:
        handing_on = (*fork, "-m", "kuntakokeilu", "pack-report", folder.name)
        code, lines = follow(python, handing_on, lambda: ROOT / log)
    if code != 0:
        (ROOT / archive).unlink(missing_ok=True)
        raise RunError(reason_for_failure(lines, log.as_posix()))


def look_through(python: Path, folder: Path, files: list[str]) -> None:
    """Fail if something must not leave, in what the workflow made or in what stands beside it.

    The workflow ends with the same search; what was put there since, it does not see.
    """
    print("Looking for what must not leave", flush=True)
    log = new_log(folder, "leaks")
    fork = WARM if "KUNTAKOKEILU_WARM" in os.environ else ()
    names = [(folder / name).as_posix() for name in files]
    search = (*fork, "-m", "kuntakokeilu", "leaks", folder.name, *names)
    code, lines = follow(python, search, lambda: ROOT / log)
    if code != 0:
        raise RunError(reason_for_failure(lines, log.as_posix()), code)


def try_to_undo(python: Path, folder: Path, what: str) -> None:
    """Fail if something that a release hides follows from it and from what stands beside it.

    The workflow ends with the same attack on the reports; the archive of them is made later.
    """
    print("Trying to work out what is hidden", flush=True)
    log = new_log(folder, "attack")
    fork = WARM if "KUNTAKOKEILU_WARM" in os.environ else ()
    attack = (*fork, "-m", "kuntakokeilu", "attack", folder.name, (folder / what).as_posix())
    code, lines = follow(python, attack, lambda: ROOT / log)
    if code != 0:
        raise RunError(reason_for_failure(lines, log.as_posix()), code)


def places(folder: Path) -> list[str]:
    """List where a study's results can be looked at, as far as they exist."""
    report = folder / "report"
    candidates = [
        *(report / f"brief_{language}.pdf" for language in ("fi", "sv", "en")),
        *(report / f"results_{language}.xlsx" for language in ("fi", "sv", "en")),
        *(report / f"{page}.html" for page in PAGES),
        report / "figures",
        report / "tables",
        report / "report.zip",
        folder / "release",
        folder / "logs",
    ]
    return [path.as_posix() for path in candidates if (ROOT / path).exists()]


@contextlib.contextmanager
def beside(python: Path, steps: dict[str, list[str]]) -> Iterator[None]:
    """Run checks beside others; tell what each of them said after those, or when one is cut."""
    started = {name: start(python, arguments) for name, arguments in steps.items()}
    try:
        yield
    except BaseException:
        for process in started.values():
            process.kill()
        raise
    said = {name: process.communicate()[0] for name, process in started.items()}
    for name, text in said.items():
        print(f"\n=== {name}\n{text}", flush=True)
        if started[name].returncode != 0:
            raise RunError(f"{name} failed")


def run_steps(python: Path, steps: dict[str, list[str]]) -> int:
    """Run named checks in order; stop at the first that fails."""
    for name, arguments in steps.items():
        print(f"\n=== {name}", flush=True)
        if call(python, *arguments) != 0:
            raise RunError(f"{name} failed")
    return 0


def set_up(python: Path, options: argparse.Namespace) -> int:
    """Say that the packages are there; with --self-test, compute numbers of a kit again."""
    print(f"Installed: {python}")
    if not options.self_test:
        return 0
    if not SELF_TEST.is_file():
        raise RunError(f"{SELF_TEST.relative_to(ROOT).as_posix()}: this kit has no numbers to test")
    return call(python, "-m", "kuntakokeilu", "verify", str(SELF_TEST))


def test(python: Path, _: argparse.Namespace) -> int:
    """Run every linter and every test."""
    run_steps(python, LINTERS)
    with beside(python, WORKFLOW | DOCTESTS):
        return run_steps(python, {"pytest": PYTEST})


def check(python: Path, _: argparse.Namespace) -> int:
    """Run the linters, the type checker and the quick tests: what one runs before a commit."""
    ensure_tools(python)
    run_steps(python, LINTERS | GATES)
    with beside(python, WORKFLOW | DOCTESTS):
        return run_steps(python, {"pytest": [*PYTEST, "-m", "not slow"]})


def docs(python: Path, _: argparse.Namespace) -> int:
    """Build the pages of docs/ and of the modules as a site; a warning is a failure."""
    ensure_tools(python)
    target = Path("build") / "docs"
    shutil.rmtree(ROOT / target, ignore_errors=True)
    sphinx = ["-m", "sphinx", "--builder", "html", "--fail-on-warning", "--keep-going", "--quiet"]
    run_steps(python, {"sphinx": [*sphinx, "docs", target.as_posix()]})
    print(f"Open {(target / 'index.html').as_posix()}")
    return 0


def coverage(python: Path, _: argparse.Namespace) -> int:
    """Measure which lines the quick tests run; fail below the floor in pyproject.toml."""
    ensure_tools(python)
    measured = [*PYTEST, "-m", "not slow", "--cov", "--cov-report=term"]
    return run_steps(python, {"coverage": measured})


def simulate(python: Path, _: argparse.Namespace) -> int:
    """Run the proofs marked `simulate` under two seeds; measure size, power and coverage.

    Writes docs/validation.md and docs/interval_coverage.md; the latter takes hours.
    """
    os.environ["KUNTAKOKEILU_SEEDS"] = "2 3"
    code = call(python, "-m", "pytest", "-q", "-m", "simulate")
    code = code or call(python, "benchmarks/size_and_power.py")
    code = code or call(python, "benchmarks/assignment_size.py")
    code = code or call(python, "benchmarks/fake_trials.py")
    code = code or call(python, "benchmarks/staggered_size.py")
    return code or call(python, "benchmarks/interval_coverage.py")


def bench(python: Path, options: argparse.Namespace) -> int:
    """Run one benchmark, or all of them, one after the other; stop at the first that fails."""
    for name in [options.only] if options.only else BENCHMARKS:
        code = call(python, BENCHMARKS[name])
        if code != 0:
            return code
    return 0


def doctor() -> int:
    """Say on one page what of this machine would make a run fail; 1 if anything would."""
    seen, named = part("doctor"), os.environ.get("KUNTAKOKEILU_PYTHON")
    python: Path | None = venv_python(VENV)
    if named:
        python = Path(shutil.which(named) or named)
    elif not is_current(STAMP, stamp_text(LOCK.read_bytes(), sys.version_info)):
        python = None
    lines = seen.examine(ROOT, python, os.environ, named=bool(named))
    print(seen.page(lines))
    return seen.code(lines)


def clean() -> int:
    """Remove the results of every study and Snakemake's records; keep data and environment."""
    for name in ("results", ".snakemake"):
        if (ROOT / name).exists():
            shutil.rmtree(ROOT / name)
    return 0


def study_name(text: str) -> str:
    """Accept names that the package, and folders on every platform, take."""
    if not re.fullmatch(r"[a-z][a-z0-9_]*", text):
        raise argparse.ArgumentTypeError(
            f"{text!r} is no name of a study: expected small letters, digits and _, a letter first"
        )
    if text == "site":
        raise argparse.ArgumentTypeError("'site' is the open portal's folder; name it otherwise")
    return text


def study_first(given: list[str]) -> list[str]:
    """Put a study that is named by ``--study`` where each command takes it: first.

    >>> study_first(["results", "--cores", "2", "--study", "open_2017"])
    ['results', 'open_2017', '--cores', '2']
    """
    at = [place for place, word in enumerate(given) if word.partition("=")[0] == "--study"]
    if not at or at[0] == 0:
        return given
    command, before, rest = given[0], given[1 : at[0]], given[at[0] :]
    named = rest[0].partition("=")[2]
    after = [named, *rest[1:]] if named else rest[1:]
    options = (place for place, word in enumerate(after) if word.startswith("-"))
    end = next(options, len(after))  # what stands behind the study stays behind it
    return [command, *after[:end], *before, *after[end:]]


def takes_study(command: argparse.ArgumentParser, default: str | None = None) -> None:
    """Let a command take a study as its first word; `study_first` puts ``--study NAME`` there."""
    how = {"nargs": "?", "default": default} if default else {}
    usual = f"; default: {default}" if default else ""
    command.add_argument(
        "study", type=study_name, metavar="STUDY", help=f"or --study STUDY{usual}", **how
    )


def core_count(text: str) -> int:
    """Accept a positive whole number."""
    if not text.isdecimal() or int(text) < 1:
        raise argparse.ArgumentTypeError(f"{text!r} is not a number of cores")
    return int(text)


def help_for(message: str, program: str) -> str:
    """Say where help is for a faulty command line: options of new-study stand in its own."""
    own = [word for word in message.split() if word.partition("=")[0] in OF_NEW_STUDY]
    if own and message.startswith("unrecognized arguments"):
        return (
            f"{own[0].partition('=')[0]} is an option of {program} new-study, which makes a study"
        )
    return f"see {program} --help"


class Parser(argparse.ArgumentParser):
    """A command line whose faults are one line, as those of files are."""

    def error(self, message: str) -> NoReturn:
        """Say what is wrong and end with exit code 2."""
        self.exit(2, f"{ERROR_PREFIX}{message}; {help_for(message, self.prog)}\n")


def parser() -> argparse.ArgumentParser:
    """Describe the command line."""
    top = Parser(prog="run.py", description="Run kuntakokeilu.")
    commands = top.add_subparsers(dest="command", required=True, metavar="COMMAND")

    command = commands.add_parser("results", help="check a study and make all its results")
    takes_study(command, DEFAULT_STUDY)
    command.add_argument("--cores", type=core_count, default=os.cpu_count() or 1)
    command.add_argument("--unlock", action="store_true", help="remove the lock of a killed run")
    command.add_argument("--only", choices=["release"], help="the numbers, without the reports")
    command.set_defaults(run=results)

    command = commands.add_parser("design", help="judge a design before its data are seen")
    takes_study(command)
    command.add_argument("--cores", type=core_count, default=os.cpu_count() or 1)
    command.set_defaults(run=design, only="design")

    command = commands.add_parser("fetch", help="download the open statistics a study declares")
    takes_study(command)
    command.add_argument("--url", metavar="BASE", help="another address of the PxWeb interface")
    command.set_defaults(run=fetch)

    command = commands.add_parser("site", help="build the open portal, a static site")
    command.set_defaults(run=site)

    command = commands.add_parser("update", help="fetch the new month and renew the open portal")
    command.add_argument(
        "study", type=study_name, nargs="*", metavar="STUDY", help="fetch and run these anew, too"
    )
    command.add_argument("--url", metavar="BASE", help="another address of the PxWeb interface")
    command.set_defaults(run=update)

    command = commands.add_parser("test", help="run the linters and the tests")
    command.set_defaults(run=test)

    command = commands.add_parser("check", help="linters, types, quick tests: before a commit")
    command.set_defaults(run=check)

    command = commands.add_parser("docs", help="build docs/ and the modules' pages as a site")
    command.set_defaults(run=docs)

    command = commands.add_parser("coverage", help="measure which lines the quick tests run")
    command.set_defaults(run=coverage)

    command = commands.add_parser("simulate", help="check estimators on simulated trials; hours")
    command.set_defaults(run=simulate)

    command = commands.add_parser("bench", help="measure time and memory; an hour for all of it")
    command.add_argument("--only", choices=BENCHMARKS, help="one benchmark instead of all")
    command.set_defaults(run=bench)

    command = commands.add_parser("install", help="install the packages, in a kit without network")
    command.add_argument("--self-test", action="store_true", help="then compute its numbers again")
    command.set_defaults(run=set_up)

    for name, what in FORWARDED.items():
        commands.add_parser(name, help=what, add_help=False)

    commands.add_parser("doctor", help="say what of this machine would make a run fail")
    commands.add_parser("clean", help="remove all results, of every study")
    return top


def main(arguments: list[str] | None = None) -> int:
    """Run one command and return its exit code."""
    for console in (sys.stdout, sys.stderr):
        console.reconfigure(errors="replace")  # a Windows console may lack some letters
    given = study_first(sys.argv[1:] if arguments is None else arguments)
    try:
        if given and given[0] in FORWARDED:
            os.environ["KUNTAKOKEILU_FOLDER"] = str(Path.cwd())  # where a file named by a user is
            return call(ensure_environment(), "-m", "kuntakokeilu", *given)
        options = parser().parse_args(given)
        without = {"clean": clean, "doctor": doctor}.get(options.command)
        if without:  # needs no environment
            return without()
        return options.run(ensure_environment(), options)
    except RunError as error:
        print(f"{ERROR_PREFIX}{error}", file=sys.stderr)
        return error.code
    except OSError as error:
        place = f"{error.filename}: " if error.filename else ""
        print(f"{ERROR_PREFIX}{place}{error.strerror or error}", file=sys.stderr)
        return 1
    except subprocess.SubprocessError as error:
        print(f"{ERROR_PREFIX}{error}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        print("\nStopped.", file=sys.stderr)
        return 130


if __name__ == "__main__":
    sys.exit(main())
