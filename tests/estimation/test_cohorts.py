"""Cohorts: against regressions on the persons themselves, and rules on what is compared."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from kuntakokeilu.contracts import ESTIMATES, INFLUENCE, conform
from kuntakokeilu.errors import InputError
from kuntakokeilu.estimation import draw_sample, estimate, estimate_one, missing_cells
from kuntakokeilu.study.comparisons import Window

from .followed import STOCKS, asked, collapsed, followed
from .plain import dummies, least_squares

WEIGHTS = ["municipality", "area", "persons_frozen", "persons_current"]
MONTHS = tuple(map(str, pd.period_range("2019-06", "2022-06", freq="M")))
HORIZONS = (0, 3, 6, 12)


@pytest.fixture(scope="module")
def stocks():
    return followed(STOCKS, (0, 1, 2, 3, 4, 5, 6), seed=1, effect=0.7)


@pytest.fixture(scope="module")
def inflow():
    return followed(MONTHS, HORIZONS, sample="inflow", seed=2, n_units=10)


def by_cohort(people, first, last):
    """One row per unit and cohort, straight from the persons."""
    inside = people[people["elapsed"].between(first, last)]
    keys = ["unit", "cohort", "time", "trial", "treated", "cluster"]
    table = inside.groupby(keys)["y"].agg(["mean", "size"]).reset_index()
    table["frozen"] = table["unit"].map(people.groupby("unit")["person"].nunique())
    return table


def weigh(table, kind):
    if kind == "municipality":
        return np.ones(len(table))
    if kind == "area":
        return 1 / table.groupby("cluster")["unit"].transform("nunique")
    return table[{"persons_frozen": "frozen", "persons_current": "size"}[kind]].to_numpy(float)


def area_rows(people, estimand):
    rows, influence = estimate_one(*collapsed(people), estimand)
    conform(rows, ESTIMATES), conform(influence, INFLUENCE)
    return rows[rows["inference"] == "cluster_area"]


@pytest.mark.parametrize("weights", WEIGHTS)
def test_two_stocks_are_a_regression_on_cohort_means(weights):
    people = followed(STOCKS, (0, 1, 2, 3, 4), seed=3, n_units=16, per_cluster=2)
    row = area_rows(people, asked(1, 4, weights=weights)).iloc[0]
    table = by_cohort(people, 1, 4)
    ols = least_squares(
        table["treated"], table["unit"], table["cohort"], table["mean"], weigh(table, weights),
        table["cluster"],
    )  # fmt: skip
    assert row["estimate"] == pytest.approx(ols.coefficients[0], abs=1e-8)
    assert row["std_error"] == pytest.approx(np.sqrt(ols.covariance[0, 0]), abs=1e-8)
    assert row["degrees_of_freedom"] == ols.clusters - 1


def test_current_persons_as_weights_are_the_regression_on_person_months(stocks):
    row = area_rows(stocks, asked(1, 6, weights="persons_current")).iloc[0]
    micro = stocks[stocks["elapsed"].between(1, 6)]
    ols = least_squares(micro["treated"], micro["unit"], micro["cohort"], micro["y"])
    assert row["estimate"] == pytest.approx(ols.coefficients[0], abs=1e-8)


def test_an_inflow_stands_at_its_month_of_entry(inflow):
    rows = area_rows(inflow, asked(3, 6, "inflow", weights="persons_current"))
    table = by_cohort(inflow, 3, 6)
    # followed to month 6, the cohorts of 2020-09 to 2021-02 are treated in a part of it
    table = table[(table["cohort"] < "2020-09") | (table["cohort"] >= "2021-03")]
    ols = least_squares(
        table["treated"], table["unit"], table["cohort"], table["mean"], table["size"],
        table["cluster"],
    )  # fmt: skip
    assert rows["estimate"].iloc[0] == pytest.approx(ols.coefficients[0], abs=1e-8)
    assert rows["std_error"].iloc[0] == pytest.approx(np.sqrt(ols.covariance[0, 0]), abs=1e-8)


@pytest.mark.parametrize(
    ("sample", "first", "last", "cohorts"),
    [
        ("inflow", 0, 0, [*MONTHS]),
        ("inflow", 12, 12, [c for c in MONTHS if not "2020-03" <= c < "2021-03"]),
        ("inflow", 0, 3, [c for c in MONTHS if not "2020-12" <= c < "2021-03"]),
        ("stock", 0, 3, [c for c in MONTHS if not "2020-12" <= c < "2021-02"]),
        ("stock", 0, 0, [*MONTHS]),
    ],
)
def test_cohorts_followed_into_the_trial_are_in_neither_arm(inflow, sample, first, last, cohorts):
    cells, units, _ = collapsed(inflow)
    frame = draw_sample(cells, units, asked(first, last, sample)).frame
    place = pd.PeriodIndex(cohorts, freq="M") + int(sample == "stock")
    assert sorted(frame["period"].unique()) == list(place)
    assert set(frame.loc[frame["treated"], "period"]) == {p for p in place if str(p) >= "2021-03"}
    assert missing_cells(cells, units, asked(first, last, sample)).share == 0.0
    before = frame.loc[frame["event_time"] < 0, "event_time"]
    assert before.max() == -1  # there is a gap in time, none in numbers
    assert frame.loc[frame["event_time"] == -1, "period"].nunique() == 1


def test_starts_that_differ_leave_out_what_each_unit_or_all_lose(inflow):
    cells, units, _ = collapsed(inflow)
    units = units.copy()
    late = units["unit"] == "u00"
    units["first_treated"] = units["first_treated"].mask(late, pd.Period("2021-06", "M"))
    frame = draw_sample(cells, units, asked(0, 6, "inflow")).frame
    lost = {
        unit: {str(p) for p in frame["period"].unique()} - set(rows["period"].astype(str))
        for unit, rows in frame.groupby("unit")
    }
    months = {m for m in MONTHS if "2020-09" <= m < "2021-06"}
    everyone = {m for m in months if "2020-12" <= m < "2021-03"}
    kept = {str(p) for p in frame["period"].unique()}
    assert kept == set(MONTHS) - everyone
    assert lost["u00"] == {m for m in months if m >= "2020-12"} - everyone
    assert lost["u02"] == {m for m in months if m < "2021-03"} - everyone
    assert lost["u01"] == set()


def test_first_and_last_period_and_gaps_are_months_of_the_cohort():
    people = followed(("2018-02", "2019-02", "2020-02", "2021-02", "2022-02"), (0, 1, 2), seed=4)
    cells, units, _ = collapsed(people)
    estimand = asked(1, 2, first_period="2019-02", last_period="2021-02")
    frame = draw_sample(cells, units, estimand).frame
    assert sorted(frame["period"].astype(str).unique()) == ["2019-03", "2020-03", "2021-03"]
    skipped = asked(1, 2, skip_first="2020-01", skip_last="2020-12")
    frame = draw_sample(cells, units, skipped).frame
    assert "2020-03" not in set(frame["period"].astype(str))
    only = asked(1, 2, first_period="2021-02")
    assert set(area_rows(people, only)["identified"]) == {"no_cohort_before"}


def test_a_placebo_may_not_be_followed_to_the_real_start():
    people = followed(("2018-02", "2019-02", "2021-02"), tuple(range(26)), seed=5, attrition=0)
    cells, units, _ = collapsed(people)
    common = {"role": "placebo", "start": "2019-03", "last_period": "2019-02"}
    frame = draw_sample(cells, units, asked(1, 12, **common)).frame
    assert set(frame.loc[frame["treated"], "period"].astype(str)) == {"2019-03"}
    assert set(frame["period"].astype(str)) == {"2018-03", "2019-03"}
    draw_sample(cells, units, asked(1, 24, **common))
    with pytest.raises(InputError, match="a placebo must end before the first real start"):
        draw_sample(cells, units, asked(1, 25, **common))


def test_months_known_in_part_leave_the_cohort_of_the_unit_out(stocks):
    cells, units, _ = collapsed(stocks)
    hole = (cells["unit"] == "u03") & (cells["cohort"] == STOCKS[0]) & (cells["elapsed"] == 2)
    holed = cells.assign(mean=cells["mean"].mask(hole))
    frame = draw_sample(holed, units, asked(1, 3)).frame
    assert len(frame) == 2 * 11  # its other cohort has nothing to be compared with
    assert missing_cells(holed, units, asked(1, 3)).share == pytest.approx(1 / 24)
    assert missing_cells(holed, units, asked(3, 6)).share == 0.0


def test_a_cohort_not_followed_through_is_left_out_and_one_whose_persons_left_is_not(inflow):
    cells, units, _ = collapsed(inflow)
    cut = cells[~((cells["cohort"] == MONTHS[-1]) & (cells["elapsed"] == 12))]
    frame = draw_sample(cut, units, asked(3, 12, "inflow")).frame
    assert MONTHS[-1] not in set(frame["period"].astype(str))
    gone = (cells["cohort"] == MONTHS[0]) & (cells["elapsed"] == 12) & (cells["unit"] == "u01")
    frame = draw_sample(cells[~gone], units, asked(3, 12, "inflow")).frame.set_index(
        ["unit", "period"]
    )
    row = frame.loc[("u01", pd.Period(MONTHS[0], "M"))]
    people = inflow[(inflow["unit"] == "u01") & (inflow["cohort"] == MONTHS[0])]
    assert row["y"] == pytest.approx(people.loc[people["elapsed"].isin([3, 6]), "y"].mean())
    assert row["n_fewest"] == 0


def test_counts_of_persons_and_person_months(stocks):
    row = area_rows(stocks, asked(1, 6)).iloc[0]
    inside = stocks[stocks["elapsed"].between(1, 6)]
    assert row["n_person_months"] == len(inside)
    months = inside.groupby(["unit", "cohort", "elapsed"]).size()
    once_in_each_cohort = months.groupby(["unit", "cohort"]).max().sum()
    assert row["n_persons"] == once_in_each_cohort  # strata are not added to all
    months = inside.groupby(["trial", "cohort", "elapsed"]).size()
    assert row["n_persons_min"] == months.min()
    assert row["sources"] == "keha"


def test_an_unpublished_count_is_unknown(stocks):
    cells, units, counts = collapsed(stocks)
    cells = cells.assign(n=cells["n"].mask(cells.index == 3))
    row = estimate_one(cells, units, counts, asked(0, 6))[0].iloc[0]
    assert pd.isna(row["n_person_months"]) and pd.isna(row["n_persons_min"])


@pytest.mark.parametrize("weights", WEIGHTS)
def test_effects_by_months_since_entry(weights):
    people = followed(STOCKS, tuple(range(7)), seed=6, n_units=16, per_cluster=2, effect=1.0)
    estimand = asked(1, 6, estimator="elapsed_effects", periods_per_bin=2, weights=weights)
    rows = area_rows(people, estimand).set_index("event_time")
    assert list(rows.index) == [0, 1, 2]
    blocks, stacked = [], []
    for b, first in enumerate((1, 3, 5)):
        table = by_cohort(people, first, first + 1).assign(bin=b)
        table["w"] = weigh(table, weights)
        alone = least_squares(
            table["treated"], table["unit"], table["cohort"], table["mean"], table["w"]
        )
        assert rows.loc[b, "estimate"] == pytest.approx(alone.coefficients[0], abs=1e-8)
        months = people[people["elapsed"].between(first, first + 1)]
        fewest = months.groupby(["trial", "cohort", "elapsed"]).size().min()
        assert rows.loc[b, "n_persons_min"] == fewest
        stacked.append(table)
        blocks.append(alone)
    table = pd.concat(stacked, ignore_index=True)
    x = dummies(table["bin"]) * table["treated"].to_numpy(float)[:, None]
    together = least_squares(
        x, table["unit"] + "|" + table["bin"].astype(str), table["cohort"], table["mean"],
        table["w"], table["cluster"], groups=table["bin"],
    )  # fmt: skip
    np.testing.assert_allclose(rows["estimate"], together.coefficients, atol=1e-8)
    np.testing.assert_allclose(rows["std_error"], np.sqrt(np.diag(together.covariance)), atol=1e-8)


def test_effects_by_months_have_a_band_and_covariates(stocks):
    cells, units, counts = collapsed(stocks)
    units = units.assign(x_size=np.arange(len(units), dtype=float) ** 2)
    estimand = asked(1, 6, estimator="elapsed_effects", periods_per_bin=3, covariates=["size"])
    rows, influence = estimate_one(cells, units, counts, estimand)
    kinds = {"cluster_area", "cluster_municipality", "simultaneous_area"}
    assert set(rows["inference"]) == kinds | {"cr2_area", "cr2_exact_area"}
    assert influence.groupby("event_time").size().tolist() == [12, 12]
    for b, first in enumerate((1, 4)):
        alone = asked(first, first + 2, covariates=["size"])
        expected = estimate_one(cells, units, counts, alone)[0]["estimate"].iloc[0]
        found = rows.loc[rows["event_time"] == b, "estimate"]
        np.testing.assert_allclose(found, expected, atol=1e-8)


@pytest.mark.parametrize("estimator", ["two_by_two", "event_study", "window_effects"])
def test_other_estimators_take_cohorts(inflow, estimator):
    windows = {"all": Window(first="2021-03", last="2023-01")}
    estimand = asked(0, 3, "inflow", estimator=estimator, windows=windows, periods_per_bin=3)
    rows = area_rows(inflow, estimand)
    assert set(rows["identified"]) == {"ok"}
    assert rows["estimate"].notna().all()
    if estimator == "event_study":
        assert -1 not in set(rows["event_time"])
        assert {-2, 0} <= set(rows["event_time"])


def test_the_logarithm_is_of_the_mean_over_months(stocks):
    lifted = stocks.assign(y=stocks["y"] + 20)
    cells, units, _ = collapsed(lifted)
    frame = draw_sample(cells, units, asked(1, 6, transform="log")).frame.set_index(
        ["unit", "period"]
    )
    table = by_cohort(lifted, 1, 6).set_index(["unit", "time"])["mean"]
    np.testing.assert_allclose(frame["y"], np.log(table.loc[frame.index]), atol=1e-12)


def test_a_base_year_is_that_of_the_cohort(inflow):
    cells, units, _ = collapsed(inflow)
    estimand = asked(0, 0, "inflow", transform="minus_base_year", base_year=2020)
    frame = draw_sample(cells, units, estimand).frame.set_index(["unit", "period"])["y"]
    table = by_cohort(inflow, 0, 0).set_index(["unit", "time"])["mean"]
    at = frame.index.get_level_values("period")
    base = [table[(u, pd.Period(f"2020-{p.month:02}", "M"))] for u, p in frame.index]
    np.testing.assert_allclose(frame, table.loc[frame.index] - base, atol=1e-12)
    assert set(at) == set(pd.PeriodIndex(MONTHS, freq="M"))


@pytest.mark.parametrize("first", [0, 1])
def test_strata_are_the_regression_on_persons_with_stratum_by_period(stocks, first):
    people = stocks
    estimand = asked(first, 6, strata="by_age", weights="persons_current")
    rows = area_rows(people, estimand)
    micro = people[people["elapsed"].between(first, 6)].reset_index(drop=True)
    ols = strata_regression(micro, micro["y"], np.ones(len(micro)))
    assert rows["estimate"].iloc[0] == pytest.approx(ols[0], abs=1e-8)


@pytest.mark.parametrize("weights", WEIGHTS)
def test_strata_under_all_weights_and_with_clusters(weights):
    people = followed(STOCKS, (0, 1, 2), seed=8, n_units=16, per_cluster=2)
    rows = area_rows(people, asked(1, 2, strata="by_age", weights=weights))
    inside = people[people["elapsed"].between(1, 2)]
    keys = ["unit", "cohort", "stratum", "trial", "treated", "cluster"]
    table = inside.groupby(keys)["y"].agg(["mean", "size"]).reset_index()
    table["frozen"] = table["unit"].map(people.groupby("unit")["person"].nunique())
    w = weigh(table, weights)
    if weights != "persons_current":
        past = table[table["cohort"] == STOCKS[0]].set_index(["unit", "stratum"])["size"]
        share = past / past.groupby("unit").transform("sum")
        places = pd.MultiIndex.from_frame(table[["unit", "stratum"]])
        w = np.asarray(w) * share.reindex(places).fillna(0).to_numpy()
    table, w = table[w > 0].reset_index(drop=True), w[w > 0]
    estimate_, std_error = strata_regression(table, table["mean"], w, table["cluster"])
    assert rows["estimate"].iloc[0] == pytest.approx(estimate_, abs=1e-8)
    assert rows["std_error"].iloc[0] == pytest.approx(std_error, abs=1e-8)


def strata_regression(table, y, w, clusters=None):
    """WLS on a dummy for the treated, each unit, and each stratum and cohort; CR1 by cluster."""
    cell = table["stratum"] + "|" + table["cohort"]
    x = np.hstack(
        [table["treated"].to_numpy(float)[:, None], dummies(table["unit"]), dummies(cell)[:, 1:]]
    )
    w = w / w.mean()
    cross = x.T @ (w[:, None] * x)
    beta = np.linalg.solve(cross, x.T @ (w * y))
    if clusters is None:
        return beta[0], np.nan
    scores = x * (w * (y.to_numpy() - x @ beta))[:, None]
    sums = pd.DataFrame(scores).groupby(clusters.to_numpy()).sum().to_numpy()
    g, n = len(sums), len(y)
    k = 1 + cell.nunique() - 1 + 1
    bread = np.linalg.inv(cross)
    covariance = g / (g - 1) * (n - 1) / (n - k) * (bread @ sums.T @ sums @ bread)
    return beta[0], np.sqrt(covariance[0, 0])


def test_strata_with_effects_by_months(stocks):
    estimand = asked(
        1, 6, strata="by_age", estimator="elapsed_effects", periods_per_bin=3,
        weights="persons_current",
    )  # fmt: skip
    rows = area_rows(stocks, estimand).set_index("event_time")
    for b, first in enumerate((1, 4)):
        micro = stocks[stocks["elapsed"].between(first, first + 2)].reset_index(drop=True)
        expected = strata_regression(micro, micro["y"], np.ones(len(micro)))[0]
        assert rows.loc[b, "estimate"] == pytest.approx(expected, abs=1e-8)


def test_strata_with_small_sample_inference_and_permutations(stocks):
    cells, units, counts = collapsed(stocks)
    rows, _ = estimate(cells, units, counts, [asked(1, 6, strata="by_age")])
    kinds = rows.set_index("inference")
    assert kinds.loc[["cr2_area", "cr3_area"], "std_error"].gt(0).all()
    assert kinds.loc["permutation_area", "p_value"] > 0
    assert kinds.loc["wild_bootstrap_area", "p_value"] > 0


def test_strata_without_a_period_before_the_start(stocks):
    late = stocks[stocks["cohort"] == STOCKS[1]]
    found = area_rows(late, asked(1, 6, strata="by_age"))
    assert set(found["identified"]) == {"no_cohort_before"}
