# The workflow of one study: source data -> cells -> estimates -> release -> reports.


configfile: "config/workflow.yaml"


# A base image for those who run steps in containers; the packages are in requirements.lock.
container: "docker://python:3.12-slim"


report: "workflow/report/workflow.rst"


wildcard_constraints:
    outcome="[a-z0-9_]+",
    estimand=r"[a-z0-9_]+\.[a-z0-9_]+",


include: "workflow/rules/common.smk"
include: "workflow/rules/cells.smk"
include: "workflow/rules/estimation.smk"
include: "workflow/rules/diagnostics.smk"
include: "workflow/rules/disclosure.smk"
include: "workflow/rules/report.smk"


rule all:
    default_target: True
    input:
        f"{RELEASE}/manifest.json",
        f"{REPORT}/results.csv",
        f"{REPORT}/forest.svg",
        expand(f"{REPORT}/event_study_{{estimand}}.svg", estimand=EVENT_STUDIES),
        [f"{REPORT}/leave_one_out.svg"] if LEAVE_ONE_OUT else [],
        f"{REPORT}/results.html",


onsuccess:
    remove_outdated_figures()
