from kuntakokeilu.diagnostics import RECORDED


rule diagnose:
    input:
        cells=f"{RESTRICTED}/cells/{{outcome}}.parquet",
        units=f"{RESTRICTED}/units.parquet",
        counts=f"{RESTRICTED}/counts.parquet",
        estimates=f"{RESTRICTED}/estimates/{{outcome}}.parquet",
        influence=f"{RESTRICTED}/influence/{{outcome}}.parquet",
        code=code("study", "estimation", "diagnostics"),
    output:
        diagnostics=f"{RESTRICTED}/diagnostics/{{outcome}}.parquet",
    log:
        f"{LOGS}/diagnose_{{outcome}}.log",
    params:
        spec=estimation_spec,
    message:
        f"Checking the estimates of {{wildcards.outcome}} in {STUDY.name}"
    script:
        "../scripts/diagnose.py"


# Outcomes that tell only together what happened, by their column of the person-months.
RECORDED_OUTCOMES = [name for name, outcome in STUDY.outcomes.items() if outcome.column in RECORDED]


rule diagnose_across:
    input:
        estimates=expand(f"{RESTRICTED}/estimates/{{outcome}}.parquet", outcome=RECORDED_OUTCOMES),
        influence=expand(f"{RESTRICTED}/influence/{{outcome}}.parquet", outcome=RECORDED_OUTCOMES),
        code=code("study", "estimation", "diagnostics"),
    output:
        diagnostics=f"{RESTRICTED}/diagnostics_across_outcomes.parquet",
    log:
        f"{LOGS}/diagnose_across.log",
    params:
        spec={
            "estimands": [
                e.model_dump(mode="json")
                for outcome in RECORDED_OUTCOMES
                for e in STUDY.estimands_of(outcome)
            ],
            "columns": {name: STUDY.outcomes[name].column for name in RECORDED_OUTCOMES},
        },
    message:
        f"Comparing the outcomes of {STUDY.name} with each other"
    script:
        "../scripts/diagnose_across.py"


rule coverage:
    input:
        cells=f"{RESTRICTED}/cells/{{outcome}}.parquet",
        units=f"{RESTRICTED}/units.parquet",
        code=code("study", "estimation", "diagnostics"),
    output:
        coverage=f"{RESTRICTED}/coverage/{{outcome}}.parquet",
    log:
        f"{LOGS}/coverage_{{outcome}}.log",
    params:
        spec=leading_spec,
    message:
        f"Counting the cells of {{wildcards.outcome}} in {STUDY.name}"
    script:
        "../scripts/coverage.py"


rule balance:
    input:
        units=f"{RESTRICTED}/units.parquet",
        code=code("study", "estimation", "diagnostics"),
    output:
        balance=f"{RESTRICTED}/balance.parquet",
        overlap=f"{RESTRICTED}/overlap.parquet",
    log:
        f"{LOGS}/balance.log",
    params:
        spec={
            "estimands": [e.model_dump(mode="json") for e in STUDY.estimands],
            "covariates": list(STUDY.covariates),
        },
    message:
        f"Comparing the arms of {STUDY.name} before the start"
    script:
        "../scripts/balance.py"
