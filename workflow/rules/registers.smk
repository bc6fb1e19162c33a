# Registers of persons -> typed tables -> sums of person-months -> cells. A synthetic twin goes the
# same way a second time in the world without the trial, below `untreated`: so its truth is known.
REGISTERS = PLAN.registers
UNTREATED = f"{RESTRICTED}/untreated"
SHARD = r"\d+_of_\d+"


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
        tables=REGISTERS.all_register_tables(RESTRICTED),
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
        tables=REGISTERS.all_register_tables(UNTREATED),
        findings=f"{UNTREATED}/register_findings.parquet",
    log:
        f"{LOGS}/register_tables_untreated.log",
    params:
        spec=specs.register_tables(REGISTERS, None),
    message:
        f"Reading the register tables of {STUDY.name} without the trial"


# What a register reaches is told from the rows of everyone; the rest, shard by shard.
rule register_reach:
    input:
        tables=REGISTERS.all_register_tables(RESTRICTED),
        code=code("register_reach"),
    output:
        reach=f"{RESTRICTED}/reach.parquet",
    log:
        f"{LOGS}/register_reach.log",
    params:
        spec=specs.panel(STUDY, REGISTERS),
    message:
        f"Finding the months that the registers of {STUDY.name} reach"
    script:
        "../scripts/register_reach.py"


use rule register_reach as register_reach_untreated with:
    input:
        tables=REGISTERS.all_register_tables(UNTREATED),
        code=code("register_reach"),
    output:
        reach=f"{UNTREATED}/reach.parquet",
    log:
        f"{LOGS}/register_reach_untreated.log",
    message:
        f"Finding the months that the registers of {STUDY.name} reach without the trial"


rule panel:
    input:
        tables=REGISTERS.register_tables(RESTRICTED, "{shard}"),
        reach=f"{RESTRICTED}/reach.parquet",
        classification=PLAN.classification,
        rules=PLAN.ledger,
        code=code("panel"),
    output:
        **REGISTERS.panel_reports(f"{RESTRICTED}/panel/{{shard}}"),
        sums=REGISTERS.sums(RESTRICTED, "{shard}"),
    log:
        f"{LOGS}/panel_{{shard}}.log",
    wildcard_constraints:
        shard=SHARD,
    resources:
        **asked_for(ADDING),
    params:
        spec=specs.panel(STUDY, REGISTERS),
    message:
        f"Making the sums of person-months of {STUDY.name}, shard {{wildcards.shard}}"
    script:
        "../scripts/panel.py"


use rule panel as panel_untreated with:
    input:
        tables=REGISTERS.register_tables(UNTREATED, "{shard}"),
        reach=f"{UNTREATED}/reach.parquet",
        classification=PLAN.classification,
        rules=PLAN.ledger,
        code=code("panel"),
    output:
        **REGISTERS.panel_reports(f"{UNTREATED}/panel/{{shard}}"),
        sums=REGISTERS.sums(UNTREATED, "{shard}"),
    log:
        f"{LOGS}/panel_{{shard}}_untreated.log",
    wildcard_constraints:
        shard=SHARD,
    message:
        f"Making the sums of person-months of {STUDY.name} without the trial, shard {{wildcards.shard}}"


# Those asked in a survey are weighed together, so they are in no shard.
rule panel_survey:
    input:
        tables=REGISTERS.all_register_tables(RESTRICTED),
        reach=f"{RESTRICTED}/reach.parquet",
        classification=PLAN.classification,
        rules=PLAN.ledger,
        code=code("panel"),
    output:
        **REGISTERS.panel_reports(f"{RESTRICTED}/panel/survey"),
        months=REGISTERS.person_months(RESTRICTED),
    log:
        f"{LOGS}/panel_survey.log",
    params:
        spec=specs.panel(STUDY, REGISTERS),
    message:
        f"Making the person-months of {STUDY.name}, survey"
    script:
        "../scripts/panel.py"


use rule panel_survey as panel_survey_untreated with:
    input:
        tables=REGISTERS.all_register_tables(UNTREATED),
        reach=f"{UNTREATED}/reach.parquet",
        classification=PLAN.classification,
        rules=PLAN.ledger,
        code=code("panel"),
    output:
        **REGISTERS.panel_reports(f"{UNTREATED}/panel/survey"),
        months=REGISTERS.person_months(UNTREATED),
    log:
        f"{LOGS}/panel_survey_untreated.log",
    message:
        f"Making the person-months of {STUDY.name} without the trial, survey"


rule panel_reports:
    input:
        **REGISTERS.reports_of_parts(RESTRICTED),
        code=code("panel_reports"),
    output:
        **REGISTERS.panel_reports(RESTRICTED),
    log:
        f"{LOGS}/panel_reports.log",
    message:
        f"Adding up what is known of the person-months of {STUDY.name}"
    script:
        "../scripts/panel_reports.py"


rule collapse:
    input:
        samples=REGISTERS.person_months(RESTRICTED),
        sums=REGISTERS.all_sums(RESTRICTED),
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
        sums=REGISTERS.all_sums(UNTREATED),
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
        outlines=PLAN.outlines,
        code=code("register_units"),
    output:
        units=f"{RESTRICTED}/units.parquet",
        treated=f"{RESTRICTED}/units_as_treated.parquet",
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
