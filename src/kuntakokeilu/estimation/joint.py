"""Two estimates at once: their values, and their covariance from the influence functions."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from kuntakokeilu.errors import InputError


@dataclass(frozen=True)
class Pair:
    """Two estimates that are each one number.

    Attributes
    ----------
    params : ndarray, shape (2,)
        The estimates, missing if one of them does not exist.
    covariance : ndarray, shape (2, 2)
        Cluster-robust covariance; missing if one of the variances is unknown.
    degrees : float or None
        Clusters that both have, less one, or the fewer of the estimates' own where CR2 leads one
        of them; None without a covariance.
    baseline_means : ndarray, shape (2,)
        Weighted means of the trial arm before the start.
    facts : dict
        n_trial_clusters, n_control_clusters and identified, as in the contracts.
    """

    params: np.ndarray
    covariance: np.ndarray
    degrees: float | None
    baseline_means: np.ndarray
    facts: dict[str, Any]


def single_row(estimates: pd.DataFrame, estimand: str) -> pd.Series:
    """Find the one leading row of an estimand that is one number."""
    mine = estimates["estimand"].eq(estimand) & estimates["leading"]
    if mine.sum() != 1:
        raise InputError(f"ESTIMATES: expected one leading row of {estimand}, found {mine.sum()}")
    return estimates[mine].iloc[0]


def shared_degrees(rows: Sequence[pd.Series], n_clusters: int) -> float:
    """Degrees of freedom of a combination of estimates that share so many clusters.

    ASSUME: where CR2 leads one of them, the combination has as few as the one with fewest; its own
    would need the regressions side by side.
    """
    degrees = float(max(n_clusters - 1, 0))
    if all(row["inference"] == "cluster_area" for row in rows):
        return degrees
    return min([degrees, *(float(row["degrees_of_freedom"]) for row in rows)])


def joint(estimates: pd.DataFrame, influence: pd.DataFrame, names: tuple[str, str]) -> Pair:
    """Put two estimates side by side with their covariance.

    Parameters
    ----------
    estimates : DataFrame
        Contract ESTIMATES, with both estimands.
    influence : DataFrame
        Contract INFLUENCE, with both estimands: products of values summed over clusters are
        covariances. A cluster that one of them lacks says nothing about their covariance.
    names : tuple of str
        The two estimands, each one number.

    Returns
    -------
    Pair
    """
    rows = [single_row(estimates, name) for name in names]
    reasons = [row["identified"] for row in rows if row["identified"] != "ok"]
    sums = influence[influence["estimand"].isin(names)].pivot(
        index="cluster", columns="estimand", values="value"
    )
    covariance, degrees = np.full((2, 2), np.nan), None
    if set(names) <= set(sums):
        both = sums[list(names)]
        filled = both.fillna(0.0).to_numpy()
        covariance = filled.T @ filled
        degrees = shared_degrees(rows, len(both.dropna())) or None
    return Pair(
        params=np.array([row["estimate"] for row in rows], dtype=float),
        covariance=covariance,
        degrees=degrees,
        baseline_means=np.array([row["baseline_mean"] for row in rows], dtype=float),
        facts={
            **{
                name: min(int(row[name]) for row in rows)
                for name in ("n_trial_clusters", "n_control_clusters")
            },
            "identified": reasons[0] if reasons else "ok",
        },
    )
