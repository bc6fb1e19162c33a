"""Numbers on public data, against a second computation from the raw files."""

import numpy as np
import pandas as pd
import pytest

from kuntakokeilu.estimation import estimate_one

from . import plain
from .build import build_study

pytestmark = pytest.mark.real_data

OPEN = {
    "open_2012": ("2010-09", "2012-09", "2015-12", "2012-08"),
    "open_2017": ("2015-08", "2017-08", "2018-12", "2017-07"),
    "open_2021": ("2018-03", "2021-03", "2024-12", "2021-02"),
}


def area_row(built, estimand):
    few = estimand.model_copy(update={"permutations": 9})  # whose p-values are not read here
    rows, _ = estimate_one(*built.tables(estimand.outcome), few)
    return rows[rows["inference"] == "cluster_area"].iloc[0]


def weigh(frame, kind, data_folder, config, month):
    if kind == "municipality":
        return np.ones(len(frame))
    if kind == "area":
        return 1.0 / frame.groupby("cluster")["unit"].transform("nunique")
    return frame["unit"].map(plain.labour_force(data_folder, config, month))


@pytest.mark.parametrize(
    ("study", "specification", "weights", "expected"),
    [
        ("open_2012", "main", "municipality", -0.145621),
        ("open_2012", "two_by_two", "municipality", -0.145621),
        ("open_2012", "area_weights", "area", 0.036193),
        ("open_2012", "persons_frozen_weights", "persons_frozen", 0.089799),
        ("open_2012", "without_merged", "municipality", -0.140591),
        ("open_2012", "without_merged_persons", "persons_frozen", 0.160982),
        ("open_2017", "main", "municipality", -0.935103),
        ("open_2017", "two_by_two", "municipality", -0.935103),
        ("open_2017", "area_weights", "area", -0.629245),
        ("open_2017", "persons_frozen_weights", "persons_frozen", -1.204129),
        ("open_2021", "main", "municipality", 0.034015),
        ("open_2021", "two_by_two", "municipality", 0.034015),
        ("open_2021", "area_weights", "area", 0.122577),
        ("open_2021", "persons_frozen_weights", "persons_frozen", 0.304071),
    ],
)
def test_open_statistics(config, data_folder, study, specification, weights, expected):
    first, start, last, before = OPEN[study]
    built = build_study(config, data_folder, study)
    row = area_row(built, built.estimand(f"unemployment_rate.{specification}"))
    frame = plain.unemployment(data_folder, config, study, first, last)
    if "without_merged" in specification:  # Pori, Hollola and Kuopio
        frame = frame[~frame["unit"].isin(["609", "098", "297"])].reset_index(drop=True)
    assert frame.groupby("unit").size().nunique() == 1  # balanced, so four means are enough
    w = weigh(frame, weights, data_folder, config, before)
    post = frame["month"] >= start
    means = plain.four_means(frame["y"], frame["trial"], post, w)
    treated = frame["trial"] & post
    ols = plain.least_squares(
        treated, frame["unit"], frame["month"], frame["y"], w, frame["cluster"]
    )
    assert row["estimate"] == pytest.approx(expected, abs=5e-7)
    assert row["estimate"] == pytest.approx(means, abs=1e-9)
    assert row["estimate"] == pytest.approx(ols.coefficients[0], abs=1e-9)
    if specification != "two_by_two":  # which counts four parameters, not the period effects
        assert row["std_error"] == pytest.approx(np.sqrt(ols.covariance[0, 0]), abs=1e-9)
        assert row["degrees_of_freedom"] == ols.clusters - 1


def test_five_areas_of_2017_are_too_few_for_firm_words(config, data_folder):
    """CR1 would call it significant; CR2 has the degrees of freedom of about three areas."""
    built = build_study(config, data_folder, "open_2017")
    estimand = built.estimand("unemployment_rate.main")
    rows, _ = estimate_one(*built.tables(estimand.outcome), estimand)
    rows = rows.set_index("inference")
    assert rows.loc["cluster_area", "p_value"] == pytest.approx(0.023, abs=5e-4)
    cr2 = rows.loc["cr2_area"]
    assert cr2["degrees_of_freedom"] == pytest.approx(3.2, abs=0.05)
    assert cr2["p_value"] == pytest.approx(0.146, abs=5e-4)
    assert (cr2["n_trial"], cr2["n_control"], cr2["n_trial_clusters"]) == (23, 269, 5)


@pytest.mark.parametrize(
    ("specification", "last"),
    [("placebo_2019", "2021-02"), ("placebo_2019_before_covid", "2020-02")],
)
def test_placebos_of_2021(config, data_folder, specification, last):
    built = build_study(config, data_folder, "open_2021")
    row = area_row(built, built.estimand(f"unemployment_rate.{specification}"))
    frame = plain.unemployment(data_folder, config, "open_2021", "2016-03", last)
    means = plain.four_means(frame["y"], frame["trial"], frame["month"] >= "2019-03")
    assert row["estimate"] == pytest.approx(means, abs=1e-9)
    assert row["role"] == "placebo"


@pytest.mark.parametrize(
    ("study", "specification", "per_bin"),
    [
        ("open_2012", "by_month", 1),
        ("open_2012", "by_quarter_persons_frozen", 3),
        ("open_2021", "by_month", 1),
        ("open_2021", "by_quarter", 3),
    ],
)
def test_event_studies(config, data_folder, study, specification, per_bin):
    first, start, last, before = OPEN[study]
    built = build_study(config, data_folder, study)
    estimand = built.estimand(f"unemployment_rate.{specification}")
    rows, _ = estimate_one(*built.tables("unemployment_rate"), estimand)
    rows = rows[rows["inference"] == "cluster_area"].set_index("event_time")
    frame = plain.unemployment(data_folder, config, study, first, last)
    origin = frame.loc[frame["month"] == start, "number"].iloc[0]
    bins, columns = plain.event_dummies(
        frame["number"], np.where(frame["trial"], origin, np.nan), per_bin
    )
    w = weigh(frame, estimand.weights, data_folder, config, before)
    ols = plain.least_squares(
        columns, frame["unit"], frame["month"], frame["y"], w, frame["cluster"]
    )
    months_after = int(frame["number"].max() - origin + 1)
    cut_short = months_after % per_bin != 0  # the last bin is then estimated, not reported
    whole = len(bins) - int(cut_short)
    assert list(rows.index) == bins[:whole]
    np.testing.assert_allclose(rows["estimate"], ols.coefficients[:whole], atol=1e-8, rtol=0)
    std_errors = np.sqrt(np.diag(ols.covariance))[:whole]
    np.testing.assert_allclose(rows["std_error"].astype(float), std_errors, atol=1e-8, rtol=0)


@pytest.mark.parametrize("weights", ["municipality", "persons_frozen"])
def test_region_by_period_effects(config, data_folder, weights):
    first, last = "2020-03", "2022-02"
    built = build_study(config, data_folder, "open_2021")
    estimand = built.estimand(
        "unemployment_rate.main",
        effects_by_period="region",
        weights=weights,
        first_period=first,
        last_period=last,
    )
    row = area_row(built, estimand)
    frame = plain.unemployment(data_folder, config, "open_2021", first, last)
    # A region with one arm says nothing of the effect, and its clusters are none of the sample.
    frame = frame[frame.groupby("region")["trial"].transform("nunique") == 2]
    ols = plain.least_squares(
        frame["trial"] & (frame["month"] >= "2021-03"),
        frame["unit"],
        frame["month"],
        frame["y"],
        weigh(frame, weights, data_folder, config, "2021-02"),
        frame["cluster"],
        groups=frame["region"],
    )
    assert row["estimate"] == pytest.approx(ols.coefficients[0], abs=1e-8)
    assert row["std_error"] == pytest.approx(np.sqrt(ols.covariance[0, 0]), abs=1e-8)
    plainly = area_row(built, estimand.model_copy(update={"effects_by_period": None}))
    assert abs(plainly["estimate"] - row["estimate"]) > 1e-3  # the effects matter


def test_castle(config, data_folder):
    built = build_study(config, data_folder, "benchmark_castle")
    row = area_row(built, built.estimand("log_homicide.main"))
    raw = pd.read_csv(data_folder / "benchmarks/castle.csv")
    treated = raw["year"] >= raw["effyear"]
    ols = plain.least_squares(
        treated, raw["state"], raw["year"], raw["l_homicide"], None, raw["state"]
    )
    assert row["estimate"] == pytest.approx(0.081812, abs=5e-7)
    assert row["estimate"] == pytest.approx(ols.coefficients[0], abs=1e-9)
    assert row["std_error"] == pytest.approx(np.sqrt(ols.covariance[0, 0]), abs=1e-9)
    rows, _ = estimate_one(*built.tables("log_homicide"), built.estimand("log_homicide.by_year"))
    rows = rows[rows["inference"] == "cluster_area"]
    bins, columns = plain.event_dummies(raw["year"], raw["effyear"])
    ols = plain.least_squares(columns, raw["state"], raw["year"], raw["l_homicide"])
    assert list(rows["event_time"]) == bins
    np.testing.assert_allclose(rows["estimate"], ols.coefficients, atol=1e-8, rtol=0)


def test_mpdta(config, data_folder):
    built = build_study(config, data_folder, "benchmark_mpdta")
    raw = pd.read_csv(data_folder / "benchmarks/mpdta.csv")
    treated = (raw["first.treat"] > 0) & (raw["year"] >= raw["first.treat"])
    row = area_row(built, built.estimand("log_employment.main"))
    ols = plain.least_squares(treated, raw["countyreal"], raw["year"], raw["lemp"])
    assert row["estimate"] == pytest.approx(-0.036549, abs=5e-7)
    assert row["estimate"] == pytest.approx(ols.coefficients[0], abs=1e-9)
    by_year = [(raw["year"] == year) * raw["lpop"] for year in range(2004, 2008)]
    x = np.column_stack([treated, *by_year])
    ols = plain.least_squares(
        x, raw["countyreal"], raw["year"], raw["lemp"], None, raw["countyreal"]
    )
    row = area_row(built, built.estimand("log_employment.population"))
    assert row["estimate"] == pytest.approx(ols.coefficients[0], abs=1e-8)
    assert row["std_error"] == pytest.approx(np.sqrt(ols.covariance[0, 0]), abs=1e-8)


def test_card_and_krueger(config, data_folder):
    built = build_study(config, data_folder, "benchmark_card_krueger")
    row = area_row(built, built.estimand("employment.main"))
    raw = pd.read_csv(data_folder / "benchmarks/card_krueger.csv").dropna(subset=["fte"])
    means = raw.groupby(["nj", "d"])["fte"].mean()
    published = {(1, 0): 20.44, (1, 1): 21.03, (0, 0): 23.33, (0, 1): 21.17}
    assert means.round(2).to_dict() == published
    micro = means[1, 1] - means[1, 0] - (means[0, 1] - means[0, 0])
    assert row["estimate"] == pytest.approx(2.75, abs=5e-3)
    assert row["estimate"] == pytest.approx(micro, abs=1e-9)
    assert row["baseline_mean"] == pytest.approx(means[1, 0], abs=1e-9)
    assert row["n_person_months"] == len(raw)
