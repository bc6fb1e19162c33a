"""CR2, CR3 and degrees of freedom against dummies, brute force and closed forms."""

from functools import cache

import numpy as np
import pandas as pd
import pytest

from kuntakokeilu.errors import InputError
from kuntakokeilu.estimation import (
    DESIGNS,
    Design,
    draw_sample,
    fit,
    small_sample_inference,
    small_sample_table,
    without_each_cluster,
)
from kuntakokeilu.estimation.cross_products import cross_products
from kuntakokeilu.estimation.small_sample import cluster_leverages, delete_cluster_changes

from . import plain_small_sample as plain
from .build import panel, spec, tables

STAGGERED = (2003,) * 4 + (2005,) * 4 + (None,) * 10
COMMON = (2004,) * 6 + (None,) * 10
EXACT = {"rel": 1e-9, "abs": 1e-12}


@cache
def sample(starts, estimator="two_way_fixed_effects", missing=0.0, covariate=None, **changes):
    """Frame and design of a panel; seven clusters of one to four units, c04 in both arms."""
    rows, first, _ = panel(starts, missing=missing, seed=1)
    names = sorted(rows["unit"].unique())
    clusters = {unit: f"c{int((2.5 * i) ** 0.5):02}" for i, unit in enumerate(names)}
    regions = {unit: f"r{i % 3}" for i, unit in enumerate(names)}
    estimand = spec(estimator, covariates=[covariate] if covariate else [], **changes)
    size = {unit: 1.0 + i % 4 for i, unit in enumerate(names)}
    frozen = {unit: 1.0 + 9.0 * (i % 5) ** 2 for i, unit in enumerate(names)}
    cells, units, _ = tables(
        rows, first, clusters, region=regions, x_size=size, weight_frozen=frozen
    )
    frame = draw_sample(cells, units, estimand).frame
    return frame, DESIGNS[estimator](frame, estimand)


def full(design):
    if design.effects is None:
        return design.regressors.to_numpy(float)
    return plain.full_columns(design.regressors, design.effects["unit"], design.effects["period"])


def agrees(found, columns, frame, clusters, place=0):
    data = columns, frame["y"], frame["w"], clusters, place
    adjusted = plain.cr2(*data)
    assert found.estimate == pytest.approx(plain.coefficient(*data[:3], place), **EXACT)
    assert found.cr2_std_error**2 == pytest.approx(adjusted.variance, **EXACT)
    assert found.cr2_degrees_of_freedom == pytest.approx(adjusted.degrees, **EXACT)
    assert found.cr3_std_error**2 == pytest.approx(plain.cr3(*data), **EXACT)
    assert found.cr3_degrees_of_freedom == clusters.nunique() - 1


@pytest.mark.parametrize("missing", [0.0, 0.25], ids=["balanced", "unbalanced"])
@pytest.mark.parametrize("weights", ["municipality", "area", "persons_frozen", "persons_current"])
@pytest.mark.parametrize("by", ["", "region"], ids=["period", "region_by_period"])
@pytest.mark.parametrize("starts", [STAGGERED, COMMON], ids=["staggered", "common"])
@pytest.mark.parametrize("column", ["cluster", "unit"])
def test_absorbed_effects_are_full_dummies(starts, by, weights, missing, column):
    frame, design = sample(starts, missing=missing, weights=weights, effects_by_period=by or None)
    found = small_sample_inference(frame, design, frame[column], "att")
    agrees(found, full(design), frame, frame[column])


@pytest.mark.parametrize("missing", [0.0, 0.25], ids=["balanced", "unbalanced"])
@pytest.mark.parametrize("weights", ["municipality", "persons_current"])
@pytest.mark.parametrize("column", ["cluster", "unit"])
def test_two_by_two_is_plain_regression(weights, missing, column):
    frame, design = sample(COMMON, "two_by_two", missing, weights=weights)
    found = small_sample_inference(frame, design, frame[column], "att")
    agrees(found, full(design), frame, frame[column])


@pytest.mark.parametrize("weights", ["municipality", "persons_current"])
def test_every_term_of_an_event_study_with_covariates(weights):
    frame, design = sample(COMMON, "event_study", 0.2, weights=weights, covariate="size")
    table = small_sample_table(frame, design, frame["cluster"])
    assert list(table.index) == [term.column for term in design.terms]
    for place, found in enumerate(table.itertuples()):
        agrees(found, full(design), frame, frame["cluster"], place)
    alone = small_sample_inference(frame, design, frame["cluster"], "event_1")
    assert alone.cr2_std_error == pytest.approx(table.loc["event_1", "cr2_std_error"], rel=1e-12)


@pytest.mark.parametrize("by", ["one", "region", "a_cluster_apart"])
def test_delete_cluster_estimates_are_exact(by):
    frame, design = sample(STAGGERED, missing=0.2, weights="persons_current")
    group = frame["region"] if by == "region" else pd.Series("", frame.index)
    if by == "a_cluster_apart":  # its period effects exist only with it
        group = group.mask(frame["cluster"] == "c05", "apart")
    effects = design.effects.assign(period=group + "|" + design.effects["period"].astype(str))
    design = Design(design.regressors, design.terms, effects)
    products = cross_products(frame, design, frame["cluster"])
    changes = delete_cluster_changes(products, cluster_leverages(products), np.array([-1]))
    whole = plain.coefficient(full(design), frame["y"], frame["w"])
    without = plain.leave_out(full(design), frame["y"], frame["w"], frame["cluster"])
    np.testing.assert_allclose(whole - changes[:, 0], without, atol=1e-9)
    found = small_sample_inference(frame, design, frame["cluster"], "att")
    agrees(found, full(design), frame, frame["cluster"])


def test_balanced_trial_with_one_start_is_the_two_sample_problem():
    frame, design = sample(COMMON)
    found = small_sample_inference(frame, design, frame["unit"], "att")
    post = frame["period"] >= pd.Period("2004", "Y")
    means = frame.assign(post=post).groupby(["unit", "post"])["y"].mean().unstack()
    change = (means[True] - means[False]).to_numpy()
    arms = change[:6], change[6:]
    sizes = np.array([6, 10])
    welch = sum(arm.var(ddof=1) / len(arm) for arm in arms)
    degrees = (1 / sizes).sum() ** 2 / (1 / (sizes**2 * (sizes - 1))).sum()
    jackknife = 15 / 16 * sum(arm.var(ddof=1) / (len(arm) - 1) for arm in arms)
    assert found.cr2_std_error**2 == pytest.approx(welch, rel=1e-9)
    assert found.cr2_degrees_of_freedom == pytest.approx(degrees, rel=1e-9)
    assert found.cr3_std_error**2 == pytest.approx(jackknife, rel=1e-9)


@pytest.mark.parametrize("weights", ["municipality", "persons_frozen"])
def test_cr2_is_unbiased_under_its_working_model(weights):
    """The variance is quadratic in y: over all unit vectors it adds up to its expectation."""
    frame, design = sample(STAGGERED, missing=0.2, weights=weights)
    w, columns = frame["w"].to_numpy(), full(design)
    found = [
        small_sample_inference(frame.assign(y=y), design, frame["cluster"], "att")
        for y in np.eye(len(frame))
    ]
    loadings = np.linalg.pinv(columns * np.sqrt(w)[:, None])[0] * np.sqrt(w)
    truth = (loadings**2).sum()
    assert sum(one.cr2_std_error**2 for one in found) == pytest.approx(truth, rel=1e-9)
    assert sum(one.cr3_std_error**2 for one in found) > truth


def test_weights_do_not_enter_the_working_model():
    """Unlike the model of variances inverse to weights, by which these numbers would differ."""
    frame, design = sample(STAGGERED, missing=0.2, weights="persons_frozen")
    found = small_sample_inference(frame, design, frame["cluster"], "att")
    columns, w = full(design), frame["w"].to_numpy()
    scaled, y = columns * np.sqrt(w)[:, None], frame["y"] * np.sqrt(w)
    inverse = plain.cr2(scaled, y, np.ones(len(w)), frame["cluster"])
    assert found.cr2_std_error**2 != pytest.approx(inverse.variance, rel=1e-2)
    assert found.cr2_degrees_of_freedom != pytest.approx(inverse.degrees, rel=1e-2)


def test_scales_shifts_order_and_names_do_not_matter():
    frame, design = sample(STAGGERED, missing=0.2, weights="persons_current")
    base = small_sample_table(frame, design, frame["cluster"]).to_numpy()
    level = frame["unit"].str[1:].astype(float) * 1e3
    shifted = frame.assign(y=frame["y"] + level, w=frame["w"] * 1e4)
    np.testing.assert_allclose(
        small_sample_table(shifted, design, frame["cluster"]).to_numpy(), base, rtol=1e-8
    )
    order = np.random.default_rng(0).permutation(len(frame))
    mixed = Design(design.regressors.iloc[order], design.terms, design.effects.iloc[order])
    moved = frame.iloc[order]
    renamed = moved["cluster"].map(lambda name: f"z{99 - int(name[1:])}")
    np.testing.assert_allclose(
        small_sample_table(moved, mixed, renamed).to_numpy(), base, rtol=1e-9
    )
    doubled = small_sample_table(frame.assign(y=2 * frame["y"]), design, frame["cluster"])
    np.testing.assert_allclose(doubled.to_numpy() / base, [[2, 2, 1, 2, 1]], rtol=1e-9)


def test_a_panel_in_two_parts_and_effects_that_leave_nothing():
    frame, design = sample(STAGGERED, missing=0.2)
    part = np.where(frame["unit"].str[1:].astype(int) % 2, "a", "b")  # no unit, no level shared
    effects = design.effects.assign(period=part + design.effects["period"].astype(str))
    apart = Design(design.regressors, design.terms, effects)
    found = small_sample_inference(frame, apart, frame["cluster"], "att")
    agrees(found, full(apart), frame, frame["cluster"])
    by_arm = design.effects.assign(
        period=frame["first_treated"].astype(str) + "|" + design.effects["period"].astype(str)
    )
    nothing = Design(design.regressors, design.terms, by_arm)
    assert small_sample_inference(frame, nothing, frame["cluster"], "att") is None
    still = Design(frame[["trial"]].astype(float), design.terms, design.effects)
    assert small_sample_inference(frame, still, frame["cluster"], "trial") is None


def test_a_coefficient_that_rests_on_one_cluster_has_no_standard_error():
    frame, design = sample((2004,) + (None,) * 8)
    found = small_sample_inference(frame, design, frame["unit"], "att")
    assert np.isfinite(found.estimate)
    assert np.isnan([found.cr2_std_error, found.cr2_degrees_of_freedom, found.cr3_std_error]).all()
    whole = small_sample_inference(frame, design, pd.Series("all", frame.index), "att")
    assert np.isnan([whole.cr2_std_error, whole.cr3_std_error]).all()


def test_units_must_lie_within_clusters():
    frame, design = sample(COMMON)
    clusters = frame["cluster"].where(frame["period"] < pd.Period("2003", "Y"), "late")
    with pytest.raises(InputError, match="more than one cluster"):
        small_sample_inference(frame, design, clusters, "att")


@pytest.mark.parametrize("estimator", ["two_way_fixed_effects", "event_study"])
def test_estimates_without_a_cluster_are_those_of_the_sample_without_it(estimator):
    frame, design = sample(STAGGERED, estimator, missing=0.2, weights="persons_current")
    found = without_each_cluster(frame, design)
    columns = [term.column for term in design.terms]
    assert list(found.columns) == columns
    for cluster in ("c01", "c04"):
        kept = frame["cluster"] != cluster
        fewer = Design(design.regressors[kept], design.terms, design.effects[kept])
        anew = fit(frame[kept].reset_index(drop=True), fewer).params[: len(columns)]
        np.testing.assert_allclose(found.loc[cluster], anew, rtol=1e-9)


def test_an_effect_of_one_cluster_alone_does_not_exist_without_it():
    rows, first, _ = panel((2004,) + (None,) * 5)
    cells, units, _ = tables(rows, first)
    frame = draw_sample(cells, units, spec()).frame
    found = without_each_cluster(frame, DESIGNS["two_way_fixed_effects"](frame, spec()))
    assert found["att"].isna().tolist() == [True] + [False] * 5
