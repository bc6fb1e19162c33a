"""The t statistic that an estimate would have, had others been treated.

With r what the effects leave of a deal's treatment and y what they leave of the outcome, the
estimate of a deal is sum(w r y) / sum(w r^2), and the score of cluster h is p_h - estimate x q_h,
where p_h and q_h are these two sums within the cluster. In data swept of unit effects, with S_g the
treatment of group g, F the other columns and z = inv(F'WF) F'WS d,

    q_h = sum over g in h of (S_g'W S_g - 2 S_g'W F z) + z'F_h'W F_h z,
    p_h = sum over treated g in h of S_g'W y - z'F_h'W y.

z lies in a space of few dimensions (one in a balanced panel with one start), so that thousands of
deals are a few thin matrix products; q is the same for every outcome of a sample.

Studentised statistics of re-drawn treatments: Young (2019, Quarterly Journal of Economics 134(2));
MacKinnon & Webb (2020, Journal of Econometrics 218(2)).
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import pandas as pd
from scipy import linalg

from kuntakokeilu.estimation.bordered import less_first_of_border
from kuntakokeilu.estimation.cross_products import Blocks, ClusterRows, blocks_of
from kuntakokeilu.estimation.designs import Design
from kuntakokeilu.estimation.permutation import treated_from
from kuntakokeilu.estimation.remember import remembered

_SMALL = 1e-13  # share of the largest direction below which another is rounding
_ABSORBED = 1e-10  # share of a treatment's squares below which the effects have taken it all


@dataclass(frozen=True)
class Statistics:
    """An estimate and its standard error under each deal.

    Attributes
    ----------
    estimate : ndarray, shape (m,)
        Missing where a deal leaves nothing to estimate.
    scores : ndarray, shape (m, G)
        Sums of the influence function by cluster, before the factor of CR1.
    """

    estimate: np.ndarray
    scores: np.ndarray

    @property
    def std_errors(self) -> np.ndarray:
        """CR1 by cluster without its factor, which all deals share, shape (m,)."""
        return np.sqrt(np.einsum("ij,ij->i", self.scores, self.scores))

    @property
    def t(self) -> np.ndarray:
        """Estimate over standard error; missing without one, shape (m,)."""
        with np.errstate(divide="ignore", invalid="ignore"):
            found = self.estimate / self.std_errors
        return np.where(np.isfinite(found), found, np.nan)


# Deals over groups, shape (m, groups): the number of a start (0, 1, ...), -1 for never.
OfDeals = Callable[[np.ndarray], Statistics]


@dataclass(frozen=True)
class Geometry:
    """What a right-hand side alone says of any deal over groups within clusters.

    Attributes
    ----------
    inside : ndarray, shape (groups, G)
        A dummy for the cluster of each group.
    squares : ndarray, shape (starts x groups,)
        S'WS of each start and group.
    loadings : ndarray, shape (starts x groups, r)
        z of each start and group, in coordinates in which F'WF is the identity.
    crosses : ndarray, shape (starts x groups, r)
        S'WF of each start and group, for those coordinates.
    commons : ndarray, shape (G, r (r + 1) / 2)
        F'WF within each cluster, one triangle, the products of unlike coordinates twice.
    basis : ndarray, shape (q, r)
        The coordinates in terms of F's columns.
    solver : tuple
        Cholesky factor of F'WF; None without columns.
    """

    inside: np.ndarray
    squares: np.ndarray
    loadings: np.ndarray
    crosses: np.ndarray
    commons: np.ndarray
    basis: np.ndarray
    solver: tuple[np.ndarray, bool] | None

    def places(self, deals: np.ndarray) -> np.ndarray:
        """Turn deals into dummies of start and group, shape (m, starts x groups)."""
        starts = len(self.squares) // len(self.inside)
        return np.hstack([deals == start for start in range(starts)]).astype(float)

    def sums(self, placed: np.ndarray) -> np.ndarray:
        """Add up a number of each start and group within clusters, shape (m, G)."""
        groups = len(self.inside)
        starts = [placed[:, at : at + groups] for at in range(0, placed.shape[1], groups)]
        total = np.sum(starts, axis=0)
        whole = self.inside.shape[0] == self.inside.shape[1]
        return (
            total if whole and np.array_equal(self.inside, np.eye(groups)) else total @ self.inside
        )

    def q(self, deals: np.ndarray) -> np.ndarray:
        """Sum the squares of what is left of each deal's treatment by cluster, shape (m, G)."""
        d = self.places(deals)
        z = d @ self.loadings
        own = self.sums(d * (self.squares - 2 * (z @ self.crosses.T)))
        first, second = np.triu_indices(z.shape[1])
        z = np.ascontiguousarray(z.T)
        return own + (self.commons @ (z[first] * z[second])).T


def studentised(
    frame: pd.DataFrame, design: Design, clusters: pd.Series, groups: pd.Series
) -> OfDeals | None:
    """Prepare the t statistic of deals over groups, for a design whose one term is `att`.

    Parameters
    ----------
    frame : DataFrame
        What the design regresses of a sample.
    design : Design
        Its design, `att` the first regressor.
    clusters : Series, shape (rows,)
        What standard errors are clustered by.
    groups : Series, shape (rows,)
        What is dealt a start together; each lies within one cluster. They are numbered in the
        order of `pandas.factorize`.

    Returns
    -------
    callable or None
        Takes deals over groups and returns their Statistics. None for averages over groups of
        starts, four means given controls, and where nothing is left of a column.
    """
    if design.again is not None:
        return None
    if design.parts:
        return _of_parts(frame, design, clusters, groups)
    if design.effects is None:
        return _four_means(frame, clusters, groups) if design.regressors.shape[1] == 4 else None
    blocks = blocks_of(frame, design, clusters)
    if blocks is None:
        return None
    cohorts = sorted(frame["first_treated"].dropna().unique())
    after = np.array([treated_from(frame, cohort) for cohort in cohorts])
    codes = pd.factorize(groups)[0].astype(np.intp)
    geometry = _geometry(blocks, after.tobytes(), codes.tobytes(), len(codes))
    own, common = _of_outcome(blocks, geometry, after, codes, frame["y"].to_numpy(float))

    def of_deals(deals: np.ndarray) -> Statistics:
        q, d = _squares(geometry, deals), geometry.places(deals)
        p = geometry.sums(d * own) - (d @ geometry.loadings) @ common
        total = q.sum(axis=1)
        with np.errstate(divide="ignore", invalid="ignore"):
            left = total > _ABSORBED * (d @ geometry.squares)
            estimate = np.where(left, p.sum(axis=1) / total, np.nan)
            return Statistics(estimate, (p - estimate[:, None] * q) / total[:, None])

    return of_deals


@remembered
def _squares(geometry: Geometry, deals: np.ndarray) -> np.ndarray:
    """Give q of deals, once for all outcomes of a design that share the deals."""
    return geometry.q(deals)


@remembered
def _geometry(blocks: Blocks, after: bytes, groups: bytes, n_rows: int) -> Geometry:
    """Sum what every deal needs of a right-hand side; see `Geometry`."""
    treated = np.frombuffer(after).reshape(-1, n_rows)
    codes = np.frombuffer(groups, dtype=np.intp)
    n_groups, n_clusters = int(codes.max()) + 1, len(blocks.clusters)
    k, size = len(blocks.columns), blocks.size
    inside = np.zeros((n_groups, n_clusters))
    squares = np.zeros((len(treated), n_groups))
    crosses = np.zeros((len(treated), n_groups, size))
    for h, (rows, place) in enumerate(zip(blocks.rows, blocks.places, strict=True)):
        mine = codes[rows.numbers]
        for g in np.unique(mine):
            inside[g, h] = 1.0
            for start, whole in enumerate(treated):
                own = swept(whole[rows.numbers] * (mine == g), rows)
                squares[start, g] = rows.weights @ own**2
                crosses[start, g, place] += (rows.weights * own) @ rows.columns
    if (inside.sum(axis=1) != 1).any():
        raise ValueError("a group that is dealt a start lies in more than one cluster")
    others = np.arange(size) != size - k  # all columns but the treatment
    flat = crosses.reshape(-1, size)[:, others]
    if not others.any():
        none = np.zeros((len(flat), 0))
        empty = np.zeros((n_clusters, 0))
        return Geometry(inside, squares.ravel(), none, none, empty, np.zeros((0, 0)), None)
    lower = less_first_of_border(blocks.factor[0], size - k)
    white = linalg.solve_triangular(lower, flat.T, lower=True)
    u, s, vt = linalg.svd(white, full_matrices=False)
    kept = s > _SMALL * s.max(initial=0.0)
    basis = linalg.solve_triangular(lower, u[:, kept], trans=1, lower=True)
    first, second = np.triu_indices(int(kept.sum()))
    commons = np.zeros((n_clusters, len(first)))
    wide = np.zeros((size, int(kept.sum())))
    wide[others] = basis
    for h, (place, cross) in enumerate(zip(blocks.places, blocks.crosses, strict=True)):
        product = wide[place].T @ cross @ wide[place]
        commons[h] = np.where(first == second, 1.0, 2.0) * product[first, second]
    loadings = (s[kept, None] * vt[kept]).T
    return Geometry(inside, squares.ravel(), loadings, flat @ basis, commons, basis, (lower, True))


def _of_outcome(
    blocks: Blocks, geometry: Geometry, after: np.ndarray, codes: np.ndarray, y: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    """Give S'Wy of each start and group and F'Wy of each cluster, y less what F explains."""
    k, size = len(blocks.columns), blocks.size
    others = np.arange(size) != size - k
    left = [swept(y[rows.numbers], rows) for rows in blocks.rows]
    products = np.zeros((len(blocks.rows), size))
    for h, (rows, place, mine) in enumerate(zip(blocks.rows, blocks.places, left, strict=True)):
        products[h, place] = (rows.weights * mine) @ rows.columns
    params = np.zeros(size)
    if geometry.solver is not None:
        params[others] = linalg.cho_solve(geometry.solver, products.sum(axis=0)[others])
    wide = np.zeros((size, geometry.basis.shape[1]))
    wide[others] = geometry.basis
    own, common = np.zeros((len(after), len(geometry.inside))), []
    for rows, place, mine in zip(blocks.rows, blocks.places, left, strict=True):
        residual = rows.weights * (mine - rows.columns @ params[place])
        common.append((residual @ rows.columns) @ wide[place])
        groups = codes[rows.numbers]
        for start, whole in enumerate(after):
            # residuals of a unit add to zero, so that the treatment need not be swept
            own[start] += np.bincount(groups, residual * whole[rows.numbers], own.shape[1])
    return own.ravel(), np.array(common).T.reshape(geometry.basis.shape[1], -1)


def swept(column: np.ndarray, rows: ClusterRows) -> np.ndarray:
    """Take the weighted mean of each unit, and its slope if it has one, out of a column."""
    if not rows.units.shape[1]:
        return column
    means = ((rows.weights * column) @ rows.units) / (rows.weights @ rows.units**2)
    return np.asarray(column - rows.units @ means)


def _of_parts(
    frame: pd.DataFrame, design: Design, clusters: pd.Series, groups: pd.Series
) -> OfDeals | None:
    """Add up the statistics of two populations, whose groups are dealt the same starts."""
    names, n_groups = pd.factorize(groups)[0], groups.nunique()
    every = pd.Index(sorted(clusters.astype(str).unique()))
    parts = []
    for factor, part in design.parts:
        if factor == 0:
            continue
        rows = frame.loc[part.regressors.index]
        own = pd.Series(names, frame.index)[rows.index]
        found = studentised(rows, part, clusters[rows.index], own)
        if found is None:
            return None
        where = every.get_indexer(np.unique(clusters[rows.index].to_numpy(str)))
        parts.append((factor, pd.factorize(own)[1].to_numpy(), where, found))

    def of_deals(deals: np.ndarray) -> Statistics:
        assert deals.shape[1] == n_groups
        estimate, scores = np.zeros(len(deals)), np.zeros((len(deals), len(every)))
        for factor, own, where, found in parts:
            one = found(deals[:, own])
            estimate += factor * one.estimate
            scores[:, where] += factor * one.scores
        return Statistics(estimate, scores)

    return of_deals


def _four_means(frame: pd.DataFrame, clusters: pd.Series, groups: pd.Series) -> OfDeals:
    """Prepare the comparison of four weighted means, whose scores follow from sums by group."""
    start = frame["first_treated"].dropna().iloc[0]
    codes, names = pd.factorize(groups)
    places, every = pd.factorize(clusters.astype(str), sort=True)
    inside = np.zeros((len(names), len(every)))
    inside[codes, places] = 1.0
    w, y = frame["w"].to_numpy(float), frame["y"].to_numpy(float)
    y = y - np.average(y, weights=w)
    post = (frame["period"] >= start).to_numpy()
    weights = [np.bincount(codes, w * side, len(names)) for side in (~post, post)]
    totals = [np.bincount(codes, w * y * side, len(names)) for side in (~post, post)]

    def of_deals(deals: np.ndarray) -> Statistics:
        estimate, scores = np.zeros(len(deals)), np.zeros((len(deals), len(every)))
        for arm, sign in ((deals >= 0, 1.0), (deals < 0, -1.0)):
            for side, (size, total) in enumerate(zip(weights, totals, strict=True)):
                times = sign if side else -sign
                here = (arm @ size)[:, None]
                with np.errstate(divide="ignore", invalid="ignore"):
                    mean = (arm @ total)[:, None] / here
                    scores += times * ((arm * (total - mean * size)) @ inside) / here
                estimate += times * mean[:, 0]
        return Statistics(estimate, scores)

    return of_deals
