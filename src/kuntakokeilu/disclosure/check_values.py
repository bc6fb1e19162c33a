"""How exactly the values of checks leave: by what a check counts.

A share of 6.892e-05 of a weight of persons is a fraction of whole numbers that only one count
fits, and p-values give back the errors behind them. Numbers within a check's words are of the
same kind.
"""

from __future__ import annotations

import re

import numpy as np
import pandas as pd

from kuntakokeilu.disclosure.engine.rounding import coarse, to_step
from kuntakokeilu.disclosure.precision import DIGITS, ERROR_DIGITS, p_digits, p_value, round_up

# ASSUME: a hundredth of an arm tells a reader enough of what is missing from it.
SHARE_STEP = 0.01
# Shares of the weight of persons.
SHARES = frozenset(
    {
        "cells_left_out",
        "missing_differs",
        "movers",
        "one_sided_units",
        "overlap",
        "largest_cluster_share",
    }
)
# Of units, clusters, starts and periods, which are public.
PUBLIC = frozenset(
    {
        "few_clusters",
        "areas_left_out",
        "units_left_out",
        "pre_trend_untested",
        "composition_untested",
        "ring_untested",
        "negative_control_untested",
        "staggered_starts",
        "already_treated_controls",
        "mixed_periods",
        "false_starts",
    }
)
P_VALUES = frozenset(
    {
        "anticipation",
        "composition",
        "neighbours_differ",
        "non_eligible_moves",
        "pre_trend",
        "pre_trend_clustered",
        "pre_trend_slope",
        "recording",
        "ring_left_out",
        "ring_moves",
        "negative_control",
    }
)
PLACEBO = "placebo"  # these are named after their start
_DECIMALS = re.compile(r"(?<![\w.])\d+\.\d+(?:e[-+]?\d+)?")


def coarse_checks(checks: pd.DataFrame, fewest: pd.Series, base: int) -> pd.DataFrame:
    """Round the values of checks, and the numbers in what they say.

    Parameters
    ----------
    checks : DataFrame
        Contract DIAGNOSTICS, as it may leave but for its digits.
    fewest : Series of float
        Estimand to the fewest persons in an arm and period behind it.
    base : int
        What counts of persons are rounded to.

    Returns
    -------
    DataFrame
        Shares of persons in steps of a hundredth, or coarser where that would tell fewer than
        `base` persons; p-values with the digits of other p-values; anything else, and decimal
        numbers in words, with three significant digits; what is counted of units, clusters and
        periods is public and has four.
    """
    persons = checks["estimand"].map(fewest).astype(float)
    known = zip(checks["check"], checks["value"].astype(float), persons, strict=True)
    values = [_value(str(check), value, n, base) for check, value, n in known]
    return checks.assign(
        value=values, statistic=[_DECIMALS.sub(_coarse, said) for said in checks["statistic"]]
    )


def _value(check: str, value: float, persons: float, base: int) -> float:
    if np.isnan(value):
        return value
    if check in PUBLIC:
        return coarse(value, digits=DIGITS)
    if check in SHARES:
        step = round_up(2 * base / persons) if persons > 0 else SHARE_STEP  # half of it at zero
        return to_step(value, max(SHARE_STEP, step))
    if check in P_VALUES or check.startswith(PLACEBO):
        return p_value(value, p_digits(persons, base))
    return coarse(value, digits=ERROR_DIGITS)


def _coarse(found: re.Match[str]) -> str:
    text = found.group()
    made = f"{float(text):.{ERROR_DIGITS}g}"
    return made if len(made) < len(text) else text
