"""The designs that are judged: each gives an effect of one balanced panel."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial

import numpy as np
import pandas as pd

from kuntakokeilu.contracts import BY_AREA, BY_PLACEBO, CANDIDATES
from kuntakokeilu.estimation.leading_change import leading_change
from kuntakokeilu.estimation.long_differences import (
    ClusteredEffect,
    alike_weights,
    change_regression,
    cross_fitted_scores,
    doubly_robust_changes,
)
from kuntakokeilu.estimation.synthetic import (
    Method,
    OutcomeMatrix,
    augmented_control,
    by_area,
    chosen_penalty,
    interactive_effects,
    synthetic_control,
    synthetic_did,
)

# Designs whose weights of controls are made of outcomes, one for each treated area.
_OF_AREAS: dict[str, Method] = {
    "synthetic_control": synthetic_control,
    "augmented_control": augmented_control,
    "synthetic_did": synthetic_did,
}
SYNTHETIC = (*_OF_AREAS, "interactive_effects")
FEWEST_AREAS = 2  # in an arm, so that one can be predicted without it
FEWEST_PERIODS = 3  # before the start, for weights or loadings made of outcomes


@dataclass(frozen=True)
class Found:
    """What one design finds in one panel.

    Attributes
    ----------
    estimate : float
        nan if the design has none.
    std_error, p_value : float
        nan where the design has no t.
    ci_low, ci_high : float
        nan likewise.
    identified : str
        ok, or why there is no estimate.
    inference : str or None
        Where error and p-value come from: a kind of ESTIMATES, or placebo_areas.
    """

    estimate: float = np.nan
    std_error: float = np.nan
    p_value: float = np.nan
    ci_low: float = np.nan
    ci_high: float = np.nan
    identified: str = "ok"
    inference: str | None = None


@dataclass(frozen=True)
class Candidates:
    """The candidate designs of one estimand.

    Attributes
    ----------
    facts : DataFrame
        One row per unit: x_* covariates; in the order of the panel's units.
    size : str
        Covariate that is size.
    covariates : list of str
        Covariates of the other designs. They are those of the real start in every window, and so
        must be slow: one that the outcome moves would tell a design what came after a false start.
        Level and drift of the outcome are of each window's own time before the start.
    """

    facts: pd.DataFrame
    size: str
    covariates: list[str]

    def find(self, name: str, matrix: OutcomeMatrix, kept: np.ndarray) -> Found:
        """Estimate the effect in a panel of the units in `kept` (bool) by one design."""
        if name in SYNTHETIC and matrix.before < FEWEST_PERIODS:
            return Found(identified="few_periods")
        if name in SYNTHETIC:
            return Found(pooled_method(name, matrix)(matrix))
        if name == "two_way":
            return _leading(matrix)
        names = [self.size] if name == "size_by_period" else self.covariates
        x = self.facts.loc[kept, [f"x_{one}" for one in names]].to_numpy(float)
        if np.isnan(x).any():
            return Found(identified="no_covariates")
        if name == "entropy_balanced":
            w = alike_weights(matrix, _with_path(matrix, x))
            return Found(identified="no_balance") if w is None else _leading(matrix, w=w)
        if name == "doubly_robust":
            for arm, lacks in ((True, "too_few_areas"), (False, "too_few_controls")):
                if len(set(matrix.cluster[matrix.treated == arm])) < FEWEST_AREAS:
                    return Found(identified=lacks)
            x = _with_path(matrix, x)
            scores = cross_fitted_scores(matrix, x)
            return _where_cr1_leads(doubly_robust_changes(matrix, x, scores), matrix)
        return _leading(matrix, x)


def _with_path(matrix: OutcomeMatrix, x: np.ndarray) -> np.ndarray:
    """Add the outcome's level and drift before the start to the covariates."""
    y = matrix.y[:, : matrix.before]
    time = np.arange(matrix.before) - (matrix.before - 1) / 2
    drift = y @ time / (time @ time) if matrix.before > 1 else np.zeros(len(y))
    return np.column_stack([x, y.mean(axis=1), drift])


def area_method(name: str, matrix: OutcomeMatrix) -> Method:
    """Give the method of one area; the ridge penalty is chosen once, on the mean of all areas."""
    if name == "augmented_control":
        return partial(augmented_control, penalty=chosen_penalty(matrix))
    return _OF_AREAS[name]


def pooled_method(name: str, matrix: OutcomeMatrix) -> Callable[[OutcomeMatrix], float]:
    """Give the estimate of all treated units together by a synthetic design.

    Synthetic controls are made area by area and averaged; synthetic difference-in-differences and
    interactive effects are of the treated mean.
    """
    if name == "synthetic_did":
        return lambda panel: synthetic_did(panel).estimate
    if name == "interactive_effects":
        return lambda panel: interactive_effects(panel).estimate
    method = area_method(name, matrix)
    return lambda panel: by_area(panel, method)[0]


def _leading(
    matrix: OutcomeMatrix, x: np.ndarray | None = None, w: np.ndarray | None = None
) -> Found:
    """Regress changes, with the inference by area that would lead such a row of ESTIMATES."""
    effect = change_regression(matrix, x, w)
    if effect is None:
        return Found(identified="no_variation")
    kind, row = leading_change(matrix, x, w)
    if kind == "cluster_area" or not row:
        return _told(effect)
    ends = row["ci_low"], row["ci_high"]
    return Found(effect.estimate, row["std_error"], row["p_value"], *ends, inference=kind)


def _where_cr1_leads(effect: ClusteredEffect, matrix: OutcomeMatrix) -> Found:
    """Give an effect that is no regression, with p-value and interval where CR1's may be believed.

    There is no CR2 of it; whether areas are many and alike enough for CR1 is asked of the change
    of the same arms with the same weights.
    """
    found = _told(effect)
    if leading_change(matrix)[0] == "cluster_area":
        return found
    return Found(found.estimate, found.std_error, inference=found.inference)


def _told(effect: ClusteredEffect) -> Found:
    low, high = effect.interval()
    kind = "cluster_area" if effect.std_error > 0 else None
    return Found(effect.estimate, effect.std_error, effect.p_value, low, high, inference=kind)


assert set(BY_AREA) == set(_OF_AREAS)
assert set(BY_PLACEBO) == set(SYNTHETIC)
assert set(SYNTHETIC) < set(CANDIDATES)
