"""Difference-in-differences as a regression of each unit's change on the arm.

In a balanced panel with one start and weights that stay the same, two-way fixed effects, with
covariates that each have an effect in every period or without, is the regression of the mean after
the start less the mean before it on the arm and the covariates, one row per unit.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy.stats import t as student

from kuntakokeilu.estimation.entropy_balance import entropy_weights
from kuntakokeilu.estimation.synthetic import OutcomeMatrix

_RANK = 1e-10
# ASSUME: a propensity score above this leaves nobody like the unit among the controls; the odds
# that weigh controls are bounded by it.
_MOST_CERTAIN = 0.99
_FOLDS = 5
_PENALTY = 1.0


@dataclass(frozen=True)
class ClusteredEffect:
    """An effect with its clustered standard error.

    Attributes
    ----------
    estimate : float
        In the outcome's unit.
    std_error : float
        nan where an arm has one cluster.
    degrees_of_freedom : float
        Clusters - 1.
    """

    estimate: float
    std_error: float
    degrees_of_freedom: float

    @property
    def p_value(self) -> float:
        """Two-sided p-value of no effect, from Student's t."""
        if not self.std_error > 0:
            return np.nan
        return float(2 * student.sf(abs(self.estimate) / self.std_error, self.degrees_of_freedom))

    def interval(self, level: float = 0.95) -> tuple[float, float]:
        """Ends of the confidence interval."""
        reach = float(student.ppf(0.5 + level / 2, self.degrees_of_freedom)) * self.std_error
        return self.estimate - reach, self.estimate + reach


def changes(matrix: OutcomeMatrix) -> np.ndarray:
    """Mean of each unit from the start on less its mean before it, shape (n,)."""
    after = matrix.y[:, matrix.before :].mean(axis=1)
    return np.asarray(after - matrix.y[:, : matrix.before].mean(axis=1))


def change_regression(
    matrix: OutcomeMatrix, x: np.ndarray | None = None, w: np.ndarray | None = None
) -> ClusteredEffect | None:
    """Regress changes on the arm, given covariates that have an effect in every period.

    Parameters
    ----------
    matrix : OutcomeMatrix
        The panel.
    x : ndarray, shape (n, k), optional
        Covariates of the units.
    w : ndarray, shape (n,), optional
        Weights instead of those of the panel.

    Returns
    -------
    ClusteredEffect or None
        With the standard error CR1 of two-way fixed effects on the panel: G / (G - 1) *
        (N - 1) / (N - K), N cells, K the effect and the effects of periods and of covariates
        by period. None if the covariates tell the arms apart.
    """
    w = matrix.w if w is None else w
    n, t = matrix.y.shape
    covariates = np.empty((n, 0)) if x is None else (x - x.mean(axis=0)) / _spread(x)
    d = matrix.treated.astype(float)
    others = np.column_stack([np.ones(n), covariates])
    root = np.sqrt(w)
    left = d - others @ np.linalg.lstsq(others * root[:, None], d * root, rcond=_RANK)[0]
    size = float(w @ left**2)
    if size <= _RANK * float(w @ d):
        return None
    y = changes(matrix)
    rest = y - others @ np.linalg.lstsq(others * root[:, None], y * root, rcond=_RANK)[0]
    estimate = float(w @ (left * rest)) / size
    influence = w * left * (rest - estimate * left) / size
    rank = 1 + np.linalg.matrix_rank(covariates, tol=1e-8) if covariates.size else 1
    free = n * t - (1 + rank * (t - 1) + 1)
    used = w > 0
    return _clustered(estimate, influence[used], matrix, used, (n * t - 1) / free)


def alike_weights(matrix: OutcomeMatrix, x: np.ndarray) -> np.ndarray | None:
    """Weigh controls so that the arms are alike in covariates.

    Entropy balancing (Hainmueller 2012, Political Analysis 20(1)); `change_regression` takes the
    weights as given.

    Parameters
    ----------
    matrix : OutcomeMatrix
        The panel.
    x : ndarray, shape (n, k)
        Covariates of the units.

    Returns
    -------
    ndarray, shape (n,), or None
        Those of the trial arm are the panel's. None if no weights make the arms alike.
    """
    d, w = matrix.treated, matrix.w.copy()
    found = entropy_weights(x[~d], np.average(x[d], axis=0, weights=w[d]), w[~d])
    if found is None:
        return None
    w[~d] = found
    return w


def doubly_robust_changes(
    matrix: OutcomeMatrix, x: np.ndarray, scores: np.ndarray
) -> ClusteredEffect:
    """Compare changes with those that like controls had, by odds and by a regression at once.

    Sant'Anna & Zhao (2020, Journal of Econometrics 219(1)), with weights that are normalised; the
    regression of controls' changes on covariates, ridge-penalised, is fitted without the area that
    it predicts, as `scores` are (cross-fitting; Chang 2020, Econometrics Journal 23(2)), so that
    the error of both first steps does not count in the standard error.

    Parameters
    ----------
    matrix : OutcomeMatrix
        The panel.
    x : ndarray, shape (n, k)
        Covariates of the units.
    scores : ndarray, shape (n,)
        Probability of being treated; see `cross_fitted_scores`.

    Returns
    -------
    ClusteredEffect
    """
    d, y = matrix.treated, changes(matrix)
    z = (x - x.mean(axis=0)) / _spread(x)
    expected = np.empty(len(y))
    for held in _folds(matrix):
        known = ~held & ~d
        expected[held] = _ridge(z[known], y[known], matrix.w[known], z[held])
    odds = np.minimum(scores, _MOST_CERTAIN) / (1 - np.minimum(scores, _MOST_CERTAIN))
    one, other = matrix.w * d, matrix.w * ~d * odds
    one, other = one / one.sum(), other / other.sum()
    left = y - expected
    means = float(one @ left), float(other @ left)
    influence = one * (left - means[0]) - other * (left - means[1])
    everybody = np.ones(len(y), dtype=bool)
    return _clustered(means[0] - means[1], influence, matrix, everybody, 1.0)


def cross_fitted_scores(matrix: OutcomeMatrix, x: np.ndarray) -> np.ndarray:
    """Probability of being a treated unit, from a regression without the unit's area.

    Parameters
    ----------
    matrix : OutcomeMatrix
        The panel, of which only arms, weights and areas are looked at.
    x : ndarray, shape (n, k)
        Covariates of the units.

    Returns
    -------
    ndarray, shape (n,)
        From a logistic regression with a ridge penalty of one on standardised covariates.
    """
    from sklearn.linear_model import LogisticRegression  # slow to import

    z, w = (x - x.mean(axis=0)) / _spread(x), matrix.w / matrix.w.mean()
    scores = np.empty(len(z))
    for held in _folds(matrix):
        model = LogisticRegression(C=1 / _PENALTY, tol=1e-8, max_iter=1000)
        model.fit(z[~held], matrix.treated[~held], sample_weight=w[~held])
        scores[held] = model.predict_proba(z[held])[:, 1]
    return scores


def _folds(matrix: OutcomeMatrix) -> list[np.ndarray]:
    """Deal the areas of each arm, in the order of their names, to five folds."""
    place = np.empty(len(matrix.treated), dtype=int)
    for arm in (True, False):
        mine = matrix.treated == arm
        place[mine] = np.unique(matrix.cluster[mine], return_inverse=True)[1] % _FOLDS
    return [place == fold for fold in range(_FOLDS)]


def _ridge(z: np.ndarray, y: np.ndarray, w: np.ndarray, at: np.ndarray) -> np.ndarray:
    """Predict by a weighted ridge regression with a constant that is not penalised."""
    w = w / w.mean()
    middle, mean = w @ z / w.sum(), w @ y / w.sum()
    c = z - middle
    inner = (c.T * w) @ c + _PENALTY * np.eye(c.shape[1])
    return np.asarray(mean + (at - middle) @ np.linalg.solve(inner, c.T @ (w * (y - mean))))


def _spread(x: np.ndarray) -> np.ndarray:
    spread = x.std(axis=0)
    return np.where(spread > 0, spread, 1.0)


def _clustered(
    estimate: float, influence: np.ndarray, matrix: OutcomeMatrix, used: np.ndarray, factor: float
) -> ClusteredEffect:
    names, places = np.unique(matrix.cluster[used], return_inverse=True)
    sums, clusters = np.bincount(places, influence), len(names)
    alone = min(len(set(matrix.cluster[used & (matrix.treated == arm)])) for arm in (True, False))
    if alone < 2:
        return ClusteredEffect(estimate, np.nan, clusters - 1)
    variance = float(sums @ sums) * clusters / (clusters - 1) * factor
    return ClusteredEffect(estimate, float(np.sqrt(variance)), clusters - 1)
