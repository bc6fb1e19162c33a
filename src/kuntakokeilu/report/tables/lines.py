"""Lines of the workbook: every number of a sheet in the same few columns, whatever table it is of.

A sheet of the workbook answers one question with numbers of several result tables. They share a
grid that a page of A4 holds at nine points: what a number is, the number with its interval and
unit, and what its checks say. What else a table knows is in its CSV file.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

import pandas as pd

from kuntakokeilu.report.tables.columns import status_text
from kuntakokeilu.report.words import cautions
from kuntakokeilu.report.words import labels as lb
from kuntakokeilu.report.words.kinds import Row, Study
from kuntakokeilu.report.words.language import Language
from kuntakokeilu.report.words.release import Release
from kuntakokeilu.report.words.rows import is_shown


@dataclass(frozen=True)
class SheetLine:
    """One line of a sheet.

    Attributes
    ----------
    part : str
        The part of the sheet that it belongs to.
    what, how : str
        What the number is about, and what tells it from others of the part.
    estimate, ci_low, ci_high, p_value, total : float
        Missing where there is none to show; the last is euros of a whole group.
    unit, care, name : str
        Its unit; what its checks say; the estimand or number that can be traced, if any.
    decimals : int
        Of the estimate and its interval.
    marked : bool
        Must a reader not overlook it?
    """

    part: str
    what: str
    how: str = ""
    estimate: float = float("nan")
    ci_low: float = float("nan")
    ci_high: float = float("nan")
    p_value: float = float("nan")
    total: float = float("nan")
    unit: str = ""
    care: str = ""
    name: str = ""
    decimals: int = 2
    marked: bool = False


def number_line(
    row: Row,
    part: str,
    what: str,
    how: str,
    release: Release,
    language: Language,
    decimals: int,
    *,
    whole: bool = False,
) -> SheetLine:
    """Make the line of a row of any table that has an estimate, a unit and a status.

    Parameters
    ----------
    row : mapping
        A row with `estimate`, `unit`, `status`, and the columns of its checks; an interval, a
        p-value and an estimand where it has them.
    part, what, how : str
        Words of the line.
    release : Release
        Whose row it is.
    language : Language
        Of the words.
    decimals : int
        Decimals to show.
    whole : bool
        Is every caveat named? Otherwise the strongest is, and the others are counted.
    """
    numbers = {name: _known(row.get(name)) for name in ("estimate", "ci_low", "ci_high", "p_value")}
    return SheetLine(
        part,
        lb.sentence_case(what),
        lb.sentence_case(how),
        **numbers,
        unit=lb.unit_label(row["unit"], language),
        care=(status_text if whole else short_care)(row, release.study, language),
        name=str(row.get("estimand") or ""),
        decimals=decimals,
        marked=row["status"] != "ok",
    )


def effect_lines(
    rows: pd.DataFrame, part: str, release: Release, language: Language, *, whole: bool = False
) -> list[SheetLine]:
    """Make lines of effects, contract RELEASED: outcome, and what tells each from the main one."""
    return [
        number_line(
            row,
            part,
            lb.outcome_label(row["outcome"], release.study, language),
            effect_how(row, release, language),
            release,
            language,
            outcome_decimals(row["outcome"], release),
            whole=whole,
        )
        for _, row in rows.iterrows()
    ]


def effect_how(row: Row, release: Release, language: Language) -> str:
    """Say how an effect is weighted and what tells it from the main one of its outcome.

    Of a window its name comes first.
    """
    said = lb.detail(row["estimand"], release.study, language)
    if row["term"] == "window" and isinstance(row["window"], str):
        window = lb.window_label(row["window"], release.study, language, row["estimand"])
        return f"{window}; {said}"
    return said


def short_care(row: Row, study: Study, language: Language) -> str:
    """Say as `status_text` whether a number may be used, but name the strongest caveat alone."""
    strongest = cautions.strongest_text(row, study, language)
    if not is_shown(row) or not strongest:
        return status_text(row, study, language)
    failed = row["status"] == "failed_diagnostic" or bool(row["failed_checks"])
    key = "failed" if failed else "warned"
    return language.say(f"workbook.status.{key}", checks=strongest)


def outcome_decimals(outcome: str, release: Release) -> int:
    """Give the decimals of an outcome's numbers."""
    return int(release.study["outcomes"][outcome]["decimals"])


def lines_view(lines: Iterable[SheetLine], language: Language) -> pd.DataFrame:
    """Show lines as text: without empty columns, and without parts if there is but one."""
    shown = [
        {
            "sheet.column.part": line.part,
            "sheet.column.what": line.what,
            "sheet.column.how": line.how,
            "workbook.column.estimate": _number_text(line, language),
            "workbook.column.unit": line.unit,
            "workbook.column.status": line.care,
            "workbook.column.estimand": line.name,
        }
        for line in lines
    ]
    table = pd.DataFrame(shown)
    told = [bool(table[key].ne("").any()) for key in table]
    if len(table) and table["sheet.column.part"].nunique() == 1:
        told[0] = False
    table = table.loc[:, told]
    return table.rename(columns=language.say)


def _number_text(line: SheetLine, language: Language) -> str:
    if pd.isna(line.estimate):
        return ""
    number = language.number(line.estimate, line.decimals, sign=True)
    if pd.isna(line.ci_low):
        return number
    return f"{number} ({language.interval(line.ci_low, line.ci_high, line.decimals)})"


def distinct(lines: Iterable[SheetLine]) -> list[SheetLine]:
    """Leave out lines that say the same again under another part."""
    seen: dict[tuple[object, ...], SheetLine] = {}
    for line in lines:
        seen.setdefault((line.what, line.how, line.name, line.unit), line)
    return list(seen.values())


def _known(value: object) -> float:
    return float("nan") if value is None or pd.isna(value) else float(value)  # type: ignore[arg-type,call-overload]
