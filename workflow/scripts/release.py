from pathlib import Path

import pandas as pd

from kuntakokeilu import contracts
from kuntakokeilu.disclosure import (
    provenance,
    release_area_effects,
    release_balance,
    release_combinations,
    release_coverage,
    release_diagnostics,
    release_eligibility,
    release_estimates,
    release_flow,
    release_heterogeneity,
    release_meta_regression,
    release_overlap,
    release_public,
    release_ratios,
    release_survey_response,
    release_totals,
    release_units,
)
from kuntakokeilu.facts import ledger_parameters
from kuntakokeilu.io import read_table, write_csv, write_json
from kuntakokeilu.job import job
from kuntakokeilu.study import Comparison, DisclosureProfile, common_start

with job(snakemake.log[0]):
    spec, output = snakemake.params.spec, snakemake.output
    estimates = pd.concat(
        [read_table(path, contracts.ESTIMATES) for path in snakemake.input.estimates]
    )
    checked = [*snakemake.input.diagnostics, snakemake.input.across]
    diagnostics = pd.concat([read_table(path, contracts.DIAGNOSTICS) for path in checked])
    profile = DisclosureProfile(**spec["profile"])
    released = release_estimates(estimates, diagnostics, profile)
    write_csv(contracts.conform(released, contracts.RELEASED), output.estimates)
    write_csv(release_diagnostics(diagnostics, released), output.diagnostics)
    units = read_table(snakemake.input.units, contracts.UNITS)
    write_csv(release_units(units, Comparison(**spec["comparison"]), spec["span"]), output.units)
    coverage = pd.concat(
        [read_table(path, contracts.COVERAGE) for path in snakemake.input.coverage]
    )
    write_csv(release_coverage(coverage, profile), output.coverage)
    compared = read_table(snakemake.input.compared, contracts.COMPARED)
    balance = read_table(snakemake.input.balance, contracts.BALANCE)
    write_csv(release_balance(balance, compared, profile), output.balance)
    hidden_areas: list[str] = []
    if snakemake.input.get("flow"):
        flow = read_table(snakemake.input.flow, contracts.FLOW)
        write_csv(release_flow(flow, profile), output.flow)
        eligibility = read_table(snakemake.input.eligibility, contracts.ELIGIBILITY)
        write_csv(release_eligibility(eligibility, profile), output.eligibility)
    if snakemake.input.get("survey_response"):
        response = read_table(snakemake.input.survey_response, contracts.SURVEY_RESPONSE)
        write_csv(release_survey_response(response, profile), output.survey_response)
    if snakemake.input.get("ratios"):
        ratios = read_table(snakemake.input.ratios, contracts.RATIOS)
        write_csv(release_ratios(ratios, released), output.ratios)
    if snakemake.input.get("totals"):
        totals = read_table(snakemake.input.totals, contracts.TOTALS)
        write_csv(release_totals(totals, released, profile), output.totals)
    if snakemake.input.get("combinations"):
        combinations = read_table(snakemake.input.combinations, contracts.COMBINATIONS)
        write_csv(release_combinations(combinations, released), output.combinations)
    if spec["programme_costs"]:
        costs = pd.DataFrame(spec["programme_costs"])
        write_csv(release_public(costs, contracts.PROGRAMME_COSTS), output.programme_costs)
    if snakemake.input.get("rules"):
        parameters = ledger_parameters(Path("config"))
        write_csv(release_public(parameters, contracts.LEDGER_PARAMETERS), output.parameters)
    if snakemake.input.get("area_effects"):
        matrix = read_table(snakemake.input.service_models, contracts.SERVICE_MODELS)
        write_csv(release_public(matrix, contracts.SERVICE_MODELS), output.service_models)
        effects = read_table(snakemake.input.area_effects, contracts.AREA_EFFECTS)
        effects = release_area_effects(effects, released, profile)
        write_csv(effects, output.area_effects)
        hidden_areas = list(effects.loc[effects["status"] == "suppressed", "area"])
        slopes = read_table(snakemake.input.meta_regression, contracts.META_REGRESSION)
        write_csv(release_meta_regression(slopes, effects, released), output.meta_regression)
    if snakemake.input.get("heterogeneity"):
        strata = read_table(snakemake.input.heterogeneity, contracts.HETEROGENEITY)
        write_csv(release_heterogeneity(strata, released, profile), output.heterogeneity)
    overlap = read_table(snakemake.input.overlap, contracts.OVERLAP)
    write_csv(release_overlap(overlap, compared, profile, hidden_areas), output.overlap)
    told = spec["study"] | {"start": common_start(units, spec["study"]["start"])}
    write_json(contracts.described(told, contracts.StudyDescription, "study.json"), output.study)
    manifest = provenance(
        inputs=dict(zip(spec["sources"], snakemake.input.sources, strict=True)),
        study=spec["settings"],
        files=[Path(path) for path in output if path != output.manifest],
        seed=spec["seed"],
    )
    write_json(manifest, output.manifest)
