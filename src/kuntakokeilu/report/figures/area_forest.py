"""The forest of areas: each area's effect, raw and drawn towards the mean, in alphabetical order.

No area is ranked: the rows stand by name, and an order by estimate would mostly be one by chance
(Goldstein & Spiegelhalter 1996, Journal of the Royal Statistical Society A 159(3)).
"""

from __future__ import annotations

from typing import Any

import pandas as pd

from kuntakokeilu.report.figures import canvas
from kuntakokeilu.report.figures.record import Figure
from kuntakokeilu.report.words import captions
from kuntakokeilu.report.words import labels as lb
from kuntakokeilu.report.words.kept import kept
from kuntakokeilu.report.words.language import Language
from kuntakokeilu.report.words.release import Release
from kuntakokeilu.report.words.rows import SHOWN
from kuntakokeilu.report.words.series import shown
from kuntakokeilu.report.words.spread import Spread, area_rows_of, by_area, spread_of

_LABELS, _PLOT = 2.15, 2.35  # inches: the column of names, and the column of intervals
_ROW, _AXIS, _KEY = 0.3, 0.55, 0.3  # inches: a row, the axis, the legend
_APART = 0.055  # inches from the middle of a row to each of its two lines
_COLUMNS = ["study", "estimand", "outcome", "area", "kind", "estimate", "ci_low", "ci_high"]
_COLUMNS += ["unit", "status"]
# Shape and colour tell the two apart.
_LOOK = {"raw": ("o", "main"), "shrunk": ("s", "robustness")}


@kept
def area_effects_data(release: Release, estimand: str) -> pd.DataFrame:
    """Return what the figure draws: areas by name, raw and shrunk, then mean and prediction.

    Returns
    -------
    DataFrame
        `kind` is raw, shrunk, mean or prediction; the last two have no area.
    """
    rows = shown(area_rows_of(release, estimand))
    names = {"estimate": "shrunk", "ci_low": "shrunk_ci_low", "ci_high": "shrunk_ci_high"}
    shrunk = rows.dropna(subset="shrunk")
    shrunk = shrunk.assign(**{name: shrunk[other] for name, other in names.items()})
    parts = [rows.assign(kind="raw"), shrunk.assign(kind="shrunk")]
    both = pd.concat(parts).sort_index(kind="stable")
    spread = spread_of(release, estimand)
    if spread is not None and spread.status in SHOWN and len(rows):
        about = rows.iloc[0][["study", "estimand", "outcome", "unit"]].to_dict()
        about |= {"estimate": spread.estimate, "status": spread.status, "area": None}
        mean = {"kind": "mean", "ci_low": spread.ci_low, "ci_high": spread.ci_high}
        prediction = {"kind": "prediction", "ci_low": spread.low, "ci_high": spread.high}
        both = pd.concat([both, pd.DataFrame([about | mean, about | prediction])])
    return both.reindex(columns=_COLUMNS).reset_index(drop=True)


def area_effects_figure(release: Release, estimand: str, language: Language) -> canvas.Drawing:
    """Draw each area's effect, raw and shrunk, with the mean and its prediction interval.

    Parameters
    ----------
    release : Release
        A released study.
    estimand : str
        An estimand with effects by area.
    language : Language
        Of every text.

    Returns
    -------
    Drawing
        One row for each area in alphabetical order, whether it has a number or not; the shade
        is the interval of the mean, the last row the prediction interval.
    """
    rows, data = area_rows_of(release, estimand, language), area_effects_data(release, estimand)
    study = release.study
    title = lb.outcome_label(rows["outcome"].iloc[0], study, language)
    under = _under(release, estimand, language)
    with canvas.style():
        if data.empty:
            return canvas.nothing(title, under, language.say("figure.nothing"))
        names = list(rows["name"])
        last = [kind for kind in ("mean", "prediction") if data["kind"].eq(kind).any()]
        high = _ROW * (len(names) + len(last))
        note = captions.sourced(_note(rows, data, language, release), study, language)
        figure, bottom = canvas.sheet(title, under, note, high + _AXIS + _KEY)
        top = bottom + high + _AXIS
        canvas.legend(figure, _handles(data, language), top + _KEY - 0.02)
        axes = canvas.panel(figure, _LABELS, top - high, _PLOT, high)
        axes.set_ylim(high, 0)
        decimals = study["outcomes"][rows["outcome"].iloc[0]]["decimals"]
        by_row = [
            (name, data[data["area"] == area])
            for name, area in zip(names, rows["area"], strict=True)
        ]
        by_row += [(language.say(f"areas.{kind}"), data[data["kind"] == kind]) for kind in last]
        status = rows.set_index("name")["status"]
        for place, (name, mine) in enumerate(by_row):
            at = _ROW * (place + 0.5)
            bold = {"weight": "bold"} if place >= len(names) else {}
            lines = "\n".join(canvas.wrapped(name, _LABELS - 0.2, 8)[:2])
            style: dict[str, Any] = {"va": "center", "linespacing": 1.0, **bold}
            canvas.write(figure, canvas.MARGIN, top - at, lines, **style)
            _row(axes, mine, at)
            why = "" if len(mine) else lb.status_label(status[name], language)
            _numbers(figure, mine, top - at, why, decimals, language)
        _shade(axes, data)
        canvas.zero(axes, "x")
        axes.spines["left"].set_visible(False)
        axes.set_yticks([])
        axes.locator_params(axis="x", nbins=5)
        canvas.localise(axes.xaxis, language)
        unit = lb.unit_label(rows["unit"].iloc[0], language)
        axes.set_xlabel(language.say("figure.effect", unit=unit))
    return figure


def area_effects_alt(release: Release, estimand: str, language: Language) -> str:
    """Describe the figure in words: the mean, its spread, and the shrunk effect of each area."""
    data, study = area_effects_data(release, estimand), release.study
    title = captions.caption(study, _name(release, estimand, language), language)
    if data.empty:
        return f"{title}. {language.say('figure.nothing')}"
    decimals = study["outcomes"][data["outcome"].iloc[0]]["decimals"]
    said = [f"{title}.", spread_sentence(spread_of(release, estimand), decimals, language)]
    raw, head = data[data["kind"] == "raw"], lb.sentence_case(language.say("areas.raw"))
    numbers = [
        f"{lb.area_name(row['area'], study, language)}: "
        f"{captions.estimate_text(row, decimals, language)}"
        for _, row in raw.iterrows()
    ]
    return captions.joined(*said, f"{head}: {'; '.join(numbers)}.")


def area_forests(release: Release) -> list[str]:
    """Name the estimands that have a forest of areas, in order."""
    return by_area(release)


def spread_sentence(spread: Spread | None, decimals: int, language: Language) -> str:
    """Say the mean of the areas, where another would lie, and whether they differ."""
    if spread is None:
        return ""
    if spread.status == "suppressed":
        return language.say("areas.hidden_mean")
    if spread.status not in SHOWN:
        why = lb.reason_label(spread.identified, language)
        return language.say("areas.no_mean", why=why)
    values = {
        "mean": language.number(spread.estimate, decimals, sign=True),
        "interval": language.interval(spread.ci_low, spread.ci_high, decimals),
        "prediction": language.interval(spread.low, spread.high, decimals),
        "tau": language.number(spread.tau, decimals),
        "p": language.p_text(spread.q_p_value),
        "i_squared": language.number(100 * spread.i_squared, 0),
        "n": spread.n_areas,
    }
    return language.say("areas.spread", **values)


def _name(release: Release, estimand: str, language: Language) -> str:
    outcome = release.study["estimands"][estimand]["outcome"]
    label = lb.outcome_label(outcome, release.study, language)
    return f"{language.say('figure.area_effects.name')}: {label}"


def _under(release: Release, estimand: str, language: Language) -> str:
    what = lb.detail(estimand, release.study, language)
    text = f"{language.say('figure.area_effects.name')}: {what}"
    return captions.caption(release.study, text, language)


def _note(rows: pd.DataFrame, data: pd.DataFrame, language: Language, release: Release) -> str:
    decimals = release.study["outcomes"][rows["outcome"].iloc[0]]["decimals"]
    spread = spread_of(release, rows["estimand"].iloc[0])
    failed = captions.failed_note(data, language)
    kinds = [kind for kind in ("shrunk", "mean") if data["kind"].eq(kind).any()]
    text = " ".join(language.say(f"figure.area_effects.note{of}")
                    for of in ("", *(f".{kind}" for kind in kinds)))  # fmt: skip
    care = captions.care_note(rows, release.study, language)
    return captions.joined(care, text, spread_sentence(spread, decimals, language), failed)


def _row(axes: canvas.Axes, mine: pd.DataFrame, at: float) -> None:
    """Draw the lines of one row: raw above shrunk, or one of mean and prediction."""
    apart = _APART if len(mine) > 1 else 0.0  # a line alone stands where the name stands
    for _, row in mine.iterrows():
        marker, look = _LOOK.get(row["kind"], ("D", "placebo"))
        shift = {"raw": -apart, "shrunk": apart}.get(row["kind"], 0.0)
        colour = "black" if row["kind"] not in _LOOK else canvas.COLOURS[look]
        style: dict[str, Any] = {"color": colour, "linewidth": 1.2}
        style |= {"linestyle": "--"} if row["kind"] == "prediction" else {}
        axes.hlines(at + shift, row["ci_low"], row["ci_high"], **style)
        if row["kind"] == "prediction":
            continue
        face = "white" if row["status"] == "failed_diagnostic" else colour
        style = {"markeredgecolor": colour, "markerfacecolor": face, "zorder": 3}
        axes.plot(row["estimate"], at + shift, marker, markersize=4, **style)


def _numbers(
    figure: canvas.Drawing,
    mine: pd.DataFrame,
    y: float,
    why: str,
    decimals: int,
    language: Language,
) -> None:
    """Write raw and shrunk numbers beside each other, or why there is none."""
    right = canvas.WIDTH - canvas.MARGIN
    if why:
        canvas.write(figure, right, y, why, va="center", ha="right", size=7, color=canvas.GREY)
        return
    for _, row in mine.iterrows():
        text = captions.interval_text(row, decimals, language)
        if row["kind"] != "prediction":
            text = f"{language.number(row['estimate'], decimals, sign=True)} ({text})"
        apart = _APART if len(mine) > 1 else 0.0
        shift = {"raw": apart, "shrunk": -apart}.get(row["kind"], 0.0)
        grey = {} if row["kind"] != "shrunk" else {"color": canvas.COLOURS["robustness"]}
        canvas.write(figure, right, y + shift, text, va="center", ha="right", size=6.5, **grey)


def _shade(axes: canvas.Axes, data: pd.DataFrame) -> None:
    """Shade the interval of the mean over all rows."""
    for _, row in data[data["kind"] == "mean"].iterrows():
        axes.axvspan(row["ci_low"], row["ci_high"], color=canvas.FAINT, linewidth=0, zorder=0)


def _handles(data: pd.DataFrame, language: Language) -> list:
    handles = [
        canvas.handle(marker, canvas.COLOURS[look], language.say(f"areas.{kind}"))
        for kind, (marker, look) in _LOOK.items()
        if data["kind"].eq(kind).any()
    ]
    if data["status"].eq("failed_diagnostic").any():
        handles.append(canvas.handle("o", "black", language.say("figure.hollow"), face="white"))
    return handles


AREA_EFFECTS = Figure(
    "area_effects",
    when=lambda declared: list(declared.by_area),
    data=area_effects_data,
    draw=area_effects_figure,
    alt=area_effects_alt,
)
