"""The window chart: effects by calendar window, beside what else happened."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np
import pandas as pd

from kuntakokeilu.report.figures import canvas
from kuntakokeilu.report.figures.record import Figure
from kuntakokeilu.report.words import captions
from kuntakokeilu.report.words import labels as lb
from kuntakokeilu.report.words.kinds import Study
from kuntakokeilu.report.words.language import Language
from kuntakokeilu.report.words.policy_calendar import (
    date_text,
    events_between,
    levels,
    period_ends,
    window_marks,
)
from kuntakokeilu.report.words.release import Release
from kuntakokeilu.report.words.sentences import unestimated
from kuntakokeilu.report.words.series import series_of, series_rows, shown, with_band

_NUMBERS = ["estimate", "ci_low", "ci_high", "p_value"]
_COLUMNS = ["study", "estimand", "outcome", "window", "first", "last", *_NUMBERS]
_HIGH, _LEFT, _LEVEL = 2.3, 0.75, 0.17  # inches: the axes, their left edge, a level of marks
_WIDE = canvas.WIDTH - _LEFT - 0.25
_INDENT = 0.25  # inches from a mark to what stands beside it
Item = tuple[str, str, list[str]]  # mark, date, lines of text


def window_charts(release: Release) -> list[str]:
    """Name the estimands that have effects by calendar window, in order."""
    return series_of(release, "window")


def window_chart_data(release: Release, estimand: str, *, calendar: pd.DataFrame) -> pd.DataFrame:
    """Return what a window chart draws: the shown windows, then the numbered events.

    Parameters
    ----------
    release : Release
        A released study.
    estimand : str
        An estimand with effects by calendar window.
    calendar : DataFrame
        As `read_calendar` returns it.

    Returns
    -------
    DataFrame
        One row per window (`mark` a letter) and per event of the compared periods (`mark` a
        number), each with its first and last period or date.
    """
    rows = shown(series_rows(release, estimand, "window"))
    windows = _spanned(rows, release.study)
    windows = windows.sort_values("first")[[*_COLUMNS, "unit", "status"]]
    windows = with_band(windows, release, estimand, "window")
    windows.insert(0, "mark", windows["window"].map(window_marks(release.study)))
    windows.insert(0, "kind", "window")
    events = _events(release, estimand, calendar)
    dates = events["date"].dt.strftime("%Y-%m-%d")
    events = events.assign(kind="event", first=dates, last=dates, status=events["mark"])
    events = events.assign(mark=events["number"].astype(str), study=release.study["study"])
    texts = [name for name in events.columns if name.startswith("event_")]
    events = events[["kind", "mark", "study", "first", "last", "precision", "status", *texts]]
    parts = [frame for frame in (windows, events) if len(frame)] or [windows]
    columns = dict.fromkeys([*windows.columns, *events.columns])
    return pd.concat(parts, ignore_index=True).reindex(columns=list(columns))


def _spanned(rows: pd.DataFrame, study: Study) -> pd.DataFrame:
    """Give each window the first and last period that its estimand compares."""
    ways = zip(rows["window"], rows["estimand"], strict=True)
    ends = [lb.window_span(name, study, estimand) or ("", "") for name, estimand in ways]
    return rows.assign(first=[first for first, _ in ends], last=[last for _, last in ends])


def window_chart_figure(
    release: Release, estimand: str, language: Language, *, calendar: pd.DataFrame
) -> canvas.Drawing:
    """Draw each window's effect as a box over the calendar, and the events as numbered marks.

    Parameters
    ----------
    release : Release
        A released study.
    estimand : str
        An estimand with effects by calendar window.
    language : Language
        Of every text.
    calendar : DataFrame
        As `read_calendar` returns it.

    Returns
    -------
    Drawing
        Box: interval clustered by area; line: estimate; whisker: simultaneous band, if there is
        one. A window without a number to show has its place, and the reason, in the plot. The
        events are listed below by their numbers.
    """
    study, rows = release.study, series_rows(release, estimand, "window")
    data = window_chart_data(release, estimand, calendar=calendar)
    windows = data[data["kind"] == "window"]
    title = lb.outcome_label(rows["outcome"].iloc[0], study, language)
    under = _under(release, estimand, language)
    with canvas.style():
        if windows.empty:
            reason = unestimated(rows, language)
            text = f"{lb.sentence_case(reason)}." if reason else language.say("figure.nothing")
            return canvas.nothing(title, under, text)
        events = _events(release, estimand, calendar)
        first, last = _span(release, estimand)
        low, high = period_ends(str(first), str(last), study["frequency"])
        stacked = levels(list(events["place"]), _LEVEL * (high - low) / _WIDE)
        absent = _absent(rows, study)
        key = _window_list(windows, study, language) + _absent_list(absent, study, language)
        key, listed = sorted(key), _event_list(events, language)
        lines = [line for _, _, text in key + listed for line in text]
        below = canvas.NOTE * (len(lines) + 3) + 0.35
        strip = _LEVEL * (max(stacked, default=-1) + 1) + 0.12
        note = _note(release, rows, windows, events, language)
        figure, bottom = canvas.sheet(
            title, under, captions.sourced(note, study, language), below + _HIGH + strip
        )
        axes = canvas.panel(figure, _LEFT, bottom + below, _WIDE, _HIGH)
        axes.set_xlim(low, high)
        _boxes(axes, windows, study["frequency"])
        _empty_boxes(axes, absent, study["frequency"], language)
        _marks(axes, events, stacked)
        _calendar_axis(axes, high - low)
        unit = lb.unit_label(windows["unit"].iloc[0], language)
        axes.set_ylabel(language.say("figure.effect", unit=unit))
        canvas.localise(axes.yaxis, language)
        at = bottom + below - 0.4
        at = _list(figure, at, language.say("figure.window_chart.windows"), key)
        if listed:
            _list(figure, at - 0.08, language.say("figure.window_chart.events"), listed)
    return figure


def window_chart_alt(
    release: Release, estimand: str, language: Language, *, calendar: pd.DataFrame
) -> str:
    """Describe the window chart in words, with its numbers and how many events it marks."""
    study, rows = release.study, series_rows(release, estimand, "window")
    data = window_chart_data(release, estimand, calendar=calendar)
    windows = data[data["kind"] == "window"]
    about = {"outcome": captions.in_unit(rows["outcome"].iloc[0], study, language)}
    title = language.say("figure.window_chart.alt", **about)
    title = captions.caption(study, title, language)
    if windows.empty:
        reason = unestimated(rows, language)
        why = f"{lb.sentence_case(reason)}." if reason else language.say("figure.nothing")
        return f"{title}. {why}"
    said = [f"{text[0]}." for text in _window_texts(windows, study, language)]
    n = len(data) - len(windows)
    events = language.say("figure.window_chart.alt_events", n=n) if n else ""
    return captions.joined(f"{title}.", *said, captions.clear_text(windows, language), events)


def _span(release: Release, estimand: str) -> tuple[pd.Period, pd.Period]:
    """Return the first and last compared period."""
    declared, frequency = release.study["estimands"][estimand], release.study["frequency"]
    first, last = (
        pd.Period(declared[f"{end}_period"], freq=frequency) for end in ("first", "last")
    )
    return first, last


def _events(release: Release, estimand: str, calendar: pd.DataFrame) -> pd.DataFrame:
    return events_between(calendar, *_span(release, estimand))


def _under(release: Release, estimand: str, language: Language) -> str:
    first, study = series_rows(release, estimand, "window").iloc[0], release.study
    how = lb.weights_label(first["weights"], study, language)
    text = f"{language.say('figure.window_chart.name')}; {how}"
    return captions.caption(study, text, language)


def _note(
    release: Release,
    rows: pd.DataFrame,
    windows: pd.DataFrame,
    events: pd.DataFrame,
    language: Language,
) -> str:
    how = lb.clustering(release.study, language)
    text = [captions.care_note(rows, release.study, language)]
    text.append(language.say("figure.window_chart.note", clusters=how))
    if windows["band_low"].notna().any():
        text.append(language.say("figure.window_chart.band"))
    if events["mark"].eq("unverified").any():
        text.append(language.say("figure.window_chart.unverified_note"))
    text += [captions.failed_note(rows, language), captions.hidden_note(rows, language)]
    return captions.joined(*text)


def _window_texts(
    windows: pd.DataFrame, study: Study, language: Language
) -> Iterator[tuple[str, str]]:
    for _, row in windows.iterrows():
        decimals = study["outcomes"][row["outcome"]]["decimals"]
        label = lb.window_label(row["window"], study, language, row["estimand"])
        label = lb.sentence_case(label)
        yield f"{label}: {captions.estimate_text(row, decimals, language)}", row["mark"]


def _window_list(windows: pd.DataFrame, study: Study, language: Language) -> list[Item]:
    return [(mark, "", _lines(text, 0)) for text, mark in _window_texts(windows, study, language)]


def _absent(rows: pd.DataFrame, study: Study) -> pd.DataFrame:
    """Choose the windows whose number may not or cannot be shown."""
    rows = rows[rows["window"].notna() & rows["estimate"].isna()]
    return _spanned(rows, study).assign(mark=rows["window"].map(window_marks(study)))


def _absent_list(absent: pd.DataFrame, study: Study, language: Language) -> list[Item]:
    items = []
    for _, row in absent.iterrows():
        label = lb.window_label(row["window"], study, language, row["estimand"])
        status = lb.status_label(row["status"], language)
        items.append((row["mark"], "", _lines(f"{lb.sentence_case(label)}: {status}", 0)))
    return items


def _event_list(events: pd.DataFrame, language: Language) -> list[Item]:
    dates = [date_text(event, language) for _, event in events.iterrows()]
    wide = _date_width(dates)
    items = []
    for (_, event), date in zip(events.iterrows(), dates, strict=True):
        text = event[f"event_{language.code}"]
        if event["mark"] == "unverified":
            text = f"{text} ({language.say('figure.window_chart.unverified')})"
        items.append((str(event["number"]), date, _lines(text, wide)))
    return items


def _date_width(dates: list[str]) -> float:
    return max((canvas.text_width(date, 7) + 0.1 for date in dates if date), default=0.0)


def _lines(text: str, date: float) -> list[str]:
    return canvas.wrapped(text, canvas.WIDTH - 2 * canvas.MARGIN - _INDENT - date, 7)


def _boxes(axes: canvas.Axes, windows: pd.DataFrame, frequency: str) -> None:
    """Draw interval, estimate and letter of each window."""
    from matplotlib.patches import Rectangle

    for _, row in windows.iterrows():
        low, high = period_ends(row["first"], row["last"], frequency)
        failed = row["status"] == "failed_diagnostic"
        colour = canvas.COLOURS["robustness" if failed else "main"]
        if pd.notna(row["ci_low"]):
            face = "white" if failed else canvas.PALE["main"]
            style: dict[str, Any] = {
                "facecolor": face,
                "edgecolor": colour,
                "linewidth": 0.8,
                "zorder": 2,
            }
            size = (high - low, row["ci_high"] - row["ci_low"])
            axes.add_patch(Rectangle((low, row["ci_low"]), *size, **style))
        middle = (low + high) / 2
        if pd.notna(row["band_low"]):
            style = {"color": colour, "linewidth": 0.8, "zorder": 2.2}
            axes.vlines(middle, row["band_low"], row["band_high"], **style)
            ends = [row["band_low"], row["band_high"]]
            axes.plot([middle, middle], ends, "_", markersize=7, **style)
        axes.hlines(row["estimate"], low, high, color=colour, linewidth=1.8, zorder=2.5)
        face = "white" if failed else colour
        shape = canvas.MARKERS["robustness" if failed else "main"]
        style = {"markeredgecolor": colour, "markerfacecolor": face, "zorder": 3}
        axes.plot(middle, row["estimate"], shape, markersize=5, **style)
        where: dict[str, Any] = {"xycoords": ("data", "axes fraction"), "ha": "center", "va": "top"}
        axes.annotate(row["mark"], (middle, 0.985), fontsize=8, weight="bold", **where)
    drawn = windows[["ci_low", "ci_high", "band_low", "band_high", "estimate"]].to_numpy(float)
    low, high = min(np.nanmin(drawn), 0), max(np.nanmax(drawn), 0)
    axes.set_ylim(low - 0.08 * (high - low), high + 0.2 * (high - low))  # room for the letters
    axes.axhline(0, color=canvas.GREY, linewidth=0.8, linestyle="--", zorder=2.8)


def _empty_boxes(
    axes: canvas.Axes, absent: pd.DataFrame, frequency: str, language: Language
) -> None:
    """Hatch the time of each window without a number, and say upright why there is none."""
    for _, row in absent.iterrows():
        low, high = period_ends(row["first"], row["last"], frequency)
        axes.axvspan(low, high, facecolor="white", edgecolor="#BBBBBB", hatch="///", linewidth=0)
        where: dict[str, Any] = {"xycoords": ("data", "axes fraction"), "ha": "center"}
        middle = (low + high) / 2
        axes.annotate(row["mark"], (middle, 0.985), va="top", fontsize=8, weight="bold", **where)
        box: dict[str, Any] = {"boxstyle": "round,pad=0.2", "facecolor": "white", "linewidth": 0}
        text = lb.status_label(row["status"], language)
        axes.annotate(text, (middle, 0.5), va="center", rotation=90, fontsize=7, bbox=box, **where)


def _marks(axes: canvas.Axes, events: pd.DataFrame, stacked: list[int]) -> None:
    """Draw a line through the axes and a number above them for each event."""
    for (_, event), level in zip(events.iterrows(), stacked, strict=True):
        sure = event["mark"] == "verified"
        line = "-" if sure else ":"
        axes.axvline(event["place"], color="#BBBBBB", linewidth=0.7, linestyle=line, zorder=0.5)
        high = 1 + (0.1 + _LEVEL * level) / _HIGH
        where: dict[str, Any] = {
            "xycoords": ("data", "axes fraction"),
            "ha": "center",
            "va": "center",
        }
        box: dict[str, Any] = {"boxstyle": "round,pad=0.15", "facecolor": "white", "linewidth": 0.6}
        box |= {"edgecolor": canvas.GREY, "linestyle": line}
        axes.annotate(str(event["number"]), (event["place"], high), fontsize=7, bbox=box, **where)


def _calendar_axis(axes: canvas.Axes, years: float) -> None:
    """Tick the beginning of years."""
    canvas.tick_years(axes, years)


def _list(figure: canvas.Drawing, top: float, head: str, items: list[Item]) -> float:
    """Write a bold head and marked lines below it; return where they end."""
    canvas.write(figure, canvas.MARGIN, top, head, size=7, weight="bold", va="top")
    left = canvas.MARGIN + _INDENT
    wide = _date_width([date for _, date, _ in items])
    for mark, date, lines in items:
        top -= canvas.NOTE
        canvas.write(figure, canvas.MARGIN, top, mark, size=7, va="top")
        canvas.write(figure, left, top, date, size=7, va="top")
        for k, line in enumerate(lines):
            top -= canvas.NOTE if k else 0
            canvas.write(figure, left + wide, top, line, size=7, va="top")
    return top - canvas.NOTE


WINDOW_CHART = Figure(
    "window_chart",
    when=lambda declared: declared.drawn_as("window_chart"),
    data=window_chart_data,
    draw=window_chart_figure,
    alt=window_chart_alt,
    inputs=("calendar",),
)
