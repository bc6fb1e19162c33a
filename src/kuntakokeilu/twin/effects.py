"""What the trial does to its clients, by outcome, group, area and months since the start.

The numbers are invented. Their shape is not: referrals and plans slow down in the first seven
months, as trial areas reported, services rise afterwards, and job finding changes little.
"""

from __future__ import annotations

from pathlib import Path
from typing import Literal

import numpy as np
from pydantic import Field, model_validator

from kuntakokeilu.facts.basics import Closed
from kuntakokeilu.facts.rows import read_rows
from kuntakokeilu.twin.streams import Streams

Outcome = Literal[
    "job_finding", "services", "plans", "contacts", "social_assistance", "care", "wellbeing"
]


class Effect(Closed):
    """One row of twin_effects.csv: log changes of a rate in some months since the start.

    Of wellbeing, which is no rate, they are changes in standard deviations or so (`survey`).
    """

    outcome: Outcome
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
            raise ValueError("from_month is after to_month")
        return self


def read_effects(config: Path) -> tuple[Effect, ...]:
    """Read config/registers/twin_effects.csv."""
    folder = config / "registers"
    return tuple(read_rows(folder / "twin_effects.csv", Effect, folder.as_posix()).values())


def area_intensity(areas: int, streams: Streams) -> np.ndarray:
    """Draw the intensity of each area's service model; of mean 0, nothing about real areas."""
    draws = streams.generator("intensity").standard_normal(areas)
    return draws - draws.mean() if areas else draws


def log_effect(
    effects: tuple[Effect, ...],
    outcome: Outcome,
    since_start: int,
    under_30: np.ndarray,
    foreign: np.ndarray,
    long_term: np.ndarray,
    intensity: np.ndarray,
) -> np.ndarray:
    """Log change of a rate for clients of the trial.

    Parameters
    ----------
    effects : tuple of Effect
        The table.
    outcome : str
        Which rate.
    since_start : int
        Months since the start.
    under_30, foreign, long_term : ndarray of bool
        Groups, one element per client.
    intensity : ndarray of float
        Intensity of the client's area.

    Returns
    -------
    ndarray of float
        0 where the table says nothing.
    """
    total = np.zeros(len(under_30))
    for row in effects:
        if row.outcome == outcome and row.from_month <= since_start <= row.to_month:
            here = row.effect + row.under_30 * under_30 + row.foreign * foreign
            total += (here + row.long_term * long_term) * (1 + row.area * intensity)
    return total
