"""Nothing in a package leads to what is not in it: pictures come along, dead links become text."""

from __future__ import annotations

import base64
import io

import openpyxl
import pytest

from kuntakokeilu.errors import InputError
from kuntakokeilu.handover import make_package
from kuntakokeilu.handover.archive import unzipped
from kuntakokeilu.handover.contents import dead_references, with_pictures
from kuntakokeilu.handover.workbooks import links_of, without_dead_links
from kuntakokeilu.report.tables.spreadsheet import link

from .conftest import NOTHING, with_files

DRAWING = "<svg xmlns='http://www.w3.org/2000/svg'/>"


def book():
    made = openpyxl.Workbook()
    page = made.active
    for row, (words, target) in enumerate(
        [("annex", "tables/effects.csv"), ("trace", "trace_fi.html"), ("web", "https://stat.fi")], 1
    ):
        page.cell(row, 1).value = words
        link(page.cell(row, 1), target=target)
    made.create_sheet("second")["A1"] = "first"
    link(made["second"]["A1"], location="'Sheet'!A1")
    stream = io.BytesIO()
    made.save(stream)
    return stream.getvalue()


def test_links_that_lead_nowhere_become_text_and_others_stay():
    made = without_dead_links(book(), "report/results_fi.xlsx", {"report/trace_fi.html"})
    assert links_of(made) == ["trace_fi.html", "https://stat.fi"]
    read = openpyxl.load_workbook(io.BytesIO(made))
    cells = [cell for row in read.active.iter_rows() for cell in row]
    assert [cell.value for cell in cells] == ["annex", "trace", "web"]
    assert [bool(cell.hyperlink) for cell in cells] == [False, True, True]
    assert read["second"]["A1"].hyperlink.location == "'Sheet'!A1"
    assert without_dead_links(made, "report/results_fi.xlsx", {"report/trace_fi.html"}) == made


def test_pictures_beside_a_page_are_put_into_it(tmp_path):
    drawing = tmp_path / "report" / "figures" / "one.svg"
    drawing.parent.mkdir(parents=True)
    drawing.write_text(DRAWING, encoding="utf-8")
    page = '<img src="../figures/one.svg"><img src="../figures/two.svg"><img src="data:x">'
    made = with_pictures(page, "report/outcomes/a.html", tmp_path, ["report/figures/one.svg"])
    packed = base64.b64encode(DRAWING.encode()).decode()
    assert f'<img src="data:image/svg+xml;base64,{packed}">' in made
    assert '<img src="../figures/two.svg"><img src="data:x">' in made


def test_what_is_not_there_is_named():
    page = (
        '<p id="here"></p><a href="#here"></a><a href="#gone"></a><a href="b.html#x"></a>'
        '<img src="../c.png"><a href="https://stat.fi"></a><a href="lost.csv"></a>'
    )
    files = {"report/a.html": page.encode(), "report/b.html": b"", "c.png": b"", "d.xlsx": book()}
    assert dead_references(files) == [
        "report/a.html: #gone", "report/a.html: lost.csv", "d.xlsx: a link"
    ]  # fmt: skip


def test_the_pages_of_a_package_hold_the_figures_of_all_its_pages(run):
    page = run.folder / "report" / "outcomes" / "outcome_jobs.html"
    page.parent.mkdir()
    text = '<main><h1>Jobs</h1><img src="../figures/forest_fi.svg"></main>'
    page.write_text(text, encoding="utf-8")
    drawing = run.folder / "report" / "figures" / "forest_fi.svg"
    drawing.write_text(DRAWING, encoding="utf-8")
    made = with_files(run, "report/outcomes/outcome_jobs.html")
    found = unzipped(make_package(made, NOTHING).path.read_bytes(), "x.zip")
    assert base64.b64encode(DRAWING.encode()) in found["report/pages.html"]
    drawing.unlink()
    with pytest.raises(InputError, match=r"forest_fi\.svg"):
        make_package(made, NOTHING)
