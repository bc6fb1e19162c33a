"""The figure of costs and receipts by payer, with the net total."""

from __future__ import annotations

from typing import Any

import pandas as pd

from kuntakokeilu.report.figures import canvas
from kuntakokeilu.report.figures.record import Figure, once
from kuntakokeilu.report.tables.payers import (
    adding_up_sentence,
    decimals_of_set,
    leading_set,
    payer_label,
    set_text,
)
from kuntakokeilu.report.words import captions
from kuntakokeilu.report.words import labels as lb
from kuntakokeilu.report.words.kinds import Study
from kuntakokeilu.report.words.language import Language
from kuntakokeilu.report.words.outcomes import ledger_outcomes
from kuntakokeilu.report.words.release import Release
from kuntakokeilu.report.words.series import shown

_KINDS = ("cost", "receipt", "net")
# Shape, colour and heading tell costs, receipts and the net total apart.
_LOOK = {"cost": ("o", "main"), "receipt": ("s", "robustness"), "net": ("D", "placebo")}
_LABELS, _PLOT = 2.75, 2.2  # inches: the column of names, and the column of intervals
_ROW, _HEAD, _AXIS = 0.31, 0.27, 0.6  # inches


def costs_by_payer_data(release: Release) -> pd.DataFrame:
    """Return what the figure draws: the leading set's payers and net total that may be shown.

    The order of payers is fixed; `kind` says cost, receipt or net.
    """
    rows = leading_set(release)
    return shown(rows[rows["kind"].isin(_KINDS)]).reset_index(drop=True)


def costs_by_payer_figure(release: Release, language: Language) -> canvas.Drawing:
    """Draw the effect on each payer's costs, each recipient's receipts, and the net total.

    Parameters
    ----------
    release : Release
        A released study.
    language : Language
        Of every text.

    Returns
    -------
    Drawing
        Estimates with intervals clustered by area, under the headings costs, receipts and net
        total, which has an axis of its own; hollow where a number failed a check.
    """
    data, study = costs_by_payer_data(release), release.study
    title = language.say("figure.costs_by_payer.name")
    with canvas.style():
        if data.empty:
            under = captions.caption(study, "", language).strip(" ()")
            return canvas.nothing(title, under, language.say("figure.nothing"))
        whole = leading_set(release)
        under = captions.caption(study, set_text(whole, release, language), language)
        groups = [(kind, rows) for kind in _KINDS if len(rows := data[data["kind"] == kind])]
        # The net total is a sum: on the axis of its parts it would hide their intervals.
        panels = [[g for g in groups if (g[0] == "net") == net] for net in (False, True)]
        panels = [panel for panel in panels if panel]
        high = sum(map(_tall, panels))
        figure, bottom = canvas.sheet(
            title, under, captions.sourced(_note(release, language), study, language), high
        )
        top = bottom + high - 0.05
        for panel in panels:
            _panel(figure, panel, top, data, study, language)
            top -= _tall(panel)
    return figure


def costs_by_payer_alt(release: Release, language: Language) -> str:
    """Describe the figure in words: every payer's number, and whether they add up."""
    data, study = costs_by_payer_data(release), release.study
    title = captions.caption(study, language.say("figure.costs_by_payer.name"), language)
    if data.empty:
        return f"{title}. {language.say('figure.nothing')}"
    places = decimals_of_set(data, study)
    said = [f"{title}.", f"{set_text(data, release, language)}."]
    for kind in _KINDS:
        rows = data[data["kind"] == kind]
        numbers = [
            f"{payer_label(row['column'], language)}: "
            f"{captions.estimate_text(row, places, language)}"
            for _, row in rows.iterrows()
        ]
        said += [f"{language.say(f'payer.head.{kind}')}: {'; '.join(numbers)}."] if numbers else []
    return captions.joined(*said, adding_up_sentence(leading_set(release), release, language))


def _note(release: Release, language: Language) -> str:
    rows = leading_set(release)
    rows = rows[rows["kind"].isin(_KINDS)]
    how = lb.clustering(release.study, language)
    return captions.joined(
        captions.care_note(rows, release.study, language),
        language.say("figure.costs_by_payer.note", clusters=how),
        adding_up_sentence(leading_set(release), release, language),
        captions.failed_note(rows, language),
        captions.hidden_note(rows, language),
    )


def _tall(groups: list[tuple[str, pd.DataFrame]]) -> float:
    """Inches of one panel with its axis."""
    return sum(_HEAD + _ROW * len(rows) for _, rows in groups) + _AXIS


def _panel(
    figure: canvas.Drawing,
    groups: list[tuple[str, pd.DataFrame]],
    top: float,
    data: pd.DataFrame,
    study: Study,
    language: Language,
) -> None:
    """Draw groups of rows on one axis of euros, from a height given in inches down."""
    high = _tall(groups) - _AXIS
    axes = canvas.panel(figure, _LABELS, top - high, _PLOT, high)
    axes.set_ylim(high, 0)  # inches from the top of the panel
    at, places = 0.0, decimals_of_set(data, study)
    for kind, rows in groups:
        head = language.say(f"payer.head.{kind}")
        canvas.write(figure, canvas.MARGIN, top - at - 0.17, head, weight="bold")
        at += _HEAD
        for _, row in rows.iterrows():
            _row(figure, axes, row, (at + _ROW / 2, top), places, language)
            at += _ROW
    canvas.zero(axes, "x")
    axes.spines["left"].set_visible(False)
    axes.set_yticks([])
    axes.locator_params(axis="x", nbins=5)
    canvas.localise(axes.xaxis, language)
    axes.set_xlabel(lb.unit_label(data["unit"].iloc[0], language))


def _row(
    figure: canvas.Drawing,
    axes: canvas.Axes,
    row: pd.Series,
    where: tuple[float, float],
    decimals: int,
    language: Language,
) -> None:
    """Draw a payer: name to the left, interval in the middle, number to the right.

    `where` holds the inches from the top of the panel, and those of the panel's top on the page.
    """
    at, top = where
    marker, look = _LOOK[row["kind"]]
    colour = canvas.COLOURS[look]
    face = "white" if row["status"] == "failed_diagnostic" else colour
    axes.hlines(at, row["ci_low"], row["ci_high"], color=colour, linewidth=1.3)
    style: dict[str, Any] = {"markeredgecolor": colour, "markerfacecolor": face, "zorder": 3}
    axes.plot(row["estimate"], at, marker, markersize=5, **style)
    lines = canvas.wrapped(payer_label(row["column"], language), _LABELS - 0.35)
    text = "\n".join(lines)
    canvas.write(figure, canvas.MARGIN + 0.12, top - at, text, va="center", linespacing=1.05)
    x = canvas.WIDTH - canvas.MARGIN
    estimate = language.number(row["estimate"], decimals, sign=True)
    interval = captions.interval_text(row, decimals, language)
    canvas.write(figure, x, top - at + 0.015, estimate, va="bottom", ha="right")
    grey = {"size": 7, "color": canvas.GREY}
    canvas.write(figure, x, top - at - 0.01, interval, va="top", ha="right", **grey)


COSTS_BY_PAYER = Figure(
    "costs_by_payer",
    when=once(lambda declared: ledger_outcomes(declared.study)),
    data=costs_by_payer_data,
    draw=costs_by_payer_figure,
    alt=costs_by_payer_alt,
)
