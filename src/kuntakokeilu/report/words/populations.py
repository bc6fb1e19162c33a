"""The same effect for different groups of persons, and in different parts of the calendar."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import pandas as pd

from kuntakokeilu.report.words import labels as lb
from kuntakokeilu.report.words.cautions import CHECK_COLUMNS
from kuntakokeilu.report.words.grouping import alike_but, effects
from kuntakokeilu.report.words.kinds import Study
from kuntakokeilu.report.words.language import Language
from kuntakokeilu.report.words.release import Release
from kuntakokeilu.report.words.side_by_side import number_text

# What populations may differ in and still be compared: who they are is part of the design.
OWN = ("population", "design")
_IDENTITY = ["study", "estimand", "outcome", "population", "design", "comparison", "weights"]
_NUMBERS = ["estimate", "std_error", "ci_low", "ci_high", "inference", "p_value"]
_NUMBERS += ["baseline_mean", "unit"]
_FACTS = ["n_persons", "n_person_months", "n_trial_clusters", "n_control_clusters"]
_FACTS += ["minimum_detectable_effect", "status", "identified", *CHECK_COLUMNS]
POPULATION_COLUMNS = [*_IDENTITY, "estimator", "role", *_NUMBERS, *_FACTS]
WINDOW_COLUMNS = [*_IDENTITY, "estimator", "role", "window", *_NUMBERS, *_FACTS]


def populations(release: Release) -> pd.DataFrame:
    """Return effects on different populations, estimated in the same way.

    Returns
    -------
    DataFrame
        Columns POPULATION_COLUMNS. Rows of one outcome and way of estimating stand together, in
        the order of the estimands; ways with only one population are left out. An effect relative
        to others is about two populations and left out too.
    """
    rows = effects(release)
    rows = rows[rows["design"] != "eligible_relative"]
    groups = [group for _, group in alike_but(rows, release, OWN)]
    several = [group for group in groups if group["population"].nunique() > 1]
    return pd.concat(several or [rows.iloc[:0]], ignore_index=True)[POPULATION_COLUMNS]


def windows(release: Release) -> pd.DataFrame:
    """Return the effects by calendar window of a study whose rows name populations.

    Returns
    -------
    DataFrame
        Columns WINDOW_COLUMNS; windows of one estimand stand together, the earliest first.
    """
    rows = effects(release, "window")
    if not release.study.get("populations"):
        return rows.iloc[:0][WINDOW_COLUMNS]
    spans = release.study.get("windows") or {}
    first = rows["window"].map({name: span["first"] for name, span in spans.items()})
    order = pd.factorize(rows["outcome"])[0], pd.factorize(rows["estimand"])[0]
    rows = rows.assign(_outcome=order[0], _estimand=order[1], _first=first.astype(str))
    rows = rows.sort_values(["_outcome", "_estimand", "_first"], kind="stable")
    return rows[WINDOW_COLUMNS].reset_index(drop=True)


def populations_view(release: Release, language: Language) -> pd.DataFrame:
    """Show effects on different populations as text."""
    rows = populations(release)
    return _view(rows, "population", release, language)


def windows_view(release: Release, language: Language) -> pd.DataFrame:
    """Show effects by calendar window as text, populations below each other."""
    return _view(windows(release), "window", release, language)


def first_of_outcomes(estimands: Iterable[str], study: Study) -> list[str]:
    """Keep the first estimand of each outcome."""
    first: dict[str, str] = {}
    for name in estimands:
        first.setdefault(study["estimands"][name]["outcome"], name)
    return list(first.values())


def population_text(row: Any, study: Study, language: Language) -> str:
    """Name the population of a row, and its contrast if it has one."""
    who = lb.sentence_case(lb.population_label(row["population"], study, language))
    contrast = study["estimands"][row["estimand"]].get("contrast")
    if not contrast:
        return who
    other = lb.population_label(contrast, study, language)
    return language.say("designs.relative_to", who=who, other=other)


def how_text(row: Any, study: Study, language: Language) -> str:
    """Say the weights of a row, and what else tells it from the first main one but whom it is of.

    Shares of assumed spillovers are told, since rows can differ in them.
    """
    known = (*OWN, "contrast", *(("estimator",) if "window" in row else ()))
    parts = [lb.detail(row["estimand"], study, language, known)]
    share = study["estimands"][row["estimand"]].get("spillover_share")
    if share:
        parts.append(language.say("designs.assumed", share=language.number(100 * share, 0)))
    return ", ".join(parts)


def _view(rows: pd.DataFrame, by: str, release: Release, language: Language) -> pd.DataFrame:
    study, lines = release.study, []
    for _, row in rows.iterrows():
        decimals = study["outcomes"][row["outcome"]]["decimals"]
        line = {
            "outcome": lb.outcome_label(row["outcome"], study, language),
            "population": population_text(row, study, language),
            "design": lb.sentence_case(lb.design_label(row["design"], language)),
            "how": lb.sentence_case(how_text(row, study, language)),
            "window": _window(row, study, language) if by == "window" else "",
            "effect": number_text(row, decimals, language),
            "unit": lb.unit_label(row["unit"], language),
            "p": language.p_number(row["p_value"]),
            "baseline": language.number(row["baseline_mean"], decimals),
            "detectable": language.number(row["minimum_detectable_effect"], decimals),
            "estimand": row["estimand"],
        }
        lines.append(line)
    columns = ["outcome", "population", "design", "how", "window", "effect", "unit", "p"]
    columns += ["baseline", "detectable", "estimand"]
    kept = [name for name in columns if by == "window" or name != "window"]
    view = pd.DataFrame(lines, columns=columns)[kept]
    return view.rename(columns=lambda name: language.say(f"designs.column.{name}"))


def _window(row: Any, study: Study, language: Language) -> str:
    """Name a window; a series without any number has none."""
    if pd.isna(row["window"]):
        return ""
    return lb.sentence_case(lb.window_label(row["window"], study, language, row["estimand"]))
