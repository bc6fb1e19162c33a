"""The figure of power: how likely effects of each size are to be found, before data are seen."""

from __future__ import annotations

from typing import Any

import pandas as pd

from kuntakokeilu.report.figures import canvas
from kuntakokeilu.report.words import labels as lb
from kuntakokeilu.report.words.kinds import Study
from kuntakokeilu.report.words.language import Language

_HIGH, _LEFT = 2.3, 0.65  # inches
_TARGET = 80  # per cent, at which detectable effects are defined
_LINES: dict[str, Any] = {"power": "-", "power_history": "--"}
_COLOURS = ("#0072B2", "#D55E00", "#007A5A", "#8A5A00", "#595959", "#CC79A7")


def power_curves_figure(
    numbers: pd.DataFrame, outcome: str, study: Study, language: Language
) -> canvas.Drawing:
    """Draw the power curves of the main estimands of one outcome.

    Parameters
    ----------
    numbers : DataFrame
        Contract DESIGN_RELEASED.
    outcome : str
        Its name.
    study : mapping
        Content of study.json.
    language : Language
        Of every text.

    Returns
    -------
    Drawing
        Solid by the t distribution, dashed on false starts; a colour for each estimand.
    """
    data = power_curves_data(numbers, outcome)
    title = lb.outcome_label(outcome, study, language)
    under = language.say("figure.power_curves.name")
    with canvas.style():
        if data.empty:
            return canvas.nothing(title, under, language.say("figure.nothing"))
        names = list(dict.fromkeys(data["estimand"]))
        note = language.say("figure.power_curves.note")
        figure, bottom = canvas.sheet(title, under, note, _HIGH + 0.75 + 0.17 * len(names))
        axes = canvas.panel(figure, _LEFT, bottom + 0.45, canvas.WIDTH - _LEFT - 0.2, _HIGH)
        for place, name in enumerate(names):
            for quantity, line in _LINES.items():
                mine = data[data["estimand"].eq(name) & data["quantity"].eq(quantity)]
                colour = _COLOURS[place % len(_COLOURS)]
                drawn = axes.plot(mine["effect"], 100 * mine["value"], linewidth=1.4, color=colour)
                drawn[0].set_linestyle(line)
        axes.axhline(_TARGET, color=canvas.GREY, linewidth=0.8, linestyle=":")
        axes.set_ylim(0, 102)
        axes.set_xlim(0, data["effect"].max())
        unit = lb.unit_label(str(data["unit"].iloc[0]), language)
        axes.set_xlabel(language.say("figure.power_curves.x", unit=unit))
        axes.set_ylabel(language.say("figure.power_curves.y"))
        canvas.localise(axes.xaxis, language)
        canvas.localise(axes.yaxis, language)
        for place, name in enumerate(names):
            entry = canvas.line_handle(
                lb.sentence_case(lb.detail(name, study, language)),
                color=_COLOURS[place % len(_COLOURS)],
            )
            top = bottom + 0.6 + _HIGH + 0.17 * (len(names) - place)
            canvas.legend(figure, [entry], top, _LEFT)
    return figure


def power_curves_alt(numbers: pd.DataFrame, outcome: str, study: Study, language: Language) -> str:
    """Describe the curves in words: which effects are found with 80 % probability."""
    label = lb.outcome_label(outcome, study, language)
    head = f"{language.say('figure.power_curves.name')}: {label}."
    if power_curves_data(numbers, outcome).empty:
        return f"{head} {language.say('figure.nothing')}"
    decimals = study["outcomes"][outcome]["decimals"]
    mine = numbers[numbers["outcome"].eq(outcome) & numbers["value"].notna()]
    of = {q: mine[mine["quantity"] == q].set_index("estimand")["value"]
          for q in ("detectable", "detectable_history")}  # fmt: skip
    said = [
        language.say(
            "figure.power_curves.alt",
            name=lb.sentence_case(lb.detail(str(name), study, language)),
            detectable=language.number(value, decimals),
            history=language.number(of["detectable_history"][str(name)], decimals),
            unit=lb.unit_label(str(mine["unit"].iloc[0]), language),
        )
        for name, value in of["detectable"].items()
    ]
    return " ".join([head, *said])


def power_curves_data(numbers: pd.DataFrame, outcome: str) -> pd.DataFrame:
    """Return what the figure draws: rows of both powers, by estimand and effect."""
    mine = numbers["outcome"].eq(outcome) & numbers["quantity"].isin(list(_LINES))
    return numbers[mine & numbers["value"].notna()].reset_index(drop=True)
