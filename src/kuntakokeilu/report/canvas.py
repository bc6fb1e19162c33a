"""What all figures share: style, page layout in inches, and saving.

Text in SVG files is drawn as paths (`svg.fonttype: path`): a reader's machine without the font
would otherwise substitute a wider one and labels would collide. What paths take away, text that
a screen reader can read, comes back as title and description of the file and as a CSV of the
drawn numbers.
"""

from __future__ import annotations

import base64
from html import escape
from io import BytesIO
from pathlib import Path
from typing import Any

import pandas as pd
from matplotlib import rc_context
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.font_manager import FontProperties
from matplotlib.textpath import text_to_path

from kuntakokeilu.io import write_text
from kuntakokeilu.report import labels as lb

WIDTH = 6.7  # inches: A4 less margins of 20 mm
STYLE: dict[str, Any] = {
    "font.family": ["DejaVu Sans"],  # comes with matplotlib, so figures are alike everywhere
    "font.size": 8,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "svg.fonttype": "path",
    "svg.hashsalt": "kuntakokeilu",
    "savefig.dpi": 200,
}
# Okabe and Ito's palette, safe for the colour-blind; shapes differ too.
COLOURS = {
    "main": "#0072B2",
    "robustness": "#D55E00",
    "leave_one_out": "#8A5A00",
    "placebo": "#595959",
    "benchmark": "#007A5A",
}
MARKERS = {"main": "o", "robustness": "s", "leave_one_out": "v", "placebo": "D", "benchmark": "^"}
GREY = "#555555"
LINE = 0.155  # inches between lines of 8 points


def page(height: float) -> Figure:
    """Make an empty page of A4 width."""
    return Figure(figsize=(WIDTH, height))


def panel(figure: Figure, left: float, bottom: float, width: float, height: float) -> Axes:
    """Add axes at a place given in inches."""
    w, h = figure.get_size_inches()
    return figure.add_axes((left / w, bottom / h, width / w, height / h))


def write(figure: Figure, x: float, y: float, text: str, **style: Any) -> None:
    """Write text at a place given in inches from the lower left corner."""
    w, h = figure.get_size_inches()
    figure.text(x / w, y / h, text, **style)


def wrapped(text: str, inches: float, points: float = 8, weight: str = "normal") -> list[str]:
    """Break text into lines that fit a width, measured with the font of the figures."""
    font = FontProperties(family=STYLE["font.family"], size=points, weight=weight)
    lines = [""]
    for word in text.split():
        longer = f"{lines[-1]} {word}".strip()
        width, _, _ = text_to_path.get_text_width_height_descent(longer, font, ismath=False)
        if width <= inches * 72 or not lines[-1]:
            lines[-1] = longer
        else:
            lines.append(word)
    return lines


def hidden(rows: pd.DataFrame) -> tuple[int, int]:
    """Count suppressed and not identified rows."""
    return int(rows["status"].eq("suppressed").sum()), int(
        rows["status"].eq("not_identified").sum()
    )


def nothing(figure: Figure, text: str = lb.NOTHING) -> Figure:
    """Say on an empty page that nothing may be shown, or why there is nothing to show."""
    lines = "\n".join(wrapped(text, WIDTH - 0.4))
    figure.text(0.5, 0.5, lines, ha="center", va="center", color=GREY)
    return figure


def save_figure(figure: Figure, path_svg: Path, path_png: Path, alt: str) -> None:
    """Save a figure as SVG and PNG, both with the alternative text, without any date.

    Parameters
    ----------
    figure : Figure
        A figure of this module.
    path_svg, path_png : Path
        Where to.
    alt : str
        Becomes <title> and <desc> of the SVG and the description of the PNG.
    """
    write_text(svg_text(figure, alt), Path(path_svg))
    Path(path_png).parent.mkdir(parents=True, exist_ok=True)
    with rc_context(STYLE):
        metadata = {"Software": None, "Description": alt}
        figure.savefig(path_png, format="png", metadata=metadata)


def svg_text(figure: Figure, alt: str) -> str:
    """Write a figure as the text of an SVG file with title and description, bytes always equal."""
    buffer = BytesIO()
    with rc_context(STYLE):
        figure.savefig(buffer, format="svg", metadata={"Date": None, "Creator": None})
    text = buffer.getvalue().decode("utf-8")
    start = text.index("<svg")
    end = text.index(">", start)
    title = alt.partition(". ")[0].rstrip(".")
    words_in = (
        f'>\n <title id="title">{escape(title)}</title>\n <desc id="desc">{escape(alt)}</desc>'
    )
    role = ' role="img" aria-labelledby="title desc"'
    return text[:end] + role + words_in + text[end + 1 :]


def html_figure(figure: Figure, alt: str, caption: str) -> str:
    """Write a figure as HTML with the image inside, its alternative text and a caption."""
    data = base64.b64encode(svg_text(figure, alt).encode("utf-8")).decode("ascii")
    image = f'<img src="data:image/svg+xml;base64,{data}" alt="{escape(alt)}">'
    return f"<figure>{image}<figcaption>{escape(caption)}</figcaption></figure>"
