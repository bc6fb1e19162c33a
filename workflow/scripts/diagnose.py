from kuntakokeilu import contracts
from kuntakokeilu.diagnostics import diagnose
from kuntakokeilu.io import read_table, write_table
from kuntakokeilu.job import job
from kuntakokeilu.study import Estimand

with job(snakemake.log[0]):
    cells = read_table(snakemake.input.cells, contracts.CELLS)
    units = read_table(snakemake.input.units, contracts.UNITS)
    counts = read_table(snakemake.input.counts, contracts.COUNTS)
    estimates = read_table(snakemake.input.estimates, contracts.ESTIMATES)
    influence = read_table(snakemake.input.influence, contracts.INFLUENCE)
    estimands = [Estimand(**row) for row in snakemake.params.spec]
    diagnostics = diagnose(cells, units, counts, estimates, influence, estimands)
    write_table(diagnostics, snakemake.output.diagnostics, contracts.DIAGNOSTICS)
