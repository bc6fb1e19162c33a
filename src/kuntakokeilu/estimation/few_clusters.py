"""Every kind of inference by area beside the plain clustered one, for the rows of ESTIMATES."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd

from kuntakokeilu.estimation.bootstrap import WildBootstrap, bootstrap_weights, wild_test
from kuntakokeilu.estimation.clustered import t_inference
from kuntakokeilu.estimation.cross_products import CrossProducts, cross_products
from kuntakokeilu.estimation.designs import Design
from kuntakokeilu.estimation.simultaneous import simultaneous_inference
from kuntakokeilu.estimation.small_sample import small_sample_of

DRAWS = 9999  # of the wild bootstrap; with the observed one, 5 % are a whole number
LEVEL = 0.95

_EACH = ("cr2_area", "cr3_area", "wild_bootstrap_area")
# Which kinds there are for an effect; a series of effects has a band besides.
KINDS = {
    "att": _EACH,
    "window": (*_EACH, "simultaneous_area"),
    "event_time": ("simultaneous_area",),
}

Numbers = dict[str, Any]


def few_cluster_inference(
    frame: pd.DataFrame,
    design: Design,
    kinds: tuple[str, ...],
    sums: pd.DataFrame,
    params: np.ndarray,
    seed: int,
) -> dict[str, list[Numbers]]:
    """Inference by area on the terms of a fitted design.

    Parameters
    ----------
    frame : DataFrame
        A sample.
    design : Design
        Its design.
    kinds : tuple of str
        Those of `KINDS` for what the terms are about.
    sums : DataFrame, shape (G, k)
        Influence sums of the area clusters; none where an arm has one cluster.
    params : ndarray, shape (k,)
        The fitted coefficients.
    seed : int
        Of the draws, so that they are the same for every outcome.

    Returns
    -------
    dict of lists
        For each kind, columns of ESTIMATES for each term; empty without a variance.
    """
    m = len(design.terms)
    found: dict[str, list[Numbers]] = {kind: [{} for _ in design.terms] for kind in kinds}
    if sums.empty:
        return found
    if "simultaneous_area" in kinds:
        found["simultaneous_area"] = simultaneous_inference(
            params[:m], sums.to_numpy()[:, :m], seed
        )
    products = cross_products(frame, design, frame["cluster"]) if "cr2_area" in kinds else None
    return found if products is None else found | _each(products, design, seed)


def _each(products: CrossProducts, design: Design, seed: int) -> dict[str, list[Numbers]]:
    columns = [term.column for term in design.terms]
    table = small_sample_of(products, columns)
    draws = bootstrap_weights(len(products.clusters), DRAWS, seed)
    tests = [wild_test(products, column, 0.0, LEVEL, draws) for column in columns]
    return {
        "cr2_area": [_t(row, "cr2") for _, row in table.iterrows()],
        "cr3_area": [_t(row, "cr3") for _, row in table.iterrows()],
        "wild_bootstrap_area": [_bootstrapped(test) for test in tests],
    }


def _t(row: pd.Series, kind: str) -> Numbers:
    """A coefficient that rests on one cluster has no numbers."""
    std_error = row[f"{kind}_std_error"]
    degrees = row[f"{kind}_degrees_of_freedom"]
    return {} if np.isnan(std_error) else t_inference(row["estimate"], std_error, degrees)


def _bootstrapped(test: WildBootstrap) -> Numbers:
    """Leave out an end of the interval that the test does not find."""
    ends = {"ci_low": test.ci_low, "ci_high": test.ci_high}
    return {"p_value": test.p_value} | {k: end for k, end in ends.items() if np.isfinite(end)}
