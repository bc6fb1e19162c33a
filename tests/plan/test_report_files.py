"""What is made of a release, by the records of tables and figures, without Snakemake."""

from __future__ import annotations

import subprocess
import sys
from dataclasses import replace
from functools import cache
from pathlib import Path

import pytest

from kuntakokeilu.plan import find_report_files, make_plan, run
from kuntakokeilu.plan.report_files import EXCEL, MACHINE
from kuntakokeilu.report.figures.registry import FIGURES
from kuntakokeilu.report.tables.registry import TABLES
from kuntakokeilu.study import read_study

ROOT = Path(__file__).resolve().parents[2]
STUDIES = sorted(path.parent.name for path in (ROOT / "config/studies").glob("*/study.yaml"))
made = cache(lambda study: find_report_files(make_plan(study)))


@pytest.fixture
def files_of(root, data_folder, monkeypatch):
    """The files of a study's report, named once for all tests."""
    monkeypatch.chdir(root)
    return made


@pytest.mark.real_data
@pytest.mark.parametrize("study", STUDIES)
def test_every_study_has_tables_and_figures_with_names_of_their_own(study, files_of):
    files = files_of(study)
    assert files.tables == [name for name in TABLES if name in set(files.tables)]
    assert list(files.figures) == [kind for kind in FIGURES if kind in files.figures]
    tables = [path for form in (MACHINE, *EXCEL.values()) for path in files.table_files(form)]
    named = [*files.figure_files, *tables, *files.trace_pages.values()]
    assert set(named) <= set(files.made) and len(files.made) == len(set(files.made))
    assert len(named) == len(set(named)) and {"main_effects", "checks"} <= set(files.tables)
    assert all(path.startswith(f"results/{study}/report/") for path in named)
    assert all(files.captions(kind)["sv"] for kind in files.figures)
    assert ("forest" in files.figures) != ("forest_page" in files.figures)


@pytest.mark.real_data
def test_a_picture_in_the_report_says_in_its_language_what_it_shows(files_of):
    files = files_of("open_2017")
    pictures = [file for file in files.drawn("event_study") if file.language]
    assert len(pictures) == 3 * len(files.figures["event_study"])
    for path, code, title in pictures:
        assert path.endswith(f"_{code}.svg")
        assert title.startswith(files.readers[code].say("figure.event_study.name"))


@pytest.mark.real_data
def test_a_figure_is_given_the_files_that_its_record_names(files_of):
    files = files_of("open_2017")
    assert files.inputs_of("window_chart") == {"calendar": ["config/policy_calendar.csv"]}
    assert files.inputs_of("forest") == {}
    assert set(files.inputs_of("area_map")) == {"outlines"}


@pytest.mark.real_data
def test_what_a_study_no_longer_declares_is_outdated(files_of, tmp_path):
    files = replace(files_of("open_2017"), folder=tmp_path.as_posix())
    kept = [files.figure_files[0], files.table_files(EXCEL["sv"])[0], f"{tmp_path}/mine.csv"]
    gone = [f"{tmp_path}/figures/event_study_gone_fi.svg", f"{tmp_path}/tables/gone.csv"]
    for path in (*kept, *gone, f"{tmp_path}/figures/notes.txt"):
        Path(path).parent.mkdir(exist_ok=True)
        Path(path).touch()
    assert sorted(files.outdated()) == sorted(map(Path, gone))


def test_the_plan_does_not_wait_for_what_draws():
    """Every run starts by reading the plan, also one of the numbers alone, which draws nothing."""
    ask = "import sys, kuntakokeilu.plan; sys.exit('matplotlib' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", ask], check=False).returncode == 0


def test_a_twin_whose_effects_are_hidden_has_no_page_of_the_truth(monkeypatch):
    study = read_study(Path("config"), "demo_2021")
    hidden = replace(study, settings=study.settings.model_copy(update={"blinded": True}))
    assert hidden.blinded
    for one, shown in ((study, True), (hidden, False)):
        monkeypatch.setattr(run, "read_study", lambda *_, given=one: given)
        assert ("validation" in find_report_files(make_plan("demo_2021")).pages) == shown
