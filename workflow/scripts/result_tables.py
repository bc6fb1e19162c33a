from pathlib import Path

from kuntakokeilu.io import write_csv, write_text
from kuntakokeilu.job import job
from kuntakokeilu.report.tables.delimited import excel_csv, machine_table
from kuntakokeilu.report.words.language import read_language
from kuntakokeilu.report.words.release import read_release

with job(snakemake.log[0]):
    release = read_release(Path(snakemake.input.release[0]).parent)
    names, output = snakemake.params.tables, snakemake.output
    for name, path in zip(names, output.machine, strict=True):
        write_csv(machine_table(name, release), path)
    for code in snakemake.params.excel:
        folder = Path(snakemake.input.labels[0]).parent
        language = read_language(code, folder).about(release.study)
        for name, path in zip(names, output[code], strict=True):
            write_text(excel_csv(name, release, language), path)
