# Of a blinded study `units` holds a random deal of the treatment: all that follows is made of it.
rule units:
    input:
        sources=PLAN.files.units,
        covariates=PLAN.files.covariates,
        classification=PLAN.classification,
        outlines=PLAN.outlines,
        code=code("units"),
    output:
        units=f"{RESTRICTED}/units.parquet",
        treated=f"{RESTRICTED}/units_as_treated.parquet",
        counts=f"{RESTRICTED}/counts.parquet",
    log:
        f"{LOGS}/units.log",
    params:
        spec=specs.units(STUDY),
    message:
        f"Describing the units of {STUDY.name}"
    script:
        "../scripts/units.py"


rule cells:
    input:
        sources=lambda wildcards: PLAN.files.outcomes[wildcards.outcome],
        classification=PLAN.classification,
        units=f"{RESTRICTED}/units_as_treated.parquet",  # an effect follows who was treated
        code=code("cells"),
    output:
        cells=f"{RESTRICTED}/cells/{{outcome}}.parquet",
    log:
        f"{LOGS}/cells_{{outcome}}.log",
    params:
        spec=lambda wildcards: specs.cells(STUDY, wildcards.outcome),
    message:
        f"Making the cells of {{wildcards.outcome}} in {STUDY.name}"
    script:
        "../scripts/cells.py"
