"""Judged designs, synthetic controls, and for whom nothing is identified, in three languages."""

from __future__ import annotations

from dataclasses import replace

import pandas as pd
import pytest

from kuntakokeilu.contracts import (
    BEYOND_REACH,
    BY_PLACEBO,
    CANDIDATES,
    DESIGNS_JUDGED_RELEASED,
    SYNTHETIC_AREAS_RELEASED,
    conform,
)
from kuntakokeilu.report.tables.registry import planned_tables
from kuntakokeilu.report.tables.sheets import sheet
from kuntakokeilu.report.words import labels as lb
from kuntakokeilu.report.words.beyond_reach import beyond_reach_notes, identified_notes
from kuntakokeilu.report.words.declaration import Declaration
from kuntakokeilu.report.words.findings import summary
from kuntakokeilu.report.words.judged import candidate_label, judged_notes, judged_view
from kuntakokeilu.report.words.language import read_language
from kuntakokeilu.report.words.rows import lead_rows
from kuntakokeilu.study import read_study

from ..conftest import UNITS, build, number

UNIT = UNITS["unit"].iloc[0]


def judged(best="size_by_period", **changes):
    row = {
        "estimand": "jobs.main", "outcome": "jobs", "weights": "municipality", "n_starts": 30,
        "n_apart": 2, "first_start": "2010-01", "last_start": "2017-05", "bias": 0.1,
        "rejected": 0.25, "as_large": 0.5, "estimate": -0.14, "std_error": 0.2, "ci_low": -0.5,
        "ci_high": 0.3, "p_value": 0.4, "inference": "cluster_area", "n_trial": 94,
        "unit": "percentage points", "n_control": 111, "identified": "ok", "status": "ok",
    }  # fmt: skip
    rows = [
        row | {"candidate": name, "favoured": name == best, "rmse": 0.12 if name == best else 0.34}
        for name in CANDIDATES
    ]
    return conform(pd.DataFrame([one | changes for one in rows]), DESIGNS_JUDGED_RELEASED)


def areas():
    row = {
        "estimand": "jobs.main", "outcome": "jobs", "area": "North", "candidate": "synthetic_did",
        "estimate": -0.3, "distance_before": 0.2, "ratio": 1.5, "p_value": 0.6, "n_donors": 4,
        "p_adjusted": 1.0,
        "largest_donor": UNIT, "largest_weight": 0.42, "unit": "percentage points",
        "identified": "ok", "status": "ok",
    }  # fmt: skip
    return conform(pd.DataFrame([row]), SYNTHETIC_AREAS_RELEASED)


def beyond(reason="larger"):
    rows = [{"comparison": "near", "unit": UNIT, "area": "North", "reason": reason}]
    return conform(pd.DataFrame(rows), BEYOND_REACH)


@pytest.fixture(scope="module")
def release():
    rows = number("main") + number("overlap", -0.21, comparison="near", role="robustness")
    return replace(
        build(rows), designs_judged=judged(), synthetic_areas=areas(), beyond_reach=beyond()
    )


@pytest.fixture(params=["fi", "sv", "en"])
def language(request, finnish, swedish, english):
    return {"fi": finnish, "sv": swedish, "en": english}[request.param]


def test_sheets_are_planned_where_released(release):
    with_them = Declaration(release.study, ["estimates", "designs_judged", "synthetic_areas"])
    assert {"designs_judged", "synthetic_areas"} <= set(planned_tables(with_them))
    without = Declaration(release.study, ["estimates"])
    assert not {"designs_judged", "synthetic_areas"} & set(planned_tables(without))


def test_every_candidate_has_a_name_of_its_own(language):
    names = [candidate_label(name, language) for name in CANDIDATES]
    assert len(set(names)) == len(CANDIDATES)


def test_sheets_have_rows_and_words(release, language):
    table = sheet("designs_judged", release, language)
    assert len(table.table) == len(CANDIDATES)
    assert any(candidate_label("size_by_period", language) in note for note in table.notes)
    one = sheet("synthetic_areas", release, language).table
    name = UNITS.set_index("unit").loc[UNIT, f"name_{language.code}"]
    assert name in one.astype(str).to_numpy().ravel().tolist()
    assert 42.0 in one.iloc[0].tolist()


def test_the_years_before_choose_and_not_the_result(release, english):
    (said,) = judged_notes(release, english)
    assert "30 false starts" in said and "0.12" in said and "0.34" in said
    assert "the result of the trial has no part in the order" in said
    (other,) = judged_notes(replace(release, designs_judged=judged(estimate=9.0)), english)
    assert other != said and "With it the estimate is +9.00" in other
    assert other.replace("+9.00", "−0.14") == said


def test_the_plain_design_may_be_favoured(release, english):
    (said,) = judged_notes(replace(release, designs_judged=judged("two_way")), english)
    assert "no design stayed nearer to zero" in said


def test_without_false_starts_it_says_so(release, language):
    none = judged("nothing", rmse=None, n_starts=0, n_apart=0)
    (said,) = judged_notes(replace(release, designs_judged=none), language)
    about = {
        "outcome": lb.outcome_label("jobs", release.study, language),
        "weights": lb.weights_label("municipality", release.study, language),
    }
    assert said == language.say("judged.none", **about)


def test_a_view_for_the_page(release, english):
    view = judged_view(release, english)
    assert len(view) == len(CANDIDATES)
    assert view.iloc[1, 2] == "0.12" and view.iloc[0, 2] == "0.34"


def test_it_is_said_which_of_interval_and_p_value_counts(release, english):
    """Of a synthetic design they come from other distributions and may disagree."""
    view = judged_view(release, english)
    found = dict(zip(CANDIDATES, view["Interval and p-value"], strict=True))
    for name, said in found.items():
        assert said.startswith("the p-value counts") == (name in BY_PLACEBO)
    assert set(view["p-value"]) == {"0.400"}


@pytest.mark.parametrize("code", ["fi", "sv", "en"])
def test_no_comparison_has_the_name_of_a_judged_design(config, code):
    """They are estimated from other covariates, so that one name would stand for two numbers."""
    language = read_language(code, config / "labels")
    candidates = {candidate_label(name, language).lower() for name in CANDIDATES}
    assert len(candidates) == len(CANDIDATES)
    for folder in sorted((config / "studies").iterdir()):
        rules = read_study(config, folder.name).settings.comparisons.values()
        names = [getattr(rule.label, code).lower() for rule in rules if rule.label is not None]
        assert len(set(names)) == len(names), folder.name
        assert not candidates & set(names), folder.name


@pytest.mark.parametrize("reason", ["larger", "smaller", "far"])
def test_units_without_a_control_are_named(release, language, reason):
    name = UNITS.set_index("unit").loc[UNIT, f"name_{language.code}"]
    (said,) = beyond_reach_notes(replace(release, beyond_reach=beyond(reason)), language)
    assert name in said


def test_beside_a_main_number_stands_for_whom_it_is_not_identified(release, english):
    row = lead_rows(release).iloc[0]
    first, second = identified_notes(release, row, english)
    assert "no effect is identified for them" in first
    assert "0.21" in second
    lines = [line for _, said in summary(release, english) for line in said]
    assert first in lines and second in lines
    notes = sheet("main_effects", release, english).notes
    assert first in notes


def test_the_share_without_a_control_stands_beside_the_number(release, language):
    row = lead_rows(release).iloc[0]
    told = release.diagnostics.assign(check="overlap", verdict="warn", value=0.663)
    said = identified_notes(replace(release, diagnostics=told), row, language)
    assert len(said) == 3 and "66\u00a0%" in said[0]
    passed = replace(release, diagnostics=told.assign(verdict="pass"))
    assert len(identified_notes(passed, row, language)) == 2


def test_nothing_is_said_where_everybody_has_a_control(release, language):
    everybody = replace(release, beyond_reach=beyond().iloc[:0])
    assert beyond_reach_notes(everybody, language) == []
    assert identified_notes(everybody, lead_rows(release).iloc[0], language) == []
