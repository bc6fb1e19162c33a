rule estimate:
    input:
        cells=cells_of,
        units=f"{RESTRICTED}/units.parquet",
        counts=f"{RESTRICTED}/counts.parquet",
        code=code("estimate"),
    output:
        estimates=f"{RESTRICTED}/estimates/{{domain}}.parquet",
        influence=f"{RESTRICTED}/influence/{{domain}}.parquet",
    log:
        f"{LOGS}/estimate_{{domain}}.log",
    params:
        spec=estimation_spec,
    message:
        f"Estimating the effects of {STUDY.name}, domain {{wildcards.domain}}"
    script:
        "../scripts/estimate.py"
