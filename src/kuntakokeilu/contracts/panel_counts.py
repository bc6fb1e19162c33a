"""What is known of the person-months beside them: who was left out, and that nothing was lost."""

from __future__ import annotations

import pandera.pandas as pa

from kuntakokeilu.contracts.columns import count, integer, number, released, text
from kuntakokeilu.contracts.panel import SAMPLES

# Each keeps a part of the one before; the first two concern the same persons in every sample.
FLOW_STEPS = (
    "in_extract",
    "ever_job_seeker",
    "in_sample_at_date",
    "resident_when_frozen",
    "municipality_known",
    "age_within",
    "in_sample",
)
# How the right to earnings-related allowance is told; then the three flags of which one suffices.
ELIGIBILITY_DEFINITIONS = (
    "payments",
    "fund",
    "placements",
    "under_30",
    "foreign",
    "no_earnings_right",
)
_STATUS = text("may the counts be shown", values=("ok", "suppressed"))

FLOW = pa.DataFrameSchema(
    {
        "sample": text("sample of person-months", values=SAMPLES),
        "cohort": text("stock month; missing where cohorts are taken together", nullable=True),
        "position": integer("order of the step"),
        "step": text("name of the step; each keeps a part of the one before", values=FLOW_STEPS),
        "n_persons": count("distinct persons left after the step", nullable=False),
        "n_person_months": count("person-months left; missing before they exist"),
    },
    unique=["sample", "cohort", "step"],
    strict=True,
    name="FLOW",
    description=(
        "From persons in the extract to persons in each sample. Written by `panel`, released by "
        "`disclosure`, read by `report`. Restricted."
    ),
)

FLOW_RELEASED = released(
    FLOW,
    "FLOW without counts that are too small. Written by `disclosure`, read by `report`.",
    n_persons=count("distinct persons left after the step; missing if suppressed"),
    n_person_months=count("person-months left; missing if suppressed or not yet made"),
    status=_STATUS,
)

ELIGIBILITY = pa.DataFrameSchema(
    {
        "definition": text(
            "named definition of eligibility, or one of its three flags",
            values=ELIGIBILITY_DEFINITIONS,
        ),
        "in_trial_area": pa.Column(bool, coerce=True, description="lived in a trial area"),
        "n_persons": count("persons of the stock before the start", nullable=False),
        "n_eligible": count("of these, eligible by the definition", nullable=False),
        "n_clients": count("of all, clients of a trial office after the start", nullable=False),
        "n_both": count("eligible and clients", nullable=False),
    },
    unique=["definition", "in_trial_area"],
    strict=True,
    name="ELIGIBILITY",
    description=(
        "How eligibility frozen before the start agrees with who became a client of a trial "
        "office. Written by `panel`, released by `disclosure`, read by `report`. Restricted."
    ),
)

ELIGIBILITY_RELEASED = released(
    ELIGIBILITY,
    "ELIGIBILITY without rows that show too few persons. Written by `disclosure`, read by "
    "`report`.",
    n_persons=count(
        "persons of the stock before the start, the same by every definition; missing if too few"
    ),
    n_eligible=count("of these, eligible by the definition; missing if suppressed"),
    n_clients=count(
        "of all, clients of a trial office, the same by every definition; missing if too few"
    ),
    n_both=count("eligible and clients; missing if suppressed"),
    status=text("may who is eligible be shown", values=("ok", "suppressed")),
)

REACH = pa.DataFrameSchema(
    {
        "name": text("table of facts, or register"),
        "first": integer("first month in which it is known, year * 12 + month - 1"),
        "last": integer("last such month"),
    },
    unique=["name"],
    strict=True,
    name="REACH",
    description=(
        "Months that the registers reach, told from the rows of all persons. Written and read by "
        "`panel`. Restricted."
    ),
)

CONSERVATION = pa.DataFrameSchema(
    {
        "check": text("what is conserved"),
        "before": number("what went in", nullable=False),
        "after": number("what came out", nullable=False),
        "left_out": number("what was left out by a named rule", nullable=False),
    },
    unique=["check"],
    strict=True,
    name="CONSERVATION",
    description=(
        "Person-months and euros in = out + left out, exactly. Written by `panel`, which stops "
        "if one does not add up. Restricted."
    ),
)
