RELEASED_TABLES = PLAN.released_tables


rule release:
    input:
        **PLAN.to_release,
        rules=PLAN.parameters,
        sources=list(PLAN.sources.values()),
        code=code("release"),
    output:
        **{name: f"{RELEASE}/{name}.csv" for name in RELEASED_TABLES},
        study=f"{RELEASE}/study.json",
        manifest=f"{RELEASE}/manifest.json",
    log:
        f"{LOGS}/release.log",
    params:
        spec=specs.release(STUDY, RELEASED_TABLES, PLAN.sources, PLAN.of_persons),
    message:
        f"Releasing the numbers of {STUDY.name} that may leave"
    script:
        "../scripts/release.py"
