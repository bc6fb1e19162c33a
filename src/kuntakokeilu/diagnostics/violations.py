"""Signs that an assumption of the design is broken: others touched, levels, common shocks."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd

from kuntakokeilu.diagnostics.balance import moments
from kuntakokeilu.diagnostics.rows import LEVEL, alike, check_row
from kuntakokeilu.estimation import t_inference
from kuntakokeilu.study import Estimand

# ASSUME: a quarter of a standard deviation between the arms' levels is where regression begins to
# lean on its functional form (Imbens & Rubin 2015, Causal Inference, ch. 14).
MAX_LEVEL = 0.25
# ASSUME: half as much again is more than the two standard errors differ by chance.
MAX_SHOCKS = 1.5
# A comparison that leaves out a group of this name leaves out the trial areas' neighbours.
NEIGHBOURS = "neighbours"


def violations(
    frame: pd.DataFrame,
    estimates: pd.DataFrame,
    influences: pd.DataFrame,
    estimand: Estimand,
    estimands: list[Estimand],
) -> list[dict[str, Any]]:
    """Look for broken assumptions in a sample and in the other estimands of its outcome.

    Parameters
    ----------
    frame : DataFrame
        The estimand's sample, one row per unit and period.
    estimates, influences : DataFrame
        Contracts ESTIMATES and INFLUENCE of the outcome.
    estimand : Estimand
        What is checked.
    estimands : list of Estimand
        All of the outcome.

    Returns
    -------
    list of dict
        Rows of DIAGNOSTICS without the estimand; only `warn` and `pass`.
    """
    checks = []
    if estimand.role in ("main", "robustness"):
        checks += non_eligible_moves(estimates, estimand, estimands)
    if estimand.role == "main":
        checks += neighbours_differ(estimates, influences, estimand, estimands)
        checks += level_differs(frame, estimand)
        checks += area_shocks(estimates, estimand)
    return checks


def non_eligible_moves(
    estimates: pd.DataFrame, estimand: Estimand, estimands: list[Estimand]
) -> list[dict[str, Any]]:
    """Test whether those outside the target group changed too in the trial areas."""
    if estimand.design != "targeted":
        return []
    for other in estimands:
        if other.design != "spillover" or not alike(estimand, other, but={"design", "population"}):
            continue
        row = _att(estimates, other)
        if row is None or np.isnan(row["p_value"]):
            continue
        statistic = (
            "p-value that nothing changed for those outside the target group in the trial areas "
            f"({other.estimand}, {row['estimate']:+.3g}); a change is a spillover or an area shock"
        )
        verdict = "warn" if row["p_value"] < LEVEL else "pass"
        return [check_row("non_eligible_moves", statistic, row["p_value"], LEVEL, verdict)]
    return []


def neighbours_differ(
    estimates: pd.DataFrame,
    influences: pd.DataFrame,
    estimand: Estimand,
    estimands: list[Estimand],
) -> list[dict[str, Any]]:
    """Test whether the estimate changes when the trial areas' neighbours are no controls."""
    mine = estimand.comparison_rule.exclude_groups
    for other in estimands:
        theirs = other.comparison_rule.exclude_groups
        further = NEIGHBOURS in theirs and NEIGHBOURS not in mine
        if not further or not alike(estimand, other, but={"comparison"}):
            continue
        result = difference(estimates, influences, estimand, other)
        if result is None:
            continue
        statistic = (
            "p-value that the estimate is the same without the trial areas' neighbours "
            f"(it is {result['difference']:+.3g} higher with them)"
        )
        verdict = "warn" if result["p_value"] < LEVEL else "pass"
        return [check_row("neighbours_differ", statistic, result["p_value"], LEVEL, verdict)]
    return []


def difference(
    estimates: pd.DataFrame, influences: pd.DataFrame, estimand: Estimand, other: Estimand
) -> dict[str, float] | None:
    """Test the difference of two estimates of one effect each, clustered by area.

    The cluster sums of influence functions are subtracted, so that what the two samples share
    cancels; a cluster that one of them lacks has zero there.

    Returns
    -------
    dict or None
        difference, and what `t_inference` gives; None if one has no number or no standard error,
        or if they do not differ at all.
    """
    rows = [_att(estimates, one) for one in (estimand, other)]
    if rows[0] is None or rows[1] is None:
        return None
    sums = [
        influences[(influences["estimand"] == one.estimand) & (influences["term"] == "att")]
        .set_index("cluster")["value"]
        .astype(float)
        for one in (estimand, other)
    ]
    gap = float(rows[0]["estimate"] - rows[1]["estimate"])
    values = sums[0].sub(sums[1], fill_value=0.0)
    std_error = float(np.sqrt((values**2).sum()))
    if min(len(part) for part in sums) == 0 or not std_error > 0:
        return None
    return {"difference": gap, **t_inference(gap, std_error, len(values) - 1)}


def level_differs(frame: pd.DataFrame, estimand: Estimand) -> list[dict[str, Any]]:
    """Compare the arms' levels before the start, in standard deviations between areas.

    Difference-in-differences takes lasting differences of level out; large ones make it less
    plausible that the arms would have moved alike.
    """
    if estimand.transform == "minus_base_year":
        return []  # what is left has no level
    before = frame[frame["period"] < frame["first_treated"].dropna().min()]
    sums = before.assign(wy=before["w"] * before["y"]).groupby(["trial", "cluster"])[["wy", "w"]]
    areas = sums.sum()
    arms = [areas.loc[arm] for arm in (True, False) if arm in areas.index.get_level_values(0)]
    if len(arms) < 2 or min(len(arm) for arm in arms) < 2:
        return []
    (trial, var_trial), (control, var_control) = (
        moments((arm["wy"] / arm["w"]).to_numpy(), arm["w"].to_numpy()) for arm in arms
    )
    spread = np.sqrt((var_trial + var_control) / 2)
    if not spread > 0:
        return []
    statistic = (
        "difference of the arms' levels before the start (trial less control), in standard "
        "deviations between areas"
    )
    gap = (trial - control) / spread
    verdict = "warn" if abs(gap) > MAX_LEVEL else "pass"
    return [check_row("level_differs", statistic, gap, MAX_LEVEL, verdict)]


def area_shocks(estimates: pd.DataFrame, estimand: Estimand) -> list[dict[str, Any]]:
    """Compare the standard errors clustered by area and by unit."""
    area, unit = (_att(estimates, estimand, f"cluster_{of}") for of in ("area", "municipality"))
    if area is None or unit is None or not unit["std_error"] > 0 or not area["std_error"] > 0:
        return []
    ratio = area["std_error"] / unit["std_error"]
    statistic = (
        "standard error clustered by area over that clustered by unit; well above one, shocks are "
        "common to areas and clustering by unit would understate"
    )
    verdict = "warn" if ratio > MAX_SHOCKS else "pass"
    return [check_row("area_shocks", statistic, ratio, MAX_SHOCKS, verdict)]


def _att(
    estimates: pd.DataFrame, estimand: Estimand, kind: str = "cluster_area"
) -> pd.Series | None:
    """Find the row of an estimand's one effect, numbers missing if it has none."""
    rows = estimates[
        (estimates["estimand"] == estimand.estimand)
        & (estimates["term"] == "att")
        & (estimates["inference"] == kind)
        & (estimates["identified"] == "ok")
    ]
    if rows.empty:
        return None
    numbers = ["estimate", "std_error", "p_value"]
    return rows.iloc[0][numbers].astype(float)
