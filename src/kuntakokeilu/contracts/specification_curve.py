"""What all specifications of an outcome say together."""

from __future__ import annotations

import pandera.pandas as pa

from kuntakokeilu.contracts.columns import count, number, released, text

CURVE_STATISTICS = ("median_effect", "share_significant", "share_of_sign")
CURVE_IDENTIFIED = ("ok", "too_few", "mixed_areas", "few_assignments")
CURVE_NUMBERS = ("value", "expected", "p_value")

SPECIFICATION_CURVE_TEST = pa.DataFrameSchema(
    {
        "study": text("name of the study"),
        "outcome": text("name of the outcome"),
        "statistic": text(
            "median_effect: median of the estimates; share_significant: largest share that is "
            "significant at 5 % with one sign; share_of_sign: share with the more frequent sign",
            values=CURVE_STATISTICS,
        ),
        "value": number("of the areas that were treated; the median in `unit`, shares from 0 to 1"),
        "expected": number("mean over the deals, of the median its mean absolute value"),
        "p_value": number(
            "share of deals of treatment over areas with as large a statistic, the same deals for "
            "all specifications; two-sided"
        ),
        "unit": text("unit of the estimates"),
        "n_specifications": count("specifications in the test", nullable=False),
        "n_left_out": count(
            "specifications that cannot be dealt: balanced ones, and those without an estimate",
            nullable=False,
        ),
        "n_areas": count("areas over which treatment is dealt", nullable=False),
        "n_draws": count("deals", nullable=False),
        "identified": text("ok, or why there is no test", values=CURVE_IDENTIFIED),
    },
    unique=["outcome", "statistic"],
    strict=True,
    name="SPECIFICATION_CURVE_TEST",
    description=(
        "Joint tests of the specifications of one question. Written by `estimation`, read by "
        "`disclosure`. Restricted."
    ),
)

SPECIFICATION_CURVE_TEST_RELEASED = released(
    SPECIFICATION_CURVE_TEST,
    "Joint tests of the specifications of one question. Released by `disclosure`, read by "
    "`report`.",
    status=text(
        "ok, suppressed with one of its estimates, or not_identified",
        values=("ok", "suppressed", "not_identified"),
    ),
)
