"""Typed rows of estimands.csv, as they stand there and with every default filled in."""

from __future__ import annotations

from typing import Annotated, Literal, Self

from pydantic import BeforeValidator, Field
from pydantic import model_validator as validate_model

from kuntakokeilu.facts.basics import (
    Closed,
    EstimandName,
    Frequency,
    Geography,
    Name,
    PeriodText,
    Text,
    Variance,
    Weights,
    WeightsText,
    split,
)
from kuntakokeilu.facts.estimators import ESTIMATORS, Estimator, EstimatorName
from kuntakokeilu.study.comparisons import Assignment, Comparison, Window
from kuntakokeilu.study.source import Sample


class EstimandRow(Closed):
    """One row of estimands.csv: one number, or one event-study series."""

    estimand: EstimandName = Field(description="outcome.specification, unique in the study")
    outcome: Name = Field(description="outcome in outcomes.csv")
    population: Name = Field(default="all", description="who is counted")
    elapsed_first: int | None = Field(
        default=None, ge=0, description="first month since entry, in a population with cohorts"
    )
    elapsed_last: int | None = Field(
        default=None, ge=0, description="last month since entry; default: the first"
    )
    strata: Name | None = Field(
        default=None, description="stratification whose strata have period effects of their own"
    )
    comparison: Name = Field(description="comparison in study.yaml")
    design: Literal["total", "targeted", "spillover", "eligible_relative"] = Field(
        default="total",
        description="what the difference means: over all, over the eligible, over the others, or "
        "over the eligible less that over the others",
    )
    contrast: Name | None = Field(
        default=None,
        description="population of the others, whose difference is taken off in the design "
        "eligible_relative",
    )
    spillover_share: float | None = Field(
        default=None,
        ge=0,
        le=1,
        description="share of the others' difference that is taken to be an effect of the trial "
        "and so is not taken off; default: none of it",
    )
    weights: WeightsText = Field(
        default="unit",
        description="how units are weighted; municipality and area are other names of unit and "
        "cluster",
    )
    estimator: EstimatorName = Field(description="how the difference is estimated")
    variances: Annotated[list[Variance], BeforeValidator(split)] = Field(
        default=[],
        description="iid, hc1 or iid + hc1: variances that take observations for independent, "
        "shown beside those by cluster",
    )
    effects_by_period: Geography | None = Field(
        default=None, description="replace period effects by effects of this geography x period"
    )
    covariates: Annotated[list[Text], BeforeValidator(split)] = Field(
        default=[], description="pre-start covariates, each with its own effect every period"
    )
    controls: Annotated[list[Text], BeforeValidator(split)] = Field(
        default=[], description="columns that move over time, each with one effect"
    )
    trends: Literal["none", "unit"] = Field(
        default="none", description="unit: each unit has a linear trend of its own"
    )
    periods_per_bin: int = Field(default=1, ge=1, description="periods in an event-time bin")
    group: PeriodText | None = Field(
        default=None, description="only trial units that start then, with units never treated"
    )
    control_group: Literal["never_treated", "not_yet_treated"] = Field(
        default="never_treated",
        description="not_yet_treated: of groups, units that start later are controls until then",
    )
    adjustment: Literal["doubly_robust", "weighting", "regression"] = Field(
        default="doubly_robust",
        description="how groups and controls are made alike in covariates (callaway_santanna_...)",
    )
    anticipation: int = Field(
        default=0,
        ge=0,
        description="periods before the start in which units may react already; effects are then "
        "relative to the period before these (callaway_santanna_...)",
    )
    compares: Literal["changes", "cross_sections"] = Field(
        default="changes",
        description="changes: two periods by the changes of units known in both; cross_sections: "
        "by the means of all units known in either (callaway_santanna_...)",
    )
    start: PeriodText | None = Field(default=None, description="placebo start of all trial units")
    first_period: PeriodText | None = Field(default=None, description="first period compared")
    last_period: PeriodText | None = Field(default=None, description="last period compared")
    skip_first: PeriodText | None = Field(
        default=None, description="first of the periods left out in between"
    )
    skip_last: PeriodText | None = Field(
        default=None, description="last of the periods left out in between"
    )
    transform: Literal["none", "log", "minus_base_year"] = Field(
        default="none",
        description="log: natural logarithm, cells of zero left out; minus_base_year: less the "
        "same unit's value in the same season of base_year",
    )
    base_year: int | None = Field(default=None, description="year for minus_base_year")
    base_last: PeriodText | None = Field(
        default=None,
        description="last period of the base of an event study, whose bin is the reference; "
        "default: the last bin before the start",
    )
    leave_out_area: str | None = Field(
        default=None, description="one trial area, or cluster, left out"
    )
    role: Literal["main", "robustness", "leave_one_out", "placebo", "benchmark"] = Field(
        description="what the number is for"
    )
    headline: Literal["yes", "no"] = Field(
        default="no",
        description="yes: the one main effect in its domain that readers are given first; the "
        "only main effect of a domain needs no yes",
    )

    @validate_model(mode="after")
    def _pairs_are_whole(self) -> Self:
        if (self.skip_first is None) != (self.skip_last is None):
            raise ValueError("skip_first: give skip_first and skip_last together")
        first, last = self.elapsed_first, self.elapsed_last
        if last is not None and first is None:
            raise ValueError("elapsed_first: missing; elapsed_last needs it")
        if last is not None and first is not None and last < first:
            raise ValueError(f"elapsed_last: expected {first} or more, found {last}")
        if (self.transform == "minus_base_year") != (self.base_year is not None):
            raise ValueError("base_year: goes with transform minus_base_year, and only with it")
        if (self.design == "eligible_relative") != (self.contrast is not None):
            raise ValueError("contrast: goes with design eligible_relative, and only with it")
        if self.spillover_share is not None and self.contrast is None:
            raise ValueError("spillover_share: goes with a contrast")
        if self.contrast == self.population:
            raise ValueError(f"contrast: expected another population than {self.population}")
        if self.base_last is not None and not self.method.base:
            based = [name for name, estimator in ESTIMATORS.items() if estimator.base]
            raise ValueError(f"base_last: goes with the estimator {' or '.join(based)}")
        return self

    @property
    def method(self) -> Estimator:
        """What the estimator gives and needs."""
        return ESTIMATORS[self.estimator]


class Estimand(EstimandRow):
    """A row of estimands.csv with every default filled in: all that `estimation` needs."""

    study: Name = Field(description="name of the study")
    frequency: Frequency = Field(description="the study's frequency")
    sample: Sample | None = Field(
        default=None, description="sample that a population of registers is drawn from"
    )
    first_period: PeriodText = Field(description="first period compared")
    last_period: PeriodText = Field(description="last period compared")
    unit: str = Field(description="unit of the outcome's estimates")
    domain: str = Field(description="family of the outcome")
    weights: Weights = Field(  # type: ignore[assignment] # a row has no kind of unit
        default="unit", description="how units are weighted, as the study's kind of unit calls it"
    )
    comparison_rule: Comparison = Field(description="the comparison, spelt out")
    windows: dict[Name, Window] = Field(description="the study's calendar windows")
    seed: int = Field(description="the study's seed")
    permutations: int = Field(description="draws of the permutation tests")
    assignment: Assignment = Field(default=Assignment(), description="how areas came to be treated")
    applicants: list[str] = Field(
        default=[], description="units that applied and were not treated, in no order"
    )

    @property
    def span(self) -> tuple[str, str] | None:
        """First and last period whose starts count; None of cohorts and of a start of its own."""
        if self.elapsed_first is not None or self.start is not None:
            return None
        return self.first_period, self.last_period
