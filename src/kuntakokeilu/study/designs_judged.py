"""Which designs a study holds against years in which nothing happened."""

from __future__ import annotations

from typing import Self

from pydantic import Field
from pydantic import model_validator as validate_model

from kuntakokeilu.facts.basics import Closed, EstimandName, PeriodText, Text


class DesignsJudged(Closed):
    """Candidate designs, estimated as if the trial had started in earlier years."""

    estimands: list[EstimandName] = Field(
        min_length=1,
        description="estimands whose arms, weights and length of window are taken; each is of two-"
        "way fixed effects without covariates",
    )
    first_period: PeriodText = Field(description="first period of the years before the trial")
    every: int = Field(default=1, ge=1, description="periods from one false start to the next")
    size: Text = Field(description="the covariate that is size, for effects of size by period")
    covariates: list[Text] = Field(
        min_length=1,
        description="covariates by period, of entropy balancing and of the doubly robust design; "
        "slow ones, since they are those of the real start at every false one",
    )
    draws: int = Field(
        default=200,
        ge=20,
        le=9999,
        description="placebo sets of control areas behind the standard errors of synthetic designs",
    )

    @validate_model(mode="after")
    def _named_once(self) -> Self:
        for name in ("estimands", "covariates"):
            values = getattr(self, name)
            if len(set(values)) < len(values):
                raise ValueError(f"{name}: a name stands there twice")
        return self
