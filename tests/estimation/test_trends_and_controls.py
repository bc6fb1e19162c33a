"""Linear trends of units and controls that move: against all dummies, and the castle doctrine."""

import numpy as np
import pandas as pd
import pytest
import statsmodels.api as sm

import kuntakokeilu
from kuntakokeilu.errors import InputError
from kuntakokeilu.estimation import (
    DESIGNS,
    draw_sample,
    estimate_one,
    small_sample_inference,
    without_each_cluster,
)
from kuntakokeilu.estimation.absorb import rank_of_effects

from . import plain, plain_small_sample
from .build import panel, spec, tables

BOTH = ["iid", "hc1"]
STAGGERED = [2002] * 3 + [2004] * 4 + [2006] * 3 + [None] * 6
COMMON = [2004] * 7 + [None] * 9
PUBLISHED = ["l_police", "unemployrt", "poverty", "l_income", "l_prisoner", "l_lagprisoner"]
PUBLISHED += ["l_exp_subsidy", "l_exp_pubwelfare"]
PUBLISHED += ["blackm_15_24", "whitem_15_24", "blackm_25_44", "whitem_25_44"]


def made(starts=STAGGERED, missing=0.25, controls=(), **how):
    rows, first, clusters = panel(starts, missing=missing, effect=1.0, seed=5, per_cluster=2)
    cells, units, counts = tables(rows, first, clusters)
    rng = np.random.default_rng(8)
    moving = {f"c_{name}": rng.normal(size=len(cells)) for name in controls}
    return (cells.assign(**moving), units, counts), spec(controls=list(controls), **how)


def columns_of(frame, names, trends):
    """Treatment, controls, a dummy and a trend of each unit, and periods but the first two."""
    unit = plain.dummies(frame["unit"])
    own = [unit, unit * (frame["period"].dt.year.to_numpy() - 2003)[:, None]] if trends else [unit]
    x = frame[["treated", *(f"c_{name}" for name in names)]].to_numpy(float)
    return np.hstack([x, *own, plain.dummies(frame["period"])[:, 2 if trends else 1 :]])


@pytest.mark.parametrize("weights", ["municipality", "persons_current"])
@pytest.mark.parametrize(
    ("trends", "controls"), [("unit", []), ("none", ["a", "b"]), ("unit", ["a"])]
)
def test_estimates_and_textbook_errors_are_those_of_all_columns(weights, trends, controls):
    built, estimand = made(controls=controls, weights=weights, trends=trends, variances=BOTH)
    found = estimate_one(*built, estimand)[0].set_index("inference")
    frame = draw_sample(*built[:2], estimand).frame
    x = columns_of(frame, controls, trends == "unit")
    model = sm.WLS(frame["y"].to_numpy(), x, frame["w"].to_numpy())
    for kind, cov in (("iid", "nonrobust"), ("hc1", "HC1")):
        fitted = model.fit(cov_type=cov)
        assert found.loc[kind, "estimate"] == pytest.approx(fitted.params[0], abs=1e-9)
        assert found.loc[kind, "std_error"] == pytest.approx(fitted.bse[0], abs=1e-9)
        assert found.loc[kind, "degrees_of_freedom"] == fitted.df_resid


@pytest.mark.parametrize("weights", ["municipality", "persons_current"])
@pytest.mark.parametrize("column", ["cluster", "unit"])
def test_few_cluster_inference_with_trends_is_that_of_full_matrices(weights, column):
    built, estimand = made(controls=["a"], weights=weights, trends="unit")
    frame = draw_sample(*built[:2], estimand).frame
    design = DESIGNS["two_way_fixed_effects"](frame, estimand)
    found = small_sample_inference(frame, design, frame[column], "att")
    data = columns_of(frame, ["a"], True), frame["y"], frame["w"], frame[column]
    adjusted = plain_small_sample.cr2(*data)
    assert found.cr2_std_error**2 == pytest.approx(adjusted.variance, rel=1e-8)
    assert found.cr2_degrees_of_freedom == pytest.approx(adjusted.degrees, rel=1e-8)
    assert found.cr3_std_error**2 == pytest.approx(plain_small_sample.cr3(*data), rel=1e-8)


def test_trends_do_not_count_in_cr1():
    built, estimand = made(trends="unit")
    found = estimate_one(*built, estimand)[0].set_index("inference")
    frame = draw_sample(*built[:2], estimand).frame
    x = columns_of(frame, [], True)
    how = {"groups": pd.factorize(frame["cluster"])[0], "use_correction": False}
    fitted = sm.OLS(frame["y"].to_numpy(), x).fit(cov_type="cluster", cov_kwds=how)
    g, n, k = frame["cluster"].nunique(), len(frame), 1 + 1 + (frame["period"].nunique() - 2)
    factor = g / (g - 1) * (n - 1) / (n - k)
    cr1 = fitted.bse[0] * factor**0.5
    assert found.loc["cluster_area", "std_error"] == pytest.approx(cr1, abs=1e-9)


def test_estimates_without_a_cluster_with_trends():
    built, estimand = made(trends="unit")
    frame = draw_sample(*built[:2], estimand).frame
    found = without_each_cluster(frame, DESIGNS["two_way_fixed_effects"](frame, estimand))
    for cluster in found.index[:3]:
        kept = frame[frame["cluster"] != cluster]
        x = columns_of(kept, [], True)
        anew = np.linalg.lstsq(x, kept["y"].to_numpy(), rcond=None)[0][0]
        assert found.loc[cluster, "att"] == pytest.approx(anew, abs=1e-9)


@pytest.mark.parametrize("missing", [0.0, 0.3, 0.6])
def test_the_rank_of_effects_with_trends_is_that_of_dense_columns(missing):
    rows, _, _ = panel(STAGGERED, missing=missing, seed=7)
    unit, when = pd.factorize(rows["unit"])[0], rows["period"] - 2000
    effects = pd.DataFrame({"unit": unit, "period": when, "trend": when.astype(float)})
    own = plain.dummies(unit)
    dense = np.hstack([own, own * when.to_numpy()[:, None], plain.dummies(when)])
    assert rank_of_effects(effects) == np.linalg.matrix_rank(dense)


def test_units_with_two_periods_have_no_weight_beside_their_trend():
    built, estimand = made(missing=0.0, trends="unit")
    cells, units, counts = built
    few = cells["unit"].eq("u01") & ~cells["period"].dt.year.isin([2001, 2005])
    frame = draw_sample(cells[~few], units, estimand).frame
    assert "u01" not in set(frame["unit"])
    without = cells[cells["unit"] != "u01"]
    one, other = (estimate_one(c, units, counts, estimand)[0] for c in (cells[~few], without))
    assert one.loc[0, "estimate"] == pytest.approx(other.loc[0, "estimate"], abs=1e-10)


def test_the_2x2_takes_controls():
    built, estimand = made(
        COMMON, controls=["a"], estimator="two_by_two", variances=["iid"], weights="persons_current"
    )
    found = estimate_one(*built, estimand)[0].set_index("inference")
    frame = draw_sample(*built[:2], estimand).frame
    trial, post = frame["trial"].astype(float), (frame["period"].dt.year >= 2004).astype(float)
    x = np.column_stack([trial * post, np.ones(len(frame)), trial, post, frame["c_a"]])
    fitted = sm.WLS(frame["y"].to_numpy(), x, frame["w"].to_numpy()).fit()
    assert found.loc["iid", "estimate"] == pytest.approx(fitted.params[0], abs=1e-9)
    assert found.loc["iid", "std_error"] == pytest.approx(fitted.bse[0], abs=1e-9)


def test_first_differences_compare_changes_of_controls():
    built, estimand = made(
        missing=0.0, controls=["a"], estimator="first_differences", variances=["iid"]
    )
    found = estimate_one(*built, estimand)[0].set_index("inference")
    frame = draw_sample(*built[:2], estimand).frame.sort_values(["unit", "period"])
    change = frame.assign(treated=frame["treated"].astype(float)).groupby("unit")
    change = change[["y", "treated", "c_a"]].diff().dropna()
    x = np.hstack([change[["treated", "c_a"]], plain.dummies(frame.loc[change.index, "period"])])
    fitted = sm.OLS(change["y"].to_numpy(), x).fit()
    assert found.loc["iid", "estimate"] == pytest.approx(fitted.params[0], abs=1e-9)
    assert found.loc["iid", "std_error"] == pytest.approx(fitted.bse[0], abs=1e-9)


def test_a_control_that_is_missing_or_still_is_told_with_its_place():
    built, estimand = made(missing=0.0, controls=["a"])
    cells, units, _ = built
    gone = cells.assign(c_a=cells["c_a"].mask(cells.index.isin([3, 4])))
    said = r"control a: no value for unit u00 in 2003 \(2 such unit-periods\); expected a number"
    with pytest.raises(InputError, match=said):
        draw_sample(gone, units, estimand)
    still = cells.assign(c_a=cells["unit"].str[1:].astype(float))
    with pytest.raises(InputError, match="control a: is the same in all periods of every unit"):
        draw_sample(still, units, estimand)


def test_a_trend_needs_three_periods():
    built, estimand = made(missing=0.0, trends="unit", first_period="2003", last_period="2004")
    with pytest.raises(InputError, match="trends unit: a trend needs three periods, found 2"):
        estimate_one(*built, estimand)


# Cheng & Hoekstra 2013 --------------------------------------------------------------------------


def castle_columns(frame, treatment, region, controls, trends):
    state, year = plain.dummies(frame["state"]), plain.dummies(frame["year"])
    parts = [frame[[treatment, *controls]].to_numpy(float), state]
    parts += [state * (frame["year"].to_numpy() - 2000)[:, None]] if trends else []
    first = 2 if trends else 1
    groups = plain.dummies(frame["region"]) if region else np.ones((len(frame), 1))
    parts += [groups[:, [k]] * year[:, first:] for k in range(groups.shape[1])]
    return np.hstack(parts)


@pytest.mark.real_data
@pytest.mark.parametrize(
    ("region", "controls", "trends", "published"),
    [
        (False, [], False, 0.0877),
        (True, [], False, 0.0811),
        (True, PUBLISHED, False, 0.0600),
        (True, PUBLISHED, True, 0.0672),
    ],
)
def test_castle_doctrine_with_region_by_year_controls_and_trends(
    data_folder, region, controls, trends, published
):
    """Their table 5, log homicide, unweighted: statsmodels has the published numbers.

    Their treatment is the share of the year that the law was in force, ours 0 or 1.
    """
    raw = pd.read_csv(data_folder / "benchmarks" / "castle.csv")
    named = ["state", "year", "l_homicide", "cdl", "effyear", *PUBLISHED]
    regions = raw[["northeast", "midwest", "south", "west"]].idxmax(axis=1).rename("region")
    frame = pd.concat([raw[named], regions], axis=1)
    y = frame["l_homicide"].to_numpy()
    theirs = sm.OLS(y, castle_columns(frame, "cdl", region, controls, trends)).fit()
    assert theirs.params[0] == pytest.approx(published, abs=5e-5)
    frame = frame.assign(on=(frame["year"] >= frame["effyear"]).astype(float))
    if region and not controls:  # no state of the Northeast had a law: they tell of no effect
        kept = frame["region"] != "northeast"
        frame, y = frame[kept].reset_index(drop=True), y[kept]
    expected = sm.OLS(y, castle_columns(frame, "on", region, controls, trends)).fit()
    found = kuntakokeilu.evaluate(
        frame,
        unit="state",
        period="year",
        outcome="l_homicide",
        treated="effyear",
        region="region" if region else None,
        controls=controls,
        unit_trends=trends,
        variances=["iid"],
    )
    row = found[found["inference"] == "iid"].iloc[0]
    assert row["estimate"] == pytest.approx(expected.params[0], abs=1e-9)
    assert row["std_error"] == pytest.approx(expected.bse[0], abs=1e-9)
