"""study.yaml, typed: every setting a study may have, and nothing else."""

from __future__ import annotations

from itertools import pairwise
from typing import Literal, Self

from pydantic import Field
from pydantic import model_validator as validate_model

from kuntakokeilu.facts.basics import (
    Closed,
    Frequency,
    Labels,
    Name,
    PeriodText,
    Text,
    check_form,
    check_order,
)
from kuntakokeilu.facts.municipalities import LAST_YEAR
from kuntakokeilu.study.bounds import BoundsAsked
from kuntakokeilu.study.brief import BriefAsked
from kuntakokeilu.study.comparisons import Assignment, Comparison, Window
from kuntakokeilu.study.declared_rules import FAILS_ON, Decisive
from kuntakokeilu.study.designs_judged import DesignsJudged
from kuntakokeilu.study.false_starts import FalseStarts
from kuntakokeilu.study.service_models import ServiceModels
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


class Map(Closed):
    """Outlines of the municipalities, for the map of areas and for spatial errors."""

    path: str = Field(description="TopoJSON file, relative to the data folder")
    code: str = Field(default="kunta", description="property that holds the municipality code")


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
