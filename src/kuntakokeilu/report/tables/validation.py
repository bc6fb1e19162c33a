"""Released estimates beside the known truth of a synthetic twin: which intervals cover it.

The only module of this room that reads the truth, and only for the notebook `validation`.
"""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd

from kuntakokeilu.contracts import INFERENCES, ROLES, TRUTH
from kuntakokeilu.errors import InputError
from kuntakokeilu.io import read_table
from kuntakokeilu.report.words import labels as lb
from kuntakokeilu.report.words.kept import records
from kuntakokeilu.report.words.kinds import Row
from kuntakokeilu.report.words.language import Language
from kuntakokeilu.report.words.release import Release
from kuntakokeilu.report.words.rows import KEY, is_shown

SERIES = "simultaneous_area"


def read_truth(path: Path | str) -> pd.DataFrame:
    """Read the true effects of a synthetic twin, contract TRUTH.

    Raises
    ------
    InputError
        There is no such file, or it does not follow the contract.
    """
    if not path or not Path(path).is_file():
        raise InputError("truth: no such file; only a study on a synthetic twin has one")
    return read_table(Path(path), TRUTH)


def against_truth(release: Release, truth: pd.DataFrame) -> pd.DataFrame:
    """Put the truth beside every released row.

    Parameters
    ----------
    release : Release
        A released study on a synthetic twin.
    truth : DataFrame
        Contract TRUTH.

    Returns
    -------
    DataFrame
        Contract RELEASED with `truth` and `covered`: whether the interval holds the truth; missing
        without a number that may be shown, without an interval, or without a truth. An end that
        does not exist is infinite if the other one does. Of a suppressed estimate the truth is
        missing: it is a mean over the same persons.
    """
    rows = release.estimates.merge(truth, on=KEY, how="left", validate="many_to_one")
    rows["truth"] = rows["truth"].mask(rows["status"].eq("suppressed"))
    seen = np.array([is_shown(row) for _, row in rows.iterrows()], bool)
    known = seen & rows[["ci_low", "ci_high"]].notna().any(axis=1) & rows["truth"].notna()
    inside = rows["ci_low"].fillna(-np.inf).le(rows["truth"])
    inside &= rows["ci_high"].fillna(np.inf).ge(rows["truth"])
    return rows.assign(covered=inside.astype("boolean").where(known))


def main_rows(compared: pd.DataFrame) -> pd.DataFrame:
    """Choose the main effects clustered by area, whole and by calendar window."""
    lead = compared["leading"] & compared["role"].eq("main")
    return compared[lead & compared["term"].ne("event_time")]


def truth_table(release: Release, compared: pd.DataFrame, language: Language) -> pd.DataFrame:
    """Show of each main effect the estimate, its interval, the truth, and whether it is covered."""
    rows = []
    for _, row in main_rows(compared).iterrows():
        decimals = release.study["outcomes"][row["outcome"]]["decimals"]
        shown = is_shown(row)
        told = shown and row["std_error"] > 0
        error = (row["estimate"] - row["truth"]) / row["std_error"] if told else np.nan
        interval = language.number(np.nan, 0)
        if pd.notna(row["covered"]):
            interval = language.interval(row["ci_low"], row["ci_high"], decimals)
        estimate = lb.status_label(row["status"], language)
        if shown:
            estimate = language.number(row["estimate"], decimals, sign=True)
        rows.append(
            [
                lb.outcome_label(row["outcome"], release.study, language),
                row_name(row, release, language),
                estimate,
                language.number(row["std_error"] if shown else np.nan, decimals + 1),
                interval,
                language.number(row["truth"], decimals, sign=True),
                language.number(error, 1, sign=True),
                covered_word(row["covered"], language),
            ]
        )
    names = ("outcome", "specification", "estimate", "std_error", "interval", "truth", "error")
    return _table(rows, (*names, "covered"), language)


def kinds_table(release: Release, compared: pd.DataFrame, language: Language) -> pd.DataFrame:
    """Show of each main effect what every kind of inference says of the truth.

    Intervals cover it or not. Permutation tests have none: they have the p-value of no effect.
    """
    mine = compared[compared["role"].eq("main") & compared["term"].eq("att")]
    kinds = [k for k in INFERENCES if k != SERIES and mine["inference"].eq(k).any()]
    rows = []
    for _, group in mine.groupby("estimand", sort=False):
        by_kind = {row["inference"]: row for row in reversed(records(group))}
        said = [_kind(by_kind[k], language) if k in by_kind else "" for k in kinds]
        first = group.iloc[0]
        outcome = lb.outcome_label(first["outcome"], release.study, language)
        rows.append([outcome, row_name(first, release, language), *said])
    heads = [lb.inference_label(kind, release.study, language) for kind in kinds]
    columns = [language.say(f"validation.column.{name}") for name in ("outcome", "specification")]
    return pd.DataFrame(rows, columns=[*columns, *map(lb.sentence_case, heads)])


def counts_table(compared: pd.DataFrame, language: Language) -> pd.DataFrame:
    """Count by role and kind of number the intervals that cover the truth, clustered by area."""
    known = compared[compared["leading"] & compared["covered"].notna()]
    rows = []
    for role in ROLES:
        for term in ("att", "window", "event_time"):
            mine = known[known["role"].eq(role) & known["term"].eq(term)]
            if len(mine):
                counts = len(mine), int(mine["covered"].sum())
                what = (lb.sentence_case(lb.role_label(role, language)),
                        language.say(f"validation.term.{term}"))  # fmt: skip
                rows.append([*what, *(language.number(n, 0) for n in counts)])
    return _table(rows, ("role", "term", "intervals", "covering"), language)


def covered_sentence(compared: pd.DataFrame, language: Language) -> str:
    """Say how many of the main effects have an interval that covers the truth."""
    rows = main_rows(compared)
    known = rows["covered"].dropna()
    values = {"covered": int(known.sum()), "n": len(known)}
    said = language.say("validation.covered", **values)
    missing = len(rows) - len(known)
    more = language.say("validation.missing", n=missing) if missing else ""
    return f"{said} {more}".strip()


def series_sentence(compared: pd.DataFrame, estimand: str, language: Language) -> str:
    """Say how many bins of a series have an interval that covers the truth, and if its band does.

    The band holds all bins at once or fails.
    """
    mine = compared[compared["estimand"].eq(estimand) & compared["term"].eq("event_time")]
    own = mine.loc[mine["leading"], "covered"].dropna()
    band = mine.loc[mine["inference"].eq(SERIES), "covered"].dropna()
    said = language.say("validation.series", covered=int(own.sum()), n=len(own))
    if band.empty:
        return said
    whole = "whole" if band.all() else "not_whole"
    return f"{said} {language.say(f'validation.band.{whole}')}"


def row_name(row: pd.Series, release: Release, language: Language) -> str:
    """Say how a row was estimated, and of which window it is."""
    parts = [lb.detail(row["estimand"], release.study, language)]
    if pd.notna(row["window"]):
        parts.append(lb.window_name(row["window"], release.study, language))
    return lb.sentence_case("; ".join(parts))


def covered_word(covered: bool | None, language: Language) -> str:
    """Say whether an interval covers the truth, in one word; a dash if there is none."""
    if pd.isna(covered):
        return language.number(np.nan, 0)
    return language.say(f"validation.{'yes' if covered else 'no'}")


def _kind(row: Row, language: Language) -> str:
    if pd.isna(row["covered"]) and pd.notna(row["p_value"]):
        return language.p_text(row["p_value"])
    return covered_word(row["covered"], language)


def _table(rows: list[list[str]], names: tuple[str, ...], language: Language) -> pd.DataFrame:
    return pd.DataFrame(rows, columns=[language.say(f"validation.column.{name}") for name in names])
