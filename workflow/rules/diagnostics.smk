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
