# What is known of the design before its data are seen; `python run.py design STUDY` asks for it.
DESIGN = f"results/{STUDY.name}/design"


rule design:
    input:
        cells=PLAN.cells_of(specs.main_outcomes(STUDY)),
        units=f"{RESTRICTED}/units_as_treated.parquet",
        counts=f"{RESTRICTED}/counts.parquet",
        labels=PLAN.labels,
        code=code("design"),
    output:
        **{language: f"{DESIGN}/design_{language}.html" for language in REPORTS.readers},
        design=f"{DESIGN}/design.csv",
        limits=f"{DESIGN}/limits.csv",
        balance=f"{DESIGN}/balance.csv",
        overlap=f"{DESIGN}/overlap.csv",
        record=f"{DESIGN}/record.json",
    log:
        f"{LOGS}/design.log",
    params:
        spec=specs.design(STUDY),
    message:
        f"Judging the design of {STUDY.name} from the time before the start"
    script:
        "../scripts/design.py"
