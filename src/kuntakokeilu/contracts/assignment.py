"""How tests from the assignment were made, and how p-values of a family hold together."""

from __future__ import annotations

import pandera.pandas as pa

from kuntakokeilu.contracts.columns import count, number, released, text
from kuntakokeilu.contracts.results import INFERENCES, STATUSES

# Why a kind of inference has no number.
ASSIGNMENT_REASONS = (
    "ok",
    "one_cluster",
    "mixed_starts",
    "no_sizes",
    "no_band",
    "no_applicants",
    "few_assignments",
    "averages",
    "rounding",
    "balanced",
    "unbalanced_panel",
    "no_weights",
    "several_starts",
    "few_controls",
    "no_weight",
    "few_periods",
    "not_positive",
    "no_map",
)

ASSIGNMENT = pa.DataFrameSchema(
    {
        "study": text("name of the study"),
        "estimand": text("the estimand that is tested"),
        "inference": text("kind of inference", values=INFERENCES),
        "estimate": number(
            "the number that is tested: that of all areas, or of those that have a match"
        ),
        "draws": count("assignments, or changes of areas, that were drawn"),
        "n_dealt": count("areas among which the treatment is re-drawn"),
        "n_treated": count("of these, treated ones"),
        "n_bands": count("bands of size in which it is re-drawn"),
        "assignments": number("different assignments that there are; many are cut at 6e14"),
        "n_fixed": count("areas that stay as they are: none of the other arm is in their band"),
        "fixed": text("treated areas among these, joined by ;", nullable=True),
        "reason": text("ok, or why there is no number", values=ASSIGNMENT_REASONS),
    },
    unique=["estimand", "inference"],
    strict=True,
    name="ASSIGNMENT",
    description=(
        "Who is re-drawn among whom, and which kinds of inference an estimate cannot have. Written "
        "by `estimation`, read by `disclosure`."
    ),
)

ASSIGNMENT_RELEASED = released(
    ASSIGNMENT,
    "ASSIGNMENT without what belongs to suppressed estimates. Written by `disclosure`, read by "
    "`report`.",
)
