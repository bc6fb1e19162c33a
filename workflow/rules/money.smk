# What is made of several estimates: ratios, totals and combinations (docs/costs.md).


rule ratios:
    input:
        **pair_inputs(STUDY.money.ratios, "numerator", "denominator"),
        code=code("study", "estimation"),
    output:
        ratios=f"{RESTRICTED}/ratios.parquet",
    log:
        f"{LOGS}/ratios.log",
    params:
        spec=[row.model_dump(mode="json") for row in STUDY.money.ratios.values()],
    message:
        f"Dividing estimates of {STUDY.name} by each other"
    script:
        "../scripts/ratios.py"


rule combinations:
    input:
        **pair_inputs(STUDY.money.combinations, "first", "second"),
        code=code("study", "estimation"),
    output:
        combinations=f"{RESTRICTED}/combinations.parquet",
    log:
        f"{LOGS}/combinations.log",
    params:
        spec=[row.model_dump(mode="json") for row in STUDY.money.combinations.values()],
    message:
        f"Taking estimates of {STUDY.name} off each other"
    script:
        "../scripts/combinations.py"


rule totals:
    input:
        estimates=of_domains(
            "estimates", outcomes_of(t.estimand for t in STUDY.money.totals.values())
        ),
        cells=expand(f"{RESTRICTED}/cells/{{outcome}}.parquet", outcome=outcomes_of(COUNTED)),
        units=f"{RESTRICTED}/units.parquet",
        code=code("study", "estimation"),
    output:
        totals=f"{RESTRICTED}/totals.parquet",
    log:
        f"{LOGS}/totals.log",
    params:
        spec={
            "totals": [row.model_dump(mode="json") for row in STUDY.money.totals.values()],
            "counted": [
                e.model_dump(mode="json") for e in STUDY.estimands if e.estimand in COUNTED
            ],
        },
    message:
        f"Multiplying estimates of {STUDY.name} into totals"
    script:
        "../scripts/totals.py"
