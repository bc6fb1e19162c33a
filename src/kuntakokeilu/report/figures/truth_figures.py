"""Figures of estimates beside the truth of a synthetic twin, for the notebook `validation`."""

from __future__ import annotations

from typing import Any

import pandas as pd

from kuntakokeilu.report.figures import canvas
from kuntakokeilu.report.figures.event_study import (
    event_study_alt,
    event_study_data,
    event_study_figure,
)
from kuntakokeilu.report.tables.validation import (
    covered_sentence,
    main_rows,
    row_name,
    series_sentence,
)
from kuntakokeilu.report.words import captions
from kuntakokeilu.report.words import labels as lb
from kuntakokeilu.report.words.language import Language
from kuntakokeilu.report.words.release import Release

_LABELS, _PLOT, _HEAD, _AXIS = 2.75, 2.5, 0.3, 0.55  # inches, as in the forest figure
_PAD = 0.12
_ESTIMATE, _TRUTH = canvas.COLOURS["main"], canvas.COLOURS["robustness"]


def truth_forest_figure(
    release: Release, compared: pd.DataFrame, language: Language
) -> canvas.Drawing:
    """Draw the main effects with their intervals and the truth, a panel per outcome.

    Parameters
    ----------
    release : Release
        A released study on a synthetic twin.
    compared : DataFrame
        As `validation.against_truth` returns it.
    language : Language
        Of every text.
    """
    rows = _drawn(compared)
    title = language.pick(release.study["title"])
    under = captions.caption(release.study, language.say("validation.forest"), language)
    with canvas.style():
        if rows.empty:
            return canvas.nothing(title, under, language.say("figure.nothing"))
        groups = [_labelled(g, release, language) for _, g in rows.groupby("outcome", sort=False)]
        heights = [_HEAD + sum(map(_tall, group["lines"])) + _AXIS for group in groups]
        figure, bottom = canvas.sheet(
            title,
            under,
            captions.sourced(_note(release, language), release.study, language),
            sum(heights) + 0.25,
        )
        top = bottom + sum(heights)
        canvas.legend(figure, _handles(language), top + 0.2)
        for group, high in zip(groups, heights, strict=True):
            _panel(figure, top, group, release, language)
            top -= high
    return figure


def truth_forest_alt(release: Release, compared: pd.DataFrame, language: Language) -> str:
    """Describe the forest in words: how many are covered, and each estimate with its truth."""
    title = captions.caption(release.study, language.say("validation.forest"), language)
    said = [f"{title}.", covered_sentence(compared, language)]
    for _, row in _drawn(compared).iterrows():
        decimals = release.study["outcomes"][row["outcome"]]["decimals"]
        values = {
            "outcome": lb.outcome_label(row["outcome"], release.study, language),
            "specification": row_name(row, release, language),
            "estimate": captions.estimate_text(row, decimals, language),
            "truth": language.number(row["truth"], decimals, sign=True),
        }
        said.append(language.say("validation.alt", **values))
    return captions.joined(*said)


def truth_series_figure(
    release: Release, compared: pd.DataFrame, estimand: str, language: Language
) -> canvas.Drawing:
    """Draw a released series as it is published, with the truth of each bin on it.

    Parameters
    ----------
    release : Release
        A released study on a synthetic twin.
    compared : DataFrame
        As `validation.against_truth` returns it.
    estimand : str
        An estimand with event-time rows.
    language : Language
        Of every text.
    """
    figure = event_study_figure(release, estimand, language)
    drawn = event_study_data(release, estimand).dropna(subset="event_time")
    if drawn.empty:
        return figure
    mine = compared[compared["estimand"].eq(estimand) & compared["term"].eq("event_time")]
    truth = mine.drop_duplicates("event_time").dropna(subset=["event_time", "truth"])
    truth = truth.sort_values("event_time")
    axes = figure.axes[0]
    x, y = truth["event_time"].astype(float), truth["truth"]
    label = language.say("validation.truth")
    axes.plot(x, y, color=_TRUTH, marker="_", markersize=7, linewidth=1.2, zorder=4, label=label)
    axes.legend(loc="lower right", bbox_to_anchor=(1, 1), frameon=False, fontsize=7.5, borderpad=0)
    return figure


def truth_series_alt(
    release: Release, compared: pd.DataFrame, estimand: str, language: Language
) -> str:
    """Describe the series, and how many of its bins cover the truth."""
    said = event_study_alt(release, estimand, language)
    return captions.joined(series_sentence(compared, estimand, language), said)


def _drawn(compared: pd.DataFrame) -> pd.DataFrame:
    """Choose the main effects that have an interval and a truth."""
    rows = main_rows(compared)
    return rows[rows["covered"].notna()]


def _labelled(rows: pd.DataFrame, release: Release, language: Language) -> pd.DataFrame:
    names = [row_name(row, release, language) for _, row in rows.iterrows()]
    lines = [canvas.wrapped(name, _LABELS - 0.2) for name in names]
    return rows.assign(lines=pd.Series(lines, index=rows.index, dtype=object))


def _tall(lines: list[str]) -> float:
    return _PAD + canvas.LINE * max(len(lines), 2)


def _note(release: Release, language: Language) -> str:
    return language.say("validation.note", clusters=lb.clustering(release.study, language))


def _handles(language: Language) -> list[canvas.Line2D]:
    return [
        canvas.handle("o", _ESTIMATE, language.say("validation.estimate")),
        canvas.handle("D", _TRUTH, language.say("validation.truth"), face="white"),
    ]


def _panel(
    figure: canvas.Drawing, top: float, rows: pd.DataFrame, release: Release, language: Language
) -> None:
    """Draw one outcome: labels, intervals with the truth on them, numbers."""
    study, outcome = release.study, rows["outcome"].iloc[0]
    high = sum(map(_tall, rows["lines"]))
    axes = canvas.panel(figure, _LABELS, top - _HEAD - high, _PLOT, high)
    axes.set_ylim(high, 0)
    axes.set_yticks([])
    axes.spines["left"].set_visible(False)
    axes.locator_params(axis="x", nbins=5)
    canvas.zero(axes, "x")
    canvas.localise(axes.xaxis, language)
    axes.set_xlabel(lb.unit_label(rows["unit"].iloc[0], language))
    head = canvas.wrapped(lb.outcome_label(outcome, study, language), 6.5, 8, "bold")[0]
    canvas.write(figure, canvas.MARGIN, top - 0.2, head, weight="bold")
    decimals, upper = study["outcomes"][outcome]["decimals"], 0.0
    for _, row in rows.iterrows():
        tall = _tall(row["lines"])
        _interval(axes, upper + tall / 2, row)
        place = top - _HEAD - upper - tall / 2
        style: dict[str, Any] = {"va": "center", "linespacing": 1.1}
        canvas.write(figure, canvas.MARGIN, place, "\n".join(row["lines"]), **style)
        estimate, truth = (
            language.number(row[name], decimals, sign=True) for name in ("estimate", "truth")
        )
        x = canvas.WIDTH - canvas.MARGIN
        canvas.write(figure, x, place + 0.02, estimate, ha="right", color=_ESTIMATE)
        said = language.say("validation.number." + ("yes" if row["covered"] else "no"), truth=truth)
        canvas.write(figure, x, place - 0.01, said, ha="right", va="top", size=7, color=_TRUTH)
        upper += tall


def _interval(axes: canvas.Axes, place: float, row: pd.Series) -> None:
    axes.hlines(place, row["ci_low"], row["ci_high"], color=_ESTIMATE, linewidth=1.3)
    axes.plot(row["estimate"], place, "o", markersize=5, color=_ESTIMATE, zorder=3)
    style: dict[str, Any] = {"markeredgecolor": _TRUTH, "markerfacecolor": "white", "markersize": 5}
    axes.plot(row["truth"], place, "D", zorder=4, **style)
