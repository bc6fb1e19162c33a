"""Second computations of few-cluster inference: numpy alone, all dummies, N by N matrices."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np


def dummies(labels) -> np.ndarray:
    labels = np.asarray(labels, str)
    return (labels[:, None] == np.unique(labels)[None, :]).astype(float)


def full_columns(x, *effects) -> np.ndarray:
    """Regressors and a dummy for each level of each effect; rank may be short, which is fine."""
    x = np.asarray(x, float)
    return np.hstack([x.reshape(len(x), -1), *[dummies(effect) for effect in effects]])


@dataclass
class PlainCr2:
    variance: float
    degrees: float


def cr2(columns, y, w, clusters, place=0) -> PlainCr2:
    """Pustejovsky & Tipton's section 2, letter by letter, with Phi = I whatever W is.

    A_i = B_i^(+1/2), B_i the block of (I-H) Phi (I-H)', which solves
    A_i [(I-H) Phi (I-H)']_i A_i' = Phi_i wherever that has a solution.
    """
    y, w, clusters = np.asarray(y, float), np.asarray(w, float), np.asarray(clusters, str)
    big_w = np.diag(w)
    m = np.linalg.pinv(columns.T @ big_w @ columns, rcond=1e-11, hermitian=True)
    rest = np.eye(len(y)) - columns @ m @ columns.T @ big_w
    e = rest @ y
    variance, p = 0.0, []
    for name in np.unique(clusters):
        i = np.flatnonzero(clusters == name)
        a = inverse_root(rest[i] @ rest[i].T)
        left = m[place] @ columns[i].T @ big_w[np.ix_(i, i)] @ a
        variance += (left @ e[i]) ** 2
        p.append(left @ rest[i])
    omega = np.array(p) @ np.array(p).T
    return PlainCr2(variance, np.trace(omega) ** 2 / (omega**2).sum())


def inverse_root(matrix) -> np.ndarray:
    values, vectors = np.linalg.eigh((matrix + matrix.T) / 2)
    powers = np.array([v**-0.5 if v > 1e-9 else 0.0 for v in values])
    return vectors @ np.diag(powers) @ vectors.T


def coefficient(columns, y, w, place=0) -> float:
    root = np.sqrt(np.asarray(w, float))
    scaled, right = columns * root[:, None], np.asarray(y, float) * root
    return np.linalg.lstsq(scaled, right, rcond=1e-11)[0][place]


def leave_out(columns, y, w, clusters, place=0) -> np.ndarray:
    """The coefficient without each cluster in turn, each by its own regression."""
    y, w, clusters = np.asarray(y, float), np.asarray(w, float), np.asarray(clusters, str)
    kept = [clusters != name for name in np.unique(clusters)]
    return np.array([coefficient(columns[k], y[k], w[k], place) for k in kept])


def cr3(columns, y, w, clusters, place=0) -> float:
    without = leave_out(columns, y, w, clusters, place)
    whole = coefficient(columns, y, w, place)
    return (len(without) - 1) / len(without) * ((without - whole) ** 2).sum()


def t_statistic(columns, y, w, clusters, factor, place=0, null=0.0) -> float:
    """Distance from the null over the root of factor x cluster sandwich."""
    w = np.asarray(w, float)
    m = np.linalg.pinv(columns.T @ (w[:, None] * columns), rcond=1e-11, hermitian=True)
    beta = m @ columns.T @ (w * y)
    scores = (columns @ m[place]) * w * (y - columns @ beta)
    variance = factor * ((dummies(clusters).T @ scores) ** 2).sum()
    return (beta[place] - null) / np.sqrt(variance)


def wild_p_value(columns, y, w, clusters, draws, factor=1.0, null=0.0):
    """Restricted wild cluster bootstrap of the first column, every draw its own regression.

    Returns the observed t, the p-value, and the t of every draw.
    """
    y, w = np.asarray(y, float), np.asarray(w, float)
    observed = t_statistic(columns, y, w, clusters, factor, null=null)
    others, x = columns[:, 1:], columns[:, 0]
    root = np.sqrt(w)
    nuisance = np.linalg.lstsq(others * root[:, None], (y - null * x) * root, rcond=1e-11)[0]
    restricted = null * x + others @ nuisance
    codes = np.unique(np.asarray(clusters, str), return_inverse=True)[1]
    found = np.array(
        [
            t_statistic(
                columns, restricted + v[codes] * (y - restricted), w, clusters, factor, null=null
            )
            for v in draws
        ]
    )
    extreme = np.abs(found) >= abs(observed) * (1 - 1e-9)
    return observed, (1 + extreme.sum()) / (1 + len(draws)), found
