"""Imputation against dummies, against its regression with all cells, and its variance by hand."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
import statsmodels.api as sm

from kuntakokeilu.estimation import design_of, draw_sample, estimate_one, fit, without_each_cluster
from kuntakokeilu.estimation.grid import UnitGrid
from kuntakokeilu.estimation.imputation import impute

from .build import panel, spec, tables

STARTS = (2003,) * 4 + (2005,) * 3 + (2006,) * 2 + (None,) * 6


def drawn(estimator, starts=STARTS, *, missing=0.0, per_cluster=1, seed=5, **changes):
    rows, first, clusters = panel(
        starts, per_cluster=per_cluster, missing=missing, effect=0.6, seed=seed
    )
    made = tables(rows, first, clusters)
    return made, draw_sample(*made[:2], spec(estimator, **changes))


def dummies(frame):
    parts = [pd.get_dummies(frame[name].astype(str), prefix=name) for name in ("unit", "period")]
    return pd.concat(parts, axis=1).astype(float)


def by_dummies(frame):
    """Effects of treated cells, and residuals of untreated ones, from a regression on dummies."""
    free, x = ~frame["treated"], dummies(frame)
    fitted = sm.WLS(frame.loc[free, "y"], x[free], frame.loc[free, "w"]).fit()
    return frame["y"] - x @ fitted.params


@pytest.mark.parametrize("weights", ["municipality", "persons_current"])
@pytest.mark.parametrize("missing", [0.0, 0.15])
def test_effects_are_what_a_regression_of_untreated_cells_leaves(missing, weights):
    _, sample = drawn("imputation_average", missing=missing, weights=weights)
    frame, left = sample.frame, by_dummies(sample.frame)
    treated = frame["treated"]
    found = fit(frame, design_of(sample)).params
    expected = np.average(left[treated], weights=frame.loc[treated, "w"])
    assert found[0] == pytest.approx(expected, abs=1e-9)
    series = design_of(draw_sample_again(sample, "imputation_event_study"))
    numbers = dict(
        zip([t.event_time for t in series.terms], fit(frame, series).params, strict=True)
    )
    for e in (0, 1, 2, 3):
        mine = treated & frame["event_time"].eq(e).fillna(False)
        assert numbers[e] == pytest.approx(
            np.average(left[mine], weights=frame.loc[mine, "w"]), abs=1e-9
        )


def draw_sample_again(sample, estimator):
    return replace(sample, estimand=sample.estimand.model_copy(update={"estimator": estimator}))


def test_it_is_the_extended_two_way_regression_where_no_cell_is_missing():
    """Wooldridge (2021): a coefficient for each start and period, averaged, is the same number."""
    _, sample = drawn("imputation_average")
    frame = sample.frame
    cell = (frame["first_treated"].astype(str) + "|" + frame["period"].astype(str)).where(
        frame["treated"], "none"
    )
    own = pd.get_dummies(cell).drop(columns="none").astype(float)
    fitted = sm.OLS(frame["y"], pd.concat([own, dummies(frame)], axis=1)).fit()
    expected = np.average(fitted.params[own.columns], weights=own.sum())
    assert fit(frame, design_of(sample)).params[0] == pytest.approx(expected, abs=1e-9)


def test_the_conservative_variance_by_hand():
    """Weights by a projection of treated cells on untreated ones, errors as the paper has them."""
    _, sample = drawn("imputation_average", missing=0.1, per_cluster=2, weights="persons_current")
    frame, x = sample.frame, dummies(sample.frame).to_numpy()
    w, treated = frame["w"].to_numpy(), frame["treated"].to_numpy()
    a = np.where(treated, w, 0.0) / w[treated].sum()
    free = ~treated
    square = (x[free] * w[free, None]).T @ x[free]
    v = a - np.where(free, w * (x @ np.linalg.pinv(square) @ (x.T @ a)), 0.0)
    left = by_dummies(frame).to_numpy()
    table = pd.DataFrame({"v": v**2, "tau": left, "cell": frame["first_treated"].astype(str)})
    table["cell"] += frame["period"].astype(str)
    several = table[treated].groupby("cell")["tau"].transform("size").reindex(table.index) > 1
    mean = (
        table[treated]
        .groupby("cell")[["v", "tau"]]
        .apply(lambda g: np.average(g["tau"], weights=g["v"]))
    )
    overall = np.average(left[treated], weights=w[treated] ** 2)
    centre = np.where(treated, np.where(several, table["cell"].map(mean), overall), 0.0)
    sums = pd.Series(v * (left - centre)).groupby(frame["cluster"]).sum()
    fitted = fit(frame, design_of(sample))
    found = pd.Series(fitted.scores[:, 0]).groupby(frame["cluster"]).sum()
    np.testing.assert_allclose(found, sums, rtol=0, atol=1e-10)


def test_the_time_before_is_a_regression_of_untreated_cells_alone():
    made, sample = drawn("imputation_event_study", missing=0.1)
    frame = sample.frame[~sample.frame["treated"]]
    times = [e for e in sorted(frame["event_time"].dropna().unique()) if e != -1]
    leads = pd.DataFrame({e: frame["event_time"].eq(e).fillna(False).astype(float) for e in times})
    fitted = sm.OLS(frame["y"], pd.concat([leads, dummies(frame)], axis=1)).fit(
        cov_type="cluster",
        cov_kwds={"groups": pd.factorize(frame["cluster"])[0], "use_correction": False},
    )
    rows, _ = estimate_one(*made, sample.estimand)
    found = rows[rows["inference"] == "cluster_area"].set_index("event_time")
    g = frame["cluster"].nunique()
    for e in times:
        assert found.loc[e, "estimate"] == pytest.approx(fitted.params[e], abs=1e-9)
        assert found.loc[e, "std_error"] == pytest.approx(
            fitted.bse[e] * np.sqrt(g / (g - 1)), rel=1e-7
        )


@pytest.mark.parametrize("estimator", ["imputation_average", "imputation_event_study"])
def test_without_a_cluster_it_is_the_number_of_the_others(estimator):
    _, sample = drawn(estimator, missing=0.1, per_cluster=2)
    design = design_of(sample)
    found = without_each_cluster(sample.frame, design)
    for cluster in ("c00", "c06"):
        frame = sample.frame[sample.frame["cluster"] != cluster].reset_index(drop=True)
        other = design_of(type(sample)(frame, sample.estimand))
        expected = dict(zip([t.column for t in other.terms], fit(frame, other).params, strict=True))
        for column, value in expected.items():
            assert found.loc[cluster, column] == pytest.approx(value, abs=1e-9)


def test_starts_dealt_at_random_are_imputed_anew():
    made, sample = drawn("imputation_average", missing=0.1)
    rows, _ = estimate_one(*made, sample.estimand)
    p_values = rows.set_index("inference").loc[["permutation_area", "permutation_municipality"]]
    assert p_values["p_value"].between(0.01, 1.0).all()


def test_cells_that_no_untreated_one_reaches_have_no_effect():
    """From 2006 on nobody is untreated, and a unit seen in treatment alone has no level."""
    frame = pd.DataFrame([(u, t) for u in "abc" for t in range(2003, 2008)], columns=["unit", "t"])
    frame = frame[~((frame["unit"] == "c") & (frame["t"] < 2006))].reset_index(drop=True)
    frame["period"] = pd.PeriodIndex(frame["t"].astype(str), freq="Y")
    first = frame["unit"].map({"a": "2004", "b": "2006", "c": "2006"})
    frame["first_treated"] = pd.PeriodIndex(first, freq="Y")
    frame["y"], frame["w"] = np.arange(len(frame), dtype=float), 1.0
    found = impute(UnitGrid.of(frame))
    assert found.known.sum() == 2  # a in 2004 and 2005, against b
    assert not found.known[2].any()


def test_an_outcome_that_does_not_move_has_a_reason():
    (cells, units, counts), _ = drawn("imputation_average")
    rows, influences = estimate_one(
        cells.assign(mean=3.0), units, counts, spec("imputation_average")
    )
    assert set(rows["identified"]) == {"no_variation"} and influences.empty


def test_everybody_treated_in_the_end_is_compared_until_then():
    starts = (2003,) * 4 + (2006,) * 5
    made, _ = drawn("imputation_average", starts)
    never = spec("imputation_average")
    assert set(estimate_one(*made, never)[0]["identified"]) == {"no_control"}
    until = never.model_copy(update={"last_period": "2005"})
    rows, _ = estimate_one(*made, until)
    assert rows["identified"].eq("ok").all() and rows["estimate"].notna().all()


def test_one_treated_cluster_has_an_estimate_and_no_error():
    made, sample = drawn("imputation_average", (2004,) + (None,) * 9)
    rows, influences = estimate_one(*made, sample.estimand)
    assert rows["estimate"].notna().all() and influences.empty
    assert rows.set_index("inference")["std_error"].isna().all()


def test_no_period_before_the_start_has_a_reason():
    made, _ = drawn("imputation_average", (2000,) * 3 + (None,) * 5)
    rows, _ = estimate_one(*made, spec("imputation_average", first_period="2000"))
    assert set(rows["identified"]) == {"no_pre_period"}
