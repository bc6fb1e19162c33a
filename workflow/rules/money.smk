# What is made of several estimates: ratios, totals and combinations (docs/costs.md).


rule ratios:
    input:
        **PLAN.of_pairs(STUDY.money.ratios, "numerator", "denominator"),
        code=code("ratios"),
    output:
        ratios=f"{RESTRICTED}/ratios.parquet",
    log:
        f"{LOGS}/ratios.log",
    params:
        spec=specs.dumped(STUDY.money.ratios.values()),
    message:
        f"Dividing estimates of {STUDY.name} by each other"
    script:
        "../scripts/ratios.py"


rule combinations:
    input:
        **PLAN.of_pairs(STUDY.money.combinations, "first", "second"),
        code=code("combinations"),
    output:
        combinations=f"{RESTRICTED}/combinations.parquet",
    log:
        f"{LOGS}/combinations.log",
    params:
        spec=specs.dumped(STUDY.money.combinations.values()),
    message:
        f"Taking estimates of {STUDY.name} off each other"
    script:
        "../scripts/combinations.py"


rule totals:
    input:
        estimates=PLAN.of_domains("estimates", PLAN.summed),
        cells=PLAN.cells_of(PLAN.counted_outcomes),
        units=f"{RESTRICTED}/units.parquet",
        code=code("totals"),
    output:
        totals=f"{RESTRICTED}/totals.parquet",
    log:
        f"{LOGS}/totals.log",
    params:
        spec=specs.totals(STUDY, PLAN.counted),
    message:
        f"Multiplying estimates of {STUDY.name} into totals"
    script:
        "../scripts/totals.py"
