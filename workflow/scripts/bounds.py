import pandas as pd

from kuntakokeilu import contracts
from kuntakokeilu.diagnostics import bound, equivalence_table
from kuntakokeilu.io import read_table, write_table
from kuntakokeilu.job import job
from kuntakokeilu.study import BoundsAsked, Estimand

with job(snakemake.log[0]):
    spec, output = snakemake.params.spec, snakemake.output
    units = read_table(snakemake.input.units, contracts.UNITS)
    estimates = read_table(snakemake.input.estimates, contracts.ESTIMATES)
    asked = BoundsAsked(**spec["asked"])
    found = []
    for path, rows in zip(snakemake.input.cells, spec["estimands"].values(), strict=True):
        cells = read_table(path, contracts.CELLS)
        found.append(bound(cells, units, estimates, [Estimand(**row) for row in rows], asked))
    bounds = pd.concat([one.bounds for one in found])
    power = pd.concat([one.pre_trend_power for one in found])
    write_table(bounds, output.bounds, contracts.BOUNDS)
    write_table(power, output.pre_trend_power, contracts.PRE_TREND_POWER)
    equivalence = equivalence_table(estimates, spec["margins"], spec["negative_controls"])
    write_table(equivalence, output.equivalence, contracts.EQUIVALENCE)
