"""First differences: linearmodels on the same panel, two-way effects with two periods."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from linearmodels.panel import FirstDifferenceOLS

import kuntakokeilu
from kuntakokeilu.estimation import (
    DESIGNS,
    Sample,
    draw_sample,
    estimate_one,
    fit,
    influence,
    permutation_p_value,
    without_each_cluster,
)
from kuntakokeilu.estimation.contrast import design_of

from .build import panel, spec, tables
from .plain import exact_p_value

STAGGERED = (2003,) * 4 + (2005,) * 4 + (None,) * 8
COMMON = (2004,) * 6 + (None,) * 10


def drawn(starts, *, missing=0.0, years=range(2000, 2008), x=None, **changes):
    rows, first, clusters = panel(
        starts, per_cluster=2, missing=missing, effect=0.6, seed=5, years=years
    )
    made = tables(rows, first, clusters, **({} if x is None else {"x_size": x(clusters)}))
    estimand = spec("first_differences", **changes)
    return made, draw_sample(*made[:2], estimand).frame, estimand


def sizes(clusters):
    return {unit: float(int(unit[1:]) % 5) for unit in clusters}


def theirs(frame, covariate=False):
    """FirstDifferenceOLS on levels: treatment, periods but the first, a covariate in each."""
    frame = frame.assign(year=frame["period"].dt.year).set_index(["unit", "year"])
    years = pd.get_dummies(frame["period"].dt.year, dtype=float).iloc[:, 1:].add_prefix("y")
    parts = [frame["treated"].astype(float), years]
    if covariate:
        parts.append(years.mul(frame["x_size"], axis=0).add_prefix("x"))
    model = FirstDifferenceOLS(frame["y"], pd.concat(parts, axis=1), weights=frame["w"])
    clusters = pd.DataFrame({"c": pd.factorize(frame["cluster"])[0]}, index=frame.index)
    return model.fit(cov_type="clustered", clusters=clusters, group_debias=True, debiased=True)


@pytest.mark.parametrize("starts", [COMMON, STAGGERED], ids=["common", "staggered"])
@pytest.mark.parametrize("missing", [0.0, 0.2])
@pytest.mark.parametrize("weights", ["municipality", "persons_current"])
@pytest.mark.parametrize("covariates", [[], ["size"]], ids=["plain", "covariate"])
def test_estimate_and_clustered_error_are_those_of_linearmodels(
    starts, missing, weights, covariates
):
    """CR1 with G/(G-1) x (N-1)/(N-K): N differences, K the treatment, periods, covariates."""
    made, frame, estimand = drawn(
        starts, missing=missing, weights=weights, covariates=covariates, x=sizes
    )
    other = theirs(frame, bool(covariates))
    design = design_of(Sample(frame, estimand))
    fitted = fit(design.regressed(frame), design)
    sums = influence(fitted, design.rows["cluster"])[0]
    assert fitted.params[0] == pytest.approx(other.params["treated"], rel=1e-9)
    assert np.sqrt((sums**2).sum()) == pytest.approx(other.std_errors["treated"], rel=1e-9)
    assert fitted.n_params == len(other.params)
    rows, _ = estimate_one(*made, estimand)
    row = rows.set_index("inference").loc["cluster_area"]
    assert row["estimate"] == pytest.approx(other.params["treated"], rel=1e-9)
    assert row["std_error"] == pytest.approx(other.std_errors["treated"], rel=1e-9)


@pytest.mark.parametrize("weights", ["municipality", "persons_current"])
def test_two_periods_give_the_number_of_two_way_effects(weights):
    made, _, estimand = drawn(COMMON, years=range(2003, 2005), weights=weights)
    twice = estimand.model_copy(update={"estimator": "two_way_fixed_effects"})
    mine, other = (
        estimate_one(*made, each)[0].set_index("inference") for each in (estimand, twice)
    )
    assert list(mine.index) == list(other.index)
    np.testing.assert_allclose(mine["estimate"], other["estimate"], rtol=1e-12)
    exact = ["cr3_area", "permutation_area", "permutation_municipality"]
    np.testing.assert_allclose(
        mine.loc[exact, "p_value"].astype(float), other.loc[exact, "p_value"].astype(float)
    )
    n = 16  # changes; levels are twice as many, with one period effect and one constant
    factor = ((n - 1) / (n - 2)) / ((2 * n - 1) / (2 * n - 3))
    for kind in ("cluster_area", "cluster_municipality"):
        ratio = (mine.loc[kind, "std_error"] / other.loc[kind, "std_error"]) ** 2
        assert ratio == pytest.approx(factor, rel=1e-9)


def test_deals_are_regressions_of_changes():
    rows, first, clusters = panel((2003,) * 2 + (None,) * 4, effect=0.5, seed=3, missing=0.1)
    estimand = spec("first_differences")
    made = tables(rows, first, clusters)
    frame = draw_sample(*made[:2], estimand).frame
    design = design_of(Sample(frame, estimand))
    units = frame["unit"].unique()

    def statistic(labels):
        start = frame["unit"].map(dict(zip(units, labels, strict=True)))
        dealt = frame.assign(first_treated=start, treated=(frame["period"] >= start))
        again = DESIGNS["first_differences"](dealt, estimand)
        return fit(again.rows, again).params[0]

    labels = list(frame.drop_duplicates("unit")["first_treated"])
    exact = exact_p_value(labels, statistic)
    fitted = fit(design.rows, design).params[0]
    found = permutation_p_value(design.rows, design, fitted, design.rows["unit"], 4999, 1)
    assert found == pytest.approx(exact, abs=0.02)


def test_units_without_neighbouring_periods_are_left_out():
    rows, first, clusters = panel(COMMON, seed=2)
    gone = rows["unit"].isin(["u00", "u12"]) & (rows["period"] % 2 == 0)
    made = tables(rows[~gone], first, clusters)
    frame = draw_sample(*made[:2], spec("first_differences")).frame
    assert not frame["unit"].isin(["u00", "u12"]).any()
    assert frame["unit"].nunique() == len(COMMON) - 2
    none = tables(rows[rows["period"] % 2 == 0].assign(period=rows["period"]), first, clusters)
    found, _ = estimate_one(*none, spec("first_differences"))
    assert found["identified"].eq("ok").all()  # the years compared are neighbours in the sample


def test_no_pair_of_neighbouring_periods_is_no_number():
    rows, first, clusters = panel(COMMON, seed=2)
    odd = rows["unit"].str[1:].astype(int) % 2
    made = tables(rows[rows["period"] % 2 == odd], first, clusters)
    found, _ = estimate_one(*made, spec("first_differences"))
    assert set(found["identified"]) == {"no_variation"}


def test_one_call_gives_it_too():
    rows, first, _ = panel(STAGGERED, seed=8, effect=1.0)
    frame = rows.assign(start=rows["unit"].map(first).astype(float))
    found = kuntakokeilu.evaluate(
        frame, unit="unit", period="period", outcome="y", treated="start",
        estimator="first_differences",
    )  # fmt: skip
    made = tables(*panel(STAGGERED, seed=8, effect=1.0)[:2])
    other = theirs(draw_sample(*made[:2], spec("first_differences")).frame)
    assert found["estimate"].iloc[0] == pytest.approx(other.params["treated"], rel=1e-9)


def test_without_a_cluster_it_is_the_estimate_on_the_others():
    rows, first, clusters = panel(COMMON, per_cluster=2, seed=4, missing=0.1)
    estimand = spec("first_differences", weights="persons_current")
    sample = draw_sample(*tables(rows, first, clusters)[:2], estimand)
    found = without_each_cluster(sample.frame, design_of(sample))["att"]
    for cluster in ("c00", "c07"):
        frame = sample.frame[sample.frame["cluster"] != cluster].reset_index(drop=True)
        assert found[cluster] == pytest.approx(theirs(frame).params["treated"], rel=1e-9)
