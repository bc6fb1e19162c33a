"""p-values of several numbers at once: how likely is it that chance makes any of them so small.

Numbers of one study share clusters, and so their errors. Draws of all of them together come from
the sums of their influence functions by cluster, whose signs change for whole clusters
(multiplier bootstrap), so that numbers that move alike are not paid for twice.
"""

from __future__ import annotations

import numpy as np
import pandas as pd
from scipy import stats

from kuntakokeilu.contracts import MULTIPLICITY, conform
from kuntakokeilu.estimation.bootstrap import bootstrap_weights

DRAWS = 9999
_TIE = 1e-9
_GRID = 1000  # q-values are multiples of 0.001


def romano_wolf(t: np.ndarray, drawn: np.ndarray) -> np.ndarray:
    """Adjust p-values of several t statistics for the chance that any is so large.

    Romano & Wolf (2005, Econometrica 73(4); 2016, Statistics & Probability Letters 113): stepwise,
    each against the largest of those that are not larger, and never below the one before.

    Parameters
    ----------
    t : ndarray, shape (m,)
        Observed statistics.
    drawn : ndarray, shape (draws, m)
        Statistics under the null hypotheses, all of a draw together.

    Returns
    -------
    ndarray, shape (m,)
        Two-sided, (1 + k) / (1 + draws).
    """
    return _stepwise(-np.abs(t), -np.abs(drawn))


def westfall_young(p: np.ndarray, drawn: np.ndarray) -> np.ndarray:
    """Adjust p-values for the chance that any is so small.

    Westfall & Young (1993, Resampling-Based Multiple Testing, Wiley, algorithm 2.8): as
    `romano_wolf`, with the smallest p-value in place of the largest t, so that numbers whose t has
    other degrees of freedom are on one scale.

    Parameters
    ----------
    p : ndarray, shape (m,)
        p-values of each number alone.
    drawn : ndarray, shape (draws, m)
        Statistics under the null hypotheses. Each counts by its rank among the draws of its own
        number, which is a p-value of its own.

    Returns
    -------
    ndarray, shape (m,)
        That of a single number is its own p-value, but for the number of draws.
    """
    return _stepwise(p, p_values_of_draws(drawn))


def p_values_of_draws(drawn: np.ndarray) -> np.ndarray:
    """Give each draw the share of draws of its own number that are as large.

    Parameters
    ----------
    drawn : ndarray, shape (draws, m)
        Statistics under the null hypotheses.

    Returns
    -------
    ndarray, shape (draws, m)
        From 1 / draws to 1.
    """
    size = np.abs(drawn)
    ordered = np.sort(size, axis=0)
    ranks = np.stack(
        [
            np.searchsorted(ordered[:, k], size[:, k] * (1 - _TIE), side="left")
            for k in range(size.shape[1])
        ],
        axis=1,
    )
    return np.asarray((len(size) - ranks) / len(size))


def student_sizes(p: np.ndarray, degrees: np.ndarray) -> np.ndarray:
    """Give the sizes of t that two-sided p-values belong to.

    Draws by the signs of clusters are nearly normal, whatever the t they stand for: against few
    degrees of freedom they are too small. By their ranks they become draws of that t.

    Parameters
    ----------
    p : ndarray, shape (..., m)
        p-values.
    degrees : ndarray, shape (m,)
        Degrees of freedom of each number; the normal distribution where they are not known.

    Returns
    -------
    ndarray, shape (..., m)

    Examples
    --------
    >>> student_sizes(np.array([0.05, 0.05]), np.array([3.0, np.nan])).round(2).tolist()
    [3.18, 1.96]
    """
    known = np.where(degrees > 0, degrees, np.inf)
    return np.asarray(stats.t.isf(p / 2, known))


def _stepwise(observed: np.ndarray, drawn: np.ndarray) -> np.ndarray:
    """Count draws in which the smallest of a number and all that follow it is as small."""
    order = np.argsort(observed, kind="stable")
    least = np.minimum.accumulate(drawn[:, order[::-1]], axis=1)[:, ::-1]
    limit = observed[order] + _TIE * np.abs(observed[order])
    found = (1 + (least <= limit).sum(axis=0)) / (1 + len(drawn))
    adjusted = np.empty(len(order))
    adjusted[order] = np.maximum.accumulate(found)
    return adjusted


def holm(p: np.ndarray) -> np.ndarray:
    """Adjust p-values for the chance that any is so small, whatever their errors share.

    Holm (1979, Scandinavian Journal of Statistics 6(2)): the smallest times their number, the next
    times one less, never below the one before.

    Parameters
    ----------
    p : ndarray, shape (m,)
        p-values; missing ones are not among those adjusted for.

    Returns
    -------
    ndarray, shape (m,)
        Missing where they were.

    Examples
    --------
    >>> holm(np.array([0.04, 0.01, np.nan, 0.03])).round(2).tolist()
    [0.06, 0.03, nan, 0.06]
    """
    p = np.asarray(p, dtype=float)
    known = np.flatnonzero(~np.isnan(p))
    order = known[np.argsort(p[known], kind="stable")]
    times = len(order) - np.arange(len(order))
    adjusted = np.full(len(p), np.nan)
    adjusted[order] = np.minimum(np.maximum.accumulate(p[order] * times), 1.0)
    return adjusted


def sharpened_q(p: np.ndarray) -> np.ndarray:
    """Give the smallest false discovery rate at which each of several numbers is found.

    Two steps, of which the first estimates how many hypotheses are true: Benjamini, Krieger &
    Yekutieli (2006, Biometrika 93(3)), on the grid of Anderson (2008, Journal of the American
    Statistical Association 103(484)).

    Parameters
    ----------
    p : ndarray, shape (m,)
        p-values.

    Returns
    -------
    ndarray, shape (m,)
        Multiples of 0.001 up to 1.

    Examples
    --------
    >>> sharpened_q(np.array([0.001, 0.02, 0.6])).tolist()
    [0.004, 0.021, 0.25]
    """
    m = len(p)
    order = np.argsort(p, kind="stable")
    rank, sorted_p = np.arange(1, m + 1), p[order]
    found = np.ones(m)
    for step in range(_GRID, 0, -1):
        q = step / _GRID
        first = q / (1 + q)
        rejected = int(((first * rank / m >= sorted_p) * rank).max(initial=0))
        second = first * m / (m - rejected) if rejected < m else np.inf
        rejected = int(((second * rank / m >= sorted_p) * rank).max(initial=0))
        found[:rejected] = q
    adjusted = np.empty(m)
    adjusted[order] = found
    return adjusted


def joint_draws(sums: np.ndarray, draws: int, seed: int) -> np.ndarray:
    """Draw t statistics of several numbers without effects, all at once.

    Parameters
    ----------
    sums : ndarray, shape (G, m)
        Sums of influence functions by cluster; zero where a number lacks a cluster.
    draws, seed : int
        See `bootstrap_weights`.

    Returns
    -------
    ndarray, shape (draws, m)
    """
    signs = bootstrap_weights(len(sums), draws, seed)
    errors = np.sqrt((signs**2) @ (sums**2))
    return np.asarray((signs @ sums) / errors)


def multiplicity(
    estimates: pd.DataFrame, influence: pd.DataFrame, heterogeneity: pd.DataFrame, seed: int
) -> pd.DataFrame:
    """Adjust the p-values of the main numbers of each domain, and of subgroups.

    Parameters
    ----------
    estimates : DataFrame
        Contract ESTIMATES, of all outcomes.
    influence : DataFrame
        Contract INFLUENCE, of the same.
    heterogeneity : DataFrame
        Contract HETEROGENEITY; without rows in a study without strata.
    seed : int
        Of the draws.

    Returns
    -------
    DataFrame
        Contract MULTIPLICITY: one row per main effect with a p-value, by domain, adjusted for the
        chance that any of them is so small, and never below its own; and one per stratum of a
        stratification, over all estimands that it is asked of, with a false discovery rate.
    """
    main = estimates[estimates["role"].eq("main") & estimates["term"].eq("att")]
    main = main[main["leading"] & main["p_value"].notna()]
    parts = [
        _main_family(str(domain), rows, influence, seed)
        for domain, rows in main.groupby("domain", sort=False)
    ]
    by_stratum = heterogeneity[heterogeneity["method"].eq("stratum")]
    by_stratum = by_stratum[by_stratum["p_value"].notna()]
    parts += [
        _subgroup_family(str(strata), rows)
        for strata, rows in by_stratum.groupby("strata", sort=False)
    ]
    columns = list(MULTIPLICITY.columns)
    table = pd.concat(parts, ignore_index=True) if parts else pd.DataFrame(columns=columns)
    return conform(table.reindex(columns=columns), MULTIPLICITY)


def _main_family(
    domain: str, rows: pd.DataFrame, influence: pd.DataFrame, seed: int
) -> pd.DataFrame:
    names = list(rows["estimand"])
    mine = influence[influence["estimand"].isin(names) & influence["term"].eq("att")]
    wide = mine.pivot(index="cluster", columns="estimand", values="value")
    p = rows["p_value"].to_numpy(float)
    table = pd.DataFrame(
        {
            "family": domain,
            "numbers": "main",
            "estimand": names,
            "stratum": None,
            "p_value": p,
            "q_value": np.nan,  # of subgroups alone: it may lie below the p-value
            "n_family": len(p),
        }
    )
    if len(p) == 1:  # nothing to adjust for
        return table.assign(romano_wolf=p, westfall_young=p, n_clusters=len(wide), draws=0)
    if not set(names) <= set(wide):  # one rests on persons, not on clusters
        bonferroni = np.minimum(p * len(p), 1.0)
        return table.assign(romano_wolf=np.nan, westfall_young=bonferroni, n_clusters=0, draws=0)
    sums = wide[names].fillna(0.0).to_numpy()
    drawn = joint_draws(sums, DRAWS, seed)
    degrees = rows["degrees_of_freedom"].to_numpy(float)
    t, of_t = (student_sizes(each, degrees) for each in (p, p_values_of_draws(drawn)))
    return table.assign(
        # as many draws as there are tell a p-value to their number: none is below the raw one
        romano_wolf=np.maximum(romano_wolf(t, of_t), p),
        westfall_young=np.maximum(westfall_young(p, drawn), p),
        n_clusters=len(sums),
        draws=len(drawn),
    )


def _subgroup_family(strata: str, rows: pd.DataFrame) -> pd.DataFrame:
    p = rows["p_value"].to_numpy(float)
    return pd.DataFrame(
        {
            "family": strata,
            "numbers": "subgroup",
            "estimand": rows["estimand"].to_numpy(),
            "stratum": rows["stratum"].to_numpy(),
            "p_value": p,
            "q_value": sharpened_q(p),
            "n_family": len(p),
            "n_clusters": None,
            "draws": 0,
        }
    )
