"""Municipality codes of other years than the twin's own classification."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from kuntakokeilu.facts.municipalities import MERGER_COLUMNS
from kuntakokeilu.io import read_csv
from kuntakokeilu.twin.extract.days import day
from kuntakokeilu.twin.places import CLASSIFICATION
from kuntakokeilu.twin.world import World

# ASSUME: share of a merged municipality's residents who live where the smaller one was.
MERGED_SHARE = 0.1
ABROAD = ("197", "198", "200")  # Norway, Sweden, elsewhere (codes.csv)


@dataclass(frozen=True)
class Codes:
    """Municipality codes by number: those of the twin first, then merged ones, then abroad.

    Attributes
    ----------
    codes : list of str
        Three digits each.
    merged : list of (int, int, int, float)
        Mergers before the twin's classification: number of the municipality, number of the code
        that ended, day of the merger, and from which part of [0, 1) its residents are.
    later : list of (int, int, int)
        Mergers after it: number of the code that ends, number of its successor, day.
    old : ndarray of float, shape (persons,)
        In which part of its municipality a person lives, wherever that is.
    """

    codes: list[str]
    merged: list[tuple[int, int, int, float]]
    later: list[tuple[int, int, int]]
    old: np.ndarray

    def number(self, codes: pd.Series | np.ndarray) -> np.ndarray:
        """Number codes of the twin's own classification; int16."""
        order = np.argsort(self.codes[: self.own])
        number, names = pd.factorize(codes)
        found = np.searchsorted(np.array(self.codes[: self.own])[order], np.asarray(names, str))
        return order[found].astype(np.int16)[number]

    @property
    def own(self) -> int:
        """Number of municipalities of the twin."""
        return len(self.codes) - len(self.merged) - len(ABROAD)

    def as_of(self, year: int, person: np.ndarray, home: np.ndarray) -> np.ndarray:
        """Give the numbers of the codes in the classification of a year (1 January)."""
        result = home.copy()
        for to, ended, since, low in self.merged:
            if since > day(f"{year}-01-01"):
                old = self.old[person]
                result[(home == to) & (old >= low) & (old < low + MERGED_SHARE)] = ended
        for ended, to, since in self.later:
            if since <= day(f"{year}-01-01"):
                result[home == ended] = to
        return result

    def split(self, person: np.ndarray, home: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Say until when persons of a municipality lived in a merged one.

        Returns
        -------
        ended, since : ndarray of int
            Number of the code that ended and day of the merger; -1 and 0 where there is none.
        """
        ended, since = np.full(len(home), -1, np.int16), np.zeros(len(home), np.int32)
        old = self.old[person]
        for to, code, on, low in self.merged:
            at = (home == to) & (old >= low) & (old < low + MERGED_SHARE)
            ended[at], since[at] = code, on
        return ended, since


def read_codes(world: World, config: Path) -> Codes:
    """Read the mergers that concern the twin."""
    table = read_csv(config / "municipality_mergers.csv", MERGER_COLUMNS)
    own = list(world.places.code)
    codes, merged, later = list(own), [], []
    taken: dict[str, int] = {}
    row: Any
    for row in table.itertuples():
        if int(row.date[:4]) <= CLASSIFICATION and row.code_to in own:
            part = taken.get(row.code_to, 0)
            taken[row.code_to] = part + 1
            merged.append((own.index(row.code_to), len(codes), day(row.date), part * MERGED_SHARE))
            codes.append(row.code_from)
        elif int(row.date[:4]) > CLASSIFICATION and {row.code_from, row.code_to} <= set(own):
            later.append((own.index(row.code_from), own.index(row.code_to), day(row.date)))
    old = world.streams.uniform("extract merged municipality")
    return Codes([*codes, *ABROAD], merged, later, old)
