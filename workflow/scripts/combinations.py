import pandas as pd

from kuntakokeilu import contracts
from kuntakokeilu.estimation import estimate_combinations
from kuntakokeilu.io import read_table, write_table
from kuntakokeilu.job import job
from kuntakokeilu.study import Combination

with job(snakemake.log[0]):
    source = snakemake.input
    estimates = pd.concat([read_table(path, contracts.ESTIMATES) for path in source.estimates])
    influence = pd.concat([read_table(path, contracts.INFLUENCE) for path in source.influence])
    combinations = [Combination(**row) for row in snakemake.params.spec]
    table = estimate_combinations(estimates, influence, combinations)
    write_table(table, snakemake.output.combinations, contracts.COMBINATIONS)
