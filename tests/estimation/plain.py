"""Second computations: numpy and pandas alone, plain dummies and least squares."""

from __future__ import annotations

import itertools
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd


@dataclass
class Fitted:
    coefficients: np.ndarray
    residuals: np.ndarray
    covariance: np.ndarray | None
    clusters: int
    full_rank: int  # all columns, unit dummies included
    n_params: int  # regressors, period dummies beyond the first (of a group), and a constant


def least_squares(x, unit, period, y, weights=None, clusters=None, groups=None) -> Fitted:
    """OLS of y on x, a dummy for each unit and, in every group, each period but the first.

    The covariance is the sandwich over cluster sums of scores of all columns, times
    G/(G-1) x (N-1)/(N-K); K leaves the unit dummies out.
    """
    x = np.asarray(x, float).reshape(len(y), -1)
    y = np.asarray(y, float)
    w = np.ones(len(y)) if weights is None else np.asarray(weights, float)
    w = w / w.mean()
    groups = np.zeros(len(y)) if groups is None else np.asarray(groups)
    blocks = [x, dummies(unit)]
    for group in np.unique(groups):
        inside = (groups == group)[:, None]
        within = dummies(np.where(inside[:, 0], np.asarray(period, str), ""))
        first = 2 if (~inside).any() else 1  # column 0 is "not in this group"
        blocks.append(within[:, first:])
    full = np.hstack(blocks)
    cross = full.T @ (w[:, None] * full)
    beta = np.linalg.solve(cross, full.T @ (w * y))
    residuals = y - full @ beta
    k = x.shape[1]
    n_params = k + sum(block.shape[1] for block in blocks[2:]) + 1
    if clusters is None:
        return Fitted(beta[:k], residuals, None, 0, full.shape[1], n_params)
    scores = full * (w * residuals)[:, None]
    names = np.unique(np.asarray(clusters, str))
    sums = np.array([scores[np.asarray(clusters, str) == name].sum(axis=0) for name in names])
    bread = np.linalg.inv(cross)
    n, g = len(y), len(names)
    factor = g / (g - 1) * (n - 1) / (n - n_params)
    covariance = factor * (bread @ sums.T @ sums @ bread)[:k, :k]
    return Fitted(beta[:k], residuals, covariance, g, full.shape[1], n_params)


def dummies(labels) -> np.ndarray:
    labels = np.asarray(labels, str)
    return (labels[:, None] == np.unique(labels)[None, :]).astype(float)


def four_means(y, trial, post, weights=None) -> float:
    y, trial, post = np.asarray(y, float), np.asarray(trial, bool), np.asarray(post, bool)
    w = np.ones(len(y)) if weights is None else np.asarray(weights, float)

    def mean(chosen):
        return (w[chosen] * y[chosen]).sum() / w[chosen].sum()

    change = mean(trial & post) - mean(trial & ~post)
    return change - (mean(~trial & post) - mean(~trial & ~post))


def exact_p_value(labels: list, statistic) -> float:
    """Share of all distinct ways of dealing the labels with a statistic as large as observed."""
    observed = abs(statistic(tuple(labels)))
    deals = set(itertools.permutations(labels))
    return float(np.mean([abs(statistic(deal)) >= observed - 1e-9 for deal in deals]))


def event_dummies(period_number, start_number, per_bin=1):
    """Columns of bins of event time but the last before the start; never treated: nan start."""
    since = np.asarray(period_number, float) - np.asarray(start_number, float)
    bins = np.floor(since / per_bin)
    names = [int(b) for b in np.unique(bins[~np.isnan(bins)]) if b != -1]
    return names, np.column_stack([(bins == b).astype(float) for b in names])


def unemployment(data: Path, config: Path, study: str, first: str, last: str) -> pd.DataFrame:
    """The balanced panel of rates behind an open study, straight from the raw files.

    unit, month (text), number (months since 0), y, trial, cluster, region, labour.
    """
    merged = _mergers(config)
    areas = pd.read_csv(config / "studies" / study / "areas.csv", dtype=str)
    areas["unit"] = areas["code"].replace(merged)
    known = pd.read_csv(config / "municipalities.csv", dtype=str, keep_default_na=False)
    known = known[
        (known["valid_from"] <= "2025") & known["valid_to"].replace("", "9999").ge("2025")
    ]
    rates = pd.read_csv(data / "statfin/12r5_unemployment_rate_2007_2025.csv", dtype={"kunta": str})
    rates = rates.rename(columns={"kunta": "unit", "unemployment_rate_pct": "y"})
    rates["y"] = pd.to_numeric(rates["y"], errors="coerce")
    rates = rates[(rates["month"] >= first) & (rates["month"] <= last)]
    area = areas[areas["arm"] == "trial"].drop_duplicates("unit").set_index("unit")["area"]
    out = set(areas.loc[areas["arm"] == "neither", "unit"])
    frame = rates.merge(known[["code", "region", "sub_region"]], left_on="unit", right_on="code")
    frame = frame[(frame["region"] != "21") & ~frame["unit"].isin(out)].dropna(subset=["y"])
    frame["trial"] = frame["unit"].isin(area.index)
    frame["cluster"] = frame["unit"].map(area).fillna(frame["sub_region"])
    frame["number"] = frame["month"].str[:4].astype(int) * 12 + frame["month"].str[5:].astype(int)
    return frame.reset_index(drop=True)


def labour_force(data: Path, config: Path, month: str) -> pd.Series:
    counts = pd.read_csv(data / "statfin/12r5_counts_2006_2023.csv", dtype={"kunta": str})
    counts = counts[counts["month"] == month]
    return counts.groupby(counts["kunta"].replace(_mergers(config)))["labour_force"].sum()


def _mergers(config: Path) -> dict[str, str]:
    table = pd.read_csv(config / "municipality_mergers.csv", dtype=str)
    step = dict(zip(table["code_from"], table["code_to"], strict=True))
    return {code: step.get(step[code], step[code]) for code in step}


def hotelling_p_value(estimates: np.ndarray, covariance: np.ndarray, g: int) -> float:
    """Hotelling's T-squared of q means of g draws, referred to F(q, g - q)."""
    from scipy.special import fdtrc

    q = len(estimates)
    t_squared = estimates @ np.linalg.inv(covariance) @ estimates
    return float(fdtrc(q, g - q, t_squared * (g - q) / (q * (g - 1))))
