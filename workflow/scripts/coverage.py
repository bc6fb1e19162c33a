import pandas as pd

from kuntakokeilu import contracts
from kuntakokeilu.diagnostics import coverage
from kuntakokeilu.io import read_table, write_table
from kuntakokeilu.job import job
from kuntakokeilu.study import Estimand

with job(snakemake.log[0]):
    units = read_table(snakemake.input.units, contracts.UNITS)
    tables = [
        coverage(read_table(path, contracts.CELLS), units, Estimand(**row["estimand"]), row["span"])
        for path, row in zip(snakemake.input.cells, snakemake.params.spec, strict=True)
    ]
    write_table(pd.concat(tables), snakemake.output.coverage, contracts.COVERAGE)
