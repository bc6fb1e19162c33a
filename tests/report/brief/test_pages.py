"""The brief as files: one A4 page, tagged, in three languages, with the numbers of the release."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import date
from io import BytesIO

import numpy as np
import pandas as pd
import pytest
from pypdf import PdfReader

from kuntakokeilu.disclosure.pdf_text import pdf_texts
from kuntakokeilu.errors import InputError
from kuntakokeilu.facts.topology import Outlines, read_outlines
from kuntakokeilu.report.brief.area_picture import HEIGHT, area_picture, map_svg
from kuntakokeilu.report.brief.make import make_brief
from kuntakokeilu.report.brief.pdf import brief_pdf
from kuntakokeilu.report.brief.web_page import brief_html
from kuntakokeilu.report.pages.html_page import external_loads

from ..conftest import RULES, UNITS, build, question
from ..whole import whole
from .test_answers import COUNTED, asked
from .test_grades import CLEAR

A4 = (595.3, 841.9)  # points
HOSTILE = '#panic("x") *bold* $x$ \\ <script>alert(1)</script> @ref [a] `b` & "q"'
SQUARE = np.array([[0.0, 0.0], [10.0, 0.0], [10.0, 10.0], [0.0, 10.0], [0.0, 0.0]])
OUTLINES = Outlines({"091": [[SQUARE]], "049": [[SQUARE + np.array([10.0, 0.0])]]}, set())


@pytest.fixture(params=["finnish", "swedish", "english"])
def language(request):
    return request.getfixturevalue(request.param)


@pytest.fixture(scope="module")
def release():
    """A study with payers, and one of which costs and wellbeing are not known."""
    return whole()


def read(brief):
    return PdfReader(BytesIO(brief_pdf(brief)))


def plain(text):
    """Text without breaks of lines, which reading order puts in; hyphens are those of the text."""
    return re.sub(r"\s+", "", text)


def elements(node, kind):
    """Elements of a kind in the tree of tags."""
    node = node.get_object() if hasattr(node, "get_object") else node
    if isinstance(node, list):
        for child in node:
            yield from elements(child, kind)
    elif isinstance(node, dict):
        if node.get("/S") == kind:
            yield node
        yield from elements(node.get("/K", []), kind)


def test_a_page_is_one_sheet_with_title_language_and_tags(release, language):
    brief = make_brief(release, RULES, language)
    pdf = read(brief)
    root = pdf.trailer["/Root"]
    assert len(pdf.pages) == 1
    assert tuple(map(float, pdf.pages[0].mediabox[2:])) == pytest.approx(A4, abs=0.1)
    assert pdf.metadata.title == f"{brief.name}: {brief.title}"
    assert root["/Lang"] == language.code
    assert root["/MarkInfo"]["/Marked"] and root["/ViewerPreferences"]["/DisplayDocTitle"]
    assert b"pdfuaid:part>1<" in root["/Metadata"].get_data()
    tree = root["/StructTreeRoot"]
    assert len(list(elements(tree, "/H1"))) >= 3
    (table,) = elements(tree, "/Table")
    assert len(list(elements(table, "/TR"))) == len(brief.payers.rows) + 1
    assert len(list(elements(table, "/TH"))) == len(brief.payers.head)


def test_every_text_of_the_brief_is_on_the_page(release, language):
    brief = make_brief(release, RULES, language)
    shown = plain(read(brief).pages[0].extract_text())
    texts = [*brief.compared, *brief.sure, *brief.limits, brief.more]
    for each in brief.answers:
        texts += [each.question, each.found, each.sentence, each.interval, each.grade, each.why]
    texts += [cell for row in brief.payers.rows for cell in row]
    assert len(texts) > 40
    for text in texts:
        assert plain(text) in shown, text


def test_numbers_on_the_page_are_those_of_the_release(release, english):
    shown = read(make_brief(release, RULES, english)).pages[0].extract_text().replace("−", "-")
    rows = release.estimates[release.estimates["leading"]].set_index("estimand")
    for name in ("working.main", "net_public_core.main", "primary_care.main"):
        row = rows.loc[name]
        before = shown[: shown.index(name)]
        low, high = re.findall(r"([-+][\d.]+) to ([-+][\d.]+)", before)[-1]
        assert float(low) == pytest.approx(row["ci_low"], abs=0.005)
        assert float(high) == pytest.approx(row["ci_high"], abs=0.005)
        assert f" {abs(row['estimate']):.2f} " in " ".join(shown.split())


def test_a_map_has_its_words_in_the_file(language):
    release = build(CLEAR, [], brief=asked(COUNTED))
    brief = make_brief(release, RULES, language, OUTLINES)
    (figure,) = elements(read(brief).trailer["/Root"]["/StructTreeRoot"], "/Figure")
    assert figure["/Alt"] == brief.where.alt
    html = brief_html(brief, "trace.html", {})
    assert f'role="img" aria-label="{brief.where.alt}"' in html


def test_a_map_without_words_is_refused(english):
    brief = make_brief(build(CLEAR, [], brief=asked(COUNTED)), RULES, english, OUTLINES)
    with pytest.raises(InputError, match=r"brief_en\.pdf: .*alt"):
        brief_pdf(replace(brief, where=replace(brief.where, alt=None)))


def test_a_letter_that_the_font_does_not_have_is_refused(english):
    brief = make_brief(build(CLEAR, [], brief=asked(COUNTED)), RULES, english)
    with pytest.raises(InputError, match=r"brief_en\.pdf: .+"):
        brief_pdf(replace(brief, title="\u4e2d\u6587"))


def test_equal_briefs_are_equal_files(release, english):
    brief = make_brief(release, RULES, english)
    assert brief_pdf(brief) == brief_pdf(brief)
    assert brief_pdf(brief) != brief_pdf(replace(brief, day=date(2026, 1, 2)))


def test_what_a_study_says_is_never_markup(english):
    title = dict.fromkeys(("fi", "sv", "en"), HOSTILE)
    told = dict.fromkeys(("fi", "sv", "en"), f"limit {HOSTILE}")
    release = build(CLEAR, [], brief=asked(COUNTED, limits=[told]), title=title)
    brief = make_brief(release, RULES, english)
    pdf, html = read(brief), brief_html(brief, "trace.html", {"a.pdf": HOSTILE})
    assert pdf.metadata.title.endswith(HOSTILE)
    assert plain(f"limit {HOSTILE}") in plain(pdf.pages[0].extract_text())
    assert "<script" not in html and html.count("&lt;script&gt;") == 5


def test_a_full_page_gives_up_limits_from_the_end_and_then_says_so(english):
    release = build(CLEAR, [], brief=asked(COUNTED))
    brief = make_brief(release, RULES, english)
    many = (brief.limits[0], *(f"Limit {n}: {'word ' * 60}" for n in range(20)))
    (page,) = read(replace(brief, limits=many)).pages
    text = page.extract_text()
    assert "Limit 0:" in text and "Limit 1:" in text and "Limit 19:" not in text
    with pytest.raises(InputError, match=r"brief_en\.pdf: more than one page at 9 points"):
        brief_pdf(replace(brief, sure=("Sure?", "word " * 3000)))


def test_no_text_is_smaller_than_nine_points(release, language):
    pdf, sizes = read(make_brief(release, RULES, language)), set()

    def seen(text, _, matrix, font, size):
        if text.strip():
            sizes.add(round(size * abs(matrix[3]), 1))

    pdf.pages[0].extract_text(visitor_text=seen)
    assert sizes and min(sizes) >= 9


def test_a_scan_for_leaks_reads_the_page(release, english):
    brief = make_brief(release, RULES, english)
    hidden = replace(brief, sure=("Sure?", "131052-308T"))
    assert any("131052-308T" in text for text in pdf_texts(brief_pdf(hidden)))
    assert not any("131052-308T" in text for text in pdf_texts(brief_pdf(brief)))


def test_a_page_of_the_web_loads_nothing_and_says_the_same(release, language):
    brief = make_brief(release, RULES, language)
    html = brief_html(brief, f"trace_{language.code}.html", {"brief.pdf": "PDF"})
    assert external_loads(html) == [] and "<script" not in html
    assert f'<html lang="{language.code}">' in html and html.count("<h1>") == 1
    assert "prefers-color-scheme: dark" in html and "size: A4" in html
    for each in brief.answers:
        assert f"trace_{language.code}.html#{each.estimand}" in html
        assert each.interval in html and each.grade in html
    heads = re.findall(r'<th scope="(col|row)">', html)
    assert heads.count("col") == len(brief.payers.head)
    assert heads.count("row") == len(brief.payers.rows)


def test_outlines_are_drawn_by_arm():
    svg = map_svg(UNITS, OUTLINES)
    found = dict(re.findall(r'<path class="(\w+)"[^>]* d="([^"]+)"', svg))
    assert set(found) == {"trial", "control"}
    points = np.array(re.findall(r"([\d.]+) ([\d.]+)", found["trial"]), dtype=float)
    assert points.min() == 0 and points.max() == HEIGHT
    right = np.array(re.findall(r"([\d.]+) ([\d.]+)", found["control"]), dtype=float)
    assert right[:, 0].min() == HEIGHT and right[:, 0].max() == 2 * HEIGHT


@pytest.mark.real_data
def test_the_outlines_of_finland_stay_small(data_folder):
    outlines = read_outlines(data_folder / "geo" / "municipalities_2024.topo.json", "kunta")
    units = UNITS.assign(unit=["091", "092"])
    svg = map_svg(units, outlines)
    assert len(svg) < 120_000
    assert svg.count("M") >= 300  # a ring at least for nearly every municipality


def test_a_study_that_asks_one_thing_has_a_page(language):
    release = build(CLEAR, [], brief=asked(question("employment")), units="other", coverage=None)
    brief = make_brief(release, RULES, language.about(release.study))
    assert len(read(brief).pages) == 1


def test_a_study_without_outlines_has_a_map_of_dots_or_names(english):
    release = build(CLEAR, [])
    units = release.units
    places = pd.DataFrame({"east": range(len(units)), "north": range(len(units))}, dtype=float)
    places.index = pd.Index(units["unit"])
    drawn = area_picture(release, None, english, places)
    assert drawn.svg.count("<circle") == len(units)
    assert english.say("brief.map.dots") in drawn.caption and drawn.names in drawn.alt
    few = area_picture(release, None, english, places.iloc[1:])
    assert few.svg == "" and few.names == drawn.names
