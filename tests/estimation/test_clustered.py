"""The clustered covariance, its interval, and the influence sums behind it."""

import numpy as np
import pytest
import statsmodels.api as sm
from scipy import integrate, stats

from kuntakokeilu.contracts import ESTIMATES, INFLUENCE, conform
from kuntakokeilu.estimation import estimate, estimate_one, few_clusters, t_inference
from kuntakokeilu.estimation.by_assignment import BY_ASSIGNMENT

from . import plain
from .build import panel, spec, tables

STAGGERED = [2003] * 4 + [2005] * 4 + [None] * 8
COMMON = [2004] * 6 + [None] * 10


def sample(starts, weights="municipality", missing=0.0, **changes):
    rows, first, clusters = panel(starts, per_cluster=2, missing=missing, seed=len(starts))
    estimand = spec(weights=weights, **changes)
    estimates, influence = estimate_one(*tables(rows, first, clusters), estimand)
    rows["cluster"] = rows["unit"].map(clusters)
    rows["start"] = rows["unit"].map(first).astype(float)
    rows["w"] = {
        "municipality": 1.0,
        "area": 0.5,  # two units in every cluster
        "persons_current": rows["weight"],
    }[weights]
    return rows, estimates, influence


@pytest.mark.parametrize("missing", [0.0, 0.2])
@pytest.mark.parametrize("weights", ["municipality", "area", "persons_current"])
@pytest.mark.parametrize("starts", [STAGGERED, COMMON], ids=["staggered", "common"])
@pytest.mark.parametrize(
    ("kind", "cluster"), [("cluster_area", "cluster"), ("cluster_municipality", "unit")]
)
def test_covariance_is_the_sandwich_from_full_dummies(starts, weights, missing, kind, cluster):
    rows, estimates, _ = sample(starts, weights, missing)
    row = estimates.set_index("inference").loc[kind]
    treated = rows["period"] >= rows["start"]
    ols = plain.least_squares(
        treated, rows["unit"], rows["period"], rows["y"], rows["w"], rows[cluster]
    )
    assert ols.n_params == 1 + 7 + 1
    assert row["estimate"] == pytest.approx(ols.coefficients[0], abs=1e-9)
    assert row["std_error"] ** 2 == pytest.approx(ols.covariance[0, 0], abs=1e-9)
    assert row["degrees_of_freedom"] == ols.clusters - 1


@pytest.mark.parametrize("missing", [0.0, 0.2])
def test_covariance_agrees_with_statsmodels_once_its_parameters_are_recounted(missing):
    rows, estimates, _ = sample(STAGGERED, missing=missing)
    treated = (rows["period"] >= rows["start"]).to_numpy(float)
    units, periods = plain.dummies(rows["unit"]), plain.dummies(rows["period"])[:, 1:]
    x = np.column_stack([treated, units, periods])
    codes = np.unique(rows["cluster"], return_inverse=True)[1]
    model = sm.OLS(rows["y"].to_numpy(), x).fit(
        cov_type="cluster", cov_kwds={"groups": codes, "use_correction": True}
    )
    n, all_params, ours = len(rows), x.shape[1], 1 + 7 + 1
    recounted = model.cov_params()[0, 0] * (n - all_params) / (n - ours)
    row = estimates.set_index("inference").loc["cluster_area"]
    assert row["std_error"] ** 2 == pytest.approx(recounted, abs=1e-8)
    assert row["std_error"] ** 2 != pytest.approx(model.cov_params()[0, 0], rel=1e-3)


@pytest.fixture
def cr1_leads(monkeypatch):
    """So few clusters would be led by CR2."""
    monkeypatch.setattr(few_clusters, "FEW_DEGREES", 0.0)


@pytest.mark.parametrize("estimator", ["two_way_fixed_effects", "event_study", "two_by_two"])
def test_influence_squares_to_the_leading_std_error(estimator):
    _, estimates, influence = sample(COMMON, "persons_current", 0.2, estimator=estimator)
    lead = estimates[estimates["leading"]]
    assert set(lead["inference"]) <= {"cr2_area", "cr2_exact_area"}
    squares = influence.groupby(influence["event_time"].fillna(99))["value"].apply(
        lambda v: float(np.sum(v.astype(float) ** 2))
    )
    expected = lead["std_error"].astype(float) ** 2
    np.testing.assert_allclose(squares.to_numpy(), expected.to_numpy(), rtol=1e-10)


@pytest.mark.parametrize("weights", ["municipality", "persons_current"])
def test_event_study_covariance_is_in_the_influence_sums(weights, cr1_leads):
    rows, estimates, influence = sample(
        COMMON, weights, missing=0.2, estimator="event_study", periods_per_bin=2
    )
    bins, columns = plain.event_dummies(rows["period"], rows["start"], 2)
    ols = plain.least_squares(
        columns, rows["unit"], rows["period"], rows["y"], rows["w"], rows["cluster"]
    )
    wide = influence.pivot(index="cluster", columns="event_time", values="value")[bins]
    np.testing.assert_allclose(wide.T.to_numpy() @ wide.to_numpy(), ols.covariance, atol=1e-9)
    area = estimates[estimates["inference"] == "cluster_area"]
    np.testing.assert_allclose(area["estimate"], ols.coefficients, atol=1e-9)


@pytest.mark.parametrize("estimator", ["two_way_fixed_effects", "event_study", "two_by_two"])
def test_influence_squares_to_the_std_error_and_sums_to_zero(estimator, cr1_leads):
    _, estimates, influence = sample(COMMON, "persons_current", 0.2, estimator=estimator)
    area = estimates[estimates["inference"] == "cluster_area"]
    groups = influence.groupby(influence["event_time"].fillna(99))["value"]
    squares = groups.apply(lambda v: float(np.sum(v.astype(float) ** 2)))
    sums = groups.sum().astype(float)
    expected = area["std_error"].astype(float) ** 2
    np.testing.assert_allclose(squares.to_numpy(), expected.to_numpy(), atol=1e-12, rtol=0)
    np.testing.assert_allclose(sums, 0.0, atol=1e-10)
    assert (groups.count() == 8).all()


def test_two_by_two_counts_four_parameters():
    rows, estimates, _ = sample(COMMON, "persons_current", 0.2, estimator="two_by_two")
    trial, post = rows["start"].notna().to_numpy(float), (rows["period"] >= 2004).to_numpy(float)
    x = np.column_stack([trial * post, np.ones(len(rows)), trial, post])
    w = rows["w"].to_numpy()
    cross = np.linalg.inv(x.T @ (w[:, None] * x))
    u = rows["y"].to_numpy() - x @ cross @ x.T @ (w * rows["y"].to_numpy())
    codes = plain.dummies(rows["cluster"])
    sums = codes.T @ (x * (w * u)[:, None])
    factor = 8 / 7 * (len(rows) - 1) / (len(rows) - 4)
    variance = (factor * cross @ sums.T @ sums @ cross)[0, 0]
    row = estimates.set_index("inference").loc["cluster_area"]
    assert row["std_error"] ** 2 == pytest.approx(variance, abs=1e-9)


def test_interval_p_value_and_detectable_effect():
    found = t_inference(0.7, 0.4, 8)

    def tail(t):  # of Student's t with 8 degrees, from its density
        def density(x):
            return (1 + x * x / 8) ** -4.5

        whole = 2 * integrate.quad(density, 0, np.inf)[0]
        return integrate.quad(density, t, np.inf)[0] / whole

    half = (found["ci_high"] - found["ci_low"]) / 2
    assert (found["ci_high"] + found["ci_low"]) / 2 == pytest.approx(0.7, abs=1e-12)
    assert tail(half / 0.4) == pytest.approx(0.025, abs=1e-9)
    assert found["p_value"] == pytest.approx(2 * tail(0.7 / 0.4), abs=1e-9)
    effect, critical = found["minimum_detectable_effect"] / 0.4, half / 0.4

    def found_with(spread):  # the chance of more than the critical value, given a standard error
        return (
            stats.norm.cdf(effect - critical * spread)
            * stats.chi.pdf(spread * np.sqrt(8), 8)
            * np.sqrt(8)
        )

    assert integrate.quad(found_with, 0, np.inf)[0] == pytest.approx(0.8, abs=1e-8)
    assert found["degrees_of_freedom"] == 8


def test_clusters_that_span_both_arms_are_counted_once():
    rows, first, _ = panel(COMMON)
    clusters = {unit: f"c{i % 8}" for i, unit in enumerate(sorted(rows["unit"].unique()))}
    estimates, _ = estimate_one(*tables(rows, first, clusters), spec())
    row = estimates.set_index("inference").loc["cluster_area"]
    treated = rows["period"] >= rows["unit"].map(first).astype(float)
    ols = plain.least_squares(
        treated, rows["unit"], rows["period"], rows["y"], None, rows["unit"].map(clusters)
    )
    assert row["std_error"] == pytest.approx(np.sqrt(ols.covariance[0, 0]), abs=1e-9)
    assert row["degrees_of_freedom"] == 7
    half = stats.t(7).ppf(0.975) * row["std_error"]
    assert row["ci_high"] - row["estimate"] == pytest.approx(half, abs=1e-9)


def test_tables_follow_their_contracts():
    rows, first, clusters = panel(COMMON, per_cluster=2)
    estimands = [spec(), spec("event_study", estimand="y.by_year")]
    estimands.append(spec(estimand="y.late", first_period="2006"))
    estimates, influence = estimate(*tables(rows, first, clusters), estimands)
    assert len(conform(estimates, ESTIMATES)) == 8 + len(BY_ASSIGNMENT) + 5 * 7 + 6
    assert len(conform(influence, INFLUENCE)) == 8 * (1 + 7)
