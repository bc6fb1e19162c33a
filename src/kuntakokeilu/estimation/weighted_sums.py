"""Estimates that are sums of weighted outcomes, and inference on them from influence functions.

Imputation, or a doubly robust comparison, is no coefficient of one regression. Given who starts when
and covariates, it still is a sum of outcomes with weights v that add to zero within units and
periods, and a row's influence on it is known. Inference rests on that alone:

* CR1 sums influence over clusters, times the root of G/(G-1); no parameter is counted, since no
  regression says how many there are;
* CR3, the jackknife, estimates anew without each cluster (MacKinnon, Nielsen & Webb 2023, Journal
  of Applied Econometrics 38(5)), so that shares of groups and scores are made anew as well;
* the simultaneous band follows the leading kind.

CR1 is too sure of itself where few clusters carry the estimate. If errors are independent and of
equal variance, cluster g adds S_g, its sum of v^2, to the variance, and a sum of its squared scores
has as many degrees of freedom as sum(S)^2 / sum(S^2) clusters of equal pull (Satterthwaite 1946,
Biometrics Bulletin 2(6); Carter, Schnepel & Steigerwald 2017, Review of Economics and Statistics
99(4)). CR3 has the t of that many; it leads where there are fewer than `FEW_CLUSTERS`.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pandas as pd

from kuntakokeilu.estimation.clustered import t_inference
from kuntakokeilu.estimation.designs import Design, Term, numbered
from kuntakokeilu.estimation.simultaneous import simultaneous_inference

# ASSUME: the threshold of CR2's degrees of freedom (docs/inference.md), of clusters of equal pull.
FEW_CLUSTERS = 20.0

Numbers = dict[str, float]


def design_of_sums(
    rows: pd.DataFrame,
    terms: list[Term],
    weights: np.ndarray,
    influence: np.ndarray,
    again: Callable[[np.ndarray], np.ndarray],
) -> Design:
    """Write sums of weighted outcomes as a design.

    Parameters
    ----------
    rows : DataFrame
        Rows of a sample, w above zero.
    terms : list of m Term
        What the sums are about.
    weights : ndarray, shape (rows, m)
        How often each outcome counts in each sum.
    influence : ndarray, shape (rows, m)
        What each row adds to the error of each sum.
    again : callable
        See `Design.again`.
    """
    columns = [term.column for term in terms]
    per_weight = weights / rows["w"].to_numpy(float)[:, None]
    return Design(
        regressors=pd.DataFrame(per_weight, index=rows.index, columns=columns),
        terms=terms,
        effects=pd.DataFrame(
            {"unit": numbered(rows, ["unit"]), "period": numbered(rows, ["period"])}
        ),
        rows=rows,
        again=again,
        influence=influence,
    )


def no_sums(rows: pd.DataFrame, why: str) -> Design:
    """Say why a sample has no such sums; `why` is one of IDENTIFIED."""
    return Design(pd.DataFrame(index=rows.index), [], None, rows=rows, lacks=why)


def inference_on_sums(
    params: np.ndarray,
    sums: pd.DataFrame,
    without: pd.DataFrame,
    equal: np.ndarray,
    seed: int,
    *,
    series: bool,
) -> tuple[dict[str, list[Numbers]], str, pd.DataFrame]:
    """Inference by cluster on sums of weighted outcomes.

    Parameters
    ----------
    params : ndarray, shape (m,)
        The estimates.
    sums : DataFrame, shape (G, m)
        Cluster sums of influence, times the root of G/(G-1).
    without : DataFrame, shape (G, m)
        Estimates without one cluster each; missing where there is none.
    equal : ndarray, shape (m,)
        See `equal_clusters`.
    seed : int
        Of the band.
    series : bool
        Is a band asked for?

    Returns
    -------
    numbers : dict of lists
        Columns of ESTIMATES of each term, by kind; a term that does not exist without some cluster
        has none.
    leading : str
        cluster_area or cr3_area.
    leading_sums : DataFrame, shape (G, m)
        Sums whose squares add to the leading variance; missing for a term without one.
    """
    g = len(sums)
    known = without.notna().all().to_numpy()
    errors = np.sqrt((sums**2).sum()).to_numpy()
    changes = (params - without.to_numpy()) * np.sqrt((g - 1) / g)
    degrees = np.clip(equal, 1.0, g - 1)
    kinds = {
        "cluster_area": (errors, np.full(len(params), float(g - 1))),
        "cr3_area": (np.sqrt((changes**2).sum(axis=0)), degrees),
    }
    found = {
        kind: [
            t_inference(*map(float, each)) if there and each[1] > 0 else {}
            for *each, there in zip(params, std_errors, of_t, known, strict=True)
        ]
        for kind, (std_errors, of_t) in kinds.items()
    }
    few = bool((equal[known] < FEW_CLUSTERS).any())
    leading = "cr3_area" if few else "cluster_area"
    chosen = pd.DataFrame(changes, index=sums.index) if few else sums
    chosen = chosen.where(np.broadcast_to(known, chosen.shape))
    if series and known.any():
        fewest = float(degrees[known].min()) if few else float(g - 1)
        band = simultaneous_inference(params, chosen.fillna(0.0).to_numpy(), seed, fewest)
        found["simultaneous_area"] = [
            each if there else {} for each, there in zip(band, known, strict=True)
        ]
    return found, leading, chosen


def equal_clusters(weights: np.ndarray, clusters: np.ndarray) -> np.ndarray:
    """Count clusters of equal pull that would vary as much.

    Parameters
    ----------
    weights : ndarray, shape (rows, m)
        How often each outcome counts in each estimate.
    clusters : ndarray, shape (rows,)
        Cluster of each row.

    Returns
    -------
    ndarray, shape (m,)
        Between one and the number of clusters; zero of an estimate without weights.
    """
    squares = pd.DataFrame(weights**2).groupby(clusters).sum().to_numpy()
    with np.errstate(invalid="ignore", divide="ignore"):
        return np.nan_to_num(squares.sum(axis=0) ** 2 / (squares**2).sum(axis=0))
