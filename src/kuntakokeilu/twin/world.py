"""What the worlds with and without the trial share: places, persons, shocks, effects, streams."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd

from kuntakokeilu.study import Effect, TwinSettings
from kuntakokeilu.study.twin_effects import Outcome
from kuntakokeilu.twin import hazards as hz
from kuntakokeilu.twin.clock import BURN_IN, MONTHS, Clock
from kuntakokeilu.twin.counters import EARNINGS
from kuntakokeilu.twin.effects import area_intensity, log_effect, shared_effects
from kuntakokeilu.twin.places import Places, Targets, read_places, read_targets
from kuntakokeilu.twin.population import Population, draw_population
from kuntakokeilu.twin.shocks import ar1, read_shocks
from kuntakokeilu.twin.streams import Streams

COVID = ("2020-03", "2021-12")
ANTICIPATION = 3  # months before the start; Parliament adopted the act of 2021 in 2020-12


@dataclass(frozen=True)
class World:
    """The ground on which both worlds run.

    Attributes
    ----------
    shocks : ndarray of float, shape (clusters, BURN_IN + MONTHS)
        Log shocks to job finding and (with the other sign) to entries, AR(1), both worlds.
    area_shocks : ndarray of float, same shape
        Those of the switch, to job finding only.
    cycle, recall_cycle : ndarray of float, shape (BURN_IN + MONTHS,)
        National factors of leaving unemployment and lay-off.
    intensity : ndarray of float, shape (areas,)
        Intensity of each trial area's service model.
    """

    settings: TwinSettings
    clock: Clock
    places: Places
    targets: Targets
    population: Population
    effects: tuple[Effect, ...]
    streams: Streams
    shocks: np.ndarray
    area_shocks: np.ndarray
    cycle: np.ndarray
    recall_cycle: np.ndarray
    intensity: np.ndarray

    @property
    def start(self) -> int:
        """Month in which the trial starts."""
        return self.clock.month(self.settings.start)

    @property
    def apart(self) -> int:
        """First month in which the worlds with and without the trial may differ."""
        return self.start - (ANTICIPATION if self.settings.switches.anticipation else 0)

    def target(self, t: int) -> np.ndarray:
        """Return the stocks to be reached at the end of month t: unemployed proper, laid off."""
        at = t if t >= 0 else t % 12  # ASSUME: the burn-in repeats the first year
        laid_off = self.targets.laid_off[at]
        return self.settings.scale * np.array([self.targets.unemployed[at] - laid_off, laid_off])

    def area_of(self, t: int) -> np.ndarray:
        """Trial area of residence of each person in month t, -1 for none."""
        return self.places.area[self.population.residence(t)]

    def cluster_of(self, t: int) -> np.ndarray:
        """Trial area or sub-region of residence of each person in month t."""
        return self.places.cluster[self.population.residence(t)]

    def target_group(self, t: int, right: np.ndarray, elapsed: np.ndarray) -> np.ndarray:
        """Tell who belongs to the target group of the trial, if a job seeker.

        Parameters
        ----------
        t : int
            Month; age is that at its end.
        right : ndarray of int8
            Allowance that each person has or would have (counters).
        elapsed : ndarray of int
            Completed months of job search; of meaning for job seekers only.
        """
        age, long_term = self.population.age_months(t), elapsed >= 12
        if self.settings.target == "long_term":
            return long_term
        if self.settings.target == "under_25_or_long_term":
            return (age < 25 * 12) | long_term
        return (age < 30 * 12) | self.population.foreign | (right < EARNINGS)

    def job_shift(self, t: int, area: np.ndarray, eligible: np.ndarray, trial: bool) -> np.ndarray:
        """Log change of job finding by shocks and switches; the trial's effect comes on top."""
        switches, inside = self.settings.switches, area >= 0
        cluster = self.cluster_of(t)
        shift = self.shocks[cluster, t + BURN_IN]
        if switches.area_shocks:
            shift = shift + self.area_shocks[cluster, t + BURN_IN]
        if switches.selection_level or switches.selection_trend:
            years = (t - self.start) / 12
            shift = shift + inside * (switches.selection_level + switches.selection_trend * years)
        first, last = (self.clock.month(text) for text in COVID)
        if first <= t <= last:
            shift = shift + (inside & eligible) * switches.covid_by_area_eligibility
        if trial and self.start - ANTICIPATION <= t < self.start:
            shift = shift + (inside & eligible) * switches.anticipation
        if trial and t >= self.start and switches.spillover_non_eligible:
            shift = shift + (inside & ~eligible) * switches.spillover_non_eligible
        if trial and t >= self.start and switches.spillover_neighbours:
            near = self.places.borders_trial[self.population.residence(t)]
            shift = shift + near * switches.spillover_neighbours
        return shift

    def effects_on(
        self,
        outcomes: tuple[Outcome, ...],
        client_area: np.ndarray,
        at: np.ndarray,
        t: int,
        elapsed: np.ndarray,
        trial: bool,
    ) -> dict[Outcome, np.ndarray]:
        """Log effects of the trial on some persons; 0 for those who are no clients.

        Parameters
        ----------
        outcomes : tuple of str
            Rates.
        client_area : ndarray of int
            Area whose client each person is, -1 for none.
        at : ndarray of int
            Positions of the persons.
        t : int
            Month.
        elapsed : ndarray of int
            Completed months of job search of those persons.
        trial : bool
            Whether the trial takes place.
        """
        result: dict[Outcome, np.ndarray] = {outcome: np.zeros(len(at)) for outcome in outcomes}
        scale = self.settings.effect_scale
        if not trial or t < self.start or scale == 0:
            return result
        served = np.flatnonzero(client_area[at] >= 0)
        who = at[served]
        for outcome in outcomes:
            result[outcome][served] = scale * log_effect(
                self.effects,
                outcome,
                t - self.start,
                self.population.age_months(t)[who] < 360,
                self.population.foreign[who],
                elapsed[served] >= 12,
                self.intensity[client_area[who]],
            )
        return result


def make_world(
    settings: TwinSettings,
    config: Path,
    areas: pd.DataFrame | None = None,
    effects: Iterable[Effect] | None = None,
) -> World:
    """Read the tables of the twin and draw everything that both worlds share.

    Parameters
    ----------
    settings : TwinSettings
        Seed, size, effects and switches.
    config : Path
        The folder config/ of the project.
    areas : DataFrame, optional
        The trial's municipalities: arm, area, code (of any year). Default: those of 2021-24.
    effects : iterable of Effect, optional
        What the trial does. Default: config/registers/twin_effects.csv.

    Raises
    ------
    InputError
        A table of the twin is wrong, or a code of `areas` is no municipality.
    """
    clock = Clock(settings.first_year)
    places = read_places(config, areas)
    targets = read_targets(config, clock)
    streams = Streams(settings.seed, settings.persons)
    clusters = int(places.cluster.max()) + 1
    months = np.arange(-BURN_IN - 1, MONTHS)
    at = np.where(months < 0, months % 12, months)
    own = targets.unemployed[at] - targets.laid_off[at]
    shock, draws = read_shocks(config, settings), BURN_IN + MONTHS
    return World(
        settings=settings,
        clock=clock,
        places=places,
        targets=targets,
        population=draw_population(places, streams),
        effects=shared_effects(config) if effects is None else tuple(effects),
        streams=streams,
        shocks=shock.sd * ar1(streams.generator("shocks"), clusters, draws, shock.persistence),
        area_shocks=settings.switches.area_shocks
        * ar1(streams.generator("area_shocks"), clusters, draws, 0.95),
        cycle=hz.cycle(own),
        recall_cycle=hz.cycle(targets.laid_off[at]),
        intensity=area_intensity(len(places.areas), streams),
    )
