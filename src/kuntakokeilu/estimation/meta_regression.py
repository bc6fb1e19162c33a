"""How the areas' effects go with features of their service models: an association, no more."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd

from kuntakokeilu.contracts import META_REGRESSION
from kuntakokeilu.errors import InputError
from kuntakokeilu.estimation.clustered import t_inference
from kuntakokeilu.estimation.shrinkage import (
    homogeneity_p_value,
    known_effects,
    random_effects,
    shared_variance,
)

MOST_FEATURES = 3
FEWEST_ON_A_SIDE = 3
_WHAT = ["study", "estimand", "outcome", "population", "unit"]


def meta_regression(
    effects: pd.DataFrame, matrix: pd.DataFrame, features: Sequence[str]
) -> pd.DataFrame:
    """Regress the effects of areas on features declared before any effect was seen.

    Parameters
    ----------
    effects : DataFrame
        Contract AREA_EFFECTS, one estimand.
    matrix : DataFrame
        Contract SERVICE_MODELS.
    features : sequence of str
        At most three of its features.

    Returns
    -------
    DataFrame
        Contract META_REGRESSION: the mean effect of all areas, then a row for each feature, from
        one regression on all features that have enough areas. Standard errors are Knapp and
        Hartung's, with t of areas less parameters degrees of freedom. Areas of which a feature is
        unknown are left out and counted.

    Raises
    ------
    InputError
        More than three features, or one that the matrix does not have.

    Notes
    -----
    With 25 areas, more features than three would find something by chance. A feature with fewer
    than three areas with it, or without it (a number: above its median, or not), is not
    identified.
    """
    if len(features) > MOST_FEATURES:
        raise InputError(
            f"service_models.features: at most {MOST_FEATURES} features, found {len(features)}"
        )
    absent = [name for name in features if name not in set(matrix["feature"])]
    if absent:
        raise InputError(f"service_models.features: no feature {absent[0]} in the matrix")
    used = known_effects(effects)
    values = feature_values(matrix, features).reindex(used["area"])
    enough = [name for name in features if _enough(values[[name]].dropna(), name)]
    whole = values[enough].dropna()
    kept = [name for name in enough if _enough(whole, name)]
    if kept != enough:  # together they leave too few; none of them is then to be preferred
        kept, whole = [], values.iloc[:0]
    rows = [_mean_row(used)]
    numbers = _slopes(used, whole[kept]) if kept else {}
    for name in features:
        known = whole if name in kept else values[[name]].dropna()
        rows.append(_feature_row(name, known[name], len(used)) | numbers.get(name, _too_few()))
    what = effects[_WHAT].iloc[0].to_dict()
    frame = pd.DataFrame([what | row for row in rows])
    return frame.reindex(columns=list(META_REGRESSION.columns))


def feature_values(matrix: pd.DataFrame, features: Sequence[str]) -> pd.DataFrame:
    """Give each area's features as numbers: yes is 1, no is 0, unknown is missing."""
    mine = matrix[matrix["feature"].isin(features)]
    words = mine.pivot(index="area", columns="feature", values="value").reindex(columns=[*features])
    numbers = words.replace({"yes": "1", "no": "0"})
    parsed = {name: pd.to_numeric(numbers[name], errors="coerce") for name in features}
    return pd.DataFrame(parsed, index=numbers.index, columns=[*features]).astype(float)


def _high(values: pd.Series) -> pd.Series:
    """Tell which areas have a feature, or more of it than the median area."""
    binary = values.isin([0.0, 1.0]).all()
    return values > (0.0 if binary else values.median())


def _enough(values: pd.DataFrame, name: str) -> bool:
    high = int(_high(values[name]).sum())
    return min(high, len(values) - high) >= FEWEST_ON_A_SIDE


def _mean_row(used: pd.DataFrame) -> dict[str, object]:
    """Give the mean effect of all areas, and whether they differ more than by chance."""
    row: dict[str, object] = {"feature": None, "n_areas": len(used), "n_unknown": 0}
    if len(used) < 2 * FEWEST_ON_A_SIDE:
        return row | _too_few()
    return row | _fit(used, pd.DataFrame(index=used["area"]))[""]


def _slopes(used: pd.DataFrame, values: pd.DataFrame) -> dict[str, dict[str, object]]:
    columns = np.column_stack([np.ones(len(values)), values.to_numpy()])
    if np.linalg.matrix_rank(columns) < columns.shape[1]:
        return {name: {"identified": "no_variation"} for name in map(str, values)}
    return _fit(used.set_index("area").loc[values.index].reset_index(), values)


def _fit(used: pd.DataFrame, values: pd.DataFrame) -> dict[str, dict[str, object]]:
    """Give the numbers of the constant, under an empty name, and of each feature."""
    estimates = used["estimate"].to_numpy(float)
    variances = used["own_std_error"].to_numpy(float) ** 2
    regressors = np.column_stack([np.ones(len(used)), values.to_numpy()])
    fitted = random_effects(estimates, variances, regressors)
    degrees = len(estimates) - regressors.shape[1]
    covariance = fitted.covariance * fitted.scale
    covariance[0, 0] += shared_variance(used)  # the controls move all areas alike, no slope
    spread = {
        "identified": "ok",
        "tau_squared": fitted.tau_squared,
        "q": fitted.q,
        "q_p_value": homogeneity_p_value(
            fitted.q, degrees, float(used["degrees_of_freedom"].iloc[0])
        ),
        "i_squared": fitted.i_squared,
    }
    found = {}
    for place, name in enumerate(["", *values]):
        estimate, variance = float(fitted.params[place]), float(covariance[place, place])
        found[name] = spread | t_inference(estimate, float(np.sqrt(variance)), degrees)
        found[name]["estimate"] = estimate
    return found


def _feature_row(name: str, known: pd.Series, n_effects: int) -> dict[str, object]:
    high = int(_high(known).sum())
    return {
        "feature": name,
        "n_areas": len(known),
        "n_unknown": n_effects - len(known),
        "n_high": high,
        "n_low": len(known) - high,
    }


def _too_few() -> dict[str, object]:
    return {"identified": "too_few_areas"}
