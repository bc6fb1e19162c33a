TABLE_OF = {table["key"]: table for table in STATFIN_TABLES.values()}


# The one rule that touches the network. Nothing depends on it: it runs only when it is named.
rule fetch:
    input:
        code=code("study", "statfin"),
    log:
        f"{LOGS}/fetch.log",
    params:
        spec={
            "study": STUDY.name,
            "downloads": {
                name: download.model_dump(mode="json")
                for name, download in getattr(STUDY.settings.source, "downloads", {}).items()
            },
            "url": config.get("url", STATFIN_URL),
        },
    message:
        f"Fetching the tables of {STUDY.name} from {config.get('url', STATFIN_URL)}"
    script:
        "../scripts/fetch.py"


rule statfin_table:
    input:
        answers=lambda wildcards: ANSWER_PATHS[wildcards.table],
        code=code("study", "statfin"),
    output:
        table=f"{RESTRICTED}/statfin/{{table}}.csv",
        changes=f"{RESTRICTED}/statfin/changes/{{table}}.csv",
    log:
        f"{LOGS}/statfin_{{table}}.log",
    params:
        spec=lambda wildcards: TABLE_OF[wildcards.table],
    message:
        f"Reading the answers of PxWeb for {{wildcards.table}} in {STUDY.name}"
    script:
        "../scripts/statfin_table.py"
