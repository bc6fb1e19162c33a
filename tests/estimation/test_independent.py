"""Textbooks' standard errors: statsmodels and linearmodels on the same rows, and published ones."""

import numpy as np
import pandas as pd
import pytest
import statsmodels.api as sm
from linearmodels.panel import PanelOLS

from kuntakokeilu.estimation import Sample, draw_sample, estimate_one
from kuntakokeilu.estimation.contrast import design_of

from . import plain
from .build import panel, spec, tables

BOTH = ["iid", "hc1"]
STAGGERED = [2002] * 3 + [2004] * 4 + [2006] * 3 + [None] * 6
COMMON = [2004] * 7 + [None] * 9
COV = {"iid": "nonrobust", "hc1": "HC1"}


def of_kind(found, kind):
    return found[found["inference"] == kind].reset_index(drop=True)


def dummies_beside(frame, x):
    """The regressors, a dummy for each unit and for each period but the first."""
    return np.hstack([x, plain.dummies(frame["unit"]), plain.dummies(frame["period"])[:, 1:]])


@pytest.mark.parametrize("weights", ["municipality", "persons_current"])
@pytest.mark.parametrize(
    ("estimator", "starts", "missing"),
    [
        ("two_way_fixed_effects", STAGGERED, 0.2),
        ("event_study", STAGGERED, 0.2),
        ("two_by_two", COMMON, 0.2),
    ],
)
def test_panels_have_the_errors_of_statsmodels_with_all_dummies(
    estimator, starts, missing, weights
):
    rows, first, clusters = panel(starts, missing=missing, effect=1.0, seed=5, per_cluster=2)
    made = tables(rows, first, clusters)
    estimand = spec(estimator, weights=weights, variances=BOTH)
    found = estimate_one(*made, estimand)[0]
    frame = draw_sample(*made[:2], estimand).frame
    design = design_of(Sample(frame, estimand))
    x = design.regressors.to_numpy()
    x = x if design.effects is None else dummies_beside(frame, x)
    for kind in BOTH:
        fitted = sm.WLS(frame["y"].to_numpy(), x, frame["w"].to_numpy()).fit(
            cov_type=COV[kind], use_t=True
        )
        mine, m = of_kind(found, kind), len(design.terms)
        assert not mine["leading"].any()
        np.testing.assert_allclose(mine["std_error"].astype(float), fitted.bse[:m], rtol=1e-9)
        np.testing.assert_allclose(mine["p_value"].astype(float), fitted.pvalues[:m], atol=1e-9)
        np.testing.assert_allclose(mine["ci_low"].astype(float), fitted.conf_int()[:m, 0])
        assert mine["degrees_of_freedom"].eq(len(frame) - x.shape[1]).all()


@pytest.mark.parametrize(("kind", "theirs"), [("iid", "unadjusted"), ("hc1", "robust")])
def test_two_way_effects_have_the_errors_of_linearmodels(kind, theirs):
    rows, first, clusters = panel(STAGGERED, missing=0.2, effect=1.0, seed=9)
    made = tables(rows, first, clusters)
    estimand = spec(weights="persons_current", variances=[kind])
    row = of_kind(estimate_one(*made, estimand)[0], kind).loc[0]
    data = draw_sample(*made[:2], estimand).frame
    data = data.assign(d=data["treated"].astype(float), t=data["period"].dt.year)
    data = data.set_index(["unit", "t"])
    model = PanelOLS(
        data["y"], data[["d"]], weights=data["w"], entity_effects=True, time_effects=True
    )
    fitted = model.fit(cov_type=theirs)
    assert row["estimate"] == pytest.approx(fitted.params["d"], abs=1e-9)
    assert row["std_error"] == pytest.approx(fitted.std_errors["d"], abs=1e-9)


def persons(seed=3, unequal=False):
    """Persons of five regions in three years, and the cells they collapse into."""
    rng = np.random.default_rng(seed)
    cells = [(f"u{i}", year) for i in range(5) for year in (2000, 2001, 2002)]
    micro = pd.DataFrame(
        [cell for cell in cells for _ in range(rng.integers(2, 9))], columns=["unit", "period"]
    )
    first = {"u0": 2001, "u1": 2002}
    micro["d"] = (micro["period"] >= micro["unit"].map(first).fillna(9999)).astype(float)
    spread = 1.0 + micro["unit"].str[1:].astype(int)
    micro["y"] = 10 + micro["d"] + rng.normal(size=len(micro)) * spread
    micro["w"] = rng.uniform(0.5, 2.0, len(micro)) if unequal else 1.0
    sums = micro.assign(wy=micro["w"] * micro["y"], wyy=micro["w"] * micro["y"] ** 2)
    rows = sums.groupby(["unit", "period"]).agg(
        n=("y", "size"), weight=("w", "sum"), wy=("wy", "sum"), wyy=("wyy", "sum")
    )
    rows = rows.assign(y=rows["wy"] / rows["weight"]).reset_index()
    made = tables(rows, {unit: str(year) for unit, year in first.items()})
    return micro, (made[0].assign(sum_sq=rows["wyy"].to_numpy()), *made[1:])


@pytest.mark.parametrize("unequal", [False, True])
def test_cells_have_the_errors_of_the_regression_on_persons(unequal):
    micro, made = persons(unequal=unequal)
    found = estimate_one(*made, spec(weights="persons_current", variances=BOTH))[0]
    x = dummies_beside(micro, micro[["d"]].to_numpy())
    for kind in BOTH:
        row = of_kind(found, kind).loc[0]
        if unequal and kind == "hc1":  # squared weights are lost in the cells
            assert pd.isna(row["std_error"])
            continue
        fitted = sm.WLS(micro["y"].to_numpy(), x, micro["w"].to_numpy()).fit(cov_type=COV[kind])
        assert row["estimate"] == pytest.approx(fitted.params[0], abs=1e-9)
        assert row["std_error"] == pytest.approx(fitted.bse[0], abs=1e-9)
        assert row["degrees_of_freedom"] == len(micro) - x.shape[1]


def test_without_sums_of_squares_observations_are_cells():
    _, (cells, units, counts) = persons()
    estimand = spec(weights="persons_current", variances=BOTH)
    found = estimate_one(cells.assign(sum_sq=np.nan), units, counts, estimand)[0]
    assert of_kind(found, "iid").loc[0, "degrees_of_freedom"] == 15 - 5 - 2 - 1


def test_a_saturated_regression_has_no_error_of_independent_observations():
    rows = pd.DataFrame({"unit": list("aabb"), "period": [2000, 2001] * 2, "y": [1.0, 2, 3, 7]})
    found = estimate_one(*tables(rows, {"a": "2001"}), spec("two_by_two", variances=BOTH))[0]
    assert found[found["inference"].isin(BOTH)]["std_error"].isna().all()


def test_no_row_is_made_unless_it_is_asked_for():
    rows, first, clusters = panel(COMMON)
    found = estimate_one(*tables(rows, first, clusters), spec())[0]
    assert not found["inference"].isin(BOTH).any()
