"""A small map of who was in the trial, as SVG that a page and a PDF both take."""

from __future__ import annotations

import numpy as np
import pandas as pd

from kuntakokeilu.facts.topology import Outlines, Ring
from kuntakokeilu.report.brief.record import AreaPicture
from kuntakokeilu.report.words import labels as lb
from kuntakokeilu.report.words.language import Language
from kuntakokeilu.report.words.release import Release

HEIGHT = 400  # units of the drawing, of which whole ones are kept
_DOT = 5  # units, the radius of a municipality without outlines
_LOOKS = {
    "neither": 'fill="#ffffff" stroke="#b0b0b0" stroke-width="0.3"',
    "control": 'fill="#d9d9d9" stroke="#ffffff" stroke-width="0.4"',
    "trial": 'fill="#0b4f8a" stroke="#ffffff" stroke-width="0.4"',
}


def area_picture(
    release: Release,
    outlines: Outlines | None,
    language: Language,
    centres: pd.DataFrame | None = None,
) -> AreaPicture | None:
    """Draw the trial areas by outlines, else as dots; name them where neither knows every unit.

    Parameters
    ----------
    release : Release
        A released study.
    outlines : Outlines or None
        Named by the study's units.
    language : Language
        Of the texts.
    centres : DataFrame, optional
        Columns east and north, kilometres, by unit.

    Returns
    -------
    AreaPicture or None
        None unless units are municipalities.
    """
    if release.study["units"] != "municipality":
        return None
    units = release.units
    title = language.say("brief.map.title")
    areas = units.loc[units["arm"] == "trial", "area"].unique()
    names = [lb.area_name(area, release.study, language) for area in areas]
    names = sorted(names, key=lb.alphabetical)
    listed = language.say("brief.areas", n=len(names), names=", ".join(names))
    dotted = outlines is None and centres is not None and units["unit"].isin(centres.index).all()
    if outlines is not None:
        svg = map_svg(units, outlines)
    elif centres is not None and dotted:
        svg = dots_svg(units, centres)
    else:
        return AreaPicture(title, listed)
    arms = units["arm"].value_counts()
    said = [
        language.say(f"brief.map.{arm}", n=arms[arm]) for arm in reversed(_LOOKS) if arm in arms
    ]
    shades = lb.sentence_case("; ".join(said)) + "."
    if dotted:
        shades = f"{language.say('brief.map.dots')} {shades}"
    alt = language.say("brief.map.alt", counts=shades, areas=listed)
    return AreaPicture(title, listed, shades, alt, svg)


def dots_svg(units: pd.DataFrame, centres: pd.DataFrame) -> str:
    """Draw a dot for each municipality in the shade of its arm.

    Parameters
    ----------
    units : DataFrame
        Released units.
    centres : DataFrame
        Columns east and north, kilometres, by unit.

    Returns
    -------
    str
        An SVG element without a title.
    """
    places = units.join(centres, on="unit")
    low, high = centres.min(), centres.max()
    scale = (HEIGHT - 2 * _DOT) / (high["north"] - low["north"])
    width = int(np.ceil((high["east"] - low["east"]) * scale + 2 * _DOT))
    drawn = []
    for arm, look in _LOOKS.items():
        mine = places[places["arm"].eq(arm)]
        dots = "".join(
            f'<circle cx="{_DOT + (row.east - low["east"]) * scale:.0f}" '
            f'cy="{_DOT + (high["north"] - row.north) * scale:.0f}" r="{_DOT}"/>'
            for row in mine.itertuples()
        )
        if dots:
            drawn.append(f'<g class="{arm}" {look}>{dots}</g>')
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {HEIGHT}">'
        f"{''.join(drawn)}</svg>"
    )


def map_svg(units: pd.DataFrame, outlines: Outlines) -> str:
    """Draw outlines of municipalities in the shade of their arm.

    Parameters
    ----------
    units : DataFrame
        Released units; what has no outline is not drawn.
    outlines : Outlines
        In metres, by unit.

    Returns
    -------
    str
        An SVG element without a title; points closer than a unit of the drawing are joined.
    """
    points = [ring for polygons in outlines.polygons.values() for p in polygons for ring in p]
    low, high = (f([f(ring, axis=0) for ring in points], axis=0) for f in (np.min, np.max))
    scale = HEIGHT / (high[1] - low[1])
    width = int(np.ceil((high[0] - low[0]) * scale))
    arms = units.set_index("unit")["arm"].to_dict()
    drawn = []
    for arm, look in _LOOKS.items():
        mine = [unit for unit in sorted(outlines.polygons) if arms.get(unit, "neither") == arm]
        paths = "".join(
            _path(ring, low, scale)
            for unit in mine
            for polygon in outlines.polygons[unit]
            for ring in polygon
        )
        if paths:
            drawn.append(f'<path class="{arm}" {look} d="{paths}"/>')
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {HEIGHT}" '
        f'fill-rule="evenodd">{"".join(drawn)}</svg>'
    )


def _path(ring: Ring, low: np.ndarray, scale: float) -> str:
    """Write a ring in whole units; one too small to be seen is left out."""
    x, y = np.rint((ring - low) * scale * 2).T / 2  # half units keep borders smooth
    kept = np.r_[True, (np.diff(x) != 0) | (np.diff(y) != 0)]
    x, y = x[kept], HEIGHT - y[kept]
    if len(x) < 4:
        return ""
    steps = " ".join(f"{a:g} {b:g}" for a, b in zip(x[1:-1], y[1:-1], strict=True))
    return f"M{x[0]:g} {y[0]:g}L{steps}Z"
