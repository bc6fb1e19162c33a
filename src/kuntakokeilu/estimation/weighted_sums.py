"""Estimates that are sums of weighted outcomes, and inference on them from influence functions.

Imputation, or a doubly robust comparison, is no coefficient of one regression. Given who starts
when and covariates, it still is a sum of outcomes with weights v that add to zero within units and
periods, and a row's influence on it is known. Inference rests on that alone:

* CR1 sums influence over clusters, times the root of G/(G-1); no parameter is counted, since no
  regression says how many there are;
* CR3, the jackknife, estimates anew without each cluster (MacKinnon, Nielsen & Webb 2023, Journal
  of Applied Econometrics 38(5)), so that shares of groups and scores are made anew as well;
* the simultaneous band follows the leading kind.

CR1 is too sure of itself where few clusters carry the estimate. The estimate is also the
coefficient of a regression of the outcome on v / w alone. If errors are independent and of equal
variance, cluster g has the share h_g = S_g / sum(S) of its variance, S_g its sum of v^2, and the
jackknife's score of g is (s_g - h_g b) / (1 - h_g): s_g of variance S_g and independent of others,
b their sum. As many clusters of equal pull as sum(S)^2 / sum(S^2) would vary as much (Satterthwaite
1946, Biometrics Bulletin 2(6); Carter, Schnepel & Steigerwald 2017, Review of Economics and
Statistics 99(4)). Where these are fewer than `FEW_CLUSTERS`, CR3 leads, with the exact distribution
of its t under that model (see `exact_t`); otherwise its t has so many degrees of freedom.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pandas as pd

from kuntakokeilu.estimation.clustered import t_inference
from kuntakokeilu.estimation.designs import Design, Term, numbered
from kuntakokeilu.estimation.exact_t import exact_inference
from kuntakokeilu.estimation.simultaneous import simultaneous_inference

# ASSUME: the threshold of CR2's degrees of freedom (docs/inference.md), of clusters of equal pull.
FEW_CLUSTERS = 20.0
_ALONE = 1e-9  # share of the others below which one cluster is all there is

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
    pull: np.ndarray,
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
    pull : ndarray, shape (G, m)
        See `pull_of_clusters`.
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
    jackknife = np.sqrt((changes**2).sum(axis=0))
    found: dict[str, list[Numbers]] = {"cluster_area": [], "cr3_area": []}
    for place, there in enumerate(known):
        own, b = pull[:, place], float(params[place])
        plain = there and errors[place] > 0
        found["cluster_area"].append(t_inference(b, float(errors[place]), g - 1) if plain else {})
        found["cr3_area"].append(_of_cr3(b, float(jackknife[place]), own) if plain else {})
    few = bool((equal_clusters(pull[:, known]) < FEW_CLUSTERS).any())
    leading = "cr3_area" if few else "cluster_area"
    chosen = pd.DataFrame(changes, index=sums.index) if few else sums
    chosen = chosen.where(np.broadcast_to(known, chosen.shape))
    if series:
        degrees = [row["degrees_of_freedom"] for row in found[leading] if row]
        band = simultaneous_inference(
            params, chosen.fillna(0.0).to_numpy(), seed, min([float(g - 1), *degrees])
        )
        found["simultaneous_area"] = [
            each if there else {} for each, there in zip(band, known, strict=True)
        ]
    return found, leading, chosen


def pull_of_clusters(weights: np.ndarray, clusters: np.ndarray) -> np.ndarray:
    """Sum squared weights of outcomes within clusters, in the order of their names.

    Parameters
    ----------
    weights : ndarray, shape (rows, m)
        How often each outcome counts in each estimate.
    clusters : ndarray, shape (rows,)
        Cluster of each row.

    Returns
    -------
    ndarray, shape (G, m)
    """
    return pd.DataFrame(weights**2).groupby(clusters, sort=True).sum().to_numpy()


def equal_clusters(pull: np.ndarray) -> np.ndarray:
    """Count clusters of equal pull that would vary as much, shape (m,).

    Examples
    --------
    >>> equal_clusters(np.array([[1.0, 9.0], [1.0, 1.0], [1.0, 0.0]])).round(2)
    array([3.  , 1.22])
    """
    return np.asarray(pull.sum(axis=0) ** 2 / (pull**2).sum(axis=0))


def _of_cr3(estimate: float, std_error: float, pull: np.ndarray) -> Numbers:
    """Inference from the jackknife; none where one cluster is all there is."""
    most, equal = float(len(pull) - 1), float(equal_clusters(pull[:, None])[0])
    if equal >= FEW_CLUSTERS:
        return t_inference(estimate, std_error, min(most, equal))
    share = pull / pull.sum()
    if share.max() > 1 - _ALONE:
        return {}
    joint = np.zeros((len(pull) + 1, len(pull) + 1))
    joint[0, 0] = 1.0
    joint[1:, 1:] = (np.diag(share) - np.outer(share, share)) / np.outer(1 - share, 1 - share)
    joint[1:, 1:] *= most / (most + 1)
    return exact_inference(estimate, std_error, joint, most)
