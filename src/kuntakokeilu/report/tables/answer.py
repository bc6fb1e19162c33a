"""The first sheet: what was found, what it cost whom, how sure it is, what it cannot tell; a page.

It is what most readers read. Words on it are few and come from the release alone: the estimate
that the study declared for each question, its interval, its strongest caveat.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import pandas as pd

from kuntakokeilu.report.tables.cost_lines import payer_lines
from kuntakokeilu.report.tables.lines import SheetLine, number_line, outcome_decimals
from kuntakokeilu.report.tables.result_tables import main_effects
from kuntakokeilu.report.tables.sheet_cells import say
from kuntakokeilu.report.words import labels as lb
from kuntakokeilu.report.words import sentences as words
from kuntakokeilu.report.words.attribution import known
from kuntakokeilu.report.words.beyond_reach import beyond_reach_notes
from kuntakokeilu.report.words.findings import service_use
from kuntakokeilu.report.words.headlines import told
from kuntakokeilu.report.words.language import Language
from kuntakokeilu.report.words.release import Release
from kuntakokeilu.report.words.rows import is_shown
from kuntakokeilu.report.words.who_is_compared import own_effects_notes, twin_notes
from kuntakokeilu.report.words.whom_and_when import whom_and_when

_LIMITS = ("parallel", "cause")
_MOST = 3  # of them


@dataclass(frozen=True)
class AnswerPage:
    """What stands on the first sheet.

    Attributes
    ----------
    warned : list of str
        What a reader must know beforehand.
    answers : list of SheetLine
        A line for each question that the study declares; `part` is the question.
    meaning : list of str
        What each of these numbers means.
    payers : list of SheetLine
        Who pays in the end, and the sum; `total` has the euros of the whole group.
    parts : list of tuple of str and list of str
        Headings, each with sentences: how sure, what it cannot tell, who and when.
    last : list of str
        Until when the data reach, and who answers for the study.
    """

    warned: list[str]
    answers: list[SheetLine]
    meaning: list[str]
    payers: list[SheetLine]
    parts: list[tuple[str, list[str]]]
    last: list[str]


def answer_page(release: Release, language: Language) -> AnswerPage:
    """Put the first sheet together."""
    rows = told(release)
    parts: dict[str, Callable[[Release, Language], list[str]]] = {
        "sure": certainty,
        "limits": limits,
        "who": _whom,
    }
    said = [(language.say(f"answer.{name}"), make(release, language))
            for name, make in parts.items()]  # fmt: skip
    return AnswerPage(
        warned(release, language),
        [_answer(row, release, language) for _, row in rows.iterrows()],
        meanings(release, language),
        payer_lines(release, language),
        [(heading, sentences) for heading, sentences in said if sentences],
        vintage(release, language),
    )


def meanings(release: Release, language: Language, domain: str = "") -> list[str]:
    """Say in a sentence or two each what the headlines mean: of one domain, or of all."""
    rows = told(release)
    rows = rows[rows["domain"].eq(domain)] if domain else rows
    return [_meaning(row, release, language) for _, row in rows.iterrows()]


def warned(release: Release, language: Language) -> list[str]:
    """Say in a sentence each what must be known before any number is read."""
    study = release.study
    said = [language.say("study.blinded")] if study["blinded"] else []
    said += [language.say("study.simulated")] if study["simulated"] else []
    said += [*own_effects_notes(study, language), *twin_notes(study, language)]
    coverage = study.get("coverage")
    if coverage and coverage["listed"] < coverage["total"]:
        said.append(language.say("coverage.part", **{n: coverage[n] for n in ("listed", "total")}))
    return said


def certainty(release: Release, language: Language) -> list[str]:
    """Count main effects that fail, need care or have no number; say if clusters are few."""
    rows = main_effects(release)
    counts = {
        "failed": rows["status"].eq("failed_diagnostic"),
        "care": rows["status"].eq("ok") & rows["warned_checks"].ne(""),
        "missing": rows["status"].isin(["not_identified", "suppressed"]),
    }
    numbers = {name: language.number(int(holds.sum()), 0) for name, holds in counts.items()}
    said = [language.say("answer.counts", all=language.number(len(rows), 0), **numbers)]
    if release.diagnostics.empty:
        said = [language.say("diagnostic.none")]
    shown = rows[rows["estimate"].notna()]
    fewest = {arm: shown[f"n_{arm}_clusters"].min() for arm in ("trial", "control")}
    if len(shown) and min(fewest.values()) < words.FEW_CLUSTERS:
        said.append(say("workbook.warning.few_clusters", release.study, language, **fewest))
    key = "plan.not_locked" if release.manifest["plan"] is None else "answer.plan_locked"
    return [*said, language.say(key)]


def limits(release: Release, language: Language) -> list[str]:
    """Say what the numbers cannot tell: of this study first, then of any comparison like it."""
    said = [language.say("answer.beyond_reach")] if beyond_reach_notes(release, language) else []
    said += [language.say("limits.use")] if service_use(release, language) else []
    return [*said, *(language.say(f"limits.{name}") for name in _LIMITS)][:_MOST]


def _answer(row: pd.Series, release: Release, language: Language) -> SheetLine:
    question = language.say(f"answer.question.{row['domain']}")
    return number_line(
        row,
        question,
        lb.outcome_label(row["outcome"], release.study, language),
        lb.weights_label(row["weights"], release.study, language),
        release,
        language,
        outcome_decimals(row["outcome"], release),
    )


def _meaning(row: pd.Series, release: Release, language: Language) -> str:
    """Say in a sentence or two what the number of one question means."""
    if not is_shown(row):
        return words.hidden_sentence(release, row, language)
    outcome = lb.outcome_label(row["outcome"], release.study, language)
    unit = lb.unit_label(row["unit"], language)
    decimals = outcome_decimals(row["outcome"], release)
    number = language.number(row["estimate"], decimals, sign=True)
    first, *_ = words.meaning_sentences(release, row, language)
    return f"{outcome}: {number} {unit}. {first}"


def _whom(release: Release, language: Language) -> list[str]:
    """Say who is compared with whom in the first number that is shown."""
    for _, row in told(release).iterrows():
        if is_shown(row):
            return [whom_and_when(row, release.study, language)]
    return []


def vintage(release: Release, language: Language) -> list[str]:
    """Say until when the data reach, and who answers for the study."""
    texts = known(release, language)
    authors = "; ".join(texts[name] for name in ("authors", "contact") if name in texts)
    return [f"{text.rstrip('.')}." for text in (texts.get("vintage", ""), authors) if text]
