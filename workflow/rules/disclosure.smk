rule release:
    message:
        f"Releasing the numbers of {STUDY.name} that may leave"
    input:
        estimates=expand(f"{RESTRICTED}/estimates/{{outcome}}.parquet", outcome=STUDY.outcomes),
        diagnostics=expand(
            f"{RESTRICTED}/diagnostics/{{outcome}}.parquet", outcome=STUDY.outcomes
        ),
        units=f"{RESTRICTED}/units.parquet",
        sources=sorted({path for paths in SOURCES.values() for path in paths}),
        code=code("study", "disclosure"),
    output:
        estimates=f"{RELEASE}/estimates.csv",
        diagnostics=f"{RELEASE}/diagnostics.csv",
        units=f"{RELEASE}/units.csv",
        study=f"{RELEASE}/study.json",
        manifest=f"{RELEASE}/manifest.json",
    params:
        spec={
            "profile": STUDY.profile.model_dump(mode="json"),
            "study": STUDY.describe(),
            "settings": STUDY.fingerprint(),
            "seed": STUDY.settings.seed,
        },
    log:
        f"{LOGS}/release.log",
    script:
        "../scripts/release.py"
