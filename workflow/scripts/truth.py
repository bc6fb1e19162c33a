import pandas as pd

from kuntakokeilu import contracts
from kuntakokeilu.diagnostics import true_effects
from kuntakokeilu.io import read_table, write_table
from kuntakokeilu.job import job
from kuntakokeilu.study import Estimand

with job(snakemake.log[0]):
    estimands = [Estimand(**row) for row in snakemake.params.spec]
    observed, untreated = (
        read_table(snakemake.input[world], contracts.CELLS) for world in ("observed", "untreated")
    )
    units = read_table(snakemake.input.units, contracts.UNITS)
    truth = true_effects(observed, untreated, units, estimands)
    write_table(truth, snakemake.output.truth, contracts.TRUTH)
