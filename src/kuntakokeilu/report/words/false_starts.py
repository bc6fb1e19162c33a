"""What the false starts of an estimate say of it, in one sentence."""

from __future__ import annotations

import pandas as pd

from kuntakokeilu.report.words import labels as lb
from kuntakokeilu.report.words.calibration import calibration_sentence
from kuntakokeilu.report.words.language import Language
from kuntakokeilu.report.words.release import Release

MUCH = 0.5  # of an estimate: as much without a trial is told with it
FEWEST_FOR_SHARES = 5  # windows apart from which a share of false starts is told in per cent


def false_starts_sentence(release: Release, estimand: str, language: Language) -> str:
    """Say how often the leading inference finds an effect before the trial, and where this one is.

    Parameters
    ----------
    release : Release
        A released study.
    estimand : str
        Name of a main estimand.
    language : Language
        Of the reader.

    Returns
    -------
    str
        Empty without a leading row in the summary of false starts.
    """
    rows = release.false_starts_summary
    rows = rows[rows["estimand"].eq(estimand) & rows["leading"].astype(bool)]
    if rows.empty:
        return ""
    row = rows.iloc[0]
    if row["status"] == "suppressed":
        return language.say("false_starts.suppressed")
    if row["identified"] == "no_window":
        return language.say("false_starts.no_window")
    if row["identified"] != "ok":
        return ""
    n, apart = int(row["n_false_starts"]), int(row["n_apart"])
    values = {
        "n": language.number(n, 0),
        "apart": language.number(apart, 0),
        "share": language.number(100 * row["share_rejected"], 0),
        "larger": language.number(100 * (1 - row["share_as_large"]), 0),
        "rejected": language.number(round(n * float(row["share_rejected"])), 0),
    }
    if n == 1:
        found = "found" if row["share_rejected"] > 0 else "not_found"
        return language.say(f"false_starts.one_{found}", **values)
    key = "false_starts.said" if apart >= FEWEST_FOR_SHARES else "false_starts.few_apart"
    said = [language.say(key, **values)]
    said += [calibration_sentence(release, estimand, language), _mean(release, row, language)]
    said += [_found(release, row, language), _earlier_trials(row, language)]
    return " ".join(filter(None, said))


def _found(release: Release, row: pd.Series, language: Language) -> str:
    """Say which effects would have shown there, all that moves the arms apart included."""
    if pd.isna(row["found_rise"]) or pd.isna(row["found_fall"]):
        return ""
    outcome = release.study["outcomes"][row["outcome"]]
    rise, fall = (
        language.number(row[name], outcome["decimals"]) for name in ("found_rise", "found_fall")
    )
    unit = lb.unit_label(outcome["unit"], language)
    return language.say("false_starts.found", rise=rise, fall=fall, unit=unit)


def _mean(release: Release, row: pd.Series, language: Language) -> str:
    """Say what the comparison gives without the trial; most of an estimate may be that."""
    outcome = release.study["outcomes"][row["outcome"]]
    mean, estimate = float(row["mean"]), float(row["estimate"])
    values = {
        "mean": language.number(mean, outcome["decimals"], sign=True),
        "unit": lb.unit_label(outcome["unit"], language),
    }
    if mean * estimate > 0 and abs(mean) >= MUCH * abs(estimate):
        return language.say("false_starts.mean_alike", **values)
    return language.say("false_starts.mean", **values)


def earlier_trials_sentence(release: Release, outcome: str, language: Language) -> str:
    """Say how many windows of an outcome touch an earlier trial; empty if none does."""
    rows = release.false_starts_summary
    rows = rows[rows["outcome"].eq(outcome) & rows["identified"].eq("ok")]
    if rows.empty or not pd.to_numeric(rows["n_earlier_trials"]).max():
        return ""
    return _earlier_trials(rows.sort_values("n_earlier_trials").iloc[-1], language)


def _earlier_trials(row: pd.Series, language: Language) -> str:
    """Say how many windows hold a part of an earlier trial, whose effect may be in them."""
    if not row["n_earlier_trials"] > 0:
        return ""
    values = {"n": int(row["n_earlier_trials"]), "all": int(row["n_false_starts"])}
    return language.say("false_starts.earlier_trials", **values)
