"""The figure of what a study could have seen: effects beside the smallest detectable ones.

Outcomes have units of their own; as shares of the mean before the start they fit on one axis.
"""

from __future__ import annotations

from typing import Any

import pandas as pd

from kuntakokeilu.facts.estimators import ESTIMATORS
from kuntakokeilu.report.figures import canvas
from kuntakokeilu.report.figures.record import Figure, once
from kuntakokeilu.report.words import captions
from kuntakokeilu.report.words import labels as lb
from kuntakokeilu.report.words.declaration import Declaration
from kuntakokeilu.report.words.kept import kept
from kuntakokeilu.report.words.language import NO_BREAK, Language
from kuntakokeilu.report.words.outcomes import over_time
from kuntakokeilu.report.words.release import Release
from kuntakokeilu.report.words.rows import lead_rows
from kuntakokeilu.report.words.series import shown

_LABELS, _PLOT, _ROW, _AXIS = 2.75, 2.5, 0.36, 0.5  # inches
_LINE, _APART = 0.135, 0.12  # inches: a line of a name, and the space between names
_LOG = "log points"
_WIDEST = 200.0  # ASSUME: per cent of the mean beyond which an axis hides all other outcomes
_NUMBERS = {"estimate": "estimate", "ci_low": "ci_low", "ci_high": "ci_high",
            "detectable": "minimum_detectable_effect"}  # fmt: skip
_COLUMNS = ["study", "estimand", "outcome", "weights", "unit", "transform", *_NUMBERS,
            "baseline_mean", "status"]  # fmt: skip


@kept
def detectable_effects_data(release: Release) -> pd.DataFrame:
    """Return what the figure draws: of each outcome the estimate that leads it.

    Returns
    -------
    DataFrame
        `estimate`, its interval and `detectable`, the smallest effect found with 80 % probability
        at the 5 % level, in per cent of `baseline_mean`, which is taken as known; of a logarithm
        they are log points times a hundred. Outcomes whose mean is not positive are left out.
    """
    rows = shown(_leading(release)).dropna(subset=["minimum_detectable_effect"])
    logs = rows["unit"].eq(_LOG)
    scale = 100.0 / rows["baseline_mean"].where(~logs, 1.0)
    kept = logs | (rows["transform"].eq("none") & rows["baseline_mean"].gt(0))
    # A quotient of two released numbers has no more digits than they: more would look like a count.
    numbers = {name: (rows[column] * scale).round(3) for name, column in _NUMBERS.items()}
    return rows.assign(**numbers).loc[kept, _COLUMNS].reset_index(drop=True)


def _leading(release: Release) -> pd.DataFrame:
    rows = lead_rows(release).drop_duplicates("outcome")
    rows = rows[rows["outcome"].isin(over_time(rows["outcome"], release.study))]
    declared = release.study["estimands"]
    return rows.assign(transform=[declared[name]["transform"] for name in rows["estimand"]])


def detectable_effects_figure(release: Release, language: Language) -> canvas.Drawing:
    """Draw effects over bars from minus to plus the smallest detectable effect, all on one axis.

    Parameters
    ----------
    release : Release
        A released study.
    language : Language
        Of every text.

    Returns
    -------
    Drawing
        Outcomes in reading order, never by size; hollow where a number failed a check.
    """
    data = detectable_effects_data(release)
    title, under = _title(release, language)
    with canvas.style():
        if data.empty:
            return canvas.nothing(title, under, language.say("figure.nothing"))
        note = captions.sourced(_note(release, data, language), release.study, language)
        names = [lb.outcome_label(name, release.study, language) for name in data["outcome"]]
        lines = [canvas.wrapped(name, _LABELS - 0.2) for name in names]
        heights = [max(_ROW, _LINE * len(name) + _APART) for name in lines]
        high = sum(heights)
        figure, bottom = canvas.sheet(title, under, note, high + _AXIS + 0.05)
        axes = canvas.panel(figure, _LABELS, bottom + _AXIS, _PLOT, high)
        axes.set_ylim(high, 0)  # inches from the top of the panel
        axes.set_yticks([])
        axes.spines["left"].set_visible(False)
        upper = 0.0
        for (_, row), name, tall in zip(data.iterrows(), lines, heights, strict=True):
            middle = upper + tall / 2
            _interval(axes, row, middle)
            _words(figure, row, name, bottom + _AXIS + high - middle, language)
            upper += tall
        ends = data[["detectable", "ci_low", "ci_high"]].abs().max().max()
        widest = min(1.05 * ends, _WIDEST)
        axes.set_xlim(-widest, widest)
        axes.locator_params(axis="x", nbins=7)
        canvas.zero(axes, "x")
        canvas.localise(axes.xaxis, language)
        axes.set_xlabel(language.say("figure.detectable_effects.axis"))
    return figure


def detectable_effects_alt(release: Release, language: Language) -> str:
    """Describe the figure in words: each effect, and how small one would have been found."""
    data, study = detectable_effects_data(release), release.study
    title, under = _title(release, language)
    head = f"{title}: {under}; {language.say('figure.detectable_effects.axis')}."
    if data.empty:
        return f"{head} {language.say('figure.nothing')}"
    said = [
        language.say(
            "figure.detectable_effects.alt",
            outcome=lb.outcome_label(row["outcome"], study, language),
            estimate=captions.estimate_text(row, 1, language),
            detectable=language.number(row["detectable"], 1),
        )
        for _, row in data.iterrows()
    ]
    return captions.joined(head, *said)


def _title(release: Release, language: Language) -> tuple[str, str]:
    study, name = release.study, language.say("figure.detectable_effects.name")
    return language.pick(study["title"]), captions.caption(study, name, language)


def _note(release: Release, data: pd.DataFrame, language: Language) -> str:
    rows, how = _leading(release), lb.clustering(release.study, language)
    absent = len(shown(rows)) - len(data)
    logs = data["unit"].eq(_LOG).any()
    return captions.joined(
        captions.care_note(rows, release.study, language),
        language.say("figure.detectable_effects.note", clusters=how),
        language.say("figure.detectable_effects.log") if logs else "",
        language.say("figure.detectable_effects.absent", n=absent) if absent else "",
        captions.failed_note(data, language),
        captions.hidden_note(rows, language),
    )


def _interval(axes: canvas.Axes, row: pd.Series, at: float) -> None:
    colour = canvas.COLOURS["main"]
    face = "white" if row["status"] == "failed_diagnostic" else colour
    wide = row["detectable"]
    axes.barh(at, 2 * wide, left=-wide, height=0.22, color=canvas.FAINT, zorder=1)
    axes.hlines(at, row["ci_low"], row["ci_high"], color=colour, linewidth=1.3, zorder=2)
    style: dict[str, Any] = {"markeredgecolor": colour, "markerfacecolor": face, "zorder": 3}
    axes.plot(row["estimate"], at, "o", markersize=5, **style)


def _words(
    figure: canvas.Drawing, row: pd.Series, name: list[str], at: float, language: Language
) -> None:
    """Write the outcome to the left, the effect and the smallest detectable one to the right."""
    canvas.write(figure, canvas.MARGIN, at, "\n".join(name), va="center", linespacing=1.05)
    x, small = canvas.WIDTH - canvas.MARGIN, {"size": 7, "color": canvas.GREY}
    estimate = language.number(row["estimate"], 1, sign=True)
    detectable = language.number(row["detectable"], 1)
    said = language.say("figure.detectable_effects.number", detectable=detectable)
    canvas.write(figure, x, at + 0.015, f"{estimate}{NO_BREAK}%", va="bottom", ha="right")
    canvas.write(figure, x, at - 0.01, said, va="top", ha="right", **small)


def _is_drawn(declared: Declaration) -> bool:
    """Tell whether any outcome has an estimate that leads and can be put in per cent."""
    study = declared.study
    kept = over_time(declared.measured, study)
    return any(
        row["outcome"] in kept
        and row["role"] in ("main", "benchmark")
        and row["transform"] in ("none", "log")
        and not ESTIMATORS[row["estimator"]].series
        for row in study["estimands"].values()
    )


DETECTABLE_EFFECTS = Figure(
    "detectable_effects",
    when=once(_is_drawn),
    data=detectable_effects_data,
    draw=detectable_effects_figure,
    alt=detectable_effects_alt,
)
