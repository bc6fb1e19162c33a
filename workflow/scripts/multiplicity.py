import pandas as pd

from kuntakokeilu import contracts
from kuntakokeilu.estimation import multiplicity
from kuntakokeilu.io import read_table, write_table
from kuntakokeilu.job import job

with job(snakemake.log[0]):
    source = snakemake.input
    estimates = pd.concat([read_table(path, contracts.ESTIMATES) for path in source.estimates])
    influence = pd.concat([read_table(path, contracts.INFLUENCE) for path in source.influence])
    strata = pd.DataFrame(columns=list(contracts.HETEROGENEITY.columns))
    for path in source.heterogeneity:
        strata = read_table(path, contracts.HETEROGENEITY)
    table = multiplicity(estimates, influence, strata, snakemake.params.spec["seed"])
    write_table(table, snakemake.output.multiplicity, contracts.MULTIPLICITY)
