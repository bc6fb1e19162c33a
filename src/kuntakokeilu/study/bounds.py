"""How far the arms may have drifted apart: what a study declares before any result."""

from __future__ import annotations

from typing import Annotated, Literal, Self

from pydantic import Field
from pydantic import model_validator as validate_model

from kuntakokeilu.facts.basics import Closed

_Bound = Annotated[float, Field(ge=0, le=1000)]


class BoundsAsked(Closed):
    """For which bounds on the drift after the start intervals are reported.

    Half as much drift as there was before the start, as much, and twice as much are what Rambachan
    and Roth report. Bends are measured likewise, by the largest that was seen before the start:
    none (the drift goes on along a line), half of it, as much. Measured by the standard error of
    the estimate, as a study may declare, a precise estimate would be allowed less drift than a
    rough one.
    """

    relative_magnitudes: list[_Bound] = Field(
        default=[0.5, 1.0, 2.0],
        max_length=20,
        description="drift from one bin to the next after the start, at most so many times the "
        "largest before it; an empty list asks for none",
    )
    smoothness: list[_Bound] = Field(
        default=[0.0, 0.5, 1.0],
        max_length=20,
        description="how much the slope of the drift may change from one bin to the next, in "
        "`smoothness_unit`; 0 is a line; an empty list asks for none",
    )
    smoothness_unit: Literal["largest_bend", "std_error", "outcome"] = Field(
        default="largest_bend",
        description="largest_bend: so many times the largest change of slope seen before the "
        "start; std_error: a change for which bends after the start may move the estimate by "
        "so many of its standard errors; outcome: in the outcome's unit",
    )

    periods_per_bin: int | None = Field(
        default=None,
        ge=1,
        description="periods in a bin of the event study that bounds are put on; 12 months take "
        "seasons out; default: as in the checks before the start, three months",
    )

    @validate_model(mode="after")
    def _rising(self) -> Self:
        for name in ("relative_magnitudes", "smoothness"):
            values = getattr(self, name)
            if sorted(set(values)) != values:
                raise ValueError(f"{name}: expected different values in rising order")
        return self

    @property
    def asked(self) -> bool:
        """Whether any bounds are reported."""
        return bool(self.relative_magnitudes or self.smoothness)
