"""What of a comparison is not in the estimate: cells, units, areas."""

from __future__ import annotations

from typing import Any

import pandas as pd

from kuntakokeilu.diagnostics.rows import check_row
from kuntakokeilu.errors import counted
from kuntakokeilu.estimation import (
    Sample,
    Sampler,
    other_groups,
    seen_on_one_side,
    treated_before,
)
from kuntakokeilu.study import Estimand, left_out

# ASSUME: a tenth of the weight without a value can hide as much as most effects; values that go
# missing with the trial matter sooner.
MAX_CELLS = 0.1
MAX_APART = 0.02
# ASSUME: where half of the weight has no value, or a tenth more of it goes missing with the trial,
# what is missing decides the estimate.
FAIL_CELLS = 0.5
FAIL_APART = 0.1


def missing(sampler: Sampler, estimand: Estimand) -> list[dict[str, Any]]:
    """Check how much of the compared weight has no value, and whether the trial moved that."""
    found = sampler.missing(estimand)
    statistic = "share of the compared weight, over units and periods, without a value"
    verdict = _verdict(found.share, MAX_CELLS, FAIL_CELLS)
    apart = (
        "by how much the share without a value grew more at the start in the trial arm than "
        "among controls"
    )
    differs = _verdict(abs(found.apart), MAX_APART, FAIL_APART)
    return [
        check_row("cells_left_out", statistic, found.share, MAX_CELLS, verdict),
        check_row("missing_differs", apart, found.apart, MAX_APART, differs),
    ]


def _verdict(value: float, warn: float, fail: float) -> str:
    return "fail" if value > fail else "warn" if value > warn else "pass"


def units_left_out(
    units: pd.DataFrame, frame: pd.DataFrame, estimand: Estimand
) -> list[dict[str, Any]]:
    """Check whether all units of the comparison, and all trial areas, are in the estimate.

    Parameters
    ----------
    units : DataFrame
        Contract UNITS.
    frame : DataFrame
        The estimand's sample, of all its populations.
    estimand : Estimand
        Its estimand.

    Returns
    -------
    list of dict
        units_left_out: the share of units that leave, by reason; controls that nobody is matched
        to do not count. areas_left_out: the number of trial areas that leave, whose effect the
        estimate does not hold.
    """
    rule = estimand.comparison_rule
    asked = units[~left_out(rule, units)]
    asked = asked[~other_groups(asked, estimand)]
    if rule.balance is not None:
        asked = asked[asked["arm"].eq("trial")]
    gone = asked[~asked["unit"].isin(frame["unit"])]
    before = gone[treated_before(gone, estimand)]
    covariates = [f"x_{name}" for name in (rule.balance.covariates if rule.balance else [])]
    unknown = gone[gone[covariates].isna().any(axis=1)].drop(index=before.index, errors="ignore")
    others = gone.drop(index=before.index.union(unknown.index))
    reasons = {
        "treated before the span": before,
        "a covariate is not known": unknown,
        "no value, or nothing to compare with": others,
    }
    # No names: a unit without a value has few persons, and how few must not be found from here.
    said = "; ".join(
        f"{why}: {counted(len(rows), 'unit')}" for why, rows in reasons.items() if len(rows)
    )
    share = len(gone) / max(len(asked), 1)
    statistic = f"share of the comparison's units that are not in the estimate ({said or 'none'})"
    verdict = "warn" if len(gone) else "pass"
    return [
        check_row("units_left_out", statistic, share, 0.0, verdict),
        _areas(gone, frame),
    ]


def _areas(gone: pd.DataFrame, frame: pd.DataFrame) -> dict[str, Any]:
    inside = frame.loc[frame["trial"], "cluster"]
    areas = gone.loc[gone["arm"].eq("trial") & ~gone["cluster"].isin(inside), "cluster"]
    names = "; ".join(sorted(areas.unique()))
    statistic = (
        "trial areas that have no weight in the estimate, which is about the others alone "
        f"({names or 'none'})"
    )
    n = areas.nunique()
    return check_row("areas_left_out", statistic, n, 0.0, "warn" if n else "pass")


def one_sided(sample: Sample) -> list[dict[str, Any]]:
    """Check whether means before and after are of the same units, where no unit has its own effect.

    Returns
    -------
    list of dict
        A row for the estimator `two_by_two`; all others take what is lasting in a unit out.
    """
    if sample.estimand.method.unit_effects:
        return []
    share = max(_share(part) for part in sample.populations)
    statistic = (
        "share of the weight of units seen on one side of the start alone: what they add is who is "
        "seen, not what changed"
    )
    verdict = "warn" if share > 0 else "pass"
    return [check_row("one_sided_units", statistic, share, 0.0, verdict)]


def _share(part: Sample) -> float:
    frame = part.frame
    return float(frame.loc[seen_on_one_side(part), "w"].sum() / frame["w"].sum())
