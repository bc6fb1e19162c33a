"""The whole plan, `evaluation_2021`, at 1:10 from nothing to reports that a person can open."""

from __future__ import annotations

import re
import shutil

import pandas as pd
import pytest

from .conftest import copy_project
from .live import run
from .live_tables import ROOT

STUDY = "evaluation_2021"
SCALE = 0.1
LARGEST = 1_500_000  # bytes of a page
LONGEST = 3_000  # words of a page that are not folded; its annex has the rest
FIGURES = 12  # of a page


@pytest.mark.simulate
def test_the_whole_plan_runs_to_its_end_and_its_pages_can_be_opened(environment, tmp_path):
    project = copy_project(ROOT, tmp_path / "project")
    shutil.copy(ROOT / "run.py", project)
    path = project / "config" / "studies" / STUDY / "study.yaml"
    text, changed = re.subn(
        r"twin: \{scale: [\d.]+,", f"twin: {{scale: {SCALE},", path.read_text("utf-8")
    )
    assert changed == 1
    path.write_text(text, encoding="utf-8")
    done = run(project, "results", "--study", STUDY, timeout=7_200)
    assert done.returncode == 0, done.stderr[-3000:]
    folder = project / "results" / STUDY
    declared = pd.read_csv(path.with_name("estimands.csv"), dtype=str)
    released = pd.read_csv(folder / "release" / "estimates.csv", dtype=str)
    assert set(released["estimand"]) == set(declared["estimand"])
    outcomes = set(pd.read_csv(path.with_name("outcomes.csv"), dtype=str)["outcome"])
    every = sorted((folder / "report").glob("*.html"))
    pages = [page for page in every if not page.stem.endswith("_annex")]
    pages = [page for page in pages if not page.stem.startswith("trace_")]
    assert {f"{page.stem}_annex" for page in pages} <= {page.stem for page in every}
    of_outcomes = {
        page.stem.removeprefix("outcome_")
        for page in (folder / "report" / "outcomes").glob("*.html")
    }
    assert len(pages) == 7 and of_outcomes == outcomes
    for page in pages:
        assert page.stat().st_size < LARGEST, page.name
        html = page.read_text(encoding="utf-8")
        assert _words(html) <= LONGEST and html.count("<img ") <= FIGURES, page.name


def _words(html: str) -> int:
    """Count the words of a page that are not folded away."""
    html = re.sub(r"<style>[\s\S]*?</style>|<details[\s\S]*?</details>", "", html)
    return len(re.sub(r"<[^>]+>", " ", html).split())
