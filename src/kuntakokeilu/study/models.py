"""The typed study: every setting a study may have, and nothing else."""

from __future__ import annotations

from itertools import pairwise
from typing import Annotated, Literal, Self

from pydantic import BeforeValidator, Field
from pydantic import model_validator as validate_model

from kuntakokeilu.facts.basics import (
    Closed,
    EstimandName,
    Frequency,
    Geography,
    Labels,
    Name,
    PeriodText,
    Text,
    Variance,
    Weights,
    WeightsText,
    check_form,
    check_order,
    split,
)
from kuntakokeilu.facts.estimators import ESTIMATORS, Estimator, EstimatorName
from kuntakokeilu.facts.municipalities import LAST_YEAR
from kuntakokeilu.study.bounds import BoundsAsked
from kuntakokeilu.study.brief import BriefAsked
from kuntakokeilu.study.declared_rules import FAILS_ON, Decisive
from kuntakokeilu.study.designs_judged import DesignsJudged
from kuntakokeilu.study.false_starts import FalseStarts
from kuntakokeilu.study.service_models import ServiceModels
from kuntakokeilu.study.source import Sample
from kuntakokeilu.study.sources import Source

MOST_MUNICIPALITIES = 500  # Finland had 431 in 2005 and has had fewer ever since
MOST_DRAWS = 999_999  # a permuted p-value then has six digits; more draws cost hours and add none


ACROSS_ARMS = "merged_across_arms"  # the key, and the group of those municipalities


class Trial(Closed):
    """The size of the trial in law, so that an incomplete list of areas says so."""

    areas: int = Field(ge=1, description="number of trial areas")
    municipalities: int = Field(
        ge=1, le=MOST_MUNICIPALITIES, description="number of municipalities in the trial"
    )


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


class Map(Closed):
    """Outlines of the municipalities, for the map of areas and for spatial errors."""

    path: str = Field(description="TopoJSON file, relative to the data folder")
    code: str = Field(default="kunta", description="property that holds the municipality code")


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


class UnitWord(Closed):
    """What one unit and several are called in a language."""

    one: str = Field(description="of one: state")
    many: str = Field(description="of several: states")


class UnitWords(Closed):
    """What units are called; a language without words of its own says unit."""

    fi: UnitWord = Field(default=UnitWord(one="yksikkö", many="yksiköt"), description="Finnish")
    sv: UnitWord = Field(default=UnitWord(one="enhet", many="enheter"), description="Swedish")
    en: UnitWord = Field(default=UnitWord(one="unit", many="units"), description="English")


class DataSettings(Closed):
    """The part of study.yaml that decides which data are read and how."""

    units: Literal["municipality", "other"] = Field(
        description="municipality: codes are checked against config/municipalities.csv"
    )
    classification: int | None = Field(
        default=None,
        ge=2013,
        le=LAST_YEAR,
        description="year whose municipalities are the units; mergers map to it",
    )
    frequency: Frequency = Field(description="M months, Q quarters, Y years")
    start: PeriodText | None = Field(default=None, description="first period of treatment")
    source: Source = Field(description="which data are read, and how; the key reader says which")
    seed: int = Field(ge=0, lt=2**63, description="seed of everything random")


class Settings(DataSettings):
    """study.yaml: what is evaluated, when, and on which data."""

    title: Labels = Field(description="name of the study as readers see it")
    first_period: PeriodText = Field(description="first period compared unless a row says else")
    last_period: PeriodText = Field(description="last period compared unless a row says else")
    areas: str | None = Field(
        default=None, description="file with trial areas, relative to the study's folder"
    )
    groups: str | None = Field(
        default=None,
        description="file with named groups of municipalities, relative to the study's folder",
    )
    trial: Trial | None = Field(default=None, description="the size of the trial in law")
    merged_across_arms: Literal["receiving", "left_out"] = Field(
        default="receiving",
        description="what is done with a municipality of which parts were in different arms at the "
        "start: receiving, the arm of the municipality that lives on; left_out, neither arm. They "
        "are the group merged_across_arms, which a comparison may leave out",
    )
    comparisons: dict[Name, Comparison] = Field(
        description="who is compared with whom; estimands.csv names one of these"
    )
    windows: dict[Name, Window] = Field(
        default={}, description="calendar windows for the estimator window_effects"
    )
    covariates: str | None = Field(
        default=None,
        description="file with covariates of municipalities before the start, relative to the "
        "study's folder",
    )
    map: Map | None = Field(
        default=None, description="outlines for the map of areas; without one, areas are tiles"
    )
    assignment: Assignment = Field(
        default=Assignment(),
        description="how areas came to be treated, for tests that re-draw them",
    )
    service_models: ServiceModels | None = Field(
        default=None, description="effects of the trial areas one by one, and what goes with them"
    )
    bounds: BoundsAsked = Field(
        default=BoundsAsked(),
        description="how far the arms may have drifted apart in the bounds on main estimates",
    )
    designs_judged: DesignsJudged | None = Field(
        default=None,
        description="candidate designs, judged on the years before the trial: how far from zero "
        "each comes where nothing happened",
    )
    unit_words: UnitWords | None = Field(
        default=None, description="what the units are called, for readers, with units: other"
    )
    false_starts: FalseStarts | None = Field(
        default=None,
        description="main effects estimated in windows of earlier time, as if the trial had been "
        "then",
    )
    fails_on: list[Decisive] = Field(
        default=list(FAILS_ON),
        description="checks whose failure gives a number the status failed_diagnostic; what fails "
        "of any other check warns",
    )
    disclosure: Name = Field(description="profile in config/disclosure_profiles.csv")
    disclosure_confirmed: Text | None = Field(
        default=None,
        description="who confirmed the limits of the profile for this study's registers, and when; "
        "without it no number of real persons is released by a profile that must be confirmed",
    )
    permit: Text | None = Field(
        default=None,
        description="the data owner's number of the permit, for who checks results; without it no "
        "package of real persons is made",
    )
    attribution: list[Name] = Field(
        default=[], description="sources of the data, by their names in config/attribution.csv"
    )
    authors: list[Text] = Field(
        default=[], description="persons or organisations to be cited, in their order"
    )
    contact: Text | None = Field(
        default=None, description="where readers may ask; a package of real persons needs it"
    )
    brief: BriefAsked | None = Field(
        default=None, description="what the page of one sheet answers, and how it says it"
    )
    permutations: int = Field(
        default=9999, ge=99, le=MOST_DRAWS, description="draws of the permutation tests"
    )
    blinded: bool = Field(
        default=False,
        description="hide the effects until the checks of the design are recorded: who was "
        "treated is dealt at random over areas, and every report says so",
    )

    @validate_model(mode="after")
    def _periods_agree(self) -> Self:
        for name in ("first_period", "last_period", "start"):
            check_form(name, getattr(self, name), self.frequency)
        check_order("first_period", self.first_period, "last_period", self.last_period)
        if self.start is not None:
            check_order("start", self.start, "last_period", self.last_period)
        for window, span in self.windows.items():
            for end in (span.first, span.last):
                check_form(f"windows.{window}", end, self.frequency)
            check_order(f"windows.{window}.first", span.first, "last", span.last)
            if self.start is not None:
                check_order("start", self.start, f"windows.{window}.first", span.first)
            check_order(f"windows.{window}.last", span.last, "last_period", self.last_period)
        if self.false_starts is not None:
            self.false_starts.check(self.frequency)
        spans = sorted(self.windows.items(), key=lambda item: item[1].first)
        for (early, one), (late, other) in pairwise(spans):
            if other.first <= one.last:
                raise ValueError(f"windows.{late}: shares periods with {early}")
        return self

    @validate_model(mode="after")
    def _units_go_with_source(self) -> Self:
        panel = self.source.own_units
        if self.units == "other" and not panel:
            raise ValueError("units: other goes with the reader unit_panel")
        if self.units == "other":
            given = [
                name
                for name in ("classification", "areas", "groups", "trial", "covariates", "map")
                if getattr(self, name)
            ]
            if given:
                raise ValueError(f"{given[0]}: goes with units: municipality only")
            for name, rule in self.comparisons.items():
                given = [key for key in ("exclude_regions", "exclude_ring") if getattr(rule, key)]
                if given:
                    raise ValueError(
                        f"comparisons.{name}.{given[0]}: goes with units: municipality only"
                    )
            return self
        if panel:
            raise ValueError(
                "units: municipality goes with the readers statfin_long, simulated or registers"
            )
        for name in ("classification", "areas", "start"):
            if getattr(self, name) is None:
                raise ValueError(f"{name}: missing; units: municipality needs it")
        if self.frequency != "M":
            raise ValueError(f"frequency: the reader {self.source.reader} has months; expected M")
        return self

    @validate_model(mode="after")
    def _source_has_these_periods(self) -> Self:
        names = ("first_period", "last_period", "start")
        periods = {name: getattr(self, name) for name in names}
        if self.false_starts is not None and self.false_starts.first_period is not None:
            periods["false_starts.first_period"] = self.false_starts.first_period
        self.source.check_periods(self.frequency, periods)
        return self


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


class DisclosureProfile(Closed):
    """One row of config/disclosure_profiles.csv."""

    profile: Name = Field(description="name of the profile")
    min_persons: int = Field(ge=0, description="fewest persons in an arm and period")
    note: str = Field(description="where the rule comes from", min_length=1)
    payers: int = Field(0, ge=0, description="fewest payers of euros in an arm and period")
    largest: float = Field(1, ge=0, le=1, description="largest share of euros that one may have")
    two_largest: float = Field(1, ge=0, le=1, description="the same of two persons together")
    p_percent: float = Field(
        0, ge=0, le=1, description="least that others have, as a share of the largest"
    )

    @property
    def asks_amounts(self) -> bool:
        """Whether euros must not be mostly one person's, or of few payers."""
        return self.payers > 0 or self.largest < 1 or self.two_largest < 1 or self.p_percent > 0
