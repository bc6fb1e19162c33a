"""The designs of each outcome side by side: whose difference is it, and what does it mean."""

from __future__ import annotations

from typing import Any

import pandas as pd

from kuntakokeilu.report.words import cautions
from kuntakokeilu.report.words import labels as lb
from kuntakokeilu.report.words.cautions import CHECK_COLUMNS
from kuntakokeilu.report.words.grouping import alike_but, effects
from kuntakokeilu.report.words.kept import kept
from kuntakokeilu.report.words.kinds import Row, Study
from kuntakokeilu.report.words.language import DASH, Language
from kuntakokeilu.report.words.outcomes import ONE_SUM, column_of, missing_parts
from kuntakokeilu.report.words.release import Release
from kuntakokeilu.report.words.rows import is_shown

DESIGNS = ("total", "targeted", "spillover", "eligible_relative")
# What the designs of one row may differ in.
OWN = ("design", "population", "contrast", "spillover_share", "outcome")
_PARTS = ("estimate", "ci_low", "ci_high", "status", "population", "estimand", *CHECK_COLUMNS)
_IDENTITY = ["study", "outcome", "estimand", "comparison", "weights", "estimator", "unit"]
DESIGN_COLUMNS = [*_IDENTITY, *(f"{part}_{design}" for part in _PARTS for design in DESIGNS)]


@kept
def designs(release: Release) -> pd.DataFrame:
    """Put the designs of an outcome on one row.

    Parameters
    ----------
    release : Release
        A released study.

    Returns
    -------
    DataFrame
        Columns DESIGN_COLUMNS, one row per outcome, group of persons and way of estimating, only
        where two designs can be compared. `estimand` is the first of the row. The effect on the
        eligible relative to the others takes the whole difference of the others off (spillover
        share 0).
    """
    lines = []
    for _, rows in alike_but(effects(release), release, set(OWN) - {"outcome"}):
        lines += _lines(rows, release)
    return pd.DataFrame(lines, columns=DESIGN_COLUMNS)


def designs_view(release: Release, language: Language) -> pd.DataFrame:
    """Show the designs side by side as text, estimate above interval."""
    study, rows = release.study, designs(release)
    there = designs_there(rows)
    shown = [
        [
            lb.outcome_label(row["outcome"], study, language),
            group_text(row, study, language),
            lb.unit_label(row["unit"], language),
            *(_number(row, design, study, language) for design in there),
        ]
        for _, row in rows.iterrows()
    ]
    heads = [language.say(f"designs.column.{name}") for name in ("outcome", "group", "unit")]
    named = [lb.sentence_case(lb.design_label(design, language)) for design in there]
    return pd.DataFrame(shown, columns=[*heads, *named])


def designs_there(rows: pd.DataFrame) -> list[str]:
    """Name the designs that any of these rows has."""
    return [design for design in DESIGNS if rows[f"status_{design}"].notna().any()]


def designs_notes(release: Release, language: Language) -> list[str]:
    """Say what the designs mean and what they do not prove; empty without any."""
    rows = designs(release)
    if rows.empty:
        return []
    said = [language.say(f"designs.note.{design}") for design in designs_there(rows)]
    return [*said, *parts_note(list(rows["outcome"].unique()), release, language)]


def parts_note(outcomes: list[str], release: Release, language: Language) -> list[str]:
    """Say why unemployment, services and their sum belong together, and which is missing."""
    columns = {column_of(name, release.study) for name in outcomes}
    if not columns & set(ONE_SUM):
        return []
    said = [language.say("designs.note.one_sum")]
    absent = missing_parts(outcomes, release.study)
    if absent:
        names = language.listed([language.say(f"designs.part.{part}") for part in absent])
        said.append(language.say("designs.note.absent", names=names))
    return said


def group_text(row: Row, study: Study, language: Language) -> str:
    """Say whom a row is about, and how it was estimated."""
    about = study["estimands"][row["estimand"]]
    who = lb.population_label(about["population"], study, language)
    how = lb.detail(row["estimand"], study, language, OWN)
    return lb.sentence_case(f"{who}; {how}")


def of_design(row: Row, design: str) -> dict[str, Any]:
    """Take the number of one design out of a row of all designs."""
    return {part: row[f"{part}_{design}"] for part in _PARTS}


def _lines(rows: pd.DataFrame, release: Release) -> list[dict[str, Any]]:
    """Make a line for each group of the eligible among rows that differ in their design only.

    The difference over all stands with the first group, which is the widest. The others stand
    with those they are taken off from, or else with the first.
    """
    declared = release.study["estimands"]
    contrasts = rows["estimand"].map(lambda name: declared[name].get("contrast"))
    shares = rows["estimand"].map(lambda name: declared[name].get("spillover_share") or 0.0)
    rows = rows.assign(contrast=contrasts)[shares.eq(0)]
    by_design = {design: rows[rows["design"] == design] for design in DESIGNS}
    eligible = rows[rows["design"].isin(["targeted", "eligible_relative"])]
    lines = []
    for place, population in enumerate(eligible["population"].unique() if len(eligible) else [""]):
        line = {name: _first(by_design[name], "population", population)
                for name in ("targeted", "eligible_relative")}  # fmt: skip
        relative = line["eligible_relative"]
        others = by_design["spillover"]
        if relative is not None:
            line["spillover"] = _first(others, "population", relative["contrast"])
        elif place == 0 and len(others):
            line["spillover"] = others.iloc[0]
        if place == 0 and len(by_design["total"]):
            line["total"] = by_design["total"].iloc[0]
        found = {name: line.get(name) for name in DESIGNS}
        there = {name: row for name, row in found.items() if row is not None}
        if len(there) > 1:
            lines.append(_line(there))
    return lines


def _line(designs_of: dict[str, pd.Series]) -> dict[str, Any]:
    lead = designs_of.get("targeted", next(iter(designs_of.values())))
    parts = {f"{part}_{design}": row[part] for design, row in designs_of.items() for part in _PARTS}
    return {**{name: lead[name] for name in _IDENTITY}, **parts}


def _first(rows: pd.DataFrame, column: str, value: str) -> pd.Series | None:
    found = rows[rows[column] == value]
    return found.iloc[0] if len(found) else None


def _number(row: pd.Series, design: str, study: Study, language: Language) -> str:
    return number_text(
        of_design(row, design), study["outcomes"][row["outcome"]]["decimals"], language
    )


def number_text(row: Row, decimals: int, language: Language, unit: str = "") -> str:
    """Write a number with its interval and what checks say of it, or why there is none."""
    if not isinstance(row["status"], str):
        return DASH
    if not is_shown(row):
        return lb.status_label(row["status"], language)
    text = language.number(row["estimate"], decimals, sign=True) + (unit and f" {unit}")
    if pd.notna(row["ci_low"]):
        text += f" ({language.interval(row['ci_low'], row['ci_high'], decimals)})"
    said = cautions.short_text(row, language)
    return f"{text}; {said}" if said else text
