# Which tables ratios, totals and combinations are made of.


def outcomes_of(estimands):
    """Name the outcomes of estimands."""
    return sorted({name.partition(".")[0] for name in estimands})


def pair_inputs(rows, first, second):
    """Name the estimates and influence functions of two estimands in each row."""
    outcomes = outcomes_of(getattr(row, name) for row in rows.values() for name in (first, second))
    return {kind: of_domains(kind, outcomes) for kind in ("estimates", "influence")}


# Estimands whose person-months are counted.
COUNTED = sorted({t.estimand for t in STUDY.money.totals.values() if t.quantity != "per_person"})
