"""Euros of payers that add up to a net cost: one that is hidden takes another with it.

Effects and means of payers' parts add up to those of the net cost, so that a single hidden part
would be the net cost less all others.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
import pandas as pd

from kuntakokeilu.contracts import COSTS, FINANCIERS, NET_LAYERS

# Outcome to its factor; numbers of the same persons, estimated alike, add up to zero.
AddsToZero = dict[str, float]
# What numbers that add up have in common, in whichever table they stand.
_ALIKE = (
    *("population", "comparison", "design", "weights", "estimator"),
    *("term", "event_time", "window", "inference", "area", "strata", "method", "stratum"),
    *("arm", "period"),
)
LEDGER_OUTCOMES = ["outcome", "column", "price_year"]
_PAYER = {column: payer for payer, columns in FINANCIERS.items() for column in columns}
# ASSUME: from what moves few euros of a client to what moves many, as in the synthetic registers.
# Declared, so that the next release hides the same; the sizes of data may change places.
_BY_SIZE = (
    *("county_employer", "state_employer", "county", "unemployment_funds", "state_transfers"),
    *("state_tax", "health_contributions", "unemployment_contributions", "social_insurance"),
    *("housing_allowance", "municipal_services", "municipal_employer", "municipal_tax"),
    *("employment_fund", "state_services", "municipal_subsidy", "state_benefits"),
    "pension_contributions",
)
_PLACE = {f"{name}_cents": at for at, name in enumerate(_BY_SIZE)}


@dataclass(frozen=True)
class Part:
    """A part of a net cost that an outcome counts.

    Attributes
    ----------
    payer : str
        Who pays or receives it.
    place : int
        Its place among all, from small to large.
    """

    payer: str
    place: int


def sums_of_payers(outcomes: pd.DataFrame) -> list[AddsToZero]:
    """Say which outcomes add up: payers' parts to each layer of the net cost, and the layers.

    Parameters
    ----------
    outcomes : DataFrame
        Outcomes of the ledger: `outcome`, its `column` there, and `price_year`, missing for
        nominal euros.

    Returns
    -------
    list of dict of str to float
        The sums of which a study has every part.

    Examples
    --------
    >>> columns = ["net_public_core_cents", "net_public_contributions_cents"]
    >>> columns += ["health_contributions_cents", "unemployment_contributions_cents"]
    >>> named = pd.DataFrame({"outcome": list("nmhu"), "column": columns, "price_year": None})
    >>> sums_of_payers(named)
    [{'n': 1.0, 'm': -1.0, 'h': -1.0, 'u': -1.0}]
    """
    layers = list(NET_LAYERS)
    wanted = [
        {**dict.fromkeys(COSTS, 1.0), **dict.fromkeys(receipts, -1.0), net: -1.0}
        for net, receipts in NET_LAYERS.items()
    ]
    for narrow, wide in pairwise(layers):
        added = NET_LAYERS[wide][len(NET_LAYERS[narrow]) :]
        wanted.append({narrow: 1.0, wide: -1.0, **dict.fromkeys(added, -1.0)})
    found = []
    for _, alike in outcomes.groupby("price_year", dropna=False):
        names = dict(zip(alike["column"], alike["outcome"], strict=True))
        found += [
            {names[column]: factor for column, factor in each.items()}
            for each in wanted
            if each.keys() <= names.keys()
        ]
    return found


def parts_of_payers(outcomes: pd.DataFrame) -> dict[str, Part]:
    """Say which outcomes are parts of a net cost, and whose; see `sums_of_payers`."""
    named = zip(outcomes["outcome"], outcomes["column"], strict=True)
    return {
        outcome: Part(_PAYER[column], _PLACE[column])
        for outcome, column in named
        if column in _PAYER
    }


def with_companions(
    frame: pd.DataFrame,
    hidden: pd.Series,
    sums: Sequence[AddsToZero],
    parts: Mapping[str, Part],
    sizes: Mapping[str, float],
) -> pd.Series:
    """Hide more parts, until no hidden one, nor a sum of hidden ones, follows from those shown.

    Parameters
    ----------
    frame : DataFrame
        Rows of an outcome each, with some of what numbers that add up have in common.
    hidden : Series of bool
        The rows that must not be known.
    sums : sequence of dict of str to float
        As `sums_of_payers` gives them.
    parts : mapping of str to Part
        As `parts_of_payers` gives them.
    sizes : mapping of str to float
        How much numbers of an outcome vary: their standard error.

    Returns
    -------
    Series of bool
        These rows, and those that go with them.

    Notes
    -----
    A companion is of the same payer if one can be, so that the payer's sum may still be told. Of
    those it is the next larger that varies at least as much: who knows the sum of two knows a part
    as badly as the other.
    """
    rows = frame.reset_index(drop=True)  # tables of several domains repeat their labels
    made = hidden.reset_index(drop=True)
    alike = [name for name in _ALIKE if name in frame]
    mine = rows["outcome"].isin({outcome for each in sums for outcome in each})
    if not (made & mine).any():
        return hidden
    exists = rows["identified"].eq("ok") if "identified" in rows else made | True
    rows = rows[mine].assign(_set=rows[mine].groupby(alike, dropna=False).ngroup())
    concerned = rows["_set"].isin(rows["_set"][made[mine]])
    for _, each in rows[concerned].groupby("_set"):
        secret = set(each["outcome"][made[each.index]])
        shown = set(each["outcome"][exists[each.index]]) - secret
        gone = secret | _companions(secret, shown, sums, parts, sizes)
        made.loc[each.index[each["outcome"].isin(gone)]] = True
    return made.set_axis(hidden.index)


def _companions(
    secret: set[str],
    shown: set[str],
    sums: Sequence[AddsToZero],
    parts: Mapping[str, Part],
    sizes: Mapping[str, float],
) -> set[str]:
    gone: set[str] = set()
    while told_of(secret, shown - gone, sums):
        alone = [name for name in sorted(secret) if follows(name, shown - gone, sums)]
        one = alone[0] if alone else min(secret)
        could = {o for each in sums for o in each} & (shown - gone)
        ranks = {
            o: (
                follows(one, shown - gone - {o}, sums) if alone else False,
                told_of(secret, shown - gone - {o}, sums),
                o not in parts,  # a net cost rather stays
                o not in parts or one not in parts or parts[o].payer != parts[one].payer,
                sizes.get(o, 0.0) < sizes.get(one, 0.0),
                _further(parts.get(o), parts.get(one)),
                o,
            )
            for o in could
        }
        if not ranks:
            break
        gone.add(min(ranks, key=ranks.__getitem__))
    return gone


def told_of(secret: set[str], shown: set[str], sums: Sequence[AddsToZero]) -> bool:
    """Tell whether one of some numbers, or a sum of these alone, can be worked out.

    The sum of two that rest on few persons each may rest on few as well.

    Examples
    --------
    >>> net = {"net": 1.0, "a": -1.0, "b": -1.0, "c": -1.0}
    >>> told_of({"a", "b"}, {"net", "c"}, [net]), told_of({"a", "b"}, {"net"}, [net])
    (True, False)
    """
    unknown = sorted({o for each in sums for o in each} - shown)
    factors = np.array([[each.get(o, 0.0) for o in unknown] for each in sums]).reshape(
        len(sums), -1
    )
    others = factors[:, [o not in secret for o in unknown]]
    rank = np.linalg.matrix_rank
    return bool((rank(others) if others.size else 0) < (rank(factors) if factors.size else 0))


def _further(other: Part | None, one: Part | None) -> int:
    """Count the places up to another part, beginning again with the smallest."""
    if other is None or one is None:
        return len(_BY_SIZE)
    return (other.place - one.place) % len(_BY_SIZE)


def follows(outcome: str, shown: set[str], sums: Sequence[AddsToZero]) -> bool:
    """Tell whether the number of an outcome can be worked out of those that are shown."""
    unknown = sorted({o for each in sums for o in each} - shown)
    if outcome not in unknown:
        return outcome in shown
    factors = np.array([[each.get(o, 0.0) for o in unknown] for each in sums])
    wanted = np.array([[float(o == outcome) for o in unknown]])
    rank = np.linalg.matrix_rank
    return bool(rank(np.vstack([factors, wanted])) == rank(factors))
