from pathlib import Path

from kuntakokeilu.job import job
from kuntakokeilu.report.figures.inputs import read_inputs
from kuntakokeilu.report.figures.record import save_drawings
from kuntakokeilu.report.figures.registry import FIGURES
from kuntakokeilu.report.words.language import LANGUAGES, read_language
from kuntakokeilu.report.words.release import read_release


def given(name):
    """Name the file of an input, or a setting; empty if the study has none."""
    files = snakemake.input.get(name)
    return files[0] if files else snakemake.params.settings.get(name, "")


with job(snakemake.log[0]):
    release = read_release(Path(snakemake.input.release[0]).parent)
    figure = FIGURES[snakemake.params.kind]
    labels = Path(snakemake.input.labels[0]).parent
    languages = [read_language(code, labels).about(release.study) for code in LANGUAGES]
    inputs = read_inputs(figure.inputs, given, release.study)
    folder = Path(snakemake.output[0]).parent
    for of in snakemake.params.of:
        save_drawings(figure, release, of, languages, folder, inputs)
