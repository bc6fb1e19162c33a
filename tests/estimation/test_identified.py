"""Estimands without an answer say why; small counts are counted by hand."""

import pandas as pd
import pytest

from kuntakokeilu.contracts import ESTIMATES, INFLUENCE, conform
from kuntakokeilu.errors import InputError
from kuntakokeilu.estimation import estimate, estimate_one
from kuntakokeilu.study import Comparison

from .build import panel, spec, tables

ESTIMATORS = ["two_by_two", "two_way_fixed_effects", "event_study", "window_effects"]
WINDOWS = {"all": {"first": "1999", "last": "2010"}}
NUMBERS = ["estimate", "std_error", "ci_low", "ci_high", "p_value", "minimum_detectable_effect"]


def small(keep=lambda rows: rows["y"].notna(), **changes):
    rows, first, clusters = panel([2004, 2004, 2004, None, None, None])
    rows["y"] = rows["y"].where(keep(rows))
    return *tables(rows, first, clusters), changes


def trial(rows):
    return rows["unit"].isin(["u00", "u01", "u02"])


CASES = {
    "no_data": small(lambda r: r["y"] > 1e9),
    "no_trial": small(lambda r: ~trial(r)),
    "no_control": small(trial),
    "no_pre_period": small(first_period="2004"),
    "no_post_period": small(last_period="2003"),
}
CASES |= {
    "no_trial: excluded": small(comparison_rule=Comparison(exclude_units=["u00", "u01", "u02"])),
    "no_pre_period: control": small(lambda r: trial(r) | (r["period"] >= 2004)),
    "no_post_period: control": small(lambda r: trial(r) | (r["period"] < 2004)),
    "no_pre_period: trial": small(lambda r: ~trial(r) | (r["period"] >= 2004)),
    "no_post_period: trial": small(lambda r: ~trial(r) | (r["period"] < 2004)),
}


@pytest.mark.parametrize("estimator", ESTIMATORS)
@pytest.mark.parametrize("case", CASES)
def test_rows_without_numbers_and_with_the_reason(case, estimator):
    cells, units, counts, changes = CASES[case]
    estimand = spec(estimator, windows=WINDOWS, **changes)
    estimates, influence = estimate(cells, units, counts, [estimand])
    estimates, influence = conform(estimates, ESTIMATES), conform(influence, INFLUENCE)
    assert set(estimates["identified"]) == {case.partition(":")[0]}
    assert estimates[NUMBERS].isna().all(axis=None)
    each = ["cr2_area", "cr2_exact_area"]
    each += ["cr3_area", "wild_bootstrap_area"] if estimator != "event_study" else []
    band = ["simultaneous_area"] if estimator in ("event_study", "window_effects") else []
    assert list(estimates["inference"]) == ["cluster_area", "cluster_municipality", *each, *band]
    assert influence.empty


def test_event_study_without_its_reference_period_has_no_pre_period():
    cells, units, counts, _ = small(lambda r: r["period"] != 2003)
    estimates, _ = estimate_one(cells, units, counts, spec("event_study"))
    assert set(estimates["identified"]) == {"no_pre_period"}


def test_effects_that_leave_nothing_to_compare_with():
    cells, units, counts, _ = small()
    region = units["arm"].map({"trial": "01", "control": "02"})
    estimand = spec(effects_by_period="region")
    estimates, influence = estimate_one(cells, units.assign(region=region), counts, estimand)
    assert set(estimates["identified"]) == {"no_variation"}
    assert estimates[NUMBERS].isna().all(axis=None)
    assert influence.empty
    mixed = units.assign(region=["01", "01", "02", "01", "02", "02"])
    estimates, _ = estimate_one(cells, mixed, counts, estimand)
    assert set(estimates["identified"]) == {"ok"}


@pytest.mark.parametrize("estimator", ESTIMATORS)
@pytest.mark.parametrize("one", ["trial", "control"])
def test_one_cluster_in_an_arm_gives_an_estimate_without_uncertainty(estimator, one):
    rows, first, clusters = panel([2004, 2004, None, None])
    single = {u: "single" if (u in first) == (one == "trial") else c for u, c in clusters.items()}
    estimand = spec(estimator, windows=WINDOWS)
    estimates, influence = estimate_one(*tables(rows, first, single), estimand)
    area = estimates[estimates["inference"] == "cluster_area"]
    assert area["estimate"].notna().all()
    assert area[NUMBERS[1:]].isna().all(axis=None)
    assert influence.empty  # nor may anyone build a covariance from it
    units = estimates[estimates["inference"] == "cluster_municipality"]
    assert units["std_error"].gt(0).all()


@pytest.mark.parametrize("estimator", ["two_by_two", "two_way_fixed_effects"])
def test_two_units_in_two_periods_give_an_estimate(estimator):
    rows = pd.DataFrame({"unit": ["a", "a", "b", "b"], "period": [2000, 2001] * 2})
    rows["y"] = [1.0, 4.0, 2.0, 3.0]
    for clusters in ({"a": "x", "b": "z"}, {"a": "x", "b": "x"}):  # even one cluster in all
        estimates, _ = estimate_one(*tables(rows, {"a": "2001"}, clusters), spec(estimator))
        assert estimates["estimate"].tolist() == pytest.approx([2.0] * len(estimates))
        assert estimates["std_error"].isna().all()


def test_missing_weights_and_covariates_stop_with_the_unit_named():
    cells, units, counts, _ = small()
    units = units.assign(x_size=[1.0, 2.0, None, 4.0, 5.0, 6.0])
    with pytest.raises(InputError, match="u02"):
        estimate_one(cells, units, counts, spec(covariates=["size"]))
    with pytest.raises(InputError, match="persons_frozen"):
        estimate_one(cells, units, counts, spec(weights="persons_frozen"))
    with pytest.raises(InputError, match="one common start"):
        estimate_one(*tables(*panel([2003, 2004, None])), spec("two_by_two"))


def test_exclusions_and_neither_leave_the_sample():
    cells, units, counts, _ = small()
    units.loc[units["unit"] == "u00", "arm"] = "neither"
    rule = Comparison(exclude_units=["u05"])
    estimates, _ = estimate_one(cells, units, counts, spec(comparison_rule=rule))
    assert (estimates["n_trial"] == 2).all()
    assert (estimates["n_control"] == 2).all()


@pytest.fixture
def counted():
    """Persons by unit and year; the trial starts in 2002, for unit b in 2003."""
    persons = {
        "a": [10, 11, 12, 13],
        "b": [20, 7, 22, 23],
        "c": [40, 41, 16, 43],
        "d": [50, 51, 10, 53],
    }
    rows = [
        (unit, 2000 + t, float(unit == "a") * t**2 + t, n)
        for unit, numbers in persons.items()
        for t, n in enumerate(numbers)
    ]
    return pd.DataFrame(rows, columns=["unit", "period", "y", "n"])


def test_persons_behind_one_effect(counted):
    estimates, _ = estimate_one(*tables(counted, {"a": "2002", "b": "2002"}), spec())
    row = estimates.iloc[0]
    # trial 30 18 34 36, control 90 92 26 96 persons in the four years
    assert (estimates["n_persons_min"] == 18).all()
    assert row["n_person_months"] == counted["n"].sum()
    assert row["n_persons"] == 13 + 23 + 43 + 53
    assert row["baseline_mean"] == pytest.approx((0 + 2 + 0 + 1) / 4)


def test_the_persons_of_an_area_left_out_are_behind_the_number(counted):
    built = tables(counted, {"a": "2002", "b": "2002"})
    without = spec(leave_out_area="b", comparison_rule=Comparison(exclude_areas=["b"]))
    estimates, _ = estimate_one(*built, without)
    # a has 10 at least, but b, whose effect is that of both less this one, has 7 in 2001
    assert (estimates["n_persons_min"] == 7).all() and (estimates["n_trial"] == 1).all()
    plain = without.model_copy(update={"leave_out_area": None})
    assert (estimate_one(*built, plain)[0]["n_persons_min"] == 10).all()
    cells = built[0].assign(n=built[0]["n"].mask(built[0]["unit"].eq("b")))
    assert estimate_one(cells, *built[1:], without)[0]["n_persons_min"].isna().all()


def test_persons_behind_a_bin_are_those_of_the_bin_and_the_reference(counted):
    """With starts that differ, an arm's other cohorts are not behind a bin."""
    estimates, _ = estimate_one(*tables(counted, {"a": "2002", "b": "2003"}), spec("event_study"))
    area = estimates[estimates["inference"] == "cluster_area"]
    # bin 1: a in 2003 and the reference a in 2001, b in 2002; the control in 2001 to 2003
    # bin 0: a in 2002 and b in 2003 beside the same; bin -2: a in 2000 (10), b in 2001 (7)
    found = area.set_index("event_time")["n_persons_min"].to_dict()
    in_2001_and_bin_minus_2 = 7 + 11  # b's own bin -2 falls on a's reference year
    assert found == {-3: 11, -2: min(10, in_2001_and_bin_minus_2), 0: 11, 1: 11}


def test_persons_behind_a_window(counted):
    windows = {
        "early": {"first": "2002", "last": "2002"},
        "late": {"first": "2003", "last": "2003"},
    }
    first = {"a": "2002", "b": "2002"}
    counted.loc[counted["period"] == 2001, "n"] += 100
    estimates, _ = estimate_one(*tables(counted, first), spec("window_effects", windows=windows))
    area = estimates[estimates["inference"] == "cluster_area"].set_index("window")
    assert area["n_persons_min"].to_dict() == {"early": 26, "late": 30}


def test_one_unpublished_count_makes_every_total_unknown(counted):
    counted["n"] = counted["n"].astype("Int64")
    counted.loc[3, "n"] = pd.NA
    cells, units, counts = tables(counted, {"a": "2002", "b": "2002"})
    estimates, _ = estimate_one(cells, units, counts, spec())
    assert estimates[["n_persons_min", "n_person_months"]].isna().all(axis=None)
    assert (estimates["n_persons"] == 12 + 23 + 43 + 53).all()
    counts.loc[0, "n_persons"] = pd.NA
    estimates, _ = estimate_one(cells, units, counts, spec())
    assert estimates["n_persons"].isna().all()


def test_units_of_persons_without_anyone_before_the_start_are_left_out_of_their_covariate():
    cells, units, counts, _ = small()
    units = units.assign(x_size=[1.0, 2.0, None, 4.0, 5.0, 6.0])
    cells = cells.assign(n=10)
    with_all = estimate_one(cells, units, counts, spec())[0].iloc[0]
    left = estimate_one(cells, units, counts, spec(covariates=["size"]))[0].iloc[0]
    assert left["n_trial"] + left["n_control"] == with_all["n_trial"] + with_all["n_control"] - 1


def test_a_missing_covariate_is_named_though_rows_are_missing_too():
    cells, units, counts, _ = small()
    units = units.assign(x_size=[1.0, 2.0, None, 4.0, 5.0, 6.0])
    gaps = cells.drop(index=cells.index[3])
    with pytest.raises(InputError, match="u02"):
        estimate_one(gaps, units, counts, spec(covariates=["size"]))
