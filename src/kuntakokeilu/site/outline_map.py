"""The map of municipalities as paths of SVG."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from kuntakokeilu.facts.topology import Outlines, Ring

WIDTH = 520.0  # of the drawing, in its own units


@dataclass(frozen=True)
class OutlineMap:
    """A drawing of municipalities.

    Attributes
    ----------
    paths : dict of str to str
        Code to the `d` of its path.
    width, height : float
        Of the drawing.
    missing : list of str
        Codes of municipalities without an outline.
    """

    paths: dict[str, str]
    width: float
    height: float
    missing: list[str]


def outline_map(outlines: Outlines, units: Sequence[str]) -> OutlineMap:
    """Draw outlines, north up.

    Parameters
    ----------
    outlines : Outlines
        In metres of ETRS-TM35FIN.
    units : sequence of str
        Municipalities to draw.
    """
    mine = {unit: outlines.polygons[unit] for unit in units if unit in outlines.polygons}
    points = np.concatenate([ring for parts in mine.values() for rings in parts for ring in rings])
    (west, south), (east, north) = points.min(axis=0), points.max(axis=0)
    scale = WIDTH / (east - west)
    corner = np.array([west, north])

    def path(ring: Ring) -> str:
        at = np.round((ring - corner) * [scale, -scale], 1)
        keep = np.concatenate([[True], (np.diff(at, axis=0) != 0).any(axis=1)])
        return "M" + "L".join(f"{x:g} {y:g}" for x, y in at[keep][:-1]) + "Z"

    drawn = {
        unit: "".join(path(ring) for rings in parts for ring in rings if len(ring) > 3)
        for unit, parts in mine.items()
    }
    height = float((north - south) * scale)
    return OutlineMap(drawn, WIDTH, round(height, 1), [unit for unit in units if unit not in mine])


def class_of(value: float, bounds: Sequence[float]) -> int:
    """Give the class of a value: 0 below the first bound, and so on.

    Examples
    --------
    >>> [class_of(value, [5, 10]) for value in (4.9, 5, 12)]
    [0, 1, 2]
    """
    return int(np.searchsorted(bounds, value, side="right"))
