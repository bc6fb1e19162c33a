"""Names that somebody wrote are plain text in every page, figure and workbook."""

from __future__ import annotations

import json
import re
from dataclasses import replace
from html import unescape
from html.parser import HTMLParser
from io import BytesIO
from xml.etree import ElementTree

import pytest
from openpyxl import load_workbook

from kuntakokeilu.report.figures.canvas import svg_text
from kuntakokeilu.report.figures.registry import FIGURES
from kuntakokeilu.report.tables.delimited import excel_csv
from kuntakokeilu.report.tables.workbook import workbook
from kuntakokeilu.report.words.plain_text import markdown, markup_names, restructured

from ..conftest import RULES, UNITS, rich_rows
from ..covered import covered
from ..pages.test_notebook import NAMES, TEMPLATES, run

BAD = (
    "<script>alert(1)</script>",
    "=cmd|' /C calc'!A0",
    "**bold** _it_ <b>b</b> & | [x](javascript:alert(1)) https://evil.example `c` # h $m$",
    "- list",
    "@sum",
    "+1<img src=x onerror=alert(1)>",
)


def named(number: int) -> dict[str, str]:
    """A label in three languages, all of it markup."""
    text = f"{BAD[number % len(BAD)]} {number}"
    return {"fi": text, "sv": text, "en": text}


def labelled(number: int) -> dict[str, str]:
    return {f"label_{code}": text for code, text in named(number).items()}


def hostile():
    """A release in which every name that a study may give is markup."""
    rows = [{**row, "unit": BAD[0]} for row in rich_rows()]
    release = covered(rows)
    study = json.loads(json.dumps(release.study))
    study |= {"title": named(0), "frozen_weight": named(2), "authors": [BAD[0]], "contact": BAD[2]}
    for number, outcome in enumerate(study["outcomes"].values(), start=1):
        outcome |= {**labelled(number), "unit": BAD[0]}
    for key in ("comparisons", "covariates", "populations"):
        study[key] = {name: named(k) for k, name in enumerate(study.get(key) or {}, start=2)}
    for number, window in enumerate(study["windows"].values(), start=3):
        window["label"] = named(number)
    units = UNITS.assign(**{f"name_{code}": BAD[0] for code in ("fi", "sv", "en")}, area=BAD[2])
    units.loc[units["arm"] == "control", "area"] = ""
    return replace(release, study=study, units=units)


class Tags(HTMLParser):
    """The tags of a page, and what stands inside those that a name could have made."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))


@pytest.mark.parametrize("name", [n for n in NAMES if n != "validation"])
def test_no_name_is_live_in_a_page(tmp_path, warm_jobs, name):
    ipynb, *pages = run(hostile(), tmp_path, TEMPLATES / f"{name}.ipynb")
    html = "".join(pages)
    found = Tags(html).tags
    assert not [tag for tag, _ in found if tag in ("script", "b", "iframe", "em")]
    assert not [given for _, given in found if any(key.startswith("on") for key in given)]
    links = [given.get("href") or "" for tag, given in found if tag == "a"]
    assert not [link for link in links if "evil" in link or link.startswith("javascript")]
    assert not [given for tag, given in found if tag == "img" and given.get("src") == "x"]
    # What a reader of the notebook itself would see as HTML or Markdown.
    for cell in json.loads(ipynb)["cells"]:
        for output in cell.get("outputs", []):
            for kind, text in (output.get("data") or {}).items():
                said = "".join(text)
                if kind in ("text/html", "text/markdown"):
                    assert "<script" not in said and "<b>" not in said and "<img src=x" not in said
    assert "<script>alert(1)</script>" in unescape(re.sub(r"<[^>]+>", "", html))


@pytest.mark.parametrize("kind", ["forest", "leave_one_out", "area_map", "raw_means"])
def test_no_name_is_live_in_a_figure(kind, english):
    release = hostile()
    drawing = FIGURES[kind]
    of = ["jobs"] if kind == "raw_means" else []
    inputs = dict.fromkeys(drawing.inputs)
    drawn = drawing.draw(release, *of, english, **inputs)
    svg = svg_text(drawn, drawing.alt(release, *of, english, **inputs))
    tags = {element.tag.rpartition("}")[2] for element in ElementTree.fromstring(svg).iter()}
    assert not tags & {"script", "b", "img", "image", "a", "foreignObject"}


def test_no_name_is_a_formula_in_a_workbook(english):
    book = load_workbook(BytesIO(workbook(hostile(), RULES, english)))
    cells = [cell for sheet in book for row in sheet.iter_rows() for cell in row]
    assert not [cell.coordinate for cell in cells if cell.data_type == "f"]
    signs = ("=", "+", "-", "@")
    risky = [c for c in cells if isinstance(c.value, str) and c.value.startswith(signs)]
    assert risky and all(cell.quotePrefix for cell in risky)
    lines = excel_csv("main_effects", hostile(), english).lstrip("\ufeff").splitlines()[1:]
    assert lines and not any(line.lstrip('"').startswith(signs) for line in lines)


def test_a_name_in_a_sentence_is_what_it_says():
    import mistune

    names = [BAD[2], "- list"]
    written = markdown(f"**{BAD[2]}**: found. \n\n- - list", names)
    html = mistune.html(written)
    assert unescape(re.sub(r"<[^>]+>", "", html)).split("\n")[0] == f"{BAD[2]}: found."
    assert html.count("<strong>") == 1 and html.count("<li>") == 1
    assert not re.search("<(a|b|em|code|h1)[ >]", html)


def test_names_that_are_plain_are_left_alone(rich):
    assert markup_names(rich) == []
    text = "**Main**: p < 0.001 & more"
    assert markdown(text, []) == "**Main**: p &lt; 0.001 &amp; more"


def test_a_title_is_plain_in_restructured_text():
    from docutils.core import publish_parts

    title = "A *b* `c` |d| e_ .. raw:: html <script>x</script>"
    shown = publish_parts(f"{restructured(title)}\n\nText", writer_name="html")["fragment"]
    assert unescape(re.sub(r"<[^>]+>", "", shown)).split("\n")[0] == title
    assert "<script" not in shown and "<em" not in shown
