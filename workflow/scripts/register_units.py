import pandas as pd

from kuntakokeilu import contracts
from kuntakokeilu.cells import add_centres, covariate_files, deal_treatment, register_units
from kuntakokeilu.facts import read_classification
from kuntakokeilu.facts.topology import read_outlines
from kuntakokeilu.io import read_csv, write_table
from kuntakokeilu.job import job
from kuntakokeilu.study import Comparison, CovariateData, DataSettings

with job(snakemake.log[0]):
    spec, source = snakemake.params.spec, snakemake.input
    settings = DataSettings(**spec["settings"])
    covariates = [CovariateData(**row) for row in spec["covariates"]]
    files = covariate_files(covariates)
    raw = {
        name: read_csv(path, columns)
        for (name, columns), path in zip(files.items(), source.covariates, strict=True)
    }
    used = {settings.source.weights_from, *(row.population for row in covariates if row.outcome)}
    weighing = [("population", "in", sorted(used))]
    cells = pd.concat([pd.read_parquet(path, filters=weighing) for path in source.cells])
    areas = pd.DataFrame(spec["areas"])
    classification = read_classification("config", settings.classification)
    units = register_units(settings, cells, raw, areas, classification, covariates)
    for path in source.outlines:
        units = add_centres(units, read_outlines(path, spec["outline_code"]), classification)
    write_table(units, snakemake.output.treated, contracts.UNITS)
    if spec["dealt"] is not None:
        units = deal_treatment(units, Comparison(**spec["dealt"]), settings.seed)
    write_table(units, snakemake.output.units, contracts.UNITS)
