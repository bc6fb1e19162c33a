"""Job search: registrations, statuses, offices, residences and limitations of work ability."""

from __future__ import annotations

import numpy as np
import pandas as pd

from kuntakokeilu.twin.extract.days import OPEN, day, months, years
from kuntakokeilu.twin.extract.dirt import draw
from kuntakokeilu.twin.extract.files import Writer, coded
from kuntakokeilu.twin.extract.municipalities import ABROAD
from kuntakokeilu.twin.extract.people import People
from kuntakokeilu.twin.extract.spells import (
    by_state,
    cut,
    follows,
    reasons,
    write_spells,
)
from kuntakokeilu.twin.states import REGISTERED, State
from kuntakokeilu.twin.world import World

NORDIC_MODEL = day("2022-05-01")  # codes 9 and 14 to 16 are used from this day on
# ASSUME: shares of spells with each kind of dirt.
OVERLAPPING, WITH_GAP, DELETED, END_NOT_KEPT = 0.002, 0.003, 0.01, 0.002
LONGEST = 5  # days of an overlap or a gap
NO_DIAGNOSIS = 0.02  # of job seekers with a record that names no illness
STATUSES = (*"0123456789", "z")
OPEN_MARKET, IN_SERVICE, PART_TIME, UNKNOWN = 1, 7, 9, 10
# tyok1 by State, -1 where not registered; PART_TIME has no code of its own before May 2022.
STATUS = np.array([-1, -1, 2, 3, PART_TIME, 7, 7, 8, 8, 7, 0, -1, -1], np.int8)
CODES = tuple(f"{number:02d}" for number in range(17))
OTHER = 6  # reason "other or unknown"

_LEFT = {"WORK": (1, 3, 4, 1), "ABROAD": (9,)}
_SEARCH_ENDS = by_state(OTHER, OUTSIDE=(5, 8, 10), **_LEFT)
_SEARCH_ENDS_NOW = by_state(OTHER, OUTSIDE=(5, 10, 14, 15), **_LEFT)
_BEFORE = by_state(13, WORK=(1, 1, 1, 6), OUTSIDE=(3, 4, 11, 13))
_BEGAN = {
    "SUBSIDISED": (0,),
    "WORK": (1, 3),
    "TRAINING": (4,),
    "WORK_TRIAL": (11,),
    "COACHING": (11,),
    "REHABILITATION": (12,),
    "STUDY": (13,),
}
_STATUS_ENDS = by_state(OTHER, OUTSIDE=(5, 8, 10), **_BEGAN)
_STATUS_ENDS_NOW = by_state(OTHER, OUTSIDE=(5, 10, 14, 15), PART_TIME=(16,), **_BEGAN)


def write_search_spells(writer: Writer, people: People, registrations: pd.DataFrame) -> None:
    """Write registrations with what came before and why they ended."""
    u = draw(writer.world, "reasons of search", registrations["person"], registrations["start"])
    after, before = (registrations[name].to_numpy() for name in ("after", "before"))
    ended = np.where(
        registrations["end"] >= NORDIC_MODEL,
        reasons(_SEARCH_ENDS_NOW, after, u),
        reasons(_SEARCH_ENDS, after, u),
    )
    spells = registrations[["person", "start", "end"]].assign(
        reason=ended, before=np.where(before < 0, -1, reasons(_BEFORE, before, u))
    )

    def render(part: pd.DataFrame) -> dict[str, object]:
        return _ended(part) | {"before": coded(part["before"], CODES)}

    write_spells(writer, "search_spells", people, spells, render, reason=OTHER)


def write_status_spells(writer: Writer, people: People, statuses: pd.DataFrame) -> None:
    """Write statuses while registered: gaps, overlaps, the code of part-time work, recording."""
    spells = _statuses(writer.world, statuses)

    def render(part: pd.DataFrame) -> dict[str, object]:
        return _ended(part) | {"status": coded(part["status"], STATUSES)}

    write_spells(writer, "status_spells", people, spells, render, reason=OTHER, status=2)


def _ended(part: pd.DataFrame) -> dict[str, object]:
    reason = np.where(part["end"] == OPEN, -1, part["reason"])
    return {"end_reason": coded(reason, CODES)}


def _statuses(world: World, statuses: pd.DataFrame) -> pd.DataFrame:
    chosen = statuses[REGISTERED[statuses["state"]]]
    state, after = chosen["state"].to_numpy(), chosen["next_state"].to_numpy()
    u = draw(world, "reasons of status", chosen["person"], chosen["start"])
    now = chosen["end"].to_numpy() >= NORDIC_MODEL
    ended = np.where(now, reasons(_STATUS_ENDS_NOW, after, u), reasons(_STATUS_ENDS, after, u))
    back = (state == State.LAID_OFF) & (after == State.WORK)
    spells = pd.DataFrame(
        {
            "person": chosen["person"],
            "start": chosen["start"],
            "end": chosen["end"],
            "status": np.where(chosen["miscoded"], IN_SERVICE, STATUS[state]).astype(np.int8),
            "reason": np.where(back, 2, ended).astype(np.int8),
        }
    )
    spells = _gaps(world, _part_time(spells))
    extra = _overlaps(world, spells)
    spells = spells.assign(end=spells["end"] + extra)
    return spells.assign(deleted=_deleted(world, spells))


def _part_time(spells: pd.DataFrame) -> pd.DataFrame:
    """Record part-time work as work in the open market until it gets a code of its own."""
    part_time = spells["status"] == PART_TIME
    across = part_time & (spells["start"] < NORDIC_MODEL) & (spells["end"] >= NORDIC_MODEL)
    on = np.full(len(spells), NORDIC_MODEL, np.int32)
    spells, part = cut(spells, across.to_numpy(), on)
    early = (spells["status"] == PART_TIME) & (spells["start"] < NORDIC_MODEL)
    return spells.assign(
        status=np.where(early, OPEN_MARKET, spells["status"]).astype(np.int8),
        reason=np.where(part == 1, OTHER, spells["reason"]).astype(np.int8),
    )


def _gaps(world: World, spells: pd.DataFrame) -> pd.DataFrame:
    """Record the first days of some spells as unknown, but no last day of a month."""
    person, start = spells["person"].to_numpy(), spells["start"].to_numpy()
    length = 1 + np.floor(draw(world, "length of gap", person, start) * LONGEST).astype(np.int32)
    on = start + length
    at = draw(world, "gap", person, start) < WITH_GAP
    at &= (months(on) == months(start)) & (on <= spells["end"].to_numpy())
    at &= years(start) >= world.clock.first_year  # an earlier first part stands in no delivery
    spells, part = cut(spells, at, on)
    return spells.assign(
        status=np.where(part == 1, UNKNOWN, spells["status"]).astype(np.int8),
        reason=np.where(part == 1, OTHER, spells["reason"]).astype(np.int8),
    )


def _overlaps(world: World, spells: pd.DataFrame) -> np.ndarray:
    """Days by which some ends are recorded too late, into the next spell but not beyond it."""
    person, start, end = (spells[name].to_numpy() for name in ("person", "start", "end"))
    extra = draw(world, "length of overlap", person, start) * LONGEST
    extra = 1 + np.floor(extra).astype(np.int32)
    next_end = np.append(end[1:], 0)
    at = follows(spells) & (draw(world, "overlap", person, start) < OVERLAPPING)
    return np.where(at & (next_end >= end + extra), extra, 0).astype(np.int32)


def _deleted(world: World, spells: pd.DataFrame) -> np.ndarray:
    """Mark spells that the delivery after the turn of the year no longer has.

    Only those that end in January, before its last day: cut at the end of the year that still
    had them, they are right at the end of every month.
    """
    start, end = spells["start"].to_numpy(), spells["end"].to_numpy()
    in_january = (end != OPEN) & (months(end) % 12 == 0) & (months(end + 1) % 12 == 0)
    across = in_january & (years(start) < years(end))
    return across & (draw(world, "deleted", spells["person"], spells["start"]) < DELETED)


def write_offices(writer: Writer, people: People, offices: pd.DataFrame) -> None:
    """Write spells at an office; some ends were never kept up."""
    number, names = pd.factorize(offices["office"], sort=True)
    u = draw(writer.world, "end of office", offices["person"], offices["start"])
    lost = follows(offices) & (u < END_NOT_KEPT)
    spells = offices[["person", "start"]].assign(
        end=np.where(lost, OPEN, offices["end"]).astype(np.int32), office=number
    )
    # Oulu's code belonged to Vihanti until 2002.
    words = (*names, "1230")

    def render(part: pd.DataFrame) -> dict[str, object]:
        return {"office": coded(part["office"], words)}

    write_spells(writer, "jobseeker_office", people, spells, render, office=len(names))


def write_residences(writer: Writer, people: People, known: np.ndarray) -> None:
    """Write where job seekers live, from birth, with merged municipalities and life abroad.

    A merger ends a spell and begins another, without a move.
    """
    homes = people.homes
    ended, since = people.codes.split(homes["person"].to_numpy(), homes["home"].to_numpy())
    old = (ended >= 0) & (homes["start"] < since).to_numpy()
    whole = old & (homes["end"] < since).to_numpy()
    spells, part = cut(homes.assign(ended=ended), old & ~whole, since)
    whole = np.repeat(whole, 1 + (old & ~whole))
    home = np.where((part == 1) | whole, spells["ended"], spells["home"])
    spells = spells.drop(columns="ended").assign(home=home.astype(np.int16))
    traits = people.traits
    left = traits[traits["emigration_date"] != OPEN]
    where = draw(writer.world, "abroad", left["person"]) * len(ABROAD)
    abroad = pd.DataFrame(
        {
            "person": left["person"],
            "home": len(people.codes.codes) - len(ABROAD) + np.floor(where).astype(np.int16),
            "start": left["emigration_date"],
            "end": np.int32(OPEN),
        }
    )
    spells = pd.concat([spells, abroad], ignore_index=True)

    def render(part: pd.DataFrame) -> dict[str, object]:
        return {"municipality": coded(part["home"], people.codes.codes)}

    write_spells(writer, "jobseeker_residence", people, spells, render, known)


def write_diagnoses(writer: Writer, people: People, known: np.ndarray) -> None:
    """Write recorded limitations, and some records that name none."""
    traits = people.traits
    person, born = traits["person"].to_numpy(), traits["birth_date"].to_numpy()
    limited = traits["limited_from"].to_numpy() != OPEN
    none = ~limited & (draw(writer.world, "no diagnosis", person) < NO_DIAGNOSIS)
    start = np.where(limited, traits["limited_from"], np.maximum(known, born))
    gone = np.minimum(traits["death_date"].to_numpy(), traits["emigration_date"].to_numpy())
    at = (limited | none) & (start < gone) & (known < OPEN)
    end = np.where(gone < OPEN, gone - 1, OPEN)
    spells = pd.DataFrame({"person": person, "start": start, "end": end, "limited": limited})[at]

    def render(part: pd.DataFrame) -> dict[str, object]:
        return {"diagnosed": coded(part["limited"].astype(np.int8) - 1, ("1",))}

    write_spells(writer, "jobseeker_diagnosis", people, spells, render, known)
