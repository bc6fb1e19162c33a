"""The notebook runs on any release and becomes one page that loads nothing."""

import re
from pathlib import Path

import nbformat
import pytest

from kuntakokeilu.report import notebook

TEMPLATE = Path(__file__).resolve().parents[2] / "workflow" / "notebooks" / "results.ipynb"


@pytest.fixture
def outputs(rich, make, tmp_path):
    """Paths of the template executed on the rich release."""
    folder = make.save(rich, tmp_path / "release")
    paths = tmp_path / "out.ipynb", tmp_path / "out.html"
    notebook.execute(TEMPLATE, folder, *paths)
    return paths


def test_page_stands_alone_and_names_no_folder(outputs, tmp_path):
    ipynb, html = (path.read_text("utf-8") for path in outputs)
    assert notebook.external_loads(html) == []
    assert "<script" not in html
    plain = re.sub(r"base64,[A-Za-z0-9+/=]+", "", ipynb + html)
    for trace in ("/home", str(tmp_path), str(Path.home()), "papermill", "execution"):
        assert trace not in plain.replace("execution_count", "")
    assert '<html lang="en">' in html
    assert "<title>A tiny trial: results (95 of 118 municipalities)</title>" in html


def test_page_reads_text_first_and_is_accessible(outputs):
    html = outputs[1].read_text("utf-8")
    assert html.index("<h1") < html.index("<details")
    assert html.index("The sign depends on the weights") < html.index("<table")
    images = re.findall(r"<img[^>]*>", html)
    assert len(images) == 2  # one event study, one forest
    assert all(re.search(r'alt="[^"]{40,}"', image) for image in images)
    assert html.count("<table") == html.count("<caption>") == 4
    assert not re.search(r"\b(nan|None|NaT)\b", re.sub(r"base64,[A-Za-z0-9+/=]+|<[^>]+>", "", html))


def test_notebook_is_the_same_every_time(outputs, rich, make, tmp_path):
    folder = make.save(rich, tmp_path / "again" / "release")
    notebook.execute(TEMPLATE, folder, tmp_path / "b.ipynb", tmp_path / "b.html")
    assert outputs[0].read_bytes() == (tmp_path / "b.ipynb").read_bytes()
    assert outputs[1].read_bytes() == (tmp_path / "b.html").read_bytes()


def test_release_with_nothing_but_reasons_and_no_checks_becomes_a_page(make, tmp_path):
    gone = make.unestimated("event_time", "series") + make.unestimated("window", "windows")
    release = make.build(make.number() + gone, [])
    folder = make.save(release, tmp_path / "release")
    notebook.execute(TEMPLATE, folder, tmp_path / "o.ipynb", tmp_path / "o.html")
    html = (tmp_path / "o.html").read_text("utf-8")
    assert "<code>jobs.windows</code> cannot be estimated because" in html
    assert re.search(r'alt="Event study jobs.series: cannot be estimated because', html)
    assert "There are no checks" in html
    assert html.count("<table") == html.count("<caption>") == 3


def test_failing_cell_stops_with_its_error_and_writes_nothing(rich, make, tmp_path):
    broken = nbformat.read(TEMPLATE, as_version=4)
    broken.cells.append(nbformat.v4.new_code_cell("raise ValueError('bad cell')"))
    nbformat.write(broken, tmp_path / "broken.ipynb")
    folder = make.save(rich, tmp_path / "release")
    with pytest.raises(notebook.NotebookError, match="bad cell"):
        notebook.execute(
            tmp_path / "broken.ipynb", folder, tmp_path / "o.ipynb", tmp_path / "o.html"
        )
    assert not (tmp_path / "o.html").exists()


def test_a_shown_folder_of_this_machine_is_refused(rich, make, tmp_path):
    leaky = nbformat.read(TEMPLATE, as_version=4)
    leaky.cells.append(nbformat.v4.new_code_cell("import os; os.getcwd()"))
    nbformat.write(leaky, tmp_path / "leaky.ipynb")
    folder = make.save(rich, tmp_path / "release")
    with pytest.raises(notebook.NotebookError, match="folder of this machine"):
        notebook.execute(
            tmp_path / "leaky.ipynb", folder, tmp_path / "o.ipynb", tmp_path / "o.html"
        )


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
    assert [found.rstrip(")") for found in notebook.external_loads(html)] == [
        address.rstrip(")") for address in expected
    ]


def test_template_has_no_outputs_and_names_no_study():
    template = nbformat.read(TEMPLATE, as_version=4)
    code = [cell for cell in template.cells if cell.cell_type == "code"]
    assert all(not cell.outputs and cell.execution_count is None for cell in code)
    root = TEMPLATE.parents[2]
    names = {path.name for path in (root / "config" / "studies").iterdir() if path.is_dir()}
    text = TEMPLATE.read_text("utf-8")
    assert names and not [name for name in names if name in text]
