"""What candidate designs find: where nothing happened, in the trial, and in each of its areas."""

from __future__ import annotations

import pandera.pandas as pa

from kuntakokeilu.contracts.columns import count, number, released, text

CANDIDATES = (
    "two_way",
    "size_by_period",
    "covariates_by_period",
    "entropy_balanced",
    "doubly_robust",
    "synthetic_control",
    "augmented_control",
    "synthetic_did",
    "interactive_effects",
)
# Their p-value is a share of placebo sets, and leads; their interval is normal, from the spread.
BY_PLACEBO = ("synthetic_control", "augmented_control", "synthetic_did", "interactive_effects")
BY_AREA = ("synthetic_control", "augmented_control", "synthetic_did")
JUDGED_IDENTIFIED = (
    "ok",
    "no_data",
    "no_trial",
    "no_control",
    "no_pre_period",
    "no_post_period",
    "no_variation",
    "unbalanced",
    "no_covariates",
    "no_balance",
    "few_periods",
    "too_few_areas",
    "too_few_controls",
    "no_comparable_control",
)
JUDGED_INFERENCES = ("cluster_area", "cr2_area", "cr2_exact_area", "placebo_areas")
_STATUS = ("ok", "not_identified", "suppressed")

DESIGNS_JUDGED = pa.DataFrameSchema(
    {
        "estimand": text("the estimand whose arms, weights and length of window are taken"),
        "outcome": text("name of the outcome"),
        "weights": text("how units are weighted"),
        "candidate": text("the design", values=CANDIDATES),
        "n_starts": count("false starts with an estimate", nullable=False),
        "n_apart": count("of these, as many as do not share periods", nullable=False),
        "first_start": text("first false start; missing if none", nullable=True),
        "last_start": text("last false start; missing if none", nullable=True),
        "rmse": number("root mean squared estimate over the false starts, in `unit`"),
        "bias": number("mean estimate over the false starts, in `unit`"),
        "rejected": number("share of the false starts with p < 0.05, of a design with a t"),
        "as_large": number("share of the false starts with an estimate at least as far from zero"),
        "favoured": pa.Column(
            bool, coerce=True, description="has it the smallest rmse of the estimand's designs"
        ),
        "estimate": number("estimate at the real start, in `unit`"),
        "std_error": number(
            "its standard error: by area, or of a synthetic design from placebo areas"
        ),
        "ci_low": number("lower end of its 95 % interval"),
        "ci_high": number("upper end of its 95 % interval"),
        "p_value": number("two-sided p-value of no effect"),
        "inference": text(
            "where error and p-value come from: the kind by area that leads such an estimate, or "
            "placebo_areas; missing without one",
            values=JUDGED_INFERENCES,
            nullable=True,
        ),
        "unit": text("unit of the estimate"),
        "n_trial": count("trial units seen in all periods", nullable=False),
        "n_control": count("control units seen in all periods", nullable=False),
        "n_persons_min": count("fewest persons in an arm and period behind the number"),
        "identified": text("ok, or why there is no number", values=JUDGED_IDENTIFIED),
    },
    unique=["estimand", "candidate"],
    strict=True,
    name="DESIGNS_JUDGED",
    description=(
        "Candidate designs, estimated as if the trial had begun in earlier years, and in the "
        "trial. Written by `diagnostics`, read by `disclosure`. Restricted."
    ),
)
JUDGED_NUMBERS: tuple[str, ...] = (
    "rmse",
    "bias",
    "rejected",
    "as_large",
    "estimate",
    "std_error",
    "ci_low",
)
JUDGED_NUMBERS += ("ci_high", "p_value")

DESIGNS_JUDGED_RELEASED = released(
    DESIGNS_JUDGED,
    "DESIGNS_JUDGED with a status. Released by `disclosure`, read by `report`.",
    without=("n_persons_min",),
    status=text("may the numbers be used", values=_STATUS),
)

SYNTHETIC_AREAS = pa.DataFrameSchema(
    {
        "estimand": text("the estimand whose units, weights and window are taken"),
        "outcome": text("name of the outcome"),
        "area": text("trial area"),
        "candidate": text("the design", values=BY_AREA),
        "estimate": number("effect in the area, in `unit`"),
        "distance_before": number(
            "root mean squared gap between the area and its comparison before the start, around "
            "the mean gap"
        ),
        "ratio": number("root mean squared gap after the start over that before it"),
        "p_value": number(
            "share of the areas, controls among them, whose ratio is at least as large"
        ),
        "p_adjusted": number(
            "the same adjusted for the number of areas with one, by the same design (Holm)"
        ),
        "n_donors": count("control units with at least a hundredth of the weight"),
        "largest_donor": text("control unit with the largest weight", nullable=True),
        "largest_weight": number("its weight"),
        "unit": text("unit of the estimate"),
        "n_persons_min": count("fewest persons of the area in a period"),
        "identified": text("ok, or why there is no number", values=JUDGED_IDENTIFIED),
    },
    unique=["estimand", "area", "candidate"],
    strict=True,
    name="SYNTHETIC_AREAS",
    description=(
        "Each trial area against a mixture of controls that moved like it before the start. "
        "Written by `diagnostics`, read by `disclosure`. Restricted."
    ),
)
SYNTHETIC_NUMBERS: tuple[str, ...] = ("estimate", "distance_before", "ratio", "p_value")
SYNTHETIC_NUMBERS += ("p_adjusted", "largest_weight")

SYNTHETIC_AREAS_RELEASED = released(
    SYNTHETIC_AREAS,
    "SYNTHETIC_AREAS with a status. Released by `disclosure`, read by `report`.",
    without=("n_persons_min",),
    status=text("may the numbers be used", values=_STATUS),
)
