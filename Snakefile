"""The workflow of one study: source data -> cells -> estimates -> release -> reports."""

from pathlib import Path

from kuntakokeilu.cells import source_files
from kuntakokeilu.errors import InputError
from kuntakokeilu.io import data_file
from kuntakokeilu.job import fail
from kuntakokeilu.study import DataSettings, OutcomeData, only, read_study


configfile: "config/workflow.yaml"


# A base image for those who run steps in containers; every package comes from requirements.lock.
container: "docker://python:3.12-slim"


try:
    STUDY = read_study(Path("config"), config["study"])
    SOURCES = {
        outcome: [
            data_file(name)
            for name in source_files(
                STUDY.settings, STUDY.outcomes[outcome] if outcome else None
            )
        ]
        for outcome in [None, *STUDY.outcomes]
    }
except InputError as error:
    fail(str(error))

RESTRICTED = f"results/{STUDY.name}/restricted"
RELEASE = f"results/{STUDY.name}/release"
REPORT = f"results/{STUDY.name}/report"
LOGS = f"results/{STUDY.name}/logs"
EVENT_STUDIES = [e.estimand for e in STUDY.estimands if e.estimator == "event_study"]


def code(*rooms):
    """List the modules that a rule's result depends on; an edit elsewhere reruns nothing."""
    package = Path("src/kuntakokeilu")
    shared = [package / name for name in ("contracts.py", "errors.py", "io.py")]
    modules = [path for room in rooms for path in (package / room).glob("*.py")]
    return sorted(path.as_posix() for path in shared + modules)


wildcard_constraints:
    outcome="[a-z0-9_]+",
    estimand=r"[a-z0-9_]+\.[a-z0-9_]+",


report: "workflow/report/workflow.rst"


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
        f"{REPORT}/results.html",
