"""The variance of four means of persons, where no cluster tells of it.

A repeated cross-section of two groups and two periods has one cluster in each arm, so that what
clusters share cannot be told from the effect. What is left is how exactly persons were sampled:
the variances within the four groups, unequal as they are (Welch 1947, Biometrika 34(1/2)).
"""

from __future__ import annotations

import numpy as np
import pandas as pd

from kuntakokeilu.estimation.clustered import t_inference
from kuntakokeilu.study import Estimand


def two_sample_inference(
    frame: pd.DataFrame, estimand: Estimand, estimate: float
) -> dict[str, float]:
    """Inference on the difference of four means from the persons within them.

    Parameters
    ----------
    frame : DataFrame
        A sample with n and sum_sq.
    estimand : Estimand
        Its estimand.
    estimate : float
        The fitted effect.

    Returns
    -------
    dict
        Columns of ESTIMATES. None unless the estimator is `two_by_two` on means of persons who
        count alike, with one period on each side of the start: within a side the same persons may
        come back, and are then not independent. Shocks common to a group are not in it.
    """
    asked = not estimand.method.unit_effects and estimand.transform == "none"
    asked = asked and not estimand.controls
    if not asked or estimand.contrast is not None or estimand.weights != "persons_current":
        return {}
    after = frame["period"] >= frame["first_treated"].dropna().iloc[0]
    persons, weight = frame["n"], frame["weight_current"]
    alike = persons.notna().all() and np.allclose(persons.astype(float), weight)
    once = frame["period"].groupby(after).nunique().max() == 1
    if not alike or not once or frame["sum_sq"].isna().any():
        return {}
    sums = frame.assign(total=frame["y"] * weight, persons=weight)
    groups = sums.groupby([frame["trial"], after])[["total", "persons", "sum_sq"]].sum()
    n = groups["persons"]
    if len(groups) < 4 or n.min() < 2:
        return {}
    variance = (groups["sum_sq"] - groups["total"] ** 2 / n).clip(lower=0.0) / (n - 1) / n
    if not variance.sum() > 0:
        return {}
    degrees = variance.sum() ** 2 / (variance**2 / (n - 1)).sum()
    return t_inference(estimate, float(np.sqrt(variance.sum())), float(degrees))
