"""The clean histories: the tables of `clean_tables`, out of a world."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator
from functools import cache
from itertools import chain, islice, tee
from pathlib import Path

import numpy as np
import pandas as pd

from kuntakokeilu.contracts import conform
from kuntakokeilu.twin import benefits, guidance, pensions, spells, survey, wages, wellbeing
from kuntakokeilu.twin.clean_tables import TABLES, YEARLY
from kuntakokeilu.twin.dynamics import Paths
from kuntakokeilu.twin.eligibility import eligibility
from kuntakokeilu.twin.population import NEVER
from kuntakokeilu.twin.rates import read_rates
from kuntakokeilu.twin.walk import Months, walk
from kuntakokeilu.twin.world import World

AS_OF = (-27, -25, -3, -1)  # months from the start: 2018-12, 2019-02, 2020-12, 2021-02


def histories(
    world: World,
    paths: Paths,
    config: Path,
    wanted: Collection[str] = tuple(TABLES),
    first_year: int = 0,
) -> Iterator[tuple[str, int | None, pd.DataFrame]]:
    """Yield the tables of one world: name, year (None for whole tables) and frame.

    Event tables come year by year (the year of the entitlement month), so that the memory needed
    is that of one year of the largest, and all from one walk through the months.

    Parameters
    ----------
    world : World
        What both worlds share.
    paths : Paths
        The world.
    config : Path
        The folder config/ of the project.
    wanted : collection of str
        Which of TABLES.
    first_year : int
        Events of earlier years do not come.
    """
    whole = chain(
        _whole(_of_persons(world, paths), wanted),
        _whole(_of_statuses(world, paths), wanted),
        _whole(_of_searches(world, paths), wanted),
    )
    for name, frame in whole:
        yield name, None, _conform(name, frame)
    streams = _of_months(world, paths, config, wanted)
    for year in range(world.clock.first_year, world.clock.last_year + 1):
        for name, stream in streams.items():
            frames = list(islice(stream, 12))
            if year >= first_year:
                yield name, year, _conform(name, pd.concat(frames))


def _whole(
    tables: dict[str, Callable[[], pd.DataFrame]], wanted: Collection[str]
) -> Iterator[tuple[str, pd.DataFrame]]:
    return ((name, make()) for name, make in tables.items() if name in wanted)


def _of_persons(world: World, paths: Paths) -> dict[str, Callable[[], pd.DataFrame]]:
    return {"persons": lambda: persons(world), "residences": lambda: spells.residences(world)}


def _of_statuses(world: World, paths: Paths) -> dict[str, Callable[[], pd.DataFrame]]:
    status = cache(lambda: spells.statuses(world, paths))
    return {
        "services": lambda: spells.services(world, status()),
        "placements": lambda: spells.placements(world, paths, status()),
        "statuses": status,
    }


def _of_searches(world: World, paths: Paths) -> dict[str, Callable[[], pd.DataFrame]]:
    at = [world.start + months for months in AS_OF]
    return {
        "registrations": lambda: spells.registrations(world, paths),
        "offices": lambda: spells.offices(world, paths),
        "eligibility": lambda: pd.concat([eligibility(world, paths, t) for t in at]),
        "sickness": lambda: wellbeing.sickness_spells(world, paths),
        "pensions": lambda: pensions.pensions(world, paths),
        "survey": lambda: survey.survey(world, paths),
    }


def _of_months(
    world: World, paths: Paths, config: Path, wanted: Collection[str]
) -> dict[str, Iterator[pd.DataFrame]]:
    """Give the tables that come month by month, all fed by one walk."""
    rates = read_rates(config, world.clock)
    makers: dict[str, Callable[[Months], Iterator[pd.DataFrame]]] = {
        "plans": lambda months: guidance.plans(world, paths, months),
        "contacts": lambda months: guidance.contacts(world, paths, months),
        "offers": lambda months: guidance.offers(world, paths, months),
        "wages": lambda months: wages.wage_payments(world, paths, months),
        "benefits": lambda months: benefits.benefit_payments(world, paths, rates, months),
        "social_assistance": lambda months: wellbeing.social_assistance(
            world, paths, rates, months
        ),
        "medicines": lambda months: wellbeing.medicines(world, paths, months),
        "visits": lambda months: wellbeing.visits(world, paths, months),
    }
    chosen = [name for name in YEARLY if name in wanted]
    walks = tee(walk(world, paths), len(chosen))
    return {name: makers[name](months) for name, months in zip(chosen, walks, strict=True)}


def write_histories(world: World, paths: Paths, config: Path, folder: Path) -> list[Path]:
    """Write the tables as parquet: <table>.parquet or <table>_<year>.parquet.

    Returns
    -------
    list of Path
        The files.
    """
    folder.mkdir(parents=True, exist_ok=True)
    written = []
    for name, at, frame in histories(world, paths, config):
        path = folder / (f"{name}.parquet" if at is None else f"{name}_{at}.parquet")
        frame.to_parquet(path, index=False, compression="zstd")
        written.append(path)
    return written


def collect(
    world: World, paths: Paths, config: Path, wanted: Collection[str] = tuple(TABLES)
) -> dict[str, pd.DataFrame]:
    """Return tables whole, by name: for tests and small scales."""
    parts: dict[str, list[pd.DataFrame]] = {}
    for name, _, frame in histories(world, paths, config, wanted):
        parts.setdefault(name, []).append(frame)
    return {name: pd.concat(frames, ignore_index=True) for name, frames in parts.items()}


def persons(world: World) -> pd.DataFrame:
    """Table `persons`."""
    people, u = world.population, world.streams.uniform
    n = world.streams.persons
    member = people.fund_from < NEVER
    country = np.array(["643", "233", "368", "706", "804", "752"])
    foreign = country[np.minimum((u("country") * len(country)).astype(int), len(country) - 1)]
    fund = np.char.zfill((1 + np.floor(u("fund_number") * 25)).astype(int).astype(str), 3)

    def when(months: np.ndarray, known: np.ndarray) -> np.ndarray:
        return np.where(known, world.clock.dates(months, 1), np.datetime64("NaT", "D"))

    return pd.DataFrame(
        {
            "person": np.arange(n, dtype=np.int32),
            "birth_date": spells.birth_dates(world),
            "sex": people.sex,
            "language": people.language,
            "citizenship": np.where(people.finnish, "246", foreign),
            "education": people.education,
            "fund": np.where(member, fund, ""),
            "fund_from": when(people.fund_from, member),
            "fund_to": when(people.fund_to, people.fund_to < NEVER),
            "limited_from": when(people.limited_from, people.limited_from < NEVER),
            "death_date": _last_days(world, people.death),
            "emigration_date": _last_days(
                world, np.where(people.death <= people.emigration, NEVER, people.emigration)
            ),
            "complier": people.complier,
        }
    )


def _last_days(world: World, months: np.ndarray) -> np.ndarray:
    day = spells.days_of(world, months, np.arange(len(months)))
    return np.where(months < NEVER, day, np.datetime64("NaT", "D"))


def _conform(name: str, frame: pd.DataFrame) -> pd.DataFrame:
    schema = TABLES[name]
    return conform(frame[list(schema.columns)], schema)
