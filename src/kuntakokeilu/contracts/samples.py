"""Whose persons an estimate compares: what lets counts of two samples be held together."""

from __future__ import annotations

import pandera.pandas as pa

from kuntakokeilu.contracts.columns import count, text

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
    },
    unique=["estimand", "population", "unit"],
    strict=True,
    name="SAMPLES_COMPARED",
    description=(
        "Persons of each unit behind the counts of an estimate. Written by `estimation`, read by "
        "`disclosure`. Restricted."
    ),
)
