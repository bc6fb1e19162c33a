import pandas as pd

from kuntakokeilu import contracts
from kuntakokeilu.estimation import specification_curve_test
from kuntakokeilu.io import read_table, write_table
from kuntakokeilu.job import job
from kuntakokeilu.study import Estimand

with job(snakemake.log[0]):
    units = read_table(snakemake.input.units, contracts.UNITS)
    found = []
    for path, rows in zip(snakemake.input.cells, snakemake.params.spec.values(), strict=True):
        cells = read_table(path, contracts.CELLS)
        found.append(specification_curve_test(cells, units, [Estimand(**row) for row in rows]))
    write_table(pd.concat(found), snakemake.output.tests, contracts.SPECIFICATION_CURVE_TEST)
