"""Whether effects by trial area can be had of the estimands that a study asks them of."""

from __future__ import annotations

from collections.abc import Iterable

from kuntakokeilu.errors import InputError, some
from kuntakokeilu.study.estimands import Estimand
from kuntakokeilu.study.models import Settings


def check_service_models(settings: Settings, estimands: Iterable[Estimand], where: str) -> None:
    """Stop if a study asks for effects by area of an estimand that cannot have them."""
    asked = settings.service_models
    if asked is None:
        return
    place = f"{where}, service_models"
    if settings.units != "municipality":
        raise InputError(f"{place}: goes with units: municipality only")
    known = {estimand.estimand: estimand for estimand in estimands}
    absent = [name for name in asked.estimands if name not in known]
    if absent:
        raise InputError(f"{place}.estimands: no row {some(absent)} in estimands.csv")
    populations = settings.source.known_populations
    for name in asked.estimands:
        estimand = known[name]
        if estimand.estimator != "two_way_fixed_effects":
            raise InputError(
                f"{place}.estimands: {name} has the estimator {estimand.estimator}; expected "
                "two_way_fixed_effects"
            )
        for column in ("effects_by_period", "contrast"):
            if getattr(estimand, column, None) is not None:
                raise InputError(f"{place}.estimands: {name} has {column}; expected none")
        strata = getattr(populations.get(estimand.population), "strata", [])
        if asked.strata is not None and estimand.covariates:
            raise InputError(
                f"{place}.strata: {name} has covariates, which effects by stratum do not take; "
                "expected none"
            )
        if asked.strata is not None and asked.strata not in strata:
            raise InputError(
                f"{place}.strata: {asked.strata} is not in source.populations."
                f"{estimand.population}.strata, which {name} needs"
            )
