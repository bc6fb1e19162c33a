import pandas as pd

from kuntakokeilu import contracts
from kuntakokeilu.diagnostics import coverage, covered
from kuntakokeilu.io import read_table, write_table
from kuntakokeilu.job import job
from kuntakokeilu.study import Estimand

with job(snakemake.log[0]):
    units = read_table(snakemake.input.units, contracts.UNITS)
    tables, behind = [], []
    for path, row in zip(snakemake.input.cells, snakemake.params.spec, strict=True):
        cells, estimand = read_table(path, contracts.CELLS), Estimand(**row["estimand"])
        tables.append(coverage(cells, units, estimand, row["span"]))
        behind.append(covered(cells, units, estimand, row["span"]))
    write_table(pd.concat(tables), snakemake.output.coverage, contracts.COVERAGE)
    write_table(pd.concat(behind), snakemake.output.covered, contracts.COVERED)
