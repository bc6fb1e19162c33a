import pandas as pd

from kuntakokeilu import contracts
from kuntakokeilu.cells import covariate_files, register_units
from kuntakokeilu.io import read_csv, read_table, write_table
from kuntakokeilu.job import job
from kuntakokeilu.study import CovariateData, DataSettings, read_classification

with job(snakemake.log[0]):
    spec, source = snakemake.params.spec, snakemake.input
    settings = DataSettings(**spec["settings"])
    covariates = [CovariateData(**row) for row in spec["covariates"]]
    files = covariate_files(covariates)
    raw = {
        name: read_csv(path, columns)
        for (name, columns), path in zip(files.items(), source.covariates, strict=True)
    }
    units = register_units(
        settings,
        read_table(source.cells, contracts.CELLS),
        raw,
        pd.DataFrame(spec["areas"]),
        read_classification("config", settings.classification),
        covariates,
    )
    write_table(units, snakemake.output.units, contracts.UNITS)
    write_table(read_table(source.counts, contracts.COUNTS), snakemake.output.counts, contracts.COUNTS)
