"""What main estimates say if the arms would have drifted apart, and what tests would have seen."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import dataclass, replace
from functools import partial
from typing import Any

import numpy as np
import pandas as pd

from kuntakokeilu.contracts import BOUNDS, EQUIVALENCE, PRE_TREND_POWER, conform
from kuntakokeilu.diagnostics.pretrends import as_event_study, bias_of_unit_drift, pooled
from kuntakokeilu.estimation import Sampler
from kuntakokeilu.estimation.bounds import (
    BoundedSeries,
    EventSeries,
    bounded_series,
    breakdown_relative_magnitudes,
    breakdown_smoothness,
    equivalence,
    largest_seen,
    power_of_any,
    power_of_joint,
    relative_magnitudes,
    slope_for_power,
    smoothness,
    unavoidable_bias,
    widened,
)
from kuntakokeilu.estimation.clustered import t_quantile
from kuntakokeilu.study import BoundsAsked, Estimand

POWERS = (0.5, 0.8)  # as Roth (2022) has them
_TESTED = ("main", "benchmark", "placebo")  # of which it is asked whether there is an effect
_Rows = list[dict[str, Any]]


@dataclass(frozen=True)
class BoundsTables:
    """What is found of the main estimates of an outcome.

    Attributes
    ----------
    bounds : DataFrame
        Contract BOUNDS.
    pre_trend_power : DataFrame
        Contract PRE_TREND_POWER.
    """

    bounds: pd.DataFrame
    pre_trend_power: pd.DataFrame


def bound(
    cells: pd.DataFrame,
    units: pd.DataFrame,
    estimates: pd.DataFrame,
    estimands: Iterable[Estimand],
    asked: BoundsAsked,
) -> BoundsTables:
    """Put bounds on estimates of one outcome.

    Parameters
    ----------
    cells, units : DataFrame
        Contracts CELLS and UNITS.
    estimates : DataFrame
        Contract ESTIMATES, with the estimands.
    estimands : iterable of Estimand
        The main ones.
    asked : BoundsAsked
        What the study declares.

    Returns
    -------
    BoundsTables
        Bounds are on the estimate's own contrast, from the event study that the estimand's checks
        before the start are of: mean effect after the start relative to the mean of the time
        before, bins weighing what the trial arm's rows in them do. Estimators that compare with
        the last period before the start are bounded relative to that. Its covariance is by area,
        of the kind that leads the estimand, widened for its degrees of freedom. An estimand
        without bounds has rows that say why.
    """
    sampler = Sampler(cells, units)
    bounds: _Rows = []
    power: _Rows = []
    for estimand in estimands:
        lead = estimates[estimates["estimand"].eq(estimand.estimand) & estimates["leading"]]
        series = _event_study(estimand, asked)
        mine = estimates[estimates["estimand"].eq(estimand.estimand)]
        found = _series(sampler, series, lead, mean_before=_compares_with_mean(estimand))
        about = {name: getattr(estimand, name) for name in ("estimand", "outcome", "unit")}
        bins = {"periods_per_bin": series.periods_per_bin}
        bounds += [about | bins | row for row in _bounds(found, lead, asked, _degrees(mine))]
        power += [about | row for row in _power(sampler, estimand, found, lead)]
    return BoundsTables(
        conform(pd.DataFrame(bounds, columns=list(BOUNDS.columns)), BOUNDS),
        conform(pd.DataFrame(power, columns=list(PRE_TREND_POWER.columns)), PRE_TREND_POWER),
    )


def equivalence_table(
    estimates: pd.DataFrame, margins: Mapping[str, float], controls: Collection[str] = ()
) -> pd.DataFrame:
    """Test which main effects and placebos are no larger than a margin.

    Parameters
    ----------
    estimates : DataFrame
        Contract ESTIMATES.
    margins : mapping of str to float
        Of outcomes, in their units; outcomes without one are not tested.
    controls : collection of str
        Outcomes among them that nothing evaluated can move: all effects of these are tested.

    Returns
    -------
    DataFrame
        Contract EQUIVALENCE, from the leading row of each effect.
    """
    tested = estimates["role"].isin(_TESTED) | estimates["outcome"].isin(list(controls))
    asked = tested & estimates["outcome"].isin(margins)
    rows = [
        _equivalent(row, margins[row["outcome"]])
        for _, row in estimates[
            asked & estimates["leading"] & estimates["term"].eq("att")
        ].iterrows()
    ]
    return conform(pd.DataFrame(rows, columns=list(EQUIVALENCE.columns)), EQUIVALENCE)


def _event_study(estimand: Estimand, asked: BoundsAsked) -> Estimand:
    """Turn an estimand into the event study that bounds are put on."""
    series = as_event_study(pooled(estimand))
    longer = asked.periods_per_bin is not None and estimand.sample != "stock"
    if not longer or estimand.method.groups:  # stocks and groups have bins of their own
        return series
    return series.model_copy(update={"periods_per_bin": asked.periods_per_bin})


def _compares_with_mean(estimand: Estimand) -> bool:
    """Tell whether an estimate is relative to the mean of the time before the start."""
    method = pooled(estimand).method
    return method.before == "event_study" and not (method.base or method.changes)


def _degrees(rows: pd.DataFrame) -> float:
    """Degrees of freedom that the errors of an estimate have: Satterthwaite's, where CR2 is."""
    reduced = rows.loc[rows["inference"].eq("cr2_area"), "degrees_of_freedom"].min()
    return float(
        rows.loc[rows["leading"], "degrees_of_freedom"].min() if pd.isna(reduced) else reduced
    )


def _series(
    sampler: Sampler, event_study: Estimand, lead: pd.DataFrame, *, mean_before: bool
) -> BoundedSeries:
    """Estimate an event study, or say what it lacks."""
    lacks = _lacking(lead)
    if lacks is not None:
        nothing = np.zeros(0)
        return BoundedSeries(None, nothing.astype(int), nothing, np.zeros((0, 0)), 0, 0, lacks)
    sample = sampler.draw(event_study)
    reduced = lead["inference"].str.startswith("cr2").any()
    return bounded_series(sample, bias_reduced=bool(reduced), mean_before=mean_before)


def _lacking(lead: pd.DataFrame) -> str | None:
    first = lead.iloc[0]
    if first["identified"] != "ok":
        return str(first["identified"])
    if first["inference"] == "two_sample":
        return "one_cluster"
    return "no_inference" if not lead["degrees_of_freedom"].min() > 0 else None


def _bounds(
    found: BoundedSeries, lead: pd.DataFrame, asked: BoundsAsked, satterthwaite: float
) -> _Rows:
    facts = {
        "identified": found.identified,
        "inference": lead["inference"].iloc[0],
    }
    if found.series is None:
        return [
            {"restriction": name, "declared": value} | facts
            for name in _METHODS
            for value in getattr(asked, name)
        ]
    degrees = float(lead["degrees_of_freedom"].min())
    series = widened(found.series, degrees)
    last = replace(found.series, base=None)
    facts |= {
        "estimate": series.estimate,
        "std_error": found.series.std_error,
        "last_bin": last.estimate,
        "last_bin_std_error": last.std_error,
        "degrees_of_freedom": degrees,
        "n_before": series.n_before,
        "n_after": int((found.times >= 0).sum()),
    }
    change, bend = largest_seen(series)
    rows = _of(
        "relative_magnitudes", series, asked.relative_magnitudes, 1.0, facts | {"seen": change}
    )
    facts |= {"seen": bend}
    if too_many_bins(series.n_before, found.n_fewest, satterthwaite):
        return [*rows, *_none_of("smoothness", asked.smoothness, facts, "too_many_bins")]
    chosen = series.n_before - 1  # weights that a line leaves free
    of_least = widened(found.series, min(degrees, satterthwaite), chosen)
    bends = _of("smoothness", of_least, asked.smoothness, _unit(found.series, asked), facts)
    return [*rows, *(row | {"without_drift": _middle(row)} for row in bends)]


def too_many_bins(n_before: int, n_fewest: int, degrees: float) -> bool:
    """Tell whether a drift extrapolated from bins before the start would be fitted to noise.

    The interval under smoothness rests on the estimate of least variance among all that take a
    drift along a line off: as many weights as there are bins before the reference, chosen by their
    estimated covariance with each other and the effect. That of the smaller arm has no more
    dimensions than clusters less one, and no more to say than the errors' degrees of freedom;
    beyond that some choice seems to have hardly any variance: with five treated areas and twelve
    bins an interval of 95 % held the truth in about half of the panels that it was tried on
    (docs/methods.md).

    Parameters
    ----------
    n_before : int
        Bins before the reference.
    n_fewest : int
        Clusters of the smaller arm.
    degrees : float
        Degrees of freedom of the estimate (Satterthwaite's of CR2).

    Examples
    --------
    >>> too_many_bins(7, 23, 29.0), too_many_bins(7, 5, 29.0), too_many_bins(7, 23, 4.1)
    (False, True, True)
    """
    return n_before + 1 > min(n_fewest - 1, degrees)


def _unit(series: EventSeries, asked: BoundsAsked) -> float:
    """Give what a declared bend of one is, in the outcome's unit."""
    units = {
        "largest_bend": largest_seen(series)[1],
        "std_error": series.std_error / unavoidable_bias(series),
        "outcome": 1.0,
    }
    return units[asked.smoothness_unit]


def _middle(row: dict[str, Any]) -> float:
    """Give the estimate less the drift taken off, around which an interval is of fixed length."""
    return float((row["ci_low"] + row["ci_high"]) / 2)


_METHODS: dict[str, tuple[Callable[..., np.ndarray], Callable[[EventSeries], float]]] = {
    "relative_magnitudes": (relative_magnitudes, breakdown_relative_magnitudes),
    "smoothness": (smoothness, breakdown_smoothness),
}


def _none_of(restriction: str, declared: list[float], facts: dict[str, Any], why: str) -> _Rows:
    """Give the rows of a restriction under which there is no interval."""
    shared = facts | {"restriction": restriction, "identified": why}
    return [shared | {"declared": value} for value in declared]


def _of(
    restriction: str, series: EventSeries, declared: list[float], unit: float, facts: dict[str, Any]
) -> _Rows:
    if not declared:
        return []
    intervals, breakdown = _METHODS[restriction]
    found = intervals(series, [value * unit for value in declared])
    shared = facts | {"restriction": restriction, "breakdown": breakdown(series)}
    return [
        shared | {"declared": value, "bound": value * unit, "ci_low": low, "ci_high": high}
        for value, (low, high) in zip(declared, _finite(found), strict=True)
    ]


def _finite(intervals: np.ndarray) -> np.ndarray:
    """Leave out ends that are not there."""
    return np.where(np.isfinite(intervals), intervals, np.nan)


def _power(sampler: Sampler, estimand: Estimand, found: BoundedSeries, lead: pd.DataFrame) -> _Rows:
    rows = [{"test": test, "power": power} for test in ("any", "joint") for power in POWERS]
    if found.series is None:
        return [row | {"identified": found.identified} for row in rows]
    p = found.series.n_before
    years, covariance = found.years[:p], found.tested[:p, :p]
    per_year = bias_of_unit_drift(sampler.draw(pooled(estimand)))
    if np.isnan(per_year):
        per_year = float(found.series.weights @ found.years[p:])
    single = lead["estimate"].iloc[0] if len(lead) == 1 else np.nan
    critical = t_quantile(found.n_clusters - 1, 0.975)
    tests: dict[Any, Callable[[np.ndarray], float]] = {
        "any": partial(power_of_any, covariance=covariance, critical=critical),
        "joint": partial(power_of_joint, covariance=covariance, n_clusters=found.n_clusters),
    }
    for row in rows:
        slope = slope_for_power(_against(tests[row["test"]], years), float(row["power"]))
        row |= {"slope": slope, "bias": slope * per_year, "estimate": single, "identified": "ok"}
    return rows


def _against(power: Callable[[np.ndarray], float], years: np.ndarray) -> Callable[[float], float]:
    """Give the power against a slope a year."""
    return lambda slope: power(slope * years)


def _equivalent(row: pd.Series, margin: float) -> dict[str, Any]:
    about = {name: row[name] for name in ("estimand", "outcome", "unit")} | {"margin": margin}
    if row["identified"] != "ok":
        return about | {"identified": row["identified"]}
    degrees = row["degrees_of_freedom"]
    if not (row["std_error"] > 0 and degrees > 0):
        return about | {"identified": "no_inference"}
    found = equivalence(row["estimate"], row["std_error"], float(degrees), margin)
    return about | {
        "estimate": row["estimate"],
        "p_value": found.p_value,
        "ci_low": found.low,
        "ci_high": found.high,
        "equivalent": found.shown,
        "identified": "ok",
    }
