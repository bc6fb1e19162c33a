"""Where a study's data come from: three readers, each with its own settings."""

from __future__ import annotations

from typing import Annotated, Literal, Self

from pydantic import Field
from pydantic import model_validator as validate_model

from kuntakokeilu.study.basics import Closed, Labels, Name, PeriodText, Text


class FrozenWeight(Closed):
    """Persons of each unit before the start, for the weights `persons_frozen`."""

    path: str = Field(description="file, relative to the data folder")
    column: str = Field(description="column with the number of persons")
    period: PeriodText | None = Field(
        default=None, description="period to read; default: the last one before the start"
    )
    label: Labels | None = Field(
        default=None, description="what is counted, for readers, for example labour force"
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
