"""Which numbers on how alike the arms were before the start may leave."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np
import pandas as pd

from kuntakokeilu.contracts import BALANCE_RELEASED, OVERLAP_RELEASED, conform
from kuntakokeilu.study import DisclosureProfile

# ASSUME: what is known of two municipalities together, either of them can work out of the other.
FEWEST_UNITS = 3
# ASSUME: as many as readers are shown. A mean of some tens of municipalities multiplied by their
# number is then known to no better than a tenth of a municipality's value.
_DIGITS = 4
_BALANCE = ["mean_trial", "mean_control", "std_difference", "variance_ratio", "n_control_effective"]
_OVERLAP = ["n_without_control", "distance", "score", "comparable"]


def release_balance(
    balance: pd.DataFrame, compared: pd.DataFrame, profile: DisclosureProfile
) -> pd.DataFrame:
    """Suppress the rows of which, alone or with others, too few persons or units follow.

    Parameters
    ----------
    balance : DataFrame
        Contract BALANCE.
    compared : DataFrame
        Contract COMPARED: the units behind each row that is no public statistic.
    profile : DisclosureProfile
        The minimum count. Without one, or with a public covariate, every row is shown.

    Returns
    -------
    DataFrame
        Contract BALANCE_RELEASED; numbers that are suppressed are missing, the others of
        restricted covariates have four significant digits.

    Notes
    -----
    A mean times its public number of units is a sum over them, so that two comparisons which
    differ by one municipality give back its value. Rows are taken in their order, so that the
    leading comparison stays; a row is shown if no sum, difference or other combination of it and
    the rows shown before it rests on fewer persons than the minimum or on fewer than three units.
    """
    hidden = pd.Series(False, index=balance.index)
    mine = pd.Series(False, index=balance.index)
    if profile.min_persons:
        mine = balance["covariate"].isin(compared["covariate"])
        for name, rows in balance[mine].groupby("covariate", sort=False):
            sets = compared[compared["covariate"] == name]
            hidden[_telling(rows, sets, profile.min_persons)] = True
    numbers = {
        name: balance[name].where(~mine, balance[name].map(_rounded)).mask(hidden)
        for name in _BALANCE
    }
    status = hidden.map({True: "suppressed", False: "ok"})
    return conform(balance.assign(**numbers, status=status), BALANCE_RELEASED)


def release_overlap(
    overlap: pd.DataFrame,
    compared: pd.DataFrame,
    area_effects: pd.DataFrame,
    profile: DisclosureProfile,
) -> pd.DataFrame:
    """Suppress the distances of trial areas with too few persons, or whose effects are suppressed.

    Parameters
    ----------
    overlap : DataFrame
        Contract OVERLAP.
    compared : DataFrame
        Contract COMPARED. An area has the persons of the covariate with fewest.
    area_effects : DataFrame
        Contract AREA_EFFECTS_RELEASED, perhaps without rows.
    profile : DisclosureProfile
        The minimum count. Without one every row is shown.

    Returns
    -------
    DataFrame
        Contract OVERLAP_RELEASED; what is suppressed is missing, distances and scores that rest on
        restricted covariates have two significant digits.
    """
    restricted = overlap["comparison"].isin(compared["comparison"]) & (profile.min_persons > 0)
    before = compared[compared["stage"].eq("before") & compared["arm"].eq("trial")]
    known = before.assign(n_persons=before["n_persons"].fillna(0).astype(int))
    persons = known.groupby(["comparison", "cluster", "covariate"])["n_persons"].sum()
    least = persons.groupby(["comparison", "cluster"]).min()
    behind = pd.MultiIndex.from_frame(overlap[["comparison", "area"]])
    # A comparison without any unit of an area has the same distance as others that have them.
    known_elsewhere = overlap["area"].map(persons.groupby("cluster").min())
    fewest = least.reindex(behind).reset_index(drop=True)
    fewest = fewest.set_axis(overlap.index).astype("Float64").fillna(known_elsewhere)
    few = (fewest.fillna(0) < profile.min_persons).astype(bool)
    effectless = area_effects.loc[area_effects["status"] == "suppressed", "area"]
    too_few = overlap.loc[restricted & few, "area"]  # hidden in one comparison, hidden in all
    hidden = restricted & (overlap["area"].isin(too_few) | overlap["area"].isin(effectless))
    rounded = {
        name: overlap[name].where(~restricted, overlap[name].map(lambda x: _rounded(x, 2)))
        for name in ("distance", "caliper", "score")
    }
    shown = overlap.assign(**rounded).astype({"comparable": "boolean"})
    blank = {name: shown[name].mask(hidden) for name in _OVERLAP}
    status = hidden.map({True: "suppressed", False: "ok"})
    return conform(shown.assign(**blank, status=status), OVERLAP_RELEASED)


def _rounded(value: float, digits: int = _DIGITS) -> float:
    return float(f"{value:.{digits}g}") if np.isfinite(value) else value


def _telling(rows: pd.DataFrame, sets: pd.DataFrame, least: int) -> list[Any]:
    """Find the rows of one covariate that, with those shown before, tell of too few."""
    persons = sets.groupby("unit")["n_persons"].min().fillna(0).astype(int)
    by_row = {key: part for key, part in sets.groupby(["comparison", "stage"])}
    shown = np.empty((0, len(persons)), dtype=bool)
    hidden: list[Any] = []
    for at, row in rows.iterrows():
        part = by_row.get((row["comparison"], row["stage"]))
        if part is None:
            continue
        arms = [persons.index.isin(arm["unit"]) for _, arm in part.groupby("arm")]
        more = np.vstack([shown, *arms])
        if tells(more, persons.to_numpy(), least):
            hidden.append(at)
        else:
            shown = np.unique(more, axis=0)
    return hidden


def tells(
    sums: np.ndarray, persons: np.ndarray, least: int, fewest_units: int = FEWEST_UNITS
) -> bool:
    """Tell whether sums over sets of units give away a sum over too few.

    Parameters
    ----------
    sums : ndarray of bool, shape (r, n)
        Which units each known sum is over.
    persons : ndarray of int, shape (n,)
        Persons of each unit.
    least : int
        Fewest persons.
    fewest_units : int
        Fewest units.

    Returns
    -------
    bool
        Is there a combination of the sums, other than zero, that rests on fewer persons or on
        fewer units?

    Notes
    -----
    Units that stand in the same sums can only be told together: they are one atom. A combination
    that is zero outside some atoms exists just if the sums have a lower rank there.

    Examples
    --------
    Two sums that differ by one unit give back its value, however many persons live there.

    >>> sums = np.array([[True, True, True, True], [True, True, True, False]])
    >>> tells(sums, np.array([500, 900, 700, 400]), 10)
    True
    >>> tells(sums[:1], np.array([500, 900, 700, 400]), 10)
    False
    """
    atoms, which = np.unique(sums, axis=1, return_inverse=True)
    size = np.bincount(which.ravel(), minlength=atoms.shape[1])
    people = np.bincount(which.ravel(), persons, minlength=atoms.shape[1])
    matrix = atoms.astype(float)
    whole = _rank(matrix)
    return any(
        _rank(np.delete(matrix, part, axis=1)) < whole
        for part in _small_unions(size, people, least, fewest_units)
    )


def _rank(matrix: np.ndarray) -> int:
    return int(np.linalg.matrix_rank(matrix)) if matrix.size else 0


def _small_unions(
    size: np.ndarray, people: np.ndarray, least: int, fewest_units: int
) -> Iterator[list[int]]:
    """Go through the sets of atoms that together are too few persons or units."""

    def few(part: list[int]) -> bool:
        return size[part].sum() < fewest_units or people[part].sum() < least

    grown = [[k] for k in range(len(size)) if few([k])]
    while grown:
        part = grown.pop()
        yield part
        grown += [[*part, k] for k in range(part[-1] + 1, len(size)) if few([*part, k])]
