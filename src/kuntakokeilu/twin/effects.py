"""What the trial does to its clients, by outcome, group, area and months since the start.

The shared numbers (config/registers/twin_effects.csv) are invented. Their shape is not: referrals
and plans slow down in the first seven months, as trial areas reported, services rise afterwards,
and job finding changes little. A study may have numbers of its own.
"""

from __future__ import annotations

from pathlib import Path

import numpy as np

from kuntakokeilu.study import Effect
from kuntakokeilu.study.twin_effects import Outcome, read_effects
from kuntakokeilu.twin.streams import Streams

SHARED = "twin_effects.csv"


def shared_effects(config: Path) -> tuple[Effect, ...]:
    """Read config/registers/twin_effects.csv, the effects of a twin whose study has none."""
    folder = config / "registers"
    return read_effects(folder / SHARED, folder.as_posix())


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
