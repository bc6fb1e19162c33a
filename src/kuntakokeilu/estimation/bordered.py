"""Cholesky factors and inverses of cross products that fall into blocks, but for a border.

Effects of region by period have no unit in common from one region to the next, so that the products
of their dummies are zero outside a block for each region; regressors, the last rows and columns,
are the border. With D the blocks, C the border and S = total - C'inv(D)C what is left of it,

    inv = [inv(D) + G inv(S) G',  -G inv(S);  -inv(S) G',  inv(S)],     G = inv(D) C ,

which takes the cube of the sizes of blocks and not that of their sum.
"""

from __future__ import annotations

import numpy as np
from scipy import linalg, sparse


def connected(units: np.ndarray, levels: np.ndarray, n_levels: int) -> list[np.ndarray]:
    """Part levels of an effect, so that no unit is in levels of two parts.

    Parameters
    ----------
    units, levels : ndarrays of int, shape (rows,)
        Unit and level of each row; of those below zero there is none.
    n_levels : int
        How many levels there are.

    Examples
    --------
    >>> parts = connected(np.array([0, 0, 1, 1]), np.array([0, 2, 1, -1]), 3)
    >>> [part.tolist() for part in parts]
    [[0, 2], [1]]
    """
    there = (units >= 0) & (levels >= 0)
    size = n_levels + int(units.max(initial=-1)) + 1
    where = (levels[there], n_levels + units[there])
    links = sparse.coo_array((np.ones(there.sum()), where), (size, size))
    _, part = sparse.csgraph.connected_components(links, directed=False)
    return [np.flatnonzero(part[:n_levels] == each) for each in np.unique(part[:n_levels])]


def lower_factor(matrix: np.ndarray, parts: list[np.ndarray]) -> np.ndarray:
    """Give the lower Cholesky factor of a positive definite matrix.

    Parameters
    ----------
    matrix : ndarray, shape (n + k, n + k)
        Symmetric, zero between the parts of the first n rows.
    parts : list of ndarray
        Which these are, as `connected` gives them.

    Raises
    ------
    numpy.linalg.LinAlgError
        It is not positive definite.
    """
    n, lower = sum(map(len, parts)), np.zeros_like(matrix)
    for part in parts:
        own = linalg.cholesky(matrix[np.ix_(part, part)], lower=True)
        lower[np.ix_(part, part)] = own
        lower[n:, part] = linalg.solve_triangular(own, matrix[part, n:], lower=True).T
    if n < len(matrix):
        left = matrix[n:, n:] - lower[n:, :n] @ lower[n:, :n].T
        lower[n:, n:] = linalg.cholesky(left, lower=True)
    return lower


def less_first_of_border(lower: np.ndarray, n: int) -> np.ndarray:
    """Give the factor of a matrix less row and column n, the first of the border.

    Parameters
    ----------
    lower : ndarray, shape (n + k, n + k)
        Factor of the matrix.
    n : int
        Where the border begins.
    """
    kept = np.delete(np.delete(lower, n, axis=0), n, axis=1)
    corner = lower[n + 1 :, n:]
    if len(corner):
        kept[n:, n:] = linalg.cholesky(corner @ corner.T, lower=True)
    return kept


def inverse_of(lower: np.ndarray, parts: list[np.ndarray]) -> np.ndarray:
    """Invert a matrix of which `lower_factor` gave the factor, shape (n + k, n + k)."""
    n = sum(map(len, parts))
    k = len(lower) - n
    solved = np.zeros((n, k))  # G
    last = linalg.cho_solve((lower[n:, n:], True), np.eye(k)) if k else np.zeros((0, 0))
    for part in parts:
        own = lower[np.ix_(part, part)]
        solved[part] = linalg.solve_triangular(own, lower[n:, part].T, trans=1, lower=True)
    inverse = np.empty_like(lower)
    inverse[n:, :n] = -(solved @ last).T
    inverse[:n, n:] = inverse[n:, :n].T
    inverse[n:, n:] = last
    inverse[:n, :n] = -solved @ inverse[n:, :n]
    for part in parts:
        own = (lower[np.ix_(part, part)], True)
        inverse[np.ix_(part, part)] += linalg.cho_solve(own, np.eye(len(part)))
    return (inverse + inverse.T) / 2
