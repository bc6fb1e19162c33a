"""The event-study figure, and one place to import every figure from."""

from __future__ import annotations

import pandas as pd
from matplotlib import rc_context
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import MaxNLocator, MultipleLocator

from kuntakokeilu.errors import InputError
from kuntakokeilu.report import canvas, captions, words
from kuntakokeilu.report import labels as lb
from kuntakokeilu.report.canvas import html_figure, save_figure
from kuntakokeilu.report.forest import forest_alt, forest_data, forest_figure
from kuntakokeilu.report.release import Release
from kuntakokeilu.report.tables import area_rows

__all__ = [
    "event_studies",
    "event_study_alt",
    "event_study_data",
    "event_study_figure",
    "forest_alt",
    "forest_data",
    "forest_figure",
    "html_figure",
    "save_figure",
]

_DATA = ["study", "estimand", "outcome", "event_time", "estimate", "ci_low", "ci_high", "p_value"]
_FAILED_COLOUR = canvas.COLOURS["robustness"]


def event_studies(release: Release) -> list[str]:
    """Name the estimands that have event-time rows, in order."""
    rows = release.estimates[release.estimates["term"] == "event_time"]
    return list(rows["estimand"].unique())


def event_study_data(release: Release, estimand: str) -> pd.DataFrame:
    """Return what an event-study figure draws: shown bins and the reference bin.

    An event study that cannot be estimated is one row without a bin and without a number.

    Parameters
    ----------
    release : Release
        A released study.
    estimand : str
        An estimand with event-time rows.

    Returns
    -------
    DataFrame
        One row per drawn bin, sorted; `reference` marks the bin that is zero by definition;
        `note` says why there is no number.
    """
    rows = _series(release, estimand)
    note = words.unestimated(rows)
    if note:
        empty = rows.iloc[:1].assign(event_time=pd.array([None], "Int64"))
        empty = empty[[*_DATA, "unit", "status"]].assign(reference=False, note=note)
        return empty.reset_index(drop=True)
    shown = rows[[words.is_shown(row) for _, row in rows.iterrows()]]
    data = shown[[*_DATA, "unit", "status"]].assign(reference=False, note="")
    if len(data):
        same = {name: rows[name].iloc[0] for name in ("study", "estimand", "outcome", "unit")}
        zero = {"event_time": -1, "estimate": 0.0, "status": "ok"}
        zero |= {"reference": True, "note": ""}
        data = pd.concat([data, pd.DataFrame([{**same, **zero}]).astype({"event_time": "Int64"})])
    return data.sort_values("event_time", ignore_index=True)


def event_study_figure(release: Release, estimand: str) -> Figure:
    """Draw the bins of event time with pointwise 95 % intervals clustered by area.

    Parameters
    ----------
    release : Release
        A released study.
    estimand : str
        An estimand with event-time rows.

    Returns
    -------
    Figure
        With the start as a vertical line and the reference bin as a hollow marker at zero; an
        event study without any number is a low page that says why.
    """
    rows, data = _series(release, estimand), event_study_data(release, estimand)
    study, first = release.study, rows.iloc[0]
    outcome = study["outcomes"][first["outcome"]]
    failed = bool(data["status"].eq("failed_diagnostic").any())
    drawn = data["event_time"].notna().any()
    note = captions.event_study_note(study, canvas.hidden(rows), failed) if drawn else ""
    foot = canvas.wrapped(note, canvas.WIDTH - 0.2, 7)
    bottom = 0.6 + 0.14 * len(foot)
    height = bottom + 3.3 if drawn else 1.7
    with rc_context(canvas.STYLE):
        figure = canvas.page(height)
        title = canvas.wrapped(outcome["label_en"], canvas.WIDTH - 0.2, 9, "bold")[0]
        canvas.write(figure, 0.1, height - 0.22, title, weight="bold", size=9)
        canvas.write(figure, 0.1, height - 0.4, captions.event_study_title(first, study))
        canvas.write(figure, 0.1, 0.08, "\n".join(foot), size=7, color=canvas.GREY, va="bottom")
        if not drawn:
            return canvas.nothing(figure, f"{lb.sentence_case(captions.nothing_said(data))}.")
        axes = canvas.panel(figure, 0.75, bottom, canvas.WIDTH - 0.9, height - bottom - 0.7)
        _draw(axes, data)
        _mark_start(axes, captions.start_mark(study, first))
        axes.set_xlabel(captions.axis_label(study, estimand))
        axes.set_ylabel(captions.difference_label(outcome))
        axes.xaxis.set_major_locator(_ticks(data, lb.bin_label(study, estimand)))
    return figure


def event_study_alt(release: Release, estimand: str) -> str:
    """Describe the event-study figure in words, with its key numbers."""
    return captions.event_study_alt(event_study_data(release, estimand), release.study, estimand)


def _series(release: Release, estimand: str) -> pd.DataFrame:
    rows = area_rows(release)
    mine = rows[(rows["estimand"] == estimand) & (rows["term"] == "event_time")]
    if mine.empty:
        raise InputError(f"estimates.csv: no event-time rows for the estimand {estimand}")
    return mine


def _draw(axes: Axes, data: pd.DataFrame) -> None:
    """Draw filled points for usable bins, hollow ones for failed bins and the reference."""
    failed = data["status"] == "failed_diagnostic"
    usable = data[~data["reference"] & ~failed]
    _points(axes, usable, canvas.COLOURS["main"], "o", hollow=False)
    _points(axes, data[failed], _FAILED_COLOUR, "s", hollow=True)
    _points(axes, data[data["reference"]], "black", "o", hollow=True)
    axes.axhline(0, color=canvas.GREY, linewidth=0.8, linestyle="--", zorder=1.5)
    axes.grid(axis="y", color="#E4E4E4", linewidth=0.6)
    axes.set_axisbelow(True)


def _points(axes: Axes, rows: pd.DataFrame, colour: str, marker: str, *, hollow: bool) -> None:
    x = rows["event_time"].astype(float)
    axes.vlines(x, rows["ci_low"], rows["ci_high"], color=colour, linewidth=1, alpha=0.7)
    face = "white" if hollow else colour
    style = {"linestyle": "", "markeredgecolor": colour, "markerfacecolor": face, "zorder": 3}
    axes.plot(x, rows["estimate"], marker=marker, markersize=4 if len(x) < 50 else 3, **style)


def _mark_start(axes: Axes, text: str) -> None:
    axes.axvline(-0.5, color=canvas.GREY, linewidth=0.8, zorder=0)
    where = {"xycoords": ("data", "axes fraction"), "ha": "center", "va": "bottom"}
    axes.annotate(text, (-0.5, 1.01), color=canvas.GREY, fontsize=7.5, **where)


def _ticks(data: pd.DataFrame, bins: str) -> MultipleLocator | MaxNLocator:
    """Tick whole years where the bins make it possible."""
    step = {"months": 12, "quarters": 4}.get(bins)
    span = data["event_time"].max() - data["event_time"].min()
    return MultipleLocator(step) if step and span >= 2 * step else MaxNLocator(integer=True)
