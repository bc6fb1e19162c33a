"""Effects beside the smallest detectable ones are the released numbers over the released mean."""

from __future__ import annotations

from dataclasses import replace

import pytest

from kuntakokeilu.report.figures.detectable_effects import (
    DETECTABLE_EFFECTS,
    detectable_effects_alt,
    detectable_effects_data,
    detectable_effects_figure,
)
from kuntakokeilu.report.words.declaration import Declaration

from ..whole import whole
from .test_figures import assert_nothing_overlaps, drawn_intervals, drawn_points, words_of


def changed(release, **columns):
    """The release with other numbers in every row."""
    return replace(release, estimates=release.estimates.assign(**columns))


def test_numbers_are_shares_of_the_mean_before_the_start(rich, english):
    (row,) = detectable_effects_data(rich).to_dict("records")
    (lead,) = rich.estimates.query("estimand == 'jobs.main' and leading").to_dict("records")
    names = {"detectable": "minimum_detectable_effect"}
    for name in ("estimate", "ci_low", "ci_high", "detectable"):
        share = 100 * lead[names.get(name, name)] / lead["baseline_mean"]
        assert row[name] == pytest.approx(share, abs=5e-4)  # no digits that are none
    figure = detectable_effects_figure(rich, english)
    assert [x for x, _ in drawn_points(figure)] == [row["estimate"]]
    ((low, _), (high, _)), *_ = drawn_intervals(figure)
    assert (low, high) == (row["ci_low"], row["ci_high"])
    (bar,) = figure.axes[0].patches
    assert (bar.get_x(), bar.get_width()) == (-row["detectable"], 2 * row["detectable"])


def test_log_points_need_no_mean(rich, english):
    release = changed(rich, unit="log points", baseline_mean=-1.0)
    (row,) = detectable_effects_data(release).to_dict("records")
    (lead,) = rich.estimates.query("estimand == 'jobs.main' and leading").to_dict("records")
    assert row["estimate"] == pytest.approx(100 * lead["estimate"])
    said = words_of(detectable_effects_figure(release, english))
    assert "log points times a hundred" in said


def test_without_a_positive_mean_there_is_no_share(rich, english):
    release = changed(rich, baseline_mean=0.0)
    assert detectable_effects_data(release).empty
    assert "No number can be shown" in words_of(detectable_effects_figure(release, english))
    assert "No number can be shown" in detectable_effects_alt(release, english)


@pytest.mark.parametrize("language", ["finnish", "swedish", "english"])
def test_a_study_of_many_outcomes_has_one_page_without_overlaps(language, request):
    language, release = request.getfixturevalue(language), whole()
    figure = detectable_effects_figure(release, language)
    assert_nothing_overlaps(figure)
    data = detectable_effects_data(release)
    assert len(data) > 3 and data["outcome"].is_unique
    assert [x for x, _ in drawn_points(figure)] == data["estimate"].tolist()
    assert detectable_effects_alt(release, language).count(";") >= 1


def test_a_study_with_a_leading_estimate_has_it(rich):
    assert DETECTABLE_EFFECTS.when(Declaration(rich.study)) == [""]
    bare = {**rich.study, "estimands": {}}
    assert DETECTABLE_EFFECTS.when(Declaration(bare)) == []
