"""Bounds on drift against linear programs, direct minimisation, draws and published numbers."""

from dataclasses import replace

import numpy as np
import pytest
from scipy import optimize, stats

from kuntakokeilu.estimation.bounds import (
    MOST_BREAKDOWN,
    EventSeries,
    breakdown_relative_magnitudes,
    breakdown_smoothness,
    equivalence,
    largest_seen,
    power_of_any,
    power_of_joint,
    relative_magnitudes,
    slope_for_power,
    smoothness,
    unavoidable_bias,
    widened,
)
from kuntakokeilu.estimation.bounds.bends import folded_quantile, lasso_path
from kuntakokeilu.estimation.bounds.magnitudes import _changes, _piece


def series(n_before, n_after, seed, effect=0.0, weights=None, base=None):
    """An event study of random noise whose covariance is not diagonal."""
    rng = np.random.default_rng(seed)
    q = n_before + n_after
    walks = rng.standard_normal((60, q)).cumsum(axis=1) + rng.standard_normal((60, q))
    estimates = rng.normal(0, 0.1, q)
    estimates[n_before:] += effect
    weights = np.ones(n_after) / n_after if weights is None else np.array(weights)
    base = None if base is None else np.array(base)
    return EventSeries(estimates, walks.T @ walks / 60**2, n_before, weights, base)


class Programs:
    """The test of relative magnitudes as its authors write it: a linear program at every step."""

    def __init__(self, event, bound, place, sign):
        p, q = event.n_before, len(event.estimates)
        changes = np.diff(np.insert(np.eye(q), p, 0.0, axis=0), axis=0)
        changes[p, :p] = 0.0 if event.base is None else -event.base  # from the mean before
        after, largest = changes[p:], sign * changes[place]
        self.rows = np.vstack([after - bound * largest, -after - bound * largest])
        self.covariance = self.rows @ event.covariance @ self.rows.T
        self.scale = np.sqrt(self.covariance.diagonal())
        free = np.linalg.svd(event.weights[None])[2][1:]  # effects that leave the mean alone
        self.nuisance = self.rows[:, p:] @ free.T
        unit = event.weights / (event.weights @ event.weights)
        self.of_effect = self.rows[:, p:] @ unit
        self.event = event

    def solve(self, values):
        """The smallest eta, and the weights of the inequalities that bind."""
        cost = np.zeros(1 + self.nuisance.shape[1])
        cost[0] = 1.0
        left = -np.column_stack([self.scale, self.nuisance])
        free = [(None, None)] * len(cost)
        found = optimize.linprog(cost, A_ub=left, b_ub=-values, bounds=free, method="highs-ds")
        return found.fun, -found.ineqlin.marginals

    def rejects(self, effect, limit, level=0.05):
        values = self.rows @ self.event.estimates - self.of_effect * effect
        eta, gamma = self.solve(values)
        if eta > limit:
            return True
        variance = gamma @ self.covariance @ gamma
        along = self.covariance @ gamma / variance
        across = values - along * eta

        def stays(t):
            return self.solve(across + along * t)[0] <= t + 1e-9

        low, high = self.edge(stays, eta, -1), min(self.edge(stays, eta, 1), limit)
        ends = np.array([low, eta, high]) / np.sqrt(variance)
        tails = stats.norm.sf(ends)
        size = (level - level / 10) / (1 - level / 10)
        return eta > 0 and (tails[1] - tails[2]) / (tails[0] - tails[2]) < size

    @staticmethod
    def edge(stays, start, sign):
        """Where the largest inequality ceases to be the largest."""
        near, far = start, start + sign * 50.0
        if stays(far):
            return sign * np.inf
        for _ in range(40):
            middle = (near + far) / 2
            near, far = (middle, far) if stays(middle) else (near, middle)
        return near


CASES = [
    (2, 2, [1.0, 0.0], 1.0, None),
    (3, 3, None, 0.5, None),
    (2, 3, [0.2, 0.3, 0.5], 2.0, None),
    (3, 2, None, 1.0, [0.25, 0.25, 0.25]),
]
cases = pytest.mark.parametrize(("n_before", "n_after", "weights", "bound", "base"), CASES)


def pieces_of(event, bound):
    """Each piece of the restriction, as a linear program and in closed form."""
    changes = _changes(event)
    for place in range(event.n_before):
        for sign in (1.0, -1.0):
            program = Programs(event, bound, place, sign)
            yield program, _piece(changes, bound, place, sign, 0.05)


@cases
def test_the_closed_form_is_the_value_of_the_linear_program(
    n_before, n_after, weights, bound, base
):
    event = series(n_before, n_after, seed=n_after, effect=0.8, weights=weights, base=base)
    for program, piece in pieces_of(event, bound):
        for effect in (-2.0, 0.0, 0.7, 5.0):
            eta, _ = program.solve(program.rows @ event.estimates - program.of_effect * effect)
            assert (piece.values + piece.slopes * effect).max() == pytest.approx(eta, abs=1e-9)


@cases
def test_the_least_favourable_value_is_exceeded_as_often_as_it_says(
    n_before, n_after, weights, bound, base
):
    event = series(n_before, n_after, seed=n_after, effect=0.8, weights=weights, base=base)
    for _, piece in pieces_of(event, bound):
        zero, rng = np.zeros(len(piece.values)), np.random.default_rng(0)
        draws = rng.multivariate_normal(zero, piece.covariance, 200_000).max(axis=1)
        # 4,000 directions leave the value uncertain by about one per cent
        exceeded = [(draws > piece.limit * factor).mean() for factor in (1.03, 0.97)]
        assert exceeded[0] < 0.005 < exceeded[1]


@cases
def test_relative_magnitudes_are_those_of_linear_programs(n_before, n_after, weights, bound, base):
    event = series(n_before, n_after, seed=n_after, effect=0.8, weights=weights, base=base)
    pieces = list(pieces_of(event, bound))
    low, high = relative_magnitudes(event, [bound])[0]
    little = 0.01 * event.std_error
    for effect in (low - little, high + little):
        assert all(program.rejects(effect, piece.limit) for program, piece in pieces)
    for effect in (low + little, high - little):
        assert not all(program.rejects(effect, piece.limit) for program, piece in pieces)


def worst_bias(event, before, bound):
    """The largest bias of an estimate over all drifts that bend by at most `bound`."""
    p, q = event.n_before, len(event.estimates)
    bends = np.diff(np.insert(np.eye(q), p, 0.0, axis=0), n=2, axis=0)
    weights = np.concatenate([before, event.weights])
    found = optimize.linprog(
        -weights,
        A_ub=np.vstack([bends, -bends]),
        b_ub=np.full(2 * len(bends), bound),
        bounds=[(None, None)] * q,
    )
    return np.inf if found.status == 3 else -found.fun


@pytest.mark.parametrize("bound", [0.0, 0.02, 0.3])
def test_smoothness_is_the_shortest_of_all_linear_estimates(bound):
    event = series(3, 4, seed=5, effect=0.5)
    since = np.array([-3.0, -2.0, -1.0])
    slope = event.weights @ np.arange(1, 5)

    def half(free):
        """Half the length, with the weight next to the reference taking the line off."""
        before = np.array([*free, 0.0])
        before[2] = (-slope - since[:2] @ free) / since[2]
        weights = np.concatenate([before, event.weights])
        std_error = np.sqrt(weights @ event.covariance @ weights)
        bias = worst_bias(event, before, bound) if bound else 0.0
        return std_error * folded_quantile(bias / std_error), weights

    starts = [[0.0, 0.0], [0.5, -0.5], [-0.3, 0.2]]
    best = min(
        (optimize.minimize(lambda v: half(v)[0], s, method="Nelder-Mead",
                           options={"xatol": 1e-7, "fatol": 1e-9, "maxiter": 400})
         for s in starts),
        key=lambda found: found.fun,
    )  # fmt: skip
    low, high = smoothness(event, [bound])[0]
    assert (high - low) / 2 == pytest.approx(best.fun, rel=1e-4)
    assert (high - low) / 2 <= best.fun * (1 + 1e-6)
    centre = half(best.x)[1] @ event.estimates
    assert (low + high) / 2 == pytest.approx(centre, abs=0.02 * (high - low))


def test_the_bias_that_cannot_be_avoided_is_that_of_the_last_slope_gone_on():
    event = series(3, 4, seed=5)
    slope = event.weights @ np.arange(1, 5)
    expected = worst_bias(event, np.array([0.0, 0.0, slope]), 1.0)
    assert unavoidable_bias(event) == pytest.approx(expected, rel=1e-9)


@pytest.mark.parametrize("k", [1, 2, 5, 12])
def test_the_path_is_a_lasso_at_every_price(k):
    rng = np.random.default_rng(k)
    for _ in range(20):
        root = rng.standard_normal((k + 3, k))
        quadratic, linear = root.T @ root, rng.standard_normal(k)
        prices, corners = lasso_path(quadratic, linear)
        assert prices[-1] == 0 and (np.diff(prices) < 0).all()
        for price in rng.uniform(0, prices[0], 5):
            u = np.array([np.interp(-price, -prices, column) for column in corners.T])
            gradient = quadratic @ u + linear
            assert np.abs(gradient).max() <= price + 1e-8
            on = np.abs(u) > 1e-9
            assert gradient[on] == pytest.approx(-price * np.sign(u[on]), abs=1e-8)


@pytest.mark.parametrize(
    ("intervals", "breakdown"),
    [
        (relative_magnitudes, breakdown_relative_magnitudes),
        (smoothness, breakdown_smoothness),
    ],
)
def test_at_its_breakdown_an_interval_reaches_zero(intervals, breakdown):
    event = series(4, 3, seed=2, effect=0.9)
    at = breakdown(event)
    assert at > 0
    below, above = intervals(event, [0.98 * at, 1.02 * at])
    assert below[0] > 0 > above[0]
    mirrored = EventSeries(-event.estimates, event.covariance, 4, event.weights)
    assert breakdown(mirrored) == pytest.approx(at, rel=2e-3)


def test_breakdowns_of_no_effect_and_of_a_huge_one():
    assert breakdown_relative_magnitudes(series(3, 2, seed=1)) == 0.0
    huge = series(3, 2, seed=1, effect=1e4)
    assert breakdown_relative_magnitudes(huge) == MOST_BREAKDOWN


def test_without_drift_the_interval_is_the_usual_one():
    """Up to what the tests of the sides add: with Mbar 0 each effect has its own inequality."""
    event = series(3, 1, seed=7, effect=0.4)
    low, high = relative_magnitudes(event, [0.0])[0]
    reach = stats.norm.ppf(0.975) * event.std_error
    assert (high - low) / 2 == pytest.approx(reach, rel=0.06)


@pytest.mark.simulate
def test_intervals_hold_the_truth_as_often_as_they_say():
    """Drift after the start as large as the largest before it, the worst that Mbar 1 allows."""
    event = series(3, 2, seed=3)
    drift = np.array([0.0, 0.6, 0.3, 0.6, 1.2])  # changes 0.6, -0.3, -0.3, then 0.6 and 0.6
    root, rng = np.linalg.cholesky(event.covariance), np.random.default_rng(0)
    draws, held = 150, 0
    for _ in range(draws):
        seen = EventSeries(
            drift + root @ rng.standard_normal(5), event.covariance, 3, event.weights
        )
        low, high = relative_magnitudes(seen, [1.0])[0]
        held += low <= 0 <= high
    assert held / draws >= 0.95 - 2 * np.sqrt(0.05 * 0.95 / draws)


def test_nothing_before_the_reference_is_an_error_and_odd_shapes_too():
    event = EventSeries(np.array([1.0]), np.eye(1), 0, np.array([1.0]))
    for intervals in (relative_magnitudes, smoothness):
        with pytest.raises(ValueError, match="no period before the reference"):
            intervals(event, [1.0])
    with pytest.raises(ValueError, match="covariance and weights"):
        EventSeries(np.ones(3), np.eye(2), 1, np.ones(2))


def test_one_period_before_the_reference_is_enough():
    event = series(1, 3, seed=4, effect=1.0)
    low, high = smoothness(event, [0.0])[0]
    weights = np.array([event.weights @ [1, 2, 3], *event.weights])
    std_error = np.sqrt(weights @ event.covariance @ weights)
    centre = weights @ event.estimates
    assert [low, high] == pytest.approx(centre + np.array([-1, 1]) * 1.959964 * std_error, rel=1e-6)
    assert np.isfinite(relative_magnitudes(event, [1.0])).all()


def test_few_degrees_of_freedom_widen_what_is_normal():
    event = series(3, 2, seed=3)
    ratio = widened(event, 4.0).std_error / event.std_error
    assert ratio == pytest.approx(stats.t(4).ppf(0.975) / stats.norm.ppf(0.975), rel=1e-9)


# He & Wang (2017, American Economic Journal: Applied Economics 9(4)), figure 2C, coefficients
# -4, -3 and -2 with reference -1: covariance and slope as the package `pretrends` has them.
HE_WANG = np.array(
    [
        [0.00890657119, 0.00448831357, 0.00145870249],
        [0.00448831357, 0.00593691692, 0.00275007915],
        [0.00145870249, 0.00275007915, 0.00303862477],
    ]
)


def test_the_slope_that_is_found_half_of_the_time():
    since = np.array([-3.0, -2.0, -1.0])
    slope = slope_for_power(lambda s: power_of_any(s * since, HE_WANG, 1.96), 0.5)
    assert slope == pytest.approx(0.05205871, rel=1e-3)  # theirs integrates to about 1e-3


def test_power_of_any_is_that_of_draws():
    event = series(5, 1, seed=8)
    covariance, drift = event.covariance[:5, :5], np.linspace(0.4, 0.0, 5)
    rng = np.random.default_rng(0)
    draws = drift + rng.standard_normal((200_000, 5)) @ np.linalg.cholesky(covariance).T
    found = (np.abs(draws) > 2.0 * np.sqrt(covariance.diagonal())).any(axis=1).mean()
    error = np.sqrt(found * (1 - found) / len(draws))
    assert power_of_any(drift, covariance, 2.0) == pytest.approx(found, abs=4 * error)


def test_power_of_the_joint_test_is_that_of_draws():
    rng, n, q = np.random.default_rng(0), 15, 3
    covariance = series(3, 1, seed=8).covariance[:q, :q]
    drift, root = np.array([0.5, 0.3, 0.1]), np.linalg.cholesky(covariance * n)
    found = []
    for _ in range(4000):
        rows = drift + rng.standard_normal((n, q)) @ root.T
        mean, spread = rows.mean(axis=0), np.cov(rows.T) / n
        squared = mean @ np.linalg.solve(spread, mean)
        found.append(squared * (n - q) / (q * (n - 1)) > stats.f.isf(0.05, q, n - q))
    error = np.sqrt(np.var(found) / len(found))
    assert power_of_joint(drift, covariance, n) == pytest.approx(np.mean(found), abs=4 * error)


def test_power_without_drift_is_the_size_and_a_found_slope_has_its_power():
    covariance, years = HE_WANG, np.array([-3.0, -2.0, -1.0])
    assert power_of_joint(0 * years, covariance, 30) == pytest.approx(0.05, abs=1e-9)
    slope = slope_for_power(lambda s: power_of_joint(s * years, covariance, 30), 0.8)
    assert power_of_joint(slope * years, covariance, 30) == pytest.approx(0.8, abs=1e-6)
    assert slope_for_power(lambda s: 0.5, 0.8) != slope_for_power(lambda s: 0.9, 0.8) == 0.0


@pytest.mark.parametrize("estimate", [-0.9, -0.2, 0.0, 0.4, 1.5])
def test_equivalence_is_a_90_per_cent_interval_within_the_margin(estimate):
    for std_error in (0.1, 0.3, 0.8):
        found = equivalence(estimate, std_error, 11.0, 0.75)
        assert found.shown == (found.low > -0.75 and found.high < 0.75)
        above = stats.t(11).sf((estimate + 0.75) / std_error)
        below = stats.t(11).cdf((estimate - 0.75) / std_error)
        assert found.p_value == pytest.approx(max(above, below), abs=1e-12)


def test_the_base_moves_the_estimate_and_no_drift_along_a_line():
    """Relative to the mean of the time before: by hand; a line goes on whatever the base."""
    base = np.array([0.4, 0.3, 0.2])  # the reference has the last tenth
    last = series(3, 2, seed=5, effect=0.7)
    event = replace(last, base=base)
    before, after = last.estimates[:3], last.estimates[3:]
    assert event.estimate == pytest.approx(after.mean() - base @ before, abs=1e-12)
    contrast = np.concatenate([-base, [0.5, 0.5]])
    variance = contrast @ last.covariance @ contrast
    assert event.std_error == pytest.approx(np.sqrt(variance), abs=1e-12)
    np.testing.assert_array_equal(smoothness(event, [0.0, 0.1]), smoothness(last, [0.0, 0.1]))
    low, high = relative_magnitudes(event, [0.0])[0]
    assert (low + high) / 2 == pytest.approx(event.estimate, abs=0.1 * event.std_error)
    assert (high - low) / 2 == pytest.approx(1.96 * event.std_error, rel=0.15)
    with pytest.raises(ValueError, match="a share of each period before"):
        replace(last, base=np.ones(2))


def test_the_largest_change_and_bend_are_those_up_to_the_reference():
    event = series(4, 2, seed=6)
    a, b, c, d = event.estimates[:4]
    changes, bends = (b - a, c - b, d - c, -d), (c - 2 * b + a, d - 2 * c + b, c - 2 * d)
    largest = [max(map(abs, each)) for each in (changes, bends)]
    assert largest_seen(event) == pytest.approx(largest, abs=1e-12)


@pytest.mark.simulate
def test_a_line_chosen_by_an_estimated_covariance_holds_the_truth_once_it_is_corrected():
    """Ten and sixty clusters, five bins before and after: five weights, one of them bound."""
    rng, draws, held = np.random.default_rng(2), 200, np.zeros(2)
    for _ in range(draws):
        noise = rng.normal(size=(70, 11)) + 0.3 * rng.normal(size=(70, 11)).cumsum(axis=1)
        arms = np.split(np.delete(noise - noise[:, [5]], 5, axis=1), [10])
        spreads = [np.cov(arm.T) / len(arm) for arm in arms]
        base = np.full(5, 1 / 6)
        event = EventSeries(
            arms[0].mean(axis=0) - arms[1].mean(axis=0), sum(spreads), 5, np.full(5, 0.2), base
        )
        of_arms = [event.target @ spread @ event.target for spread in spreads]
        degrees = sum(of_arms) ** 2 / (of_arms[0] ** 2 / 9 + of_arms[1] ** 2 / 59)
        for place, chosen in enumerate((0, 4)):
            low, high = smoothness(widened(event, degrees, chosen), [0.0])[0]
            held[place] += low <= 0 <= high
    plain, corrected = held / draws
    assert plain < 0.90 < corrected + 2 * np.sqrt(0.05 * 0.95 / draws)
    assert corrected > plain + 0.03
