rule estimate:
    input:
        cells=cells_of,
        units=f"{RESTRICTED}/units.parquet",
        counts=f"{RESTRICTED}/counts.parquet",
        code=code("estimate"),
    output:
        estimates=f"{RESTRICTED}/estimates/{{domain}}.parquet",
        influence=f"{RESTRICTED}/influence/{{domain}}.parquet",
        assignment=f"{RESTRICTED}/assignment/{{domain}}.parquet",
        samples=f"{RESTRICTED}/samples/{{domain}}.parquet",
    log:
        f"{LOGS}/estimate_{{domain}}.log",
    params:
        spec=estimation_spec,
    message:
        f"Estimating the effects of {STUDY.name}, domain {{wildcards.domain}}"
    script:
        "../scripts/estimate.py"


rule multiplicity:
    input:
        estimates=PLAN.of_domains("estimates"),
        influence=PLAN.of_domains("influence"),
        heterogeneity=PLAN.by_stratum,
        code=code("multiplicity"),
    output:
        multiplicity=f"{RESTRICTED}/multiplicity.parquet",
    log:
        f"{LOGS}/multiplicity.log",
    params:
        spec={"seed": STUDY.settings.seed},
    message:
        f"Reading the p-values of {STUDY.name} together"
    script:
        "../scripts/multiplicity.py"


rule specification_curve:
    input:
        cells=PLAN.cells_of(specs.curves_of(STUDY)),
        units=f"{RESTRICTED}/units.parquet",
        code=code("specification_curve"),
    output:
        tests=f"{RESTRICTED}/specification_curve_test.parquet",
    log:
        f"{LOGS}/specification_curve.log",
    params:
        spec=specs.curves_of(STUDY),
    message:
        f"Testing the specifications of {STUDY.name} jointly"
    script:
        "../scripts/specification_curve.py"
