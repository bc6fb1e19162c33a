"""Linear combinations of two estimates, such as costs shifted from one payer to another.

Of a benefit that two payers share, one payer's effect less its share before the start times the
whole benefit's effect is what moved between the payers, apart from what the benefit itself grew
or shrank.
"""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np
import pandas as pd

from kuntakokeilu.contracts import COMBINATIONS, conform
from kuntakokeilu.estimation.clustered import t_inference
from kuntakokeilu.estimation.joint import Pair, joint
from kuntakokeilu.study import Combination

_INFERRED = ("std_error", "ci_low", "ci_high", "p_value", "degrees_of_freedom")


def estimate_combinations(
    estimates: pd.DataFrame, influence: pd.DataFrame, combinations: Iterable[Combination]
) -> pd.DataFrame:
    """Estimate combinations: the first estimate less a factor times the second.

    Parameters
    ----------
    estimates : DataFrame
        Contract ESTIMATES, with the estimands of all combinations.
    influence : DataFrame
        Contract INFLUENCE, with the same.
    combinations : iterable of Combination
        What is taken off what, and how many times.

    Returns
    -------
    DataFrame
        Contract COMBINATIONS. The factor is taken as given: with `baseline_share`, the error of
        the share itself is not in the interval. Where the second mean is zero there is no share,
        and the combination has no number.
    """
    rows = [_row(estimates, influence, combination) for combination in combinations]
    return conform(pd.DataFrame(rows), COMBINATIONS)


def _row(
    estimates: pd.DataFrame, influence: pd.DataFrame, combination: Combination
) -> dict[str, object]:
    pair = joint(estimates, influence, (combination.first, combination.second))
    factor = _factor(combination, pair)
    taken = np.array([1.0, -factor])
    estimate, variance = taken @ pair.params, taken @ pair.covariance @ taken
    names = {"combination", "first", "second", "role", "unit"}
    row = combination.model_dump(include=names) | pair.facts
    row |= {"factor": factor, "estimate": estimate} | dict.fromkeys(_INFERRED, np.nan)
    if np.isnan(factor) and pair.facts["identified"] == "ok":
        row["identified"] = "no_variation"
    if pair.degrees and not np.isnan(variance):
        inferred = t_inference(estimate, np.sqrt(variance), pair.degrees)
        row |= {name: inferred[name] for name in _INFERRED}
    return row


def _factor(combination: Combination, pair: Pair) -> float:
    if combination.factor != "baseline_share":
        return float(combination.factor)
    # ASSUME: the share before the start would have stayed; its sampling error is left out.
    first, second = pair.baseline_means
    return first / second if second else np.nan
