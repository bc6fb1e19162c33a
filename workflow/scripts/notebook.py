from pathlib import Path

from kuntakokeilu.job import job
from kuntakokeilu.report.notebook import execute

with job(snakemake.log[0]):
    execute(
        Path(snakemake.input.template),
        Path(snakemake.input.release[0]).parent,
        Path(snakemake.output.notebook),
        Path(snakemake.output.html),
    )
