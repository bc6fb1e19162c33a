from kuntakokeilu import contracts
from kuntakokeilu.diagnostics import (
    balance_table,
    beyond_reach_table,
    compared_table,
    overlap_table,
)
from kuntakokeilu.io import read_table, write_table
from kuntakokeilu.job import job
from kuntakokeilu.study import Estimand, Overlap

with job(snakemake.log[0]):
    spec = snakemake.params.spec
    units = read_table(snakemake.input.units, contracts.UNITS)
    estimands = [Estimand(**row) for row in spec["estimands"]]
    balance = balance_table(units, estimands, spec["covariates"])
    rule = None if spec["overlap"] is None else Overlap(**spec["overlap"]["rule"])
    overlap = overlap_table(units, estimands, spec["covariates"], rule)
    write_table(balance, snakemake.output.balance, contracts.BALANCE)
    write_table(overlap, snakemake.output.overlap, contracts.OVERLAP)
    compared = compared_table(units, estimands, spec["covariates"])
    write_table(compared, snakemake.output.compared, contracts.COMPARED)
    declared = None if rule is None else (spec["overlap"]["comparison"], rule)
    beyond = beyond_reach_table(units, estimands, declared)
    write_table(beyond, snakemake.output.beyond_reach, contracts.BEYOND_REACH)
