rule units:
    input:
        sources=UNIT_SOURCES,
        covariates=COVARIATE_SOURCES,
        classification=CLASSIFICATION,
        code=code("study", "cells"),
    output:
        units=f"{RESTRICTED}/units.parquet",
        counts=f"{RESTRICTED}/counts.parquet",
    log:
        f"{LOGS}/units.log",
    params:
        spec={
            "settings": only(STUDY.settings, DataSettings),
            "covariates": [only(row, CovariateData) for row in STUDY.covariates.values()],
            "areas": None if STUDY.areas is None else STUDY.areas.to_dict("list"),
        },
    message:
        f"Describing the units of {STUDY.name}"
    script:
        "../scripts/units.py"


rule cells:
    input:
        sources=lambda wildcards: SOURCES[wildcards.outcome],
        classification=CLASSIFICATION,
        units=f"{RESTRICTED}/units.parquet",
        code=code("study", "cells"),
    output:
        cells=f"{RESTRICTED}/cells/{{outcome}}.parquet",
    log:
        f"{LOGS}/cells_{{outcome}}.log",
    params:
        spec=lambda wildcards: {
            "settings": only(STUDY.settings, DataSettings),
            "outcome": only(STUDY.outcomes[wildcards.outcome], OutcomeData),
            "span": list(STUDY.span_of(wildcards.outcome)),
        },
    message:
        f"Making the cells of {{wildcards.outcome}} in {STUDY.name}"
    script:
        "../scripts/cells.py"
