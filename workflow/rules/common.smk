from pathlib import Path

from kuntakokeilu.statfin import STATFIN_URL, answer_files, statfin_tables
from kuntakokeilu.cells import covariate_files, source_files
from kuntakokeilu.errors import InputError, refusal
from kuntakokeilu.io import data_file
from kuntakokeilu.job import fail
from kuntakokeilu.panel import TABLES as PANEL_TABLES
from kuntakokeilu.registers import extract_files, extract_root, read_adapter, read_contract
from kuntakokeilu.report.words.plain_text import restructured
from kuntakokeilu.study import (
    CovariateData,
    DataSettings,
    OutcomeData,
    RegisterSource,
    read_study,
    wanted_cells,
)
from kuntakokeilu.facts import only, read_service_models


def source_names(outcome):
    """Name the files that an outcome, or with None the units, are read from."""
    return list(source_files(STUDY.settings, outcome))


def source_path(name):
    """Find the file behind a name: one of the user's, or the table made of PxWeb answers."""
    if name in STATFIN_TABLES:
        return f"results/{STUDY.name}/restricted/statfin/{STATFIN_TABLES[name]['key']}.csv"
    return data_file(name)


def register_inputs(source):
    """Name the register tables that a study reads, and find the files of a real extract."""
    adapter = read_adapter(Path(source.adapter), read_contract(Path("config")))
    tables = [name for name in PANEL_TABLES if name in adapter.tables]
    # The files of a twin are made by the workflow.
    return tables, {} if source.twin else extract_files(adapter, extract_root(source.root), tables)


try:
    STUDY = read_study(Path("config"), config["study"])
    STATFIN_TABLES = statfin_tables(
        STUDY.settings,
        [source_files(STUDY.settings, each) for each in (None, *STUDY.outcomes.values())],
        STUDY.name,
    )
    ANSWERS = {name: answer_files(table) for name, table in STATFIN_TABLES.items()}
    ANSWER_PATHS = {
        STATFIN_TABLES[name]["key"]: [data_file(file) for file in files]
        for name, files in ANSWERS.items()
    }
    UNIT_SOURCES = [source_path(name) for name in source_names(None)]
    COVARIATE_NAMES = list(covariate_files(STUDY.covariates.values()))
    COVARIATE_SOURCES = [data_file(name) for name in COVARIATE_NAMES]
    SOURCES = {
        name: [source_path(file) for file in source_names(outcome)]
        for name, outcome in STUDY.outcomes.items()
    }
    REGISTERS = isinstance(STUDY.settings.source, RegisterSource)
    TWIN = REGISTERS and STUDY.settings.source.twin is not None
    REGISTER_TABLES, EXTRACT = register_inputs(STUDY.settings.source) if REGISTERS else ([], {})
    SERVICE_MODELS = STUDY.settings.service_models
    if SERVICE_MODELS:
        read_service_models(Path("config"), STUDY.trial_areas())
    OUTLINES = [data_file(STUDY.settings.map.path)] if STUDY.settings.map else []
except InputError as error:
    fail(str(error))
except OSError as error:
    fail(refusal(error))

SOURCE_NAMES = sorted(
    {
        file
        for outcome in (None, *STUDY.outcomes.values())
        for name in source_names(outcome)
        for file in ANSWERS.get(name, [name])
    }
    | set(COVARIATE_NAMES)
)

# One job estimates all outcomes of a domain: starting Python for each would take as long again.
DOMAINS = {}
for _name, _outcome in STUDY.outcomes.items():
    DOMAINS.setdefault(_outcome.domain, []).append(_name)

# For the first page of the report, which is reStructuredText.
config["titles"] = {
    code: restructured(title) for code, title in STUDY.settings.title.model_dump().items()
}
RESTRICTED = f"results/{STUDY.name}/restricted"
RELEASE = f"results/{STUDY.name}/release"
REPORT = f"results/{STUDY.name}/report"
LOGS = f"results/{STUDY.name}/logs"

CLASSIFICATION = (
    ["config/municipalities.csv", "config/municipality_mergers.csv"]
    if STUDY.settings.classification
    else []
)
CALENDAR = ["config/policy_calendar.csv"] if STUDY.settings.classification else []
CLIENTS = ["config/clients_moved.csv"] if SERVICE_MODELS else []
LABELS = sorted(path.as_posix() for path in Path("config/labels").glob("*.csv"))
MATRIX = ["config/service_features.csv", "config/service_models.csv"] if SERVICE_MODELS else []


def code(*rooms):
    """List the modules that a rule's result depends on; an edit elsewhere reruns nothing."""
    package = Path("src/kuntakokeilu")
    shared = [package / name for name in ("duck.py", "errors.py", "io.py", "tabular.py")]
    facts = ["facts"] if "study" in rooms else []  # which the plan is made of
    modules = [
        path for room in ("contracts", *facts, *rooms) for path in (package / room).rglob("*.py")
    ]
    return sorted(path.as_posix() for path in shared + modules)


def cells_of(wildcards):
    """Name the cells of the outcomes of one domain."""
    return expand(f"{RESTRICTED}/cells/{{outcome}}.parquet", outcome=DOMAINS[wildcards.domain])


def estimation_spec(wildcards):
    """Give the estimands of one domain by outcome, so that a changed row reruns no other domain."""
    return {
        outcome: [e.model_dump(mode="json") for e in STUDY.estimands_of(outcome)]
        for outcome in DOMAINS[wildcards.domain]
    }


def leading_spec(wildcards):
    """Give the estimand that leads each outcome of a domain."""
    return [STUDY.leading(o).model_dump(mode="json") for o in DOMAINS[wildcards.domain]]


def of_domains(kind, outcomes=None):
    """Name the tables of one kind that hold some outcomes, or all; there is one for each domain."""
    domains = [d for d in DOMAINS if outcomes is None or set(outcomes) & set(DOMAINS[d])]
    return expand(f"{RESTRICTED}/{kind}/{{domain}}.parquet", domain=domains)
