import pandas as pd

from kuntakokeilu import contracts
from kuntakokeilu.estimation import Sampler, assignment_table, estimate, samples_table
from kuntakokeilu.io import read_table, write_table
from kuntakokeilu.job import job
from kuntakokeilu.study import Estimand

with job(snakemake.log[0]):
    units = read_table(snakemake.input.units, contracts.UNITS)
    counts = read_table(snakemake.input.counts, contracts.COUNTS)
    estimates, influence, assignment, samples = [], [], [], []
    for path, rows in zip(snakemake.input.cells, snakemake.params.spec.values(), strict=True):
        cells = read_table(path, contracts.CELLS)
        estimands = [Estimand(**row) for row in rows]
        sampler = Sampler(cells, units)
        found = estimate(cells, units, counts, estimands, sampler)
        estimates.append(found[0])
        influence.append(found[1])
        assignment.append(assignment_table(cells, units, estimands, sampler))
        samples.append(samples_table(counts, estimands, sampler))
    write_table(pd.concat(estimates), snakemake.output.estimates, contracts.ESTIMATES)
    write_table(pd.concat(influence), snakemake.output.influence, contracts.INFLUENCE)
    write_table(pd.concat(assignment), snakemake.output.assignment, contracts.ASSIGNMENT)
    write_table(pd.concat(samples), snakemake.output.samples, contracts.SAMPLES_COMPARED)
