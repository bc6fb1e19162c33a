"""Randomisation tests: how large the estimate would be, had others been treated.

The treatment starts observed are dealt anew over municipalities, or over whole areas, weights
and fixed effects staying as they are. With A = S'MWy and B = S'MWS, where S holds one column
for each unit and start and M projects out the fixed effects, the estimate of a deal d is
d'A / d'Bd, so that ten thousand deals are two matrix products.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import pandas as pd
from scipy import sparse

from kuntakokeilu.estimation.absorb import absorber_of, partial_out, products_beside
from kuntakokeilu.estimation.designs import Design
from kuntakokeilu.estimation.fit import sparse_of
from kuntakokeilu.estimation.remember import remembered

_CHUNK = 1000
_TIE = 1e-9
# How far the statistic of the starts observed may lie from the fitted estimate, relative to it,
# or to the spread of the outcome where the estimate is smaller: what rounding leaves.
_SAME = 1e-9

Statistic = Callable[[np.ndarray], np.ndarray]
Dealt = tuple[tuple[int, ...], int, int]  # the labels dealt over groups, how often, and the seed


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
    if not is_estimate(statistic(starts_of(frame)[None, :])[0], estimate, frame["y"]):
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
    labels_by_unit = starts_of(frame)
    labels = np.full(len(names), -1)
    labels[group_codes] = labels_by_unit
    if (labels[group_codes] != labels_by_unit).any():
        return np.nan
    observed = abs(statistic(labels[group_codes][None, :])[0])
    found = _of_deals(statistic, group_codes, (tuple(labels.tolist()), draws, seed))
    smaller = np.abs(found) < observed * (1 - _TIE)
    extreme = draws - int(smaller.sum())  # a deal without a statistic counts as extreme
    return (1 + extreme) / (1 + draws)


def _of_deals(statistic: Statistic, codes: np.ndarray, dealt: Dealt) -> np.ndarray:
    """Give the statistic of every deal over groups, the units' groups being `codes`."""
    if isinstance(statistic, (Quadratic, Combined)):
        return statistic.of_deals(codes, dealt)
    return np.concatenate([statistic(deals[:, codes]) for deals in deal_labels(*dealt)])


@remembered
def deal_labels(labels: tuple[int, ...], draws: int, seed: int) -> list[np.ndarray]:
    """Deal labels anew, in chunks; estimands of the same groups share their deals."""
    rng = np.random.default_rng(seed)
    sizes = [min(_CHUNK, draws - done) for done in range(0, draws, _CHUNK)]
    row = np.array(labels, dtype=np.int16)
    return [rng.permuted(np.tile(row, (size, 1)), axis=1) for size in sizes]


def _cohorts(frame: pd.DataFrame) -> list[pd.Period]:
    return sorted(frame["first_treated"].dropna().unique())


def starts_of(frame: pd.DataFrame) -> np.ndarray:
    """Number the start of each unit, -1 for never, units as they first appear."""
    return np.asarray(pd.factorize(frame.drop_duplicates("unit")["first_treated"], sort=True)[0])


def estimates_of_deals(frame: pd.DataFrame, design: Design) -> Statistic:
    """Return deals over units, as these first appear in the frame -> estimates of a design."""
    return _estimates(frame, design, _cohorts(frame))


def _estimates(frame: pd.DataFrame, design: Design, cohorts: list[pd.Period]) -> Statistic:
    """Return deals -> estimates of a design."""
    again = design.again
    if again is not None:
        return lambda deals: again(deals)[:, 0]
    if design.parts:
        return _sum_of_parts(frame, design, cohorts)
    return _four_means(frame) if design.effects is None else _quadratic(frame, design, cohorts)


def _sum_of_parts(frame: pd.DataFrame, design: Design, cohorts: list[pd.Period]) -> Combined:
    """Deal the same starts to both populations and combine their estimates."""
    units = pd.Index(frame["unit"].unique())
    parts = []
    for factor, part in design.parts:
        rows = frame.loc[part.regressors.index]
        places = units.get_indexer(rows["unit"].unique())
        if factor != 0:
            parts.append((factor, places, _estimates(rows, part, cohorts)))
    return Combined(parts)


@dataclass(frozen=True)
class Combined:
    """A sum of statistics of some of the units each, every one of which counts so often."""

    parts: list[tuple[float, np.ndarray, Statistic]]

    def __call__(self, deals: np.ndarray) -> np.ndarray:
        """Give the statistic of deals over units."""
        return np.sum([factor * each(deals[:, at]) for factor, at, each in self.parts], axis=0)

    def of_deals(self, codes: np.ndarray, dealt: Dealt) -> np.ndarray:
        """Give the statistic of every deal over groups."""
        found = [factor * _of_deals(each, codes[at], dealt) for factor, at, each in self.parts]
        return np.sum(found, axis=0)


@dataclass(frozen=True)
class Quadratic:
    """The estimate of a deal d as d'A / d'Bd; B is of the design alone.

    Attributes
    ----------
    a : ndarray, shape (starts, units)
        Weighted sums of what is left of the outcome, over the rows that a start would treat.
    b : ndarray, shape (starts x units, starts x units)
        Weighted products of what is left of these rows' dummies.
    """

    a: np.ndarray
    b: np.ndarray

    def __call__(self, deals: np.ndarray) -> np.ndarray:
        """Give the estimates of deals over units."""
        d = _dummies(deals, len(self.a))
        return (d @ self.a.ravel()) / ((d @ self.b) * d).sum(axis=1)

    def of_deals(self, codes: np.ndarray, dealt: Dealt) -> np.ndarray:
        """Give the estimates of every deal over groups, whose units move together."""
        a = self.a @ _indicator(codes, len(dealt[0]))
        found = zip(a, _places(*dealt), strict=True)
        sums = np.sum([each[places].sum(axis=1) for each, places in found], axis=0)
        return sums / _squares(self.b, codes.tobytes(), *dealt)


@remembered
def _places(labels: tuple[int, ...], draws: int, seed: int) -> list[np.ndarray]:
    """Find, for each start, the groups that every deal gives it, shape (draws, groups)."""
    deals = np.concatenate(deal_labels(labels, draws, seed))
    starts = range(max(labels) + 1)
    return [np.nonzero(deals == start)[1].reshape(draws, -1).astype(np.int16) for start in starts]


@remembered
def _squares(
    b: np.ndarray, codes: bytes, labels: tuple[int, ...], draws: int, seed: int
) -> np.ndarray:
    """Give d'Bd of every deal over groups."""
    inside = _indicator(np.frombuffer(codes, dtype=np.intp), len(labels))
    starts = len(b) // len(inside)
    every = np.kron(np.eye(starts), inside)
    squares = every.T @ b @ every
    chunks = (_dummies(deals, starts) for deals in deal_labels(labels, draws, seed))
    return np.concatenate([((d @ squares) * d).sum(axis=1) for d in chunks])


def _dummies(deals: np.ndarray, starts: int) -> np.ndarray:
    return np.hstack([deals == start for start in range(starts)]).astype(float)


def _indicator(codes: np.ndarray, n_groups: int) -> np.ndarray:
    """Return a dummy of each group, shape (units, groups)."""
    return (codes[:, None] == np.arange(n_groups)).astype(float)


def _quadratic(frame: pd.DataFrame, design: Design, cohorts: list[pd.Period]) -> Quadratic:
    """Return deals -> estimates for a regression that absorbs fixed effects."""
    assert design.effects is not None
    units = pd.factorize(frame["unit"])[0]
    after = np.array([treated_from(frame, cohort) for cohort in cohorts])
    w = frame["w"].to_numpy(float)
    columns = np.column_stack([frame["y"].to_numpy(float), design.regressors.iloc[:, 1:]])
    left = absorber_of(design.effects, w.tobytes()).left(columns)
    y = partial_out(left[:, :1], left[:, 1:], w)[:, 0]
    a = [np.bincount(units, each * w * y) for each in after]
    return Quadratic(np.array(a), _products(design, w.tobytes(), units.tobytes(), after.tobytes()))


@remembered
def _products(design: Design, weights: bytes, units: bytes, after: bytes) -> np.ndarray:
    """Give the weighted products of what is left of the dummies of units after each start."""
    assert design.effects is not None
    codes, w = np.frombuffer(units, dtype=np.intp), np.frombuffer(weights)
    rows, shape = np.arange(len(w)), (len(w), int(codes.max()) + 1)
    dummies = [
        sparse.csr_array((each, (rows, codes)), shape)
        for each in np.frombuffer(after).reshape(-1, len(w))
    ]
    columns = sparse.csr_array(sparse.hstack([*dummies, sparse_of(design)[:, 1:]]))
    products = absorber_of(design.effects, weights).products(columns)
    return products_beside(products, len(dummies) * shape[1])


def treated_from(frame: pd.DataFrame, start: pd.Period) -> np.ndarray:
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
