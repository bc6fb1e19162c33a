"""Pages joined in one file: every link leads on within it, to a file beside it, or is no link."""

from __future__ import annotations

import re

import pytest

from kuntakokeilu.report.pages.joined import joined_pages, led_within, place_within

HEAD = (
    '<!DOCTYPE html>\n<html lang="en"><head><title>{0}</title><style>{1}</style></head>\n<body>\n'
)
NAVIGATION = '<nav aria-label="Pages"><ul><li><a href="two.html">Two</a></li></ul></nav>\n<main>\n'
END = "</main>\n<footer><h2>Sources</h2></footer>\n</body>\n</html>\n"


def page(title, body, style="p { color: red }"):
    return HEAD.format(title, style) + NAVIGATION + f"<h1>{title}</h1>\n{body}\n" + END


PAGES = {
    "one.html": page(
        "One & only",
        '<p id="here">a</p><a href="#here">up</a> <a class="x" href="two.html">two</a> '
        '<a href="outcomes/three.html#here">three</a> <a href="https://stat.fi/a#b">out</a> '
        '<a href="figures/gone.csv">numbers</a> <a href="trace.html#jobs.main">jobs</a> '
        '<a href="brief_en.html">brief</a> <svg aria-labelledby="here also"></svg>',
    ),
    "two.html": page("Two", '<table><th id="c">C</th><td headers="c">1</td></table>', "b { }"),
    "outcomes/three.html": page("Three", '<p id="here">c</p><a href="../one.html#here">one</a>'),
}
THERE = ["trace.html", "brief_en.pdf"]


@pytest.fixture
def whole():
    return joined_pages(PAGES, "pages.html", THERE, "All <pages>")


def test_every_link_within_leads_to_one_place(whole):
    ids = re.findall(r'\bid="([^"]*)"', whole)
    assert len(ids) == len(set(ids)) == 6
    within = re.findall(r'href="#([^"]*)"', whole)
    assert set(within) <= set(ids) and len(within) == 3 + 4
    assert {"one--here", "two", "three--here"} <= set(within)


def test_links_to_what_is_not_there_are_text_and_others_stay(whole):
    assert "gone.csv" not in whole and "numbers" in whole
    assert 'href="trace.html#jobs.main"' in whole
    assert 'href="brief_en.pdf"' in whole and "brief_en.html" not in whole
    assert 'href="https://stat.fi/a#b"' in whole


def test_names_that_belong_together_stay_together(whole):
    assert 'aria-labelledby="one--here one--also"' in whole
    assert '<th id="two--c">C</th><td headers="two--c">1</td>' in whole


def test_it_is_one_page_with_each_style_and_its_sources_once(whole):
    assert whole.count("<html") == whole.count("<main>") == whole.count("<footer>") == 1
    assert whole.count("color: red") == whole.count("b { }") == 1
    assert "<title>All &lt;pages&gt;</title>" in whole and "One & only" in whole
    assert whole.count("<nav") == 1 and whole.count("<section") == 3


def test_a_page_that_stands_alone_leads_into_it():
    text = '<a href="one.html#here">x</a> <a href="two.html">y</a> <a href="no.csv">z</a>'
    made = led_within(text, "trace.html", PAGES, "pages.html", THERE)
    assert made == '<a href="pages.html#one--here">x</a> <a href="pages.html#two">y</a> z'
    assert place_within("one.html", "here") == "#one--here"
