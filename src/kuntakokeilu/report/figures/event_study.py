"""Figures of a series: differences before and after the start, or by time since entry.

An event study has a bin before the start that is zero by definition. Effects by time since entry
(estimator `elapsed_effects`) are of people followed: each compares cohorts after the start with
cohorts before it, so there is neither a start on the axis nor a bin that is zero.
"""

from __future__ import annotations

from typing import Any

import pandas as pd

from kuntakokeilu.facts.estimators import ESTIMATORS
from kuntakokeilu.report.figures import canvas
from kuntakokeilu.report.figures.record import Figure
from kuntakokeilu.report.words import captions
from kuntakokeilu.report.words import labels as lb
from kuntakokeilu.report.words.kinds import Study
from kuntakokeilu.report.words.language import Language
from kuntakokeilu.report.words.policy_calendar import date_text, levels
from kuntakokeilu.report.words.release import Release
from kuntakokeilu.report.words.sentences import unestimated
from kuntakokeilu.report.words.series import (
    BAND,
    bin_start,
    series_of,
    series_rows,
    shown,
    with_band,
)

_DATA = ["study", "estimand", "outcome", "event_time", "estimate", "ci_low", "ci_high", "p_value"]
_ABOUT = ["unit", "status", "identified"]
_HIGH, _WIDE = 2.6, canvas.WIDTH - 0.9  # inches of the axes
_LEVEL, _APART = 0.13, 0.2  # inches between numbers of events, upwards and sideways
_ROW = 7 * 1.2 / 72  # inches of a line of the list of events
_STEPS = {("M", 1): 12, ("M", 3): 4, ("M", 6): 2, ("Q", 1): 4, ("Q", 2): 2}  # bins in a year


def event_studies(release: Release) -> list[str]:
    """Name the event studies, in order."""
    return [n for n in series_of(release, "event_time") if _kind(release, n) == "event_study"]


def elapsed_series(release: Release) -> list[str]:
    """Name the series of effects by time since entry, in order."""
    return [n for n in series_of(release, "event_time") if _kind(release, n) != "event_study"]


def event_study_data(
    release: Release,
    estimand: str,
    *,
    calendar: pd.DataFrame | None = None,  # its events are no part of the series
) -> pd.DataFrame:
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
        `band_low` and `band_high` are the simultaneous band, missing where there is none;
        `identified` says why there is no number.
    """
    rows = series_rows(release, estimand, "event_time")
    if rows["status"].eq("not_identified").all():
        empty = rows.iloc[:1].assign(event_time=pd.array([None], "Int64"))
        data = empty[[*_DATA, *_ABOUT]].assign(reference=False)
    else:
        data = shown(rows)[[*_DATA, *_ABOUT]].assign(reference=False)
        if len(data) and _kind(release, estimand) == "event_study":
            same = rows.iloc[0][["study", "estimand", "outcome", "unit"]].to_dict()
            base = _reference(release, estimand)
            at_base = {"event_time": base, "estimate": 0.0, "status": "ok", "identified": "ok"}
            zero = pd.DataFrame([same | at_base | {"reference": True}])
            data = pd.concat([data, zero.astype({"event_time": "Int64"})])
    data = with_band(data, release, estimand, "event_time")
    columns = [*_DATA, *BAND.values(), *_ABOUT, "reference"]
    return data.sort_values("event_time", ignore_index=True)[columns]


def event_study_figure(
    release: Release,
    estimand: str,
    language: Language,
    *,
    calendar: pd.DataFrame | None = None,
) -> canvas.Drawing:
    """Draw the bins of event time with intervals clustered by area, and the simultaneous band.

    Parameters
    ----------
    release : Release
        A released study.
    estimand : str
        An estimand with event-time rows.
    language : Language
        Of every text.
    calendar : DataFrame, optional
        As `read_calendar` returns it.

    Returns
    -------
    Drawing
        An event study has the start as a vertical line, the reference bin as a hollow marker at
        zero, calendar time below the bins, and pale numbered lines where the calendar has an
        event, listed below. A series without any number is a low page that says why.
    """
    rows, data = series_rows(release, estimand, "event_time"), event_study_data(release, estimand)
    study, first = release.study, rows.iloc[0]
    title = lb.outcome_label(first["outcome"], study, language)
    with canvas.style():
        if data["event_time"].isna().all():
            return canvas.nothing(title, _under(release, estimand, language), _why(rows, language))
        note = captions.sourced(_note(release, rows, data, language), study, language)
        events = _events(release, data, calendar)
        listed = _event_list(events, language)
        strip = _LEVEL * (events["level"].max() + 1) if len(events) else 0.0
        below = 0.65 + _ROW * len(listed)
        under = _under(release, estimand, language)
        figure, bottom = canvas.sheet(title, under, note, below + _HIGH + strip + 0.25)
        where = {"size": 7, "va": "top", "linespacing": 1.2}
        canvas.write(figure, canvas.MARGIN, bottom + below - 0.65, "\n".join(listed), **where)
        axes = canvas.panel(figure, 0.75, bottom + below, _WIDE, _HIGH)
        _draw(axes, data)
        if _kind(release, estimand) == "event_study":
            _mark_start(axes, _start(release, first, language), strip)
            _mark_events(axes, events)
        bins = lb.bin_label(study, estimand, language)
        axes.set_xlabel(language.say(f"figure.{_kind(release, estimand)}.time", bins=bins))
        unit = lb.unit_label(first["unit"], language)
        axes.set_ylabel(language.say("figure.difference", unit=unit))
        _tick(axes, release, data)
        canvas.localise(axes.xaxis, language)
        canvas.localise(axes.yaxis, language)
        if _kind(release, estimand) == "event_study":
            _date_ticks(axes, release, data, language)
    return figure


def event_study_alt(
    release: Release,
    estimand: str,
    language: Language,
    *,
    calendar: pd.DataFrame | None = None,  # as in the data
) -> str:
    """Describe the event-study figure in words, with its key numbers."""
    rows, data = series_rows(release, estimand, "event_time"), event_study_data(release, estimand)
    study, drawn, kind = release.study, data[~data["reference"]], _kind(release, estimand)
    outcome = rows["outcome"].iloc[0]
    about = {
        "outcome": captions.in_unit(outcome, study, language),
        "specification": lb.detail(estimand, study, language),
    }
    title = captions.caption(study, language.say(f"figure.{kind}.alt", **about), language)
    if drawn["event_time"].isna().all():
        return f"{title}. {_why(rows, language)}"
    ends = (language.number(int(drawn["event_time"].agg(f)), 0) for f in ("min", "max"))
    values = {"first": next(ends), "last": next(ends)}
    values["base"] = language.number(_reference(release, estimand), 0)
    bins = lb.bin_label(study, estimand, language)
    span = language.say(f"figure.{kind}.alt_span", bins=bins, **values)
    before = drawn["event_time"] < 0
    after = "after" if kind == "event_study" else "followed"
    sides = {"before": drawn[before], after: drawn[~before]}
    said = [_side(k, side, study, language) for k, side in sides.items() if len(side)]
    failed = drawn["status"].eq("failed_diagnostic").any()
    warning = language.say("figure.event_study.failed") if failed else ""
    return captions.joined(f"{title}.", span, *said, warning)


def _reference(release: Release, estimand: str) -> int:
    """Return the bin that is zero by definition."""
    return int(release.study["estimands"].get(estimand, {}).get("reference_bin", -1))


def _kind(release: Release, estimand: str) -> str:
    """Name the kind of figure that a series is drawn as."""
    return str(ESTIMATORS[release.study["estimands"][estimand]["estimator"]].figure)


def _why(rows: pd.DataFrame, language: Language) -> str:
    """Say why an event study has no number to draw."""
    reason = unestimated(rows, language)
    return f"{lb.sentence_case(reason)}." if reason else language.say("figure.nothing")


def _under(release: Release, estimand: str, language: Language) -> str:
    name = language.say(f"figure.{_kind(release, estimand)}.name")
    what = lb.detail(estimand, release.study, language)
    return captions.caption(release.study, f"{name}: {what}", language)


def _start(release: Release, row: pd.Series, language: Language) -> str:
    start = release.study.get("start")
    if not start or row["role"] == "placebo":
        return language.say("figure.start")
    return language.say("figure.start_in", period=language.period(start))


def _note(release: Release, rows: pd.DataFrame, data: pd.DataFrame, language: Language) -> str:
    band = language.say("figure.event_study.band") if data["band_low"].notna().any() else ""
    how = lb.clustering(release.study, language)
    kind = _kind(release, rows["estimand"].iloc[0])
    text = language.say(f"figure.{kind}.note", clusters=how)
    failed = captions.failed_note(rows, language)
    care = captions.care_note(rows, release.study, language)
    early = early_signs(data) if kind == "event_study" else 0
    warning = language.say("figure.event_study.early", n=early) if early else ""
    return captions.joined(warning, care, text, band, failed, captions.hidden_note(rows, language))


def _side(side: str, rows: pd.DataFrame, study: Study, language: Language) -> str:
    """Describe the bins on one side of the start."""
    decimals = study["outcomes"][rows["outcome"].iloc[0]]["decimals"]
    ends = (language.number(rows["estimate"].agg(f), decimals, sign=True) for f in ("min", "max"))
    text = language.say(f"figure.event_study.{side}", low=next(ends), high=next(ends))
    text = captions.joined(text, captions.clear_text(rows, language))
    bands = rows[rows["band_low"].notna()]
    if len(bands):
        clear = int(((bands["band_low"] > 0) | (bands["band_high"] < 0)).sum())
        said = language.say("figure.event_study.band_clear", clear=clear, n=len(bands))
        text = captions.joined(text, said)
    if side == "before":
        return text
    last = captions.estimate_text(rows.iloc[-1], decimals, language)
    return captions.joined(text, language.say("figure.event_study.last", estimate=last))


def _draw(axes: canvas.Axes, data: pd.DataFrame) -> None:
    """Draw filled points for usable bins, hollow ones for failed bins and the reference."""
    axes.use_sticky_edges = False  # bars would hold the axis to their ends
    failed = data["status"] == "failed_diagnostic"
    usable = data[~data["reference"] & ~failed]
    _band(axes, usable, canvas.PALE["main"])
    _band(axes, data[failed], canvas.PALE["robustness"])
    _points(axes, usable, canvas.COLOURS["main"], "o", hollow=False)
    _points(axes, data[failed], canvas.COLOURS["robustness"], "s", hollow=True)
    _points(axes, data[data["reference"]], "black", "o", hollow=True)
    canvas.zero(axes, "y")
    axes.grid(axis="y", color=canvas.FAINT, linewidth=0.6)
    axes.set_axisbelow(True)


def _band(axes: canvas.Axes, rows: pd.DataFrame, colour: str) -> None:
    rows = rows.dropna(subset="band_low")
    x, high = rows["event_time"].astype(float), rows["band_high"] - rows["band_low"]
    axes.bar(x, high, bottom=rows["band_low"], width=0.8, color=colour, linewidth=0, zorder=0.5)


def _points(
    axes: canvas.Axes, rows: pd.DataFrame, colour: str, marker: str, *, hollow: bool
) -> None:
    x = rows["event_time"].astype(float)
    axes.vlines(x, rows["ci_low"], rows["ci_high"], color=colour, linewidth=1)
    face = "white" if hollow else colour
    style: dict[str, Any] = {
        "linestyle": "",
        "markeredgecolor": colour,
        "markerfacecolor": face,
        "zorder": 3,
    }
    axes.plot(x, rows["estimate"], marker=marker, markersize=4 if len(x) < 50 else 3, **style)


def early_signs(data: pd.DataFrame) -> int:
    """Count the bins before the start whose band excludes zero; of the intervals without one."""
    before = data[~data["reference"] & (data["event_time"] < 0)]
    band = before["band_low"].notna().any()
    low, high = (before[f"{'band' if band else 'ci'}_{end}"] for end in ("low", "high"))
    return int(((low > 0) | (high < 0)).sum())


def _events(release: Release, data: pd.DataFrame, calendar: pd.DataFrame | None) -> pd.DataFrame:
    """Place the events of the calendar among the bins drawn: `place`, a `number` and a `level`.

    Events of one period share a line and its number.
    """
    estimand = data["estimand"].iloc[0]
    start = bin_start(release, estimand, 0)
    if calendar is None or start is None or _kind(release, estimand) != "event_study":
        return pd.DataFrame()
    length = release.study["estimands"][estimand]["periods_per_bin"]
    periods = calendar["date"].dt.to_period(start.freqstr)
    events = calendar.assign(place=[(period - start).n / length - 0.5 for period in periods])
    first, last = data["event_time"].min() - 0.5, data["event_time"].max() + 0.5
    events = events[events["place"].between(first, last)]
    places = sorted(events["place"].unique())
    stacked = dict(zip(places, levels(places, _APART * (last - first) / _WIDE), strict=True))
    return events.assign(
        number=events.groupby("place").ngroup() + 1, level=events["place"].map(stacked)
    )


def _event_list(events: pd.DataFrame, language: Language) -> list[str]:
    """Name the events by their numbers, in lines as wide as the page; none of none."""
    said = []
    for place, (_, event) in enumerate(events.iterrows()):
        new = place == 0 or event["number"] != events["number"].iloc[place - 1]
        number = f"({event['number']})\u00a0" if new else ""
        sure = event["mark"] == "verified"
        doubt = "" if sure else f" ({language.say('figure.window_chart.unverified')})"
        text = f"{date_text(event, language)} {event[f'event_{language.code}']}{doubt}"
        said.append(number + text)
    if not said:
        return []
    text = language.say("figure.event_study.events", events="; ".join(said))
    return canvas.wrapped(text, canvas.WIDTH - 2 * canvas.MARGIN, 7)


def _mark_events(axes: canvas.Axes, events: pd.DataFrame) -> None:
    """Draw a pale line for each period with events, and its number above."""
    where: dict[str, Any] = {"xycoords": ("data", "axes fraction"), "ha": "center", "va": "bottom"}
    for _, event in events.drop_duplicates("place").iterrows() if len(events) else ():
        axes.axvline(event["place"], color="#C8C8C8", linewidth=0.7, linestyle=":", zorder=0)
        high = 1 + (0.03 + _LEVEL * event["level"]) / _HIGH
        number = str(event["number"])
        axes.annotate(number, (event["place"], high), color=canvas.GREY, fontsize=6.5, **where)


def _date_ticks(
    axes: canvas.Axes, release: Release, data: pd.DataFrame, language: Language
) -> None:
    """Write the calendar time of a bin's first period below its number, where there are data."""
    estimand, ends = data["estimand"].iloc[0], (data["event_time"].min(), data["event_time"].max())
    if bin_start(release, estimand, 0) is None:
        return
    from matplotlib.ticker import FuncFormatter

    number = axes.xaxis.get_major_formatter()

    def text(k: float, place: int | None) -> str:
        if abs(k - round(k)) > 1e-6 or not ends[0] <= round(k) <= ends[1]:
            return ""
        begins = bin_start(release, estimand, round(k))
        return f"{number(k, place)}\n{language.period(str(begins))}"

    axes.xaxis.set_major_formatter(FuncFormatter(text))


def _mark_start(axes: canvas.Axes, text: str, strip: float) -> None:
    """Draw the start, and say above the strip of numbers when it is."""
    axes.axvline(-0.5, color=canvas.GREY, linewidth=0.8, zorder=0)
    where: dict[str, Any] = {"xycoords": ("data", "axes fraction"), "ha": "center", "va": "bottom"}
    axes.annotate(text, (-0.5, 1.01 + strip / _HIGH), color=canvas.GREY, fontsize=7.5, **where)


def _tick(axes: canvas.Axes, release: Release, data: pd.DataFrame) -> None:
    """Tick whole years where the bins make it possible, else whole bins."""
    from matplotlib.ticker import MaxNLocator, MultipleLocator

    estimand, step = data["estimand"].iloc[0], None
    if _kind(release, estimand) == "event_study":
        bins = release.study["estimands"][estimand]["periods_per_bin"]
        step = _STEPS.get((release.study["frequency"], bins))
    span = data["event_time"].max() - data["event_time"].min()
    years = MultipleLocator(step) if step and span >= 2 * step else None
    axes.xaxis.set_major_locator(years or MaxNLocator(integer=True))


EVENT_STUDY = Figure(
    "event_study",
    when=lambda declared: declared.drawn_as("event_study"),
    data=event_study_data,
    draw=event_study_figure,
    alt=event_study_alt,
    inputs=("calendar",),
)
ELAPSED_EFFECTS = Figure(
    "elapsed_effects",
    when=lambda declared: declared.drawn_as("elapsed_effects"),
    data=event_study_data,
    draw=event_study_figure,
    alt=event_study_alt,
)
