from pathlib import Path

from kuntakokeilu.job import job
from kuntakokeilu.report.pages.notebook import execute

with job(snakemake.log[0]):
    source, spec = snakemake.input, snakemake.params.spec
    folders = {name: str(Path(source[name][0]).parent) for name in ("release", "labels")}
    names = ("calendar", "clients", "outlines", "truth")
    facts = {name: source[name][0] for name in names if source[name]}
    execute(
        Path(source.template),
        folders | facts | spec["settings"],
        spec["notebooks"],
        Path(snakemake.output.notebook),
        Path(snakemake.output.html),
        Path(snakemake.output.annex),
    )
