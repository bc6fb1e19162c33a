"""Samples that several estimands, and the checks of one, ask for alike: each is drawn once.

The estimands of an outcome, and the checks of each, differ mostly in what is made of a sample: a
check of trends asks for an event study on the rows of the estimate, and a contrast for the two
samples of its populations, which are estimated alone as well.
"""

from __future__ import annotations

import pandas as pd

from kuntakokeilu.estimation.compared import cells_by_population, compared_cells, each_population
from kuntakokeilu.estimation.sample import (
    Missing,
    Sample,
    missing_of,
    sample_of,
    stacked_samples,
)
from kuntakokeilu.study import Estimand

# What an estimand is called, what its number means and how sure it is: of no matter to its rows.
_NAMED = {"study", "estimand", "comparison", "design", "unit", "domain", "role", "headline"}
_INFERRED = {"seed", "permutations", "variances", "spillover_share", "leave_out_area"}
_INFERRED |= {"assignment", "applicants"}
_NOT_DRAWN = _NAMED | _INFERRED
# What is made of the compared cells: the estimator, but for months of follow-up apart.
_MADE = {"weights", "estimator", "effects_by_period", "covariates", "trends", "base_last"}
_NOT_COMPARED = _NOT_DRAWN | _MADE | {"windows"}


class Sampler:
    """Draws the samples of one outcome, and remembers them.

    Parameters
    ----------
    cells : DataFrame
        Contract CELLS of one outcome.
    units : DataFrame
        Contract UNITS.

    Notes
    -----
    Frames are given to several who ask; none may change them in place.
    """

    def __init__(self, cells: pd.DataFrame, units: pd.DataFrame) -> None:
        self.cells = cells_by_population(cells)
        self.units = units
        self._compared: dict[str, pd.DataFrame] = {}
        self._drawn: dict[str, pd.DataFrame] = {}
        self._missing: dict[str, Missing] = {}

    def draw(self, estimand: Estimand) -> Sample:
        """Draw the sample of an estimand, as `draw_sample` does."""
        key = _asked(estimand, _NOT_DRAWN)
        if key not in self._drawn:
            self._drawn[key] = self._draw(estimand).frame
        return Sample(self._drawn[key], estimand)

    def compared(self, estimand: Estimand) -> pd.DataFrame:
        """Give the cells that an estimand without a contrast compares, as `compared_cells` does."""
        return self._compare(estimand)

    def missing(self, estimand: Estimand) -> Missing:
        """Measure the compared cells without a value, as `missing_cells` does."""
        return max(map(self._miss, each_population(estimand)), key=lambda one: one.share)

    def _miss(self, estimand: Estimand) -> Missing:
        key = _asked(estimand, _NOT_DRAWN)
        if key not in self._missing:
            self._missing[key] = missing_of(self._compare(estimand), estimand)
        return self._missing[key]

    def _draw(self, estimand: Estimand) -> Sample:
        if estimand.contrast is not None:
            own, other = map(self.draw, each_population(estimand))
            return stacked_samples(own, other, estimand)
        return sample_of(self._compare(estimand), estimand)

    def _compare(self, estimand: Estimand) -> pd.DataFrame:
        # months of follow-up are kept apart by bins; without bins their width is of no matter
        followed = estimand.method.followed
        key = _asked(estimand, _NOT_COMPARED - ({"estimator"} if followed else set()))
        if key not in self._compared:
            self._compared[key] = compared_cells(self.cells(estimand), self.units, estimand)
        return self._compared[key]


def _asked(estimand: Estimand, but: set[str]) -> str:
    """Write down what an estimand asks for, but for some columns."""
    placebo = estimand.role == "placebo"  # which must end before the start
    return f"{placebo} {estimand.model_dump_json(exclude=but)}"
