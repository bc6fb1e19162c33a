from pathlib import Path

from kuntakokeilu.errors import InputError, refusal
from kuntakokeilu.job import fail
from kuntakokeilu.needs import ADDING, COLLAPSING, READING
from kuntakokeilu.plan import (
    asked_for,
    attack_spec,
    code,
    find_report_files,
    leak_scan,
    make_plan,
    specs,
)
from kuntakokeilu.plan.report_files import EXCEL, MACHINE
from kuntakokeilu.private import remove_left, secure

try:
    PLAN = make_plan(config["study"])
    REPORTS = find_report_files(PLAN)
except InputError as error:
    fail(str(error))
except OSError as error:
    fail(refusal(error))

STUDY = PLAN.study
RESTRICTED = PLAN.restricted
RELEASE = PLAN.release
REPORT = PLAN.report
LOGS = PLAN.logs
# For the first page of the report.
config["titles"] = PLAN.titles


def begin():
    """Close the folders of persons and clear what killed steps left, before any step."""
    try:
        secure(Path(RESTRICTED).parent)
        remove_left(Path(RESTRICTED))
    except InputError as error:
        fail(str(error))
    except OSError as error:
        fail(refusal(error))


def cells_of(wildcards):
    """Name the cells of the outcomes of one domain."""
    return PLAN.cells_of(PLAN.domains[wildcards.domain])


def estimation_spec(wildcards):
    """Give the estimands of one domain by outcome."""
    return specs.estimates(STUDY, PLAN.domains[wildcards.domain])


def workbook(language):
    """Name the workbook of a language, which goes into the report."""
    labels = {"content": "Workbook", "language": REPORTS.readers[language].say("figure.language")}
    return report(
        REPORTS.workbooks[language],
        category="Tables",
        caption="../report/workbook.rst",
        labels=labels,
    )


def brief_page(form, language):
    """Name the brief of a language as PDF or HTML; the PDF goes into the report."""
    path = REPORTS.briefs[form, language]
    labels = {"language": REPORTS.readers[language].say("figure.language")}
    if form != "pdf":
        return path
    return report(path, category="Brief", caption="../report/brief.rst", labels=labels)


def trace_page(language):
    """Name the page of a language that says where numbers come from."""
    return report(
        REPORTS.trace_pages[language],
        category="Traces",
        caption="../report/trace.rst",
        labels={"language": REPORTS.readers[language].say("figure.language")},
    )
