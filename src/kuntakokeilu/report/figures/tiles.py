"""The map of areas without outlines: a tile for each municipality, all of one size."""

from __future__ import annotations

import pandas as pd

from kuntakokeilu.report.figures import canvas
from kuntakokeilu.report.words.language import Language

_LABELS, _STEP, _TILE = 2.3, 0.165, 0.13  # inches: labels, from tile to tile, a tile
_BESIDE = int((canvas.WIDTH - _LABELS - canvas.MARGIN) / _STEP)  # tiles in a row


def tile_map(
    data: pd.DataFrame, texts: tuple[str, str, str], looks: dict[str, dict], language: Language
) -> canvas.Drawing:
    """Draw a row of tiles for each trial area, and blocks of tiles for the others.

    Parameters
    ----------
    data : DataFrame
        As `area_map_data` returns it without outlines.
    texts : tuple of str
        Title, the lines under it, and the note of the page.
    looks : dict
        Arm to the look of its tiles.
    language : Language
        Of every text.

    Returns
    -------
    Drawing
        As high as the tiles need.
    """
    groups = [
        (canvas.wrapped(f"{number} {rows['area'].iloc[0]} ({len(rows)})", _LABELS - 0.2), rows)
        for number, rows in data.dropna(subset="number").groupby("number")
    ]
    for arm in ("control", "neither"):
        rows = data[data["arm"] == arm]
        if len(rows):
            key = "control.municipality" if arm == "control" else arm
            text = language.say(
                "figure.area_map.count", arm=language.say(f"figure.arm.{key}"), n=len(rows)
            )
            groups.append((canvas.wrapped(text, _LABELS - 0.2), rows))
    heights = [_height(len(lines), len(rows)) for lines, rows in groups]
    figure, bottom = canvas.sheet(*texts, sum(heights) + 0.1)
    axes = canvas.panel(figure, 0, bottom, canvas.WIDTH, sum(heights))
    axes.set(xlim=(0, canvas.WIDTH), ylim=(0, sum(heights)))
    axes.axis("off")
    top = sum(heights)
    for (lines, rows), high in zip(groups, heights, strict=True):
        style = {"va": "top", "linespacing": 1.15}
        canvas.write(figure, canvas.MARGIN, bottom + top, "\n".join(lines), **style)
        _tiles(axes, top, len(rows), looks[rows["arm"].iloc[0]])
        top -= high
    return figure


def _height(lines: int, tiles: int) -> float:
    return max(_STEP * -(-tiles // _BESIDE), canvas.LINE * lines) + 0.05


def _tiles(axes: canvas.Axes, top: float, n: int, look: dict) -> None:
    from matplotlib.patches import Rectangle

    for k in range(n):
        row, column = divmod(k, _BESIDE)
        corner = (_LABELS + _STEP * column, top - _TILE - _STEP * row)
        axes.add_patch(Rectangle(corner, _TILE, _TILE, linewidth=0.5, **look))
