"""What a release says as a whole, in sentences: for a first page and for a report in Markdown."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pandas as pd

from kuntakokeilu.report import labels as lb
from kuntakokeilu.report import words
from kuntakokeilu.report.coverage import MOST_NAMED, study_sentences
from kuntakokeilu.report.designs.populations import population_text
from kuntakokeilu.report.headlines import chosen_sentence, others, others_lines, told
from kuntakokeilu.report.language import Language
from kuntakokeilu.report.outcomes import SERVICE_USE, column_of, payers_of
from kuntakokeilu.report.p_values import p_values_explained, p_values_said
from kuntakokeilu.report.release import Release
from kuntakokeilu.report.rows import alike, area_rows, is_shown, lead_rows

_LIMITS = ("parallel", "average", "cause", "chance")


def summary(release: Release, language: Language) -> list[tuple[str, list[str]]]:
    """Sum a release up for its first page.

    Parameters
    ----------
    release : Release
        A released study.
    language : Language
        Of the reader.

    Returns
    -------
    list of (str, list of str)
        Headings, each with plain sentences: what was studied, what was found for each outcome
        under each weighting (of many outcomes the main one in each domain, and the others in a
        line each), how sure that is, what of it did not pass the checks, and what the numbers
        cannot tell.
    """
    lead = lead_rows(release)
    first = (area_rows(release) if lead.empty else lead).iloc[0]
    sections = {
        "studied": study_sentences(release.study, first["comparison"], language),
        "found": _found(release, language),
        "others": [*others_lines(release, language), *_of_payers(release, language)],
        "sure": _certainty(release, language),
        "failed": _main_concerns(release, language),
        "limits": _limits(release, language),
    }
    parts = []
    for name, said in sections.items():
        parts.append((language.say(f"summary.{name}"), said))
        if name == "found" and chosen_sentence(release, language):
            parts += _found_apart(release, language)
    return [(heading, said) for heading, said in parts if said]


def answer(release: Release, language: Language) -> str:
    """Say for each outcome how the main effects depend on the weights, then each, in Markdown.

    Each effect ends with the name of its estimand. Of many outcomes only those of `told` are here.
    """
    parts = [chosen_sentence(release, language)]
    for name, group in _outcomes(release, language):
        said = words.weights_sentence(release, group, language)
        each = [
            f"{words.effect_sentence(release, row, language)} `{row['estimand']}`"
            for _, row in group.iterrows()
        ]
        parts += [f"### {name}", said, bullets(each)]
    parts += _of_payers(release, language)
    return "\n\n".join(part for part in parts if part)


def inference(release: Release, language: Language) -> str:
    """Say the p-values of the first main effect of each outcome, as a list in Markdown."""
    return bullets(_certainty(release, language))


def concerns(release: Release, language: Language) -> str:
    """Gather which estimates do not pass which check, as a list in Markdown, failures first."""
    return bullets(_concerns(release, language))


def staggered(release: Release, language: Language) -> str:
    """Say which main estimates compare units whose starts differ; empty if none does."""
    checks = release.diagnostics
    names = set(checks.loc[checks["check"] == "staggered_starts", "estimand"])
    mine = [row for _, row in lead_rows(release).iterrows() if row["estimand"] in names]
    return words.staggered_sentence([_named(row, release, language) for row in mine], language)


def service_use(release: Release, language: Language) -> str:
    """Say which outcomes measure the use of services and benefits, and are not read as health."""
    study = release.study
    names = [
        lb.outcome_label(name, study, language)
        for name in study["outcomes"]
        if column_of(name, study) in SERVICE_USE and study["outcomes"][name].get("column")
    ]
    return language.say("summary.service_use", names="; ".join(names)) if names else ""


def unestimated(release: Release, language: Language) -> str:
    """List what cannot be estimated and why, in Markdown; empty if everything can."""
    lines = []
    for _, rows in area_rows(release).groupby("estimand", sort=False):
        why = words.unestimated(rows, language)
        if why:
            lines.append(f"{_named(rows.iloc[0], release, language)}: {why}.")
    return bullets(lines)


def bullets(lines: list[str]) -> str:
    """Write a list in Markdown."""
    return "\n".join(f"- {line}" for line in lines)


def _found(release: Release, language: Language) -> list[str]:
    """Say what was found for each outcome; with headings of their own, only how it was chosen."""
    chosen = chosen_sentence(release, language)
    each = [] if chosen else _found_apart(release, language)
    said = [chosen] if chosen else [line for _, lines in each for line in lines]
    outcomes = release.study["outcomes"]
    units = dict.fromkeys(outcomes[name]["unit"] for name in lead_rows(release)["outcome"])
    return [*said, *filter(None, (lb.unit_note(unit, language) for unit in units))]


def _found_apart(release: Release, language: Language) -> list[tuple[str, list[str]]]:
    """Say how the answer for each outcome depends on the weights, then each main effect."""
    parts = []
    for name, group in _outcomes(release, language):
        verdict = words.weights_verdict(release, group, language)
        said = [
            f"{words.effect_sentence(release, row, language)} [{row['estimand']}]"
            for _, row in group.iterrows()
        ]
        parts.append((name, [*filter(None, [verdict]), *said]))
    return parts


def _outcomes(release: Release, language: Language) -> list[tuple[str, pd.DataFrame]]:
    """Give the rows that are told by outcome, with a name; of several groups also whose it is."""
    study, groups = release.study, [group for _, group in alike(told(release))]
    counts = pd.Series([group["outcome"].iloc[0] for group in groups], dtype=str).value_counts()
    many = not others(release).empty
    named = []
    for group in groups:
        row = group.iloc[0]
        name = lb.outcome_label(row["outcome"], study, language)
        if many:
            domain = lb.domain_label(study["outcomes"][row["outcome"]]["domain"], language)
            name = f"{domain}: {name}"
        if counts[row["outcome"]] > 1:
            name = f"{name} – {population_text(row, study, language)}"
        named.append((name, group))
    return named


def _of_payers(release: Release, language: Language) -> list[str]:
    """Say where the numbers of each payer stand, if they are not told."""
    payers = set(payers_of(release.study)) & set(lead_rows(release)["outcome"])
    hidden = payers - set(told(release)["outcome"])
    return [language.say("summary.payers", n=len(hidden))] if hidden else []


def _certainty(release: Release, language: Language) -> list[str]:
    """Give the p-values of the first main effect of each told outcome, then explain them once."""
    said, explained = [], {}
    for _, group in alike(told(release)):
        row = next((row for _, row in group.iterrows() if is_shown(row)), None)
        if row is not None:
            mine = release.estimates["estimand"].eq(row["estimand"])
            rows = release.estimates[mine & release.estimates["term"].eq(row["term"])]
            said.append(p_values_said(release, rows, language))
            explained |= dict.fromkeys(p_values_explained(release, rows, language))
    return [*said, *explained]


def _main_concerns(release: Release, language: Language) -> list[str]:
    """Name the checks that main effects do not pass, and count the other estimates with any."""
    checks = release.diagnostics
    main = checks["estimand"].isin(lead_rows(release)["estimand"])
    if not main.any():
        return _concerns(release, language)
    others = checks.loc[~main & checks["verdict"].ne("pass"), "estimand"].nunique()
    more = [language.say("summary.other_concerns", n=others)] if others else []
    if more and checks.loc[main, "verdict"].eq("pass").all():
        return [language.say("summary.main_pass"), *more]
    return [*_concerns(replace(release, diagnostics=checks[main]), language), *more]


def _concerns(release: Release, language: Language) -> list[str]:
    if release.diagnostics.empty:
        return [language.say("diagnostic.none")]
    rows = release.diagnostics[release.diagnostics["verdict"] != "pass"]
    if rows.empty:
        return [language.say("diagnostic.all_pass")]
    about = area_rows(release).drop_duplicates("estimand").set_index("estimand")
    lines = []
    for (verdict, _), group in rows.groupby(["verdict", "check"], sort=True):
        check = lb.check_name(group.iloc[0], release.study, language)
        where = _outcomes_of(about.loc[group["estimand"]], release.study, language)
        lines.append(f"{check} – {lb.verdict_label(verdict, language)}: {where}")
    return lines


def _outcomes_of(rows: pd.DataFrame, study: dict[str, Any], language: Language) -> str:
    """Name estimands by outcome; areas left out in turn are counted, and so is a crowd."""
    if rows["outcome"].nunique() > MOST_NAMED:
        counts = {"n": len(rows), "outcomes": rows["outcome"].nunique()}
        return language.say("diagnostic.crowd", **counts)
    parts = []
    for outcome, group in rows.groupby("outcome", sort=False):
        turns = group["role"].eq("leave_one_out")
        names = [lb.specification(name, study, language) for name in group.index[~turns]]
        if turns.any():
            names.append(language.say("diagnostic.left_out_areas", n=turns.sum()))
        parts.append(f"{lb.outcome_label(outcome, study, language)} ({'; '.join(names)})")
    return "; ".join(parts)


def _limits(release: Release, language: Language) -> list[str]:
    units = release.study["units"]
    keys = (f"limits.{name}" for name in _LIMITS)
    return [language.say(key if language.has(key) else f"{key}.{units}") for key in keys]


def _named(row: words.Row, release: Release, language: Language) -> str:
    outcome = lb.outcome_label(row["outcome"], release.study, language)
    return f"{outcome} ({lb.detail(row['estimand'], release.study, language)})"
