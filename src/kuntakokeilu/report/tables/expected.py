"""What a study promised of its twin before it was run, and whether it came true.

The first table of the page `validation`. Which numbers are promised stands in the study's
expected.csv; here is only what each kind of promise means.
"""

from __future__ import annotations

import numpy as np
import pandas as pd

from kuntakokeilu.report.tables.found import FOUND, NONE, interval_text, verdict
from kuntakokeilu.report.tables.validation import covered_word, row_name
from kuntakokeilu.report.words import labels as lb
from kuntakokeilu.report.words.cautions import check_name
from kuntakokeilu.report.words.kinds import Row
from kuntakokeilu.report.words.language import Language
from kuntakokeilu.report.words.release import Release
from kuntakokeilu.report.words.rows import is_shown

_COLUMNS = ("expected", "outcome", "specification", "truth", "detectable", "estimate", "interval")
_CAUGHT = ("fail", "warn")


def came_true(expected: str, row: Row, beside: Row | None, check: Row | None) -> bool:
    """Say whether what was promised of a number came true.

    Parameters
    ----------
    expected : {"found", "zero", "shifted", "caught"}
        What was promised, as `study.Expected` says.
    row : mapping
        The number: contract RELEASED with `truth`.
    beside : mapping or None
        Of shifted the net cost; of caught the number whose truth this one should have.
    check : mapping or None
        Of caught the check that should stand against it, a row of contract DIAGNOSTICS; None if
        it was not made.
    """
    if expected == "zero":
        return verdict(row) == NONE
    if expected == "caught":
        if beside is None or check is None or not is_shown(row):
            return False
        holds = bool(row["ci_low"] <= beside["truth"] <= row["ci_high"])
        return not holds and check["verdict"] in _CAUGHT
    large = bool(abs(row["truth"]) >= row["minimum_detectable_effect"])
    found = verdict(row) == FOUND and large
    if expected == "shifted":
        return found and beside is not None and not _saves(beside)
    return found


def expected_rows(release: Release, compared: pd.DataFrame) -> pd.DataFrame:
    """Put beside each promise the number that it is about.

    Parameters
    ----------
    release : Release
        A released study on a synthetic twin.
    compared : DataFrame
        As `validation.against_truth` gives it.

    Returns
    -------
    DataFrame
        Rows of `compared`, as the study lists them, with `expected`, the rows `held` and `checked`
        against them (or None), and `came_true`. Where a design is to be caught, the truth is the
        one that the number would have if the design held.
    """
    numbers = compared[compared["leading"] & compared["term"].eq("att")]
    by_name = {row["estimand"]: row for _, row in numbers.iterrows()}
    rows = []
    for promise in release.study["expected"]:
        row, beside = by_name[promise["estimand"]], by_name.get(promise["beside"])
        check = _check(release, promise["estimand"], promise["check"])
        kept = came_true(promise["expected"], row, beside, check)
        truth = row["truth"]
        if promise["expected"] == "caught" and beside is not None:
            truth = beside["truth"]
        more = {"expected": promise["expected"], "held": beside, "checked": check}
        rows.append({**row, **more, "truth": truth, "came_true": kept})
    return pd.DataFrame(rows)


def expected_table(release: Release, compared: pd.DataFrame, language: Language) -> pd.DataFrame:
    """Show of each promise truth, estimate and interval, what became of it, and if it came true."""
    lines = []
    for _, row in expected_rows(release, compared).iterrows():
        decimals = release.study["outcomes"][row["outcome"]]["decimals"]
        lines.append(
            [
                language.say(f"expected.{row['expected']}"),
                lb.outcome_label(row["outcome"], release.study, language),
                row_name(row, release, language),
                language.number(row["truth"], decimals, sign=True),
                language.number(row["minimum_detectable_effect"], decimals),
                language.number(row["estimate"] if is_shown(row) else np.nan, decimals, sign=True),
                interval_text(row, decimals, language),
                _became(row, release, language),
                covered_word(row["came_true"], language),
            ]
        )
    kept = language.say("expected.column.came_true")
    heads = [language.say(f"expected.column.{name}") for name in (*_COLUMNS, "became")]
    return pd.DataFrame(lines, columns=[*heads, kept])


def expected_sentence(release: Release, compared: pd.DataFrame, language: Language) -> str:
    """Count the promises that came true; nothing where a study made none."""
    rows = expected_rows(release, compared)
    if rows.empty:
        return ""
    return language.say("expected.sentence", kept=int(rows["came_true"].sum()), n=len(rows))


def _saves(row: Row) -> bool:
    """Tell whether a cost falls in truth, or is said to: its interval lies below zero."""
    return bool(row["truth"] < 0 or (is_shown(row) and row["ci_high"] < 0))


def _check(release: Release, estimand: str, name: str | None) -> Row | None:
    checks = release.diagnostics
    mine = checks[checks["estimand"].eq(estimand) & checks["check"].eq(name or "")]
    return None if mine.empty else mine.iloc[0]


def _became(row: Row, release: Release, language: Language) -> str:
    """Say what became of a number, and of what is held against it."""
    if row["expected"] == "caught":
        if row["checked"] is None:
            return language.say("expected.not_checked")
        name = check_name(row["checked"], release.study, language)
        return f"{name}: {lb.verdict_label(row['checked']['verdict'], language)}"
    word = language.say(f"found.{verdict(row)}")
    if row["held"] is None:
        return word
    net = row["held"]
    decimals = release.study["outcomes"][net["outcome"]]["decimals"]
    values = {
        "truth": language.number(net["truth"], decimals, sign=True),
        "estimate": language.number(net["estimate"], decimals, sign=True),
        "interval": interval_text(net, decimals, language),
    }
    return f"{word}; {language.say('expected.net', **values)}"
