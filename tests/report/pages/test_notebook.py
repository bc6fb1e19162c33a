"""Every notebook runs on any release and becomes one page that loads nothing."""

from __future__ import annotations

import json
import re
from dataclasses import replace
from functools import cache
from html import unescape
from pathlib import Path

import nbformat
import pandas as pd
import pytest

from kuntakokeilu.contracts import COVERAGE_RELEASED, DIAGNOSTICS, TRUTH, conform
from kuntakokeilu.errors import InputError
from kuntakokeilu.io import write_table
from kuntakokeilu.report.pages import notebook, show
from kuntakokeilu.report.pages.html_page import external_loads
from kuntakokeilu.report.words.language import read_language

from ..conftest import LABELS, build, check, number, rich_rows, save, unestimated
from ..covered import covered
from ..figures.test_flow import COUNTS, eligibility, flow_of
from ..tables.test_validation import truth_of
from ..whole import outcome, response, save_optional, whole

ROOT = Path(__file__).resolve().parents[3]
TEMPLATES = ROOT / "workflow" / "notebooks"
NAMES = ["data_quality", "design", "results", "robustness", "validation"]
SEEN, OTHERS = ["data_quality", "design", "results"], ["validation", "robustness"]
MORE = ["costs", "service_models"]  # of studies that have them
CONFIG = ROOT / "config"
PROOF = pytest.mark.simulate
MOST_WORDS, MOST_FIGURES = 3_000, 12  # of a page; its annex has the rest
pytestmark = pytest.mark.usefixtures("warm_jobs")


def run(release, folder: Path, template: Path) -> tuple[str, str, str]:
    """Execute a notebook on a release; return the notebook, the page and its annex as text."""
    if not (folder / "release").exists():
        save(release, folder / "release")
    write_table(truth_of(release, 0.1), folder / "release" / "truth.parquet", TRUTH)
    inputs = {
        "release": str(folder / "release"),
        "truth": str(folder / "release" / "truth.parquet"),
        "labels": str(LABELS),
        "calendar": str(CONFIG / "policy_calendar.csv"),
    }
    ends = (".ipynb", ".html", "_annex.html")
    paths = [folder / f"{template.stem}{end}" for end in ends]
    notebook.execute(template, inputs, NAMES, *paths)
    return tuple(path.read_text("utf-8") for path in paths)


def words_of(html: str) -> int:
    """Count the words of a page's text that are not folded away, without menu and sources."""
    parts = ("<style>.*?</style>", "<nav.*?</nav>", "<footer.*?</footer>", "<details.*?</details>")
    text = re.sub("|".join((*parts, "<title>.*?</title>", "<[^>]+>")), " ", html, flags=re.DOTALL)
    return len(text.split())


def plain(text: str) -> str:
    return re.sub(r"base64,[A-Za-z0-9+/=]+", "", text)


@pytest.fixture(scope="module")
def rich_page(tmp_path_factory, warm_jobs):
    """Give notebook, page, annex and folder of a release with every kind of row, made once."""

    @cache
    def made(name):
        folder = tmp_path_factory.mktemp(name)
        return *run(covered(rich_rows()), folder, TEMPLATES / f"{name}.ipynb"), folder

    return made


@pytest.fixture(params=[*SEEN, *(pytest.param(name, marks=PROOF) for name in OTHERS)])
def page(request, rich_page):
    """Name, notebook, page, annex and folder of each page in turn."""
    return request.param, *rich_page(request.param)


def test_page_stands_alone_and_names_no_folder(page):
    name, ipynb, html, annex, folder = page
    assert external_loads(html) == external_loads(annex) == []
    assert "<script" not in html + annex
    for trace in ("/home", str(folder), str(Path.home()), str(ROOT), "papermill", "execution"):
        kept = re.sub("execution_count|skip-execution", "", plain(ipynb + html + annex))
        assert trace not in kept, trace
    assert '<html lang="en">' in html
    title = name.replace("_", " ").capitalize()
    assert f"<title>{title}: A tiny trial (95 of 118 municipalities)</title>" in html
    others = re.findall(r'<li><a href="(\w+)\.html">', html)
    assert others == [*(other for other in NAMES if other != name), "trace_en"]
    assert html.count('aria-current="page"') == 1
    linked = re.findall(rf'href="{name}_annex\.html#(part-\d+)"', html)
    assert linked == re.findall(r'id="(part-\d+)"', annex) and f'href="{name}.html"' in annex


def test_page_opens_with_question_answer_and_evidence_in_three_languages(page):
    name, _, html, *_ = page
    opening = html[html.index('<div class="opening">') : html.index("<h2")]
    languages = [read_language(code, LABELS) for code in ("en", "fi", "sv")]
    for language, part in zip(languages, re.split("<details", opening), strict=False):
        words = unescape(part)
        for key in ("question", "answer", "evidence"):
            assert f"<strong>{language.say(f'open.{key}')}:</strong>" in words
        assert language.say(f"open.question.{name}") in words
    for language in languages[1:]:
        lead = f'<details class="opening" lang="{language.code}">'
        assert f"{lead}<summary>{language.say('open.summary')}</summary>" in opening


def test_page_reads_text_first_and_is_accessible(page):
    _, _, main, annex, _ = page
    assert re.findall(r"<img[^>]*>", main)
    assert words_of(main) <= MOST_WORDS and main.count("<img ") <= MOST_FIGURES
    for html in (main, annex):
        assert_accessible(html)


def assert_accessible(html):
    assert html.index("<h1") < html.index("<details")
    assert len(re.findall("<h1", html)) == 1
    images = re.findall(r"<img[^>]*>", html)
    assert all(re.search(r'alt="[^"]{20,300}"', image) for image in images)
    assert html.count("<table") == html.count("<caption>")
    scrolled = re.findall(r'<div [^>]*class="table"[^>]*>', html)
    assert len(scrolled) == html.count("<table")
    for part in ('tabindex="0"', 'role="region"', 'aria-label="'):
        assert all(part in tag for tag in scrolled)
    words = re.sub(r'<details class="code">.*?</details>|<[^>]+>', " ", html, flags=re.DOTALL)
    assert not re.search(r"\b(nan|None|NaT)\b", words)
    assert not re.search(r"\{\w+\}", re.sub("<style>.*?</style>", "", words, flags=re.DOTALL))


def test_registers_show_their_flow_and_eligibility_and_other_studies_do_not(tmp_path, rich_page):
    tables = {"flow": flow_of(COUNTS), "eligibility": eligibility(), "survey_response": response()}
    release = replace(covered(rich_rows(), populations={"all": None}), **tables)
    folder = save(release, tmp_path / "release")
    for table in tables:
        getattr(release, table).to_csv(folder / f"{table}.csv", index=False)
    made = run(release, tmp_path, TEMPLATES / "data_quality.ipynb")
    _, *other, _ = rich_page("data_quality")
    titles = ("From the extract to the samples", "Eligible before the start")
    titles += ("Who answered the survey", "non-response may differ between the groups")
    for html, there in (("".join(made[1:]), True), ("".join(other), False)):
        seen = re.sub(r'<details class="code">.*?</details>', " ", html, flags=re.DOTALL)
        assert [title in seen for title in titles] == [there] * 4
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
    _, main, annex = run(release, tmp_path, TEMPLATES / f"{name}.ipynb")
    html = main + annex
    assert words_of(main) <= MOST_WORDS and main.count("<img ") <= MOST_FIGURES
    seen = re.sub(r'<details class="code">.*?</details>|<style>.*?</style>', " ", html,
                  flags=re.DOTALL)  # fmt: skip
    assert all(title in seen for title in titles)
    images = re.findall(r"<img[^>]*>", seen)
    assert len(images) == figures and all(re.search(r'alt="[^"]{20,300}"', i) for i in images)
    assert seen.count("<table") == seen.count("<caption>") > 2
    words = re.sub(r"<[^>]+>", " ", seen)
    assert not re.search(r"\b(nan|None|NaT)\b|<NA>|\{\w+\}", words)
    assert (english.say("costs.standing") in words) == (name == "costs")


def crowd():
    """Twenty-four outcomes of three domains, each with a headline, three main rows, ten others."""
    specs = [("main", "main", "municipality"), ("area", "main", "area"),
             ("persons", "main", "persons_frozen")]  # fmt: skip
    specs += [(f"check_{k}", "robustness", "municipality") for k in range(10)]
    rows, outcomes = [], {}
    for k in range(24):
        name, domain = f"o{k}", ("employment", "cost", "wellbeing")[k % 3]
        outcomes[name] = outcome(name, domain=domain) | {"label_en": f"Outcome number {k} of all"}
        for spec, role, weights in specs:
            how = {"outcome": name, "domain": domain, "weights": weights, "role": role}
            made = number(spec, estimand=f"{name}.{spec}", **how)
            rows += made
    estimands = dict.fromkeys(row["estimand"] for row in rows)
    named = ("few_clusters", "comparable", "area_shocks", "pre_trend")
    checks = [check(estimand, "warn", name) for estimand in estimands for name in named]
    release = covered(rows, outcomes=outcomes)
    cells = [release.coverage.assign(outcome=name) for name in outcomes]
    coverage = conform(pd.concat(cells, ignore_index=True), COVERAGE_RELEASED)
    diagnostics = conform(pd.DataFrame(checks), DIAGNOSTICS)
    return replace(release, diagnostics=diagnostics, coverage=coverage)


@pytest.mark.parametrize(
    "name",
    ["results", *(pytest.param(n, marks=PROOF) for n in ("robustness", "design", "data_quality"))],
)
def test_a_study_with_many_outcomes_has_pages_of_the_same_size(tmp_path, name):
    _, html, annex = run(crowd(), tmp_path, TEMPLATES / f"{name}.ipynb")
    assert words_of(html) <= MOST_WORDS and html.count("<img ") <= MOST_FIGURES
    assert words_of(annex) > 300


def test_notebook_is_the_same_every_time(tmp_path, rich_page):
    again = run(covered(rich_rows()), tmp_path, TEMPLATES / "data_quality.ipynb")
    assert again == rich_page("data_quality")[:3]


@pytest.mark.parametrize("name", NAMES)
def test_a_release_with_little_in_it_becomes_a_page(tmp_path, name):
    """Nothing estimated but reasons, no checks, no covariates, no coverage, no calendar."""
    rows = unestimated("event_time", "series") + unestimated("window", "windows")
    bare = {"units": "other", "coverage": None, "mergers": [], "windows": {}, "start": None}
    _, *pages = run(build(rows, [], **bare), tmp_path, TEMPLATES / f"{name}.ipynb")
    said = {
        "data_quality": "there is not a single value",
        "design": "The study has no covariates",
        "results": "cannot be estimated",
        "robustness": "This study declares no placebo",
        "validation": "covers the truth in 0 of 0 main effects",
    }
    assert said[name] in "".join(pages)


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
