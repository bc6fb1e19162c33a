rule notebook:
    input:
        release=PLAN.released,
        labels=PLAN.labels,
        calendar=PLAN.calendar,
        clients=PLAN.clients,
        outlines=PLAN.outlines,
        # The one page that may know the truth of a synthetic twin.
        truth=lambda wildcards: (
            [f"{RESTRICTED}/truth.parquet"] if wildcards.notebook == "validation" else []
        ),
        template="workflow/notebooks/{notebook}.ipynb",
        code=code("notebook"),
    output:
        notebook=f"{REPORT}/{{notebook}}.ipynb",
        html=report(
            f"{REPORT}/{{notebook}}.html",
            category="Notebooks",
            caption="../report/notebook.rst",
            labels=lambda wildcards: {"page": REPORTS.page_titles[wildcards.notebook]},
        ),
        annex=report(
            f"{REPORT}/{{notebook}}_annex.html",
            category="Annexes",
            caption="../report/notebook.rst",
            labels=lambda wildcards: {"page": REPORTS.page_titles[wildcards.notebook]},
        ),
    log:
        f"{LOGS}/notebook_{{notebook}}.log",
    wildcard_constraints:
        notebook="|".join(REPORTS.pages),
    params:
        spec={
            "notebooks": REPORTS.pages,
            "settings": REPORTS.settings,
        },
    message:
        f"Running the notebook {{wildcards.notebook}} of {STUDY.name}"
    script:
        "../scripts/notebook.py"


# One page for decision makers, set with fonts of its own: nothing of this machine is in it.
rule brief:
    input:
        release=PLAN.released,
        labels=PLAN.labels,
        outlines=PLAN.outlines,
        grades="config/brief_grades.csv",
        centres="config/municipality_centres.csv",
        template="src/kuntakokeilu/report/brief/brief.typ",
        code=code("brief"),
    output:
        **{f"{form}_{language}": brief_page(form, language) for form, language in REPORTS.briefs},
    log:
        f"{LOGS}/brief.log",
    params:
        settings=REPORTS.settings,
        links=REPORTS.brief_links,
    message:
        f"Writing the brief of {STUDY.name} in three languages"
    script:
        "../scripts/brief.py"


# What the main pages have no room for, an outcome a page; its pictures are those of `figures`.
rule outcome_pages:
    input:
        release=PLAN.released,
        labels=PLAN.labels,
        code=code("outcome_pages"),
    output:
        [
            report(
                path,
                category="Outcomes",
                caption="../report/outcome.rst",
                labels={"outcome": name},
            )
            for name, path in REPORTS.outcome_pages.items()
        ],
    log:
        f"{LOGS}/outcome_pages.log",
    params:
        outcomes=list(REPORTS.outcome_pages),
        names=REPORTS.pages,
        figures=REPORTS.figures,
    message:
        f"Writing the pages of the outcomes of {STUDY.name}"
    script:
        "../scripts/outcome_pages.py"


# Where each number comes from, below an anchor of its name, for links from all other pages.
rule trace:
    input:
        release=PLAN.released,
        labels=PLAN.labels,
        code=code("trace"),
    output:
        **{language: trace_page(language) for language in REPORTS.trace_pages},
    log:
        f"{LOGS}/trace.log",
    params:
        names=REPORTS.pages,
    message:
        f"Writing where the numbers of {STUDY.name} come from"
    script:
        "../scripts/trace.py"
