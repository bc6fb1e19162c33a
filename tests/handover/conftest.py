"""A finished run with a released table, workbooks, pages and figures, in a project of its own."""

from __future__ import annotations

import base64
import hashlib
import io
import json
import shutil
from dataclasses import replace

import openpyxl
import pandas as pd
import pytest

from kuntakokeilu.disclosure.ids import NO_IDS
from kuntakokeilu.disclosure.leaks import Wanted
from kuntakokeilu.handover import Run, make_package
from kuntakokeilu.handover.hidden import MadeOf
from kuntakokeilu.study import DisclosureProfile

from ..report.conftest import (  # noqa: F401
    build,
    check,
    english,
    finnish,
    rich_rows,
    save,
    swedish,
)

PROFILE = DisclosureProfile(profile="register", min_persons=10, note="of a test")
PIXEL = base64.b64decode(
    "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAQAAAC1HAwCAAAAC0lEQVR42mNk+A8AAQUBAScY42YAAAAASUVORK5CYII="
)
NOTHING = Wanted(NO_IDS, (), {})
MADE = (
    *(f"report/brief_fi.{form}" for form in ("pdf", "html")),
    *(f"report/results_{code}.xlsx" for code in ("fi", "sv", "en")),
    "report/results.html",
    "report/results_annex.html",
    "report/trace_fi.html",
    "report/results.ipynb",
    "report/tables/effects.csv",
    "report/tables/effects_excel_fi.csv",
    *(f"report/figures/forest{end}" for end in (".csv", "_fi.svg", "_fi.png")),
)


@pytest.fixture(scope="session")
def finished(tmp_path_factory, finnish, swedish, english):  # noqa: F811
    """The run, which no test changes."""
    folder = tmp_path_factory.mktemp("project") / "results" / "tiny"
    rows = rich_rows()
    names = dict.fromkeys(row["estimand"] for row in rows)
    checks = [check(name, "fail" if name == "jobs.failed" else "pass") for name in names]
    made = build(rows, checks)
    shown = made.estimates["status"].ne("suppressed")
    for column, value in {"n_persons": 1230, "n_person_months": 24000}.items():
        made.estimates[column] = pd.Series(value, made.estimates.index, "Int64").where(shown)
    freedom = made.estimates["degrees_of_freedom"]
    made.estimates["degrees_of_freedom"] = freedom.where(shown)  # as the release hides it
    hidden = list(made.estimates.index[~shown])
    behind = made.estimates.assign(n_persons_min=made.estimates["n_persons"].fillna(0))
    behind.loc[hidden[0], "n_persons_min"] = 400  # enough, yet another would follow
    save(made, folder / "release")
    for name in (*MADE, "report/mine.csv", "restricted/cells.csv"):
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        write(folder / name)
    seal(folder)
    released = sorted(f"release/{path.name}" for path in (folder / "release").iterdir())
    readers = (finnish, swedish, english)
    made_of = MadeOf({"estimates": behind})
    return Run("tiny", folder, tuple(released), MADE, "f" * 64, PROFILE, readers, made_of=made_of)


def write(path):
    """Write a small file of the form that its name says."""
    if path.suffix == ".xlsx":
        book = openpyxl.Workbook()
        book.active.append([f"this is {path.name}"])
        stream = io.BytesIO()
        book.save(stream)
        path.write_bytes(stream.getvalue())
    elif path.suffix == ".pdf":
        path.write_bytes(b"%PDF-1.7\n%%EOF\n")
    elif path.suffix == ".png":
        path.write_bytes(PIXEL)
    elif path.suffix == ".ipynb":
        path.write_text(json.dumps({"cells": [], "metadata": {}}), encoding="utf-8")
    else:
        path.write_text(f"this is {path.name}", encoding="utf-8")


@pytest.fixture
def run(finished, tmp_path, monkeypatch):
    """A copy of the run, in a project of its own."""
    folder = tmp_path / "project" / "results" / "tiny"
    shutil.copytree(finished.folder, folder)
    monkeypatch.chdir(tmp_path / "project")
    return replace(finished, folder=folder)


@pytest.fixture(scope="session")
def package(finished, tmp_path_factory):
    """A package that no test changes, of a copy of the run."""
    folder = tmp_path_factory.mktemp("packed") / "tiny"
    shutil.copytree(finished.folder, folder)
    return make_package(replace(finished, folder=folder), NOTHING)


def seal(folder):
    """Write the manifest that a run would have written of the release as it now is."""
    path = folder / "release" / "manifest.json"
    told = json.loads(path.read_text(encoding="utf-8"))
    files = {
        each.name: hashlib.sha256(each.read_bytes()).hexdigest()
        for each in (folder / "release").iterdir()
        if each != path
    }
    told |= {"files": files, "study_sha256": "f" * 64}
    path.write_text(json.dumps(told), encoding="utf-8")


def with_files(run, *made):
    """The run with more files of the report."""
    return replace(run, made=(*run.made, *made))
