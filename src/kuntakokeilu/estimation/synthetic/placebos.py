"""Uncertainty from areas that were not treated."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy.stats import norm

from kuntakokeilu.estimation.synthetic.fitted import Method
from kuntakokeilu.estimation.synthetic.matrix import OutcomeMatrix


@dataclass(frozen=True)
class PlaceboInference:
    """Uncertainty of an estimate, from placebo treated sets.

    Attributes
    ----------
    std_error : float
        Standard deviation of the placebo estimates around their mean; nan if there are none.
    ci_low, ci_high : float
        Ends of the 95 % interval, normal.
    p_value : float
        (1 + placebo estimates at least as far from zero) / (1 + draws); nan if there are none.
    """

    std_error: float
    ci_low: float
    ci_high: float
    p_value: float


def placebo_estimates(
    matrix: OutcomeMatrix, method: Method, draws: int, seed: int
) -> np.ndarray | None:
    """Estimate effects where there was none: whole areas of controls drawn as if treated.

    Algorithm 4 of Arkhangelsky, Athey, Hirshberg, Imbens & Wager (2021, American Economic Review
    111(12)), with areas in place of units since treatment was given to areas. As many clusters of
    controls are drawn as there are treated ones; the treated units take no part.

    Parameters
    ----------
    matrix : OutcomeMatrix
        The panel.
    method : callable
        How the effect is estimated.
    draws : int
        Number of placebo sets.
    seed : int
        Of the draws.

    Returns
    -------
    ndarray, shape (draws,), or None
        None unless there are more control clusters than treated ones: nobody would be left to
        compare a placebo set with.
    """
    controls = ~matrix.treated
    alone = matrix.treating(np.zeros(len(controls), dtype=bool), controls)
    names, places = np.unique(alone.cluster, return_inverse=True)
    number = len(set(matrix.cluster[matrix.treated]))
    if len(names) <= number:
        return None
    rng, everybody = np.random.default_rng(seed), np.ones(len(places), dtype=bool)
    estimates = np.empty(draws)
    for draw in range(draws):
        chosen = np.zeros(len(names), dtype=bool)
        chosen[rng.choice(len(names), number, replace=False)] = True
        estimates[draw] = method(alone.treating(chosen[places], everybody)).estimate
    return estimates


def placebo_inference(estimate: float, placebos: np.ndarray | None) -> PlaceboInference:
    """Make a standard error, an interval and a p-value of placebo estimates."""
    if placebos is None or len(placebos) < 2:
        return PlaceboInference(np.nan, np.nan, np.nan, np.nan)
    error = float(np.std(placebos))
    reach = float(norm.ppf(0.975)) * error
    beyond = int((np.abs(placebos) >= abs(estimate)).sum())
    return PlaceboInference(
        error, estimate - reach, estimate + reach, (1 + beyond) / (1 + len(placebos))
    )


def ratio_of_gaps(gap: np.ndarray, before: int) -> float:
    """Root mean squared gap from the start on over that before it."""
    near = float(np.sqrt(np.mean(gap[:before] ** 2)))
    far = float(np.sqrt(np.mean(gap[before:] ** 2)))
    return far / near if near > 0 else np.inf


def control_areas(matrix: OutcomeMatrix) -> dict[str, OutcomeMatrix]:
    """Give each cluster of controls as if it alone were treated, against all other controls."""
    controls = ~matrix.treated
    of = {
        name: controls & (matrix.cluster == name) for name in sorted(set(matrix.cluster[controls]))
    }
    return {
        name: matrix.treating(mine, controls)
        for name, mine in of.items()
        if mine.sum() < controls.sum()
    }


def rank_p_value(ratio: float, placebo_ratios: np.ndarray) -> float:
    """Share of areas, the treated one among them, whose gap grew at least as much.

    Abadie, Diamond & Hainmueller (2010, Journal of the American Statistical Association
    105(490), section 3.4).
    """
    return float((1 + (placebo_ratios >= ratio).sum()) / (1 + len(placebo_ratios)))
