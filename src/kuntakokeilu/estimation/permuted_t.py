"""Permutation of the t statistic over whole clusters, for many outcomes of one right-hand side.

Under unequal clusters the estimate varies more in some deals than in others; dividing it by its
standard error in each deal makes deals comparable (Janssen 1997, Statistics & Probability Letters
36(1); MacKinnon & Webb 2020, Journal of Econometrics 218(2)). With S the dealt columns of the
clusters and y the outcome, both less what all else explains, the estimate of a deal d is
d'S'Wy / d'S'WSd and the score of cluster g is d'S_g'W_g y_g - b d'S_g'W_g S_g d, so that all deals
are products of matrices of clusters by clusters.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

from kuntakokeilu.estimation.absorb import partial_out
from kuntakokeilu.estimation.permutation import deal_labels

_TIE = 1e-9


@dataclass(frozen=True)
class PermutedT:
    """p-values of m outcomes, shape (m,), (1 + deals as large) / (1 + deals).

    Attributes
    ----------
    of_estimate, of_t : ndarray, shape (m,)
        With the estimate, and with its CR1 t, as the statistic.
    """

    of_estimate: np.ndarray
    of_t: np.ndarray


def deal_clusters(frame: pd.DataFrame, draws: int, seed: int) -> np.ndarray | None:
    """Deal the treatment anew over whole clusters; the first row is the one observed.

    Parameters
    ----------
    frame : DataFrame
        A sample.
    draws : int
        Number of deals.
    seed : int
        The same seed gives the same deals, whatever the outcome.

    Returns
    -------
    ndarray of float, shape (1 + draws, G), or None
        1 where a cluster is treated, clusters in the order in which they first appear: the deals
        of `permutation_p_value`. None if a cluster has units in both arms.
    """
    arms = frame.groupby("cluster", sort=False)["trial"]
    if (arms.nunique() > 1).any():
        return None
    observed = arms.first().to_numpy(bool)
    labels = tuple(np.where(observed, 0, -1).tolist())
    return np.vstack([observed, *(deals == 0 for deals in deal_labels(labels, draws, seed))]) * 1.0


def permuted_t(
    dealt: np.ndarray,
    others: np.ndarray,
    y: np.ndarray,
    w: np.ndarray,
    codes: np.ndarray,
    deals: np.ndarray,
) -> PermutedT:
    """Permute estimate and t of a regression whose treatment is dealt to whole clusters.

    Parameters
    ----------
    dealt : ndarray, shape (rows, G)
        For each cluster what would be treated of it, less what the fixed effects explain.
    others : ndarray, shape (rows, k)
        The other regressors, less the same.
    y : ndarray, shape (rows, m)
        Outcomes, less the same.
    w : ndarray, shape (rows,)
        Weights.
    codes : ndarray of int, shape (rows,)
        Cluster of each row, in the order of `deals`.
    deals : ndarray, shape (1 + draws, G)
        As `deal_clusters` gives them, the observed one first.

    Returns
    -------
    PermutedT
        The factor of CR1 is the same in all deals and cancels. A deal without a statistic counts as
        extreme.
    """
    g = dealt.shape[1]
    left = partial_out(np.hstack([dealt, y]), others, w)
    s, y = left[:, :g], left[:, g:]
    rows = [np.flatnonzero(codes == each) for each in range(g)]
    own = np.empty((len(deals), g))  # d'S_g'W_g S_g d
    for each, at in enumerate(rows):
        own[:, each] = ((deals @ s[at].T) ** 2) @ w[at]
    length = own.sum(axis=1)
    of_estimate, of_t = np.empty((2, y.shape[1]))
    weighted = w[:, None] * s
    for place, outcome in enumerate(y.T):
        with_y = deals @ np.column_stack([weighted[at].T @ outcome[at] for at in rows])
        with np.errstate(divide="ignore", invalid="ignore"):
            estimates = with_y.sum(axis=1) / length
            spread = np.sqrt(((with_y - estimates[:, None] * own) ** 2).sum(axis=1))
            t = estimates * length / spread
        of_estimate[place], of_t[place] = _share(estimates), _share(t)
    return PermutedT(of_estimate, of_t)


def _share(statistics: np.ndarray) -> float:
    """Share of deals with a statistic as large as the first one, which is observed."""
    observed, found = abs(statistics[0]), np.abs(statistics[1:])
    if np.isnan(observed):
        return np.nan
    extreme = len(found) - int((found < observed * (1 - _TIE)).sum())
    return (1 + extreme) / (1 + len(found))
