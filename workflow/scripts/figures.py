from pathlib import Path

from kuntakokeilu.job import job
from kuntakokeilu.report.figures.registry import save_drawing
from kuntakokeilu.report.figures.topology import read_outlines, translated
from kuntakokeilu.report.tables.planned import figure_name
from kuntakokeilu.report.words.language import LANGUAGES, read_language
from kuntakokeilu.report.words.mergers import lives_on
from kuntakokeilu.report.words.policy_calendar import no_calendar, read_calendar
from kuntakokeilu.report.words.release import read_release


def calendar():
    """Read the policy calendar, if the study has one."""
    paths = snakemake.input.calendar
    return read_calendar(paths[0]) if paths else no_calendar()


def outlines(study):
    """Read the outlines, if the study has them, and name them by its municipalities."""
    paths = snakemake.input.outlines
    if not paths:
        return None
    return translated(read_outlines(paths[0], snakemake.params.code), lives_on(study))


with job(snakemake.log[0]):
    release = read_release(Path(snakemake.input.release[0]).parent)
    kind = snakemake.params.kind
    folder = Path(snakemake.input.labels[0]).parent
    languages = [read_language(code, folder).about(release.study) for code in LANGUAGES]
    more = [calendar()] if kind == "window_chart" else []
    more += [outlines(release.study)] if kind == "area_map" else []
    choices = {"calendar": calendar()} if kind == "event_study" else {}
    for name in snakemake.params.of:
        data = Path(snakemake.output[0]).with_name(f"{figure_name(kind, name)}.csv")
        save_drawing(kind, release, [name, *more] if name else more, languages, data, **choices)
