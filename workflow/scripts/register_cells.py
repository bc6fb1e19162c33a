from kuntakokeilu import contracts
from kuntakokeilu.cells import register_cells
from kuntakokeilu.io import read_table, write_table
from kuntakokeilu.job import job
from kuntakokeilu.study import DataSettings

with job(snakemake.log[0]):
    settings = DataSettings(**snakemake.params.spec["settings"])
    cells = read_table(snakemake.input.cells, contracts.CELLS)
    mine = register_cells(settings, snakemake.wildcards.outcome, cells)
    write_table(mine, snakemake.output.cells, contracts.CELLS)
