"""The page on a design: accessible, in three languages, and blind to what came after the start."""

from __future__ import annotations

import importlib.util
import sys
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from kuntakokeilu.contracts import OVERLAP, OVERLAP_RELEASED, conform
from kuntakokeilu.diagnostics import design_tables
from kuntakokeilu.disclosure import guarded_design
from kuntakokeilu.report.pages.design_plan import as_release, design_plan_page
from kuntakokeilu.report.pages.html_page import external_loads
from kuntakokeilu.report.words.language import LANGUAGES, read_language
from kuntakokeilu.study import DisclosureProfile

from ..conftest import build as release_of
from ..conftest import number

LABELS = Path(__file__).parents[3] / "config" / "labels"
PUBLIC = DisclosureProfile(profile="public", min_persons=0, note="-")


def _build():
    path = Path(__file__).parents[2] / "estimation" / "build.py"
    found = importlib.util.spec_from_file_location("toy_build_of_pages", path)
    module = importlib.util.module_from_spec(found)
    sys.modules["toy_build_of_pages"] = module
    found.loader.exec_module(module)
    return module


build = _build()


@pytest.fixture(scope="module")
def toy():
    starts = [*[2012] * 6, *[None] * 14]
    rows, first, clusters = build.panel(
        starts, seed=3, years=range(2000, 2020), effect=5.0, per_cluster=2
    )
    return build.tables(rows, first, clusters)


def pages(cells, units, counts, alone=True, languages=LANGUAGES):
    """The page in some languages, of one estimand and one area without a control."""
    row = {"comparison": "others", "area": "c00", "n_units": 2, "n_without_control": 1}
    row |= {"distance": 3.0, "caliper": 1.0, "score": 0.9, "comparable": False}
    overlap = conform(pd.DataFrame([row] if alone else [], columns=list(OVERLAP.columns)), OVERLAP)
    estimand = build.spec(estimand="jobs.main", first_period="2006", last_period="2017")
    found = design_tables({"y": cells}, units, counts, [estimand], overlap)
    renamed = found.numbers.assign(outcome="jobs", unit="percentage points")
    numbers = guarded_design(renamed, PUBLIC)
    shown = conform(overlap.assign(status="ok"), OVERLAP_RELEASED)
    like = release_of(number())
    study = like.study
    release = as_release(study, like.manifest, {"overlap": shown})
    return {
        code: design_plan_page(
            release, numbers, found.limits, read_language(code, LABELS).about(study)
        )
        for code in languages
    }


@pytest.fixture(scope="module")
def made(toy):
    return pages(*toy)


def test_values_after_the_start_change_no_byte_of_the_page(toy, made):
    cells, units, counts = toy
    rng = np.random.default_rng(9)
    later = cells["period"] >= pd.Period("2012", "Y")
    moved = cells.assign(mean=cells["mean"].mask(later, rng.normal(0, 1e6, len(cells))))
    assert pages(moved, units, counts) == made
    earlier = cells.assign(mean=cells["mean"].mask(~later, rng.normal(0, 10, len(cells))))
    (page,) = pages(earlier, units, counts, languages=["en"]).values()
    assert page != made["en"]


def test_the_page_is_whole_in_each_language_and_loads_nothing(made):
    said = {
        "fi": "Pienin havaittava vaikutus",
        "sv": "Minsta upptäckbara effekt",
        "en": "Detectable effects",
    }
    for code, page in made.items():
        assert f'<html lang="{code}">' in page and said[code] in page
        assert external_loads(page) == []
        assert page.count("<h1>") == 1 and page.count("<h2>") >= 5
        assert page.count("<img ") == page.count('alt="') == 1
        assert 'scope="col"' in page and "<caption>" in page
        assert "nan" not in page.split("<body>")[1].replace("base64", "").split("base64,")[0]


def test_what_cannot_be_identified_is_said_and_so_is_that_nothing_was_found(toy, made):
    assert "part of it has no comparable control" in made["en"].lower()
    (page,) = pages(*toy, alone=False, languages=["en"]).values()
    assert "Nothing was found in the data before the start" in page
