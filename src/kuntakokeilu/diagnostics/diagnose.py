"""All checks of all estimands of one outcome."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import numpy as np
import pandas as pd

from kuntakokeilu.diagnostics.balance import compare_arms, effective_number
from kuntakokeilu.diagnostics.comparability import distinguishability, outside_sizes
from kuntakokeilu.diagnostics.composition import composition
from kuntakokeilu.diagnostics.inference_agrees import inference_agrees
from kuntakokeilu.diagnostics.left_out import missing, one_sided, units_left_out
from kuntakokeilu.diagnostics.left_out_in_turn import left_out_in_turn
from kuntakokeilu.diagnostics.overlap import reach_of, share_beyond_reach
from kuntakokeilu.diagnostics.pretrends import (
    Slope,
    anticipation,
    as_event_study,
    clustered_pre_trend_test,
    permuted_pre_trend_test,
    pooled,
    pre_trend_slope,
)
from kuntakokeilu.diagnostics.ring import ring_as_trial, spillover_ring
from kuntakokeilu.diagnostics.rows import COLUMNS, LEVEL, alike, check_row, worse
from kuntakokeilu.diagnostics.staggered import staggered, two_way_beside
from kuntakokeilu.diagnostics.violations import level_differs, violations
from kuntakokeilu.errors import counted
from kuntakokeilu.estimation import Sample, Sampler
from kuntakokeilu.study import Estimand, Overlap

# ASSUME: thresholds follow common practice, not theory. Fewer than ten clusters in an arm make
# cluster-robust tests unreliable, and no word can rest on them with fewer than five; one cluster
# with over a quarter of the weight drives the result; an area under the curve of 0.8 means that
# arms are easily told apart; means a tenth of a standard deviation apart are alike (Austin 2009,
# Statistics in Medicine 28(25)).
MIN_CLUSTERS = 10
FAIL_CLUSTERS = 5
MAX_CLUSTER_SHARE = 0.25
MAX_AUC = 0.8
MAX_OUTSIDE = 0.1  # ASSUME: a tenth of the weight without a comparable control is told
MAX_DIFFERENCE = 0.1


def diagnose(
    cells: pd.DataFrame,
    units: pd.DataFrame,
    counts: pd.DataFrame,
    estimates: pd.DataFrame,
    influences: pd.DataFrame,
    estimands: Iterable[Estimand],
    overlap: Overlap | None = None,
) -> pd.DataFrame:
    """Check every estimand of one outcome.

    Parameters
    ----------
    cells, units, counts : DataFrame
        Contracts CELLS, UNITS, COUNTS.
    estimates, influences : DataFrame
        Contracts ESTIMATES and INFLUENCE of the same outcome.
    estimands : iterable of Estimand
        The same estimands.
    overlap : Overlap, optional
        The study's rule of which trial units have a comparable control; size alone without it.

    Returns
    -------
    DataFrame
        Contract DIAGNOSTICS. `fail` means that the number is not to be used without saying
        so, `warn` that a reader must know.
    """
    estimands = list(estimands)
    area = estimates[estimates["leading"]]
    identified = set(area.loc[area["identified"] == "ok", "estimand"])
    rows: list[dict[str, Any]] = []
    sampler, untreated = Sampler(cells, units), Sampler(cells, ring_as_trial(units))
    for estimand in estimands:
        if estimand.estimand not in identified:
            continue
        # what is asked of units and arms needs neither strata nor months since entry apart
        whole = pooled(estimand).model_copy(update={"strata": None})
        sample = sampler.draw(whole)
        checks = [
            _few_clusters(area, estimand),
            *_each_population(sampler, sample, units, overlap),
            *missing(sampler, estimand),
            *units_left_out(units, sample.frame, estimand),
            *one_sided(sample),
            *inference_agrees(estimates, estimand),
            *left_out_in_turn(units, sample, _lead(area, estimand)),
            *two_way_beside(sample, _lead(area, estimand)),
            *composition(cells, sample),
            *spillover_ring(sampler, untreated, estimand),
            *violations(sample.frame, estimates, influences, estimand, estimands),
        ]
        if estimand.role not in ("placebo", "leave_one_out"):
            checks += _pre_trends(sampler, area, pooled(estimand))
        if estimand.role == "main":
            checks += _placebos(area, estimand, estimands)
            checks += _weights_agree(area, estimand, estimands)
        rows += [{"estimand": estimand.estimand, **check} for check in checks]
    return pd.DataFrame(rows, columns=COLUMNS)


def _each_population(
    sampler: Sampler, sample: Sample, units: pd.DataFrame, overlap: Overlap | None
) -> list[dict[str, Any]]:
    """Ask of each population what is asked of one at a time, and keep the worse answer."""
    found = []
    for population in sample.populations:
        part, each = population.frame, population.estimand
        checks = [
            _largest_cluster(part),
            *staggered(part, each),
            *_balanced(sampler, part, each),
        ]
        if each.role in ("main", "robustness", "benchmark"):  # the same weights lack the same
            checks += _overlap(part, units, each, overlap)
        if each.role == "main":
            checks += [*level_differs(part, each), *_comparable(part)]
        found.append(checks)
    own, *others = found
    return worse(own, others[0], str(sample.estimand.contrast)) if others else own


def _lead(area: pd.DataFrame, estimand: Estimand) -> pd.Series:
    return area[area["estimand"] == estimand.estimand].iloc[0]


def _few_clusters(area: pd.DataFrame, estimand: Estimand) -> dict[str, Any]:
    row = _lead(area, estimand)
    fewest = min(row["n_trial_clusters"], row["n_control_clusters"])
    verdict = "fail" if fewest < FAIL_CLUSTERS else "warn" if fewest < MIN_CLUSTERS else "pass"
    return check_row("few_clusters", "clusters in the smaller arm", fewest, MIN_CLUSTERS, verdict)


def _largest_cluster(frame: pd.DataFrame) -> dict[str, Any]:
    weights = frame[frame["trial"]].drop_duplicates("unit").groupby("cluster")["w"].sum()
    share = weights.max() / weights.sum()
    verdict = "warn" if share > MAX_CLUSTER_SHARE else "pass"
    statistic = "largest cluster's share of the trial arm's weight"
    return check_row("largest_cluster_share", statistic, share, MAX_CLUSTER_SHARE, verdict)


def _balanced(sampler: Sampler, frame: pd.DataFrame, estimand: Estimand) -> list[dict[str, Any]]:
    rule = estimand.comparison_rule
    if rule.balance is None:
        return []
    plain = estimand.model_copy(
        update={"comparison_rule": rule.model_copy(update={"balance": None})}
    )
    before = sampler.draw(plain).frame.drop_duplicates("unit")
    after = frame.drop_duplicates("unit")
    columns = [column for column in before.columns if column.startswith("x_")]
    spreads = before.loc[before["trial"], columns].std()
    differences = [
        compare_arms(after, column.removeprefix("x_"), spreads[column])["std_difference"]
        for column in columns
    ]
    largest = pd.Series(differences, dtype=float).abs().max()
    controls = effective_number(after[~after["trial"]].groupby("cluster")["w"].sum().to_numpy())
    return [
        check_row(
            "balance",
            "largest difference of the arms' means that the weights leave, in standard deviations "
            f"of the trial arm, over {counted(len(columns), 'covariate')}",
            largest,
            MAX_DIFFERENCE,
            "pass" if largest <= MAX_DIFFERENCE else "warn",  # unknown is not alike
        ),
        check_row(
            "effective_controls",
            "control clusters of equal weight that would be as precise as the weighted ones",
            controls,
            MIN_CLUSTERS,
            "warn" if controls < MIN_CLUSTERS else "pass",
        ),
    ]


def _pre_trends(sampler: Sampler, area: pd.DataFrame, estimand: Estimand) -> list[dict[str, Any]]:
    checks = []
    sample, by_bin = sampler.draw(estimand), sampler.draw(as_event_study(estimand))
    when = "before the start" if estimand.base_last is None else f"up to {estimand.base_last}"
    permuted = permuted_pre_trend_test(by_bin)
    if permuted is not None:
        statistic = (
            f"p-value that the arms moved together {when}, seasons included (areas dealt at random)"
        )
        verdict = "fail" if permuted < LEVEL else "pass"
        checks.append(check_row("pre_trend", statistic, permuted, LEVEL, verdict))
    joint = clustered_pre_trend_test(by_bin)
    if joint is not None:
        alone = f"; {joint.alone} that rest on one cluster left out" if joint.alone else ""
        several = "all " if joint.coefficients > 1 else ""
        zero = (f"difference {when} is zero", f"differences {when} are zero")
        statistic = (
            f"p-value that {several}{counted(joint.coefficients, *zero)} "
            f"({counted(joint.clusters, 'cluster')}{alone})"
        )
        # where areas can be dealt at random, that test decides: this one over-rejects
        bad = "fail" if permuted is None else "warn"
        verdict = bad if joint.p_value < LEVEL else "pass"
        checks.append(check_row("pre_trend_clustered", statistic, joint.p_value, LEVEL, verdict))
    slope = pre_trend_slope(sample)
    if slope is not None:
        statistic = f"p-value of a linear drift {when} ({slope.per_year:+.4g} a year)"
        verdict = "warn" if slope.p_value < LEVEL else "pass"
        checks.append(check_row("pre_trend_slope", statistic, slope.p_value, LEVEL, verdict))
        checks += _breakdown_slope(area, estimand, slope)
    if not checks:
        checks.append(_untested(sample.frame))
    before = anticipation(sample)
    if before is not None:
        last = {"M": "months", "Q": "quarters", "Y": "periods"}[estimand.frequency]
        statistic = (
            f"p-value that the arms did not move apart in the last {last} before the start "
            f"({before.estimate:+.3g})"
        )
        verdict = "warn" if before.p_value < LEVEL else "pass"
        checks.append(check_row("anticipation", statistic, before.p_value, LEVEL, verdict))
    return checks


def _untested(frame: pd.DataFrame) -> dict[str, Any]:
    starts = frame["first_treated"].dropna()
    n = frame.loc[frame["period"] < starts.min(), "period"].nunique()
    statistic = (
        "periods before the start; whether the arms moved alike then cannot be tested with so "
        "few periods or areas"
    )
    return check_row("pre_trend_untested", statistic, n, None, "warn")


def _breakdown_slope(area: pd.DataFrame, estimand: Estimand, slope: Slope) -> list[dict[str, Any]]:
    """Compare the drift that would undo the answer with what the data before the start rule out.

    Asked of an estimate that differs from zero: another has no answer to undo. The drift goes on
    after the start as before it (Rambachan & Roth 2023, Review of Economic Studies 90(5), with
    linear extrapolation).
    """
    mine = area[(area["estimand"] == estimand.estimand) & (area["term"] == "att")]
    mine = mine.dropna(subset=["ci_low", "ci_high"])
    if mine.empty or not abs(slope.bias) > 0:
        return []
    nearest = mine.iloc[0][["ci_low", "ci_high"]].astype(float)
    if nearest["ci_low"] <= 0 <= nearest["ci_high"]:
        return []
    end = float(nearest["ci_low"] if nearest["ci_low"] > 0 else nearest["ci_high"])
    breakdown = end / slope.bias
    allowed = slope.high if breakdown > 0 else slope.low
    statistic = (
        "drift a year that, had it gone on, would leave the estimate no different from zero, "
        "against the largest one in its direction that the data before the start do not rule out"
    )
    verdict = "warn" if abs(breakdown) <= max(allowed * np.sign(breakdown), 0.0) else "pass"
    return [check_row("breakdown_slope", statistic, breakdown, allowed, verdict)]


def _placebos(
    area: pd.DataFrame, estimand: Estimand, estimands: list[Estimand]
) -> list[dict[str, Any]]:
    checks = []
    for other in estimands:
        # a placebo is followed no longer than until the real start
        when = {"start", "first_period", "last_period", "elapsed_last"}
        if other.role != "placebo" or not alike(estimand, other, but=when):
            continue
        rows = area[(area["estimand"] == other.estimand) & (area["term"] == "att")]
        for p_value in rows["p_value"].dropna():
            name = other.estimand.partition(".")[2]
            statistic = f"p-value of an effect at the placebo start {other.start}"
            verdict = "fail" if p_value < LEVEL else "pass"
            checks.append(check_row(name, statistic, p_value, LEVEL, verdict, other.estimand))
    return checks


def _weights_agree(
    area: pd.DataFrame, estimand: Estimand, estimands: list[Estimand]
) -> list[dict[str, Any]]:
    family = [
        other.estimand
        for other in estimands
        if other.role == "main" and alike(estimand, other, but={"weights"})
    ]
    values = area.loc[area["estimand"].isin(family) & (area["term"] == "att"), "estimate"].dropna()
    if len(values) < 2:
        return []
    agree = (values > 0).all() or (values < 0).all()
    statistic = "largest less smallest estimate under the weights declared as main"
    verdict = "pass" if agree else "warn"
    return [
        check_row("weights_agree_in_sign", statistic, values.max() - values.min(), None, verdict)
    ]


def _overlap(
    frame: pd.DataFrame, units: pd.DataFrame, estimand: Estimand, rule: Overlap | None
) -> list[dict[str, Any]]:
    """Weigh the units without a comparable control; by size alone in a study without a rule."""
    if rule is None:
        share, by = outside_sizes(frame), "larger, or smaller, than every control"
    else:
        whole, reach = reach_of(units, estimand, rule)
        share = share_beyond_reach(frame, whole.loc[reach.reason.ne(""), "unit"])
        by = "without a comparable control by the study's rule"
    if share is None:
        return []
    statistic = (
        f"share of the trial arm's weight in units {by}: for them nothing shows what would have "
        "happened"
    )
    verdict = "warn" if share > MAX_OUTSIDE else "pass"
    return [check_row("overlap", statistic, share, MAX_OUTSIDE, verdict)]


def _comparable(frame: pd.DataFrame) -> list[dict[str, Any]]:
    auc = distinguishability(frame)
    if auc is None:
        return []
    statistic = (
        "cross-validated area under the curve of telling trial from control units by level, "
        "drift and size before the start, as the estimate weighs them (0.5: alike)"
    )
    verdict = "warn" if auc > MAX_AUC else "pass"
    return [check_row("comparable", statistic, auc, MAX_AUC, verdict)]
