import pandas as pd

from kuntakokeilu import contracts
from kuntakokeilu.diagnostics import true_effects
from kuntakokeilu.io import read_table, write_table
from kuntakokeilu.job import job
from kuntakokeilu.study import Estimand

with job(snakemake.log[0]):
    source = snakemake.input
    units = read_table(source.units, contracts.UNITS)
    truth = []
    for rows, *paths in zip(snakemake.params.spec, source.observed, source.untreated, strict=True):
        observed, untreated = (read_table(path, contracts.CELLS) for path in paths)
        truth.append(true_effects(observed, untreated, units, [Estimand(**row) for row in rows]))
    write_table(pd.concat(truth), snakemake.output.truth, contracts.TRUTH)
