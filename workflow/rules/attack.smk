# The end of a run: an attacker with nothing but what would leave tries to work out what is hidden.
rule attack:
    input:
        results=EVERYTHING,
        code=code("attack"),
    output:
        f"{RESTRICTED}/attack.json",
    log:
        f"{LOGS}/attack.log",
    params:
        spec=attack_spec(PLAN),
    message:
        f"Trying to work out what {STUDY.name} hides"
    script:
        "../scripts/attack.py"
