"""The sheets of single questions: employment, costs, wellbeing, areas, and how well they hold."""

from __future__ import annotations

from collections.abc import Callable, Collection
from dataclasses import dataclass
from typing import TypeAlias

import pandas as pd

from kuntakokeilu.report.tables import cost_lines, evidence
from kuntakokeilu.report.tables.lines import (
    SheetLine,
    distinct,
    effect_how,
    effect_lines,
    number_line,
    outcome_decimals,
)
from kuntakokeilu.report.tables.survey_response import survey_notes
from kuntakokeilu.report.words import labels as lb
from kuntakokeilu.report.words.beyond_reach import beyond_reach_notes
from kuntakokeilu.report.words.findings import service_use
from kuntakokeilu.report.words.headlines import told
from kuntakokeilu.report.words.horizons import horizon_text, horizons
from kuntakokeilu.report.words.language import Language
from kuntakokeilu.report.words.outcomes import payers_of
from kuntakokeilu.report.words.release import Release
from kuntakokeilu.report.words.rows import area_rows, lead_rows

Make: TypeAlias = Callable[[Release, Language], list[SheetLine]]
Say: TypeAlias = Callable[[Release, Language], list[str]]


@dataclass(frozen=True)
class Subject:
    """A sheet of the workbook on one question.

    Attributes
    ----------
    name : str
        config/labels has its name `sheet.<name>` and its title `sheet.<name>.title`.
    make : callable
        Its lines; without any the sheet does not exist.
    say : callable
        What stands below them.
    """

    name: str
    make: Make
    say: Say


def subjects(release: Release) -> list[Subject]:
    """List the sheets on single questions in reading order; wellbeing stands with what is other."""
    there = set(release.estimates["domain"])
    last = [name for name in ("wellbeing", "other") if name in there]
    return [
        Subject("employment", _effects(["employment"]), _of_services),
        Subject("costs", _costs, cost_lines.cost_sheet_notes),
        *([Subject("_".join(last), _effects(last), _of_people)] if last else []),
        Subject("areas", evidence.area_lines, evidence.area_notes),
        Subject("checks", evidence.check_lines, evidence.check_notes),
    ]


def domain_lines(release: Release, language: Language, domains: Collection[str]) -> list[SheetLine]:
    """Give the effects on the outcomes of some domains.

    Returns
    -------
    list of SheetLine
        The declared answer; other main effects; 6, 12 and 24 months after the start; calendar
        windows; other groups of persons and designs. Payers' parts of the net cost, placebos and
        other ways of estimating the same stand on sheets of their own.
    """
    rows, lead = area_rows(release), lead_rows(release)
    answers = told(release)["estimand"]
    main = lead[~lead["estimand"].isin(answers) & ~lead["outcome"].isin(payers_of(release.study))]
    parts = {
        "headline": lead[lead["estimand"].isin(answers)],
        "main": main,
        "window": rows[rows["term"].eq("window")],
        "group": groups(release),
    }
    lines = {
        name: effect_lines(each[each["domain"].isin(domains)], _part(name, language),
                           release, language, whole=name == "headline")
        for name, each in parts.items()
    }  # fmt: skip
    time = time_lines(release, language, domains)
    ordered = [*lines["headline"], *lines["main"], *time, *lines["window"], *lines["group"]]
    return distinct(ordered)


def groups(release: Release) -> pd.DataFrame:
    """Choose the single effects on other persons, or by another design, than the main one."""
    rows = area_rows(release)
    rows = rows[rows["term"].eq("att") & rows["role"].eq("robustness")]
    own = [_asks_otherwise(name, release) for name in rows["estimand"]]
    return rows[pd.Series(own, index=rows.index, dtype=bool)]


def _asks_otherwise(estimand: str, release: Release) -> bool:
    """Tell whether an estimand is of other persons or by another design than the main one."""
    declared = release.study["estimands"]
    about = declared[estimand]
    mains = [one for one in declared.values()
             if one["outcome"] == about["outcome"] and one["role"] == "main"]  # fmt: skip
    asked = {(one["population"], one["design"]) for one in mains}
    return bool(asked) and (about["population"], about["design"]) not in asked


def time_lines(
    release: Release, language: Language, domains: Collection[str] = lb.DOMAINS
) -> list[SheetLine]:
    """Give the effects 6, 12 and 24 months after the start on the outcomes of some domains."""
    rows = horizons(release)
    return [
        number_line(
            row,
            _part("time", language),
            lb.outcome_label(row["outcome"], release.study, language),
            f"{horizon_text(row, release, language)}; {effect_how(row, release, language)}",
            release,
            language,
            outcome_decimals(row["outcome"], release),
        )
        for _, row in rows[rows["domain"].isin(domains)].iterrows()
    ]


def _effects(domains: Collection[str]) -> Make:
    return lambda release, language: domain_lines(release, language, domains)


def _costs(release: Release, language: Language) -> list[SheetLine]:
    return [*domain_lines(release, language, ["cost"]), *cost_lines.lines(release, language)]


def _of_services(release: Release, language: Language) -> list[str]:
    return beyond_reach_notes(release, language)


def _of_people(release: Release, language: Language) -> list[str]:
    said = [*filter(None, [service_use(release, language)]), *survey_notes(release, language)]
    return [*said, *beyond_reach_notes(release, language)]


def _part(name: str, language: Language) -> str:
    return language.say(f"part.{name}")
