"""Where a study's data come from: four readers, each with its own settings."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, ClassVar, Literal, Self

from pydantic import Field
from pydantic import model_validator as validate_model

from kuntakokeilu.errors import InputError, some
from kuntakokeilu.facts.basics import Closed, Labels, Name, PeriodText, Text, check_form
from kuntakokeilu.facts.basics import period as to_period
from kuntakokeilu.study.outcomes import OutcomeData
from kuntakokeilu.study.panel_source import UnitPanelSource
from kuntakokeilu.study.register_source import RegisterSource
from kuntakokeilu.study.source import DataSource


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
    def freezes(self) -> bool:
        """Whether there is a frozen weight to divide by."""
        return self.frozen_weight is not None

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
