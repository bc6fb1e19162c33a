"""The map of areas: who was in the trial, who is compared, who is in neither arm."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd

from kuntakokeilu.facts.topology import Outlines
from kuntakokeilu.report.figures import canvas
from kuntakokeilu.report.figures.record import Figure, once
from kuntakokeilu.report.figures.tiles import tile_map
from kuntakokeilu.report.words import captions
from kuntakokeilu.report.words.labels import area_name, sentence_case
from kuntakokeilu.report.words.language import Language
from kuntakokeilu.report.words.release import Release

ARMS = ("trial", "control", "neither", "outside")
SHADES = ("#08306B", "#2171B5", "#6BAED6", "#9ECAE1", "#4A7FA8")  # of trial areas
LOOK: dict[str, dict[str, Any]] = {
    "trial": {"facecolor": SHADES[1], "edgecolor": "white"},
    "control": {"facecolor": "#E3E3E3", "edgecolor": "white"},
    "neither": {"facecolor": "white", "edgecolor": "#9A9A9A", "hatch": "//////"},
    "outside": {"facecolor": "white", "edgecolor": "#9A9A9A"},
}
_HIGH, _LIST = 7.0, 2.45  # inches: the map, and the list of areas beside it
_SIZE = (0.17, 0.13)  # inches that a number needs


def area_map_data(release: Release, *, outlines: Outlines | None) -> pd.DataFrame:
    """Return what the map draws: each municipality with its arm, area and the area's number.

    Parameters
    ----------
    release : Release
        A released study.
    outlines : Outlines or None
        Named by the study's units; what no unit answers to is in the arm `outside`.

    Returns
    -------
    DataFrame
        One row per municipality; areas are numbered in the order of their names.
    """
    units = release.units[["unit", "name_fi", "name_sv", "name_en", "arm", "area"]]
    areas = units.loc[units["arm"] == "trial", "area"]
    numbers = {area: place for place, area in enumerate(sorted(areas.unique()), start=1)}
    data = units.assign(number=units["area"].where(units["arm"] == "trial").map(numbers))
    if outlines is not None:
        extra = sorted(set(outlines.polygons) - set(units["unit"]))
        more = pd.DataFrame({"unit": extra}, dtype=str).assign(arm="outside")
        data = pd.concat([data, more], ignore_index=True) if extra else data
        data["drawn"] = data["unit"].isin(set(outlines.polygons))
    data.insert(0, "study", release.study["study"])
    return (
        data.astype({"number": "Int64"})
        .sort_values(["number", "arm", "unit"])
        .reset_index(drop=True)
    )


def area_map_figure(
    release: Release, language: Language, *, outlines: Outlines | None
) -> canvas.Drawing:
    """Draw the trial areas on a map, or as tiles where the study names no outlines.

    Parameters
    ----------
    release : Release
        A released study of municipalities.
    language : Language
        Of every text.
    outlines : Outlines or None
        As `translated` returns them.

    Returns
    -------
    Drawing
        Trial areas are numbered, and neighbours have different shades; the shades mean nothing
        else. The projection is ETRS-TM35FIN.
    """
    study, data = release.study, _named(release, outlines, language)
    title = language.pick(study["title"])
    under = captions.caption(study, language.say("figure.area_map.name"), language)
    with canvas.style():
        if outlines is None:
            note = captions.sourced(language.say("figure.area_map.tiles"), study, language)
            return tile_map(data, (title, under, note), LOOK, language)
        names = _areas(data)
        lines = [canvas.wrapped(f"{name} ({n})", _LIST - 0.35, 7.5) for name, n in names]
        tall = 1.0 + canvas.LINE * sum(map(len, lines))
        body = max(_HIGH, tall) + 0.1
        note = language.say("figure.area_map.note")
        figure, bottom = canvas.sheet(title, under, captions.sourced(note, study, language), body)
        left = canvas.MARGIN + _LIST
        axes = canvas.panel(figure, left, bottom + 0.05, canvas.WIDTH - left - 0.1, body - 0.1)
        axes.set_aspect("equal", anchor="N")
        axes.axis("off")
        _municipalities(axes, data, outlines)
        _write_numbers(figure, axes, data, outlines)
        handles = legend_handles(data, language)
        place = (canvas.MARGIN / canvas.WIDTH, (bottom + body) / figure.get_size_inches()[1])
        figure.legend(
            handles=handles, loc="upper left", bbox_to_anchor=place, frameon=False, borderpad=0,
            borderaxespad=0, labelspacing=0.4,
        )  # fmt: skip
        at = bottom + body - 0.2 * len(handles) - 0.15
        for number, row in enumerate(lines, start=1):
            style: dict[str, Any] = {"size": 7.5, "va": "top"}
            canvas.write(figure, canvas.MARGIN + 0.2, at, str(number), ha="right", **style)
            for line in row:
                canvas.write(figure, canvas.MARGIN + 0.3, at, line, **style)
                at -= canvas.LINE
    return figure


def area_map_alt(release: Release, language: Language, *, outlines: Outlines | None) -> str:
    """Describe the map in words: how many municipalities each arm and each area has."""
    study, data = release.study, _named(release, outlines, language)
    title = language.say("figure.area_map.alt", study=language.pick(study["title"]))
    title = captions.caption(study, title, language)
    counts = [f"{sentence_case(text)}." for text in arm_texts(data, language).values()]
    named = "; ".join(f"{k} {name} ({n})" for k, (name, n) in enumerate(_areas(data), start=1))
    areas = language.say("figure.area_map.areas", n=len(_areas(data)), areas=named)
    return captions.joined(f"{title}.", *counts, areas)


def arm_texts(data: pd.DataFrame, language: Language) -> dict[str, str]:
    """Say how many municipalities each arm has, without arms that have none."""
    counts = data["arm"].value_counts()
    return {
        arm: language.say("figure.area_map.count", arm=_arm(arm, language), n=counts[arm])
        for arm in ARMS
        if counts.get(arm, 0)
    }


def legend_handles(data: pd.DataFrame, language: Language) -> list[canvas.Artist]:
    """Make the legend of the arms that are there."""
    from matplotlib.patches import Patch

    texts = arm_texts(data, language)
    return [Patch(label=text, linewidth=0.5, **LOOK[arm]) for arm, text in texts.items()]


def shades(data: pd.DataFrame, outlines: Outlines) -> dict[int, str]:
    """Choose a shade for each area's number so that neighbours differ.

    Areas with the most neighbours choose first (D. J. A. Welsh & M. B. Powell, 1967, Computer
    Journal 10: 85-86).
    """
    numbers = data.dropna(subset="number").set_index("unit")["number"]
    near: dict[int, set[int]] = {int(number): set() for number in sorted(numbers.unique())}
    for pair in outlines.borders:
        one, other = (numbers.get(unit) for unit in sorted(pair))
        if one is not None and other is not None and one != other:
            near[int(one)].add(int(other))
            near[int(other)].add(int(one))
    chosen: dict[int, int] = {}
    for area in sorted(near, key=lambda number: (-len(near[number]), number)):
        taken = {chosen[other] for other in near[area] if other in chosen}
        free = (k for k in range(len(SHADES)) if k not in taken)
        chosen[area] = next(free, area % len(SHADES))
    return {area: SHADES[k] for area, k in chosen.items()}


def _named(release: Release, outlines: Outlines | None, language: Language) -> pd.DataFrame:
    """Return what the map draws, with areas by their name; numbers are those of all languages."""
    data = area_map_data(release, outlines=outlines)
    names = {area: area_name(area, release.study, language) for area in data["area"].dropna()}
    return data.assign(area=data["area"].map(names))


def _areas(data: pd.DataFrame) -> list[tuple[str, int]]:
    """List the trial areas by number, with their counts of municipalities."""
    trial = data[data["arm"] == "trial"].groupby("number")["area"]
    return [(str(names.iloc[0]), len(names)) for _, names in trial]


def _arm(arm: str, language: Language) -> str:
    known = {"trial": "trial.municipality", "control": "control.municipality"}
    return language.say(f"figure.arm.{known.get(arm, arm)}")


def _municipalities(axes: canvas.Axes, data: pd.DataFrame, outlines: Outlines) -> None:
    """Draw outlines, one collection for each look."""
    from matplotlib.collections import PathCollection

    colour = shades(data, outlines)
    drawn = data[data["drawn"]]
    looks = drawn["number"].map(colour).fillna(drawn["arm"])
    for look, rows in drawn.groupby(looks, sort=True):
        style = LOOK.get(look, {"facecolor": look, "edgecolor": "white"})
        paths = [_path(polygon) for unit in rows["unit"] for polygon in outlines.polygons[unit]]
        axes.add_collection(PathCollection(paths, linewidth=0.3, **style))
    axes.autoscale_view()


def _path(polygon: list[np.ndarray]) -> Any:
    """Turn rings into one path; matplotlib leaves the holes empty."""
    from matplotlib.path import Path

    return Path.make_compound_path(*(Path(ring, closed=True) for ring in polygon))


def _anchor(units: pd.Series, outlines: Outlines) -> np.ndarray:
    """Find a point inside an area: its centre of mass, else that of its largest polygon."""
    rings = [polygon[0] for unit in units for polygon in outlines.polygons.get(unit, [])]
    if not rings:
        return np.array([np.nan, np.nan])
    sizes, centres = zip(*(_mass(ring) for ring in rings), strict=True)
    middle = np.average(centres, axis=0, weights=sizes)
    from matplotlib.path import Path

    inside = any(Path(ring).contains_point((middle[0], middle[1])) for ring in rings)
    return middle if inside else np.array(centres[int(np.argmax(sizes))])


def _mass(ring: np.ndarray) -> tuple[float, np.ndarray]:
    """Return area and centre of mass of a ring (shoelace formula)."""
    near = ring - ring[0]  # else large coordinates cost digits
    x, y = near.T
    cross = x[:-1] * y[1:] - x[1:] * y[:-1]
    size = cross.sum() / 2
    if size == 0:
        return 0.0, ring.mean(axis=0)
    centre = ((near[:-1] + near[1:]) * cross[:, None]).sum(axis=0) / (6 * size)
    return abs(size), centre + ring[0]


def _write_numbers(
    figure: canvas.Drawing, axes: canvas.Axes, data: pd.DataFrame, outlines: Outlines
) -> None:
    """Write each area's number in it, or beside it with a line where there is no room."""
    trial = data.dropna(subset="number")
    points = [_anchor(rows["unit"], outlines) for _, rows in trial.groupby("number")]
    figure.draw_without_rendering()  # else the scale of the axes is not known yet
    inch = axes.transData + figure.dpi_scale_trans.inverted()
    known = [k for k, point in enumerate(points) if not np.isnan(point).any()]
    wanted = inch.transform([points[k] for k in known]) if known else np.empty((0, 2))
    from matplotlib import patheffects

    halo = [patheffects.withStroke(linewidth=1.8, foreground="white")]
    size = figure.get_size_inches()
    sizes = inch.transform(_extents(trial, outlines)) - inch.transform((0, 0))
    tiny = (sizes < _SIZE).any(axis=1)[known]
    for k, at, place in zip(known, wanted, apart(wanted, _SIZE, tiny), strict=True):
        if np.hypot(*(place - at)) > 0.01:
            line: dict[str, Any] = {"color": "black", "linewidth": 0.5, "path_effects": halo}
            axes.plot(*inch.inverted().transform([at, place]).T, **line, clip_on=False)
        style: dict[str, Any] = {"ha": "center", "va": "center", "size": 7.5, "path_effects": halo}
        x, y = place / size
        figure.text(x, y, str(k + 1), zorder=5, **style)


def _extents(trial: pd.DataFrame, outlines: Outlines) -> np.ndarray:
    """Measure the largest polygon of each area: width and height in metres."""
    found = []
    for _, rows in trial.groupby("number"):
        rings = [p[0] for unit in rows["unit"] for p in outlines.polygons.get(unit, [])]
        spans = [np.ptp(ring, axis=0) for ring in rings] or [np.zeros(2)]
        found.append(max(spans, key=np.prod))
    return np.array(found)


def apart(
    points: np.ndarray, size: tuple[float, float], beside: np.ndarray | None = None
) -> list[np.ndarray]:
    """Move labels as little as needed so that no two cover each other.

    Parameters
    ----------
    points : ndarray of shape (n, 2)
        Where the labels want to be.
    size : tuple of float
        Width and height of a label.
    beside : ndarray of bool, optional
        Which labels must not stand on their point, since they would hide what they name.

    Returns
    -------
    list of ndarray
        Places; the crowded ones are on circles around the wanted point.
    """
    angles = np.linspace(0, 2 * np.pi, 16, endpoint=False)
    circle = np.column_stack([np.cos(angles), np.sin(angles)])
    # Those with the fewest near them choose first, and so stay where they are.
    crowd = [sum(_cover(a, b, size) for b in points) for a in points]
    found: dict[int, np.ndarray] = {}
    for k in map(int, np.argsort(crowd, kind="stable")):
        others = np.vstack([np.delete(points, k, axis=0), *found.values(), [[np.inf, np.inf]]])
        radii = [] if beside is not None and beside[k] else [0.0]
        for radius in [*radii, *np.arange(0.12, 1.2, 0.06)]:
            options = points[k] + radius * circle
            free = [p for p in options if not any(_cover(p, q, size) for q in found.values())]
            if free:  # the one furthest from all other points and labels
                found[k] = max(free, key=lambda p: np.abs(others - p).sum(axis=1).min())
                break
        else:
            found[k] = points[k]
    return [found[k] for k in range(len(points))]


def _cover(a: np.ndarray, b: np.ndarray, size: tuple[float, float]) -> bool:
    return bool((np.abs(a - b) < size).all())


AREA_MAP = Figure(
    "area_map",
    when=once(lambda declared: declared.study["units"] == "municipality"),
    data=area_map_data,
    draw=area_map_figure,
    alt=area_map_alt,
    inputs=("outlines",),
)
