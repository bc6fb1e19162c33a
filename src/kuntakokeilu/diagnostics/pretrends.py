"""Whether the arms moved together before the start, and what drift could have gone unseen."""

from __future__ import annotations

from dataclasses import dataclass
from math import comb

import numpy as np
import pandas as pd
from scipy import stats

from kuntakokeilu.estimation import (
    ESTIMATORS,
    Term,
    absorbing,
    count_back,
    draw_sample,
    estimate_one,
    fit,
    influence,
    randomisation_p_value,
    reach,
    t_inference,
)
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
    """

    p_value: float
    coefficients: int
    clusters: int


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

    Stocks are months apart, so that each is a bin of its own.
    """
    if estimand.estimator == "event_study":
        return estimand
    size = 1 if estimand.sample == "stock" else _BIN[estimand.frequency]
    changes = {"estimator": "event_study", "periods_per_bin": size}
    return estimand.model_copy(update=changes)


def pooled(estimand: Estimand) -> Estimand:
    """Turn effects by months since entry into the one effect of all these months."""
    if estimand.estimator != "elapsed_effects":
        return estimand
    return estimand.model_copy(update={"estimator": "two_way_fixed_effects", "periods_per_bin": 1})


def clustered_pre_trend_test(
    cells: pd.DataFrame, units: pd.DataFrame, counts: pd.DataFrame, estimand: Estimand
) -> JointTest | None:
    """Test that all event-study coefficients before the start are zero, clustered by area.

    Returns None with fewer than two bins before the start, or too few clusters in an arm.
    """
    rows, values = estimate_one(cells, units, counts, as_event_study(estimand))
    before = rows[(rows["inference"] == "cluster_area") & (rows["event_time"] < -1)]
    if before.empty or before["std_error"].isna().any():
        return None
    wide = values.pivot(index="cluster", columns="event_time", values="value")
    return joint_test(
        before["estimate"].to_numpy(float), wide[before["event_time"].tolist()].to_numpy(float)
    )


def permuted_pre_trend_test(
    cells: pd.DataFrame, units: pd.DataFrame, estimand: Estimand
) -> float | None:
    """Compare the differences before the start with those of areas dealt at random.

    The statistic is the sum of squared differences between the arms' changes from each bin
    before the start to the last one. With areas of very unlike size the clustered joint test
    rejects far too often (docs/validation.md); this one does not rest on its covariance.
    Unit means before the start are taken out first, and with effects by period or strata the
    means of each region or stratum and period, so that missing cells and shocks common to these
    are not taken for trends.

    Returns
    -------
    float or None
        p-value; None with starts that differ, with covariates, with arms balanced by weights
        (another deal would have others), with fewer than two bins before the start, or with so
        few areas that no deal could be called rare.
    """
    estimand = as_event_study(estimand)
    if estimand.covariates or estimand.comparison_rule.balance:
        return None
    frame = draw_sample(cells, units, estimand)
    starts = frame["first_treated"].dropna().unique()
    if len(starts) != 1 or _smallest_p_value(frame) >= _LEVEL:
        return None
    since = count_back(frame["period"].astype("int64") - starts[0].ordinal, estimand)
    before = frame.assign(bin=since // estimand.periods_per_bin)[since < 0]
    before = _without_means(before, ["unit"])
    groups = [estimand.effects_by_period] if estimand.effects_by_period else []
    groups += ["stratum"] if estimand.strata else []
    if groups:
        before = _without_means(before, [*groups, "period"])
    before = before.assign(wy=before["w"] * before["y"])
    sums = before.pivot_table(index="unit", columns="bin", values=["wy", "w"], aggfunc="sum")
    sums = sums.reindex(frame["unit"].unique()).fillna(0.0)
    if "w" not in sums or sums["w"].shape[1] < 2:
        return None
    wy, w = sums["wy"].to_numpy(), sums["w"].to_numpy()

    def squared_differences(deals: np.ndarray) -> np.ndarray:
        trial = (deals == 0).astype(float)
        gap = trial @ wy / (trial @ w) - (1 - trial) @ wy / ((1 - trial) @ w)
        return ((gap[:, :-1] - gap[:, -1:]) ** 2).sum(axis=1)

    p_value = randomisation_p_value(
        squared_differences, frame, frame["cluster"], estimand.permutations, estimand.seed
    )
    return None if np.isnan(p_value) else p_value


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
    detectable_per_year : float
        Drift that this test would find with 80 % power.
    bias : float
        What a drift of that size, had it gone on, would add to the estimate (Roth 2022,
        American Economic Review: Insights 4(3)); missing for an estimand of several effects.
    """

    per_year: float
    p_value: float
    detectable_per_year: float
    bias: float


def pre_trend_slope(cells: pd.DataFrame, units: pd.DataFrame, estimand: Estimand) -> Slope | None:
    """Estimate the drift before the start, given the estimand's effects and covariates.

    Returns None with fewer than three periods before the start, or one cluster in an arm.
    """
    frame = draw_sample(cells, units, estimand)
    before = _before_first_start(frame)
    if before["period"].nunique() < 3 or _clusters_of_smaller_arm(before) < 2:
        return None
    years = before["period"].astype("int64") / PERIODS_PER_YEAR[estimand.frequency]
    drift = pd.DataFrame({"slope": (years - years.min()) * before["trial"]})
    result = _single_effect(before, estimand, drift)
    if result is None:
        return None
    per_year = result["estimate"]
    detectable = result["minimum_detectable_effect"]
    bias = detectable * _bias_of_unit_drift(frame, estimand)
    return Slope(per_year, result["p_value"], detectable, bias)


def _before_first_start(frame: pd.DataFrame) -> pd.DataFrame:
    first = frame["first_treated"].dropna().min()
    return frame[frame["period"] < first].reset_index(drop=True)


def _clusters_of_smaller_arm(frame: pd.DataFrame) -> int:
    return int(frame.groupby("trial")["cluster"].nunique().reindex([True, False]).fillna(0).min())


def _single_effect(
    frame: pd.DataFrame, estimand: Estimand, regressor: pd.DataFrame
) -> dict[str, float] | None:
    """Estimate the effect of one regressor under the estimand's fixed effects, by area."""
    name = regressor.columns[0]
    fitted = fit(frame, absorbing(frame, estimand, regressor, [Term(name, "att")]))
    if fitted is None:
        return None
    sums = influence(fitted, frame["cluster"])[0]
    estimate = float(fitted.params[0])
    std_error = float(np.sqrt((sums**2).sum()))
    return {"estimate": estimate, **t_inference(estimate, std_error, len(sums) - 1)}


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


def anticipation(
    cells: pd.DataFrame, units: pd.DataFrame, estimand: Estimand
) -> Anticipation | None:
    """Estimate an effect of the last months before the first start, on the time before it alone.

    Cohorts count whose follow-up ends in these months. Returns None if these months are left
    out, if nothing comes before them, or with one cluster in an arm.
    """
    before = _before_first_start(draw_sample(cells, units, estimand))
    if _clusters_of_smaller_arm(before) < 2:
        return None
    first = before["first_treated"].dropna().min()
    since = before["period"].astype("int64") - first.ordinal + reach(estimand)
    late = since.between(-_BIN[estimand.frequency], -1)
    if not late.any() or late.all():
        return None
    result = _single_effect(
        before, estimand, pd.DataFrame({"late": (late & before["trial"]).astype(float)})
    )
    return None if result is None else Anticipation(result["estimate"], result["p_value"])


def _bias_of_unit_drift(frame: pd.DataFrame, estimand: Estimand) -> float:
    """Estimate, by the estimand's own design, an outcome that only drifts by one a year."""
    years = frame["period"].astype("int64") / PERIODS_PER_YEAR[estimand.frequency]
    design = ESTIMATORS[estimand.estimator](frame, estimand)
    fitted = fit(frame.assign(y=(years - years.min()) * frame["trial"]), design)
    single = fitted is not None and design.terms == [Term("att", "att")]
    return float(fitted.params[0]) if single else np.nan
