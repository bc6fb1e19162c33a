"""What was planned before the data were seen, beside what was done."""

from __future__ import annotations

import pandera.pandas as pa

from kuntakokeilu.contracts.columns import released, text

# Of an estimate in a study: as locked, changed since, added later, or of a plan without a lock.
PLANNED = ("locked", "changed", "added", "not_locked")
PLAN_KINDS = (
    "estimand",
    "outcome",
    "covariate",
    "ratio",
    "total",
    "combination",
    "promise",
    "setting",
)
DONE = ("done", "not_identified", "suppressed", "not_done")

PLAN = pa.DataFrameSchema(
    {
        "item": text("name of an estimand, outcome, ratio, total, combination or setting"),
        "kind": text("which of these it is", values=PLAN_KINDS),
        "plan": text(
            "is it as it was locked; dropped: planned, and no longer asked",
            values=("locked", "changed", "added", "dropped"),
        ),
        "changes": text("changed fields, from what to what, joined by ;", nullable=True),
        **{
            f"reason_{code}": text(f"why it is not as planned, in {name}", nullable=True)
            for code, name in (("fi", "Finnish"), ("sv", "Swedish"), ("en", "English"))
        },
    },
    unique=["kind", "item"],
    strict=True,
    name="PLAN",
    description="What is asked beside what was locked; of config/ alone. Written by `disclosure`.",
)

PLAN_RELEASED = released(
    PLAN,
    "What was planned, whether it is as planned, and whether it was done. Released by "
    "`disclosure`, read by `report`; only of a study with a locked plan.",
    done=text("is there a number, or why not; done of what is no number", values=DONE),
)
