"""Effects on features: published numbers, statsmodels, and features too few areas have."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
import statsmodels.api as sm
from scipy import stats

from kuntakokeilu.contracts import META_REGRESSION, conform
from kuntakokeilu.errors import InputError
from kuntakokeilu.estimation import meta_regression
from kuntakokeilu.estimation.shrinkage import random_effects

from .bcg import ESTIMATES, LATITUDE, VARIANCES
from .test_shrinkage import effects


def areas_of(estimates, own, **changes):
    rows = effects(estimates, own, **changes)
    names = ["study", "estimand", "outcome", "population", "unit"]
    return rows.assign(area=[f"a{i:02}" for i in range(len(rows))], **dict.fromkeys(names, "x"))


def matrix_of(**features):
    rows = [
        (f"a{i:02}", name, value)
        for name, values in features.items()
        for i, value in enumerate(values)
    ]
    return pd.DataFrame(rows, columns=["area", "feature", "value"])


def slope(table, name):
    return table[table["feature"].eq(name)].iloc[0]


BCG = areas_of(ESTIMATES, np.sqrt(VARIANCES))
BCG_MATRIX = matrix_of(latitude=[f"{x:g}" for x in LATITUDE])


def test_the_published_slope_on_latitude():
    fitted = random_effects(ESTIMATES, VARIANCES, np.column_stack([np.ones(13), LATITUDE]))
    # Viechtbauer (2010) and the package metafor: tau^2 0.0764, 0.2515 (0.2491), -0.0291 (0.0072)
    assert fitted.tau_squared == pytest.approx(0.0764, abs=1e-4)  # theirs stops at steps of 1e-5
    np.testing.assert_allclose(fitted.params, [0.2515, -0.0291], atol=5e-5)
    np.testing.assert_allclose(np.sqrt(np.diag(fitted.covariance)), [0.2491, 0.0072], atol=5e-5)


def test_weighted_least_squares_of_statsmodels_agrees():
    row = slope(
        conform(meta_regression(BCG, BCG_MATRIX, ["latitude"]), META_REGRESSION), "latitude"
    )
    x = sm.add_constant(LATITUDE)
    wls = sm.WLS(ESTIMATES, x, weights=1 / (VARIANCES + row["tau_squared"])).fit()
    assert row["estimate"] == pytest.approx(wls.params[1], rel=1e-6)
    assert wls.scale > 1  # so that the factor of Knapp and Hartung is theirs, not our bound
    assert row["std_error"] == pytest.approx(wls.bse[1], rel=1e-6)
    assert row["p_value"] == pytest.approx(wls.pvalues[1], rel=1e-6)
    assert row["degrees_of_freedom"] == 11
    effect = row["minimum_detectable_effect"] / wls.bse[1]
    assert stats.nct.sf(stats.t.ppf(0.975, 11), 11, effect) == pytest.approx(0.8, abs=1e-6)


def test_the_first_row_is_the_mean_of_all_areas():
    table = meta_regression(BCG, BCG_MATRIX, [])
    assert len(table) == 1 and table["feature"].isna().all()
    row = table.iloc[0]
    assert row["estimate"] == pytest.approx(-0.7145, abs=5e-5)
    assert row["q"] == pytest.approx(152.2330, abs=5e-5)
    assert (row["n_areas"], row["degrees_of_freedom"]) == (13, 12)


def test_what_all_areas_share_widens_the_mean_and_no_slope():
    alone = meta_regression(BCG, BCG_MATRIX, ["latitude"])
    shared = areas_of(ESTIMATES, np.sqrt(VARIANCES), shared=0.5)
    table = meta_regression(shared, BCG_MATRIX, ["latitude"])
    added = table["std_error"] ** 2 - alone["std_error"] ** 2
    np.testing.assert_allclose(added, [0.5, 0.0], atol=1e-12)


def test_areas_of_unknown_feature_are_left_out_and_counted():
    rng = np.random.default_rng(1)
    word = ["yes"] * 5 + ["no"] * 5 + ["unknown"] * 3
    rows = areas_of(rng.normal(size=13) + np.r_[np.full(5, 4.0), np.zeros(8)], 0.3)
    row = slope(meta_regression(rows, matrix_of(coach=word), ["coach"]), "coach")
    assert (row["n_areas"], row["n_unknown"], row["n_high"], row["n_low"]) == (10, 3, 5, 5)
    whole = meta_regression(rows.iloc[:10], matrix_of(coach=word), ["coach"])
    assert row["estimate"] == pytest.approx(slope(whole, "coach")["estimate"], rel=1e-9)
    means = rows["estimate"].groupby(np.array(word)).mean()
    assert row["estimate"] == pytest.approx(means["yes"] - means["no"], rel=1e-6)  # equal errors


def test_features_are_regressed_on_together():
    rng = np.random.default_rng(2)
    coach, load = rng.integers(0, 2, 25), rng.uniform(150, 300, 25)
    y = 1.0 + 2.0 * coach - 0.01 * load + rng.normal(size=25) * 0.1
    rows = areas_of(y, 0.1)
    matrix = matrix_of(coach=np.where(coach, "yes", "no"), load=[f"{x:.6f}" for x in load])
    table = meta_regression(rows, matrix, ["coach", "load"])
    assert slope(table, "coach")["estimate"] == pytest.approx(2.0, abs=0.15)
    assert slope(table, "load")["estimate"] == pytest.approx(-0.01, abs=0.002)
    assert (table["identified"] == "ok").all()
    assert slope(table, "load")["degrees_of_freedom"] == 22


@pytest.mark.parametrize("words", [["yes"] * 3 + ["unknown"] * 10, ["yes"] * 11 + ["no"] * 2])
def test_a_feature_of_too_few_areas_is_not_identified(words):
    table = conform(meta_regression(BCG, matrix_of(coach=words), ["coach"]), META_REGRESSION)
    row = slope(table, "coach")
    assert row["identified"] == "too_few_areas"
    assert pd.isna(row["estimate"])
    assert row["n_areas"] + row["n_unknown"] == 13
    assert table["identified"].iloc[0] == "ok"


def test_features_that_leave_too_few_together_are_both_not_identified():
    first = ["yes"] * 4 + ["no"] * 4 + ["unknown"] * 5
    second = ["unknown"] * 5 + ["yes"] * 4 + ["no"] * 4
    table = meta_regression(BCG, matrix_of(a=first, b=second), ["a", "b"])
    assert list(table["identified"]) == ["ok", "too_few_areas", "too_few_areas"]


def test_features_that_go_together_cannot_be_told_apart():
    words = ["yes"] * 6 + ["no"] * 7
    table = meta_regression(BCG, matrix_of(a=words, b=words), ["a", "b"])
    assert list(table["identified"]) == ["ok", "no_variation", "no_variation"]


def test_more_than_three_features_and_unknown_ones_are_refused():
    with pytest.raises(InputError, match="at most 3 features, found 4"):
        meta_regression(BCG, matrix_of(a=["yes"] * 13), list("abcd"))
    with pytest.raises(InputError, match="no feature b in the matrix"):
        meta_regression(BCG, matrix_of(a=["yes"] * 13), ["b"])


def test_few_areas_have_no_mean_either():
    table = meta_regression(BCG.iloc[:4], BCG_MATRIX, ["latitude"])
    assert (table["identified"] == "too_few_areas").all()


@pytest.mark.simulate
def test_slopes_of_nothing_reject_about_five_in_a_hundred():
    """250 worlds of 25 areas whose effects differ, but not with the feature."""
    rng = np.random.default_rng(6)
    own = np.exp(np.linspace(-1, 1, 25))
    matrix = matrix_of(coach=np.where(np.arange(25) % 3 == 0, "yes", "no"))
    rejected = []
    for _ in range(250):
        y = rng.normal(size=25) * np.sqrt(own**2 + 0.5)
        rejected.append(slope(meta_regression(areas_of(y, own), matrix, ["coach"]), "coach"))
    rate = np.mean([row["p_value"] < 0.05 for row in rejected])
    assert 0.015 <= rate <= 0.09
