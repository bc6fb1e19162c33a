"""What the brief of a study answers: its questions in order, and how their headlines are said."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Any, Literal, Self

from pydantic import Field
from pydantic import model_validator as validate_model

from kuntakokeilu.errors import InputError, some
from kuntakokeilu.facts.basics import Closed, Labels, Name

Domain = Literal["employment", "cost", "wellbeing", "other"]
# What every trial of municipalities is asked, also where there are no data to answer with.
_ASKED_OF_ALL: tuple[Domain, ...] = ("employment", "cost", "wellbeing")


class Beside(Closed):
    """An estimate of the same outcome that is told with the answer, in its units."""

    estimand: str = Field(description="row of estimands.csv", min_length=1)
    said: Labels = Field(description="what it is, as the number follows: 'Of other job seekers'")


class QuestionAsked(Closed):
    """A question, answered by the headline of its domain; without one it is said to be open."""

    domain: Domain = Field(description="domain whose headline in estimands.csv answers it")
    ask: Labels | None = Field(
        default=None, description="the question; default: that of config/labels for the domain"
    )
    said_as: Literal["count", "level"] = Field(
        default="level",
        description="count: so many more or fewer of `measure`; level: `measure` is so much higher "
        "or lower",
    )
    measure: Labels | None = Field(
        default=None, description="what is counted or measured; default: the outcome's label"
    )
    times: float = Field(
        default=1,
        gt=0,
        description="what the estimate is multiplied by: 10 makes percentage points of persons a "
        "number for every 1,000 of them",
    )
    decimals: int | None = Field(
        default=None, ge=0, le=6, description="decimals shown; default: those of the outcome"
    )
    unit: Labels | None = Field(
        default=None, description="unit after `times`; default: the outcome's own"
    )
    total: Name | None = Field(
        default=None, description="row of totals.csv that is told in place of the estimate"
    )

    note: Labels | None = Field(
        default=None, description="a sentence that says what is measured, or of whom"
    )
    beside: Beside | None = Field(
        default=None, description="another estimate, without which the answer would be misread"
    )

    @validate_model(mode="after")
    def _said_in_natural_units(self) -> Self:
        if self.said_as == "count" and self.measure is None:
            raise ValueError("measure: missing; said_as: count needs it")
        if self.times != 1 and self.measure is None and self.unit is None:
            raise ValueError("times: needs measure or unit, which say what it makes of the number")
        return self


class BriefAsked(Closed):
    """The page of one sheet: what it answers, in which order, and what it cannot tell."""

    questions: list[QuestionAsked] = Field(
        min_length=1, max_length=4, description="in the order in which they are answered"
    )
    limits: list[Labels] = Field(
        default=[],
        max_length=4,
        description="what this study cannot tell, a sentence each, beside what its checks say",
    )


def asked_questions(
    asked: BriefAsked | None,
    headlines: Mapping[str, str],
    totals: Mapping[str, str],
    outcomes: Mapping[str, str],
    where: str,
    *,
    of_trial: bool = True,
) -> dict[str, Any]:
    """Say which questions the brief answers, with every default filled in.

    Parameters
    ----------
    asked : BriefAsked or None
        What the study declares.
    headlines : mapping of str to str
        Domain to the estimand that leads it.
    totals : mapping of str to str
        Row of totals.csv to its estimand.
    outcomes : mapping of str to str
        Estimand to its outcome.
    where : str
        The file, for messages.
    of_trial : bool
        Whether the default asks what every trial of municipalities is asked, or only what has a
        headline.

    Returns
    -------
    dict
        `questions` and `limits` as plain data.

    Raises
    ------
    InputError
        A domain is asked twice, a headline answers no question, a total is not of the headline, or
        what is told beside it is of another outcome.
    """
    if asked is None:
        usual = _usual(headlines, of_trial)
        asked = BriefAsked(questions=[QuestionAsked(domain=domain) for domain in usual])
    domains = [question.domain for question in asked.questions]
    twice = sorted({domain for domain in domains if domains.count(domain) > 1})
    if twice:
        raise InputError(f"{where}, brief.questions: {some(twice)} is asked twice")
    unasked = [name for domain, name in headlines.items() if domain not in domains]
    if unasked:
        raise InputError(
            f"{where}, brief.questions: no question for the headline {some(unasked)}; expected one "
            "for the domain of each"
        )
    for question in asked.questions:
        _check_total(question, headlines.get(question.domain), totals, where)
        _check_beside(question, headlines.get(question.domain), outcomes, where)
    return asked.model_dump(mode="json")


def _usual(headlines: Collection[str], of_trial: bool) -> list[Domain]:
    """Ask what is asked of every trial, and what else has a headline."""
    always = of_trial and not set(_ASKED_OF_ALL).isdisjoint(headlines)
    domains: tuple[Domain, ...] = (*_ASKED_OF_ALL, "other")
    return [name for name in domains if name in headlines or (always and name != "other")]


def _check_total(
    question: QuestionAsked, headline: str | None, totals: Mapping[str, str], where: str
) -> None:
    if question.total is None:
        return
    of = totals.get(question.total)
    if of is None or of != headline:
        there = [name for name, estimand in totals.items() if estimand == headline]
        expected = f"expected {some(there)}" if there else "there is none of this headline"
        raise InputError(
            f"{where}, brief.questions.{question.domain}.total: {question.total} is no row of "
            f"totals.csv with the estimand {headline or 'of a headline'}; {expected}"
        )


def _check_beside(
    question: QuestionAsked, headline: str | None, outcomes: Mapping[str, str], where: str
) -> None:
    if question.beside is None:
        return
    outcome = outcomes.get(headline or "")
    if outcome is None or outcomes.get(question.beside.estimand) != outcome:
        raise InputError(
            f"{where}, brief.questions.{question.domain}.beside: {question.beside.estimand} is no "
            f"row of estimands.csv of {outcome or 'a headline'}; it is told in the same units"
        )
