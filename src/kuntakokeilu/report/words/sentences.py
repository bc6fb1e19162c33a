"""Sentences on estimates, in the language of the reader.

Pure functions of a release; their texts stand in config/labels/words.csv. An interval that
covers zero is never reported as the absence of an effect, a number that failed a check never
stands without saying so, and few clusters are said.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import pandas as pd

from kuntakokeilu.report.words import cautions
from kuntakokeilu.report.words import labels as lb
from kuntakokeilu.report.words.false_starts import false_starts_sentence
from kuntakokeilu.report.words.kinds import Row, Study
from kuntakokeilu.report.words.language import Language
from kuntakokeilu.report.words.p_values import EXACT, inference_sentence
from kuntakokeilu.report.words.release import Release
from kuntakokeilu.report.words.rows import covers_zero, differs, is_shown
from kuntakokeilu.report.words.who_is_compared import coverage_sentence

__all__ = [
    "Row",
    "coverage_sentence",
    "covers_zero",
    "diagnostic_sentence",
    "differs",
    "effect_sentence",
    "inference_sentence",
    "is_shown",
    "staggered_sentence",
    "unestimated",
    "weights_sentence",
    "weights_verdict",
]

FEW_CLUSTERS = 10  # ASSUME: as the diagnostic few_clusters, below this many in an arm


def effect_sentence(release: Release, row: Row, language: Language) -> str:
    """Say what one estimate says, and what it cannot say.

    Parameters
    ----------
    release : Release
        The study: its labels, and the checks of the estimand.
    row : mapping
        The leading row of contract RELEASED.
    language : Language
        Of the reader.

    Returns
    -------
    str
        One to seven sentences; without any number if the number may not be shown.
    """
    if not is_shown(row):
        return hidden_sentence(release, row, language)
    said = [estimate_sentence(release, row, language), *meaning_sentences(release, row, language)]
    return " ".join([*said, *caveat_sentences(release, row, language)])


def hidden_sentence(release: Release, row: Row, language: Language) -> str:
    """Say why a number is not shown."""
    lead = _lead(row, release.study, language)
    if row["status"] == "suppressed":
        return language.say("effect.suppressed", lead=lead)
    return _not_identified(row, lead, release.study, language)


def estimate_sentence(
    release: Release, row: Row, language: Language, *, checks: bool = True
) -> str:
    """Give a number with its interval, and with the checks that it did not pass if asked to.

    A number that failed a check says so in any case.
    """
    return _estimate(release, row, _lead(row, release.study, language), language, checks)


def meaning_sentences(release: Release, row: Row, language: Language) -> list[str]:
    """Say whether a number that is shown differs from zero, then what could have been found."""
    if pd.isna(row["std_error"]):
        return [_no_error(row, release.study, language)]
    return _meaning(row, release.study["outcomes"][row["outcome"]], language)


def caveat_sentences(release: Release, row: Row, language: Language) -> list[str]:
    """Say how rough the inference of a number that is shown is, and how it did in earlier years."""
    said: list[str] = []
    if pd.notna(row["std_error"]):
        said += _bias_reduced(row, release.study, language)
        said += _few_clusters(row, release.study, language)
    return list(filter(None, [*said, _false_starts(release, row, language)]))


def _false_starts(release: Release, row: Row, language: Language) -> str:
    """Say beside a main number of one effect how its inference did before the trial."""
    main = row["role"] == "main" and row["term"] == "att"
    return false_starts_sentence(release, row["estimand"], language) if main else ""


def weights_sentence(release: Release, rows: pd.DataFrame, language: Language) -> str:
    """Compare the same main estimate under different weights.

    Parameters
    ----------
    release : Release
        The study.
    rows : DataFrame
        RELEASED rows of one outcome, comparison and estimator; only main effects clustered
        by area are used.
    language : Language
        Of the reader.

    Returns
    -------
    str
        Whether the sign depends on the weights, with every interval and minimum detectable
        effect; empty with fewer than two estimates to show.
    """
    shown = _shown_weights(rows)
    if len(shown) < 2:
        return ""
    outcome = release.study["outcomes"][shown[0]["outcome"]]
    parts = "; ".join(_weighted(row, outcome, release.study, language) for row in shown)
    unit = lb.unit_label(outcome["unit"], language)
    estimates = language.say("by_weights.estimates", unit=unit, parts=parts)
    return f"{weights_verdict(release, rows, language)} {estimates}"


def weights_verdict(release: Release, rows: pd.DataFrame, language: Language) -> str:
    """Say whether the sign depends on the weights, and how many differ from zero.

    Takes the rows of `weights_sentence`, and is as empty with fewer than two to show.
    """
    shown = _shown_weights(rows)
    if len(shown) < 2:
        return ""
    n = len(shown)
    signs = len({float(row["estimate"]) > 0 for row in shown})
    k = sum(differs(row) for row in shown)
    differ = "none_differs" if k == 0 else "all_differ" if k == n else "some_differ"
    sign = "sign_depends" if signs > 1 else "sign_same"
    outcome = lb.outcome_label(shown[0]["outcome"], release.study, language)
    # that numbers which all may be zero share a sign tells nothing
    said = [language.say(f"by_weights.{sign}", outcome=outcome)] if k or signs > 1 else []
    said.append(language.say(f"by_weights.{differ}", k=k, n=n))
    hidden = len(_compared_weights(rows)) - n
    return " ".join([*said, *([language.say("by_weights.hidden", n=hidden)] if hidden else [])])


def diagnostic_sentence(release: Release, row: Row, language: Language) -> str:
    """Say the verdict of one check, and what a pass does not prove.

    What was computed is technical text in English, so only English readers get it.
    """
    check = lb.check_name(row, release.study, language)
    verdict = lb.verdict_label(row["verdict"], language)
    if pd.isna(row["value"]):
        return language.say("diagnostic.hidden", check=check, verdict=verdict)
    what = row["statistic"] if language.code == "en" else language.say("diagnostic.value")
    text = f"{check}: {verdict}; {what}: {language.significant(row['value'])}"
    if pd.notna(row["threshold"]):
        limit = language.significant(row["threshold"])
        text += f", {language.say('diagnostic.threshold', threshold=limit)}"
    if row["check"].startswith("pre_trend") and row["verdict"] == "pass":
        return f"{text}. {language.say('diagnostic.no_proof')}"
    return f"{text}."


def unestimated(rows: pd.DataFrame, language: Language) -> str:
    """Say why none of these numbers could be estimated; empty if one could, or is withheld."""
    if rows.empty or not rows["status"].eq("not_identified").all():
        return ""
    reasons = [lb.reason_label(name, language) for name in dict.fromkeys(rows["identified"])]
    return language.say("unestimated", reasons=language.listed(reasons))


def staggered_sentence(names: Sequence[str], language: Language) -> str:
    """Say what is compared where starts differ; empty without such estimates."""
    return language.say("staggered", names="; ".join(names)) if names else ""


def _lead(row: Row, study: Study, language: Language) -> str:
    """Name a number: outcome, weights, what else is unusual, window or bin."""
    parts = [lb.detail(row["estimand"], study, language)]
    if row["term"] == "window" and pd.notna(row["window"]):
        parts.append(lb.window_label(row["window"], study, language, row["estimand"]))
    if row["term"] == "event_time" and pd.notna(row["event_time"]):
        bins = lb.bin_label(study, row["estimand"], language)
        k = language.number(row["event_time"], 0)
        parts.append(language.say("effect.bin", bins=bins, k=k))
    return f"{lb.outcome_label(row['outcome'], study, language)} ({'; '.join(parts)})"


def _not_identified(row: Row, lead: str, study: Study, language: Language) -> str:
    """Say why there is no number, or none of a kind that would have many."""
    if study["outcomes"][row["outcome"]].get("data") == "none":
        name = lb.outcome_label(row["outcome"], study, language)
        return language.say("effect.no_data", outcome=name)
    where = {"event_time": "event_time", "window": "window"}.get(row["term"])
    what = where if where and pd.isna(row[where]) else "number"
    reason = lb.reason_label(row["identified"], language)
    return language.say(f"effect.not_identified.{what}", lead=lead, reason=reason)


def _estimate(
    release: Release, row: Row, lead: str, language: Language, checks: bool = True
) -> str:
    """Give the number with its interval and with the checks that it did not pass."""
    outcome = release.study["outcomes"][row["outcome"]]
    decimals = outcome["decimals"]
    estimate = language.number(row["estimate"], decimals, sign=True)
    value = f"{estimate} {lb.unit_label(outcome['unit'], language)}"
    if pd.notna(row["std_error"]):
        span = language.interval(row["ci_low"], row["ci_high"], decimals)
        p = language.p_text(row["p_value"])
        value += f" ({language.say('effect.interval', interval=span, p=p)})"
    care = cautions.care_text(row, release.study, language, within=True) if checks else ""
    care = f" ({language.say('effect.needs_care', checks=care)})" if care else ""
    if row["status"] != "failed_diagnostic":
        return language.say("effect.shown", lead=lead, care=care, value=value)
    failed = cautions.failed_text(row, release.study, language, within=True) if checks else ""
    failed = f" ({failed})" if failed else ""
    return language.say("effect.failed", lead=lead, care=care, failed=failed, value=value)


def _no_error(row: Row, study: Study, language: Language) -> str:
    if min(row["n_trial_clusters"], row["n_control_clusters"]) <= 1:
        return language.say(f"effect.one_cluster.{study['units']}")
    return language.say("effect.no_error")


def _meaning(row: Row, outcome: Mapping[str, Any], language: Language) -> list[str]:
    """Say whether the number differs from zero, and what could have been found."""
    placebo = row["role"] == "placebo"
    if not covers_zero(row) and not differs(row):
        return [language.say("effect.differs_alone", p=language.p_text(row["adjusted_p_value"]))]
    if not covers_zero(row):
        if placebo:
            return [language.say("effect.placebo_differs")]
        better = outcome.get("better", "neither")
        good = [] if better == "neither" else [language.say(f"effect.better.{better}")]
        return [language.say("effect.differs"), *good]
    decimals, unit = outcome["decimals"], lb.unit_label(outcome["unit"], language)
    fall, rise = (language.number(abs(row[end]), decimals) for end in ("ci_low", "ci_high"))
    said = [language.say("effect.not_told_from_zero", fall=fall, rise=rise, unit=unit)]
    if pd.notna(row["minimum_detectable_effect"]):
        mde = language.number(row["minimum_detectable_effect"], decimals)
        said.append(language.say("effect.detectable", mde=mde, unit=unit))
    return [*said, language.say("effect.placebo_as_expected")] if placebo else said


def _bias_reduced(row: Row, study: Study, language: Language) -> list[str]:
    """Say that CR2 leads, with its degrees of freedom, or that persons alone do."""
    if row["inference"] == "two_sample":
        return [language.say("effect.two_sample")]
    if not row["inference"].startswith("cr2"):
        return []
    degrees = language.number(row["degrees_of_freedom"], 1)
    if row["inference"] == EXACT:
        return [language.say(f"effect.cr2_exact.{study['units']}", degrees=degrees)]
    return [language.say(f"effect.cr2.{study['units']}", degrees=degrees)]


def _few_clusters(row: Row, study: Study, language: Language) -> list[str]:
    trial, control = row["n_trial_clusters"], row["n_control_clusters"]
    if min(trial, control) >= FEW_CLUSTERS:
        return []
    return [language.say(f"effect.few_clusters.{study['units']}", trial=trial, control=control)]


def _weighted(row: Row, outcome: Mapping[str, Any], study: Study, language: Language) -> str:
    """Give the estimate under one weighting, with its interval and any failed check."""
    decimals = outcome["decimals"]
    notes = [language.say("by_weights.no_interval")]
    if pd.notna(row["ci_low"]):
        span = language.interval(row["ci_low"], row["ci_high"], decimals)
        mde = language.number(row["minimum_detectable_effect"], decimals)
        notes = [language.say("by_weights.interval", interval=span)]
        notes.append(language.say("by_weights.detectable", mde=mde))
    notes += filter(None, [cautions.short_text(row, language)])
    weights = lb.weights_label(row["weights"], study, language)
    estimate = language.number(row["estimate"], decimals, sign=True)
    return f"{weights}: {estimate} ({'; '.join(notes)})"


def _compared_weights(rows: pd.DataFrame) -> pd.DataFrame:
    return rows.query("leading and role == 'main' and term == 'att'")


def _shown_weights(rows: pd.DataFrame) -> list[pd.Series]:
    return [row for _, row in _compared_weights(rows).iterrows() if is_shown(row)]
