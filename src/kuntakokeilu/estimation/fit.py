"""Weighted least squares on cells, with fixed effects absorbed."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd
from scipy import linalg, sparse

from kuntakokeilu.estimation.absorb import absorber_of, left_beside, rank_beside_units
from kuntakokeilu.estimation.designs import Design
from kuntakokeilu.estimation.remember import remembered

_CONSTANT = 1e-12  # share of an outcome's size below which what is left of it is rounding
_APART = 1e-8  # least eigenvalue of scaled products from which on columns are not collinear
_ABSORBED = 1e-10  # share of a regressor's length below which the effects have taken it all


@dataclass(frozen=True)
class Fit:
    """A fitted regression, with what its inference needs.

    Attributes
    ----------
    params : ndarray, shape (k,)
        Coefficients in the order of the design's regressors.
    scores : ndarray, shape (rows, k)
        Weight x residualised regressor x residual, to which a design of averages adds its
        deviations.
    bread : ndarray, shape (k, k)
        Inverse of the weighted cross product of the residualised regressors.
    residuals : ndarray, shape (rows,)
        The outcome less what the regression says of it.
    residualised : ndarray, shape (rows, k)
        Regressors less what the fixed effects explain of them.
    weights : ndarray, shape (rows,)
        Weight of each row.
    n_params : int
        Parameters that count against the sample: regressors, period effects and a constant.
        Unit effects are nested within clusters and do not count.
    """

    params: np.ndarray
    scores: np.ndarray
    bread: np.ndarray
    residuals: np.ndarray
    residualised: np.ndarray
    weights: np.ndarray
    n_params: int

    def pull(self) -> np.ndarray:
        """Tell how each row pulls on each coefficient, whatever its weight, shape (rows, k).

        The coefficients are the sum of weight x pull x outcome over the rows.
        """
        return self.residualised @ self.bread


def fit(frame: pd.DataFrame, design: Design) -> Fit | None:
    """Regress the outcome of a sample on a design.

    Parameters
    ----------
    frame : DataFrame
        What the design regresses of a sample, with columns y and w.
    design : Design
        Regressors and fixed effects.

    Returns
    -------
    Fit or None
        None without rows, or if the effects and other regressors leave no variation in a
        regressor, or in the outcome: where nothing moves, an estimate of zero without error would
        be none.

    Notes
    -----
    Columns are divided by their size first, so that large values lose no digits. The covariance is
    ours (see `clustered`), and parameters are counted for effects nested within clusters.
    """
    if frame.empty or design.lacks:
        return None
    if design.influence is not None:
        return _weighted_sums(frame, design, design.influence)
    w = frame["w"].to_numpy(float)
    solved = solve(design, w.tobytes())
    y = centred(frame, design).to_numpy()
    y_size = _size(y)
    y_left = y / y_size
    if design.effects is not None:
        y_left = absorber_of(design.effects, w.tobytes()).left(y_left[:, None])[:, 0]
    if solved is None or not _varies(y_left, frame["y"] / y_size):
        return None
    sizes = solved.sizes
    params = linalg.solve_triangular(solved.triangle, solved.basis.T @ (np.sqrt(w) * y_left))
    residuals = (y_left - solved.left @ params) * y_size
    params = params * y_size / sizes
    errors = residuals + design.deviations(params)
    return Fit(
        params=params,
        scores=w[:, None] * solved.left * sizes * errors[:, None],
        bread=solved.bread,
        residuals=residuals,
        residualised=solved.left * sizes,
        weights=w,
        n_params=solved.n_params,
    )


def stands_still(fitted: Fit, frame: pd.DataFrame) -> np.ndarray:
    """Tell which coefficients rest on outcomes that do not move, but for rounding.

    Parameters
    ----------
    fitted : Fit
        A fitted regression.
    frame : DataFrame
        What it was fitted to, with columns unit and y.

    Returns
    -------
    ndarray of bool, shape (k,)
        Where the outcome is the same in all that is compared, as in a window before there was
        anything to count, the coefficient is zero and no unit adds to its error. A zero without
        error would be no finding.
    """
    smallest = _CONSTANT * float(frame["y"].abs().max())
    by_unit = pd.DataFrame(fitted.scores @ fitted.bread).groupby(frame["unit"].to_numpy(str)).sum()
    moved = by_unit.abs().max().to_numpy()
    return np.asarray((np.abs(fitted.params) <= smallest) & (moved <= smallest))


def only_coefficient(frame: pd.DataFrame, design: Design) -> float | None:
    """Give the coefficient of a design's first regressor, and nothing of its inference.

    Parameters
    ----------
    frame : DataFrame
        What the design regresses of a sample, with columns y and w.
    design : Design
        With one term, and effects to absorb.

    Returns
    -------
    float or None
        As `fit` gives it, in a fraction of its time where there are many other regressors; None
        where it gives none.
    """
    if frame.empty or design.lacks or design.effects is None:
        return None
    w = frame["w"].to_numpy(float)
    weights = w.tobytes()
    y = centred(frame, design).to_numpy()
    size = _size(y)
    y_left = absorber_of(design.effects, weights).left(y[:, None] / size)[:, 0]
    if not _varies(y_left, frame["y"] / size):
        return None
    if not _clearly_apart(_products_left(design, weights)):
        fitted = fit(frame, design)
        return None if fitted is None else float(fitted.params[0])
    pull = w * terms_left(design, weights)[:, 0]
    return float((pull @ y_left) / (pull @ design.regressors.iloc[:, 0].to_numpy(float)) * size)


@remembered
def sparse_of(design: Design) -> sparse.csr_array:
    """Give a design's regressors without the zeros, of which most are many."""
    return sparse.csr_array(design.regressors.to_numpy(float))


@remembered
def terms_left(design: Design, weights: bytes) -> np.ndarray:
    """Take the effects and all other regressors out of a design's terms, shape (rows, terms)."""
    assert design.effects is not None  # four means take none out, all others do
    n, x = len(design.terms), sparse_of(design)
    squares = _products_left(design, weights)[n:, n:]
    absorbs = absorber_of(design.effects, weights)
    return left_beside(x[:, :n].toarray(), sparse.csr_array(x[:, n:]), squares, absorbs)


@remembered
def _products_left(design: Design, weights: bytes) -> np.ndarray:
    """Give the weighted cross products of what the effects leave of all regressors."""
    assert design.effects is not None
    return absorber_of(design.effects, weights).products(sparse_of(design))


def _weighted_sums(frame: pd.DataFrame, design: Design, influence: np.ndarray) -> Fit | None:
    """Add up weighted outcomes; nothing is counted against the sample but a constant."""
    y, w = frame["y"].to_numpy(float), frame["w"].to_numpy(float)
    per_weight = design.regressors.to_numpy(float)
    if not np.abs(influence).max(initial=0.0) > _CONSTANT * np.abs(y).max():
        return None
    return Fit(
        params=(w[:, None] * per_weight).T @ y,
        scores=influence,
        bread=np.eye(influence.shape[1]),
        residuals=np.full(len(y), np.nan),
        residualised=per_weight,
        weights=w,
        n_params=1,
    )


@dataclass(frozen=True)
class Solved:
    """A right-hand side that is ready for any outcome; its columns are divided by their sizes.

    Attributes
    ----------
    sizes : ndarray, shape (k,)
        Sizes of the regressors.
    left : ndarray, shape (rows, k)
        What the fixed effects do not explain of them.
    basis, triangle : ndarrays, shapes (rows, k), (k, k)
        QR decomposition of that, rows times the roots of their weights.
    bread : ndarray, shape (k, k)
        As in `Fit`.
    n_params : int
        As in `Fit`.
    """

    sizes: np.ndarray
    left: np.ndarray
    basis: np.ndarray
    triangle: np.ndarray
    bread: np.ndarray
    n_params: int


@remembered
def solve(design: Design, weights: bytes) -> Solved | None:
    """Take the effects out of a design's regressors, and factorise them; None if collinear."""
    w, x = np.frombuffer(weights), design.regressors.to_numpy(float)
    sizes = np.array([_size(column) for column in x.T])
    x = x / sizes
    left, n_params = x, x.shape[1]
    if design.effects is not None:
        left = absorber_of(design.effects, weights).left(x)
        n_params += rank_beside_units(design.effects) + 1
    cross_product = (left * w[:, None]).T @ left
    if _collinear(cross_product, w @ x**2):
        return None
    basis, triangle = np.linalg.qr(np.sqrt(w)[:, None] * left)
    bread = np.linalg.inv(cross_product) / np.outer(sizes, sizes)
    return Solved(sizes, left, basis, triangle, bread, n_params)


def _collinear(cross_product: np.ndarray, raw: np.ndarray) -> bool:
    """Tell whether the effects, or the other columns, explain all of a column."""
    lengths = np.sqrt(np.diag(cross_product))
    if (lengths <= _ABSORBED * np.sqrt(raw)).any():
        return True
    scaled = cross_product / np.outer(lengths, lengths)
    return bool(np.linalg.matrix_rank(scaled, hermitian=True) < len(scaled))


def _clearly_apart(products: np.ndarray) -> bool:
    """Tell whether columns are far from collinear, so that rounding in their products is small."""
    lengths = np.sqrt(np.diag(products))
    if not (lengths > 0).all():
        return False
    return bool(np.linalg.eigvalsh(products / np.outer(lengths, lengths))[0] > _APART)


def centred(frame: pd.DataFrame, design: Design) -> pd.Series:
    """Take the mean out of the outcome, of each unit or period that has an effect of its own.

    The coefficients reported do not move, and large levels do not drown small movements.
    """
    y = frame["y"].astype(float)
    groups = pd.Series(0, index=y.index) if design.effects is None else design.effects.iloc[:, 0]
    return y - y.groupby(groups.to_numpy()).transform("mean")


def _size(values: np.ndarray) -> float:
    """Return a power of two near the largest value; dividing by it loses no digit."""
    largest = float(np.abs(values).max())
    return float(2.0 ** np.round(np.log2(largest))) if largest > 0 else 1.0


def _varies(left: np.ndarray, whole: pd.Series) -> bool:
    """Tell whether what is left of an outcome is more than rounding."""
    return bool(np.abs(left).max() > _CONSTANT * whole.abs().max())
