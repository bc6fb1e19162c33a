"""Taking unit effects and one more effect out of columns, exactly.

Unit effects are swept out as weighted means, trends of units as weighted slopes; the other effect's
columns, less those that are not of full rank beside the units, are solved for by Cholesky. Nothing
is iterated, so that nothing depends on where an iteration stops.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd
from scipy import linalg, sparse

from kuntakokeilu.estimation.remember import remembered

_INDEPENDENT = 1e-9  # share of a column's length below which others make it up


def columns_beside_units(
    units: np.ndarray, levels: pd.Series, trend: pd.Series | None = None
) -> tuple[np.ndarray, int]:
    """Number the columns of an effect that are of full rank beside unit effects.

    Parameters
    ----------
    units : ndarray of int, shape (rows,)
        Number of each row's unit, from 0 on.
    levels : Series, shape (rows,)
        Level of the other effect.
    trend : Series, shape (rows,), optional
        Time, where units have linear trends as well.

    Returns
    -------
    columns : ndarray of int, shape (rows,)
        Column of each row's level; -1 for the level that is left out in each connected part of
        the panel (Abowd, Creecy & Kramarz 2002), and for those that trends make up for.
    n_columns : int
        How many columns there are.
    """
    codes, found = pd.factorize(levels, sort=True)
    n_units = int(units.max()) + 1
    size = n_units + len(found)
    links = sparse.coo_array((np.ones(len(units)), (units, n_units + codes)), (size, size))
    _, component = sparse.csgraph.connected_components(links, directed=False)
    kept = np.ones(len(found), bool)
    kept[np.unique(component[n_units:], return_index=True)[1]] = False
    if trend is not None:
        kept[kept] = _beside_trends(units, codes[:, None] == np.flatnonzero(kept), trend)
    return np.where(kept, np.cumsum(kept) - 1, -1)[codes], int(kept.sum())


def _beside_trends(units: np.ndarray, dummies: np.ndarray, trend: pd.Series) -> np.ndarray:
    """Choose columns that are of full rank beside effects and trends of units."""
    even = np.ones(len(units))
    left = _sweep(dummies.astype(float), unit_basis(units, even, trend), even)
    _, r, order = linalg.qr(left, mode="economic", pivoting=True)
    sizes = np.abs(np.diag(r))
    chosen = np.zeros(left.shape[1], bool)
    chosen[order[: int((sizes > _INDEPENDENT * max(sizes.max(initial=0.0), 1.0)).sum())]] = True
    return chosen


def unit_basis(
    units: np.ndarray, w: np.ndarray, trend: pd.Series | None = None
) -> sparse.csr_array:
    """Make a dummy for each unit and, with a trend, time less its weighted mean in each unit.

    Parameters
    ----------
    units : ndarray of int, shape (rows,)
        Number of each row's unit, from 0 on.
    w : ndarray, shape (rows,)
        Positive weights.
    trend : Series, shape (rows,), optional
        Time.

    Returns
    -------
    sparse array
        A row for each of the sample. Columns are at right angles to each other under the weights.
        A unit seen in one period has no slope.
    """
    rows = np.arange(len(units))
    ones = sparse.csr_array((np.ones(len(units)), (rows, units)))
    if trend is None:
        return ones
    time = trend.to_numpy(float)
    since = time - ((ones.T @ (w * time)) / (ones.T @ w))[units]
    slopes = sparse.csr_array((since, (rows, units)))
    seen = np.bincount(units, np.abs(since)) > _INDEPENDENT
    return sparse.csr_array(sparse.hstack([ones, slopes[:, seen]]))


def _sweep(columns: np.ndarray, basis: sparse.csr_array, w: np.ndarray) -> np.ndarray:
    """Take out of columns what a basis of units explains of them."""
    weighted = basis.T @ sparse.diags_array(w)
    totals = weighted.multiply(basis.T) @ np.ones(len(w))
    return np.asarray(columns - basis @ ((weighted @ columns) / totals[:, None]))


def rank_beside_units(effects: pd.DataFrame) -> int:
    """Count the parameters that the other effect adds beside unit effects.

    Unit effects are nested within clusters and therefore not counted; a constant, which they or
    all periods together hold, is counted apart.
    """
    if "unit" not in effects:
        return effects["period"].nunique() - 1
    units = pd.factorize(effects["unit"])[0]
    return columns_beside_units(units, effects["period"], effects.get("trend"))[1]


@dataclass(frozen=True)
class Absorber:
    """Takes effects out of any columns.

    Attributes
    ----------
    basis : sparse array, shape (rows, m)
        What `unit_basis` gives.
    totals : ndarray, shape (m,)
        Weighted squares of its columns.
    dummies : sparse array, shape (rows, n)
        Columns of the other effect that are of full rank beside units.
    w : ndarray, shape (rows,)
        Weights.
    scale, factor : ndarray of shape (n,), and what `scipy.linalg.cho_factor` gives
        Of the cross product of the dummies, units swept out; None without dummies.
    """

    basis: sparse.csr_array
    totals: np.ndarray
    dummies: sparse.csr_array
    w: np.ndarray
    scale: np.ndarray
    factor: tuple[np.ndarray, bool] | None

    def left(self, columns: np.ndarray) -> np.ndarray:
        """Return what the effects do not explain of columns, shape (rows, k)."""
        left = self._swept(columns)
        if self.factor is None:
            return left
        weights, scale = self.w[:, None], self.scale[:, None]
        for _ in range(2):  # the second time takes out what rounding left
            sums = self.dummies.T @ (weights * left)
            solved = scale * linalg.cho_solve(self.factor, scale * sums)
            left = self._swept(left - self.dummies @ solved)
        return left

    def _swept(self, columns: np.ndarray) -> np.ndarray:
        means = (self.basis.T @ (self.w[:, None] * columns)) / self.totals[:, None]
        return np.asarray(columns - self.basis @ means)


def absorber(effects: pd.DataFrame, w: np.ndarray) -> Absorber:
    """Factorise what two effects explain, by weighted least squares.

    Parameters
    ----------
    effects : DataFrame, shape (rows, 1 to 3)
        Columns unit and period, or period alone; and trend, time, where units have trends.
    w : ndarray, shape (rows,)
        Positive weights.

    Returns
    -------
    Absorber
    """
    units = pd.factorize(effects.iloc[:, 0])[0]  # or periods, if these stand alone
    places, n_columns = np.full(len(units), -1), 0
    trend = effects.get("trend")
    if effects.shape[1] > 1:
        places, n_columns = columns_beside_units(units, effects["period"], trend)
    rows, kept = np.arange(len(units)), places >= 0
    basis = unit_basis(units, w, trend)
    dummies = sparse.csr_array(
        (np.ones(kept.sum()), (rows[kept], places[kept])), shape=(len(units), n_columns)
    )
    by_unit = basis.T @ sparse.diags_array(w)
    totals = by_unit.multiply(basis.T) @ np.ones(len(w))
    if not n_columns:
        return Absorber(basis, totals, dummies, w, np.empty(0), None)
    shares = (by_unit @ dummies).toarray()
    product = (dummies.T @ sparse.diags_array(w) @ dummies).toarray()
    product -= (shares.T / totals) @ shares
    scale = 1 / np.sqrt(np.diag(product))
    factor = linalg.cho_factor(product * np.outer(scale, scale))
    return Absorber(basis, totals, dummies, w, scale, factor)


def residualise(columns: np.ndarray, effects: pd.DataFrame, w: np.ndarray) -> np.ndarray:
    """Take what two effects explain out of columns, shape (rows, k); see `absorber`."""
    return absorber(effects, w).left(columns)


@remembered
def absorber_of(effects: pd.DataFrame, weights: bytes) -> Absorber:
    """Give the absorber of a design's effects, made once; the weights are those of an array."""
    return absorber(effects, np.frombuffer(weights))


def rank_of_effects(effects: pd.DataFrame) -> int:
    """Count the parameters of all effects.

    Parameters
    ----------
    effects : DataFrame
        As in `residualise`.
    """
    if "unit" not in effects:
        return 1 + rank_beside_units(effects)
    units = pd.factorize(effects["unit"])[0]
    basis = unit_basis(units, np.ones(len(units)), effects.get("trend"))
    return int(basis.shape[1]) + rank_beside_units(effects)


def partial_out(columns: np.ndarray, controls: np.ndarray, w: np.ndarray) -> np.ndarray:
    """Take what controls explain out of columns, by weighted least squares.

    Parameters
    ----------
    columns, controls : ndarrays, shapes (rows, k) and (rows, m)
        What is left of both once effects are absorbed.
    w : ndarray, shape (rows,)
        Positive weights.

    Returns
    -------
    ndarray, shape (rows, k)
    """
    lengths = np.linalg.norm(controls, axis=0)
    controls = controls[:, lengths > 0] / lengths[lengths > 0]
    if not controls.shape[1]:
        return columns
    root = np.sqrt(w)[:, None]
    basis = np.linalg.qr(root * controls)[0]
    return columns - (basis @ (basis.T @ (root * columns))) / root
