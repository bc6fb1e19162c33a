"""What must not change an estimate, and what must change it in a known way."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kuntakokeilu.estimation import draw_sample, estimate_one

from . import plain
from .build import panel, spec, tables

STAGGERED = [2003, 2003, 2005, 2005, None, None, None, None]
COMMON = [2004, 2004, 2004, 2004, None, None, None, None]
few = settings(max_examples=3, deadline=None)
seeds = st.integers(0, 10_000)


def area_row(rows, first, clusters, estimand):
    estimates, _ = estimate_one(*tables(rows, first, clusters), estimand)
    return estimates[estimates["inference"] == "cluster_area"].iloc[0]


@few
@given(
    seed=seeds,
    weights=st.sampled_from(["municipality", "area", "persons_current"]),
    missing=st.sampled_from([0.0, 0.2]),
    shift=st.floats(-100, 100),
)
def test_unit_and_period_constants_leave_the_estimate(seed, weights, missing, shift):
    rows, first, clusters = panel(STAGGERED, seed=seed, per_cluster=2, missing=missing)
    estimand = spec(weights=weights)
    before = area_row(rows, first, clusters, estimand)
    rng = np.random.default_rng(seed)
    by_unit = {unit: rng.normal(scale=10) for unit in rows["unit"].unique()}
    by_period = {period: rng.normal(scale=10) for period in rows["period"].unique()}
    moved = rows.assign(
        y=rows["y"] + shift + rows["unit"].map(by_unit) + rows["period"].map(by_period)
    )
    after = area_row(moved, first, clusters, estimand)
    assert after["estimate"] == pytest.approx(before["estimate"], abs=1e-8)
    assert after["std_error"] == pytest.approx(before["std_error"], abs=1e-8)


@few
@given(seed=seeds, effect=st.floats(-5, 5))
def test_an_effect_added_to_the_treated_is_added_to_the_estimate(seed, effect):
    rows, first, clusters = panel(STAGGERED, seed=seed, per_cluster=2, missing=0.2)
    treated = rows["period"] >= rows["unit"].map(first).astype(float)
    before = area_row(rows, first, clusters, spec())
    after = area_row(rows.assign(y=rows["y"] + effect * treated), first, clusters, spec())
    assert after["estimate"] - before["estimate"] == pytest.approx(effect, abs=1e-8)
    assert after["std_error"] == pytest.approx(before["std_error"], abs=1e-8)


@few
@given(seed=seeds, scale=st.floats(0.01, 100), sign=st.sampled_from([1, -1]))
def test_scaling_the_outcome_scales_estimate_and_error(seed, scale, sign):
    rows, first, clusters = panel(STAGGERED, seed=seed, per_cluster=2, missing=0.2)
    before = area_row(rows, first, clusters, spec())
    after = area_row(rows.assign(y=sign * scale * rows["y"]), first, clusters, spec())
    assert after["estimate"] == pytest.approx(sign * scale * before["estimate"], rel=1e-8)
    assert after["std_error"] == pytest.approx(scale * before["std_error"], rel=1e-8)
    assert after["p_value"] == pytest.approx(before["p_value"], abs=1e-8)


@few
@given(seed=seeds, weights=st.sampled_from(["municipality", "area", "persons_current"]))
def test_order_of_rows_does_not_matter(seed, weights):
    rows, first, clusters = panel(STAGGERED, seed=seed, per_cluster=2, missing=0.2)
    cells, units, counts = tables(rows, first, clusters)
    estimand = spec(weights=weights)
    ordered, _ = estimate_one(cells, units, counts, estimand)
    mixed = cells.sample(frac=1, random_state=seed)
    shuffled, _ = estimate_one(mixed, units.iloc[::-1], counts.iloc[::-1], estimand)
    columns = ["estimate", "std_error", "p_value"]  # permutation rows too
    pd.testing.assert_frame_equal(ordered[columns], shuffled[columns], rtol=1e-9)


@few
@given(seed=seeds, estimator=st.sampled_from(["two_way_fixed_effects", "two_by_two"]))
def test_cells_weighted_by_persons_equal_micro_data(seed, estimator):
    rng = np.random.default_rng(seed)
    rows, first, clusters = panel(COMMON, seed=seed, per_cluster=2, missing=0.2)
    micro = rows.loc[rows.index.repeat(rng.integers(1, 7, len(rows)))].reset_index(drop=True)
    micro["y"] += rng.normal(size=len(micro))
    micro["w"] = rng.uniform(0.5, 2, len(micro))
    sums = micro.assign(y=micro["w"] * micro["y"]).groupby(["unit", "period"])
    cells = sums.agg(y=("y", "sum"), weight=("w", "sum")).reset_index()
    cells["y"] /= cells["weight"]
    row = area_row(cells, first, clusters, spec(estimator, weights="persons_current"))
    trial, post = micro["unit"].isin(first), micro["period"] >= 2004
    if estimator == "two_by_two":
        expected = plain.four_means(micro["y"], trial, post, micro["w"])
    else:
        expected = plain.least_squares(
            trial & post, micro["unit"], micro["period"], micro["y"], micro["w"]
        ).coefficients[0]
    assert row["estimate"] == pytest.approx(expected, abs=1e-9)


@few
@given(seed=seeds, cuts=st.integers(1, 5))
def test_splitting_a_municipality_leaves_the_person_weighted_four_means(seed, cuts):
    """Persons do not move when a cell is cut in parts whose weights add up."""
    rng = np.random.default_rng(seed)
    rows, first, clusters = panel(COMMON, seed=seed, per_cluster=2)
    whole = rows["unit"] == "u00"
    parts = []
    shares = rng.dirichlet(np.ones(cuts + 1))
    for number, share in enumerate(shares):
        part = rows[whole].assign(unit=f"u00{number}")
        parts.append(part.assign(weight=part["weight"] * share))
        first[f"u00{number}"], clusters[f"u00{number}"] = first["u00"], clusters["u00"]
    split = pd.concat([rows[~whole], *parts], ignore_index=True)
    for estimator in ("two_by_two", "two_way_fixed_effects"):
        estimand = spec(estimator, weights="persons_current")
        before = area_row(rows, first, clusters, estimand)
        after = area_row(split, first, clusters, estimand)
        assert after["estimate"] == pytest.approx(before["estimate"], abs=1e-9)
    equal = area_row(split, first, clusters, spec())["estimate"]
    assert abs(equal - area_row(rows, first, clusters, spec())["estimate"]) > 1e-6


def test_area_weights_sum_to_one_in_every_cluster_and_period():
    sizes = [1, 2, 3, 4]
    names = [f"{c}{i}" for c, size in zip("abcd", sizes, strict=True) for i in range(size)]
    rows = pd.DataFrame([(u, t, 0.0) for u in names for t in range(2000, 2004)])
    rows.columns = ["unit", "period", "y"]
    first = {u: "2002" for u in names if u[0] in "ab"}
    cells, units, _ = tables(rows, first, {u: u[0] for u in names})
    frame = draw_sample(cells, units, spec(weights="area")).frame
    sums = frame.groupby(["cluster", "period"])["w"].sum()
    np.testing.assert_allclose(sums, 1.0, atol=1e-12)


@few
@given(seed=seeds, weights=st.sampled_from(["municipality", "area"]))
def test_two_by_two_equals_two_way_fixed_effects_on_a_balanced_panel(seed, weights):
    rows, first, clusters = panel(COMMON, seed=seed, per_cluster=2)
    means = area_row(rows, first, clusters, spec("two_by_two", weights=weights))
    effects = area_row(rows, first, clusters, spec(weights=weights))
    assert means["estimate"] == pytest.approx(effects["estimate"], abs=1e-10)


@few
@given(seed=seeds)
def test_att_is_the_mean_after_less_the_mean_before_of_the_event_study(seed):
    """On a balanced panel with one start; the reference period counts as zero before."""
    rows, first, clusters = panel(COMMON, seed=seed, per_cluster=2)
    att = area_row(rows, first, clusters, spec())["estimate"]
    series, _ = estimate_one(*tables(rows, first, clusters), spec("event_study"))
    series = series[series["inference"] == "cluster_area"]
    after = series.loc[series["event_time"] >= 0, "estimate"]
    before = series.loc[series["event_time"] < -1, "estimate"]
    assert len(after) == 4
    assert len(before) == 3
    assert att == pytest.approx(after.sum() / 4 - before.sum() / 4, abs=1e-10)


@few
@given(seed=seeds)
def test_att_is_the_mean_of_windows_weighted_by_their_length(seed):
    rows, first, clusters = panel(COMMON, seed=seed, per_cluster=2)
    att = area_row(rows, first, clusters, spec())["estimate"]
    windows = {
        "early": {"first": "2004", "last": "2004"},
        "late": {"first": "2005", "last": "2007"},
    }
    series, _ = estimate_one(
        *tables(rows, first, clusters), spec("window_effects", windows=windows)
    )
    found = series[series["inference"] == "cluster_area"].set_index("window")["estimate"]
    assert att == pytest.approx((found["early"] + 3 * found["late"]) / 4, abs=1e-10)
