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
include: "workflow/rules/bounds.smk"


if PLAN.service_models:

    include: "workflow/rules/service_models.smk"


if PLAN.judged:

    include: "workflow/rules/designs_judged.smk"


include: "workflow/rules/disclosure.smk"
include: "workflow/rules/figures.smk"
include: "workflow/rules/tables.smk"
include: "workflow/rules/report.smk"
include: "workflow/rules/design.smk"


EVERYTHING = [f"{RELEASE}/manifest.json", *REPORTS.made]


include: "workflow/rules/leaks.smk"
include: "workflow/rules/attack.smk"


rule all:
    default_target: True
    input:
        EVERYTHING,
        rules.leaks.output,
        rules.attack.output,


onstart:  # the lock is held: nothing else is at work in this folder
    begin()


onsuccess:
    for path in REPORTS.outdated():
        path.unlink()
