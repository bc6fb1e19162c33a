"""A design judged before its data are seen: from the time before the start alone."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np
import pandas as pd

from kuntakokeilu.contracts import DESIGN, DESIGN_LIMITS, conform
from kuntakokeilu.diagnostics.power import (
    LEVEL,
    detectable_on_history,
    noncentral_power,
    power_on_history,
)
from kuntakokeilu.estimation import (
    Sampler,
    axis_offset,
    compared_units,
    estimate,
    has_cohorts,
    reach,
)
from kuntakokeilu.facts import period
from kuntakokeilu.study import Estimand

# ASSUME: two thirds of the time before the start for each false start leave room to move it; more
# than a dozen overlap so much that they add little.
_PART, _MOST_STARTS = 2 / 3, 12
_MOST_DRAWS = 999  # of each permutation test, whose size is counted over all false starts
_GRID = np.linspace(0, 2, 9)  # effects of power curves, in detectable effects
_BASICS = ("estimand", "outcome", "weights", "unit")


class FalseStart(NamedTuple):
    """One false start: first and last period compared, and the start."""

    first: pd.Period
    treated_from: pd.Period
    last: pd.Period


@dataclass(frozen=True)
class DesignTables:
    """What is known of a design.

    Attributes
    ----------
    numbers : DataFrame
        Contract DESIGN.
    limits : DataFrame
        Contract DESIGN_LIMITS.
    """

    numbers: pd.DataFrame
    limits: pd.DataFrame


def before_start(cells: pd.DataFrame, units: pd.DataFrame) -> pd.DataFrame:
    """Keep the cells of periods before anybody was treated.

    Parameters
    ----------
    cells : DataFrame
        Contract CELLS.
    units : DataFrame
        Contract UNITS.

    Returns
    -------
    DataFrame
        Contract CELLS. Of persons who are followed, months that reach the start go as well.
    """
    return cells[cells["period"] < units["first_treated"].min()].reset_index(drop=True)


def design_tables(
    cells: Mapping[str, pd.DataFrame],
    units: pd.DataFrame,
    counts: pd.DataFrame,
    estimands: Iterable[Estimand],
    overlap: pd.DataFrame,
) -> DesignTables:
    """Judge the main estimands of a study from the time before the start.

    Parameters
    ----------
    cells : mapping of str to DataFrame
        Outcome to contract CELLS; of periods from the start on nothing is used.
    units, counts : DataFrame
        Contracts UNITS and COUNTS.
    estimands : iterable of Estimand
        Main estimands; series are left out.
    overlap : DataFrame
        Contract OVERLAP or OVERLAP_RELEASED: areas without a comparable control are listed.

    Returns
    -------
    DesignTables
        Numbers of estimands with a false start, and what cannot be identified.
    """
    rows: list[dict[str, Any]] = []
    limits: list[dict[str, Any]] = []
    for outcome, mine in _by_outcome(estimands).items():
        known = before_start(cells[outcome], units) if outcome in cells else None
        if known is None or known["mean"].notna().sum() == 0:
            limits.append(_limit("outcome", outcome, None, _why_no_outcome(known)))
            continue
        for one in mine:
            found = false_start_estimates(known, units, counts, one)
            reason = _why_none(found, one)
            if reason is not None:
                limits.append(_limit("estimand", one.estimand, None, reason))
                continue
            rows += _numbers(one, found)
            limits += _without_weight(known, units, one)
    alone = overlap[overlap["comparable"].astype("boolean").eq(False).fillna(False)]
    limits += [
        _limit("area", area, comparison, "no_comparable_control")
        for area, comparison in zip(alone["area"], alone["comparison"], strict=True)
    ]
    return DesignTables(
        conform(_frame(rows, DESIGN.columns), DESIGN),
        conform(_frame(limits, DESIGN_LIMITS.columns), DESIGN_LIMITS),
    )


def false_start_estimates(
    cells: pd.DataFrame, units: pd.DataFrame, counts: pd.DataFrame, estimand: Estimand
) -> pd.DataFrame:
    """Estimate as if treatment had started at other times, with the arms that it had.

    Parameters
    ----------
    cells : DataFrame
        Contract CELLS of the outcome, before the start.
    units, counts : DataFrame
        Contracts UNITS and COUNTS.
    estimand : Estimand
        With one number.

    Returns
    -------
    DataFrame
        Contract ESTIMATES, all kinds of inference of each false start, with `n_before` and
        `n_after`, its periods; without rows if there is no room for one.
    """
    windows = false_starts(cells, estimand, units["first_treated"].min())
    asked = [_at(estimand, window, number) for number, window in enumerate(windows)]
    if not asked or estimand.comparison_rule.balance is not None:
        return pd.DataFrame(columns=["estimand", "n_before", "n_after"])
    first = windows[0]
    return estimate(cells, units, counts, asked)[0].assign(
        n_before=(first.treated_from - first.first).n,
        n_after=(first.last - first.treated_from).n + 1,
    )


def false_starts(cells: pd.DataFrame, estimand: Estimand, start: pd.Period) -> list[FalseStart]:
    """Lay false starts over the time before the start, evenly; they overlap.

    Parameters
    ----------
    cells : DataFrame
        Contract CELLS of one outcome, before the start.
    estimand : Estimand
        Whose periods before and after the start they have, in the same proportion where the time
        is too short for as many.
    start : Period
        The first start, of an estimand without one of its own.

    Returns
    -------
    list of FalseStart
        At most 12, the earliest first; none with fewer than two periods, and of persons who are
        followed none without a cohort on either side.
    """
    mine = cells[(cells["population"] == estimand.population) & cells["mean"].notna()]
    if mine.empty:
        return []
    followed = estimand.elapsed_last or 0
    times = mine["period"] - mine["elapsed"].fillna(0).astype(int) if followed else mine["period"]
    first, last = times.min(), mine["period"].max() - followed
    have = (last - first).n + 1
    if have < 2:
        return []
    before, after = _lengths(estimand, have, start)
    windows = [
        FalseStart(first + (k - before), first + k, first + (k + after - 1))
        for k in range(before, have - after + 1)
    ]
    if has_cohorts(estimand):  # stocks may be years apart, and most windows have none on a side
        cohorts = list(times.unique())
        windows = [window for window in windows if _has_both_sides(window, cohorts, estimand)]
    if not windows:
        return []
    chosen = np.unique(np.linspace(0, len(windows) - 1, _MOST_STARTS).round().astype(int))
    return [windows[place] for place in chosen]


def _has_both_sides(window: FalseStart, cohorts: list[pd.Period], estimand: Estimand) -> bool:
    """Tell whether a cohort ends its follow-up before a false start, and one comes after it."""
    offset, followed = axis_offset(estimand), reach(estimand)
    places = [each + offset for each in cohorts if window.first <= each <= window.last]
    before = any(place + followed < window.treated_from for place in places)
    return before and any(place >= window.treated_from for place in places)


def _lengths(estimand: Estimand, have: int, start: pd.Period) -> tuple[int, int]:
    """Say how many periods before and after a false start are compared."""
    names = (estimand.first_period, estimand.start or str(start), estimand.last_period)
    first, begin, last = (period(text, estimand.frequency) for text in names)
    total = max((last - first).n + 1, 2)
    length = min(total, max(int(have * _PART), 2))
    before = round(length * (begin - first).n / total)
    return (kept := min(max(before, 1), length - 1)), length - kept


def _at(estimand: Estimand, window: FalseStart, number: int) -> Estimand:
    """Ask an estimand at a false start."""
    return estimand.model_copy(
        update={
            "estimand": f"{estimand.estimand}.{number}",
            "role": "placebo",
            "start": str(window.treated_from),
            "first_period": str(window.first),
            "last_period": str(window.last),
            "skip_first": None,
            "skip_last": None,
            "permutations": min(estimand.permutations, _MOST_DRAWS),
        }
    )


def _by_outcome(estimands: Iterable[Estimand]) -> dict[str, list[Estimand]]:
    found: dict[str, list[Estimand]] = {}
    for one in estimands:
        if not one.method.series:
            found.setdefault(one.outcome, []).append(one)
    return found


def _why_no_outcome(cells: pd.DataFrame | None) -> str:
    return "no_data" if cells is None else "no_pre_period"


def _why_none(found: pd.DataFrame, estimand: Estimand) -> str | None:
    """Say why an estimand cannot be judged; None if it can."""
    if estimand.comparison_rule.balance is not None:
        return "balance"
    if found.empty:
        return "no_window" if has_cohorts(estimand) else "no_pre_period"
    if found["identified"].ne("ok").all():
        return str(found["identified"].iloc[0])
    return None if _leading(found).shape[0] else "one_cluster"


def _leading(found: pd.DataFrame) -> pd.DataFrame:
    rows = found[found["leading"] & found["identified"].eq("ok")]
    return rows[rows["std_error"].notna() & rows["degrees_of_freedom"].notna()]


def _numbers(estimand: Estimand, found: pd.DataFrame) -> Iterator[dict[str, Any]]:
    """Give the rows of one estimand."""
    lead = _leading(found)
    given = [lead[name].to_numpy(float) for name in ("estimate", "std_error", "degrees_of_freedom")]
    estimates, errors, degrees = given
    facts = {name: getattr(estimand, name) for name in _BASICS} | {
        "n_starts": len(lead),
        "n_before": int(found["n_before"].iloc[0]),
        "n_after": int(found["n_after"].iloc[0]),
        "n_persons_min": lead["n_persons_min"].min(),
    }
    detectable = float(lead["minimum_detectable_effect"].median())
    plain = {
        "std_error": float(np.median(errors)),
        "degrees_of_freedom": float(np.median(degrees)),
        "detectable": detectable,
        "spread": float(estimates.std(ddof=1)) if len(lead) > 1 else np.nan,
        "detectable_history": detectable_on_history(*given),
    }
    for quantity, value in plain.items():
        yield {**facts, "quantity": quantity, "value": value}
    effects = _GRID * detectable
    curves = {
        "power": noncentral_power(effects, errors, degrees),
        "power_history": power_on_history(effects, *given),
    }
    for quantity, values in curves.items():
        for effect, value in zip(effects, values, strict=True):
            yield {**facts, "quantity": quantity, "effect": effect, "value": value}
    for kind, rows in found[found["p_value"].notna()].groupby("inference", sort=False):
        size = {"quantity": "size", "inference": kind, "n_starts": len(rows)}
        yield {**facts, **size, "value": float((rows["p_value"] < LEVEL).mean())}


def _without_weight(
    cells: pd.DataFrame, units: pd.DataFrame, estimand: Estimand
) -> list[dict[str, Any]]:
    """List trial areas that are compared and yet have no weight in an estimate."""
    window = false_starts(cells, estimand, units["first_treated"].min())[-1]
    one = _at(estimand, window, 0)
    compared = compared_units(units, one)
    used = Sampler(cells, units).draw(one).frame
    areas = [frame.loc[frame["trial"], "cluster"].unique() for frame in (compared, used)]
    return [
        _limit("area", area, estimand.estimand, "no_weight") for area in sorted(set(areas[0]) -
                                                                               set(areas[1]))
    ]  # fmt: skip


def _limit(kind: str, item: str, beside: str | None, reason: str) -> dict[str, Any]:
    return {"kind": kind, "item": item, "beside": beside, "reason": reason}


def _frame(rows: Sequence[dict[str, Any]], columns: Iterable[Any]) -> pd.DataFrame:
    frame = pd.DataFrame(rows, columns=list(columns))
    counts = [name for name in frame if str(name).startswith("n_")]
    return frame.astype(dict.fromkeys(counts, "Int64"))
