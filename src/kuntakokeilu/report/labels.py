"""Names of things and forms of numbers, as readers see them. English for now.

Every short word a reader sees stands here; every sentence stands in `words`.
"""

from __future__ import annotations

from typing import Any

import pandas as pd

MINUS = "\u2212"
SIMULATED = "simulated data"
FAILED = "failed diagnostic"
HOLLOW = "hollow: failed diagnostic"
NOTHING = "No number may be shown."
NO_INTERVAL = "no interval"

ROLES = {
    "main": "main",
    "robustness": "robustness",
    "leave_one_out": "one area left out",
    "placebo": "placebo",
    "benchmark": "benchmark",
}
ESTIMATORS = {
    "two_by_two": "two by two means",
    "two_way_fixed_effects": "two-way fixed effects",
    "event_study": "event study",
    "window_effects": "effects by calendar window",
}
STATUSES = {
    "ok": "",
    "failed_diagnostic": FAILED,
    "not_identified": "cannot be estimated",
    "suppressed": "suppressed",
}
REASONS = {
    "no_data": "there are no data for it",
    "no_trial": "no trial unit has data",
    "no_control": "no unit is left to compare with",
    "no_pre_period": "no period before the start is observed",
    "no_post_period": "no period after the start is observed",
    "no_variation": "within the effects and covariates nothing is left to compare",
}
CHECKS = {
    "few_clusters": "Number of clusters",
    "largest_cluster_share": "Weight of the largest cluster",
    "cells_left_out": "Cells without a value",
    "pre_trend": "Movement before the start, areas dealt at random",
    "pre_trend_clustered": "Movement before the start, clustered by area",
    "pre_trend_slope": "Linear drift before the start",
    "undetected_drift": "Drift that the data could not reveal",
    "weights_agree_in_sign": "Same sign under all weights",
    "comparable": "Comparable before the start",
    "staggered_starts": "Starts that differ",
}
# What concerns movement before the start or the clusters, and must be read with the number.
CAUTIONS = (
    "few_clusters",
    "largest_cluster_share",
    "cells_left_out",
    "pre_trend",
    "pre_trend_clustered",
    "pre_trend_slope",
    "staggered_starts",
)
VERDICTS = {"pass": "passes", "warn": "needs care", "fail": "fails"}
HEADINGS = {
    "estimand": "Estimand",
    "effect": "Estimate",
    "interval": "95 % interval",
    "p_area": "p, clusters: areas",
    "p_municipality": "p, clusters: municipalities",
    "p_permutation_area": "p, areas permuted",
    "p_permutation_municipality": "p, municipalities permuted",
    "baseline_mean": "Mean before the start",
    "minimum_detectable_effect": "Detectable effect",
    "clusters": "Clusters, trial + control",
    "units": "Units, trial + control",
    "weights": "Weights",
    "check": "Check",
    "verdict": "Verdict",
    "statistic": "What was computed",
    "value": "Value",
    "threshold": "Threshold",
    "item": "Item",
    "content": "Content",
}
PROVENANCE = {
    "project_version": "Version of the software",
    "commit": "Commit of the code",
    "study_sha256": "Hash of the study's settings (SHA-256)",
    "python": "Python",
    "seed": "Seed of everything random",
    "packages": "Package",
    "inputs": "Input (SHA-256)",
    "files": "Released file (SHA-256)",
}
_WEIGHTS = {
    "municipality": "municipalities equal",
    "area": "areas equal",
    "persons_frozen": "weighted by persons before the start",
    "persons_current": "weighted by persons in each period",
}
_BINS = {
    ("M", 1): "months",
    ("M", 3): "quarters",
    ("M", 6): "half-years",
    ("M", 12): "years",
    ("Q", 1): "quarters",
    ("Q", 2): "half-years",
    ("Q", 4): "years",
    ("Y", 1): "years",
}
_PERIODS = {"M": "months", "Q": "quarters", "Y": "years"}


def number(value: float, decimals: int, *, sign: bool = False) -> str:
    """Write a number with a true minus; an en dash stands for a missing one."""
    if pd.isna(value):
        return "–"
    text = f"{value:{'+' if sign else ''},.{decimals}f}"
    if not text.strip("+-0.,"):
        text = text.lstrip("+-")
    return text.replace("-", MINUS)


def significant(value: float, digits: int = 3) -> str:
    """Write a number with so many significant digits."""
    return "–" if pd.isna(value) else f"{value:.{digits}g}".replace("-", MINUS)


def p_text(p: float) -> str:
    """Write a p-value: `p = 0.386`, or `p < 0.001`."""
    if pd.isna(p):
        return "p not available"
    return "p < 0.001" if p < 0.001 else f"p = {p:.3f}"


def p_number(p: float) -> str:
    """Write a p-value for a table column that is headed p."""
    return "–" if pd.isna(p) else p_text(p).removeprefix("p = ").removeprefix("p ")


def stars(p: float) -> str:
    """Mark a p-value: `*` below 0.05, `**` below 0.01, `***` below 0.001.

    Only the p-value clustered by area may be given.
    """
    return "" if pd.isna(p) else "*" * sum(p < level for level in (0.05, 0.01, 0.001))


def interval(low: float, high: float, decimals: int) -> str:
    """Write both ends of an interval with their signs."""
    return f"{number(low, decimals, sign=True)} to {number(high, decimals, sign=True)}"


def humanise(name: str) -> str:
    """Turn a name of the configuration into words."""
    return name.replace("_", " ").replace(".", ": ")


def sentence_case(text: str) -> str:
    """Begin with a capital and leave the rest as it is."""
    return text[:1].upper() + text[1:]


def check_label(check: str) -> str:
    """Name a diagnostic check."""
    return CHECKS.get(check, humanise(check).capitalize())


def unit_noun(units: str) -> tuple[str, str]:
    """Name the smaller and the larger unit of a study: municipality and area, or neutral."""
    return ("municipality", "area") if units == "municipality" else ("unit", "cluster")


def clustering(units: str) -> str:
    """Say what the intervals that count are clustered by."""
    return "clustered by area" if units == "municipality" else "with the declared clusters"


def plural(noun: str) -> str:
    """Plural of a noun of this module."""
    return noun[:-1] + "ies" if noun.endswith("y") else noun + "s"


def weights_label(weights: str, units: str = "municipality", frozen: str | None = None) -> str:
    """Say how units are weighted; `frozen` names the weight before the start, if known."""
    if weights == "persons_frozen" and frozen:
        return f"weighted by {frozen} before the start"
    if units != "municipality" and weights in ("municipality", "area"):
        small, large = unit_noun(units)
        return f"{plural(small if weights == 'municipality' else large)} equal"
    return _WEIGHTS.get(weights, humanise(weights))


def heading(column: str, units: str = "municipality") -> str:
    """Head a column; areas and municipalities are clusters and units in other studies."""
    text = HEADINGS.get(column, humanise(column))
    if units == "municipality":
        return text
    for noun, other in zip(("municipality", "area"), unit_noun(units), strict=True):
        text = text.replace(plural(noun), plural(other))
    return text


def specification(estimand: str) -> str:
    """Return the part of an estimand's name that tells it from others of the same outcome."""
    return humanise(estimand.partition(".")[2] or estimand)


def window_label(window: str, windows: dict[str, Any]) -> str:
    """Name a calendar window with its first and last period."""
    span = windows.get(window)
    dates = f", {span['first']} to {span['last']}" if span else ""
    return humanise(window) + dates


def bin_label(study: dict[str, Any], estimand: str) -> str:
    """Say what one bin of event time is: months, quarters, or another number of periods.

    A release that does not say how long its bins are gets the neutral word; in one that does,
    an estimand that is not listed has one period per bin.
    """
    if "event_bins" not in study:
        return "bins"
    n = int(study["event_bins"].get(estimand, 1))
    known = _BINS.get((study["frequency"], n))
    return known or f"bins of {n} {_PERIODS[study['frequency']]}"
