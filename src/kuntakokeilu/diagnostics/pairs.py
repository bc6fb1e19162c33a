"""What two estimates of one effect each give together, clusters shared."""

from __future__ import annotations

import numpy as np
import pandas as pd

from kuntakokeilu.estimation import shared_degrees, t_inference
from kuntakokeilu.study import Estimand


def difference(
    estimates: pd.DataFrame, influences: pd.DataFrame, estimand: Estimand, other: Estimand
) -> dict[str, float] | None:
    """Test the difference of two estimates of one effect each, by their leading inference.

    The cluster sums of influence functions are subtracted, so that what the two samples share
    cancels; a cluster that one of them lacks has zero there.

    Parameters
    ----------
    estimates, influences : DataFrame
        Contracts ESTIMATES and INFLUENCE with the rows of both.
    estimand, other : Estimand
        The two.

    Returns
    -------
    dict or None
        estimate, and what `t_inference` gives; None if one has no number or no standard error,
        or if they do not differ at all.
    """
    return _combine(estimates, influences, estimand, other, -1.0)


def total(
    estimates: pd.DataFrame, influences: pd.DataFrame, estimand: Estimand, other: Estimand
) -> dict[str, float] | None:
    """Test the sum of two estimates of one effect each, as `difference` does."""
    return _combine(estimates, influences, estimand, other, 1.0)


def find_att(estimates: pd.DataFrame, estimand: Estimand) -> pd.Series | None:
    """Find the leading row of an estimand's one effect; None if it has none.

    Returns
    -------
    Series or None
        A row of ESTIMATES.
    """
    rows = estimates[
        (estimates["estimand"] == estimand.estimand)
        & (estimates["term"] == "att")
        & estimates["leading"]
        & (estimates["identified"] == "ok")
    ]
    if rows.empty:
        return None
    return rows.iloc[0]


def _combine(
    estimates: pd.DataFrame,
    influences: pd.DataFrame,
    estimand: Estimand,
    other: Estimand,
    sign: float,
) -> dict[str, float] | None:
    rows = [find_att(estimates, one) for one in (estimand, other)]
    first, second = rows
    if first is None or second is None:
        return None
    sums = [
        influences[(influences["estimand"] == one.estimand) & (influences["term"] == "att")]
        .set_index("cluster")["value"]
        .astype(float)
        for one in (estimand, other)
    ]
    combined = float(first["estimate"] + sign * second["estimate"])
    values = sums[0].add(sign * sums[1], fill_value=0.0)
    std_error = float(np.sqrt((values**2).sum()))
    if min(len(part) for part in sums) == 0 or not std_error > 0:
        return None
    return {
        "estimate": combined,
        **t_inference(combined, std_error, shared_degrees([first, second], len(values))),
    }
