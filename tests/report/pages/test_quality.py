"""The tables of data quality count what is there and what is missing."""

from __future__ import annotations

from dataclasses import replace

import pytest

from kuntakokeilu.report.figures import missing
from kuntakokeilu.report.pages import quality
from kuntakokeilu.report.words import mergers
from kuntakokeilu.report.words.who_is_compared import coverage_sentence

from ..conftest import build, merger, rich_rows
from ..covered import covered


@pytest.fixture
def release():
    return covered(rich_rows())


def test_missing_cells_are_counted_by_year_and_arm(release):
    counts = quality.missing_by_year(release.coverage).set_index(["year", "arm"])
    assert counts.loc[(2020, "trial"), ["cells", "missing"]].tolist() == [24, 12]
    assert counts.loc[(2019, "trial"), ["cells", "missing"]].tolist() == [24, 0]
    assert counts.loc[(2020, "control"), ["cells", "missing"]].tolist() == [36, 0]
    assert counts["cells"].sum() == release.coverage["n_units"].sum()


def test_series_show_their_span_and_their_gaps(release, english):
    row = quality.series_table(release, english).iloc[0].tolist()
    assert row == ["Employed", "2019-01", "2021-12", "36", "2", "3", "16.7\u00a0%", "0.0\u00a0%"]
    notes = quality.series_notes(release, english)
    assert "**Employed**: the series ends in 2021-12, the study in 2022-12" in notes


def test_cohorts_end_before_the_study_by_design(release, english):
    study = release.study
    rows = {name: {**row, "elapsed_first": 1} for name, row in study["estimands"].items()}
    cohorts = replace(release, study={**study, "estimands": rows})
    assert "the series ends" not in quality.series_notes(cohorts, english)


def test_outcomes_declared_without_data_say_so(english):
    outcomes = covered(rich_rows()).study["outcomes"]
    later = {**outcomes["jobs"], "data": "none", "label_en": "Later"}
    release = covered(rich_rows(), outcomes={**outcomes, "later": later}, last_period="2021-12")
    assert quality.series_table(release, english).iloc[1].tolist()[1:4] == ["no data"] * 2 + ["0"]
    assert len(quality.series_table(release, english, ["later"])) == 1
    notes = quality.series_notes(release, english)
    assert notes.startswith("- **Later**: declared in advance") and "Employed" not in notes


def test_years_are_shown_only_of_outcomes_that_lack_a_value(release, english):
    table = quality.missing_table(release, english)
    second = ["Employed", "2020", "12 of 24 (50.0\u00a0%)", "0 of 36 (0.0\u00a0%)"]
    assert table.iloc[1].tolist() == second
    assert quality.complete_note(release, english) == ""
    release.coverage["n_known"] = release.coverage["n_units"]
    assert quality.missing_table(release, english).empty
    assert "“Employed”" in quality.complete_note(release, english)
    assert missing.missing_data(release).empty


def test_figure_of_missing_cells_says_the_same_in_words(release, english, finnish):
    data = missing.missing_data(release)
    assert data.loc[data["arm"] == "trial", "share"].max() == 50.0
    alt = missing.missing_alt(release, english)
    assert "Employed, trial: 16.7 per cent are missing on average, 50.0 at most (2020-01)" in alt
    assert "16,7" in missing.missing_alt(release, finnish)
    assert missing.missing_figure(release, english).axes


def test_cells_left_out_lists_leading_rows_and_those_that_need_care(release, english):
    table = quality.left_out_table(release, english)
    assert table.iloc[:, 2].tolist() == ["0.4\u00a0%", "5.0\u00a0%"]
    assert table.iloc[1, 1].count("lacebo") == 1


def test_mergers_name_both_municipalities(release, english):
    row = mergers.merger_table(release, english).iloc[0].tolist()
    arms = ["In the trial", "In the trial"]
    assert row == ["Gone (588)", "A (091)", "2025-01-01", *arms, "North"]
    assert mergers.merger_note(release, english) == ""
    assert mergers.merger_note(build(rich_rows(), mergers=[]), english)


@pytest.mark.parametrize(
    ("choice", "said"), [("receiving", "They count in the group"), ("left_out", "left out of both")]
)
def test_a_municipality_merged_across_arms_is_named_wherever_coverage_is(english, choice, said):
    rows = [merger(arm="control"), merger(code="099", name={"en": "Same"})]
    release = build(rich_rows(), mergers=rows, merged_across_arms=choice)
    sentence = mergers.across_sentence(release.study, english)
    assert "Gone (A, 2025)" in sentence and said in sentence and "Same" not in sentence
    assert sentence in coverage_sentence(release.study, english)
    assert sentence == mergers.merger_note(release, english)
    arms = mergers.merger_table(release, english).iloc[:, 3:5].to_numpy().tolist()
    assert arms == [["Not in the trial", "In the trial"], ["In the trial", "In the trial"]]


def test_mergers_before_the_study_are_for_the_map_only(release, english):
    old = build(rich_rows(), mergers=[merger(date="2013-01-01")])
    assert mergers.merger_table(old, english).empty
    assert mergers.lives_on(old.study) == {"588": "091"}


def test_coverage_says_what_is_missing_and_what_neither_means(release, english):
    assert quality.arms_table(release, english).iloc[0].tolist() == ["In the trial", "1", "1", "1"]
    assert "23" in quality.coverage_notes(release, english)
    assert "neither group" not in quality.coverage_notes(release, english)
    units = release.units
    units.loc[units["arm"] == "control", "arm"] = "neither"
    try:
        assert "neither group" in quality.coverage_notes(release, english)
    finally:
        units.loc[units["arm"] == "neither", "arm"] = "control"
