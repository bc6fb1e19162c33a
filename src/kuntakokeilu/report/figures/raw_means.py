"""The raw means of both arms over calendar time: the data before any estimate."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd

from kuntakokeilu.report.figures import canvas
from kuntakokeilu.report.figures.record import Figure
from kuntakokeilu.report.words import captions
from kuntakokeilu.report.words import labels as lb
from kuntakokeilu.report.words.kept import kept
from kuntakokeilu.report.words.kinds import Study
from kuntakokeilu.report.words.language import Language
from kuntakokeilu.report.words.outcomes import of_cohorts, over_time
from kuntakokeilu.report.words.policy_calendar import period_ends, window_marks
from kuntakokeilu.report.words.release import Release

_HIGH, _LEFT = 2.6, 0.75  # inches: the axes, and their left edge
_FEW = 8  # ASSUME: so many cohorts can each have a tick of their own
_LOOK: dict[str, dict[str, Any]] = {
    "trial": {"color": canvas.COLOURS["main"], "marker": "o", "linestyle": "-"},
    "control": {"color": canvas.COLOURS["robustness"], "marker": "s", "linestyle": "--"},
}
_SHADES = ("#EFEFEF", "#E0E0E0")


def raw_mean_outcomes(release: Release) -> list[str]:
    """Name the outcomes whose means are released and drawn, in the order of outcomes.csv."""
    found = set(release.coverage["outcome"])
    outcomes = release.study["outcomes"]
    return over_time([name for name in outcomes if name in found], release.study)


@kept
def raw_means_data(release: Release, outcome: str) -> pd.DataFrame:
    """Return what the figure draws: the mean of each arm in each period, each unit equal.

    Returns
    -------
    DataFrame
        Contract COVERAGE_RELEASED of one outcome, with the name of the study; periods as text.
    """
    rows = release.coverage[release.coverage["outcome"] == outcome]
    rows = rows.sort_values(["arm", "period"], ascending=[False, True], ignore_index=True)
    rows.insert(0, "study", release.study["study"])
    return rows.assign(period=rows["period"].astype(str))


def raw_means_figure(release: Release, outcome: str, language: Language) -> canvas.Drawing:
    """Draw the mean of trial and control arm by period, with the start and the windows.

    Parameters
    ----------
    release : Release
        A released study.
    outcome : str
        Name of the outcome.
    language : Language
        Of every text.

    Returns
    -------
    Drawing
        A gap in a line is a period without a released mean.
    """
    study, data = release.study, raw_means_data(release, outcome)
    title = lb.outcome_label(outcome, study, language)
    name = language.say(f"figure.raw_means.name.{study['units']}")
    under = captions.caption(study, name, language)
    with canvas.style():
        if data["mean"].isna().all():
            return canvas.nothing(title, under, language.say("figure.nothing"))
        note = _note(release, data, outcome, language)
        figure, bottom = canvas.sheet(
            title, under, captions.sourced(note, study, language), _HIGH + 0.75
        )
        wide = canvas.WIDTH - _LEFT - 0.25
        axes = canvas.panel(figure, _LEFT, bottom + 0.35, wide, _HIGH)
        _lines(axes, data, study)
        if of_cohorts(study, outcome):
            _cohort_axis(axes, data, study, language)
        _windows(axes, study)
        unit = lb.level_label(study["outcomes"][outcome]["unit"], language)
        axes.set_ylabel(language.say("figure.raw_means.mean", unit=unit))
        canvas.localise(axes.yaxis, language)
        if study.get("start"):
            start = language.period(study["start"])
            _start(axes, study, language.say("figure.start_in", period=start))
        handles = [_handle(arm, _arm(arm, study, language)) for arm in _LOOK]
        canvas.legend(figure, handles, bottom + _HIGH + 0.72)
    return figure


def raw_means_alt(release: Release, outcome: str, language: Language) -> str:
    """Describe the raw means in words: both arms before and after the start."""
    study, data = release.study, raw_means_data(release, outcome)
    about = {"outcome": lb.outcome_label(outcome, study, language)}
    title = captions.caption(study, language.say("figure.raw_means.alt", **about), language)
    known = data[data["mean"].notna()]
    if known.empty:
        return f"{title}. {language.say('figure.nothing')}"
    first, last = known["period"].min(), known["period"].max()
    span = {"first": language.period(first), "last": language.period(last)}
    text = [f"{title}.", language.say("figure.raw_means.alt_span", **span)]
    decimals = study["outcomes"][outcome]["decimals"]
    for arm in _LOOK:
        rows = known[known["arm"] == arm]
        if rows.empty:
            continue
        parts = {"first": rows.iloc[0], "last": rows.iloc[-1]}
        said = {f"{end}_mean": language.number(row["mean"], decimals) for end, row in parts.items()}
        said |= {end: language.period(row["period"]) for end, row in parts.items()}
        n = language.number(int(rows["n_units"].max()), 0)
        text.append(
            language.say("figure.raw_means.alt_arm", arm=_arm(arm, study, language), n=n, **said)
        )
        before = rows[rows["period"] < (study.get("start") or "")]
        after = rows[rows["period"] >= (study.get("start") or "")]
        if len(before) and len(after):
            means = {"before": before["mean"].mean(), "after": after["mean"].mean()}
            said = {side: language.number(mean, decimals) for side, mean in means.items()}
            text.append(language.say("figure.raw_means.alt_sides", **said))
    return captions.joined(*text)


def _arm(arm: str, study: Study, language: Language) -> str:
    return language.say(f"figure.arm.{arm}.{study['units']}")


def _note(release: Release, data: pd.DataFrame, outcome: str, language: Language) -> str:
    study = release.study
    text = [language.say(f"figure.raw_means.note.{study['units']}")]
    declared = [row for row in study["estimands"].values() if row["outcome"] == outcome]
    if any(row["transform"] == "log" for row in declared):
        text.append(language.say("figure.raw_means.log"))
    if of_cohorts(study, outcome):
        text.append(language.say("figure.raw_means.cohorts"))
    short = data[data["n_known"].between(1, data["n_units"] - 1)]  # a gap shows by itself
    if len(short):
        n = short.groupby("arm")["n_known"].min()
        units = data.groupby("arm")["n_units"].max()
        for arm in n.index:
            values = {"arm": _arm(arm, study, language), "known": n[arm], "n": units[arm]}
            text.append(language.say("figure.raw_means.short", **values))
    if study["windows"]:
        seen = data.loc[data["mean"].notna(), "period"]
        named = [
            f"{mark} {lb.window_label(name, study, language)}"
            for name, mark in window_marks(study).items()
            if study["windows"][name]["first"] <= seen.max()
            and study["windows"][name]["last"] >= seen.min()
        ]
        if named:
            text.append(language.say("figure.raw_means.windows", windows="; ".join(named)))
    return captions.joined(*text)


def _lines(axes: canvas.Axes, data: pd.DataFrame, study: Study) -> None:
    """Draw a line per arm, broken where a period has no mean."""
    frequency = study["frequency"]
    periods = pd.PeriodIndex(data["period"], freq=frequency)
    every = pd.period_range(periods.min(), periods.max(), freq=frequency)
    x = [period_ends(str(p), str(p), frequency)[0] for p in every]
    for arm, look in _LOOK.items():
        means = data[data["arm"] == arm].set_index("period")["mean"].reindex(every.astype(str))
        marked = _marked(means, study).tolist()
        axes.plot(x, means.to_numpy(), linewidth=1.2, markersize=3.5, markevery=marked, **look)
    low, high = period_ends(str(every[0]), str(every[-1]), frequency)
    axes.set_xlim(low - 0.01 * (high - low), high + 0.01 * (high - low))
    canvas.tick_years(axes, high - low)
    axes.grid(axis="y", color=canvas.FAINT, linewidth=0.6)
    axes.set_axisbelow(True)


def _cohort_axis(axes: canvas.Axes, data: pd.DataFrame, study: Study, language: Language) -> None:
    """Tick the few periods in which cohorts began, instead of years without a point."""
    known = sorted(set(data.loc[data["mean"].notna(), "period"]))
    if len(known) > _FEW:
        return
    places = [period_ends(p, p, study["frequency"])[0] for p in known]
    axes.set_xticks(places, [language.period(p) for p in known])
    room = 0.15 * max(places[-1] - places[0], 0.5)
    axes.set_xlim(places[0] - room, places[-1] + room)


def _marked(means: pd.Series, study: Study) -> np.ndarray:
    """Choose the places of markers: monthly ones would cover a line, but a lone mean has none."""
    regular = np.arange(len(means)) % {"M": 6, "Q": 2}.get(study["frequency"], 1) == 0
    known = means.notna()
    beside = known.shift(1, fill_value=False) | known.shift(-1, fill_value=False)
    return np.flatnonzero(regular | (known & ~beside))


def _windows(axes: canvas.Axes, study: Study) -> None:
    low, high = axes.get_ylim()
    axes.set_ylim(low - 0.06 * (high - low) * bool(study["windows"]), high)  # room for letters
    begin, end = axes.get_xlim()
    for k, (name, mark) in enumerate(window_marks(study).items()):
        span = study["windows"][name]
        low, high = period_ends(span["first"], span["last"], study["frequency"])
        low, high = max(low, begin), min(high, end)  # the data shown decide the axis
        if low >= high:
            continue
        axes.axvspan(low, high, color=_SHADES[k % 2], linewidth=0, zorder=0)
        where: dict[str, Any] = {
            "xycoords": ("data", "axes fraction"),
            "ha": "center",
            "va": "bottom",
        }
        axes.annotate(mark, ((low + high) / 2, 0.015), fontsize=8, weight="bold", **where)


def _start(axes: canvas.Axes, study: Study, text: str) -> None:
    place, _ = period_ends(study["start"], study["start"], study["frequency"])
    axes.axvline(place, color=canvas.GREY, linewidth=0.9, zorder=1)
    where: dict[str, Any] = {"xycoords": ("data", "axes fraction"), "ha": "center", "va": "bottom"}
    axes.annotate(text, (place, 1.01), color=canvas.GREY, fontsize=7.5, **where)


def _handle(arm: str, label: str) -> canvas.Line2D:
    return canvas.line_handle(label, markersize=3.5, linewidth=1.2, **_LOOK[arm])


RAW_MEANS = Figure(
    "raw_means",
    when=lambda declared: over_time(declared.measured, declared.study),
    data=raw_means_data,
    draw=raw_means_figure,
    alt=raw_means_alt,
)
