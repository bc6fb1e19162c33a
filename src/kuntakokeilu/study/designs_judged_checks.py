"""Whether designs can be judged on the estimands that a study asks it of."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from kuntakokeilu.errors import InputError, some
from kuntakokeilu.facts.basics import period, plain_weights
from kuntakokeilu.study.covariate_rows import Covariate
from kuntakokeilu.study.estimands import Estimand
from kuntakokeilu.study.models import Settings


def check_designs_judged(
    settings: Settings,
    estimands: Iterable[Estimand],
    covariates: Mapping[str, Covariate],
    where: str,
) -> None:
    """Stop if a study asks to judge designs on an estimand, or by covariates, that do not fit."""
    asked = settings.designs_judged
    if asked is None:
        return
    place = f"{where}, designs_judged"
    known = {estimand.estimand: estimand for estimand in estimands}
    absent = [name for name in asked.estimands if name not in known]
    if absent:
        raise InputError(f"{place}.estimands: no row {some(absent)} in estimands.csv")
    there = {*covariates, *settings.source.known_covariates}
    unknown = [name for name in [asked.size, *asked.covariates] if name not in there]
    if unknown:
        raise InputError(f"{place}.covariates: {some(unknown)} is not a covariate of the study")
    trends = [n for n in asked.covariates if n in covariates and covariates[n].kind == "trend"]
    if trends:
        raise InputError(
            f"{place}.covariates: {some(trends)} is a trend, which tells a design what came after "
            "a false start; expected levels that hardly move"
        )
    if settings.start is None:
        raise InputError(f"{place}: needs a start in study.yaml")
    for name in asked.estimands:
        _check_estimand(known[name], f"{place}.estimands: {name}")
        first = period(known[name].first_period, settings.frequency)
        if period(asked.first_period, settings.frequency) >= first:
            raise InputError(
                f"{place}.first_period: expected a period before {known[name].first_period}, the "
                f"first that {name} compares; found {asked.first_period}"
            )


def _check_estimand(estimand: Estimand, place: str) -> None:
    if estimand.estimator != "two_way_fixed_effects":
        raise InputError(
            f"{place} has the estimator {estimand.estimator}; expected two_way_fixed_effects"
        )
    taken: tuple[str, ...] = (
        "effects_by_period",
        "contrast",
        "strata",
        "covariates",
        "controls",
        "skip_first",
    )
    taken += ("start", "group", "elapsed_first")
    given = [name for name in taken if getattr(estimand, name)]
    if given or estimand.comparison_rule.balance is not None:
        raise InputError(f"{place} has {given[0] if given else 'balance'}; expected none")
    if plain_weights(estimand.weights) == "persons_current":
        raise InputError(f"{place} has weights that move over time; expected others")
