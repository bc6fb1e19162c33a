# The workflow of one study: source data -> cells -> estimates -> release -> reports.


configfile: "config/workflow.yaml"


# A base image for those who run steps in containers; the packages are in requirements.lock.
container: "docker://python:3.12-slim"


report: "workflow/report/workflow.rst"


wildcard_constraints:
    domain="employment|cost|wellbeing|other",
    outcome="[a-z0-9_]+",
    table=r"\w+",
    estimand=r"[a-z0-9_]+\.[a-z0-9_]+",


include: "workflow/rules/common.smk"
include: "workflow/rules/statfin.smk"


if PLAN.registers:

    include: "workflow/rules/registers.smk"

else:

    include: "workflow/rules/cells.smk"


include: "workflow/rules/estimation.smk"
include: "workflow/rules/money.smk"
include: "workflow/rules/diagnostics.smk"


if PLAN.service_models:

    include: "workflow/rules/service_models.smk"


include: "workflow/rules/disclosure.smk"
include: "workflow/rules/figures.smk"
include: "workflow/rules/tables.smk"
include: "workflow/rules/report.smk"
include: "workflow/rules/design.smk"


rule all:
    default_target: True
    input:
        f"{RELEASE}/manifest.json",
        REPORTS.page_files,
        REPORTS.outcome_pages.values(),
        REPORTS.workbooks.values(),
        REPORTS.table_files(MACHINE),
        REPORTS.table_files(EXCEL),
        REPORTS.figure_files,


onsuccess:
    for path in REPORTS.outdated():
        path.unlink()
