"""The last steps back from a number: its cells, its settings, the files and the code behind."""

from __future__ import annotations

from typing import Any

import pandas as pd

from kuntakokeilu.contracts import LEDGER
from kuntakokeilu.report.words import labels as lb
from kuntakokeilu.report.words.attribution import day_text, known, retrieved_on
from kuntakokeilu.report.words.definitions import definition
from kuntakokeilu.report.words.kept import kept, rows_with
from kuntakokeilu.report.words.kinds import Row, Study
from kuntakokeilu.report.words.language import DASH, Language
from kuntakokeilu.report.words.made_of import parameters_note
from kuntakokeilu.report.words.outcomes import column_of
from kuntakokeilu.report.words.release import Release
from kuntakokeilu.report.words.rows import is_shown
from kuntakokeilu.report.words.trace_steps import Step
from kuntakokeilu.report.words.whom_and_when import whom_and_when

_CONFIG = "config/"  # where rules lie that are no data
_TOLD_ELSEWHERE = ("outcome", "stocks", "headline")  # of the settings of an estimand
_MOST_STOCKS = 4


def cells(release: Release, row: Row, language: Language) -> Step:
    """Say which cells an estimate is made of: outcome, whom, months, units and weights.

    Parameters
    ----------
    release : Release
        A released study.
    row : mapping
        A leading row of the estimand, contract RELEASED.
    language : Language
        Of the reader.
    """
    study, declared = release.study, release.study["estimands"][row["estimand"]]
    outcome = row["outcome"]
    column = column_of(outcome, study)
    if study["outcomes"][outcome]["data"] == "none":
        meaning = language.say("definition.no_data")
    elif column in LEDGER:
        meaning = language.say("definition.ledger")
    else:
        meaning = definition(column, study, language)
    facts = {
        "outcome": f"{lb.outcome_label(outcome, study, language)} [{outcome}]: {meaning}",
        "column": column,
        "sources": "; ".join(_source(name, language) for name in str(row["sources"]).split(";")),
        "population": _population(row["population"], study, language),
        "comparison": lb.sentence_case(lb.comparison_label(row["comparison"], study, language)),
        "weights": lb.sentence_case(lb.weights_label(row["weights"], study, language)),
        "periods": _periods(declared, study, language),
        "units": _arms(row, "n_trial", "n_control", language),
        "clusters": _arms(row, "n_trial_clusters", "n_control_clusters", language),
        "persons": _persons(row, language),
        "known": _known(release, row["estimand"], language),
        "kept_in": language.say("trace.restricted", file=f"restricted/cells/{outcome}.parquet"),
    }
    lines = [whom_and_when(row, study, language)] if is_shown(row) else []
    named = [(language.say(f"trace.name.{name}"), text) for name, text in facts.items() if text]
    return Step("cells", lines, named)


def rules(release: Release, row: Row, language: Language) -> Step:
    """List the settings of an estimand as estimands.csv has them, and the function that fits it."""
    study, declared = release.study, release.study["estimands"][row["estimand"]]
    estimator = declared["estimator"]
    lines = [
        language.say(
            "trace.estimator", what=lb.estimator_label(estimator, language), function=estimator
        )
    ]
    if column_of(row["outcome"], study) in LEDGER:
        lines += filter(None, [language.say("trace.ledger"), parameters_note(release, language)])
    settings = [
        (name, _setting(value))
        for name, value in declared.items()
        if name not in _TOLD_ELSEWHERE and value not in (None, [], "")
    ]
    stocks = declared["stocks"]
    if stocks:
        some = ", ".join(stocks[:_MOST_STOCKS]) + (" …" if len(stocks) > _MOST_STOCKS else "")
        settings.append(("stocks", f"{some} ({len(stocks)})"))
    return Step("rules", lines, settings)


def data(release: Release, language: Language) -> Step:
    """List the files that the numbers of a release come from, with day of retrieval and hash."""
    inputs = release.manifest["inputs"]
    files = [name for name in inputs if not name.startswith(_CONFIG)]
    lines = [language.say("trace.data.all") if files else _without_files(release, language)]
    told = known(release, language)
    facts = [
        (language.say(f"attribution.{key}"), told[key])
        for key in ("sources", "vintage")
        if key in told
    ]
    heads = [language.say(f"trace.name.{name}") for name in ("file", "kind", "retrieved", "hash")]
    table = pd.DataFrame(
        [
            [
                name,
                language.say("trace.kind.data" if name in files else "trace.kind.rules"),
                _day(name, language),
                digest,
            ]
            for name, digest in inputs.items()
        ],
        columns=heads,
    )
    return Step("data", lines, facts, table)


def code(release: Release, language: Language) -> Step:
    """Name the code, the settings and the seed that made a release, and how to make it again."""
    manifest, study = release.manifest, release.study["study"]
    commit = manifest["commit"]
    version = (commit or "").removesuffix("-dirty")
    key = "none" if commit is None else "changed" if commit.endswith("-dirty") else "known"
    packages = ", ".join(f"{name} {version}" for name, version in manifest["packages"].items())
    facts = {
        "project_version": manifest["project_version"],
        "commit": commit or DASH,
        "study_sha256": manifest["study_sha256"],
        "seed": str(manifest["seed"]),
        "python": f"{manifest['python']}; {packages}",
    }
    named = [(language.say(f"provenance.{name}"), text) for name, text in facts.items()]
    lines = [language.say(f"trace.code.{key}", study=study, commit=version)]
    return Step("code", lines, named)


def _source(name: str, language: Language) -> str:
    """Name a source of cells; of a register, the tables in which it is written."""
    key = f"trace.source.{name}"
    what = language.say(key) if language.has(key) else name
    if not language.has(f"trace.tables.{name}"):
        return what
    tables = language.say(f"trace.tables.{name}")
    return language.say(
        "trace.tables" if "," in tables else "trace.table", what=what, tables=tables
    )


def _population(name: str, study: Study, language: Language) -> str:
    """Name whom an estimate is about; nothing in a study that has one population."""
    known = study["populations"].get(name)
    return lb.sentence_case(lb.population_label(name, study, language)) if known else ""


def _periods(declared: Study, study: Study, language: Language) -> str:
    """Give the span of periods compared, how many they are, and which of them are skipped."""
    span = lb.span(declared["first_period"], declared["last_period"], language)
    text = language.say("trace.periods", span=span, n=len(_used(declared, study)))
    if not declared["skip_first"]:
        return text
    skipped = lb.span(declared["skip_first"], declared["skip_last"], language)
    return f"{text}; {language.say('specification.skip', span=skipped)}"


def _used(declared: Study, study: Study) -> pd.PeriodIndex:
    """List the periods that an estimand compares."""
    every = _range(declared["first_period"], declared["last_period"], study)
    if not declared["skip_first"]:
        return every
    return every.difference(_range(declared["skip_first"], declared["skip_last"], study))


def _range(first: str, last: str, study: Study) -> pd.PeriodIndex:
    return pd.period_range(first, last, freq=study["frequency"])


def _arms(row: Row, trial: str, control: str, language: Language) -> str:
    counts = {"trial": language.number(row[trial], 0), "control": language.number(row[control], 0)}
    return language.say("trace.arms", **counts)


def _persons(row: Row, language: Language) -> str:
    """Give the rounded counts of persons; say if the source publishes none."""
    if pd.isna(row["n_persons"]):
        return language.say("trace.persons.unknown") if is_shown(row) else ""
    counts = {name: language.number(row[f"n_{name}"], 0) for name in ("persons", "person_months")}
    return language.say("trace.persons", **counts)


def _known(release: Release, estimand: str, language: Language) -> str:
    """Say how many cells of an estimand have a value, in all and by arm."""
    counts = _known_cells(release, estimand)
    if not counts:
        return language.say("trace.known.none")
    numbers = {name: language.number(n, 0) for name, n in counts.items()}
    return language.say("trace.known", **numbers)


@kept
def _known_cells(release: Release, estimand: str) -> dict[str, float]:
    """Count the cells with a value in the periods of an estimand, among those of both arms.

    Cohorts stand where they began, which an estimand's span is of too.
    """
    declared = release.study["estimands"][estimand]
    mine = rows_with(release, "coverage", "outcome", declared["outcome"])
    mine = mine[mine["period"].isin(_used(declared, release.study))]
    if mine.empty:
        return {}
    sums = mine.groupby("arm")[["n_known", "n_units"]].sum()
    both = sums.sum()
    counts = {"known": both["n_known"], "all": both["n_units"]}
    for arm in ("trial", "control"):
        there = arm in sums.index
        counts[arm] = sums.loc[arm, "n_known"] if there else 0
        counts[f"{arm}_all"] = sums.loc[arm, "n_units"] if there else 0
    return {name: float(n) for name, n in counts.items()}


def _setting(value: Any) -> str:
    return ", ".join(map(str, value)) if isinstance(value, list) else str(value)


def _without_files(release: Release, language: Language) -> str:
    """Say why no file of data stands in the manifest."""
    kind = "simulated" if release.study["simulated"] else "none"
    return language.say(f"trace.data.{kind}", seed=release.manifest["seed"])


def _day(name: str, language: Language) -> str:
    day = retrieved_on(name)
    return day_text(day, language) if day else DASH
