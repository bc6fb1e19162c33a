from kuntakokeilu.report.words.language import LANGUAGES, read_language
from kuntakokeilu.report.tables.planned import (
    figure_name,
    figure_title,
    planned_figures,
    planned_pages,
)
from kuntakokeilu.report.tables.registry import planned_tables
from kuntakokeilu.report.words.declared import Declared

DESCRIPTION = STUDY.describe()
DECLARED = Declared(
    DESCRIPTION,
    RELEASED_TABLES,
    [name for name, rule in STUDY.settings.comparisons.items() if rule.balance],
    PLAN.service_models.estimands if PLAN.service_models else [],
)
PLANNED_TABLES = planned_tables(DECLARED)
PLANNED_PAGES = planned_pages(DESCRIPTION, RELEASED_TABLES)
PLANNED = planned_figures(DECLARED)
REPORT_CODE = code("notebook")
try:
    READERS = {code: read_language(code).about(DESCRIPTION) for code in LANGUAGES}
except InputError as error:
    fail(str(error))


def vector(kind, of, code):
    """Name the figure that goes into the report, with its title there."""
    reader = READERS[code]
    return report(
        f"{REPORT}/figures/{figure_name(kind, of)}_{code}.svg",
        category="Figures",
        subcategory=reader.say("figure.language"),
        caption=f"../report/figure_{code}.rst",
        labels={"figure": figure_title(kind, of, DESCRIPTION, reader)},
    )


def drawn(kind):
    """Name the files of all figures of a kind: their data, and two pictures in each language."""
    return [
        file
        for of in PLANNED[kind]
        for file in (
            f"{REPORT}/figures/{figure_name(kind, of)}.csv",
            *(vector(kind, of, code) for code in LANGUAGES),
            *(f"{REPORT}/figures/{figure_name(kind, of)}_{code}.png" for code in LANGUAGES),
        )
    ]


FIGURE_FILES = [str(file) for kind in PLANNED for file in drawn(kind)]
