"""Designs at false starts, held against windows cut and estimated by hand."""

import numpy as np
import pandas as pd
import pytest
from statsmodels.stats.multitest import multipletests

from kuntakokeilu.contracts import BY_AREA, CANDIDATES, CELLS, COUNTS, UNITS, conform
from kuntakokeilu.diagnostics import judge_designs
from kuntakokeilu.diagnostics.candidates import Candidates
from kuntakokeilu.diagnostics.designs_judged import history_of
from kuntakokeilu.estimation import estimate_one
from kuntakokeilu.study import DesignsJudged, Overlap

from ..estimation.build import spec

MONTHS = pd.period_range("2010-01", "2014-12", freq="M")
START = pd.Period("2014-01", "M")
RULE = DesignsJudged(
    estimands=["y.main"], first_period="2010-01", every=6, size="size", covariates=["size", "a"],
    draws=20,
)  # fmt: skip


def world(seed=0, trial_areas=4, control_areas=16, per_area=3, effect=2.0, months=MONTHS):
    """Cells and units of a panel in which large units share a factor, and y as a matrix."""
    rng = np.random.default_rng(seed)
    n = (trial_areas + control_areas) * per_area
    place = np.arange(n) // per_area
    trial = place < trial_areas
    size = rng.normal(size=n) + 0.5 * trial
    y = rng.normal(size=(n, 1)) + 0.1 * rng.normal(size=(n, len(months)))
    y += np.outer(size, rng.normal(size=len(months)).cumsum() / 5)
    y[trial] += effect * np.asarray(months >= START)
    names = [f"{k:03d}" for k in range(n)]
    units = pd.DataFrame({"unit": names, "arm": np.where(trial, "trial", "control")})
    units["cluster"] = [f"{'t' if one else 'c'}{p:02}" for one, p in zip(trial, place, strict=True)]
    units["area"] = units["cluster"].where(trial)
    units["first_treated"] = pd.PeriodIndex([START if one else pd.NaT for one in trial], freq="M")
    for column in ("name_fi", "name_sv", "name_en"):
        units[column] = names
    units = units.assign(region=None, sub_region=None, ely=None, weight_frozen=1.0)
    units = units.assign(x_size=size, x_a=rng.normal(size=n))
    cells = pd.DataFrame(
        {"unit": np.repeat(names, len(months)), "period": np.tile(months, n), "mean": y.ravel()}
    ).assign(
        weight=1.0, n=pd.array([pd.NA] * y.size, dtype="Int64"), sum=np.nan, population="all",
        stratification="none", stratum="all", cohort=None,
        elapsed=pd.array([pd.NA] * y.size, dtype="Int64"), outcome="y",
        value_kind="published_mean", sum_sq=np.nan, sources="toy",
    )  # fmt: skip
    return conform(cells, CELLS), conform(units, UNITS), y, trial, size


def main(**changes):
    about = {"frequency": "M", "first_period": "2013-01", "last_period": "2014-06"}
    return spec(**(about | changes))


@pytest.fixture(scope="module")
def found():
    cells, units, y, trial, size = world()
    return *judge_designs(cells, units, main(), RULE), y, trial, size


def starts_by_hand():
    """Windows of 12 months before and 6 after that end before 2014-01, half a year apart."""
    first, last = MONTHS.get_loc("2011-01"), MONTHS.get_loc("2013-07")
    return list(range(last, first - 1, -6))


def test_every_design_has_a_row(found):
    judged = found[0]
    assert judged["candidate"].tolist() == list(CANDIDATES)
    assert judged["identified"].eq("ok").all()
    assert judged["favoured"].sum() == 1
    assert judged.loc[judged["favoured"], "rmse"].iloc[0] == judged["rmse"].min()


def test_false_starts_end_before_the_real_one(found):
    row = found[0].iloc[0]
    assert row["n_starts"] == len(starts_by_hand()) == 6
    assert (row["first_start"], row["last_start"]) == ("2011-01", "2013-07")
    assert row["n_apart"] == 1 + 30 // 18


def test_errors_of_two_way_by_hand(found):
    judged, _, y, trial, _ = found
    estimates = []
    for start in starts_by_hand():
        change = y[:, start : start + 6].mean(1) - y[:, start - 12 : start].mean(1)
        estimates.append(change[trial].mean() - change[~trial].mean())
    row = judged.set_index("candidate").loc["two_way"]
    assert row["rmse"] == pytest.approx(np.sqrt(np.mean(np.square(estimates))), abs=1e-10)
    assert row["bias"] == pytest.approx(np.mean(estimates), abs=1e-10)
    assert row["as_large"] == np.mean(np.abs(estimates) >= abs(row["estimate"]))


def test_errors_of_size_by_period_by_hand(found):
    judged, _, y, trial, size = found
    x = np.column_stack([trial, np.ones(len(size)), size])
    estimates = []
    for start in starts_by_hand():
        change = y[:, start : start + 6].mean(1) - y[:, start - 12 : start].mean(1)
        estimates.append(np.linalg.lstsq(x, change, rcond=None)[0][0])
    row = judged.set_index("candidate").loc["size_by_period"]
    assert row["rmse"] == pytest.approx(np.sqrt(np.mean(np.square(estimates))), abs=1e-10)


def test_a_factor_of_large_units_is_seen_by_the_years_before(found):
    """What moves large units together is what two-way fixed effects cannot see."""
    judged = found[0].set_index("candidate")
    assert judged.loc["size_by_period", "rmse"] < judged.loc["two_way", "rmse"] / 2
    assert judged.loc["size_by_period", "estimate"] == pytest.approx(2.0, abs=0.2)


def test_the_result_of_the_trial_has_no_part_in_the_choice(found):
    cells, units, *_ = world(effect=-7.0)
    judged = judge_designs(cells, units, main(), RULE)[0]
    columns = ["n_starts", "rmse", "bias", "rejected", "favoured"]
    pd.testing.assert_frame_equal(judged[columns], found[0][columns])


def test_only_designs_with_a_t_reject(found):
    judged = found[0].set_index("candidate")
    tested = ["two_way", "size_by_period", "covariates_by_period", "entropy_balanced"]
    assert judged.loc[tested, "rejected"].notna().all()
    # four areas are too few for CR1, and there is no other inference of it
    assert judged.loc["doubly_robust", ["p_value", "rejected", "ci_low"]].isna().all()
    assert judged.drop([*tested, "doubly_robust"])["rejected"].isna().all()
    assert judged["std_error"].gt(0).all()


@pytest.mark.parametrize("uneven", [False, True])
def test_the_inference_of_a_design_is_the_one_that_would_lead_its_row(uneven):
    """With weights that lie in few areas CR2 leads, here as in ESTIMATES."""
    cells, units, *_ = world(trial_areas=24, control_areas=28, per_area=2)
    size = np.where(np.arange(len(units)) % 13 == 0, 40.0, 1.0) if uneven else 1.0
    units = units.assign(weight_frozen=size)
    counts = units[["unit"]].assign(
        population="all", stratification="none", stratum="all",
        n_persons=pd.array([pd.NA] * len(units), dtype="Int64"),
    )  # fmt: skip
    for candidate, covariates in (("two_way", []), ("size_by_period", ["size"])):
        asked = main(weights="persons_frozen", covariates=covariates)
        history = history_of(cells, units, asked, "2010-01")
        matrix, lacks, kept = history.window(history.start)
        found = Candidates(history.facts, "size", ["size"]).find(candidate, matrix, kept)
        rows, _ = estimate_one(cells, units, conform(counts, COUNTS), asked)
        (lead,) = rows[rows["leading"]].to_dict("records")
        assert lacks == "ok" and found.inference == lead["inference"]
        assert (lead["inference"] == "cluster_area") is not uneven
        for name in ("estimate", "std_error", "ci_low", "ci_high", "p_value"):
            assert getattr(found, name) == pytest.approx(lead[name], rel=1e-6), name


def test_an_area_without_a_comparable_control_has_no_number():
    cells, units, *_ = world()
    persons = np.where(np.arange(len(units)) == 0, 1e6, 100.0 + np.arange(len(units)) % 7)
    units = units.assign(weight_frozen=persons)
    _, areas = judge_designs(cells, units, main(), RULE, Overlap(size=True))
    lacks = areas["area"].eq("t00")
    assert set(areas.loc[lacks, "identified"]) == {"no_comparable_control"}
    numbers = ["estimate", "ratio", "p_value", "distance_before", "largest_donor"]
    assert areas.loc[lacks, numbers].isna().all(axis=None)
    assert set(areas.loc[~lacks, "identified"]) == {"ok"}
    assert areas.loc[~lacks, numbers].notna().all(axis=None)


def test_each_trial_area_has_its_synthetic_controls(found):
    areas = found[1]
    assert len(areas) == 4 * len(BY_AREA)
    assert areas["identified"].eq("ok").all()
    assert areas["p_value"].between(1 / 17, 1).all()
    for _, mine in areas.groupby("candidate"):
        expected = multipletests(mine["p_value"].astype(float), method="holm")[1]
        np.testing.assert_allclose(mine["p_adjusted"], expected, atol=1e-12)
    assert areas["largest_donor"].str.match(r"^0\d\d$").all()
    plain = areas[areas["candidate"] == "synthetic_control"]
    row = found[0].set_index("candidate").loc["synthetic_control"]
    assert plain["estimate"].mean() == pytest.approx(row["estimate"], abs=1e-10)


def test_without_earlier_years_there_is_no_choice():
    months = MONTHS[MONTHS >= "2012-12"]
    cells, units, *_ = world(months=months)
    judged, _ = judge_designs(cells, units, main(), RULE)
    assert judged["n_starts"].eq(0).all()
    assert judged["rmse"].isna().all() and not judged["favoured"].any()
    assert judged["estimate"].notna().all()


@pytest.mark.parametrize(
    ("spoilt", "why"),
    [
        (lambda cells: cells[cells["unit"] >= "012"], "no_trial"),
        (lambda cells: cells[cells["unit"] < "012"], "no_control"),
        (lambda cells: cells[cells["period"] < START], "no_post_period"),
        (lambda cells: cells[cells["period"] >= START], "no_pre_period"),
        (lambda cells: cells.iloc[:0], "no_data"),
        (lambda cells: cells.assign(mean=3.0), "no_variation"),
        (
            lambda cells: cells[(cells["unit"] >= "006") | (cells["period"] != START + 1)],
            "unbalanced",
        ),
    ],
)
def test_bad_input_has_a_named_status(spoilt, why):
    cells, units, *_ = world()
    judged, areas = judge_designs(spoilt(cells), units, main(), RULE)
    assert set(judged["identified"]) == {why}
    assert judged["estimate"].isna().all()
    assert areas["estimate"].isna().all()
    assert set(areas["identified"]) <= {why}


def test_designs_without_what_they_need_say_so():
    cells, units, *_ = world()
    unknown = units.assign(x_a=units["x_a"].where(units["unit"] != "030"))
    judged, _ = judge_designs(cells, unknown, main(), RULE)
    why = judged.set_index("candidate")["identified"]
    for name in ("covariates_by_period", "entropy_balanced", "doubly_robust"):
        assert why[name] == "no_covariates"
    assert why["two_way"] == why["size_by_period"] == "ok"
    short, _ = judge_designs(cells, units, main(first_period="2013-11"), RULE)
    why = short.set_index("candidate")["identified"]
    assert why["synthetic_did"] == why["interactive_effects"] == "few_periods"


def test_one_treated_area_has_an_estimate_without_a_clustered_error():
    cells, units, *_ = world(trial_areas=1)
    judged, _ = judge_designs(cells, units, main(), RULE)
    row = judged.set_index("candidate").loc["two_way"]
    assert np.isfinite(row["estimate"])
    assert np.isnan(row["std_error"]) and np.isnan(row["p_value"])
    robust = judged.set_index("candidate").loc["doubly_robust"]
    assert robust["identified"] == "too_few_areas" and np.isnan(robust["estimate"])
