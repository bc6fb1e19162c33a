"""The figure of missing cells: which share of each arm's units has no value, period by period."""

from __future__ import annotations

from typing import Any

import pandas as pd

from kuntakokeilu.report.figures import canvas
from kuntakokeilu.report.words import captions
from kuntakokeilu.report.words.labels import outcome_label
from kuntakokeilu.report.words.language import Language
from kuntakokeilu.report.words.policy_calendar import period_ends
from kuntakokeilu.report.words.release import Release

_HIGH, _GAP, _LEFT = 1.25, 0.65, 0.55  # inches: a panel, the space above it, its left edge
_LOOK: dict[str, dict[str, Any]] = {
    "trial": {"color": canvas.COLOURS["main"], "linestyle": "-"},
    "control": {"color": canvas.COLOURS["robustness"], "linestyle": "--"},
}


def missing_data(release: Release) -> pd.DataFrame:
    """Return the share of units without a value by outcome, arm and period, in percent.

    Returns
    -------
    DataFrame
        outcome, arm, period, share; only outcomes that lack a value somewhere.
    """
    rows = release.coverage.assign(missing=lambda c: c["n_units"] - c["n_known"])
    rows = rows[rows.groupby("outcome")["missing"].transform("sum") > 0]
    rows = rows.assign(share=100 * rows["missing"] / rows["n_units"])
    return rows[["outcome", "arm", "period", "share"]].reset_index(drop=True)


def missing_figure(release: Release, language: Language) -> canvas.Drawing:
    """Draw the share of units without a value, one panel for each outcome that lacks any.

    Parameters
    ----------
    release : Release
        A released study.
    language : Language
        Of every text.
    """
    data = missing_data(release)
    outcomes = list(data["outcome"].unique())
    title = language.say("missing.title")
    under = captions.caption(release.study, language.say("missing.under"), language)
    with canvas.style():
        if not outcomes:
            return canvas.nothing(title, under, language.say("missing.none"))
        body = (_HIGH + _GAP) * len(outcomes) + 0.3
        figure, bottom = canvas.sheet(
            title,
            under,
            captions.sourced(language.say("missing.note"), release.study, language),
            body,
        )
        wide = canvas.WIDTH - _LEFT - 0.15
        for place, outcome in enumerate(reversed(outcomes)):
            axes = canvas.panel(figure, _LEFT, bottom + 0.3 + place * (_HIGH + _GAP), wide, _HIGH)
            axes.set_title(outcome_label(outcome, release.study, language), loc="left", size=8)
            _draw(axes, data[data["outcome"] == outcome], language)
        handles = [
            canvas.line_handle(language.say(f"missing.{arm}"), **look)
            for arm, look in _LOOK.items()
        ]
        canvas.legend(figure, handles, bottom + body - 0.1)
    return figure


def missing_alt(release: Release, language: Language) -> str:
    """Describe the figure in words: the largest share of each arm and when it was."""
    data = missing_data(release)
    title = captions.caption(release.study, language.say("missing.title"), language)
    if data.empty:
        return f"{title}. {language.say('missing.none')}"
    said = [f"{title}."]
    for (outcome, arm), rows in data.groupby(["outcome", "arm"], sort=False):
        most = rows.loc[[rows["share"].idxmax()]].iloc[0]
        values = {
            "outcome": outcome_label(str(outcome), release.study, language),
            "arm": language.say(f"missing.{arm}"),
            "mean": language.number(rows["share"].mean(), 1),
            "most": language.number(most["share"], 1),
            "when": language.period(str(most["period"])),
        }
        said.append(language.say("missing.alt", **values))
    return captions.joined(*said)


def _draw(axes: canvas.Axes, data: pd.DataFrame, language: Language) -> None:
    frequency = data["period"].dt.freq.freqstr[0]
    for arm, look in _LOOK.items():
        rows = data[data["arm"] == arm].sort_values("period")
        x = [period_ends(str(p), str(p), frequency)[0] for p in rows["period"]]
        axes.plot(x, rows["share"], drawstyle="steps-post", linewidth=1.1, **look)
    first, last = str(data["period"].min()), str(data["period"].max())
    low, high = period_ends(first, last, frequency)
    axes.set_xlim(low, high)
    axes.set_ylim(0, max(5.0, 1.1 * data["share"].max()))
    canvas.tick_years(axes, high - low)
    axes.set_ylabel("%")
    canvas.localise(axes.yaxis, language)
    axes.grid(axis="y", color=canvas.FAINT, linewidth=0.6)
    axes.set_axisbelow(True)
