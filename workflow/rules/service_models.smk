# Trial areas one by one: their service models, their effects, and for whom effects differ.

ASKED = [e for e in STUDY.estimands if e.estimand in SERVICE_MODELS.estimands]
ASKED_OUTCOMES = sorted({e.outcome for e in ASKED})


rule area_effects:
    input:
        cells=expand(f"{RESTRICTED}/cells/{{outcome}}.parquet", outcome=ASKED_OUTCOMES),
        units=f"{RESTRICTED}/units.parquet",
        config=MATRIX,
        code=code("study", "estimation"),
    output:
        service_models=f"{RESTRICTED}/service_models.parquet",
        area_effects=f"{RESTRICTED}/area_effects.parquet",
        meta_regression=f"{RESTRICTED}/meta_regression.parquet",
    log:
        f"{LOGS}/area_effects.log",
    params:
        spec={
            "estimands": [e.model_dump(mode="json") for e in ASKED],
            "areas": STUDY.trial_areas(),
            "features": SERVICE_MODELS.features,
        },
    message:
        f"Estimating the effect in each trial area of {STUDY.name}"
    script:
        "../scripts/area_effects.py"


rule heterogeneity:
    input:
        cells=expand(f"{RESTRICTED}/cells/{{outcome}}.parquet", outcome=ASKED_OUTCOMES),
        units=f"{RESTRICTED}/units.parquet",
        code=code("study", "estimation"),
    output:
        heterogeneity=f"{RESTRICTED}/heterogeneity.parquet",
    log:
        f"{LOGS}/heterogeneity.log",
    params:
        spec={
            "estimands": [e.model_dump(mode="json") for e in ASKED],
            "strata": SERVICE_MODELS.strata,
        },
    message:
        f"Looking for those for whom the effect differs in {STUDY.name}"
    script:
        "../scripts/heterogeneity.py"
