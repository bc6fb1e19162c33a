from kuntakokeilu import contracts
from kuntakokeilu.diagnostics import coverage
from kuntakokeilu.io import read_table, write_table
from kuntakokeilu.job import job
from kuntakokeilu.study import Estimand

with job(snakemake.log[0]):
    cells = read_table(snakemake.input.cells, contracts.CELLS)
    units = read_table(snakemake.input.units, contracts.UNITS)
    table = coverage(cells, units, Estimand(**snakemake.params.spec))
    write_table(table, snakemake.output.coverage, contracts.COVERAGE)
