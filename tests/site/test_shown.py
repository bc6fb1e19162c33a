"""Numbers as readers and files have them, and charts that hold the same."""

from __future__ import annotations

import json
import re
from types import SimpleNamespace

import numpy as np
import pytest

from kuntakokeilu.report.words.language import read_language
from kuntakokeilu.site import charts
from kuntakokeilu.site.observed import Observed
from kuntakokeilu.site.outline_map import class_of
from kuntakokeilu.site.places import Followed
from kuntakokeilu.site.series import MonthlySeries
from kuntakokeilu.site.settings import Indicator
from kuntakokeilu.site.shown import Numbers, indicator_csv, place_csv, place_data

NAN = np.nan
MONTHS = [f"2024-{k:02d}" for k in range(1, 7)]
PLACE = Followed("area", "trial", {"fi": "Ä", "sv": "Ä", "en": "Ä"}, ("001", "002"))


@pytest.fixture
def numbers():
    """U: 1200 + 34, then one suppressed, then both, then a hole, then 5 + 6; shares of 20000."""
    value = np.array([[1200, 34], [1200, NAN], [NAN, NAN], [NAN, NAN], [NAN, NAN], [5, 6]])
    hidden = np.zeros_like(value, dtype=bool)
    hidden[1, 1] = hidden[2] = True
    whole = np.where(np.isnan(value) & ~hidden, NAN, 10_000.0)
    dark = {"U": hidden, "L": np.zeros_like(hidden)}
    observed = Observed(MONTHS, {"001": 0, "002": 1}, {"U": value, "L": whole}, dark)
    indicators = {"share": Indicator(of=["U"], per=["L"]), "count": Indicator(of=["U"])}
    settings = SimpleNamespace(indicators=indicators)
    return Numbers(SimpleNamespace(observed=observed, places=[PLACE], settings=settings))


def test_numbers_of_readers(numbers):
    finnish = read_language("fi")
    texts = [numbers.text("area", "count", k, finnish) for k in range(6)]
    assert texts == ["1\u00a0234", "1\u00a0201–1\u00a0204", "..", "–", "–", "11"]
    shares = [numbers.text("area", "share", k, finnish) for k in range(6)]
    assert shares == ["6,2", "6,0", "..", "–", "–", "0,1"]  # 6.005 to 6.020 is 6.0 to 6.0
    assert numbers.gaps("area", "count", finnish) == ["4/2024–5/2024"]


def test_the_file_of_a_place(numbers):
    assert place_csv(numbers, "area").splitlines() == [
        "month,share,share_low,share_high,count,count_low,count_high",
        "2024-01,6.17,,,1234,,",
        "2024-02,,6.005,6.02,,1201,1204",
        "2024-03,..,,,..,,",
        "2024-06,0.055,,,11,,",
    ]


def test_the_file_of_an_indicator(numbers):
    assert indicator_csv(numbers, "count").splitlines() == [
        "month,area", "2024-01,1234", "2024-02,1201/1204", "2024-03,..", "2024-06,11",
    ]  # fmt: skip


def test_data_for_scripts_have_the_decimals_of_tables(numbers):
    head, _, rest = place_data(numbers, "area").partition("{")
    assert head == 'portal.put("place","area",'
    assert json.loads("{" + rest.rstrip(";\n)")) == {
        "share": [6.2, 6.0, "s", None, None, 0.1],
        "count": [1234, [1201, 1204], "s", None, None, 11],
    }


def test_rows_of_a_chart_break_at_holes_and_mark_what_a_line_would_not_show(numbers):
    rows = charts.rows(MONTHS, {"a": numbers.series("area", "count")})
    assert [row["v"] for row in rows] == [1234, 1202.5, None, None, None, 11]
    assert [row.get("low") for row in rows][:2] == [None, 1201]
    assert [bool(row.get("hidden")) for row in rows] == [False, False, True, False, False, False]
    assert [bool(row.get("alone")) for row in rows] == [False] * 5 + [True]


def test_classes_of_the_map_begin_at_their_bound():
    assert [class_of(value, [6, 9]) for value in (5.9, 6, 8.9, 9)] == [0, 1, 1, 2]


def test_the_picture_holds_the_numbers_it_is_made_of():
    pytest.importorskip("vl_convert", reason="the extra `site` is not installed: no vl-convert")
    values = np.array([3.0, 8.0, 5.5, 12.25, 0.5, 7.0])
    one = MonthlySeries(values, values, np.array(["sum"] * 6))
    chart = charts.line_chart((MONTHS[0], MONTHS[-1]), ("2024-02", "2024-03"), [(1, "2024-04")])
    chart = charts.with_rows(chart, charts.rows(MONTHS, {"a": one}))
    svg = charts.draw(chart)
    assert charts.is_drawn(svg, chart)
    assert not charts.is_drawn(svg, {**chart, "height": 10})
    (path,) = re.findall(rf'd="(M[^"]+)" stroke="{charts.LIGHT["a"]}"', svg)
    points = np.array([pair.split(",") for pair in re.split("[ML]", path)[1:]], dtype=float)
    fitted = np.polynomial.Polynomial.fit(values, points[:, 1], 1)
    assert len(points) == 6
    assert fitted(values) == pytest.approx(points[:, 1], abs=0.06)  # a tenth of a pixel
    assert fitted.convert().coef[1] < 0  # up is more
    days = np.array([np.datetime64(f"{month}-01") for month in MONTHS]).astype(float)
    across = np.polynomial.Polynomial.fit(days, points[:, 0], 1)
    assert across(days) == pytest.approx(points[:, 0], abs=0.06)
    assert "prefers-color-scheme:dark" in svg
    assert not re.search(r'(?:href|src)="(?!#)', svg)
