"""Forest figures: all effects of a study, and those with one area left out at a time."""

from __future__ import annotations

from typing import Any

import pandas as pd
from matplotlib import rc_context
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D

from kuntakokeilu.report import canvas, captions, words
from kuntakokeilu.report import labels as lb
from kuntakokeilu.report.release import Release
from kuntakokeilu.report.tables import area_rows

_COLUMNS = ["study", "estimand", "outcome", "role", "term", "window", "label", "detail"]
_COLUMNS += ["estimate", "ci_low", "ci_high", "unit", "status"]
_LABELS, _PLOT = 2.75, 2.3  # inches: the column of labels, and the column of intervals
_HEAD, _AXIS, _PAD = 0.3, 0.55, 0.1  # inches: head of a panel, its axis, space between rows


def forest_data(release: Release, *, leave_one_out: bool = False) -> pd.DataFrame:
    """Return what the forest figure draws: effects and windows that may be shown, in order."""
    rows = _effects(release, leave_one_out)
    rows = rows[[words.is_shown(row) for _, row in rows.iterrows()]]
    names = [captions.forest_labels(row, release.study) for _, row in rows.iterrows()]
    rows = rows.assign(label=[n for n, _ in names], detail=[d for _, d in names])
    return rows[_COLUMNS].reset_index(drop=True)


def forest_figure(release: Release, *, leave_one_out: bool = False) -> Figure:
    """Draw effects and windows with 95 % intervals clustered by area, a panel per outcome.

    Parameters
    ----------
    release : Release
        A released study.
    leave_one_out : bool
        Draw the main effects and those with one area left out at a time, instead of all others.

    Returns
    -------
    Figure
        As high as its rows need; outcomes have panels of their own since their units differ.
    """
    data, study = forest_data(release, leave_one_out=leave_one_out), release.study
    hidden = canvas.hidden(_effects(release, leave_one_out))
    foot = _wrap_page(captions.forest_note(study, hidden), 7)
    head = _wrap_page(captions.forest_title(study, leave_one_out=leave_one_out), 8)
    groups = list(data.groupby("outcome", sort=False))
    heights = [_HEAD + sum(_heights(rows)) + _AXIS for _, rows in groups]
    above = 0.5 + canvas.LINE * len(head)
    below = 0.15 + 0.14 * len(foot)
    height = above + (sum(heights) or 1.0) + below
    with rc_context(canvas.STYLE):
        figure = canvas.page(height)
        title = canvas.wrapped(study["title"]["en"], canvas.WIDTH - 0.2, 9, "bold")[0]
        canvas.write(figure, 0.1, height - 0.22, title, weight="bold", size=9)
        canvas.write(figure, 0.1, height - 0.27, "\n".join(head), va="top")
        canvas.write(figure, 0.1, 0.08, "\n".join(foot), size=7, color=canvas.GREY, va="bottom")
        if data.empty:
            return canvas.nothing(figure)
        _legend(figure, data, height - 0.32 - canvas.LINE * len(head))
        top = height - above
        for (name, rows), high in zip(groups, heights, strict=True):
            _panel(figure, top, rows, study["outcomes"][name])
            top -= high
    return figure


def forest_alt(release: Release, *, leave_one_out: bool = False) -> str:
    """Describe the forest figure in words, with its key numbers."""
    data = forest_data(release, leave_one_out=leave_one_out)
    return captions.forest_alt(data, release.study, leave_one_out=leave_one_out)


def _effects(release: Release, leave_one_out: bool) -> pd.DataFrame:
    rows = area_rows(release)
    rows = rows[rows["term"].isin(["att", "window"])]
    without = rows["role"] == "leave_one_out"
    if not leave_one_out:
        return rows[~without]
    whole = (rows["role"] == "main") & rows["outcome"].isin(rows.loc[without, "outcome"])
    return rows[without | whole]


def _wrap_page(text: str, points: float) -> list[str]:
    return canvas.wrapped(text, canvas.WIDTH - 0.2, points)


def _wrap_labels(row: pd.Series) -> tuple[list[str], list[str]]:
    width = _LABELS - 0.2
    return canvas.wrapped(row["label"], width, 8), canvas.wrapped(row["detail"], width, 7)


def _heights(rows: pd.DataFrame) -> list[float]:
    """Give each row the inches that its labels need."""
    return [_PAD + canvas.LINE * sum(map(len, _wrap_labels(row))) for _, row in rows.iterrows()]


def _panel(figure: Figure, top: float, rows: pd.DataFrame, outcome: dict[str, Any]) -> None:
    """Draw one outcome: labels to the left, intervals in the middle, numbers to the right."""
    title = canvas.wrapped(outcome["label_en"], canvas.WIDTH - 0.2, 8, "bold")[0]
    canvas.write(figure, 0.1, top - 0.2, title, weight="bold")
    heights = _heights(rows)
    high = sum(heights)
    axes = canvas.panel(figure, _LABELS, top - _HEAD - high, _PLOT, high)
    axes.set_ylim(high, 0)  # inches from the top of the panel
    axes.axvline(0, color=canvas.GREY, linewidth=0.8, linestyle="--", zorder=0)
    axes.spines["left"].set_visible(False)
    axes.set_yticks([])
    axes.set_xlabel(outcome["unit"])
    axes.locator_params(axis="x", nbins=5)
    upper = 0.0
    for (_, row), tall in zip(rows.iterrows(), heights, strict=True):
        _interval(axes, upper + tall / 2, row)
        _labels(figure, top - _HEAD - upper - _PAD / 2, row)
        _numbers(figure, top - _HEAD - upper - tall / 2, row, outcome["decimals"])
        upper += tall


def _interval(axes: Axes, place: float, row: pd.Series) -> None:
    colour, hollow = canvas.COLOURS[row["role"]], row["status"] == "failed_diagnostic"
    axes.hlines(place, row["ci_low"], row["ci_high"], color=colour, linewidth=1.3)
    style = {"markeredgecolor": colour, "markerfacecolor": "white" if hollow else colour}
    axes.plot(row["estimate"], place, canvas.MARKERS[row["role"]], markersize=5, zorder=3, **style)


def _labels(figure: Figure, top: float, row: pd.Series) -> None:
    label, detail = _wrap_labels(row)
    style = {"va": "top", "linespacing": 1.1}
    canvas.write(figure, 0.1, top, "\n".join(label), **style)
    below = top - canvas.LINE * len(label)
    canvas.write(figure, 0.1, below, "\n".join(detail), size=7, color=canvas.GREY, **style)


def _numbers(figure: Figure, middle: float, row: pd.Series, decimals: int) -> None:
    x = canvas.WIDTH - 0.1
    estimate = lb.number(row["estimate"], decimals, sign=True)
    failed = row["status"] == "failed_diagnostic"
    known = pd.notna(row["ci_low"])
    detail = lb.interval(row["ci_low"], row["ci_high"], decimals) if known else lb.NO_INTERVAL
    text = f"{estimate}  {lb.FAILED}" if failed else estimate
    canvas.write(figure, x, middle + 0.02, text, va="bottom", ha="right")
    canvas.write(figure, x, middle - 0.01, detail, va="top", ha="right", size=7, color=canvas.GREY)


def _legend(figure: Figure, data: pd.DataFrame, top: float) -> None:
    roles = [role for role in lb.ROLES if data["role"].eq(role).any()]
    handles = [_handle(canvas.MARKERS[r], canvas.COLOURS[r], lb.ROLES[r]) for r in roles]
    if data["status"].eq("failed_diagnostic").any():
        handles.append(_handle("o", "black", lb.HOLLOW, face="white"))
    height = figure.get_size_inches()[1]
    place = (0.1 / canvas.WIDTH, top / height)
    figure.legend(
        handles=handles, loc="upper left", bbox_to_anchor=place, ncols=len(handles),
        frameon=False, borderpad=0, handletextpad=0.2, columnspacing=1.5, borderaxespad=0,
    )  # fmt: skip


def _handle(marker: str, colour: str, label: str, face: str | None = None) -> Line2D:
    style = {"markeredgecolor": colour, "markerfacecolor": face or colour, "markersize": 5}
    return Line2D([], [], linestyle="", marker=marker, label=label, **style)
