"""A study of states or schools is not told in the words of municipalities and their trials."""

import io
import json
import re
from pathlib import Path

import openpyxl
import pytest

from kuntakokeilu.report.tables.workbook import workbook

from .. import texts
from ..conftest import RULES

# Municipalities, areas that applied, mergers, months.
WORDS = {
    "fi": r"kunta(?!kokeilu\b)|kunnan|kunnat|kuntia|kunnissa|kuntien|kunnittain|hakeneet|"
    r"yhdistyn|kuukau|alueet|alueit|alueiden|alueen\b|kokeilualue",
    "sv": r"kommun(?!f)|ansökte|samgång|gått samman|månad|försöksområd|\bområde[nt]?\b",
    "en": r"municipal|applied|applicant|merge|\bmonths?\b|\bareas?\b",
}


def sheets(release, language):
    book = openpyxl.load_workbook(io.BytesIO(workbook(release, RULES, language)))
    cells = (cell.value for page in book for row in page.iter_rows() for cell in row)
    return [text for text in cells if isinstance(text, str)]


@pytest.fixture(scope="module")
def states(make):
    """A release of states and years with every kind of row, and every check once."""
    rows = [
        *make.rich_rows(),
        *make.number("each", role="leave_one_out"),
        *make.number("clusters", weights="area"),
        *make.number("now", weights="persons_current", role="robustness"),
    ]
    checks = [make.check("jobs.main", "fail", name) for name in sorted(texts.checks())]
    comparisons = {"others": {"fi": "muut", "sv": "andra", "en": "others"}}
    study = {"units": "other", "frequency": "Y", "coverage": None, "mergers": [], "areas": {}}
    return make.build(rows, checks, **study, comparisons=comparisons, frozen_weight=None)


@pytest.mark.parametrize("code", ["fi", "sv", "en"])
def test_sheets_speak_of_units(states, code, finnish, swedish, english):
    language = {"fi": finnish, "sv": swedish, "en": english}[code].about(states.study)
    municipal_check = r"target group|kohderyhm|målgrupp"  # of registers of persons only
    moves = {language.say("check.movers"), language.say("check.movers.text")}  # so is this one
    said = [text for text in sheets(states, language) if not re.search(municipal_check, text, re.I)]
    said = [text for text in said if text not in moves]
    assert [text for text in said if re.search(WORDS[code], text, re.IGNORECASE)] == []


@pytest.mark.parametrize("page", ["results", "design", "robustness", "data_quality"])
def test_pages_speak_of_units(root, page):
    path = Path(root, "workflow", "notebooks", f"{page}.ipynb")
    cells = json.loads(path.read_text(encoding="utf-8"))["cells"]
    said = ["".join(cell["source"]) for cell in cells if cell["cell_type"] == "markdown"]
    assert [text for text in said if re.search(WORDS["en"], text, re.IGNORECASE)] == []
