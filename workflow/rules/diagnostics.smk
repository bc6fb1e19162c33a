from kuntakokeilu.contracts import RECORDED


rule diagnose:
    input:
        cells=cells_of,
        units=f"{RESTRICTED}/units.parquet",
        counts=f"{RESTRICTED}/counts.parquet",
        estimates=f"{RESTRICTED}/estimates/{{domain}}.parquet",
        influence=f"{RESTRICTED}/influence/{{domain}}.parquet",
        code=code("study", "estimation", "diagnostics"),
    output:
        diagnostics=f"{RESTRICTED}/diagnostics/{{domain}}.parquet",
    log:
        f"{LOGS}/diagnose_{{domain}}.log",
    params:
        spec=estimation_spec,
    message:
        f"Checking the estimates of {STUDY.name}, domain {{wildcards.domain}}"
    script:
        "../scripts/diagnose.py"


# Outcomes that tell only together what happened, by their column of the person-months.
RECORDED_OUTCOMES = [name for name, outcome in STUDY.outcomes.items() if outcome.column in RECORDED]


rule diagnose_across:
    input:
        estimates=of_domains("estimates", RECORDED_OUTCOMES),
        influence=of_domains("influence", RECORDED_OUTCOMES),
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
        cells=cells_of,
        units=f"{RESTRICTED}/units.parquet",
        code=code("study", "estimation", "diagnostics"),
    output:
        coverage=f"{RESTRICTED}/coverage/{{domain}}.parquet",
    log:
        f"{LOGS}/coverage_{{domain}}.log",
    params:
        spec=leading_spec,
    message:
        f"Counting the cells of {STUDY.name}, domain {{wildcards.domain}}"
    script:
        "../scripts/coverage.py"


rule balance:
    input:
        units=f"{RESTRICTED}/units.parquet",
        code=code("study", "estimation", "diagnostics"),
    output:
        balance=f"{RESTRICTED}/balance.parquet",
        overlap=f"{RESTRICTED}/overlap.parquet",
        compared=f"{RESTRICTED}/compared.parquet",
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
