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
from kuntakokeilu.estimation.bordered import connected, inverse_of, lower_factor
from kuntakokeilu.estimation.designs import Design
from kuntakokeilu.estimation.remember import remembered

# Share of a regressor's variation below which the rest has taken it all: in products, in columns.
_COLLINEAR, _CONSTANT = 1e-10, 1e-20


@dataclass(frozen=True)
class ClusterRows:
    """The rows of one cluster, not scaled by weights.

    Attributes
    ----------
    numbers : ndarray of int, shape (N_g,)
        Which rows of the sample they are.
    columns : ndarray, shape (N_g, q_g)
        Columns that are not zero throughout the cluster, less their weighted means by unit.
    units : ndarray, shape (N_g, n_g)
        A dummy for each unit, and its trend if units have trends; none without unit effects.
    weights : ndarray, shape (N_g,)
        Weight of each row.
    """

    numbers: np.ndarray
    columns: np.ndarray
    units: np.ndarray
    weights: np.ndarray


@dataclass(frozen=True)
class Blocks:
    """A weighted right-hand side by clusters, its columns the period effects, then the regressors.

    Attributes
    ----------
    clusters : ndarray, shape (G,)
        Names of the clusters, sorted.
    places : list of G ndarrays, shapes (q_g,)
        Columns that are not zero throughout the cluster; the regressors always.
    crosses : list of G ndarrays, shapes (q_g, q_g)
        Z_g'Z_g for those columns.
    rows : list of G ClusterRows
        What these are made of.
    parts : list of ndarray
        Period effects, parted by the units that they are of.
    factor : tuple
        Cholesky factor of Z'Z, as `scipy.linalg.cho_solve` takes it.
    columns : list of str
        Names of the k regressors, the last k columns.
    cr1 : float
        G/(G-1) x (N-1)/(N-K), K as in `fit`; missing if that does not exist.
    """

    clusters: np.ndarray
    places: list[np.ndarray]
    crosses: list[np.ndarray]
    rows: list[ClusterRows]
    parts: list[np.ndarray]
    factor: tuple[np.ndarray, bool]
    columns: list[str]
    cr1: float

    @property
    def size(self) -> int:
        """How many columns there are, q."""
        return len(self.factor[0])

    @property
    def inverse(self) -> np.ndarray:
        """The inverse of Z'Z, shape (q, q); made when first asked for."""
        return _inverse(self)

    def place(self, column: str) -> int:
        """Find a regressor among all columns, counted from the end (-k to -1)."""
        return self.columns.index(column) - len(self.columns)


@remembered
def _inverse(blocks: Blocks) -> np.ndarray:
    return inverse_of(blocks.factor[0], blocks.parts)


@dataclass(frozen=True)
class CrossProducts:
    """A weighted regression by clusters.

    Attributes
    ----------
    blocks : Blocks
        Its right-hand side.
    scores : list of G ndarrays, shapes (q_g,)
        Z_g'e_g for the columns of each cluster.
    residuals : list of G ndarrays, shapes (N_g,)
        Of the whole regression.
    params : ndarray, shape (k,)
        Coefficients of the regressors.
    deviations : list of G ndarrays, shapes (N_g,), or None
        Of a design of averages; see `Design.deviations`.
    """

    blocks: Blocks
    scores: list[np.ndarray]
    residuals: list[np.ndarray]
    params: np.ndarray
    deviations: list[np.ndarray] | None

    @property
    def clusters(self) -> np.ndarray:
        """Names of the clusters, sorted."""
        return self.blocks.clusters

    @property
    def cr1(self) -> float:
        """G/(G-1) x (N-1)/(N-K)."""
        return self.blocks.cr1

    @property
    def columns(self) -> list[str]:
        """Names of the regressors."""
        return self.blocks.columns

    def place(self, column: str) -> int:
        """Find a regressor among all columns, counted from the end (-k to -1)."""
        return self.blocks.place(column)


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
    blocks = blocks_of(frame, design, clusters)
    if blocks is None:
        return None
    y = frame["y"].to_numpy(float)
    swept = [_sweep(y[rows.numbers, None], rows.units, rows.weights)[:, 0] for rows in blocks.rows]
    products = [
        (rows.columns * rows.weights[:, None]).T @ mine
        for rows, mine in zip(blocks.rows, swept, strict=True)
    ]
    sums = np.zeros(blocks.size)
    for place, product in zip(blocks.places, products, strict=True):
        sums[place] += product
    params = linalg.cho_solve(blocks.factor, sums)
    each = list(zip(blocks.places, blocks.rows, blocks.crosses, products, swept, strict=True))
    own = params[len(params) - len(blocks.columns) :]
    apart = None if design.again is None else design.deviations(own)
    return CrossProducts(
        blocks=blocks,
        scores=[product - cross @ params[place] for place, _, cross, product, _ in each],
        residuals=[mine - rows.columns @ params[place] for place, rows, _, _, mine in each],
        params=own,
        deviations=None if apart is None else [apart[rows.numbers] for rows in blocks.rows],
    )


def blocks_of(frame: pd.DataFrame, design: Design, clusters: pd.Series) -> Blocks | None:
    """Sum a right-hand side's squares and products within clusters; see `cross_products`.

    They are made once for all outcomes of a design, weights and clusters.
    """
    names = clusters.to_numpy(str)
    _require_nested(frame, design, names)
    weights = frame["w"].to_numpy(float)
    return _blocks(design, weights.tobytes(), names.tobytes(), names.dtype.str)


@remembered
def _blocks(design: Design, weights: bytes, clusters: bytes, dtype: str) -> Blocks | None:
    codes, names = pd.factorize(np.frombuffer(clusters, dtype), sort=True)
    units, levels, n_levels = _effects(design, len(codes))
    w, x = np.frombuffer(weights), design.regressors.to_numpy(float)
    trend = None if design.effects is None else design.effects.get("trend")
    places, crosses, drawn = [], [], []
    for g in range(len(names)):
        rows = np.flatnonzero(codes == g)
        present, dummies = _dummies(levels[rows])
        within = None if trend is None else trend.iloc[rows]
        inside = np.hstack([_dummies(units[rows])[1], _slopes(units[rows], within, w[rows])])
        swept = _sweep(np.hstack([dummies, x[rows]]), inside, w[rows])
        crosses.append((swept * w[rows, None]).T @ swept)
        places.append(np.r_[present, n_levels + np.arange(x.shape[1])])
        drawn.append(ClusterRows(rows, swept, inside, w[rows]))
    parts = connected(units, levels, n_levels)
    lower = _factor(places, crosses, parts, x.shape[1])
    swept = np.sum([np.diag(cross)[-x.shape[1] :] for cross in crosses], axis=0)
    if lower is None or _absorbed(lower[n_levels:, n_levels:], swept, w @ x**2):
        return None
    n_params = x.shape[1]
    if design.effects is not None:
        n_params += rank_beside_units(design.effects) + 1
    return Blocks(
        clusters=names,
        places=places,
        crosses=crosses,
        rows=drawn,
        parts=parts,
        factor=(lower, True),
        columns=list(design.regressors.columns),
        cr1=_cr1(len(names), len(w), n_params),
    )


def _dummies(codes: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return the codes present, -1 aside, and a dummy for each."""
    present = np.unique(codes[codes >= 0])
    return present, (codes[:, None] == present).astype(float)


def _require_nested(frame: pd.DataFrame, design: Design, clusters: np.ndarray) -> None:
    """Stop at a unit with an effect of its own that lies in more than one cluster."""
    if design.effects is None or "unit" not in design.effects:
        return
    units = pd.factorize(design.effects["unit"])[0]
    codes = pd.factorize(clusters)[0]
    first = np.zeros(units.max(initial=-1) + 1, dtype=codes.dtype)
    first[units] = codes
    split = np.unique(units[first[units] != codes])
    if len(split):
        apart = sorted(frame.loc[np.isin(units, split), "unit"].unique())
        raise InputError(f"more than one cluster holds unit {some(apart)}")


def _effects(design: Design, n_rows: int) -> tuple[np.ndarray, np.ndarray, int]:
    """Number each row's unit and the column of its period effect (-1: none, or one left out)."""
    if design.effects is None:
        none = np.full(n_rows, -1)
        return none, none, 0
    if "unit" not in design.effects:
        column, names = pd.factorize(design.effects["period"], sort=True)
        return np.full(n_rows, -1), column, len(names)
    units = pd.factorize(design.effects["unit"])[0]
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


def _factor(
    places: list[np.ndarray], crosses: list[np.ndarray], parts: list[np.ndarray], k: int
) -> np.ndarray | None:
    size = sum(map(len, parts)) + k
    total = np.zeros((size, size))
    for place, cross in zip(places, crosses, strict=True):
        total[np.ix_(place, place)] += cross
    try:
        return lower_factor(total, parts)
    except linalg.LinAlgError:
        return None


def _absorbed(corner: np.ndarray, swept: np.ndarray, raw: np.ndarray) -> bool:
    """Tell whether a regressor is constant within units, or collinear with the other columns."""
    left = 1 / np.diag(linalg.cho_solve((corner, True), np.eye(len(raw))))
    return bool(((swept <= _CONSTANT * raw) | (left <= _COLLINEAR * swept)).any())


def _cr1(n_clusters: int, n_rows: int, n_params: int) -> float:
    if n_clusters < 2 or n_rows <= n_params:
        return np.nan
    return n_clusters / (n_clusters - 1) * (n_rows - 1) / (n_rows - n_params)
