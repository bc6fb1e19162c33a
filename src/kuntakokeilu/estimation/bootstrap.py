"""Wild cluster bootstrap with the null hypothesis imposed (WCR).

For a null that lies `gap` below the estimate, the restricted residuals are e + gap x r, with r
the regressor net of all other columns. With m the coefficient's column of M = inv(Z'Z), cluster
scores s_g = m'Z_g'u_g and B_gh = m'Z_g'Z_g M Z_h'u_h, a draw v has numerator v's and cluster
scores (diag(s) - B)v, so that all draws are one matrix product. Both are linear in the gap, and
the interval costs no further products.

Cameron, Gelbach & Miller (2008, Review of Economics and Statistics 90(3)); MacKinnon, Nielsen &
Webb (2023, Journal of Applied Econometrics 38(5)); Webb (2023, Canadian Journal of Economics
56(3)).
"""

from __future__ import annotations

import itertools
from dataclasses import dataclass

import numpy as np
import pandas as pd

from kuntakokeilu.errors import counted
from kuntakokeilu.estimation.cross_products import CrossProducts, cross_products
from kuntakokeilu.estimation.designs import Design
from kuntakokeilu.estimation.remember import remembered

FEW_CLUSTERS = 12  # with fewer, 2^G signs are too few to tell p-values apart
_TIE = 1e-9
_DOUBLINGS, _HALVINGS = 20, 60


@dataclass(frozen=True)
class WildBootstrap:
    """A bootstrap test of one coefficient.

    Attributes
    ----------
    estimate : float
        The coefficient.
    t_statistic : float
        Its distance from the null over the CR1 standard error.
    p_value : float
        Two-sided, (1 + draws at least as extreme) / (1 + draws).
    ci_low, ci_high : float
        Nulls that the test does not reject; infinite where it rejects none.
    n_clusters, n_draws : int
        Clusters, and draws used.
    """

    estimate: float
    t_statistic: float
    p_value: float
    ci_low: float
    ci_high: float
    n_clusters: int
    n_draws: int


@dataclass(frozen=True)
class Draws:
    """Bootstrap statistics as functions of the gap between estimate and null.

    Attributes
    ----------
    observed : float
        Sum of the squared cluster scores of the estimate: its variance before the CR1 factor.
    numerator : tuple of 2 ndarrays, shape (draws,)
        Coefficients of 1 and gap.
    variance : tuple of 3 ndarrays, shape (draws,)
        Coefficients of 1, gap and gap squared.
    """

    observed: float
    numerator: tuple[np.ndarray, np.ndarray]
    variance: tuple[np.ndarray, np.ndarray, np.ndarray]


def wild_bootstrap(
    frame: pd.DataFrame,
    design: Design,
    clusters: pd.Series,
    column: str,
    *,
    null: float = 0.0,
    draws: int = 9999,
    seed: int = 0,
    level: float = 0.95,
    weights: np.ndarray | None = None,
) -> WildBootstrap | None:
    """Test one coefficient of a design and find its interval.

    Parameters
    ----------
    frame : DataFrame
        A sample with columns y and w.
    design : Design
        Regressors and fixed effects.
    clusters : Series, shape (rows,)
        Cluster of each row; units lie within clusters.
    column : str
        The regressor.
    null : float
        Its value under the null hypothesis.
    draws, seed : int
        See `bootstrap_weights`; the same for every outcome.
    level : float
        Of the interval.
    weights : ndarray, shape (draws, G), optional
        Draws to use instead, clusters in sorted order; without the one that is all ones.

    Returns
    -------
    WildBootstrap or None
        None if the effects leave no variation in a regressor. Without numbers if there is no
        CR1 variance.
    """
    products = cross_products(frame, design, clusters)
    return (
        None
        if products is None
        else wild_test(products, column, null, level, _weights(products, draws, seed, weights))
    )


def wild_test(
    products: CrossProducts, column: str, null: float, level: float, weights: np.ndarray
) -> WildBootstrap:
    """Test one coefficient with given draws, shape (draws, G); see `wild_bootstrap`."""
    estimate = float(products.params[products.place(column)])
    size = {"n_clusters": len(products.clusters), "n_draws": len(weights)}
    drawn = bootstrap_draws(products, column, weights)
    if not products.cr1 * drawn.observed > 0:
        return WildBootstrap(estimate, np.nan, np.nan, np.nan, np.nan, **size)
    gap = estimate - null
    return WildBootstrap(
        estimate=estimate,
        t_statistic=float(gap / np.sqrt(products.cr1 * drawn.observed)),
        p_value=bootstrap_p_value(drawn, gap),
        ci_low=estimate - _widest_gap(drawn, 1.0, 1 - level),
        ci_high=estimate - _widest_gap(drawn, -1.0, 1 - level),
        **size,
    )


def bootstrap_weights(
    n_clusters: int, draws: int, seed: int, distribution: str | None = None
) -> np.ndarray:
    """Draw the signs, or six-point weights, of clusters.

    Parameters
    ----------
    n_clusters : int
        G.
    draws : int
        Number of draws.
    seed : int
        The same seed and number of clusters give the same draws.
    distribution : {"rademacher", "webb"}, optional
        By default Webb's six points with fewer than `FEW_CLUSTERS` clusters, else signs.

    Returns
    -------
    ndarray, shape (draws, G)
        Or, if there are no more than `draws` vectors of signs, all of them but the observed one.
    """
    # ASSUME Webb weights below 12 clusters, Rademacher signs from 12 on.
    if distribution is None:
        distribution = "webb" if n_clusters < FEW_CLUSTERS else "rademacher"
    return _drawn(n_clusters, draws, seed, distribution)


@remembered
def _drawn(n_clusters: int, draws: int, seed: int, distribution: str) -> np.ndarray:
    if distribution == "rademacher" and 2**n_clusters - 1 <= draws:
        return all_signs(n_clusters)
    halves = {"rademacher": np.ones(1), "webb": np.sqrt([0.5, 1.0, 1.5])}
    half = halves[distribution]
    points = np.concatenate([np.negative(half), half])
    rng = np.random.default_rng(seed)
    found = points[rng.integers(len(points), size=(draws, n_clusters))]
    found.flags.writeable = False  # all outcomes share them
    return found


def all_signs(n_clusters: int) -> np.ndarray:
    """Every vector of signs but the one that is all ones, shape (2^G - 1, G)."""
    return np.array(list(itertools.product([1.0, -1.0], repeat=n_clusters)))[1:]


def bootstrap_draws(products: CrossProducts, column: str, weights: np.ndarray) -> Draws:
    """Numerators and variances of all draws, before the CR1 factor, which cancels in tests."""
    blocks = products.blocks
    place = blocks.place(column)
    m = blocks.inverse[:, place]
    scores, pulls = np.zeros((2, len(blocks.clusters), len(m)))
    for g, where in enumerate(blocks.places):
        scores[g, where] = products.scores[g]
        pulls[g, where] = blocks.crosses[g] @ m[where]
    spread = pulls @ blocks.inverse
    numerators, residual_scores = [], []
    for part in (scores, pulls / m[place]):  # of the residuals, and of the net regressor
        s = part @ m
        numerators.append(weights @ s)
        residual_scores.append(_own_scores(weights, s, part, spread))
    plain, net = residual_scores
    variance = (_dot(plain, plain), 2 * _dot(plain, net), _dot(net, net))
    return Draws(float(((scores @ m) ** 2).sum()), (numerators[0], numerators[1]), variance)


def _own_scores(
    weights: np.ndarray, s: np.ndarray, part: np.ndarray, spread: np.ndarray
) -> np.ndarray:
    """Return (diag(s) - B)v for every draw v, shape (draws, G), with B = spread x part'."""
    if 2 * part.shape[1] < len(s):  # few columns: B is of their rank
        return weights * s - (weights @ part) @ spread.T
    return weights @ (np.diag(s) - spread @ part.T).T


def bootstrap_p_value(drawn: Draws, gap: float) -> float:
    """Share of draws, the observed one among them, with t at least as far from zero."""
    # ASSUME (1 + k)/(1 + draws), ties and draws without a variance counting as extreme, as in
    # the randomisation test.
    numerator = drawn.numerator[0] + gap * drawn.numerator[1]
    variance = drawn.variance[0] + gap * drawn.variance[1] + gap**2 * drawn.variance[2]
    smaller = numerator**2 * drawn.observed < (1 - _TIE) ** 2 * gap**2 * variance
    return float((1 + np.sum(~smaller)) / (1 + len(smaller)))


def _widest_gap(drawn: Draws, sign: float, alpha: float) -> float:
    """Find by bisection the gap at which the test begins to reject; infinite if it never does."""
    # ASSUME p falls with distance: the rejection found by doubling the distance is the bracket.
    near, far = 0.0, sign * float(np.sqrt(drawn.observed))
    for _ in range(_DOUBLINGS):
        if bootstrap_p_value(drawn, far) <= alpha:
            break
        near, far = far, 2 * far
    else:
        return sign * np.inf
    for _ in range(_HALVINGS):
        middle = (near + far) / 2
        rejected = bootstrap_p_value(drawn, middle) <= alpha
        near, far = (near, middle) if rejected else (middle, far)
    return near


def _weights(
    products: CrossProducts, draws: int, seed: int, given: np.ndarray | None
) -> np.ndarray:
    n_clusters = len(products.clusters)
    if given is None:
        return bootstrap_weights(n_clusters, draws, seed)
    if given.ndim != 2 or given.shape[1] != n_clusters:
        raise ValueError(f"weights of shape {given.shape} for {counted(n_clusters, 'cluster')}")
    return np.asarray(given, float)


def _dot(a: np.ndarray, b: np.ndarray) -> np.ndarray:
    return np.einsum("ij,ij->i", a, b)
