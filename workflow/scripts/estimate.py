from kuntakokeilu import contracts
from kuntakokeilu.estimation import estimate
from kuntakokeilu.io import read_table, write_table
from kuntakokeilu.job import job
from kuntakokeilu.study import Estimand

with job(snakemake.log[0]):
    cells = read_table(snakemake.input.cells, contracts.CELLS)
    units = read_table(snakemake.input.units, contracts.UNITS)
    counts = read_table(snakemake.input.counts, contracts.COUNTS)
    estimands = [Estimand(**row) for row in snakemake.params.spec]
    estimates, influence = estimate(cells, units, counts, estimands)
    write_table(estimates, snakemake.output.estimates, contracts.ESTIMATES)
    write_table(influence, snakemake.output.influence, contracts.INFLUENCE)
