"""`run.py trace`, as a user types it: by name of study, or of whoever has the package alone."""

from __future__ import annotations

import shutil

import pytest

from kuntakokeilu.__main__ import main
from kuntakokeilu.commands.places import FOLDER

from .report.conftest import build, number, save


@pytest.fixture
def project(config, tmp_path, monkeypatch):
    """A project with one study that was run, and nothing under restricted/."""
    folder = tmp_path / "project"
    shutil.copytree(config / "labels", folder / "config" / "labels")
    save(build(number()), folder / "results" / "tiny" / "release")
    monkeypatch.chdir(folder)
    return folder


def test_a_number_is_traced_by_the_name_of_its_study(project, capsys):
    assert main(["trace", "tiny", "jobs.main"]) == 0
    said = capsys.readouterr().out
    assert said.startswith("Where the number comes from: Employed")
    rows = (project / "results/tiny/release/estimates.csv").read_text("utf-8").splitlines()
    assert f"release/estimates.csv, lines 2–{len(rows)}" in said


def test_the_same_as_a_page_beside_where_the_user_is(project, tmp_path, monkeypatch, capsys):
    monkeypatch.setenv(FOLDER, str(tmp_path))
    assert main(["trace", "tiny", "jobs.main", "--language", "sv", "--html", "page.html"]) == 0
    assert capsys.readouterr().out.startswith("Talets ursprung: ")
    page = (tmp_path / "page.html").read_text(encoding="utf-8")
    assert page.startswith("<!DOCTYPE html>") and 'id="jobs.main"' in page


@pytest.mark.parametrize("inside", ["", "release"])
def test_a_package_that_was_unpacked_elsewhere_is_enough(
    inside, project, tmp_path, monkeypatch, capsys
):
    shutil.move(project / "results" / "tiny", tmp_path / "unpacked")
    monkeypatch.setenv(FOLDER, str(tmp_path))
    assert main(["trace", f"unpacked/{inside}", "jobs.main"]) == 0
    assert "[jobs.main]" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("study", "estimand", "message"),
    [
        ("tiny", "jobs.mian", "tiny: no estimand jobs.mian; near: jobs.main"),
        ("tinny", "jobs.main", "tinny: no release in results/tinny/release;"),
    ],
)
def test_a_name_that_is_not_there_is_one_line(study, estimand, message, project, capsys):
    assert main(["trace", study, estimand]) == 2
    (line,) = capsys.readouterr().err.splitlines()
    assert line.startswith(f"kuntakokeilu: error: {message}")
