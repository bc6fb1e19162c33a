"""Every kind of inference by area, and which of them leads, for the rows of ESTIMATES."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from kuntakokeilu.estimation.bias_reduced import BiasReduced, cr2
from kuntakokeilu.estimation.bootstrap import WildBootstrap, bootstrap_weights, wild_test
from kuntakokeilu.estimation.clustered import t_inference, t_quantile
from kuntakokeilu.estimation.cross_products import CrossProducts, cross_products
from kuntakokeilu.estimation.designs import Design, Term
from kuntakokeilu.estimation.exact_t import LEVEL, exact_inference, two_sided_tail
from kuntakokeilu.estimation.remember import remembered
from kuntakokeilu.estimation.simultaneous import simultaneous_inference
from kuntakokeilu.estimation.small_sample import (
    averages_without_each,
    rests_on_one,
    small_sample_of,
)
from kuntakokeilu.estimation.weighted_sums import inference_on_sums, pull_of_clusters
from kuntakokeilu.facts.estimators import Estimator

DRAWS = 9999  # of the wild bootstrap; with the observed one, 5 % are a whole number

_EACH = ("cr2_area", "cr2_exact_area", "cr3_area", "wild_bootstrap_area")
# Which kinds there are for an effect; a series of effects has a band besides.
KINDS = {
    "att": _EACH,
    "window": (*_EACH, "simultaneous_area"),
    "event_time": ("cr2_area", "cr2_exact_area", "simultaneous_area"),
}
# Of averages over groups, whose shares the jackknife and the bootstrap would take as given.
_OF_GROUPS = ("cr2_area", "cr2_exact_area")
# Of sums of weighted outcomes (see `weighted_sums`).
_OF_SUMS = {"att": ("cr3_area",), "event_time": ("cr3_area", "simultaneous_area")}
# Below so many degrees of freedom CR1 is too sure of itself (docs/validation.md), and CR2 leads.
FEW_DEGREES = 20.0
# Satterthwaite's t leads while, under the working model of CR2, it rejects about as often as it
# says; otherwise the exact distribution does.
SIZES = (0.03, 0.07)

Numbers = dict[str, Any]


@dataclass(frozen=True)
class ByArea:
    """Every kind of inference by area, and which of them leads.

    Attributes
    ----------
    numbers : dict of lists
        For each kind, columns of ESTIMATES for each term; empty without a variance.
    leading : str
        The kind that words, stars, intervals and all that is made of the estimates follow.
    sums : DataFrame, shape (G, m)
        Cluster sums of the influence functions of the terms whose squares add to the variance of
        the leading kind; a term without one is missing.
    """

    numbers: dict[str, list[Numbers]]
    leading: str
    sums: pd.DataFrame


def kinds_of(method: Estimator) -> tuple[str, ...]:
    """Name the kinds of inference by area on what an estimator gives, besides CR1."""
    if method.sums:
        return _OF_SUMS[method.term]
    return _OF_GROUPS if method.groups and not method.series else KINDS[method.term]


def inference_by_area(
    frame: pd.DataFrame,
    design: Design,
    kinds: tuple[str, ...],
    sums: pd.DataFrame,
    params: np.ndarray,
    seed: int,
) -> ByArea:
    """Inference by area on the terms of a fitted design.

    Parameters
    ----------
    frame : DataFrame
        A sample.
    design : Design
        Its design.
    kinds : tuple of str
        See `kinds_of`.
    sums : DataFrame, shape (G, k)
        CR1 influence sums of the area clusters; none where an arm has one cluster.
    params : ndarray, shape (k,)
        The fitted coefficients.
    seed : int
        Of the draws, so that they are the same for every outcome.

    Returns
    -------
    ByArea
        One kind leads all terms, since a series is read as a whole: CR1 if CR2 has `FEW_DEGREES`
        for each, otherwise CR2. A coefficient that rests on one cluster has no
        standard error of any kind: CR1's would be of the other clusters alone.
    """
    if design.influence is not None:
        return _of_sums(frame, design, sums, params, seed)
    m = len(design.terms)
    numbers: dict[str, list[Numbers]] = {
        kind: [{} for _ in design.terms] for kind in ("cluster_area", *kinds)
    }
    plain = sums.iloc[:, :m]
    if sums.empty:
        return ByArea(numbers, "cluster_area", plain)
    errors, degrees = np.sqrt((plain**2).sum()), len(sums) - 1
    numbers["cluster_area"] = [
        t_inference(float(b), float(error), degrees)
        for b, error in zip(params, errors, strict=False)
    ]
    products = cross_products(frame, design, frame["cluster"])
    leading, fewest = "cluster_area", float(degrees)
    if products is not None:
        columns = [term.column for term in design.terms]
        reduced = cr2(products, np.array([products.place(column) for column in columns]))
        alone = rests_on_one(frame, design, frame["cluster"]) if design.again else None
        table = small_sample_of(products, columns, reduced, alone)
        known = table["cr2_std_error"].notna().to_numpy()
        plainly = numbers["cluster_area"]
        numbers["cluster_area"] = [
            row if found else {} for found, row in zip(known, plainly, strict=True)
        ]
        numbers |= _each(products, table, reduced, kinds, seed)
        leading = _leading(table, reduced)
        if leading != "cluster_area":
            plain = pd.DataFrame(np.where(known, reduced.scores, np.nan), index=products.clusters)
            found = [row["degrees_of_freedom"] for row in numbers[leading] if row]
            fewest = min([*found, fewest])
    if "simultaneous_area" in kinds:
        band = simultaneous_inference(params[:m], plain.fillna(0.0).to_numpy(), seed, fewest)
        gone = plain.isna().any().to_numpy()
        numbers["simultaneous_area"] = [
            {} if no else each for no, each in zip(gone, band, strict=True)
        ]
    return ByArea(numbers, leading, plain)


def _of_sums(
    frame: pd.DataFrame, design: Design, sums: pd.DataFrame, params: np.ndarray, seed: int
) -> ByArea:
    """Inference by area on sums of weighted outcomes, which no regression stands behind."""
    series = design.terms != [Term("att", "att")]
    if sums.empty:
        kinds = ["cluster_area", "cr3_area", *(["simultaneous_area"] if series else [])]
        return ByArea({kind: [{} for _ in design.terms] for kind in kinds}, "cluster_area", sums)
    weights = design.regressors.to_numpy(float) * frame["w"].to_numpy(float)[:, None]
    pull = pull_of_clusters(weights, frame["cluster"].to_numpy(str))
    without = averages_without_each(frame, design, frame["cluster"])
    return ByArea(*inference_on_sums(params, sums, without, pull, seed, series=series))


def _leading(table: pd.DataFrame, reduced: BiasReduced) -> str:
    """Choose the kind that leads; see `inference_by_area`."""
    degrees = table["cr2_degrees_of_freedom"].to_numpy()
    if (degrees >= FEW_DEGREES).all():  # missing is not
        return "cluster_area"
    for each, joint in zip(degrees, reduced.joint, strict=True):
        if np.isnan(each):
            continue
        size = _size(joint, float(each))
        if not SIZES[0] <= size <= SIZES[1]:
            return "cr2_exact_area"
    return "cr2_area"


@remembered
def _size(joint: np.ndarray, degrees: float) -> float:
    """Tell how often Satterthwaite's t rejects a true null, under the working model."""
    return two_sided_tail(joint)(t_quantile(degrees, 1 - LEVEL / 2))


def _each(
    products: CrossProducts,
    table: pd.DataFrame,
    reduced: BiasReduced,
    kinds: tuple[str, ...],
    seed: int,
) -> dict[str, list[Numbers]]:
    found = {
        "cr2_area": [_t(row, "cr2") for _, row in table.iterrows()],
        "cr2_exact_area": [
            {}
            if np.isnan(row["cr2_std_error"])
            else exact_inference(
                row["estimate"], row["cr2_std_error"], joint, len(products.clusters) - 1
            )
            for (_, row), joint in zip(table.iterrows(), reduced.joint, strict=True)
        ],
        "cr3_area": [_t(row, "cr3") for _, row in table.iterrows()],
    }
    if "wild_bootstrap_area" in kinds:
        draws = bootstrap_weights(len(products.clusters), DRAWS, seed)
        tests = [wild_test(products, column, 0.0, 1 - LEVEL, draws) for column in table.index]
        found["wild_bootstrap_area"] = [_bootstrapped(test) for test in tests]
    return {kind: found[kind] for kind in kinds if kind in found}


def _t(row: pd.Series, kind: str) -> Numbers:
    """A coefficient that rests on one cluster has no numbers."""
    std_error = row[f"{kind}_std_error"]
    degrees = row[f"{kind}_degrees_of_freedom"]
    return {} if np.isnan(std_error) else t_inference(row["estimate"], std_error, degrees)


def _bootstrapped(test: WildBootstrap) -> Numbers:
    """Leave out an end of the interval that the test does not find."""
    ends = {"ci_low": test.ci_low, "ci_high": test.ci_high}
    return {"p_value": test.p_value} | {k: end for k, end in ends.items() if np.isfinite(end)}
