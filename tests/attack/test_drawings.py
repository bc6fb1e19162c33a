"""What a drawing tells beyond the table beside it: read back from coordinates and ticks."""

from __future__ import annotations

import base64
import csv

import numpy as np
import pytest

from kuntakokeilu.attack import attack
from kuntakokeilu.attack.drawings import axes_of, finer_than_table
from kuntakokeilu.report.figures import canvas
from kuntakokeilu.report.words.language import read_language

RNG = np.random.default_rng(4)
EXACT = RNG.normal(0, 2, 24)
PRINTED = EXACT.round(2)
ERROR = 0.35


@pytest.fixture
def finnish(config):
    return read_language("fi", config / "labels")


def rows(values=PRINTED):
    return [
        {"estimand": "main", "event_time": str(at), "estimate": f"{v:.2f}", "status": "ok",
         "ci_low": f"{v - ERROR:.2f}", "ci_high": f"{v + ERROR:.2f}", "p_value": f"0.{at:03d}"}
        for at, v in enumerate(values)
    ]  # fmt: skip


def drawing(values, language, letters="path", more=()):
    """An event study as the project draws it."""
    figure, bottom = canvas.sheet("Series", "", "", 3)
    axes = canvas.panel(figure, 0.8, bottom + 0.4, 5, 2.4)
    at = np.arange(len(values))
    axes.vlines(at, values - ERROR, values + ERROR, linewidth=1)
    axes.plot([*at, *range(len(at), len(at) + len(more))], [*values, *more], "o", linestyle="")
    canvas.localise(axes.yaxis, language)
    return canvas.svg_text(figure, "Series. A test.", letters=letters)


@pytest.mark.parametrize("letters", ["path", "none"])
def test_numbers_come_back_from_coordinates(finnish, letters):
    level = axes_of(drawing(EXACT, finnish, letters))[-1]
    assert len(level.markers) == len(EXACT)
    assert np.abs(level.markers - EXACT).max() < level.exact < 1e-5


def test_numbers_on_a_scale_of_powers_come_back(finnish):
    figure, bottom = canvas.sheet("Powers", "", "", 3)
    axes = canvas.panel(figure, 0.8, bottom + 0.4, 5, 2.4)
    values = np.exp(EXACT)
    axes.plot(range(len(values)), values, "o", linestyle="")
    axes.set_yscale("log")
    axes.yaxis.set_major_formatter(lambda value, _: f"{value:g}")
    level = axes_of(canvas.svg_text(figure, "Powers."))[-1]
    assert np.abs(level.markers - values).max() < level.exact < 1e-2


def test_what_is_drawn_as_it_is_printed_tells_no_more(finnish):
    assert finer_than_table(drawing(PRINTED, finnish), rows()) == []


def test_what_is_drawn_from_more_digits_is_found(finnish):
    found = finer_than_table(drawing(EXACT, finnish), rows())
    assert found == ["ci_high", "ci_low", "estimate"]


def test_six_numbers_are_enough_if_they_have_three_digits(finnish):
    printed = [{"estimand": str(at), "estimate": f"{v:.3f}"} for at, v in enumerate(EXACT[:6])]
    assert finer_than_table(drawing(EXACT[:6], finnish), printed) == ["estimate"]
    assert finer_than_table(drawing(EXACT[:6].round(3), finnish), printed) == []


def test_a_marker_of_what_no_row_has_is_found(finnish):
    drawn = drawing(PRINTED, finnish, more=(0.123456,))
    assert finer_than_table(drawn, rows()) == ["a mark without a number"]


def test_numbers_of_something_else_are_not_taken_for_what_is_drawn(finnish):
    other = rows(np.random.default_rng(9).normal(0, 2, 24))
    assert finer_than_table(drawing(PRINTED, finnish), other) == []


def test_a_figure_of_a_report_is_held_against_its_table_and_so_is_its_copy_in_a_page(
    finnish, tmp_path
):
    release, figures = tmp_path / "release", tmp_path / "report" / "figures"
    release.mkdir()
    figures.mkdir(parents=True)
    with (figures / "series_main.csv").open("w", newline="", encoding="utf-8") as file:
        writer = csv.DictWriter(file, list(rows()[0]))
        writer.writeheader()
        writer.writerows(rows())
    path = figures / "series_main_fi.svg"
    path.write_text(drawing(PRINTED, finnish), encoding="utf-8")
    assert attack(release, [figures.parent]) == []
    inside = base64.b64encode(drawing(EXACT, finnish, "none").encode()).decode()
    page = f'<html><img src="data:image/svg+xml;base64,{inside}"></html>'
    (figures.parent / "page.html").write_text(page, encoding="utf-8")
    found = attack(release, [figures.parent])
    assert {(e.kind, e.file) for e in found} == {("drawings", "report/page.html: a drawing")}
    path.write_text(drawing(EXACT, finnish), encoding="utf-8")
    found = {each.file for each in attack(release, [figures.parent])}
    assert found == {"report/figures/series_main_fi.svg", "report/page.html: a drawing"}


def test_a_copy_in_a_page_is_held_against_its_own_table_whatever_else_the_page_has(
    finnish, tmp_path
):
    """A page with tables of its own, a table elsewhere of the figure's name, and a second part."""
    release, report = tmp_path / "release", tmp_path / "report"
    release.mkdir()
    others = rows(np.random.default_rng(9).normal(0, 2, 24).round(1))
    for folder, name, each in (
        ("figures", "series_1", rows()),
        ("figures", "series_2", others),
        ("tables", "series_1", others),
    ):
        (report / folder).mkdir(parents=True, exist_ok=True)
        with (report / folder / f"{name}.csv").open("w", newline="", encoding="utf-8") as file:
            writer = csv.DictWriter(file, list(each[0]))
            writer.writeheader()
            writer.writerows(each)
    for name in ("series_1", "series_2"):
        (report / "figures" / f"{name}_fi.svg").write_text(drawing(PRINTED, finnish))
    table = "<table><tr><th>a</th><th>b</th></tr><tr><td>1</td><td>2</td></tr></table>"
    for values, found in ((PRINTED, set()), (EXACT, {"report/page.html: a drawing"})):
        inside = base64.b64encode(drawing(values, finnish, "none").encode()).decode()
        page = f'<html>{table}<img src="data:image/svg+xml;base64,{inside}">{table}</html>'
        (report / "page.html").write_text(page, encoding="utf-8")
        assert {each.file for each in attack(release, [report])} == found


def test_a_drawing_that_is_none_is_refused(tmp_path):
    with pytest.raises(ValueError):
        axes_of("<svg")
