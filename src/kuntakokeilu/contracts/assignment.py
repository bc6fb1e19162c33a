"""How tests from the assignment were made, and how p-values of a family hold together."""

from __future__ import annotations

import pandera.pandas as pa

from kuntakokeilu.contracts.columns import count, number, released, text
from kuntakokeilu.contracts.results import INFERENCES

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

MULTIPLICITY = pa.DataFrameSchema(
    {
        "family": text("the numbers that are read together: a domain, or a stratification"),
        "numbers": text(
            "main: main effects of a domain; subgroup: effects by stratum",
            values=("main", "subgroup"),
        ),
        "estimand": text("name of the estimand"),
        "stratum": text("the subgroup; missing of a main effect", nullable=True),
        "p_value": number("of the number alone: that of the leading row"),
        "romano_wolf": number(
            "p-value adjusted for the largest t of the family, stepwise, draws having the degrees "
            "of freedom of each number; main effects only"
        ),
        "westfall_young": number(
            "p-value adjusted for the smallest p-value of the family, stepwise, which words and "
            "stars follow; main effects only"
        ),
        "q_value": number(
            "sharpened false discovery rate at which the number is found, which may lie below its "
            "p-value; subgroups only"
        ),
        "n_family": count("numbers of the family", nullable=False),
        "n_clusters": count("clusters over which they were drawn together"),
        "draws": count("draws of all of them together; 0 if nothing was drawn", nullable=False),
    },
    unique=["family", "numbers", "estimand", "stratum"],
    strict=True,
    name="MULTIPLICITY",
    description=(
        "p-values of several numbers at once. Written by `estimation`, read by `disclosure`."
    ),
)

MULTIPLICITY_RELEASED = released(
    MULTIPLICITY,
    "MULTIPLICITY without numbers of suppressed estimates. Written by `disclosure`, read by "
    "`report`.",
)
