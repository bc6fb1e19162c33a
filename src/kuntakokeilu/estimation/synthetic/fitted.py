"""What every method of this package returns."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TypeAlias

import numpy as np

from kuntakokeilu.estimation.synthetic.matrix import OutcomeMatrix


@dataclass(frozen=True)
class SyntheticFit:
    """An effect, and what the treated units were compared with.

    Attributes
    ----------
    estimate : float
        Mean effect over the periods from the start on, in the outcome's unit.
    gap : ndarray, shape (t,)
        The treated mean less its comparison in each period.
    weights : ndarray, shape (n0,)
        Weights of the controls, which sum to one; nan where a method has none.
    """

    estimate: float
    gap: np.ndarray
    weights: np.ndarray

    def distance_before(self, before: int) -> float:
        """Root mean squared gap before the start, around its mean."""
        return float(np.std(self.gap[:before]))


Method: TypeAlias = Callable[[OutcomeMatrix], SyntheticFit]
