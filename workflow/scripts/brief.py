from pathlib import Path

from kuntakokeilu.facts.topology import read_centres
from kuntakokeilu.io import write_text
from kuntakokeilu.job import job
from kuntakokeilu.report.brief.make import make_brief
from kuntakokeilu.report.brief.pdf import brief_pdf
from kuntakokeilu.report.brief.web_page import brief_html
from kuntakokeilu.report.figures.inputs import read_inputs
from kuntakokeilu.report.words.grades import read_grades
from kuntakokeilu.report.words.language import LANGUAGES, read_language
from kuntakokeilu.report.words.mergers import lives_on
from kuntakokeilu.report.words.release import read_release
from kuntakokeilu.report.words.trace import trace_file


def given(name):
    """Name the file of an input, or a setting; empty if the study has none."""
    files = snakemake.input.get(name)
    return files[0] if files else snakemake.params.settings.get(name, "")


with job(snakemake.log[0]):
    release = read_release(Path(snakemake.input.release[0]).parent)
    folder = Path(snakemake.input.labels[0]).parent
    outlines = read_inputs(["outlines"], given, release.study)["outlines"]
    centres = read_centres(Path(snakemake.input.centres), lives_on(release.study))
    rules = read_grades(Path(snakemake.input.grades))
    readers = [read_language(code, folder).about(release.study) for code in LANGUAGES]
    briefs = [make_brief(release, rules, reader, outlines, centres) for reader in readers]
    # all are set before any is written, so that no language can be missing
    pages = [brief_pdf(brief) for brief in briefs]
    for brief, reader, pdf in zip(briefs, readers, pages, strict=True):
        html = brief_html(brief, trace_file(reader), snakemake.params.links[reader.code])
        Path(snakemake.output[f"pdf_{reader.code}"]).write_bytes(pdf)
        write_text(html, Path(snakemake.output[f"html_{reader.code}"]))
