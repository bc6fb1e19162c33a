"""Pages of single outcomes: everything of the outcome, nothing of others, and the way there."""

from __future__ import annotations

import re

import pytest

from kuntakokeilu.report.figures.record import figure_name
from kuntakokeilu.report.figures.registry import planned_figures
from kuntakokeilu.report.pages import annex
from kuntakokeilu.report.pages.archive import relinked
from kuntakokeilu.report.pages.html_page import external_loads
from kuntakokeilu.report.words import labels as lb
from kuntakokeilu.report.words.declaration import Declaration
from kuntakokeilu.report.words.language import read_language

from ..conftest import LABELS
from ..whole import whole

PAGES = ["design", "results"]


@pytest.fixture(scope="module")
def release():
    return whole()


@pytest.fixture(scope="module")
def language(release):
    return read_language("en", LABELS).about(release.study)


@pytest.fixture(scope="module")
def pictures(release):
    return planned_figures(Declaration(release.study, ["estimates"]))


@pytest.fixture(scope="module")
def pages(release, pictures, language):
    return {
        name: annex.outcome_page(release, name, pictures, PAGES, language)
        for name in release.study["outcomes"]
    }


def test_each_estimate_and_picture_is_on_the_page_of_its_outcome(
    release, pictures, pages, language
):
    of = {n: about["outcome"] for n, about in release.study["estimands"].items()}
    drawn = [(kind, name) for kind, names in pictures.items() for name in names if name]
    shown = 0
    for outcome, html in pages.items():
        loads = external_loads(html)
        expected = {
            f"../figures/{figure_name(kind, name)}_en.svg"
            for kind, name in drawn
            if of.get(name, name) == outcome
        }
        assert set(loads) == expected
        shown += len(loads)
        rows = release.estimates[release.estimates["outcome"] == outcome]
        assert (
            html.count("<h1>") == 1 and lb.outcome_label(outcome, release.study, language) in html
        )
        assert ("All estimates" in html) == bool(len(rows[rows["term"] == "att"]))
        assert all(f'href="../{name}.html"' in html for name in PAGES)
    assert shown > 3


def test_pictures_have_a_text_and_their_numbers(pages):
    for html in pages.values():
        images = re.findall(r"<img [^>]*>", html)
        assert all(re.search(r'alt="[^"]{10,}"', image) for image in images)
        assert len(re.findall(r'href="\.\./figures/[\w.-]+\.csv"', html)) == len(images)


def test_main_pages_draw_few_and_name_the_way_to_all(release, language):
    study = release.study
    every = list(study["estimands"])
    assert len(annex.chosen(every, study)) == annex.MOST
    headlines = {a["outcome"] for a in study["estimands"].values() if a["headline"] == "yes"}
    kept = annex.leading(study["outcomes"], study)
    assert headlines & set(kept) == headlines or len(kept) == annex.MOST
    shown = annex.of_outcomes(release, headlines)
    told = annex.links(release, shown, language)
    every = release.estimates["outcome"].unique()
    assert all(f"(outcomes/outcome_{name}.html)" in told for name in every)
    assert f"show {len(headlines)} outcomes; there are {len(every)} in all" in told
    assert "there are" not in annex.links(release, release, language)


def test_what_is_shown_has_rows_of_no_other_outcome(release):
    (one, *_) = release.estimates["outcome"].unique()
    mine = annex.of_outcomes(release, [one])
    assert set(mine.estimates["outcome"]) == {one}
    assert set(mine.diagnostics["estimand"]) <= set(mine.estimates["estimand"])
    assert 0 < len(mine.diagnostics) < len(release.diagnostics)


def test_links_to_pages_and_pictures_work_in_the_archive():
    html = '<a href="../results.html"></a><img src="../figures/event_study_a_en.svg">'
    there = ["data/1/results.html", "data/2/event_study_a_en.svg", "data/3/a.html"]
    found = relinked(html, "data/3/a.html", dict.fromkeys(there, ""))
    assert found == '<a href="../1/results.html"></a><img src="../2/event_study_a_en.svg">'


def test_an_outcome_called_as_a_page_keeps_both_apart_in_the_archive():
    there = dict.fromkeys(
        ["data/1/costs.html", f"data/2/{annex.file_of('costs').split('/')[1]}"], ""
    )
    html = f'<a href="costs.html"></a><a href="{annex.file_of("costs")}"></a>'
    found = re.findall(r'href="([^"]+)"', relinked(html, "data/3/results.html", there))
    assert found == ["../1/costs.html", "../2/outcome_costs.html"]
