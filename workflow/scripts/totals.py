from pathlib import Path

import pandas as pd

from kuntakokeilu import contracts
from kuntakokeilu.estimation import estimate_totals, treated_person_months
from kuntakokeilu.io import read_table, write_table
from kuntakokeilu.job import job
from kuntakokeilu.study import Estimand, Total

with job(snakemake.log[0]):
    spec, source = snakemake.params.spec, snakemake.input
    estimates = pd.concat([read_table(path, contracts.ESTIMATES) for path in source.estimates])
    units = read_table(source.units, contracts.UNITS)
    cells = {Path(path).stem: Path(path) for path in source.cells}
    person_months = {}
    for estimand in [Estimand(**row) for row in spec["counted"]]:
        mine = read_table(cells[estimand.outcome], contracts.CELLS)
        person_months[estimand.estimand] = treated_person_months(mine, units, estimand)
    totals = [Total(**row) for row in spec["totals"]]
    table = estimate_totals(estimates, person_months, totals)
    write_table(table, snakemake.output.totals, contracts.TOTALS)
