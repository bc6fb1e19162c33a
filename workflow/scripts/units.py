import pandas as pd

from kuntakokeilu import contracts
from kuntakokeilu.cells import (
    add_centres,
    build_units,
    covariate_files,
    deal_treatment,
    read_source,
    source_files,
)
from kuntakokeilu.facts import read_classification
from kuntakokeilu.facts.topology import read_outlines
from kuntakokeilu.io import write_table
from kuntakokeilu.job import job
from kuntakokeilu.study import Comparison, CovariateData, DataSettings

with job(snakemake.log[0]):
    spec = snakemake.params.spec
    settings = DataSettings(**spec["settings"])
    covariates = [CovariateData(**row) for row in spec["covariates"]]
    files = [*source_files(settings, None).items(), *covariate_files(covariates).items()]
    paths = [*snakemake.input.sources, *snakemake.input.covariates]
    raw = {
        name: read_source(settings.source, path, columns, name)
        for (name, columns), path in zip(files, paths, strict=True)
    }
    areas = None if spec["areas"] is None else pd.DataFrame(spec["areas"])
    year = settings.classification
    classification = read_classification("config", year) if year else None
    units, counts = build_units(settings, raw, areas, classification, covariates)
    for path in snakemake.input.outlines:
        units = add_centres(units, read_outlines(path, spec["outline_code"]), classification)
    write_table(units, snakemake.output.treated, contracts.UNITS)
    if spec["dealt"] is not None:
        units = deal_treatment(units, Comparison(**spec["dealt"]), settings.seed)
    write_table(units, snakemake.output.units, contracts.UNITS)
    write_table(counts, snakemake.output.counts, contracts.COUNTS)
