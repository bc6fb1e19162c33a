"""Which cells a study needs: not every outcome of every population."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from kuntakokeilu.contracts import PAYERS, REGISTER_SAMPLES
from kuntakokeilu.study.read import Study
from kuntakokeilu.study.register_source import RegisterSource

WHOLE = "none"  # the stratification that has everybody in one stratum


@dataclass(frozen=True)
class Split:
    """A population and how it is split.

    Attributes
    ----------
    population, stratification : str
        Their names.
    members : mapping of str to bool or str
        Traits and the values that members have; a person whose trait is missing is none.
    traits : tuple of str
        By whose values strata are told.
    columns : tuple of str
        Outcomes that are added up, as columns of the person-months.
    paid : tuple of str
        Outcomes of the population, of every stratification, whose payers are counted.
    """

    population: str
    stratification: str
    members: Mapping[str, bool | str]
    traits: tuple[str, ...]
    columns: tuple[str, ...]
    paid: tuple[str, ...] = ()


def wanted_cells(study: Study) -> dict[str, dict[str, list[str]]]:
    """List the outcomes whose cells are used, by population and stratification.

    Used are those of estimands with their contrasts and strata, of the annex over strata, of
    the check of an inflow's make-up, of covariates, and of the population that weights come from.

    Parameters
    ----------
    study : Study
        A study of registers.

    Returns
    -------
    dict of str to dict of str to list of str
        Population to stratification to outcomes in the order of outcomes.csv. Each population has
        the stratification `none`. Populations that nothing uses are not there.
    """
    source = study.settings.source.registers
    assert source is not None
    measured = [name for name, outcome in study.outcomes.items() if outcome.data == "yes"]
    used = {(source.weights_from, WHOLE, measured[0])} if measured else set()
    annex = study.settings.service_models
    for each in study.estimands:
        populations = [each.population, *([each.contrast] if each.contrast else [])]
        schemes = [WHOLE, *([each.strata] if each.strata else [])]
        if annex is not None and annex.strata and each.estimand in annex.estimands:
            schemes.append(annex.strata)
        schemes += [s for name in populations for s in _of_those_who_enter(source, name)]
        used |= {(p, scheme, each.outcome) for p in populations for scheme in schemes}
    for row in study.covariates.values():
        if row.outcome is not None and row.population is not None:
            used.add((row.population, WHOLE, row.outcome))
    found: dict[str, dict[str, list[str]]] = {}
    for population in source.populations:
        mine = {(scheme, outcome) for p, scheme, outcome in used if p == population}
        schemes = [WHOLE, *source.populations[population].strata]
        lists = {s: [name for name in measured if (s, name) in mine] for s in schemes}
        if lists[WHOLE]:
            found[population] = {scheme: names for scheme, names in lists.items() if names}
    return found


def _of_those_who_enter(source: RegisterSource, name: str) -> list[str]:
    """Name the stratifications by which the make-up of an inflow is looked at: all it declares."""
    population = source.populations[name]
    return population.strata if population.sample == "inflow" else []


def splits_of(study: Study) -> dict[str, list[Split]]:
    """List by which populations and strata the outcomes of each sample of registers are added up.

    Parameters
    ----------
    study : Study
        A study of registers.

    Returns
    -------
    dict of str to list of Split
        A survey, whose rows have weights, is not there.
    """
    source = study.settings.source.registers
    assert source is not None
    found: dict[str, list[Split]] = {}
    for name, schemes in wanted_cells(study).items():
        population = source.populations[name]
        if population.sample not in REGISTER_SAMPLES:
            continue
        columns = {
            scheme: tuple(dict.fromkeys(str(study.outcomes[each].column) for each in outcomes))
            for scheme, outcomes in schemes.items()
        }
        paid = tuple(column for column in columns[WHOLE] if column in PAYERS)
        for scheme, mine in columns.items():
            traits = tuple(source.stratifications.get(scheme, ()))
            split = Split(name, scheme, dict(population.members), traits, mine, paid)
            found.setdefault(population.sample, []).append(split)
    return found
