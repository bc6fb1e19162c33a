rule diagnose:
    input:
        cells=cells_of,
        units=f"{RESTRICTED}/units.parquet",
        counts=f"{RESTRICTED}/counts.parquet",
        estimates=f"{RESTRICTED}/estimates/{{domain}}.parquet",
        influence=f"{RESTRICTED}/influence/{{domain}}.parquet",
        code=code("diagnose"),
    output:
        diagnostics=f"{RESTRICTED}/diagnostics/{{domain}}.parquet",
    log:
        f"{LOGS}/diagnose_{{domain}}.log",
    params:
        spec=lambda wildcards: specs.diagnose(STUDY, PLAN.domains[wildcards.domain]),
    message:
        f"Checking the estimates of {STUDY.name}, domain {{wildcards.domain}}"
    script:
        "../scripts/diagnose.py"


rule diagnose_across:
    input:
        estimates=PLAN.of_domains("estimates", PLAN.recorded),
        influence=PLAN.of_domains("influence", PLAN.recorded),
        code=code("diagnose_across"),
    output:
        diagnostics=f"{RESTRICTED}/diagnostics_across_outcomes.parquet",
    log:
        f"{LOGS}/diagnose_across.log",
    params:
        spec=specs.across(STUDY, PLAN.recorded),
    message:
        f"Comparing the outcomes of {STUDY.name} with each other"
    script:
        "../scripts/diagnose_across.py"


rule false_starts:
    input:
        cells=cells_of,
        units=f"{RESTRICTED}/units.parquet",
        estimates=f"{RESTRICTED}/estimates/{{domain}}.parquet",
        code=code("false_starts"),
    output:
        rows=f"{RESTRICTED}/false_starts/{{domain}}.parquet",
        summary=f"{RESTRICTED}/false_starts_summary/{{domain}}.parquet",
        checks=f"{RESTRICTED}/false_starts_checks/{{domain}}.parquet",
    log:
        f"{LOGS}/false_starts_{{domain}}.log",
    params:
        spec=lambda wildcards: specs.false_starts(STUDY, PLAN.domains[wildcards.domain]),
    message:
        f"Estimating {STUDY.name} at false starts, domain {{wildcards.domain}}"
    script:
        "../scripts/false_starts.py"


rule coverage:
    input:
        cells=cells_of,
        units=f"{RESTRICTED}/units.parquet",
        code=code("coverage"),
    output:
        coverage=f"{RESTRICTED}/coverage/{{domain}}.parquet",
        covered=f"{RESTRICTED}/covered/{{domain}}.parquet",
    log:
        f"{LOGS}/coverage_{{domain}}.log",
    params:
        spec=lambda wildcards: specs.coverage(STUDY, PLAN.domains[wildcards.domain]),
    message:
        f"Counting the cells of {STUDY.name}, domain {{wildcards.domain}}"
    script:
        "../scripts/coverage.py"


rule balance:
    input:
        units=f"{RESTRICTED}/units.parquet",
        code=code("balance"),
    output:
        balance=f"{RESTRICTED}/balance.parquet",
        overlap=f"{RESTRICTED}/overlap.parquet",
        compared=f"{RESTRICTED}/compared.parquet",
        beyond_reach=f"{RESTRICTED}/beyond_reach.parquet",
    log:
        f"{LOGS}/balance.log",
    params:
        spec=specs.balance(STUDY),
    message:
        f"Comparing the arms of {STUDY.name} before the start"
    script:
        "../scripts/balance.py"
