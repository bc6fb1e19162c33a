"""Whose persons an estimate compares: what lets counts of two samples be held together."""

from __future__ import annotations

from collections.abc import Iterable

import pandera.pandas as pa

from kuntakokeilu.contracts.columns import count, number, text

SAMPLES_COMPARED = pa.DataFrameSchema(
    {
        "estimand": text("the estimand"),
        "population": text("who is counted; an estimand with a contrast has two"),
        "unit": text("a unit of its comparison"),
        "used": pa.Column(bool, coerce=True, description="is the unit in the sample"),
        "n_persons": count("its persons, once in each cohort; missing if unpublished"),
        "total": pa.Column(
            float,
            nullable=True,
            required=False,
            coerce=True,
            description="the outcome added up over its persons and periods, of used units",
        ),
        "before": pa.Column(
            str,
            nullable=True,
            required=False,
            coerce=True,
            description="of a trial unit in the sample: its first and last period before the start "
            "and how many there are; missing of all others",
        ),
        "n_before": pa.Column(
            "Int64",
            pa.Check.ge(0),
            nullable=True,
            required=False,
            coerce=True,
            description="its persons in these periods, once in each cohort",
        ),
        "mean_before": pa.Column(
            float,
            nullable=True,
            required=False,
            coerce=True,
            description="its mean over these periods",
        ),
    },
    unique=["estimand", "population", "unit"],
    strict=True,
    name="SAMPLES_COMPARED",
    description=(
        "Persons of each unit behind the counts of an estimate. Written by `estimation`, read by "
        "`disclosure`. Restricted."
    ),
)

COVERED = pa.DataFrameSchema(
    {
        "outcome": text("name of the outcome"),
        "population": text("who is counted"),
        "arm": text("trial or control", values=("trial", "control")),
        "period": text("calendar time, as in COVERAGE"),
        "unit": text("a unit with a value"),
        "n_persons": count("its persons; missing if unpublished"),
        "mean": number("its value", nullable=False),
    },
    unique=["outcome", "arm", "period", "unit"],
    strict=True,
    name="COVERED",
    description=(
        "The units that each mean of COVERAGE is over. Written by `diagnostics`, read by "
        "`disclosure`. Restricted."
    ),
)


def span_text(periods: Iterable[object]) -> str:
    """Write down periods in time, as `before` of SAMPLES_COMPARED has them.

    Examples
    --------
    >>> span_text(["2019-03", "2019-02", "2019-03"])
    '2019-02/2019-03/2'
    """
    texts = sorted({str(each) for each in periods})
    return f"{texts[0]}/{texts[-1]}/{len(texts)}"
