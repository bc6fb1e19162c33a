rule workbook:
    input:
        release=PLAN.released,
        labels=PLAN.labels,
        grades="config/brief_grades.csv",
        code=code("workbook"),
    output:
        **{language: workbook(language) for language in REPORTS.workbooks},
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
        code=code("result_tables"),
    output:
        **{code: REPORTS.table_files(form) for code, form in EXCEL.items()},
        machine=report(
            REPORTS.table_files(MACHINE),
            category="Tables",
            caption="../report/result_tables.rst",
        ),
    log:
        f"{LOGS}/result_tables.log",
    params:
        tables=REPORTS.tables,
        excel=list(EXCEL),
    message:
        f"Writing the result tables of {STUDY.name} as CSV"
    script:
        "../scripts/result_tables.py"
