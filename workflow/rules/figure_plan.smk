import re

from kuntakokeilu.report.language import LANGUAGES, read_language
from kuntakokeilu.report.planned import figure_name, figure_title, planned_figures

PLANNED = planned_figures(
    STUDY.describe(),
    [name for name, rule in STUDY.settings.comparisons.items() if rule.balance],
)
FIGURES = {figure_name(kind, of): (kind, of) for kind, names in PLANNED.items() for of in names}
FIGURE_FILES = [
    f"{REPORT}/figures/{name}{end}"
    for name in FIGURES
    for end in (".csv", *(f"_{code}.{form}" for code in LANGUAGES for form in ("svg", "png")))
]
try:
    READERS = {code: read_language(code) for code in LANGUAGES}
except InputError as error:
    fail(str(error))


def drawn(code):
    """Give the two pictures of a figure in one language; the first goes into the report."""
    reader = READERS[code]

    def labels(wildcards):
        title = figure_title(*FIGURES[wildcards.figure], STUDY.describe(), reader)
        return {"figure": title}

    vector = report(
        f"{REPORT}/figures/{{figure}}_{code}.svg",
        category="Figures",
        subcategory=reader.say("figure.language"),
        caption=f"../report/figure_{code}.rst",
        labels=labels,
    )
    return {f"svg_{code}": vector, f"png_{code}": f"{REPORT}/figures/{{figure}}_{code}.png"}


def figure_sources(kind, files):
    """Give files as inputs to the figures of one kind, and nothing to all others."""
    return lambda wildcards: files if FIGURES[wildcards.figure][0] == kind else []


def figure_captions(wildcards):
    """Give the captions of a figure by language."""
    kind, _ = FIGURES[wildcards.figure]
    return {code: reader.say(f"figure.{kind}.caption") for code, reader in READERS.items()}
