classification = (
    ["config/municipalities.csv", "config/municipality_mergers.csv"]
    if STUDY.settings.classification
    else []
)


rule units:
    message:
        f"Describing the units of {STUDY.name}"
    input:
        sources=SOURCES[None],
        classification=classification,
        code=code("study", "cells"),
    output:
        units=f"{RESTRICTED}/units.parquet",
        counts=f"{RESTRICTED}/counts.parquet",
    params:
        spec={
            "settings": only(STUDY.settings, DataSettings),
            "areas": None if STUDY.areas is None else STUDY.areas.to_dict("list"),
        },
    log:
        f"{LOGS}/units.log",
    script:
        "../scripts/units.py"


rule cells:
    message:
        f"Making the cells of {{wildcards.outcome}} in {STUDY.name}"
    input:
        sources=lambda wildcards: SOURCES[wildcards.outcome],
        classification=classification,
        units=f"{RESTRICTED}/units.parquet",
        code=code("study", "cells"),
    output:
        cells=f"{RESTRICTED}/cells/{{outcome}}.parquet",
    params:
        spec=lambda wildcards: {
            "settings": only(STUDY.settings, DataSettings),
            "outcome": only(STUDY.outcomes[wildcards.outcome], OutcomeData),
            "span": list(STUDY.span_of(wildcards.outcome)),
        },
    log:
        f"{LOGS}/cells_{{outcome}}.log",
    script:
        "../scripts/cells.py"
