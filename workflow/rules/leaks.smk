# The end of a run: all that it wrote is looked through for what must not leave.
LEAK_SCAN = leak_scan(PLAN)


rule leaks:
    input:
        results=EVERYTHING,
        ids=list(LEAK_SCAN["ids"]),
        code=code("leaks"),
    output:
        f"{RESTRICTED}/leaks.json",
    log:
        f"{LOGS}/leaks.log",
    params:
        spec=LEAK_SCAN,
    message:
        f"Looking through what {STUDY.name} wrote for ids, paths and names"
    script:
        "../scripts/leaks.py"
