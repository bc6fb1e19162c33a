"""Cross products of a regression within clusters: all that few-cluster inference needs.

The cells of a sample are scaled by the root of their weights, so that weighted least squares is
ordinary least squares; unit effects, nested within clusters, are swept out cluster by cluster;
period effects stay as columns. With Z_g the swept columns of cluster g and e the residuals, the
jackknife and the bootstrap are functions of Z_g'Z_g, Z_g'e_g and inv(Z'Z); CR2 needs the rows too.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd
from scipy import linalg

from kuntakokeilu.errors import InputError, some
from kuntakokeilu.estimation.absorb import columns_beside_units, rank_beside_units, unit_basis
from kuntakokeilu.estimation.designs import Design

# Share of a regressor's variation below which the rest has taken it all: in products, in columns.
_COLLINEAR, _CONSTANT = 1e-10, 1e-20


@dataclass(frozen=True)
class ClusterRows:
    """The rows of one cluster, not scaled by weights.

    Attributes
    ----------
    columns : ndarray, shape (N_g, q_g)
        Columns that are not zero throughout the cluster, less their weighted means by unit.
    units : ndarray, shape (N_g, n_g)
        A dummy for each unit, and its trend if units have trends; none without unit effects.
    weights : ndarray, shape (N_g,)
        Weight of each row.
    residuals : ndarray, shape (N_g,)
        Of the whole regression.
    deviations : ndarray, shape (N_g,)
        Of a design of averages; see `Design.deviations`.
    """

    columns: np.ndarray
    units: np.ndarray
    weights: np.ndarray
    residuals: np.ndarray
    deviations: np.ndarray


@dataclass(frozen=True)
class CrossProducts:
    """A weighted regression by clusters, its columns the period effects, then the regressors.

    Attributes
    ----------
    clusters : ndarray, shape (G,)
        Names of the clusters, sorted.
    places : list of G ndarrays, shapes (q_g,)
        Columns that are not zero throughout the cluster; the regressors always.
    crosses : list of G ndarrays, shapes (q_g, q_g)
        Z_g'Z_g for those columns.
    scores : list of G ndarrays, shapes (q_g,)
        Z_g'e_g for those columns.
    rows : list of G ClusterRows
        What these are made of.
    inverse : ndarray, shape (q, q)
        The inverse of Z'Z.
    params : ndarray, shape (k,)
        Coefficients of the regressors.
    columns : list of str
        Names of the k regressors, the last k columns.
    cr1 : float
        G/(G-1) x (N-1)/(N-K), K as in `fit`; missing if that does not exist.
    """

    clusters: np.ndarray
    places: list[np.ndarray]
    crosses: list[np.ndarray]
    scores: list[np.ndarray]
    rows: list[ClusterRows]
    inverse: np.ndarray
    params: np.ndarray
    columns: list[str]
    cr1: float

    def place(self, column: str) -> int:
        """Find a regressor among all columns, counted from the end (-k to -1)."""
        return self.columns.index(column) - len(self.columns)


def cross_products(
    frame: pd.DataFrame, design: Design, clusters: pd.Series
) -> CrossProducts | None:
    """Sum a regression's squares and products within clusters.

    Parameters
    ----------
    frame : DataFrame
        A sample with columns y and w.
    design : Design
        Regressors and fixed effects; `frame` is what it regresses.
    clusters : Series, shape (rows,)
        Cluster of each row.

    Returns
    -------
    CrossProducts or None
        None if the effects leave no variation in a regressor, as in `fit`.

    Raises
    ------
    InputError
        A unit lies in more than one cluster, so that its effect is not nested.
    """
    codes, names = pd.factorize(clusters.to_numpy(str), sort=True)
    units, levels, n_levels = _effects(frame, design, codes)
    x = design.regressors.to_numpy(float)
    y, w = frame["y"].to_numpy(float), frame["w"].to_numpy(float)
    trend = None if design.effects is None else design.effects.get("trend")
    places, parts, drawn = [], [], []
    for g in range(len(names)):
        rows = np.flatnonzero(codes == g)
        present, dummies = _dummies(levels[rows])
        within = None if trend is None else trend.iloc[rows]
        inside = np.hstack([_dummies(units[rows])[1], _slopes(units[rows], within, w[rows])])
        swept = _sweep(np.hstack([dummies, x[rows], y[rows, None]]), inside, w[rows])
        parts.append((swept * w[rows, None]).T @ swept)
        places.append(np.r_[present, n_levels + np.arange(x.shape[1])])
        drawn.append((swept, inside, w[rows], rows))
    inverse, params = _solve(places, parts, n_levels + x.shape[1])
    swept = np.sum([np.diag(part)[-x.shape[1] - 1 : -1] for part in parts], axis=0)
    if inverse is None or _absorbed(inverse, swept, w @ x**2):
        return None
    n_params = x.shape[1]
    if design.effects is not None:
        n_params += rank_beside_units(design.effects) + 1
    deviations = design.deviations(params[n_levels:])
    return CrossProducts(
        clusters=names,
        places=places,
        crosses=[part[:-1, :-1] for part in parts],
        scores=[p[:-1, -1] - p[:-1, :-1] @ params[j] for j, p in zip(places, parts, strict=True)],
        rows=[
            ClusterRows(
                z[:, :-1], inside, weights, z[:, -1] - z[:, :-1] @ params[j], deviations[rows]
            )
            for j, (z, inside, weights, rows) in zip(places, drawn, strict=True)
        ],
        inverse=inverse,
        params=params[n_levels:],
        columns=list(design.regressors.columns),
        cr1=_cr1(len(names), len(y), n_params),
    )


def _dummies(codes: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return the codes present, -1 aside, and a dummy for each."""
    present = np.unique(codes[codes >= 0])
    return present, (codes[:, None] == present).astype(float)


def _effects(
    frame: pd.DataFrame, design: Design, codes: np.ndarray
) -> tuple[np.ndarray, np.ndarray, int]:
    """Number each row's unit and the column of its period effect (-1: none, or one left out)."""
    if design.effects is None:
        none = np.full(len(codes), -1)
        return none, none, 0
    if "unit" not in design.effects:
        column, names = pd.factorize(design.effects["period"], sort=True)
        return np.full(len(codes), -1), column, len(names)
    units = pd.factorize(design.effects["unit"])[0]
    split = pd.Series(codes).groupby(units).transform("nunique").to_numpy() > 1
    if split.any():
        apart = sorted(frame.loc[split, "unit"].unique())
        raise InputError(f"more than one cluster holds unit {some(apart)}")
    trend = design.effects.get("trend")
    column, n_columns = columns_beside_units(units, design.effects["period"], trend)
    return units, column, n_columns


def _slopes(units: np.ndarray, trend: pd.Series | None, w: np.ndarray) -> np.ndarray:
    """Return time less its mean in each of the units that have a trend, a column for each."""
    if trend is None:
        return np.empty((len(units), 0))
    numbers, names = pd.factorize(units)
    return unit_basis(numbers, w, trend)[:, len(names) :].toarray()


def _sweep(columns: np.ndarray, inside: np.ndarray, w: np.ndarray) -> np.ndarray:
    """Take the weighted mean of each unit, and its slope if it has one, out of each column."""
    means = (inside * w[:, None]).T @ columns / (w @ inside**2)[:, None]
    return columns - inside @ means


def _solve(
    places: list[np.ndarray], parts: list[np.ndarray], size: int
) -> tuple[np.ndarray | None, np.ndarray]:
    total, xy = np.zeros((size, size)), np.zeros(size)
    for place, part in zip(places, parts, strict=True):
        total[np.ix_(place, place)] += part[:-1, :-1]
        xy[place] += part[:-1, -1]
    try:
        factor = linalg.cho_factor(total, lower=True)
    except linalg.LinAlgError:
        return None, xy
    inverse = linalg.cho_solve(factor, np.eye(size))
    return (inverse + inverse.T) / 2, linalg.cho_solve(factor, xy)


def _absorbed(inverse: np.ndarray, swept: np.ndarray, raw: np.ndarray) -> bool:
    """Tell whether a regressor is constant within units, or collinear with the other columns."""
    left = 1 / np.diag(inverse)[len(inverse) - len(raw) :]
    return bool(((swept <= _CONSTANT * raw) | (left <= _COLLINEAR * swept)).any())


def _cr1(n_clusters: int, n_rows: int, n_params: int) -> float:
    if n_clusters < 2 or n_rows <= n_params:
        return np.nan
    return n_clusters / (n_clusters - 1) * (n_rows - 1) / (n_rows - n_params)
