"""Which bounds may leave: those of estimates that all may."""

from __future__ import annotations

import pandas as pd
import pandera.pandas as pa

from kuntakokeilu.contracts import (
    BOUNDS_NUMBERS,
    BOUNDS_RELEASED,
    EQUIVALENCE_NUMBERS,
    EQUIVALENCE_RELEASED,
    POWER_NUMBERS,
    PRE_TREND_POWER_RELEASED,
    conform,
)


def release_bounds(bounds: pd.DataFrame, released: pd.DataFrame) -> pd.DataFrame:
    """Give bounds the status of their estimate, and blank those of one that is hidden.

    The event study behind bounds is of the same persons as the estimate, cut into bins: one of
    which a number is suppressed hides them all.

    Parameters
    ----------
    bounds : DataFrame
        Contract BOUNDS.
    released : DataFrame
        Contract RELEASED, with the estimands of all bounds.

    Returns
    -------
    DataFrame
        Contract BOUNDS_RELEASED.
    """
    return _release(bounds, released, BOUNDS_NUMBERS, BOUNDS_RELEASED)


def release_pre_trend_power(power: pd.DataFrame, released: pd.DataFrame) -> pd.DataFrame:
    """Give the power before the start the status of its estimate; see `release_bounds`."""
    return _release(power, released, POWER_NUMBERS, PRE_TREND_POWER_RELEASED)


def release_equivalence(equivalence: pd.DataFrame, released: pd.DataFrame) -> pd.DataFrame:
    """Give equivalence tests the status of their estimate; see `release_bounds`."""
    return _release(equivalence, released, EQUIVALENCE_NUMBERS, EQUIVALENCE_RELEASED)


def _release(
    frame: pd.DataFrame,
    released: pd.DataFrame,
    numbers: tuple[str, ...],
    schema: pa.DataFrameSchema,
) -> pd.DataFrame:
    by_status = {
        status: frame["estimand"].isin(released.loc[released["status"] == status, "estimand"])
        for status in ("failed_diagnostic", "not_identified", "suppressed")
    }
    status = pd.Series("ok", index=frame.index, dtype=object)
    status = status.mask(by_status["failed_diagnostic"], "failed_diagnostic")
    status = status.mask(frame["identified"].ne("ok") | by_status["not_identified"])
    status = status.fillna("not_identified").mask(by_status["suppressed"], "suppressed")
    blank = status.isin(["suppressed", "not_identified"])
    shown = {name: frame[name].mask(blank) for name in numbers}
    return conform(frame.assign(status=status, **shown), schema)
