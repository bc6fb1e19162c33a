"""Hiding effects: who was treated is dealt at random, before anything is estimated.

All that follows, estimates, checks, figures and pages, is made as it will be made of the treatment
that was given, and none of it can tell the effect: R. MacCoun & S. Perlmutter (2015), Blind
analysis: hide results to seek the truth, Nature 526: 187-189.
"""

from __future__ import annotations

import math

import numpy as np
import pandas as pd

from kuntakokeilu.errors import InputError, counted
from kuntakokeilu.study import Comparison, left_out

# ASSUME: with fewer deals a guess at the labels would often be right, or the effect would follow
# from the estimate, as of two areas, where the one deal left has minus the effect.
FEWEST_DEALS = 100
_GIVEN = ["arm", "area", "first_treated"]


def deal_treatment(units: pd.DataFrame, rule: Comparison, seed: int) -> pd.DataFrame:
    """Deal treatment over whole areas at random.

    Parameters
    ----------
    units : DataFrame
        Contract UNITS.
    rule : Comparison
        The leading comparison, spelt out: controls that it leaves out keep their place, so that as
        many areas are compared as before.
    seed : int
        The same seed gives the same deal.

    Returns
    -------
    DataFrame
        Contract UNITS. Arm, area, start and, where whole clusters are treated alike, the name of
        the cluster are those of another cluster drawn at random; there are as many treated
        clusters, of each start, as before. Where units of one cluster were treated differently,
        treatment is dealt over units. Names, sizes, places and covariates stay.

    Raises
    ------
    InputError
        Fewer than `FEWEST_DEALS` deals differ from each other, so that nothing would be hidden.
    """
    dealt = units["arm"].ne("neither") & ~(units["arm"].eq("control") & left_out(rule, units))
    rows = units[dealt]
    texts = rows[_GIVEN].astype(object).where(rows[_GIVEN].notna(), None).astype(str)
    whole = bool(texts.groupby(rows["cluster"]).nunique().le(1).all(axis=None))
    carried = [*_GIVEN, "cluster"] if whole else _GIVEN
    groups = rows["cluster" if whole else "unit"]
    places = np.unique(groups.tolist(), return_index=True)[1]  # one row of each, by name
    kinds = np.array((texts["arm"] + " " + texts["first_treated"]).tolist())[places]
    _require_deals(kinds)
    giver = dict(zip(groups.iloc[places], places[_draw(kinds, seed)], strict=True))
    given = rows.iloc[[giver[name] for name in groups]]
    moved = units.copy()
    for name in carried:
        moved[name] = units[name].mask(dealt, given[name].set_axis(rows.index))
    return moved


def _require_deals(kinds: np.ndarray) -> None:
    """Stop where so few deals differ that one could see through them."""
    counts = np.unique(kinds, return_counts=True)[1]
    deals = math.factorial(len(kinds))
    for count in counts:
        deals //= math.factorial(int(count))
    if deals < FEWEST_DEALS:
        raise InputError(
            f"blinded: treatment of {counted(len(kinds), 'area')} can be dealt in "
            f"{counted(deals, 'way')}, which hides nothing; expected {FEWEST_DEALS} or more"
        )


def _draw(kinds: np.ndarray, seed: int) -> np.ndarray:
    """Draw an order of the areas in which as many keep a treatment as chance gives on average.

    Then the share truly treated is alike in both arms, but for rounding, so that an effect that is
    the same in all areas cancels instead of being seen in part.
    """
    rng = np.random.default_rng(seed)
    treated = np.char.startswith(kinds, "trial")
    expected = round(treated.sum() ** 2 / len(treated))
    while True:
        order = rng.permutation(len(kinds))
        kept = (treated[order] & treated).sum()
        if kept == expected and (kinds[order] != kinds).any():
            return order
