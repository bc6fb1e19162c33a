from pathlib import Path

import pandas as pd

from kuntakokeilu import contracts
from kuntakokeilu.estimation import heterogeneity
from kuntakokeilu.io import read_table, write_table
from kuntakokeilu.job import job
from kuntakokeilu.study import Estimand

with job(snakemake.log[0]):
    spec = snakemake.params.spec
    units = read_table(snakemake.input.units, contracts.UNITS)
    paths = {Path(path).stem: path for path in snakemake.input.cells}
    found = []
    for row in spec["estimands"]:
        estimand = Estimand(**row)
        cells = read_table(paths[estimand.outcome], contracts.CELLS)
        found.append(heterogeneity(cells, units, estimand, spec["strata"]))
    write_table(pd.concat(found), snakemake.output.heterogeneity, contracts.HETEROGENEITY)
