"""Sources, the day of the run, authors, contact and how to cite stand by every result."""

from __future__ import annotations

from copy import deepcopy
from dataclasses import replace
from io import BytesIO

import pandas as pd
import pytest
from openpyxl import load_workbook

from kuntakokeilu.errors import InputError
from kuntakokeilu.facts.attribution import read_attribution
from kuntakokeilu.report.figures.canvas import ALT_LENGTH, html_figure, short_alt
from kuntakokeilu.report.figures.forest import forest_figure
from kuntakokeilu.report.tables.leading import html_table
from kuntakokeilu.report.tables.workbook import workbook
from kuntakokeilu.report.words.attribution import about as facts_of
from kuntakokeilu.report.words.attribution import below_line
from kuntakokeilu.report.words.labels import source_text, window_span

from ..conftest import RULES

SOURCE = {"fi": "Tilastokeskus", "sv": "Statistikcentralen", "en": "Statistics Finland"}


def test_every_sheet_names_the_source_its_licence_and_the_day(rich, finnish, swedish, english):
    for language in (finnish, swedish, english):
        book = load_workbook(BytesIO(workbook(rich, RULES, language)))
        for sheet in book:
            below = sheet.cell(sheet.max_row, 1).value  # as statistics name theirs, under the table
            assert SOURCE[language.code] in below and "CC BY 4.0" in below, sheet.title
            assert "2026" in below


def test_facts_are_given_and_none_is_invented(rich, english):
    facts = dict(facts_of(rich, english))
    assert facts["Authors"] == "Institute of Examples"
    assert facts["Contact"] == "examples@example.org"
    assert facts["Date of the run"] == "2026-11-28"
    assert facts["How to cite"].startswith("Institute of Examples (2026): A tiny trial.")
    bare = replace(rich, study={**rich.study, "authors": [], "contact": None, "attribution": []})
    facts = dict(facts_of(bare, english))
    assert not {"Authors", "Contact", "Sources"} & set(facts)
    assert facts["How to cite"].startswith("A tiny trial (2026).")
    assert below_line(bare, english) == "Computed 2026-11-28."


def test_data_reach_to_the_last_month_followed_not_to_the_last_entry(rich, english):
    """Cells of cohorts have the month in which they begin; what is counted comes after it."""
    study = deepcopy(rich.study)
    about = next(iter(study["estimands"].values()))
    about |= {"sample": "stock", "stocks": ["2021-01", "2023-02"], "elapsed_last": 24}
    release = replace(rich, study={**study, "start": "2021-01"})
    assert dict(facts_of(release, english))["Data vintage"] == "The data used reach to 2025-02."


def test_a_download_says_when_it_was_retrieved(rich, finnish):
    name = "data/downloads/live/rates/12r5_2026-08-31_02/12r5_ab.json"
    release = replace(rich, manifest={**rich.manifest, "inputs": {name: "cd" * 32}})
    assert "31.8.2026" in dict(facts_of(release, finnish))["Aineiston ajankohta"]


def test_a_source_that_nobody_wrote_down_is_refused(config):
    assert read_attribution(config, [], "here") == []
    with pytest.raises(InputError, match=r"no source nowhere in config/attribution\.csv"):
        read_attribution(config, ["nowhere"], "here")


def test_the_mark_of_an_assumption_never_reaches_readers(finnish, swedish):
    said = source_text("HE 17/2022; months: ASSUME from the act on", finnish)
    assert "ASSUME" not in said and "oletus" in said
    assert source_text(None, swedish) == ""


def test_alternative_texts_are_short_and_nothing_is_lost(rich, english):
    figure = forest_figure(rich, english)
    alt = " ".join(["The figure.", *(f"Number {k} is {k}." for k in range(400))])
    short = short_alt(alt)
    assert short.startswith("The figure. Number 0 is 0.") and len(short) <= ALT_LENGTH
    html = html_figure(figure, alt, "Caption", english)
    assert 'alt="The figure – Number 0 is 0."' in html and "Number 399 is 399." in html
    html = html_figure(figure, alt, "Caption", english, "figures/all.csv")
    assert 'href="figures/all.csv"' in html and "Number 399" not in html
    assert len(short_alt("word " * 200)) <= ALT_LENGTH
    assert short_alt("One. Two.") == "One. Two."


def test_what_scrolls_can_be_reached_and_has_a_name(rich, english):
    frame = pd.DataFrame({"a": ["x"]})
    for html in (
        html_table(frame, 'Table "one"'),
        html_figure(forest_figure(rich, english), "The forest. More.", "All", english),
    ):
        assert 'tabindex="0" role="region" aria-label="' in html
    assert 'aria-label="Table &quot;one&quot;"' in html_table(frame, 'Table "one"')


def test_a_window_is_named_by_what_its_estimand_compares(make):
    study = {
        "windows": {"last": {"first": "2024-01", "last": "2024-12", "label": None}},
        "estimands": {"jobs.short": {"first_period": "2019-01", "last_period": "2024-09"}},
    }
    assert window_span("last", study) == ("2024-01", "2024-12")
    assert window_span("last", study, "jobs.short") == ("2024-01", "2024-09")
    assert window_span("unknown", study) is None
