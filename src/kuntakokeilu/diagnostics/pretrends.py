"""Whether the arms moved together before the start, and what drift could have gone unseen."""

from __future__ import annotations

from dataclasses import dataclass, replace
from math import comb
from typing import Any

import numpy as np
import pandas as pd
from scipy import stats

from kuntakokeilu.estimation import (
    Design,
    Sample,
    Term,
    absorbing,
    count_back,
    design_of,
    fit,
    influence,
    not_identified,
    randomisation_p_value,
    reach,
    reference_bin,
    rests_on_one,
    stacked,
    t_inference,
)
from kuntakokeilu.facts import period
from kuntakokeilu.study import Estimand

PERIODS_PER_YEAR = {"M": 12, "Q": 4, "Y": 1}
_LEVEL = 0.05  # a test that cannot reach it decides nothing
_BIN = {"M": 3, "Q": 1, "Y": 1}


@dataclass(frozen=True)
class JointTest:
    """A joint test that several coefficients are zero.

    Attributes
    ----------
    p_value : float
        From Hotelling's T-squared: W (G-q) / (q (G-1)) against F(q, G-q), with G clusters and
        q coefficients, which does not over-reject when q is not small beside G.
    coefficients : int
        q.
    clusters : int
        G.
    alone : int
        Coefficients left out, since each rests on one cluster.
    """

    p_value: float
    coefficients: int
    clusters: int
    alone: int = 0


def joint_test(estimates: np.ndarray, influences: np.ndarray) -> JointTest | None:
    """Test that all estimates are zero, from cluster sums of influence functions.

    Parameters
    ----------
    estimates : ndarray, shape (q,)
        Coefficients.
    influences : ndarray, shape (G, q)
        INFLUENCE values, clusters by coefficients.

    Returns
    -------
    JointTest or None
        None if there are too few clusters for so many coefficients, or no variation.
    """
    g, q = influences.shape
    if q == 0 or q >= g - 1:
        return None
    covariance = influences.T @ influences
    if np.linalg.matrix_rank(covariance) < q:
        return None
    wald = float(estimates @ np.linalg.solve(covariance, estimates))
    statistic = wald * (g - q) / (q * (g - 1))
    return JointTest(float(stats.f(q, g - q).sf(statistic)), q, g)


def as_event_study(estimand: Estimand) -> Estimand:
    """Turn an estimand into an event study, monthly data in bins of three months.

    Stocks are months apart, so that each is a bin of its own; groups are compared by periods.
    """
    method = estimand.method
    if estimand.estimator == method.before:
        return estimand
    size = 1 if estimand.sample == "stock" or method.groups else _BIN[estimand.frequency]
    size = estimand.periods_per_bin if method.base else size
    # unit trends would take the very movement that is looked for
    changes = {"estimator": method.before, "periods_per_bin": size, "trends": "none"}
    return estimand.model_copy(update=changes)


def pooled(estimand: Estimand) -> Estimand:
    """Turn effects by months since entry into the one effect of all these months."""
    if not estimand.method.followed:
        return estimand
    return estimand.model_copy(update={"estimator": "two_way_fixed_effects", "periods_per_bin": 1})


def clustered_pre_trend_test(sample: Sample) -> JointTest | None:
    """Test that all event-study coefficients before the reference bin are zero, clustered by area.

    Bins between a base that ends early and the start are not asked to be zero, nor those that rest
    on one cluster, of whose spread the covariance knows nothing. The covariance is CR1's whatever
    leads. Returns None with fewer than two bins up to the reference, or too few clusters in an arm.

    Parameters
    ----------
    sample : Sample
        Of an event study; see `as_event_study`.
    """
    estimand = sample.estimand
    if not_identified(sample) is not None or _clusters_of_smaller_arm(sample) < 2:
        return None
    bases = [reference_bin(part.frame, estimand) for part in sample.populations]
    base = bases[0] if estimand.base_last is not None else -1
    if base is None or None in bases:
        return None
    design = design_of(sample)
    frame = design.regressed(sample.frame)
    fitted = fit(frame, design)
    times = [term.event_time for term in design.terms]
    before = np.array([time is not None and time < base for time in times])
    if fitted is None or not before.any():
        return None
    alone = rests_on_one(frame, design, frame["cluster"])
    asked = np.flatnonzero(before & ~alone)
    sums = influence(fitted, frame["cluster"]).to_numpy()[:, asked]
    found = None if np.isnan(sums).any() else joint_test(fitted.params[asked], sums)
    return found and replace(found, alone=int((before & alone).sum()))


def permuted_pre_trend_test(sample: Sample) -> float | None:
    """Compare the differences before the start with those of areas dealt at random.

    The statistic is the sum of squared differences between the arms' changes from each bin
    before the start, or up to the end of an earlier base, to the last one; with a contrast, of
    these differences less what of the contrast's is taken off. With areas of very unlike size
    the clustered joint test rejects far too often (docs/validation.md); this one does not rest
    on its covariance. Unit means before the start are taken out first, and with effects by
    period or strata the means of each region or stratum and period, so that missing cells and
    shocks common to these are not taken for trends.

    Parameters
    ----------
    sample : Sample
        Of an event study; see `as_event_study`.

    Returns
    -------
    float or None
        p-value; None with starts that differ, with covariates, with arms balanced by weights
        (another deal would have others), with fewer than two bins before the start, or with so
        few areas that no deal could be called rare.
    """
    frame, estimand = sample.frame, sample.estimand
    if estimand.covariates or estimand.controls or estimand.comparison_rule.balance:
        return None
    starts = frame["first_treated"].dropna().unique()
    if len(starts) != 1 or _smallest_p_value(frame) >= _LEVEL:
        return None
    parts = [_sums_before(part, starts[0]) for part in sample.populations]
    common: set[Any] = set.intersection(*(set(wy) for wy, _ in parts))
    bins = sorted(common)
    if len(bins) < 2:
        return None
    names = frame["unit"].unique()
    arrays = [[each[bins].reindex(names).fillna(0.0).to_numpy() for each in part] for part in parts]
    factors = (1.0, (estimand.spillover_share or 0.0) - 1.0)

    def squared_differences(deals: np.ndarray) -> np.ndarray:
        trial = (deals == 0).astype(float)
        gap = sum(
            factor * (trial @ wy / (trial @ w) - (1 - trial) @ wy / ((1 - trial) @ w))
            for factor, (wy, w) in zip(factors, arrays, strict=False)
        )
        return ((gap[:, :-1] - gap[:, -1:]) ** 2).sum(axis=1)

    p_value = randomisation_p_value(
        squared_differences, frame, frame["cluster"], estimand.permutations, estimand.seed
    )
    return None if np.isnan(p_value) else p_value


def _sums_before(sample: Sample, start: pd.Period) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Sum outcome and weight of each unit in each bin of the base, means taken out."""
    frame, estimand = sample.frame, sample.estimand
    since = count_back(frame["period"].astype("int64") - start.ordinal, estimand)
    before = frame.assign(bin=since // estimand.periods_per_bin)[in_base(frame, estimand)]
    before = _without_means(before, ["unit"])
    geography: list[str] = [estimand.effects_by_period] if estimand.effects_by_period else []
    groups = [*geography, "stratum"] if estimand.strata else geography
    if groups:
        before = _without_means(before, [*groups, "period"])
    sums = before.assign(wy=before["w"] * before["y"]).groupby(["unit", "bin"])[["wy", "w"]].sum()
    return sums["wy"].unstack(), sums["w"].unstack()


def in_base(frame: pd.DataFrame, estimand: Estimand) -> pd.Series:
    """Tell which rows are of the time before the first start, or up to the end of the base."""
    before = frame["period"] < frame["first_treated"].dropna().min()
    if estimand.base_last is None:
        return before
    return before & (frame["period"] <= period(estimand.base_last, estimand.frequency))


def _smallest_p_value(frame: pd.DataFrame) -> float:
    """Smallest p-value that dealing areas can give: the observed deal and its mirror image."""
    arms = frame.groupby("cluster")["trial"].first()
    return 2 / comb(len(arms), int(arms.sum()))


def _without_means(frame: pd.DataFrame, groups: list[str]) -> pd.DataFrame:
    """Take the weighted mean of y in each group out of y."""
    sums = frame.assign(wy=frame["w"] * frame["y"]).groupby(groups)[["wy", "w"]].transform("sum")
    return frame.assign(y=frame["y"] - sums["wy"] / sums["w"])


@dataclass(frozen=True)
class Slope:
    """The linear drift of the trial arm against the control arm before the start.

    Attributes
    ----------
    per_year : float
        Drift in the outcome's unit a year.
    p_value : float
        Two-sided, clustered by area.
    low, high : float
        Ends of its 95 % interval.
    bias : float
        What a drift of one a year, had it gone on, would add to the estimate; missing for an
        estimand of several effects.
    """

    per_year: float
    p_value: float
    low: float
    high: float
    bias: float


def pre_trend_slope(sample: Sample) -> Slope | None:
    """Estimate the drift before the start, given the estimand's effects and covariates.

    Returns None with fewer than three periods before the start, or one cluster in an arm.
    """
    estimand, base = sample.estimand, _base(sample)
    before = base.frame
    if before["period"].nunique() < 3 or _clusters_of_smaller_arm(base) < 2:
        return None
    years = before["period"].astype("int64") / PERIODS_PER_YEAR[estimand.frequency]
    result = _single_effect(base, (years - years.min()) * before["trial"])
    if result is None:
        return None
    bias = bias_of_unit_drift(sample)
    ends = result["ci_low"], result["ci_high"]
    return Slope(result["estimate"], result["p_value"], *ends, bias)


def _base(sample: Sample) -> Sample:
    """Take the rows of the time before the first start, or up to the end of the base."""
    inside = in_base(sample.frame, sample.estimand)
    return replace(sample, frame=sample.frame[inside].reset_index(drop=True))


def _clusters_of_smaller_arm(sample: Sample) -> int:
    arms = (part.frame.groupby("trial")["cluster"].nunique() for part in sample.populations)
    return min(int(arm.reindex([True, False]).fillna(0).min()) for arm in arms)


def _single_effect(sample: Sample, regressor: pd.Series) -> dict[str, float] | None:
    """Estimate the effect of one regressor under the estimand's fixed effects, by area."""
    sample = replace(sample, frame=sample.frame.assign(regressor=regressor))
    fitted = fit(sample.frame, stacked(sample, _of_regressor))
    if fitted is None:
        return None
    sums = influence(fitted, sample.frame["cluster"])[0]
    estimate = float(fitted.params[0])
    std_error = float(np.sqrt((sums**2).sum()))
    return {"estimate": estimate, **t_inference(estimate, std_error, len(sums) - 1)}


def _of_regressor(frame: pd.DataFrame, estimand: Estimand) -> Design:
    """Put the estimand's effects, but for trends, which would take a drift, beside a regressor."""
    terms = frame[["regressor"]]
    without = estimand.model_copy(update={"trends": "none"})
    return absorbing(frame, without, terms, [Term("regressor", "att")])


@dataclass(frozen=True)
class Anticipation:
    """How far the arms moved apart just before the start.

    Attributes
    ----------
    estimate : float
        Change of the gap in the last three months (a quarter, a year) before the start, against
        the time before them.
    p_value : float
        Two-sided, clustered by area.
    """

    estimate: float
    p_value: float


def anticipation(sample: Sample) -> Anticipation | None:
    """Estimate an effect of the last months before the first start, on the time before it alone.

    Cohorts count whose follow-up ends in these months. Returns None if these months are left
    out or lie outside of the base, if nothing comes before them, or with one cluster in an arm.
    """
    estimand, base = sample.estimand, _base(sample)
    before = base.frame
    if _clusters_of_smaller_arm(base) < 2:
        return None
    first = before["first_treated"].dropna().min()
    since = before["period"].astype("int64") - first.ordinal + reach(estimand)
    late = since.between(-_BIN[estimand.frequency], -1)
    if not late.any() or late.all():
        return None
    result = _single_effect(base, (late & before["trial"]).astype(float))
    return None if result is None else Anticipation(result["estimate"], result["p_value"])


def bias_of_unit_drift(sample: Sample) -> float:
    """Estimate, by the estimand's own design, an outcome that only drifts by one a year.

    Missing for an estimand of several effects.
    """
    frame, estimand = sample.frame, sample.estimand
    years = frame["period"].astype("int64") / PERIODS_PER_YEAR[estimand.frequency]
    moved = frame["trial"] if estimand.contrast is None else frame["trial"] & ~frame["other"]
    drifted = replace(sample, frame=frame.assign(y=(years - years.min()) * moved))
    design = design_of(drifted)
    fitted = fit(design.regressed(drifted.frame), design)
    if fitted is None or design.terms != [Term("att", "att")]:
        return np.nan
    return float(fitted.params[0])
