"""Rows of DIAGNOSTICS, and which estimands differ in one thing alone."""

from __future__ import annotations

from typing import Any

import pandas as pd

from kuntakokeilu.study import Estimand

LEVEL = 0.05
# ASSUME: more than any disclosure profile asks for, so that what a check says of persons who are
# not those of its estimand need not be hidden one by one.
FEWEST_PERSONS = 100
COLUMNS = ["estimand", "check", "placebo", "statistic", "value", "threshold", "verdict"]
_WORST_FIRST = ("fail", "warn", "pass")


def check_row(
    check: str,
    statistic: str,
    value: float,
    threshold: float | None,
    verdict: str,
    placebo: str | None = None,
) -> dict[str, Any]:
    """Make a row of DIAGNOSTICS, without the estimand; of a placebo start, with its estimand."""
    return {
        "check": check,
        "placebo": placebo,
        "statistic": statistic,
        "value": float(value),
        "threshold": threshold,
        "verdict": verdict,
    }


def worse(
    own: list[dict[str, Any]], other: list[dict[str, Any]], population: str
) -> list[dict[str, Any]]:
    """Keep of each check the worse verdict of two populations, the first one's where they are one.

    A check made of the other population says so.
    """
    checks = {row["check"]: row for row in own}
    for row in other:
        mine = checks.get(row["check"])
        ranks = [_WORST_FIRST.index(each["verdict"]) for each in (row, mine) if each is not None]
        if mine is None or ranks[0] < ranks[1]:
            said = f"{row['statistic']} (population {population})"
            checks[row["check"]] = row | {"statistic": said}
    return list(checks.values())


def worst(rows: pd.DataFrame) -> pd.DataFrame:
    """Keep one row of each estimand and check: the worst verdict, then the largest value."""
    rank = rows["verdict"].map({verdict: k for k, verdict in enumerate(_WORST_FIRST)})
    order = rows.assign(rank=rank).sort_values(
        ["rank", "value"], ascending=[True, False], kind="stable"
    )
    return rows.loc[order.drop_duplicates(["estimand", "check"]).index.sort_values()]


def alike(estimand: Estimand, other: Estimand, *, but: set[str]) -> bool:
    """Tell whether two estimands of a study ask for the same in every respect but some."""
    what = {"outcome", "population", "comparison", "design", "weights", "strata", "sample"}
    how = {"estimator", "effects_by_period", "covariates", "transform", "base_year"}
    how |= {"controls", "trends", "group", "control_group"}
    how |= {"adjustment", "anticipation", "compares"}
    when = {"start", "first_period", "last_period", "skip_first", "skip_last", "leave_out_area"}
    when |= {"elapsed_first", "elapsed_last", "base_last"}
    what |= {"contrast", "spillover_share"}
    return all(getattr(estimand, n) == getattr(other, n) for n in (what | how | when) - but)
