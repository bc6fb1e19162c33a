"""What stands in and by every figure and table: captions, and sentences that figures share."""

from __future__ import annotations

import pandas as pd

from kuntakokeilu.report.words import cautions
from kuntakokeilu.report.words import labels as lb
from kuntakokeilu.report.words.attribution import source_line
from kuntakokeilu.report.words.kinds import Row, Study
from kuntakokeilu.report.words.language import Language
from kuntakokeilu.report.words.rows import SHOWN, covers_zero
from kuntakokeilu.report.words.who_is_compared import notes

__all__ = [
    "caption",
    "care_note",
    "clear_text",
    "estimate_text",
    "failed_note",
    "failed_text",
    "hidden_note",
    "in_unit",
    "interval_text",
    "joined",
    "notes",
    "sourced",
]


def caption(study: Study, text: str, language: Language) -> str:
    """Close a caption with the notes of the study: simulated data, incomplete coverage."""
    note = notes(study, language)
    return f"{text} ({note})" if note else text


def sourced(note: str, study: Study, language: Language) -> str:
    """Close the note of a figure with the sources of the study."""
    return joined(note, source_line(study, language))


def hidden_note(rows: pd.DataFrame, language: Language) -> str:
    """Say how many of these numbers a figure leaves out, and why; empty if none."""
    reasons = ("suppressed", "not_identified")
    counts = {reason: int(rows["status"].eq(reason).sum()) for reason in reasons}
    said = [language.say(f"figure.hidden.{k}", n=n) for k, n in counts.items() if n]
    return language.say("figure.hidden", what=language.listed(said)) if said else ""


def failed_note(rows: pd.DataFrame, language: Language) -> str:
    """Explain hollow markers; empty if no number failed a check."""
    failed = rows["status"].eq("failed_diagnostic").any()
    return language.say("figure.hollow_note") if failed else ""


def care_note(rows: pd.DataFrame, study: Study, language: Language) -> str:
    """Say which checks warn of the numbers of one estimate, or of how many of several; or nothing.

    Markers do not show it: nearly every number of a study may need care.
    """
    drawn = rows[rows["status"].isin(SHOWN)]
    warned = drawn[drawn["warned_checks"].ne("")]
    if warned.empty:
        return ""
    if drawn["estimand"].nunique() == 1:
        checks = cautions.care_text(warned.iloc[0], study, language, within=True)
        return language.say("figure.care", checks=checks)
    return language.say("figure.care_many", n=len(warned), total=len(drawn))


def interval_text(row: Row, decimals: int, language: Language) -> str:
    """Write the interval of a number, or that it has none."""
    if pd.isna(row["ci_low"]):
        return language.say("figure.no_interval")
    return language.interval(row["ci_low"], row["ci_high"], decimals)


def estimate_text(row: Row, decimals: int, language: Language) -> str:
    """Write a number with its interval, and whether it failed a check."""
    values = {"estimate": language.number(row["estimate"], decimals, sign=True)}
    if pd.isna(row["ci_low"]):
        text = language.say("figure.estimate_alone", **values)
    else:
        values["interval"] = interval_text(row, decimals, language)
        text = language.say("figure.estimate", **values)
    failed = row["status"] == "failed_diagnostic"
    return f"{text} ({language.say('figure.failed')})" if failed else text


def clear_text(rows: pd.DataFrame, language: Language) -> str:
    """Say how many of the intervals exclude zero."""
    clear = sum(not covers_zero(row) for _, row in rows.iterrows())
    return language.say("figure.clear", clear=clear, n=len(rows))


def failed_text(rows: pd.DataFrame, language: Language) -> str:
    """Say how many of these numbers fail a check; empty if none."""
    n = int(rows["status"].eq("failed_diagnostic").sum())
    return language.say("figure.failed_count", n=n) if n else ""


def joined(*sentences: str) -> str:
    """Put sentences after each other, without the empty ones."""
    return " ".join(sentence for sentence in sentences if sentence)


def in_unit(outcome: str, study: Study, language: Language) -> str:
    """Name an outcome and the unit of its estimates."""
    unit = lb.unit_label(study["outcomes"][outcome]["unit"], language)
    return f"{lb.outcome_label(outcome, study, language)}; {unit}"
