"""Trial areas one by one: by name, never by size; and what is not known says so."""

from __future__ import annotations

import re
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from kuntakokeilu.contracts import RELEASED_TABLES
from kuntakokeilu.errors import InputError
from kuntakokeilu.report.figures.area_forest import (
    area_effects_alt,
    area_effects_data,
    area_effects_figure,
)
from kuntakokeilu.report.tables import service_models as views
from kuntakokeilu.report.tables.evidence import area_lines, area_notes
from kuntakokeilu.report.tables.sheets import sheet
from kuntakokeilu.report.words import labels as lb
from kuntakokeilu.report.words.beyond_reach import beyond_reach_notes
from kuntakokeilu.report.words.release import read_release
from kuntakokeilu.report.words.spread import spread_of

from .. import texts
from ..conftest import build, save
from ..figures.test_figures import assert_nothing_overlaps, drawn_points, words_of
from ..whole import AREAS, meta, save_optional, whole, whole_rows

MAIN = "working.main"
BY_NAME = ["Kainuu", "Lahti", "Porvoo", "Raahe", "Salo", "Äänekoski"]
RANKING = {
    "fi": r"paras|parhai|huonoi|sijoitu|paremmuus|kärje",
    "sv": r"\bbäst|sämst|rangord|ranking|topp",
    "en": r"\bbest\b|worst|\brank|\btop\b|outperform|leading area",
}


@pytest.fixture(scope="module")
def release():
    return whole()


@pytest.fixture(params=["fi", "sv", "en"])
def language(request, finnish, swedish, english):
    return {"fi": finnish, "sv": swedish, "en": english}[request.param]


def test_areas_stand_by_name_everywhere(release, english):
    assert list(AREAS) != BY_NAME
    assert views.area_effects(release)["area"].tolist() == BY_NAME
    assert views.area_effects_view(release, MAIN, english).iloc[:, 0].tolist() == BY_NAME
    assert sheet("area_effects", release, english).table["Trial area"].tolist() == BY_NAME
    assert views.matrix_view(release, english).iloc[:, 0].tolist() == BY_NAME
    data = area_effects_data(release, MAIN)
    assert data["area"].dropna().tolist() == [
        name for name in BY_NAME if name not in ("Äänekoski", "Porvoo") for _ in range(2)
    ]


def test_an_area_without_a_comparable_control_says_so_before_all_else(release, language):
    out = pd.DataFrame(
        [["overlap", "398", "Lahti", "larger"]], columns=["comparison", "unit", "area", "reason"]
    )
    named = {"unit": "398", "name_fi": "Lahti", "name_sv": "Lahtis", "name_en": "Lahti"}
    units = pd.concat([release.units, pd.DataFrame([named])])
    beyond = replace(release, beyond_reach=out, units=units)
    lines = {line.what: line for line in area_lines(beyond, language) if line.name == MAIN}
    name = lb.area_name("Lahti", release.study, language)
    assert lines[name].marked
    assert language.say("reason.area_beyond_reach") in lines[name].care
    numbers = (lines[name].estimate, lines[name].ci_low, lines[name].ci_high, lines[name].p_value)
    assert all(number != number for number in numbers)
    data = area_effects_data(beyond, MAIN)
    assert "Lahti" not in set(data["area"].dropna())
    assert [line.what for line in lines.values() if line.care == lines[name].care] == [name]
    shown = views.area_effects_view(beyond, MAIN, language).iloc[:, 0].tolist()
    assert language.say("areas.beyond", area=name) in shown
    assert beyond_reach_notes(beyond, language)[0] in area_notes(beyond, language)


def test_what_no_longer_tells_areas_apart_is_said_at_the_matrix_and_at_the_slopes(
    release, language
):
    said = language.say("areas.note.own_coach")
    assert "2022" in said
    for asked, table in ((False, "service_models"), (True, "meta_regression")):
        assert views.feature_notes(release, language, asked=asked) == [said]
        assert said in sheet(table, release, language).notes
    other = release.meta_regression.assign(feature="one_stop_centre")
    assert views.feature_notes(replace(release, meta_regression=other), language, asked=True) == []


def test_the_figure_draws_raw_shrunk_mean_and_prediction(release, language):
    figure = area_effects_figure(release, MAIN, language)
    assert_nothing_overlaps(figure)
    data = area_effects_data(release, MAIN)
    points = data[data["kind"] != "prediction"]["estimate"]
    drawn = [x for x, _ in drawn_points(figure)]
    np.testing.assert_allclose(drawn[: len(points)], points)
    said = words_of(figure)
    assert all(area in said for area in BY_NAME)  # those without a number have a row too
    assert language.say("status.suppressed") in said
    assert language.say("status.not_identified") in said
    markers = {line.get_marker() for line in figure.axes[0].lines}
    assert {"o", "s", "D"} <= markers
    alt = area_effects_alt(release, MAIN, language)
    assert "Lahti" in alt and not re.search(r"nan|None", alt)


def test_prediction_interval_by_hand(release):
    """Four areas: t with 2 degrees is 4.302653, and 4.302653 x sqrt(0.16 + 0.3^2) = 2.151326."""
    spread = spread_of(release, MAIN)
    assert spread.low == pytest.approx(-0.5 - 2.1513265, abs=1e-6)
    assert spread.high == pytest.approx(-0.5 + 2.1513265, abs=1e-6)
    assert spread.tau == pytest.approx(0.4)
    assert spread_of(release, "working.other") is None


def test_too_few_areas_have_no_mean(release, english):
    table = meta().assign(identified="too_few_areas", status="not_identified")
    few = replace(release, meta_regression=table)
    assert set(area_effects_data(few, MAIN)["kind"]) == {"raw", "shrunk"}
    said = area_effects_alt(few, MAIN, english)
    assert (
        "The mean of the areas cannot be estimated, because there are too few trial areas" in said
    )


def test_unknown_is_a_value(release, language):
    view = views.matrix_view(release, language).set_index(language.say("areas.column.area"))
    unknown = language.say("areas.value.unknown")
    assert (view.iloc[:, 0] == unknown).sum() == 2
    assert view.loc["Lahti"].iloc[0] == language.say("areas.value.yes")
    assert set(view.iloc[:, 1]) == {language.number(183.1, 1)}
    counts = views.features_view(release, language).to_numpy().tolist()
    assert counts[0][1:] == ["2", "2", "4", "2", "2", language.number(0.61, 2)]
    assert counts[1][1:3] == ["–", "–"]


def test_meta_regression_says_association_power_and_why_not(release, english):
    view = views.meta_regression_view(release, english)
    assert view["Feature"].tolist() == ["Mean of all areas", "Own coach", "One stop centre"]
    assert "Association (95\u00a0% interval)" in view.columns
    assert view["Smallest detectable effect"].tolist() == ["1.10", "1.10", "–"]
    assert view.iloc[2, 2] == "Cannot be estimated, because there are too few trial areas"
    said = " ".join(sheet("meta_regression", release, english).notes)
    assert "The association is not an effect of the feature" in said


def test_the_annex_is_labelled_exploratory(release, language):
    view = views.heterogeneity_view(release, language)
    assert len(view) == 4 and not re.search(r"nan|None", view.to_string())
    assert view.iloc[0, 1] != "Under 25|female" and "|" not in view.to_string()
    content = sheet("heterogeneity", release, language)
    word = {"fi": "Eksploratiivinen", "sv": "Explorativ", "en": "Exploratory"}[language.code]
    assert content.notes[0].startswith(word)
    assert language.say("workbook.heterogeneity.title").lower().count(word.lower()) == 1


@pytest.mark.parametrize("code", RANKING)
def test_no_text_ranks_areas(code):
    table = texts.table()
    mine = table[table.index.str.contains("area_effects|^areas|service_models|meta_regression")]
    assert len(mine) > 50
    for key, text in mine[code].items():
        assert not re.search(RANKING[code], text, re.IGNORECASE), key


def test_optional_tables_come_back_from_files(rich, tmp_path):
    release = whole()
    folder = save(release, tmp_path / "release")
    save_optional(release, folder)
    again = read_release(folder)
    optional = [name for name, table in RELEASED_TABLES.items() if not table.everywhere]
    for name in optional:
        table, read = getattr(release, name), getattr(again, name)
        assert len(table) == len(read) and list(table.columns) == list(read.columns), name
    assert again.ratios["interval"].tolist()[:3] == ["bounded", "two_rays", "whole_line"]
    del release.study["outcomes"]["working"]
    other = save(build([row for row in whole_rows() if row["outcome"] != "working"],
                       outcomes=release.study["outcomes"]), tmp_path / "other")  # fmt: skip
    save_optional(release, other)
    with pytest.raises(InputError, match=r"^area_effects\.csv: an outcome that study\.json"):
        read_release(other)
    bare = read_release(save(rich, tmp_path / "bare"))
    assert all(getattr(bare, name).empty for name in optional)
