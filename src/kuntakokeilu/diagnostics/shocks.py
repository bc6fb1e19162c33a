"""Whether the units of an area move together more than chance would have it."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

from kuntakokeilu.diagnostics.rows import LEVEL
from kuntakokeilu.estimation import Sample, Term, design_of, fit, remembered


@dataclass(frozen=True)
class Shocks:
    """How much clustering by area changes a standard error.

    Attributes
    ----------
    ratio : float
        Standard error clustered by area over that clustered by unit, both without a factor for
        few clusters.
    by_chance : float
        What the ratio exceeds in one of twenty cases if units are independent.
    """

    ratio: float
    by_chance: float


def shared_shocks(sample: Sample) -> Shocks | None:
    """Compare the variance of scores summed over areas with that of scores of units.

    If units are independent, their scores may change sign each on its own without changing the
    distribution of the ratio: that gives what chance would do, whatever the units' weights. The
    comparison of two levels of clustering is the score-variance test of MacKinnon, Nielsen and
    Webb (2023, Journal of Econometrics 235(2)), with signs drawn for scores as they are.

    Parameters
    ----------
    sample : Sample
        Of an estimand with one effect.

    Returns
    -------
    Shocks or None
        None with several effects, or if no area has two units.
    """
    design, estimand = design_of(sample), sample.estimand
    frame = design.regressed(sample.frame)
    fitted = fit(frame, design) if design.terms == [Term("att", "att")] else None
    areas = frame.groupby("unit")["cluster"].first()
    if fitted is None or not areas.duplicated().any():
        return None
    effect = fitted.scores @ fitted.bread[:, 0]
    scores = pd.Series(effect).groupby(frame["unit"].to_numpy(str)).sum().reindex(areas.index)
    own = float((scores**2).sum())
    if not own > 0:
        return None
    inside = pd.get_dummies(areas).to_numpy(float) * scores.to_numpy()[:, None]
    signs = _signs(estimand.seed, estimand.permutations, len(scores))
    by_chance = ((signs @ inside) ** 2).sum(axis=1)
    shared = float((inside.sum(axis=0) ** 2).sum())
    return Shocks(
        ratio=float(np.sqrt(shared / own)),
        by_chance=float(np.sqrt(np.quantile(by_chance, 1 - LEVEL) / own)),
    )


@remembered
def _signs(seed: int, draws: int, units: int) -> np.ndarray:
    """Draw the signs of units, the same for every outcome, shape (draws, units)."""
    signs = np.random.default_rng(seed).choice([-1.0, 1.0], size=(draws, units))
    signs.flags.writeable = False
    return signs
