# Registers of persons -> typed tables -> person-months -> cells. A synthetic twin goes the same way
# a second time in the world without the trial, below `untreated`: from there the truth is known.


rule twin:
    input:
        config=[*REGISTER_CONFIG, "config/benefit_rates.csv", SOURCE.adapter, *CLASSIFICATION],
        code=code("study", "registers", "twin"),
    output:
        observed=directory(f"{RESTRICTED}/twin/observed"),
        untreated=directory(f"{RESTRICTED}/twin/untreated"),
    log:
        f"{LOGS}/twin.log",
    params:
        spec={
            "twin": SOURCE.twin.model_dump(mode="json") if TWIN else None,
            "areas": STUDY.areas.to_dict("list"),
            "adapter": SOURCE.adapter,
        },
    message:
        f"Making the synthetic registers of {STUDY.name}, with and without the trial"
    script:
        "../scripts/twin.py"


rule register_tables:
    input:
        extract=f"{RESTRICTED}/twin/observed" if TWIN else list(EXTRACT.values()),
        config=[*REGISTER_CONFIG, SOURCE.adapter],
        code=code("study", "registers"),
    output:
        tables=register_tables(RESTRICTED),
        findings=f"{RESTRICTED}/register_findings.parquet",
    log:
        f"{LOGS}/register_tables.log",
    params:
        spec={"adapter": SOURCE.adapter, "root": SOURCE.root, "twin": TWIN},
    message:
        f"Reading the register tables of {STUDY.name}"
    script:
        "../scripts/register_tables.py"


use rule register_tables as register_tables_untreated with:
    input:
        extract=f"{RESTRICTED}/twin/untreated",
        config=[*REGISTER_CONFIG, SOURCE.adapter],
        code=code("study", "registers"),
    output:
        tables=register_tables(UNTREATED),
        findings=f"{UNTREATED}/register_findings.parquet",
    log:
        f"{LOGS}/register_tables_untreated.log",
    params:
        spec={"adapter": SOURCE.adapter, "root": None, "twin": True},
    message:
        f"Reading the register tables of {STUDY.name} without the trial"


rule panel:
    input:
        tables=register_tables(RESTRICTED),
        classification=CLASSIFICATION,
        rules=LEDGER_RULES,
        code=code("study", "panel"),
    output:
        **panel_reports(RESTRICTED),
        samples=person_months(RESTRICTED),
    log:
        f"{LOGS}/panel.log",
    params:
        spec={
            "panel": SOURCE.panel.model_dump(mode="json"),
            "classification": STUDY.settings.classification,
            "start": STUDY.settings.start,
            "areas": STUDY.areas.to_dict("list"),
            "trial_offices": STUDY.trial_offices(),
            "columns": COLUMNS,
        },
    message:
        f"Making the person-months of {STUDY.name}"
    script:
        "../scripts/panel.py"


use rule panel as panel_untreated with:
    input:
        tables=register_tables(UNTREATED),
        classification=CLASSIFICATION,
        rules=LEDGER_RULES,
        code=code("study", "panel"),
    output:
        **panel_reports(UNTREATED),
        samples=person_months(UNTREATED),
    log:
        f"{LOGS}/panel_untreated.log",
    message:
        f"Making the person-months of {STUDY.name} without the trial"


rule collapse:
    input:
        samples=person_months(RESTRICTED),
        prices=PRICES,
        code=code("study", "cells"),
    output:
        cells=register_cells(RESTRICTED),
        counts=f"{RESTRICTED}/counts.parquet",
    log:
        f"{LOGS}/collapse.log",
    params:
        spec={
            "populations": {
                name: population.model_dump(mode="json", exclude={"label"})
                for name, population in SOURCE.populations.items()
            },
            "stratifications": SOURCE.stratifications,
            "wanted": WANTED,
            "outcomes": {
                name: outcome.column
                for name, outcome in STUDY.outcomes.items()
                if outcome.data == "yes"
            },
            "price_years": PRICE_YEARS,
        },
    message:
        f"Collapsing the person-months of {STUDY.name} into cells"
    script:
        "../scripts/collapse.py"


use rule collapse as collapse_untreated with:
    input:
        samples=person_months(UNTREATED),
        prices=PRICES,
        code=code("study", "cells"),
    output:
        cells=register_cells(UNTREATED),
        counts=f"{UNTREATED}/counts.parquet",
    log:
        f"{LOGS}/collapse_untreated.log",
    message:
        f"Collapsing the person-months of {STUDY.name} without the trial into cells"


rule register_units:
    input:
        cells=register_cells(RESTRICTED),
        covariates=COVARIATE_SOURCES,
        classification=CLASSIFICATION,
        code=code("study", "cells"),
    output:
        units=f"{RESTRICTED}/units.parquet",
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


# Read by tests and by the notebook `validation`, and by nothing else.
rule truth:
    input:
        observed=register_cells(RESTRICTED),
        untreated=register_cells(UNTREATED),
        units=f"{RESTRICTED}/units.parquet",
        code=code("study", "estimation", "diagnostics"),
    output:
        truth=f"{RESTRICTED}/truth.parquet",
    log:
        f"{LOGS}/truth.log",
    params:
        spec=[
            [e.model_dump(mode="json") for e in STUDY.estimands_of(outcome)]
            for outcome in STUDY.outcomes
        ],
    message:
        f"Averaging what the trial changed in the synthetic registers of {STUDY.name}"
    script:
        "../scripts/truth.py"
