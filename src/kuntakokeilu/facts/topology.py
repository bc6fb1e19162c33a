"""Outlines of municipalities from a TopoJSON file, in the plane of Finland's maps.

A TopoJSON file holds each border once, as an arc that the areas on both sides name; so which
municipalities are neighbours is exact, and need not be guessed from coordinates.
Source: M. Bostock & C. Metcalf, The TopoJSON Format Specification, version 1.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from itertools import combinations
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from kuntakokeilu.errors import InputError
from kuntakokeilu.io import read_csv

Ring = np.ndarray  # points x (east, north), metres; the last point is the first


@dataclass(frozen=True)
class Outlines:
    """The outlines of municipalities.

    Attributes
    ----------
    polygons : dict of str to list of list of Ring
        Code to polygons; a polygon is its outer ring and its holes, in metres of ETRS-TM35FIN.
    borders : set of frozenset of str
        Pairs of codes that share a border.
    """

    polygons: dict[str, list[list[Ring]]]
    borders: set[frozenset[str]]


def read_outlines(path: Path, code: str) -> Outlines:
    """Read a TopoJSON file in longitude and latitude (WGS84).

    Parameters
    ----------
    path : Path
        The file.
    code : str
        The property that holds the municipality code.

    Raises
    ------
    InputError
        The file is missing, is not TopoJSON, names an arc that is not there, or no area in it
        has the property.
    """
    path = Path(path)
    try:
        content = json.loads(path.read_text(encoding="utf-8-sig"))
    except FileNotFoundError:
        raise InputError(f"{path.name}: no such file in {path.parent.as_posix()}") from None
    except (ValueError, RecursionError):
        raise InputError(f"{path.name}: not valid JSON in UTF-8") from None
    if not isinstance(content, dict) or content.get("type") != "Topology":
        raise InputError(f"{path.name}: expected TopoJSON, whose type is Topology")
    areas = [area for area in _areas(content) if code in (area.get("properties") or {})]
    if not areas:
        raise InputError(f"{path.name}: no area with the property {code}")
    try:
        return _outlines(areas, decode_arcs(content), code)
    except (IndexError, KeyError, TypeError, ValueError):
        raise InputError(f"{path.name}: expected arcs as in TopoJSON version 1") from None


def decode_arcs(topology: Mapping[str, Any]) -> list[np.ndarray]:
    """Turn the arcs into longitudes and latitudes.

    With a `transform`, an arc is its first point and then steps, in whole numbers of a grid.

    Returns
    -------
    list of ndarray
        One array per arc: points x (longitude, latitude), degrees.
    """
    arcs = [np.array([point[:2] for point in arc], dtype=float) for arc in topology["arcs"]]
    transform = topology.get("transform")
    if not transform:
        return arcs
    scale, origin = (np.array(transform[name], dtype=float) for name in ("scale", "translate"))
    return [arc.cumsum(axis=0) * scale + origin for arc in arcs]


def tm35fin(longitude: np.ndarray, latitude: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Project to ETRS-TM35FIN (EPSG:3067): transverse Mercator, central meridian 27° E.

    Parameters
    ----------
    longitude, latitude : ndarray
        Degrees; WGS84 and ETRS89 differ by less than a metre.

    Returns
    -------
    tuple of ndarray
        East and north, metres.

    Notes
    -----
    Krüger's series in the third flattening n, to n^3 (JHS 197, appendix 2; Karney 2011, Journal
    of Geodesy 85: 475-485): exact to less than a centimetre in Finland.
    """
    flattening, scale, meridian = 1 / 298.257222101, 0.9996, np.radians(27.0)  # GRS80
    n = flattening / (2 - flattening)
    radius = 6378137.0 / (1 + n) * (1 + n**2 / 4 + n**4 / 64)
    series = (
        n / 2 - 2 * n**2 / 3 + 5 * n**3 / 16,
        13 * n**2 / 48 - 3 * n**3 / 5,
        61 * n**3 / 240,
    )
    eccentricity = np.sqrt(flattening * (2 - flattening))
    sine, away = np.sin(np.radians(latitude)), np.radians(longitude) - meridian
    conformal = np.arctanh(sine) - eccentricity * np.arctanh(eccentricity * sine)
    north = np.arctan2(np.sinh(conformal), np.cos(away))
    east = np.arctanh(np.sin(away) / np.cosh(conformal))
    x, y = east.copy(), north.copy()
    for k, factor in enumerate(series, start=1):
        x += factor * np.cos(2 * k * north) * np.sinh(2 * k * east)
        y += factor * np.sin(2 * k * north) * np.cosh(2 * k * east)
    return 500_000 + scale * radius * x, scale * radius * y


def translated(outlines: Outlines, successors: Mapping[str, str]) -> Outlines:
    """Name outlines by the units of a study, whose municipalities may be of a later year.

    Parameters
    ----------
    outlines : Outlines
        By the codes of their file.
    successors : mapping of str to str
        Code that a merger has ended by the year of the study's classification -> the code it lives
        on under, as study.json has them.

    Returns
    -------
    Outlines
        Outlines of one municipality today are one; others keep their code.
    """

    def unit(code: str) -> str:
        return successors.get(code, code)

    polygons: dict[str, list[list[Ring]]] = {}
    for code, parts in outlines.polygons.items():
        polygons.setdefault(unit(code), []).extend(parts)
    borders = {frozenset(map(unit, pair)) for pair in outlines.borders}
    return Outlines(polygons, {pair for pair in borders if len(pair) == 2})


def centres(outlines: Outlines) -> pd.DataFrame:
    """Find the centre of gravity of each municipality's area.

    Parameters
    ----------
    outlines : Outlines
        Of municipalities.

    Returns
    -------
    DataFrame
        Indexed by code: east and north, kilometres of ETRS-TM35FIN. Of several polygons, such as
        islands, each counts by its area; holes count for none.
    """
    found = {code: _centre(parts) for code, parts in outlines.polygons.items()}
    return pd.DataFrame.from_dict(found, orient="index", columns=["east", "north"]) / 1000


def read_centres(path: Path, successors: Mapping[str, str]) -> pd.DataFrame:
    """Read where municipalities lie, as `centres` gave it of outlines once.

    Parameters
    ----------
    path : Path
        config/municipality_centres.csv: code, east and north.
    successors : mapping of str to str
        As for `translated`; of municipalities that are one today the one that kept its code counts.

    Returns
    -------
    DataFrame
        Indexed by code: east and north, whole kilometres of ETRS-TM35FIN.

    Raises
    ------
    InputError
        A code occurs twice, or a number is none.
    """
    table = read_csv(path, ["code", "east", "north"])
    numbers = table[["east", "north"]].apply(pd.to_numeric, errors="coerce")
    wrong = table["code"].duplicated() | numbers.isna().any(axis=1)
    if wrong.any():
        row = wrong.idxmax()
        raise InputError(
            f"{path.as_posix()}, row {row + 2}: {table.loc[row, 'code']} "
            "is there twice or without numbers; expected code, east and north once"
        )
    units = table["code"].map(lambda code: successors.get(code, code))
    own_first = (units != table["code"]).sort_values(kind="stable").index
    found = numbers.set_index(pd.Index(units)).iloc[own_first]
    return found[~found.index.duplicated()]


def _centre(polygons: list[list[Ring]]) -> np.ndarray:
    """Add up the first moments of outer rings, less those of holes."""
    area, moments = 0.0, np.zeros(2)
    for outer, *holes in polygons:
        for sign, ring in [(1.0, outer), *((-1.0, hole) for hole in holes)]:
            size, centre = _of_ring(ring)
            area, moments = area + sign * size, moments + sign * size * centre
    return moments / area


def _of_ring(ring: Ring) -> tuple[float, np.ndarray]:
    """Give the area of a ring and its centroid, by the shoelace formula."""
    origin = ring[0]  # near it, so that no digits are lost
    x, y = (ring - origin).T
    cross = x[:-1] * y[1:] - x[1:] * y[:-1]
    twice = cross.sum()
    if twice == 0:  # a line has no area
        return 0.0, origin
    sums = [(cross * (each[:-1] + each[1:])).sum() for each in (x, y)]
    return abs(twice) / 2, origin + np.array(sums) / (3 * twice)


def _areas(topology: Mapping[str, Any]) -> Iterator[dict[str, Any]]:
    """Go through the polygons of every object of the file."""
    waiting = list((topology.get("objects") or {}).values())
    while waiting:
        area = waiting.pop(0)
        waiting = list(area.get("geometries", [])) + waiting
        if area.get("type") in ("Polygon", "MultiPolygon"):
            yield area


def _outlines(areas: list[dict[str, Any]], arcs: list[np.ndarray], code: str) -> Outlines:
    plane = [np.column_stack(tm35fin(*arc.T)) for arc in arcs]
    polygons: dict[str, list[list[Ring]]] = {}
    sides: dict[int, set[str]] = {}
    for area in areas:
        name = str(area["properties"][code])
        parts = [area["arcs"]] if area["type"] == "Polygon" else area["arcs"]
        for part in parts:
            polygons.setdefault(name, []).append([_ring(ring, plane) for ring in part])
            for arc in (arc for ring in part for arc in ring):
                sides.setdefault(_place(arc), set()).add(name)
    borders = (frozenset(pair) for names in sides.values() for pair in combinations(names, 2))
    return Outlines(polygons, set(borders))


def _ring(numbers: list[int], arcs: list[np.ndarray]) -> Ring:
    """Join arcs; each begins where the one before it ends. ~k is arc k from its end."""
    parts = [arcs[_place(k)][:: 1 if k >= 0 else -1] for k in numbers]
    return np.concatenate([parts[0], *(part[1:] for part in parts[1:])])


def _place(number: int) -> int:
    return number if number >= 0 else ~number
