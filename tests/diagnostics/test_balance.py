"""BALANCE against plain numpy, and the checks of balanced estimates."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.optimize import minimize

from kuntakokeilu.contracts import BALANCE
from kuntakokeilu.diagnostics import balance_table
from kuntakokeilu.diagnostics.balance import effective_number, propensity_scores
from kuntakokeilu.estimation import draw_sample
from kuntakokeilu.study import Balance, Comparison

from ..estimation.build import build_study, panel, spec, tables

NAMES = ["size", "trend"]
ENTROPY = Comparison(balance=Balance(method="entropy", covariates=["size"]))


@pytest.fixture
def made():
    """Twelve trial units in six areas, eighteen controls in nine, two covariates."""
    rows, first, clusters = panel([2004] * 12 + [None] * 18, seed=5, per_cluster=2)
    rng = np.random.default_rng(1)
    names = sorted(rows["unit"].unique())
    arm = np.arange(30) < 12
    known = {
        f"x_{n}": dict(zip(names, rng.normal(size=30) + 0.7 * arm, strict=True)) for n in NAMES
    }
    return tables(rows, first, clusters, **known)


def plain(**changes):
    return spec(comparison="plain", **changes)


def balanced(**changes):
    return spec(comparison="alike", comparison_rule=ENTROPY, role="robustness", **changes)


def test_before_balancing(made):
    _, units, _ = made
    table = balance_table(units, [plain()], NAMES).set_index("covariate")
    assert table["stage"].eq("before").all() and not table["targeted"].any()
    for name in NAMES:
        trial, control = (units.loc[units["arm"] == a, f"x_{name}"] for a in ("trial", "control"))
        row = table.loc[name]
        assert row["mean_trial"] == pytest.approx(trial.mean())
        assert row["mean_control"] == pytest.approx(control.mean())
        difference = (trial.mean() - control.mean()) / trial.std()
        assert row["std_difference"] == pytest.approx(difference, abs=1e-12)
        assert row["variance_ratio"] == pytest.approx(trial.var() / control.var(), abs=1e-12)
        assert (row["n_trial"], row["n_control"]) == (12, 18)
        assert row["n_control_effective"] == pytest.approx(18)


def test_after_balancing(made):
    cells, units, _ = made
    table = balance_table(units, [balanced()], NAMES).set_index(["stage", "covariate"])
    assert table["targeted"].tolist() == [True, False, True, False]
    assert abs(table.loc[("after", "size"), "std_difference"]) <= 1e-8
    frame = draw_sample(cells, units, balanced()).frame.drop_duplicates("unit")
    trial, control = frame[frame["trial"]], frame[~frame["trial"]]
    row, w = table.loc[("after", "trend")], control["w"].to_numpy()
    mean = np.average(control["x_trend"], weights=w)
    assert row["mean_control"] == pytest.approx(mean)
    assert row["std_difference"] == pytest.approx(
        (trial["x_trend"].mean() - mean) / trial["x_trend"].std(), abs=1e-10
    )
    variance = np.cov(control["x_trend"], aweights=w)  # numpy's unbiased weighted variance
    assert row["variance_ratio"] == pytest.approx(trial["x_trend"].var() / variance, rel=1e-9)
    assert row["n_control_effective"] == pytest.approx(w.sum() ** 2 / (w**2).sum())


def test_each_comparison_once_and_none_of_placebos(made):
    _, units, _ = made
    placebo = spec(
        estimand="y.placebo", comparison="fake", start="2002", last_period="2003", role="placebo"
    )
    one_out = plain(role="leave_one_out", comparison_rule=Comparison(exclude_areas=["c00"]))
    table = balance_table(units, [one_out, balanced(), placebo, plain(), plain()], NAMES)
    assert table["comparison"].drop_duplicates().tolist() == ["alike", "plain"]
    assert table.loc[table["comparison"] == "plain", "n_trial"].eq(12).all()
    assert not table.duplicated(["comparison", "stage", "covariate"]).any()


def test_without_an_answer_the_row_after_has_no_numbers(made):
    _, units, _ = made
    far = units["x_size"].mask(units["arm"] == "trial", units["x_size"] + 100)
    table = balance_table(units.assign(x_size=far), [balanced()], NAMES)
    after = table[table["stage"] == "after"]
    assert len(after) == 2 and after["mean_control"].isna().all()
    assert after[["std_difference", "n_control_effective"]].isna().all(axis=None)
    assert after["n_control"].eq(18).all() and after["mean_trial"].notna().all()


def test_units_that_lack_a_covariate_are_not_counted(made):
    _, units, _ = made
    gap = units["x_size"].mask(units["unit"].isin(["u00", "u20"]))
    table = balance_table(units.assign(x_size=gap), [balanced()], NAMES)
    counts = table.set_index(["stage", "covariate"])[["n_trial", "n_control"]]
    assert counts.loc[("before", "size")].tolist() == [11, 17]
    assert counts.loc[("before", "trend")].tolist() == [12, 18]
    assert counts.loc[("after", "trend")].tolist() == [11, 17]


def test_a_study_without_covariates_has_a_table_without_rows(made):
    _, units, _ = made
    assert list(balance_table(units, [plain()], []).columns) == list(BALANCE.columns)
    assert balance_table(units, [plain()], []).empty


@given(st.lists(st.floats(0.1, 100), min_size=1, max_size=20))
def test_the_effective_number_is_between_one_and_all(weights):
    found = effective_number(np.array(weights))
    assert 1 - 1e-9 <= found <= len(weights) + 1e-9
    assert found == pytest.approx(effective_number(np.array(weights) * 3))


def test_scores_minimise_the_penalised_likelihood():
    rng = np.random.default_rng(0)
    x, trial = rng.normal(size=(40, 3)) * [1, 10, 100], np.arange(40) < 15
    z = (x - x.mean(axis=0)) / x.std(axis=0)

    def loss(b):
        margin = np.where(trial, 1, -1) * (b[0] + z @ b[1:])
        return np.logaddexp(0, -margin).sum() + (b[1:] @ b[1:]) / 2

    b = minimize(loss, np.zeros(4), method="BFGS", options={"gtol": 1e-9}).x
    expected = 1 / (1 + np.exp(-(b[0] + z @ b[1:])))
    assert propensity_scores(x, trial) == pytest.approx(expected, abs=1e-5)


def test_checks_of_a_balanced_estimate(made, checks):
    cells, units, counts = made
    found = checks(cells, units, counts, [balanced(), plain(estimand="y.plain")])
    rows = found.loc["y.main"]
    table = balance_table(units, [balanced()], NAMES).set_index(["stage", "covariate"])
    left = table.loc["after", "std_difference"].abs().max()
    assert rows.loc["balance", "value"] == pytest.approx(left)
    assert rows.loc["balance", "verdict"] == ("warn" if left > 0.1 else "pass")
    assert rows.loc["units_left_out", ["value", "verdict"]].tolist() == [0.0, "pass"]
    frame = draw_sample(cells, units, balanced()).frame.drop_duplicates("unit")
    sums = frame[~frame["trial"]].groupby("cluster")["w"].sum()
    controls = rows.loc["effective_controls"]
    assert controls["value"] == pytest.approx(sums.sum() ** 2 / (sums**2).sum())
    assert controls["value"] < 9 and controls["verdict"] == "warn"  # of nine clusters
    assert "pre_trend" not in rows.index and "pre_trend_clustered" in rows.index
    assert not {"balance", "effective_controls"} & set(found.loc["y.plain"].index)
    assert found.loc[("y.plain", "units_left_out"), "value"] == 0.0  # units may leave any sample
    gap = units.assign(x_size=units["x_size"].mask(units["unit"] == "u00"))
    rows = checks(cells, gap, counts, [balanced()]).loc["y.main"]
    assert rows.loc["units_left_out", "value"] == pytest.approx(1 / 12)
    assert rows.loc["units_left_out", "verdict"] == "warn"


def test_a_balance_that_cannot_be_measured_does_not_pass(made, checks):
    """One trial unit has no standard deviation by which to divide."""
    cells, units, counts = made
    others = units["arm"].eq("trial") & units["unit"].ne("u00")
    alone = units.assign(arm=units["arm"].mask(others, "neither"))
    row = checks(cells, alone, counts, [balanced()]).loc[("y.main", "balance")]
    assert np.isnan(row["value"]) and row["verdict"] == "warn"


def test_samples_without_one_area_are_not_described(made):
    _, units, _ = made
    out = plain(role="robustness", leave_out_area="c00")
    assert balance_table(units, [out], NAMES).empty


@pytest.mark.real_data
def test_the_trial_of_2021(config, data_folder):
    """Standardised differences straight from the file of covariates."""
    built = build_study(config, data_folder, "open_2021")
    names = list(built.study.covariates)
    table = balance_table(built.units, built.study.estimands, names)
    rows = table.set_index(["comparison", "stage", "covariate"]).sort_index()
    raw = pd.read_csv(data_folder / "covariates/municipalities_2010_2018.csv", dtype={"no": str})
    raw = raw[raw["year"] == 2018].set_index("no")
    arm = built.units.set_index("unit")["arm"]
    for name, column in {
        "employment": "employment_rate_percent",
        "morbidity": "morbidity_index",
        "social_assistance": "social_assistance_euro_per_capita",
    }.items():
        values = raw[column].copy()
        values["507"] = (values["507"] + values["588"]) / 2
        values["214"] = (values["214"] + values["099"]) / 2
        trial, control = (values[arm.index[arm == a].intersection(values.index)]
                          for a in ("trial", "control"))  # fmt: skip
        expected = (trial.mean() - control.mean()) / trial.std()
        found = rows.loc[("mainland", "before", name)]
        assert found["std_difference"] == pytest.approx(expected, abs=1e-10)
        assert (found["n_trial"], found["n_control"]) == (len(trial), len(control)) == (117, 175)
    assert rows.loc[("mainland", "before", "population"), "std_difference"] == pytest.approx(
        0.5157, abs=5e-5
    )
    after = rows.loc[("entropy_balanced", "after")]
    balanced = after[after["targeted"]]
    assert set(after.index) - set(balanced.index) == {"medicines"}  # a check, not a target
    assert balanced["std_difference"].abs().max() <= 1e-8
    assert after["n_control_effective"].to_numpy() == pytest.approx(59.1245, abs=5e-4)
    matched = rows.loc[("matched", "after")]
    assert matched["n_control_effective"].iloc[0] == pytest.approx(51.6566, abs=5e-4)
