"""How alike the arms were before the start."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

import numpy as np
import pandas as pd

from kuntakokeilu.contracts import BALANCE, COMPARED, conform
from kuntakokeilu.estimation import balanced_weights, compared_units
from kuntakokeilu.study import Estimand

# ASSUME: with about a hundred units and a dozen covariates, maximum likelihood can be certain of
# some units; a ridge penalty of one on standardised coefficients keeps their scores below one.
_PENALTY = 1.0


def balance_table(
    units: pd.DataFrame, estimands: Iterable[Estimand], covariates: Sequence[str]
) -> pd.DataFrame:
    """Compare the arms in every covariate, before and, where weights balance them, after.

    Parameters
    ----------
    units : DataFrame
        Contract UNITS.
    estimands : iterable of Estimand
        Their comparisons are described; those of placebos and of samples with one area left out
        are not.
    covariates : sequence of str
        Names of the covariates to describe.

    Returns
    -------
    DataFrame
        Contract BALANCE. Before balancing every unit has the same weight, and afterwards the
        weight that balances trial units of the same weight: the estimands of a comparison may
        start from other weights, and the check `balance` is made with theirs. Without weights
        that balance the arms, the row after has no numbers.
    """
    rows = [
        {"comparison": estimand.comparison, **row}
        for estimand in one_for_each_comparison(estimands)
        for row in _stages(compared_units(units, estimand), estimand, covariates)
    ]
    return conform(pd.DataFrame(rows, columns=list(BALANCE.columns)), BALANCE)


def one_for_each_comparison(estimands: Iterable[Estimand]) -> list[Estimand]:
    """Give the first estimand of each comparison, placebos and samples without an area aside."""
    first: dict[str, Estimand] = {}
    for estimand in estimands:
        if estimand.role in ("main", "robustness") and estimand.leave_out_area is None:
            first.setdefault(estimand.comparison, estimand)
    return list(first.values())


def compared_table(
    units: pd.DataFrame, estimands: Iterable[Estimand], covariates: Sequence[str]
) -> pd.DataFrame:
    """List the units behind each number of `balance_table` that is no public statistic.

    Parameters
    ----------
    units, estimands, covariates
        As in `balance_table`; a covariate that counts persons has them as persons_<covariate>.

    Returns
    -------
    DataFrame
        Contract COMPARED.
    """
    own = [name for name in covariates if f"persons_{name}" in units]
    tables = [
        _members(rows, units, name).assign(comparison=estimand.comparison, stage=stage)
        for estimand in one_for_each_comparison(estimands)
        for stage, rows in _staged(compared_units(units, estimand), estimand).items()
        for name in own
    ]
    empty = pd.DataFrame(columns=list(COMPARED.columns))
    return conform(pd.concat(tables) if tables else empty, COMPARED)


def _members(rows: pd.DataFrame, units: pd.DataFrame, covariate: str) -> pd.DataFrame:
    """List the units of both arms that have a covariate, with the persons behind it."""
    known = rows[rows[f"x_{covariate}"].notna()]
    persons = units.set_index("unit")[f"persons_{covariate}"]
    return pd.DataFrame(
        {
            "covariate": covariate,
            "arm": known["trial"].map({True: "trial", False: "control"}),
            "unit": known["unit"],
            "cluster": known["cluster"],
            "n_persons": known["unit"].map(persons),
        }
    )


def _staged(units: pd.DataFrame, estimand: Estimand) -> dict[str, pd.DataFrame]:
    """Give the units with equal weights and, if their comparison has some, with its own: w."""
    rule = estimand.comparison_rule.balance
    stages = {"before": units.assign(w=1.0)}
    if rule is not None:
        whole = stages["before"].dropna(subset=[f"x_{name}" for name in rule.covariates])
        if whole["trial"].nunique() == 2:
            stages["after"] = whole.assign(w=balanced_weights(whole, rule))
    return stages


def _stages(
    units: pd.DataFrame, estimand: Estimand, covariates: Sequence[str]
) -> list[dict[str, Any]]:
    rule = estimand.comparison_rule.balance
    targeted = rule.covariates if rule is not None else []
    stages = _staged(units, estimand)
    return [
        {
            "stage": stage,
            "covariate": name,
            "targeted": name in targeted,
            **compare_arms(rows, name, spread=_spread(stages["before"], name)),
        }
        for stage, rows in stages.items()
        for name in covariates
    ]


def _spread(units: pd.DataFrame, covariate: str) -> float:
    return float(units.loc[units["trial"], f"x_{covariate}"].std())


def compare_arms(units: pd.DataFrame, covariate: str, spread: float) -> dict[str, Any]:
    """Compare the arms in one covariate.

    Parameters
    ----------
    units : DataFrame
        One row per unit: trial (bool), w, and the covariate as x_<name>.
    covariate : str
        Its name.
    spread : float
        Standard deviation of the trial arm before balancing, by which differences before and
        after are both divided, so that they can be compared (Stuart 2010, Statistical Science
        25(1)).

    Returns
    -------
    dict
        mean_trial, mean_control, std_difference, variance_ratio, n_trial, n_control,
        n_control_effective: columns of BALANCE.
    """
    known = units[units[f"x_{covariate}"].notna()]
    trial, control = (
        (part[f"x_{covariate}"].to_numpy(float), part["w"].to_numpy(float))
        for part in (known[known["trial"]], known[~known["trial"]])
    )
    mean_trial, variance_trial = moments(*trial)
    mean_control, variance_control = moments(*control)
    return {
        "mean_trial": mean_trial,
        "mean_control": mean_control,
        "std_difference": _ratio(mean_trial - mean_control, spread),
        "variance_ratio": _ratio(variance_trial, variance_control),
        "n_trial": len(trial[0]),
        "n_control": len(control[0]),
        "n_control_effective": effective_number(control[1]),
    }


def _ratio(numerator: float, denominator: float) -> float:
    return numerator / denominator if denominator > 0 else np.nan


def moments(x: np.ndarray, w: np.ndarray) -> tuple[float, float]:
    """Return the weighted mean and the variance; with equal weights, that over n - 1."""
    total = w.sum()
    if not total > 0:
        return np.nan, np.nan
    mean = w @ x / total
    return float(mean), _ratio(w @ (x - mean) ** 2, total - w @ w / total)


def effective_number(weights: np.ndarray) -> float:
    """Return the number of equal weights of the same precision (Kish 1965, Survey Sampling)."""
    return _ratio(float(weights.sum()) ** 2, float(weights @ weights))


def propensity_scores(x: np.ndarray, trial: np.ndarray) -> np.ndarray:
    """Probability of being a trial unit, from a ridge-penalised logistic regression.

    Parameters
    ----------
    x : ndarray, shape (n, k)
        Covariates; they are standardised first.
    trial : ndarray of bool, shape (n,)
        The arm.

    Returns
    -------
    ndarray, shape (n,)
        Scores between zero and one. The intercept is not penalised.
    """
    from sklearn.linear_model import LogisticRegression  # slow to import
    from sklearn.preprocessing import StandardScaler

    model = LogisticRegression(C=1 / _PENALTY, tol=1e-8, max_iter=1000)
    z = StandardScaler().fit_transform(x)
    return model.fit(z, trial).predict_proba(z)[:, 1]
