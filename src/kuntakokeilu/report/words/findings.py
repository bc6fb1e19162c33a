"""What a release says as a whole, in sentences: for a first page and for a report in Markdown."""

from __future__ import annotations

import pandas as pd

from kuntakokeilu.report.words import cautions
from kuntakokeilu.report.words import labels as lb
from kuntakokeilu.report.words import sentences as words
from kuntakokeilu.report.words.beside import main_numbers
from kuntakokeilu.report.words.headlines import chosen_sentence, others_lines, told
from kuntakokeilu.report.words.kinds import Study
from kuntakokeilu.report.words.language import Language
from kuntakokeilu.report.words.made_of import programme_note
from kuntakokeilu.report.words.outcomes import SERVICE_USE, column_of, payers_of
from kuntakokeilu.report.words.p_values import p_values_explained, p_values_said
from kuntakokeilu.report.words.release import Release
from kuntakokeilu.report.words.rows import area_rows, is_shown, lead_rows
from kuntakokeilu.report.words.who_is_compared import (
    MOST_NAMED,
    own_effects_notes,
    study_sentences,
    twin_notes,
)

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
        Headings, each with plain sentences: first of all the answer, the one estimate that the
        study declared for each domain; then what did not pass the checks, failures by name first;
        what was studied, how sure it is, what the numbers cannot tell, and all other outcomes in a
        line each.
    """
    lead = lead_rows(release)
    first = (area_rows(release) if lead.empty else lead).iloc[0]
    sections = {
        "failed": _main_concerns(release, language),
        "studied": study_sentences(release.study, first["comparison"], language),
        "sure": _certainty(release, language),
        "limits": _limits(release, language),
        "others": [
            *others_lines(release, language),
            *_of_payers(release, language),
            *_of_programme(release, language),
        ],
    }
    parts = [
        (one.title, [f"{' '.join(one.said)} [{one.row['estimand']}]", *one.more])
        for one in main_numbers(release, language)
    ]
    said = _found(release, language)
    found = [(language.say("summary.found"), said)] if parts or said else []
    rest = [(language.say(f"summary.{name}"), said) for name, said in sections.items() if said]
    return [*found, *parts, *rest]


def answer(release: Release, language: Language) -> str:
    """Say the headline of each domain, in Markdown, each with the name of its estimand.

    Three sentences each at most; `summary` has the others.
    """
    parts = [chosen_sentence(release, language)]
    for one in main_numbers(release, language):
        parts += [f"### {one.title}", f"{' '.join(one.said)} `{one.row['estimand']}`"]
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
    """Say if the data are simulated, how the headlines were chosen, and what their units are."""
    said = [language.say("study.blinded")] if release.study["blinded"] else []
    said += [language.say("study.simulated")] if release.study["simulated"] else []
    said += own_effects_notes(release.study, language)
    said += twin_notes(release.study, language)
    outcomes = release.study["outcomes"]
    units = dict.fromkeys(outcomes[name]["unit"] for name in told(release)["outcome"])
    notes = (lb.unit_note(unit, language) for unit in units)
    return list(filter(None, [*said, chosen_sentence(release, language), *notes]))


def _of_payers(release: Release, language: Language) -> list[str]:
    """Say where the numbers of each payer stand, if they are not told."""
    payers = set(payers_of(release.study)) & set(lead_rows(release)["outcome"])
    hidden = payers - set(told(release)["outcome"])
    return [language.say("summary.payers", n=len(hidden))] if hidden else []


def _of_programme(release: Release, language: Language) -> list[str]:
    """Say what the trial itself cost, if the release says so."""
    note = programme_note(release, language)
    return [f"{language.say('summary.programme')} {note}"] if note else []


def _certainty(release: Release, language: Language) -> list[str]:
    """Give the p-values of each headline, then explain them once."""
    said: list[str] = []
    explained: dict[str, None] = {}
    for _, row in told(release).iterrows():
        if is_shown(row):
            mine = release.estimates["estimand"].eq(row["estimand"])
            rows = release.estimates[mine & release.estimates["term"].eq(row["term"])]
            said.append(p_values_said(release, rows, language))
            explained |= dict.fromkeys(p_values_explained(release, rows, language))
    return [*said, *explained]


def _main_concerns(release: Release, language: Language) -> list[str]:
    """Name what fails, main effects first; then what main effects need care for; count the rest."""
    checks = release.diagnostics
    if checks.empty:
        return [language.say("diagnostic.none")]
    main = checks["estimand"].isin(lead_rows(release)["estimand"])
    warned = checks["verdict"].eq("warn")
    others = checks.loc[~main & warned, "estimand"].nunique()
    said = _failures(release, language)
    if checks.loc[main, "verdict"].eq("pass").all():
        passed = language.say("summary.main_pass")
        said.append(passed if main.any() else language.say("summary.no_main"))
    else:
        said += _by_check(release, checks[main & warned], language)
    return [*said, *([language.say("summary.other_concerns", n=others)] if others else [])]


def _failures(release: Release, language: Language) -> list[str]:
    """Name every estimate that fails a check, and the checks; or say that none fails."""
    rows = area_rows(release).drop_duplicates("estimand")
    rows = rows[rows["failed_checks"].ne("")]
    leads = rows["estimand"].isin(lead_rows(release)["estimand"])
    lines = [
        language.say(
            "summary.failure",
            what=_named(row, release, language),
            estimand=row["estimand"],
            checks=cautions.failed_text(row, release.study, language, within=True),
        )
        for _, row in pd.concat([rows[leads], rows[~leads]]).iterrows()
    ]
    return lines or [language.say("summary.no_failure")]


def _concerns(release: Release, language: Language) -> list[str]:
    if release.diagnostics.empty:
        return [language.say("diagnostic.none")]
    rows = release.diagnostics[release.diagnostics["verdict"] != "pass"]
    if rows.empty:
        return [language.say("diagnostic.all_pass")]
    return _by_check(release, rows, language)


def _by_check(release: Release, rows: pd.DataFrame, language: Language) -> list[str]:
    """Say of each check which estimates do not pass it, failures first."""
    about = area_rows(release).drop_duplicates("estimand").set_index("estimand")
    lines = []
    for (verdict, _), group in rows.groupby(["verdict", "check"], sort=True):
        check = cautions.check_name(group.iloc[0], release.study, language)
        where = _outcomes_of(about.loc[group["estimand"]], release.study, language)
        lines.append(f"{check} – {lb.verdict_label(str(verdict), language)}: {where}")
    return lines


def _outcomes_of(rows: pd.DataFrame, study: Study, language: Language) -> str:
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
        parts.append(f"{lb.outcome_label(str(outcome), study, language)} ({'; '.join(names)})")
    return "; ".join(parts)


def _limits(release: Release, language: Language) -> list[str]:
    units = release.study["units"]
    keys = (f"limits.{name}" for name in _LIMITS)
    said = [language.say(key if language.has(key) else f"{key}.{units}") for key in keys]
    # what people use is told apart from how they are wherever any of it is estimated
    return [*([language.say("limits.use")] if service_use(release, language) else []), *said]


def _named(row: words.Row, release: Release, language: Language) -> str:
    outcome = lb.outcome_label(row["outcome"], release.study, language)
    return f"{outcome} ({lb.detail(row['estimand'], release.study, language)})"
