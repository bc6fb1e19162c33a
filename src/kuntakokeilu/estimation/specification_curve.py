"""What all specifications of one question say together, tested by dealing treatment anew.

Estimates of many specifications rest on the same data and agree for that reason alone: their
number proves nothing. Under the null of no effect on any unit, treatment could have gone to other
areas; each deal gives a whole curve, and the curve observed is compared with these. Source: U.
Simonsohn, J. P. Simmons & L. D. Nelson (2020), Specification curve analysis, Nature Human Behaviour
4: 1208-1214.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from scipy import sparse

from kuntakokeilu.contracts import CURVE_STATISTICS, SPECIFICATION_CURVE_TEST, conform
from kuntakokeilu.estimation.absorb import absorber_of, products_beside
from kuntakokeilu.estimation.assignment import FEWEST, assignments_of
from kuntakokeilu.estimation.contrast import design_of
from kuntakokeilu.estimation.designs import Design, Term
from kuntakokeilu.estimation.fit import centred, fit, only_coefficient, sparse_of
from kuntakokeilu.estimation.identification import not_identified
from kuntakokeilu.estimation.permutation import (
    Quadratic,
    Statistic,
    estimates_of_deals,
    is_estimate,
    treated_from,
)
from kuntakokeilu.estimation.sampler import Sampler
from kuntakokeilu.study import Estimand

LEVEL = 0.05
# ASSUME: some specifications are estimated anew for each deal, all of them on the same deals; at
# p = 0.05 the p-value then has a Monte Carlo error of 0.7 percentage points.
MOST_DRAWS = 999
_TIE = 1e-9
_CHUNK = 1000


@dataclass(frozen=True)
class Specification:
    """One specification as a function of who was treated.

    Attributes
    ----------
    estimate : float
        Of the areas that were treated.
    statistic : callable
        Takes deals over `areas`, shape (m, areas), values the number of a start in `starts` or -1
        for never; returns estimates, shape (m,).
    areas : list of str
        Area clusters of its sample.
    starts : list of Period
        Starts in its sample, sorted; an area keeps the number of its own in `observed`.
    observed : ndarray, shape (areas,)
        The number of the start of each area.
    """

    estimate: float
    statistic: Statistic
    areas: list[str]
    starts: list[pd.Period]
    observed: np.ndarray


def specification_curve_test(
    cells: pd.DataFrame, units: pd.DataFrame, estimands: Sequence[Estimand]
) -> pd.DataFrame:
    """Test the specifications of one outcome jointly.

    Parameters
    ----------
    cells : DataFrame
        Contract CELLS of the outcome.
    units : DataFrame
        Contract UNITS.
    estimands : sequence of Estimand
        Specifications of one question, each with one number (`study.curves`); draws and seed are
        those of the first.

    Returns
    -------
    DataFrame
        Contract SPECIFICATION_CURVE_TEST, a row for each of CURVE_STATISTICS. Without two
        specifications that can be dealt, where units of one area start at different times, or with
        fewer than 20 assignments, of which none can be a rare one, the rows have no numbers, and
        say why.
    """
    first, sampler = estimands[0], Sampler(cells, units)
    draws = min(first.permutations, MOST_DRAWS)
    # those with the same right-hand side, whatever their weights, one after the other
    order = sorted(range(len(estimands)), key=lambda k: _but_for_weights(estimands[k]))
    found = {k: specification_of(sampler, estimands[k]) for k in order}
    made = [found[k] for k in range(len(estimands))]
    kept = [one for one in made if one is not None]
    labels = _labels(kept)
    facts: dict[str, Any] = {
        **{name: getattr(first, name) for name in ("study", "outcome", "unit")},
        **{"n_specifications": len(kept), "n_left_out": len(made) - len(kept)},
        **{"n_areas": len(labels), "n_draws": draws},
    }
    reason = "mixed_areas" if made and not kept and _is_mixed(sampler, estimands) else "too_few"
    joint = dict.fromkeys(CURVE_STATISTICS, (np.nan, np.nan, np.nan))
    if len(kept) > 1 and assignments_of(labels.values()) < FEWEST:
        reason = "few_assignments"
    elif len(kept) > 1:
        reason = "ok"
        joint = joint_statistics(curves_of_deals(kept, labels, draws, first.seed))
    rows = [
        {**facts, "statistic": name, "value": value, "expected": mean, "p_value": p}
        for name, (value, mean, p) in joint.items()
    ]
    return conform(pd.DataFrame(rows).assign(identified=reason), SPECIFICATION_CURVE_TEST)


def _but_for_weights(estimand: Estimand) -> str:
    return estimand.model_dump_json(exclude={"estimand", "weights", "role", "headline"})


def specification_of(sampler: Sampler, estimand: Estimand) -> Specification | None:
    """Make an estimand a function of who was treated.

    Parameters
    ----------
    sampler : Sampler
        Draws its sample.
    estimand : Estimand
        With one number.

    Returns
    -------
    Specification or None
        None if it has no estimate, if each deal would need balancing weights of its own, if units
        of one area start at different times, or if rounding is so large that the statistic of the
        areas treated is not the estimate.
    """
    if estimand.comparison_rule.balance is not None:
        return None
    sample = sampler.draw(estimand)
    if not_identified(sample) is not None or not _is_whole(sample.frame):
        return None
    design = design_of(sample)
    frame = design.regressed(sample.frame)
    estimate = _estimate(frame, design)
    if estimate is None or design.terms != [Term("att", "att")]:
        return None
    areas = sorted(frame["cluster"].astype(str).unique())
    starts = sorted(frame["first_treated"].dropna().unique())
    by_area = frame.drop_duplicates("cluster").set_index("cluster")["first_treated"][areas]
    observed = np.array([starts.index(s) if pd.notna(s) else -1 for s in by_area])
    statistic = _statistic(frame, design, starts, areas)
    if not is_estimate(float(statistic(observed[None, :])[0]), estimate, frame["y"]):
        return None
    return Specification(estimate, statistic, areas, starts, observed)


def _is_whole(frame: pd.DataFrame) -> bool:
    """Tell whether all units of each area start together."""
    starts = frame.drop_duplicates("unit")[["cluster", "first_treated"]].astype(str)
    return bool(starts.groupby("cluster")["first_treated"].nunique().le(1).all())


def _is_one_regression(design: Design) -> bool:
    return design.effects is not None and design.again is None and not design.parts


def _estimate(frame: pd.DataFrame, design: Design) -> float | None:
    """Estimate what the areas that were treated say."""
    if _is_one_regression(design):
        return only_coefficient(frame, design)
    fitted = fit(frame, design)
    return None if fitted is None else float(fitted.params[0])


def _is_mixed(sampler: Sampler, estimands: Iterable[Estimand]) -> bool:
    return any(not _is_whole(sampler.draw(one).frame) for one in estimands)


def _statistic(
    frame: pd.DataFrame, design: Design, starts: list[pd.Period], areas: list[str]
) -> Statistic:
    """Return deals over areas -> estimates; a regression needs a column for each area only."""
    if _is_one_regression(design):
        return _by_area(frame, design, starts, areas)
    units = frame.drop_duplicates("unit")["cluster"].astype(str)
    places = pd.Index(areas).get_indexer(pd.Index(units))
    of_units = estimates_of_deals(frame, design)
    return lambda deals: of_units(deals[:, places])


def _by_area(
    frame: pd.DataFrame, design: Design, starts: list[pd.Period], areas: list[str]
) -> Quadratic:
    """Give the estimates of deals d as d'A / d'Bd, with a dummy for each area and start."""
    assert design.effects is not None
    codes = pd.Index(areas).get_indexer(pd.Index(frame["cluster"].astype(str)))
    rows, w = np.arange(len(frame)), frame["w"].to_numpy(float)
    dummies = sparse.hstack(
        [
            sparse.csr_array((treated_from(frame, start), (rows, codes)), (len(frame), len(areas)))
            for start in starts
        ]
    )
    y = centred(frame, design).to_numpy()[:, None]
    others = sparse_of(design)[:, 1:]
    columns = sparse.csr_array(sparse.hstack([sparse.csr_array(y), dummies, others]))
    products = absorber_of(design.effects, w.tobytes()).products(columns)
    products = products_beside(products, dummies.shape[1] + 1)
    return Quadratic(products[0, 1:].reshape(len(starts), -1), products[1:, 1:])


def _labels(specifications: Iterable[Specification]) -> dict[str, str]:
    """Give each area of any specification the start, or never, that is dealt with it.

    An area that starts at another time in another specification has the label of the first.
    """
    labels: dict[str, str] = {}
    for one in specifications:
        for area, place in zip(one.areas, one.observed, strict=True):
            labels.setdefault(area, str(one.starts[place]) if place >= 0 else "")
    return dict(sorted(labels.items()))


def curves_of_deals(
    specifications: Sequence[Specification], labels: Mapping[str, str], draws: int, seed: int
) -> np.ndarray:
    """Estimate every specification on the same deals of treatment over areas.

    Parameters
    ----------
    specifications : sequence of Specification
        The curve.
    labels : mapping of str to str
        Every area, to what is dealt with it.
    draws : int
        Number of deals.
    seed : int
        The same seed gives the same deals.

    Returns
    -------
    ndarray, shape (specifications, 1 + draws)
        The curve observed in the first column. Missing where a deal leaves a specification, which
        does not have all areas, without a treated or an untreated one.
    """
    names, kinds = list(labels), sorted(set(labels.values()))
    row = np.array([kinds.index(label) for label in labels.values()], dtype=np.int16)
    rng = np.random.default_rng(seed)
    dealt = np.vstack([row, rng.permuted(np.tile(row, (draws, 1)), axis=1)])
    return np.array([_of_one(one, names, row, dealt) for one in specifications])


def _of_one(one: Specification, names: list[str], row: np.ndarray, dealt: np.ndarray) -> np.ndarray:
    at = pd.Index(names).get_indexer(pd.Index(one.areas))
    # what a label means in this specification, which may call late starters untreated
    means = np.full(int(row.max()) + 1, -1)
    means[row[at]] = one.observed
    deals = means[dealt[:, at]]
    with np.errstate(divide="ignore", invalid="ignore"):
        parts = [one.statistic(deals[k : k + _CHUNK]) for k in range(0, len(deals), _CHUNK)]
    found = np.concatenate(parts)
    found[0] = one.estimate
    both = (deals >= 0).any(axis=1) & (deals < 0).any(axis=1) | (len(one.starts) > 1)
    return np.where(both & np.isfinite(found), found, np.nan)


def joint_statistics(curves: np.ndarray) -> dict[str, tuple[float, float, float]]:
    """Compare a curve with those of the deals.

    Parameters
    ----------
    curves : ndarray, shape (specifications, 1 + draws)
        As `curves_of_deals` gives them, the curve observed first.

    Returns
    -------
    dict of str to tuple of float
        For each of CURVE_STATISTICS its value, its mean over the deals and its p-value. A
        specification is significant in a deal if at most 5 % of its own estimates over all deals
        lie as far from zero: its own permutation test. Medians are compared by their size, shares
        are those of the sign that has more.

    Notes
    -----
    A missing estimate counts against the curve: as significant, and with the sign that has more.
    """
    missing = np.isnan(curves)
    size = np.where(missing, np.inf, np.abs(curves))
    ranked = np.sort(size, axis=1)
    # how many estimates of the specification are as large, ties included
    as_large = np.array(
        [size.shape[1] - np.searchsorted(row, mine * (1 - _TIE)) for row, mine in
         zip(ranked, size, strict=True)]
    )  # fmt: skip
    significant = as_large <= LEVEL * curves.shape[1]
    up, down = (np.where(missing, True, sign) for sign in (curves > 0, curves < 0))
    with np.errstate(invalid="ignore"):
        median = np.nanmedian(curves, axis=0)
    shares = np.maximum((significant & up).mean(axis=0), (significant & down).mean(axis=0))
    signs = np.maximum(up.mean(axis=0), down.mean(axis=0))
    return {
        "median_effect": (float(median[0]), *_compared(np.abs(median))),
        "share_significant": (float(shares[0]), *_compared(shares)),
        "share_of_sign": (float(signs[0]), *_compared(signs)),
    }


def _compared(values: np.ndarray) -> tuple[float, float]:
    """Give the mean over the deals, and the share with as large a value, the observed included."""
    large = ~(values < values[0] * (1 - _TIE))  # a missing one counts
    return float(np.nanmean(values[1:])), float(large.sum() / len(values))
