"""Bad register data through the workflow and through preflight: told once, counted, or repaired.

Every case has a row in docs/registers.md.
"""

from __future__ import annotations

import contextlib
import datetime
import io
import os
from pathlib import Path
from unittest import mock

import pandas as pd
import pytest
import yaml

from kuntakokeilu.__main__ import main
from kuntakokeilu.registers import read_contract

from . import tiny_registers as tiny
from .conftest import copy_project, run_script, snakemake
from .tiny_registers import Edit, again, cut, put, setting, without

pytestmark = [
    pytest.mark.slow,
    pytest.mark.xdist_group("register_input"),
    pytest.mark.usefixtures("warm_jobs"),
]

ROOT = Path(__file__).resolve().parents[2]
ERROR = "kuntakokeilu: error: "
DAY = datetime.date
# Reads and prepares the extract of each case by the workflow's own rules, all in one run.
CASES_SMK = """
include: "../../Snakefile"

use rule register_tables as case_tables with:
    input:
        extract="cases/{case}/files",
        config=[*PLAN.register_config, "cases/{case}/adapter.yaml"],
    output:
        tables=PLAN.registers.all_register_tables("results/cases/{case}"),
        findings="results/cases/{case}/findings.parquet",
    log:
        "results/cases/{case}/register_tables.log",
    params:
        spec=lambda w: {"adapter": f"cases/{w.case}/adapter.yaml", "root": None, "twin": True},

use rule register_reach as case_reach with:
    input:
        tables=PLAN.registers.all_register_tables("results/cases/{case}"),
    output:
        reach="results/cases/{case}/reach.parquet",
    log:
        "results/cases/{case}/register_reach.log",

use rule panel as case_panel with:
    input:
        tables=PLAN.registers.register_tables("results/cases/{case}", "{shard}"),
        reach="results/cases/{case}/reach.parquet",
        classification=PLAN.classification,
    output:
        **PLAN.registers.panel_reports("results/cases/{case}/panel/{shard}"),
        sums=PLAN.registers.sums("results/cases/{case}", "{shard}"),
    log:
        "results/cases/{case}/panel_{shard}.log",

use rule panel_reports as case_reports with:
    input:
        **PLAN.registers.reports_of_parts("results/cases/{case}"),
    output:
        **PLAN.registers.panel_reports("results/cases/{case}"),
    log:
        "results/cases/{case}/panel_reports.log",
"""

# Stage `reading`: what stops it. The edit, and what the message must hold.
FAULTS: dict[str, tuple[Edit, str]] = {
    "column missing": (
        without("seekers_2024.parquet", "kasno"),
        "table jobseekers, 2024, column kasno: column_missing in 1 of 1",
    ),
    "wrong type": (
        put("wages_2021.csv", "t101", "many"),
        "table wages, 2021, column t101: not_a_number in 1 of 240",
    ),
    "unknown code": (
        put("status_2024.parquet", "tyok1", "x"),
        "table status_spells, 2024, column tyok1: unknown_code in 1 of 120",
    ),
    "end before start": (
        put("search_2024.parquet", "loppv1", DAY(2016, 12, 1)),
        "table search_spells, 2024, column loppv1: end_before_start in 1 of 120",
    ),
    "date for open spells not in the adapter": (
        setting("formats.parquet.sentinels", []),
        "table search_spells, 2023, column loppv1: not_a_date in 60 of 120",
    ),
    "duplicate key": (
        again("persons_2020.parquet", kunta="005"),
        "table persons_yearly: duplicate_key in 1 of 541",
    ),
    "parquet file cut in half": (
        cut("status_2023.parquet"),
        "table status_spells, 2023: file_unreadable in 1 of 1",
    ),
    "csv file cut in half": (
        cut("wages_2022.csv"),
        "table wages, 2022: file_unreadable in 1 of 1",
    ),
    "id in scientific notation": (
        put("search_2024.parquet", "hid_e", "1.23E+11", row=1),
        "table search_spells, 2024, column hid_e: id_in_scientific_notation in 1 of 120",
    ),
    "municipality that no year knows": (
        put("persons_2020.parquet", "kunta31_12", "999", row=1),
        "table persons_yearly, 2020, column kunta31_12: unknown_municipality in 1 of 60",
    ),
}
# Stage `start`: what is told before any step.
BEFORE: dict[str, tuple[Edit, str]] = {
    "no such folder": (lambda *_: None, "nowhere: no such folder of register data"),
    "file or year missing": (
        lambda files, _: files.__delitem__("wages_2021.csv"),
        "table wages: file_missing (1 of 6), wages_2021.csv in the folder of register data",
    ),
    "table missing": (
        lambda _, adapter: adapter["tables"].__delitem__("status_spells"),
        "adapter.yaml: table status_spells is missing; describe it under tables, or name it",
    ),
    "wrong setting in the adapter": (
        setting("tables.wages.yeers", [2019, 2024]),
        "tables.wages.yeers",
    ),
    "column absent that no row can do without": (
        setting("tables.search_spells.without", ["loppv1"]),
        "tables.search_spells.without: no row can be used without loppv1",
    ),
}
# What is repaired, in one extract: the edits, by the name of the case.
REPAIRED: dict[str, list[Edit]] = {
    "duplicate row": [again("search_2024.parquet")],
    "row without id": [again("search_2024.parquet", hid_e="")],
    "fault that the adapter allows": [
        again("status_2024.parquet", tyok1="x"),
        setting("tables.status_spells.allow", {"unknown_code": 1}),
    ],
    "overlapping spells": [
        again("search_2024.parquet", alkpv1=DAY(2018, 11, 1), loppv1=DAY(2020, 6, 15)),
        again("status_2024.parquet", tappvh=DAY(2018, 11, 1), tppvm=DAY(2019, 3, 1)),
    ],
    "person without municipality": [
        put("persons_2018.parquet", "kunta", "", row=9),
        put("persons_2018.parquet", "kunta31_12", "", row=9),
    ],
    "table absent that an outcome needs": [],
}


class Project:
    """A copy of the project with the study `tiny` and folders of extracts."""

    def __init__(self, folder: Path) -> None:
        self.folder = copy_project(ROOT, folder / "project")
        self.tables = set(read_contract(ROOT / "config")) - {"key_link"}
        tiny.write_study(self.folder)
        (self.folder / "workflow" / "rules" / "cases.smk").write_text(CASES_SMK, encoding="utf-8")
        self.write("good", [])

    def write(self, case: str, edits: list[Edit]) -> Path:
        """Write the extract and the adapter of a case; gives the folder of the files."""
        files, adapter = tiny.extract(), tiny.adapter()
        adapter["absent"] = sorted(self.tables - set(adapter["tables"]))
        for edit in edits:
            edit(files, adapter)
        folder = self.folder / "cases" / case
        tiny.write_extract(files, folder / "files")
        for name, frame in files.items():
            if frame.attrs.get("cut"):
                path = folder / "files" / name
                path.write_bytes(path.read_bytes()[: path.stat().st_size // 2])
        text = yaml.safe_dump(adapter)
        (folder / "adapter.yaml").write_text(text, encoding="utf-8")
        return folder / "files"

    def use(self, case: str) -> Path:
        """Let the study read a case; gives the folder of its files."""
        folder = self.folder / "cases" / case
        (self.folder / tiny.ADAPTER).write_bytes((folder / "adapter.yaml").read_bytes())
        return folder / "files"

    def run(self, root: Path, *targets: str):
        """Run Snakemake on the study with a folder of register data."""
        with mock.patch.dict(os.environ, {"KUNTAKOKEILU_REGISTERS": str(root)}):
            return snakemake(self.folder, *targets, "--config", f"study={tiny.STUDY}")

    def read_tables(self, case: str):
        """Run the script that reads the tables of a case, in this process."""
        folder = f"results/cases/{case}"
        tables = [f"{folder}/registers/1_of_1/{each}.parquet" for each in tiny.adapter()["tables"]]
        (self.folder / folder).mkdir(parents=True)
        done = run_script(
            self.folder,
            "register_tables.py",
            f"{folder}/register_tables.log",
            input={"extract": f"cases/{case}/files"},
            output={"tables": tables, "findings": f"{folder}/findings.parquet"},
            spec={"adapter": f"cases/{case}/adapter.yaml", "root": None, "twin": True},
        )
        return done, self.folder / folder

    def preflight(self, case: str) -> tuple[int, str, str]:
        """Exit code, output and error output of preflight."""
        out, err = io.StringIO(), io.StringIO()
        adapter = self.folder / "cases" / case / "adapter.yaml"
        (self.folder / tiny.ADAPTER).write_bytes(adapter.read_bytes())
        arguments = ["--study", tiny.STUDY, "--root", str(adapter.parent / "files")]
        with (
            contextlib.chdir(self.folder),
            contextlib.redirect_stdout(out),
            contextlib.redirect_stderr(err),
        ):
            code = main(["preflight", *arguments])
        return code, out.getvalue(), err.getvalue()


def name(case: str) -> str:
    """Name the folder of a case."""
    return case.replace(" ", "_")


def errors(text: str) -> list[str]:
    """The lines that a user sees as the error."""
    return [line for line in text.splitlines() if ERROR in line]


def reveals(text: str) -> list[str]:
    """Ids and values that must not be shown; names of folders may look like nothing of these."""
    return [secret for secret in ("8800", "1.23E+11", "1500.50", "many") if secret in text]


@pytest.fixture(scope="module")
def project(tmp_path_factory) -> Project:
    return Project(tmp_path_factory.mktemp("registers"))


# A table of Parquet and one of CSV go through the workflow; the rest runs the script of the rule.
BY_SNAKEMAKE = ["unknown code", "csv file cut in half"]


@pytest.fixture(scope="module")
def failed(project):
    """One run over the extracts of some faults, by the workflow's rules."""
    targets = []
    for case in BY_SNAKEMAKE:
        project.write(name(case), [FAULTS[case][0]])
        targets.append(f"results/cases/{name(case)}/flow.parquet")
    good = project.use("good")
    done = project.run(good, "-s", "workflow/rules/cases.smk", "--keep-going", *targets)
    return done, project.folder / "results" / "cases"


@pytest.mark.parametrize("case", BY_SNAKEMAKE)
def test_a_fault_is_one_message_and_leaves_no_file(failed, case):
    done, folder = failed
    _, expected = FAULTS[case]
    assert done.returncode != 0
    lines = errors(done.stdout + done.stderr)
    assert len(lines) == len(BY_SNAKEMAKE)
    assert len([line for line in lines if expected in line]) == 1
    assert "Traceback" not in done.stderr
    assert reveals(done.stdout + done.stderr) == []
    made = {path for path in (folder / name(case)).rglob("*") if path.is_file()}
    assert {path.name for path in made} == {"register_tables.log"}
    (log,) = made
    assert log.read_text(encoding="utf-8").count(expected) == 1
    assert reveals(log.read_text(encoding="utf-8")) == []


@pytest.mark.parametrize("case", [case for case in FAULTS if case not in BY_SNAKEMAKE])
def test_a_fault_stops_the_script_with_one_message_and_leaves_nothing_of_its_table(project, case):
    edit, expected = FAULTS[case]
    project.write(name(case), [edit])
    done, folder = project.read_tables(name(case))
    assert done.returncode == 1
    (line,) = errors(done.stdout + done.stderr)
    assert expected in line
    assert "Traceback" not in done.stderr
    assert reveals(done.stdout + done.stderr) == []
    log = (folder / "register_tables.log").read_text(encoding="utf-8")
    assert log.count(expected) == 1
    assert reveals(log) == []
    # Tables read before the fault are whole; Snakemake removes them with the failed job.
    made = {path.name for path in folder.rglob("*") if path.is_file()}
    table = expected.removeprefix("table ").partition(":")[0].partition(",")[0]
    assert made <= {
        "register_tables.log",
        *(f"{each}.parquet" for each in tiny.adapter()["tables"]),
    }
    assert f"{table}.parquet" not in made


def test_preflight_counts_all_faults_at_once_and_shows_no_value(project):
    project.write("all", [edit for edit, _ in FAULTS.values()])
    code, out, err = project.preflight("all")
    assert (code, err) == (1, "")
    lines = [line.split() for line in out.partition("Faults")[2].splitlines()]
    for _, expected in FAULTS.values():
        place, _, rest = expected.removeprefix("table ").partition(": ")
        table, *words = place.replace(",", "").split()
        column = [words[-1]] if "column" in words else []
        start = [table, *column, rest.split()[0]]
        assert [line for line in lines if line[: len(start)] == start], out
    assert reveals(out) == []


# One of the folder, one of the files and one of the adapter; preflight reads adapters the same way.
STARTED = ["no such folder", "file or year missing", "table missing"]


@pytest.mark.parametrize("case", BEFORE)
def test_what_is_wrong_with_the_files_or_the_adapter_is_told_before_any_step(project, case):
    edit, expected = BEFORE[case]
    root = project.write(name(case), [edit])
    project.use(name(case))
    if case == "no such folder":
        root = root.parent / "nowhere"
    message = expected.replace("adapter.yaml", "tiny.yaml")
    if case in STARTED:
        done = project.run(root, "results/tiny/restricted/flow.parquet")
        assert done.returncode != 0
        (line,) = errors(done.stdout + done.stderr)
        assert message in line
        assert "Traceback" not in done.stderr
        assert not (project.folder / "results" / "tiny").exists()
    if case != "file or year missing":
        arguments = ["preflight", "--study", tiny.STUDY, "--root", str(root)]
        err = io.StringIO()
        with contextlib.chdir(project.folder), contextlib.redirect_stderr(err):
            assert main(arguments) == 2
        (line,) = errors(err.getvalue())
        assert message in line


@pytest.fixture(scope="module")
def repaired(project):
    """The study made of an extract with everything that is repaired, as far as estimates."""
    project.write("repaired", [edit for edits in REPAIRED.values() for edit in edits])
    targets = [f"results/tiny/restricted/estimates/{d}.parquet" for d in tiny.DOMAINS]
    targets += [f"results/tiny/restricted/{name}.parquet" for name in ("flow", "conservation")]
    done = project.run(project.use("repaired"), *targets)
    return done, project.folder / "results" / "tiny" / "restricted"


def test_repairs_are_counted_and_the_study_goes_on(repaired):
    done, folder = repaired
    assert done.returncode == 0, done.stderr[-2000:]
    assert errors(done.stdout + done.stderr) == []
    findings = pd.read_parquet(folder / "register_findings.parquet")
    left = findings[findings["consequence"] == "left_out"]
    counts = left.groupby(["table", "rule"])["count"].sum()
    assert counts["search_spells", "duplicate_row"] == 1
    assert counts["search_spells", "value_missing"] == 1
    assert counts["status_spells", "unknown_code"] == 1
    kept = pd.read_parquet(folder / "conservation.parquet").set_index("check")
    search = kept.loc["search spells: overlapping or touching ones are one"]
    assert search.tolist() == [121, 119, 2]  # one that lies over two makes one of three
    status = kept.loc["status spells: overlapped ones give way to the next"]
    assert status.tolist() == [121, 120, 1]


def test_a_person_without_municipality_leaves_by_a_step_of_the_flow(repaired):
    flow = pd.read_parquet(repaired[1] / "flow.parquet")
    persons = flow[flow["cohort"] == "2019-02"].set_index("step")["n_persons"]
    assert persons["resident_when_frozen"] - persons["municipality_known"] == 1


def test_an_outcome_without_its_register_is_not_identified(repaired):
    parts = [pd.read_parquet(repaired[1] / "estimates" / f"{d}.parquet") for d in tiny.DOMAINS]
    estimates = pd.concat(parts).set_index("outcome")
    assert set(estimates.loc["social_assistance", "identified"]) == {"no_data"}
    assert estimates.loc["social_assistance", "estimate"].isna().all()
    assert set(estimates.loc["unemployed", "identified"]) == {"ok"}


def test_the_table_in_the_docs_lists_these_cases():
    text = (ROOT / "docs" / "registers.md").read_text(encoding="utf-8")
    rows = [line.strip("| ").split(" | ") for line in text.splitlines() if line.startswith("| ")]
    told = {(row[0], row[1]) for row in rows if len(row) == 3}
    mine = {(case, "reading") for case in [*FAULTS, *list(REPAIRED)[:3]]}
    mine |= {(case, "start") for case in BEFORE}
    assert {each for each in told if each[1] in ("start", "reading")} == mine
    assert {(case, "person-months") for case in list(REPAIRED)[3:]} <= told
