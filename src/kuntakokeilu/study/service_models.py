"""What a study asks about its trial areas one by one."""

from __future__ import annotations

from typing import Self

from pydantic import Field
from pydantic import model_validator as validate_model

from kuntakokeilu.facts.basics import Closed, EstimandName, Name


class ServiceModels(Closed):
    """What a study asks about its trial areas one by one."""

    estimands: list[EstimandName] = Field(
        min_length=1, description="estimands whose effect is estimated for each trial area"
    )
    features: list[Name] = Field(
        default=[],
        max_length=3,
        description="features of config/service_features.csv that the areas' effects are "
        "regressed on, declared before any effect is seen",
    )
    strata: Name | None = Field(
        default=None,
        description="stratification over which effects may differ, for the exploratory annex",
    )

    @validate_model(mode="after")
    def _named_once(self) -> Self:
        for name in ("estimands", "features"):
            values = getattr(self, name)
            if len(set(values)) < len(values):
                raise ValueError(f"{name}: a name stands there twice")
        return self
