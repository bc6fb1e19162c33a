"""Many outcomes on one right-hand side at once, for units seen before and after one start.

In a panel in which every unit has every period and one weight, effects of units and periods leave
of the outcome and of the treatment the same in time: after less before. What is regressed is then
the change of each unit's mean, and every adjustment of CR2, which is of the right-hand side alone,
acts in that direction alone as well. So the numbers are those of the regression on all rows, but
for the factor of CR1, which counts them.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

from kuntakokeilu.estimation.absorb import absorber_of
from kuntakokeilu.estimation.bias_reduced import Adjustments, adjustments
from kuntakokeilu.estimation.clustered import t_inference
from kuntakokeilu.estimation.contrast import design_of
from kuntakokeilu.estimation.cross_products import Blocks, blocks_of
from kuntakokeilu.estimation.exact_t import exact_inference
from kuntakokeilu.estimation.permuted_t import deal_clusters, permuted_t
from kuntakokeilu.estimation.sample import Sample
from kuntakokeilu.estimation.small_sample import rests_on_one

_ABSORBED = 1e-10  # share of a regressor's length below which the rest has taken it all

Kinds = dict[str, list[dict[str, float]]]


class OneRightHandSide:
    """A right-hand side for changes of units.

    Parameters
    ----------
    sample : Sample
        Two rows for each unit, before and after the start, sorted by unit and period.
    n_periods : int
        Periods that the means before and after are of; they count in the factor of CR1.
    four_means : bool
        Whether the regression on all rows has four means, and no effects of units and periods.
    """

    def __init__(self, sample: Sample, n_periods: int, four_means: bool) -> None:
        self.sample, self.design = sample, design_of(sample)
        assert self.design.effects is not None  # two-way fixed effects
        self.n_rows = len(sample.frame) // 2 * n_periods
        self.blocks = blocks_of(sample.frame, self.design, sample.frame["cluster"])
        k = self.design.regressors.shape[1]
        levels = self.design.effects["period"].nunique() // 2  # one for each group of units
        self.n_params = 4 if four_means else 2 + (n_periods - 1) * (k - 1 + levels)

    def regress(self, changes: np.ndarray) -> ManyFits | None:
        """Regress outcomes, shape (units, m), units as in the sample; None if there is no effect.

        Returns
        -------
        ManyFits or None
            None if the effects and other regressors leave no variation in the treatment.
        """
        frame, design, blocks = self.sample.frame, self.design, self.blocks
        if blocks is None or design.effects is None:
            return None
        w = frame["w"].to_numpy(float)
        y = np.zeros((len(frame), changes.shape[1]))
        y[1::2] = changes  # what is lasting in a unit is taken out
        x = design.regressors.to_numpy(float)
        left = absorber_of(design.effects, w.tobytes()).left(np.hstack([x, y]))
        x, y = left[:, : x.shape[1]], left[:, x.shape[1] :]
        root = np.sqrt(w)[:, None]
        basis, triangle = np.linalg.qr(root * x)
        params = np.linalg.solve(triangle, basis.T @ (root * y))
        bread = np.linalg.solve(triangle, np.linalg.inv(triangle).T)
        pull = w * (x @ bread[:, 0])
        return ManyFits(self, blocks, params[0], y - x @ params, pull, x, y)


@dataclass(frozen=True)
class ManyFits:
    """Fits of m outcomes.

    Attributes
    ----------
    side : OneRightHandSide
        What they are regressed on.
    blocks : Blocks
        The same by clusters.
    estimates : ndarray, shape (m,)
        The effects.
    residuals : ndarray, shape (rows, m)
        Of the whole regression.
    pull : ndarray, shape (rows,)
        The estimates are the sum of this times the outcome.
    x, y : ndarrays, shapes (rows, k), (rows, m)
        Regressors and outcomes, less what the fixed effects explain.
    """

    side: OneRightHandSide
    blocks: Blocks
    estimates: np.ndarray
    residuals: np.ndarray
    pull: np.ndarray
    x: np.ndarray
    y: np.ndarray

    @property
    def spread(self) -> np.ndarray:
        """Largest deviation of each outcome that the effects leave, shape (m,)."""
        return np.asarray(np.abs(self.y).max(axis=0))

    def inference(self, draws: int, seed: int) -> Kinds:
        """Give every kind of inference, by name: a list of columns of ESTIMATES for each outcome.

        Kinds that an arm of one cluster, or an effect that rests on one, leaves without meaning
        are not there, nor permutations of balanced comparisons, whose deals would need weights of
        their own.
        """
        frame, design = self.side.sample.frame, self.side.design
        found: Kinds = {}
        arms = frame.groupby("trial")["cluster"].nunique()
        if arms.min() > 1 and not rests_on_one(frame, design, frame["cluster"])[0]:
            found["cluster_area"] = self._cr1(frame["cluster"])
            found["cluster_municipality"] = self._cr1(frame["unit"])
            found |= self._cr2()
        if self.side.sample.estimand.comparison_rule.balance is None:
            found |= self._permuted(draws, seed)
        return found

    def _cr1(self, clusters: pd.Series) -> list[dict[str, float]]:
        codes, names = pd.factorize(clusters)
        g, n, k = len(names), self.side.n_rows, self.side.n_params
        if n <= k:
            return [{} for _ in self.estimates]
        scores = self.pull[:, None] * self.residuals
        sums = (np.arange(g)[:, None] == codes).astype(float) @ scores
        errors = np.sqrt((sums**2).sum(axis=0) * g / (g - 1) * (n - 1) / (n - k))
        return self._each(errors, g - 1)

    def _cr2(self) -> Kinds:
        adjusted: Adjustments = adjustments(self.blocks, (self.blocks.place("att"),))
        scores = np.array(
            [
                loadings[:, 0] @ self.residuals[rows.numbers]
                for loadings, rows in zip(adjusted.loadings, self.blocks.rows, strict=True)
            ]
        )
        errors = np.sqrt((scores**2).sum(axis=0))
        joint, most = adjusted.joint[0], len(self.blocks.clusters) - 1
        exact = [
            exact_inference(float(b), float(error), joint, most)
            for b, error in zip(self.estimates, errors, strict=True)
        ]
        plain = self._each(errors, float(adjusted.degrees_of_freedom[0]))
        return {"cr2_area": plain, "cr2_exact_area": exact}

    def _each(self, errors: np.ndarray, degrees: float) -> list[dict[str, float]]:
        pairs = zip(self.estimates, errors, strict=True)
        return [t_inference(float(b), float(error), degrees) for b, error in pairs]

    def _permuted(self, draws: int, seed: int) -> Kinds:
        frame, design = self.side.sample.frame, self.side.design
        deals = deal_clusters(frame, draws, seed)
        if deals is None or design.effects is None:
            return {}
        w = frame["w"].to_numpy(float)
        codes, names = pd.factorize(frame["cluster"])
        after = np.arange(len(frame)) % 2
        dealt = (codes[:, None] == np.arange(len(names))) * after[:, None].astype(float)
        dealt = absorber_of(design.effects, w.tobytes()).left(dealt)
        found = permuted_t(dealt, self.x[:, 1:], self.y, w, codes, deals)
        return {
            "permutation_area": [{"p_value": float(p)} for p in found.of_estimate],
            "permutation_t_area": [{"p_value": float(p)} for p in found.of_t],
        }
