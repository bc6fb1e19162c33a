"""A simulator of municipal panels with a known effect, for demonstration, power and size."""

from __future__ import annotations

import zlib
from collections.abc import Mapping

import numpy as np
import pandas as pd

from kuntakokeilu.cells.reader import Reader, complete
from kuntakokeilu.study import OutcomeData, SimulatedOutcome, SimulatedSource

_SIZE_LOG_SD = 1.1  # spread of log unit size, as of the municipalities of Finland


class SimulatedReader(Reader[SimulatedSource]):
    """Reads nothing: the study's seed decides every number."""

    def units(
        self, raw: Mapping[str, pd.DataFrame], known: pd.DataFrame | None
    ) -> tuple[pd.DataFrame, pd.Series | None]:
        """Give the municipalities persons."""
        assert known is not None
        persons = simulate_persons(known, self.source, self.settings.seed)
        return known.assign(weight_frozen=persons.astype(float)), persons

    def cells(
        self,
        raw: Mapping[str, pd.DataFrame],
        outcome: OutcomeData,
        span: pd.PeriodIndex,
        units: pd.DataFrame,
    ) -> pd.DataFrame:
        """Simulate the outcome."""
        process = self.source.outcomes[outcome.outcome]
        stream = zlib.crc32(outcome.outcome.encode())
        cells = simulate_panel(units, span, process, self.settings.seed, stream)
        return complete(cells, outcome.outcome, "sum", "simulated")


def simulate_persons(units: pd.DataFrame, source: SimulatedSource, seed: int) -> pd.Series:
    """Draw the number of persons in each unit, log-normal, fixed over time.

    Parameters
    ----------
    units : DataFrame
        Units in a fixed order.
    source : SimulatedSource
        Median unit size.
    seed : int
        Seed.

    Returns
    -------
    Series of int
        Persons, at least 5 in a unit.
    """
    rng = np.random.default_rng([seed, 0])
    draws = rng.lognormal(np.log(source.persons_median), _SIZE_LOG_SD, len(units))
    return pd.Series(np.maximum(draws, 5).astype(int), index=units.index)


def simulate_panel(
    units: pd.DataFrame,
    span: pd.PeriodIndex,
    outcome: SimulatedOutcome,
    seed: int,
    stream: int,
) -> pd.DataFrame:
    """Simulate one outcome for every unit and month.

    The outcome of unit i in area g and month t is a level, a unit effect, a seasonal cycle,
    selection of trial units on level and trend, a stationary AR(1) shock common to the area,
    one of the unit, noise that falls with the number of persons, and the effect from the
    unit's first treated month on.

    Parameters
    ----------
    units : DataFrame
        UNITS; `weight_frozen` holds the number of persons.
    span : PeriodIndex
        Months to simulate.
    outcome : SimulatedOutcome
        The process.
    seed, stream : int
        Seed of the study, and a number that separates its outcomes.

    Returns
    -------
    DataFrame
        unit, period, n, weight, sum, sum_sq, mean.
    """
    rng = np.random.default_rng([seed, 1, stream])
    n_units, n_periods = len(units), len(span)
    persons = units["weight_frozen"].to_numpy(float)[:, None]
    trial = (units["arm"] == "trial").to_numpy(float)[:, None]
    clusters, codes = np.unique(units["cluster"].to_numpy(str), return_inverse=True)
    years = (np.arange(n_periods) / 12.0)[None, :]
    permanent = outcome.unit_sd * rng.standard_normal((n_units, 1))
    season = outcome.season_amplitude * np.cos(2 * np.pi * (span.month.to_numpy() - 1) / 12)
    area = outcome.area_shock_sd * ar1(rng, len(clusters), n_periods, outcome.persistence)
    own = outcome.unit_shock_sd * ar1(rng, n_units, n_periods, outcome.persistence)
    noise = outcome.person_sd / np.sqrt(persons) * rng.standard_normal((n_units, n_periods))
    selection = trial * (outcome.selection_level + outcome.selection_trend * years)
    first = units["first_treated"].to_numpy(object)[:, None]
    treated = np.array([[f is not pd.NaT and p >= f for p in span] for (f,) in first], float)
    mean = (
        outcome.level
        + permanent
        + season[None, :]
        + selection
        + area[codes]
        + own
        + noise
        + outcome.effect * treated
    )
    frame = pd.DataFrame(
        {
            "unit": np.repeat(units["unit"].to_numpy(), n_periods),
            "period": pd.PeriodIndex(np.tile(span.to_numpy(), n_units), freq=span.freq),
            "n": np.repeat(persons.ravel().astype(int), n_periods),
            "mean": mean.ravel(),
        }
    )
    frame["weight"] = frame["n"].astype(float)
    frame["sum"] = frame["weight"] * frame["mean"]
    frame["sum_sq"] = frame["weight"] * (frame["mean"] ** 2 + outcome.person_sd**2)
    return frame


def ar1(rng: np.random.Generator, rows: int, periods: int, persistence: float) -> np.ndarray:
    """Draw stationary AR(1) paths of unit variance, one per row."""
    shocks = rng.standard_normal((rows, periods))
    path = np.empty((rows, periods))
    path[:, 0] = shocks[:, 0]
    scale = np.sqrt(1 - persistence**2)
    for t in range(1, periods):
        path[:, t] = persistence * path[:, t - 1] + scale * shocks[:, t]
    return path
