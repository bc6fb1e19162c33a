"""Re-drawn assignments in comparisons whose controls are weighted to be alike the trial arm.

Each deal gets weights of its own, as the observed one did. In a panel without gaps, with one start
and weights that do not move, the estimate is that of the changes of units on their arm, so that a
deal is a few sums; what takes time are the weights, which are the same for every outcome.
"""

from __future__ import annotations

import numpy as np
import pandas as pd

from kuntakokeilu.estimation.assignment import (
    Redrawing,
    deals_of,
    share_as_extreme,
    whole_areas,
    within_size_bands,
)
from kuntakokeilu.estimation.entropy_balance import TOLERANCE, balanced_weights, entropy_weights
from kuntakokeilu.estimation.permutation import is_estimate
from kuntakokeilu.estimation.remember import remembered
from kuntakokeilu.estimation.sample import Sample
from kuntakokeilu.study import Balance

BALANCED_DRAWS = 999  # ASSUME: weights made anew cost milliseconds each
FEWEST_FEASIBLE = 99
_STEADY = 1e-9
_NEWTON_STEPS, _HALVINGS = 40, 30


def balanced_p_value(
    sample: Sample, balance: Balance, kind: str, estimate: float
) -> tuple[float, int, Redrawing] | str:
    """Test a balanced comparison by re-drawn areas, with weights made anew for each deal.

    Parameters
    ----------
    sample : Sample
        Of the comparison before it is balanced.
    balance : Balance
        How its control units are made alike.
    kind : str
        `permutation_t_area` or `assignment_size_bands`.
    estimate : float
        The fitted number of the balanced comparison.

    Returns
    -------
    tuple or str
        The p-value, of how many deals, and who was re-drawn. Deals without weights are no
        comparison and do not count. Or why there is none: `unbalanced_panel`, units have gaps,
        weights that move, several starts or effects beside unit and period; `no_weights`, fewer
        than 99 deals have weights; `rounding`; and what `whole_areas` and `within_size_bands` give.
    """
    units = changes_of_units(sample)
    if units is None:
        return "unbalanced_panel"
    units = units[units[[f"x_{name}" for name in balance.covariates]].notna().all(axis=1)]
    units = units.reset_index(drop=True)
    estimand = sample.estimand
    if kind == "permutation_t_area":
        plan = whole_areas(units)
    else:
        plan = within_size_bands(units, estimand.assignment.size_bands)
    if plan.reason != "ok":
        return plan.reason
    codes = pd.factorize(units["cluster"].astype(str))[0]
    observed, t = statistics_of(
        units, codes, np.array([plan.labels]) >= 0, _weights(units, balance, codes, plan, 0, 0)
    )
    if not is_estimate(observed[0], estimate, units["y"]):
        return "rounding"
    draws = min(BALANCED_DRAWS, estimand.permutations)
    weights = _weights(units, balance, codes, plan, draws, estimand.seed)
    deals = np.concatenate(deals_of(plan, draws, estimand.seed)) >= 0
    there = ~np.isnan(weights).any(axis=1)
    if there.sum() < min(FEWEST_FEASIBLE, draws):
        return "no_weights"
    found = statistics_of(units, codes, deals[there], weights[there])[1]
    return share_as_extreme(found, t[0]), int(there.sum()), plan


def changes_of_units(sample: Sample) -> pd.DataFrame | None:
    """Take the change of each unit's mean at the start, where the estimate is made of these alone.

    Parameters
    ----------
    sample : Sample
        A sample without balance.

    Returns
    -------
    DataFrame or None
        One row per unit, with its columns in the sample, y the change. None in a panel with gaps,
        weights that move, several starts, or effects beside those of units and periods.
    """
    frame, estimand = sample.frame, sample.estimand
    starts = frame["first_treated"].dropna().unique()
    method, rest = estimand.method, (estimand.covariates, estimand.controls)
    more = (estimand.contrast, estimand.strata, estimand.effects_by_period, *rest)
    other = method.followed or method.changes or method.groups or estimand.trends != "none"
    if any(more) or other or len(starts) != 1:
        return None
    if len(frame) != frame["unit"].nunique() * frame["period"].nunique():
        return None
    by_unit = frame.groupby("unit", sort=False)
    if (by_unit["w"].max() - by_unit["w"].min() > _STEADY * by_unit["w"].max()).any():
        return None
    after = frame["period"] >= starts[0]
    means = frame.groupby(["unit", after.to_numpy()], sort=False)["y"].mean().unstack()
    units = frame.drop_duplicates("unit").reset_index(drop=True)
    return units.assign(y=units["unit"].map(means[True] - means[False]))


def statistics_of(
    units: pd.DataFrame, codes: np.ndarray, treated: np.ndarray, weights: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    """Give the estimate and the t, before CR1's factor, of deals with weights of their own.

    Parameters
    ----------
    units : DataFrame, rows n
        Changes y.
    codes : ndarray of int, shape (n,)
        Cluster of each unit.
    treated : ndarray of bool, shape (m, clusters)
        Which clusters a deal treats.
    weights : ndarray, shape (m, n)
        Weights of each deal.

    Returns
    -------
    tuple of two ndarrays, shapes (m,)
    """
    inside = (codes[:, None] == np.arange(treated.shape[1])).astype(float)
    y, arm = units["y"].to_numpy(float), treated[:, codes]
    estimate, scores = np.zeros(len(treated)), np.zeros(treated.shape)
    for side, sign in ((arm, 1.0), (~arm, -1.0)):
        w = weights * side
        w = w / w.sum(axis=1, keepdims=True)
        mean = w @ y
        estimate += sign * mean
        scores += sign * (w * (y - mean[:, None])) @ inside
    return estimate, estimate / np.sqrt((scores**2).sum(axis=1))


def _weights(
    units: pd.DataFrame, balance: Balance, codes: np.ndarray, plan: Redrawing, draws: int, seed: int
) -> np.ndarray:
    """Give the weights of every deal, or of the observed one without any, shape (draws, n)."""
    names = [f"x_{name}" for name in balance.covariates]
    facts = units[["w", *names]].to_numpy(float)
    deals = (plan.labels, plan.bands, draws, seed)
    return _made(facts.tobytes(), codes.tobytes(), balance.method, len(names), *deals)


@remembered
def _made(
    facts: bytes,
    codes: bytes,
    method: str,
    n_covariates: int,
    labels: tuple[int, ...],
    bands: tuple[int, ...],
    draws: int,
    seed: int,
) -> np.ndarray:
    values = np.frombuffer(facts).reshape(-1, 1 + n_covariates)
    names = [str(place) for place in range(n_covariates)]
    units = pd.DataFrame(values, columns=["w", *(f"x_{name}" for name in names)])
    balance = Balance.model_validate({"method": method, "covariates": names})
    clusters = np.frombuffer(codes, dtype=np.intp)
    plan = Redrawing(pd.Series(dtype=str), (), labels, bands)
    deals = np.concatenate(deals_of(plan, draws, seed)) if draws else np.array([labels])
    if method == "matching":
        made = [
            balanced_weights(units.assign(trial=deal[clusters] >= 0), balance) for deal in deals
        ]
        return np.array(made)
    x, w = values[:, 1:], values[:, 0]
    return np.array([_entropy(x, w, deal[clusters] >= 0) for deal in deals])


def _entropy(x: np.ndarray, w: np.ndarray, trial: np.ndarray) -> np.ndarray:
    """Give entropy weights of the controls of a deal; missing if there are none."""
    targets = np.average(x[trial], axis=0, weights=w[trial])
    control = newton_weights(x[~trial], targets, w[~trial])
    weights = w.copy()
    weights[~trial] = np.nan if control is None else control
    return weights


def newton_weights(x: np.ndarray, targets: np.ndarray, base: np.ndarray) -> np.ndarray | None:
    """Find entropy weights by Newton's method, a tenth of the time of `entropy_weights`.

    Parameters
    ----------
    x, targets, base : ndarrays, shapes (n, k), (k,), (n,)
        As `entropy_weights` takes them.

    Returns
    -------
    ndarray, shape (n,), or None
        The same weights; where Newton's method does not settle, what `entropy_weights` says.
    """
    spread = x.std(axis=0)
    if not (spread > _STEADY * np.abs(x).max(axis=0)).all():
        return entropy_weights(x, targets, base)
    z, log_q = (x - targets) / spread, np.log(base)
    b = np.zeros(z.shape[1])
    p, value = _shares(log_q + z @ b)
    for _ in range(_NEWTON_STEPS):
        gradient = p @ z
        if np.abs(gradient).max() <= TOLERANCE / 100:
            return np.asarray(p * base.sum())
        hessian = (z.T * p) @ z - np.outer(gradient, gradient)
        try:
            step = np.linalg.solve(hessian, gradient)
        except np.linalg.LinAlgError:
            break
        size = 1.0
        for _ in range(_HALVINGS):
            new, lower = _shares(log_q + z @ (b - size * step))
            if lower <= value - 1e-4 * size * (gradient @ step) or lower == value:
                break
            size /= 2
        b, p, value = b - size * step, new, lower
    return entropy_weights(x, targets, base)


def _shares(logits: np.ndarray) -> tuple[np.ndarray, float]:
    """Give softmax and the logarithm of the sum that it is divided by."""
    top = logits.max()
    e = np.exp(logits - top)
    total = e.sum()
    return e / total, float(top + np.log(total))
