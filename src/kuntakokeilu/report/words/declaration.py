"""What a study declares before anything is estimated: which tables and figures it has."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass

from kuntakokeilu.facts.estimators import ESTIMATORS
from kuntakokeilu.report.words.kinds import Study


@dataclass(frozen=True)
class Declaration:
    """What the records of tables and figures are asked with.

    Attributes
    ----------
    study : mapping
        Content of study.json.
    released : collection of str
        Tables that the study releases, by their names in `contracts.RELEASED_TABLES`.
    balanced : collection of str
        Comparisons that are made alike before the start.
    by_area : collection of str
        Estimands whose effect is estimated for each trial area.
    """

    study: Study
    released: Collection[str] = ()
    balanced: Collection[str] = ()
    by_area: Collection[str] = ()

    @property
    def measured(self) -> list[str]:
        """Outcomes of which there are data."""
        return [n for n, outcome in self.study["outcomes"].items() if outcome["data"] != "none"]

    def drawn_as(self, figure: str) -> list[str]:
        """Name the estimands of measured outcomes whose estimator has a kind of figure."""
        measured = self.measured
        return [
            name
            for name, row in self.study["estimands"].items()
            if ESTIMATORS[row["estimator"]].figure == figure and row["outcome"] in measured
        ]

    @property
    def spillover_shares(self) -> set[float]:
        """Shares of the others' difference that are taken to be a spillover."""
        return {
            about.get("spillover_share") or 0.0
            for about in self.study["estimands"].values()
            if about["design"] == "eligible_relative"
        }

    def several(self, column: str) -> bool:
        """Tell whether estimands of one number differ in a column."""
        rows = self.study["estimands"].values()
        single = [row for row in rows if not ESTIMATORS[row["estimator"]].series]
        return len({row[column] for row in single}) > 1
