"""How far the assumption behind an estimate may fail: bounds, power before the start, margins."""

from __future__ import annotations

import pandera.pandas as pa

from kuntakokeilu.contracts.columns import count, number, released, text
from kuntakokeilu.contracts.results import IDENTIFIED, INFERENCES, STATUSES

RESTRICTIONS = ("relative_magnitudes", "smoothness")
PRE_TREND_TESTS = ("any", "joint")
BOUNDS_IDENTIFIED = (
    *IDENTIFIED,
    "no_inference",
    "one_cluster",
    "too_few_clusters",
    "too_few_pre_periods",
    "too_many_bins",
)
BOUNDS_NUMBERS = (
    *("bound", "estimate", "std_error", "ci_low", "ci_high", "breakdown", "degrees_of_freedom"),
    *("seen", "n_before", "n_after", "last_bin", "last_bin_std_error", "without_drift"),
)
POWER_NUMBERS = ("slope", "bias", "estimate")
EQUIVALENCE_NUMBERS = ("estimate", "p_value", "ci_low", "ci_high", "equivalent")

_OF_ESTIMAND = {
    "estimand": text("name of the estimand"),
    "outcome": text("name of the outcome"),
    "unit": text("unit of the estimate"),
}

BOUNDS = pa.DataFrameSchema(
    {
        **_OF_ESTIMAND,
        "restriction": text(
            "relative_magnitudes: from what is compared with to the first bin after the start, and "
            "from one bin to the next after it, the arms drift apart at most `bound` times as much "
            "as they ever did from bin to bin before it; smoothness: their drift bends by at most "
            "`bound` from bin to bin",
            values=RESTRICTIONS,
        ),
        "declared": number("value of the bound that the study declares"),
        "bound": number("the bound itself: a multiple, or in the outcome's unit"),
        "estimate": number(
            "mean effect after the start from the event study, relative to what the estimate "
            "compares with: the mean of the bins before the start, or the last of them"
        ),
        "std_error": number("its standard error, by area"),
        "last_bin": number("the same relative to the last bin before the start alone"),
        "last_bin_std_error": number("its standard error, by area"),
        "without_drift": number(
            "smoothness: the estimate less the drift that the time before predicts, the middle of "
            "the interval; at a bound of 0 that of a straight line"
        ),
        "ci_low": number("lower end of the 95 % interval under the restriction"),
        "ci_high": number("upper end of the 95 % interval under the restriction"),
        "breakdown": number("largest bound at which the interval leaves out zero"),
        "seen": number(
            "largest change, or bend, of the difference from bin to bin before the start, in the "
            "outcome's unit"
        ),
        "degrees_of_freedom": number("of the leading row, for which the covariance is widened"),
        "inference": text("kind of inference that the covariance is of", values=INFERENCES),
        "periods_per_bin": count("periods in a bin", nullable=False),
        "n_before": count("bins before the one that is compared with"),
        "n_after": count("bins from the start on"),
        "identified": text("ok, or why there are no bounds", values=BOUNDS_IDENTIFIED),
    },
    unique=["estimand", "restriction", "declared"],
    strict=True,
    name="BOUNDS",
    description=(
        "What each main estimate says if the arms would have drifted apart. Written by "
        "`diagnostics`, released by `disclosure`. Restricted."
    ),
)

PRE_TREND_POWER = pa.DataFrameSchema(
    {
        **_OF_ESTIMAND,
        "test": text(
            "any: is any bin before the start different by itself; joint: are they all together",
            values=PRE_TREND_TESTS,
        ),
        "power": number("chance to find the drift", nullable=False),
        "slope": number("drift of the arms a year that is found so often, in the outcome's unit"),
        "bias": number("what it would add to the estimate, had it gone on after the start"),
        "estimate": number("the estimate itself, for comparison; missing of several effects"),
        "identified": text("ok, or why the power is not known", values=BOUNDS_IDENTIFIED),
    },
    unique=["estimand", "test", "power"],
    strict=True,
    name="PRE_TREND_POWER",
    description=(
        "Which drift tests before the start would have found. Written by `diagnostics`, released "
        "by `disclosure`. Restricted."
    ),
)

EQUIVALENCE = pa.DataFrameSchema(
    {
        **_OF_ESTIMAND,
        "margin": number("effects no larger than this are as good as none", nullable=False),
        "estimate": number("the estimate"),
        "p_value": number("larger of the two one-sided p-values that it is beyond the margin"),
        "ci_low": number("lower end of the 90 % interval"),
        "ci_high": number("upper end of the 90 % interval"),
        "equivalent": pa.Column(
            "boolean",
            nullable=True,
            coerce=True,
            description="is the effect found to be no larger than the margin",
        ),
        "identified": text("ok, or why there is no test", values=BOUNDS_IDENTIFIED),
    },
    unique=["estimand"],
    strict=True,
    name="EQUIVALENCE",
    description=(
        "Which effects are no larger than a margin declared for the outcome. Written by "
        "`diagnostics`, released by `disclosure`. Restricted."
    ),
)

BOUNDS_RELEASED, PRE_TREND_POWER_RELEASED, EQUIVALENCE_RELEASED = (
    released(
        schema,
        f"{schema.name} with a verdict. Written by `disclosure`, read by `report`.",
        status=text("may the numbers be used", values=STATUSES),
    )
    for schema in (BOUNDS, PRE_TREND_POWER, EQUIVALENCE)
)
