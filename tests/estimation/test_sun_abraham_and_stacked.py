"""Sun and Abraham, and stacked comparisons: the same regressions written with all dummies."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
import statsmodels.api as sm

from kuntakokeilu.estimation import design_of, draw_sample, estimate_one, fit, without_each_cluster
from kuntakokeilu.estimation.stacked_starts import sets_of_starts

from .build import panel, spec, tables

STARTS = (2003,) * 4 + (2005,) * 4 + (None,) * 7


def drawn(estimator, starts=STARTS, *, missing=0.1, per_cluster=1, **changes):
    rows, first, clusters = panel(
        starts, per_cluster=per_cluster, missing=missing, effect=0.6, seed=6
    )
    made = tables(rows, first, clusters)
    return made, draw_sample(*made[:2], spec(estimator, **changes))


def dummies(frame, names=("unit", "period")):
    parts = [pd.get_dummies(frame[name].astype(str), prefix=name) for name in names]
    return pd.concat(parts, axis=1).astype(float)


def interacted(frame):
    """Coefficients by start and period with all dummies, and the weight of each."""
    own = frame["first_treated"].notna() & frame["event_time"].ne(-1)
    cell = (frame["first_treated"].astype(str) + "|" + frame["event_time"].astype(str)).where(
        own, "none"
    )
    columns = pd.get_dummies(cell).drop(columns="none").astype(float)
    x = pd.concat([columns, dummies(frame)], axis=1)
    fitted = sm.WLS(frame["y"], x, frame["w"]).fit()
    sizes = columns.mul(frame["w"], axis=0).sum()
    since = columns.columns.str.split("|").str[1].astype(int)
    return fitted.params[columns.columns].to_numpy(), sizes.to_numpy(), since


@pytest.mark.parametrize("weights", ["municipality", "persons_current"])
def test_terms_are_shares_of_the_coefficients_of_starts(weights):
    _, sample = drawn("sun_abraham_event_study", weights=weights)
    coefficients, sizes, since = interacted(sample.frame)
    design = design_of(sample)
    found = fit(sample.frame, design).params
    for term, value in zip(design.terms, found, strict=True):
        mine = since == term.event_time
        assert value == pytest.approx(np.average(coefficients[mine], weights=sizes[mine]), abs=1e-9)
    one = design_of(drawn("sun_abraham_average", weights=weights)[1])
    expected = np.average(coefficients[since >= 0], weights=sizes[since >= 0])
    assert fit(sample.frame, one).params[0] == pytest.approx(expected, abs=1e-9)


def test_in_a_panel_without_gaps_it_is_the_average_of_groups_and_periods_with_its_error():
    numbers = []
    for name in ("sun_abraham_average", "group_time_average"):
        _, sample = drawn(name, missing=0.0)
        design = design_of(sample)
        rows = design.regressed(sample.frame)
        fitted = fit(rows, design)
        influence = fitted.scores @ fitted.bread[:, 0]
        numbers.append((fitted.params[0], pd.Series(influence).groupby(rows["unit"]).sum()))
    assert numbers[0][0] == pytest.approx(numbers[1][0], abs=1e-10)
    np.testing.assert_allclose(numbers[0][1], numbers[1][1], rtol=0, atol=1e-10)


def test_without_a_cluster_the_regression_is_made_anew():
    _, sample = drawn("sun_abraham_average", per_cluster=2)
    found = without_each_cluster(sample.frame, design_of(sample))
    frame = sample.frame[sample.frame["cluster"] != "c01"].reset_index(drop=True)
    other = type(sample)(frame, sample.estimand)
    assert found.loc["c01", "att"] == pytest.approx(
        fit(frame, design_of(other)).params[0], abs=1e-9
    )


def test_cells_that_cannot_be_told_apart_have_a_reason():
    """Seen in 2002 alone before it is treated and never with a control of 2004 on."""
    rows, first, clusters = panel((2003,) * 4 + (None,) * 5, missing=0.0)
    early = rows[(rows["unit"] < "u04") | (rows["period"] < 2005)]
    made = tables(early, first, clusters)
    table, influences = estimate_one(*made, spec("sun_abraham_average"))
    assert set(table["identified"]) == {"collinear"} and influences.empty


@pytest.mark.parametrize("controls", ["never_treated", "not_yet_treated"])
def test_stacks_with_all_dummies(controls):
    made, sample = drawn("stacked_average", control_group=controls)
    frame, parts = sample.frame, []
    for start in (2003, 2005):
        when = pd.Period(str(start), "Y")
        own = frame["first_treated"] == when
        free = frame["first_treated"].isna()
        if controls == "not_yet_treated":
            later = frame["first_treated"] > when
            free |= later & (frame["period"] < frame["first_treated"])
        scale = own[own].groupby(frame["unit"]).size().size / frame.loc[free, "unit"].nunique()
        rows = frame[own | free].assign(set=start, own=own[own | free])
        parts.append(rows.assign(w=np.where(rows["own"], 1.0, scale)))
    stack = pd.concat(parts, ignore_index=True)
    stack["unit_set"] = stack["unit"] + "|" + stack["set"].astype(str)
    stack["period_set"] = stack["period"].astype(str) + "|" + stack["set"].astype(str)
    on = (stack["own"] & (stack["period"] >= stack["first_treated"])).astype(float).rename("on")
    x = pd.concat([on, dummies(stack, ("unit_set", "period_set"))], axis=1)
    expected = sm.WLS(stack["y"], x, stack["w"]).fit().params["on"]
    rows, _ = estimate_one(*made, sample.estimand)
    assert rows["estimate"].iloc[0] == pytest.approx(expected, abs=1e-9)
    assert set(rows.loc[rows["std_error"].notna(), "inference"]) >= {"cluster_area", "cr2_area"}


def test_controls_of_a_set_weigh_as_much_as_its_units():
    _, sample = drawn("stacked_event_study", missing=0.0, weights="persons_current")
    sample.frame["w"] = sample.frame.groupby("unit")["w"].transform("mean")
    rows = sets_of_starts(sample.frame, sample.estimand)
    once = rows.drop_duplicates(["set", "unit"])
    sums = once.groupby(["set", "own"])["w"].sum().unstack()
    np.testing.assert_allclose(sums[True], sums[False], rtol=1e-12)


def test_with_one_start_stacked_is_two_way():
    starts = (2004,) * 5 + (None,) * 5
    made, _ = drawn("stacked_average", starts, missing=0.0)
    found = [
        estimate_one(*made, spec(name))[0].set_index("inference").loc["cluster_area"]
        for name in ("stacked_average", "two_way_fixed_effects")
    ]
    assert found[0]["estimate"] == pytest.approx(found[1]["estimate"], abs=1e-10)
    assert found[0]["std_error"] == pytest.approx(found[1]["std_error"], rel=1e-9)
