"""Every notebook runs on any release and becomes one page that loads nothing."""

from __future__ import annotations

import json
import re
from dataclasses import replace
from pathlib import Path

import nbformat
import pytest

from kuntakokeilu.contracts import TRUTH
from kuntakokeilu.errors import InputError
from kuntakokeilu.io import write_table
from kuntakokeilu.report.pages import notebook, show
from kuntakokeilu.report.pages.html_page import external_loads

from ..conftest import LABELS, build, rich_rows, save, unestimated
from ..covered import covered
from ..figures.test_flow import COUNTS, eligibility, flow_of
from ..tables.test_validation import truth_of
from ..whole import response, save_optional, whole

ROOT = Path(__file__).resolve().parents[3]
TEMPLATES = ROOT / "workflow" / "notebooks"
NAMES = ["data_quality", "design", "results", "robustness", "validation"]
MORE = ["costs", "service_models"]  # of studies that have them
CONFIG = ROOT / "config"


def run(release, folder: Path, template: Path) -> tuple[str, str]:
    """Execute a notebook on a release; return the notebook and the page as text."""
    if not (folder / "release").exists():
        save(release, folder / "release")
    write_table(truth_of(release, 0.1), folder / "release" / "truth.parquet", TRUTH)
    inputs = {
        "release": str(folder / "release"),
        "truth": str(folder / "release" / "truth.parquet"),
        "labels": str(LABELS),
        "calendar": str(CONFIG / "policy_calendar.csv"),
    }
    paths = folder / f"{template.stem}.ipynb", folder / f"{template.stem}.html"
    notebook.execute(template, inputs, NAMES, *paths)
    return tuple(path.read_text("utf-8") for path in paths)


def plain(text: str) -> str:
    return re.sub(r"base64,[A-Za-z0-9+/=]+", "", text)


@pytest.fixture(scope="module", params=NAMES)
def page(request, tmp_path_factory):
    """Name, notebook and page of a release with every kind of row."""
    folder = tmp_path_factory.mktemp(request.param)
    ipynb, html = run(covered(rich_rows()), folder, TEMPLATES / f"{request.param}.ipynb")
    return request.param, ipynb, html, folder


def test_page_stands_alone_and_names_no_folder(page):
    name, ipynb, html, folder = page
    assert external_loads(html) == []
    assert "<script" not in html
    for trace in ("/home", str(folder), str(Path.home()), str(ROOT), "papermill", "execution"):
        assert trace not in plain(ipynb + html).replace("execution_count", ""), trace
    assert '<html lang="en">' in html
    title = name.replace("_", " ").capitalize()
    assert f"<title>{title}: A tiny trial (95 of 118 municipalities)</title>" in html
    others = re.findall(r'<li><a href="(\w+)\.html">', html)
    assert others == [*(other for other in NAMES if other != name), "trace_en"]
    assert html.count('aria-current="page"') == 1


def test_page_reads_text_first_and_is_accessible(page):
    _, _, html, _ = page
    assert html.index("<h1") < html.index("<details")
    assert len(re.findall("<h1", html)) == 1
    images = re.findall(r"<img[^>]*>", html)
    assert images
    assert all(re.search(r'alt="[^"]{40,}"', image) for image in images)
    assert html.count("<table") == html.count("<caption>") > 0
    words = re.sub(r'<details class="code">.*?</details>|<[^>]+>', " ", html, flags=re.DOTALL)
    assert not re.search(r"\b(nan|None|NaT)\b", words)
    assert not re.search(r"\{\w+\}", re.sub("<style>.*?</style>", "", words, flags=re.DOTALL))


def test_registers_show_their_flow_and_eligibility_and_other_studies_do_not(tmp_path):
    bare = covered(rich_rows())
    tables = {"flow": flow_of(COUNTS), "eligibility": eligibility(), "survey_response": response()}
    whole = replace(covered(rich_rows(), populations={"all": None}), **tables)
    for name, release in (("bare", bare), ("whole", whole)):
        folder = save(release, tmp_path / name / "release")
        if len(release.flow):
            for table in tables:
                getattr(release, table).to_csv(folder / f"{table}.csv", index=False)
        _, html = run(release, tmp_path / name, TEMPLATES / "data_quality.ipynb")
        seen = re.sub(r'<details class="code">.*?</details>', " ", html, flags=re.DOTALL)
        titles = ("From the extract to the samples", "Eligible before the start")
        titles += ("Who answered the survey", "non-response may differ between the arms")
        assert [title in seen for title in titles] == [name == "whole"] * 4
        assert html.count("<table") == html.count("<caption>")


@pytest.mark.parametrize(
    ("name", "titles", "figures"),
    [
        ("costs", ["Who pays and who receives", "Nominal and real euros", "Totals",
                   "What the trial itself cost", "What one more month of employment cost"], 1),
        ("service_models", ["Effects in each trial area", "What the areas had",
                            "Annex, exploratory: for whom the effect may differ"], 1),
        ("results", ["Whose change is it", "For different groups of persons"], 3),
    ],
)  # fmt: skip
def test_pages_of_registers_show_everything_with_its_description(
    tmp_path, name, titles, figures, english
):
    release = whole()
    save_optional(release, save(release, tmp_path / "release"))
    _, html = run(release, tmp_path, TEMPLATES / f"{name}.ipynb")
    seen = re.sub(r'<details class="code">.*?</details>|<style>.*?</style>', " ", html,
                  flags=re.DOTALL)  # fmt: skip
    assert all(title in seen for title in titles)
    images = re.findall(r"<img[^>]*>", seen)
    assert len(images) == figures and all(re.search(r'alt="[^"]{40,}"', i) for i in images)
    assert seen.count("<table") == seen.count("<caption>") > 2
    words = re.sub(r"<[^>]+>", " ", seen)
    assert not re.search(r"\b(nan|None|NaT)\b|<NA>|\{\w+\}", words)
    assert (english.say("costs.standing") in words) == (name == "costs")


def test_notebook_is_the_same_every_time(tmp_path):
    template = TEMPLATES / "data_quality.ipynb"
    first, second = (run(covered(rich_rows()), tmp_path / k, template) for k in "ab")
    assert first == second


@pytest.mark.parametrize("name", NAMES)
def test_a_release_with_little_in_it_becomes_a_page(tmp_path, name):
    """Nothing estimated but reasons, no checks, no covariates, no coverage, no calendar."""
    rows = unestimated("event_time", "series") + unestimated("window", "windows")
    bare = {"units": "other", "coverage": None, "mergers": [], "windows": {}, "start": None}
    _, html = run(build(rows, [], **bare), tmp_path, TEMPLATES / f"{name}.ipynb")
    said = {
        "data_quality": "there is not a single value",
        "design": "The study has no covariates",
        "results": "cannot be estimated",
        "robustness": "This study declares no placebo",
        "validation": "covers the truth in 0 of 0 main effects",
    }
    assert said[name] in html


def test_failing_cell_stops_with_its_error_and_writes_nothing(tmp_path):
    broken = nbformat.v4.new_notebook(
        cells=[nbformat.v4.new_code_cell("raise ValueError('bad cell')")]
    )
    nbformat.write(broken, tmp_path / "results.ipynb")
    (tmp_path / "out").mkdir()
    with pytest.raises(notebook.NotebookError, match="bad cell"):
        run(build(rich_rows()), tmp_path / "out", tmp_path / "results.ipynb")
    assert [path.name for path in (tmp_path / "out").iterdir()] == ["release"]


def test_a_fault_of_the_input_is_no_fault_of_the_notebook(tmp_path):
    fault = "from kuntakokeilu.errors import InputError\nraise InputError('map.json: not a map')"
    broken = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell(fault)])
    nbformat.write(broken, tmp_path / "results.ipynb")
    with pytest.raises(InputError, match=r"^map\.json: not a map$"):
        run(build(rich_rows()), tmp_path / "out", tmp_path / "results.ipynb")


@pytest.mark.parametrize("leak", ["import os; os.getcwd()", "show.given('labels')"])
def test_a_shown_folder_of_this_machine_is_refused(tmp_path, leak):
    cell = nbformat.v4.new_code_cell(f"from kuntakokeilu.report.pages import show\n{leak}")
    nbformat.write(nbformat.v4.new_notebook(cells=[cell]), tmp_path / "results.ipynb")
    (tmp_path / "out").mkdir()
    with pytest.raises(notebook.NotebookError, match="folder of this machine"):
        run(build(rich_rows()), tmp_path / "out", tmp_path / "results.ipynb")


@pytest.mark.parametrize(
    ("html", "expected"),
    [
        ('<script src="https://cdn.example/x.js"></script>', ["https://cdn.example/x.js"]),
        ('<link rel="stylesheet" href="//cdn.example/x.css">', ["//cdn.example/x.css"]),
        ('<img src="figure.png">', ["figure.png"]),
        ("<style>@import 'http://a.example/b.css';</style>", ["http://a.example/b.css"]),
        ('<p style="background: url(https://a.example/b.png)">', ["https://a.example/b.png"]),
        ("<script>import('https://a.example/m.mjs')</script>", ["https://a.example/m.mjs)"]),
        ('<a href="https://example.org">read</a><img src="data:image/png;base64,AA">', []),
    ],
)
def test_external_loads(html, expected):
    assert [found.rstrip(")") for found in external_loads(html)] == [
        address.rstrip(")") for address in expected
    ]


@pytest.mark.parametrize("name", [*NAMES, *MORE])
def test_template_has_no_outputs_and_names_no_study(name):
    template = nbformat.read(TEMPLATES / f"{name}.ipynb", as_version=4)
    code = [cell for cell in template.cells if cell.cell_type == "code"]
    assert all(not cell.outputs and cell.execution_count is None for cell in code)
    studies = {path.name for path in (CONFIG / "studies").iterdir() if path.is_dir()}
    text = (TEMPLATES / f"{name}.ipynb").read_text("utf-8")
    assert studies and not [study for study in studies if study in text]


def test_inputs_are_found_beside_a_notebook_run_by_hand(monkeypatch):
    monkeypatch.delenv(show.VARIABLE, raising=False)
    here = ROOT / "results" / "study" / "report"
    assert (here / show.given("labels")).resolve() == LABELS.resolve()
    assert show.given("release") == "../release" and show.given("outlines") == ""
    monkeypatch.setenv(show.VARIABLE, json.dumps({"release": "elsewhere"}))
    assert (show.given("release"), show.given("calendar")) == ("elsewhere", "")
