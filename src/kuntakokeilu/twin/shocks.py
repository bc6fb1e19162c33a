"""Shocks that the persons of an area share: as large and as lasting as the real ones.

The table config/registers/twin_shocks.csv says how large. `area_residuals` and `moments` turn
stocks of unemployed, real or the twin's, into what can be compared (benchmarks/area_shocks.py).
"""

from __future__ import annotations

from pathlib import Path
from typing import Literal, NamedTuple

import numpy as np
from pydantic import Field

from kuntakokeilu.errors import InputError
from kuntakokeilu.facts.basics import Closed, Text
from kuntakokeilu.facts.rows import read_rows
from kuntakokeilu.study.twin import TwinSettings

LAGS = (1, 3, 6, 12)  # months


class Shocks(NamedTuple):
    """Standard deviation (log of a hazard) and correlation with the month before."""

    sd: float
    persistence: float


class Parameter(Closed):
    """One row of twin_shocks.csv."""

    parameter: Literal["shock_sd", "shock_persistence"]
    value: float = Field(ge=0)
    source: Text


def read_shocks(config: Path, settings: TwinSettings) -> Shocks:
    """Read config/registers/twin_shocks.csv; what the settings say goes before it.

    Raises
    ------
    InputError
        The table lacks a parameter, has one twice, or a persistence of 1 or more.
    """
    folder = config / "registers"
    rows = read_rows(folder / "twin_shocks.csv", Parameter, folder.as_posix()).values()
    values = {row.parameter: row.value for row in rows}
    if len(rows) != 2 or len(values) != 2 or values["shock_persistence"] >= 1:
        raise InputError(
            "twin_shocks.csv: expected shock_sd and shock_persistence, each once, the second "
            "below 1"
        )
    own = {"shock_sd": settings.shock_sd, "shock_persistence": settings.shock_persistence}
    chosen = values | {name: value for name, value in own.items() if value is not None}
    return Shocks(chosen["shock_sd"], chosen["shock_persistence"])


def ar1(rng: np.random.Generator, rows: int, months: int, persistence: float) -> np.ndarray:
    """Draw stationary AR(1) paths of unit variance, one per row."""
    path = rng.standard_normal((rows, months))
    scale = np.sqrt(1 - persistence**2)
    for t in range(1, months):
        path[:, t] = persistence * path[:, t - 1] + scale * path[:, t]
    return path


def area_residuals(stock: np.ndarray) -> np.ndarray:
    """Take from log stocks (or rates) what areas have in common and what is theirs for good.

    Left is what differs between areas from month to month: after effects of month, area, and area
    by calendar month. The last are an area's own season, which a comparison of equal months of two
    years takes out too.

    Parameters
    ----------
    stock : ndarray of float, shape (months, areas)
        Above 0; months follow each other.
    """
    left = np.log(stock)
    left = left - left.mean(axis=1, keepdims=True)
    for month in range(min(12, len(left))):
        left[month::12] -= left[month::12].mean(axis=0)
    return left


def moments(residuals: np.ndarray, other: np.ndarray | None = None) -> np.ndarray:
    """Standard deviation of residuals, and their correlations over `LAGS` months, pooled.

    Parameters
    ----------
    residuals : ndarray of float, shape (months, areas)
        Of `area_residuals`.
    other : ndarray, optional
        Those of other persons of the same areas: what the two share, without the chance of who
        was drawn. Default: the same.
    """
    other = residuals if other is None else other
    variance = (residuals * other).mean()
    lagged = [
        ((residuals[k:] * other[:-k]).mean() + (other[k:] * residuals[:-k]).mean()) / 2
        for k in LAGS
    ]
    return np.array([np.sqrt(max(variance, 0.0)), *np.array(lagged) / variance])
