"""The first sheet: what was found, what it cost whom, how sure it is, what it cannot tell; a page.

It is what most readers read. Words on it are few and come from the release alone: the estimate
that the study declared for each question, its interval, its strongest caveat.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import pandas as pd

from kuntakokeilu.report.tables.cost_lines import payer_lines
from kuntakokeilu.report.tables.lines import SheetLine, number_line, outcome_decimals
from kuntakokeilu.report.tables.result_tables import main_effects
from kuntakokeilu.report.tables.sheet_cells import say
from kuntakokeilu.report.words import labels as lb
from kuntakokeilu.report.words import sentences as words
from kuntakokeilu.report.words.answers import all_answered, in_short
from kuntakokeilu.report.words.attribution import known
from kuntakokeilu.report.words.grades import GradeRule
from kuntakokeilu.report.words.headlines import told
from kuntakokeilu.report.words.language import Language
from kuntakokeilu.report.words.limits import cannot_tell, compared, rests_on
from kuntakokeilu.report.words.release import Release
from kuntakokeilu.report.words.rows import is_shown
from kuntakokeilu.report.words.who_is_compared import own_effects_notes, twin_notes

_MOST = 2  # of what a study cannot tell; the brief has all


@dataclass(frozen=True)
class AnswerPage:
    """What stands on the first sheet.

    Attributes
    ----------
    warned : list of str
        What a reader must know beforehand.
    answers : list of SheetLine
        A line for each question that the study declares; `part` is the question.
    meaning : list of tuple of str
        Each question with its answer in words and how sure it is, as the brief says it.
    payers : list of SheetLine
        Who pays in the end, and the sum; `total` has the euros of the whole group.
    parts : list of tuple of str and list of str
        Headings, each with sentences: how sure, what it cannot tell, who and when.
    last : list of str
        Until when the data reach, and who answers for the study.
    """

    warned: list[str]
    answers: list[SheetLine]
    meaning: list[tuple[str, str]]
    payers: list[SheetLine]
    parts: list[tuple[str, list[str]]]
    last: list[str]


def answer_page(release: Release, rules: Mapping[str, GradeRule], language: Language) -> AnswerPage:
    """Put the first sheet together: what the brief says, with its numbers as numbers.

    Parameters
    ----------
    release : Release
        A released study.
    rules : mapping of str to GradeRule
        How sure answers are, as `grades.read_grades` gives them.
    language : Language
        Of the reader.
    """
    answers = all_answered(release, rules, language)
    asked = release.study["brief"]["questions"]
    questions = {each["domain"]: answer.question
                 for each, answer in zip(asked, answers, strict=True)}  # fmt: skip
    parts = {
        "brief.ask.sure": [*rests_on(release, language)[:1], *certainty(release, language)[:1]],
        "brief.limits": cannot_tell(release, language)[:_MOST],
        "brief.compared": compared(release, language)[:1],
    }
    return AnswerPage(
        warned(release, language),
        [_answer(row, questions[row["domain"]], release, language)
         for _, row in told(release).iterrows()],
        [(answer.question, in_short(answer, language)) for answer in answers],
        payer_lines(release, language),
        [(language.say(key), sentences) for key, sentences in parts.items() if sentences],
        vintage(release, language),
    )  # fmt: skip


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


def _answer(row: pd.Series, question: str, release: Release, language: Language) -> SheetLine:
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


def vintage(release: Release, language: Language) -> list[str]:
    """Say until when the data reach, and who answers for the study."""
    texts = known(release, language)
    authors = "; ".join(texts[name] for name in ("authors", "contact") if name in texts)
    return [f"{text.rstrip('.')}." for text in (texts.get("vintage", ""), authors) if text]
