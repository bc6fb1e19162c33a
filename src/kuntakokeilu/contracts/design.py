"""What is known of a design before its data are seen."""

from __future__ import annotations

import pandera.pandas as pa

from kuntakokeilu.contracts.columns import count, number, released, text

DESIGN_QUANTITIES = (
    "std_error",
    "degrees_of_freedom",
    "detectable",
    "spread",
    "detectable_history",
    "power",
    "power_history",
    "size",
)
LIMIT_KINDS = ("outcome", "estimand", "area")

DESIGN = pa.DataFrameSchema(
    {
        "estimand": text("a main estimand of the study"),
        "outcome": text("its outcome"),
        "weights": text("how units are weighted"),
        "unit": text("unit of effects"),
        "quantity": text(
            "std_error, degrees_of_freedom and detectable: of the leading inference, median over "
            "the false starts; spread: standard deviation of the false starts' estimates; "
            "detectable_history: smallest effect found in 80 % of them; power and power_history: "
            "probability that `effect` is found, from the noncentral t and as a share of the false "
            "starts; size: share of the false starts with a p-value below 5 %",
            values=DESIGN_QUANTITIES,
        ),
        "inference": text("kind of inference; of sizes", nullable=True),
        "effect": number("true effect, in `unit`; of powers"),
        "value": number("the quantity; shares from 0 to 1"),
        "n_starts": count("false starts behind it", nullable=False),
        "n_before": count("periods before each false start", nullable=False),
        "n_after": count("periods from each false start on", nullable=False),
        "n_persons_min": count("fewest persons in an arm and period behind it"),
    },
    unique=["estimand", "quantity", "inference", "effect"],
    strict=True,
    name="DESIGN",
    description=(
        "Detectable effects, power and size of inference from data before the start alone. "
        "Written by `diagnostics`, read by `disclosure`. Restricted."
    ),
)
DESIGN_RELEASED = released(
    DESIGN,
    "DESIGN without counts of persons. Written by `disclosure`, read by `report`.",
    without=("n_persons_min",),
    status=text("ok or suppressed", values=("ok", "suppressed")),
)
DESIGN_LIMITS = pa.DataFrameSchema(
    {
        "kind": text("what cannot be told", values=LIMIT_KINDS),
        "item": text("name of an outcome, estimand or trial area"),
        "beside": text("estimand or comparison in which that is so", nullable=True),
        "reason": text(
            "no_comparable_control and no_weight of areas; else as `identified` of ESTIMATES, or "
            "balance: each false start would need weights of its own; no_window: none fits between "
            "the cohorts before the start"
        ),
    },
    unique=["kind", "item", "beside", "reason"],
    strict=True,
    name="DESIGN_LIMITS",
    description="What a design cannot identify. Written by `diagnostics`, read by `report`.",
)
