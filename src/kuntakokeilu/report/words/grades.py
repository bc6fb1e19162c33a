"""How sure an answer is, by rules that are declared and the same for every study.

An answer begins at the highest of four steps. Each kind of doubt, however many checks raise it,
takes as many steps as its gravest finding; the lowest step is never left. The steps and the
downgrading by kinds of doubt follow GRADE (Guyatt et al. 2008, BMJ 336: 924-926); what counts as a
doubt is this project's own and stands in config/brief_grades.csv.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

import pandas as pd
from pydantic import Field

from kuntakokeilu.errors import InputError
from kuntakokeilu.facts.basics import Closed, Name
from kuntakokeilu.facts.rows import read_rows, unique
from kuntakokeilu.report.words.bounds import is_fragile
from kuntakokeilu.report.words.kinds import Row, Study
from kuntakokeilu.report.words.release import Release
from kuntakokeilu.report.words.rows import covers_zero, differs

HIGHEST, LOWEST = 4, 1
CONCERNS = ("comparison", "inference", "data", "stability", "chance")  # in reading order
RULES = Path("config/brief_grades.csv")


class GradeRule(Closed):
    """One row of config/brief_grades.csv."""

    finding: Name = Field(description="a check, `placebo`, or what is seen from the number itself")
    concern: Literal["comparison", "inference", "data", "stability", "chance"] = Field(
        description="the kind of doubt that it raises"
    )
    warn: int = Field(ge=0, le=3, description="steps lost if it warns")
    fail: int = Field(default=0, ge=0, le=3, description="steps lost if it fails")


@dataclass(frozen=True)
class Grade:
    """How sure an answer is.

    Attributes
    ----------
    level : int
        From `LOWEST` to `HIGHEST`.
    concerns : tuple of str
        The kinds of doubt that lowered it, in the order of `CONCERNS`.
    """

    level: int
    concerns: tuple[str, ...]


def read_grades(path: Path = RULES) -> dict[str, GradeRule]:
    """Read the rules by their finding.

    Raises
    ------
    InputError
        A row has a fault or a finding occurs twice.
    """
    path = Path(path)
    where = path.parent.as_posix()
    return unique(read_rows(path, GradeRule, where), "finding", f"{where}/{path.name}")


def graded(release: Release, row: Row, rules: Mapping[str, GradeRule]) -> Grade:
    """Grade a number that is shown.

    Parameters
    ----------
    release : Release
        A released study.
    row : mapping
        The leading row of contract RELEASED.
    rules : mapping of str to GradeRule
        As `read_grades` gives them.

    Raises
    ------
    InputError
        A check that the number does not pass has no rule.
    """
    lost: dict[str, int] = {}
    for finding, verdict in _findings(release, row):
        if finding not in rules:
            raise InputError(
                f"{RULES.as_posix()}: no rule for the check {finding}, which {row['estimand']} "
                "does not pass; expected a row of it"
            )
        rule = rules[finding]
        steps = rule.fail if verdict == "fail" else rule.warn
        lost[rule.concern] = max(steps, lost.get(rule.concern, 0))
    concerns = tuple(name for name in CONCERNS if lost.get(name))
    return Grade(max(LOWEST, HIGHEST - sum(lost.values())), concerns)


def _findings(release: Release, row: Row) -> list[tuple[str, str]]:
    """Name what speaks against a number, with its verdict."""
    found = [
        (_check(name, release.study), verdict)
        for column, verdict in (("failed_checks", "fail"), ("warned_checks", "warn"))
        for name in str(row[column]).split(";")
        if name
    ]
    if pd.isna(row["ci_low"]):
        found.append(("no_interval", "warn"))
    elif covers_zero(row):
        found.append(("covers_zero", "warn"))
    elif not differs(row):
        found.append(("apart_alone", "warn"))
    if is_fragile(release, row):
        found.append(("sign_fragile", "warn"))
    return found


def _check(name: str, study: Study) -> str:
    """Name a check; a placebo start stands there under the name of its estimand."""
    return "placebo" if name in study["estimands"] else name
