"""Typed rows of numbers made of several estimates: ratios, totals and combinations."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, Literal

from pydantic import BaseModel, Field, FiniteFloat

from kuntakokeilu.contracts import CombinationDescription, RatioDescription, TotalDescription
from kuntakokeilu.facts.basics import Closed, EstimandName, Labelled, Name, PeriodText, only


class _Made(Labelled):
    role: Literal["main", "robustness"] = Field(description="what the number is for")


class RatioRow(_Made):
    """One row of ratios.csv: what one more of the denominator costs, or brings, of the other."""

    ratio: Name = Field(description="name of the ratio")
    numerator: EstimandName = Field(description="estimand above the line")
    denominator: EstimandName = Field(description="estimand below the line")


class Ratio(RatioRow):
    """A ratio with what its units make of it."""

    factor: float = Field(description="turns the ratio of the estimates into one of amounts")
    unit: str = Field(description="unit of the numerator's total")


class TotalRow(_Made):
    """One row of totals.csv: an effect per person-month made a total."""

    total: Name = Field(description="name of the total")
    estimand: EstimandName = Field(description="estimand that is multiplied")
    quantity: Literal["per_person", "whole_group", "whole_group_with_programme"] = Field(
        description="per_person: x months followed; whole_group: x person-months of the trial "
        "arm after the start; with_programme: programme costs added to it"
    )


class Total(TotalRow):
    """A total with what it is multiplied by, as far as that needs no data."""

    factor: float = Field(description="turns the estimate into an amount per person-month")
    unit: str = Field(description="unit of the total")
    months: int | None = Field(default=None, description="months that a person is followed")
    programme_euros: float | None = Field(default=None, description="programme costs added")


class CombinationRow(_Made):
    """One row of combinations.csv: one estimate less a multiple of another."""

    combination: Name = Field(description="name of the combination")
    first: EstimandName = Field(description="estimand that the other is taken from")
    second: EstimandName = Field(description="estimand that is taken off, times the factor")
    factor: Literal["baseline_share"] | FiniteFloat = Field(
        description="a number, or baseline_share: the trial arm's mean of the first outcome before "
        "the start over that of the second",
    )


class Combination(CombinationRow):
    """A combination with its unit."""

    unit: str = Field(description="unit of both estimands")


class ProgrammeCost(Labelled):
    """One row of config/programme_costs.csv: what the trial itself cost somebody."""

    line: Name = Field(description="name of the line")
    payer: Name = Field(description="who pays it")
    euros: float = Field(ge=0, description="nominal euros over all its months")
    first: PeriodText = Field(description="first month it covers")
    last: PeriodText = Field(description="last month it covers")
    mark: Literal["verified", "unverified"] = Field(description="read in its source or not")
    source: str = Field(description="where it was read", min_length=1)


class PriceIndexRow(Closed):
    """One row of config/price_index.csv."""

    year: int = Field(ge=1900, le=2100, description="calendar year")
    index: float = Field(gt=0, description="annual mean of consumer prices, 1951:10=100")
    mark: Literal["verified", "unverified"] = Field(description="read in its source or not")
    source: str = Field(description="where it was read", min_length=1)


@dataclass(frozen=True)
class Money:
    """What a study makes of its estimates; each by name, empty without the file.

    Attributes
    ----------
    ratios, totals, combinations : dict
        Typed rows with what follows from the estimands.
    programme_costs : list of ProgrammeCost
        Lines within the study's trial, if a total adds them.
    """

    ratios: dict[str, Ratio] = field(default_factory=dict)
    totals: dict[str, Total] = field(default_factory=dict)
    combinations: dict[str, Combination] = field(default_factory=dict)
    programme_costs: list[ProgrammeCost] = field(default_factory=list)

    def rows(self) -> list[BaseModel]:
        """List everything that is asked for, for the study's fingerprint."""
        parts = (self.ratios, self.totals, self.combinations)
        return [row for part in parts for row in part.values()] + list(self.programme_costs)

    def describe(self) -> dict[str, Any]:
        """Gather what readers must know about the numbers; no data."""
        return {
            "ratios": {name: only(row, RatioDescription) for name, row in self.ratios.items()},
            "totals": {name: only(row, TotalDescription) for name, row in self.totals.items()},
            "combinations": {
                name: only(row, CombinationDescription) for name, row in self.combinations.items()
            },
        }
