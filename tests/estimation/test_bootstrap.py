"""The wild cluster bootstrap against draws that are each a regression of their own."""

from functools import cache

import numpy as np
import pandas as pd
import pytest

from kuntakokeilu.estimation import (
    DESIGNS,
    bootstrap_weights,
    draw_sample,
    estimate_one,
    wild_bootstrap,
)
from kuntakokeilu.estimation.bootstrap import all_signs, bootstrap_draws
from kuntakokeilu.estimation.cross_products import cross_products

from . import plain_small_sample as plain
from .build import panel, spec, tables

COMMON = (2004,) * 6 + (None,) * 10
STAGGERED = (2003,) * 4 + (2005,) * 4 + (None,) * 8


@cache
def sample(starts, estimator="two_way_fixed_effects", missing=0.2, effect=0.6, **changes):
    rows, first, clusters = panel(starts, per_cluster=2, missing=missing, effect=effect, seed=4)
    regions = {unit: f"r{int(unit[1:]) % 2}" for unit in clusters}
    estimand = spec(estimator, **changes)
    made = tables(rows, first, clusters, region=regions)
    frame = draw_sample(*made[:2], estimand).frame
    return frame, DESIGNS[estimator](frame, estimand), made, estimand


def full(design):
    if design.effects is None:
        return design.regressors.to_numpy(float)
    return plain.full_columns(design.regressors, design.effects["unit"], design.effects["period"])


@pytest.mark.parametrize("null", [0.0, 0.4])
@pytest.mark.parametrize("distribution", ["rademacher", "webb"])
@pytest.mark.parametrize(
    ("estimator", "starts", "by"),
    [
        ("two_way_fixed_effects", COMMON, ""),
        ("two_way_fixed_effects", STAGGERED, ""),
        ("two_way_fixed_effects", STAGGERED, "region"),
        ("two_by_two", COMMON, ""),
    ],
)
@pytest.mark.parametrize("weights", ["municipality", "persons_current"])
def test_every_draw_is_a_regression(estimator, starts, by, weights, distribution, null):
    frame, design, *_ = sample(starts, estimator, weights=weights, effects_by_period=by or None)
    draws = bootstrap_weights(8, 60, 3, distribution)
    found = wild_bootstrap(frame, design, frame["cluster"], "att", null=null, weights=draws)
    products = cross_products(frame, design, frame["cluster"])
    t, p_value, t_draws = plain.wild_p_value(
        full(design), frame["y"], frame["w"], frame["cluster"], draws, products.cr1, null
    )
    assert found.p_value == pytest.approx(p_value, abs=1e-12)
    assert found.t_statistic == pytest.approx(t, rel=1e-9)
    drawn = bootstrap_draws(products, "att", draws)
    gap = found.estimate - null
    numerator = drawn.numerator[0] + gap * drawn.numerator[1]
    variance = sum(part * gap**power for power, part in enumerate(drawn.variance))
    np.testing.assert_allclose(numerator / np.sqrt(products.cr1 * variance), t_draws, rtol=1e-7)


def test_all_signs_of_five_clusters():
    frame, design, *_ = sample((2004,) * 4 + (None,) * 6)
    every = all_signs(5)
    assert len({tuple(row) for row in every} | {(1.0,) * 5}) == 32
    found = wild_bootstrap(frame, design, frame["cluster"], "att", weights=every)
    _, p_value, t_draws = plain.wild_p_value(
        full(design), frame["y"], frame["w"], frame["cluster"], every
    )
    t = plain.t_statistic(full(design), frame["y"], frame["w"], frame["cluster"], 1.0)
    share = (1 + np.sum(np.abs(t_draws) >= abs(t) * (1 - 1e-9))) / 32
    assert found.p_value == p_value == share
    assert (found.p_value * 32) % 2 == 0  # a vector of signs and its mirror image
    np.testing.assert_array_equal(bootstrap_weights(5, 9999, 1, "rademacher"), every)
    assert len(bootstrap_weights(5, 30, 1, "rademacher")) == 30  # fewer than all


@pytest.mark.parametrize("estimator", ["two_way_fixed_effects", "two_by_two"])
@pytest.mark.parametrize("weights", ["municipality", "persons_current"])
def test_t_is_the_estimate_over_its_clustered_std_error(estimator, weights):
    frame, design, made, estimand = sample(COMMON, estimator, weights=weights)
    row = estimate_one(*made, estimand)[0].set_index("inference").loc["cluster_area"]
    found = wild_bootstrap(frame, design, frame["cluster"], "att", draws=99)
    assert found.estimate == pytest.approx(row["estimate"], abs=1e-9)
    assert found.t_statistic == pytest.approx(row["estimate"] / row["std_error"], rel=1e-8)
    assert (found.n_clusters, found.n_draws) == (8, 99)


def test_the_interval_holds_what_the_test_does_not_reject():
    frame, design, *_ = sample((2004,) * 12 + (None,) * 16, weights="persons_current")

    def p_value(null):
        return wild_bootstrap(frame, design, frame["cluster"], "att", null=null, draws=999).p_value

    found = wild_bootstrap(frame, design, frame["cluster"], "att", draws=999)
    assert found.ci_low < found.estimate < found.ci_high
    for end, inwards in ((found.ci_low, 1e-6), (found.ci_high, -1e-6)):
        assert p_value(end + inwards) > 0.05 >= p_value(end - inwards)
    assert p_value(found.estimate) == 1.0


def test_few_signs_never_reject_and_leave_the_interval_open():
    frame, design, *_ = sample((2004,) * 4 + (None,) * 4, effect=9.0)
    found = wild_bootstrap(frame, design, frame["cluster"], "att", weights=all_signs(4))
    assert found.p_value >= 2 / 16
    assert (found.ci_low, found.ci_high) == (-np.inf, np.inf)


def test_draws_depend_on_seed_and_number_of_clusters_alone():
    first = bootstrap_weights(60, 500, 7)
    np.testing.assert_array_equal(first, bootstrap_weights(60, 500, 7))
    np.testing.assert_array_equal(first[:100], bootstrap_weights(60, 100, 7))
    assert (first != bootstrap_weights(60, 500, 8)).any()
    assert set(np.unique(first)) == {-1.0, 1.0}
    webb = bootstrap_weights(11, 60_000, 7)
    points, counts = np.unique(webb.round(12) ** 2, return_counts=True)
    np.testing.assert_allclose(points, [0.5, 1.0, 1.5], atol=1e-9)
    np.testing.assert_allclose(counts / webb.size, 1 / 3, atol=0.005)
    assert abs(webb.mean()) < 0.01


def test_scales_shifts_and_order_do_not_matter():
    frame, design, *_ = sample(STAGGERED, weights="persons_current")
    base = wild_bootstrap(frame, design, frame["cluster"], "att", draws=499)
    level = frame["unit"].str[1:].astype(float)
    other = frame.assign(y=3 * frame["y"] + level, w=frame["w"] * 1e3)
    found = wild_bootstrap(other, design, frame["cluster"], "att", draws=499)
    assert found.p_value == base.p_value
    assert found.ci_low == pytest.approx(3 * base.ci_low, rel=1e-6)
    flipped = wild_bootstrap(
        frame.assign(y=-frame["y"]), design, frame["cluster"], "att", draws=499
    )
    assert flipped.p_value == base.p_value
    assert flipped.ci_high == pytest.approx(-base.ci_low, rel=1e-6)


def test_size_is_near_nominal_with_many_clusters():
    frame, design, *_ = sample((2004,) * 10 + (None,) * 20, effect=0.0)
    rng = np.random.default_rng(2)
    rejected = [
        wild_bootstrap(
            frame.assign(y=rng.normal(size=len(frame))), design, frame["cluster"], "att", draws=199
        ).p_value
        <= 0.1
        for _ in range(200)
    ]
    assert np.mean(rejected) == pytest.approx(0.1, abs=0.065)


def test_one_cluster_has_no_numbers_and_wrong_weights_are_refused():
    frame, design, *_ = sample(COMMON)
    found = wild_bootstrap(frame, design, pd.Series("all", frame.index), "att", draws=9)
    assert np.isnan([found.p_value, found.ci_low]).all()
    with pytest.raises(ValueError, match="8 clusters"):
        wild_bootstrap(frame, design, frame["cluster"], "att", weights=np.ones((5, 7)))
