"""The page of all numbers: an anchor for each, links that lead somewhere, nothing loaded."""

from __future__ import annotations

import re

import pytest

from kuntakokeilu.report.pages import robustness
from kuntakokeilu.report.pages.html_page import external_loads, linked
from kuntakokeilu.report.pages.trace import MOST_ROWS, as_page, as_text, study_page
from kuntakokeilu.report.tables import leading
from kuntakokeilu.report.tables.leading import html_table
from kuntakokeilu.report.words.language import LANGUAGES, read_language
from kuntakokeilu.report.words.populations import populations_view, windows_view
from kuntakokeilu.report.words.trace import traced

from ..conftest import LABELS, build, number
from ..whole import whole

PAGES = ["results", "design"]


@pytest.mark.parametrize("code", LANGUAGES)
def test_every_number_has_an_anchor_and_every_link_on_the_page_leads_to_one(code):
    release = whole()
    language = read_language(code, LABELS).about(release.study)
    page = study_page(release, PAGES, language)
    anchors = re.findall(r'id="([^"]+)"', page)
    assert set(traced(release)) < set(anchors) and len(anchors) == len(set(anchors))
    assert set(re.findall(r'href="#([^"]+)"', page)) <= set(anchors)
    assert f'<html lang="{code}">' in page
    assert external_loads(page) == []
    assert 'href="results.html"' in page and 'aria-current="page"' in page


def test_the_page_stays_small_with_a_long_series(english):
    many = [
        row
        for k in range(200)
        for row in number("by_month", estimator="event_study", term="event_time", event_time=k)
    ]
    page = study_page(build(many), PAGES, english)
    assert page.count('<th scope="row">') < 2 * MOST_ROWS
    assert f"{200 - MOST_ROWS} more rows" in page
    assert len(page) < 40_000


def test_the_text_for_a_terminal_has_all_steps_in_order_and_short_sentences(rich, english):
    text = as_text(rich, "jobs.main", english)
    titles = re.findall(r"^(\d) (.+)\n-+$", text, re.MULTILINE)
    assert [int(place) for place, _ in titles] == list(range(1, 8))
    names = ("said", "rows", "checks", "cells", "rules", "data", "code")
    assert [title for _, title in titles] == [english.say(f"trace.step.{name}") for name in names]
    assert "[jobs.main]" in text and "rates.csv" in text and "cd" * 32 in text


def test_a_number_made_of_estimates_is_followed_by_theirs(english):
    release = whole()
    name = release.ratios["ratio"].iloc[0]
    behind = set(release.ratios.loc[0, ["numerator", "denominator"]])
    text = as_text(release, name, english)
    assert f"[{name}]" in text and "release/ratios.csv, line 2" in text
    assert all(f"\n[{estimand}]\n" in text for estimand in behind)
    page = as_page(release, name, english)
    assert page.count("<h1>") == 1
    assert set(re.findall(r'href="#([^"]+)"', page)) == behind
    assert all(f'id="{estimand}"' in page for estimand in behind)


def test_a_simulated_study_says_so_wherever_a_number_is_traced(english):
    release, warning = build(number(), simulated=True), english.say("study.simulated")
    pages = (as_page(release, "jobs.main", english), study_page(release, PAGES, english))
    assert all(f"<p>{warning}</p>" in page for page in pages)
    assert as_text(release, "jobs.main", english).replace("\n", " ").startswith(warning)
    assert warning not in as_page(build(number()), "jobs.main", english)


def test_words_of_a_study_are_no_markup(english):
    label = {"label_fi": "<b>", "label_sv": "<b>", "label_en": "<b>A & B</b>"}
    release = build(number())
    outcomes = {"jobs": {**release.study["outcomes"]["jobs"], **label}}
    page = study_page(build(number(), outcomes=outcomes), PAGES, english)
    assert "<b>" not in page and "&lt;b&gt;A &amp; B&lt;/b&gt;" in page


@pytest.mark.parametrize(
    ("html", "shown"),
    [
        ("<p>see jobs.main.</p>", '<p>see <a href="t.html#jobs.main">jobs.main</a>.</p>'),
        ("<td>jobs.<wbr>main</td>", '<td><a href="t.html#jobs.main">jobs.<wbr>main</a></td>'),
        (
            "<code>jobs.main</code>, [jobs.main]",
            '<code><a href="t.html#jobs.main">jobs.main</a></code>, '
            '[<a href="t.html#jobs.main">jobs.main</a>]',
        ),
        ("<td>jobs.<wbr/>main</td>", '<td><a href="t.html#jobs.main">jobs.<wbr/>main</a></td>'),
        ('<img alt="jobs.main">', '<img alt="jobs.main">'),
        ('<a href="x">jobs.main</a>', '<a href="x">jobs.main</a>'),
        ("<pre>jobs.main</pre>", "<pre>jobs.main</pre>"),
        ("jobs.other jobs.main_2 results.html 0.5", "jobs.other jobs.main_2 results.html 0.5"),
    ],
)
def test_only_names_in_the_text_become_links(html, shown):
    assert linked(html, {"jobs.main"}, "t.html") == shown


def test_tables_of_numbers_on_the_pages_name_the_estimand_of_each_row(english):
    release = whole()
    views = [
        leading.effects_view(release, english),
        leading.inference_view(release, english),
        leading.diagnostics_view(release, english),
        robustness.effects_table(release, ["main"], english),
        robustness.inference_table(release, english),
        populations_view(release, english),
        windows_view(release, english),
    ]
    for view in views:
        assert list(view)[-1] == "Identifier" and len(view)
        assert set(view["Identifier"]) <= set(release.study["estimands"])
        page = linked(html_table(view, "numbers"), {*release.study["estimands"]}, "t.html")
        assert page.count('href="t.html#') == len(view)
