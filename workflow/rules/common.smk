from pathlib import Path

from kuntakokeilu.cells import source_files
from kuntakokeilu.errors import InputError
from kuntakokeilu.io import data_file
from kuntakokeilu.job import fail
from kuntakokeilu.study import DataSettings, OutcomeData, only, read_study


def source_names(outcome):
    """Name the files that an outcome, or with None the units, are read from."""
    return list(source_files(STUDY.settings, outcome))


try:
    STUDY = read_study(Path("config"), config["study"])
    UNIT_SOURCES = [data_file(name) for name in source_names(None)]
    SOURCES = {
        name: [data_file(file) for file in source_names(outcome)]
        for name, outcome in STUDY.outcomes.items()
    }
except InputError as error:
    fail(str(error))

SOURCE_NAMES = sorted(
    {name for outcome in (None, *STUDY.outcomes.values()) for name in source_names(outcome)}
)

RESTRICTED = f"results/{STUDY.name}/restricted"
RELEASE = f"results/{STUDY.name}/release"
REPORT = f"results/{STUDY.name}/report"
LOGS = f"results/{STUDY.name}/logs"

CLASSIFICATION = (
    ["config/municipalities.csv", "config/municipality_mergers.csv"]
    if STUDY.settings.classification
    else []
)
RELEASED = [
    f"{RELEASE}/{name}"
    for name in (
        "estimates.csv",
        "diagnostics.csv",
        "units.csv",
        "balance.csv",
        "overlap.csv",
        "coverage.csv",
        "study.json",
        "manifest.json",
    )
]
LEAVE_ONE_OUT = any(e.role == "leave_one_out" for e in STUDY.estimands)
EVENT_STUDIES = [e.estimand for e in STUDY.estimands if e.estimator == "event_study"]


def code(*rooms):
    """List the modules that a rule's result depends on; an edit elsewhere reruns nothing."""
    package = Path("src/kuntakokeilu")
    shared = [package / name for name in ("contracts.py", "errors.py", "io.py")]
    modules = [path for room in rooms for path in (package / room).glob("*.py")]
    return sorted(path.as_posix() for path in shared + modules)


def estimation_spec(wildcards):
    """Give the estimands of one outcome, so that a changed row reruns this outcome alone."""
    return [e.model_dump(mode="json") for e in STUDY.estimands_of(wildcards.outcome)]


def remove_outdated_figures():
    """Delete figures of estimands that the study no longer declares, so that none is read."""
    declared = {f"event_study_{name}" for name in EVENT_STUDIES}
    declared |= {"leave_one_out"} if LEAVE_ONE_OUT else set()
    figures = [*Path(REPORT).glob("event_study_*"), *Path(REPORT).glob("leave_one_out.*")]
    for path in figures:
        if path.stem not in declared:
            path.unlink()
