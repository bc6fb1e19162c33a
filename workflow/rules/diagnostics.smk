rule diagnose:
    input:
        cells=f"{RESTRICTED}/cells/{{outcome}}.parquet",
        units=f"{RESTRICTED}/units.parquet",
        counts=f"{RESTRICTED}/counts.parquet",
        estimates=f"{RESTRICTED}/estimates/{{outcome}}.parquet",
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
