"""The specification curve: every estimate of one outcome, and what makes each one different.

Source: U. Simonsohn, J. P. Simmons & L. D. Nelson (2020), Specification curve analysis, Nature
Human Behaviour 4: 1208-1214.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pandas as pd

from kuntakokeilu.facts.estimators import ESTIMATORS
from kuntakokeilu.report.figures import canvas
from kuntakokeilu.report.figures.record import Figure
from kuntakokeilu.report.words import captions
from kuntakokeilu.report.words import labels as lb
from kuntakokeilu.report.words.declaration import Declaration
from kuntakokeilu.report.words.grouping import same_question
from kuntakokeilu.report.words.kept import kept
from kuntakokeilu.report.words.kinds import Study
from kuntakokeilu.report.words.language import Language
from kuntakokeilu.report.words.release import Release
from kuntakokeilu.report.words.rows import area_rows
from kuntakokeilu.report.words.series import shown
from kuntakokeilu.report.words.specification_curve import joint_sentence

FEWEST = 4  # ASSUME: fewer are read more easily in the forest
ATTRIBUTES = (
    "spillover_share",
    "comparison",
    "weights",
    "estimator",
    "effects_by_period",
    "covariates",
    "transform",
    "span",
)
_COLUMNS = ["study", "estimand", "outcome", "role", "estimate", "ci_low", "ci_high", "unit"]
_COLUMNS += ["status"]
_LABELS, _HIGH = 3.1, 2.2  # inches: the column of labels, and the curve
_ROW, _GROUP = 0.15, 0.2  # inches: a row of the matrix, and the head of an attribute


def specification_curves(release: Release) -> list[str]:
    """Name the outcomes that have enough estimates for a curve."""
    counts = _rows(release)["outcome"].value_counts()
    return [name for name in release.study["outcomes"]
            if counts.get(name, 0) >= FEWEST]  # fmt: skip


@kept
def specification_curve_data(release: Release, outcome: str) -> pd.DataFrame:
    """Return what a specification curve draws: the shown effects, from the lowest to the highest.

    Parameters
    ----------
    release : Release
        A released study.
    outcome : str
        Name of the outcome; effects of the roles main and robustness are taken.

    Returns
    -------
    DataFrame
        One row per effect; the columns of `ATTRIBUTES` say how it was estimated, `span` being
        first, last and left-out periods.
    """
    rows = _rows(release)
    rows = rows[rows["outcome"] == outcome]
    declared = [_attributes(release.study["estimands"][name]) for name in rows["estimand"]]
    about = pd.DataFrame(declared, index=rows.index, columns=list(ATTRIBUTES))
    data = pd.concat([rows[_COLUMNS], about], axis=1)
    return data.sort_values("estimate", kind="stable", ignore_index=True)


def specification_curve_figure(
    release: Release, outcome: str, language: Language
) -> canvas.Drawing:
    """Draw the estimates in order with their intervals, and a matrix of what makes them differ.

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
        Attributes that are the same in all estimates are left out of the matrix.
    """
    study, data = release.study, specification_curve_data(release, outcome)
    title = lb.outcome_label(outcome, study, language)
    name = language.say("figure.specification_curve.name")
    under = captions.caption(study, name, language)
    how = lb.clustering(study, language)
    rows = _declared(release).query("outcome == @outcome")
    note = captions.joined(
        captions.care_note(rows, study, language),
        language.say("figure.specification_curve.note", clusters=how),
        joint_sentence(release, outcome, language),
        captions.hidden_note(rows, language),
    )
    with canvas.style():
        if data.empty:
            return canvas.nothing(title, under, language.say("figure.nothing"))
        groups = _groups(data, study, language)
        low = sum(_GROUP + sum(high for _, high, _ in rows) for _, rows in groups)
        figure, bottom = canvas.sheet(
            title, under, captions.sourced(note, study, language), _HIGH + 0.45 + low
        )
        top = bottom + low + 0.1
        axes = canvas.panel(figure, _LABELS, top + 0.08, canvas.WIDTH - _LABELS - 0.1, _HIGH)
        _curve(axes, data)
        unit = lb.unit_label(data["unit"].iloc[0], language)
        axes.set_ylabel(language.say("figure.effect", unit=unit))
        canvas.localise(axes.yaxis, language)
        canvas.legend(figure, _handles(data, language), top + _HIGH + 0.28)
        _matrix(figure, top, groups, data)
    return figure


def specification_curve_alt(release: Release, outcome: str, language: Language) -> str:
    """Describe the specification curve in words, with its key numbers."""
    study, data = release.study, specification_curve_data(release, outcome)
    about = {"outcome": captions.in_unit(outcome, study, language)}
    title = language.say("figure.specification_curve.alt", **about)
    title = captions.caption(study, title, language)
    if data.empty:
        return f"{title}. {language.say('figure.nothing')}"
    decimals = study["outcomes"][outcome]["decimals"]
    ends = (language.number(data["estimate"].agg(f), decimals, sign=True) for f in ("min", "max"))
    values = {"low": next(ends), "high": next(ends), "n": len(data)}
    values["positive"] = int((data["estimate"] > 0).sum())
    text = [f"{title}.", language.say("figure.specification_curve.range", **values)]
    text += [captions.clear_text(data, language), captions.failed_text(data, language)]
    for _, row in data[data["role"] == "main"].iterrows():
        how = lb.weights_label(row["weights"], study, language)
        estimate = captions.estimate_text(row, decimals, language)
        text.append(f"{lb.sentence_case(lb.role_label('main', language))}, {how}: {estimate}.")
    text.append(joint_sentence(release, outcome, language))
    return captions.joined(*text)


def _declared(release: Release) -> pd.DataFrame:
    """Choose the effects that answer one question, of the roles main and robustness.

    Effects on other persons, or by another design, answer another question: they differ for more
    reasons than the choices of a specification.
    """
    rows = area_rows(release)
    rows = rows[rows["term"].eq("att") & rows["role"].isin(["main", "robustness"])]
    return rows.loc[[same_question(name, release.study) for name in rows["estimand"]]]


def _rows(release: Release) -> pd.DataFrame:
    """Choose those that may be shown."""
    return shown(_declared(release))


def _attributes(estimand: Mapping[str, Any]) -> dict[str, str]:
    """Write an estimand's attributes as text, so that each can be compared."""
    ends = [estimand["first_period"], estimand["last_period"]]
    skip = [estimand["skip_first"], estimand["skip_last"]]
    share = estimand.get("spillover_share")
    return {
        "spillover_share": "none" if share is None else str(float(share)),
        **{name: str(estimand[name]) for name in ("comparison", "weights", "estimator")},
        "effects_by_period": estimand["effects_by_period"] or "none",
        "covariates": " ".join(estimand.get("covariates") or []) or "none",
        "transform": " ".join(filter(None, [estimand["transform"], _text(estimand["base_year"])])),
        "span": " ".join(ends + (skip if all(skip) else [])),
    }


def _text(value: object) -> str:
    return "" if value is None else str(value)


_Line = tuple[list[str], float, "pd.Series[bool]"]  # lines of its label, its inches, where it holds


def _groups(data: pd.DataFrame, study: Study, language: Language) -> list[tuple[str, list[_Line]]]:
    """List the attributes that differ, with a row per value."""
    groups = []
    for name in ATTRIBUTES:
        values = data[name].value_counts().index  # the most common first
        if len(values) < 2:
            continue
        rows = []
        for value in values:
            text = value_label(name, value, study, language)
            lines = canvas.wrapped(text, _LABELS - 0.35, 7)
            rows.append((lines, _ROW * len(lines), data[name] == value))
        groups.append((language.say(f"figure.attribute.{name}"), rows))
    return groups


def value_label(attribute: str, value: str, study: Study, language: Language) -> str:
    """Name a value of an attribute."""
    known = {"comparison": lb.comparison_label, "weights": lb.weights_label}
    if attribute in known:
        return known[attribute](value, study, language)
    if attribute == "estimator":
        return lb.estimator_label(value, language)
    if attribute == "spillover_share" and value != "none":
        return language.say("quality.percent", share=language.number(100 * float(value), 0))
    if attribute == "span":
        first, last, *skip = value.split()
        if not skip:
            return lb.span(first, last, language)
        names = ("first", "last", "skip", "until")
        ends = map(language.period, value.split())
        return language.say("figure.span_without", **dict(zip(names, ends, strict=True)))
    if attribute == "covariates" and value != "none":
        labels = study.get("covariates") or {}
        return language.listed(
            [language.pick(labels.get(k), lb.humanise(k)) for k in value.split()]
        )
    word, _, year = value.partition(" ")
    key = f"figure.value.{attribute}.{word}"
    return language.say(key, year=year) if language.has(key) else lb.humanise(value)


def _curve(axes: canvas.Axes, data: pd.DataFrame) -> None:
    for place, (_, row) in enumerate(data.iterrows()):
        role, hollow = row["role"], row["status"] == "failed_diagnostic"
        colour = canvas.COLOURS[role]
        axes.vlines(place, row["ci_low"], row["ci_high"], color=colour, linewidth=1.2)
        style: dict[str, Any] = {
            "markeredgecolor": colour,
            "markerfacecolor": "white" if hollow else colour,
        }
        axes.plot(place, row["estimate"], canvas.MARKERS[role], markersize=5.5, zorder=3, **style)
    canvas.zero(axes, "y")
    axes.set_xlim(-0.6, len(data) - 0.4)
    axes.set_xticks([])
    axes.spines["bottom"].set_visible(False)
    axes.grid(axis="y", color=canvas.FAINT, linewidth=0.6)
    axes.set_axisbelow(True)


def _matrix(
    figure: canvas.Drawing, top: float, groups: list[tuple[str, list[_Line]]], data: pd.DataFrame
) -> None:
    """Draw a dot where a value holds, faint dots elsewhere, and the labels to the left."""
    high = sum(_GROUP + sum(tall for _, tall, _ in rows) for _, rows in groups)
    if not high:
        return
    axes = canvas.panel(figure, _LABELS, top - high, canvas.WIDTH - _LABELS - 0.1, high)
    axes.set_xlim(-0.6, len(data) - 0.4)
    axes.set_ylim(high, 0)
    axes.axis("off")
    colours = data["role"].map(canvas.COLOURS)
    upper = 0.0
    for head, rows in groups:
        middle = upper + _GROUP / 2 + 0.02
        canvas.write(figure, canvas.MARGIN, top - middle, head, weight="bold", size=7, va="center")
        upper += _GROUP
        for lines, tall, holds in rows:
            middle = upper + tall / 2
            axes.scatter(data.index, [middle] * len(data), s=5, color="#D5D5D5", linewidth=0)
            where = data.index[holds]
            axes.scatter(where, [middle] * len(where), s=20, color=colours[holds], linewidth=0)
            text = "\n".join(lines)
            canvas.write(figure, 0.25, top - middle, text, size=7, va="center", linespacing=1.1)
            upper += tall


def _handles(data: pd.DataFrame, language: Language) -> list:
    roles = [role for role in ("main", "robustness") if data["role"].eq(role).any()]
    handles = [
        canvas.handle(canvas.MARKERS[r], canvas.COLOURS[r], lb.role_label(r, language))
        for r in roles
    ]
    if data["status"].eq("failed_diagnostic").any():
        handles.append(canvas.handle("o", "black", language.say("figure.hollow"), face="white"))
    return handles


def _drawn_of(declared: Declaration) -> list[str]:
    """Name the outcomes of which enough estimates that ask one question are declared."""
    study = declared.study
    effects = [
        row["outcome"]
        for name, row in study["estimands"].items()
        if row["role"] in ("main", "robustness")
        and not ESTIMATORS[row["estimator"]].series
        and same_question(name, study)
    ]
    return [name for name in declared.measured if effects.count(name) >= FEWEST]


SPECIFICATION_CURVE = Figure(
    "specification_curve",
    when=_drawn_of,
    data=specification_curve_data,
    draw=specification_curve_figure,
    alt=specification_curve_alt,
)
