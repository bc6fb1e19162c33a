"""The packaging files agree with each other, and run.py keeps its promises."""

import ast
import os
import re
import shutil
import subprocess
import sys
import tomllib
from importlib import util
from pathlib import Path

import pytest
import yaml
from packaging.requirements import Requirement
from packaging.specifiers import SpecifierSet
from packaging.utils import canonicalize_name
from packaging.version import Version

ROOT = Path(__file__).resolve().parents[1]
# Names that conda-forge spells differently.
CONDA_NAMES = {
    "duckdb": "python-duckdb",
    "pandera[pandas]": "pandera-pandas",
    "typst": "typst-py",
}


def load_run():
    """Import run.py from the project folder under a name of its own."""
    spec = util.spec_from_file_location("run_under_test", ROOT / "run.py")
    module = util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


run = load_run()


PYPROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
LOCKS = ("requirements.lock", "requirements-dev.lock")


def declared() -> list[Requirement]:
    """Every requirement to run, to build the portal and to test."""
    project = PYPROJECT["project"]
    extras = project["optional-dependencies"]
    lines = project["dependencies"] + extras["site"] + extras["test"]
    return [Requirement(line) for line in lines]


def tools() -> list[Requirement]:
    """Every requirement of those who change the project, beside `declared`."""
    return [Requirement(line) for line in PYPROJECT["dependency-groups"]["dev"]]


def conda_name(requirement: Requirement) -> str:
    """The name under which conda knows a requirement."""
    extras = ",".join(sorted(requirement.extras))
    spelled = f"{requirement.name}[{extras}]" if extras else requirement.name
    return CONDA_NAMES.get(spelled, spelled)


def conda_bounds() -> dict[str, SpecifierSet]:
    """Name and bounds of every line of environment.yml."""
    environment = yaml.safe_load((ROOT / "environment.yml").read_text(encoding="utf-8"))
    bounds = {}
    for line in environment["dependencies"]:
        name, _, bound = line.rpartition("::")[2].partition(" ")
        bounds[name] = SpecifierSet(bound)
    return bounds


def lock_text(lock: str) -> str:
    """A lock file, as it is."""
    return (ROOT / lock).read_text(encoding="utf-8")


def lock_entries(lock: str) -> list[str]:
    """Every entry of a lock: its line with the version, continued by its hashes."""
    lines = [line for line in lock_text(lock).splitlines() if not line.lstrip().startswith("#")]
    return re.sub(r"\\\n\s*", "", "\n".join(lines)).splitlines()


def locked_versions(lock: str) -> dict[str, set[Version]]:
    """The locked versions of each package; more than one if they depend on the platform."""
    versions: dict[str, set[Version]] = {}
    for entry in lock_entries(lock):
        name, version = re.match(r"([A-Za-z0-9._-]+)==(\S+)", entry).groups()
        versions.setdefault(canonicalize_name(name), set()).add(Version(version))
    return versions


REQUIREMENTS = pytest.mark.parametrize("requirement", declared(), ids=lambda r: r.name)


@REQUIREMENTS
def test_environment_has_the_same_bounds(requirement):
    assert conda_bounds()[conda_name(requirement)] == requirement.specifier


def test_environment_names_nothing_else():
    names = {conda_name(requirement) for requirement in declared()}
    assert set(conda_bounds()) == names | {"python"}


@pytest.mark.parametrize(("lock", "needed"), [(LOCKS[0], declared), (LOCKS[1], tools)])
def test_lock_satisfies_the_bounds(lock, needed):
    locked = locked_versions(lock)
    for requirement in needed():
        versions = locked[canonicalize_name(requirement.name)]
        assert all(version in requirement.specifier for version in versions), requirement


def test_tools_change_no_package_that_runs():
    first, added = map(locked_versions, LOCKS)
    both = first.keys() & added.keys()
    assert len(both) > 10
    assert {name: added[name] for name in both} == {name: first[name] for name in both}


def test_every_declared_package_is_explained():
    text = (ROOT / "docs" / "dependencies.md").read_text(encoding="utf-8")
    first_columns = " ".join(re.findall(r"^\| ([^|]+) \|", text, flags=re.MULTILINE))
    explained = set(re.split(r"[,\s]+", first_columns))
    assert {requirement.name for requirement in [*declared(), *tools()]} <= explained


@pytest.mark.parametrize(("lock", "least"), [(LOCKS[0], 100), (LOCKS[1], 30)])
def test_every_lock_entry_has_a_hash(lock, least):
    entries = lock_entries(lock)
    assert len(entries) > least
    assert [entry for entry in entries if "--hash=sha256:" not in entry] == []


@pytest.mark.parametrize("lock", LOCKS)
def test_lock_names_no_address(lock):
    assert re.findall(r"\S*://\S*", lock_text(lock)) == []
    assert [entry for entry in lock_entries(lock) if entry.startswith("-")] == []


def test_all_files_name_one_version():
    import kuntakokeilu

    version = PYPROJECT["project"]["version"]
    citation = yaml.safe_load((ROOT / "CITATION.cff").read_text(encoding="utf-8"))
    changes = (ROOT / "CHANGELOG.md").read_text(encoding="utf-8")
    assert kuntakokeilu.__version__ == citation["version"] == version
    dated = re.search(r"^## \[(\S+)\] - \d{4}-\d\d-\d\d$", changes, flags=re.MULTILINE)
    assert dated[1] == version


def test_run_imports_only_the_standard_library():
    tree = ast.parse((ROOT / "run.py").read_text(encoding="utf-8"))
    imported = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            imported |= {alias.name.partition(".")[0] for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0
            imported.add(node.module.partition(".")[0])
    assert "pathlib" in imported
    assert imported - sys.stdlib_module_names == set()


def test_run_never_goes_through_a_shell():
    tree = ast.parse((ROOT / "run.py").read_text(encoding="utf-8"))
    calls = [node for node in ast.walk(tree) if isinstance(node, ast.Call)]
    assert not any(keyword.arg == "shell" for call in calls for keyword in call.keywords)


def test_run_refuses_an_old_python():
    with pytest.raises(SystemExit, match=r"Python 3\.11 or newer is needed, this is 3\.10\.13$"):
        run.refuse_old_python((3, 10, 13, "final", 0))


@pytest.mark.parametrize("version", [(3, 11, 0), (3, 13, 0), (4, 0, 0)])
def test_run_accepts_a_new_python(version):
    run.refuse_old_python(version)


def test_run_reaches_its_version_check_on_old_grammars():
    # The check is of no use if an old interpreter cannot even compile the file.
    ast.parse((ROOT / "run.py").read_text(encoding="utf-8"), feature_version=(3, 7))


class Installation:
    """A fake environment: commands are recorded, and pip may be made to fail."""

    def __init__(self, folder, monkeypatch):
        self.lock = folder / "requirements.lock"
        self.lock.write_text("pandas==1\n", encoding="utf-8")
        self.tools = folder / "requirements-dev.lock"
        self.tools.write_text("mypy==1\n", encoding="utf-8")
        self.python = run.venv_python(folder / ".venv")
        self.commands = []
        self.failing = None
        monkeypatch.delenv("KUNTAKOKEILU_PYTHON", raising=False)
        monkeypatch.setattr(run, "LOCK", self.lock)
        monkeypatch.setattr(run, "TOOLS_LOCK", self.tools)
        monkeypatch.setattr(run, "VENV", folder / ".venv")
        monkeypatch.setattr(run, "STAMP", folder / ".venv" / "kuntakokeilu.stamp")
        monkeypatch.setattr(run, "TOOLS_STAMP", folder / ".venv" / "kuntakokeilu-dev.stamp")
        monkeypatch.setattr(run, "add_source_to_path", lambda python: None)
        monkeypatch.setattr(run, "must", self.must)

    def must(self, command, complaint):
        module = command[2]
        self.commands.append(module)
        if module == self.failing:
            raise run.RunError(complaint)
        self.python.parent.mkdir(parents=True, exist_ok=True)
        self.python.touch()


@pytest.fixture
def installation(tmp_path, monkeypatch):
    return Installation(tmp_path, monkeypatch)


def test_environment_is_installed_once(installation):
    assert run.ensure_environment() == installation.python
    assert run.ensure_environment() == installation.python
    assert installation.commands == ["venv", "pip"]


def test_environment_is_installed_again_when_the_lock_changes(installation):
    run.ensure_environment()
    installation.lock.write_text("pandas==2\n", encoding="utf-8")
    run.ensure_environment()
    assert installation.commands == ["venv", "pip"] * 2


def test_interrupted_installation_leaves_no_stamp(installation):
    run.ensure_environment()
    installation.lock.write_text("pandas==2\n", encoding="utf-8")
    installation.failing = "pip"
    with pytest.raises(run.RunError, match="could not be installed"):
        run.ensure_environment()
    assert not run.STAMP.exists()
    installation.failing = None
    run.ensure_environment()
    assert installation.commands == ["venv", "pip"] * 3


def test_tools_are_installed_once_and_again_with_the_environment(installation):
    for _ in range(2):
        run.ensure_tools(run.ensure_environment())
    assert installation.commands == ["venv", "pip", "pip"]
    installation.lock.write_text("pandas==2\n", encoding="utf-8")
    run.ensure_tools(run.ensure_environment())
    assert installation.commands == ["venv", "pip", "pip"] * 2


def test_chosen_interpreter_without_the_tools_is_told(monkeypatch):
    monkeypatch.setenv("KUNTAKOKEILU_PYTHON", sys.executable)
    monkeypatch.setattr(run, "TOOLS", ("no_such_package",))
    with pytest.raises(run.RunError, match=r"lacks packages of requirements-dev\.lock"):
        run.ensure_tools(Path(sys.executable))


def test_chosen_interpreter_installs_nothing(installation, monkeypatch):
    monkeypatch.setenv("KUNTAKOKEILU_PYTHON", sys.executable)
    assert run.ensure_environment() == Path(sys.executable).absolute()
    assert installation.commands == []


def test_chosen_interpreter_must_exist(installation, monkeypatch, tmp_path):
    monkeypatch.setenv("KUNTAKOKEILU_PYTHON", str(tmp_path / "python"))
    with pytest.raises(run.RunError, match="names no program"):
        run.ensure_environment()


def test_stamp_depends_on_lock_and_python():
    stamps = {
        run.stamp_text(lock, version)
        for lock in (b"pandas==1", b"pandas==2")
        for version in ((3, 11, 7), (3, 12, 1))
    }
    assert len(stamps) == 4
    assert run.stamp_text(b"", (3, 11, 7)) == run.stamp_text(b"", (3, 11, 9))


@pytest.mark.parametrize(
    ("line", "text"),
    [
        ("kuntakokeilu: note: Collapsing persons into cells", "Collapsing persons into cells"),
        ("Job 3: Collapsing persons into cells", None),
        ("Reason: Missing output files: a.csv", None),
        ("host: desktop", None),
    ],
)
def test_only_useful_lines_are_shown(line, text):
    assert run.shown(line) == text


@pytest.mark.parametrize(
    ("lines", "message"),
    [
        (["kuntakokeilu: error: no such area: 999"] * 2, "no such area: 999"),
        (
            ["kuntakokeilu: log: results/s/logs/cells.log"],
            "the run failed; the reason is in results/s/logs/cells.log",
        ),
        (["ValueError"], "the run failed; the reason is in workflow.log"),
    ],
)
def test_failure_has_one_message(lines, message):
    assert run.reason_for_failure(["noise", *lines], "workflow.log") == message


@pytest.mark.parametrize(
    ("arguments", "word"),
    [
        (["results", "--study", "../other"], "letters"),
        (["results", "--study", "Tiny-2021"], "small letters"),
        (["results", "--cores", "0"], "cores"),
        (["nonsense"], "nonsense"),
    ],
)
def test_bad_arguments_end_with_code_2(arguments, word):
    # An interpreter that does not exist, so that a failing test cannot start an installation.
    environment = dict(os.environ, KUNTAKOKEILU_PYTHON="no-such-python")
    done = subprocess.run(
        [sys.executable, ROOT / "run.py", *arguments],
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 2
    (line,) = done.stderr.splitlines()
    assert line.startswith("kuntakokeilu: error: ")
    assert word in line


def test_a_run_keeps_the_log_of_another_that_still_writes(tmp_path, monkeypatch):
    monkeypatch.setattr(run, "ROOT", tmp_path)
    monkeypatch.setattr(run.time, "strftime", lambda form: "2026-11-28_120000")
    first = tmp_path / run.new_log(Path("results/mine"), "workflow")
    first.write_text("first", encoding="utf-8")
    second = tmp_path / run.new_log(Path("results/mine"), "workflow")
    second.write_text("second", encoding="utf-8")
    assert first != second
    assert first.read_text(encoding="utf-8") == "first"
    assert second.parent == first.parent == tmp_path / "results" / "mine" / "logs"


def test_a_run_ends_with_what_to_open_what_failed_and_why(tmp_path, monkeypatch):
    monkeypatch.setattr(run, "ROOT", tmp_path)
    labels = tmp_path / "config" / "labels"
    labels.mkdir(parents=True)
    for name in ("checks", "terms"):
        shutil.copy(ROOT / "config" / "labels" / f"{name}.csv", labels)
    release = tmp_path / "results" / "mine" / "release"
    release.mkdir(parents=True)
    checks = "estimand,check,placebo,verdict\n" + "".join(
        f"{row}\n"
        for row in ("a,few_clusters,,fail", "b,few_clusters,,fail", "a,new,,fail", "c,new,,warn")
    )
    (release / "diagnostics.csv").write_text(checks, encoding="utf-8")
    (release / "study.json").write_text('{"blinded": false}', encoding="utf-8")
    rows = "estimand,leading,identified,status\n" + "".join(
        f"{row}\n"
        for row in (
            "a,True,ok,ok",
            "b,True,ok,suppressed",
            "c,True,no_control,not_identified",
            "c,False,no_control,not_identified",
        )
    )
    (release / "estimates.csv").write_text(rows, encoding="utf-8")
    (release / "totals.csv").write_text("total,status\nd,suppressed\n", encoding="utf-8")
    failed, hidden, gone, first, package, trace = run.last_words(Path("results") / "mine")
    assert re.fullmatch(r"3 checks failed of 2 estimates: .+ \(2\); new \(1\)\.", failed)
    assert hidden.startswith("2 rows suppressed: too few persons")
    assert gone == "1 number cannot be estimated: no unit is left to compare with (1)."
    assert first.startswith("Open first: results/mine/report/brief_fi.pdf")
    assert "results/mine/report/report.zip; start.html" in package
    assert trace.endswith("python run.py trace mine ESTIMAND")


def test_a_run_without_a_fault_says_so_shortly(tmp_path, monkeypatch):
    monkeypatch.setattr(run, "ROOT", tmp_path)
    shutil.copytree(ROOT / "config" / "labels", tmp_path / "config" / "labels")
    release = tmp_path / "results" / "mine" / "release"
    release.mkdir(parents=True)
    (release / "diagnostics.csv").write_text("estimand,check,placebo,verdict\n", encoding="utf-8")
    (release / "study.json").write_text('{"blinded": false}', encoding="utf-8")
    rows = "estimand,leading,identified,status\na,True,ok,ok\n"
    (release / "estimates.csv").write_text(rows, encoding="utf-8")
    words = run.last_words(Path("results") / "mine")
    assert words[:2] == ["0 checks failed.", "0 rows suppressed."] and len(words) == 5


SAID = "print('note of the check'); print({end!r}); print({note!r} + 'half done'); print('else')"


def test_a_check_shows_all_its_lines_and_leaves_no_log_if_it_fails(tmp_path, capsys):
    logs = []

    def log():
        logs.append(tmp_path / "workflow.log")
        return logs[-1]

    command = ("-c", SAID.format(end=run.CHECKED, note=run.NOTE_PREFIX))
    code, _ = run.follow(Path(sys.executable), command, log, checks=True)
    assert (code, capsys.readouterr().out) == (0, "note of the check\nhalf done\n")
    assert "else" in logs[0].read_text(encoding="utf-8")
    assert "of the check" not in logs[0].read_text(encoding="utf-8")
    logs.clear()
    fault = f"print({run.ERROR_PREFIX + 'no'!r}); raise SystemExit(2)"
    code, lines = run.follow(Path(sys.executable), ("-c", fault), log, checks=True)
    assert (code, logs, capsys.readouterr().out) == (2, [], "")
    assert run.reason_for_failure(lines, "the lines above") == "no"


def test_released_numbers_are_said_in_one_line_each():
    shared = {"leading": "True", "term": "att", "status": "ok", "inference": "cluster_area"}
    given = {"estimate": "0.0824001", "std_error": "0.05", "ci_low": "-0.1", "ci_high": ""}
    rows = [
        {**shared, **given, "estimand": "y.main"},
        {**shared, **given, "estimand": "y.other", "leading": "False"},
        {**shared, **dict.fromkeys(given, ""), "estimand": "y.none", "status": "not_identified"},
    ]
    assert run.numbers(rows, {}) == [
        "y.main: 0.0824, standard error 0.0500, interval -0.1000 to none (cluster_area)",
        "y.none: not_identified",
    ]


def test_checks_beside_others_tell_what_they_said_and_fail_by_name(capfd):
    python = Path(sys.executable)
    with run.beside(python, {"first": ["-c", "print('all is well')"]}):
        print("tests ran")
    assert capfd.readouterr().out == "tests ran\n\n=== first\nall is well\n\n"
    with (
        pytest.raises(run.RunError, match="second failed"),
        run.beside(python, {"second": ["-c", "raise SystemExit('a fault')"]}),
    ):
        pass
    assert "a fault" in capfd.readouterr().out


def test_checks_beside_tests_that_fail_are_ended(monkeypatch):
    started = []
    begin = run.start
    monkeypatch.setattr(run, "start", lambda *given: started.append(begin(*given)) or started[-1])
    with (
        pytest.raises(run.RunError, match="pytest failed"),
        run.beside(Path(sys.executable), {"slow": ["-c", "import time; time.sleep(60)"]}),
    ):
        raise run.RunError("pytest failed")
    assert started[0].wait(10) != 0


def test_what_is_compiled_is_kept_wherever_a_run_starts(monkeypatch):
    monkeypatch.setenv("PYTHONDONTWRITEBYTECODE", "1")
    assert "PYTHONDONTWRITEBYTECODE" not in run.child_environment(Path(sys.executable))
