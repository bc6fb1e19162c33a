# One job draws all figures of a kind: starting Python for each would take as long again.
for _kind in (kind for kind, names in PLANNED.items() if names):

    rule:
        name:
            f"figures_{_kind}"
        input:
            release=PLAN.released,
            labels=PLAN.labels,
            calendar=PLAN.calendar if _kind in ("window_chart", "event_study") else [],
            outlines=PLAN.outlines if _kind == "area_map" else [],
            code=REPORT_CODE,
        output:
            drawn(_kind),
        log:
            f"{LOGS}/figures_{_kind}.log",
        params:
            kind=_kind,
            of=PLANNED[_kind],
            code=STUDY.settings.map.code if STUDY.settings.map else "",
            captions={
                code: reader.say(f"figure.{_kind}.caption") for code, reader in READERS.items()
            },
        message:
            f"Drawing the figures of {STUDY.name}: {_kind}"
        script:
            "../scripts/figures.py"
