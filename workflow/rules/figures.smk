rule figure:
    input:
        release=RELEASED,
        labels=LABELS,
        calendar=figure_sources("window_chart", CALENDAR),
        outlines=figure_sources("area_map", OUTLINES),
        mergers=figure_sources("area_map", CLASSIFICATION[1:]),
        code=code("report"),
    output:
        **drawn("fi"),
        **drawn("sv"),
        **drawn("en"),
        data=f"{REPORT}/figures/{{figure}}.csv",
    log:
        f"{LOGS}/figure_{{figure}}.log",
    wildcard_constraints:
        figure="|".join(map(re.escape, FIGURES)),
    params:
        kind=lambda wildcards: FIGURES[wildcards.figure][0],
        of=lambda wildcards: FIGURES[wildcards.figure][1],
        code=STUDY.settings.map.code if STUDY.settings.map else "",
        captions=figure_captions,
    message:
        f"Drawing {{wildcards.figure}} of {STUDY.name}"
    script:
        "../scripts/figure.py"
