"""One effect with the inference that leads it, and no other: for checks that estimate again."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

from kuntakokeilu.estimation.clustered import influence, t_inference
from kuntakokeilu.estimation.contrast import design_of
from kuntakokeilu.estimation.few_clusters import inference_by_area
from kuntakokeilu.estimation.fit import fit
from kuntakokeilu.estimation.identification import not_identified
from kuntakokeilu.estimation.sample import Sample, fewest_persons

_KINDS = ("cr2_area", "cr2_exact_area")


@dataclass(frozen=True)
class LeadingEffect:
    """A single effect as its leading row of ESTIMATES has it.

    Attributes
    ----------
    estimate, std_error, ci_low, ci_high : float
        In the unit of the outcome.
    p_value : float
        Two-sided, of no effect.
    degrees : float
        Degrees of freedom.
    detectable : float
        True effect that a 5 % test finds with 80 % power.
    inference : str
        cluster_area, cr2_area or cr2_exact_area.
    sums : Series
        By cluster, values of INFLUENCE.
    clusters : tuple of int
        Clusters in the trial arm and among controls.
    units : tuple of int
        Units in the trial arm and among controls.
    persons : int or None
        Fewest in an arm and period; None if unpublished.
    """

    estimate: float
    std_error: float
    ci_low: float
    ci_high: float
    p_value: float
    degrees: float
    detectable: float
    inference: str
    sums: pd.Series
    clusters: tuple[int, int]
    units: tuple[int, int]
    persons: int | None


def leading_effect(sample: Sample) -> LeadingEffect | str:
    """Estimate a single effect, with the inference by area that leads.

    Parameters
    ----------
    sample : Sample
        Of an estimand of one effect that is a regression (see `facts.estimators`).

    Returns
    -------
    LeadingEffect or str
        Or why there is none: a reason of ESTIMATES; `several_effects`; `one_cluster`, an arm has
        one; `no_inference`, no standard error, as where the effect rests on one cluster.
    """
    reason = not_identified(sample)
    if reason is not None:
        return reason
    design = design_of(sample)
    if len(design.terms) != 1 or design.lacks:
        return design.lacks or "several_effects"
    made = design.regressed(sample.frame)
    fitted = fit(made, design)
    if fitted is None:
        return "no_variation"
    clusters, units = (_in_arms(sample, column) for column in ("cluster", "unit"))
    if min(clusters) < 2:
        return "one_cluster"
    sums = influence(fitted, made["cluster"]).dropna()
    seed = sample.estimand.seed
    found = inference_by_area(made, design, _KINDS, sums, fitted.params, seed)
    row = found.numbers[found.leading][0]
    if not row or not row["std_error"] > 0:
        return "no_inference"
    return LeadingEffect(
        estimate=float(fitted.params[0]),
        std_error=float(row["std_error"]),
        ci_low=float(row["ci_low"]),
        ci_high=float(row["ci_high"]),
        p_value=float(row["p_value"]),
        degrees=float(row["degrees_of_freedom"]),
        detectable=float(row["minimum_detectable_effect"]),
        inference=found.leading,
        sums=found.sums.iloc[:, 0],
        clusters=clusters,
        units=units,
        persons=fewest_persons(*(arm for arms in _arms(sample) for arm in arms)),
    )


def difference_of(first: LeadingEffect, second: LeadingEffect) -> dict[str, float] | None:
    """Test the difference of two effects, clusters shared, by the fewer degrees of freedom.

    Parameters
    ----------
    first, second : LeadingEffect
        Of samples that may share rows: what they share cancels.

    Returns
    -------
    dict or None
        estimate, and what `t_inference` gives; None if they do not differ.
    """
    sums = first.sums.sub(second.sums, fill_value=0.0)
    estimate, std_error = first.estimate - second.estimate, float(np.sqrt((sums**2).sum()))
    if not std_error > 1e-12 * min(first.std_error, second.std_error):
        return None
    degrees = min(first.degrees, second.degrees)
    return {"estimate": estimate, **t_inference(estimate, std_error, degrees)}


def _arms(sample: Sample) -> list[tuple[pd.DataFrame, pd.DataFrame]]:
    """Split the rows of each population into trial arm and controls."""
    frames = [part.frame for part in sample.populations]
    return [(frame[frame["trial"]], frame[~frame["trial"]]) for frame in frames]


def _in_arms(sample: Sample, column: str) -> tuple[int, int]:
    """Count in each arm; with a contrast, in the population that has fewer."""
    counts = [[arm[column].nunique() for arm in arms] for arms in _arms(sample)]
    trial, control = np.min(counts, axis=0)
    return int(trial), int(control)
