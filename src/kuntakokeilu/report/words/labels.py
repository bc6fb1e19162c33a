"""Names of things, as readers see them, in the language they read.

Names in the configuration (outcomes, comparisons, windows, covariates) have labels in
study.json; everything else has one in config/labels. A name without a label, as in a study
somebody is still writing, is shown with spaces for underscores.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping, Sequence
from typing import Any

import pandas as pd

from kuntakokeilu.facts.basics import weights_of
from kuntakokeilu.facts.estimators import ESTIMATORS
from kuntakokeilu.report.words.kinds import Row, Study
from kuntakokeilu.report.words.language import Language

# The column of each kind of inference in a table with one row per number.
P_COLUMNS = {
    "cluster_area": "p_area",
    "cluster_municipality": "p_municipality",
    "permutation_area": "p_permutation_area",
    "permutation_municipality": "p_permutation_municipality",
    "cr2_area": "p_cr2_area",
    "cr2_exact_area": "p_cr2_exact_area",
    "cr3_area": "p_cr3_area",
    "wild_bootstrap_area": "p_wild_bootstrap_area",
    "two_sample": "p_two_sample",
    "iid": "p_iid",
    "hc1": "p_hc1",
}
_KINDS = {column: kind for kind, column in P_COLUMNS.items()}
_SPANS = (("data", "first_period", "last_period"), ("skip", "skip_first", "skip_last"))
DOMAINS = ("employment", "cost", "wellbeing", "other")  # in reading order


def stars(p: float) -> str:
    """Mark a p-value: `*` below 0.05, `**` below 0.01, `***` below 0.001.

    Only the adjusted p-value of a leading row may be given.
    """
    return "" if pd.isna(p) else "*" * sum(p < level for level in (0.05, 0.01, 0.001))


def humanise(name: str) -> str:
    """Turn a name of the configuration into words."""
    return name.replace("_", " ").replace(".", ": ")


def sentence_case(text: str) -> str:
    """Begin with a capital and leave the rest as it is."""
    return text[:1].upper() + text[1:]


def alphabetical(text: str) -> str:
    """Give what sorts a text by the alphabet that ends in å, ä, ö; English has none of them."""
    return text.casefold().translate(str.maketrans("åäö", "{|}"))


def outcome_label(name: str, study: Study, language: Language) -> str:
    """Name an outcome."""
    return language.pick(study["outcomes"].get(name), humanise(name))


def domain_label(domain: str, language: Language) -> str:
    """Name the domain of outcomes."""
    return _known(f"domain.{domain}", humanise(domain), language)


def covariate_label(name: str, study: Study, language: Language) -> str:
    """Name a covariate; studies without a file of covariates have no labels for them."""
    return language.pick(study.get("covariates", {}).get(name), humanise(name))


def unit_label(unit: str, language: Language) -> str:
    """Name a unit of outcomes.csv as it stands after a number; an unknown one is its own name."""
    return _known(f"unit.{unit.replace(' ', '_')}", unit, language)


def level_label(unit: str, language: Language) -> str:
    """Name the unit of a mean whose differences have a unit: per cent for percentage points."""
    key = f"unit.level.{unit.replace(' ', '_')}"
    return language.say(key) if language.has(key) else unit_label(unit, language)


def source_text(source: Any, language: Language) -> str:
    """Write where something was read; the developers' mark of an assumption becomes a word."""
    if not isinstance(source, str):
        return ""
    return re.sub(r"\bASSUME\b", language.say("source.assumed"), source)


def unit_note(unit: str, language: Language) -> str:
    """Explain a unit that is not in everyday use; empty for one that is."""
    return _known(f"unit.{unit.replace(' ', '_')}.note", "", language)


def comparison_label(name: str, study: Study, language: Language) -> str:
    """Say who is compared."""
    return language.pick((study.get("comparisons") or {}).get(name), humanise(name))


def area_name(area: str, study: Study, language: Language) -> str:
    """Name a trial area, which released tables know by its key."""
    return language.pick((study.get("areas") or {}).get(area), area)


def population_label(name: str, study: Study, language: Language) -> str:
    """Say whom a number is about."""
    return language.pick((study.get("populations") or {}).get(name), humanise(name))


def weights_label(weights: str, study: Study, language: Language) -> str:
    """Say how units are weighted; the study names what it weights by before the start."""
    if weights == "persons_frozen" and study.get("frozen_weight"):
        return language.say("weights.frozen", what=language.pick(study["frozen_weight"]))
    if weights == "persons_frozen" and study.get("frozen_of"):
        column, period = study["frozen_of"]["column"], study["frozen_of"]["period"]
        if period is None:
            what = language.say("weights.frozen.of_mean", column=column)
        else:
            when = language.period(period)
            what = language.say("weights.frozen.of_period", column=column, period=when)
        return language.say("weights.frozen.column", what=what)
    name = weights_of(weights, study["units"])
    return _of_units(f"weights.{name}", humanise(name), study, language)


def window_name(name: str, study: Study, language: Language) -> str:
    """Name a calendar window, without its dates."""
    return language.pick(_window(name, study).get("label"), humanise(name))


def window_span(name: str, study: Study, estimand: str = "") -> tuple[str, str] | None:
    """Give the first and last period of a calendar window that an estimand compares, if any."""
    window, declared = _window(name, study), study["estimands"].get(estimand, {})
    if not window:
        return None
    first = max(window["first"], declared.get("first_period") or window["first"])
    return first, min(window["last"], declared.get("last_period") or window["last"])


def window_dates(name: str, study: Study, language: Language, estimand: str = "") -> str:
    """Give the first and last period of a calendar window; empty if unknown."""
    ends = window_span(name, study, estimand)
    return span(*ends, language) if ends else ""


def window_label(name: str, study: Study, language: Language, estimand: str = "") -> str:
    """Name a calendar window with its dates; of an estimand, those that it compares."""
    dates = window_dates(name, study, language, estimand)
    return ", ".join(part for part in (window_name(name, study, language), dates) if part)


def span(first: str, last: str, language: Language) -> str:
    """Write two periods as a span of time, both ends included."""
    return language.say("span", first=language.period(first), last=language.period(last))


def estimator_label(name: str, language: Language) -> str:
    """Name an estimator."""
    return _known(f"estimator.{name}", humanise(name), language)


def design_label(design: str, language: Language) -> str:
    """Name a design: whose difference it is."""
    return _known(f"design.{design}", humanise(design), language)


def role_label(role: str, language: Language) -> str:
    """Say what a number is for."""
    return _known(f"role.{role}", humanise(role), language)


def status_label(status: str, language: Language) -> str:
    """Say whether a number may be used, in a few words."""
    return _known(f"status.{status}", humanise(status), language)


def verdict_label(verdict: str, language: Language) -> str:
    """Say the verdict of a check."""
    return _known(f"verdict.{verdict}", humanise(verdict), language)


def reason_label(identified: str, language: Language) -> str:
    """Say why a number does not exist, as the end of a sentence after `because`."""
    key = f"reason.{identified}"
    return language.say(key if language.has(key) else "reason.other")


def inference_label(kind: str, study: Study, language: Language) -> str:
    """Name a kind of inference in a few words."""
    return _of_units(f"inference.{kind}", humanise(kind), study, language)


def clustering(study: Study, language: Language) -> str:
    """Say what the intervals that count are clustered by."""
    return language.say(f"clustering.{study['units']}")


def check_label(check: str, language: Language) -> str:
    """Name a check; see `check_name` for placebo starts, which are named by their estimand."""
    return _known(f"check.{check}", sentence_case(humanise(check)), language)


def check_text(row: Row, language: Language) -> str:
    """Say what a check asks and what it cannot tell; empty for a check unknown here."""
    return _known(f"check.{row['check'] if _is_plain(row) else 'placebo'}.text", "", language)


def check_name(row: Row, study: Study, language: Language) -> str:
    """Name the check in a row of contract DIAGNOSTICS."""
    if not _is_plain(row):
        return sentence_case(specification(row["placebo"], study, language))
    label = check_label(row["check"], language)
    return _of_units(f"check.{row['check']}", label, study, language)


def _is_plain(row: Row) -> bool:
    """Tell whether a check is of no placebo start."""
    return bool(pd.isna(row["placebo"]))


def heading(column: str, study: Study, language: Language) -> str:
    """Head a column; areas and municipalities are clusters and units in other studies."""
    if column in _KINDS:
        return language.say("column.p", how=inference_label(_KINDS[column], study, language))
    return _known(f"column.{column}", humanise(column), language)


def bin_label(study: Study, estimand: str, language: Language, *, often: bool = False) -> str:
    """Say what bins of event time are: months, quarters, or another number of periods.

    If asked how `often` there is one, the answer is monthly, quarterly, or of so many periods.
    """
    about = study.get("estimands", {}).get(estimand)
    if about is None:
        return language.say("bins.every.unknown" if often else "bins.unknown")
    n = int(about.get("periods_per_bin") or 1)
    frequency = "counted" if study.get("counted") else study["frequency"]
    key = f"bins.every.{frequency}.{n}" if often else f"bins.{frequency}.{n}"
    several = f"bins.every.{frequency}" if often else f"bins.{frequency}"
    return language.say(key) if language.has(key) else language.say(several, n=n)


def specification(estimand: str, study: Study, language: Language) -> str:
    """Say what tells an estimand from the first main one of its outcome.

    Parameters
    ----------
    estimand : str
        Name of the estimand.
    study : mapping
        Content of study.json.
    language : Language
        Of the reader.

    Returns
    -------
    str
        Differences joined by commas. If there is none: that it is the main one; of an outcome
        that has none, its weights.
    """
    about = study.get("estimands", {}).get(estimand)
    if about is None:
        return humanise(estimand.partition(".")[2] or estimand)
    parts = distinctions(estimand, study, language)
    if about["weights"] != _reference(about, study)["weights"]:
        parts.append(weights_label(about["weights"], study, language))
    return ", ".join(parts) or _first_of_outcome(about, study, language)


def detail(estimand: str, study: Study, language: Language, without: Collection[str] = ()) -> str:
    """Say the weights of an estimand, and what else tells it from the first main one.

    `without` names settings that stand elsewhere, such as in a column of their own.
    """
    about = study.get("estimands", {}).get(estimand)
    if about is None:
        return humanise(estimand.partition(".")[2] or estimand)
    weights = weights_label(about["weights"], study, language)
    return ", ".join([weights, *distinctions(estimand, study, language, without)])


def distinctions(
    estimand: str, study: Study, language: Language, without: Collection[str] = ()
) -> list[str]:
    """List what tells an estimand from the first main one of its outcome, but for weights."""
    about = study["estimands"][estimand]
    usual = _reference(about, study)
    changed = {name for name in about if about[name] != usual.get(name)} - set(without)
    parts: list[str] = []
    if about["role"] == "placebo":
        when = language.period(about["start"] or study["start"])
        parts.append(language.say("specification.placebo", start=when))
    elif "start" in changed and about["start"]:
        parts.append(language.say("specification.start", start=language.period(about["start"])))
    if about.get("leave_out_area"):
        left_out = area_name(about["leave_out_area"], study, language)
        parts.append(language.say("specification.left_out", area=left_out))
    if about.get("group"):
        when = language.period(about["group"])
        parts.append(language.say("specification.group", start=when))
    if "comparison" in changed:
        parts.append(comparison_label(about["comparison"], study, language))
    if "population" in changed:
        who = population_label(about["population"], study, language)
        parts.append(language.say("specification.population", population=who))
    if about.get("contrast") and "contrast" not in without:
        who = population_label(about["contrast"], study, language)
        share = language.number(100 * about["spillover_share"], 0)
        parts.append(language.say("specification.contrast", population=who, share=share))
    if {"elapsed_first", "elapsed_last"} & changed and about["elapsed_first"] is not None:
        parts.append(followed(about["elapsed_first"], about["elapsed_last"], language))
    parts += _how(estimand, about, changed, study, language)
    for key, first, last in _SPANS:
        if {first, last} & changed and about[first]:
            when = span(about[first], about[last], language)
            parts.append(language.say(f"specification.{key}", span=when))
    if about.get("base_last"):
        parts.append(language.say("specification.base", last=language.period(about["base_last"])))
    return parts


def followed(first: int, last: int, language: Language) -> str:
    """Say which months since entry a number is about."""
    key = "specification.month" if first == last else "specification.months"
    return language.say(key, first=first, last=last)


def _how(
    estimand: str, about: Study, changed: set[str], study: Study, language: Language
) -> Sequence[str]:
    """Say how an estimand is estimated, where that is not as usual."""
    parts = []
    method = estimator_label(about["estimator"], language)
    if ESTIMATORS[about["estimator"]].term == "event_time":
        every = bin_label(study, estimand, language, often=True)
        parts.append(language.say("specification.by_bins", method=method, every=every))
    elif "estimator" in changed:
        parts.append(method)
    if "effects_by_period" in changed and about["effects_by_period"]:
        parts.append(language.say(f"specification.effects_by.{about['effects_by_period']}"))
    if "strata" in changed and about["strata"]:
        parts.append(language.say("specification.strata", strata=humanise(about["strata"])))
    if "covariates" in changed and about["covariates"]:
        said = [covariate_label(name, study, language) for name in about["covariates"]]
        parts.append(language.say("specification.covariates", names=language.listed(said)))
    if "controls" in changed and about["controls"]:
        names = language.listed([humanise(name) for name in about["controls"]])
        parts.append(language.say("specification.controls", names=names))
    if "trends" in changed and about["trends"] == "unit":
        parts.append(language.say("specification.trends"))
    if "control_group" in changed and about["control_group"] == "not_yet_treated":
        parts.append(language.say("specification.not_yet_treated"))
    if about.get("adjustment", "doubly_robust") != "doubly_robust":
        parts.append(language.say(f"specification.adjustment.{about['adjustment']}"))
    if about.get("anticipation"):
        parts.append(language.say("specification.anticipation", n=about["anticipation"]))
    if about.get("compares", "changes") != "changes":
        parts.append(language.say("specification.cross_sections"))
    if "transform" in changed and about["transform"] != "none":
        year = about["base_year"]
        parts.append(language.say(f"specification.{about['transform']}", year=year))
    return parts


def _first_of_outcome(about: Study, study: Study, language: Language) -> str:
    if about["role"] in ("main", "benchmark"):
        return role_label(about["role"], language)
    return weights_label(about["weights"], study, language)


def _reference(about: Study, study: Study) -> Study:
    """Find the first main estimand of an outcome, or its first of any role."""
    same = [e for e in study["estimands"].values() if e["outcome"] == about["outcome"]]
    return next((e for e in same if e["role"] == "main"), same[0])


def _window(name: str, study: Study) -> Mapping[str, Any]:
    return (study.get("windows") or {}).get(name) or {}


def _of_units(key: str, default: str, study: Study, language: Language) -> str:
    """Choose the words for municipalities and areas, or for units and clusters in general."""
    return _known(f"{key}.{study['units']}", _known(key, default, language), language)


def _known(key: str, default: str, language: Language) -> str:
    return language.say(key) if language.has(key) else default
