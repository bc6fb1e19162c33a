"""What all figures share: style, page layout in inches, and saving.

Text in SVG files is drawn as paths (`svg.fonttype: path`): a reader's machine without the font
would otherwise substitute a wider one and labels would collide. What paths take away, text that
a screen reader can read, comes back as title and description of the file and as a CSV of the
drawn numbers. Inside pages text stays text, which is a quarter of the size: browsers have this font
or Verdana, which is as wide, or a narrower one.
"""

from __future__ import annotations

import base64
import hashlib
import math
import re
from collections.abc import Sequence
from functools import lru_cache
from html import escape
from io import BytesIO
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

import pandas as pd

from kuntakokeilu.io import write_text
from kuntakokeilu.report.words.language import Language

if TYPE_CHECKING:  # the plan of a run reads the records of figures and must not wait for matplotlib
    from contextlib import AbstractContextManager

    from matplotlib.artist import Artist
    from matplotlib.axes import Axes
    from matplotlib.axis import Axis
    from matplotlib.figure import Figure as Drawing
    from matplotlib.lines import Line2D

WIDTH = 6.7  # inches: A4 less margins of 20 mm
STYLE: Any = {  # matplotlib lists its keys as literals
    "font.family": ["DejaVu Sans"],  # comes with matplotlib, so figures are alike everywhere
    "font.size": 8,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "svg.fonttype": "path",
    "svg.hashsalt": "kuntakokeilu",
    "savefig.dpi": 200,
    "text.parse_math": False,  # a label may hold a dollar sign
}
# Okabe and Ito's palette, safe for the colour-blind; shapes differ too.
COLOURS = {
    "main": "#0072B2",
    "robustness": "#D55E00",
    "leave_one_out": "#8A5A00",
    "placebo": "#595959",
    "benchmark": "#007A5A",
}
# The same hues for areas behind lines; grey, since shapes in front tell them apart.
PALE = {"main": "#CFE3F1", "robustness": "#F5DACA"}
MARKERS = {"main": "o", "robustness": "s", "leave_one_out": "v", "placebo": "D", "benchmark": "^"}
GREY, FAINT = "#555555", "#E4E4E4"
LINE = 0.155  # inches between lines of 8 points
NOTE = 0.14  # inches between lines of 7 points
MARGIN = 0.1  # inches
FONTS = "'DejaVu Sans', Verdana, sans-serif"  # inside pages
ALT_LENGTH = 300  # ASSUME: characters of an alternative text that one listens to
_SENTENCES = re.compile(r"(?<=[.!?]) (?=[^\W\d_a-zåäö])")


def style() -> AbstractContextManager[None]:
    """Draw in the style that all figures have."""
    from matplotlib import rc_context

    return rc_context(STYLE)


def page(height: float) -> Drawing:
    """Make an empty page of A4 width."""
    from matplotlib.figure import Figure

    return Figure(figsize=(WIDTH, height))


def panel(figure: Drawing, left: float, bottom: float, width: float, height: float) -> Axes:
    """Add axes at a place given in inches."""
    w, h = figure.get_size_inches()
    return figure.add_axes((left / w, bottom / h, width / w, height / h))


def write(figure: Drawing, x: float, y: float, text: str, **style: Any) -> None:
    """Write text at a place given in inches from the lower left corner."""
    w, h = figure.get_size_inches()
    figure.text(x / w, y / h, text, **style)


def sheet(title: str, under: str, note: str, body: float) -> tuple[Drawing, float]:
    """Make a page with a bold title, lines under it and a note below.

    Parameters
    ----------
    title, under, note : str
        Each is broken into as many lines as it needs.
    body : float
        Inches between head and note.

    Returns
    -------
    tuple of Drawing and float
        The page, and the height of the body's lower edge in inches.
    """
    wide = WIDTH - 2 * MARGIN
    heads, unders = wrapped(title, wide, 9, "bold"), wrapped(under, wide) if under else []
    notes = wrapped(note, wide, 7) if note else []
    bottom = 2 * MARGIN + NOTE * len(notes)
    top = bottom + body
    lower = top + 0.08 + LINE * len(unders)
    height = lower + 0.17 * len(heads) + MARGIN
    figure = page(height)
    style = {"va": "top", "linespacing": 1.2}
    write(figure, MARGIN, height - MARGIN, "\n".join(heads), weight="bold", size=9, **style)
    write(figure, MARGIN, lower, "\n".join(unders), **style)
    write(figure, MARGIN, bottom - MARGIN, "\n".join(notes), size=7, color=GREY, **style)
    return figure, bottom


def wrapped(text: str, inches: float, points: float = 8, weight: str = "normal") -> list[str]:
    """Break text into lines that fit a width; a no-break space does not break."""
    # Words are measured, not lines: they come again, and no letter is moved nearer to a space.
    space, lines, reach = text_width(" ", points, weight), [""], 0.0
    for word in filter(None, text.split(" ")):
        wide = text_width(word, points, weight)
        if lines[-1] and reach + space + wide <= inches:
            lines[-1], reach = f"{lines[-1]} {word}", reach + space + wide
        elif lines[-1]:
            lines.append(word)
            reach = wide
        else:
            lines[-1], reach = word, wide
    return lines


@lru_cache(maxsize=10_000)
def text_width(text: str, points: float = 8, weight: str = "normal") -> float:
    """Measure text in inches, with the font of the figures."""
    from matplotlib.font_manager import FontProperties
    from matplotlib.textpath import text_to_path

    font = FontProperties(family=STYLE["font.family"], size=points, weight=weight)
    return text_to_path.get_text_width_height_descent(text, font, ismath=False)[0] / 72


def hidden(rows: pd.DataFrame) -> tuple[int, int]:
    """Count suppressed and not identified rows."""
    return int(rows["status"].eq("suppressed").sum()), int(
        rows["status"].eq("not_identified").sum()
    )


def nothing(title: str, under: str, text: str) -> Drawing:
    """Make a low page that says why there is nothing to show."""
    figure, bottom = sheet(title, under, "", 0.8)
    lines = "\n".join(wrapped(text, WIDTH - 0.4))
    write(figure, WIDTH / 2, bottom + 0.4, lines, ha="center", va="center", color=GREY)
    return figure


def handle(marker: str, colour: str, label: str, face: str | None = None) -> Line2D:
    """Make a legend's entry for a marker."""
    look: dict[str, Any] = {
        "markeredgecolor": colour,
        "markerfacecolor": face or colour,
        "markersize": 5,
    }
    return line_handle(label, linestyle="", marker=marker, **look)


def line_handle(label: str, **look: Any) -> Line2D:
    """Make a legend's entry for a line."""
    from matplotlib.lines import Line2D

    return Line2D([], [], label=label, **look)


def legend(figure: Drawing, handles: Sequence[Artist], top: float, left: float = MARGIN) -> None:
    """Place a legend in one line at a height given in inches."""
    width, height = figure.get_size_inches()
    figure.legend(
        handles=handles, loc="upper left", bbox_to_anchor=(left / width, top / height),
        ncols=max(len(handles), 1), frameon=False, borderpad=0, handletextpad=0.4,
        columnspacing=1.5, borderaxespad=0,
    )  # fmt: skip


def zero(axes: Axes, way: str) -> None:
    """Draw the dashed line of no difference: `x` upright, `y` level."""
    draw = axes.axvline if way == "x" else axes.axhline
    draw(0, color=GREY, linewidth=0.8, linestyle="--", zorder=1.5)


def localise(axis: Axis, language: Language) -> None:
    """Write an axis' numbers as the language does."""
    from matplotlib.ticker import FuncFormatter

    def text(value: float, _: int | None) -> str:
        ticks = axis.get_ticklocs()
        step = ticks[1] - ticks[0] if len(ticks) > 1 else 1.0
        exact = (d for d in range(8) if math.isclose(round(step, d), step, rel_tol=1e-6))
        return language.number(value, next(exact, 8))

    axis.set_major_formatter(FuncFormatter(text))


def tick_years(axes: Axes, years: float) -> None:
    """Tick an axis of time at whole years, at most about twelve."""
    from matplotlib.ticker import FuncFormatter, MultipleLocator

    axes.xaxis.set_major_locator(MultipleLocator(max(1, round(years / 12))))
    axes.xaxis.set_major_formatter(FuncFormatter(lambda year, _: f"{year:.0f}"))


def save_figure(figure: Drawing, path_svg: Path, path_png: Path, alt: str) -> None:
    """Save a figure as SVG and PNG, both with the alternative text, without any date.

    Parameters
    ----------
    figure : Drawing
        A figure of this module.
    path_svg, path_png : Path
        Where to.
    alt : str
        Its first sentences become <title> and <desc> of the SVG and the description of the PNG.
    """
    write_text(svg_text(figure, alt), Path(path_svg))
    Path(path_png).parent.mkdir(parents=True, exist_ok=True)
    with style():
        metadata = {"Software": None, "Description": short_alt(alt)}
        # The usual level takes half as long again, for one hundredth of the size.
        packed = {"compress_level": 3}
        figure.savefig(path_png, format="png", metadata=metadata, pil_kwargs=packed)


def short_alt(alt: str) -> str:
    """Keep the first sentences of a description, as many as one listens to; tables have the rest.

    Parameters
    ----------
    alt : str
        Sentences, the first of which names the figure.

    Returns
    -------
    str
        At most `ALT_LENGTH` characters.
    """
    kept, *others = _SENTENCES.split(alt)
    for sentence in others:
        if len(kept) + 1 + len(sentence) > ALT_LENGTH:
            break
        kept = f"{kept} {sentence}"
    return kept if len(kept) <= ALT_LENGTH else f"{kept[: ALT_LENGTH - 1].rsplit(' ', 1)[0]}…"


def svg_text(figure: Drawing, alt: str, *, letters: Literal["path", "none"] = "path") -> str:
    """Write a figure as the text of an SVG file with title and description, bytes always equal.

    Letters are paths, or with `none` text in `FONTS`.
    """
    from matplotlib import rc_context

    alt = short_alt(alt)
    buffer = BytesIO()
    with style(), rc_context({"svg.fonttype": letters}):
        figure.savefig(buffer, format="svg", metadata={"Date": None, "Creator": None})
    text = buffer.getvalue().decode("utf-8").replace("'DejaVu Sans'", FONTS)
    start = text.index("<svg")
    end = text.index(">", start)
    title = alt.partition(". ")[0].rstrip(".")
    words_in = (
        f'>\n <title id="title">{escape(title)}</title>\n <desc id="desc">{escape(alt)}</desc>'
    )
    role = ' role="img" aria-labelledby="title desc"'
    return text[:end] + role + words_in + text[end + 1 :]


def html_figure(
    figure: Drawing, alt: str, caption: str, language: Language, numbers: str = ""
) -> str:
    """Write a figure as HTML: the image inside, an alternative text of a sentence, a caption.

    Parameters
    ----------
    figure : Drawing
        A figure of this module.
    alt : str
        Its description; its name and what it says first are the alternative text.
    caption : str
        What the figure shows.
    language : Language
        Of the links.
    numbers : str
        Address of the table of its numbers. Without one the whole description unfolds below.

    Returns
    -------
    str
        On a narrow screen the image scrolls sideways instead of shrinking until nobody can read
        it; a link shows it larger still, without a script.
    """
    svg = svg_text(figure, alt, letters="none").encode("utf-8")
    name = f"figure-{hashlib.sha256(svg).hexdigest()[:10]}"
    data, short = base64.b64encode(svg).decode("ascii"), one_sentence(alt)
    image = f'<img src="data:image/svg+xml;base64,{data}" alt="{escape(short)}">'
    title = escape(short)
    scrolls = f'<div class="drawing" tabindex="0" role="region" aria-label="{title}">{image}</div>'
    links = f'<a class="larger" href="#{name}">{escape(language.say("figure.larger"))}</a>'
    if numbers:
        links += f' <a href="{escape(numbers)}">{escape(language.say("annex.numbers"))}</a>'
    told = f"<figcaption>{escape(caption)} {links}</figcaption>"
    if not numbers and alt != short:
        summary = escape(language.say("figure.in_words"))
        told += f'<details class="words"><summary>{summary}</summary><p>{escape(alt)}</p></details>'
    return f'<figure id="{name}">{scrolls}{told}</figure>'


def one_sentence(alt: str) -> str:
    """Name a figure and keep what its description says first, at most `ALT_LENGTH` characters.

    Examples
    --------
    >>> one_sentence("Trial areas. They have 118 municipalities. Espoo: 1. Oulu: 8.")
    'Trial areas – They have 118 municipalities.'
    """
    name, *said = _SENTENCES.split(alt)
    whole = f"{name.rstrip('.')} – {said[0]}" if said else name
    return short_alt(name) if len(whole) > ALT_LENGTH else whole
