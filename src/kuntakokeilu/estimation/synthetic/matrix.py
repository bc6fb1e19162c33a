"""Outcomes as a matrix of units by periods, of which some units are treated from one period on."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
import pandas as pd

# ASSUME: units seen in all periods stand for the others as long as no more than a tenth of the
# weight of an arm is lost with these.
MOST_LOST = 0.1
LACKS = (
    "ok",
    "no_data",
    "no_trial",
    "no_control",
    "no_pre_period",
    "no_post_period",
    "no_variation",
    "unbalanced",
)


@dataclass(frozen=True)
class OutcomeMatrix:
    """A balanced panel with one start.

    Attributes
    ----------
    y : ndarray, shape (n, t)
        Outcomes, units by periods.
    treated : ndarray of bool, shape (n,)
        Units that are treated from the start on.
    before : int
        Number of periods before the start.
    w : ndarray, shape (n,)
        Weights of the units. Those of treated units say whom the effect is about; those of
        controls count where placebo effects are averaged over them.
    cluster : ndarray of str, shape (n,)
        Area of each unit: what treatment was given to.
    """

    y: np.ndarray
    treated: np.ndarray
    before: int
    w: np.ndarray
    cluster: np.ndarray

    @property
    def donors(self) -> np.ndarray:
        """Outcomes of the controls, shape (n0, t)."""
        controls: np.ndarray = self.y[~self.treated]
        return controls

    @property
    def target(self) -> np.ndarray:
        """Weighted mean of the treated units, shape (t,)."""
        w = self.w[self.treated]
        return w @ self.y[self.treated] / w.sum()

    @property
    def effective_treated(self) -> float:
        """Number of equally weighted treated units of the same precision (Kish 1965)."""
        w = self.w[self.treated]
        return float(w.sum() ** 2 / (w @ w))

    def treating(self, treated: np.ndarray, kept: np.ndarray) -> OutcomeMatrix:
        """Return the panel of some units, others of which are treated.

        Parameters
        ----------
        treated, kept : ndarray of bool, shape (n,)
            Who is treated, and who is in the panel.
        """
        return replace(
            self,
            y=self.y[kept],
            treated=treated[kept],
            w=self.w[kept],
            cluster=self.cluster[kept],
        )

    def areas(self) -> dict[str, OutcomeMatrix]:
        """Give each treated cluster with all controls, by its name."""
        names = sorted(set(self.cluster[self.treated]))
        of = {name: self.treated & (self.cluster == name) for name in names}
        return {name: self.treating(mine, mine | ~self.treated) for name, mine in of.items()}


def outcome_matrix(frame: pd.DataFrame, start: pd.Period) -> tuple[OutcomeMatrix, str]:
    """Make a matrix of the rows of a sample.

    Parameters
    ----------
    frame : DataFrame
        One row per unit and period with a known outcome: unit, period, y, w, trial (bool),
        cluster.
    start : Period
        First period of treatment, of all treated units.

    Returns
    -------
    matrix : OutcomeMatrix
        Of the units that are seen in all periods.
    lacks : str
        `ok`, or one of `LACKS`: why the matrix bears no estimate. `unbalanced` if more than a tenth
        of the weight of an arm is in units that lack a period.
    """
    wide = frame.pivot(index="unit", columns="period", values="y").sort_index(axis=1)
    facts = frame.groupby("unit").agg(
        w=("w", "mean"), trial=("trial", "first"), cluster=("cluster", "first")
    )
    return matrix_of(wide, facts, start)


def matrix_of(
    wide: pd.DataFrame, facts: pd.DataFrame, start: pd.Period
) -> tuple[OutcomeMatrix, str]:
    """Make a matrix of outcomes by unit and period and of what is known of each unit.

    Parameters
    ----------
    wide : DataFrame
        Units by periods; missing where the outcome is not known. A period that nobody has is left
        out.
    facts : DataFrame
        w, trial (bool) and cluster, in the same order of units.
    start : Period
        First period of treatment.

    Returns
    -------
    matrix, lacks
        As `outcome_matrix` gives them.
    """
    wide = wide.loc[:, wide.notna().any(axis=0).to_numpy()]
    ordinals = [pd.Period(each).ordinal for each in wide.columns]
    whole = wide.notna().all(axis=1).to_numpy() & (facts["w"].to_numpy(float) > 0)
    kept = facts[whole]
    matrix = OutcomeMatrix(
        y=wide[whole].to_numpy(float),
        treated=kept["trial"].to_numpy(bool),
        before=sum(each < start.ordinal for each in ordinals),
        w=kept["w"].to_numpy(float),
        cluster=kept["cluster"].to_numpy(str),
    )
    return matrix, _lacks(matrix, facts)


def _lacks(matrix: OutcomeMatrix, facts: pd.DataFrame) -> str:
    everybody = facts["trial"].to_numpy(bool)
    weight = facts["w"].to_numpy(float)
    if facts.empty or matrix.y.shape[1] == 0:
        return "no_data"
    if not everybody.any():
        return "no_trial"
    if everybody.all():
        return "no_control"
    if matrix.before == 0:
        return "no_pre_period"
    if matrix.before == matrix.y.shape[1]:
        return "no_post_period"
    for arm in (True, False):
        lost = 1 - matrix.w[matrix.treated == arm].sum() / weight[everybody == arm].sum()
        if not lost <= MOST_LOST:
            return "unbalanced"
    return "ok" if np.ptp(matrix.y) > 0 else "no_variation"
