"""From the clean histories to register files."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path

import pandas as pd

from kuntakokeilu.registers.adapter import Adapter
from kuntakokeilu.registers.contract import read_contract
from kuntakokeilu.twin.clean_tables import SOURCES
from kuntakokeilu.twin.dynamics import Paths
from kuntakokeilu.twin.extract import events, measures, payments, search, wellbeing
from kuntakokeilu.twin.extract.files import Writer
from kuntakokeilu.twin.extract.municipalities import read_codes
from kuntakokeilu.twin.extract.people import (
    People,
    first_search,
    make_people,
    write_jobseekers,
    write_persons_sex,
    write_persons_yearly,
)
from kuntakokeilu.twin.extract.processes import beside
from kuntakokeilu.twin.extract.spells import in_numbers
from kuntakokeilu.twin.histories import histories
from kuntakokeilu.twin.world import World

# By year: each takes the writer, the year, the clean rows and what the year before has left over.
YEARLY: dict[
    str, Callable[[Writer, int, pd.DataFrame, pd.DataFrame | None], pd.DataFrame | None]
] = {
    "plans": events.write_plans,
    "contacts": events.write_contacts,
    "offers": events.write_offers,
    "wages": payments.write_wages,
    "benefits": payments.write_benefits,
    "medicines": events.write_medicines,
    "visits": events.write_visits,
}


def write_extract(
    world: World,
    paths: Paths,
    config: Path,
    adapter: Adapter,
    root: Path,
    *,
    upper_case: bool = False,
    from_year: int = 0,
) -> list[Path]:
    """Write one world as register files with the dirt of real ones.

    Ids, municipality parts and all dirt come from streams of their own, by person or row, so that
    the files of the worlds with and without the trial differ in nothing but what the trial changes.

    Parameters
    ----------
    world : World
        What both worlds share.
    paths : Paths
        The world to be written.
    config : Path
        The folder config/ of the project.
    adapter : Adapter
        Tables, paths, years, formats (parquet or csv), names of columns and key links.
    root : Path
        Folder of the extract; made if absent. Files that are there are replaced.
    upper_case : bool
        Write the names of columns in upper case.
    from_year : int
        Leave out files of earlier years, and the key links: they are those of the other world.

    Returns
    -------
    list of Path
        The files.

    Raises
    ------
    InputError
        The adapter names a year outside the twin or a format in which none is written.
    """
    config = Path(config)
    writer = Writer(world, read_contract(config), adapter, Path(root), upper_case, from_year)
    writer.write_links()
    # A delivery also brings what the one before it was too early for.
    tables = histories(world, paths, config, _sources(adapter), from_year - 1)
    (_, _, persons), (_, _, residences) = next(tables), next(tables)
    people = make_people(persons, residences, read_codes(world, config))
    write_persons_sex(writer, people)
    left: dict[str, pd.DataFrame | None] = {}
    for name, year, frame in tables:
        if year is None:
            _write_whole(writer, people, paths, name, frame)
        elif name == "social_assistance":
            payments.write_social_assistance(writer, people.codes, year, frame)
        else:
            left[name] = YEARLY[name](writer, year, frame, left.get(name))
    return writer.written


def _sources(adapter: Adapter) -> set[str]:
    """Name the clean tables that the adapter's tables are written from."""
    return {"persons", "residences"}.union(*(SOURCES[name] for name in adapter.tables))


def write_pair(
    world: World,
    pair: tuple[Paths, Paths],
    config: Path,
    adapter: Adapter,
    roots: tuple[Path, Path],
    processes: int = 1,
) -> tuple[list[Path], list[Path]]:
    """Write the worlds without and with the trial, in that order, beside each other if they may.

    Files of years in which they cannot differ are written once: the other name is a link.

    Parameters
    ----------
    world : World
        What both worlds share.
    pair : tuple of Paths
        Both, as `simulate_pair` gives them.
    config : Path
        The folder config/ of the project.
    adapter : Adapter
        As for `write_extract`.
    roots : tuple of Path
        Their folders.
    processes : int
        From two on, where the system can fork, one is written in a process of its own.

    Returns
    -------
    tuple of list of Path
        The files of each.
    """
    since = world.clock.year(world.apart)
    (without, with_trial), (untreated, observed) = pair, roots

    def write_observed() -> list[Path]:
        return write_extract(world, with_trial, config, adapter, observed)

    wait = beside(write_observed) if processes > 1 else write_observed
    different = write_extract(world, without, config, adapter, untreated, from_year=since)
    files = wait()
    both = [untreated / file.relative_to(observed) for file in files]
    for copy, file in zip(both, files, strict=True):
        if copy not in different:
            _link(file, copy)
    return both, files


def _link(file: Path, name: Path) -> None:
    """Give a file a second name; a copy where the file system has no links."""
    name.parent.mkdir(parents=True, exist_ok=True)
    name.unlink(missing_ok=True)
    try:
        name.hardlink_to(file)
    except OSError:
        shutil.copyfile(file, name)


def _write_whole(
    writer: Writer, people: People, paths: Paths, name: str, frame: pd.DataFrame
) -> None:
    """Write everything that comes from one of the clean tables that are no yearly ones."""
    if name == "sickness":
        events.write_sickness(writer, frame)
    elif name == "pensions":
        wellbeing.write_pensions(writer, frame)
    elif name == "survey":
        wellbeing.write_survey(writer, frame)
    elif name == "placements":
        measures.write_placements(writer, people, in_numbers(frame))
    elif name == "services":
        measures.write_work_trials(writer, people, in_numbers(frame))
        measures.write_training(writer, people, in_numbers(frame))
    elif name == "statuses":
        statuses = in_numbers(frame)
        write_persons_yearly(writer, people, paths, statuses)
        search.write_status_spells(writer, people, statuses)
    elif name == "offices":
        search.write_offices(writer, people, in_numbers(frame))
    elif name == "registrations":
        registrations = in_numbers(frame)
        known = first_search(writer, registrations)
        search.write_search_spells(writer, people, registrations)
        write_jobseekers(writer, people, known)
        search.write_residences(writer, people, known)
        search.write_diagnoses(writer, people, known)
