# One job draws all figures of a kind: starting Python for each would take as long again.


def in_report(file):
    """Name a picture that goes into the report, with its title there; any other file as it is."""
    if not file.language:
        return file.path
    return report(
        file.path,
        category="Figures",
        subcategory=REPORTS.readers[file.language].say("figure.language"),
        caption=f"../report/figure_{file.language}.rst",
        labels={"figure": file.title},
    )


for _kind in REPORTS.figures:

    rule:
        name:
            f"figures_{_kind}"
        input:
            **REPORTS.inputs_of(_kind),
            release=PLAN.released,
            labels=PLAN.labels,
            code=code("figures"),
        output:
            [in_report(file) for file in REPORTS.drawn(_kind)],
        log:
            f"{LOGS}/figures_{_kind}.log",
        params:
            kind=_kind,
            of=REPORTS.figures[_kind],
            settings=REPORTS.settings,
            captions=REPORTS.captions(_kind),
        message:
            f"Drawing the figures of {STUDY.name}: {_kind}"
        script:
            "../scripts/figures.py"
