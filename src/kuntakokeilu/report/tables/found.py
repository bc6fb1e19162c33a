"""What a synthetic twin had to be found, and what was: the first table of the page `validation`."""

from __future__ import annotations

import numpy as np
import pandas as pd

from kuntakokeilu.report.tables.validation import row_name
from kuntakokeilu.report.words import labels as lb
from kuntakokeilu.report.words.headlines import told
from kuntakokeilu.report.words.kinds import Row
from kuntakokeilu.report.words.language import Language
from kuntakokeilu.report.words.release import Release
from kuntakokeilu.report.words.rows import alike, covers_zero, is_shown, lead_rows

FOUND, FAILED, NONE = "found", "failed_check", "none"  # as it should be
MISSED, TOO_SMALL, FALSE_ALARM, WRONG_SIGN = "missed", "too_small", "false_alarm", "wrong_sign"
HIDDEN = "hidden"
_COLUMNS = ("domain", "outcome", "specification", "truth", "detectable", "estimate", "interval")
# ASSUME: a truth below a ten-thousandth of what is detectable is rounding, not an effect.
_NOTHING = 1e-4


def found_rows(release: Release, compared: pd.DataFrame) -> pd.DataFrame:
    """Choose one leading row per outcome and design, and say what became of its effect.

    Of rows that differ in their weights alone it is the one that the study tells in words, else
    the first, as declared: no result chooses.

    Parameters
    ----------
    release : Release
        A released study on a synthetic twin.
    compared : DataFrame
        As `validation.against_truth` gives it.

    Returns
    -------
    DataFrame
        Rows of `compared` with `verdict`, domains in reading order, the largest effects first.
    """
    chosen = set(told(release)["estimand"])
    picked = []
    for _, rows in alike(lead_rows(release)):
        mine = rows[rows["estimand"].isin(chosen)]
        picked.append((mine if len(mine) else rows).iloc[0]["estimand"])
    lead = compared["leading"] & compared["term"].eq("att") & compared["estimand"].isin(picked)
    rows = compared[lead & compared["truth"].notna()]
    rows = rows.assign(
        verdict=[verdict(row) for _, row in rows.iterrows()],
        domain=rows["outcome"].map(lambda name: release.study["outcomes"][name]["domain"]),
        size=(rows["truth"] / rows["minimum_detectable_effect"]).abs(),
    )
    rows["place"] = rows["domain"].map(lb.DOMAINS.index)
    return rows.sort_values(["place", "size"], ascending=[True, False], kind="stable")


def verdict(row: Row) -> str:
    """Say what became of a true effect: one of the words of this module.

    An interval that covers zero is never proof of no effect: where the truth is smaller than what
    would have been found with 80 % probability, it is `too_small`.
    """
    if row["status"] == "failed_diagnostic":
        return FAILED
    if not is_shown(row):
        return HIDDEN
    detectable = row["minimum_detectable_effect"]
    nothing = abs(row["truth"]) <= _NOTHING * (detectable if pd.notna(detectable) else 0.0)
    if covers_zero(row):
        if nothing:
            return NONE
        return MISSED if abs(row["truth"]) >= detectable else TOO_SMALL
    if nothing:
        return FALSE_ALARM
    return FOUND if np.sign(row["truth"]) == np.sign(row["estimate"]) else WRONG_SIGN


def found_table(release: Release, compared: pd.DataFrame, language: Language) -> pd.DataFrame:
    """Show truth, smallest detectable effect, estimate, interval and what became of it."""
    lines = []
    for _, row in found_rows(release, compared).iterrows():
        decimals = release.study["outcomes"][row["outcome"]]["decimals"]
        shown = is_shown(row)
        lines.append(
            [
                lb.domain_label(row["domain"], language),
                lb.outcome_label(row["outcome"], release.study, language),
                row_name(row, release, language),
                language.number(row["truth"], decimals, sign=True),
                language.number(row["minimum_detectable_effect"], decimals),
                language.number(row["estimate"] if shown else np.nan, decimals, sign=True),
                interval_text(row, decimals, language),
                language.say(f"found.{row['verdict']}"),
            ]
        )
    heads = [language.say(f"found.column.{name}") for name in (*_COLUMNS, "verdict")]
    return pd.DataFrame(lines, columns=heads)


def interval_text(row: Row, decimals: int, language: Language) -> str:
    """Show an interval; a dash where a number has none that may be shown."""
    if not is_shown(row) or pd.isna(row["ci_low"]) or pd.isna(row["ci_high"]):
        return language.number(np.nan, 0)
    return language.interval(row["ci_low"], row["ci_high"], decimals)


def found_sentence(release: Release, compared: pd.DataFrame, language: Language) -> str:
    """Count what could be found and was, what was too small, and false alarms."""
    counts = found_rows(release, compared)["verdict"].value_counts()
    said = {name: int(counts.get(name, 0)) for name in (FOUND, MISSED, TOO_SMALL, NONE, FAILED)}
    wrong = int(counts.get(FALSE_ALARM, 0)) + int(counts.get(WRONG_SIGN, 0))
    return language.say("found.sentence", wrong=wrong, **said)
