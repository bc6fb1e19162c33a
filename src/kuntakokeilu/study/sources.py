"""Where a study's data come from: four readers, each with its own settings."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any, ClassVar, Literal, Self

from pydantic import Field
from pydantic import model_validator as validate_model

from kuntakokeilu.errors import InputError, some
from kuntakokeilu.facts.basics import Closed, Labels, Name, PeriodText, Text, check_form
from kuntakokeilu.facts.basics import period as to_period
from kuntakokeilu.study.outcomes import OutcomeData
from kuntakokeilu.study.register_source import RegisterSource
from kuntakokeilu.study.source import DataSource
from kuntakokeilu.tabular import Written


class FrozenWeight(Closed):
    """Persons of each unit before the start, for the weights `persons_frozen`."""

    path: str = Field(
        description="file, relative to the data folder; with form download, the download's name"
    )
    column: str = Field(description="column with the number of persons")
    period: PeriodText | None = Field(
        default=None, description="period to read; default: the last one before the start"
    )
    label: Labels | None = Field(
        default=None,
        description="what stands after `weighted by`, for readers: the labour force of May 2021",
    )


class Download(Closed):
    """A table that `python run.py fetch` downloads from Statistics Finland's PxWeb."""

    table: str = Field(
        description="path of the table, with its short id", examples=["StatFin/tyonv/12r5.px"]
    )
    contents: list[str] = Field(
        min_length=1,
        description="content codes; outcomes.csv names them in the column `column`",
        examples=[["TYOTOSUUS"]],
    )
    first_period: PeriodText | None = Field(
        default=None, description="first month downloaded; default: the table's first"
    )
    categories: dict[str, Text] = Field(
        default={},
        description="the one code of a further variable, such as sex or age; default: its total",
    )

    @validate_model(mode="after")
    def _is_a_table_of_months(self) -> Self:
        if not self.table.endswith(".px"):
            raise ValueError(
                f"table: expected a path such as StatFin/tyonv/12r5.px, found {self.table}"
            )
        check_form("first_period", self.first_period, "M")
        return self


class StatfinSource(DataSource):
    """Statistics Finland's employment service statistics by municipality and month."""

    needed: ClassVar[tuple[str, ...]] = ("file", "column")
    registers: ClassVar[None] = None

    reader: Literal["statfin_long"] = Field(description="the name of this reader")
    form: Literal["long_csv", "json_stat2", "pxweb_csv", "download"] = Field(
        default="long_csv",
        description="long_csv: files with a column for each value; json_stat2, pxweb_csv: answers "
        "or downloads of PxWeb, saved as they came; download: what `python run.py fetch` left",
    )
    table: Text = Field(
        default="12r5", description="json_stat2, pxweb_csv: the table that the files must hold"
    )
    downloads: dict[Name, Download] = Field(
        default={}, description="download: the tables, under the names that outcomes.csv uses"
    )
    unit_column: str = Field(
        default="kunta", description="long_csv: column with municipality codes"
    )
    period_column: str = Field(default="month", description="long_csv: column with months")
    missing: list[str] = Field(
        default=["", ".", "..", "...", "-"], description="long_csv: tokens of suppressed cells"
    )
    frozen_weight: FrozenWeight | None = Field(
        default=None, description="where the weights persons_frozen come from"
    )

    @validate_model(mode="after")
    def _settings_go_with_the_form(self) -> Self:
        forms = {
            "table": ("json_stat2", "pxweb_csv"),
            "downloads": ("download",),
            **dict.fromkeys(("unit_column", "period_column", "missing"), ("long_csv",)),
        }
        for name, known in forms.items():
            default = type(self).model_fields[name].default
            if self.form not in known and getattr(self, name) != default:
                raise ValueError(f"{name}: goes with form: {' or '.join(known)}")
        if self.form == "download" and not self.downloads:
            raise ValueError("downloads: missing; form: download needs it")
        if self.form == "download" and self.frozen_weight is not None:
            problem = self.lacks(self.frozen_weight.path, self.frozen_weight.column)
            if problem is not None:
                key = {"file": "path"}.get(problem[0], problem[0])
                raise ValueError(f"frozen_weight.{key}: {problem[1]}")
        return self

    def lacks(self, file: str | None, column: str | None) -> tuple[str, str] | None:
        """Say which of `file` and `column` names nothing that is downloaded, and why."""
        if self.form != "download":
            return None
        if file not in self.downloads:
            return "file", f"expected a name in source.downloads, found {file}"
        if column not in self.downloads[file].contents:
            return "column", f"expected one of the contents of {file}, found {column}"
        return None

    @property
    def pxweb(self) -> StatfinSource | None:
        """The source, unless its files are tables already."""
        return None if self.form == "long_csv" else self

    @property
    def frozen_label(self) -> Labels | None:
        """The label of the frozen weight."""
        return self.frozen_weight.label if self.frozen_weight else None

    def frozen_of(self, frequency: str, start: str | None) -> dict[str, str | None] | None:
        """Say which column and period the frozen weight is of."""
        frozen = self.frozen_weight
        if frozen is None:
            return None
        before = str(to_period(str(start), frequency) - 1)
        return {"column": frozen.column, "period": frozen.period or before}

    def files(self, outcome: OutcomeData | None) -> dict[str, list[str]]:
        """Name the file of an outcome, or that of the frozen weight."""
        keys = [self.unit_column, self.period_column]
        if outcome is not None:
            return {str(outcome.file): [*keys, str(outcome.column)]}
        frozen = self.frozen_weight
        return {frozen.path: [*keys, frozen.column]} if frozen else {}

    def check_periods(self, frequency: str, periods: Mapping[str, str | None]) -> None:
        """Raise ValueError if weights are frozen in another form, or not before the start."""
        text = self.frozen_weight.period if self.frozen_weight else None
        name, start = "source.frozen_weight.period", periods["start"]
        check_form(name, text, frequency)
        if text is not None and text >= str(start):
            raise ValueError(f"{name}: expected a period before the start, found {text}")

    def weights_problem(self, weights: str) -> str | None:
        """Say that the statistics count no persons but those that are frozen."""
        if weights == "persons_frozen" and self.frozen_weight is None:
            return "persons_frozen needs source.frozen_weight in study.yaml"
        if weights == "persons_current":
            return (
                "statfin_long has no persons_current; expected municipality, area or persons_frozen"
            )
        return None

    def outcome_problem(self, outcome: OutcomeData) -> tuple[str, str] | None:
        """Say what of an outcome is not downloaded."""
        return self.lacks(outcome.file, outcome.column)


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
        description="file, relative to the data folder, or to the project if it begins with ./; "
        ".csv, .txt or .tsv (also .gz), .xlsx, .parquet, .dta, .sav or .sas7bdat"
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
    layout: Literal["panel", "repeated_cross_section"] = Field(
        default="panel",
        description="panel: a row is a unit in a period; repeated_cross_section: a row is a "
        "person or firm, and rows are collapsed into unit x period cells",
    )
    unit: list[Annotated[str, Field(min_length=1)]] = Field(
        min_length=1, description="columns that together name the unit", examples=[["state"]]
    )
    period: str = Field(description="column with the period")
    period_form: Literal["calendar", "number", "stata"] = Field(
        default="calendar",
        description="calendar: 2010, 2010Q1, 2010-01, 2010m1, 201001, 2010-01-31 and the like; "
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
    treatment_ends: Literal["stop", "ignored"] = Field(
        default="stop",
        description="what is done with a unit whose marks end again: stop; ignored, once treated "
        "it counts as treated, and the report says so",
    )
    cluster: str | None = Field(default=None, description="column with area clusters")
    covariates: list[Text] = Field(
        default=[], description="columns whose mean before the first start goes into UNITS"
    )
    balanced: bool = Field(default=True, description="must every unit have every period?")
    missing: list[str] = Field(default=MISSING, description="tokens of missing values")

    @validate_model(mode="after")
    def _one_way_of_treatment(self) -> Self:
        ways = (self.first_treated, self.treated_when, self.treated)
        if sum(map(bool, ways)) != 1:
            raise ValueError("give one of first_treated, treated_when and treated")
        if self.first_treated and self.treatment_ends != "stop":
            raise ValueError("treatment_ends: goes with treated or treated_when")
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
        named = [*self.unit, self.period, *self.covariates, *self.treated_when]
        optional = (self.weight, self.first_treated, self.treated, self.cluster)
        return named + [column for column in optional if column]

    @property
    def known_covariates(self) -> list[str]:
        """The columns of the file that are covariates."""
        return self.covariates

    @property
    def frozen_label(self) -> Labels | None:
        """The label of the weights."""
        return self.weights_label

    def files(self, outcome: OutcomeData | None) -> dict[str, list[str]]:
        """Name the one file, with the columns of the units and of an outcome."""
        return {self.path: self.columns + ([str(outcome.column)] if outcome else [])}

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
        if self.weight is None and weights.startswith("persons_") and not counted:
            return f"{weights} needs source.weight in study.yaml"
        return None

    def frozen_of(self, frequency: str, start: str | None) -> dict[str, str | None] | None:
        """Say which column the weights are, and of which period if of one."""
        return {"column": self.weight, "period": self.weight_period} if self.weight else None

    def described(self) -> dict[str, Any]:
        """Say what is done where treatment ends."""
        return super().described() | {"treatment_ends": self.treatment_ends}


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


class SimulatedSource(DataSource):
    """A seeded municipal panel with a known effect."""

    registers: ClassVar[None] = None
    pxweb: ClassVar[None] = None

    reader: Literal["simulated"] = Field(description="the name of this reader")
    persons_median: int = Field(default=400, ge=1, description="persons in the median unit")
    persons_log_sd: float = Field(default=1.1, ge=0, description="spread of log unit size")
    outcomes: dict[Name, SimulatedOutcome] = Field(description="one entry for each outcome")

    @property
    def synthetic(self) -> bool:
        """All of it."""
        return True

    def check_outcomes(self, outcomes: Mapping[int, OutcomeData], where: str) -> None:
        """Stop if nothing says how an outcome moves."""
        missing = [row.outcome for row in outcomes.values() if row.outcome not in self.outcomes]
        if missing:
            raise InputError(f"{where}/study.yaml, source.outcomes: {some(missing)} is missing")


Source = Annotated[
    StatfinSource | UnitPanelSource | SimulatedSource | RegisterSource,
    Field(discriminator="reader"),
]
