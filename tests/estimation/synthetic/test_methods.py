"""Synthetic controls on simulated panels, held against second computations and known effects."""

from dataclasses import replace
from functools import partial

import numpy as np
import pandas as pd
import pytest
from sklearn.linear_model import Ridge

from kuntakokeilu.estimation.synthetic import (
    augmented_control,
    by_area,
    chosen_penalty,
    control_areas,
    interactive_effects,
    outcome_matrix,
    placebo_estimates,
    placebo_inference,
    plain_did,
    rank_p_value,
    simplex_weights,
    synthetic_control,
    synthetic_did,
)

from .build import panel

METHODS = [plain_did, synthetic_control, augmented_control, synthetic_did, interactive_effects]


@pytest.mark.parametrize("method", METHODS)
def test_an_effect_adds_to_the_estimate(method):
    """Weights are made before the start: what comes after it cannot move them."""
    without, with_effect = panel(effect=0.0), panel(effect=3.0)
    if method is synthetic_did:  # its weights of periods look at controls after the start
        np.testing.assert_allclose(without.donors, with_effect.donors)
    difference = method(with_effect).estimate - method(without).estimate
    assert difference == pytest.approx(3.0, abs=1e-9)


@pytest.mark.parametrize("method", METHODS)
def test_levels_and_units_of_measurement_do_not_matter(method):
    matrix = panel(effect=1.0)
    scaled = replace(matrix, y=10 * matrix.y + 7)
    assert method(scaled).estimate == pytest.approx(10 * method(matrix).estimate, rel=1e-6)


@pytest.mark.parametrize("method", METHODS)
def test_controls_alike_give_the_difference_of_means(method):
    """Without anything to choose between controls all methods are the same number."""
    y = np.tile(np.array([0.0, 1.0, 3.0, 2.0, 5.0, 4.0]), (8, 1))
    matrix = replace(panel(treated=2, controls=6, t=6, before=4), y=y)
    matrix.y[matrix.treated, 4:] += 2.5
    assert method(matrix).estimate == pytest.approx(2.5, abs=1e-9)


def test_interactive_effects_find_an_effect_that_factors_hide():
    """Two factors without noise are seen through whole; difference-in-differences is off."""
    matrix = panel(seed=4, noise=0.0, effect=2.0)
    assert interactive_effects(matrix, 2).estimate == pytest.approx(2.0, abs=1e-8)
    assert interactive_effects(matrix).estimate == pytest.approx(2.0, abs=1e-6)
    assert abs(plain_did(matrix).estimate - 2.0) > 0.1


def test_no_factor_is_difference_in_differences_with_controls_alike():
    matrix = panel(effect=1.0)
    alike = replace(matrix, w=np.where(matrix.treated, matrix.w, 1.0))
    assert interactive_effects(matrix, 0).estimate == pytest.approx(plain_did(alike).estimate)


def test_factors_are_chosen_by_periods_left_out():
    """The errors by which their number is chosen, by regressions without each period."""
    matrix = panel(seed=2, noise=1.0)
    before, donors = matrix.before, matrix.donors
    shocks = donors.mean(axis=0)
    rest = donors - shocks - donors.mean(axis=1, keepdims=True) + donors.mean()
    found = np.linalg.svd(rest, full_matrices=False)[2]
    series, errors = matrix.target - shocks, []
    for number in range(6):
        x = np.column_stack([np.ones(matrix.y.shape[1]), found[:number].T])
        missed = []
        for period in range(before):
            others = np.delete(np.arange(before), period)
            beta = np.linalg.lstsq(x[others], series[others], rcond=None)[0]
            missed.append((series[period] - x[period] @ beta) ** 2)
        errors.append(np.mean(missed))
    chosen = interactive_effects(matrix, int(np.argmin(errors)))
    assert interactive_effects(matrix).estimate == pytest.approx(chosen.estimate, abs=1e-10)


@pytest.mark.parametrize("penalty", [0.1, 5.0, 200.0])
def test_augmented_control_is_synthetic_control_less_what_a_ridge_regression_expects(penalty):
    """The outcome-model form of Ben-Michael, Feller & Rothstein (2021), equation 4."""
    matrix = panel(effect=1.0)
    before = matrix.before
    x = matrix.donors[:, :before]
    after = matrix.donors[:, before:].mean(axis=1)
    model = Ridge(alpha=penalty).fit(x, after)
    plain = synthetic_control(matrix)
    expected = model.predict(matrix.target[None, :before])[0] - plain.weights @ model.predict(x)
    found = augmented_control(matrix, penalty)
    assert found.estimate == pytest.approx(plain.estimate - expected, abs=1e-8)
    assert found.weights.sum() == pytest.approx(1.0, abs=1e-9)


def test_penalty_is_the_largest_within_one_standard_error():
    matrix = panel(noise=0.5)
    before = matrix.before
    x = matrix.donors[:, :before] - matrix.donors[:, :before].mean(axis=0)
    x1 = matrix.target[:before] - matrix.donors[:, :before].mean(axis=0)
    grid = np.linalg.eigvalsh(x.T @ x).max() * 10.0 ** np.linspace(0, -8, 21)
    errors = np.empty((before, len(grid)))
    for period in range(before):
        rest, rest1 = np.delete(x, period, axis=1), np.delete(x1, period)
        base = simplex_weights(rest.T, rest1)
        for place, penalty in enumerate(grid):
            inverse = np.linalg.inv(rest.T @ rest + penalty * np.eye(before - 1))
            weights = base + rest @ inverse @ (rest1 - base @ rest)
            errors[period, place] = (x1[period] - weights @ x[:, period]) ** 2
    mean = errors.mean(axis=0)
    spread = errors.std(axis=0, ddof=1) / np.sqrt(before)
    allowed = grid[mean <= mean.min() + spread[mean.argmin()]]
    assert chosen_penalty(matrix) == pytest.approx(allowed.max(), rel=1e-9)


def test_synthetic_did_is_a_weighted_two_way_regression():
    """Weights of units times those of periods, in least squares with all dummies."""
    matrix = panel(effect=1.0)
    fit = synthetic_did(matrix)
    n, t = matrix.y.shape
    before, treated = matrix.before, matrix.treated
    first = matrix.donors[:, :before]
    noise = np.diff(first, axis=1).std(ddof=1)
    periods = simplex_weights(
        first,
        matrix.donors[:, before:].mean(axis=1),
        ridge=(1e-6 * noise) ** 2 * len(first),
        intercept=True,
    )
    unit = np.empty(n)
    unit[treated] = matrix.w[treated] / matrix.w[treated].sum()
    unit[~treated] = fit.weights
    time = np.concatenate([periods, np.full(t - before, 1 / (t - before))])
    w = np.sqrt(np.outer(unit, time)).ravel()
    d = np.outer(treated, np.arange(t) >= before).ravel().astype(float)
    x = np.column_stack(
        [d, np.kron(np.eye(n), np.ones((t, 1))), np.kron(np.ones((n, 1)), np.eye(t))]
    )
    beta = np.linalg.lstsq(x * w[:, None], matrix.y.ravel() * w, rcond=None)[0]
    assert fit.estimate == pytest.approx(beta[0], abs=1e-7)


def test_mean_over_areas_takes_the_weights_of_their_units():
    matrix = panel(effect=1.0)
    mean, fits = by_area(matrix, synthetic_control)
    assert list(fits) == ["t00", "t01", "t02"]
    total = 0.0
    for name, fit in fits.items():
        mine = matrix.cluster == name
        target = np.average(matrix.y[mine], axis=0, weights=matrix.w[mine])
        weights = simplex_weights(matrix.donors[:, :20].T, target[:20])
        gap = (target - weights @ matrix.donors)[20:].mean()
        assert fit.estimate == pytest.approx(gap, abs=1e-10)
        total += gap * matrix.w[mine].sum()
    assert mean == pytest.approx(total / matrix.w[matrix.treated].sum(), abs=1e-10)


def test_placebos_treat_whole_areas_of_controls():
    matrix = panel(per_area=3)  # two treated areas, eight of controls
    sets = []

    def noted(drawn):
        sets.append(drawn)
        return synthetic_did(drawn)

    found = placebo_estimates(matrix, noted, 40, seed=1)
    assert len(found) == 40
    for drawn in sets:
        assert len(set(drawn.cluster[drawn.treated])) == 2
        assert not set(drawn.cluster[drawn.treated]) & set(drawn.cluster[~drawn.treated])
        assert not any(name.startswith("t") for name in drawn.cluster)
    again = placebo_estimates(matrix, synthetic_did, 40, seed=1)
    np.testing.assert_array_equal(found, again)
    inference = placebo_inference(1.0, found)
    assert inference.std_error == pytest.approx(found.std())
    assert inference.p_value == (1 + (np.abs(found) >= 1.0).sum()) / 41
    assert inference.ci_high - inference.ci_low == pytest.approx(
        2 * 1.959964 * found.std(), rel=1e-6
    )


def test_no_placebo_where_no_area_of_controls_would_be_left():
    matrix = panel(treated=6, controls=6)
    assert placebo_estimates(matrix, synthetic_did, 5, seed=1) is None
    assert np.isnan(placebo_inference(1.0, None).std_error)


def test_placebo_error_is_the_spread_of_estimates_over_panels():
    """With areas alike the standard error is right on average, within a quarter."""
    plain = partial(panel, treated=10, controls=50, per_area=1, factors=0, noise=1.0)
    estimates, errors = [], []
    for seed in range(60):
        matrix = plain(seed)
        matrix = replace(matrix, w=np.ones(len(matrix.w)))
        estimates.append(synthetic_did(matrix).estimate)
        errors.append(
            placebo_inference(0.0, placebo_estimates(matrix, synthetic_did, 60, seed)).std_error
        )
    assert np.mean(errors) == pytest.approx(np.std(estimates), rel=0.25)


def test_every_area_of_controls_is_taken_once_for_a_rank():
    matrix = panel(per_area=3)
    parts = control_areas(matrix)
    assert len(parts) == 8
    for name, part in parts.items():
        assert set(part.cluster[part.treated]) == {name}
        assert len(part.treated) == 24
    assert rank_p_value(3.0, np.array([1.0, 2.0, 4.0])) == 0.5


def frame_of(matrix):
    n, t = matrix.y.shape
    months = pd.period_range("2018-01", periods=t, freq="M")
    return pd.DataFrame(
        {
            "unit": np.repeat([f"{place:03d}" for place in range(n)], t),
            "period": np.tile(months, n),
            "y": matrix.y.ravel(),
            "w": np.repeat(matrix.w, t),
            "trial": np.repeat(matrix.treated, t),
            "cluster": np.repeat(matrix.cluster, t),
        }
    ), months[matrix.before]


def test_matrix_is_made_of_rows():
    matrix = panel()
    frame, start = frame_of(matrix)
    made, lacks = outcome_matrix(frame.sample(frac=1, random_state=1), start)
    assert lacks == "ok"
    np.testing.assert_array_equal(made.y, matrix.y)
    np.testing.assert_array_equal(made.treated, matrix.treated)
    np.testing.assert_array_equal(made.cluster, matrix.cluster)
    assert made.before == matrix.before


def test_what_a_matrix_lacks_has_a_name():
    frame, start = frame_of(panel())
    every = {
        "no_data": frame.iloc[:0],
        "no_trial": frame[~frame["trial"]],
        "no_control": frame[frame["trial"]],
        "no_pre_period": frame[frame["period"] >= start],
        "no_post_period": frame[frame["period"] < start],
        "no_variation": frame.assign(y=4.0),
        "unbalanced": frame[~(frame["trial"] & (frame["period"] == start))],
    }
    for name, rows in every.items():
        assert outcome_matrix(rows, start)[1] == name


def test_a_month_that_nobody_has_is_left_out():
    matrix = panel()
    frame, start = frame_of(matrix)
    made, lacks = outcome_matrix(frame[frame["period"] != start - 3], start)
    assert lacks == "ok"
    assert made.before == matrix.before - 1


def test_units_without_a_period_are_left_out_if_they_weigh_little():
    matrix = panel(controls=60)
    frame, start = frame_of(matrix)
    gone = frame["unit"].eq("050") & frame["period"].eq(start)
    made, lacks = outcome_matrix(frame[~gone], start)
    assert lacks == "ok"
    assert made.y.shape == (65, 30)
