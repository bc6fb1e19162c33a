"""Draws of dirt that belong to a row, and the rows that registers have too many of.

A draw depends on the seed, the purpose and the row's own keys, whatever else is written: a row that
stands in the worlds with and without the trial gets the same dirt in both.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd

from kuntakokeilu.registers.contract import Table
from kuntakokeilu.twin.world import World

NOBODY = -1  # number of the person of a row whose id is blank
# ASSUME: shares of rows that stand twice, and that come again without an id.
DUPLICATES, WITHOUT_ID = 0.001, 0.0005
BLOCK = 2**15  # rows that are drawn at a time, so that they stay near the processor
KEYS = ("person", "source", "start", "course", "payer", "month")  # what tells rows of a frame apart


def draw(world: World, purpose: str, *keys: pd.Series | np.ndarray | int) -> np.ndarray:
    """Draw one uniform in [0, 1) per row, from the stream of the purpose and the row's keys.

    Parameters
    ----------
    world : World
        Whose streams.
    purpose : str
        What is drawn.
    *keys : Series or ndarray of int, shape (rows,), or int
        What identifies the rows; one at least is an array.
    """
    start: Any = world.streams.generator(f"extract {purpose}").integers(2**64, dtype=np.uint64)
    columns = np.broadcast_arrays(*(np.asarray(key) for key in keys))
    drawn = np.empty(len(columns[0]))
    for begin in range(0, len(drawn), BLOCK):
        part = slice(begin, begin + BLOCK)
        state = np.full(len(drawn[part]), start)
        for column in columns:
            state ^= column[part].astype(np.int64).view(np.uint64)
            _mix(state)
        drawn[part] = (state >> np.uint64(11)) * 2.0**-53
    return drawn


def _mix(x: np.ndarray) -> None:
    """Scramble 64 bits in place by the finaliser of SplitMix64 (Steele, Lea and Flood 2014)."""
    x += np.uint64(0x9E3779B97F4A7C15)
    x ^= x >> np.uint64(30)
    x *= np.uint64(0xBF58476D1CE4E5B9)
    x ^= x >> np.uint64(27)
    x *= np.uint64(0x94D049BB133111EB)
    x ^= x >> np.uint64(31)


def chosen(u: np.ndarray, share: float) -> np.ndarray:
    """Mark a share of the rows, one at least where there are any."""
    return u <= max(share, u.min(initial=0.0 if not len(u) else 1.0))


def with_extra_rows(
    world: World, table: Table, year: int | None, frame: pd.DataFrame
) -> pd.DataFrame:
    """Append exact duplicates, where the reader can tell them, and rows without an id.

    Tables without a key may have several equal rows: there a duplicate would be another event.
    """
    keys = [frame[name].to_numpy() for name in KEYS if name in frame]
    parts = [frame]
    if table.about.key:
        u = draw(world, f"duplicate {table.name}", *keys, year or 0)
        parts.append(frame[chosen(u, DUPLICATES)])
    if "person" in frame:
        u = draw(world, f"without id {table.name}", *keys, year or 0)
        parts.append(frame[chosen(u, WITHOUT_ID)].assign(person=np.int32(NOBODY)))
    return pd.concat(parts, ignore_index=True)
