"""The same estimate in windows of earlier time, in which there was no trial.

Everything that is dated moves back by as many periods: the span, the start, what is skipped. Arms,
lengths before and after, weights and estimator stay, so that a window differs from the real one in
when it is and in nothing of the trial being in it (in-time placebos: Abadie, Diamond & Hainmueller
2015, American Journal of Political Science 59(2)).
"""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd

from kuntakokeilu.estimation.assignment import share_as_extreme, whole_areas
from kuntakokeilu.estimation.clustered import influence, t_inference
from kuntakokeilu.estimation.cohorts import axis_offset, has_cohorts, reach
from kuntakokeilu.estimation.compared import compared_cells, compared_units, values_over_time
from kuntakokeilu.estimation.contrast import design_of
from kuntakokeilu.estimation.designs import Design
from kuntakokeilu.estimation.few_clusters import inference_by_area
from kuntakokeilu.estimation.fit import Fit, fit
from kuntakokeilu.estimation.identification import not_identified
from kuntakokeilu.estimation.many_outcomes import OneRightHandSide
from kuntakokeilu.estimation.permutation import deal_labels, permutation_p_value
from kuntakokeilu.estimation.sample import Sample, fewest_persons
from kuntakokeilu.estimation.sampler import Sampler
from kuntakokeilu.estimation.studentised import studentised
from kuntakokeilu.facts import period
from kuntakokeilu.facts.basics import plain_weights
from kuntakokeilu.study import Estimand

KINDS = (
    "cluster_area",
    "cluster_municipality",
    "cr2_area",
    "cr2_exact_area",
    "permutation_area",
    "permutation_t_area",
)
COLUMNS = ["lag", "inference", "estimate", "std_error", "degrees_of_freedom", "p_value"]
COLUMNS += ["n_persons_min", "identified"]
_SEASONS = {"M": 12, "Q": 4, "Y": 1}
# Estimators that compare the change of each unit's mean where every unit has every period.
_OF_CHANGES = ("two_way_fixed_effects", "two_by_two")


def moved_back(estimand: Estimand, lag: int) -> Estimand:
    """Move everything that is dated in an estimand back by `lag` periods.

    Parameters
    ----------
    estimand : Estimand
        Of one effect.
    lag : int
        Periods; whole years where values are taken off those of a base year.

    Returns
    -------
    Estimand
        Of the role robustness: the start of `units_moved_back` is no longer the real one.
    """
    dated = ("first_period", "last_period", "skip_first", "skip_last", "start", "group")
    moved: dict[str, Any] = {
        name: str(period(text, estimand.frequency) - lag).zfill(4)
        for name in dated
        if (text := getattr(estimand, name)) is not None
    }
    if estimand.base_year is not None:
        moved["base_year"] = estimand.base_year - lag // _SEASONS[estimand.frequency]
    return estimand.model_copy(update=moved | {"role": "robustness"})


def units_moved_back(units: pd.DataFrame, lag: int) -> pd.DataFrame:
    """Start the treatment of all units of UNITS `lag` periods earlier."""
    return units.assign(first_treated=units["first_treated"] - lag)


def as_seen(sample: Sample) -> Estimand:
    """Narrow the span of an estimand to the periods of its sample: it may end before it."""
    estimand = sample.estimand
    months = sample.frame["period"] - axis_offset(estimand)
    ends = {"first_period": months.min(), "last_period": months.max()}
    seen = {name: str(end).zfill(4) for name, end in ends.items()}
    return estimand.model_copy(update=seen)


def possible_lags(
    cells: pd.DataFrame, units: pd.DataFrame, estimand: Estimand, first: pd.Period, step: int = 1
) -> list[int]:
    """List by how many periods an estimand can be moved back, so that nothing of the trial is in.

    Parameters
    ----------
    cells : DataFrame
        Contract CELLS of the outcome.
    units : DataFrame
        Contract UNITS.
    estimand : Estimand
        Of one effect, its span `as_seen`.
    first : Period
        Earliest period, or month of a cohort, that may be used.
    step : int
        Periods between neighbouring false starts.

    Returns
    -------
    list of int
        From the latest window, which ends in the last period before any unit that is compared is
        treated, follow-up included, to the earliest for which there are data; empty if none fits.
        Cohorts must all be there: stocks of a few months can be moved by few lags, or by none.
    """
    offset = axis_offset(estimand)
    starts = compared_units(units, estimand)["first_treated"].dropna()
    real = [*starts, *units.loc[units["arm"].eq("trial"), "first_treated"].dropna()]
    values = values_over_time(cells, estimand)
    places = values.loc[values["mean"].notna(), "period"].unique()
    if not real or not len(places):
        return []
    begin, end = (period(e, estimand.frequency) + offset for e in _span(estimand))
    shortest = end.ordinal + reach(estimand) - min(real).ordinal + 1
    earliest = max(min(places).ordinal, first.ordinal + offset)
    lags = list(range(max(shortest, 1), begin.ordinal - earliest + 1, step))
    if estimand.base_year is not None:
        lags = [lag for lag in lags if lag % _SEASONS[estimand.frequency] == 0]
    if has_cohorts(estimand):
        there = {place.ordinal for place in places}
        used = [place for place in there if begin.ordinal <= place <= end.ordinal]
        lags = [lag for lag in lags if all(place - lag in there for place in used)]
    return lags


def estimate_false_starts(
    cells: pd.DataFrame,
    units: pd.DataFrame,
    estimand: Estimand,
    lags: list[int],
    draws: int = 999,
) -> pd.DataFrame:
    """Estimate one effect at false starts, with inference of several kinds.

    Parameters
    ----------
    cells : DataFrame
        Contract CELLS of the outcome.
    units : DataFrame
        Contract UNITS.
    estimand : Estimand
        Of one effect, its span `as_seen`.
    lags : list of int
        By how many periods the estimand is moved back; see `possible_lags`.
    draws : int
        Deals of each permutation test.

    Returns
    -------
    DataFrame
        A row for each lag and each of `KINDS`: lag; inference; estimate and std_error in the unit
        of the outcome; degrees_of_freedom; p_value; n_persons_min, the fewest persons in an arm
        and period; identified, ok or why there is no number (see ESTIMATES). A permutation has a
        p-value alone.

    Notes
    -----
    Where every unit has every period, one start and one weight, each window is the regression of
    the change of units' means on one right-hand side, so that all windows are one matrix of
    outcomes (`many_outcomes`): numbers are those of the regression on all rows. Any other window
    is estimated by itself.
    """
    alike = _Alike.of(cells, units, estimand, lags, draws)
    fast = {} if alike is None else alike.estimate()
    rows: list[dict[str, Any]] = []
    for lag in lags:
        found = fast.get(lag)
        rows += _alone(cells, units, estimand, lag, draws) if found is None else found
    return pd.DataFrame(rows, columns=COLUMNS).astype({"n_persons_min": "Int64"})


def _span(estimand: Estimand) -> tuple[str, str]:
    return estimand.first_period, estimand.last_period


def _alone(
    cells: pd.DataFrame, units: pd.DataFrame, estimand: Estimand, lag: int, draws: int
) -> list[dict[str, Any]]:
    """Estimate one window by itself, whatever the estimator."""
    moved = moved_back(estimand, lag)
    sample = Sampler(cells, units_moved_back(units, lag)).draw(moved)
    reason = not_identified(sample)
    facts: dict[str, Any] = {"lag": lag, "n_persons_min": fewest_in_arm(sample)}
    design = made = fitted = None
    if reason is None:
        design = design_of(sample)
        made = design.regressed(sample.frame)
        fitted = fit(made, design)
        reason = None if fitted is not None else "no_variation"
    if design is None or made is None or fitted is None:
        return [{**facts, "inference": kind, "identified": reason} for kind in KINDS]
    estimate = float(fitted.params[0])
    numbers = _by_clusters(made, design, fitted, moved.seed)
    balanced = moved.comparison_rule.balance is not None
    if not balanced:  # else each deal would need weights of its own
        numbers |= _permuted(made, design, estimate, draws, moved.seed)
    facts |= {"estimate": estimate, "identified": "ok"}
    return [{**facts, "inference": kind, **_kept(numbers.get(kind, {}))} for kind in KINDS]


def _by_clusters(
    made: pd.DataFrame, design: Design, fitted: Fit, seed: int
) -> dict[str, dict[str, float]]:
    """CR1 by area and municipality, and CR2; none where an arm has one cluster."""
    arms = made.groupby("trial")
    if arms["cluster"].nunique().min() < 2:
        return {}
    sums = influence(fitted, made["cluster"]).dropna()
    kinds = ("cr2_area", "cr2_exact_area")
    found = inference_by_area(made, design, kinds, sums, fitted.params, seed)
    numbers = {kind: each[0] for kind, each in found.numbers.items()}
    by_unit = influence(fitted, made["unit"]).dropna()
    if numbers["cluster_area"] and len(by_unit):
        error = float(np.sqrt((by_unit.iloc[:, 0] ** 2).sum()))
        numbers["cluster_municipality"] = t_inference(
            float(fitted.params[0]), error, len(by_unit) - 1
        )
    return numbers


def _permuted(
    made: pd.DataFrame, design: Design, estimate: float, draws: int, seed: int
) -> dict[str, dict[str, float]]:
    """Permute the estimate and, where there is one for other deals, its t statistic."""
    p_value = permutation_p_value(made, design, estimate, made["cluster"], draws, seed)
    numbers = {"permutation_area": {"p_value": p_value}}
    redrawing = whole_areas(made)
    statistic = None
    if redrawing.reason not in ("mixed_starts", "one_cluster"):
        statistic = studentised(made, design, made["cluster"], made["cluster"])
    if statistic is not None:
        deals = deal_labels(redrawing.labels, draws, seed)
        t = np.concatenate([statistic(each).t for each in deals])
        observed = float(statistic(np.array([redrawing.labels])).t[0])
        numbers["permutation_t_area"] = {"p_value": share_as_extreme(t, observed)}
    return numbers


def _kept(numbers: dict[str, float]) -> dict[str, float]:
    names = ("std_error", "degrees_of_freedom", "p_value")
    return {name: numbers[name] for name in names if name in numbers}


def fewest_in_arm(sample: Sample) -> int | None:
    """Count the persons of the arm and period with fewest; None if a count is unpublished."""
    frames = [part.frame for part in sample.populations]
    arms = [rows for frame in frames for _, rows in frame.groupby("trial")]
    return fewest_persons(*arms) if arms else None


class _Alike:
    """Windows in which every unit has every period, so that they share a right-hand side."""

    def __init__(
        self,
        sample: Sample,
        windows: dict[int, np.ndarray],
        persons: dict[int, int | None],
        draws: int,
    ) -> None:
        self.sample, self.windows = sample, windows
        self.persons, self.draws = persons, draws

    @classmethod
    def of(
        cls,
        cells: pd.DataFrame,
        units: pd.DataFrame,
        estimand: Estimand,
        lags: list[int],
        draws: int,
    ) -> _Alike | None:
        """Select the windows that have the rows of one sample; None if there is none."""
        if not lags or not _has_changes(estimand):
            return None
        frame = _longest(cells, units, estimand, lags)
        y = frame.pivot(index="unit", columns="period", values="y")
        persons = frame.pivot(index="unit", columns="period", values="n_fewest")
        trial = frame.groupby("unit")["trial"].first()
        begin, end = (period(e, estimand.frequency) for e in _span(estimand))
        width = end.ordinal - begin.ordinal + 1
        months = pd.period_range(begin - max(lags), end - min(lags), freq=estimand.frequency)
        y, persons = y.reindex(columns=months), persons.reindex(columns=months)
        at = {lag: slice(max(lags) - lag, max(lags) - lag + width) for lag in lags}
        known = y.notna().to_numpy()
        whole = {lag: known[:, span].all(axis=1) for lag, span in at.items()}
        clear = {
            lag: bool((whole[lag] | ~known[:, span].any(axis=1)).all()) for lag, span in at.items()
        }
        first = next((lag for lag in lags if clear[lag]), None)
        if first is None:
            return None
        moved = moved_back(estimand, first)
        sample = Sampler(cells, units_moved_back(units, first)).draw(moved)
        if not_identified(sample) is not None or not _is_even(sample.frame):
            return None
        skipped = ~pd.Index(months[at[first]]).isin(sample.frame["period"])
        inside = y.index.isin(sample.frame["unit"])
        same = [lag for lag in lags if clear[lag] and (whole[lag] == whole[first]).all()]
        windows = {lag: y.to_numpy(float)[inside, at[lag]][:, ~skipped] for lag in same}
        counted = persons[inside].to_numpy(dtype=float, na_value=np.nan)
        arms = trial[inside].to_numpy(bool)
        fewest = {lag: _fewest(counted[:, at[lag]][:, ~skipped], arms) for lag in same}
        return cls(sample, windows, fewest, draws)

    def estimate(self) -> dict[int, list[dict[str, Any]]]:
        """Give the rows of each window; windows in which nothing changes are left to `_alone`."""
        frame, estimand = self.sample.frame, self.sample.estimand
        start = frame["first_treated"].dropna().iloc[0]
        months = frame.loc[frame["unit"] == frame["unit"].iloc[0], "period"]
        after = (months >= start).to_numpy()
        pair = frame[frame["period"].isin([months[~after].iloc[-1], months[after].iloc[0]])]
        how = {"estimator": "two_way_fixed_effects"}
        two = Sample(pair.reset_index(drop=True), estimand.model_copy(update=how))
        weights = after / after.sum() - ~after / (~after).sum()
        stacked = np.stack(list(self.windows.values()))
        changes = stacked @ weights  # windows x units, in the order of units
        size = np.abs(stacked).max(axis=(1, 2))
        side = OneRightHandSide(two, len(months), estimand.estimator == "two_by_two")
        fitted = side.regress(changes.T)
        if fitted is None:
            return {}
        still = fitted.spread <= 1e-12 * size
        kinds = fitted.inference(self.draws, estimand.seed)
        return {
            lag: self._rows(lag, place, fitted.estimates, kinds)
            for place, lag in enumerate(self.windows)
            if not still[place]
        }

    def _rows(
        self, lag: int, place: int, estimates: np.ndarray, kinds: dict[str, list[dict[str, float]]]
    ) -> list[dict[str, Any]]:
        facts: dict[str, Any] = {"lag": lag, "n_persons_min": self.persons[lag]}
        facts |= {"identified": "ok", "estimate": float(estimates[place])}
        none: dict[str, float] = {}
        return [
            {**facts, "inference": kind, **_kept(kinds[kind][place] if kind in kinds else none)}
            for kind in KINDS
        ]


def _has_changes(estimand: Estimand) -> bool:
    """Tell whether an estimate can be one of changes of units' means, by what it asks for."""
    apart = (
        has_cohorts(estimand),
        estimand.contrast,
        estimand.strata,
        estimand.controls,
        estimand.trends != "none",
        estimand.base_year is not None,
        plain_weights(estimand.weights) == "persons_current",
    )
    return estimand.estimator in _OF_CHANGES and not any(apart)


def _longest(
    cells: pd.DataFrame, units: pd.DataFrame, estimand: Estimand, lags: list[int]
) -> pd.DataFrame:
    """Select the values of compared units from the first period of any window to the last."""
    earliest, latest = moved_back(estimand, max(lags)), moved_back(estimand, min(lags))
    wide = {"last_period": latest.last_period, "skip_first": None, "skip_last": None}
    asked = earliest.model_copy(update=wide)
    return compared_cells(cells, units_moved_back(units, max(lags)), asked)


def _is_even(frame: pd.DataFrame) -> bool:
    """Tell whether there is one start, every unit has every period, and weights stay."""
    by_unit = frame.groupby("unit")
    whole = by_unit["period"].nunique().eq(frame["period"].nunique()).all()
    still = by_unit["w"].nunique().eq(1).all()
    return bool(whole and still and frame["first_treated"].dropna().nunique() == 1)


def _fewest(persons: np.ndarray, arms: np.ndarray) -> int | None:
    """Count the persons of the arm and period with fewest, shape of `persons` (units, periods)."""
    found = [persons[arms].sum(axis=0).min(), persons[~arms].sum(axis=0).min()]
    return None if np.isnan(found).any() else int(min(found))
