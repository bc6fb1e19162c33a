"""Randomisation tests: how large the estimate would be, had others been treated.

The treatment starts observed are dealt anew over municipalities, or over whole areas, weights
and fixed effects staying as they are. With A = S'MWy and B = S'MWS, where S holds one column
for each unit and start and M projects out the fixed effects, the estimate of a deal d is
d'A / d'Bd, so that ten thousand deals are two matrix products.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import lru_cache

import numpy as np
import pandas as pd

from kuntakokeilu.estimation.absorb import partial_out, residualise
from kuntakokeilu.estimation.designs import Design

_CHUNK = 1000
_TIE = 1e-9
# How far the statistic of the starts observed may lie from the fitted estimate, relative to it,
# or to the spread of the outcome where the estimate is smaller: what rounding leaves.
_SAME = 1e-9

Statistic = Callable[[np.ndarray], np.ndarray]


def permutation_p_value(
    frame: pd.DataFrame, design: Design, estimate: float, groups: pd.Series, draws: int, seed: int
) -> float:
    """Two-sided p-value of no effect of a design whose single term is `att`.

    Parameters
    ----------
    frame : DataFrame
        What the design regresses of a sample.
    design : Design
        Its design with `att` as first regressor.
    estimate : float
        The fitted coefficient.
    groups : Series, shape (rows,)
        What is dealt a start together: the unit, or the area cluster.
    draws : int
        Number of deals.
    seed : int
        The same seed gives the same deals whatever the outcome.

    Returns
    -------
    float
        See `randomisation_p_value`. Missing too if rounding is so large that the statistic of the
        starts observed is not the fitted estimate: what is dealt would be another number.
    """
    cohorts = _cohorts(frame)
    statistic = _estimates(frame, design, cohorts)
    if not is_estimate(statistic(_starts(frame, cohorts)[None, :])[0], estimate, frame["y"]):
        return np.nan
    return randomisation_p_value(statistic, frame, groups, draws, seed)


def is_estimate(statistic: float, estimate: float, y: pd.Series) -> bool:
    """Tell whether a statistic of the starts observed is the fitted estimate, but for rounding."""
    return bool(abs(statistic - estimate) <= _SAME * max(abs(estimate), float(y.std(ddof=0))))


def randomisation_p_value(
    statistic: Statistic, frame: pd.DataFrame, groups: pd.Series, draws: int, seed: int
) -> float:
    """Share of deals with a statistic as large as the observed one, (1 + k) / (1 + draws).

    Parameters
    ----------
    statistic : callable
        Takes deals, shape (m, units) in the order in which units first appear in `frame`,
        values the number of the start (0, 1, ...) or -1 for never; returns shape (m,).
    frame : DataFrame
        A sample.
    groups : Series, shape (rows,)
        What is dealt a start together.
    draws : int
        Number of deals.
    seed : int
        Seed of the deals.

    Returns
    -------
    float
        Missing if a group holds units with different starts, so that no deal over groups
        could have given the one observed.
    """
    units = frame.drop_duplicates("unit")
    group_codes, names = pd.factorize(groups[units.index])
    cohorts = _cohorts(frame)
    labels_by_unit = _starts(frame, cohorts)
    labels = np.full(len(names), -1)
    labels[group_codes] = labels_by_unit
    if (labels[group_codes] != labels_by_unit).any():
        return np.nan
    observed = abs(statistic(labels[group_codes][None, :])[0])
    extreme = 0
    for deals in _deals(tuple(labels.tolist()), draws, seed):
        smaller = np.abs(statistic(deals[:, group_codes])) < observed * (1 - _TIE)
        extreme += len(deals) - int(smaller.sum())  # a deal without a statistic counts as extreme
    return (1 + extreme) / (1 + draws)


@lru_cache(maxsize=8)
def _deals(labels: tuple[int, ...], draws: int, seed: int) -> list[np.ndarray]:
    """Deal labels anew, in chunks; estimands of the same groups share their deals."""
    rng = np.random.default_rng(seed)
    sizes = [min(_CHUNK, draws - done) for done in range(0, draws, _CHUNK)]
    row = np.array(labels, dtype=np.int16)
    return [rng.permuted(np.tile(row, (size, 1)), axis=1) for size in sizes]


def _cohorts(frame: pd.DataFrame) -> list[pd.Period]:
    return sorted(frame["first_treated"].dropna().unique())


def _starts(frame: pd.DataFrame, cohorts: list[pd.Period]) -> np.ndarray:
    """Number the start of each unit, -1 for never, units as they first appear."""
    starts = frame.drop_duplicates("unit")["first_treated"]
    return np.array([cohorts.index(s) if s is not pd.NaT else -1 for s in starts])


def _estimates(frame: pd.DataFrame, design: Design, cohorts: list[pd.Period]) -> Statistic:
    """Return deals -> estimates of a design."""
    again = design.again
    if again is not None:
        return lambda deals: again(deals)[:, 0]
    if design.parts:
        return _sum_of_parts(frame, design, cohorts)
    return _four_means(frame) if design.effects is None else _quadratic(frame, design, cohorts)


def _sum_of_parts(frame: pd.DataFrame, design: Design, cohorts: list[pd.Period]) -> Statistic:
    """Deal the same starts to both populations and combine their estimates."""
    units = pd.Index(frame["unit"].unique())
    parts = []
    for factor, part in design.parts:
        rows = frame.loc[part.regressors.index]
        places = units.get_indexer(rows["unit"].unique())
        if factor != 0:
            parts.append((factor, places, _estimates(rows, part, cohorts)))

    def estimates(deals: np.ndarray) -> np.ndarray:
        return np.sum([factor * each(deals[:, at]) for factor, at, each in parts], axis=0)

    return estimates


def _quadratic(frame: pd.DataFrame, design: Design, cohorts: list[pd.Period]) -> Statistic:
    """Return deals -> estimates for a regression that absorbs fixed effects."""
    assert design.effects is not None
    codes = pd.factorize(frame["unit"])[0]
    own = (codes[:, None] == np.unique(codes)).astype(float)
    after = [_treated(frame, cohort)[:, None] for cohort in cohorts]
    s = np.hstack([own * each for each in after])
    w, n = frame["w"].to_numpy(float), s.shape[1] + 1
    columns = np.hstack([s, frame[["y"]], design.regressors.iloc[:, 1:]])
    left = residualise(columns, design.effects, w)
    left = partial_out(left[:, :n], left[:, n:], w)
    s, y = left[:, :-1], left[:, -1]
    a, b = s.T @ (w * y), s.T @ (w[:, None] * s)

    def estimates(deals: np.ndarray) -> np.ndarray:
        d = np.hstack([deals == k for k in range(len(cohorts))]).astype(float)
        return (d @ a) / ((d @ b) * d).sum(axis=1)

    return estimates


def _treated(frame: pd.DataFrame, start: pd.Period) -> np.ndarray:
    """Tell what is regressed of a unit's treatment that begins then: of changes, the change."""
    changes = "previous" in frame
    now = (frame["period"] >= start).to_numpy(float)
    return now - (frame["previous"] >= start).to_numpy(float) if changes else now


def _four_means(frame: pd.DataFrame) -> Statistic:
    """Return deals -> estimates for the comparison of four weighted means."""
    post = frame["period"] >= frame["first_treated"].dropna().iloc[0]
    sums = (
        frame.assign(wy=frame["w"] * frame["y"], post=post)
        .groupby(["unit", "post"], sort=False)[["wy", "w"]]
        .sum()
        .unstack(fill_value=0.0)
        .reindex(frame["unit"].unique())
    )

    def mean(deals: np.ndarray, after: bool) -> np.ndarray:
        return (deals @ sums["wy"][after].to_numpy()) / (deals @ sums["w"][after].to_numpy())

    def estimates(deals: np.ndarray) -> np.ndarray:
        trial = (deals == 0).astype(float)
        control = 1.0 - trial
        change = mean(trial, True) - mean(trial, False)
        return change - (mean(control, True) - mean(control, False))

    return estimates
