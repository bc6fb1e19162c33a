from pathlib import Path

from kuntakokeilu.io import write_text
from kuntakokeilu.job import job
from kuntakokeilu.report.pages.trace import study_page
from kuntakokeilu.report.words.language import LANGUAGES, read_language
from kuntakokeilu.report.words.release import read_release

with job(snakemake.log[0]):
    release = read_release(Path(snakemake.input.release[0]).parent)
    folder = Path(snakemake.input.labels[0]).parent
    for code, path in zip(LANGUAGES, snakemake.output, strict=True):
        language = read_language(code, folder).about(release.study)
        write_text(study_page(release, snakemake.params.names, language), Path(path))
