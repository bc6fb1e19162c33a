from pathlib import Path

from kuntakokeilu.job import job
from kuntakokeilu.report.tables.workbook import workbook
from kuntakokeilu.report.words.grades import read_grades
from kuntakokeilu.report.words.language import LANGUAGES, read_language
from kuntakokeilu.report.words.release import read_release

with job(snakemake.log[0]):
    release = read_release(Path(snakemake.input.release[0]).parent)
    rules = read_grades(Path(snakemake.input.grades))
    for code, path in zip(LANGUAGES, snakemake.output, strict=True):
        folder = Path(snakemake.input.labels[0]).parent
        language = read_language(code, folder).about(release.study)
        Path(path).write_bytes(workbook(release, rules, language))
