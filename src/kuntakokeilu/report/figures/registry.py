"""One place to import every figure from, and one way to save a figure in all languages."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

import pandas as pd
from matplotlib.figure import Figure

from kuntakokeilu.io import write_csv
from kuntakokeilu.report.figures.area_forest import (
    area_effects_alt,
    area_effects_data,
    area_effects_figure,
    area_forests,
)
from kuntakokeilu.report.figures.area_map import area_map_alt, area_map_data, area_map_figure
from kuntakokeilu.report.figures.canvas import html_figure, save_figure
from kuntakokeilu.report.figures.costs_by_payer import (
    costs_by_payer_alt,
    costs_by_payer_data,
    costs_by_payer_figure,
)
from kuntakokeilu.report.figures.event_study import (
    elapsed_series,
    event_studies,
    event_study_alt,
    event_study_data,
    event_study_figure,
)
from kuntakokeilu.report.figures.flow import flow_alt, flow_data, flow_figure
from kuntakokeilu.report.figures.forest import (
    forest_alt,
    forest_data,
    forest_figure,
    forest_page_alt,
    forest_page_data,
    forest_page_figure,
)
from kuntakokeilu.report.figures.love_plot import (
    love_plot_alt,
    love_plot_data,
    love_plot_figure,
    love_plots,
)
from kuntakokeilu.report.figures.raw_means import (
    raw_mean_outcomes,
    raw_means_alt,
    raw_means_data,
    raw_means_figure,
)
from kuntakokeilu.report.figures.specification_curve import (
    specification_curve_alt,
    specification_curve_data,
    specification_curve_figure,
    specification_curves,
)
from kuntakokeilu.report.figures.spillover_shares import (
    spillover_shares_alt,
    spillover_shares_data,
    spillover_shares_figure,
)
from kuntakokeilu.report.figures.window_chart import (
    window_chart_alt,
    window_chart_data,
    window_chart_figure,
    window_charts,
)
from kuntakokeilu.report.tables.planned import forest_pages
from kuntakokeilu.report.words.language import Language
from kuntakokeilu.report.words.release import Release

__all__ = [
    "DRAWINGS",
    "Drawing",
    "area_effects_alt",
    "area_effects_data",
    "area_effects_figure",
    "area_forests",
    "area_map_alt",
    "area_map_data",
    "area_map_figure",
    "costs_by_payer_alt",
    "costs_by_payer_data",
    "costs_by_payer_figure",
    "elapsed_series",
    "event_studies",
    "event_study_alt",
    "event_study_data",
    "event_study_figure",
    "flow_alt",
    "flow_data",
    "flow_figure",
    "forest_alt",
    "forest_data",
    "forest_figure",
    "forest_page_alt",
    "forest_page_data",
    "forest_page_figure",
    "forest_pages",
    "html_figure",
    "love_plot_alt",
    "love_plot_data",
    "love_plot_figure",
    "love_plots",
    "raw_mean_outcomes",
    "raw_means_alt",
    "raw_means_data",
    "raw_means_figure",
    "save_drawing",
    "save_figure",
    "specification_curve_alt",
    "specification_curve_data",
    "specification_curve_figure",
    "specification_curves",
    "spillover_shares_alt",
    "spillover_shares_data",
    "spillover_shares_figure",
    "window_chart_alt",
    "window_chart_data",
    "window_chart_figure",
    "window_charts",
]


@dataclass(frozen=True)
class Drawing:
    """The three functions of a kind of figure.

    Attributes
    ----------
    data, figure, alt : callable
        Of a release and what the figure is drawn of; `figure` and `alt` also of a language.
    """

    data: Callable[..., pd.DataFrame]
    figure: Callable[..., Figure]
    alt: Callable[..., str]


DRAWINGS = {
    "area_effects": Drawing(area_effects_data, area_effects_figure, area_effects_alt),
    "area_map": Drawing(area_map_data, area_map_figure, area_map_alt),
    "costs_by_payer": Drawing(costs_by_payer_data, costs_by_payer_figure, costs_by_payer_alt),
    "event_study": Drawing(event_study_data, event_study_figure, event_study_alt),
    "elapsed_effects": Drawing(event_study_data, event_study_figure, event_study_alt),
    "exclusion_flow": Drawing(flow_data, flow_figure, flow_alt),
    "forest": Drawing(forest_data, forest_figure, forest_alt),
    "leave_one_out": Drawing(
        partial(forest_data, leave_one_out=True),
        partial(forest_figure, leave_one_out=True),
        partial(forest_alt, leave_one_out=True),
    ),
    "forest_page": Drawing(forest_page_data, forest_page_figure, forest_page_alt),
    "love_plot": Drawing(love_plot_data, love_plot_figure, love_plot_alt),
    "raw_means": Drawing(raw_means_data, raw_means_figure, raw_means_alt),
    "specification_curve": Drawing(
        specification_curve_data, specification_curve_figure, specification_curve_alt
    ),
    "spillover_shares": Drawing(
        spillover_shares_data, spillover_shares_figure, spillover_shares_alt
    ),
    "window_chart": Drawing(window_chart_data, window_chart_figure, window_chart_alt),
}


def save_drawing(
    kind: str,
    release: Release,
    of: Iterable[Any],
    languages: Iterable[Language],
    path: Path,
    **choices: Any,
) -> None:
    """Save the data of a figure, and the figure in every language beside them.

    Parameters
    ----------
    kind : str
        A key of `DRAWINGS`.
    release : Release
        A released study.
    of : iterable
        What the figure is drawn of, as its functions take it between release and language.
    languages : iterable of Language
        One SVG and one PNG each.
    path : Path
        `<name>.csv`; the pictures are `<name>_<language>.svg` and `.png`.
    **choices
        Of the figure and its description.
    """
    drawing, of, path = DRAWINGS[kind], tuple(of), Path(path)
    stem = path.name.removesuffix(".csv")
    for language in languages:
        figure = drawing.figure(release, *of, language, **choices)
        alt = drawing.alt(release, *of, language, **choices)
        svg, png = (path.with_name(f"{stem}_{language.code}.{form}") for form in ("svg", "png"))
        save_figure(figure, svg, png, alt)
    write_csv(drawing.data(release, *of), path)
