"""Signs that an assumption of the design is broken: others touched, levels, common shocks."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
from scipy import stats

from kuntakokeilu.diagnostics.balance import moments
from kuntakokeilu.diagnostics.pairs import difference, find_att
from kuntakokeilu.diagnostics.pretrends import pooled
from kuntakokeilu.diagnostics.rows import LEVEL, alike, check_row
from kuntakokeilu.diagnostics.shocks import shared_shocks
from kuntakokeilu.estimation import Sample
from kuntakokeilu.study import Estimand

# ASSUME: a quarter of a standard deviation between the arms' levels is where regression begins to
# lean on its functional form (Imbens & Rubin 2015, Causal Inference, ch. 14); a gap that sampling
# of areas explains is none.
MAX_LEVEL = 0.25
# ASSUME: intervals a tenth narrower change no conclusion; a ratio above it must exceed chance too.
MAX_SHOCKS = 1.1
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
        The estimand's sample, one row per unit and period, and population.
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
        checks += area_shocks(frame, estimand)
    return checks


def non_eligible_moves(
    estimates: pd.DataFrame, estimand: Estimand, estimands: list[Estimand]
) -> list[dict[str, Any]]:
    """Test whether those outside the target group changed too in the trial areas.

    Where the difference of the others is taken off, a change is what it takes off.
    """
    if estimand.design not in ("targeted", "eligible_relative"):
        return []
    but = {"design", "population", "contrast", "spillover_share"}
    for other in estimands:
        if other.design != "spillover" or not alike(estimand, other, but=but):
            continue
        if estimand.contrast not in (None, other.population):
            continue
        row = find_att(estimates, other)
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
            f"(it is {result['estimate']:+.3g} higher with them)"
        )
        verdict = "warn" if result["p_value"] < LEVEL else "pass"
        return [check_row("neighbours_differ", statistic, result["p_value"], LEVEL, verdict)]
    return []


def level_differs(frame: pd.DataFrame, estimand: Estimand) -> list[dict[str, Any]]:
    """Compare the arms' levels before the start, in standard deviations between areas.

    Difference-in-differences takes lasting differences of level out; large ones make it less
    plausible that the arms would have moved alike. With few areas even arms of one distribution
    are a quarter of a standard deviation apart, so that the threshold is what sampling of areas
    explains, where that is more.
    """
    if estimand.transform == "minus_base_year":
        return []  # what is left has no level
    before = frame[frame["period"] < frame["first_treated"].dropna().min()]
    sums = before.assign(wy=before["w"] * before["y"]).groupby(["trial", "cluster"])[["wy", "w"]]
    areas = sums.sum()
    arms = [areas.loc[arm] for arm in (True, False) if arm in areas.index.get_level_values(0)]
    if len(arms) < 2 or min(len(arm) for arm in arms) < 2:
        return []
    levels = [((arm["wy"] / arm["w"]).to_numpy(), arm["w"].to_numpy()) for arm in arms]
    (trial, var_trial), (control, var_control) = (moments(*arm) for arm in levels)
    spread = np.sqrt((var_trial + var_control) / 2)
    if not spread > 0:
        return []
    error = np.hypot(_error(*levels[0]), _error(*levels[1])) / spread
    by_chance = stats.t(len(areas) - 2).ppf(1 - LEVEL / 2) * error
    statistic = (
        "difference of the arms' levels before the start (trial less control), in standard "
        "deviations between areas"
    )
    gap, threshold = (trial - control) / spread, max(MAX_LEVEL, by_chance)
    verdict = "warn" if abs(gap) > threshold else "pass"
    return [check_row("level_differs", statistic, gap, threshold, verdict)]


def _error(values: np.ndarray, weights: np.ndarray) -> float:
    """Standard error of the weighted mean of areas, each an independent draw."""
    share = weights / weights.sum()
    residuals = values - share @ values
    return float(np.sqrt(len(values) / (len(values) - 1) * (share**2) @ residuals**2))


def area_shocks(frame: pd.DataFrame, estimand: Estimand) -> list[dict[str, Any]]:
    """Compare the standard errors clustered by area and by unit, and with what chance would do."""
    whole = pooled(estimand).model_copy(update={"strata": None})
    shocks = shared_shocks(Sample(frame, whole))
    if shocks is None:
        return []
    statistic = (
        "standard error clustered by area over that clustered by unit; above what chance explains, "
        "shocks are common to areas and clustering by unit would understate"
    )
    threshold = max(MAX_SHOCKS, shocks.by_chance)
    verdict = "warn" if shocks.ratio > threshold else "pass"
    return [check_row("area_shocks", statistic, shocks.ratio, threshold, verdict)]
