"""Eligible relative to non-eligible: against two regressions, plain dummies, and left-out areas."""

from __future__ import annotations

from itertools import product

import numpy as np
import pandas as pd
import pytest
import statsmodels.api as sm

from kuntakokeilu.contracts import ESTIMATES, INFLUENCE, conform
from kuntakokeilu.estimation import (
    draw_sample,
    estimate_one,
    few_clusters,
    randomisation_p_value,
)

from .followed import STOCKS
from .plain import dummies
from .populations import alone, balanced, both, one_of_two, relative

SHARES = (0.0, 0.25, 0.5, 1.0)
MONTHS = tuple(map(str, pd.period_range("2020-06", "2021-12", freq="M")))
KEYS = ["term", "event_time", "window"]


@pytest.fixture(scope="module")
def stocks():
    return both(("2018-02", *STOCKS), (0, 1, 2, 3, 4), n_units=20, per_cluster=2)


@pytest.fixture(scope="module")
def inflow():
    return both(MONTHS, (0, 3), sample="inflow", n_units=10)


def run(tables, estimand):
    rows, influence = estimate_one(*tables, estimand)
    conform(rows, ESTIMATES), conform(influence, INFLUENCE)
    return rows, influence


def area(rows):
    return rows[rows["inference"] == "cluster_area"].set_index(KEYS)


CASES = {
    "one effect": {},
    "two by two": {"estimator": "two_by_two", "first_period": "2019-02"},
    "by months": {"estimator": "elapsed_effects", "periods_per_bin": 2},
    "by strata": {"strata": "by_age"},
    "persons": {"weights": "persons_frozen"},
    "current": {"weights": "persons_current"},
    "areas": {"weights": "area"},
    "covariate": {"covariates": ["size"]},
}


@pytest.mark.parametrize(
    ("case", "share"), [*product(CASES, [0.25]), *product(["one effect", "by months"], SHARES)]
)
def test_the_number_is_that_of_two_regressions(stocks, case, share):
    cells, units, counts = stocks
    tables = cells, units.assign(x_size=np.arange(len(units)) ** 2.0), counts
    estimand = relative(share, **CASES[case])
    found = area(run(tables, estimand)[0])
    own, other = (
        area(run(tables, alone(estimand, name))[0]) for name in ("eligible", "others")
    )  # fmt: skip
    expected = own["estimate"] - (1 - share) * other["estimate"]
    np.testing.assert_allclose(found["estimate"], expected[found.index], rtol=0, atol=1e-10)
    assert len(found) == len(own)
    assert found["std_error"].gt(0).all()
    assert set(found["design"]) == {"eligible_relative"}


@pytest.mark.parametrize("estimator", ["event_study", "window_effects"])
@pytest.mark.parametrize("share", [0.0, 0.5])
def test_series_are_those_of_two_regressions(inflow, estimator, share):
    estimand = relative(share, 0, 3, "inflow", estimator=estimator, periods_per_bin=3)
    found = area(run(inflow, estimand)[0])
    own, other = (area(run(inflow, alone(estimand, n))[0]) for n in ("eligible", "others"))
    expected = own["estimate"] - (1 - share) * other["estimate"]
    assert len(found) == len(own) > 1
    np.testing.assert_allclose(found["estimate"], expected[found.index], rtol=0, atol=1e-10)


def test_all_of_it_spillover_is_the_targeted_effect(stocks):
    estimand = relative(1.0)
    found = area(run(stocks, estimand)[0])
    targeted = area(run(stocks, alone(estimand, "eligible"))[0])
    np.testing.assert_allclose(found["estimate"], targeted["estimate"], rtol=0, atol=1e-10)
    # only the factor for few rows differs: N and K are those of both populations
    np.testing.assert_allclose(found["std_error"], targeted["std_error"], rtol=0.02)


@pytest.mark.parametrize(
    ("share", "weights"), [*product(SHARES, ["municipality"]), (0.25, "persons_current")]
)
def test_the_variance_is_that_of_two_influence_tables(stocks, share, weights, monkeypatch):
    """Exactly, once the factor (N-1)/(N-K) of each regression is taken out."""
    monkeypatch.setattr(few_clusters, "FEW_DEGREES", 0.0)  # so that CR1 leads
    estimand = relative(share, weights=weights)
    row = area(run(stocks, estimand)[0]).iloc[0]
    sums = []
    for name in ("eligible", "others"):
        each = alone(estimand, name)
        _, influence = run(stocks, each)
        n = len(draw_sample(*stocks[:2], each).frame)
        k = 1 + (3 - 1) + 1  # the effect, three cohorts but the first, a constant
        sums.append(
            influence.set_index("cluster")["value"].astype(float) / np.sqrt((n - 1) / (n - k))
        )
    together = sums[0] - (1 - share) * sums[1]
    n = len(draw_sample(*stocks[:2], estimand).frame)
    k = 2 + 2 * (3 - 1) + 1
    expected = np.sqrt((together**2).sum() * (n - 1) / (n - k))
    assert row["std_error"] == pytest.approx(expected, abs=1e-10)
    assert row["degrees_of_freedom"] == len(together) - 1


@pytest.mark.parametrize("share", SHARES)
def test_statsmodels_agrees_on_the_stacked_rows(stocks, share):
    estimand = relative(share, weights="persons_current")
    row = area(run(stocks, estimand)[0]).iloc[0]
    frame = draw_sample(*stocks[:2], estimand).frame
    treated, other = (frame[name].to_numpy(float) for name in ("treated", "other"))
    unit = frame["unit"] + frame["other"].astype(str)
    periods = frame["period"].astype(str) + frame["other"].astype(str)
    kept = [label for label in sorted(periods.unique()) if not label.startswith("2018")]
    effects = [(periods == label).to_numpy(float) for label in kept]
    terms = [treated * (1 - other), treated * (other + (1 - share) * (1 - other))]
    x = np.column_stack([*terms, dummies(unit), *effects])
    groups = pd.factorize(frame["cluster"])[0]
    fitted = sm.WLS(frame["y"], x, weights=frame["w"]).fit(
        cov_type="cluster", cov_kwds={"groups": groups, "use_correction": False}
    )
    assert row["estimate"] == pytest.approx(fitted.params.iloc[0], abs=1e-10)
    g, n, k = frame["cluster"].nunique(), len(frame), 2 + 2 * (3 - 1) + 1
    cr1 = g / (g - 1) * (n - 1) / (n - k)
    assert row["std_error"] == pytest.approx(fitted.bse.iloc[0] * np.sqrt(cr1), abs=1e-8)


@pytest.mark.parametrize("share", [0.0, 0.5])
def test_the_jackknife_is_that_of_left_out_areas(stocks, share):
    """CR3 from separate regressions without each cluster, both populations at once."""
    estimand = relative(share)
    rows, _ = run(stocks, estimand)
    found = rows.set_index("inference").loc["cr3_area"]

    def number(units):
        frames = [
            draw_sample(stocks[0], units, alone(estimand, n)).frame for n in ("eligible", "others")
        ]
        return two_way(frames[0]) - (1 - share) * two_way(frames[1])

    units = stocks[1]
    whole = number(units)
    left = [number(units[units["cluster"] != c]) for c in units["cluster"].unique()]
    variance = (len(left) - 1) / len(left) * np.sum((np.array(left) - whole) ** 2)
    assert found["std_error"] == pytest.approx(np.sqrt(variance), abs=1e-8)


def two_way(frame):
    """Plain least squares on dummies."""
    x = np.column_stack(
        [frame["treated"], dummies(frame["unit"]), dummies(frame["period"].astype(str))[:, 1:]]
    ).astype(float)
    return np.linalg.lstsq(x, frame["y"].to_numpy(float), rcond=None)[0][0]


@pytest.mark.parametrize("share", [0.25, 1.0])
def test_areas_are_dealt_to_both_populations_at_once(stocks, share):
    estimand = relative(share)
    rows, _ = run(stocks, estimand)
    frame = draw_sample(*stocks[:2], estimand).frame
    units = frame["unit"].unique()
    parts = [frame[~frame["other"]], frame[frame["other"]]]
    after = [part["period"] >= pd.Period("2021-03", "M") for part in parts]

    def refitted(deals):
        """Each deal by two regressions from the start."""
        numbers = []
        for deal in deals:
            trial = set(units[deal == 0])
            one, other = (
                two_way(part.assign(treated=part["unit"].isin(trial) & late))
                for part, late in zip(parts, after, strict=True)
            )
            numbers.append(one - (1 - share) * other)
        return np.array(numbers)

    expected = randomisation_p_value(refitted, frame, frame["cluster"], 99, estimand.seed)
    found = rows.set_index("inference").loc["permutation_area", "p_value"]
    assert found == pytest.approx(expected, abs=1e-12)


@pytest.mark.parametrize("estimator", ["two_way_fixed_effects", "window_effects", "event_study"])
@pytest.mark.parametrize("share", [0.0, 0.3])
def test_in_a_balanced_panel_every_inference_is_that_of_the_difference(estimator, share):
    """Nothing but the factor (N-1)/(N-K) differs from a plain regression of one outcome."""
    made = balanced(share)
    relative_one, plain = one_of_two(share, estimator)
    rows, _ = estimate_one(*made, relative_one)
    expected, _ = estimate_one(*made, plain)
    found, expected = (each.set_index(["inference", *KEYS]) for each in (rows, expected))
    assert list(found.index) == list(expected.index)
    np.testing.assert_allclose(found["estimate"], expected["estimate"], atol=1e-10)
    n, terms = 28 * 10, {"event_study": 9, "window_effects": 2}.get(estimator, 1)
    k, k_both = terms + 9 + 1, 2 * terms + 2 * 9 + 1
    factor = np.sqrt((2 * n - 1) / (2 * n - k_both) / ((n - 1) / (n - k)))
    kinds = found.index.get_level_values("inference")
    cr1 = kinds.isin(["cluster_area", "cluster_municipality", "two_way_cluster"])
    if rows.loc[rows["leading"], "inference"].eq("cluster_area").all():
        cr1 |= kinds == "simultaneous_area"  # the band follows the leading row
    ratio = (found["std_error"] / expected["std_error"]).astype(float)
    np.testing.assert_allclose(ratio[cr1], factor, atol=1e-8)
    np.testing.assert_allclose(ratio[kinds.isin(["cr2_area", "cr3_area"])], 1.0, atol=1e-8)
    same = ["p_value", "degrees_of_freedom", "ci_low", "ci_high"]
    for name in same:
        left, right = (
            pd.to_numeric(each.loc[~cr1, name]).to_numpy(float) for each in (found, expected)
        )
        np.testing.assert_allclose(left, right, atol=1e-8, err_msg=name)


def test_both_populations_are_behind_the_number(stocks):
    estimand = relative(0.5)
    row = area(run(stocks, estimand)[0]).iloc[0]
    own, other = (area(run(stocks, alone(estimand, n))[0]).iloc[0] for n in ("eligible", "others"))
    for name in ("n_persons", "n_person_months"):
        assert row[name] == own[name] + other[name]
    assert row["n_persons_min"] == min(own["n_persons_min"], other["n_persons_min"])
    assert row["baseline_mean"] == own["baseline_mean"]
    assert row["population"] == "eligible"
    for name in ("n_trial", "n_control", "n_trial_clusters", "n_control_clusters"):
        assert row[name] == own[name]


def test_a_unit_of_one_population_counts_in_its_difference():
    tables = both(STOCKS, (0, 1, 2), keep=lambda people: people["u"] > 3, n_units=16, per_cluster=2)
    estimand = relative(0.0, last=2)
    row = area(run(tables, estimand)[0]).iloc[0]
    own, other = (area(run(tables, alone(estimand, n))[0]).iloc[0] for n in ("eligible", "others"))
    assert row["estimate"] == pytest.approx(own["estimate"] - other["estimate"], abs=1e-10)
    assert (own["n_trial"], other["n_trial"], row["n_trial"]) == (8, 6, 8)
    assert row["n_trial_clusters"] == other["n_trial_clusters"]
    assert row["degrees_of_freedom"] == own["n_trial_clusters"] + own["n_control_clusters"] - 1


@pytest.mark.parametrize(
    ("keep", "reason"),
    [
        (lambda people: people["trial"], "no_control"),
        (lambda people: ~people["trial"], "no_trial"),
        (lambda people: people["cohort"] != "2021-02", "no_cohort_after"),
        (lambda people: people["cohort"] == "2021-02", "no_cohort_before"),
    ],
)
def test_both_differences_must_exist(keep, reason):
    tables = both(STOCKS, (0, 1, 2), keep=keep)
    rows, influence = run(tables, relative(0.5, last=2))
    assert set(rows["identified"]) == {reason}
    assert rows["estimate"].isna().all() and influence.empty
