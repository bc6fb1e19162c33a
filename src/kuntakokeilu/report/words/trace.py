"""Where a number comes from: from the sentence that says it down to the files and the code.

Made of a release alone, so that whoever has the package can follow a number; what lies under
restricted/ is named and never read.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from difflib import get_close_matches

import pandas as pd

from kuntakokeilu.contracts import RELEASED_TABLES
from kuntakokeilu.errors import InputError
from kuntakokeilu.report.words import cautions, made_of, trace_origin, trace_steps
from kuntakokeilu.report.words import labels as lb
from kuntakokeilu.report.words.kept import kept, rows_with
from kuntakokeilu.report.words.kinds import Row
from kuntakokeilu.report.words.language import Language
from kuntakokeilu.report.words.release import Release
from kuntakokeilu.report.words.side_by_side import number_text
from kuntakokeilu.report.words.trace_steps import Step

MADE = ("ratios", "totals", "combinations")  # tables of numbers that are made of estimates
_NEAR = 3


@dataclass(frozen=True)
class Trace:
    """The way back of one number or series.

    Attributes
    ----------
    name : str
        The estimand, or the number made of estimates.
    title : str
        What it is, in words.
    steps : list of Step
        From what is said to the settings; `origin` has what all numbers of a release share.
    behind : list of str
        Estimands that it is made of; none of an estimand itself.
    """

    name: str
    title: str
    steps: list[Step]
    behind: list[str] = field(default_factory=list)


def trace_file(language: Language) -> str:
    """Name the page that says where numbers come from; `#` and an estimand lead to one of them."""
    return f"trace_{language.code}.html"


def traced(release: Release) -> list[str]:
    """Name all that can be traced: estimands, then numbers made of them, as they are released."""
    return [*release.estimates["estimand"].unique(), *_made(release)]


def trace(release: Release, name: str, language: Language, most: int | None = None) -> Trace:
    """Follow one number back to the settings that made it.

    Parameters
    ----------
    release : Release
        A released study.
    name : str
        An estimand, a ratio, a total or a combination.
    language : Language
        Of the reader.
    most : int, optional
        How many rows of a series are shown; by default all.

    Returns
    -------
    Trace
        What is said, the rows of the release, checks, cells and settings; of a number made of
        estimates, what is said and its row.

    Raises
    ------
    InputError
        The release has no such number; those with a name like it are listed.
    """
    made = _made(release)
    if name in made:
        return _trace_made(release, made[name], name, language)
    rows = rows_with(release, "estimates", "estimand", name)
    if rows.empty:
        near = get_close_matches(name, traced(release), n=_NEAR, cutoff=0.3)
        hint = f"; near: {', '.join(near)}" if near else ""
        raise InputError(f"{release.study['study']}: no estimand {name}{hint}")
    lead = rows[rows["leading"]].iloc[0]
    outcome = lb.outcome_label(lead["outcome"], release.study, language)
    return Trace(
        name,
        f"{outcome} ({lb.detail(name, release.study, language)})",
        [
            trace_steps.said(release, rows, language),
            trace_steps.in_release(release, rows, language, most),
            trace_steps.checks(release, name, language),
            trace_origin.cells(release, lead, language),
            trace_origin.rules(release, lead, language),
        ],
    )


def origin(release: Release, language: Language) -> list[Step]:
    """Give the steps that all numbers of a release share: its source files, and its code."""
    return [trace_origin.data(release, language), trace_origin.code(release, language)]


@kept
def _made(release: Release) -> dict[str, str]:
    """Name the numbers that are made of estimates, each with its table."""
    return {
        str(name): table for table in MADE for name in getattr(release, table)[_column_of(table)]
    }


def _column_of(table: str) -> str:
    return table.removesuffix("s")


def _trace_made(release: Release, table: str, name: str, language: Language) -> Trace:
    study, frame = release.study, getattr(release, table)
    rows = frame[frame[_column_of(table)].eq(name)]
    row = rows.iloc[0]
    title = lb.sentence_case(made_of.made_label(table, row, study, language))
    behind = [str(row[column]) for column in RELEASED_TABLES[table].rests_on]
    named = [made_of.estimand_text(estimand, study, language) for estimand in behind]
    lines = [
        f"{title}: {_number(table, row, release, language)}.",
        language.say("trace.made_of", names=language.listed(named)),
        *filter(None, [_care(row, release, language)]),
    ]
    facts = [(str(column), str(value)) for column, value in row.items() if pd.notna(value)]
    place = trace_steps.place(table, rows.index, language)
    facts = [(language.say("trace.name.file"), place), *[fact for fact in facts if fact[1]]]
    return Trace(name, title, [Step("said", lines), Step("rows", [], facts)], behind)


def _number(table: str, row: Row, release: Release, language: Language) -> str:
    if table == "ratios":
        return made_of.ratio_sentence(row, release.study, language).removesuffix(".")
    unit = lb.unit_label(row["unit"], language)
    return number_text(row, made_of.places(row["unit"], each=True), language, unit)


def _care(row: Row, release: Release, language: Language) -> str:
    """Name the checks that estimates behind the number do not pass."""
    texts = (
        cautions.failed_text(row, release.study, language, within=True),
        cautions.care_text(row, release.study, language, within=True),
    )
    told = "; ".join(text for text in texts if text)
    return language.say("trace.made_checks", checks=told) if told else ""
