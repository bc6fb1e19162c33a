"""What the trial of a synthetic twin does: rows of twin_effects.csv, shared or of a study's own."""

from __future__ import annotations

from pathlib import Path
from typing import Literal

from pydantic import Field, model_validator

from kuntakokeilu.errors import InputError
from kuntakokeilu.facts.basics import Closed
from kuntakokeilu.facts.rows import read_rows
from kuntakokeilu.study.models import Settings

Outcome = Literal[
    "job_finding", "services", "plans", "contacts", "social_assistance", "care", "wellbeing"
]


class Effect(Closed):
    """One row of twin_effects.csv: log changes of a rate in some months since the start.

    Of wellbeing, which is no rate, they are changes in standard deviations or so.
    """

    outcome: Outcome = Field(description="Which rate, or wellbeing in the survey")
    from_month: int = Field(ge=0, description="First month since the start, which is month 0")
    to_month: int = Field(ge=0, description="Last month since the start")
    effect: float = Field(description="Change for all clients")
    under_30: float = Field(0.0, description="Added for clients under 30")
    foreign: float = Field(0.0, description="Added for foreign-language speakers and citizens")
    long_term: float = Field(0.0, description="Added after a year of job search")
    area: float = Field(
        0.0, description="Relative change of all of these per unit of the area's intensity"
    )

    @model_validator(mode="after")
    def _ordered(self) -> Effect:
        if self.from_month > self.to_month:
            raise ValueError(f"to_month: {self.to_month} is before from_month ({self.from_month})")
        return self


def read_effects(path: Path, where: str) -> tuple[Effect, ...]:
    """Read a table of effects.

    Parameters
    ----------
    path : Path
        The file.
    where : str
        Its folder as the user sees it, for messages.

    Raises
    ------
    InputError
        A row is wrong, or two rows are about one month of an outcome, whose effects would add up.
    """
    rows = read_rows(path, Effect, where)
    taken: dict[tuple[Outcome, int], int] = {}
    for number, row in rows.items():
        for month in range(row.from_month, row.to_month + 1):
            first = taken.setdefault((row.outcome, month), number)
            if first != number:
                raise InputError(
                    f"{where}/{path.name}, row {number}, column from_month: row {first} has "
                    f"month {month} of {row.outcome} already"
                )
    return tuple(rows.values())


def own_effects(folder: Path, settings: Settings, where: str) -> tuple[Effect, ...] | None:
    """Read the effects that a study gives its twin; None if it gives none.

    Raises
    ------
    InputError
        The file that the study names is missing or has a fault; as `read_effects`.
    """
    registers = settings.source.registers
    if registers is None or registers.twin is None or registers.twin.effects is None:
        return None
    return read_effects(folder / registers.twin.effects, where)
