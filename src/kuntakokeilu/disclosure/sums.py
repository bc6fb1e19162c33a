"""Euros of payers that add up to a net cost: one that is hidden takes another with it.

Effects and means of payers' parts add up to those of the net cost, so that a single hidden part
would be the net cost less all others.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
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


def payers_of_outcomes(outcomes: pd.DataFrame) -> dict[str, str]:
    """Say who pays or receives what an outcome of the ledger counts, of those with one payer."""
    named = zip(outcomes["outcome"], outcomes["column"], strict=True)
    return {outcome: _PAYER[column] for outcome, column in named if column in _PAYER}


def with_companions(
    frame: pd.DataFrame,
    hidden: pd.Series,
    sums: Sequence[AddsToZero],
    payers: Mapping[str, str],
    sizes: Mapping[str, float],
) -> pd.Series:
    """Hide more parts, until no hidden one follows from those that are shown.

    Parameters
    ----------
    frame : DataFrame
        Rows of an outcome each, with some of what numbers that add up have in common.
    hidden : Series of bool
        The rows that must not be known.
    sums : sequence of dict of str to float
        As `sums_of_payers` gives them.
    payers : mapping of str to str
        As `payers_of_outcomes` gives them.
    sizes : mapping of str to float
        How much numbers of an outcome vary: their standard error.

    Returns
    -------
    Series of bool
        These rows, and those that go with them.

    Notes
    -----
    A companion is of the same payer if one can be, so that the payer's sum may still be told. Of
    those it is the least that varies at least as much, or else the most: who knows the sum of two
    knows a part as badly as the other.
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
        gone = secret | _companions(secret, shown, sums, payers, sizes)
        made.loc[each.index[each["outcome"].isin(gone)]] = True
    return made.set_axis(hidden.index)


def _companions(
    secret: set[str],
    shown: set[str],
    sums: Sequence[AddsToZero],
    payers: Mapping[str, str],
    sizes: Mapping[str, float],
) -> set[str]:
    gone: set[str] = set()
    while open_ones := sorted(h for h in secret if follows(h, shown - gone, sums)):
        one = open_ones[0]
        could = {o for each in sums for o in each} & (shown - gone)
        ranks = {
            o: (
                follows(one, shown - gone - {o}, sums),
                o not in payers,  # a net cost rather stays
                payers.get(o) != payers.get(one),
                *_behind(sizes.get(o, 0.0), sizes.get(one, 0.0)),
                o,
            )
            for o in could
        }
        gone.add(min(ranks, key=ranks.__getitem__))
    return gone


def _behind(size: float, least: float) -> tuple[bool, float]:
    return (False, size) if size >= least else (True, -size)


def follows(outcome: str, shown: set[str], sums: Sequence[AddsToZero]) -> bool:
    """Tell whether the number of an outcome can be worked out of those that are shown."""
    unknown = sorted({o for each in sums for o in each} - shown)
    if outcome not in unknown:
        return outcome in shown
    factors = np.array([[each.get(o, 0.0) for o in unknown] for each in sums])
    wanted = np.array([[float(o == outcome) for o in unknown]])
    rank = np.linalg.matrix_rank
    return bool(rank(np.vstack([factors, wanted])) == rank(factors))
