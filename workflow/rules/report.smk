released = [f"{RELEASE}/{name}" for name in ("estimates.csv", "diagnostics.csv", "units.csv", "study.json", "manifest.json")]


rule results_table:
    message:
        f"Writing the table of {STUDY.name}"
    input:
        release=released,
        code=code("report"),
    output:
        table=report(
            f"{REPORT}/results.csv",
            category="Tables",
            caption="../report/table.rst",
            labels={"content": "All estimates"},
        ),
        diagnostics=report(
            f"{REPORT}/diagnostics.csv",
            category="Tables",
            caption="../report/table.rst",
            labels={"content": "All checks"},
        ),
    log:
        f"{LOGS}/results_table.log",
    script:
        "../scripts/results_table.py"


rule forest:
    message:
        f"Drawing the forest of {STUDY.name}"
    input:
        release=released,
        code=code("report"),
    output:
        svg=report(
            f"{REPORT}/forest.svg",
            category="Figures",
            caption="../report/forest.rst",
            labels={"content": "Effects on all outcomes"},
        ),
        png=f"{REPORT}/forest.png",
        data=f"{REPORT}/forest.csv",
    log:
        f"{LOGS}/forest.log",
    script:
        "../scripts/forest.py"


rule event_study:
    message:
        f"Drawing the event study {{wildcards.estimand}} of {STUDY.name}"
    input:
        release=released,
        code=code("report"),
    output:
        svg=report(
            f"{REPORT}/event_study_{{estimand}}.svg",
            category="Figures",
            caption="../report/event_study.rst",
            labels={"content": "Event study {estimand}"},
        ),
        png=f"{REPORT}/event_study_{{estimand}}.png",
        data=f"{REPORT}/event_study_{{estimand}}.csv",
    log:
        f"{LOGS}/event_study_{{estimand}}.log",
    script:
        "../scripts/event_study.py"


rule notebook:
    message:
        f"Running the notebook for reviewers of {STUDY.name}"
    input:
        release=released,
        template="workflow/notebooks/results.ipynb",
        code=code("report"),
    output:
        notebook=f"{REPORT}/results.ipynb",
        html=report(
            f"{REPORT}/results.html",
            category="Notebook",
            caption="../report/notebook.rst",
            labels={"content": "Results for reviewers"},
        ),
    log:
        f"{LOGS}/notebook.log",
    script:
        "../scripts/notebook.py"
