"""Which checks stand against a number: of the estimate it is, or of every estimate behind it.

The one place where verdicts meet numbers. Whatever is made of a release carries the two columns
that are added here, so that no table and no sentence can lose a caveat: any check that fails or
warns counts, also one that nobody has thought of yet.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import TypeAlias

import pandas as pd

from kuntakokeilu.report.words import labels as lb
from kuntakokeilu.report.words.kinds import Row, Study
from kuntakokeilu.report.words.language import Language

CHECK_COLUMNS = ["failed_checks", "warned_checks"]
_VERDICTS = {"failed_checks": "fail", "warned_checks": "warn"}
# The strongest first: who has nothing to be compared with, what speaks against the comparison
# itself, then what could not be tested, then data that are not there, then precision.
# ASSUME: a check that is not here, such as a declared placebo, speaks against the comparison.
STRENGTH = (
    *(
        "false_starts",
        "false_starts_aside",
        "overlap",
        "pre_trend",
        "breakdown_slope",
        "pre_trend_untested",
    ),
    *("non_eligible_moves", "ring_moves", "composition", "negative_control"),
    *("pre_trend_clustered", "pre_trend_slope", "anticipation"),
    *("neighbours_differ", "recording"),
    *("already_treated_controls", "negative_weights", "mixed_periods", "two_way_beside"),
    *("comparable", "balance", "areas_left_out", "one_sided_units"),
    *("negative_control_untested", "composition_untested"),
    *("ring_untested", "missing_differs", "cells_left_out", "units_left_out", "level_differs"),
    *("movers", "ring_left_out", "weights_agree_in_sign", "one_cluster_left_out", "area_shocks"),
    *("few_clusters", "largest_cluster_share", "inference_agrees", "effective_controls"),
    "staggered_starts",
)
_PLACE = {name: place for place, name in enumerate(STRENGTH)}

# By column of `CHECK_COLUMNS`, then by estimand: what it does not pass.
NotPassed: TypeAlias = Mapping[str, Mapping[str, list[str]]]


def not_passed_by(checks: pd.DataFrame) -> NotPassed:
    """Name what each estimand does not pass, from contract DIAGNOSTICS, for `with_checks`."""
    return {column: _by_estimand(checks, verdict) for column, verdict in _VERDICTS.items()}


def with_checks(table: pd.DataFrame, behind: tuple[str, ...], names: NotPassed) -> pd.DataFrame:
    """Name the checks that the estimates behind each row do not pass.

    Parameters
    ----------
    table : DataFrame
        Any table whose rows rest on estimates.
    behind : tuple of str
        Its columns that name them.
    names : mapping
        As `not_passed_by` gives it.

    Returns
    -------
    DataFrame
        The table with `failed_checks` and `warned_checks`: names of checks, or of estimands with
        a placebo start, joined by a semicolon, each once; empty if there are none. What fails of
        one estimate is not named as a warning of another.
    """
    found: dict[str, list[str]] = {column: [] for column in CHECK_COLUMNS}
    for estimands in zip(*(table[column] for column in behind), strict=True):
        failed = _of_all(names["failed_checks"], estimands)
        warned = _of_all(names["warned_checks"], estimands)
        found["failed_checks"].append(";".join(failed))
        found["warned_checks"].append(";".join(n for n in warned if n not in failed))
    return table.assign(**{name: pd.Series(v, index=table.index, dtype=object)
                           for name, v in found.items()})  # fmt: skip


def failed_text(row: Row, study: Study, language: Language, *, within: bool = False) -> str:
    """Name the checks that fail behind a row, `within` a sentence or by themselves."""
    return _names(row, "failed_checks", study, language, within)


def care_text(row: Row, study: Study, language: Language, *, within: bool = False) -> str:
    """Name the checks behind a row that warn, `within` a sentence or by themselves."""
    return _names(row, "warned_checks", study, language, within)


def check_name(row: Row, study: Study, language: Language) -> str:
    """Name what a check that does not pass found, from a row of contract DIAGNOSTICS."""
    key = f"check.{row['check']}.caution"
    if language.has(key):  # where the name of the check says what should be, not what is
        return language.say(key)
    return lb.check_name(row, study, language)


def strongest_first(names: Iterable[str]) -> list[str]:
    """Order names of checks, or of estimands with a placebo start, by what they put in doubt."""
    return sorted(dict.fromkeys(names), key=lambda name: _PLACE.get(name, -1))


def strongest_text(row: Row, study: Study, language: Language) -> str:
    """Name the strongest check that a row does not pass, and count the others; or nothing."""
    named = [part for text in (failed_text(row, study, language, within=True),
                               care_text(row, study, language, within=True))
             for part in text.split("; ") if part]  # fmt: skip
    if not named:
        return ""
    first, others = named[0], len(named) - 1
    return language.say("caution.first", check=first, n=others) if others else first


def short_text(row: Row, language: Language) -> str:
    """Say in a word or two whether checks stand against a shown number; empty if none does."""
    if row["status"] == "failed_diagnostic":
        return lb.status_label(row["status"], language)
    return language.say("status.needs_care") if row["warned_checks"] else ""


def _names(row: Row, column: str, study: Study, language: Language, within: bool) -> str:
    found = strongest_first(name for name in row[column].split(";") if name)
    placebos = [name if name in study["estimands"] else None for name in found]
    named = (
        check_name({"check": name, "placebo": placebo}, study, language)
        for name, placebo in zip(found, placebos, strict=True)
    )
    names = dict.fromkeys(named)  # one placebo start can be asked of several outcomes
    return "; ".join(name[:1].lower() + name[1:] if within else name for name in names)


def _by_estimand(checks: pd.DataFrame, verdict: str) -> dict[str, list[str]]:
    mine = checks[checks["verdict"] == verdict]
    found: dict[str, list[str]] = {}
    for estimand, name in zip(mine["estimand"], mine["placebo"].fillna(mine["check"]), strict=True):
        found.setdefault(str(estimand), []).append(name)
    return found


def _of_all(names: Mapping[str, list[str]], estimands: tuple[str, ...]) -> list[str]:
    return list(dict.fromkeys(n for estimand in estimands for n in names.get(estimand, [])))
