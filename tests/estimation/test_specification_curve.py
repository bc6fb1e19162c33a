"""Joint tests of specifications: the same deals for all, each statistic against plain counting."""

from __future__ import annotations

from itertools import permutations

import numpy as np
import pandas as pd
import pytest

from kuntakokeilu.estimation import draw_sample, specification_curve_test
from kuntakokeilu.estimation.contrast import design_of
from kuntakokeilu.estimation.permutation import estimates_of_deals
from kuntakokeilu.estimation.sampler import Sampler
from kuntakokeilu.estimation.specification_curve import (
    curves_of_deals,
    joint_statistics,
    specification_of,
)
from kuntakokeilu.study import Balance, Comparison

from . import plain
from .build import panel, spec, tables

STARTS = [*[2004] * 8, *[None] * 16]
GRID = {
    "y.main": {},
    "y.persons": {"weights": "persons_current"},
    "y.short": {"first_period": "2002"},
    "y.means": {"estimator": "two_by_two"},
    "y.age": {"covariates": ["age"]},
    "y.without": {"comparison_rule": Comparison(exclude_units=["u00", "u20"])},
}


def made(starts=STARTS, draws=199, **options):
    rows, first, clusters = panel(starts, per_cluster=2, seed=4, **options)
    estimands = [spec(estimand=n, permutations=draws, **c) for n, c in _grid().items()]
    ages = {unit: float(int(unit[1:]) ** 2 % 7) for unit in rows["unit"].unique()}
    made = tables(rows, first, clusters, x_age=ages)
    return (*made[:2], estimands, rows, first, clusters)


def _grid():
    return {name: {"estimator": "two_way_fixed_effects"} | change for name, change in GRID.items()}


@pytest.mark.parametrize("name", GRID)
@pytest.mark.parametrize("missing", [0.0, 0.2])
def test_a_deal_over_areas_is_a_deal_over_their_units(name, missing):
    cells, units, estimands, *_ = made(missing=missing)
    estimand = next(e for e in estimands if e.estimand == name)
    one = specification_of(Sampler(cells, units), estimand)
    sample = draw_sample(cells, units, estimand)
    design = design_of(sample)
    frame = design.regressed(sample.frame)
    of_units = estimates_of_deals(frame, design)
    rng = np.random.default_rng(1)
    deals = np.array([rng.permutation(one.observed) for _ in range(20)])
    own = frame.drop_duplicates("unit")["cluster"]
    places = pd.Index(one.areas).get_indexer(own)
    assert one.statistic(deals) == pytest.approx(of_units(deals[:, places]), abs=1e-10)
    assert one.statistic(one.observed[None])[0] == pytest.approx(one.estimate, abs=1e-10)


def test_a_curve_of_deals_is_a_regression_of_each():
    cells, units, estimands, rows, _, clusters = made(draws=6)
    one = specification_of(Sampler(cells, units), estimands[0])
    labels = {
        area: "2004" if k >= 0 else "" for area, k in zip(one.areas, one.observed, strict=True)
    }
    curve = curves_of_deals([one], labels, 6, seed=3)[0]
    dealt = np.random.default_rng(3).permuted(np.tile(one.observed, (6, 1)), axis=1)
    # the labels sorted: never before 2004, as their numbers are
    for estimate, deal in zip(curve[1:], dealt, strict=True):
        treated = rows["unit"].map(clusters).map(dict(zip(one.areas, deal >= 0, strict=True)))
        post = treated & (rows["period"] >= 2004)
        ols = plain.least_squares(post, rows["unit"], rows["period"], rows["y"], None)
        assert estimate == pytest.approx(ols.coefficients[0], abs=1e-9)


def test_statistics_against_counting():
    rng = np.random.default_rng(2)
    curves = rng.normal(size=(7, 100)) + rng.normal(size=100)
    found = joint_statistics(curves)
    significant = np.array([[(np.abs(row) >= abs(x)).sum() <= 5 for x in row] for row in curves])
    medians = np.abs([np.median(column) for column in curves.T])
    up, down = ((significant & sign).sum(axis=0) / 7 for sign in (curves > 0, curves < 0))
    shares = np.maximum(up, down)
    signs = np.maximum((curves > 0).sum(axis=0), (curves < 0).sum(axis=0)) / 7
    for name, values in (
        ("median_effect", medians),
        ("share_significant", shares),
        ("share_of_sign", signs),
    ):
        value, mean, p = found[name]
        assert abs(value) == pytest.approx(values[0])
        assert mean == pytest.approx(values[1:].mean())
        assert p == pytest.approx((values >= values[0] - 1e-12).mean())


def test_all_deals_of_few_areas_give_the_exact_p_value():
    rng = np.random.default_rng(5)
    y = rng.normal(size=6)
    every = sorted(set(permutations([0, 0, -1, -1, -1, -1])))
    curve = np.array([np.mean(y[np.array(d) == 0]) - np.mean(y[np.array(d) < 0]) for d in every])
    at = every.index((0, 0, -1, -1, -1, -1))
    both = np.array([np.r_[curve[at], np.delete(curve, at)]] * 2)
    p = joint_statistics(both)["median_effect"][2]
    assert p == pytest.approx((np.abs(curve) >= abs(curve[at]) - 1e-12).mean())


def test_an_effect_is_found_and_none_is_not():
    found = specification_curve_test(*made(effect=6.0)[:3]).set_index("statistic")
    assert found["identified"].eq("ok").all() and found["n_specifications"].eq(6).all()
    assert found.loc["median_effect", "p_value"] <= 0.01
    assert found.loc["share_significant", "value"] == 1.0
    assert found.loc["share_significant", "p_value"] <= 0.05
    none = specification_curve_test(*made(effect=0.0)[:3]).set_index("statistic")
    assert none["p_value"].gt(0.05).all()


def test_size_of_the_joint_test_without_an_effect():
    """5 % of true nulls at 5 %, within three errors of 300 panels."""
    rng, rejected = np.random.default_rng(7), 0
    for _ in range(300):
        base = rng.normal(size=100)
        curves = np.array([base + 0.3 * rng.normal(size=100) for _ in range(5)])
        rejected += joint_statistics(curves)["median_effect"][2] <= 0.05
    assert abs(rejected / 300 - 0.05) < 3 * np.sqrt(0.05 * 0.95 / 300)


def test_the_same_seed_gives_the_same_rows_whatever_the_order_of_units():
    cells, units, estimands, *_ = made()
    one = specification_curve_test(cells, units, estimands)
    again = specification_curve_test(cells.iloc[::-1], units.iloc[::-1], estimands)
    pd.testing.assert_frame_equal(one, again)


def test_what_cannot_be_dealt_is_left_out_and_counted():
    cells, units, estimands, *_ = made()
    rule = Comparison(balance=Balance(method="entropy", covariates=["age"]))
    balanced = estimands[0].model_copy(update={"estimand": "y.alike", "comparison_rule": rule})
    late = estimands[0].model_copy(update={"estimand": "y.late", "first_period": "2005"})
    rows = specification_curve_test(cells, units, [*estimands, balanced, late])
    assert rows["n_left_out"].eq(2).all() and rows["n_specifications"].eq(6).all()
    alone = specification_curve_test(cells, units, [estimands[0], balanced])
    assert alone["identified"].eq("too_few").all() and alone["p_value"].isna().all()


def test_areas_whose_units_start_at_different_times_are_named():
    starts = [2004, 2005, 2004, 2005, *[None] * 8]
    cells, units, estimands, *_ = made(starts)
    rows = specification_curve_test(cells, units, estimands[:2])
    assert rows["identified"].eq("mixed_areas").all() and rows["value"].isna().all()


def test_staggered_starts_are_dealt_with_their_areas():
    starts = [*[2003] * 4, *[2005] * 4, *[None] * 12]
    rows = specification_curve_test(*made(starts, effect=5.0)[:2], made(starts)[2][:3])
    assert rows["identified"].eq("ok").all() and rows["p_value"].between(0, 1).all()
