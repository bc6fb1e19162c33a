"""Settings of any panel: which columns of one file are unit, period, treatment and the rest."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any, ClassVar, Literal, Self

from pydantic import Field
from pydantic import model_validator as validate_model

from kuntakokeilu.facts.basics import Labels, PeriodText, Text, check_form
from kuntakokeilu.study.outcomes import OutcomeData
from kuntakokeilu.study.panel_starts import PanelStarts
from kuntakokeilu.study.source import DataSource
from kuntakokeilu.tabular import Written

SEPARATORS = {"comma": ",", "semicolon": ";", "tab": "\t", "bar": "|"}
MARKS = {"point": ".", "comma": ","}
# What R, Stata, Python and Excel write for a missing value.
MISSING = ["", "NA", "N/A", "#N/A", "NaN", "nan", "NULL", "."]


class UnitPanelSource(DataSource):
    """Any table with a unit, a period and outcomes: CSV, Excel, parquet, Stata, SPSS or SAS."""

    own_units: ClassVar[bool] = True
    registers: ClassVar[None] = None
    pxweb: ClassVar[None] = None

    reader: Literal["unit_panel"] = Field(description="the name of this reader")
    path: str = Field(
        description="file, relative to the data folder, or to the project if it begins with ./ "
        "or ../; .csv, .txt or .tsv (also .gz), .xlsx, .parquet, .dta, .sav or .sas7bdat"
    )
    separator: Literal["comma", "semicolon", "tab", "bar"] | None = Field(
        default=None, description="between the columns of a CSV file; default: recognised"
    )
    decimal: Literal["point", "comma"] | None = Field(
        default=None, description="mark of decimals; default: recognised"
    )
    encoding: Literal["utf-8", "utf-16", "cp1252", "latin-1"] = Field(
        default="utf-8", description="of a CSV file; cp1252: Excel on Windows"
    )
    sheet: Text | None = Field(
        default=None, description="sheet of a workbook that has more than one"
    )
    labelled_values: Literal["codes", "labels"] = Field(
        default="codes",
        description="what is read of values to which Stata or SPSS has given labels",
    )
    layout: Literal["panel", "repeated_cross_section", "cell_means"] = Field(
        default="panel",
        description="panel: a row is a unit in a period; repeated_cross_section: a row is a "
        "person or firm, and rows are collapsed into unit x period cells; cell_means: a row is the "
        "mean of the persons or firms of a unit in a period, their number in `count`",
    )
    count: str | None = Field(
        default=None, description="cell_means: column with the number of persons or firms of a row"
    )
    unit: list[Annotated[str, Field(min_length=1)]] = Field(
        min_length=1, description="columns that together name the unit", examples=[["state"]]
    )
    period: str = Field(description="column with the period")
    period_form: Literal["calendar", "number", "stata"] = Field(
        default="calendar",
        description="calendar: 2010, 2010Q1, 2010-01, 2010m1, 201001, 2010-01-31, "
        "31.1.2010 and the like; "
        "number: the panel's own count, 1 to 999, of which nobody says what time it is; stata: "
        "months or quarters since 1960, as Stata keeps them",
    )
    waves: dict[Text, PeriodText] = Field(
        default={}, description="period of each value of the period column, if not a period itself"
    )
    weight: str | None = Field(default=None, description="column with weights (persons)")
    weight_period: PeriodText | None = Field(
        default=None,
        description="period before the first start whose weights are those of persons_frozen; "
        "without it they are the mean over all periods before the first start",
    )
    weights_label: Labels | None = Field(
        default=None,
        description="what stands after `weighted by`, for readers: the population of 2001",
    )
    first_treated: str | None = Field(
        default=None, description="column with the first period of treatment"
    )
    never: list[Text] = Field(
        default=MISSING, description="values of first_treated that mean never treated"
    )
    treated_when: dict[str, list[Text]] = Field(
        default={},
        description="instead of first_treated: column and values that mark trial units, treated "
        "from the study's start; or, where a unit's marks change, the periods from its start on",
    )
    treated: str | None = Field(
        default=None,
        description="instead of first_treated: column of 0 and 1, false and true or no and yes, "
        "read as treated_when",
    )
    starts: PanelStarts | None = Field(
        default=None,
        description="instead of first_treated: a second file with each unit's first day of "
        "treatment",
    )
    treatment_ends: Literal["stop", "ignored"] = Field(
        default="stop",
        description="what is done with a unit whose marks end again: stop; ignored, once treated "
        "it counts as treated, and the report says so",
    )
    cluster: str | None = Field(default=None, description="column with area clusters")
    region: str | None = Field(
        default=None,
        description="column with groups of units whose periods may have effects of their own",
    )
    controls: list[Text] = Field(
        default=[],
        description="columns that move over time, which estimands may compare given (controls)",
    )
    covariates: list[Text] = Field(
        default=[], description="columns whose mean before the first start goes into UNITS"
    )
    balanced: bool = Field(default=True, description="must every unit have every period?")
    missing: list[str] = Field(default=MISSING, description="tokens of missing values")

    @validate_model(mode="after")
    def _one_way_of_treatment(self) -> Self:
        ways = (self.first_treated, self.treated_when, self.treated, self.starts)
        if sum(map(bool, ways)) != 1:
            raise ValueError("give one of first_treated, treated_when, treated and starts")
        if self.starts and self.starts.cluster and self.cluster:
            raise ValueError("cluster: goes without starts.cluster")
        if (self.first_treated or self.starts) and self.treatment_ends != "stop":
            raise ValueError("treatment_ends: goes with treated or treated_when")
        return self

    @validate_model(mode="after")
    def _means_are_counted(self) -> Self:
        if (self.layout == "cell_means") != (self.count is not None):
            raise ValueError("count: goes with layout: cell_means, and only with it")
        if self.count and self.weight:
            raise ValueError("weight: goes without count, which says how rows weigh")
        return self

    @validate_model(mode="after")
    def _waves_stand_alone(self) -> Self:
        if self.waves and self.period_form != "calendar":
            raise ValueError("period_form: goes without waves, which give each period")
        return self

    @property
    def written(self) -> Written:
        """How the file is written, as far as its name does not say."""
        return Written(
            SEPARATORS.get(str(self.separator)),
            MARKS.get(str(self.decimal)),
            self.encoding,
            self.sheet,
            self.labelled_values,
        )

    @property
    def columns(self) -> list[str]:
        """The columns that tell unit, period, treatment, cluster, weight and covariates."""
        named = [*self.unit, self.period, *self.covariates, *self.controls, *self.treated_when]
        optional = [self.weight, self.count, self.first_treated, self.treated, self.cluster]
        optional.append(self.region)
        return named + [column for column in optional if column]

    @property
    def known_covariates(self) -> list[str]:
        """The columns of the file that are covariates."""
        return self.covariates

    @property
    def known_controls(self) -> list[str]:
        """The columns of the file that are controls."""
        return self.controls

    @property
    def geographies(self) -> tuple[str, ...]:
        """The region, if the file has one."""
        return ("region",) if self.region else ()

    @property
    def frozen_label(self) -> Labels | None:
        """The label of the weights."""
        return self.weights_label

    def files(self, outcome: OutcomeData | None) -> dict[str, list[str]]:
        """Name the one file, with the columns of the units and of an outcome."""
        own = [outcome.column, outcome.std_dev] if outcome else []
        files = {self.path: self.columns + [column for column in own if column]}
        return files | ({self.starts.path: self.starts.columns} if self.starts else {})

    def check_periods(self, frequency: str, periods: Mapping[str, str | None]) -> None:
        """Raise ValueError if waves, or a panel's own count, are not in the study's form."""
        for wave, when in self.waves.items():
            check_form(f"source.waves.{wave}", when, frequency)
        counted = self.period_form == "number"
        if counted and frequency != "Y":
            raise ValueError("frequency: source.period_form: number goes with Y")
        for name, text in periods.items() if not self.waves else ():
            if text is not None and text.startswith("0") != counted:
                expected = "a number of a period" if counted else "a calendar period"
                form = f"source.period_form: {self.period_form}"
                raise ValueError(f"{name}: expected {expected}, by {form}; found {text}")

    def weights_problem(self, weights: str) -> str | None:
        """Say that the panel has no weights; rows of a cross-section count themselves."""
        counted = weights == "persons_current" and self.layout == "repeated_cross_section"
        if self.weight or self.count or not weights.startswith("persons_") or counted:
            return None
        return f"{weights} needs source.weight in study.yaml"

    @property
    def of_means(self) -> bool:
        """Whether rows are means of several, which have a spread."""
        return self.count is not None

    def frozen_of(self, frequency: str, start: str | None) -> dict[str, str | None] | None:
        """Say which column the weights are, and of which period if of one."""
        column = self.weight or self.count
        return {"column": column, "period": self.weight_period} if column else None

    def described(self) -> dict[str, Any]:
        """Say what is done where treatment ends."""
        return super().described() | {"treatment_ends": self.treatment_ends}
