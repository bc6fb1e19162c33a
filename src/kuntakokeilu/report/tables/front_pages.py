"""The pages of text in a workbook: what to read first, the methods, the terms."""

from __future__ import annotations

from dataclasses import dataclass

import pandas as pd

from kuntakokeilu.facts.estimators import ESTIMATORS
from kuntakokeilu.report.tables import leading as tables
from kuntakokeilu.report.tables.result_tables import main_effects
from kuntakokeilu.report.tables.sheet_cells import say
from kuntakokeilu.report.words import labels as lb
from kuntakokeilu.report.words import sentences as words
from kuntakokeilu.report.words.attribution import about
from kuntakokeilu.report.words.definitions import definitions
from kuntakokeilu.report.words.kinds import Study
from kuntakokeilu.report.words.language import Language
from kuntakokeilu.report.words.planned import plan_sentences
from kuntakokeilu.report.words.release import Release

_TOPICS = ("data", "estimand", "design", "weights", "uncertainty", "checks", "disclosure",
           "limits", "provenance")  # fmt: skip
_SMALL_SAMPLE = ("cr2_area", "cr3_area", "wild_bootstrap_area")


@dataclass(frozen=True)
class Page:
    """A page of text.

    Attributes
    ----------
    name : str
        Name of the page.
    title : str
        Its title.
    headings : tuple of str
        Of the two columns; empty for running text.
    parts : list of tuple of str and list of str
        Heading or term, and the paragraphs under it.
    """

    name: str
    title: str
    headings: tuple[str, ...]
    parts: list[tuple[str, list[str]]]


def summary_page(release: Release, language: Language) -> Page:
    """Say in plain sentences what was found; what a reader must know beforehand comes first."""
    before = warnings(release, language)
    parts = [(language.say("workbook.summary.warnings"), before)] if before else []
    for heading, said in tables.summary(release, language):
        parts.append((heading, [sentence for sentence in said if sentence not in before]))
    title = language.say("workbook.title", study=language.pick(release.study["title"]))
    return Page("summary", title, (), parts)


def warnings(release: Release, language: Language) -> list[str]:
    """Warn of simulated data, incomplete coverage, failed checks, missing numbers, few clusters."""
    study, rows = release.study, main_effects(release)
    said = [language.say("study.blinded")] if study["blinded"] else []
    said += [language.say("study.simulated")] if study["simulated"] else []
    coverage = study.get("coverage")
    if coverage and coverage["listed"] < coverage["total"]:
        said.append(words.coverage_sentence(study, language))
    if release.manifest["plan"] is not None:
        said += plan_sentences(release, language)
    failed = rows[rows["status"] == "failed_diagnostic"]
    if len(failed):
        counts = {"n": len(failed), "total": len(rows)}
        names = _names(failed, release, language)
        said.append(language.say("workbook.warning.failed", names=names, **counts))
    missing = rows[rows["status"].isin(["not_identified", "suppressed"])]
    if len(missing):
        names = _names(missing, release, language)
        said.append(language.say("workbook.warning.missing", names=names))
    shown = rows[rows["estimate"].notna()]
    arms = {"trial": shown["n_trial_clusters"], "control": shown["n_control_clusters"]}
    fewest = {arm: int(counts.min()) for arm, counts in arms.items() if len(counts)}
    if fewest and min(fewest.values()) < words.FEW_CLUSTERS:
        said.append(say("workbook.warning.few_clusters", study, language, **fewest))
    return said


def definitions_page(release: Release, language: Language) -> Page:
    """Define each outcome, and who belongs to the populations that the study defines."""
    parts = [(name, [said]) for name, said in definitions(release.study, language)]
    columns = (language.say("workbook.text.topic"), language.say("workbook.text.text"))
    return Page("definitions", language.say("workbook.definitions.title"), columns, parts)


def methods_page(release: Release, language: Language) -> Page:
    """Say on one page how the numbers came about, and where they come from."""
    study, manifest = release.study, release.manifest
    unknown = language.say("methods.unknown")
    inputs = [name.rpartition("/")[2] for name in manifest.get("inputs") or {}]
    values = {
        "data": {
            "span": _span(study, language),
            "inputs": ", ".join(inputs) or language.say("methods.no_inputs"),
        },
        "provenance": {
            "version": manifest.get("project_version") or unknown,
            "commit": manifest.get("commit") or unknown,
            "seed": manifest.get("seed", unknown),
            "study": manifest.get("study_sha256") or unknown,
            "estimates": (manifest.get("files") or {}).get("estimates.csv", unknown),
        },
    }
    parts = []
    for topic in _TOPICS:
        said = say(f"methods.{topic}.text", study, language, **values.get(topic, {}))
        more = [say(f"methods.{key}.text", study, language) for key in _more(topic, release)]
        parts.append((language.say(f"methods.{topic}.topic"), [" ".join([said, *more])]))
    parts += [(topic, [text]) for topic, text in about(release, language)]
    columns = (language.say("workbook.text.topic"), language.say("workbook.text.text"))
    return Page("methods", language.say("workbook.methods.title"), columns, parts)


def glossary_page(release: Release, language: Language) -> Page:
    """Explain the terms that the release uses, in the alphabetical order of the language."""
    end, unused = ".term", _unused(release)
    found = [key.removesuffix(end) for key in language.texts if _is_term(key)]
    names = [name for name in found if name.removeprefix("glossary.") not in unused]
    terms = [(language.say(f"{n}{end}"), [language.say(f"{n}.meaning")]) for n in names]
    columns = (language.say("workbook.text.term"), language.say("workbook.text.meaning"))
    ordered = sorted(terms, key=lambda term: lb.alphabetical(term[0]))
    return Page("glossary", language.say("workbook.glossary.title"), columns, ordered)


def _unused(release: Release) -> set[str]:
    """Name the terms of the glossary that stand for what a release does not have."""
    rows, study = release.estimates, release.study
    kinds, roles = set(rows["inference"]), set(rows["role"])
    units = {outcome["unit"] for outcome in study["outcomes"].values()}
    used = {
        "trial_area": study["units"] == "municipality",
        "permutation": any(kind.startswith("permutation") for kind in kinds),
        "cr2": bool(kinds & {"cr2_area", "cr2_exact_area", "cr3_area"}),
        "wild": "wild_bootstrap_area" in kinds,
        "band": "simultaneous_area" in kinds,
        "event_study": any(
            ESTIMATORS[name].figure == "event_study" for name in rows["estimator"].unique()
        ),
        "placebo": "placebo" in roles,
        "false_start": not release.false_starts_summary.empty,
        "leave_one_out": "leave_one_out" in roles,
        "frozen": "persons_frozen" in set(rows["weights"]),
        "suppressed": "suppressed" in set(rows["status"]),
        "not_identified": "not_identified" in set(rows["status"]),
        "failed": "failed_diagnostic" in set(rows["status"]),
        "window": bool(study["windows"]),
        "points": "percentage points" in units,
        "log_points": "log points" in units,
        **dict.fromkeys(("entropy", "matching", "std_difference"), not release.balance.empty),
    }
    return {name for name, holds in used.items() if not holds}


def _is_term(key: str) -> bool:
    return key.startswith("glossary.") and key.endswith(".term")


def _more(topic: str, release: Release) -> list[str]:
    """Name the sentences that hold only where a release has what they speak of."""
    kinds = set(release.estimates["inference"])
    wanted = {
        "weights": {"balance": not release.balance.empty},
        "uncertainty": {
            "small_sample": bool(kinds & set(_SMALL_SAMPLE)),
            "band": "simultaneous_area" in kinds,
            "assignment": "assignment_size_bands" in kinds,
        },
    }
    return [key for key, holds in wanted.get(topic, {}).items() if holds]


def _span(study: Study, language: Language) -> str:
    ends = {name: language.period(study[f"{name}_period"]) for name in ("first", "last")}
    if not study.get("start"):
        return language.say("methods.span", **ends)
    return language.say("methods.span_start", start=language.period(study["start"]), **ends)


def _names(rows: pd.DataFrame, release: Release, language: Language) -> str:
    study = release.study
    return "; ".join(
        f"{lb.outcome_label(outcome, study, language)} "
        f"({lb.weights_label(weights, study, language)})"
        for outcome, weights in zip(rows["outcome"], rows["weights"], strict=True)
    )
