"""Which trial areas have a comparable control, by the one rule that a study declares."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import numpy as np
import pandas as pd

from kuntakokeilu.contracts import BEYOND_REACH, OVERLAP, conform
from kuntakokeilu.diagnostics.balance import one_for_each_comparison, propensity_scores
from kuntakokeilu.estimation import Reach, compared_units, find_reach, nearest_controls
from kuntakokeilu.study import Estimand, Overlap

_FEWEST = 10  # units of an arm, below which no propensity score is estimated


def reach_of(units: pd.DataFrame, estimand: Estimand, rule: Overlap) -> tuple[pd.DataFrame, Reach]:
    """Ask a rule of everybody whom a comparison could compare, those it leaves out by it too.

    Parameters
    ----------
    units : DataFrame
        Contract UNITS.
    estimand : Estimand
        Whose comparison it is.
    rule : Overlap
        Which trial units have a comparable control.

    Returns
    -------
    whole : DataFrame
        The units of both arms, as `compared_units` gives them.
    reach : Reach
        Of the same index.
    """
    everybody = estimand.comparison_rule.model_copy(update={"overlap": None})
    whole = compared_units(units, estimand.model_copy(update={"comparison_rule": everybody}))
    return whole, find_reach(whole, rule, f"comparison {estimand.comparison}")


def share_beyond_reach(frame: pd.DataFrame, beyond: Iterable[str]) -> float:
    """Share of the trial arm's weight in units without a comparable control.

    Parameters
    ----------
    frame : DataFrame
        A sample of `estimation`: unit, trial and w.
    beyond : iterable of str
        The units without one.

    Returns
    -------
    float
        Zero where a comparison leaves them out.
    """
    weights = frame[frame["trial"]].groupby("unit")["w"].mean()
    return float(weights[weights.index.isin(list(beyond))].sum() / weights.sum())


def beyond_reach_table(
    units: pd.DataFrame,
    estimands: Iterable[Estimand],
    declared: tuple[str, Overlap] | None = None,
) -> pd.DataFrame:
    """List the trial units that comparisons leave out because no control is like them.

    Parameters
    ----------
    units : DataFrame
        Contract UNITS.
    estimands : iterable of Estimand
        Their comparisons, as far as they have a rule of overlap, are looked at; placebos and
        samples with one area left out are not.
    declared : tuple of str and Overlap, optional
        The comparison that declares the study's rule, and the rule. Where no estimand asks for it,
        the units of the first comparison are held against it.

    Returns
    -------
    DataFrame
        Contract BEYOND_REACH.
    """
    asked = one_for_each_comparison(estimands)
    tables = [
        _left_out(units, one, one.comparison_rule.overlap)
        for one in asked
        if one.comparison_rule.overlap is not None
    ]
    if not tables and declared is not None and asked:
        name, rule = declared
        tables = [_left_out(units, asked[0], rule).assign(comparison=name)]
    empty = pd.DataFrame(columns=list(BEYOND_REACH.columns))
    return conform(pd.concat(tables) if tables else empty, BEYOND_REACH)


def _left_out(units: pd.DataFrame, estimand: Estimand, rule: Overlap) -> pd.DataFrame:
    whole, reach = reach_of(units, estimand, rule)
    out = whole.assign(reason=reach.reason)[reach.reason.ne("").to_numpy()]
    areas = units.set_index("unit")["area"]
    return out.assign(comparison=estimand.comparison, area=out["unit"].map(areas))[
        list(BEYOND_REACH.columns)
    ]


def overlap_table(
    units: pd.DataFrame,
    estimands: Iterable[Estimand],
    covariates: Sequence[str],
    rule: Overlap | None,
) -> pd.DataFrame:
    """Tell for each trial area how near its controls are, and whether they are comparable.

    Parameters
    ----------
    units : DataFrame
        Contract UNITS.
    estimands : iterable of Estimand
        Their comparisons are described, as in `balance_table`; of one that leaves out units
        without a comparable control, everybody it could compare.
    covariates : sequence of str
        Names of all covariates. Propensity scores are of these, or of those that a comparison
        balances, and missing with fewer than ten units that have all in an arm.
    rule : Overlap or None
        Which trial units have a comparable control. Without one nobody is called comparable or
        not, and distances are in the covariates of the scores.

    Returns
    -------
    DataFrame
        Contract OVERLAP; no rows of a comparison of which nothing of this is known.
    """
    tables = []
    for estimand in one_for_each_comparison(estimands):
        balance = estimand.comparison_rule.balance
        columns = [f"x_{name}" for name in (covariates if balance is None else balance.covariates)]
        if rule is None:
            whole, reach = _described(compared_units(units, estimand), columns)
        else:
            whole, reach = reach_of(units, estimand, rule)
        found = _areas(_scored(whole, columns), reach, judged=rule is not None)
        tables.append(found.assign(comparison=estimand.comparison))
    empty = pd.DataFrame(columns=list(OVERLAP.columns))
    return conform(pd.concat([empty, *tables]) if tables else empty, OVERLAP)


def _described(units: pd.DataFrame, columns: list[str]) -> tuple[pd.DataFrame, Reach]:
    """Measure distances without judging them, of units with all covariates."""
    whole = units.dropna(subset=columns)
    trial = whole["trial"].to_numpy(bool)
    distance = pd.Series(np.nan, index=whole.index)
    if not columns or min(trial.sum(), (~trial).sum()) < _FEWEST:
        return whole.iloc[:0], Reach(distance.iloc[:0].astype(str), distance.iloc[:0], np.nan)
    distance[trial] = nearest_controls(whole[columns].to_numpy(float), trial)[0]
    return whole, Reach(pd.Series("", index=whole.index), distance, np.nan)


def _scored(units: pd.DataFrame, columns: list[str]) -> pd.DataFrame:
    """Add propensity scores to the units that have all covariates."""
    known = units[columns].notna().all(axis=1)
    trial = units["trial"].to_numpy(bool)
    score = pd.Series(np.nan, index=units.index)
    if columns and min((known & trial).sum(), (known & ~trial).sum()) >= _FEWEST:
        x = units.loc[known, columns].to_numpy(float)
        score[known] = propensity_scores(x, trial[known.to_numpy()])
    return units.assign(score=score)


def _areas(units: pd.DataFrame, reach: Reach, judged: bool) -> pd.DataFrame:
    """Gather the trial units of a comparison by area."""
    rows = units.assign(distance=reach.distance, without=reach.reason.ne(""))[units["trial"]]
    # in the trial arm the cluster is the area
    areas = rows.groupby("cluster").agg(
        n_units=("unit", "size"),
        n_without_control=("without", "sum"),
        distance=("distance", "max"),
        score=("score", "mean"),
    )
    areas["comparable"] = areas["n_without_control"] == 0
    if not judged:
        areas = areas.assign(n_without_control=None, comparable=None)
    return areas.assign(caliper=reach.caliper).rename_axis("area").reset_index()
