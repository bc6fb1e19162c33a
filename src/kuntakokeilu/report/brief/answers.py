"""The answer to each question: the declared headline in natural units, in one sentence."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import pandas as pd

from kuntakokeilu.errors import InputError
from kuntakokeilu.report.brief.grades import GradeRule, graded
from kuntakokeilu.report.brief.record import BriefAnswer
from kuntakokeilu.report.words import cautions
from kuntakokeilu.report.words import labels as lb
from kuntakokeilu.report.words.headlines import told
from kuntakokeilu.report.words.kinds import Row
from kuntakokeilu.report.words.language import Language
from kuntakokeilu.report.words.release import Release
from kuntakokeilu.report.words.rows import area_rows, covers_zero, differs, is_shown

Question = Mapping[str, Any]  # as contract `QuestionDescription`
_LOG = "log points"
WEAK = 2  # steps of confidence that are told in one breath with a direction


@dataclass(frozen=True)
class Natural:
    """A number in natural units.

    Attributes
    ----------
    estimate, low, high, detectable, before : float
        The estimate, its interval, the smallest effect found with 80 % power, and the mean of the
        trial arm before the start; missing ones are NaN.
    decimals : int
        As many are shown.
    near_zero : bool
        The estimate rounds to zero as the study declares its decimals: no direction is told.
    unit, level_unit, measure : str
        The unit of the effect and of the mean before, and what is counted or measured.
    """

    estimate: float
    low: float
    high: float
    detectable: float
    before: float
    decimals: int
    near_zero: bool
    unit: str
    level_unit: str
    measure: str


def headline_of(release: Release, domain: str) -> dict[str, Any] | None:
    """Give the headline that the study declares for a domain, as a mapping; None without one."""
    rows = told(release)
    mine = rows[rows["domain"] == domain]
    return None if mine.empty else dict(mine.iloc[0])


def natural(release: Release, row: Row, question: Question, language: Language) -> Natural:
    """Put a headline, or the total that is told in its place, in the units of its question.

    Parameters
    ----------
    release : Release
        A released study.
    row : mapping
        The headline.
    question : mapping
        As study.json declares it.
    language : Language
        Of unit and measure.
    """
    outcome = release.study["outcomes"][row["outcome"]]
    numbers, unit = row, row["unit"]
    factor = float(question["times"])
    detectable = factor * _float(row["minimum_detectable_effect"])
    if question["total"] is not None:
        numbers = total_of(release, question["total"])
        unit = numbers["unit"]
        detectable *= _float(numbers["multiplier"])
    estimate = factor * _float(numbers["estimate"])
    decimals = question["decimals"]
    decimals = outcome["decimals"] if decimals is None else decimals
    return Natural(
        estimate=estimate,
        low=factor * _float(numbers["ci_low"]),
        high=factor * _float(numbers["ci_high"]),
        detectable=detectable,
        before=factor * _before(release, row) if numbers is row else float("nan"),
        # "0 more" would tell nothing, and after 1 the noun is another
        decimals=1 if decimals == 0 and round(abs(estimate)) < 2 else decimals,
        near_zero=round(abs(estimate), decimals) == 0,
        unit=language.pick(question["unit"], lb.unit_label(unit, language)),
        level_unit=language.pick(question["unit"], lb.level_label(unit, language)),
        measure=language.pick(
            question["measure"], lb.outcome_label(row["outcome"], release.study, language)
        ),
    )


def total_of(release: Release, name: str) -> dict[str, Any]:
    """Give a row of the released totals.

    Raises
    ------
    InputError
        There is none of this name.
    """
    rows = release.totals[release.totals["total"] == name]
    if rows.empty:
        raise InputError(f"totals.csv: no row {name}, which the brief in study.json tells")
    return dict(rows.iloc[0])


def answered(
    release: Release, question: Question, rules: Mapping[str, GradeRule], language: Language
) -> BriefAnswer:
    """Answer a question; without a number, say why there is none.

    Parameters
    ----------
    release : Release
        A released study.
    question : mapping
        As study.json declares it.
    rules : mapping of str to GradeRule
        How sure an answer is.
    language : Language
        Of the reader.
    """
    domain = question["domain"]
    asked = language.pick(question["ask"], language.say(f"brief.ask.{domain}"))
    row = headline_of(release, domain)
    if row is None:
        return BriefAnswer(asked, language.say("brief.found.absent"), language.say("brief.absent"))
    if release.study["blinded"]:
        found, why = (language.say(f"brief.{key}") for key in ("found.blinded", "blinded"))
        return BriefAnswer(asked, found, why, estimand=row["estimand"])
    hidden = _hidden(release, row, question, language)
    if hidden:
        found = language.say("brief.found.hidden")
        return BriefAnswer(asked, found, hidden, estimand=row["estimand"])
    number, grade = natural(release, row, question, language), graded(release, row, rules)
    kind = _kind(row)
    if kind == "clear" and number.near_zero:
        kind = "near_zero"
    direction = "higher" if number.estimate > 0 else "lower"
    known = pd.notna(number.low)
    concerns = [language.say(f"brief.concern.{name}") for name in grade.concerns]
    why = language.say("brief.why", concerns=language.listed(concerns)) if concerns else ""
    return BriefAnswer(
        question=asked,
        found=_found(direction if kind == "clear" else kind, grade.level, language),
        sentence=" ".join(
            [
                _sentence(release, row, number, question, language),
                *_beside(release, row, question, number.decimals, language),
                *([language.pick(question["note"])] if question["note"] else []),
            ]
        ),
        interval=_interval(number, question, language) if known else "",
        grade=language.say(f"brief.grade.{grade.level}"),
        level=grade.level,
        why=why,
        estimand=row["estimand"],
        span=(number.estimate, number.low, number.high) if known else (),
    )


def _found(kind: str, level: int, language: Language) -> str:
    """Say what was found; a direction never without little confidence in it."""
    found = language.say(f"brief.found.{kind}")
    if kind not in ("higher", "lower") or level > WEAK:
        return found
    return language.say("brief.found.weak", found=found, grade=language.say(f"brief.grade.{level}"))


def _interval(number: Natural, question: Question, language: Language) -> str:
    return _with_unit(
        language.interval(number.low, number.high, number.decimals), number.unit, question
    )


def _with_unit(text: str, unit: str, question: Question) -> str:
    """Add the unit, unless what is counted says it."""
    return text if question["said_as"] == "count" else f"{text} {unit}"


def _before(release: Release, row: Row) -> float:
    """Give the mean before the start; none of an outcome that is compared on another scale."""
    plain = release.study["estimands"][row["estimand"]]["transform"] == "none"
    return _float(row["baseline_mean"]) if plain and row["unit"] != _LOG else float("nan")


def _hidden(release: Release, row: Row, question: Question, language: Language) -> str:
    """Say why a headline, or the total in its place, may not be shown; empty if it may."""
    rows = [row]
    if question["total"] is not None:
        rows.append(total_of(release, question["total"]))
    for each in rows:
        if each["status"] == "suppressed":
            return language.say("brief.suppressed")
        if not is_shown(each):
            reason = lb.reason_label(each["identified"], language)
            return language.say("brief.not_identified", reason=reason)
    return ""


def _kind(row: Row) -> str:
    """Tell what a number allows to be said: nothing, no direction, alone a direction, or one."""
    if row["status"] == "failed_diagnostic":
        return "failed"
    if covers_zero(row):
        return "unclear"
    return "clear" if differs(row) else "alone"


def _sentence(
    release: Release, row: Row, number: Natural, question: Question, language: Language
) -> str:
    kind = _kind(row)
    if number.near_zero:
        said = _near_zero(number, question, language)
    else:
        direction = "higher" if number.estimate > 0 else "lower"
        what = language.say(
            f"brief.{question['said_as']}.{direction}",
            n=language.number(abs(number.estimate), number.decimals),
            measure=number.measure,
            unit=number.unit,
        )
        plain = f"{lb.sentence_case(what)}."
        said = [plain if kind == "clear" else language.say("brief.estimate", what=what)]
    if pd.notna(number.before):
        before = language.number(number.before, number.decimals)
        said.append(language.say("brief.before", n=_with_unit(before, number.level_unit, question)))
    if kind == "failed":
        checks = cautions.failed_text(row, release.study, language, within=True)
        said.append(language.say("brief.failed", checks=checks))
    elif kind == "alone":
        said.append(language.say("brief.alone"))
    if kind == "unclear" and pd.notna(number.detectable):
        mde = language.number(number.detectable, number.decimals)
        said.append(language.say("brief.detectable", mde=_with_unit(mde, number.unit, question)))
    return " ".join(said)


def _beside(
    release: Release, headline: Row, question: Question, decimals: int, language: Language
) -> list[str]:
    """Say the estimate that is told with the answer, if it may be seen, and other weights of it."""
    if question["beside"] is None:
        return []
    rows = area_rows(release)
    mine = rows[rows["estimand"].eq(question["beside"]["estimand"]) & rows["term"].eq("att")]
    factor = float(question["times"])
    return [
        language.say(
            "brief.beside.failed" if row["status"] == "failed_diagnostic" else "brief.beside",
            said=language.pick(question["beside"]["said"]),
            n=language.number(factor * row["estimate"], decimals, sign=True),
            interval=language.interval(factor * row["ci_low"], factor * row["ci_high"], decimals),
            weights=""
            if row["weights"] == headline["weights"]
            else f"; {lb.weights_label(row['weights'], release.study, language)}",
        )
        for _, row in mine.iterrows()
        if is_shown(row)
    ]


def _near_zero(number: Natural, question: Question, language: Language) -> list[str]:
    """Say an estimate that rounds to zero with its sign, and the largest change beside it."""
    signed = language.number(number.estimate, number.decimals, sign=True)
    values = {"n": signed, "measure": number.measure, "unit": number.unit}
    said = [language.say(f"brief.near_zero.{question['said_as']}", **values)]
    if pd.notna(number.low):
        ends = [language.number(abs(end), number.decimals) for end in (number.low, number.high)]
        key = "even" if ends[0] == ends[1] else "uneven"
        if number.low < 0 < number.high:
            said.append(language.say(f"brief.fits.{key}", low=ends[0], high=ends[1]))
    return said


def _float(value: Any) -> float:
    return float("nan") if pd.isna(value) else float(value)
