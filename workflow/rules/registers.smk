# Registers of persons -> typed tables -> sums of person-months -> cells. A synthetic twin goes the
# same way a second time in the world without the trial, below `untreated`: so its truth is known.
REGISTERS = PLAN.registers
UNTREATED = f"{RESTRICTED}/untreated"


rule twin:
    input:
        config=[
            *PLAN.register_config,
            "config/benefit_rates.csv",
            REGISTERS.source.adapter,
            *PLAN.classification,
        ],
        code=code("twin"),
    output:
        observed=directory(f"{RESTRICTED}/twin/observed"),
        untreated=directory(f"{RESTRICTED}/twin/untreated"),
    log:
        f"{LOGS}/twin.log",
    threads: 2
    params:
        spec=specs.twin(STUDY, REGISTERS),
    message:
        f"Making the synthetic registers of {STUDY.name}, with and without the trial"
    script:
        "../scripts/twin.py"


rule register_tables:
    input:
        extract=REGISTERS.observed(RESTRICTED),
        config=[*PLAN.register_config, REGISTERS.source.adapter],
        code=code("register_tables"),
    output:
        tables=REGISTERS.register_tables(RESTRICTED),
        findings=f"{RESTRICTED}/register_findings.parquet",
    log:
        f"{LOGS}/register_tables.log",
    resources:
        **asked_for(READING),
    params:
        spec=specs.register_tables(REGISTERS, REGISTERS.source.root),
    message:
        f"Reading the register tables of {STUDY.name}"
    script:
        "../scripts/register_tables.py"


use rule register_tables as register_tables_untreated with:
    input:
        extract=f"{RESTRICTED}/twin/untreated",
        config=[*PLAN.register_config, REGISTERS.source.adapter],
        code=code("register_tables"),
    output:
        tables=REGISTERS.register_tables(UNTREATED),
        findings=f"{UNTREATED}/register_findings.parquet",
    log:
        f"{LOGS}/register_tables_untreated.log",
    params:
        spec=specs.register_tables(REGISTERS, None),
    message:
        f"Reading the register tables of {STUDY.name} without the trial"


rule panel:
    input:
        tables=REGISTERS.register_tables(RESTRICTED),
        classification=PLAN.classification,
        rules=PLAN.ledger,
        code=code("panel"),
    output:
        **REGISTERS.panel_reports(RESTRICTED),
        samples=REGISTERS.person_months(RESTRICTED),
        sums=REGISTERS.sums(RESTRICTED),
    log:
        f"{LOGS}/panel.log",
    resources:
        **asked_for(ADDING),
    params:
        spec=specs.panel(STUDY, REGISTERS),
    message:
        f"Making the sums of person-months of {STUDY.name}"
    script:
        "../scripts/panel.py"


use rule panel as panel_untreated with:
    input:
        tables=REGISTERS.register_tables(UNTREATED),
        classification=PLAN.classification,
        rules=PLAN.ledger,
        code=code("panel"),
    output:
        **REGISTERS.panel_reports(UNTREATED),
        samples=REGISTERS.person_months(UNTREATED),
        sums=REGISTERS.sums(UNTREATED),
    log:
        f"{LOGS}/panel_untreated.log",
    message:
        f"Making the sums of person-months of {STUDY.name} without the trial"


rule collapse:
    input:
        samples=REGISTERS.person_months(RESTRICTED),
        sums=REGISTERS.sums(RESTRICTED),
        prices=REGISTERS.prices,
        code=code("collapse"),
    output:
        cells=REGISTERS.cells(RESTRICTED),
        counts=f"{RESTRICTED}/counts.parquet",
    log:
        f"{LOGS}/collapse.log",
    resources:
        **asked_for(COLLAPSING),
    params:
        spec=specs.collapse(STUDY, REGISTERS),
    message:
        f"Making the cells of {STUDY.name}"
    script:
        "../scripts/collapse.py"


use rule collapse as collapse_untreated with:
    input:
        samples=REGISTERS.person_months(UNTREATED),
        sums=REGISTERS.sums(UNTREATED),
        prices=REGISTERS.prices,
        code=code("collapse"),
    output:
        cells=REGISTERS.cells(UNTREATED),
        counts=f"{UNTREATED}/counts.parquet",
    log:
        f"{LOGS}/collapse_untreated.log",
    message:
        f"Making the cells of {STUDY.name} without the trial"


rule register_units:
    input:
        cells=REGISTERS.cells(RESTRICTED),
        covariates=PLAN.files.covariates,
        classification=PLAN.classification,
        code=code("register_units"),
    output:
        units=f"{RESTRICTED}/units.parquet",
    log:
        f"{LOGS}/units.log",
    params:
        spec=specs.units(STUDY),
    message:
        f"Describing the units of {STUDY.name}"
    script:
        "../scripts/register_units.py"


# Read by tests and by the notebook `validation`, and by nothing else.
rule truth:
    input:
        observed=REGISTERS.cells(RESTRICTED),
        untreated=REGISTERS.cells(UNTREATED),
        units=f"{RESTRICTED}/units.parquet",
        code=code("truth"),
    output:
        truth=f"{RESTRICTED}/truth.parquet",
    log:
        f"{LOGS}/truth.log",
    params:
        spec=specs.truth(STUDY),
    message:
        f"Averaging what the trial changed in the synthetic registers of {STUDY.name}"
    script:
        "../scripts/truth.py"
