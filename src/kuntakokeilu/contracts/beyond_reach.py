"""Which trial units a comparison leaves out because no control is like them."""

from __future__ import annotations

import pandera.pandas as pa

from kuntakokeilu.contracts.columns import text

BEYOND = ("larger", "smaller", "far")

BEYOND_REACH = pa.DataFrameSchema(
    {
        "comparison": text("name of the comparison in study.yaml"),
        "unit": text("trial unit left out"),
        "area": text("its trial area", nullable=True),
        "reason": text(
            "larger or smaller than every control, or far from every control in covariates",
            values=BEYOND,
        ),
    },
    unique=["comparison", "unit"],
    strict=True,
    name="BEYOND_REACH",
    description=(
        "Trial units for which no effect is identified, since no control is like them before the "
        "start. Written by `diagnostics`, released by `disclosure`, read by `report`."
    ),
)
