"""The figure of false starts: an effect in earlier windows over their start, and the real one."""

from __future__ import annotations

from typing import Any

import pandas as pd

from kuntakokeilu.facts.estimators import ESTIMATORS
from kuntakokeilu.report.figures import canvas
from kuntakokeilu.report.figures.record import Figure
from kuntakokeilu.report.words import captions
from kuntakokeilu.report.words import labels as lb
from kuntakokeilu.report.words.declaration import Declaration
from kuntakokeilu.report.words.false_starts import earlier_trials_sentence, false_starts_sentence
from kuntakokeilu.report.words.kept import kept
from kuntakokeilu.report.words.language import Language
from kuntakokeilu.report.words.policy_calendar import period_ends
from kuntakokeilu.report.words.release import Release
from kuntakokeilu.report.words.rows import lead_rows
from kuntakokeilu.report.words.series import shown

_HEAD, _HIGH, _FOOT = 0.36, 1.35, 0.34  # inches of a panel
_LEFT, _WIDE, _ASIDE = 0.7, 4.35, 1.25  # inches: of the axis of time, and of the distribution
_LEVEL = 0.05
_BINS = 15
_COLUMNS = ["study", "estimand", "outcome", "start", "estimate", "p_value", "real", "status"]


def drawn_outcomes(declared: Declaration) -> list[str]:
    """Name the outcomes with a main effect of one number, in a study with false starts."""
    if "false_starts" not in declared.released:
        return []
    rows = declared.study["estimands"].values()
    main = {
        row["outcome"]
        for row in rows
        if row["role"] == "main" and not ESTIMATORS[row["estimator"]].series
    }
    return [name for name in declared.measured if name in main]


@kept
def false_starts_data(release: Release, outcome: str) -> pd.DataFrame:
    """Return what the figure draws: estimates at false starts, then the real one of each estimand.

    Returns
    -------
    DataFrame
        start; estimate in the unit of the outcome; p_value of the leading inference; real, whether
        the row is the estimate of the trial; nothing of estimands without false starts to show.
    """
    rows = release.false_starts
    mine = rows["outcome"].eq(outcome) & rows["leading"].astype(bool) & rows["status"].eq("ok")
    false = rows[mine].assign(study=release.study["study"], real=False)
    lead = shown(lead_rows(release))
    lead = lead[lead["estimand"].isin(false["estimand"]) & lead["term"].eq("att")]
    real = lead.assign(real=True, start=release.study["start"])
    parts = [false[_COLUMNS], real[_COLUMNS]]
    order = list(dict.fromkeys(lead["estimand"]))
    table = pd.concat([part for part in parts if len(part)] or [false[_COLUMNS]])
    table = table[table["estimand"].isin(order)]
    place = table["estimand"].map({name: k for k, name in enumerate(order)})
    ranked = table.assign(place=place).sort_values(["place", "real", "start"], kind="stable")
    return ranked.drop(columns="place").reset_index(drop=True)


def false_starts_figure(release: Release, outcome: str, language: Language) -> canvas.Drawing:
    """Draw the estimates at false starts over time, a panel for each main estimate.

    Parameters
    ----------
    release : Release
        A released study.
    outcome : str
        The outcome.
    language : Language
        Of every text.

    Returns
    -------
    Drawing
        Dark points are those that the leading inference calls an effect at 5 %; a diamond at the
        real start is the real estimate, and a line at its height crosses the distribution of the
        false ones to the right.
    """
    data, study = false_starts_data(release, outcome), release.study
    title, under = _title(release, outcome, language)
    with canvas.style():
        if data.empty:
            return canvas.nothing(title, under, language.say("figure.nothing"))
        panels = list(data.groupby("estimand", sort=False))
        deep = _HEAD + _HIGH + _FOOT
        note = captions.sourced(_note(release, data, outcome, language), study, language)
        figure, bottom = canvas.sheet(title, under, note, deep * len(panels))
        span = _years(data, study["frequency"])
        for place, (name, rows) in enumerate(panels):
            top = bottom + deep * (len(panels) - place)
            head = lb.sentence_case(lb.detail(str(name), study, language))
            style: dict[str, Any] = {"weight": "bold", "va": "top"}
            canvas.write(figure, canvas.MARGIN, top - 0.1, head, **style)
            low = top - _HEAD - _HIGH
            axes = canvas.panel(figure, _LEFT, low, _WIDE, _HIGH)
            beside = canvas.panel(figure, _LEFT + _WIDE + 0.1, low, _ASIDE, _HIGH)
            _over_time(axes, rows, study["frequency"], span)
            _distribution(beside, rows, axes.get_ylim())
            unit = study["outcomes"][outcome]["unit"]
            axes.set_ylabel(lb.unit_label(unit, language), size=7)
            canvas.localise(axes.yaxis, language)
    return figure


def false_starts_alt(release: Release, outcome: str, language: Language) -> str:
    """Describe the figure in words: of each estimate what its false starts say."""
    data, study = false_starts_data(release, outcome), release.study
    title, under = _title(release, outcome, language)
    if data.empty:
        return f"{title}: {under}. {language.say('figure.nothing')}"
    decimals, said = study["outcomes"][outcome]["decimals"], [f"{title}: {under}."]
    for name, rows in data.groupby("estimand", sort=False):
        values = {
            "what": lb.sentence_case(lb.detail(str(name), study, language)),
            "low": language.number(rows.loc[~rows["real"], "estimate"].min(), decimals, sign=True),
            "high": language.number(rows.loc[~rows["real"], "estimate"].max(), decimals, sign=True),
            "real": language.number(rows.loc[rows["real"], "estimate"].max(), decimals, sign=True),
        }
        said.append(language.say("figure.false_starts.alt", **values))
        said.append(false_starts_sentence(release, str(name), language))
    return captions.joined(*said)


def _title(release: Release, outcome: str, language: Language) -> tuple[str, str]:
    name = f"{language.say('figure.false_starts.name')}: " + captions.in_unit(
        outcome, release.study, language
    )
    study = release.study
    return language.pick(study["title"]), captions.caption(study, name, language)


def _note(release: Release, data: pd.DataFrame, outcome: str, language: Language) -> str:
    real = lead_rows(release)
    real = real[real["estimand"].isin(data["estimand"])]
    return captions.joined(
        captions.care_note(real, release.study, language),
        language.say("figure.false_starts.note"),
        earlier_trials_sentence(release, outcome, language),
        captions.failed_note(real, language),
    )


def _years(data: pd.DataFrame, frequency: str) -> tuple[float, float]:
    places = [period_ends(str(text), str(text), frequency)[0] for text in data["start"].dropna()]
    room = 0.03 * max(max(places) - min(places), 1.0)
    return min(places) - room, max(places) + room


def _over_time(
    axes: canvas.Axes, rows: pd.DataFrame, frequency: str, span: tuple[float, float]
) -> None:
    false, real = rows[~rows["real"]], rows[rows["real"]]
    x = [period_ends(text, text, frequency)[0] for text in false["start"]]
    found = false["p_value"].lt(_LEVEL).to_numpy(bool)
    faces = [canvas.COLOURS["main"] if each else canvas.FAINT for each in found]
    axes.scatter(x, false["estimate"], s=10, c=faces, edgecolors=canvas.GREY, linewidths=0.5)
    for _, row in real.iterrows():
        axes.axhline(row["estimate"], color=canvas.COLOURS["main"], linewidth=0.8)
        failed = row["status"] == "failed_diagnostic"
        look: dict[str, Any] = {"markeredgecolor": canvas.COLOURS["main"], "markersize": 6}
        look["markerfacecolor"] = "white" if failed else canvas.COLOURS["main"]
        if pd.notna(row["start"]):
            place = period_ends(str(row["start"]), str(row["start"]), frequency)[0]
            axes.plot(place, row["estimate"], "D", zorder=3, **look)
    axes.set_xlim(*span)
    axes.margins(y=0.15)
    canvas.tick_years(axes, span[1] - span[0])
    canvas.zero(axes, "y")
    axes.locator_params(axis="y", nbins=5)
    axes.tick_params(labelsize=7)


def _distribution(axes: canvas.Axes, rows: pd.DataFrame, ends: tuple[float, float]) -> None:
    false, real = rows[~rows["real"]], rows[rows["real"]]
    axes.hist(
        false["estimate"], bins=_BINS, range=ends, orientation="horizontal", color=canvas.FAINT,
        edgecolor=canvas.GREY, linewidth=0.4,
    )  # fmt: skip
    for value in real["estimate"]:
        axes.axhline(value, color=canvas.COLOURS["main"], linewidth=0.8)
    axes.set_ylim(*ends)
    axes.set_yticks([])
    axes.set_xticks([])
    canvas.zero(axes, "y")


FALSE_STARTS = Figure(
    "false_starts",
    when=drawn_outcomes,
    data=false_starts_data,
    draw=false_starts_figure,
    alt=false_starts_alt,
)
