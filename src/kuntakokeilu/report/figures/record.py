"""One record per kind of figure; its files, captions and place in a run follow."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pandas as pd

from kuntakokeilu.io import write_csv
from kuntakokeilu.report.figures import canvas
from kuntakokeilu.report.words import labels as lb
from kuntakokeilu.report.words.declaration import Declaration
from kuntakokeilu.report.words.kinds import Study
from kuntakokeilu.report.words.language import Language
from kuntakokeilu.report.words.release import Release

_FORMS = ("svg", "png")


@dataclass(frozen=True)
class Figure:
    """One kind of figure.

    Attributes
    ----------
    kind : str
        Of its files. config/labels has its name `figure.<kind>.name` and its caption
        `figure.<kind>.caption`.
    when : callable
        Names what it is drawn of in a study, by what the study declares: estimands, outcomes or
        comparisons, a figure each. An empty name is the whole study.
    data : callable
        Takes a release, what it is drawn of unless that is the whole study, and its inputs by name;
        returns the numbers drawn.
    draw, alt : callable
        Take the same, and a language before the inputs; return the drawing and its alternative
        text, the first sentence of which names it.
    inputs : tuple of str
        Names in `INPUTS` of what it needs beside the release.
    """

    kind: str
    when: Callable[[Declaration], list[str]]
    data: Callable[..., pd.DataFrame]
    draw: Callable[..., canvas.Drawing]
    alt: Callable[..., str]
    inputs: tuple[str, ...] = ()


def once(holds: Callable[[Declaration], object]) -> Callable[[Declaration], list[str]]:
    """Draw a figure of the whole study, where something holds."""
    return lambda declared: [""] if holds(declared) else []


def figure_name(kind: str, of: str) -> str:
    """Name the files of a figure."""
    return f"{kind}_{of}" if of else kind


def figure_title(kind: str, of: str, study: Study, language: Language) -> str:
    """Name a figure for readers: its kind, and what it is drawn of."""
    key = f"figure.{kind}.name"
    name = language.say(key if language.has(key) else f"{key}.{study['units']}")
    if of in study["estimands"]:
        outcome = lb.outcome_label(study["estimands"][of]["outcome"], study, language)
        return f"{name}: {outcome}; {lb.detail(of, study, language)}"
    label = lb.outcome_label if of in study["outcomes"] else lb.comparison_label
    return f"{name}: {label(of, study, language)}" if of else name


def figure_caption(kind: str, language: Language) -> str:
    """Say what a kind of figure shows, for the packed report."""
    return language.say(f"figure.{kind}.caption")


def save_drawings(
    figure: Figure,
    release: Release,
    of: str,
    languages: Iterable[Language],
    folder: Path,
    inputs: Mapping[str, Any],
) -> None:
    """Save the data of a figure, and the figure in every language.

    Parameters
    ----------
    figure : Figure
        Its kind.
    release : Release
        A released study.
    of : str
        What it is drawn of; empty for the whole study.
    languages : iterable of Language
        One SVG and one PNG each.
    folder : Path
        Where to: `<name>.csv`, `<name>_<language>.svg` and `.png`.
    inputs : mapping
        What it needs beside the release, as `read_inputs` gives it.
    """
    given, path = (release, of) if of else (release,), Path(folder) / figure_name(figure.kind, of)
    for language in languages:
        drawn = figure.draw(*given, language, **inputs)
        alt = figure.alt(*given, language, **inputs)
        svg, png = (path.with_name(f"{path.name}_{language.code}.{form}") for form in _FORMS)
        canvas.save_figure(drawn, svg, png, alt)
    write_csv(figure.data(*given, **inputs), path.with_name(f"{path.name}.csv"))
