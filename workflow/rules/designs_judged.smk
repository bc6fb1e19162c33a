# Candidate designs, held against the years before the trial.


rule designs_judged:
    input:
        cells=PLAN.cells_of(PLAN.judged_outcomes),
        units=f"{RESTRICTED}/units.parquet",
        code=code("designs_judged"),
    output:
        designs_judged=f"{RESTRICTED}/designs_judged.parquet",
        synthetic_areas=f"{RESTRICTED}/synthetic_areas.parquet",
    log:
        f"{LOGS}/designs_judged.log",
    params:
        spec=specs.designs_judged(STUDY, PLAN.judged),
    message:
        f"Judging designs on the years before {STUDY.name}"
    script:
        "../scripts/designs_judged.py"
