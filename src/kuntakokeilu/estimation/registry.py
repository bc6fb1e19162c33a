"""The design of each estimator, by the name of its record in `facts/estimators.py`."""

from __future__ import annotations

from collections.abc import Callable
from hashlib import blake2b

import pandas as pd

from kuntakokeilu.estimation.callaway_santanna import (
    callaway_santanna_average,
    callaway_santanna_calendar,
    callaway_santanna_event_study,
    callaway_santanna_group,
)
from kuntakokeilu.estimation.designs import (
    Design,
    elapsed_effects,
    event_study,
    two_by_two,
    two_way_fixed_effects,
    window_effects,
)
from kuntakokeilu.estimation.first_differences import first_differences
from kuntakokeilu.estimation.group_time import (
    group_average,
    group_time_average,
    group_time_event_study,
)
from kuntakokeilu.estimation.imputation import imputation_average, imputation_event_study
from kuntakokeilu.estimation.remember import Content, remembered
from kuntakokeilu.estimation.stacked_starts import stacked_average, stacked_event_study
from kuntakokeilu.estimation.sun_abraham import sun_abraham_average, sun_abraham_event_study
from kuntakokeilu.study import Estimand

Plain = Callable[[pd.DataFrame, Estimand], Design]

DESIGNS: dict[str, Plain] = {
    "two_by_two": two_by_two,
    "two_way_fixed_effects": two_way_fixed_effects,
    "first_differences": first_differences,
    "event_study": event_study,
    "window_effects": window_effects,
    "elapsed_effects": elapsed_effects,
    "group_time_average": group_time_average,
    "group_average": group_average,
    "group_time_event_study": group_time_event_study,
    "imputation_average": imputation_average,
    "imputation_event_study": imputation_event_study,
    "callaway_santanna_average": callaway_santanna_average,
    "callaway_santanna_group": callaway_santanna_group,
    "callaway_santanna_calendar": callaway_santanna_calendar,
    "callaway_santanna_event_study": callaway_santanna_event_study,
    "sun_abraham_average": sun_abraham_average,
    "sun_abraham_event_study": sun_abraham_event_study,
    "stacked_average": stacked_average,
    "stacked_event_study": stacked_event_study,
}

# What differs between outcomes, or weights, of one sample: a right-hand side knows nothing of it.
_OF_OUTCOMES = ["y", "n", "n_fewest", "n_most", "sum_sq", "sources", "weight_current", "w"]
# Columns of an estimand on which no right-hand side rests.
_NOT_IN_DESIGN = {"study", "estimand", "outcome", "population", "comparison", "comparison_rule"}
_NOT_IN_DESIGN |= {"design", "unit", "domain", "role", "headline", "seed", "permutations"}
_NOT_IN_DESIGN |= {"variances", "spillover_share", "leave_out_area", "contrast", "weights"}


def right_hand_side(frame: pd.DataFrame, estimand: Estimand, plain: Plain | None = None) -> Design:
    """Make the right-hand side of one population, once for all outcomes and weights of its rows.

    Parameters
    ----------
    frame : DataFrame
        The rows of a sample.
    estimand : Estimand
        Its estimand.
    plain : callable, optional
        What makes it, a function of a module; by default that of the estimand's estimator.
    """
    plain = DESIGNS[estimand.estimator] if plain is None else plain
    if estimand.method.changes or estimand.method.groups:  # such a design holds outcomes
        return plain(frame, estimand)
    asked = estimand.model_dump_json(exclude=_NOT_IN_DESIGN)
    return _made(plain, asked, Content(_digest(frame), (frame, estimand)))


@remembered
def _made(plain: Plain, asked: str, content: Content) -> Design:
    return plain(*content.value)


@remembered
def _digest(frame: pd.DataFrame) -> bytes:
    """Sum up the rows of a sample, outcomes and weights aside."""
    rows = frame.drop(columns=_OF_OUTCOMES, errors="ignore")
    names = "\0".join(map(str, rows.columns))
    return blake2b(
        pd.util.hash_pandas_object(rows).to_numpy().tobytes(), key=blake2b(names.encode()).digest()
    ).digest()
