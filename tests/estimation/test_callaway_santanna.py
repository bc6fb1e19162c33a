"""Effects given covariates: definitions by hand, and inputs that leave none."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
import statsmodels.api as sm

import kuntakokeilu
from kuntakokeilu.errors import InputError
from kuntakokeilu.estimation import design_of, draw_sample, estimate_one, fit, without_each_cluster
from kuntakokeilu.estimation.doubly_robust import two_cross_sections, two_periods
from kuntakokeilu.study import read_study
from kuntakokeilu.study.estimand_rows import resolve
from kuntakokeilu.study.estimands import EstimandRow

from .build import panel, spec, tables

STARTS = (2003,) * 8 + (2005,) * 8 + (None,) * 16


def change_of(seed=3, n=60):
    rng = np.random.default_rng(seed)
    x = np.column_stack([np.ones(n), rng.normal(size=n), rng.normal(size=n)])
    treated = rng.random(n) < 1 / (1 + np.exp(-0.5 * x[:, 1]))
    return x @ [0.2, 1.0, -0.5] + treated + rng.normal(size=n), treated, rng.uniform(0.5, 3, n), x


@pytest.mark.parametrize("adjustment", ["doubly_robust", "weighting", "regression"])
def test_two_periods_by_statsmodels(adjustment):
    change, treated, w, x = change_of()
    found = two_periods(change, treated, w, x, adjustment)
    chance = sm.GLM(treated, x, sm.families.Binomial(), freq_weights=w).fit().predict(x)
    expected = np.zeros(len(w))
    if adjustment != "weighting":
        expected = sm.WLS(change[~treated], x[~treated], w[~treated]).fit().predict(x)
    left = change - expected
    effect = np.average(left[treated], weights=w[treated])
    if adjustment != "regression":
        odds = (w * chance / (1 - chance))[~treated]
        effect -= np.average(left[~treated], weights=odds)
    assert found.estimate == pytest.approx(effect, abs=1e-9)
    assert found.weights @ change == pytest.approx(effect, abs=1e-9)
    assert found.weights.sum() == pytest.approx(0.0, abs=1e-12)
    assert found.influence.sum() == pytest.approx(0.0, abs=1e-9)


@pytest.mark.parametrize("adjustment", ["doubly_robust", "weighting", "regression"])
def test_influence_is_the_derivative_in_the_weight_of_a_unit(adjustment):
    """What a unit adds is how the estimate moves as the unit counts a little more."""
    change, treated, w, x = change_of()
    found, step = two_periods(change, treated, w, x, adjustment), 1e-5
    for i in (0, 7, 31):
        ends = []
        for sign in (1, -1):
            moved = w.copy()
            moved[i] *= 1 + sign * step
            ends.append(two_periods(change, treated, moved, x, adjustment).estimate)
        assert found.influence[i] == pytest.approx((ends[0] - ends[1]) / (2 * step), abs=1e-7)


def sections_of(seed=5, n=160):
    _, treated, w, x = change_of(seed, n)
    rng = np.random.default_rng(seed + 1)
    later = rng.random(n) < 0.5
    y = x @ [0.2, 1.0, -0.5] * (1 + later) + treated * (1.0 + later) + rng.normal(size=n)
    return y, later, treated, w, x


@pytest.mark.parametrize("adjustment", ["doubly_robust", "weighting", "regression"])
def test_two_cross_sections_by_statsmodels(adjustment):
    """As Sant'Anna and Zhao write them (2020, sections 2 and 3.2), term by term."""
    y, later, treated, w, x = sections_of()
    chance = sm.GLM(treated, x, sm.families.Binomial(), freq_weights=w).fit(tol=1e-14).predict(x)
    odds = w * chance / (1 - chance)
    effect = 0.0
    for now, sign in ((later, 1), (~later, -1)):
        own, other = treated & now, ~treated & now
        m_own, m_other = (sm.WLS(y[r], x[r], w[r]).fit().predict(x) for r in (own, other))
        if adjustment == "regression":
            one = np.average(y[own], weights=w[own])
            one -= np.average(m_other[treated], weights=w[treated])
        elif adjustment == "weighting":
            one = np.average(y[own], weights=w[own]) - np.average(y[other], weights=odds[other])
        else:
            left, apart = y - m_other, m_own - m_other
            one = np.average(left[own], weights=w[own])
            one -= np.average(left[other], weights=odds[other])
            one += np.average(apart[treated], weights=w[treated])
            one -= np.average(apart[own], weights=w[own])
        effect += sign * one
    found = two_cross_sections(y, later, treated, w, x, adjustment)
    assert found.estimate == pytest.approx(effect, abs=1e-9)
    assert found.weights @ y == pytest.approx(effect, abs=1e-9)
    for now in (later, ~later):
        assert found.weights[now].sum() == pytest.approx(0.0, abs=1e-12)
    assert found.influence.sum() == pytest.approx(0.0, abs=1e-9)


@pytest.mark.parametrize("adjustment", ["doubly_robust", "weighting", "regression"])
def test_influence_in_cross_sections_is_the_derivative_in_the_weight_of_a_row(adjustment):
    y, later, treated, w, x = sections_of()
    found, step = two_cross_sections(y, later, treated, w, x, adjustment), 1e-5
    kinds = [np.flatnonzero((later == p) & (treated == g)) for p in (0, 1) for g in (0, 1)]
    for i in [int(rows[k]) for rows in kinds for k in (0, -1)]:
        ends = []
        for sign in (1, -1):
            moved = w.copy()
            moved[i] *= 1 + sign * step
            ends.append(two_cross_sections(y, later, treated, moved, x, adjustment).estimate)
        assert found.influence[i] == pytest.approx((ends[0] - ends[1]) / (2 * step), abs=1e-7)


def test_cross_sections_without_a_row_or_with_collinear_covariates_have_no_estimate():
    y, later, treated, w, x = sections_of()
    apart = np.column_stack([x[:, 0], np.where(treated, 5.0, -5.0) + x[:, 1]])
    assert np.isnan(two_cross_sections(y, later, treated, w, apart).estimate)
    assert np.isfinite(two_cross_sections(y, later, treated, w, apart, "regression").estimate)
    kept = ~(treated & later)
    for adjustment in ("doubly_robust", "weighting", "regression"):
        twice = np.column_stack([x, x[:, 1]])
        assert np.isnan(two_cross_sections(y, later, treated, w, twice, adjustment).estimate)
        some = (each[kept] for each in (y, later, treated, w, x))
        assert np.isnan(two_cross_sections(*some, adjustment).estimate)


def test_covariates_that_tell_the_groups_apart_leave_no_estimate():
    change, treated, w, x = change_of()
    apart = np.column_stack([x[:, 0], np.where(treated, 5.0, -5.0) + x[:, 1]])
    assert np.isnan(two_periods(change, treated, w, apart).estimate)
    assert np.isfinite(two_periods(change, treated, w, apart, "regression").estimate)
    twice = np.column_stack([x, x[:, 1]])
    for adjustment in ("doubly_robust", "weighting", "regression"):
        assert np.isnan(two_periods(change, treated, w, twice, adjustment).estimate)


def drawn(estimator, *, covariate=None, missing=0.0, per_cluster=1, starts=STARTS, **changes):
    rows, first, clusters = panel(
        starts, per_cluster=per_cluster, missing=missing, effect=0.6, seed=9
    )
    names = sorted(rows["unit"].unique())
    values = np.random.default_rng(4).normal(size=len(names)) if covariate is None else covariate
    made = tables(rows, first, clusters, x_size=dict(zip(names, values, strict=True)))
    return made, draw_sample(*made[:2], spec(estimator, **changes))


SAME = {
    "callaway_santanna_average": "group_time_average",
    "callaway_santanna_group": "group_average",
    "callaway_santanna_event_study": "group_time_event_study",
}


@pytest.mark.parametrize("missing", [0.0, 0.1])
@pytest.mark.parametrize("controls", ["never_treated", "not_yet_treated"])
@pytest.mark.parametrize("name", SAME)
def test_without_covariates_it_is_the_regression_of_long_differences(name, controls, missing):
    asked = {"missing": missing, "weights": "persons_current", "control_group": controls}
    found, other = (drawn(each, **asked)[1] for each in (name, SAME[name]))
    numbers = []
    for sample in (found, other):
        design = design_of(sample)
        m = len(design.terms)
        rows = design.regressed(sample.frame)
        fitted = fit(rows, design)
        sums = pd.DataFrame((fitted.scores @ fitted.bread)[:, :m]).groupby(rows["unit"]).sum()
        numbers.append((fitted.params[:m], np.sqrt((sums**2).sum())))
    np.testing.assert_allclose(numbers[0][0], numbers[1][0], rtol=0, atol=1e-10)
    if not missing:  # a group whose units have gaps is not the same in all its periods
        np.testing.assert_allclose(numbers[0][1], numbers[1][1], rtol=1e-9)


def test_calendar_is_the_mean_of_calendar_periods():
    made, sample = drawn("callaway_santanna_calendar")
    frame = sample.frame
    y = frame.pivot(index="unit", columns="period", values="y")
    first = frame.groupby("unit")["first_treated"].first()
    by_period = []
    for period in y.columns[y.columns >= first.min()]:
        effects, sizes = [], []
        for start in sorted(first.dropna().unique()):
            if start <= period:
                change = y[period] - y[start - 1]
                effects.append(change[first == start].mean() - change[first.isna()].mean())
                sizes.append((first == start).sum())
        by_period.append(np.average(effects, weights=sizes))
    rows, _ = estimate_one(*made, sample.estimand)
    assert rows["estimate"].iloc[0] == pytest.approx(np.mean(by_period), abs=1e-10)


def test_effects_after_anticipation_are_relative_to_the_time_before_it():
    made, sample = drawn("callaway_santanna_event_study", anticipation=1)
    rows, _ = estimate_one(*made, sample.estimand)
    times = rows["event_time"].dropna().unique()
    assert -1 in times and -2 not in times
    y = sample.frame.pivot(index="unit", columns="period", values="y")
    first = sample.frame.groupby("unit")["first_treated"].first()
    effects = []
    for start in sorted(first.dropna().unique()):
        change = y[start] - y[start - 2]
        effects.append(change[first == start].mean() - change[first.isna()].mean())
    at_start = rows[rows["event_time"] == 0]["estimate"].iloc[0]
    assert at_start == pytest.approx(np.mean(effects), abs=1e-10)
    average = sample.estimand.model_copy(update={"estimator": "callaway_santanna_average"})
    one = estimate_one(*made, average)[0]["estimate"].iloc[0]
    after = rows[rows["leading"] & (rows["event_time"] >= 0)].set_index("event_time")["estimate"]
    assert after.min() <= one <= after.max()  # no anticipation is averaged in


def test_without_a_cluster_chances_are_fitted_anew():
    asked = {"covariates": ["size"], "per_cluster": 2}
    _, sample = drawn("callaway_santanna_average", **asked)
    found = without_each_cluster(sample.frame, design_of(sample))
    frame = sample.frame[sample.frame["cluster"] != "c01"].reset_index(drop=True)
    other = design_of(type(sample)(frame, sample.estimand))
    assert found.loc["c01", "att"] == pytest.approx(fit(frame, other).params[0], abs=1e-9)


def test_groups_that_covariates_tell_apart_have_a_reason_and_no_number():
    far = [9.0 + i / 10 if start else i / 10 for i, start in enumerate(STARTS)]
    made, sample = drawn("callaway_santanna_average", covariate=far, covariates=["size"])
    rows, influences = estimate_one(*made, sample.estimand)
    assert set(rows["identified"]) == {"no_overlap"} and influences.empty
    assert rows["estimate"].isna().all()
    plain = sample.estimand.model_copy(update={"adjustment": "regression"})
    assert estimate_one(*made, plain)[0]["identified"].eq("ok").all()


def test_a_start_without_a_base_leaves_none():
    made, sample = drawn("callaway_santanna_average", starts=(2001,) * 5 + (None,) * 6)
    early = sample.estimand.model_copy(update={"anticipation": 3})
    assert set(estimate_one(*made, early)[0]["identified"]) == {"no_pre_period"}


def test_means_of_periods_count_units_known_in_one_of_them():
    """By hand, one start: a unit seen on one side counts in that period's mean, in all numbers."""
    rows, first, clusters = panel((2004,) * 8 + (None,) * 10, effect=0.6, seed=2)
    gone = rows["unit"].isin(["u00", "u09"]) & rows["period"].lt(2004)
    gone |= rows["unit"].isin(["u01", "u10"]) & rows["period"].ge(2004)
    made = tables(rows[~gone], first, clusters)
    asked = spec("callaway_santanna_average", compares="cross_sections")
    sample = draw_sample(*made[:2], asked)
    assert sample.frame["unit"].nunique() == 18
    mean = sample.frame.groupby(["trial", "period"])["y"].mean().unstack()
    change = mean.sub(mean[pd.Period("2003", "Y")], axis=0).loc[:, "2004":]
    found = estimate_one(*made, asked)[0]
    assert found["estimate"].iloc[0] == pytest.approx(change.diff().iloc[1].mean(), abs=1e-10)
    assert found["std_error"].notna().any() and (found["n_trial"] == 8).all()
    changes = draw_sample(*made[:2], spec("callaway_santanna_average"))
    assert changes.frame["unit"].nunique() == 14


REFUSED = {
    "compares": (
        {"estimator": "imputation_average", "compares": "cross_sections"},
        "compares: goes with callaway_santanna_average or",
    ),
    "anticipation": (
        {"estimator": "group_average", "anticipation": 1},
        "anticipation: goes with callaway_santanna_average or",
    ),
    "adjustment": (
        {"estimator": "event_study", "adjustment": "weighting"},
        "adjustment: goes with callaway_santanna_average or",
    ),
}


@pytest.mark.parametrize(("asked", "told"), REFUSED.values(), ids=REFUSED)
def test_options_of_others_are_refused(config, asked, told):
    study = read_study(config, "benchmark_mpdta")
    row = EstimandRow(
        estimand="log_employment.x", outcome="log_employment", comparison="all_counties",
        role="robustness", **asked,
    )  # fmt: skip
    with pytest.raises(InputError, match=told):
        resolve(row, study.settings, study.outcomes, {}, "benchmark_mpdta", "row 2")


def test_it_can_be_asked_of_a_frame():
    rows, first, _ = panel(STARTS, effect=0.6, seed=9)
    frame = rows.assign(start=rows["unit"].map(first).astype(float))
    names = {"unit": "unit", "period": "period", "outcome": "y", "treated": "start"}
    found = kuntakokeilu.evaluate(frame, **names, estimator="callaway_santanna_average")
    assert found["estimate"].notna().all()
