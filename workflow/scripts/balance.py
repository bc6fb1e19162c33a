from kuntakokeilu import contracts
from kuntakokeilu.diagnostics import empty_balance
from kuntakokeilu.io import write_table
from kuntakokeilu.job import job

with job(snakemake.log[0]):
    balance, overlap = empty_balance()
    write_table(balance, snakemake.output.balance, contracts.BALANCE)
    write_table(overlap, snakemake.output.overlap, contracts.OVERLAP)
