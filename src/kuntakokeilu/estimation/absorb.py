"""Taking unit effects and one more effect out of columns, exactly.

Unit effects are swept out as weighted means, trends of units as weighted slopes; the other effect's
columns, less those that are not of full rank beside the units, are solved for by Cholesky, those of
units that share none, as of regions by period, by themselves. Nothing is iterated, so that nothing
depends on where an iteration stops. Of many columns, most of them zero, cross products alone are
had from sums by unit and by column, without what is left of any.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd
from scipy import linalg, sparse

from kuntakokeilu.estimation.remember import remembered

_INDEPENDENT = 1e-9  # share of a column's length below which others make it up
_ROUNDING = 1e-12  # share of a column's square that is rounding, in cross products
_ZERO = 1e-10  # an eigenvalue of scaled products, the largest being one or more, that is rounding


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
class Block:
    """Columns of the other effect that are connected by units.

    Attributes
    ----------
    columns : ndarray of int, shape (p,)
        Which they are.
    scale, factor : ndarray of shape (p,), and what `scipy.linalg.cho_factor` gives
        Of the cross product of their dummies, units swept out.
    """

    columns: np.ndarray
    scale: np.ndarray
    factor: tuple[np.ndarray, bool]

    def solve(self, sums: np.ndarray) -> np.ndarray:
        """Find coefficients of the dummies from products with them, shapes (p, k)."""
        scale = self.scale[:, None]
        return np.asarray(scale * linalg.cho_solve(self.factor, scale * sums))


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
    blocks : list of Block
        Of the dummies.
    """

    basis: sparse.csr_array
    totals: np.ndarray
    dummies: sparse.csr_array
    w: np.ndarray
    blocks: list[Block]

    def left(self, columns: np.ndarray) -> np.ndarray:
        """Return what the effects do not explain of columns, shape (rows, k)."""
        left = self._swept(columns)
        for _ in range(2 if self.blocks else 0):  # the second time takes out what rounding left
            solved = self.dummies.T @ (self.w[:, None] * left)
            for block in self.blocks:
                solved[block.columns] = block.solve(solved[block.columns])
            left = self._swept(left - self.dummies @ solved)
        return left

    def products(self, columns: sparse.csr_array) -> np.ndarray:
        """Return the weighted cross products of what is left of columns, shape (k, k).

        Sums of squares lose the digits that what is left is smaller by: a column with a large level
        in each unit should be less its means before. Products of a column of which no more is left
        than rounding are zero.
        """
        weighted = sparse.diags_array(self.w) @ columns
        by_unit = (self.basis.T @ weighted).toarray()
        means = by_unit / self.totals[:, None]
        whole = (columns.T @ weighted).toarray()
        products = whole - by_unit.T @ means
        if self.blocks:
            shares = self.dummies.T @ (sparse.diags_array(self.w) @ self.basis)
            sums = (self.dummies.T @ weighted).toarray() - shares @ means
            for block in self.blocks:
                mine = sums[block.columns]
                products -= mine.T @ block.solve(mine)
        there = np.diag(products) > _ROUNDING * np.diag(whole)
        return np.where(there & there[:, None], products, 0.0)

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
    shares = sparse.csc_array(by_unit @ dummies)
    squares = np.asarray(dummies.T @ w)
    blocks = [_block(each, shares, squares, totals) for each in _connected(shares)]
    return Absorber(basis, totals, dummies, w, blocks)


def _connected(shares: sparse.csc_array) -> list[np.ndarray]:
    """Part columns by the units they are of: those of two parts have none in common."""
    m, n = shares.shape
    there = shares.tocoo()
    links = sparse.coo_array((np.ones(there.nnz), (there.row, m + there.col)), (m + n, m + n))
    _, part = sparse.csgraph.connected_components(links, directed=False)
    return [np.flatnonzero(part[m:] == each) for each in np.unique(part[m:])]


def _block(
    columns: np.ndarray, shares: sparse.csc_array, squares: np.ndarray, totals: np.ndarray
) -> Block:
    """Factorise the cross product of some dummies, units swept out."""
    mine = shares[:, columns].toarray()
    seen = mine.any(axis=1)
    mine = mine[seen]
    product = np.diag(squares[columns]) - (mine.T / totals[seen]) @ mine
    scale = 1 / np.sqrt(np.diag(product))
    return Block(columns, scale, linalg.cho_factor(product * np.outer(scale, scale)))


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


def products_beside(products: np.ndarray, kept: int) -> np.ndarray:
    """Take the columns after the first `kept` out of the others, in cross products alone.

    Parameters
    ----------
    products : ndarray, shape (k, k)
        Weighted cross products.
    kept : int
        How many columns are of interest.

    Returns
    -------
    ndarray, shape (kept, kept)
        Columns that are sums of others, as dummies of every period are, take out no more.
    """
    if kept == len(products):
        return products
    coefficients = _coefficients(products[kept:, kept:], products[kept:, :kept])
    return np.asarray(products[:kept, :kept] - products[:kept, kept:] @ coefficients)


def left_beside(
    terms: np.ndarray, controls: sparse.csr_array, squares: np.ndarray, absorbs: Absorber
) -> np.ndarray:
    """Take effects and controls out of a few columns, with cross products of the many controls.

    Parameters
    ----------
    terms : ndarray, shape (rows, n)
        Columns of interest.
    controls : sparse array, shape (rows, m)
        Other columns, mostly zero.
    squares : ndarray, shape (m, m)
        Cross products of what the effects leave of these.
    absorbs : Absorber
        Of the effects.

    Returns
    -------
    ndarray, shape (rows, n)
    """
    left = absorbs.left(terms)
    for _ in range(2 if controls.shape[1] else 0):  # as in `Absorber.left`
        solved = _coefficients(squares, controls.T @ (absorbs.w[:, None] * left))
        left = absorbs.left(left - controls @ solved)
    return left


def _coefficients(squares: np.ndarray, products: np.ndarray) -> np.ndarray:
    """Regress on columns with these cross products, the shortest answer where they are collinear.

    Columns are scaled first, and those of which the effects leave nothing take no part.
    """
    scale = np.sqrt(np.where(np.diag(squares) > 0, np.diag(squares), 1.0))
    inverse = np.linalg.pinv(squares / np.outer(scale, scale), rcond=_ZERO, hermitian=True)
    return np.asarray((inverse @ (products / scale[:, None])) / scale[:, None])
