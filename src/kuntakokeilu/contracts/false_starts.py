"""False starts: an effect in windows of earlier time, and where the real one lies among them."""

from __future__ import annotations

import pandera.pandas as pa

from kuntakokeilu.contracts.columns import count, number, released, text
from kuntakokeilu.contracts.results import IDENTIFIED

FALSE_START_INFERENCES = (
    "cluster_area",
    "cluster_municipality",
    "cr2_area",
    "cr2_exact_area",
    "permutation_area",
    "permutation_t_area",
)
# Why an estimate has no false starts, beside the reasons for which a number does not exist.
NO_FALSE_STARTS = ("series", "no_window")
FALSE_START_NUMBERS = ("estimate", "std_error", "degrees_of_freedom", "p_value")
SUMMARY_NUMBERS = (
    "share_rejected",
    "mean",
    "std_dev",
    "rmse",
    "largest",
    "estimate",
    "rank",
    "share_as_large",
    "share_p_as_small",
    "found_rise",
    "found_fall",
    "rmse_over_error",
    "estimate_less_mean",
)
# Does a kind of inference keep its level with the weights of an estimate, where nothing happened?
CALIBRATION = ("acceptable", "too_often", "off_centre", "too_narrow", "undecided")
_SHOWN = ("ok", "not_identified", "suppressed")


def _leading() -> pa.Column:
    return pa.Column(bool, coerce=True, description="does the real estimate follow this kind")


FALSE_STARTS = pa.DataFrameSchema(
    {
        "estimand": text("name of the estimand whose window is moved back"),
        "outcome": text("name of the outcome"),
        "start": text("false start: first period taken for treated, or month of a cohort"),
        "first_period": text("first period of the window"),
        "last_period": text("last period of the window, follow-up included"),
        "inference": text("where the uncertainty comes from", values=FALSE_START_INFERENCES),
        "leading": _leading(),
        "estimate": number("the estimate at the false start, in the unit of the outcome"),
        "std_error": number("standard error; missing of permutations"),
        "degrees_of_freedom": number("as in ESTIMATES: of cr2_exact_area of the interval alone"),
        "p_value": number("two-sided p-value of no effect"),
        "earlier_trials": text(
            "declared earlier trials whose time the window holds a part of, joined by ;",
            nullable=True,
        ),
        "n_persons_min": count("fewest persons in an arm and period of the window"),
        "identified": text("ok, or why the number does not exist", values=IDENTIFIED),
    },
    unique=["estimand", "start", "inference"],
    strict=True,
    name="FALSE_STARTS",
    description=(
        "One row per estimate, false start and kind of inference. Written by `diagnostics`, "
        "released by `disclosure`, read by `report`."
    ),
)

FALSE_STARTS_RELEASED = released(
    FALSE_STARTS,
    "FALSE_STARTS without counts of persons. Released by `disclosure`, read by `report`.",
    without=("n_persons_min",),
    status=text("ok, not_identified or suppressed", values=_SHOWN),
)

FALSE_STARTS_SUMMARY = pa.DataFrameSchema(
    {
        "estimand": text("name of the estimand"),
        "outcome": text("name of the outcome"),
        "inference": text("where the uncertainty comes from", values=FALSE_START_INFERENCES),
        "leading": _leading(),
        "first_start": text("earliest false start", nullable=True),
        "last_start": text("latest false start", nullable=True),
        "n_false_starts": count("false starts with a p-value of this kind", nullable=False),
        "n_apart": count("most windows of them that share no period", nullable=False),
        "n_earlier_trials": count("of them, windows that touch an earlier trial", nullable=False),
        "n_left_out": count("windows left out for touching an earlier trial", nullable=False),
        "share_rejected": number("share of false starts that a test at 5 % calls an effect"),
        "mean": number("mean of the false estimates"),
        "std_dev": number("their standard deviation (n - 1)"),
        "rmse": number("root of their mean square: an estimate of zero is right"),
        "largest": number("largest of them in size"),
        "estimate": number("the real estimate"),
        "rank": count("its place by size among itself and them, 1 the largest"),
        "share_as_large": number("share of false estimates as large in size"),
        "share_p_as_small": number("share of false starts with as small a p-value of this kind"),
        "found_rise": number(
            "smallest rise that, added to the false estimates, is found at four of five of them"
        ),
        "found_fall": number("the same of a fall, as a positive number"),
        "rmse_over_error": number(
            "the root of their mean square over the standard error of the real estimate by this "
            "kind: one, but for chance, where the error is right and nothing moves the arms apart"
        ),
        "estimate_less_mean": number("the real estimate less the mean of the false ones"),
        "calibration": text(
            "does the kind keep its level with these weights: acceptable; too_often; off_centre, "
            "the false estimates lie to one side; too_narrow, they lie farther from zero than the "
            "standard error and chance allow; undecided with too few windows apart",
            values=CALIBRATION,
            nullable=True,
        ),
        "most_rejected": number("largest share of rejections that the study declares sound"),
        "identified": text(
            "ok, or why there are no false starts", values=(*IDENTIFIED, *NO_FALSE_STARTS)
        ),
    },
    unique=["estimand", "inference"],
    strict=True,
    name="FALSE_STARTS_SUMMARY",
    description=(
        "How often each kind of inference finds an effect where there is none, and where the real "
        "estimate lies. Written by `diagnostics`, released by `disclosure`, read by `report`."
    ),
)

FALSE_STARTS_SUMMARY_RELEASED = released(
    FALSE_STARTS_SUMMARY,
    "What may leave of FALSE_STARTS_SUMMARY. Released by `disclosure`, read by `report`.",
    status=text("ok, not_identified or suppressed", values=_SHOWN),
)
