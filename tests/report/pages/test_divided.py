"""Cells with the tag `annex` go to a second page, and the first says where they are."""

from __future__ import annotations

import nbformat
import pytest

from kuntakokeilu.report.pages import divided

NAME = "results"


def code(html="", markdown="", annex=False):
    data = {"text/html": html} if html else {"text/markdown": markdown} if markdown else None
    outputs = [nbformat.v4.new_output("display_data", data=data)] if data else []
    cell = nbformat.v4.new_code_cell("pass", outputs=outputs)
    cell.metadata["tags"] = ["annex"] if annex else []
    return cell


def text(source, annex=False):
    cell = nbformat.v4.new_markdown_cell(source)
    cell.metadata["tags"] = ["annex"] if annex else []
    return cell


@pytest.fixture
def notebook():
    table = "<table><caption>All <em>rows</em></caption></table>"
    return nbformat.v4.new_notebook(
        cells=[
            text("## First"),
            code(html="<p>number</p>"),
            text("## Long, part one", annex=True),
            code(html=table, annex=True),
            text("## Second"),
            code(html=table, annex=True),
            text("## Third"),
            code(annex=True),
        ]
    )


def test_each_cell_is_on_one_page_and_links_lead_to_what_there_is(notebook, english):
    one, two = (
        part(notebook, NAME, english) for part in (divided.without_annex, divided.annex_alone)
    )
    first, second = ("\n".join(cell["source"] for cell in page.cells) for page in (one, two))
    assert [cell for cell in one.cells if "annex" in cell.metadata.get("tags", [])] == []
    for title in ("## First", "## Second", "## Third"):
        assert title in first and title not in second
    assert "## Long, part one" in second and "## Long" not in first
    assert first.count("results_annex.html#part-") == 2  # nothing of the cell without output
    assert "#part-1" in first and "In the annex: Long, part one" in first
    assert 'id="part-1"' in second and 'id="part-2"' in second
    assert "(results.html)" in second
    nbformat.validate(one)
    nbformat.validate(two)


def test_cells_without_a_heading_are_called_by_their_captions(notebook, english):
    first = divided.without_annex(notebook, NAME, english)
    assert "In the annex: All rows" in first.cells[4]["source"]


def test_names_in_titles_are_no_markup(english):
    cells = [code(html="<table><caption>a &lt;b&gt; &amp; c</caption></table>", annex=True)]
    first = divided.without_annex(nbformat.v4.new_notebook(cells=cells), NAME, english)
    assert "a &lt;b&gt; &amp; c" in first.cells[0]["source"]


def test_an_annex_without_content_says_so(english):
    page = divided.annex_alone(nbformat.v4.new_notebook(cells=[text("## One")]), NAME, english)
    assert english.say("page.no_annex") in page.cells[-1]["source"]


def test_an_annex_warns_as_its_page_does(notebook, english):
    warned = ["**The data are simulated.** No town is real.", "Effects are made up."]
    head = divided.annex_alone(notebook, NAME, english, warned).cells[0]["source"]
    assert [part for part in head.split("\n\n") if part in warned] == warned
