"""Which estimands of an outcome are specifications of one question: those of its curve."""

from __future__ import annotations

from kuntakokeilu.study.estimands import Estimand
from kuntakokeilu.study.read import Study

FEWEST = 4  # ASSUME: fewer say little together, and are read more easily side by side
_QUESTION = ("population", "design", "contrast", "elapsed_first", "elapsed_last")


def curves(study: Study) -> dict[str, list[Estimand]]:
    """Give the specifications of each outcome that has enough of them.

    Parameters
    ----------
    study : Study
        A study.

    Returns
    -------
    dict of str to list of Estimand
        Main effects and robustness checks over all time after the start that ask what the first
        main estimand of the outcome asks: of the same persons, by the same design.
    """
    found = {
        name: [e for e in study.estimands_of(name) if _is_specification(e, study.leading(name))]
        for name, outcome in study.outcomes.items()
        if outcome.data != "none"
    }
    return {name: mine for name, mine in found.items() if len(mine) >= FEWEST}


def _is_specification(estimand: Estimand, first: Estimand) -> bool:
    return (
        estimand.role in ("main", "robustness")
        and not estimand.method.series
        and all(getattr(estimand, name) == getattr(first, name) for name in _QUESTION)
    )
