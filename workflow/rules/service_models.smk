# Trial areas one by one: their service models, their effects, and for whom effects differ.


rule area_effects:
    input:
        cells=PLAN.cells_of(PLAN.asked_outcomes),
        units=f"{RESTRICTED}/units.parquet",
        config=PLAN.matrix,
        code=code("area_effects"),
    output:
        service_models=f"{RESTRICTED}/service_models.parquet",
        area_effects=f"{RESTRICTED}/area_effects.parquet",
        meta_regression=f"{RESTRICTED}/meta_regression.parquet",
    log:
        f"{LOGS}/area_effects.log",
    params:
        spec=specs.area_effects(STUDY, PLAN.asked, PLAN.service_models),
    message:
        f"Estimating the effect in each trial area of {STUDY.name}"
    script:
        "../scripts/area_effects.py"


rule heterogeneity:
    input:
        cells=PLAN.cells_of(PLAN.asked_outcomes),
        units=f"{RESTRICTED}/units.parquet",
        code=code("heterogeneity"),
    output:
        heterogeneity=f"{RESTRICTED}/heterogeneity.parquet",
    log:
        f"{LOGS}/heterogeneity.log",
    params:
        spec=specs.heterogeneity(PLAN.asked, PLAN.service_models),
    message:
        f"Looking for those for whom the effect differs in {STUDY.name}"
    script:
        "../scripts/heterogeneity.py"
