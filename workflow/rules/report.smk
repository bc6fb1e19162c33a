rule results_table:
    input:
        release=RELEASED,
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
    message:
        f"Writing the table of {STUDY.name}"
    script:
        "../scripts/results_table.py"


rule forest:
    input:
        release=RELEASED,
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
    params:
        leave_one_out=False,
    message:
        f"Drawing the forest of {STUDY.name}"
    script:
        "../scripts/forest.py"


rule leave_one_out:
    input:
        release=RELEASED,
        code=code("report"),
    output:
        svg=report(
            f"{REPORT}/leave_one_out.svg",
            category="Figures",
            caption="../report/leave_one_out.rst",
            labels={"content": "One area left out at a time"},
        ),
        png=f"{REPORT}/leave_one_out.png",
        data=f"{REPORT}/leave_one_out.csv",
    log:
        f"{LOGS}/leave_one_out.log",
    params:
        leave_one_out=True,
    message:
        f"Drawing the effects with one area left out of {STUDY.name}"
    script:
        "../scripts/forest.py"


rule event_study:
    input:
        release=RELEASED,
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
    message:
        f"Drawing the event study {{wildcards.estimand}} of {STUDY.name}"
    script:
        "../scripts/event_study.py"


rule notebook:
    input:
        release=RELEASED,
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
    message:
        f"Running the notebook for reviewers of {STUDY.name}"
    script:
        "../scripts/notebook.py"
