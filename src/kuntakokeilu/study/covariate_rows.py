"""One row of covariates.csv: what is known of a municipality before the start."""

from __future__ import annotations

from typing import Literal, Self

from pydantic import Field
from pydantic import model_validator as validate_model

from kuntakokeilu.facts.basics import Closed, Labelled, Name


class CovariateData(Closed):
    """The part of a covariate that decides which values are read, and how they are put together."""

    covariate: Name = Field(description="name of the covariate")
    file: str | None = Field(default=None, description="file, relative to the data folder")
    unit_column: str | None = Field(default=None, description="column with municipality codes")
    period_column: str | None = Field(default=None, description="column with years")
    outcome: Name | None = Field(
        default=None, description="instead of a file, the outcome whose own cells have the values"
    )
    population: Name | None = Field(default=None, description="population of these cells")
    column: str = Field(description="column with the values; of cells: mean, or n for persons")
    kind: Literal["level", "trend"] = Field(
        description="level: mean of the years; trend: least-squares slope a year"
    )
    transform: Literal["none", "log"] = Field(
        default="none", description="log: natural logarithm of each year's value"
    )
    merge: Literal["mean", "sum"] = Field(
        default="mean",
        description="how values of merged municipalities combine: counts sum, of rates the mean",
    )
    first_year: int = Field(description="first year used")
    last_year: int = Field(description="last year used, before the start")

    @validate_model(mode="after")
    def _has_one_origin(self) -> Self:
        of_file = {name: getattr(self, name) for name in ("file", "unit_column", "period_column")}
        of_cells = {name: getattr(self, name) for name in ("outcome", "population")}
        wanted, other = (of_file, of_cells) if self.file else (of_cells, of_file)
        missing = next((name for name, value in wanted.items() if value is None), None)
        if missing:
            raise ValueError(f"{missing}: missing; expected a file or an outcome with population")
        given = next((name for name, value in other.items() if value is not None), None)
        if given:
            raise ValueError(f"{given}: give a file or an outcome, not both")
        if self.outcome and self.column not in ("mean", "n"):
            raise ValueError(f"column: of cells expected mean or n, found {self.column}")
        return self

    @validate_model(mode="after")
    def _years_make_the_kind(self) -> Self:
        if self.first_year > self.last_year:
            raise ValueError(f"first_year: {self.first_year} is after last_year ({self.last_year})")
        if self.kind == "trend" and self.first_year == self.last_year:
            raise ValueError(f"last_year: a trend needs two years, found only {self.last_year}")
        return self


class Covariate(Labelled, CovariateData):
    """One row of covariates.csv: something known of each municipality before the start."""
