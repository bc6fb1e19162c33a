from pathlib import Path

from kuntakokeilu.io import write_csv
from kuntakokeilu.job import job
from kuntakokeilu.report.release import read_release
from kuntakokeilu.report.tables import diagnostics_table, results_table

with job(snakemake.log[0]):
    release = read_release(Path(snakemake.input.release[0]).parent)
    write_csv(results_table(release), snakemake.output.table)
    write_csv(diagnostics_table(release), snakemake.output.diagnostics)
