"""The pages of text in a workbook: the methods with all definitions, and the terms."""

from __future__ import annotations

from dataclasses import dataclass, field

from kuntakokeilu.facts.estimators import ESTIMATORS
from kuntakokeilu.report.tables.columns import text
from kuntakokeilu.report.tables.planned import PLAN
from kuntakokeilu.report.tables.sheet_cells import say
from kuntakokeilu.report.words import labels as lb
from kuntakokeilu.report.words.attribution import about
from kuntakokeilu.report.words.definitions import definitions
from kuntakokeilu.report.words.done import done_sentences
from kuntakokeilu.report.words.kinds import Study
from kuntakokeilu.report.words.language import Language
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
        Of the columns.
    parts : list of tuple of str and list of str
        Heading or term, and the paragraphs under it.
    groups : list of str
        What each of them belongs to, where a column says so.
    """

    name: str
    title: str
    headings: tuple[str, ...]
    parts: list[tuple[str, list[str]]]
    groups: list[str] = field(default_factory=list)


def definition_parts(release: Release, language: Language) -> list[tuple[str, list[str]]]:
    """Define each outcome, and who belongs to the populations that the study defines."""
    return [(name, [said]) for name, said in definitions(release.study, language)]


def period_parts(release: Release, language: Language) -> list[tuple[str, list[str]]]:
    """Give the periods of the data, the start, and the calendar windows with their dates."""
    study = release.study
    span = lb.span(study["first_period"], study["last_period"], language)
    start = language.period(study["start"]) if study.get("start") else ""
    start = start or language.say("page.starts_differ")
    parts = {language.say("method.period.study"): span, language.say("method.period.start"): start}
    windows = study.get("windows") or {}
    for name in sorted(windows, key=lambda name: windows[name]["first"]):
        label = lb.sentence_case(lb.window_name(name, study, language))
        parts[label] = lb.window_dates(name, study, language)
    return [(topic, [text]) for topic, text in parts.items()]


def plan_parts(release: Release, language: Language) -> list[tuple[str, list[str]]]:
    """Hold the plan against what was done: in sentences, then what is not as it was planned."""
    parts = [(language.say("method.part.plan"), done_sentences(release, language))]
    rows = release.plan[release.plan["plan"].ne("locked")]
    for _, row in rows.iterrows():
        said = {
            column.name: text(column, row, release, language)
            for column in PLAN.every
            if column.name not in ("item", "plan_kind")
        }
        item = said.pop("plan_item")
        parts.append((item, ["; ".join(filter(None, said.values())) + "."]))
    return parts


def method_page(release: Release, language: Language) -> Page:
    """Put methods, definitions, periods, plan and sources on one sheet of three columns.

    Returns
    -------
    Page
        Its parts are topics with their text; the first column, the part, is in `groups`.
    """
    groups = {
        "outcomes": definition_parts(release, language),
        "windows": period_parts(release, language),
        "plan": plan_parts(release, language),
        "how": methods_parts(release, language),
        "data": [(topic, [said]) for topic, said in about(release, language)],
    }
    parts = [part for mine in groups.values() for part in mine]
    names = [language.say(f"method.part.{name}") for name, mine in groups.items() for _ in mine]
    heads = (language.say("sheet.column.part"), language.say("workbook.text.topic"),
             language.say("workbook.text.text"))  # fmt: skip
    return Page("method", language.say("sheet.method.title"), heads, parts, names)


def methods_parts(release: Release, language: Language) -> list[tuple[str, list[str]]]:
    """Say by topic how the numbers came about, and which code and settings made them."""
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
    return parts


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
