"""Charts as Vega-Lite specifications: drawn once as SVG, and again in the reader's browser.

The same specification gives both. It holds no word, so that one picture serves three languages:
names, units and events stand beside it as text.
"""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from functools import cache
from typing import Any

import numpy as np

from kuntakokeilu.site.series import HOLE, SUPPRESSED, MonthlySeries

SCHEMA = "https://vega.github.io/schema/vega-lite/v6.json"  # a name: nothing is fetched from there
VERSION = "6.4"
LINES = ("a", "b", "c")  # the place, and up to two it is shown beside

# Colours by what they are for, on white and on black. Lines differ in dashes, too.
LIGHT = {"a": "#0b5394", "b": "#a64b00", "c": "#4d4d4d", "text": "#333333", "grid": "#e0e0e0",
         "rule": "#767676", "shade": "#ececec"}  # fmt: skip
DARK = {"a": "#7db8f0", "b": "#f0a868", "c": "#c9c9c9", "text": "#dddddd", "grid": "#3a3a3a",
        "rule": "#9a9a9a", "shade": "#2c2c2c"}  # fmt: skip
_DASHES = {"a": [1, 0], "b": [6, 3], "c": [2, 2]}
_STAMP = re.compile(r"<!-- ([0-9a-f]{64}) -->")


def day(month: str) -> str:
    """Write a month as its first day."""
    return f"{month}-01"


def milliseconds(month: str) -> int:
    """Count from 1970 to the first day of a month, as charts do."""
    return int(datetime.fromisoformat(day(month)).replace(tzinfo=UTC).timestamp()) * 1000


def rows(months: Sequence[str], series: Mapping[str, MonthlySeries]) -> list[dict[str, Any]]:
    """Lay out series for a chart.

    Parameters
    ----------
    months : sequence of str
        YYYY-MM.
    series : mapping of str to MonthlySeries
        Line (a, b, c) to what it shows.

    Returns
    -------
    list of dict
        m, line, v, low, high, alone (a value without a neighbour, which a line would not show) and
        hidden; nothing for a hole but the break that it makes in a line.
    """
    found = []
    for line, one in series.items():
        there = one.there()
        if not len(there):
            continue
        known = np.isfinite(one.value)
        beside = np.concatenate([[False], known[:-1]]) | np.concatenate([known[1:], [False]])
        for k in range(there[0], there[-1] + 1):
            row: dict[str, Any] = {"m": day(months[k]), "line": line, "v": None}
            if known[k]:
                row["v"] = round(float(one.value[k]), 3)
                if one.high[k] > one.low[k]:
                    row |= {end: round(float(getattr(one, end)[k]), 3) for end in ("low", "high")}
                if not beside[k]:
                    row["alone"] = True
            elif one.state[k] == SUPPRESSED:
                row["hidden"] = True
            found.append(row)
    return found


def line_chart(
    span: tuple[str, str],
    covid: tuple[str, str],
    events: Sequence[tuple[int, str]],
    *,
    width: int = 440,
    height: int = 200,
) -> dict[str, Any]:
    """Specify a chart of lines by month, without its data.

    Parameters
    ----------
    span : tuple of str
        First and last month.
    covid : tuple of str
        First and last month shaded.
    events : sequence of (int, str)
        Number and month of what is marked.
    width, height : int
        Pixels.

    Returns
    -------
    dict
        Vega-Lite; `with_rows` puts data in.
    """
    x: dict[str, Any] = {
        "field": "m",
        "type": "temporal",
        "scale": {"type": "utc"},
        "axis": {
            "format": "%Y",
            "title": None,
            "tickCount": "year",
            "labelOverlap": True,
            "labelSeparation": 8,
        },
    }
    # one layer alone says from when to when, else the others' words would be added to it
    spanned = {**x, "scale": {"type": "utc", "domain": [milliseconds(month) for month in span]}}
    # thousands apart by a space, which readers of all three languages know
    label = "replace(datum.label, /,/g, '\u202f')"
    y = {"field": "v", "type": "quantitative", "scale": {"zero": True},
         "axis": {"title": None, "tickCount": 5, "labelExpr": label}}  # fmt: skip
    colour = {"field": "line", "type": "nominal", "legend": None,
              "scale": {"domain": list(LINES), "range": [LIGHT[k] for k in LINES]}}  # fmt: skip
    dash = {"field": "line", "type": "nominal", "legend": None,
            "scale": {"domain": list(LINES), "range": [_DASHES[k] for k in LINES]}}  # fmt: skip
    marks = [{"m": day(month), "n": str(number)} for number, month in events]
    layers: list[dict[str, Any]] = [
        {"data": {"values": [{"m": day(covid[0]), "to": day(covid[1])}]},
         "mark": {"type": "rect", "color": LIGHT["shade"]},
         "encoding": {"x": x, "x2": {"field": "to"}}},
        {"data": {"values": marks},
         "mark": {"type": "rule", "color": LIGHT["rule"], "strokeDash": [3, 3]},
         "encoding": {"x": x}},
        {"data": {"values": marks},
         "mark": {"type": "text", "color": LIGHT["text"], "baseline": "bottom", "dy": -2,
                  "fontSize": 11},
         "encoding": {"x": x, "y": {"value": 0}, "text": {"field": "n"}}},
        {"name": "low", "mark": {"type": "area", "opacity": 0.25},
         "transform": [{"filter": "isValid(datum.low)"}],
         "encoding": {"x": x, "y": {**y, "field": "low"}, "y2": {"field": "high"},
                      "color": colour}},
        {"mark": {"type": "line", "strokeWidth": 2, "invalid": "break-paths-filter-domains"},
         "encoding": {"x": spanned, "y": y, "color": colour, "strokeDash": dash}},
        {"name": "alone", "mark": {"type": "point", "filled": True, "size": 30, "opacity": 1},
         "transform": [{"filter": "datum.alone"}], "encoding": {"x": x, "y": y, "color": colour}},
        {"name": "hidden",
         "mark": {"type": "point", "shape": "cross", "size": 20, "filled": True, "opacity": 1},
         "transform": [{"filter": "datum.hidden"}],
         "encoding": {"x": x, "y": {"value": height - 4}, "color": colour}},
    ]  # fmt: skip
    return {
        "$schema": SCHEMA,
        "width": width,
        "height": height,
        "background": "transparent",
        "autosize": {"type": "fit-x", "contains": "padding"},
        "data": {"name": "series", "values": []},
        "layer": layers,
        "config": _config(),
    }


def small_chart(
    span: tuple[str, str], top: float, *, width: int = 220, height: int = 96
) -> dict[str, Any]:
    """Specify one of many small charts, all with the same axis from 0 to `top`."""
    chart = line_chart(span, ("2000-01", "2000-01"), [], width=width, height=height)
    layer = next(one for one in chart["layer"] if one["mark"]["type"] == "line")
    points = next(one for one in chart["layer"] if one.get("name") == "alone")
    for one in (layer, points):
        encoding = one["encoding"]
        encoding["x"] = {**encoding["x"], "axis": {**encoding["x"]["axis"], "tickCount": 4}}
        scale, axis = {"domain": [0, top]}, {**encoding["y"]["axis"], "tickCount": 2}
        encoding["y"] = {**encoding["y"], "scale": scale, "axis": axis}
    layer["mark"] = {**layer["mark"], "strokeWidth": 1.5}
    return {**chart, "layer": [layer, points]}


def _config() -> dict[str, Any]:
    axis = {
        "labelColor": LIGHT["text"],
        "gridColor": LIGHT["grid"],
        "domainColor": LIGHT["rule"],
        "tickColor": LIGHT["rule"],
        "labelFontSize": 11,
    }
    return {"font": "sans-serif", "axis": axis, "view": {"stroke": None}}


def with_rows(chart: Mapping[str, Any], data: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    """Put data into a chart; a layer named after a key of rows is there only if some row has it."""
    keys = {key for row in data for key in row}
    layers = [one for one in chart["layer"] if "name" not in one or one["name"] in keys]
    return {**chart, "data": {**chart["data"], "values": list(data)}, "layer": layers}


def stamp(chart: Mapping[str, Any]) -> str:
    """Name a chart by what is in it and by what draws it."""
    text = json.dumps([VERSION, DARK, _UNSEEN, chart], sort_keys=True)
    return hashlib.sha256(text.encode()).hexdigest()


def is_drawn(svg: str, chart: Mapping[str, Any]) -> bool:
    """Tell whether a picture is of this chart."""
    found = _STAMP.search(svg)
    return found is not None and found[1] == stamp(chart)


def draw(chart: Mapping[str, Any]) -> str:
    """Draw a chart as SVG that follows the reader's choice of light or dark.

    Parameters
    ----------
    chart : mapping
        Vega-Lite with data.

    Returns
    -------
    str
        SVG as `lighter` leaves it; a comment holds the `stamp`.
    """
    import vl_convert

    svg = vl_convert.vegalite_to_svg(dict(chart), vl_version=VERSION)
    svg = lighter(svg)
    pairs = [(LIGHT[name], DARK[name]) for name in LIGHT]
    dark = "".join(
        f'[{kind}="{light}"]{{{kind}:{other}}}'
        for light, other in pairs
        for kind in ("fill", "stroke")
    )
    style = f"<style>@media (prefers-color-scheme:dark){{{dark}}}</style><!-- {stamp(chart)} -->"
    head, rest = svg.split(">", 1)
    return f"{head}>{style}{rest}\n"


_UNSEEN = (  # what a picture does not need, in order
    r' (?:role|aria-[a-z]+|class|pointer-events)="[^"]*"',  # the page says what it shows
    r' (?:opacity="1"|stroke-width="1"|font-family="sans-serif"|xmlns:xlink="[^"]*")',
    r'<path d="" display="none"/>',
    r'<path d="M0,0h0v0h0Z"/>',
    r'<path d="M0,0h[0-9.]+v[0-9.]+h-[0-9.]+Z"/>',  # a frame without a colour
    r'<(text|line)(?=[^>]*opacity="0")[^>]*(?:/>|>[^<]*</\1>)',
)


def lighter(svg: str) -> str:
    """Leave out of a drawing what nobody sees, and digits finer than a tenth of a pixel.

    Examples
    --------
    >>> lighter('<g class="mark"><path d="M0,1.23456L2.5,3"/><text opacity="0">7</text></g>')
    '<g><path d="M0,1.2L2.5,3"/></g>'
    """
    svg = re.sub(r"\d+\.\d{2,}", lambda found: f"{float(found[0]):.1f}".removesuffix(".0"), svg)
    for unseen in _UNSEEN:
        svg = re.sub(unseen, "", svg)
    before = ""
    while before != svg:
        before, svg = svg, re.sub(r"<g(?: [^>]*)?></g>", "", svg)
    return svg.replace("<svg ", '<svg font-family="sans-serif" ', 1)


@cache
def runtime() -> str:
    """Return the JavaScript that draws charts in a browser: Vega, Vega-Lite and Vega-Embed."""
    import vl_convert

    found = vl_convert.javascript_bundle(vl_version=VERSION)  # type: ignore[call-arg]
    return str(found)


def has_line(one: MonthlySeries) -> bool:
    """Tell whether there are two months to draw a line through; a single value is a sentence."""
    return int((one.state != HOLE).sum()) > 1
