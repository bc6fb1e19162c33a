# In the order they are read, with their titles.
NOTEBOOKS = {
    "data_quality": "1 Data quality",
    "design": "2 Design",
    "results": "3 Results",
    "robustness": "4 Robustness",
}
PAGES = [f"{REPORT}/{name}.html" for name in NOTEBOOKS]


def remove_outdated():
    """Delete figures and tables that the study no longer declares, so that none is read.

    Only these two folders belong to the workflow alone; a user may keep files beside them.
    """
    declared = {Path(path) for path in (*FIGURE_FILES, *TABLES)}
    made = [*Path(REPORT).glob("figures/*"), *Path(REPORT).glob("tables/*.csv")]
    for path in made:
        if path.suffix in (".csv", ".svg", ".png") and path not in declared:
            path.unlink()


rule notebook:
    input:
        release=RELEASED,
        labels=LABELS,
        calendar=CALENDAR,
        mergers=CLASSIFICATION[1:],
        outlines=OUTLINES,
        template="workflow/notebooks/{notebook}.ipynb",
        code=code("report"),
    output:
        notebook=f"{REPORT}/{{notebook}}.ipynb",
        html=report(
            f"{REPORT}/{{notebook}}.html",
            category="Notebooks",
            caption="../report/notebook.rst",
            labels=lambda wildcards: {"page": NOTEBOOKS[wildcards.notebook]},
        ),
    wildcard_constraints:
        notebook="|".join(NOTEBOOKS),
    log:
        f"{LOGS}/notebook_{{notebook}}.log",
    params:
        spec={
            "notebooks": list(NOTEBOOKS),
            "settings": {"outline_code": STUDY.settings.map.code} if OUTLINES else {},
        },
    message:
        f"Running the notebook {{wildcards.notebook}} of {STUDY.name}"
    script:
        "../scripts/notebook.py"
