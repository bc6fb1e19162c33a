"""The exact distribution of CR2's t: known cases, draws, and when it leads."""

import numpy as np
import pytest
from scipy import stats

from kuntakokeilu.estimation import Sample, draw_sample, estimate_one, few_clusters
from kuntakokeilu.estimation.bias_reduced import cr2
from kuntakokeilu.estimation.contrast import design_of
from kuntakokeilu.estimation.cross_products import cross_products
from kuntakokeilu.estimation.exact_t import critical_value, same_degrees, two_sided_tail

from .build import build_study, panel, spec, tables


@pytest.mark.parametrize("degrees", [2, 3, 7, 60])
@pytest.mark.parametrize("t", [0.3, 1.0, 2.5, 6.0])
def test_equal_and_independent_scores_are_students_t(degrees, t):
    joint = np.diag([1.0, *np.full(degrees, 1 / degrees)])
    assert two_sided_tail(joint)(t) == pytest.approx(2 * stats.t(degrees).sf(t), abs=1e-8)


def test_its_critical_value_gives_the_degrees_back():
    joint = np.diag([1.0, *np.full(9, 1 / 9)])
    critical = critical_value(two_sided_tail(joint))
    assert critical == pytest.approx(stats.t(9).ppf(0.975), abs=1e-7)
    assert same_degrees(critical, 50) == pytest.approx(9, abs=1e-5)
    assert same_degrees(critical, 5) == 5


@pytest.mark.parametrize("seed", range(3))
def test_tail_against_draws(seed):
    rng = np.random.default_rng(seed)
    sizes = np.exp(rng.normal(0, 1.5, 12))
    root = rng.normal(size=(12, 12)) * 0.2 + np.diag(sizes)
    joint = root @ root.T
    drawn = rng.standard_normal((200_000, 12)) @ root.T
    t = np.abs(drawn[:, 0]) / np.sqrt((drawn[:, 1:] ** 2).sum(axis=1))
    tail = two_sided_tail(joint)
    for at in np.quantile(t, [0.3, 0.8, 0.95, 0.99]):
        share = (t > at).mean()
        assert tail(at) == pytest.approx(share, abs=3 * np.sqrt(share * (1 - share) / len(t)))


@pytest.mark.parametrize("weights", ["municipality", "persons_current"])
def test_joint_covariance_is_that_of_independent_errors_of_equal_variance(weights):
    rows, first, clusters = panel([2004] * 5 + [None] * 7, per_cluster=2, missing=0.2, seed=2)
    cells, units, _ = tables(rows, first, clusters)
    estimand = spec(weights=weights)
    frame = draw_sample(cells, units, estimand).frame
    linear = []  # in the errors: one row at a time has an error of one
    for one in np.eye(len(frame)):
        unit = frame.assign(y=one)
        products = cross_products(unit, design_of(Sample(unit, estimand)), unit["cluster"])
        found = cr2(products, np.array([products.place("att")]))
        linear.append([products.params[products.columns.index("att")], *found.scores[:, 0]])
    np.testing.assert_allclose(found.joint[0], np.transpose(linear) @ linear, atol=1e-9)


def leads(**how):
    """The leading row of a panel in which one area holds most of the trial arm's weight."""
    rows, first, clusters = panel([2004] * 30 + [None] * 30, seed=3)
    frozen = {u: 1.0 for u in clusters} | how
    made = tables(rows, first, clusters, weight_frozen=frozen)
    found, influence = estimate_one(*made, spec(weights="persons_frozen"))
    lead = found[found["leading"]]
    assert len(lead) == 1
    assert lead["std_error"].iloc[0] ** 2 == pytest.approx((influence["value"] ** 2).sum())
    return lead["inference"].iloc[0], found.set_index("inference")


def test_which_row_leads():
    kind, _ = leads()
    assert kind == "cluster_area"
    kind, rows = leads(u00=40.0)
    assert rows.loc["cr2_area", "degrees_of_freedom"] < few_clusters.FEW_DEGREES
    assert kind == "cr2_exact_area"
    assert rows.loc[kind, "std_error"] == rows.loc["cr2_area", "std_error"]
    assert rows.loc[kind, "p_value"] < rows.loc["cr2_area", "p_value"]


def test_degrees_of_freedom_of_the_exact_row_give_its_interval_and_not_its_p_value():
    """So nobody may work out the one from the other, and the words say so."""
    _, rows = leads(u00=40.0)
    row = rows.loc["cr2_exact_area"]
    t = stats.t(row["degrees_of_freedom"])
    half = t.ppf(0.975) * row["std_error"]
    assert row["ci_high"] - row["estimate"] == pytest.approx(half, rel=1e-9)
    again = 2 * t.sf(abs(row["estimate"]) / row["std_error"])
    assert abs(again - row["p_value"]) > 1e-3
    plain = rows.loc["cr2_area"]
    other = 2 * stats.t.sf(abs(plain["estimate"]) / plain["std_error"], plain["degrees_of_freedom"])
    assert other == pytest.approx(plain["p_value"], rel=1e-9)


@pytest.mark.real_data
@pytest.mark.parametrize(
    ("study", "weights", "kind", "degrees", "p_value"),
    [
        ("open_2017", "municipality", "cr2_area", 3.154, 0.1456),
        ("open_2021", "municipality", "cluster_area", 76, None),
        ("open_2021", "persons_frozen", "cr2_exact_area", None, None),
    ],
)
def test_which_row_leads_in_the_trials(config, data_folder, study, weights, kind, degrees, p_value):
    built = build_study(config, data_folder, study)
    estimand = built.estimand("unemployment_rate.main", weights=weights)
    found, _ = estimate_one(*built.tables("unemployment_rate"), estimand)
    lead = found[found["leading"]].iloc[0]
    assert lead["inference"] == kind
    if degrees is not None:
        assert lead["degrees_of_freedom"] == pytest.approx(degrees, abs=5e-4)
    if p_value is not None:
        assert lead["p_value"] == pytest.approx(p_value, abs=5e-5)
        assert lead["ci_low"] < 0 < lead["ci_high"]
        plain = found.set_index("inference").loc["cluster_area", "p_value"]
        assert plain == pytest.approx(0.023, abs=5e-4)
