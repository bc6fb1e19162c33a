"""Power against scipy's and statsmodels' own, and against counting."""

import numpy as np
import pytest
from scipy import stats
from statsmodels.stats.power import TTestPower

from kuntakokeilu.diagnostics.power import (
    detectable_on_history,
    noncentral_power,
    power_on_history,
)
from kuntakokeilu.estimation import t_inference

ONE = np.array([2.0]), np.array([9.0])


@pytest.mark.parametrize("effect", [0.0, 1.0, 3.0, 7.0])
def test_power_is_that_of_a_one_sample_t_test(effect):
    n, sd = 10, 2.0 * np.sqrt(10)
    theirs = TTestPower().power(effect / sd, n, 0.05, alternative="two-sided")
    assert noncentral_power(np.array([effect]), *ONE)[0] == pytest.approx(theirs, abs=1e-8)


def test_power_at_zero_is_the_size_and_at_the_detectable_effect_eighty_per_cent():
    assert noncentral_power(np.array([0.0]), *ONE)[0] == pytest.approx(0.05, abs=1e-10)
    detectable = t_inference(1.0, 2.0, 9)["minimum_detectable_effect"]
    assert noncentral_power(np.array([detectable]), *ONE)[0] == pytest.approx(0.8, abs=1e-4)


@pytest.mark.parametrize("shift", [5.0, 8.0, 20.0])
def test_power_of_large_effects_is_never_missing(shift):
    rng = np.random.default_rng(4)
    drawn = (rng.normal(size=400_000) + shift) / np.sqrt(rng.chisquare(9, 400_000) / 9)
    counted = np.mean(np.abs(drawn) > stats.t.ppf(0.975, 9))
    found = noncentral_power(np.array([2.0 * shift]), *ONE)[0]
    assert found == pytest.approx(counted, abs=3e-4)  # three errors of the draws


def test_power_over_several_estimates_is_their_mean():
    errors, degrees = np.array([1.0, 3.0]), np.array([5.0, 30.0])
    each = [
        noncentral_power(np.array([2.0]), np.array([s]), np.array([d]))[0]
        for s, d in zip(errors, degrees, strict=True)
    ]
    assert noncentral_power(np.array([2.0]), errors, degrees)[0] == pytest.approx(np.mean(each))


def test_power_on_history_is_counted():
    estimates, errors = np.array([0.0, 1.0, -3.0]), np.array([1.0, 1.0, 1.0])
    degrees = np.array([1e9] * 3)
    found = power_on_history(np.array([0.0, 2.5]), estimates, errors, degrees)
    limit = stats.norm.ppf(0.975)
    for effect, share in zip([0.0, 2.5], found, strict=True):
        both = [np.mean(np.abs(estimates + s * effect) > limit) for s in (1, -1)]
        assert share == pytest.approx(np.mean(both))
    assert found[0] == pytest.approx(1 / 3)  # the size: one of three differs from zero


def test_a_detectable_effect_on_history_is_found_from_there_on():
    rng = np.random.default_rng(1)
    given = rng.normal(size=25), rng.uniform(0.5, 1.5, 25), np.full(25, 12.0)
    least = detectable_on_history(*given)
    beyond = np.linspace(least, 20, 500)
    assert (power_on_history(beyond, *given) >= 0.8).all()
    assert power_on_history(np.array([least * 0.99]), *given)[0] < 0.8
    assert least > detectable_on_history(given[0] / 10, given[1], given[2])
