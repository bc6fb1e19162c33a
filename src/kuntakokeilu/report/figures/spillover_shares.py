"""The figure of the relative effect over how much of the others' difference is a spillover."""

from __future__ import annotations

from typing import Any

import pandas as pd

from kuntakokeilu.report.figures import canvas
from kuntakokeilu.report.figures.record import Figure, once
from kuntakokeilu.report.tables.spillover_shares import (
    has_series,
    spillover_shares,
    spillover_shares_data,
)
from kuntakokeilu.report.words import captions
from kuntakokeilu.report.words import labels as lb
from kuntakokeilu.report.words.language import Language
from kuntakokeilu.report.words.release import Release

_BESIDE, _HIGH, _HEAD, _FOOT = 2, 1.35, 0.52, 0.5  # panels in a row; inches of a panel


def spillover_shares_figure(release: Release, language: Language) -> canvas.Drawing:
    """Draw the relative effect over assumed spillover shares, a panel for each outcome.

    Parameters
    ----------
    release : Release
        A released study.
    language : Language
        Of every text.

    Returns
    -------
    Drawing
        Points with intervals clustered by area over shares from 0 to 100 per cent; hollow where
        a number failed a check.
    """
    data, study = spillover_shares_data(release), release.study
    title, under = _title(release, language)
    with canvas.style():
        if data.empty:
            return canvas.nothing(title, under, language.say("figure.nothing"))
        panels = list(data.groupby("outcome", sort=False))
        deep = _HEAD + _HIGH + _FOOT
        high = deep * -(-len(panels) // _BESIDE)
        figure, bottom = canvas.sheet(
            title, under, captions.sourced(_note(release, data, language), study, language), high
        )
        wide = (canvas.WIDTH - canvas.MARGIN) / _BESIDE
        for place, (name, rows) in enumerate(panels):
            row, column = divmod(place, _BESIDE)
            left, top = column * wide, bottom + high - row * deep
            head = canvas.wrapped(
                lb.outcome_label(str(name), study, language), wide - 0.25, 8, "bold"
            )
            style: dict[str, Any] = {"weight": "bold", "va": "top", "linespacing": 1.1}
            canvas.write(figure, left + canvas.MARGIN, top - 0.08, "\n".join(head[:2]), **style)
            where = (left + 0.7, top - _HEAD - _HIGH, wide - 0.85, _HIGH)
            axes = canvas.panel(figure, *where)
            _draw(axes, rows)
            axes.set_ylabel(lb.unit_label(rows["unit"].iloc[0], language), size=7)
            axes.set_xlabel(language.say("figure.spillover_shares.axis"), size=7)
            canvas.localise(axes.xaxis, language)
            canvas.localise(axes.yaxis, language)
    return figure


def spillover_shares_alt(release: Release, language: Language) -> str:
    """Describe the figure in words: of each outcome the effects at both ends."""
    data, study = spillover_shares_data(release), release.study
    title, under = _title(release, language)
    head = f"{title}: {under}."
    if data.empty:
        return f"{head} {language.say('figure.nothing')}"
    said = [head]
    for name, rows in data.groupby("outcome", sort=False):
        decimals = study["outcomes"][name]["decimals"]
        for _, row in rows.iloc[[0, -1] if len(rows) > 1 else [0]].iterrows():
            values = {
                "outcome": captions.in_unit(str(name), study, language),
                "share": language.number(row["spillover_share"], 0),
                "estimate": captions.estimate_text(row, decimals, language),
            }
            said.append(language.say("figure.spillover_shares.alt", **values))
    return captions.joined(*said)


def _title(release: Release, language: Language) -> tuple[str, str]:
    name = language.say("figure.spillover_shares.name")
    study = release.study
    return language.pick(study["title"]), captions.caption(study, name, language)


def _note(release: Release, data: pd.DataFrame, language: Language) -> str:
    how = lb.clustering(release.study, language)
    hidden = captions.hidden_note(spillover_shares(release), language)
    text = language.say("figure.spillover_shares.note", clusters=how)
    care = captions.care_note(spillover_shares(release), release.study, language)
    return captions.joined(care, text, captions.failed_note(data, language), hidden)


def _draw(axes: canvas.Axes, rows: pd.DataFrame) -> None:
    x, colour = rows["spillover_share"], canvas.COLOURS["main"]
    axes.plot(x, rows["estimate"], color=colour, linewidth=0.8, zorder=2)
    axes.vlines(x, rows["ci_low"], rows["ci_high"], color=colour, linewidth=1.2)
    for _, row in rows.iterrows():
        failed = row["status"] == "failed_diagnostic"
        face = "white" if failed else colour
        style: dict[str, Any] = {"markeredgecolor": colour, "markerfacecolor": face, "zorder": 3}
        axes.plot(row["spillover_share"], row["estimate"], "o", markersize=4.5, **style)
    axes.set_xlim(-6, 106)
    axes.set_xticks([0, 25, 50, 75, 100])
    axes.locator_params(axis="y", nbins=5)
    canvas.zero(axes, "y")
    axes.grid(axis="y", color=canvas.FAINT, linewidth=0.6)
    axes.set_axisbelow(True)
    axes.tick_params(labelsize=7)


SPILLOVER_SHARES = Figure(
    "spillover_shares",
    when=once(has_series),
    data=spillover_shares_data,
    draw=spillover_shares_figure,
    alt=spillover_shares_alt,
)
