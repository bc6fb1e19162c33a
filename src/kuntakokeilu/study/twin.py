"""Settings of the synthetic twin: size, seed, size of the effect, and what is made to go wrong."""

from __future__ import annotations

from typing import Literal, Self

from pydantic import Field
from pydantic import model_validator as validate_model

from kuntakokeilu.facts.basics import MONTH_PATTERN, Closed

# Distinct persons of the twin at scale 1; about 1.2 million of them ever look for work.
PERSONS = 1_300_000


class Switches(Closed):
    """Violations of the designs' assumptions; 0 is off. Log changes of job finding unless said."""

    spillover_non_eligible: float = Field(
        0.0, description="Non-eligible job seekers of trial areas, from the start on"
    )
    spillover_neighbours: float = Field(
        0.0, description="All job seekers of control municipalities that border a trial area"
    )
    selection_level: float = Field(
        0.0, description="All job seekers of trial areas, in all months and both worlds"
    )
    selection_trend: float = Field(
        0.0, description="The same, per year from the start, before it with the opposite sign"
    )
    area_shocks: float = Field(
        0.0, ge=0, description="Standard deviation of further shocks common to an area, both worlds"
    )
    covid_by_area_eligibility: float = Field(
        0.0, description="Eligible job seekers of trial areas, 2020-03 to 2021-12, both worlds"
    )
    anticipation: float = Field(
        0.0, description="Eligible job seekers of trial areas, in the three months before the start"
    )
    recording: float = Field(
        0.0,
        ge=0,
        le=1,
        description="Share of unemployment spells of trial clients that are recorded as outside "
        "the labour force in a service, and of their contacts and plans that are not recorded",
    )


class TwinSettings(Closed):
    """What one synthetic twin is made from."""

    first_year: int = Field(
        2017, ge=2008, le=2017, description="First of its eight years, each with all twelve months"
    )
    start: str = Field(
        "2021-03",
        pattern=MONTH_PATTERN,
        description="Month in which its trial starts, as in the study; in its fourth year or later",
    )
    target: Literal["no_earnings_right", "long_term", "under_25_or_long_term"] = Field(
        "no_earnings_right",
        description="Whom its trial serves. no_earnings_right: under 30, foreign, or no right to "
        "earnings-related allowance (2021); long_term: a year of job search (2012); "
        "under_25_or_long_term: either (2017)",
    )
    seed: int = Field(1, ge=0, description="Seed of every random stream")
    scale: float = Field(
        1 / 200, gt=0, le=1, description="Persons of the twin per person in Finland"
    )
    effects: str | None = Field(
        None,
        description="File of the study's folder with what its trial does; default: "
        "config/registers/twin_effects.csv, whose columns it has",
        examples=["twin_effects.csv"],
    )
    effect_scale: float = Field(
        1.0, ge=0, description="Multiplies every effect of the trial; 0: both worlds are the same"
    )
    shock_sd: float | None = Field(
        None,
        ge=0,
        description="Standard deviation of the area shocks (log) of both worlds; default: "
        "config/registers/twin_shocks.csv, from the real panel",
    )
    shock_persistence: float | None = Field(
        None,
        ge=0,
        lt=1,
        description="Correlation of an area's shock with that of the month before; default: "
        "config/registers/twin_shocks.csv",
    )
    switches: Switches = Field(
        Switches(), description="Violations of the designs' assumptions that are built in"
    )

    @validate_model(mode="after")
    def _start_within(self) -> Self:
        years = int(self.start[:4]) - self.first_year
        if not 3 <= years <= 7:
            raise ValueError(
                f"start: expected a month of {self.first_year + 3} to {self.first_year + 7}, the "
                f"later years of the twin, found {self.start}"
            )
        return self

    @property
    def persons(self) -> int:
        """Number of persons."""
        return max(1, round(PERSONS * self.scale))
