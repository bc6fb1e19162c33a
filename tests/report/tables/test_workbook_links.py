"""Names of estimands in a workbook lead to the page that says where their numbers come from."""

from __future__ import annotations

from io import BytesIO

import pytest
from openpyxl import load_workbook

from kuntakokeilu.report.tables.delimited import excel_csv
from kuntakokeilu.report.tables.registry import TABLES
from kuntakokeilu.report.tables.workbook import workbook
from kuntakokeilu.report.words.language import LANGUAGES, read_language

from ..conftest import LABELS, RULES


@pytest.mark.parametrize("code", LANGUAGES)
def test_every_name_of_an_estimand_in_a_table_is_a_link(code, rich):
    book = load_workbook(BytesIO(workbook(rich, RULES, read_language(code, LABELS))))
    cells = [cell for page in book for row in page.iter_rows() for cell in row]
    named = [cell for cell in cells if cell.value in rich.study["estimands"]]
    assert {cell.value for cell in named} == set(rich.study["estimands"])
    for cell in named:
        assert cell.hyperlink.target == f"trace_{code}.html"
        assert cell.hyperlink.location == cell.value
    last = book.worksheets[-1]  # leads to the sheets and the annexes
    assert not [c for c in cells if c.hyperlink and c not in named and c.parent is not last]
    leads = [c.hyperlink for c in last["A"] if c.hyperlink]
    inside = [each.location for each in leads if each.location]
    assert inside == [f"'{name}'!A1" for name in book.sheetnames[:-1]]
    files = [each.target for each in leads if each.target]
    end = "" if code == "en" else f"_excel_{code}"
    assert f"tables/main_effects{end}.csv" in files
    known = {f"tables/{name}{end}.csv" for name in TABLES}
    assert set(files) <= known and len(inside) + len(files) == len(leads)


def test_a_table_for_excel_in_swedish_has_commas_semicolons_and_swedish_words(rich, swedish):
    text = excel_csv("main_effects", rich, swedish)
    header, first, *_ = text.splitlines()
    assert text.startswith("\ufeff") and header.lstrip("\ufeff").split(";")[0] == "Utfall"
    assert "Sysselsatta" in first and ";-0,14;" in first
