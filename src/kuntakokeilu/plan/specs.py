"""What each step is told of a study, as plain data: a step runs again when this changes."""

from __future__ import annotations

from collections.abc import Hashable, Iterable
from dataclasses import asdict
from typing import Any

from pydantic import BaseModel

from kuntakokeilu.contracts import LEDGER
from kuntakokeilu.facts import only
from kuntakokeilu.plan.register_files import RegisterFiles
from kuntakokeilu.study import (
    CovariateData,
    DataSettings,
    Estimand,
    OutcomeData,
    ServiceModels,
    Study,
    curves,
    digest,
    overlap_rule,
    plan_of,
    plan_rows,
    plan_statuses,
    splits_of,
    wanted_cells,
)

Spec = dict[str, Any]


def dumped(rows: Iterable[BaseModel]) -> list[Spec]:
    """Write typed rows as plain data."""
    return [row.model_dump(mode="json") for row in rows]


def _areas(study: Study) -> dict[Hashable, Any]:
    """Write the trial areas of a study of municipalities as plain data."""
    assert study.areas is not None  # read_study has seen to it
    return study.areas.to_dict("list")


def units(study: Study) -> Spec:
    """Say what UNITS are made by."""
    return {
        "settings": only(study.settings, DataSettings),
        "covariates": [only(row, CovariateData) for row in study.covariates.values()],
        "areas": None if study.areas is None else _areas(study),
        "outline_code": study.settings.map.code if study.settings.map else None,
        "dealt": _first_leading(study).comparison_rule.model_dump() if study.blinded else None,
    }


def _first_leading(study: Study) -> Estimand:
    """Give the estimand whose comparison stands for that of the study."""
    return study.leading(next(iter(study.outcomes)))


def cells(study: Study, outcome: str) -> Spec:
    """Say what the cells of one outcome are made by."""
    return {
        "settings": only(study.settings, DataSettings),
        "outcome": only(study.outcomes[outcome], OutcomeData),
        "span": list(study.span_of(outcome)),
    }


def fetch(study: Study, url: str) -> Spec:
    """Say which tables of PxWeb are downloaded, and from where."""
    source = study.settings.source.pxweb
    downloads = source.downloads if source else {}
    return {
        "study": study.name,
        "downloads": {name: one.model_dump(mode="json") for name, one in downloads.items()},
        "url": url,
    }


def estimates(study: Study, outcomes: Iterable[str]) -> Spec:
    """Give the estimands by outcome, so that a changed row reruns no other domain."""
    return {outcome: dumped(study.estimands_of(outcome)) for outcome in outcomes}


def diagnose(study: Study, outcomes: Iterable[str]) -> Spec:
    """Give what is checked, and the rule of who has a comparable control."""
    return {"rows": estimates(study, outcomes), "overlap": _overlap(study)}


def _overlap(study: Study) -> Spec | None:
    found = overlap_rule(study.settings)
    return None if found is None else {"comparison": found[0], "rule": found[1].model_dump()}


def coverage(study: Study, outcomes: Iterable[str]) -> list[Spec]:
    """Give of each outcome the estimand that leads it, and what is compared if cells reach back."""

    def span(outcome: str) -> list[str] | None:
        compared = study.compared_span_of(outcome)
        return None if compared == study.span_of(outcome) else list(compared)

    return [
        {"estimand": study.leading(outcome).model_dump(mode="json"), "span": span(outcome)}
        for outcome in outcomes
    ]


def false_starts(study: Study, outcomes: Iterable[str]) -> Spec:
    """Say which estimates are made at false starts, and how far back these reach."""
    declared = study.settings.false_starts
    assert declared is not None  # the plan of a study without them has no such step
    return {"settings": declared.model_dump(mode="json"), "rows": estimates(study, outcomes)}


def curves_of(study: Study) -> Spec:
    """Give the specifications of one question, by outcome."""
    return {outcome: dumped(mine) for outcome, mine in curves(study).items()}


def leading(study: Study, outcomes: Iterable[str]) -> list[Spec]:
    """Give the estimand that leads each outcome."""
    return dumped(study.leading(outcome) for outcome in outcomes)


def across(study: Study, outcomes: list[str]) -> Spec:
    """Say what is compared of outcomes that tell only together what happened."""
    return {
        "estimands": dumped(e for outcome in outcomes for e in study.estimands_of(outcome)),
        "columns": {name: study.outcomes[name].column for name in outcomes},
        "negative_controls": study.negative_controls,
    }


def balance(study: Study) -> Spec:
    """Say which arms are compared before the start, and in what."""
    balanced = any(rule.balance for rule in study.settings.comparisons.values())
    own = study.settings.source.known_covariates if balanced else []
    return {
        "estimands": dumped(study.estimands),
        "covariates": [*study.covariates, *own],
        "overlap": _overlap(study),
    }


def bounds(study: Study, outcomes: Iterable[str]) -> Spec:
    """Say which estimates bounds are put on, and which effects are as good as none."""
    names = list(outcomes)
    main = study.main_estimands()
    return {
        "estimands": {n: dumped(e for e in main if e.outcome == n) for n in names},
        "asked": study.settings.bounds.model_dump(mode="json"),
        "margins": {n: margin for n in names if (margin := study.outcomes[n].margin) is not None},
        "negative_controls": [n for n in names if n in study.negative_controls],
    }


def designs_judged(study: Study, asked: list[Estimand]) -> Spec:
    """Say of which estimands designs are judged, on which years, and who has a control."""
    rule = study.settings.designs_judged
    assert rule is not None
    return {
        "estimands": dumped(asked),
        "rule": rule.model_dump(mode="json"),
        "overlap": _overlap(study),
    }


def main_outcomes(study: Study) -> list[str]:
    """Name the outcomes with data of which a main effect over all time is asked."""
    asked = {e.outcome for e in _main(study)}
    return [n for n, row in study.outcomes.items() if n in asked and row.data != "none"]


def _main(study: Study) -> list[Estimand]:
    """Give the main estimands of one number, or the benchmarks where nothing is main."""
    single = [e for e in study.estimands if not e.method.series]
    main = [e for e in single if e.role == "main"]
    return main or [e for e in single if e.role == "benchmark"]


def design(study: Study) -> Spec:
    """Say what of a design is judged before its data are seen."""
    return {
        **balance(study),
        "outcomes": main_outcomes(study),
        "main": [e.estimand for e in _main(study)],
        "profile": study.profile.model_dump(mode="json"),
        "study": study.describe(),
        "settings": study.fingerprint(),
        "seed": study.settings.seed,
        "lock": None if study.lock is None else study.lock.described(),
        "plan_sha256": digest(plan_of(study)),
    }


def totals(study: Study, counted: list[Estimand]) -> Spec:
    """Say which totals are made, and of which estimands the person-months are counted."""
    return {"totals": dumped(study.money.totals.values()), "counted": dumped(counted)}


def area_effects(study: Study, asked: list[Estimand], models: ServiceModels) -> Spec:
    """Say of which estimands there are effects by area, and what may explain them."""
    return {
        "estimands": dumped(asked),
        "areas": study.trial_areas(),
        "features": models.features,
    }


def heterogeneity(asked: list[Estimand], models: ServiceModels) -> Spec:
    """Say by which strata effects may differ."""
    return {"estimands": dumped(asked), "strata": models.strata}


def release(
    study: Study, tables: list[str], sources: Iterable[str], keyed: Iterable[str] = ()
) -> Spec:
    """Say which tables are released, by which rules, and what the manifest and readers are told.

    Of the sources, `keyed` hold persons.
    """
    first = _first_leading(study)
    return {
        "tables": tables,
        "profile": study.profile.model_dump(mode="json"),
        "earlier": _earlier(study),
        "study": study.describe(),
        "programme_costs": [row.model_dump() for row in study.money.programme_costs],
        "comparison": first.comparison_rule.model_dump(),
        "span": first.span,
        "settings": study.fingerprint(),
        "seed": study.settings.seed,
        "fails_on": sorted(study.settings.fails_on),
        "ledger": [
            [name, outcome.column, outcome.price_year]
            for name, outcome in study.outcomes.items()
            if outcome.column in LEDGER
        ],
        "sources": list(sources),
        "keyed": sorted(keyed),
        "plan": plan_rows(study).to_dict("records"),
        "planned": plan_statuses(study),
        "lock": None if study.lock is None else study.lock.described(),
    }


def _earlier(study: Study) -> str | None:
    """Name the file of earlier releases; None of a study of no real persons."""
    if study.profile.min_persons == 0 or study.settings.source.synthetic:
        return None
    return f"results/{study.name}/restricted/releases.jsonl"


def twin(study: Study, registers: RegisterFiles) -> Spec:
    """Say how the synthetic registers are made."""
    settings = registers.source.twin
    return {
        "twin": None if settings is None else settings.model_dump(mode="json"),
        "effects": None if study.effects is None else dumped(study.effects),
        "areas": _areas(study),
        "adapter": registers.source.adapter,
    }


def register_tables(registers: RegisterFiles, root: str | None) -> Spec:
    """Say how the registers are read: by the adapter, from `root` if they are not a twin's."""
    return {"adapter": registers.source.adapter, "root": root, "twin": registers.is_twin}


def panel(study: Study, registers: RegisterFiles) -> Spec:
    """Say how person-months are added up, and of a survey which columns are used."""
    return {
        "panel": registers.source.panel.model_dump(mode="json"),
        "classification": study.settings.classification,
        "start": study.settings.start,
        "areas": _areas(study),
        "trial_offices": study.trial_offices(),
        "columns": registers.columns,
        "splits": {s: [asdict(each) for each in mine] for s, mine in splits_of(study).items()},
    }


def collapse(study: Study, registers: RegisterFiles) -> Spec:
    """Say how sums of person-months are collapsed into cells."""
    source = registers.source
    return {
        "populations": {
            name: population.model_dump(mode="json", exclude={"label"})
            for name, population in source.populations.items()
        },
        "stratifications": source.stratifications,
        "wanted": wanted_cells(study),
        "outcomes": {
            name: outcome.column
            for name, outcome in study.outcomes.items()
            if outcome.data == "yes"
        },
        "price_years": registers.price_years,
    }


def truth(study: Study) -> list[list[Spec]]:
    """Give the estimands of each outcome, of which the truth is known in a twin."""
    return [dumped(study.estimands_of(outcome)) for outcome in study.outcomes]
