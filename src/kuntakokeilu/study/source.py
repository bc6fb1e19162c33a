"""What every kind of source answers, so that nobody asks which kind it is."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar, Literal, get_args

from pydantic import Field

from kuntakokeilu.errors import InputError
from kuntakokeilu.facts.basics import Closed, Geography, Labels, Name
from kuntakokeilu.study.outcomes import OutcomeData
from kuntakokeilu.tabular import Written

Sample = Literal["stock", "inflow", "job_seekers", "survey"]


class Population(Closed):
    """Whom a number is about: a sample of person-months, or the members with certain traits."""

    sample: Sample = Field(
        description="stock: job seekers on a day, followed; inflow: those who became job seekers "
        "in a month, followed; job_seekers: those registered at the end of each month; survey: "
        "those asked in a wave of the survey"
    )
    members: dict[Name, bool | str] = Field(
        default={}, description="trait of the person-months and the value that members have"
    )
    strata: list[Name] = Field(
        default=[],
        description="stratifications by which its cells are made as well; of an inflow, by which "
        "the check `composition` looks at who enters",
    )
    label: Labels | None = Field(default=None, description="who they are, for readers")
    definition: Labels | None = Field(
        default=None, description="who belongs to them and from which data, in a sentence or two"
    )


class DataSource(Closed):
    """A source of data with the answers of one that has nothing special.

    A kind of source overrides what is different with it; fields are its settings in study.yaml.
    Beside, each kind has `registers`, itself if it is of persons, who become cells first, and
    `pxweb`, itself if its files are answers of PxWeb, of which tables are made first; else None.
    """

    # Whether the units are those of the file; else they are the municipalities of Finland.
    own_units: ClassVar[bool] = False
    # Columns of outcomes.csv without which nothing can be read.
    needed: ClassVar[tuple[str, ...]] = ("column",)

    @property
    def known_populations(self) -> Mapping[str, Population]:
        """Populations beside `all` that estimands may name."""
        return {}

    @property
    def known_covariates(self) -> list[str]:
        """Covariates that the source itself brings."""
        return []

    @property
    def known_controls(self) -> list[str]:
        """Columns that move over time and that estimands may name as controls."""
        return []

    @property
    def geographies(self) -> tuple[str, ...]:
        """Groups of units whose periods may have effects of their own."""
        return get_args(Geography)

    @property
    def synthetic(self) -> bool:
        """Whether the data are made up, so that no number is about anybody."""
        return False

    @property
    def frozen_label(self) -> Labels | None:
        """What the weights persons_frozen count, for readers."""
        return None

    @property
    def written(self) -> Written | None:
        """How the files are written; None for CSV files as this project writes them."""
        return None

    def frozen_of(self, frequency: str, start: str | None) -> dict[str, str | None] | None:
        """Say which column and period the weights persons_frozen are of, in open data."""
        return None

    def files(self, outcome: OutcomeData | None) -> dict[str, list[str]]:
        """Name the files read, and the columns needed in each, of an outcome or of the units."""
        return {}

    def check_periods(self, frequency: str, periods: Mapping[str, str | None]) -> None:
        """Raise ValueError if periods of the source do not go with those of the study.

        Parameters
        ----------
        frequency : str
            The study's frequency.
        periods : mapping of str to str or None
            first_period, last_period and start of the study.
        """

    def weights_problem(self, weights: str) -> str | None:
        """Say why units cannot be weighted so; None if they can."""
        return None

    @property
    def freezes(self) -> bool:
        """Whether counts may be divided by the persons before the start."""
        return False

    @property
    def of_means(self) -> bool:
        """Whether a row of the file is a mean of several, with a spread."""
        return False

    def outcome_problem(self, outcome: OutcomeData) -> tuple[str, str] | None:
        """Say which column of outcomes.csv names what is not there, and what was expected."""
        return None

    def check_outcomes(self, outcomes: Mapping[int, OutcomeData], where: str) -> None:
        """Stop if the source cannot give an outcome, naming its row of outcomes.csv.

        Raises
        ------
        InputError
            The first such outcome.
        """
        for number, outcome in outcomes.items():
            if outcome.data == "none":
                continue
            empty = [(name, "missing") for name in self.needed if getattr(outcome, name) is None]
            if outcome.std_dev is not None and not self.of_means:
                empty.append(("std_dev", "goes with source.layout: cell_means"))
            if outcome.denominator is not None and not self.freezes:
                empty.append(("denominator", "goes with source.frozen_weight of statfin_long"))
            problem = empty[0] if empty else self.outcome_problem(outcome)
            if problem is not None:
                column, expected = problem
                raise InputError(f"{where}/outcomes.csv, row {number}, column {column}: {expected}")

    def described(self) -> dict[str, Any]:
        """Say what readers must know of how the data came about, and the size of a twin."""
        return {
            "twin_scale": None,
            "employed_above": None,
            "definitions": {},
            "treatment_ends": "stop",
        }
