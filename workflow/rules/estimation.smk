rule estimate:
    input:
        cells=f"{RESTRICTED}/cells/{{outcome}}.parquet",
        units=f"{RESTRICTED}/units.parquet",
        counts=f"{RESTRICTED}/counts.parquet",
        code=code("study", "estimation"),
    output:
        estimates=f"{RESTRICTED}/estimates/{{outcome}}.parquet",
        influence=f"{RESTRICTED}/influence/{{outcome}}.parquet",
    log:
        f"{LOGS}/estimate_{{outcome}}.log",
    params:
        spec=estimation_spec,
    message:
        f"Estimating the effects on {{wildcards.outcome}} in {STUDY.name}"
    script:
        "../scripts/estimate.py"
