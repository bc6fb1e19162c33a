import pandas as pd

from kuntakokeilu import contracts
from kuntakokeilu.diagnostics import diagnose
from kuntakokeilu.io import read_table, write_table
from kuntakokeilu.job import job
from kuntakokeilu.study import Estimand, Overlap

with job(snakemake.log[0]):
    units = read_table(snakemake.input.units, contracts.UNITS)
    counts = read_table(snakemake.input.counts, contracts.COUNTS)
    estimates = read_table(snakemake.input.estimates, contracts.ESTIMATES)
    influence = read_table(snakemake.input.influence, contracts.INFLUENCE)
    spec, parts = snakemake.params.spec, []
    rule = None if spec["overlap"] is None else Overlap(**spec["overlap"]["rule"])
    for path, rows in zip(snakemake.input.cells, spec["rows"].values(), strict=True):
        names = [row["estimand"] for row in rows]
        mine, sums = (table[table["estimand"].isin(names)] for table in (estimates, influence))
        cells = read_table(path, contracts.CELLS)
        estimands = [Estimand(**row) for row in rows]
        parts.append(diagnose(cells, units, counts, mine, sums, estimands, rule))
    write_table(pd.concat(parts), snakemake.output.diagnostics, contracts.DIAGNOSTICS)
