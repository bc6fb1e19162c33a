"""Least squares on cells: outcomes of any size, outcomes that do not move, who is compared."""

import numpy as np
import pandas as pd
import pytest
import statsmodels.api as sm

from kuntakokeilu.errors import InputError
from kuntakokeilu.estimation import Sample, draw_sample, estimate, estimate_one, fit
from kuntakokeilu.estimation.contrast import design_of
from kuntakokeilu.io import read_csv
from kuntakokeilu.study import Comparison

from . import plain
from .build import build_study, panel, spec, tables

COMMON = [2004] * 6 + [None] * 10
ESTIMATORS = ["two_way_fixed_effects", "event_study", "two_by_two"]


def rows_of(**how):
    return panel(COMMON, missing=0.2, effect=1.0, seed=2, **how)


@pytest.mark.parametrize("estimator", ESTIMATORS)
@pytest.mark.parametrize(("size", "level"), [(1e12, 0.0), (1e10, 1e3), (1e-9, 0.0), (1e60, 1.0)])
def test_an_outcome_of_any_size_has_the_same_t(estimator, size, level):
    rows, first, clusters = rows_of()
    found = []
    for y in (rows["y"], size * (rows["y"] + level)):
        made = tables(rows.assign(y=y), first, clusters)
        found.append(estimate_one(*made, spec(estimator, weights="persons_current"))[0])
    one, other = (each[each["leading"]] for each in found)
    same = 1e-9 if level == 0 else 1e-6
    for name in ("estimate", "std_error", "ci_low"):
        np.testing.assert_allclose(other[name] / size, one[name], rtol=same, atol=same)
    np.testing.assert_allclose(other["p_value"], one["p_value"], rtol=1e-5)
    known = [each["p_value"].notna().to_numpy() for each in found]
    assert (known[0] == known[1]).all()


@pytest.mark.parametrize("outlier", [1e12, 1e16])
def test_one_cell_far_from_all_others_is_a_number(outlier):
    rows, first, clusters = rows_of()
    rows.loc[3, "y"] = outlier
    row = estimate_one(*tables(rows, first, clusters), spec())[0].iloc[0]
    ols = plain.least_squares(
        rows["unit"].isin(first) & (rows["period"] >= 2004), rows["unit"], rows["period"],
        rows["y"] / outlier, None,
    )  # fmt: skip
    assert row["estimate"] / outlier == pytest.approx(ols.coefficients[0], rel=1e-9)
    assert np.isfinite(row["std_error"])


def test_values_that_cannot_be_squared_are_refused_by_name():
    rows, first, clusters = rows_of()
    rows.loc[3, "y"] = 1e300
    with pytest.raises(InputError, match="outcome y: values that differ by more than 1e"):
        estimate_one(*tables(rows, first, clusters), spec())


@pytest.mark.parametrize("estimator", ESTIMATORS)
@pytest.mark.parametrize("value", [0.0, 7.3, 1e200, -1e-200])
def test_a_constant_outcome_is_not_identified(estimator, value):
    rows, first, clusters = rows_of()
    found = estimate_one(*tables(rows.assign(y=value), first, clusters), spec(estimator))[0]
    assert set(found["identified"]) == {"no_variation"}
    assert found[["estimate", "std_error", "p_value"]].isna().all(axis=None)


def test_an_outcome_that_all_units_share_is_not_identified():
    rows, first, clusters = rows_of()
    shared = rows.assign(y=rows["period"] ** 2 + rows["unit"].str[1:].astype(int))
    found = estimate_one(*tables(shared, first, clusters), spec(weights="persons_current"))[0]
    assert set(found["identified"]) == {"no_variation"}


STAGGERED = [2002] * 3 + [2004] * 3 + [2006] * 3 + [None] * 6


def test_units_that_start_after_the_span_are_controls_in_it():
    rows, first, clusters = panel(STAGGERED, seed=4, missing=0.2)
    estimand = spec(last_period="2004")
    found = estimate_one(*tables(rows, first, clusters), estimand)[0].iloc[0]
    inside = rows[rows["period"] <= 2004]
    start = inside["unit"].map(first).fillna("9999").astype(int)
    ols = plain.least_squares(
        inside["period"] >= start, inside["unit"], inside["period"], inside["y"], None
    )
    assert found["estimate"] == pytest.approx(ols.coefficients[0], abs=1e-9)
    assert (found["n_trial"], found["n_control"]) == (6, 9)


def test_units_treated_before_the_span_are_left_out_or_compared_as_declared():
    rows, first, clusters = panel(STAGGERED, seed=4)
    made = tables(rows, first, clusters)
    late = spec(first_period="2003")
    without = draw_sample(*made[:2], late).frame
    assert set(without["unit"]) == {f"u{i:02}" for i in range(3, 15)}
    rule = Comparison(already_treated="compared")
    kept = estimate_one(*made, late.model_copy(update={"comparison_rule": rule}))[0].iloc[0]
    inside = rows[rows["period"] >= 2003]
    start = inside["unit"].map(first).fillna("9999").astype(int)
    ols = plain.least_squares(
        inside["period"] >= start, inside["unit"], inside["period"], inside["y"], None
    )
    assert kept["estimate"] == pytest.approx(ols.coefficients[0], abs=1e-9)
    assert kept["n_trial"] == 9


@pytest.mark.real_data
@pytest.mark.parametrize(("last", "estimate"), [("2006", 0.0378), ("2007", 0.0824)])
def test_castle_doctrine_in_a_shorter_span(config, data_folder, last, estimate):
    """All fifty states; pyfixest gives the same."""
    built = build_study(config, data_folder, "benchmark_castle")
    estimand = built.estimand("log_homicide.main", last_period=last)
    row = estimate_one(*built.tables("log_homicide"), estimand)[0].iloc[0]
    assert row["n_trial"] + row["n_control"] == 50
    assert row["estimate"] == pytest.approx(estimate, abs=5e-5)


@pytest.mark.parametrize("starts", [COMMON, STAGGERED], ids=["common", "staggered"])
def test_units_seen_on_one_side_stay_where_they_matter(starts):
    rows, first, clusters = panel(starts, seed=6, missing=0.3)
    start = rows["unit"].map(first).fillna("2004").astype(int)
    late = rows["unit"].isin(["u01", "u12"]) & (rows["period"] >= start)
    rows = rows[~late].reset_index(drop=True)
    found = estimate_one(*tables(rows, first, clusters), spec())[0].iloc[0]
    treated = rows["period"] >= rows["unit"].map(first).fillna("9999").astype(int)
    ols = plain.least_squares(treated, rows["unit"], rows["period"], rows["y"], None)
    assert found["estimate"] == pytest.approx(ols.coefficients[0], abs=1e-9)


def test_units_without_weight_neither_count_nor_move_anything():
    rows, first, clusters = panel(COMMON, seed=6)
    gone = rows["unit"].isin(["u01", "u12"]) & (rows["period"] >= 2004)
    short = rows[~gone].reset_index(drop=True)
    never = rows[~rows["unit"].isin(["u01", "u12"])].reset_index(drop=True)
    (one, _), (other, _) = (
        estimate(*tables(each, first, clusters), [spec(weights="area")]) for each in (short, never)
    )
    pd.testing.assert_frame_equal(one, other)
    frame = draw_sample(*tables(short, first, clusters)[:2], spec()).frame
    assert fit(frame, design_of(Sample(frame, spec()))) is not None
    assert not frame["unit"].isin(["u01", "u12"]).any()


@pytest.mark.real_data
def test_a_repeated_cross_section_of_two_states_has_the_error_of_four_means(config, data_folder):
    """Card & Krueger's restaurants, states as units: HC2 of the saturated regression."""
    raw = read_csv(data_folder / "benchmarks" / "card_krueger.csv")
    raw = raw[raw["fte"] != "NA"]
    state, wave, y = (raw[name].astype(float) for name in ("nj", "d", "fte"))
    x = np.column_stack([state * wave, np.ones(len(raw)), state, wave])
    expected = sm.OLS(y.to_numpy(), x).fit(cov_type="HC2")
    cells = raw.assign(y=y, yy=y**2, unit=state.map({1.0: "nj", 0.0: "pa"}), period=2000 + wave)
    groups = cells.groupby(["unit", "period"])
    rows = groups.agg(y=("y", "mean"), n=("y", "size"), yy=("yy", "sum")).reset_index()
    rows["period"], rows["weight"] = rows["period"].astype(int), rows["n"].astype(float)
    made, units, counts = tables(rows, {"nj": "2001"})
    estimand = spec("two_by_two", weights="persons_current")
    found = estimate_one(made.assign(sum_sq=rows["yy"].to_numpy()), units, counts, estimand)[0]
    lead = found[found["leading"]].iloc[0]
    assert lead["inference"] == "two_sample"
    assert lead["estimate"] == pytest.approx(2.75, abs=0.005)
    assert lead["estimate"] == pytest.approx(expected.params[0], abs=1e-9)
    assert lead["std_error"] == pytest.approx(expected.bse[0], abs=1e-9)
    four = [y[(state == s) & (wave == w)] for s in (0, 1) for w in (0, 1)]
    v = np.array([part.var(ddof=1) / len(part) for part in four])
    degrees = v.sum() ** 2 / sum(v**2 / np.array([len(part) - 1 for part in four]))
    assert lead["degrees_of_freedom"] == pytest.approx(degrees, rel=1e-9)
    unknown = estimate_one(made, units, counts, estimand)[0]
    assert "two_sample" not in set(unknown["inference"])
