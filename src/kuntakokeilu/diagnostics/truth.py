"""The true effect of an estimand, on a synthetic twin that is known with and without the trial."""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np
import pandas as pd

from kuntakokeilu.estimation import DESIGNS, Sampler, each_population
from kuntakokeilu.study import Estimand

KEY = ["unit", "period", "elapsed", "stratum"]
_TERM = ["estimand", "term", "event_time", "window"]


def true_effects(
    observed: pd.DataFrame,
    untreated: pd.DataFrame,
    units: pd.DataFrame,
    estimands: Iterable[Estimand],
) -> pd.DataFrame:
    """Average what the trial changed in the trial arm's cells, as each estimand weighs them.

    With a contrast this is the change of the population less the part of the contrast's change
    that the estimand takes off: what the estimate is of, not what the trial did to the eligible.

    Both worlds went through the same preparation and collapse, so their cells differ by the
    effect alone: y(1) - y(0), the textbook's average treatment effect on the treated. No
    regression is involved, so an estimator that is biased does not agree with this by
    construction.

    Parameters
    ----------
    observed, untreated : DataFrame
        Contract CELLS of one outcome with and without the trial.
    units : DataFrame
        Contract UNITS.
    estimands : iterable of Estimand
        Estimands of the outcome. Placebos have the truth of their own span: zero, unless a
        violation such as anticipation is switched on.

    Returns
    -------
    DataFrame
        Contract TRUTH.
    """
    worlds = Sampler(observed, units), Sampler(untreated, units)
    parts = [_truth(*worlds, each) for each in estimands]
    found = [part for part in parts if len(part)]
    empty = pd.DataFrame(columns=[*_TERM, "truth"])
    return pd.concat(found, ignore_index=True) if found else empty


def _truth(observed: Sampler, untreated: Sampler, estimand: Estimand) -> pd.DataFrame:
    own, *others = (_truth_of_one(observed, untreated, each) for each in each_population(estimand))
    for other in others:
        if own.empty or other.empty:
            return pd.DataFrame()
        both = own.merge(other, on=_TERM, suffixes=("", "_other"))  # missing matches missing
        taken_off = 1.0 - (estimand.spillover_share or 0.0)
        own = both[_TERM].assign(truth=both["truth"] - taken_off * both["truth_other"])
    return own


def _truth_of_one(observed: Sampler, untreated: Sampler, estimand: Estimand) -> pd.DataFrame:
    one, zero = observed.draw(estimand).frame, untreated.draw(estimand).frame
    keys = [name for name in KEY if name in one]
    both = one.merge(zero[[*keys, "y"]], on=keys, suffixes=("", "_untreated"), how="left")
    if both.empty or not both["treated"].any():
        return pd.DataFrame()
    design = DESIGNS[estimand.estimator](both, estimand)
    difference = both["y"] - both["y_untreated"]
    rows = [
        {
            "estimand": estimand.estimand,
            "term": term.term,
            "event_time": term.event_time,
            "window": term.window,
            "truth": _mean(difference, both, design.regressors[term.column].reindex(both.index)),
        }
        for term in design.terms
    ]
    return pd.DataFrame(rows).astype({"event_time": "Int64", "window": object})


def _mean(difference: pd.Series, both: pd.DataFrame, regressor: pd.Series) -> float:
    """Average over the trial arm's rows that a term is about; missing without such rows."""
    inside = both["trial"] & (regressor.fillna(0.0) != 0) & difference.notna()
    weights = both.loc[inside, "w"]
    return float(np.average(difference[inside], weights=weights)) if inside.any() else np.nan
