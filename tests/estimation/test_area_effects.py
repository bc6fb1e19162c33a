"""Effects by area: against plain dummies, by hand, and in repeated draws without an effect."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from scipy import stats

from kuntakokeilu.contracts import AREA_EFFECTS, conform
from kuntakokeilu.errors import InputError
from kuntakokeilu.estimation import area_effects, draw_sample
from kuntakokeilu.estimation.area_effects import (
    Differences,
    cluster_differences,
    variance_by_size,
    variances,
)

from .build import panel, spec, tables
from .followed import STOCKS, asked, collapsed, followed
from .plain import least_squares

STARTS = [2004] * 8 + [None] * 16  # pairs of units are clusters: 4 areas, 8 controls
AREAS = [f"c{i:02}" for i in range(4)]
WEIGHTS = ["municipality", "area", "persons_current"]


def drawn(weights="municipality", missing=0.0, seed=5, **changes):
    rows, first, clusters = panel(STARTS, seed=seed, per_cluster=2, missing=missing)
    built = tables(rows, first, clusters)
    estimand = spec(weights=weights, **changes)
    return built, estimand, draw_sample(*built[:2], estimand).frame


@pytest.mark.parametrize("weights", WEIGHTS)
@pytest.mark.parametrize("missing", [0.0, 0.2])
def test_each_effect_is_a_coefficient_of_one_regression_on_dummies(weights, missing):
    built, estimand, frame = drawn(weights, missing)
    table = area_effects(*built[:2], estimand, AREAS)
    conform(table, AREA_EFFECTS)
    x = np.column_stack([(frame["treated"] & frame["cluster"].eq(a)) for a in AREAS])
    ols = least_squares(x, frame["unit"], frame["period"], frame["y"], frame["w"])
    np.testing.assert_allclose(table["estimate"], ols.coefficients, atol=1e-9)


@pytest.mark.parametrize("weights", WEIGHTS)
def test_loadings_are_what_a_shock_of_one_control_does_to_the_estimates(weights):
    _, estimand, frame = drawn(weights, missing=0.2)
    before = cluster_differences(frame, estimand, AREAS)
    controls = sorted(set(frame["cluster"]) - set(AREAS))
    after = (frame["period"] >= pd.Period("2004", "Y")).astype(float)
    for place in (0, 5):
        shock = after * frame["cluster"].eq(controls[place])
        moved = cluster_differences(frame.assign(y=frame["y"] + shock), estimand, AREAS)
        np.testing.assert_allclose(
            moved.estimates - before.estimates, before.loadings[:, place], atol=1e-9
        )
    np.testing.assert_allclose(before.loadings.sum(axis=1), -1, atol=1e-9)


def test_placebos_are_differences_of_means_less_their_mean():
    _, estimand, frame = drawn()
    found = cluster_differences(frame, estimand, AREAS)
    after = frame["period"] >= pd.Period("2004", "Y")
    means = frame.groupby(["cluster", after.rename("after")])["y"].mean().unstack()
    moved = (means[True] - means[False]).drop(AREAS)
    np.testing.assert_allclose(found.placebos, moved - moved.mean(), atol=1e-9)
    np.testing.assert_allclose(found.control_sizes, 2)  # two units of unknown size


def test_sizes_are_persons_and_the_weight_before_the_start_where_counts_are_unpublished():
    rows, first, clusters = panel(STARTS, seed=5, per_cluster=2)
    frozen = {unit: 10.0 + i for i, unit in enumerate(sorted(clusters))}
    built = tables(rows, first, clusters, weight_frozen=frozen)
    estimand = spec(weights="persons_frozen")
    found = cluster_differences(draw_sample(*built[:2], estimand).frame, estimand, AREAS)
    assert found.area_sizes[1] == pytest.approx(12 + 13)  # weighted by persons: all of them
    built = tables(rows.assign(n=40), first, clusters)
    found = cluster_differences(draw_sample(*built[:2], spec()).frame, spec(), AREAS)
    np.testing.assert_allclose(found.area_sizes, 80)


def test_a_mean_of_unequal_units_is_as_noisy_as_one_of_fewer_persons():
    rows, first, clusters = panel(STARTS, seed=5, per_cluster=2)
    rows["n"] = np.where(rows["unit"].str[1:].astype(int) % 2 == 0, 10, 90)
    built = tables(rows, first, clusters)
    found = cluster_differences(draw_sample(*built[:2], spec()).frame, spec(), AREAS)
    np.testing.assert_allclose(found.area_sizes, 1 / (0.25 / 10 + 0.25 / 90))  # 36, not 100


def test_the_standard_error_by_hand():
    sizes = np.array([10.0, 20.0, 40.0])
    found = Differences(
        estimates=np.array([1.0]),
        loadings=np.full((1, 3), -1 / 3),
        placebos=np.array([2.0, -1.0, -1.0]),
        area_sizes=np.array([1000.0]),
        control_sizes=sizes,
    )
    common, by_size = variance_by_size(found.placebos, sizes, np.full(3, 1 / 3))
    own, shared = variances(found)
    assert own[0] == pytest.approx(common + by_size / 40)  # no larger than the largest control
    assert shared[0] == pytest.approx((3 * common + by_size * (0.1 + 0.05 + 0.025)) / 9)


def test_equal_sizes_give_the_ordinary_variance():
    placebos = np.array([1.0, -2.0, 0.5, 0.5])
    common, by_size = variance_by_size(placebos, np.full(4, 7.0), np.full(4, 0.25))
    assert common + by_size / 7 == pytest.approx(np.var(placebos, ddof=1))


def test_variance_by_size_is_found_again_and_never_negative():
    rng = np.random.default_rng(3)
    sizes = np.exp(rng.normal(3, 1.2, 4000))
    draws = rng.normal(size=4000) * np.sqrt(0.5 + 30 / sizes)
    shares = np.full(4000, 1 / 4000)
    found = variance_by_size(draws - draws.mean(), sizes, shares)
    np.testing.assert_allclose(found, (0.5, 30), rtol=0.1)
    only_persons = rng.normal(size=40) * np.sqrt(30 / sizes[:40])
    for _ in range(20):
        rng.shuffle(only_persons)
        assert min(variance_by_size(only_persons, sizes[:40], np.full(40, 1 / 40))) >= 0
    assert variance_by_size(np.zeros(5), np.ones(5), np.full(5, 0.2)) == (0.0, 0.0)


@pytest.mark.parametrize(("common", "by_size"), [(0.0, 20.0), (0.2, 20.0), (1.0, 20.0), (1.0, 0.0)])
def test_about_five_in_a_hundred_are_rejected_without_an_effect(common, by_size):
    """Areas larger than controls, all weighted by size; 600 draws of 25 areas, 35 controls.

    With 3,000 draws, and other numbers and sizes of controls, the rate lies from 1.5 % (only noise
    of persons, so that the largest areas are surer than any control) to 6.6 %. Areas of one draw
    share a variance: the Monte Carlo error here is about 0.5 points.
    """
    rng = np.random.default_rng(11)
    areas = np.exp(np.linspace(np.log(28), np.log(770), 25))
    controls = np.exp(stats.norm.ppf((np.arange(35) + 0.5) / 35, np.log(20), 1.1))
    shares = controls / controls.sum()
    critical = stats.t.ppf(0.975, 35 - 3)
    rejected = []
    for _ in range(600):
        moved = rng.normal(size=35) * np.sqrt(common + by_size / controls)
        own = rng.normal(size=25) * np.sqrt(common + by_size / areas)
        mean = moved @ shares
        loadings = np.tile(-shares, (25, 1))
        found = Differences(own - mean, loadings, moved - mean, areas, controls)
        std_errors = np.sqrt(np.sum(variances(found), axis=0))
        rejected.append(np.abs(found.estimates) > critical * std_errors)
    rate = np.mean(rejected)
    assert 0.01 <= rate <= 0.075


def test_the_interval_has_the_controls_less_three_degrees_of_freedom():
    built, estimand, _ = drawn()
    table = area_effects(*built[:2], estimand, AREAS)
    assert (table["degrees_of_freedom"] == 8 - 3).all()
    t = stats.t.ppf(0.975, 5)
    np.testing.assert_allclose(table["ci_high"], table["estimate"] + t * table["std_error"])
    assert (table["own_std_error"] < table["std_error"]).all()


def test_an_added_effect_of_one_area_is_found_there_alone():
    built, estimand, _ = drawn()
    cells = built[0]
    mine = cells["unit"].isin(["u00", "u01"]) & (cells["period"] >= pd.Period("2004", "Y"))
    moved = cells.assign(mean=cells["mean"] + 3.0 * mine)
    change = area_effects(moved, built[1], estimand, AREAS)["estimate"]
    change = change - area_effects(cells, built[1], estimand, AREAS)["estimate"]
    np.testing.assert_allclose(change, [3, 0, 0, 0], atol=1e-9)


def test_rows_stand_in_the_order_asked_for_and_an_unseen_area_has_no_numbers():
    built, estimand, _ = drawn()
    table = area_effects(*built[:2], estimand, ["c02", "elsewhere", "c00"])
    assert list(table["area"]) == ["c02", "elsewhere", "c00"]
    assert list(table["identified"]) == ["ok", "no_data", "ok"]
    assert table.loc[1, ["estimate", "n_persons_min", "total"]].isna().all()
    conform(table, AREA_EFFECTS)


def test_costs_are_multiplied_by_the_treated_person_months():
    rows, first, clusters = panel(STARTS, seed=5, per_cluster=2)
    built = tables(rows.assign(n=50), first, clusters)
    table = area_effects(*built[:2], spec(domain="cost"), AREAS)
    assert (table["n_person_months"] == 50 * 2 * 4).all()  # two units, four years of treatment
    np.testing.assert_allclose(table["total"], table["estimate"] * 400)
    np.testing.assert_allclose(table["total_ci_low"], table["ci_low"] * 400)
    assert area_effects(*built[:2], spec(), AREAS)["total"].isna().all()


def test_cohorts_are_compared_as_cohorts():
    people = followed(STOCKS, (0, 1, 2, 3), seed=4, n_units=24, per_cluster=2, effect=0.7)
    cells, units, _ = collapsed(people)
    areas = sorted(people.loc[people["trial"], "cluster"].unique())
    table = area_effects(cells, units, asked(1, 3), areas)
    conform(table, AREA_EFFECTS)
    frame = draw_sample(cells, units, asked(1, 3)).frame
    means = frame.groupby(["cluster", "trial", "period"])["y"].mean().unstack()
    moved = means.iloc[:, 1] - means.iloc[:, 0]
    moved, controls = moved.xs(True, level="trial"), moved.xs(False, level="trial")
    np.testing.assert_allclose(table["estimate"], moved[areas] - controls.mean(), atol=1e-9)
    persons = frame[frame["cluster"].eq(areas[0])].groupby("period")["n_fewest"].sum()
    controls = frame[~frame["trial"]].groupby("period")["n_fewest"].sum()
    assert table["n_persons_min"].iloc[0] == min(persons.min(), controls.min())


def test_what_is_not_identified_says_why():
    rows, first, clusters = panel([2004] * 4 + [None] * 3, seed=1)
    few = tables(rows, first, clusters)
    table = area_effects(*few[:2], spec(), ["c00", "c01"])
    assert (table["identified"] == "too_few_controls").all()
    built, _, _ = drawn()
    late = area_effects(*built[:2], spec(first_period="2005"), AREAS)
    assert set(late["identified"]) <= {"no_pre_period", "no_trial"}
    assert late["estimate"].isna().all()


def test_areas_with_starts_of_their_own_are_refused():
    rows, first, clusters = panel([2003] * 2 + [2005] * 2 + [None] * 8, per_cluster=2)
    with pytest.raises(InputError, match=r"y\.main: effects by area need one common start, found"):
        area_effects(*tables(rows, first, clusters)[:2], spec(), ["c00", "c01"])
