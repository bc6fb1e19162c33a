"""The package: what to read first, every file that was declared, none that was not."""

from __future__ import annotations

import json
import re
from dataclasses import replace
from pathlib import Path
from zipfile import ZipFile

import pytest

from kuntakokeilu.errors import InputError
from kuntakokeilu.report.pages.html_page import external_loads
from kuntakokeilu.report.pages.package import pack, start_page, state

from ..conftest import build, check, number, save

PAGES = ["results", "design"]
MADE = [
    *(f"report/brief_{code}.{form}" for code in ("fi", "sv", "en") for form in ("pdf", "html")),
    *(f"report/results_{code}.xlsx" for code in ("fi", "sv", "en")),
    *(f"report/{name}.html" for name in PAGES),
    *(f"report/trace_{code}.html" for code in ("fi", "sv", "en")),
    "report/tables/checks_excel_sv.csv",
]


@pytest.fixture
def readers(finnish, swedish, english):
    """The three languages, in the order of the start page."""
    return [finnish, swedish, english]


@pytest.fixture
def finished(rich, tmp_path, monkeypatch):
    """The folder of a study that was run, with a report of Snakemake and a file of the user."""
    project, folder = tmp_path / "project", tmp_path / "project" / "results" / "tiny"
    project.mkdir()
    monkeypatch.chdir(project)
    save(rich, folder / "release")
    for name in [*MADE, "report/mine.csv", "restricted/cells.csv"]:
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(f"this is {name}", encoding="utf-8")
    with ZipFile(folder / "report" / "report.zip", "w") as archive:
        archive.writestr("report/report.html", "the workflow")
        archive.writestr("report/data/raw/1/results.html", "a copy")
    released = sorted(f"release/{path.name}" for path in (folder / "release").iterdir())
    return folder, [*released, *MADE]


def packed(path):
    with ZipFile(path) as archive:
        return {name: archive.read(name) for name in archive.namelist()}


def test_a_package_opens_with_what_to_read_first_and_holds_what_was_declared(finished, readers):
    folder, files = finished
    path = folder / "report" / "report.zip"
    pack(path, folder, files, PAGES, readers)
    found = packed(path)
    workflow = ["workflow/report.html", "workflow/data/raw/1/results.html"]
    assert list(found) == ["start.html", "datapackage.json", *files, *workflow]
    assert found["report/results_fi.xlsx"] == b"this is report/results_fi.xlsx"
    assert found["workflow/report.html"] == b"the workflow"
    described = json.loads(found["datapackage.json"])
    assert {each["path"] for each in described["resources"]} <= set(files)
    page = found["start.html"].decode("utf-8")
    assert {link for link in re.findall(r'href="([^"#]+)"', page) if "://" not in link} <= set(
        files
    )
    assert external_loads(page) == []


def test_two_packages_of_one_release_are_equal(finished, readers):
    folder, files = finished
    path = folder / "report" / "report.zip"
    before, made = path.read_bytes(), []
    for _ in range(2):
        path.write_bytes(before)
        pack(path, folder, files, PAGES, readers)
        made.append(path.read_bytes())
    assert made[0] == made[1] and not list(path.parent.glob(".*"))


@pytest.mark.parametrize("fault", ["missing", "leak"])
def test_a_package_with_a_fault_is_none(fault, finished, readers):
    folder, files = finished
    path = folder / "report" / "report.zip"
    if fault == "missing":
        (folder / MADE[0]).unlink()
        message = r"report/brief_fi\.pdf: no such file"
    else:
        (folder / "report" / "design.html").write_text(f"{Path.cwd()}/secret", encoding="utf-8")
        message = r"report/design\.html names a folder of this machine"
    with pytest.raises(InputError, match=message):
        pack(path, folder, files, PAGES, readers)
    assert not path.exists() and not list(path.parent.glob(".*"))


def test_the_start_page_speaks_all_languages_and_names_only_what_is_there(rich, readers):
    page = start_page(rich, ["report/results_sv.xlsx", "release/units.csv"], PAGES, readers)
    assert re.findall(r'<section id="(\w+)" lang="(\w+)">', page) == [
        (code, code) for code in ("fi", "sv", "en")
    ]
    assert re.findall(r'href="(report/[^"]+)"', page) == ["report/results_sv.xlsx"]
    assert "release/<wbr>" not in page and "estimates.csv" not in page


def test_the_brief_is_read_first(rich, readers):
    page = start_page(rich, MADE, PAGES, readers)
    for code in ("fi", "sv", "en"):
        part = page[page.index(f'<section id="{code}"') :]
        links = re.findall(r'href="(report/[^"]+)"', part)
        first = [f"brief_{code}.pdf", f"brief_{code}.html", f"results_{code}.xlsx"]
        assert links[:3] == [f"report/{name}" for name in first]


def test_a_simulated_study_says_so_in_every_part(readers):
    page = start_page(build(number(), simulated=True), MADE, PAGES, readers)
    assert all(reader.say("study.simulated") in page for reader in readers)


def test_failed_checks_and_hidden_rows_are_counted_with_their_reasons(english):
    rows = [*number("main"), *number("few", blank=("estimate",), status="suppressed")]
    rows += number("gone", blank=("estimate",), status="not_identified", identified="no_control")
    checks = [check("jobs.main", "fail"), check("jobs.main", "fail", "few_clusters")]
    checks += [check("jobs.few", "fail"), check("jobs.gone", "warn")]
    failed, hidden, gone = state(build(rows, checks), english)
    assert (
        failed.startswith("Estimates that fail a check: 2 (failed checks in all: 3).")
        and "(2);" in failed
    )
    assert hidden.startswith(f"Rows suppressed: {len(number('few'))},")
    assert gone.startswith("Numbers that cannot be estimated: 1.")
    assert english.say("reason.no_control") in gone


def test_where_nothing_failed_nothing_is_called_proved(english):
    said = state(build(number(), [check("jobs.main", "warn")]), english)
    assert said == [english.say("package.none_failed"), english.say("package.none_hidden")]
    other = replace(build(number()), diagnostics=build(number(), []).diagnostics)
    assert state(other, english)[0] == english.say("package.none_failed")
