"""CR2: cluster-robust standard errors that are unbiased under independent errors of equal variance.

With H = XMX'W the projection on all columns, fixed effects included, CR2 multiplies the residuals
of cluster g by B_g^(-1/2), where B_g = [(I-H)(I-H)']_gg is their variance under the working model
(Bell & McCaffrey 2002, Survey Methodology 28(2); Pustejovsky & Tipton 2018, Journal of Business &
Economic Statistics 36(4)). The weights W say whom the estimate is about, not how precise a cell
is, and so do not enter the working model; H is then oblique, and unit effects may not be swept
out first. X = [Z, D], with Z the columns less their weighted means by unit and D the dummies of
units, spans the same columns with M block-diagonal. Then

    B_g = I + U_g K_g U_g',   U_g = [X_g, W_g X_g],   K_g = [[(MSM)_gg, -M_gg], [-M_gg, 0]],

where S = X'WWX, so that no root is taken of a matrix with more columns than U_g.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy import linalg

from kuntakokeilu.estimation.cross_products import Blocks, ClusterRows, CrossProducts
from kuntakokeilu.estimation.remember import remembered

_SINGULAR = 1e-9  # a variance below this is that of a residual that is zero by construction


@dataclass(frozen=True)
class Adjusted:
    """What CR2 needs of one cluster, for m coefficients.

    Attributes
    ----------
    loadings : ndarray, shape (N_g, m)
        a = B^(-1/2) WZM restricted to the coefficient; a'e is its adjusted score.
    straight : ndarray, shape (N_g, m)
        WZM restricted to the coefficient, which the deviations of a design of averages are
        multiplied by: no regression has made them smaller.
    lengths : ndarray, shape (m,)
        a'Ba, the variance of a'e under the working model.
    plain, weighted : ndarrays, shape (m, q_g)
        a'Z, and a'WZ less a'D inv(D'WD) D'WWZ.
    """

    loadings: np.ndarray
    straight: np.ndarray
    lengths: np.ndarray
    plain: np.ndarray
    weighted: np.ndarray


@dataclass(frozen=True)
class Adjustments:
    """What CR2 needs of a right-hand side, whatever the outcome, for m coefficients.

    Attributes
    ----------
    loadings, straight : lists of G ndarrays, shapes (N_g, m)
        Of `Adjusted`.
    degrees_of_freedom, joint
        Of `BiasReduced`.
    """

    loadings: list[np.ndarray]
    straight: list[np.ndarray]
    degrees_of_freedom: np.ndarray
    joint: list[np.ndarray]


@dataclass(frozen=True)
class BiasReduced:
    """CR2 of m coefficients, without meaning where one rests on a single cluster.

    Attributes
    ----------
    std_errors, degrees_of_freedom : ndarrays, shape (m,)
        Bias-reduced standard errors and Satterthwaite degrees of freedom.
    scores : ndarray, shape (G, m)
        Adjusted scores, so that `scores.T @ scores` is the covariance.
    joint : list of m ndarrays, shape (1 + G, 1 + G)
        Covariance, under the working model, of the coefficient and its adjusted scores, in units
        of the error variance.
    """

    std_errors: np.ndarray
    degrees_of_freedom: np.ndarray
    scores: np.ndarray
    joint: list[np.ndarray]


def cr2(products: CrossProducts, places: np.ndarray) -> BiasReduced:
    """Find bias-reduced scores, and how they vary under the working model.

    Parameters
    ----------
    products : CrossProducts
        A regression by clusters.
    places : ndarray, shape (m,)
        Coefficients, counted from the end.

    Returns
    -------
    BiasReduced
    """
    adjusted = adjustments(products.blocks, tuple(int(place) for place in places))
    pairs = zip(adjusted.loadings, products.residuals, strict=True)
    scores = np.array([loadings.T @ residuals for loadings, residuals in pairs])
    if products.deviations is not None:
        pairs = zip(adjusted.straight, products.deviations, strict=True)
        scores += np.array([straight.T @ deviations for straight, deviations in pairs])
    return BiasReduced(
        std_errors=np.sqrt((scores**2).sum(axis=0)),
        degrees_of_freedom=adjusted.degrees_of_freedom,
        scores=scores,
        joint=adjusted.joint,
    )


@remembered
def adjustments(blocks: Blocks, places: tuple[int, ...]) -> Adjustments:
    """Find what CR2 multiplies residuals by, and how the scores vary under the working model."""
    # ASSUME the working model of CR2 is independent errors of equal variance, whatever the weights.
    bread = blocks.inverse
    squares = np.zeros_like(bread)
    for place, rows in zip(blocks.places, blocks.rows, strict=True):
        weighted = rows.weights[:, None] * rows.columns
        squares[np.ix_(place, place)] += weighted.T @ weighted
    spread = bread @ squares @ bread
    lengths = np.zeros((len(places), len(blocks.rows)))
    plain, weighted = np.zeros((2, len(places), len(blocks.rows), len(bread)))
    loadings, straight = [], []
    for g, (place, rows) in enumerate(zip(blocks.places, blocks.rows, strict=True)):
        within = np.ix_(place, place)
        own = bread[np.ix_(place, np.array(places, int))]
        found = adjust(rows, bread[within], spread[within], own)
        loadings.append(found.loadings)
        straight.append(found.straight)
        lengths[:, g] = found.lengths
        plain[:, g, place], weighted[:, g, place] = found.plain, found.weighted
    joint = []
    for at, u, v, length in zip(places, plain, weighted, lengths, strict=True):
        omega = u @ spread @ u.T - u @ bread @ v.T - v @ bread @ u.T
        np.fill_diagonal(omega, length)
        with_estimate = v @ bread[:, at] - u @ spread[:, at]
        edge = np.append(spread[at, at], with_estimate)
        joint.append(np.vstack([edge, np.column_stack([with_estimate, omega])]))
    degrees = np.array([satterthwaite(each[1:, 1:]) for each in joint])
    return Adjustments(loadings, straight, degrees, joint)


def adjust(
    rows: ClusterRows, bread: np.ndarray, spread: np.ndarray, loadings: np.ndarray
) -> Adjusted:
    """Adjust one cluster.

    Parameters
    ----------
    rows : ClusterRows
        Z_g, D_g and W_g.
    bread, spread : ndarrays, shape (q_g, q_g)
        The cluster's blocks of inv(Z'WZ), and of inv(Z'WZ) Z'WWZ inv(Z'WZ).
    loadings : ndarray, shape (q_g, m)
        The columns of inv(Z'WZ) that belong to the coefficients.
    """
    z, d, w = rows.columns, rows.units, rows.weights[:, None]
    totals = (w * d**2).sum(axis=0)
    shift = d.T @ (w**2 * z) / totals[:, None]  # zero where weights are constant within units
    inner = linalg.block_diag(bread, np.diag(1 / totals))
    own = (w * d).T @ (w * d) / np.outer(totals, totals)
    outer = np.block([[spread, bread @ shift.T], [shift @ bread, own]])
    given = np.vstack([loadings, np.zeros((len(totals), loadings.shape[1]))])
    a, lengths = inverse_root(np.hstack([z, d]), w, inner, outer, given)
    return Adjusted(
        loadings=a,
        straight=(w * z) @ loadings,
        lengths=lengths,
        plain=a.T @ z,
        weighted=a.T @ (w * z - d @ shift),
    )


def inverse_root(
    x: np.ndarray, w: np.ndarray, inner: np.ndarray, outer: np.ndarray, given: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    """Multiply B^(-1/2), a generalised inverse, into WX times some vectors.

    Parameters
    ----------
    x, w : ndarrays, shapes (N_g, p_g), (N_g, 1)
        X_g and its weights.
    inner, outer : ndarrays, shape (p_g, p_g)
        The cluster's blocks of M and of MSM.
    given : ndarray, shape (p_g, m)
        The vectors.

    Returns
    -------
    a : ndarray, shape (N_g, m)
        B^(-1/2) WX times each vector.
    lengths : ndarray, shape (m,)
        a'Ba.

    Notes
    -----
    With U = QR and V diag(s) V' = I + RKR', f(B) = I + UKR'V g(s) V'Q', where g(s) is
    (f(s) - 1)/(s - 1). What it is multiplied into is U times something, so that Q is not needed:
    finding it, and the vectors of B themselves, would take most of the time.
    """
    if (w == w[0]).all():
        u, k, inside = x, outer - 2 * w[0] * inner, w[0] * given
    else:
        u, k = np.hstack([x, w * x]), np.block([[outer, -inner], [-inner, np.zeros_like(inner)]])
        inside = np.vstack([np.zeros_like(given), given])
    r = u if len(u) <= u.shape[1] else np.asarray(np.linalg.qr(u, mode="r"))
    values, vectors = np.linalg.eigh(np.eye(len(r)) + r @ k @ r.T)
    free = values > _SINGULAR
    loaded = vectors.T @ (r @ inside)
    factors = np.ones_like(values)
    factors[free] = -1 / (np.sqrt(values[free]) + values[free])
    a = u @ (inside + k @ (r.T @ (vectors @ (factors[:, None] * loaded))))
    return a, (loaded[free] ** 2).sum(axis=0)


def satterthwaite(omega: np.ndarray) -> float:
    """Degrees of freedom of a sum of squares whose terms have covariance Omega, shape (G, G)."""
    squares = (omega**2).sum()
    return float(np.trace(omega) ** 2 / squares) if squares > 0 else np.nan
