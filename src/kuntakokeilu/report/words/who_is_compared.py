"""What a report says of the study itself: who is compared, and how much of the trial is there."""

from __future__ import annotations

from collections import Counter

from kuntakokeilu.report.words import labels as lb
from kuntakokeilu.report.words.kinds import Study
from kuntakokeilu.report.words.language import Language
from kuntakokeilu.report.words.mergers import across_sentence

MOST_NAMED = 8  # ASSUME: more outcomes are counted instead of named


def coverage_sentence(study: Study, language: Language) -> str:
    """Say how much of the trial the list of municipalities covers; empty without a list."""
    coverage = study.get("coverage")
    if not coverage:
        return ""
    listed, total = coverage["listed"], coverage["total"]
    areas, areas_total = coverage["areas"], coverage["areas_total"]
    if listed >= total:
        said = [language.say("coverage.whole", total=total, areas=areas)]
    else:
        which = "all_areas" if areas >= areas_total else "some_areas"
        said = [
            language.say("coverage.part", listed=listed, total=total),
            language.say(f"coverage.{which}", areas=areas, areas_total=areas_total),
            language.say("coverage.missing", missing=total - listed),
        ]
    if coverage["units"] < listed:
        said.append(language.say("coverage.merged", units=coverage["units"]))
    said.append(across_sentence(study, language))
    if coverage.get("neither"):
        said.append(language.say("coverage.neither", neither=coverage["neither"]))
    return " ".join(part for part in said if part)


def notes(study: Study, language: Language) -> str:
    """Say what must stand by every figure and table: hidden effects, simulated data, coverage."""
    said = [language.say("note.blinded")] if study["blinded"] else []
    said += [language.say("note.simulated")] if study["simulated"] else []
    coverage = study.get("coverage")
    if coverage and coverage["listed"] < coverage["total"]:
        counts = {name: coverage[name] for name in ("listed", "total")}
        said.append(language.say("note.coverage", **counts))
    return "; ".join(said)


def twin_notes(study: Study, language: Language) -> list[str]:
    """Say what sums of a whole group are of where persons are synthetic; else nothing."""
    scale = study["twin_scale"]
    return [language.say("study.twin", n=round(1 / scale))] if scale else []


def own_effects_notes(study: Study, language: Language) -> list[str]:
    """Say that true effects were chosen, where a study gives its twin effects of its own."""
    return [language.say("study.own_effects")] if study["own_effects"] else []


def study_sentences(study: Study, comparison: str, language: Language) -> list[str]:
    """Say who is compared with whom, when, in what.

    Parameters
    ----------
    study : mapping
        Content of study.json.
    comparison : str
        Name of the comparison that leads the report.
    language : Language
        Of the reader.

    Returns
    -------
    list of str
        Sentences; the last says how much of the trial is covered.
    """
    who = lb.comparison_label(comparison, study, language)
    said = [language.say(f"study.compared.{study['units']}", comparison=who)]
    said += of_panel(study, language)
    span, start = lb.span(study["first_period"], study["last_period"], language), study["start"]
    if start:
        times = {"span": span, "start": language.period(start)}
        if _compares_periods(study):
            said.append(language.say("study.time", **times))
        else:
            said.append(language.say("study.time_followed", **times))
    else:
        said.append(language.say("study.time_staggered", span=span))
    others = _other_periods(study, language)
    if others:
        said.append(language.say("study.other_periods", periods="; ".join(others)))
    said.append(_outcomes(study, language))
    covered = coverage_sentence(study, language)
    return [*said, covered] if covered else said


def _outcomes(study: Study, language: Language) -> str:
    """Name the outcomes; many are counted by domain."""
    outcomes = study["outcomes"]
    if len(outcomes) <= MOST_NAMED:
        names = (lb.outcome_label(name, study, language) for name in outcomes)
        return language.say("study.outcomes", outcomes=" · ".join(names))
    counts = Counter(about["domain"] for about in outcomes.values())
    domains = [
        language.say("study.domain", domain=lb.domain_label(name, language).lower(), n=n)
        for name, n in sorted(counts.items(), key=lambda one: lb.DOMAINS.index(one[0]))
    ]
    values = {"n": len(outcomes), "domains": language.listed(domains)}
    return language.say("study.outcomes_many", **values)


def _other_periods(study: Study, language: Language) -> list[str]:
    """Name the outcomes whose main effect is estimated over another span than the study's.

    A span of cohorts is no span of time: of those followed, each number says the months itself.
    """
    mains: dict[str, tuple[str, str]] = {}
    for plan in _of_periods(study):
        mains.setdefault(plan["outcome"], (plan["first_period"], plan["last_period"]))
    spans: dict[tuple[str, str], list[str]] = {}
    for name, span in mains.items():
        spans.setdefault(span, []).append(name)
    spans.pop((study["first_period"], study["last_period"]), None)
    return [
        f"{what}: {lb.span(*span, language)}"
        for span, names in spans.items()
        for what in _named_or_counted(names, study, language)
    ]


def _of_periods(study: Study) -> list[Study]:
    """List the main estimands that compare spans of time, not persons that are followed."""
    mains = [plan for plan in study["estimands"].values() if plan["role"] == "main"]
    return [plan for plan in mains if plan["sample"] in (None, "job_seekers")]


def _compares_periods(study: Study) -> bool:
    """Tell whether the span of the study is that of any main effect; one without main has it."""
    roles = [plan["role"] for plan in study["estimands"].values()]
    return "main" not in roles or bool(_of_periods(study))


def _named_or_counted(names: list[str], study: Study, language: Language) -> list[str]:
    if len(names) > MOST_NAMED:
        return [language.say("study.many_outcomes", n=len(names))]
    return [lb.outcome_label(name, study, language) for name in names]


def of_panel(study: Study, language: Language) -> list[str]:
    """Say what a unit is called, how periods are counted, and that treatment may have ended."""
    words = (study["unit_words"] or {}).get(language.code)
    said = [language.say("study.units_called", unit=words["one"])] if words else []
    if study["counted"]:
        said.append(language.say("study.counted"))
    if study["treatment_ends"] == "ignored":
        said.append(language.say("study.treatment_ends"))
    return said
