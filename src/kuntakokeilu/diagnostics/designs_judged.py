"""Designs judged by years in which nothing happened: which of them comes nearest to zero.

Every candidate is estimated as if the trial had started in an earlier month, with the arms, the
weights and the length of window of the real estimate. The years before the trial choose; the
result of the trial has no part in it.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from kuntakokeilu.contracts import (
    BY_AREA,
    CANDIDATES,
    DESIGNS_JUDGED,
    SYNTHETIC_AREAS,
    SYNTHETIC_NUMBERS,
    conform,
)
from kuntakokeilu.diagnostics.candidates import (
    FEWEST_PERIODS,
    SYNTHETIC,
    Candidates,
    Found,
    area_method,
    pooled_method,
)
from kuntakokeilu.diagnostics.overlap import reach_of
from kuntakokeilu.estimation import draw_sample
from kuntakokeilu.estimation.multiplicity import holm
from kuntakokeilu.estimation.synthetic import (
    OutcomeMatrix,
    SyntheticFit,
    control_areas,
    matrix_of,
    placebo_estimates,
    placebo_inference,
    rank_p_value,
    ratio_of_gaps,
)
from kuntakokeilu.study import DesignsJudged, Estimand, Overlap

_LEVEL = 0.05
_COUNTS = 0.01  # weight from which a control is called a donor


@dataclass(frozen=True)
class History:
    """The outcomes of an estimand's units, years before its window among them.

    Attributes
    ----------
    wide : DataFrame
        Outcomes, units by periods; missing where not known.
    facts : DataFrame
        w, trial, cluster, n_fewest (persons in the period with fewest) and x_* by unit.
    first, start, last : Period
        First period compared, first of treatment, last compared.
    """

    wide: pd.DataFrame
    facts: pd.DataFrame
    first: pd.Period
    start: pd.Period
    last: pd.Period

    def false_starts(self, every: int) -> list[pd.Period]:
        """List starts whose whole window lies before the real one, the latest first."""
        first, start, last = (each.ordinal for each in (self.first, self.start, self.last))
        if self.wide.empty:
            return []
        periods = pd.PeriodIndex(self.wide.columns)
        latest, earliest = 2 * start - last - 1, periods[0].ordinal + start - first
        ordinals = range(latest, earliest - 1, -every)
        return [self.start + (each - start) for each in ordinals]

    def window(self, start: pd.Period) -> tuple[OutcomeMatrix, str, np.ndarray]:
        """Give the panel around a start, what it lacks, and which units are in it."""
        shift = start.ordinal - self.start.ordinal
        first, last = self.first.ordinal + shift, self.last.ordinal + shift
        inside = [first <= each.ordinal <= last for each in pd.PeriodIndex(self.wide.columns)]
        wide = self.wide.loc[:, inside]
        wide = wide.loc[:, wide.notna().any(axis=0).to_numpy()]
        matrix, lacks = matrix_of(wide, self.facts, start)
        kept = wide.notna().all(axis=1).to_numpy() & (self.facts["w"].to_numpy(float) > 0)
        return matrix, lacks, kept


def history_of(
    cells: pd.DataFrame, units: pd.DataFrame, estimand: Estimand, first_period: str
) -> History:
    """Draw the rows of an estimand, from an earlier period on, as a table of units by periods."""
    frame = draw_sample(
        cells, units, estimand.model_copy(update={"first_period": first_period})
    ).frame
    wide = frame.pivot(index="unit", columns="period", values="y").sort_index(axis=1)
    covariates = {str(c): (str(c), "first") for c in frame if str(c).startswith("x_")}
    facts = frame.groupby("unit").agg(
        w=("w", "mean"),
        trial=("trial", "first"),
        cluster=("cluster", "first"),
        n_fewest=("n_fewest", lambda n: n.min(skipna=False)),
        **covariates,
    )
    start = frame["first_treated"].min()
    if pd.isna(start):  # no trial unit has a value
        start = units["first_treated"].min()
    first, last = (
        pd.Period(text, freq=estimand.frequency)
        for text in (estimand.first_period, estimand.last_period)
    )
    return History(wide, facts, first, start, last)


def judge_designs(
    cells: pd.DataFrame,
    units: pd.DataFrame,
    estimand: Estimand,
    rule: DesignsJudged,
    overlap: Overlap | None = None,
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Estimate candidate designs at false starts before the trial, and at the real one.

    Parameters
    ----------
    cells : DataFrame
        Contract CELLS of the estimand's outcome, from `rule.first_period` on.
    units : DataFrame
        Contract UNITS.
    estimand : Estimand
        Of two-way fixed effects; its arms, weights and lengths before and after the start are
        those of every window.
    rule : DesignsJudged
        Years, covariates and draws.
    overlap : Overlap, optional
        The study's rule of which trial units have a comparable control. An area of which a part
        has none has no number of its own.

    Returns
    -------
    judged : DataFrame
        Contract DESIGNS_JUDGED, a row for each candidate. Weights of persons and covariates are
        those of the real start at all false ones.
    areas : DataFrame
        Contract SYNTHETIC_AREAS; p-values are adjusted over the areas that have one, by design.

    Notes
    -----
    False starts a month apart share nearly all their periods: `n_apart` counts as many of them as
    share none. Years with an earlier trial are among them if the study declares them so.
    """
    history = history_of(cells, units, estimand, rule.first_period)
    candidates = Candidates(history.facts, rule.size, rule.covariates)
    starts = history.false_starts(rule.every)
    past = [(start, history.window(start)) for start in starts]
    past = [(start, window) for start, window in past if window[1] == "ok"]
    matrix, lacks, kept = history.window(history.start)
    facts = _facts(estimand, history, matrix, kept)
    rows = []
    for name in CANDIDATES:
        then = [(start, candidates.find(name, m, k)) for start, (m, _, k) in past]
        now = Found(identified=lacks)
        if lacks == "ok":
            now = _at_the_start(name, matrix, candidates.find(name, matrix, kept), rule, estimand)
        rows.append(facts | {"candidate": name} | _judged(then, now, history) | _now(now))
    judged = pd.DataFrame(rows)
    least = judged["rmse"].min()
    judged["favoured"] = judged["rmse"].eq(least) & judged["rmse"].notna()
    areas = _areas(facts, matrix, history, lacks)
    beyond = areas["area"].isin(_beyond_reach(units, estimand, overlap)) & areas["identified"].eq(
        "ok"
    )
    areas.loc[beyond, [*SYNTHETIC_NUMBERS, "n_donors", "largest_donor"]] = None
    areas.loc[beyond, "identified"] = "no_comparable_control"
    areas["p_adjusted"] = np.nan
    for name in BY_AREA:
        mine = areas["candidate"].eq(name)
        areas.loc[mine, "p_adjusted"] = holm(areas.loc[mine, "p_value"].to_numpy(float))
    return _as_contract(judged), conform(areas, SYNTHETIC_AREAS)


def _beyond_reach(units: pd.DataFrame, estimand: Estimand, rule: Overlap | None) -> set[str]:
    """Name the trial areas that a comparison compares though a part of them has no control."""
    if rule is None or estimand.comparison_rule.overlap is not None:
        return set()
    whole, reach = reach_of(units, estimand, rule)
    return set(whole.loc[reach.reason.ne("").to_numpy(), "cluster"])


def _as_contract(judged: pd.DataFrame) -> pd.DataFrame:
    return conform(judged[list(DESIGNS_JUDGED.columns)], DESIGNS_JUDGED)


def _facts(
    estimand: Estimand, history: History, matrix: OutcomeMatrix, kept: np.ndarray
) -> dict[str, Any]:
    used = history.facts[kept]
    fewest = used.groupby("trial")["n_fewest"].sum(min_count=1) if len(used) else used["n_fewest"]
    unknown = used["n_fewest"].isna().any() or used.empty
    return {
        "estimand": estimand.estimand,
        "outcome": estimand.outcome,
        "weights": estimand.weights,
        "unit": estimand.unit,
        "n_trial": int(matrix.treated.sum()),
        "n_control": int((~matrix.treated).sum()),
        "n_persons_min": pd.NA if unknown else int(fewest.min()),
    }


def _judged(then: list[tuple[pd.Period, Found]], now: Found, history: History) -> dict[str, Any]:
    """Sum up what a design finds at false starts, as columns of DESIGNS_JUDGED."""
    known = [(start, found) for start, found in then if not np.isnan(found.estimate)]
    estimates = np.array([found.estimate for _, found in known])
    p_values = np.array([found.p_value for _, found in known])
    tested = p_values[~np.isnan(p_values)]
    starts = [start for start, _ in known]
    span = history.last.ordinal - history.first.ordinal + 1
    apart = 1 + (starts[0].ordinal - starts[-1].ordinal) // span if starts else 0
    larger = np.abs(estimates) >= abs(now.estimate)
    return {
        "n_starts": len(known),
        "n_apart": apart,
        "first_start": str(min(starts)) if starts else None,
        "last_start": str(max(starts)) if starts else None,
        "rmse": float(np.sqrt(np.mean(estimates**2))) if starts else np.nan,
        "bias": float(estimates.mean()) if starts else np.nan,
        "rejected": float((tested < _LEVEL).mean()) if len(tested) else np.nan,
        "as_large": float(larger.mean()) if starts and not np.isnan(now.estimate) else np.nan,
    }


def _now(now: Found) -> dict[str, Any]:
    names = ("estimate", "std_error", "ci_low", "ci_high", "p_value", "inference", "identified")
    return {name: getattr(now, name) for name in names}


def _at_the_start(
    name: str, matrix: OutcomeMatrix, found: Found, rule: DesignsJudged, estimand: Estimand
) -> Found:
    """Give a synthetic design the standard error that placebo areas make."""
    if name not in SYNTHETIC or np.isnan(found.estimate):
        return found
    method = pooled_method(name, matrix)
    placebos = placebo_estimates(
        matrix, lambda panel: _plain_fit(method(panel)), rule.draws, estimand.seed
    )
    made = placebo_inference(found.estimate, placebos)
    ends = made.ci_low, made.ci_high
    kind = None if np.isnan(made.p_value) else "placebo_areas"
    return Found(found.estimate, made.std_error, made.p_value, *ends, inference=kind)


def _plain_fit(estimate: float) -> SyntheticFit:
    return SyntheticFit(estimate, np.empty(0), np.empty(0))


def _areas(
    facts: dict[str, Any], matrix: OutcomeMatrix, history: History, lacks: str
) -> pd.DataFrame:
    """Compare each trial area with a mixture of controls, as SYNTHETIC_AREAS."""
    shared = {name: facts[name] for name in ("estimand", "outcome", "unit")}
    if lacks == "ok" and matrix.before < FEWEST_PERIODS:
        lacks = "few_periods"
    rows = []
    names = history.facts.loc[history.facts["trial"], "cluster"].unique()
    for name in BY_AREA:
        fits: dict[str, dict[str, Any]] = {}
        if lacks == "ok":
            fits = _area_fits(name, matrix, history)
        for area in sorted(names):
            absent = {"identified": lacks if lacks != "ok" else "no_data"}
            rows.append(shared | {"area": area, "candidate": name} | fits.get(area, absent))
    persons = history.facts.groupby("cluster")["n_fewest"].agg(lambda n: n.sum(skipna=False))
    table = pd.DataFrame(rows, columns=list(SYNTHETIC_AREAS.columns))
    return table.assign(n_persons_min=table["area"].map(persons))


def _area_fits(name: str, matrix: OutcomeMatrix, history: History) -> dict[str, dict[str, Any]]:
    method, before = area_method(name, matrix), matrix.before
    placebos = np.array(
        [ratio_of_gaps(method(part).gap, before) for part in control_areas(matrix).values()]
    )
    units = history.facts.index[history.facts.index.isin(_controls(matrix, history))]
    found = {}
    for area, part in matrix.areas().items():
        fit = method(part)
        ratio, largest = ratio_of_gaps(fit.gap, before), int(fit.weights.argmax())
        found[area] = {
            "estimate": fit.estimate,
            "distance_before": fit.distance_before(before),
            "ratio": ratio,
            "p_value": rank_p_value(ratio, placebos),
            "n_donors": int((np.abs(fit.weights) >= _COUNTS).sum()),
            "largest_donor": units[largest],
            "largest_weight": float(fit.weights[largest]),
            "identified": "ok",
        }
    return found


def _controls(matrix: OutcomeMatrix, history: History) -> pd.Index:
    whole = history.window(history.start)[2]
    mine = history.facts[whole]
    controls = mine.index[~mine["trial"]]
    assert len(controls) == int((~matrix.treated).sum())
    return controls
