"""Rows of DIAGNOSTICS, and which estimands differ in one thing alone."""

from __future__ import annotations

from typing import Any

from kuntakokeilu.study import Estimand

LEVEL = 0.05


def check_row(
    check: str, statistic: str, value: float, threshold: float | None, verdict: str
) -> dict[str, Any]:
    """Make a row of DIAGNOSTICS, without the estimand."""
    return {
        "check": check,
        "statistic": statistic,
        "value": float(value),
        "threshold": threshold,
        "verdict": verdict,
    }


def alike(estimand: Estimand, other: Estimand, *, but: set[str]) -> bool:
    """Tell whether two estimands of a study ask for the same in every respect but some."""
    what = {"outcome", "population", "comparison", "design", "weights", "strata", "sample"}
    how = {"estimator", "effects_by_period", "covariates", "transform", "base_year"}
    when = {"start", "first_period", "last_period", "skip_first", "skip_last", "leave_out_area"}
    when |= {"elapsed_first", "elapsed_last"}
    return all(getattr(estimand, n) == getattr(other, n) for n in (what | how | when) - but)
