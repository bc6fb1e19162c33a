"""Who is compared with whom, in which windows, and how areas came to be treated: study.yaml."""

from __future__ import annotations

from typing import Literal, Self

from pydantic import Field
from pydantic import model_validator as validate_model

from kuntakokeilu.facts.basics import Closed, Labels, Name, PeriodText, Text


class Balance(Closed):
    """How control units are made alike the trial units before the start."""

    method: Literal["entropy", "matching"] = Field(
        description="entropy: control weights that reproduce the trial arm's means; matching: each "
        "trial unit's nearest control unit"
    )
    covariates: list[Text] = Field(min_length=1, description="covariates to be alike in")


class Overlap(Closed):
    """Which trial units are left out because no control is like them before the start."""

    size: bool = Field(
        default=True,
        description="leave out trial units with more, or fewer, persons before the start than "
        "every control",
    )
    covariates: list[Text] = Field(
        default=[],
        description="leave out trial units farther from every control in these covariates than "
        "95 % of the controls are from one another",
    )

    @validate_model(mode="after")
    def _asks_something(self) -> Self:
        if not self.size and not self.covariates:
            raise ValueError("covariates: missing; expected some, or size: true")
        return self


class Comparison(Closed):
    """Which units are left out of both arms; all others are compared."""

    label: Labels | None = Field(default=None, description="who is compared, for readers")
    exclude_regions: list[str] = Field(default=[], description="region codes left out")
    exclude_units: list[str] = Field(default=[], description="unit codes left out")
    exclude_areas: list[str] = Field(default=[], description="trial areas left out")
    exclude_groups: list[Name] = Field(
        default=[], description="groups of the file named by the key groups, left out"
    )
    exclude_ring: bool = Field(
        default=False,
        description="controls in the sub-region of a trial municipality are left out",
    )
    control_units: list[str] = Field(
        default=[], description="if given, only these units are controls"
    )
    control_groups: list[Name] = Field(
        default=[], description="if given, only units of these groups are controls"
    )
    balance: Balance | None = Field(
        default=None, description="weights or matches that make the arms alike before the start"
    )
    overlap: Overlap | None = Field(
        default=None,
        description="trial units left out because no control is like them: for them no effect is "
        "identified, and the estimand is about the others",
    )
    already_treated: Literal["left_out", "compared"] = Field(
        default="left_out",
        description="units treated before the span: nothing shows them untreated, so that they are "
        "left out; compared, they serve as controls that are treated throughout",
    )


class Window(Closed):
    """A run of calendar periods, both ends included."""

    first: PeriodText = Field(description="first period")
    last: PeriodText = Field(description="last period")
    label: Labels | None = Field(default=None, description="name of the window, for readers")


class Assignment(Closed):
    """How areas came to be treated, for tests that re-draw the treatment."""

    size_bands: list[float] = Field(
        default=[],
        description="persons before the start at which a band of areas' size ends; areas are "
        "re-drawn within bands. Default: bands that halve from the largest untreated area down",
    )
    applicants: Name | None = Field(
        default=None,
        description="group of municipalities that applied and were refused or withdrew; areas are "
        "re-drawn among these and the treated ones",
    )
    spatial_reach: float = Field(
        default=100.0,
        gt=0,
        description="kilometres between municipalities' centres at which their errors are taken "
        "to be independent of each other",
    )
