from kuntakokeilu.statfin import STATFIN_URL

URL = config.get("url", STATFIN_URL)


# The one rule that touches the network. Nothing depends on it: it runs only when it is named.
rule fetch:
    input:
        code=code("fetch"),
    log:
        f"{LOGS}/fetch.log",
    params:
        spec=specs.fetch(STUDY, URL),
    message:
        f"Fetching the tables of {STUDY.name} from {URL}"
    script:
        "../scripts/fetch.py"


rule statfin_table:
    input:
        answers=lambda wildcards: PLAN.files.answers[wildcards.table],
        code=code("statfin_table"),
    output:
        table=f"{RESTRICTED}/statfin/{{table}}.csv",
        changes=f"{RESTRICTED}/statfin/changes/{{table}}.csv",
    log:
        f"{LOGS}/statfin_{{table}}.log",
    params:
        spec=lambda wildcards: PLAN.files.tables[wildcards.table],
    message:
        f"Reading the answers of PxWeb for {{wildcards.table}} in {STUDY.name}"
    script:
        "../scripts/statfin_table.py"
