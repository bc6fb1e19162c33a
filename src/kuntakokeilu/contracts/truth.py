"""What is true of a synthetic twin, which nothing but a test and one notebook may know."""

from __future__ import annotations

import pandera.pandas as pa

from kuntakokeilu.contracts.columns import integer, number, text

TRUTH = pa.DataFrameSchema(
    {
        "estimand": text("name of the estimand"),
        "term": text("what the row is about"),
        "event_time": integer("bins since the start"),
        "window": text("name of the calendar window", nullable=True),
        "truth": number("mean difference of the trial units' cells with and without the trial"),
    },
    unique=["estimand", "term", "event_time", "window"],
    strict=True,
    name="TRUTH",
    description=(
        "True effects on the synthetic twin. Read by tests and the validation notebook only."
    ),
)
