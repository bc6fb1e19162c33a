from pathlib import Path

import pandas as pd

from kuntakokeilu import contracts
from kuntakokeilu.disclosure import (
    provenance,
    release_coverage,
    release_diagnostics,
    release_eligibility,
    release_estimates,
    release_flow,
    release_units,
)
from kuntakokeilu.io import read_table, write_csv, write_json
from kuntakokeilu.job import job
from kuntakokeilu.study import Comparison, DisclosureProfile

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
    write_csv(release_units(units, Comparison(**spec["comparison"])), output.units)
    coverage = pd.concat(
        [read_table(path, contracts.COVERAGE) for path in snakemake.input.coverage]
    )
    write_csv(release_coverage(coverage, profile), output.coverage)
    # Means of municipalities in public statistics: nothing in these two counts persons.
    write_csv(read_table(snakemake.input.balance, contracts.BALANCE), output.balance)
    write_csv(read_table(snakemake.input.overlap, contracts.OVERLAP), output.overlap)
    if snakemake.input.get("flow"):
        flow = read_table(snakemake.input.flow, contracts.FLOW)
        write_csv(release_flow(flow, profile), output.flow)
        eligibility = read_table(snakemake.input.eligibility, contracts.ELIGIBILITY)
        write_csv(release_eligibility(eligibility, profile), output.eligibility)
    write_json(spec["study"], output.study)
    manifest = provenance(
        inputs=dict(zip(spec["sources"], snakemake.input.sources, strict=True)),
        study=spec["settings"],
        files=[Path(path) for path in output if path != output.manifest],
        seed=spec["seed"],
    )
    write_json(manifest, output.manifest)
