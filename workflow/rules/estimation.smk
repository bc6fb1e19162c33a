def estimation_spec(wildcards):
    """Give the estimands of one outcome, so that a changed row reruns this outcome alone."""
    return [e.model_dump(mode="json") for e in STUDY.estimands_of(wildcards.outcome)]


rule estimate:
    message:
        f"Estimating the effects on {{wildcards.outcome}} in {STUDY.name}"
    input:
        cells=f"{RESTRICTED}/cells/{{outcome}}.parquet",
        units=f"{RESTRICTED}/units.parquet",
        counts=f"{RESTRICTED}/counts.parquet",
        code=code("study", "estimation"),
    output:
        estimates=f"{RESTRICTED}/estimates/{{outcome}}.parquet",
        influence=f"{RESTRICTED}/influence/{{outcome}}.parquet",
    params:
        spec=estimation_spec,
    log:
        f"{LOGS}/estimate_{{outcome}}.log",
    script:
        "../scripts/estimate.py"
