"""What two-way estimates are made of where starts differ."""

from __future__ import annotations

from itertools import combinations

import numpy as np
import pandas as pd

from kuntakokeilu.estimation import DESIGNS, fit
from kuntakokeilu.study import Estimand

_ALIKE = 1e-9  # relative difference of weights that is rounding
KINDS = ("untreated", "not_yet_treated", "already_treated")


def goodman_bacon(frame: pd.DataFrame) -> pd.DataFrame | None:
    """Decompose one two-way effect into comparisons of two groups of units each.

    With n the shares of two groups of one start, D their shares of treated periods and V the
    variance of the treatment in the comparison, the weight of a comparison is n-squared times V, of
    all comparisons together one, and the weighted sum of their estimates is the two-way effect
    (Goodman-Bacon 2021, Journal of Econometrics 225(2)).

    Parameters
    ----------
    frame : DataFrame
        A sample of `estimation` without units treated throughout.

    Returns
    -------
    DataFrame or None
        A row for each comparison: `start` of the units treated in it, `control` (their start,
        missing for units never treated), `kind` (what the controls are: untreated, not_yet_treated,
        already_treated), `weight` and `estimate`. None where a unit lacks a period or changes its
        weight, so that there is no such sum.

    Examples
    --------
    >>> frame = pd.DataFrame({"unit": list("aabb"), "y": [1.0, 4.0, 2.0, 3.0], "w": 1.0})
    >>> frame["period"] = pd.PeriodIndex(["2001", "2002"] * 2, freq="Y")
    >>> frame["first_treated"] = pd.PeriodIndex(["2002", "2002", None, None], freq="Y")
    >>> goodman_bacon(frame)[["kind", "weight", "estimate"]].to_dict("records")
    [{'kind': 'untreated', 'weight': 1.0, 'estimate': 2.0}]
    """
    n_periods = frame["period"].nunique()
    sizes = frame.groupby("unit")["w"].agg(["size", "min", "max"])
    if sizes["size"].ne(n_periods).any() or (sizes["max"] > sizes["min"] * (1 + _ALIKE)).any():
        return None
    starts = frame["first_treated"]
    ordinals = starts.astype("int64").where(starts.notna(), np.iinfo(np.int64).max)
    weighted = frame.assign(start=ordinals, wy=frame["w"] * frame["y"])
    sums = weighted.groupby(["start", "period"])[["wy", "w"]].sum()
    means = (sums["wy"] / sums["w"]).unstack()
    shares = sums["w"].groupby("start").sum() / sums["w"].sum()
    times = pd.PeriodIndex(means.columns).asi8
    rows = []
    for early, late in combinations(sorted(means.index), 2):
        pairs = [(early, late)]
        if late in starts.dropna().astype("int64").to_numpy():
            pairs.append((late, early))
        rows += [(*pair, *_comparison(means, shares, times, *pair)) for pair in pairs]
    table = pd.DataFrame(rows, columns=["start", "control", "kind", "weight", "estimate"])
    period = dict(zip(times, means.columns, strict=True))
    table = table.assign(start=table["start"].map(period), control=table["control"].map(period))
    return table.assign(weight=table["weight"] / table["weight"].sum())


def _comparison(
    means: pd.DataFrame, shares: pd.Series, times: np.ndarray, own: int, control: int
) -> tuple[str, float, float]:
    """Compare a group with one that does not change its treatment in a part of the time."""
    used = times < control if control > own else times >= control
    after = (times >= own) & used
    before = ~after & used
    change = (means.loc[own] - means.loc[control]).to_numpy()
    share = shares[own] / (shares[own] + shares[control])
    treated = after.sum() / used.sum()
    size = ((shares[own] + shares[control]) * used.mean()) ** 2
    weight = size * share * (1 - share) * treated * (1 - treated)
    never = control > times.max()
    kind = KINDS[0] if never else KINDS[1] if control > own else KINDS[2]
    estimate = change[after].mean() - change[before].mean()
    return kind, float(weight), float(estimate)


def event_study_weights(frame: pd.DataFrame, estimand: Estimand) -> pd.DataFrame | None:
    """Tell which effects each term of a two-way event study is made of.

    A term is a weighted sum of effects by start and period, those of other periods among them;
    weights on its own period add to one, those on each other period that has a term to zero, and
    those on periods without a term to minus one (Sun & Abraham 2021, Journal of Econometrics
    225(2), proposition 1).

    Parameters
    ----------
    frame : DataFrame
        A sample of `estimation`.
    estimand : Estimand
        Of the estimator `event_study`.

    Returns
    -------
    DataFrame or None
        event_time (of the term), first_treated, since (bin of the effect) and weight. None if the
        regression has no estimate.
    """
    design = DESIGNS["event_study"](frame, estimand)
    fitted = fit(frame, design)
    if fitted is None:
        return None
    pulls = fitted.weights[:, None] * fitted.pull()[:, : len(design.terms)]
    named = [term.event_time for term in design.terms]
    table = pd.DataFrame(pulls, columns=named, index=frame.index)
    ever = frame["event_time"].notna()
    keys = [frame.loc[ever, "first_treated"], frame.loc[ever, "event_time"].rename("since")]
    sums = table[ever].groupby(keys).sum().reset_index()
    long = sums.melt(["first_treated", "since"], var_name="event_time", value_name="weight")
    order = ["event_time", "first_treated", "since", "weight"]
    return long[order].sort_values(order[:3], ignore_index=True)
