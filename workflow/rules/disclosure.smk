rule release:
    input:
        **{name: f"{RESTRICTED}/{name}.parquet" for name in [*RELEASED_OF_REGISTERS, *MONEY]},
        **{name: f"{RESTRICTED}/{name}.parquet" for name in RELEASED_OF_AREAS},
        estimates=of_domains("estimates"),
        diagnostics=of_domains("diagnostics"),
        across=f"{RESTRICTED}/diagnostics_across_outcomes.parquet",
        coverage=of_domains("coverage"),
        balance=f"{RESTRICTED}/balance.parquet",
        overlap=f"{RESTRICTED}/overlap.parquet",
        compared=f"{RESTRICTED}/compared.parquet",
        units=f"{RESTRICTED}/units.parquet",
        rules=PARAMETERS,
        sources=[*map(data_file, SOURCE_NAMES), *EXTRACT.values(), *CLASSIFICATION, *MATRIX],
        code=code("study", "disclosure"),
    output:
        **{name: f"{RELEASE}/{name}.csv" for name in [*RELEASED_OF_REGISTERS, *RELEASED_OF_MONEY]},
        **{name: f"{RELEASE}/{name}.csv" for name in RELEASED_OF_AREAS},
        estimates=f"{RELEASE}/estimates.csv",
        diagnostics=f"{RELEASE}/diagnostics.csv",
        units=f"{RELEASE}/units.csv",
        balance=f"{RELEASE}/balance.csv",
        overlap=f"{RELEASE}/overlap.csv",
        coverage=f"{RELEASE}/coverage.csv",
        study=f"{RELEASE}/study.json",
        manifest=f"{RELEASE}/manifest.json",
    log:
        f"{LOGS}/release.log",
    params:
        spec={
            "profile": STUDY.profile.model_dump(mode="json"),
            "study": STUDY.describe(),
            "programme_costs": [row.model_dump() for row in STUDY.money.programme_costs],
            "comparison": STUDY.leading(next(iter(STUDY.outcomes))).comparison_rule.model_dump(),
            "span": STUDY.leading(next(iter(STUDY.outcomes))).span,
            "settings": STUDY.fingerprint(),
            "seed": STUDY.settings.seed,
            "sources": [*SOURCE_NAMES, *EXTRACT, *CLASSIFICATION, *MATRIX],
        },
    message:
        f"Releasing the numbers of {STUDY.name} that may leave"
    script:
        "../scripts/release.py"
