import pandas as pd

from kuntakokeilu import contracts
from kuntakokeilu.diagnostics import false_starts
from kuntakokeilu.io import read_table, write_table
from kuntakokeilu.job import job
from kuntakokeilu.study import Estimand, FalseStarts

with job(snakemake.log[0]):
    spec = snakemake.params.spec
    settings = FalseStarts(**spec["settings"])
    units = read_table(snakemake.input.units, contracts.UNITS)
    estimates = read_table(snakemake.input.estimates, contracts.ESTIMATES)
    parts = []
    for path, rows in zip(snakemake.input.cells, spec["rows"].values(), strict=True):
        cells = read_table(path, contracts.CELLS)
        estimands = [Estimand(**row) for row in rows]
        parts.append(false_starts(cells, units, estimates, estimands, settings))
    rows, summary, checks = (pd.concat(tables) for tables in zip(*parts, strict=True))
    write_table(rows, snakemake.output.rows, contracts.FALSE_STARTS)
    write_table(summary, snakemake.output.summary, contracts.FALSE_STARTS_SUMMARY)
    write_table(checks, snakemake.output.checks, contracts.DIAGNOSTICS)
