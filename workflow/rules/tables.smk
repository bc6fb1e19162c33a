WORKBOOKS = [f"{REPORT}/results_{language}.xlsx" for language in ("fi", "sv", "en")]
TABLES = [
    f"{REPORT}/tables/{name}{kind}.csv" for kind in ("", "_excel_fi") for name in PLANNED_TABLES
]


rule workbook:
    input:
        release=PLAN.released,
        labels=PLAN.labels,
        code=REPORT_CODE,
    output:
        fi=report(
            f"{REPORT}/results_fi.xlsx",
            category="Tables",
            caption="../report/workbook.rst",
            labels={"content": "Workbook", "language": "suomi"},
        ),
        sv=report(
            f"{REPORT}/results_sv.xlsx",
            category="Tables",
            caption="../report/workbook.rst",
            labels={"content": "Workbook", "language": "svenska"},
        ),
        en=report(
            f"{REPORT}/results_en.xlsx",
            category="Tables",
            caption="../report/workbook.rst",
            labels={"content": "Workbook", "language": "English"},
        ),
    log:
        f"{LOGS}/workbook.log",
    message:
        f"Writing the workbooks of {STUDY.name} in three languages"
    script:
        "../scripts/workbook.py"


rule result_tables:
    input:
        release=PLAN.released,
        labels=PLAN.labels,
        code=REPORT_CODE,
    output:
        machine=report(
            expand(f"{REPORT}/tables/{{name}}.csv", name=PLANNED_TABLES),
            category="Tables",
            caption="../report/result_tables.rst",
        ),
        excel=expand(f"{REPORT}/tables/{{name}}_excel_fi.csv", name=PLANNED_TABLES),
    log:
        f"{LOGS}/result_tables.log",
    params:
        tables=PLANNED_TABLES,
    message:
        f"Writing the result tables of {STUDY.name} as CSV"
    script:
        "../scripts/result_tables.py"
