"""Spells in deliveries that repeat them as they become known, and codes of reasons."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pandas as pd

from kuntakokeilu.twin.extract.days import OPEN, day, days, ends_of
from kuntakokeilu.twin.extract.dirt import chosen, draw
from kuntakokeilu.twin.extract.files import Writer
from kuntakokeilu.twin.extract.people import People
from kuntakokeilu.twin.states import State

# ASSUME: share of rows of the first delivery beside which an old spell of the person stands.
LONG_AGO = 0.01
LONG_AGO_FROM, LONG_AGO_DAYS, BORN_BEFORE = day("1997-01-01"), 1500, day("1977-01-01")


def in_numbers(frame: pd.DataFrame) -> pd.DataFrame:
    """Turn first and last days into numbered days `start` and `end` (OPEN while going on)."""
    dated = {"start": days(frame["start_date"]), "end": days(frame["end_date"])}
    return frame.drop(columns=["start_date", "end_date"]).assign(**dated)


def write_spells(
    writer: Writer,
    table: str,
    people: People,
    spells: pd.DataFrame,
    render: Callable[[pd.DataFrame], dict[str, object]],
    known: np.ndarray | None = None,
    **old: Any,
) -> None:
    """Write a table of spells year by year: those that touch the year, as known on its last day.

    Parameters
    ----------
    writer : Writer
        Where to.
    table : str
        Our name of the table.
    people : People
        Whose births say who may have spells of long ago.
    spells : DataFrame
        person, start, end and what `render` needs; `deleted` where the delivery in which the
        spell ends no longer has it.
    render : callable
        Turns rows into columns beside start_date and end_date.
    known : ndarray of int, optional
        Day from which the register knows each person.
    **old : object
        Values of columns in spells of long ago.
    """
    for year in writer.years(table):
        if year < writer.from_year:
            continue
        first = year == writer.years(table)[0]
        # Only what an earlier delivery had can be deleted.
        held = spells.drop(columns="deleted", errors="ignore") if first else spells
        part = delivery(held, year, known)
        if first:
            part = pd.concat([part, _long_ago(writer, table, people, part).assign(**old)])
        writer.write(
            table,
            year,
            part,
            lambda p: {"start_date": p["start"], "end_date": p["end"]} | render(p),
        )


def delivery(spells: pd.DataFrame, year: int, known: np.ndarray | None = None) -> pd.DataFrame:
    """Choose the spells of one delivery; what ends later is open."""
    first, last = ends_of(year)
    here = (spells["start"] <= last) & (spells["end"] >= first)
    if known is not None:
        here &= known[spells["person"]] <= last
    if "deleted" in spells:
        here &= ~(spells["deleted"] & (spells["end"] <= last))
    part = spells[here]
    return part.assign(end=np.where(part["end"] > last, OPEN, part["end"]).astype(np.int32))


def _long_ago(writer: Writer, table: str, people: People, part: pd.DataFrame) -> pd.DataFrame:
    """Make spells that ended before the contract's years, for some of the older persons."""
    part = part[people.traits["birth_date"].to_numpy()[part["person"]] < BORN_BEFORE]
    keys = (part["person"], part["start"])
    old = part[chosen(draw(writer.world, f"long ago {table}", *keys), LONG_AGO)]
    u = draw(writer.world, f"day long ago {table}", old["person"], old["start"])
    start = (LONG_AGO_FROM + np.floor(u * LONG_AGO_DAYS)).astype(np.int32)
    return old.assign(start=start, end=start + np.int32(90))


def follows(spells: pd.DataFrame) -> np.ndarray:
    """Mark the spells on whose end the next one of the same person follows; sorted by both."""
    person, start = spells["person"].to_numpy(), spells["start"].to_numpy()
    result = np.zeros(len(spells), bool)
    result[:-1] = (person[1:] == person[:-1]) & (start[1:] == spells["end"].to_numpy()[:-1] + 1)
    return result


def cut(spells: pd.DataFrame, at: np.ndarray, on: np.ndarray) -> tuple[pd.DataFrame, np.ndarray]:
    """Cut some spells in two.

    Parameters
    ----------
    spells : DataFrame
        In any order, which is kept.
    at : ndarray of bool
        Which.
    on : ndarray of int
        First day of the second part of each.

    Returns
    -------
    tuple of DataFrame, ndarray of int8
        The spells, and 0 (whole), 1 (first part) or 2 (second part) for each.
    """
    times = 1 + at.astype(np.int8)
    row = np.repeat(np.arange(len(spells)), times)
    second = np.zeros(len(row), bool)
    second[1:] = row[1:] == row[:-1]
    part = np.where(at[row], 1 + second, 0).astype(np.int8)
    result = spells.iloc[row].reset_index(drop=True)
    on = on[row]
    result["end"] = np.where(part == 1, on - 1, result["end"]).astype(np.int32)
    result["start"] = np.where(part == 2, on, result["start"]).astype(np.int32)
    return result, part


def by_state(other: int, **codes: tuple[int, ...]) -> np.ndarray:
    """Make a table of equally likely codes, four by state; `other` for states not named."""
    table = np.full((len(State), 4), other, np.int8)
    for state, some in codes.items():
        table[State[state]] = np.resize(some, 4)
    return table


def reasons(table: np.ndarray, state: np.ndarray, u: np.ndarray) -> np.ndarray:
    """Look up one of the four codes of each state."""
    return table[state, (4 * u).astype(np.int8)]
