"""The typed study: every setting a study may have, and nothing else."""

from __future__ import annotations

from itertools import pairwise
from typing import Annotated, Any, Literal, Self

import pandas as pd
from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, StringConstraints
from pydantic import model_validator as validate_model

Frequency = Literal["M", "Q", "Y"]
Estimator = Literal["two_by_two", "two_way_fixed_effects", "event_study", "window_effects"]
Weights = Literal["municipality", "area", "persons_frozen", "persons_current"]
Geography = Literal["region", "sub_region", "ely"]

PERIOD_FORMS = {"M": "YYYY-MM", "Q": "YYYYQn", "Y": "YYYY"}

PERIOD_PATTERN = r"^\d{4}(-(0[1-9]|1[0-2])|Q[1-4])?$"
NAME_PATTERN = r"^[a-z][a-z0-9_]*$"
ESTIMAND_PATTERN = r"^[a-z][a-z0-9_]*\.[a-z][a-z0-9_]*$"
# What a message says instead of the pattern.
PATTERN_WORDS = {
    PERIOD_PATTERN: "expected a period such as 2021-03, 2021Q1 or 2021",
    NAME_PATTERN: "expected small letters a-z, digits and _, a letter first",
    ESTIMAND_PATTERN: "expected outcome.specification, each of small letters, digits and _",
}


def _as_text(value: Any) -> Any:
    """Take 2003, which YAML reads as a number, as text."""
    return str(value) if isinstance(value, int) and not isinstance(value, bool) else value


def _split(value: Any) -> Any:
    """Split a list that stands in one field of a CSV table."""
    return [part.strip() for part in value.split("+")] if isinstance(value, str) else value


_Period = Annotated[str, StringConstraints(pattern=PERIOD_PATTERN)]
PeriodText = Annotated[_Period, BeforeValidator(_as_text, json_schema_input_type=_Period | int)]
Name = Annotated[str, StringConstraints(pattern=NAME_PATTERN)]
EstimandName = Annotated[str, StringConstraints(pattern=ESTIMAND_PATTERN)]
Text = Annotated[str, BeforeValidator(_as_text, json_schema_input_type=str | int)]


class Closed(BaseModel):
    """A model that knows all its keys: an unknown one is an error."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class Labels(Closed):
    """One text in the three languages."""

    fi: str = Field(min_length=1, description="Finnish")
    sv: str = Field(min_length=1, description="Swedish")
    en: str = Field(min_length=1, description="English")


class Trial(Closed):
    """The size of the trial in law, so that an incomplete list of areas says so."""

    areas: int = Field(ge=1, description="number of trial areas")
    areas_listed: int | None = Field(
        default=None, ge=1, description="how many of them the file of areas has, if not all"
    )
    municipalities: int = Field(ge=1, description="number of municipalities in the trial")


class Comparison(Closed):
    """Which units are left out of both arms; all others are compared."""

    exclude_regions: list[str] = Field(default=[], description="region codes left out")
    exclude_units: list[str] = Field(default=[], description="unit codes left out")
    exclude_areas: list[str] = Field(default=[], description="trial areas left out")
    exclude_groups: list[Name] = Field(
        default=[], description="groups of the file named by the key groups, left out"
    )
    control_units: list[str] = Field(
        default=[], description="if given, only these units are controls"
    )
    control_groups: list[Name] = Field(
        default=[], description="if given, only units of these groups are controls"
    )


class Span(Closed):
    """A run of calendar periods, both ends included."""

    first: PeriodText = Field(description="first period")
    last: PeriodText = Field(description="last period")


class FrozenWeight(Closed):
    """Persons of each unit before the start, for the weights `persons_frozen`."""

    path: str = Field(description="file, relative to the data folder")
    column: str = Field(description="column with the number of persons")
    period: PeriodText | None = Field(
        default=None, description="period to read; default: the last one before the start"
    )
    label_en: str | None = Field(
        default=None, description="what is counted, in English, for example labour force"
    )


class StatfinSource(Closed):
    """Statistics Finland's table 12r5 as long CSV files: municipality, month, values."""

    reader: Literal["statfin_long"] = Field(description="the name of this reader")
    unit_column: str = Field(default="kunta", description="column with municipality codes")
    period_column: str = Field(default="month", description="column with months")
    missing: list[str] = Field(
        default=["", ".", "..", "...", "-"], description="tokens of suppressed cells"
    )
    frozen_weight: FrozenWeight | None = Field(
        default=None, description="where the weights persons_frozen come from"
    )


class UnitPanelSource(Closed):
    """Any CSV with a unit, a period and outcomes."""

    reader: Literal["unit_panel"] = Field(description="the name of this reader")
    path: str = Field(
        description="file, relative to the data folder, or to the project if it begins with ./"
    )
    layout: Literal["panel", "repeated_cross_section"] = Field(
        default="panel",
        description="panel: a row is a unit in a period; repeated_cross_section: a row is a "
        "person or firm, and rows are collapsed into unit x period cells",
    )
    unit: list[str] = Field(
        min_length=1, description="columns that together name the unit", examples=[["state"]]
    )
    period: str = Field(description="column with the period")
    waves: dict[Text, PeriodText] = Field(
        default={}, description="period of each value of the period column, if not a period itself"
    )
    weight: str | None = Field(default=None, description="column with weights (persons)")
    first_treated: str | None = Field(
        default=None, description="column with the first period of treatment"
    )
    never: list[Text] = Field(
        default=[""], description="values of first_treated that mean never treated"
    )
    treated_when: dict[str, list[Text]] = Field(
        default={},
        description="instead of first_treated: column and values that mark trial units, which "
        "are treated from the study's start",
    )
    cluster: str | None = Field(default=None, description="column with area clusters")
    covariates: list[Name] = Field(
        default=[], description="columns whose mean before the first start goes into UNITS"
    )
    balanced: bool = Field(default=True, description="must every unit have every period?")
    missing: list[str] = Field(default=["", "NA"], description="tokens of missing values")

    @validate_model(mode="after")
    def _one_way_of_treatment(self) -> Self:
        if bool(self.first_treated) == bool(self.treated_when):
            raise ValueError("give either first_treated or treated_when")
        return self


class SimulatedOutcome(Closed):
    """How one simulated outcome moves; all standard deviations in the outcome's unit."""

    level: float = Field(description="mean level of the outcome")
    effect: float = Field(description="true effect in every month from the start on")
    selection_level: float = Field(
        default=0.0, description="how much higher trial units lie from the beginning"
    )
    selection_trend: float = Field(
        default=0.0, description="drift of trial units a year, which breaks parallel trends"
    )
    unit_sd: float = Field(default=3.0, ge=0, description="permanent differences between units")
    season_amplitude: float = Field(default=0.8, ge=0, description="size of the seasonal cycle")
    area_shock_sd: float = Field(default=0.5, ge=0, description="area-month shocks, stationary")
    unit_shock_sd: float = Field(default=0.5, ge=0, description="unit-month shocks, stationary")
    persistence: float = Field(
        default=0.9, ge=0, lt=1, description="month-to-month autocorrelation of both shocks"
    )
    person_sd: float = Field(
        default=20.0, ge=0, description="spread between persons; noise falls with unit size"
    )


class SimulatedSource(Closed):
    """A seeded municipal panel with a known effect."""

    reader: Literal["simulated"] = Field(description="the name of this reader")
    persons_median: int = Field(default=400, ge=1, description="persons in the median unit")
    persons_log_sd: float = Field(default=1.1, ge=0, description="spread of log unit size")
    outcomes: dict[Name, SimulatedOutcome] = Field(description="one entry for each outcome")


Source = Annotated[StatfinSource | UnitPanelSource | SimulatedSource, Field(discriminator="reader")]


class DataSettings(Closed):
    """The part of study.yaml that decides which data are read and how."""

    units: Literal["municipality", "other"] = Field(
        description="municipality: codes are checked against config/municipalities.csv"
    )
    classification: int | None = Field(
        default=None,
        ge=2013,
        description="year whose municipalities are the units; mergers map to it",
    )
    frequency: Frequency = Field(description="M months, Q quarters, Y years")
    start: PeriodText | None = Field(default=None, description="first period of treatment")
    source: Source = Field(description="which data are read, and how; the key reader says which")
    seed: int = Field(ge=0, description="seed of everything random")


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
    comparisons: dict[Name, Comparison] = Field(
        description="who is compared with whom; estimands.csv names one of these"
    )
    windows: dict[Name, Span] = Field(
        default={}, description="calendar windows for the estimator window_effects"
    )
    disclosure: Name = Field(description="profile in config/disclosure_profiles.csv")
    permutations: int = Field(default=9999, ge=99, description="draws of the permutation tests")

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
        spans = sorted(self.windows.items(), key=lambda item: item[1].first)
        for (early, one), (late, other) in pairwise(spans):
            if other.first <= one.last:
                raise ValueError(f"windows.{late}: shares periods with {early}")
        return self

    @validate_model(mode="after")
    def _units_go_with_source(self) -> Self:
        panel = isinstance(self.source, UnitPanelSource)
        if self.units == "other" and not panel:
            raise ValueError("units: other goes with the reader unit_panel")
        if self.units == "other":
            given = [
                name
                for name in ("classification", "areas", "groups", "trial")
                if getattr(self, name)
            ]
            if given:
                raise ValueError(f"{given[0]}: goes with units: municipality only")
            for name, rule in self.comparisons.items():
                if rule.exclude_regions:
                    raise ValueError(
                        f"comparisons.{name}.exclude_regions: goes with units: municipality only"
                    )
            return self
        if panel:
            raise ValueError("units: municipality goes with the readers statfin_long or simulated")
        for name in ("classification", "areas", "start"):
            if getattr(self, name) is None:
                raise ValueError(f"{name}: missing; units: municipality needs it")
        if self.frequency != "M":
            raise ValueError(f"frequency: the reader {self.source.reader} has months; expected M")
        return self

    @validate_model(mode="after")
    def _source_has_this_frequency(self) -> Self:
        source = self.source
        if isinstance(source, UnitPanelSource):
            for wave, text in source.waves.items():
                check_form(f"source.waves.{wave}", text, self.frequency)
            if source.treated_when and self.start is None:
                raise ValueError("start: missing; source.treated_when needs it")
        if isinstance(source, StatfinSource) and source.frozen_weight is not None:
            name, text = "source.frozen_weight.period", source.frozen_weight.period
            check_form(name, text, self.frequency)
            if text is not None and text >= str(self.start):
                raise ValueError(f"{name}: expected a period before the start, found {text}")
        return self


class OutcomeData(Closed):
    """The part of an outcome that decides which values are read."""

    outcome: Name = Field(description="name of the outcome")
    file: str | None = Field(default=None, description="file, if the source has several")
    column: str | None = Field(default=None, description="column that holds the outcome")
    merge: Literal["sum", "never"] = Field(
        default="never",
        description="how values of merged municipalities combine: counts sum, rates cannot",
    )
    suppressed_as: float | None = Field(
        default=None, description="value put in for suppressed cells, for a bound"
    )
    minimum: float | None = Field(default=None, description="no value can be below this")
    maximum: float | None = Field(default=None, description="no value can be above this")
    data: Literal["yes", "none"] = Field(
        default="yes", description="none: declared, but nobody has the data yet"
    )


class Outcome(OutcomeData):
    """One row of outcomes.csv."""

    unit: str = Field(description="unit of its estimates", min_length=1)
    domain: Literal["employment", "cost", "wellbeing", "other"] = Field(description="family")
    better: Literal["higher", "lower", "neither"] = Field(
        default="neither", description="which direction is an improvement"
    )
    decimals: int = Field(default=2, ge=0, le=8, description="decimals shown to readers")
    label_fi: str = Field(description="Finnish label", min_length=1)
    label_sv: str = Field(description="Swedish label", min_length=1)
    label_en: str = Field(description="English label", min_length=1)


class EstimandRow(Closed):
    """One row of estimands.csv: one number, or one event-study series."""

    estimand: EstimandName = Field(description="outcome.specification, unique in the study")
    outcome: Name = Field(description="outcome in outcomes.csv")
    population: Name = Field(default="all", description="who is counted")
    comparison: Name = Field(description="comparison in study.yaml")
    design: Literal["total"] = Field(default="total", description="what the difference means")
    weights: Weights = Field(default="municipality", description="how units are weighted")
    estimator: Estimator = Field(description="how the difference is estimated")
    effects_by_period: Geography | None = Field(
        default=None, description="replace period effects by effects of this geography x period"
    )
    covariates: Annotated[list[Name], BeforeValidator(_split)] = Field(
        default=[], description="pre-start covariates, each with its own effect every period"
    )
    periods_per_bin: int = Field(default=1, ge=1, description="periods in an event-time bin")
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
    leave_out_area: str | None = Field(default=None, description="one trial area left out")
    role: Literal["main", "robustness", "leave_one_out", "placebo", "benchmark"] = Field(
        description="what the number is for"
    )

    @validate_model(mode="after")
    def _pairs_are_whole(self) -> Self:
        if (self.skip_first is None) != (self.skip_last is None):
            raise ValueError("skip_first: give skip_first and skip_last together")
        if (self.transform == "minus_base_year") != (self.base_year is not None):
            raise ValueError("base_year: goes with transform minus_base_year, and only with it")
        return self


class Estimand(EstimandRow):
    """A row of estimands.csv with every default filled in: all that `estimation` needs."""

    study: Name = Field(description="name of the study")
    frequency: Frequency = Field(description="the study's frequency")
    first_period: PeriodText = Field(description="first period compared")
    last_period: PeriodText = Field(description="last period compared")
    unit: str = Field(description="unit of the outcome's estimates")
    domain: str = Field(description="family of the outcome")
    comparison_rule: Comparison = Field(description="the comparison, spelt out")
    windows: dict[Name, Span] = Field(description="the study's calendar windows")
    seed: int = Field(description="the study's seed")
    permutations: int = Field(description="draws of the permutation tests")


class DisclosureProfile(Closed):
    """One row of config/disclosure_profiles.csv."""

    profile: Name = Field(description="name of the profile")
    min_persons: int = Field(ge=0, description="fewest persons in an arm and period")
    note: str = Field(description="where the rule comes from", min_length=1)


def only(model: BaseModel, part: type[BaseModel]) -> dict[str, Any]:
    """Dump the fields of `model` that `part` has, as plain data."""
    return model.model_dump(mode="json", include=set(part.model_fields))


def period(text: str, frequency: str) -> pd.Period:
    """Turn the text of a period into a pandas period of the study's frequency."""
    return pd.Period(text, freq=frequency)


def check_form(name: str, text: str | None, frequency: str) -> None:
    """Raise ValueError if the text of a period does not fit the frequency."""
    lengths = {"M": 7, "Q": 6, "Y": 4}
    if text is None:
        return
    if len(text) != lengths[frequency] or ("Q" in text) != (frequency == "Q"):
        raise ValueError(f"{name}: expected {PERIOD_FORMS[frequency]}, found {text}")


def check_order(early: str, early_text: str, late: str, late_text: str) -> None:
    """Raise ValueError if the first period is after the second."""
    if early_text > late_text:  # all forms sort as text
        raise ValueError(f"{early} ({early_text}) is after {late} ({late_text})")
