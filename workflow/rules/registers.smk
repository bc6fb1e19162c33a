# Registers of persons -> typed tables -> person-months -> cells. With a synthetic twin, each step
# runs in two worlds: `observed`, with the trial, and `untreated`, from which the truth is known.
from kuntakokeilu.contracts import SAMPLES

SOURCE = STUDY.settings.source
WORLDS = ["observed", "untreated"] if SOURCE.twin else ["observed"]
USED = [s for s in SAMPLES if any(p.sample == s for p in SOURCE.populations.values())]
CONTRACT = sorted(path.as_posix() for path in Path("config/registers").glob("*.csv"))
TWIN_CODE = code("study", "registers", "registers/synthetic", "registers/synthetic/extract")


def extract(wildcards):
    """Give what the register tables are read from: the twin's folder, or the extract's files."""
    if SOURCE.twin:
        return f"{RESTRICTED}/twin/{wildcards.world}"
    return list(EXTRACT.values())


rule twin:
    input:
        config=[*CONTRACT, "config/benefit_rates.csv", SOURCE.adapter, *CLASSIFICATION],
        code=TWIN_CODE,
    output:
        observed=directory(f"{RESTRICTED}/twin/observed"),
        untreated=directory(f"{RESTRICTED}/twin/untreated"),
    log:
        f"{LOGS}/twin.log",
    params:
        spec={
            "twin": SOURCE.twin.model_dump(mode="json") if SOURCE.twin else None,
            "adapter": SOURCE.adapter,
        },
    message:
        f"Making the synthetic registers of {STUDY.name}, with and without the trial"
    script:
        "../scripts/twin.py"


rule register_tables:
    input:
        extract=extract,
        contract=[*CONTRACT, SOURCE.adapter],
        code=code("study", "registers"),
    output:
        tables=expand(
            f"{RESTRICTED}/{{world}}/registers/{{name}}.parquet",
            name=REGISTER_TABLES,
            allow_missing=True,
        ),
        findings=f"{RESTRICTED}/{{world}}/registers_findings.parquet",
    log:
        f"{LOGS}/register_tables_{{world}}.log",
    params:
        spec={"adapter": SOURCE.adapter, "root": None if SOURCE.twin else SOURCE.root},
    message:
        f"Reading the register tables of {STUDY.name}, {{wildcards.world}}"
    script:
        "../scripts/register_tables.py"


rule panel:
    input:
        tables=expand(
            f"{RESTRICTED}/{{world}}/registers/{{name}}.parquet",
            name=REGISTER_TABLES,
            allow_missing=True,
        ),
        codes="config/registers/codes.csv",
        classification=CLASSIFICATION,
        code=code("study", "panel"),
    output:
        samples=expand(
            f"{RESTRICTED}/{{world}}/panel/{{sample}}.parquet", sample=USED, allow_missing=True
        ),
        flow=f"{RESTRICTED}/{{world}}/flow.parquet",
        eligibility=f"{RESTRICTED}/{{world}}/eligibility.parquet",
        conservation=f"{RESTRICTED}/{{world}}/conservation.parquet",
    log:
        f"{LOGS}/panel_{{world}}.log",
    params:
        spec={
            "panel": SOURCE.panel.model_dump(mode="json"),
            "classification": STUDY.settings.classification,
            "start": STUDY.settings.start,
            "areas": STUDY.areas.to_dict("list"),
        },
    message:
        f"Making the person-months of {STUDY.name}, {{wildcards.world}}"
    script:
        "../scripts/panel.py"


rule collapse:
    input:
        samples=expand(
            f"{RESTRICTED}/{{world}}/panel/{{sample}}.parquet", sample=USED, allow_missing=True
        ),
        code=code("study", "cells"),
    output:
        cells=f"{RESTRICTED}/{{world}}/cells.parquet",
        counts=f"{RESTRICTED}/{{world}}/counts.parquet",
    log:
        f"{LOGS}/collapse_{{world}}.log",
    params:
        spec={
            "populations": {
                name: population.model_dump(mode="json", exclude={"label"})
                for name, population in SOURCE.populations.items()
            },
            "stratifications": SOURCE.stratifications,
            "outcomes": {
                name: outcome.column
                for name, outcome in STUDY.outcomes.items()
                if outcome.data == "yes"
            },
        },
    message:
        f"Collapsing the person-months of {STUDY.name} into cells, {{wildcards.world}}"
    script:
        "../scripts/collapse.py"


rule register_units:
    input:
        cells=f"{RESTRICTED}/observed/cells.parquet",
        counts=f"{RESTRICTED}/observed/counts.parquet",
        covariates=COVARIATE_SOURCES,
        classification=CLASSIFICATION,
        code=code("study", "cells"),
    output:
        units=f"{RESTRICTED}/units.parquet",
        counts=f"{RESTRICTED}/counts.parquet",
    log:
        f"{LOGS}/units.log",
    params:
        spec={
            "settings": only(STUDY.settings, DataSettings),
            "covariates": [only(row, CovariateData) for row in STUDY.covariates.values()],
            "areas": STUDY.areas.to_dict("list"),
        },
    message:
        f"Describing the units of {STUDY.name}"
    script:
        "../scripts/register_units.py"


rule register_cells:
    input:
        cells=f"{RESTRICTED}/observed/cells.parquet",
        code=code("study", "cells"),
    output:
        cells=f"{RESTRICTED}/cells/{{outcome}}.parquet",
    log:
        f"{LOGS}/cells_{{outcome}}.log",
    params:
        spec={"settings": only(STUDY.settings, DataSettings)},
    message:
        f"Taking the cells of {{wildcards.outcome}} in {STUDY.name}"
    script:
        "../scripts/register_cells.py"


# Read by tests and by the notebook `validation`, and by nothing else.
rule truth:
    input:
        observed=f"{RESTRICTED}/observed/cells.parquet",
        untreated=f"{RESTRICTED}/untreated/cells.parquet",
        units=f"{RESTRICTED}/units.parquet",
        code=code("study", "estimation", "diagnostics"),
    output:
        truth=f"{RESTRICTED}/truth.parquet",
    log:
        f"{LOGS}/truth.log",
    params:
        spec=[e.model_dump(mode="json") for e in STUDY.estimands],
    message:
        f"Averaging what the trial changed in the synthetic registers of {STUDY.name}"
    script:
        "../scripts/truth.py"
