"""Randomisation tests against all assignments, one by one."""

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from kuntakokeilu.estimation import (
    DESIGNS,
    Design,
    Term,
    draw_sample,
    estimate_one,
    fit,
    permutation_p_value,
    randomisation_p_value,
)
from kuntakokeilu.estimation.permutation import (
    _cohorts,
    _four_means,
    _quadratic,
    is_estimate,
    starts_of,
)

from . import plain
from .build import build_study, panel, spec, tables

PERIODS = pd.period_range("2000", periods=9, freq="Y")
STARTS = pd.PeriodIndex([*PERIODS, *[None] * 91], freq="Y")  # the 99th: never
COMMON = [2004, 2004, 2004, None, None, None, None]
STAGGERED = [2003, 2003, 2005, None, None, None]


def drawn(starts, estimand, **options):
    rows, first, clusters = panel(starts, **options)
    cells, units, _ = tables(rows, first, clusters)
    frame = draw_sample(cells, units, estimand).frame
    return rows, frame, DESIGNS[estimand.estimator](frame, estimand)


def permuted(frame, design, groups, draws, seed):
    return permutation_p_value(frame, design, fit(frame, design).params[0], groups, draws, seed)


def refit(rows, weights):
    """From labels dealt over units to the estimate, each by its own regression."""
    names = sorted(rows["unit"].unique())

    def statistic(deal):
        start = rows["unit"].map(dict(zip(names, deal, strict=True))).astype(float)
        ols = plain.least_squares(
            rows["period"] >= start, rows["unit"], rows["period"], rows["y"], weights
        )
        return ols.coefficients[0]

    return statistic


@pytest.mark.parametrize("starts", [COMMON, STAGGERED], ids=["common", "staggered"])
@pytest.mark.parametrize(
    ("weights", "missing"),
    [("municipality", 0.0), ("municipality", 0.2), ("persons_current", 0.2)],
)
def test_monte_carlo_is_close_to_all_assignments(starts, weights, missing):
    options = {"seed": 3, "missing": missing, "effect": 0.5, "years": range(2001, 2007)}
    estimand = spec(weights=weights)
    rows, frame, design = drawn(starts, estimand, **options)
    w = rows["weight"] if weights == "persons_current" else None
    exact = plain.exact_p_value(starts, refit(rows, w))
    found = permuted(frame, design, frame["unit"], 9999, seed=1)
    assert 0.02 < exact < 0.95
    assert found == pytest.approx(exact, abs=0.015)  # three standard errors of the draws


def test_four_means_against_all_assignments():
    estimand = spec("two_by_two", weights="persons_current")
    rows, frame, design = drawn(COMMON, estimand, seed=5, missing=0.2, effect=0.5)
    names = sorted(rows["unit"].unique())

    def statistic(deal):
        trial = rows["unit"].isin([u for u, s in zip(names, deal, strict=True) if s])
        return plain.four_means(rows["y"], trial, rows["period"] >= 2004, rows["weight"])

    exact = plain.exact_p_value(COMMON, statistic)
    found = permuted(frame, design, frame["unit"], 9999, seed=1)
    assert 0.02 < exact < 0.95
    assert found == pytest.approx(exact, abs=0.015)


def test_whole_areas_against_all_assignments():
    starts = [2004] * 4 + [None] * 8
    rows, frame, design = drawn(starts, spec(), seed=8, per_cluster=2, effect=0.4)
    by_unit = refit(rows, None)
    exact = plain.exact_p_value(
        [2004] * 2 + [None] * 4, lambda deal: by_unit([s for s in deal for _ in range(2)])
    )
    found = permuted(frame, design, frame["cluster"], 9999, seed=1)
    assert found == pytest.approx(exact, abs=0.015)


def test_same_seed_same_p_value_and_never_below_one_in_draws():
    _, frame, design = drawn([2004] * 6 + [None] * 8, spec(), seed=1, effect=50.0)
    first, again = (permuted(frame, design, frame["unit"], 199, 7) for _ in range(2))
    assert first == again >= 1 / 200
    _, frame, design = drawn([2004] * 6 + [None] * 8, spec(), seed=1)
    seeds = {permuted(frame, design, frame["unit"], 199, seed) for seed in range(5)}
    assert len(seeds) > 1


def test_areas_stay_whole_and_as_many_as_observed():
    _, frame, _ = drawn([2003] * 4 + [2005] * 2 + [None] * 8, spec(), per_cluster=2, missing=0.2)
    seen = []

    def statistic(deals):
        seen.append(deals)
        return np.zeros(len(deals))

    p_value = randomisation_p_value(statistic, frame, frame["cluster"], 500, seed=1)
    observed, deals = seen[0], seen[1]
    assert observed.tolist() == [[0] * 4 + [1] * 2 + [-1] * 8]
    assert len(deals) == 500
    assert (deals[:, ::2] == deals[:, 1::2]).all()
    np.testing.assert_array_equal(np.sort(deals, axis=1), np.sort(observed).repeat(500, axis=0))
    assert len(np.unique(deals, axis=0)) > 50
    assert p_value == 1.0


def test_missing_where_a_group_holds_differing_starts():
    rows, first, _ = panel([2003, 2004, None, None, None, None])
    clusters = {unit: f"c{i // 2}" for i, unit in enumerate(sorted(rows["unit"].unique()))}
    estimates, _ = estimate_one(*tables(rows, first, clusters), spec())
    found = estimates.set_index("inference")["p_value"]
    assert pd.isna(found["permutation_area"])
    assert found["permutation_municipality"] > 0


def test_a_deal_without_a_statistic_counts_as_extreme():
    _, frame, _ = drawn(COMMON, spec())
    nowhere = iter([np.ones(1), np.full(99, np.nan)])
    assert randomisation_p_value(lambda _: next(nowhere), frame, frame["unit"], 99, 1) == 1.0


@pytest.mark.parametrize("missing", [0.0, 0.2])
@pytest.mark.parametrize("weights", ["municipality", "area", "persons_current"])
@pytest.mark.parametrize("starts", [COMMON, STAGGERED], ids=["common", "staggered"])
def test_observed_statistic_is_the_estimate(starts, weights, missing):
    estimand = spec(weights=weights)
    _, frame, design = drawn(starts, estimand, per_cluster=1, missing=missing)
    assert_same(frame, design)
    estimand = spec("two_by_two", weights=weights)
    if starts is COMMON:
        _, frame, design = drawn(starts, estimand, missing=missing)
        assert_same(frame, design)


@pytest.mark.real_data
@pytest.mark.parametrize(
    ("study", "name"),
    [
        ("benchmark_castle", "log_homicide.main"),
        ("benchmark_mpdta", "log_employment.population"),
        ("open_2012", "unemployment_rate.persons_frozen_weights"),
        ("open_2021", "unemployment_rate.ely_by_month"),
        ("open_2021", "unemployment_rate.region_by_month"),
    ],
)
def test_observed_statistic_is_the_estimate_on_real_data(config, data_folder, study, name):
    built = build_study(config, data_folder, study)
    estimand = built.estimand(name)
    cells = built.cells[estimand.outcome]
    for kept in (cells, cells.sample(frac=0.9, random_state=1)):
        frame = draw_sample(kept, built.units, estimand).frame
        assert_same(frame, DESIGNS[estimand.estimator](frame, estimand))


def assert_same(frame, design):
    cohorts = _cohorts(frame)
    starts = frame.drop_duplicates("unit")["first_treated"]
    labels = np.array([cohorts.index(s) if s is not pd.NaT else -1 for s in starts])
    statistic = _four_means(frame) if design.effects is None else _quadratic(frame, design, cohorts)
    found, fitted = statistic(labels[None, :])[0], fit(frame, design).params[0]
    assert is_estimate(found, fitted, frame["y"])
    assert found == pytest.approx(fitted, abs=1e-9)


def random_design(seed):
    """A sample with groups, strata, gaps and weights by chance, and its design."""
    rng = np.random.default_rng(seed)
    n, n_periods, n_groups = (int(rng.integers(*ends)) for ends in ((6, 20), (4, 9), (1, 5)))
    strata = ["a", "b"] if rng.random() < 0.3 else ["a"]
    start = np.where(rng.random(n) < 0.5, rng.integers(1, n_periods, n), 99)
    start[:3] = [2, 2, 99]
    unit, period, stratum = (
        axis.ravel() for axis in np.meshgrid(range(n), range(n_periods), strata, indexing="ij")
    )
    there = rng.random(len(unit)) > rng.choice([0.0, 0.1, 0.3])
    unit, period, stratum = unit[there], period[there], stratum[there]
    weights = [np.ones(n), rng.uniform(0.1, 1.0, n), np.exp(rng.normal(8.0, 2.0, n))]
    frame = pd.DataFrame({"unit": unit.astype(str), "period": PERIODS[period]})
    frame["first_treated"] = STARTS[start[unit]]
    frame["treated"] = period >= start[unit]
    frame["w"] = weights[rng.integers(3)][unit]
    frame["y"] = 10.0 ** rng.integers(-3, 7) * (
        rng.normal(size=len(unit)) + unit + (stratum == "b")
    )
    group = (unit % n_groups).astype(str) if rng.random() < 0.5 else np.full(len(unit), "")
    level = pd.Series(stratum + period.astype(str), dtype=str)
    effects = pd.DataFrame({"unit": frame["unit"], "period": group + "|" + level})
    regressors = pd.DataFrame({"att": frame["treated"].astype(float)})
    if rng.random() < 0.3:  # a covariate with an effect in every period but the first
        size = rng.normal(11.0, 2.0, n)[unit]
        for each in range(1, n_periods):
            regressors[f"size_{each}"] = size * (period == each)
    return frame, Design(regressors, [Term("att", "att")], effects)


def observed(frame, design):
    cohorts = _cohorts(frame)
    return _quadratic(frame, design, cohorts)(starts_of(frame)[None, :])[0]


@pytest.mark.parametrize("designs", [100, pytest.param(1000, marks=pytest.mark.simulate)])
def test_observed_statistic_is_the_estimate_in_random_designs(designs):
    compared = 0
    for seed in range(2 * designs):
        frame, design = random_design(seed)
        fitted = fit(frame, design)
        if fitted is None:
            continue
        found = observed(frame, design)
        assert is_estimate(found, fitted.params[0], frame["y"]), (seed, found, fitted.params[0])
        if seed % 20 == 0:  # in another order of rows, and of levels by their names
            order = np.random.default_rng(seed).permutation(len(frame))
            turned = frame.iloc[order].reset_index(drop=True)
            regressors, effects = (
                part.iloc[order].reset_index(drop=True)
                for part in (design.regressors, design.effects)
            )
            effects["period"] = effects["period"].str[::-1]
            turned["unit"] = effects["unit"] = effects["unit"].str.zfill(3).str[::-1]
            again = observed(turned, replace(design, regressors=regressors, effects=effects))
            assert is_estimate(again, found, frame["y"])
        compared += 1
        if compared == designs:
            return
    pytest.fail(f"only {compared} designs are identified")


def test_no_p_value_of_another_number():
    _, frame, design = drawn(COMMON, spec())
    estimate = fit(frame, design).params[0]
    assert permutation_p_value(frame, design, estimate, frame["unit"], 99, 1) > 0
    wrong = permutation_p_value(frame, design, estimate + 1e-6, frame["unit"], 99, 1)
    assert np.isnan(wrong)
