from pathlib import Path

from kuntakokeilu import contracts
from kuntakokeilu.io import write_table
from kuntakokeilu.job import job
from kuntakokeilu.panel import reach_of_registers
from kuntakokeilu.study import PanelSettings

with job(snakemake.log[0]):
    folders = dict.fromkeys(Path(path).parent for path in snakemake.input.tables)
    out = Path(snakemake.output.reach)
    settings = PanelSettings(**snakemake.params.spec["panel"])
    write_table(reach_of_registers(folders, settings, out.parent), out, contracts.REACH)
