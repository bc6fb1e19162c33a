# How far the arms may have drifted apart (docs/methods.md).


rule bounds:
    input:
        cells=cells_of,
        units=f"{RESTRICTED}/units.parquet",
        estimates=f"{RESTRICTED}/estimates/{{domain}}.parquet",
        code=code("bounds"),
    output:
        bounds=f"{RESTRICTED}/bounds/{{domain}}.parquet",
        pre_trend_power=f"{RESTRICTED}/pre_trend_power/{{domain}}.parquet",
        equivalence=f"{RESTRICTED}/equivalence/{{domain}}.parquet",
    log:
        f"{LOGS}/bounds_{{domain}}.log",
    params:
        spec=lambda wildcards: specs.bounds(STUDY, PLAN.domains[wildcards.domain]),
    message:
        f"Putting bounds on the estimates of {STUDY.name}, domain {{wildcards.domain}}"
    script:
        "../scripts/bounds.py"
