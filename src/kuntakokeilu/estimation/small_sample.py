"""Cluster-robust inference for few or unequal clusters: CR2 (see `bias_reduced`) and CR3.

CR3 is the jackknife: it multiplies the residuals of cluster g by (I - H_gg)^(-1), H the
projection on all columns. In data scaled by root weights, and with unit effects swept out,
H_gg = Z_g M Z_g' with M = inv(Z'Z). For M = LL' over the columns present in g and
Q diag(s) Q' = L'Z_g'Z_g L,

    (I - Z_g M Z_g')^(-1) Z_g M = Z_g L Q diag(1 - s)^(-1) Q' L',

so that no matrix is larger than the number of columns.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

from kuntakokeilu.estimation.bias_reduced import BiasReduced, cr2
from kuntakokeilu.estimation.cross_products import Blocks, CrossProducts, cross_products
from kuntakokeilu.estimation.designs import Design
from kuntakokeilu.estimation.remember import remembered

_LEVERAGE = 1e-9  # 1 - s below this is a direction that only this cluster identifies
_LOADING = 1e-12  # share of a coefficient's variance in such directions that is still rounding


@dataclass(frozen=True)
class SmallSample:
    """Inference on one coefficient, for Student's t.

    Attributes
    ----------
    estimate : float
        The coefficient.
    cr2_std_error, cr2_degrees_of_freedom : float
        Bias-reduced standard error and Satterthwaite degrees of freedom.
    cr3_std_error, cr3_degrees_of_freedom : float
        Jackknife standard error and G - 1.
    """

    estimate: float
    cr2_std_error: float
    cr2_degrees_of_freedom: float
    cr3_std_error: float
    cr3_degrees_of_freedom: float


@dataclass(frozen=True)
class Leverage:
    """How a cluster pulls on the fit.

    Attributes
    ----------
    rotated : ndarray, shape (q_g, q_g)
        LQ; the row of a coefficient holds its loadings on the directions of `own`.
    own : ndarray, shape (q_g,)
        s, the leverage of the cluster in each direction.
    others : ndarray, shape (q_g,)
        1 - s, zero where the cluster alone identifies the direction.
    """

    rotated: np.ndarray
    own: np.ndarray
    others: np.ndarray


def small_sample_inference(
    frame: pd.DataFrame, design: Design, clusters: pd.Series, column: str
) -> SmallSample | None:
    """CR2 and CR3 inference on one coefficient; see `small_sample_table`."""
    table = small_sample_table(frame, design, clusters, [column])
    if table is None:
        return None
    return SmallSample(*table.loc[column].to_numpy(float))


def small_sample_table(
    frame: pd.DataFrame, design: Design, clusters: pd.Series, columns: list[str] | None = None
) -> pd.DataFrame | None:
    """CR2 and CR3 inference on several coefficients of one regression.

    Parameters
    ----------
    frame : DataFrame
        A sample with columns y and w.
    design : Design
        Regressors and fixed effects.
    clusters : Series, shape (rows,)
        Cluster of each row; units lie within clusters.
    columns : list of str, optional
        Regressors to report; by default the design's terms.

    Returns
    -------
    DataFrame or None
        One row for each column, with the attributes of `SmallSample`. Standard errors are
        missing where the coefficient is not identified without one of the clusters. None if
        the effects leave no variation in a regressor.
    """
    products = cross_products(frame, design, clusters)
    columns = [term.column for term in design.terms] if columns is None else columns
    return None if products is None else small_sample_of(products, columns)


def small_sample_of(
    products: CrossProducts,
    columns: list[str],
    reduced: BiasReduced | None = None,
    alone: np.ndarray | None = None,
) -> pd.DataFrame:
    """CR2 and CR3 inference from cross products; see `small_sample_table`.

    CR2 and which columns rest on one cluster are found anew where they are not at hand.
    """
    places = np.array([products.place(column) for column in columns])
    leverages = cluster_leverages(products)
    known = identified_without_each(products, leverages, places) if alone is None else ~alone
    reduced = cr2(products, places) if reduced is None else reduced
    table = {
        "estimate": products.params[places],
        "cr2_std_error": np.where(known, reduced.std_errors, np.nan),
        "cr2_degrees_of_freedom": np.where(known, reduced.degrees_of_freedom, np.nan),
        "cr3_std_error": cr3(products, leverages, places),
        "cr3_degrees_of_freedom": float(len(products.clusters) - 1),
    }
    return pd.DataFrame(table, index=columns)


def cluster_leverages(products: CrossProducts) -> list[Leverage]:
    """Decompose the leverage of each cluster."""
    return _leverages(products.blocks)


@remembered
def _leverages(blocks: Blocks) -> list[Leverage]:
    leverages = []
    for place, cross in zip(blocks.places, blocks.crosses, strict=True):
        root = np.linalg.cholesky(blocks.inverse[np.ix_(place, place)])
        own, vectors = np.linalg.eigh(root.T @ cross @ root)
        others = np.where(1 - own > _LEVERAGE, 1 - own, 0.0)
        leverages.append(Leverage(root @ vectors, own, others))
    return leverages


def cr3(products: CrossProducts, leverages: list[Leverage], places: np.ndarray) -> np.ndarray:
    """Jackknife standard errors, from exact estimates without each cluster.

    Parameters and shapes are those of `cr2`. MacKinnon, Nielsen & Webb (2023, Journal of
    Applied Econometrics 38(5)).
    """
    # ASSUME their CV3: deviations from the full-sample estimate, times (G-1)/G.
    changes = delete_cluster_changes(products, leverages, places)
    variance = (len(changes) - 1) / len(changes) * (changes**2).sum(axis=0)
    known = identified_without_each(products, leverages, places)
    return np.where(known, np.sqrt(variance), np.nan)


def delete_cluster_changes(
    products: CrossProducts, leverages: list[Leverage], places: np.ndarray
) -> np.ndarray:
    """Full-sample estimate minus the estimate without each cluster, shape (G, m)."""
    return np.array(
        [
            (leverage.rotated[places] * _power(leverage.others, -1.0)) @ leverage.rotated.T @ score
            for leverage, score in zip(leverages, products.scores, strict=True)
        ]
    )


def without_each_cluster(frame: pd.DataFrame, design: Design) -> pd.DataFrame | None:
    """Estimate each term anew without one cluster at a time.

    Parameters
    ----------
    frame : DataFrame
        A sample with columns y, w and cluster.
    design : Design
        Its design.

    Returns
    -------
    DataFrame or None
        Clusters by the columns of the terms; missing where a term is not identified without the
        cluster. None if the effects leave no variation in a regressor. Averages have the shares
        of the groups without the cluster.
    """
    rows = design.regressed(frame)
    if design.again is not None:
        return averages_without_each(rows, design, rows["cluster"])
    products = cross_products(rows, design, rows["cluster"])
    if products is None:
        return None
    columns = [term.column for term in design.terms]
    places = np.array([products.place(column) for column in columns])
    leverages = cluster_leverages(products)
    changes = delete_cluster_changes(products, leverages, places)
    known = _identified(products, leverages, places)
    estimates = np.where(known, products.params[places] - changes, np.nan)
    return pd.DataFrame(estimates, pd.Index(products.clusters, name="cluster"), columns)


def averages_without_each(rows: pd.DataFrame, design: Design, clusters: pd.Series) -> pd.DataFrame:
    """Average anew without one cluster at a time, clusters by terms."""
    assert design.again is not None  # it is a design of averages
    units = rows.assign(group=clusters.to_numpy(str)).drop_duplicates("unit")
    starts = pd.factorize(units["first_treated"], sort=True)[0]
    names = np.unique(units["group"])
    without = names[:, None] == units["group"].to_numpy()
    averages = design.again(np.where(without, -2, starts))
    columns = [term.column for term in design.terms]
    return pd.DataFrame(averages, pd.Index(names, name="cluster"), columns)


def rests_on_one(frame: pd.DataFrame, design: Design, clusters: pd.Series) -> np.ndarray:
    """Tell which terms are not identified without some one cluster.

    What varies of such a coefficient is that cluster, and no sum over clusters measures it.

    Parameters
    ----------
    frame : DataFrame
        What the design regresses, with columns y and w.
    design : Design
        Regressors and fixed effects.
    clusters : Series, shape (rows,)
        Cluster of each row; units lie within clusters.

    Returns
    -------
    ndarray of bool, shape (m,)
        In the order of the design's terms.
    """
    if design.again is not None:
        return averages_without_each(frame, design, clusters).isna().any().to_numpy()
    products = cross_products(frame, design, clusters)
    if products is None:
        return np.zeros(len(design.terms), dtype=bool)
    places = np.array([products.place(term.column) for term in design.terms])
    return ~identified_without_each(products, cluster_leverages(products), places)


def _power(values: np.ndarray, exponent: float) -> np.ndarray:
    """Raise what is positive to a negative power and leave zeros: a generalised inverse."""
    out = np.zeros_like(values)
    out[values > 0] = values[values > 0] ** exponent
    return out


def identified_without_each(
    products: CrossProducts, leverages: list[Leverage], places: np.ndarray
) -> np.ndarray:
    """Tell which coefficients would still be identified without any one cluster."""
    return np.asarray(_identified(products, leverages, places).all(axis=0))


def _identified(
    products: CrossProducts, leverages: list[Leverage], places: np.ndarray
) -> np.ndarray:
    """Tell of each cluster which coefficients are identified without it, shape (G, m)."""
    alone = [(lev.rotated[places] ** 2)[:, lev.others == 0].sum(axis=1) for lev in leverages]
    return np.array(alone) < _LOADING * np.diag(products.blocks.inverse)[places]
