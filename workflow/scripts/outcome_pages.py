from pathlib import Path

from kuntakokeilu.io import write_text
from kuntakokeilu.job import job
from kuntakokeilu.report.pages.annex import outcome_page
from kuntakokeilu.report.words.language import read_language
from kuntakokeilu.report.words.release import read_release

with job(snakemake.log[0]):
    release = read_release(Path(snakemake.input.release[0]).parent)
    # Reviewers' pages are in English.
    language = read_language("en", Path(snakemake.input.labels[0]).parent).about(release.study)
    spec = snakemake.params
    for outcome, path in zip(spec.outcomes, snakemake.output, strict=True):
        page = outcome_page(release, outcome, spec.figures, spec.names, language)
        write_text(page, Path(path))
