"""Typed rows of outcomes.csv: which values are read, and how readers are told of them."""

from __future__ import annotations

import math
from typing import Literal, Self

from pydantic import Field
from pydantic import model_validator as validate_model

from kuntakokeilu.facts.basics import Closed, Labelled, Name


class OutcomeData(Closed):
    """The part of an outcome that decides which values are read."""

    outcome: Name = Field(description="name of the outcome")
    file: str | None = Field(default=None, description="file, if the source has several")
    column: str | None = Field(default=None, description="column that holds the outcome")
    std_dev: str | None = Field(
        default=None,
        description="of a panel of means: column with the standard deviation (n - 1) behind a mean",
    )
    merge: Literal["sum", "never"] = Field(
        default="never",
        description="how values of merged municipalities combine: counts sum, rates cannot",
    )
    suppressed_as: float | None = Field(
        default=None, description="value put in for suppressed cells, for a bound"
    )
    minimum: float | None = Field(default=None, description="no value can be below this")
    maximum: float | None = Field(default=None, description="no value can be above this")
    denominator: Literal["frozen"] | None = Field(
        default=None,
        description="frozen: a count in per cent of the persons of the unit before the start, "
        "source.frozen_weight, so that a denominator that the treatment moves moves nothing",
    )
    data: Literal["yes", "none"] = Field(
        default="yes", description="none: declared, but nobody has the data yet"
    )
    price_year: int | None = Field(
        default=None, description="euros at the prices of this year; without it nominal"
    )

    @validate_model(mode="after")
    def _bounds_can_hold(self) -> Self:
        low = -math.inf if self.minimum is None else self.minimum
        high = math.inf if self.maximum is None else self.maximum
        if low >= high:
            raise ValueError(f"minimum: expected less than maximum ({high:g}), found {low:g}")
        if self.suppressed_as is not None and not low <= self.suppressed_as <= high:
            raise ValueError(
                f"suppressed_as: expected a value from {low:g} to {high:g}, "
                f"found {self.suppressed_as:g}"
            )
        return self


class Outcome(Labelled, OutcomeData):
    """One row of outcomes.csv."""

    unit: str = Field(description="unit of its estimates", min_length=1)
    domain: Literal["employment", "cost", "wellbeing", "other"] = Field(description="family")
    better: Literal["higher", "lower", "neither"] = Field(
        default="neither", description="which direction is an improvement"
    )
    margin: float | None = Field(
        default=None,
        gt=0,
        description="effects no larger than this are as good as none, in the outcome's unit; "
        "declared before any result",
    )
    negative_control: Literal["yes", "no"] = Field(
        default="no",
        description="yes: nothing that is evaluated can move it, so that a change larger than its "
        "margin is none of the trial's",
    )
    decimals: int = Field(default=2, ge=0, le=8, description="decimals shown to readers")

    @validate_model(mode="after")
    def _control_has_a_margin(self) -> Self:
        if self.negative_control == "yes" and self.margin is None:
            raise ValueError(
                "margin: missing; a negative control needs one, beyond which a change is no chance"
            )
        return self
