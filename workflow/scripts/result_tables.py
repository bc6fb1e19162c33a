from pathlib import Path

from kuntakokeilu.io import write_csv, write_text
from kuntakokeilu.job import job
from kuntakokeilu.report.tables.delimited import excel_csv, machine_table
from kuntakokeilu.report.words.language import read_language
from kuntakokeilu.report.words.release import read_release

with job(snakemake.log[0]):
    release = read_release(Path(snakemake.input.release[0]).parent)
    folder = Path(snakemake.input.labels[0]).parent
    finnish = read_language("fi", folder).about(release.study)
    names = snakemake.params.tables
    for name, machine, excel in zip(
        names, snakemake.output.machine, snakemake.output.excel, strict=True
    ):
        write_csv(machine_table(name, release), machine)
        write_text(excel_csv(name, release, finnish), excel)
