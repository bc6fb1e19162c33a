"""Which cells a study needs: not every outcome of every population."""

from __future__ import annotations

from kuntakokeilu.study.read import Study

WHOLE = "none"  # the stratification that has everybody in one stratum


def wanted_cells(study: Study) -> dict[str, dict[str, list[str]]]:
    """List the outcomes whose cells are used, by population and stratification.

    Used are those of estimands with their contrasts and strata, of the annex over strata, of
    covariates, and of the population that weights come from.

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
