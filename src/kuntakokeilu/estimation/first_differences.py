"""First differences: what is lasting in a unit is taken out by comparing its changes."""

from __future__ import annotations

from dataclasses import replace

import pandas as pd

from kuntakokeilu.estimation.compared import strata
from kuntakokeilu.estimation.designs import Design, Term, absorbing
from kuntakokeilu.study import Estimand


def first_differences(frame: pd.DataFrame, estimand: Estimand) -> Design:
    """One effect, from the change of the outcome on the change of treatment and period effects.

    With two periods it is that of `two_way_fixed_effects`. With more, it compares the period of the
    start with the one before it: an effect that comes later is not in it, and it is efficient
    where shocks stay for good, as the other is where they do not last (Wooldridge 2010,
    Econometric Analysis of Cross Section and Panel Data, 2nd ed., section 10.6).
    """
    rows = changes(frame, ["unit", *strata(estimand)])
    terms = (rows["treated"].astype(float) - rows["treated_before"]).to_frame("att")
    design = absorbing(rows, estimand, terms, [Term("att", "att")], unit_effects=False)
    return replace(design, rows=rows)


def changes(frame: pd.DataFrame, keys: list[str]) -> pd.DataFrame:
    """Take from each row the unit's row of the period before it.

    Parameters
    ----------
    frame : DataFrame
        Rows of a sample.
    keys : list of str
        What is followed over time: the unit, or each of its strata.

    Returns
    -------
    DataFrame
        The rows whose unit is there in the period compared just before: y, like controls, is the
        change and w the weight of a difference, 1 / (1/w + 1/w before), which leaves the estimate
        of two periods as it is; `previous` is the period before, `treated_before` (bool) whether
        the unit was treated in it.
    """
    place = frame["period"].rank(method="dense").astype(int)
    ordered = frame.assign(place=place).sort_values([*keys, "place"])
    controls = [str(name) for name in frame if str(name).startswith("c_")]
    own = ["place", "y", "w", "period", "treated", *controls]
    before = ordered.groupby(keys, observed=True)[own].shift()
    rows = ordered[ordered["place"] - before["place"] == 1].sort_index()
    before = before.loc[rows.index]
    return rows.assign(
        y=rows["y"] - before["y"],
        w=1 / (1 / rows["w"] + 1 / before["w"]),
        previous=before["period"],
        treated_before=before["treated"].astype(bool),
        **{name: rows[name] - before[name] for name in controls},
    ).drop(columns="place")
