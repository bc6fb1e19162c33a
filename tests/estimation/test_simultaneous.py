"""Simultaneous bands against closed forms, another integrator, and draws of the process."""

import numpy as np
import pytest
from scipy import stats

from kuntakokeilu.estimation.simultaneous import largest_t_tail, simultaneous_inference


def correlated(clusters, effects, seed=0, shared=1.0):
    """Influence values with a shock that all effects share."""
    rng = np.random.default_rng(seed)
    common = shared * rng.normal(size=(clusters, 1))
    values = rng.normal(size=(clusters, effects)) + common
    return values - values.mean(axis=0)


def critical(found, estimates):
    return np.array(
        [(one["ci_high"] - e) / one["std_error"] for one, e in zip(found, estimates, strict=True)]
    )


@pytest.mark.parametrize("clusters", [3, 12, 60])
@pytest.mark.parametrize("copies", [1, 4])
def test_one_effect_has_its_own_t_interval(clusters, copies):
    values = np.tile(correlated(clusters, 1), copies)
    found = simultaneous_inference(np.full(copies, 0.3), values, seed=1)
    t = stats.t(clusters - 1)
    np.testing.assert_allclose(critical(found, [0.3] * copies), t.ppf(0.975), rtol=1e-9)
    std_error = np.sqrt((values[:, 0] ** 2).sum())
    assert found[0]["std_error"] == pytest.approx(std_error, rel=1e-12)
    assert found[0]["p_value"] == pytest.approx(2 * t.sf(0.3 / std_error), rel=1e-9)


@pytest.mark.parametrize(("clusters", "effects"), [(10, 3), (30, 5), (80, 12)])
def test_the_band_is_that_of_the_multivariate_t(clusters, effects):
    values = correlated(clusters, effects)
    scaled = values / np.sqrt((values**2).sum(axis=0))
    found = simultaneous_inference(np.zeros(effects), values, seed=1)
    c = critical(found, np.zeros(effects))
    assert np.ptp(c) < 1e-9
    t = stats.multivariate_t(shape=scaled.T @ scaled, df=clusters - 1, allow_singular=True)
    inside = t.cdf(
        np.full(effects, c[0]), lower_limit=np.full(effects, -c[0]), maxpts=200_000, random_state=2
    )
    assert inside == pytest.approx(0.95, abs=1e-3)


def test_uncorrelated_effects_of_many_clusters_follow_sidak():
    values = np.zeros((5001, 5))
    values[np.arange(5000), np.arange(5000) % 5] = 1.0
    found = simultaneous_inference(np.zeros(5), values, seed=3)
    expected = stats.norm.ppf(0.5 + 0.95**0.2 / 2)
    assert critical(found, np.zeros(5))[0] == pytest.approx(expected, abs=5e-3)


def test_more_effects_than_clusters_against_draws():
    values = correlated(9, 40)
    scaled = values / np.sqrt((values**2).sum(axis=0))
    rng = np.random.default_rng(4)
    scale = np.sqrt(rng.chisquare(8, 200_000) / 8)
    largest = np.abs(rng.standard_normal((200_000, 9)) @ scaled).max(axis=1) / scale
    found = simultaneous_inference(np.zeros(40), values, seed=5)
    c = critical(found, np.zeros(40))[0]
    assert np.mean(largest <= c) == pytest.approx(0.95, abs=2e-3)
    tail = largest_t_tail(scaled, 8, 5)
    for t in (0.5, 2.0, 5.0):
        assert tail(t) == pytest.approx(np.mean(largest >= t), abs=4e-3)


def test_adjusted_p_values_agree_with_the_band():
    values = correlated(20, 6)
    estimates = np.linspace(-4, 4, 6) * np.sqrt((values**2).sum(axis=0))
    found = simultaneous_inference(estimates, values, seed=6)
    for one in found:
        assert (one["p_value"] < 0.05) == (one["ci_low"] > 0 or one["ci_high"] < 0)
    t = stats.t(19)
    assert all(one["p_value"] >= 2 * t.sf(abs(e) / one["std_error"])
               for one, e in zip(found, estimates, strict=True))  # fmt: skip
    assert len({one["p_value"] < 0.05 for one in found}) == 2


def test_seeds_and_effects_without_variance():
    values = correlated(20, 6)
    base = simultaneous_inference(np.ones(6), values, seed=6)
    assert base == simultaneous_inference(np.ones(6), values, seed=6)
    other = simultaneous_inference(np.ones(6), values, seed=7)
    assert base != other
    c, d = critical(base, np.ones(6))[0], critical(other, np.ones(6))[0]
    assert c == pytest.approx(d, rel=5e-3)
    still = np.column_stack([values, np.zeros(20)])
    with_still = simultaneous_inference(np.ones(7), still, seed=6)
    assert with_still[:6] == base
    assert with_still[6]["ci_low"] == with_still[6]["ci_high"] == 1.0
    assert np.isnan(with_still[6]["p_value"])
    assert simultaneous_inference(np.ones(2), np.zeros((5, 2)), seed=6) == [{}, {}]
