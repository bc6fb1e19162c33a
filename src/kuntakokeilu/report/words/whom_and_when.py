"""Whom a number is about, from when to when, against whom and where: from its own row."""

from __future__ import annotations

import pandas as pd

from kuntakokeilu.report.words import labels as lb
from kuntakokeilu.report.words.kinds import Row, Study
from kuntakokeilu.report.words.language import Language


def whom_and_when(row: Row, study: Study, language: Language) -> str:
    """Say who is compared with whom in one number, and over which time.

    Parameters
    ----------
    row : mapping
        A row of contract RELEASED.
    study : mapping
        Content of study.json.
    language : Language
        Of the reader.

    Returns
    -------
    str
        Persons and months after the start, persons and months before it, the units and areas
        compared, and the periods of the study after the last one that is in the number.
    """
    about = study["estimands"][row["estimand"]]
    frequency, start = study["frequency"], about["start"] or study["start"]
    where = language.say(
        f"whom.where.{study['units']}",
        trial=row["n_trial"],
        control=row["n_control"],
        areas=row["n_trial_clusters"],
        control_areas=row["n_control_clusters"],
    )
    if start is None:
        span = _span(about["first_period"], about["last_period"], language)
        return f"{language.say('whom.staggered', span=span)} {where}"
    kind = about["sample"] if about["sample"] in ("stock", "inflow", "survey") else "periods"
    after, before, last = _sides(about, start, frequency, language)
    who = lb.sentence_case(lb.population_label(about["population"], study, language))
    said = [language.say(f"whom.{kind}", who=who, after=after, before=before), where]
    if last < study["last_period"] and about["role"] != "placebo":
        rest = _span(_moved(last, 1, frequency), study["last_period"], language)
        said.append(language.say("whom.rest", span=rest))
    return " ".join(said)


def last_periods(study: Study) -> list[str]:
    """Name the last period that each estimand of persons followed has data of."""
    start = study["start"]
    followed = [
        about
        for about in study["estimands"].values()
        if start and about["sample"] in ("stock", "inflow", "survey")
    ]
    ends = []
    for about in followed:
        steps = 0 if about["sample"] == "survey" else about["elapsed_last"] or 0
        last = max(about["stocks"]) if about["sample"] == "stock" else about["last_period"]
        ends.append(_moved(last, steps, study["frequency"]))
    return ends


def _sides(about: Study, start: str, frequency: str, language: Language) -> tuple[str, str, str]:
    """Give in words who and which months come after the start, and before; and the last month."""
    first, last = about["first_period"], about["last_period"]
    steps = (about["elapsed_first"] or 0, about["elapsed_last"] or 0)
    if about["sample"] == "stock":
        # a stock of the month before the start is the first one in the trial
        treated = [stock for stock in about["stocks"] if _moved(stock, 1, frequency) >= start]
        before = [stock for stock in about["stocks"] if stock not in treated]
        said = [_stocks(stocks, steps, language) for stocks in (treated, before)]
        return said[0], said[1], _moved(max(about["stocks"]), steps[1], frequency)
    if about["sample"] == "survey":
        return language.period(last), language.period(first), last
    until = _moved(start, -1 - (steps[1] if about["sample"] == "inflow" else 0), frequency)
    spans = [_span(start, last, language), _span(first, until, language)]
    if about["sample"] == "inflow":
        months = lb.followed(*steps, language)
        spans = [f"{span} ({months})" for span in spans]
    return spans[0], spans[1], _moved(last, steps[1], frequency)


def _stocks(stocks: list[str], steps: tuple[int, int], language: Language) -> str:
    """Name the stocks of one side, each with the months that it was followed."""
    parts = [
        language.say(
            "whom.stock.followed",
            end=language.period(stock),
            span=_span(_moved(stock, steps[0], "M"), _moved(stock, steps[1], "M"), language),
        )
        for stock in stocks
    ]
    return language.listed(parts)


def _span(first: str, last: str, language: Language) -> str:
    return language.period(first) if first == last else lb.span(first, last, language)


def _moved(text: str, steps: int, frequency: str) -> str:
    return str(pd.Period(text, frequency) + steps) if steps else text
