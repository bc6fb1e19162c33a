"""The default study without a network from nothing to reports, and what edits run again."""

from __future__ import annotations

import json
import os
import re
import shutil
import stat
import subprocess
import sys
from pathlib import Path
from zipfile import ZipFile

import pandas as pd
import pytest
import yaml

from kuntakokeilu import contracts
from kuntakokeilu.disclosure.manifest import file_hash
from kuntakokeilu.machine import machine_paths

from .conftest import copy_project, snakemake
from .offline import asked, cut_off, run_alone, variables

STUDY = "demo_2021"
MARK = ".snakemake_timestamp"  # of Snakemake, in each folder that a job makes
# Every kind of estimand, design, comparison, population and outcome once.
KEPT = {
    "employed": "main persons total others relative relative_100 by_elapsed windows under_30 "
    "entropy_balanced applicants by_quarter",
    "unemployed": "persons",
    "in_service": "persons",
    "labour_market_subsidy": "persons",
    "municipal_subsidy": "persons",
    "net_public_core": "persons",
    "social_assistance": "main persons total placebo_2019",
}
ESTIMANDS = {f"{outcome}.{name}" for outcome, names in KEPT.items() for name in names.split()}
SMALLER = {
    "scale: 0.05,": "scale: 0.003,",
    "permutations: 999": "permutations: 99",
    "net_public_core.persons, social_assistance.persons]": "net_public_core.persons]",
}
# Registers that no outcome above rests on; tests of the twin and of reading have each of them.
LACKING = ("plans", "ura_plans", "ura_contacts", "ura_job_offers", "pensions", "survey")
# One worker runs all of them, so that the full run is made once.
pytestmark = [
    pytest.mark.slow,
    pytest.mark.xdist_group("workflow"),
    pytest.mark.usefixtures("warm_jobs"),
]


@pytest.fixture(scope="module")
def finished(environment, tmp_path_factory) -> Path:
    """The project after one full run of the default study."""
    root = Path(__file__).resolve().parents[2]
    project = copy_project(root, tmp_path_factory.mktemp("workflow") / "project")
    shutil.copy(root / "run.py", project)
    shrink(project)
    cut_off(project)
    left = project / "results" / STUDY / "restricted" / ".registers-killed"
    left.mkdir(parents=True)  # as a step that was killed leaves it
    done = run_alone(project, "results")
    assert done.returncode == 0, done.stderr[-3000:] + done.stdout[-1000:]
    return project


def shrink(project: Path) -> None:
    """Make the synthetic registers smaller; keep a few outcomes, one of them with every design."""
    adapter = project / "config" / "registers" / "synthetic.yaml"
    described = yaml.safe_load(adapter.read_text(encoding="utf-8"))
    for name in LACKING:
        del described["tables"][name]
    described["absent"] = list(LACKING)
    adapter.write_text(yaml.safe_dump(described), encoding="utf-8", newline="\n")
    folder = project / "config" / "studies" / STUDY
    path = folder / "study.yaml"
    text = path.read_text(encoding="utf-8")
    for old, new in SMALLER.items():
        assert text.count(old) == 1
        text = text.replace(old, new)
    path.write_text(text, encoding="utf-8", newline="\n")
    tables = {
        name: pd.read_csv(folder / f"{name}.csv", dtype=str, keep_default_na=False)
        for name in ("outcomes", "estimands", "ratios", "totals", "combinations", "expected")
    }
    rows = tables["estimands"]
    assert set(rows["estimand"]) >= ESTIMANDS
    rows.loc[rows["estimand"] == "social_assistance.persons", "headline"] = "yes"
    named = {
        "outcomes": (["outcome"], set(KEPT)),
        "estimands": (["estimand"], ESTIMANDS),
        "ratios": (["numerator", "denominator"], ESTIMANDS),
        "totals": (["estimand"], ESTIMANDS),
        "combinations": (["first", "second"], ESTIMANDS),
        "expected": (["estimand"], ESTIMANDS),
    }
    for name, (columns, names) in named.items():
        kept = tables[name][tables[name][columns].isin(names).all(axis=1)]
        assert len(kept)
        kept.to_csv(folder / f"{name}.csv", index=False, encoding="utf-8", lineterminator="\n")


def planned(project: Path) -> list[str]:
    """List the messages of the jobs that a run would do now."""
    done = snakemake(project, "--dry-run")
    assert done.returncode == 0, done.stderr[-3000:]
    return re.findall(r"^Job \d+: (.+)$", done.stdout + done.stderr, flags=re.MULTILINE)


@pytest.fixture
def edited(finished: Path):
    """Let a test edit a file, and put the file back as it was."""
    kept: dict[Path, bytes] = {}

    def edit(name: str, old: str, new: str) -> None:
        path = finished / name
        kept.setdefault(path, path.read_bytes())
        text = path.read_text(encoding="utf-8")
        assert old in text
        path.write_text(text.replace(old, new, 1), encoding="utf-8", newline="\n")

    yield edit
    for path, content in kept.items():
        path.write_bytes(content)


def test_every_declared_estimand_is_released(finished: Path) -> None:
    declared = pd.read_csv(finished / "config" / "studies" / STUDY / "estimands.csv")["estimand"]
    released = pd.read_csv(finished / "results" / STUDY / "release" / "estimates.csv")
    assert set(released["estimand"]) == set(declared)
    kinds = released.groupby(["estimand", "term", "event_time", "window"], dropna=False)[
        "inference"
    ].agg(set)
    assert all({"cluster_area", "cluster_municipality"} <= found for found in kinds)


def test_released_rows_follow_the_contract(finished: Path) -> None:
    released = pd.read_csv(
        finished / "results" / STUDY / "release" / "estimates.csv", keep_default_na=True
    )
    contracts.conform(released.convert_dtypes(dtype_backend="numpy_nullable"), contracts.RELEASED)


def test_reports_exist_for_every_reader(finished: Path) -> None:
    report = finished / "results" / STUDY / "report"
    for page in ("data_quality", "design", "results", "robustness", "validation"):
        assert (report / f"{page}.html").is_file() and (report / f"{page}.ipynb").is_file()
    for language in ("fi", "sv", "en"):
        assert (report / f"results_{language}.xlsx").is_file()
        for form in ("svg", "png"):
            assert (report / "figures" / f"forest_{language}.{form}").is_file()
            assert (report / "figures" / f"exclusion_flow_{language}.{form}").is_file()
            for kind in ("event_study", "elapsed_effects"):
                assert list((report / "figures").glob(f"{kind}_*_{language}.{form}"))
    assert (report / "tables" / "main_effects.csv").is_file()


def test_reports_hold_no_path_of_the_machine(finished: Path) -> None:
    folder = finished / "results" / STUDY
    marks = [str(finished), str(finished.parent), str(Path.home()) + "/"]
    for path in [*(folder / "report").rglob("*.*"), *(folder / "release").iterdir()]:
        if path.suffix in {".csv", ".svg", ".html", ".ipynb", ".json"}:
            text = path.read_text(encoding="utf-8")
            assert not [mark for mark in marks if mark in text], path.name


def test_the_packed_report_holds_every_page_and_no_path_of_the_machine(finished: Path) -> None:
    with ZipFile(finished / "results" / STUDY / "report" / "report.zip") as packed:
        texts = {
            name: packed.read(name).decode("utf-8")
            for name in packed.namelist()
            if name.endswith((".html", ".svg", ".csv"))
        }
        first, second, *rest = packed.namelist()
    assert (first, second) == ("start.html", "datapackage.json")
    assert {"release/manifest.json", "report/results_fi.xlsx", "report/trace_sv.html"} <= set(rest)
    briefs = {f"report/brief_{c}.{form}" for c in ("fi", "sv", "en") for form in ("pdf", "html")}
    assert briefs <= set(rest)
    names = {name.rpartition("/")[2] for name in texts}
    assert {"report.html", "results.html", "design.html", "main_effects.csv"} <= names
    assert {"forest_fi.svg", "forest_sv.svg", "forest_en.svg"} <= names
    marks = [str(finished), str(Path.home()) + "/"]
    assert not [name for name, text in texts.items() for mark in marks if mark in text]


def test_manifest_names_the_hash_of_every_released_file(finished: Path) -> None:
    release = finished / "results" / STUDY / "release"
    manifest = json.loads((release / "manifest.json").read_text(encoding="utf-8"))
    on_disk = {p.name: file_hash(p) for p in release.iterdir() if p.name != "manifest.json"}
    assert manifest["files"] == on_disk


def test_the_run_asked_nothing_of_the_network(finished: Path) -> None:
    assert not asked(finished).exists()
    probe = "import socket; socket.create_connection(('192.0.2.1', 80), 2)"
    done = subprocess.run(
        [sys.executable, "-c", probe],
        env={**os.environ, **variables(finished)},
        check=False,
        capture_output=True,
    )
    assert done.returncode != 0  # or nothing was cut
    assert asked(finished).read_text(encoding="utf-8") == "192.0.2.1\n"
    asked(finished).unlink()


def test_persons_lie_in_closed_folders_without_anything_left(finished: Path) -> None:
    results = finished / "results" / STUDY
    if os.name == "posix":
        for name in ("restricted", "logs"):
            assert stat.S_IMODE((results / name).stat().st_mode) == 0o700
    hidden = {path.name for path in (results / "restricted").rglob(".*")} - {MARK}
    assert hidden == set()


def test_logs_say_that_they_stay_and_name_no_machine(finished: Path) -> None:
    logs = finished / "results" / STUDY / "logs"
    assert "stay inside" in (logs / "README.txt").read_text(encoding="utf-8")
    for path in logs.glob("*.log"):
        assert machine_paths(path.read_text(encoding="utf-8")) == 0, path.name


def test_nothing_was_found_that_must_not_leave(finished: Path) -> None:
    restricted = finished / "results" / STUDY / "restricted"
    found = json.loads((restricted / "leaks.json").read_text(encoding="utf-8"))
    assert found["ids"] > 0 and found["notes"] == []


def test_a_package_is_made_and_holds_what_it_says(finished: Path) -> None:
    made = run_alone(finished, "release", STUDY)
    assert made.returncode == 0, made.stderr
    (package,) = (finished / "results" / STUDY / "package").iterdir()
    assert made.stdout.splitlines()[-1] == package.relative_to(finished).as_posix()
    with ZipFile(package) as packed:
        assert packed.testzip() is None and "MANIFEST.json" in packed.namelist()
    hidden = {path.name for path in (finished / "results" / STUDY / "restricted").rglob(".*")}
    assert hidden <= {MARK}


def test_what_is_put_beside_the_results_fails_the_next_look(finished: Path) -> None:
    places = ["release/notes.csv", "report/figures/a.svg"]
    planted = [finished / "results" / STUDY / place for place in places]
    for path in planted:
        path.write_text("<p>131052-308T</p>", encoding="utf-8")
    try:
        done = run_alone(finished, "leaks", STUDY)
    finally:
        for path in planted:
            path.unlink()
    assert done.returncode == 2
    told = done.stderr.splitlines()[-1]
    assert "was found in " in told and told.endswith("; do not hand it on")
    assert all(f"{place} (1 personal identity code)" in told for place in places)
    assert "308T" not in done.stdout + done.stderr


def test_second_run_does_nothing(finished: Path) -> None:
    done = snakemake(finished)
    assert done.returncode == 0
    assert "Nothing to be done" in done.stdout + done.stderr


def test_one_changed_estimand_reruns_only_its_domain(finished: Path, edited) -> None:
    rows = f"config/studies/{STUDY}/estimands.csv"
    row = "social_assistance.total,social_assistance,stock,,,mainland,total,"
    edited(rows, f"{row}municipality", f"{row}area")
    jobs = planned(finished)
    estimating = [job for job in jobs if job.startswith(("Estimating the effects", "Checking"))]
    assert any(job.startswith("Estimating") for job in estimating)
    assert all(job.endswith("domain wellbeing") for job in estimating), estimating
    assert not [job for job in jobs if job.startswith(("Making", "Collapsing"))]
    assert any(job.startswith("Releasing") for job in jobs)


def test_an_edit_in_report_reruns_no_estimate(finished: Path, edited) -> None:
    edited("src/kuntakokeilu/report/words/sentences.py", '"""', '"""Edited. ')
    jobs = planned(finished)
    assert jobs
    assert not [j for j in jobs if j.startswith(("Estimating", "Checking", "Making", "Releasing"))]


def test_an_edit_in_estimation_reruns_every_estimate_and_no_cells(finished: Path, edited) -> None:
    edited("src/kuntakokeilu/estimation/fit.py", '"""', '"""Edited. ')
    jobs = planned(finished)
    domains = {"employment", "cost", "wellbeing"}
    estimated = [job for job in jobs if job.startswith("Estimating the effects")]
    assert {job.rpartition(" ")[2] for job in estimated} == domains
    assert not [job for job in jobs if job.startswith(("Making", "Collapsing"))]


def test_figures_no_longer_declared_are_removed_and_files_of_the_user_are_not(
    finished: Path,
) -> None:
    report = finished / "results" / STUDY / "report"
    kept = sorted(path.name for path in report.rglob("*"))
    for name in ("figures/event_study_employed.gone_fi.svg", "tables/gone.csv", "mine.csv"):
        (report / name).write_text("old", encoding="utf-8")
    one = f"results/{STUDY}/report/tables/main_effects.csv"
    assert snakemake(finished, one, "--forcerun", "result_tables").returncode == 0
    assert sorted(path.name for path in report.rglob("*")) == sorted([*kept, "mine.csv"])
    (report / "mine.csv").unlink()


def test_plan_is_empty_again_after_the_edits(finished: Path) -> None:
    assert planned(finished) == []
