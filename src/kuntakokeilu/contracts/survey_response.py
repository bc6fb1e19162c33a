"""Who answered a survey: by wave and arm, before any outcome is looked at."""

from __future__ import annotations

import pandera.pandas as pa

from kuntakokeilu.contracts.columns import count, number, released, text

SURVEY_ARMS = ("trial", "control", "all")
SURVEY_NUMBERS = (
    "n_asked",
    "n_answered",
    "response_rate",
    "response_rate_weighted",
    "difference",
    "difference_std_error",
    "effective_size",
    "alpha",
)

SURVEY_RESPONSE = pa.DataFrameSchema(
    {
        "wave": text("month of the wave, YYYY-MM"),
        "arm": text("where those asked lived before the start", values=SURVEY_ARMS),
        "n_asked": count("persons asked"),
        "n_answered": count("of these, persons who answered"),
        "response_rate": number("per cent of those asked"),
        "response_rate_weighted": number("per cent of the persons whom those asked stand for"),
        "difference": number(
            "weighted response rate less that of the control arm, in percentage points; of the "
            "trial arm only"
        ),
        "difference_std_error": number("its standard error, clustered by area"),
        "effective_size": number(
            "answers of equal weight that would be as precise: (sum w)^2 / sum w^2"
        ),
        "alpha": number("Cronbach's alpha of the items, of those who answered all"),
    },
    unique=["wave", "arm"],
    strict=True,
    name="SURVEY_RESPONSE",
    description=(
        "Response to a survey by wave and arm. Written by `panel`, released by `disclosure`. "
        "Restricted."
    ),
)

SURVEY_RESPONSE_RELEASED = released(
    SURVEY_RESPONSE,
    "SURVEY_RESPONSE without waves of too few persons. Written by `disclosure`.",
    status=text("may the numbers be shown", values=("ok", "suppressed")),
)
