"""Which trial units no control is like, by name."""

from __future__ import annotations

from collections.abc import Iterable

import pandas as pd

from kuntakokeilu.contracts import BEYOND_REACH, conform
from kuntakokeilu.estimation import beyond_reach, compared_units
from kuntakokeilu.study import Estimand


def beyond_reach_table(units: pd.DataFrame, estimands: Iterable[Estimand]) -> pd.DataFrame:
    """List the trial units that comparisons leave out because no control is like them.

    Parameters
    ----------
    units : DataFrame
        Contract UNITS.
    estimands : iterable of Estimand
        Their comparisons, as far as they have a rule of overlap, are looked at; placebos and
        samples with one area left out are not.

    Returns
    -------
    DataFrame
        Contract BEYOND_REACH.
    """
    first: dict[str, Estimand] = {}
    for estimand in estimands:
        if estimand.role in ("main", "robustness") and estimand.leave_out_area is None:
            first.setdefault(estimand.comparison, estimand)
    tables = [_left_out(units, one) for one in first.values() if one.comparison_rule.overlap]
    empty = pd.DataFrame(columns=list(BEYOND_REACH.columns))
    return conform(pd.concat(tables) if tables else empty, BEYOND_REACH)


def _left_out(units: pd.DataFrame, estimand: Estimand) -> pd.DataFrame:
    rule = estimand.comparison_rule
    assert rule.overlap is not None
    whole = rule.model_copy(update={"overlap": None})
    rows = compared_units(units, estimand.model_copy(update={"comparison_rule": whole}))
    reason = beyond_reach(rows, rule.overlap, f"comparison {estimand.comparison}")
    areas = units.set_index("unit")["area"]
    out = rows.assign(reason=reason)[reason.ne("").to_numpy()]
    return out.assign(comparison=estimand.comparison, area=out["unit"].map(areas))[
        list(BEYOND_REACH.columns)
    ]
