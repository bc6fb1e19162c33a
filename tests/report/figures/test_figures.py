"""Figures draw the released numbers, all of them, and nothing else."""

import xml.etree.ElementTree as ET
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.colors import to_hex

from kuntakokeilu.errors import InputError
from kuntakokeilu.report.figures import canvas
from kuntakokeilu.report.figures.canvas import short_alt
from kuntakokeilu.report.figures.event_study import (
    event_studies,
    event_study_alt,
    event_study_data,
    event_study_figure,
)
from kuntakokeilu.report.figures.forest import FOREST, forest_alt, forest_data, forest_figure
from kuntakokeilu.report.figures.love_plot import love_plot_figure
from kuntakokeilu.report.figures.raw_means import raw_means_figure
from kuntakokeilu.report.figures.record import save_drawings
from kuntakokeilu.report.figures.specification_curve import specification_curve_figure
from kuntakokeilu.report.words.language import LANGUAGES

QUARTERS = "jobs.by_quarter"


def drawn_points(figure):
    """Markers of all axes as (x, y), in drawing order."""
    lines = [line for axes in figure.axes for line in axes.lines if line.get_marker() != "None"]
    return [tuple(xy) for line in lines for xy in np.atleast_2d(line.get_xydata())]


def drawn_intervals(figure):
    """Vertical or horizontal interval lines as pairs of ends."""
    return [
        segment for axes in figure.axes for c in axes.collections for segment in c.get_segments()
    ]


def words_of(figure):
    """Everything written on a page, as one line."""
    texts = [*figure.texts, *(text for axes in figure.axes for text in axes.texts)]
    return " ".join(" ".join(text.get_text() for text in texts).split())


def with_band(rows, low=-2.0, high=3.0):
    """The same rows with a simultaneous band of fixed ends."""
    return [
        {**row, "ci_low": low, "ci_high": high} if row["inference"] == "simultaneous_area" else row
        for row in rows
    ]


def without_band(rows):
    """The same rows without simultaneous ones."""
    return [row for row in rows if row["inference"] != "simultaneous_area"]


def test_no_figure_loses_the_warnings_of_its_numbers(make, english):
    """A number that needs care in the tables must not stand in a picture as if it did not."""
    rows = make.number() + make.series()
    names = {row["estimand"] for row in rows}
    release = make.build(rows, [make.check(name, "warn") for name in sorted(names)])
    clean = make.build(rows, [])
    for draw in (lambda made: event_study_figure(made, QUARTERS, english),
                 lambda made: forest_figure(made, english)):  # fmt: skip
        assert "Interpret with caution: movement before the start" in words_of(draw(release))
        assert "care" not in words_of(draw(clean))
    several = make.build(make.number() + make.number("b"), [make.check("jobs.b", "warn")])
    said = words_of(forest_figure(several, english))
    assert "1 of 2 estimates call for caution; the table Checks says why." in said


def test_every_figure_of_estimates_says_which_need_care():
    """Whoever explains hollow markers or hidden numbers has numbers that checks may warn of."""
    for path in sorted(Path(canvas.__file__).parent.glob("*.py")):
        code = path.read_text(encoding="utf-8")
        if "captions.failed_note(" in code or "captions.hidden_note(" in code:
            assert "captions.care_note(" in code, path.name


def assert_nothing_overlaps(figure):
    """No text of the page is clipped or covers another."""
    renderer = FigureCanvasAgg(figure).get_renderer()
    figure.draw(renderer)
    texts = [text for text in figure.texts if text.get_text()]
    boxes = [text.get_window_extent(renderer) for text in texts]
    page, slack = figure.bbox, 1.0
    for i, a in enumerate(boxes):
        assert a.x0 >= page.x0 - slack and a.x1 <= page.x1 + slack, texts[i]
        assert a.y0 >= page.y0 - slack and a.y1 <= page.y1 + slack, texts[i]
        for j, b in enumerate(boxes[i + 1 :], start=i + 1):
            wide = min(a.x1, b.x1) - max(a.x0, b.x0)
            high = min(a.y1, b.y1) - max(a.y0, b.y0)
            assert wide <= slack or high <= slack, (texts[i], texts[j])


def test_event_study_draws_its_data_and_no_suppressed_bin(rich, english):
    data = event_study_data(rich, QUARTERS)
    assert list(data["event_time"]) == [-3, -2, -1, 0, 2]  # 1 is suppressed, -1 the reference
    figure = event_study_figure(rich, QUARTERS, english)
    expected = sorted(zip(data["event_time"].astype(float), data["estimate"], strict=True))
    np.testing.assert_allclose(sorted(drawn_points(figure)), expected)
    known = data[~data["reference"]]
    ends = sorted((s[0][0], s[0][1], s[1][1]) for s in drawn_intervals(figure) if len(s))
    rows = known[["event_time", "ci_low", "ci_high"]].astype(float).to_numpy()
    np.testing.assert_allclose(ends, rows)


def test_simultaneous_band_is_drawn_and_named_only_where_there_is_one(make, english):
    bare = make.build(without_band(make.series()))
    data = event_study_data(bare, QUARTERS)
    assert data[["band_low", "band_high"]].isna().all(axis=None)
    figure = event_study_figure(bare, QUARTERS, english)
    assert list(figure.axes[0].patches) == []
    assert "imultaneous" not in words_of(figure)
    assert "imultaneous" not in event_study_alt(bare, QUARTERS, english)

    release = make.build(with_band(make.series()))
    data = event_study_data(release, QUARTERS)
    shown = data[~data["reference"]]
    assert shown["band_low"].tolist() == [-2.0] * 5 and shown["band_high"].tolist() == [3.0] * 5
    assert (shown["ci_low"] > -2.0).all()  # the interval stays that of the area clusters
    figure = event_study_figure(release, QUARTERS, english)
    bars = {(b.get_x() + b.get_width() / 2, b.get_y(), b.get_y() + b.get_height())
            for b in figure.axes[0].patches}  # fmt: skip
    assert bars == {(k, -2.0, 3.0) for k in (-3, -2, 0, 1, 2)}
    assert "simultaneous band" in words_of(figure)
    said = event_study_alt(release, QUARTERS, english)
    assert "Bins whose simultaneous band excludes zero: 0 of 2." in said


def test_reference_bin_is_hollow_at_zero_and_start_is_marked(rich, english):
    axes = event_study_figure(rich, QUARTERS, english).axes[0]
    hollow = [line for line in axes.lines if to_hex(line.get_markerfacecolor()) == "#ffffff"]
    assert [tuple(line.get_xydata()[0]) for line in hollow if len(line.get_xydata())] == [(-1, 0)]
    assert axes.get_xlabel() == "time since the start (quarters)"
    assert axes.get_ylabel() == "difference, percentage points"
    assert "start 2021-01" in [text.get_text() for text in axes.texts]


def test_an_earlier_base_is_the_bin_at_zero(make, english):
    release = make.build(make.series())
    release.study["estimands"][QUARTERS]["reference_bin"] = -4
    data = event_study_data(release, QUARTERS)
    assert list(data["event_time"]) == [-4, -3, -2, 0, 1, 2]
    assert data.loc[data["reference"], "event_time"].tolist() == [-4]
    said = event_study_alt(release, QUARTERS, english)
    assert "The point of comparison is bin −4." in said


def test_failed_series_is_hollow_and_says_so(make, english):
    rows = [{**row, "status": "failed_diagnostic"} for row in make.series()]
    release = make.build(rows)
    figure = event_study_figure(release, QUARTERS, english)
    faces = {to_hex(line.get_markerfacecolor()) for line in figure.axes[0].lines
             if line.get_marker() != "None" and len(line.get_xydata())}  # fmt: skip
    assert faces == {"#ffffff"}
    assert "fails a diagnostic check" in words_of(figure)
    assert "fails a diagnostic check" in event_study_alt(release, QUARTERS, english)


def test_forest_draws_its_data_in_order(rich, english):
    data = forest_data(rich)
    names = [f"jobs.{n}" for n in ("main", "persons", "failed", "windows", "placebo")]
    assert list(data["estimand"]) == names
    figure = forest_figure(rich, english)
    points = drawn_points(figure)
    np.testing.assert_allclose([x for x, _ in points], data["estimate"])
    assert [y for _, y in points] == sorted(y for _, y in points)
    said = words_of(figure)
    assert "failed diagnostic" in said
    assert "1 suppressed" in said
    assert "Early phase 2021-01 to 2021-12; each municipality has the same weight" in said


def left_out(make):
    """A main effect under two weights and three effects with one area left out."""
    rows = [*make.number("main", -0.14), *make.number("persons", 0.2, weights="persons_frozen")]
    for name, estimate in (("north", -0.1), ("south", -0.3), ("west", 0.05)):
        rows += make.number(f"without_{name}", estimate, role="leave_one_out")
    more = {f"without_{n}": {"leave_out_area": n.title()} for n in ("north", "south", "west")}
    return make.build(rows, estimands=make.describe(rows, **more))


def test_left_out_areas_follow_their_own_main_effect_by_estimate(make, english):
    release = left_out(make)
    data = forest_data(release, leave_one_out=True)
    # The main effect under other weights is not what these are compared with.
    assert data["estimate"].tolist() == [-0.14, -0.3, -0.1, 0.05]
    assert data["left_out"].tolist()[1:] == ["South", "North", "West"]
    figure = forest_figure(release, english, leave_one_out=True)
    lines = [line for line in figure.axes[0].lines if line.get_linestyle() == "-"]
    assert [-0.14, -0.14] in [list(line.get_xdata()) for line in lines]
    said = forest_alt(release, english, leave_one_out=True)
    assert "the lowest estimate is −0.30 (area left out: South)" in said
    assert "the highest +0.05 (area left out: West)" in said
    assert "All areas" in words_of(figure) and "All areas" in said


def test_simulated_data_and_coverage_stand_on_every_figure(make, english):
    release = make.build(make.rich_rows(), simulated=True)
    for figure in (forest_figure(release, english),
                   event_study_figure(release, QUARTERS, english)):  # fmt: skip
        assert "simulated data; 95 of 118 municipalities" in words_of(figure)


@pytest.mark.parametrize("code", LANGUAGES)
def test_no_text_is_clipped_or_overlaps_in_a_long_forest(make, finnish, swedish, english, code):
    language = {"fi": finnish, "sv": swedish, "en": english}[code]
    rows = []
    for k in range(12):
        rows += make.number(f"s{k}", weights="persons_frozen", status="failed_diagnostic",
                            comparison="others" if k % 2 else "a_name_with_several_words_" * 3,
                            role="robustness" if k else "main")  # fmt: skip
    assert_nothing_overlaps(forest_figure(make.build(rows), language))
    assert_nothing_overlaps(forest_figure(left_out(make), language, leave_one_out=True))


def test_saved_files_have_equal_bytes_and_the_alternative_text(rich, finnish, tmp_path):
    for name in ("a", "b"):
        save_drawings(FOREST, rich, "", [finnish], tmp_path / name, {})
    for form in ("svg", "png"):
        a, b = (tmp_path / name / f"forest_fi.{form}" for name in ("a", "b"))
        assert a.read_bytes() == b.read_bytes()
    svg = (tmp_path / "a" / "forest_fi.svg").read_bytes()
    root, space = ET.fromstring(svg), "{http://www.w3.org/2000/svg}"
    assert root.find(f"{space}desc").text == short_alt(forest_alt(rich, finnish))
    assert root.find(f"{space}title").text.startswith("Kaikki vaikutusarviot")
    assert b"<dc:date" not in svg and b"<text" not in svg
    saved = pd.read_csv(tmp_path / "a" / "forest.csv")
    assert saved["estimate"].tolist() == forest_data(rich)["estimate"].tolist()


def test_alternative_text_holds_the_key_numbers(rich, english, finnish):
    said = forest_alt(rich, english)
    assert "−0.14 (95\u00a0% interval −0.47 to +0.19)" in said
    assert "Intervals that exclude zero: 1 of 5." in said
    said = event_study_alt(rich, QUARTERS, english)
    assert "Time since the start (quarters): from −3 to 2." in said
    assert "95 of 118 municipalities" in said
    assert "Last bin: +0.20 (95\u00a0% interval −0.13 to +0.53)." in said
    said = forest_alt(rich, finnish)
    assert "−0,14 (95\u00a0%:n luottamusväli −0,47 … +0,19)" in said


def test_study_with_nothing_to_show_still_gets_its_figures(make, english):
    release = make.build(
        make.number(blank=make.missing, status="suppressed") + make.series(hidden=(-3, -2, 0, 1, 2))
    )
    for figure in (forest_figure(release, english),
                   event_study_figure(release, QUARTERS, english),
                   specification_curve_figure(release, "jobs", english),
                   raw_means_figure(release, "jobs", english),
                   love_plot_figure(release, "others", english)):  # fmt: skip
        assert drawn_points(figure) == []
        assert "No number can be shown" in words_of(figure)


def test_unknown_event_study_is_refused(rich, english):
    with pytest.raises(InputError, match=r"jobs\.main"):
        event_study_figure(rich, "jobs.main", english)


def test_event_study_that_cannot_be_estimated_says_why(make, english):
    release = make.build(make.number() + make.unestimated("event_time", "by_quarter"))
    why = "annot be estimated because no period before the start is observed"
    assert event_studies(release) == [QUARTERS]
    data = event_study_data(release, QUARTERS)
    assert data[["event_time", "estimate"]].isna().all(axis=None)
    assert data["identified"].tolist() == ["no_pre_period"]
    figure = event_study_figure(release, QUARTERS, english)
    assert drawn_points(figure) == []
    assert "C" + why in words_of(figure)
    assert "C" + why in event_study_alt(release, QUARTERS, english)


def test_windows_that_cannot_be_estimated_are_counted_in_the_forest(make, english):
    release = make.build(make.number() + make.unestimated("window", "windows"))
    assert list(forest_data(release)["estimand"]) == ["jobs.main"]
    assert "1 that cannot be estimated" in words_of(forest_figure(release, english))


def test_lines_break_at_blanks_but_not_within_numbers():
    assert canvas.wrapped("aaa bbb", 0.3) == ["aaa", "bbb"]
    assert canvas.wrapped("p\u00a0=\u00a00,3", 0.1) == ["p\u00a0=\u00a00,3"]
