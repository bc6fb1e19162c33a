"""Figures draw the released numbers, all of them, and nothing else."""

import xml.etree.ElementTree as ET

import numpy as np
import pytest
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.colors import to_hex

from kuntakokeilu.errors import InputError
from kuntakokeilu.report import figures


def drawn_points(figure):
    """Markers of all axes as (x, y), in drawing order."""
    lines = [line for axes in figure.axes for line in axes.lines if line.get_marker() != "None"]
    return [tuple(xy) for line in lines for xy in np.atleast_2d(line.get_xydata())]


def drawn_intervals(figure):
    """Vertical or horizontal interval lines as pairs of ends."""
    return [
        segment for axes in figure.axes for c in axes.collections for segment in c.get_segments()
    ]


def test_event_study_draws_its_data_and_no_suppressed_bin(rich):
    data = figures.event_study_data(rich, "jobs.by_quarter")
    assert list(data["event_time"]) == [-3, -2, -1, 0, 2]  # 1 is suppressed, -1 the reference
    figure = figures.event_study_figure(rich, "jobs.by_quarter")
    expected = sorted(zip(data["event_time"].astype(float), data["estimate"], strict=True))
    np.testing.assert_allclose(sorted(drawn_points(figure)), expected)
    known = data[~data["reference"]]
    ends = sorted((s[0][0], s[0][1], s[1][1]) for s in drawn_intervals(figure) if len(s))
    rows = known[["event_time", "ci_low", "ci_high"]].astype(float).to_numpy()
    np.testing.assert_allclose(ends, rows)


def test_reference_bin_is_hollow_at_zero_and_start_is_marked(rich):
    axes = figures.event_study_figure(rich, "jobs.by_quarter").axes[0]
    hollow = [line for line in axes.lines if to_hex(line.get_markerfacecolor()) == "#ffffff"]
    assert [tuple(line.get_xydata()[0]) for line in hollow if len(line.get_xydata())] == [(-1, 0)]
    assert axes.get_xlabel() == "quarters since the start"
    assert "percentage points" in axes.get_ylabel()
    assert "start 2021-01" in [text.get_text() for text in axes.texts]


def test_failed_series_is_hollow_and_says_so(make):
    rows = [{**row, "status": "failed_diagnostic"} for row in make.series()]
    figure = figures.event_study_figure(make.build(rows), "jobs.by_quarter")
    faces = {to_hex(line.get_markerfacecolor()) for line in figure.axes[0].lines
             if line.get_marker() != "None" and len(line.get_xydata())}  # fmt: skip
    assert faces == {"#ffffff"}
    assert any("fails a diagnostic check" in text.get_text() for text in figure.texts)


def test_forest_draws_its_data_in_order(rich):
    data = figures.forest_data(rich)
    names = [f"jobs.{n}" for n in ("main", "persons", "failed", "windows", "placebo")]
    assert list(data["estimand"]) == names
    figure = figures.forest_figure(rich)
    points = drawn_points(figure)
    np.testing.assert_allclose([x for x, _ in points], data["estimate"])
    assert [y for _, y in points] == sorted(y for _, y in points)
    words = " ".join(text.get_text() for text in figure.texts)
    assert "failed diagnostic" in words
    assert "1 suppressed" in words
    assert "windows: early" in words


def test_simulated_data_and_coverage_stand_on_every_figure(make):
    release = make.build(make.rich_rows(), simulated=True)
    for figure in (figures.forest_figure(release),
                   figures.event_study_figure(release, "jobs.by_quarter")):  # fmt: skip
        words = " ".join(text.get_text() for text in figure.texts)
        assert "simulated data; 95 of 118 municipalities" in words


def test_no_text_is_clipped_or_overlaps_in_a_long_forest(make):
    long = "a_specification_with_a_name_that_needs_several_lines_and_then_still_some_more_"
    rows = []
    for k in range(40):
        rows += make.number(f"{long}{k}", weights="persons_frozen", status="failed_diagnostic")
    figure = figures.forest_figure(make.build(rows))
    renderer = FigureCanvasAgg(figure).get_renderer()
    figure.draw(renderer)
    boxes = [text.get_window_extent(renderer) for text in figure.texts]
    page, slack = figure.bbox, 1.0
    for i, a in enumerate(boxes):
        assert a.x0 >= page.x0 - slack and a.x1 <= page.x1 + slack
        assert a.y0 >= page.y0 - slack and a.y1 <= page.y1 + slack
        for b in boxes[i + 1 :]:
            wide = min(a.x1, b.x1) - max(a.x0, b.x0)
            high = min(a.y1, b.y1) - max(a.y0, b.y0)
            assert wide <= slack or high <= slack


def test_saved_svg_has_equal_bytes_and_the_alternative_text(rich, tmp_path):
    alt = figures.forest_alt(rich)
    for name in ("a", "b"):
        figure = figures.forest_figure(rich)
        figures.save_figure(figure, tmp_path / f"{name}.svg", tmp_path / f"{name}.png", alt)
    svg = (tmp_path / "a.svg").read_bytes()
    assert svg == (tmp_path / "b.svg").read_bytes()
    assert (tmp_path / "a.png").read_bytes() == (tmp_path / "b.png").read_bytes()
    root = ET.fromstring(svg)
    assert root.find("{http://www.w3.org/2000/svg}desc").text == alt
    assert b"<dc:date" not in svg


def test_alternative_text_holds_the_key_numbers(rich):
    said = figures.forest_alt(rich)
    assert "−0.14 (95 % interval −0.47 to +0.19)" in said
    assert "1 of 5 intervals exclude zero" in said
    said = figures.event_study_alt(rich, "jobs.by_quarter")
    assert "from −3 to 2 quarters since the start" in said
    assert "95 of 118 municipalities" in said


def test_study_with_nothing_to_show_still_gets_its_figures(make):
    release = make.build(
        make.number(blank=make.missing, status="suppressed") + make.series(hidden=(-3, -2, 0, 1, 2))
    )
    for figure in (figures.forest_figure(release),
                   figures.event_study_figure(release, "jobs.by_quarter")):  # fmt: skip
        assert drawn_points(figure) == []
        assert any("No number may be shown" in text.get_text() for text in figure.texts)


def test_unknown_event_study_is_refused(rich):
    with pytest.raises(InputError, match=r"jobs\.main"):
        figures.event_study_figure(rich, "jobs.main")


def test_event_study_that_cannot_be_estimated_says_why(make, tmp_path):
    release = make.build(make.number() + make.unestimated("event_time", "by_quarter"))
    why = "annot be estimated because no period before the start is observed"
    assert figures.event_studies(release) == ["jobs.by_quarter"]
    data = figures.event_study_data(release, "jobs.by_quarter")
    assert data[["event_time", "estimate"]].isna().all(axis=None)
    assert data["note"].tolist() == ["c" + why]
    figure = figures.event_study_figure(release, "jobs.by_quarter")
    assert drawn_points(figure) == []
    assert any("C" + why in " ".join(t.get_text().split()) for t in figure.texts)
    alt = figures.event_study_alt(release, "jobs.by_quarter")
    assert "Event study jobs.by_quarter: c" + why in alt
    figures.save_figure(figure, tmp_path / "a.svg", tmp_path / "a.png", alt)


def test_windows_that_cannot_be_estimated_are_counted_in_the_forest(make):
    release = make.build(make.number() + make.unestimated("window", "windows"))
    assert list(figures.forest_data(release)["estimand"]) == ["jobs.main"]
    words = " ".join(text.get_text() for text in figures.forest_figure(release).texts)
    assert "1 that cannot be estimated" in words
