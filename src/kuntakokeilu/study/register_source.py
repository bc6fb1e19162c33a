"""Register data as the source of a study: which extract, which persons, which populations."""

from __future__ import annotations

from collections.abc import Mapping
from itertools import pairwise
from typing import Any, ClassVar, Literal, Self

from pydantic import Field
from pydantic import model_validator as validate_model

from kuntakokeilu.contracts import OUTCOMES, PERSON_MONTHS, TRAITS
from kuntakokeilu.facts.basics import Closed, Day, Labels, Name, PeriodText, check_form, check_order
from kuntakokeilu.study.outcomes import OutcomeData
from kuntakokeilu.study.source import DataSource, Population
from kuntakokeilu.study.twin import TwinSettings


class PanelSettings(Closed):
    """How registers become person-months: dates of freezing, samples, definitions."""

    frozen_on: list[Day] = Field(
        min_length=1,
        description="31 December of the years at whose end residence, and for stocks the other "
        "traits, are taken; each cohort and month uses the last one before it",
    )
    stocks: list[PeriodText] = Field(
        default=[], description="months at whose end the job seekers are a stock"
    )
    follow_up: int = Field(
        default=24, ge=1, description="months for which a stock and an inflow are followed"
    )
    horizons: list[int] = Field(
        default=[0, 3, 6, 12, 24],
        min_length=1,
        description="months since entry that are kept of an inflow",
    )
    first_month: PeriodText = Field(description="first month of the person-months")
    last_month: PeriodText = Field(description="last month of the person-months")
    ages: tuple[int, int] = Field(
        default=(18, 64), description="lowest and highest age in full years when frozen"
    )
    entry_gap_days: int = Field(
        default=30,
        ge=0,
        description="a registration begins an inflow if none ended in so many days before it",
    )
    eligibility: Literal["payments", "fund", "placements"] = Field(
        default="payments",
        description="how the right to earnings-related allowance is told: the last benefit paid "
        "in three months, membership of a fund, or the benefit before the last placement; each "
        "falls back on the others in this order",
    )
    employed_above: float = Field(
        default=500.0, ge=0, description="wages of a month, in euros, above which one is employed"
    )

    @validate_model(mode="after")
    def _dates_agree(self) -> Self:
        for day in self.frozen_on:
            if (day.month, day.day) != (12, 31):
                raise ValueError(f"frozen_on: expected 31 December of a year, found {day}")
        for early, late in pairwise(self.frozen_on):
            if late <= early:
                raise ValueError(f"frozen_on: {late} does not come after {early}")
        for name in ("first_month", "last_month"):
            check_form(name, getattr(self, name), "M")
        check_order("first_month", self.first_month, "last_month", self.last_month)
        for stock in self.stocks:
            check_form("stocks", stock, "M")
            if self.stocks.count(stock) > 1:
                raise ValueError(f"stocks: {stock} stands there twice")
            if not self.first_month <= stock <= self.last_month:
                raise ValueError(f"stocks: {stock} lies outside first_month and last_month")
        if self.first_month <= str(self.frozen_on[0])[:7]:
            raise ValueError(f"first_month: expected a month after {self.frozen_on[0]}")
        if sorted(set(self.horizons)) != self.horizons or self.horizons[0] < 0:
            raise ValueError("horizons: expected ascending numbers of months from 0 on")
        if self.horizons[-1] > self.follow_up:
            raise ValueError(f"horizons: {self.horizons[-1]} is beyond follow_up")
        if self.ages[0] > self.ages[1]:
            raise ValueError(f"ages: {self.ages[0]} is above {self.ages[1]}")
        return self


class RegisterSource(DataSource):
    """Register data of persons, or a synthetic twin of them."""

    pxweb: ClassVar[None] = None

    reader: Literal["registers"] = Field(description="the name of this reader")
    adapter: str = Field(
        description="adapter of the extract, relative to the project",
        examples=["config/registers/synthetic.yaml"],
    )
    root: str | None = Field(
        default=None,
        description="folder of the extract; the environment variable KUNTAKOKEILU_REGISTERS goes "
        "before it; none with a twin, which the workflow makes",
    )
    twin: TwinSettings | None = Field(
        default=None, description="a synthetic extract with a known effect instead of a real one"
    )
    shards: int = Field(
        default=1,
        ge=1,
        le=1000,
        description="into how many parts persons are cut, each of which a job of its own reads and "
        "adds up; no number depends on it",
    )
    panel: PanelSettings = Field(description="how registers become person-months")
    populations: dict[Name, Population] = Field(
        min_length=1, description="whom the numbers are about; estimands.csv names one of these"
    )
    stratifications: dict[Name, list[Name]] = Field(
        default={}, description="named sets of traits by which cells are split"
    )
    weights_from: Name = Field(
        description="population whose size before the start is the weight persons_frozen"
    )
    weights_label: Labels | None = Field(
        default=None, description="what stands after `weighted by`, with its date, for readers"
    )

    @validate_model(mode="after")
    def _names_exist(self) -> Self:
        if self.weights_from not in self.populations:
            raise ValueError(f"weights_from: no population {self.weights_from}")
        if self.populations[self.weights_from].sample == "survey":
            raise ValueError(f"weights_from: {self.weights_from} is a sample of a survey")
        if self.twin is not None and self.root is not None:
            raise ValueError("root: a twin is made by the workflow; give one of the two")
        for name, population in self.populations.items():
            used = {*population.members, *_traits_of(population, self.stratifications)}
            if population.sample != "stock" and "long_term" in used:
                raise ValueError(
                    f"populations.{name}: long_term is known of stocks only; before an entry "
                    "nobody is registered"
                )
            for trait, value in population.members.items():
                _check_trait(f"populations.{name}.members", trait)
                boolean = PERSON_MONTHS[trait].type == "BOOLEAN"
                if boolean != isinstance(value, bool):
                    expected = "true or false" if boolean else "a text"
                    raise ValueError(f"populations.{name}.members.{trait}: expected {expected}")
            for scheme in population.strata:
                if scheme not in self.stratifications:
                    raise ValueError(f"populations.{name}.strata: no stratification {scheme}")
            if population.sample == "stock" and not self.panel.stocks:
                raise ValueError(f"populations.{name}.sample: panel.stocks names no stock")
        for name, traits in self.stratifications.items():
            if name == "none":
                raise ValueError("stratifications.none: this name stands for all together")
            for trait in traits:
                _check_trait(f"stratifications.{name}", trait)
        return self

    @property
    def registers(self) -> RegisterSource:
        """The source itself."""
        return self

    @property
    def known_populations(self) -> Mapping[str, Population]:
        """The populations by name."""
        return self.populations

    @property
    def synthetic(self) -> bool:
        """A twin is, and nothing else."""
        return self.twin is not None

    @property
    def frozen_label(self) -> Labels | None:
        """The label of the weights."""
        return self.weights_label

    def check_periods(self, frequency: str, periods: Mapping[str, str | None]) -> None:
        """Raise ValueError if the twin's trial starts at another time than the study's."""
        start = periods["start"]
        if self.twin is not None and self.twin.start != start:
            raise ValueError(
                f"source.twin.start: expected the study's start {start}, found {self.twin.start}"
            )

    def outcome_problem(self, outcome: OutcomeData) -> tuple[str, str] | None:
        """Say why a column of the person-months can be no outcome."""
        if outcome.column in OUTCOMES:
            return None
        return "column", f"expected an outcome of the person-months, found {outcome.column}"

    def described(self) -> dict[str, Any]:
        """Say what defines outcomes and populations, and the size of a twin."""
        defined = {n: p.definition for n, p in self.populations.items() if p.definition}
        return super().described() | {
            "twin_scale": self.twin.scale if self.twin else None,
            "employed_above": self.panel.employed_above,
            "definitions": {name: text.model_dump() for name, text in defined.items()},
        }


def _traits_of(population: Population, stratifications: dict[str, list[str]]) -> set[str]:
    """Collect the traits by which the cells of a population are split."""
    return {trait for scheme in population.strata for trait in stratifications.get(scheme, [])}


def _check_trait(where: str, trait: str) -> None:
    if trait not in TRAITS:
        raise ValueError(f"{where}: {trait} is no trait; expected one of {', '.join(TRAITS)}")
