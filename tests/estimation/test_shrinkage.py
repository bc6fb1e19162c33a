"""Random effects and shrinkage: published examples, statsmodels, and by hand."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from scipy import stats
from statsmodels.stats.meta_analysis import combine_effects

from kuntakokeilu.estimation.shrinkage import (
    homogeneity_p_value,
    random_effects,
    shared_variance,
    shrink,
)

from .bcg import ESTIMATES, VARIANCES

ONE = np.ones((13, 1))
# Batting averages of 18 players in their first 45 times at bat, in thousandths: Efron & Morris
# (1977, Scientific American 236(5)), who take 21.2 % of each distance to the mean as real.
AVERAGES = [400, 378, 356, 333, 311, 311, 289, 267, 244, 244, *[222] * 5, 200, 178, 156]


def effects(estimates, own, shared=0.0, degrees=np.inf):
    own = np.broadcast_to(np.asarray(own, float), len(estimates))
    return pd.DataFrame(
        {
            "estimate": np.asarray(estimates, float),
            "own_std_error": own,
            "std_error": np.sqrt(own**2 + shared),
            "degrees_of_freedom": degrees,
            "identified": "ok",
        }
    )


def test_the_published_random_effects_of_thirteen_trials():
    found = random_effects(ESTIMATES, VARIANCES, ONE)
    # Viechtbauer (2010): tau^2 0.3132, mean -0.7145, standard error 0.1798, Q 152.2330
    assert found.tau_squared == pytest.approx(0.3132, abs=5e-5)
    assert found.params[0] == pytest.approx(-0.7145, abs=5e-5)
    assert np.sqrt(found.covariance[0, 0]) == pytest.approx(0.1798, abs=5e-5)
    assert found.q == pytest.approx(152.2330, abs=5e-5)


def test_statsmodels_agrees_on_what_it_computes():
    theirs = combine_effects(ESTIMATES, VARIANCES, method_re="pm")
    mine = random_effects(ESTIMATES, VARIANCES, ONE)
    assert mine.q == pytest.approx(theirs.q, rel=1e-9)
    assert mine.i_squared == pytest.approx(theirs.i2, rel=1e-9)
    noisy = combine_effects(ESTIMATES, VARIANCES * 8)  # so that the p-value is not all but zero
    p_value = homogeneity_p_value(mine.q / 8, 12, 1e9)
    assert p_value == pytest.approx(noisy.test_homogeneity().pvalue, rel=1e-6)
    # given one tau squared, the mean and its two standard errors
    fixed = combine_effects(ESTIMATES, VARIANCES + mine.tau_squared)
    assert mine.params[0] == pytest.approx(fixed.mean_effect_fe, rel=1e-6)
    assert mine.covariance[0, 0] == pytest.approx(fixed.var_eff_w_fe, rel=1e-6)
    scaled = mine.covariance[0, 0] * mine.scale
    assert scaled == pytest.approx(max(fixed.var_hksj_fe, fixed.var_eff_w_fe), rel=1e-6)


def test_tau_squared_is_the_highest_point_of_the_restricted_likelihood():
    rng = np.random.default_rng(0)
    for scale in (1e-3, 1.0, 1e4):  # shares and euros
        v = rng.uniform(0.2, 2, 15) * scale**2
        y = rng.normal(size=15) * np.sqrt(v + 0.5 * scale**2)
        found = random_effects(y, v, np.ones((15, 1))).tau_squared
        contrasts = np.linalg.qr(np.column_stack([np.ones(15), np.eye(15)[:, 1:]]))[0][:, 1:]

        def likelihood(tau, y=y, v=v, contrasts=contrasts):
            covariance = contrasts.T @ np.diag(v + tau) @ contrasts
            return stats.multivariate_normal(cov=covariance).logpdf(contrasts.T @ y)

        net = np.linspace(0, 5 * scale**2, 2001)
        assert found == pytest.approx(
            net[np.argmax([likelihood(tau) for tau in net])], abs=2.6e-3 * scale**2
        )


def test_effects_that_do_not_differ_have_no_variance_and_keep_their_errors():
    y = np.array([1.0, 1.1, 0.9, 1.05, 0.95])
    found = random_effects(y, np.full(5, 4.0), np.ones((5, 1)))
    assert (found.tau_squared, found.i_squared, found.scale) == (0.0, 0.0, 1.0)
    assert found.covariance[0, 0] == pytest.approx(4 / 5)


def test_a_share_of_the_distance_to_the_mean_is_left_as_in_baseball():
    averages = np.array(AVERAGES) / 1000
    mean = averages.mean()
    std_error = np.sqrt(mean * (1 - mean) / 45)
    shrunk = shrink(effects(averages, std_error))["shrunk"]
    left = (shrunk - mean) / (averages - mean)
    np.testing.assert_allclose(left, 0.212, atol=0.002)
    assert shrunk.iloc[0] == pytest.approx(0.294, abs=5e-4)  # Clemente's, as published
    taken = (18 - 3) * std_error**2 / ((averages - mean) ** 2).sum()  # James and Stein
    np.testing.assert_allclose(left, 1 - taken, rtol=1e-5)


def test_equal_errors_by_hand():
    """Estimates 0, 2, 4, 6, 8 with variance 4: spread 10, so tau squared 6, share 2/4 x 4/10."""
    row = shrink(effects([0, 2, 4, 6, 8], 2.0)).iloc[0]
    assert row["shrunk"] == pytest.approx(0 + 0.2 * 4, abs=1e-6)
    unsure = 2 / 2 * 0.2**2 * (4 + 6) / 10
    variance = 4 * 0.8 + 0.2**2 * 10 / 5 + unsure * 16
    assert row["shrunk_std_error"] == pytest.approx(np.sqrt(variance), abs=1e-6)
    assert row["shrunk_ci_high"] == pytest.approx(0.8 + 1.959964 * np.sqrt(variance), abs=1e-5)


def test_what_all_areas_share_moves_all_and_draws_none_nearer():
    own = np.array([1.0, 2.0, 1.5, 1.0, 3.0, 2.0])
    alone = shrink(effects([3, -1, 2, 5, 0, 1], own))
    together = shrink(effects(np.array([3, -1, 2, 5, 0, 1]) + 7.0, own, shared=9.0))
    np.testing.assert_allclose(together["shrunk"], alone["shrunk"] + 7)
    added = together["shrunk_std_error"] ** 2 - alone["shrunk_std_error"] ** 2
    np.testing.assert_allclose(added, 9.0)
    assert shared_variance(together) == pytest.approx(9.0)


def test_noisy_areas_are_drawn_further_and_few_not_at_all():
    rows = shrink(effects([0, 2, 4, 6, 8, 10, 10], [1, 1, 1, 1, 1, 1, 5]))
    taken = (rows["estimate"] - rows["shrunk"]).abs()
    assert taken.iloc[6] > taken.iloc[5] > 0
    assert shrink(effects([0, 2, 4, 6], 1.0))["shrunk"].isna().all()
    rows.loc[0, "identified"] = "no_data"
    again = shrink(rows)
    assert again["shrunk"].isna().tolist() == [True] + [False] * 6


@pytest.mark.simulate
def test_shrunken_intervals_cover_and_are_shorter():
    """150 worlds of 25 areas: about 95 % of the true effects lie inside."""
    rng = np.random.default_rng(4)
    own = np.exp(np.linspace(-0.5, 0.8, 25))
    inside, lengths = [], []
    for _ in range(150):
        true = rng.normal(1.0, 0.7, 25)
        rows = shrink(effects(true + rng.normal(size=25) * own, own))
        inside.append((rows["shrunk_ci_low"] <= true) & (true <= rows["shrunk_ci_high"]))
        lengths.append((rows["shrunk_ci_high"] - rows["shrunk_ci_low"]) / (2 * 1.96 * own))
    assert 0.935 <= np.mean(inside) <= 0.975
    assert np.mean(lengths) < 0.8


def test_homogeneity_with_estimated_variances_rejects_about_five_in_a_hundred():
    """Under no differences, Q with one variance estimated on 32 degrees of freedom."""
    rng = np.random.default_rng(5)
    estimated = rng.chisquare(32, 4000) / 32
    q = rng.chisquare(24, 4000) / estimated
    rates = [
        np.mean([homogeneity_p_value(one, 24, degrees) < 0.05 for one in q])
        for degrees in (32, 1e9)
    ]
    assert rates[0] == pytest.approx(0.05, abs=0.01)
    assert rates[1] > 0.1  # the chi-squared test would be too sure
